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
