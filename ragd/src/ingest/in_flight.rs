//! Who is working on what, so that cleaning up never takes away what is just being put.
//!
//! Workers enter with the keys they write; the sweeper condemns keys it wants to remove. A key is
//! never both: condemning leaves out what somebody works on, and entering waits for the sweeper.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Keys in work and keys being removed.
#[derive(Debug)]
pub struct InFlight<K> {
    state: Mutex<State<K>>,
    freed: Notify,
}

#[derive(Debug)]
struct State<K> {
    busy: HashMap<K, u32>,
    condemned: HashSet<K>,
    /// Left by workers since the last look; some of it may be of no use to anybody.
    left: Vec<K>,
}

/// Keeps keys from being removed, as long as it lives.
#[derive(Debug)]
pub struct Entered<K: Copy + Eq + Hash> {
    in_flight: Arc<InFlight<K>>,
    keys: Vec<K>,
}

impl<K: Copy + Eq + Hash> Default for InFlight<K> {
    fn default() -> Self {
        let state = State {
            busy: HashMap::new(),
            condemned: HashSet::new(),
            left: Vec::new(),
        };
        Self {
            state: Mutex::new(state),
            freed: Notify::new(),
        }
    }
}

impl<K: Copy + Eq + Hash> InFlight<K> {
    /// Waits until none of `keys` is being removed, and keeps them from it.
    pub async fn enter(self: &Arc<Self>, keys: Vec<K>) -> Entered<K> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            {
                let mut state = self.state();
                if !keys.iter().any(|key| state.condemned.contains(key)) {
                    for key in &keys {
                        *state.busy.entry(*key).or_default() += 1;
                    }
                    return Entered {
                        in_flight: Arc::clone(self),
                        keys,
                    };
                }
            }
            freed.await;
        }
    }

    /// Returns those of `keys` that nobody works on; nobody will until [`InFlight::release`].
    pub fn condemn(&self, keys: impl IntoIterator<Item = K>) -> Vec<K> {
        let mut state = self.state();
        let free: Vec<K> = keys
            .into_iter()
            .filter(|key| !state.busy.contains_key(key))
            .collect();
        state.condemned.extend(&free);
        free
    }

    pub fn release(&self, keys: &[K]) {
        let mut state = self.state();
        for key in keys {
            state.condemned.remove(key);
        }
        drop(state);
        self.freed.notify_waiters();
    }

    /// Returns what workers left since the last call.
    pub fn take_left(&self) -> Vec<K> {
        std::mem::take(&mut self.state().left)
    }

    #[must_use]
    pub fn is_entered(&self, key: &K) -> bool {
        self.state().busy.contains_key(key)
    }

    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.state().busy.is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Drop for Entered<K> {
    fn drop(&mut self) {
        let mut state = self.in_flight.state();
        for key in self.keys.drain(..) {
            let count = state.busy.get_mut(&key).expect("what was entered is busy");
            *count -= 1;
            if *count == 0 {
                state.busy.remove(&key);
                state.left.push(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_is_never_put_and_removed_at_once() {
        let in_flight = Arc::new(InFlight::<u8>::default());
        let entered = in_flight.enter(vec![1, 2]).await;
        assert_eq!(in_flight.condemn([1, 2, 3]), [3]);
        let waiting = tokio::spawn({
            let in_flight = Arc::clone(&in_flight);
            async move { in_flight.enter(vec![3]).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        in_flight.release(&[3]);
        drop(waiting.await.unwrap());
        drop(entered);
        assert!(!in_flight.is_busy());
        let mut left = in_flight.take_left();
        left.sort_unstable();
        assert_eq!(left, [1, 2, 3]);
        assert_eq!(in_flight.condemn([1, 2]), [1, 2]);
    }
}
