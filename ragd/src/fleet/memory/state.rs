//! What is stored, and the rules of its changes. The time comes as a number.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::super::{
    COST_UNIT, Cancelled, Claimed, Class, End, Ended, Epoch, FleetError, MAX_COST, NewTask,
    OWNED_MS, Offered, SILENT_LEASES, TICK_LIMIT, TaskEnd, TaskId, TaskLease, Terms, Wanted,
    WorkerInfo,
};
use crate::ids::ContentHash;

pub(super) struct State {
    pub(super) epoch: String,
    pub(super) terms: Option<Terms>,
    /// When they were said last.
    pub(super) said: i64,
    pub(super) tasks: BTreeMap<TaskId, Task>,
    /// What each user was served, in cost; the one with least is next.
    pub(super) served: BTreeMap<u32, u64>,
    /// What the user who was served last had been served before that.
    pub(super) level: u64,
    pub(super) fence: u64,
    pub(super) ends: u64,
    /// Ends up to this number were told.
    pub(super) told: u64,
    pub(super) ticked: Option<i64>,
    pub(super) workers: BTreeMap<String, Known>,
    pub(super) drained: BTreeSet<String>,
    pub(super) refused: BTreeMap<String, (WorkerInfo, i64)>,
}

pub(super) struct Task {
    pub(super) class: Class,
    pub(super) uid: u32,
    pub(super) rank: i64,
    pub(super) cost: u64,
    pub(super) order: ContentHash,
    pub(super) payload: Bytes,
    pub(super) stalls: u32,
    pub(super) phase: Phase,
}

pub(super) enum Phase {
    Ready,
    Leased(Holder),
    Ended {
        /// That of the holder who said so; nobody did when a task is dead.
        fence: Option<u64>,
        number: u64,
        end: End,
    },
}

pub(super) struct Holder {
    pub(super) fence: u64,
    pub(super) worker: String,
    pub(super) until: i64,
    pub(super) cancelling: bool,
}

pub(super) struct Known {
    pub(super) info: WorkerInfo,
    pub(super) beat: i64,
}

impl State {
    pub(super) fn new() -> Self {
        let random = uuid::Uuid::now_v7();
        Self {
            epoch: random.to_string(),
            terms: None,
            said: 0,
            tasks: BTreeMap::new(),
            served: BTreeMap::new(),
            level: 0,
            // Anywhere, so that no lease of an earlier life looks like one of this.
            fence: u64::try_from(random.as_u128() & ((1 << 52) - 1)).unwrap_or_default(),
            ends: 0,
            told: 0,
            ticked: None,
            workers: BTreeMap::new(),
            drained: BTreeSet::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Returns the task that is next: of the user who got least, the one of the smallest rank.
    pub(super) fn next(
        &self,
        classes: &[Class],
        wanted: impl Fn(TaskId) -> bool,
    ) -> Option<TaskId> {
        let ready = self.tasks.iter().filter(|(id, task)| {
            matches!(task.phase, Phase::Ready) && classes.contains(&task.class) && wanted(**id)
        });
        let next = ready.min_by_key(|(id, task)| {
            let served = self.served.get(&task.uid).copied().unwrap_or(0);
            (served, task.uid, task.rank, **id)
        });
        next.map(|(id, _)| *id)
    }

    pub(super) fn lease(
        &mut self,
        id: TaskId,
        me: &WorkerInfo,
        terms: &Terms,
        now: i64,
    ) -> Claimed {
        self.fence += 1;
        let task = self.tasks.get_mut(&id).expect("the next task is there");
        task.phase = Phase::Leased(Holder {
            fence: self.fence,
            worker: me.name.clone(),
            until: now.saturating_add_unsigned(terms.lease_ms),
            cancelling: false,
        });
        let served = self.served.entry(task.uid).or_default();
        self.level = self.level.max(*served);
        *served += COST_UNIT + task.cost;
        Claimed {
            lease: TaskLease {
                id,
                fence: self.fence,
            },
            class: task.class,
            stalls: task.stalls,
            payload: task.payload.clone(),
            lease_ms: terms.lease_ms,
        }
    }

    /// Has a task wait for a worker from now on.
    pub(super) fn make_ready(&mut self, id: TaskId, task: Task) {
        let is_ended = |other: &Task| matches!(other.phase, Phase::Ended { .. });
        if self.tasks.values().all(is_ended) {
            // Nobody waits and nobody works: what was is forgotten.
            self.served.clear();
            self.level = 0;
        }
        let waits = |other: &Task| matches!(other.phase, Phase::Ready) && other.uid == task.uid;
        if !self.tasks.values().any(waits) {
            // Whoever was away does not save up: he begins level with the others.
            let served = self.served.entry(task.uid).or_default();
            *served = (*served).max(self.level);
        }
        let phase = Phase::Ready;
        self.tasks.insert(id, Task { phase, ..task });
    }

    pub(super) fn holder(&mut self, lease: TaskLease) -> Option<&mut Holder> {
        match &mut self.tasks.get_mut(&lease.id)?.phase {
            Phase::Leased(holder) if holder.fence == lease.fence => Some(holder),
            _ => None,
        }
    }

    fn put_end(&mut self, id: TaskId, fence: Option<u64>, end: End) {
        self.ends += 1;
        let number = self.ends;
        let task = self.tasks.get_mut(&id).expect("what ends is there");
        task.payload = Bytes::new();
        task.phase = Phase::Ended { fence, number, end };
    }

    pub(super) fn end(&mut self, lease: TaskLease, end: End) -> Ended {
        match self.holder(lease).map(|holder| holder.cancelling) {
            Some(true) => {
                self.tasks.remove(&lease.id);
                Ended::Cancelled
            }
            Some(false) => {
                self.put_end(lease.id, Some(lease.fence), end);
                Ended::Yes
            }
            None => match self.tasks.get(&lease.id).map(|task| &task.phase) {
                Some(Phase::Ended { fence, .. }) if *fence == Some(lease.fence) => Ended::Yes,
                _ => Ended::Lost,
            },
        }
    }

    /// Takes an offer; `fenced_off` becomes true if a worker lost its task by that.
    pub(super) fn offer(&mut self, new: NewTask, fenced_off: &mut bool) -> Offered {
        if let Some(known) = self.tasks.get_mut(&new.id)
            && known.order == new.order
        {
            match &known.phase {
                Phase::Ended { end, .. } => return Offered::Ended(end.clone()),
                Phase::Leased(holder) if holder.cancelling => {}
                Phase::Leased(_) => return Offered::Known,
                Phase::Ready => {
                    known.rank = new.rank;
                    return Offered::Known;
                }
            }
        }
        let old = self.tasks.remove(&new.id);
        *fenced_off |= old.is_some_and(|old| matches!(old.phase, Phase::Leased(_)));
        let task = Task {
            class: new.class,
            uid: new.uid,
            rank: new.rank,
            cost: new.cost.min(MAX_COST),
            order: new.order,
            payload: new.payload,
            stalls: 0,
            phase: Phase::Ready,
        };
        self.make_ready(new.id, task);
        Offered::New
    }

    pub(super) fn cancel(&mut self, id: TaskId) -> Cancelled {
        let Some(task) = self.tasks.get_mut(&id) else {
            return Cancelled::Unknown;
        };
        match &mut task.phase {
            Phase::Ready => {
                self.tasks.remove(&id);
                Cancelled::Gone
            }
            Phase::Leased(holder) => {
                holder.cancelling = true;
                Cancelled::Told
            }
            Phase::Ended { .. } => Cancelled::Ended,
        }
    }

    /// Takes back a lease that ran out.
    fn take_back(&mut self, id: TaskId, blame: bool, max_stalls: u32) {
        let mut task = self.tasks.remove(&id).expect("what ran out is there");
        let Phase::Leased(holder) = &task.phase else {
            unreachable!("only leases run out");
        };
        if holder.cancelling {
            return;
        }
        let last_worker = holder.worker.clone();
        task.stalls += u32::from(blame);
        let stalls = task.stalls;
        if blame && stalls >= max_stalls {
            self.tasks.insert(id, task);
            let end = End::Dead {
                stalls,
                last_worker,
            };
            self.put_end(id, None, end);
        } else {
            self.make_ready(id, task);
        }
    }

    pub(super) fn tick(&mut self, now: i64) -> usize {
        let Some(terms) = self.terms.clone() else {
            return 0;
        };
        let longest = now.saturating_add_unsigned(terms.lease_ms);
        let blame = self
            .ticked
            .is_none_or(|ticked| now <= ticked.saturating_add_unsigned(terms.lease_ms));
        let mut out = Vec::new();
        for (id, task) in &mut self.tasks {
            if let Phase::Leased(holder) = &mut task.phase {
                if holder.until <= now {
                    out.push((holder.until, *id));
                }
                // Made before the clock was put back.
                holder.until = holder.until.min(longest);
            }
        }
        out.sort_unstable();
        out.truncate(TICK_LIMIT);
        for (_, id) in &out {
            self.take_back(*id, blame, terms.max_stalls);
        }
        if out.len() < TICK_LIMIT {
            self.ticked = Some(now);
        }
        let silent = i64::try_from(terms.lease_ms.saturating_mul(SILENT_LEASES));
        let silent = now.saturating_sub(silent.unwrap_or(i64::MAX));
        let workers = self.workers.iter();
        let gone = workers.filter(|(_, known)| known.beat < silent);
        for name in gone.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.gone(&name);
        }
        out.len()
    }

    /// Notes a sign of life, and returns what the worker is wanted to do.
    pub(super) fn seen(&mut self, me: &WorkerInfo, now: i64) -> Wanted {
        let known = Known {
            info: me.clone(),
            beat: now,
        };
        self.workers.insert(me.name.clone(), known);
        self.wanted(&me.name)
    }

    pub(super) fn wanted(&self, worker: &str) -> Wanted {
        let is_paused = |terms: &Terms| terms.paused_workers.contains(worker);
        match self.drained.contains(worker) {
            true => Wanted::Drain,
            false if self.terms.as_ref().is_some_and(is_paused) => Wanted::Pause,
            false => Wanted::Run,
        }
    }

    pub(super) fn gone(&mut self, worker: &str) {
        self.workers.remove(worker);
        self.drained.remove(worker);
    }

    /// Takes over what a daemon says, unless another one did so a moment ago.
    pub(super) fn announced(&mut self, terms: &Terms, now: i64) -> Result<Epoch, FleetError> {
        if let Some(known) = &self.terms
            && known.owner != terms.owner
        {
            if (self.said..self.said.saturating_add(OWNED_MS)).contains(&now) {
                let other = known.name.clone();
                return Err(FleetError::Taken { other });
            }
            self.epoch = uuid::Uuid::now_v7().to_string();
        }
        (self.terms, self.said) = (Some(terms.clone()), now);
        Ok(Epoch(self.epoch.clone()))
    }

    /// Returns the ends that were not told yet, oldest first.
    pub(super) fn new_ends(&mut self) -> Vec<TaskEnd> {
        let tasks = self.tasks.iter();
        let mut ends: Vec<(u64, TaskEnd)> = tasks
            .filter_map(|(id, task)| match &task.phase {
                Phase::Ended { number, end, .. } if *number > self.told => {
                    let (id, order, end) = (*id, task.order, end.clone());
                    Some((*number, TaskEnd { id, order, end }))
                }
                _ => None,
            })
            .collect();
        ends.sort_by_key(|(number, _)| *number);
        self.told = self.ends;
        ends.into_iter().map(|(_, end)| end).collect()
    }
}
