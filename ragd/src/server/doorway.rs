//! Clients that have not said hello yet.
//!
//! They count for no user, so that whoever connects and says nothing keeps nobody out. Instead there
//! is room for few of them: when one more comes, the one that has waited longest is sent away. An
//! honest client says hello at once and is hardly ever that one.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Each costs a file descriptor and a buffer of a few KiB.
const ROOM: usize = 128;

#[derive(Debug, Default)]
pub(super) struct Doorway {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    places: VecDeque<(u64, CancellationToken)>,
}

/// A place in the doorway, given back when dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    doorway: &'a Doorway,
    number: u64,
    sent_away: CancellationToken,
}

impl Doorway {
    pub(super) fn enter(&self) -> Place<'_> {
        let mut waiting = self.waiting();
        waiting.last += 1;
        let number = waiting.last;
        let sent_away = CancellationToken::new();
        waiting.places.push_back((number, sent_away.clone()));
        if waiting.places.len() > ROOM
            && let Some((_, oldest)) = waiting.places.pop_front()
        {
            oldest.cancel();
        }
        Place {
            doorway: self,
            number,
            sent_away,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Resolves when somebody else needs the place.
    pub(super) async fn sent_away(&self) {
        self.sent_away.cancelled().await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.doorway.waiting();
        waiting.places.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_waited_longest_goes() {
        let doorway = Doorway::default();
        let first = doorway.enter();
        let second = doorway.enter();
        let others: Vec<_> = (0..ROOM - 2).map(|_| doorway.enter()).collect();
        let gone = |place: &Place<'_>| place.sent_away.is_cancelled();
        assert!(!gone(&first));
        let one_more = doorway.enter();
        assert!(gone(&first) && !gone(&second));
        drop(one_more);
        let again = doorway.enter();
        assert!(!gone(&second));
        drop((first, second, others, again));
        assert!(doorway.waiting().places.is_empty());
    }
}
