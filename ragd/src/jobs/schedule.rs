//! Who gets what next: the open parts in memory.
//!
//! The ledger knows which parts are open; this knows in which order they are handed out and who
//! holds which. It does no I/O and takes the time as a number, so tests can drive it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::model::{PartWork, Work};
use super::state::{self, Event, Part, PartState};
use super::{Beat, Lease, Leased, Policy};
use crate::ids::{CollectionId, JobId};

/// Bytes that count as much as one part in what a user was served.
const COST_UNIT: u64 = 1 << 20;

/// The fence of a lease that ran out; no claim has it.
const LOST: u64 = 0;

/// An open part.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) job: JobId,
    pub(super) number: u32,
    pub(super) uid: u32,
    /// Created, less the head start of the priority: smaller goes first.
    pub(super) rank: i64,
    pub(super) seq: i64,
    pub(super) part: Part,
    /// Wall clock of the next try, while delayed.
    pub(super) due: i64,
    pub(super) parked_for: Option<String>,
    pub(super) cost: u64,
    pub(super) work: Arc<Work>,
    pub(super) part_work: Arc<PartWork>,
    pub(super) collection: Option<CollectionId>,
    pub(super) accepted: i64,
    pub(super) holder: Option<Holder>,
}

/// Who works on a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder {
    fence: u64,
    until: u64,
    /// Its end is being written: nobody else may take it.
    ending: bool,
    cancelling: bool,
}

type PartId = (JobId, u32);
/// Rank, sequence number of the job, number of the part.
type Place = (i64, i64, u32);

#[derive(Debug)]
pub(super) struct Schedule {
    slots: HashMap<PartId, Slot>,
    parts_of: HashMap<JobId, BTreeSet<u32>>,
    ready: HashMap<u32, BTreeSet<(Place, JobId)>>,
    delayed: BTreeSet<(i64, PartId)>,
    parked: BTreeSet<PartId>,
    held: BTreeSet<PartId>,
    jobs_of: HashMap<u32, u64>,
    /// Jobs that are being stored, by user: they count against the limits already.
    reserved: HashMap<u32, u64>,
    /// What each user was served, in cost; the one with least is next.
    served: HashMap<u32, u64>,
    /// What the user who was served last had been served before that.
    level: u64,
    next_fence: u64,
    pub(super) paused: bool,
}

impl Schedule {
    /// `start` numbers this start of the daemon, so that fences grow over restarts too.
    pub(super) fn new(start: u64) -> Self {
        Self {
            slots: HashMap::new(),
            parts_of: HashMap::new(),
            ready: HashMap::new(),
            delayed: BTreeSet::new(),
            parked: BTreeSet::new(),
            held: BTreeSet::new(),
            jobs_of: HashMap::new(),
            reserved: HashMap::new(),
            served: HashMap::new(),
            level: 0,
            next_fence: start << 40,
            paused: false,
        }
    }

    pub(super) fn insert(&mut self, slot: Slot) {
        let id = (slot.job, slot.number);
        let parts = self.parts_of.entry(slot.job).or_default();
        if parts.is_empty() {
            *self.jobs_of.entry(slot.uid).or_default() += 1;
        }
        parts.insert(slot.number);
        self.file(&slot);
        self.slots.insert(id, slot);
    }

    /// Returns the number of jobs that have not ended: of all, and of `uid`.
    pub(super) fn open_jobs(&self, uid: u32) -> (u64, u64) {
        let of = |jobs: &HashMap<u32, u64>| jobs.get(&uid).copied().unwrap_or(0);
        let stored = u64::try_from(self.parts_of.len()).unwrap_or(u64::MAX);
        let all = self.reserved.values().fold(stored, |sum, jobs| sum + jobs);
        (all, of(&self.jobs_of) + of(&self.reserved))
    }

    /// Returns the number of jobs that have not ended, without those of which all parts are parked.
    pub(super) fn active_jobs(&self) -> u64 {
        let mut parked = self.parked.iter().map(|(job, _)| *job).collect::<Vec<_>>();
        parked.dedup();
        let is_parked = |job: &JobId| {
            let mut parts = self.parts_of.get(job).into_iter().flatten();
            parts.all(|number| self.parked.contains(&(*job, *number)))
        };
        let parked = parked.iter().filter(|job| is_parked(job)).count();
        u64::try_from(self.parts_of.len() - parked).unwrap_or(u64::MAX)
    }

    /// Counts a job of `uid` that is being stored, until [`Schedule::release`].
    pub(super) fn reserve(&mut self, uid: u32) {
        *self.reserved.entry(uid).or_default() += 1;
    }

    pub(super) fn release(&mut self, uid: u32) {
        let jobs = self.reserved.get_mut(&uid);
        let jobs = jobs.expect("only what was reserved is released");
        *jobs -= 1;
        if *jobs == 0 {
            self.reserved.remove(&uid);
        }
    }

    /// Tells whether a part of `job` was ever handed out. A job that is only being stored was not.
    pub(super) fn is_begun(&self, job: JobId) -> bool {
        let mut parts = self.parts_of.get(&job).into_iter().flatten();
        parts.any(|number| self.slots[&(job, *number)].part != Part::NEW)
    }

    pub(super) fn claim(&mut self, limit: usize, ticks: u64, lease: u64) -> Vec<Leased> {
        let mut leased = Vec::new();
        while !self.paused && leased.len() < limit {
            let Some(uid) = self.next_user() else { break };
            let queue = self.ready.get_mut(&uid).expect("the next user has work");
            let ((_, _, number), job) = queue.pop_first().expect("the next user has work");
            if queue.is_empty() {
                self.ready.remove(&uid);
            }
            self.next_fence += 1;
            let slot = self
                .slots
                .get_mut(&(job, number))
                .expect("what is ready has a slot");
            slot.part.state = PartState::Running;
            slot.holder = Some(Holder {
                fence: self.next_fence,
                until: ticks + lease,
                ending: false,
                cancelling: false,
            });
            self.held.insert((job, number));
            let served = self.served.entry(uid).or_default();
            self.level = self.level.max(*served);
            *served += COST_UNIT + slot.cost;
            leased.push(Leased {
                lease: Lease {
                    job,
                    part: number,
                    fence: self.next_fence,
                },
                work: Arc::clone(&slot.work),
                part: Arc::clone(&slot.part_work),
                uid,
                collection: slot.collection,
                attempts: slot.part.attempts,
                accepted: slot.accepted,
            });
        }
        leased
    }

    pub(super) fn beat(&mut self, lease: Lease, ticks: u64, length: u64) -> Beat {
        match self.holder(lease) {
            None => Beat::Lost,
            Some(holder) => {
                holder.until = ticks + length;
                if holder.cancelling {
                    Beat::Cancel
                } else {
                    Beat::Go
                }
            }
        }
    }

    /// Keeps everybody else away from a part while its end is written. `None`: not the holder.
    pub(super) fn begin_end(&mut self, lease: Lease) -> Option<Slot> {
        let holder = self.holder(lease)?;
        if std::mem::replace(&mut holder.ending, true) {
            return None;
        }
        Some(self.slots[&(lease.job, lease.part)].clone())
    }

    /// The end could not be written; the holder may try again.
    pub(super) fn abort_end(&mut self, lease: Lease, ticks: u64, length: u64) {
        if let Some(holder) = self.holder(lease) {
            holder.ending = false;
            holder.until = ticks + length;
        }
    }

    /// Lists what parked parts wait for, each once.
    pub(super) fn waited_for(&self) -> Vec<String> {
        let parked = self.parked.iter().filter_map(|id| self.slots.get(id));
        let waited: BTreeSet<_> = parked.filter_map(|slot| slot.parked_for.clone()).collect();
        waited.into_iter().collect()
    }

    /// Puts a part where its new state belongs; an ended one is forgotten.
    pub(super) fn settle(&mut self, id: PartId, part: Part, due: i64, parked_for: Option<String>) {
        let Some(mut slot) = self.take(id) else {
            return;
        };
        if part.state.is_end() {
            return;
        }
        slot.part = part;
        slot.due = due;
        slot.parked_for = parked_for;
        slot.holder = None;
        self.insert(slot);
    }

    /// Returns the leases on parts of `job`, and whether an end or the loss of each is being written.
    pub(super) fn leases(&self, job: JobId) -> Vec<(Lease, bool)> {
        let numbers = self.parts_of.get(&job).into_iter().flatten();
        let held = numbers.filter_map(|number| {
            let holder = self.slots[&(job, *number)].holder?;
            let lease = Lease {
                job,
                part: *number,
                fence: holder.fence,
            };
            Some((lease, holder.ending))
        });
        held.collect()
    }

    /// Has the holder of `lease` told to let go.
    pub(super) fn cancel(&mut self, lease: Lease) {
        if let Some(holder) = self.holder(lease) {
            holder.cancelling = true;
        }
    }

    /// Makes retries ready whose time has come, at `now` of the wall clock. A due time further away
    /// than `horizon` comes from a clock that was wrong.
    pub(super) fn due(&mut self, now: i64, horizon: i64) -> Vec<PartId> {
        let due: Vec<PartId> = self
            .delayed
            .iter()
            .filter(|(due, _)| *due <= now || *due > now.saturating_add(horizon))
            .map(|(_, id)| *id)
            .collect();
        self.make_ready(due)
    }

    pub(super) fn unpark(&mut self, dependency: &str) -> Vec<PartId> {
        let back: Vec<PartId> = self
            .parked
            .iter()
            .filter(|id| self.slots[*id].parked_for.as_deref() == Some(dependency))
            .copied()
            .collect();
        self.make_ready(back)
    }

    fn make_ready(&mut self, ids: Vec<PartId>) -> Vec<PartId> {
        for id in &ids {
            let mut slot = self.take(*id).expect("a listed part has a slot");
            slot.part.state = PartState::Ready;
            slot.parked_for = None;
            self.insert(slot);
        }
        ids
    }

    /// Takes back the leases that ran out by `ticks`, with the parts as they are now.
    pub(super) fn expire(&mut self, ticks: u64, policy: &Policy) -> Vec<(Lease, Part)> {
        let mut lost = Vec::new();
        for id in self.held.clone() {
            let slot = self.slots.get_mut(&id).expect("a held part has a slot");
            let Some(holder) = slot.holder else { continue };
            if holder.ending || holder.until > ticks {
                continue;
            }
            let event = if holder.cancelling {
                Event::Cancelled
            } else {
                Event::LeaseLost
            };
            let part = state::apply(slot.part, event, policy).expect("a held part is running");
            lost.push((
                Lease {
                    job: id.0,
                    part: id.1,
                    fence: holder.fence,
                },
                part,
            ));
            // Nobody takes it before the loss is written.
            slot.holder = Some(Holder {
                fence: LOST,
                ending: true,
                ..holder
            });
        }
        lost
    }

    /// The losses could not be written: the next [`Schedule::expire`] finds them again.
    pub(super) fn undo_expire(&mut self, lost: &[Lease]) {
        for lease in lost {
            let slot = self.slots.get_mut(&(lease.job, lease.part));
            if let Some(holder) = slot.and_then(|slot| slot.holder.as_mut())
                && holder.fence == LOST
            {
                holder.ending = false;
            }
        }
    }

    /// Returns ticks until the first lease runs out, and milliseconds until the first retry.
    pub(super) fn next_event(&self, ticks: u64, now: i64) -> Option<u64> {
        let lease = self.held.iter().filter_map(|id| self.slots[id].holder);
        let lease = lease
            .filter(|holder| !holder.ending)
            .map(|holder| holder.until);
        let lease = lease.min().map(|until| until.saturating_sub(ticks));
        let retry = self
            .delayed
            .first()
            .map(|(due, _)| u64::try_from(due - now).unwrap_or(0));
        lease.into_iter().chain(retry).min()
    }

    pub(super) fn set_rank(&mut self, job: JobId, rank: i64) {
        let numbers: Vec<u32> = self
            .parts_of
            .get(&job)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        for number in numbers {
            let slot = self.slots.get_mut(&(job, number));
            let slot = slot.expect("a listed part has a slot");
            let old = place(slot);
            slot.rank = rank;
            if slot.part.state == PartState::Ready {
                let queue = self.ready.get_mut(&slot.uid);
                let queue = queue.expect("what is ready is in the queue of its user");
                queue.remove(&(old, job));
                queue.insert((place(slot), job));
            }
        }
    }

    /// Counts the parts that would be claimed before the first ready part of `job`, if nothing
    /// new came.
    pub(super) fn ahead(&self, job: JobId, limit: u64) -> Option<u64> {
        let parts = self.parts_of.get(&job)?.iter();
        let parts = parts.map(|number| &self.slots[&(job, *number)]);
        let first = parts
            .filter(|slot| slot.part.state == PartState::Ready)
            .min_by_key(|slot| place(slot))?;
        let first = (place(first), job);
        let mut queues: HashMap<u32, _> = self
            .ready
            .iter()
            .map(|(uid, queue)| (*uid, queue.iter()))
            .collect();
        let mut next: BTreeSet<(u64, u32)> = queues
            .keys()
            .map(|uid| (self.served.get(uid).copied().unwrap_or(0), *uid))
            .collect();
        let mut count = 0;
        while count < limit {
            let (served, uid) = next.pop_first()?;
            let Some(entry) = queues.get_mut(&uid).and_then(Iterator::next) else {
                continue;
            };
            if *entry == first {
                break;
            }
            count += 1;
            let ((_, _, number), job) = *entry;
            let cost = self.slots[&(job, number)].cost;
            next.insert((served.saturating_add(COST_UNIT + cost), uid));
        }
        Some(count)
    }

    fn next_user(&self) -> Option<u32> {
        let served = &self.served;
        let least = |uid: &u32| served.get(uid).copied().unwrap_or(0);
        let uid = self
            .ready
            .keys()
            .copied()
            .min_by_key(|uid| (least(uid), *uid))?;
        Some(uid)
    }

    /// Puts the id of `slot` into the set of its state.
    fn file(&mut self, slot: &Slot) {
        let id = (slot.job, slot.number);
        match slot.part.state {
            PartState::Ready => {
                if self.ready.is_empty() && self.held.is_empty() {
                    // Nobody waits and nobody works: what was is forgotten.
                    self.served.clear();
                    self.level = 0;
                }
                if !self.ready.contains_key(&slot.uid) {
                    // Whoever was away does not save up: he begins level with the others, also
                    // when all they have is being worked on just now.
                    let served = self.served.entry(slot.uid).or_default();
                    *served = (*served).max(self.level);
                }
                self.ready
                    .entry(slot.uid)
                    .or_default()
                    .insert((place(slot), slot.job));
            }
            PartState::Delayed => {
                self.delayed.insert((slot.due, id));
            }
            PartState::Parked => {
                self.parked.insert(id);
            }
            PartState::Running => {
                self.held.insert(id);
            }
            _ => unreachable!("ended parts have no slot"),
        }
    }

    fn take(&mut self, id: PartId) -> Option<Slot> {
        let slot = self.slots.remove(&id)?;
        self.held.remove(&id);
        self.parked.remove(&id);
        self.delayed.remove(&(slot.due, id));
        if let Some(queue) = self.ready.get_mut(&slot.uid) {
            queue.remove(&(place(&slot), slot.job));
            if queue.is_empty() {
                self.ready.remove(&slot.uid);
            }
        }
        let parts = self.parts_of.get_mut(&slot.job).expect("a slot is listed");
        parts.remove(&slot.number);
        if parts.is_empty() {
            self.parts_of.remove(&slot.job);
            let jobs = self
                .jobs_of
                .get_mut(&slot.uid)
                .expect("a user with a job is counted");
            *jobs -= 1;
            if *jobs == 0 {
                self.jobs_of.remove(&slot.uid);
            }
        }
        Some(slot)
    }

    fn holder(&mut self, lease: Lease) -> Option<&mut Holder> {
        let slot = self.slots.get_mut(&(lease.job, lease.part))?;
        slot.holder
            .as_mut()
            .filter(|holder| holder.fence == lease.fence)
    }
}

fn place(slot: &Slot) -> Place {
    (slot.rank, slot.seq, slot.number)
}
