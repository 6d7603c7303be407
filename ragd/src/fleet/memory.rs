//! The fleet inside one process, as plain as can be: it looks at all tasks for whatever is asked.
//!
//! It is what other backends are compared with, and what tests of the daemon hand tasks through.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use super::{
    Beat, Beats, COST_UNIT, Cancelled, Claimed, Class, End, Ended, Epoch, Finding, Fleet,
    FleetError, Heard, Hint, MAX_COST, NewTask, Offered, SILENT_LEASES, TICK_LIMIT, TaskEnd,
    TaskId, TaskLease, Terms, Time, Wanted, WorkerInfo, WorkerState, check_body, next_hint, skew,
};
use crate::ids::{self, ContentHash};

/// How long [`Fleet::ends`] waits before it says that there are none.
const ENDS_WAIT: Duration = Duration::from_secs(5);

pub(super) struct Memory {
    time: Time,
    inner: Mutex<Inner>,
    hints: watch::Sender<Heard>,
    /// Counts ends, for those who wait for the next.
    ended: watch::Sender<u64>,
}

struct Inner {
    epoch: String,
    terms: Option<Terms>,
    tasks: BTreeMap<TaskId, Task>,
    /// What each user was served, in cost; the one with least is next.
    served: BTreeMap<u32, u64>,
    /// What the user who was served last had been served before that.
    level: u64,
    fence: u64,
    ends: u64,
    /// Ends up to this number were told.
    told: u64,
    ticked: Option<i64>,
    workers: BTreeMap<String, Known>,
    refused: BTreeMap<String, (WorkerInfo, i64)>,
}

struct Task {
    class: Class,
    uid: u32,
    rank: i64,
    cost: u64,
    order: ContentHash,
    payload: Bytes,
    stalls: u32,
    phase: Phase,
}

enum Phase {
    Ready,
    Leased(Holder),
    Ended {
        /// That of the holder who said so; nobody did when a task is dead.
        fence: Option<u64>,
        number: u64,
        end: End,
    },
}

struct Holder {
    fence: u64,
    worker: String,
    until: i64,
    cancelling: bool,
}

struct Known {
    info: WorkerInfo,
    beat: i64,
    wanted: Wanted,
}

impl Memory {
    pub(super) fn new(time: Time) -> Self {
        let random = uuid::Uuid::now_v7();
        Self {
            time,
            inner: Mutex::new(Inner {
                epoch: random.to_string(),
                terms: None,
                tasks: BTreeMap::new(),
                served: BTreeMap::new(),
                level: 0,
                // Anywhere, so that no lease of an earlier life looks like one of this.
                fence: u64::try_from(random.as_u128() & ((1 << 52) - 1)).unwrap_or_default(),
                ends: 0,
                told: 0,
                ticked: None,
                workers: BTreeMap::new(),
                refused: BTreeMap::new(),
            }),
            hints: watch::Sender::default(),
            ended: watch::Sender::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.time.told().unwrap_or_else(|| ids::now().0)
    }

    fn hint_ready(&self) {
        self.hints.send_modify(|hints| hints.ready += 1);
    }

    fn hint_told(&self) {
        self.hints.send_modify(|hints| hints.told += 1);
    }

    fn end(&self, lease: TaskLease, end: End) -> Ended {
        let ended = self.inner().end(lease, end);
        self.ended.send_modify(|ends| *ends += 1);
        ended
    }

    fn claim_where(
        &self,
        me: &WorkerInfo,
        limit: usize,
        wanted: impl Fn(TaskId) -> bool,
    ) -> Result<Vec<Claimed>, FleetError> {
        let now = self.now();
        let mut inner = self.inner();
        let terms = inner.terms.clone().ok_or(FleetError::NoDaemon)?;
        check_version(me, &terms)?;
        let known = inner.workers.get(&me.name);
        if terms.paused || known.is_some_and(|known| known.wanted != Wanted::Run) {
            return Ok(Vec::new());
        }
        let mut claimed = Vec::new();
        while claimed.len() < limit {
            let Some(id) = inner.next(&me.classes, &wanted) else {
                break;
            };
            claimed.push(inner.lease(id, me, &terms, now));
        }
        Ok(claimed)
    }
}

impl Inner {
    /// Returns the task that is next: of the user who got least, the one of the smallest rank.
    fn next(&self, classes: &[Class], wanted: impl Fn(TaskId) -> bool) -> Option<TaskId> {
        let ready = self.tasks.iter().filter(|(id, task)| {
            matches!(task.phase, Phase::Ready) && classes.contains(&task.class) && wanted(**id)
        });
        let next = ready.min_by_key(|(id, task)| {
            let served = self.served.get(&task.uid).copied().unwrap_or(0);
            (served, task.uid, task.rank, **id)
        });
        next.map(|(id, _)| *id)
    }

    fn lease(&mut self, id: TaskId, me: &WorkerInfo, terms: &Terms, now: i64) -> Claimed {
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
    fn make_ready(&mut self, id: TaskId, task: Task) {
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

    fn holder(&mut self, lease: TaskLease) -> Option<&mut Holder> {
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

    fn end(&mut self, lease: TaskLease, end: End) -> Ended {
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
    fn offer(&mut self, new: NewTask, fenced_off: &mut bool) -> Offered {
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

    fn cancel(&mut self, id: TaskId) -> Cancelled {
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

    fn tick(&mut self, now: i64) -> usize {
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
        self.workers.retain(|_, known| known.beat >= silent);
        out.len()
    }
}

fn check_version(me: &WorkerInfo, terms: &Terms) -> Result<(), FleetError> {
    if me.version == terms.version {
        return Ok(());
    }
    Err(FleetError::Version {
        worker: me.version.clone(),
        daemon: terms.version.clone(),
    })
}

#[async_trait]
impl Fleet for Memory {
    async fn announce(&self, terms: &Terms) -> Result<Epoch, FleetError> {
        let epoch = {
            let mut inner = self.inner();
            inner.terms = Some(terms.clone());
            Epoch(inner.epoch.clone())
        };
        self.hint_ready();
        Ok(epoch)
    }

    async fn offer(&self, tasks: Vec<NewTask>) -> Result<Vec<Offered>, FleetError> {
        for task in &tasks {
            check_body("payload", &task.payload)?;
        }
        let mut fenced_off = false;
        let offered: Vec<Offered> = {
            let mut inner = self.inner();
            let tasks = tasks.into_iter();
            tasks
                .map(|task| inner.offer(task, &mut fenced_off))
                .collect()
        };
        if offered.contains(&Offered::New) {
            self.hint_ready();
        }
        if fenced_off {
            self.hint_told();
        }
        Ok(offered)
    }

    async fn cancel(&self, id: TaskId) -> Result<Cancelled, FleetError> {
        let cancelled = self.inner().cancel(id);
        self.hint_told();
        Ok(cancelled)
    }

    async fn forget(&self, ends: &[(TaskId, ContentHash)]) -> Result<(), FleetError> {
        let mut inner = self.inner();
        for (id, order) in ends {
            let task = inner.tasks.get(id);
            let ended = task.is_some_and(|task| {
                task.order == *order && matches!(task.phase, Phase::Ended { .. })
            });
            if ended {
                inner.tasks.remove(id);
            }
        }
        Ok(())
    }

    async fn ends(&self) -> Result<Vec<TaskEnd>, FleetError> {
        let mut ended = self.ended.subscribe();
        let wait = tokio::time::sleep(ENDS_WAIT);
        tokio::pin!(wait);
        loop {
            ended.mark_unchanged();
            let ends = self.inner().new_ends();
            if !ends.is_empty() {
                return Ok(ends);
            }
            tokio::select! {
                _ = ended.changed() => {}
                () = &mut wait => return Ok(Vec::new()),
            }
        }
    }

    async fn open_tasks(&self) -> Result<Vec<(TaskId, ContentHash)>, FleetError> {
        let inner = self.inner();
        let tasks = inner.tasks.iter();
        Ok(tasks.map(|(id, task)| (*id, task.order)).collect())
    }

    async fn workers(&self) -> Result<Vec<WorkerState>, FleetError> {
        let now = self.now();
        let inner = self.inner();
        let running = |name: &str| {
            let tasks = inner.tasks.iter();
            let held = tasks.filter(|(_, task)| match &task.phase {
                Phase::Leased(holder) => holder.worker == name,
                _ => false,
            });
            held.map(|(id, _)| *id).collect()
        };
        let workers = inner.workers.values().map(|known| WorkerState {
            info: known.info.clone(),
            running: running(&known.info.name),
            silent_ms: u64::try_from(now.saturating_sub(known.beat)).unwrap_or(0),
            wanted: known.wanted,
        });
        Ok(workers.collect())
    }

    async fn want(&self, worker: &str, wanted: Wanted) -> Result<bool, FleetError> {
        let known = match self.inner().workers.get_mut(worker) {
            Some(known) => {
                known.wanted = wanted;
                true
            }
            None => false,
        };
        self.hint_told();
        Ok(known)
    }

    async fn check(&self) -> Result<Vec<Finding>, FleetError> {
        let now = self.now();
        let inner = self.inner();
        let Some(terms) = &inner.terms else {
            return Ok(Vec::new());
        };
        let refused = inner.refused.values();
        Ok(refused
            .filter_map(|(info, at)| skew(info, *at, &terms.version, now))
            .collect())
    }

    async fn enlist(&self, me: &WorkerInfo) -> Result<(), FleetError> {
        let now = self.now();
        let mut inner = self.inner();
        let terms = inner.terms.clone().ok_or(FleetError::NoDaemon)?;
        if let Err(error) = check_version(me, &terms) {
            inner.refused.insert(me.name.clone(), (me.clone(), now));
            return Err(error);
        }
        inner.refused.remove(&me.name);
        inner.seen(me, now);
        Ok(())
    }

    async fn claim(&self, me: &WorkerInfo, limit: usize) -> Result<Vec<Claimed>, FleetError> {
        self.claim_where(me, limit, |_| true)
    }

    async fn claim_this(&self, me: &WorkerInfo, id: TaskId) -> Result<Option<Claimed>, FleetError> {
        let mut claimed = self.claim_where(me, 1, |one| one == id)?;
        Ok(claimed.pop())
    }

    async fn beat(&self, me: &WorkerInfo, leases: &[TaskLease]) -> Result<Beats, FleetError> {
        let now = self.now();
        let mut inner = self.inner();
        let lease_ms = inner.terms.as_ref().map_or(0, |terms| terms.lease_ms);
        let until = now.saturating_add_unsigned(lease_ms);
        let wanted = inner.seen(me, now);
        let leases = leases.iter().map(|lease| match inner.holder(*lease) {
            None => Beat::Lost,
            Some(holder) if holder.cancelling => {
                holder.until = until;
                Beat::Cancel
            }
            Some(holder) => {
                holder.until = until;
                Beat::Go
            }
        });
        Ok(Beats {
            leases: leases.collect(),
            wanted,
        })
    }

    async fn finish(&self, lease: TaskLease, result: Bytes) -> Result<Ended, FleetError> {
        check_body("result", &result)?;
        Ok(self.end(lease, End::Finished(result)))
    }

    async fn fail(&self, lease: TaskLease, failure: Bytes) -> Result<Ended, FleetError> {
        check_body("failure", &failure)?;
        Ok(self.end(lease, End::Failed(failure)))
    }

    async fn hand_back(&self, lease: TaskLease) -> Result<Ended, FleetError> {
        let mut inner = self.inner();
        let Some(holder) = inner.holder(lease) else {
            return Ok(Ended::Lost);
        };
        let cancelling = holder.cancelling;
        let task = inner.tasks.remove(&lease.id);
        if cancelling {
            return Ok(Ended::Cancelled);
        }
        let task = task.expect("what is held is there");
        inner.make_ready(lease.id, task);
        drop(inner);
        self.hint_ready();
        Ok(Ended::Yes)
    }

    async fn tick(&self) -> Result<usize, FleetError> {
        let now = self.now();
        let back = self.inner().tick(now);
        if back > 0 {
            self.hint_ready();
            self.ended.send_modify(|ends| *ends += 1);
        }
        Ok(back)
    }

    async fn woken(&self, heard: &mut Heard) -> Hint {
        next_hint(&self.hints, heard).await
    }

    async fn dismiss(&self, me: &WorkerInfo) -> Result<(), FleetError> {
        self.inner().workers.remove(&me.name);
        Ok(())
    }
}

impl Inner {
    /// Notes a sign of life, and returns what the worker is wanted to do.
    fn seen(&mut self, me: &WorkerInfo, now: i64) -> Wanted {
        let known = self.workers.get(&me.name);
        let wanted = known.map_or(Wanted::Run, |known| known.wanted);
        let known = Known {
            info: me.clone(),
            beat: now,
            wanted,
        };
        self.workers.insert(me.name.clone(), known);
        wanted
    }

    /// Returns the ends that were not told yet, oldest first.
    fn new_ends(&mut self) -> Vec<TaskEnd> {
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
