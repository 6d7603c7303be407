//! What is to be done, as data.

use std::time::Duration;

use protocol::JobId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Connect after a pause and follow all jobs. Takes the place of an earlier one.
    Connect {
        after: Duration,
    },
    CancelJob(JobId),
    RetryJob(JobId),
    /// Draw every cell anew.
    Repaint,
    Quit,
}
