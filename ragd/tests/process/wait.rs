//! Waiting for what another process does.

use std::time::{Duration, Instant};

/// Waits until `condition` returns something; fails naming `what` when `deadline` passes first.
pub(crate) fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl FnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            began.elapsed() < deadline,
            "{what}: not within {deadline:?}"
        );
        pause(Duration::from_millis(5));
    }
}

/// Lets time pass: between two looks, or because the time itself is what is tested.
#[expect(clippy::disallowed_methods, reason = "the one place that waits")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
