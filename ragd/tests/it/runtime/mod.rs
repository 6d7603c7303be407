//! Workers that are started for one part alone.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

#[cfg(feature = "docker")]
mod docker;
#[cfg(feature = "kubernetes")]
mod kubernetes;
mod minding;

use std::sync::{Arc, Mutex};

use ragd::fleet::TaskId;
use ragd::ids::JobId;
use ragd::runtime::Told;
use uuid::Uuid;

fn task(part: u32) -> TaskId {
    TaskId {
        job: JobId(Uuid::from_u128(1)),
        part,
    }
}

/// Keeps what a worker waited for.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn told(&self) -> Told {
        let notes = Arc::clone(&self.0);
        Arc::new(move |reason| {
            let reason = reason.unwrap_or_else(|| "-".to_owned());
            notes.lock().unwrap().push(reason);
        })
    }

    /// Returns what was told, each once.
    fn all(&self) -> Vec<String> {
        let mut notes = self.0.lock().unwrap().clone();
        notes.dedup();
        notes
    }
}
