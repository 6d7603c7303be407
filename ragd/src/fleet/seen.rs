//! The workers at one moment, to say why a task waits.

use std::collections::HashSet;

use super::{Class, TaskId, Wanted, WorkerState};

/// What was seen when the workers were last looked at.
#[derive(Debug, Default)]
pub(super) struct Seen {
    taken: HashSet<TaskId>,
    /// Why a task that nobody has taken is not taken; none: somebody is about to.
    why: Option<String>,
}

impl Seen {
    /// Reads a list of workers, of whom one that was silent for a lease is as good as gone.
    pub(super) fn new(workers: &[WorkerState], lease_ms: u64) -> Self {
        let taken = workers.iter().flat_map(|worker| &worker.running);
        let for_all = |worker: &&WorkerState| worker.info.classes.contains(&Class::Extract);
        let all: Vec<_> = workers.iter().filter(for_all).collect();
        let lives = |worker: &&&WorkerState| worker.silent_ms < lease_ms;
        let works = |worker: &&&WorkerState| worker.wanted == Wanted::Run;
        let is_full =
            |worker: &&WorkerState| worker.running.len() >= worker.info.slots.max(1) as usize;
        let alive: Vec<_> = all.iter().filter(lives).collect();
        let working: Vec<_> = alive.iter().copied().filter(works).copied().collect();
        let why = match (all.len(), alive.len(), working.len()) {
            (0, ..) => Some("none has joined; start one: ragd worker".to_owned()),
            (n, 0, _) => Some(format!("none of {n} gives a sign of life")),
            (_, n, 0) => Some(format!("none of {n} is to work; see: ragctl worker list")),
            (.., n) if working.iter().all(is_full) => Some(format!("all are busy ({n})")),
            _ => None,
        };
        Self {
            taken: taken.copied().collect(),
            why,
        }
    }

    /// Returns why no worker has a task; none if one has it.
    pub(super) fn why_waits(&self, id: TaskId) -> Option<String> {
        match self.taken.contains(&id) {
            true => None,
            false => self.why.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Shared, WorkerInfo};
    use crate::ids::JobId;

    fn worker(running: &[TaskId], wanted: Wanted, silent_ms: u64) -> WorkerState {
        WorkerState {
            info: WorkerInfo {
                name: "w".to_owned(),
                host: "h".to_owned(),
                pid: 1,
                version: "1".to_owned(),
                classes: vec![Class::Extract],
                slots: 1,
                shared: Shared::default(),
            },
            running: running.to_vec(),
            silent_ms,
            wanted,
        }
    }

    #[test]
    fn a_task_says_why_nobody_has_it() {
        let id = |part| TaskId {
            job: JobId(uuid::Uuid::nil()),
            part,
        };
        let why = |workers: &[WorkerState]| Seen::new(workers, 1_000).why_waits(id(1));
        let busy = worker(&[id(2)], Wanted::Run, 0);
        assert!(why(&[]).unwrap().starts_with("none has joined"));
        assert_eq!(
            why(std::slice::from_ref(&busy)).unwrap(),
            "all are busy (1)"
        );
        assert_eq!(why(&[busy, worker(&[], Wanted::Run, 0)]), None);
        assert_eq!(why(&[worker(&[id(1)], Wanted::Run, 0)]), None);
        let silent = worker(&[], Wanted::Run, 1_000);
        assert_eq!(why(&[silent]).unwrap(), "none of 1 gives a sign of life");
        let paused = worker(&[], Wanted::Pause, 0);
        assert!(why(&[paused]).unwrap().starts_with("none of 1 is to work"));
    }
}
