//! Hints that there is something to do. They may be lost; whoever waits looks by himself, too.

use std::time::Duration;

use tokio::sync::watch;

/// Why a worker was woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Tasks may have become ready: claim.
    Ready,
    /// A task was cancelled, or a worker is wanted to do something else: beat.
    Told,
    /// Nothing was said for a while. Hints may be lost, so do both.
    Quiet,
}

/// Which hints somebody has heard. Whoever begins has heard none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub(super) ready: u64,
    pub(super) told: u64,
}

impl Heard {
    /// Counts a hint of each kind.
    pub(super) fn tell_all(&mut self) {
        self.ready += 1;
        self.told += 1;
    }

    /// Returns what is new in `now`, which has been heard then.
    fn hear(&mut self, now: Self) -> Option<Hint> {
        if self.told != now.told {
            self.told = now.told;
            return Some(Hint::Told);
        }
        if self.ready != now.ready {
            self.ready = now.ready;
            return Some(Hint::Ready);
        }
        None
    }
}

/// Waits for what somebody has not heard yet, but not for long.
pub(super) async fn next_hint(hints: &watch::Sender<Heard>, heard: &mut Heard) -> Hint {
    let mut hints = hints.subscribe();
    let waiting = async {
        loop {
            let now = *hints.borrow_and_update();
            if let Some(hint) = heard.hear(now) {
                return hint;
            }
            if hints.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    };
    let waited = tokio::time::timeout(quiet(), waiting).await;
    waited.unwrap_or(Hint::Quiet)
}

/// Returns how long somebody waits for a hint. Not all alike, so that they do not come at once.
fn quiet() -> Duration {
    let random = uuid::Uuid::now_v7().as_u128() % 751;
    Duration::from_millis(250 + u64::try_from(random).unwrap_or_default())
}
