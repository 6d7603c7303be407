//! Leaving a server alone that is out of reach.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many failures within [`WINDOW`] open it: one or two are a restart, which retries get over.
const FAILURES: usize = 5;
const WINDOW: Duration = Duration::from_secs(10);
/// So long nobody waits for the server. Then one call may try; if it fails, it starts again.
const PAUSE: Duration = Duration::from_secs(2);

/// Open after several failures in a short time: then calls fail at once.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: VecDeque<Instant>,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made. While it is open, one call per [`PAUSE`] may.
    pub(super) fn lets(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.open_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                state.open_until = Some(now + PAUSE);
                true
            }
        }
    }

    /// Whether calls are made as if nothing had ever happened.
    pub(super) fn is_closed(&self) -> bool {
        self.state().open_until.is_none()
    }

    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state();
        while state
            .failures
            .front()
            .is_some_and(|then| now.duration_since(*then) > WINDOW)
        {
            state.failures.pop_front();
        }
        state.failures.push_back(now);
        if state.failures.len() >= FAILURES {
            state.failures.pop_front();
            state.open_until = Some(now + PAUSE);
        }
    }

    /// Opens it at once.
    pub(super) fn open(&self, now: Instant) {
        self.state().open_until = Some(now + PAUSE);
    }

    pub(super) fn succeeded(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(now: Instant) -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert!(breaker.lets(now));
            breaker.failed(now);
        }
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_short_time() {
        let now = Instant::now();
        assert!(!broken(now).lets(now));
        let slow = Breaker::default();
        for n in 0..FAILURES as u32 * 3 {
            slow.failed(now + n * WINDOW / 2);
        }
        assert!(slow.lets(now + WINDOW * 100));
    }

    #[test]
    fn after_a_pause_one_call_may_try() {
        let now = Instant::now();
        let breaker = broken(now);
        let later = now + PAUSE;
        assert!(breaker.lets(later));
        assert!(!breaker.lets(later), "one is under way");
        breaker.failed(later);
        assert!(!breaker.lets(later + PAUSE / 2));
        assert!(breaker.lets(later + PAUSE));
        breaker.succeeded();
        assert!(breaker.lets(later + PAUSE) && breaker.lets(later + PAUSE));
    }
}
