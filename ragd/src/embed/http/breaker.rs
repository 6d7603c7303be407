//! Leaving a server alone that is out of reach.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So long nobody waits for the server once more: neither searches, which have words, nor documents
/// of a collection that is only on its way to the model.
const PAUSE: Duration = Duration::from_secs(5);

/// Open after a failure: then nothing flows.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    until: Mutex<Option<Instant>>,
}

impl Breaker {
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.until().is_some_and(|until| now < until)
    }

    pub(super) fn open(&self, now: Instant) {
        *self.until() = Some(now + PAUSE);
    }

    pub(super) fn close(&self) {
        *self.until() = None;
    }

    fn until(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_for_a_while() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        assert!(!breaker.is_open(now));
        breaker.open(now);
        assert!(breaker.is_open(now));
        assert!(!breaker.is_open(now + PAUSE));
        breaker.close();
        assert!(!breaker.is_open(now));
    }
}
