//! The fleet inside one process, as plain as can be: it looks at all tasks for whatever is asked.
//!
//! It is what other backends are compared with, and what tests of the daemon hand tasks through.

mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use self::state::{Phase, State};
use super::hints::next_hint;
use super::worker::{refusal, refused};
use super::{
    Beat, Beats, Cancelled, Claimed, Class, End, Ended, Epoch, Finding, Fleet, FleetError, Heard,
    Hint, NewTask, Offered, TaskEnd, TaskId, TaskLease, Terms, Time, Wanted, WorkerInfo,
    WorkerState, check_body,
};
use crate::ids::{self, ContentHash};

/// How long [`Fleet::ends`] waits before it says that there are none.
const ENDS_WAIT: Duration = Duration::from_secs(5);

pub(super) struct Memory {
    time: Time,
    state: Mutex<State>,
    hints: watch::Sender<Heard>,
    /// Counts ends, for those who wait for the next.
    ended: watch::Sender<u64>,
}

impl Memory {
    pub(super) fn new(time: Time) -> Self {
        Self {
            time,
            state: Mutex::new(State::new()),
            hints: watch::Sender::default(),
            ended: watch::Sender::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let ended = self.state().end(lease, end);
        self.ended.send_modify(|ends| *ends += 1);
        ended
    }

    fn claim_where(
        &self,
        me: &WorkerInfo,
        classes: &[Class],
        limit: usize,
        wanted: impl Fn(TaskId) -> bool,
    ) -> Result<Vec<Claimed>, FleetError> {
        let now = self.now();
        let mut state = self.state();
        let terms = state.terms.clone().ok_or(FleetError::NoDaemon)?;
        admit(me, &terms)?;
        if terms.paused || state.wanted(&me.name) != Wanted::Run {
            return Ok(Vec::new());
        }
        let mut claimed = Vec::new();
        while claimed.len() < limit {
            let Some(id) = state.next(classes, &wanted) else {
                break;
            };
            claimed.push(state.lease(id, me, &terms, now));
        }
        Ok(claimed)
    }
}

fn admit(me: &WorkerInfo, terms: &Terms) -> Result<(), FleetError> {
    refusal(me, &terms.version, &terms.shared).map_or(Ok(()), Err)
}

#[async_trait]
impl Fleet for Memory {
    async fn announce(&self, terms: &Terms) -> Result<Epoch, FleetError> {
        let epoch = {
            let now = self.now();
            self.state().announced(terms, now)?
        };
        self.hint_ready();
        self.hint_told();
        Ok(epoch)
    }

    async fn offer(&self, owner: &str, tasks: Vec<NewTask>) -> Result<Vec<Offered>, FleetError> {
        for task in &tasks {
            check_body("payload", &task.payload)?;
        }
        let mut fenced_off = false;
        let offered: Vec<Offered> = {
            let mut state = self.state();
            if let Some(terms) = &state.terms
                && terms.owner != owner
            {
                let other = terms.name.clone();
                return Err(FleetError::Taken { other });
            }
            let tasks = tasks.into_iter();
            tasks
                .map(|task| state.offer(task, &mut fenced_off))
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
        let cancelled = self.state().cancel(id);
        self.hint_told();
        Ok(cancelled)
    }

    async fn forget(&self, ends: &[(TaskId, ContentHash)]) -> Result<(), FleetError> {
        let mut state = self.state();
        for (id, order) in ends {
            let task = state.tasks.get(id);
            let ended = task.is_some_and(|task| {
                task.order == *order && matches!(task.phase, Phase::Ended { .. })
            });
            if ended {
                state.tasks.remove(id);
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
            let ends = self.state().new_ends();
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
        let state = self.state();
        let tasks = state.tasks.iter();
        Ok(tasks.map(|(id, task)| (*id, task.order)).collect())
    }

    async fn workers(&self) -> Result<Vec<WorkerState>, FleetError> {
        let now = self.now();
        let state = self.state();
        let running = |name: &str| {
            let tasks = state.tasks.iter();
            let held = tasks.filter(|(_, task)| match &task.phase {
                Phase::Leased(holder) => holder.worker == name,
                _ => false,
            });
            held.map(|(id, _)| *id).collect()
        };
        let workers = state.workers.values().map(|known| WorkerState {
            info: known.info.clone(),
            running: running(&known.info.name),
            silent_ms: u64::try_from(now.saturating_sub(known.beat)).unwrap_or(0),
            wanted: state.wanted(&known.info.name),
        });
        Ok(workers.collect())
    }

    async fn drain(&self, worker: &str) -> Result<bool, FleetError> {
        let is_known = {
            let mut state = self.state();
            let is_known = state.workers.contains_key(worker);
            if is_known {
                state.drained.insert(worker.to_owned());
            }
            is_known
        };
        self.hint_told();
        Ok(is_known)
    }

    async fn check(&self) -> Result<Vec<Finding>, FleetError> {
        let now = self.now();
        let state = self.state();
        let Some(terms) = &state.terms else {
            return Ok(Vec::new());
        };
        let workers = state.refused.values();
        Ok(workers
            .filter_map(|(info, at)| refused(info, *at, &terms.version, &terms.shared, now))
            .collect())
    }

    async fn enlist(&self, me: &WorkerInfo) -> Result<(), FleetError> {
        let now = self.now();
        let mut state = self.state();
        let terms = state.terms.clone().ok_or(FleetError::NoDaemon)?;
        if let Err(error) = admit(me, &terms) {
            // It may have been let in before.
            state.gone(&me.name);
            state.refused.insert(me.name.clone(), (me.clone(), now));
            return Err(error);
        }
        state.refused.remove(&me.name);
        state.seen(me, now);
        Ok(())
    }

    async fn claim(&self, me: &WorkerInfo, limit: usize) -> Result<Vec<Claimed>, FleetError> {
        let mut classes = me.classes.clone();
        classes.retain(|class| *class != Class::Launched);
        self.claim_where(me, &classes, limit, |_| true)
    }

    async fn claim_this(&self, me: &WorkerInfo, id: TaskId) -> Result<Option<Claimed>, FleetError> {
        let mut claimed = self.claim_where(me, &me.classes, 1, |one| one == id)?;
        Ok(claimed.pop())
    }

    async fn beat(&self, me: &WorkerInfo, leases: &[TaskLease]) -> Result<Beats, FleetError> {
        let now = self.now();
        let mut state = self.state();
        let lease_ms = state.terms.as_ref().map_or(0, |terms| terms.lease_ms);
        let until = now.saturating_add_unsigned(lease_ms);
        let wanted = state.seen(me, now);
        let leases = leases.iter().map(|lease| match state.holder(*lease) {
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
        let mut state = self.state();
        let Some(holder) = state.holder(lease) else {
            return Ok(Ended::Lost);
        };
        let cancelling = holder.cancelling;
        let task = state.tasks.remove(&lease.id);
        if cancelling {
            return Ok(Ended::Cancelled);
        }
        let task = task.expect("what is held is there");
        state.make_ready(lease.id, task);
        drop(state);
        self.hint_ready();
        Ok(Ended::Yes)
    }

    async fn tick(&self) -> Result<usize, FleetError> {
        let now = self.now();
        let back = self.state().tick(now);
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
        let mut state = self.state();
        state.gone(&me.name);
        state.refused.remove(&me.name);
        Ok(())
    }
}
