//! Plans that were shown and may be run as shown. In memory: a restart forgets them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::ids::{self, PlanId, Timestamp};
use crate::ingest::plan::Plan;
use crate::jobs::IngestWork;

pub(super) const LIFE_MS: i64 = 3_600_000;
/// A plan of a large tree holds tens of megabytes.
const KEPT: usize = 8;

/// A plan with what it is a plan for.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) uid: u32,
    pub(super) work: IngestWork,
    pub(super) source: String,
    pub(super) plan: Plan,
    pub(super) expires_at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Plans {
    stored: Mutex<HashMap<PlanId, Stored>>,
}

impl Plans {
    pub(super) fn keep(&self, id: PlanId, plan: Stored) {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let now = ids::now();
        stored.retain(|_, plan| plan.expires_at > now);
        while stored.len() >= KEPT {
            let oldest = stored.iter().min_by_key(|(_, plan)| plan.expires_at);
            let oldest = *oldest.expect("there is at least one").0;
            stored.remove(&oldest);
        }
        stored.insert(id, plan);
    }

    /// Takes a plan of a user: it can be run once.
    pub(super) fn take(&self, id: PlanId, uid: u32) -> Option<Stored> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = stored
            .get(&id)
            .is_some_and(|plan| plan.uid == uid && plan.expires_at > ids::now());
        if fits { stored.remove(&id) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RuntimeKind;
    use crate::jobs::{Rules, Source};

    #[test]
    fn a_plan_is_taken_once_in_time_and_by_its_user() {
        let plans = Plans::default();
        let keep = |expires_in_ms: i64| {
            let id = PlanId(uuid::Uuid::now_v7());
            let stored = Stored {
                uid: 7,
                work: IngestWork {
                    runtime: RuntimeKind::Local,
                    again: false,
                    watched: None,
                    collection: "c".to_owned(),
                    source: Source::Paths(Vec::new()),
                    rules: Rules::default(),
                },
                source: String::new(),
                plan: Plan::default(),
                expires_at: Timestamp(ids::now().0 + expires_in_ms),
            };
            plans.keep(id, stored);
            id
        };
        let id = keep(60_000);
        assert!(plans.take(id, 8).is_none(), "it is another user's");
        assert!(plans.take(id, 7).is_some());
        assert!(plans.take(id, 7).is_none(), "it was run");
        let old = keep(-1);
        assert!(plans.take(old, 7).is_none(), "its time is over");
        let first = keep(60_000);
        let later: Vec<_> = (0..KEPT).map(|_| keep(120_000)).collect();
        assert!(plans.take(first, 7).is_none(), "the oldest makes room");
        assert!(plans.take(later[0], 7).is_some());
    }
}
