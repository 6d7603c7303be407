//! What is to be done, as data.

use std::time::Duration;

use protocol::JobId;
use protocol::answer::AskRequest;
use protocol::worker::Wanted;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Connect after a pause and follow all jobs. Takes the place of an earlier one.
    Connect {
        after: Duration,
    },
    CancelJob(JobId),
    RetryJob(JobId),
    ListWorkers,
    WantWorker {
        name: String,
        wanted: Wanted,
    },
    /// Hand in a path as it was typed.
    Submit {
        path: String,
        collection: String,
    },
    /// Ask a question. Takes the place of an earlier one.
    Ask {
        turn: u64,
        request: Box<AskRequest>,
    },
    /// Drop the answer that is being written, which stops the model.
    StopAnswer,
    /// Draw every cell anew.
    Repaint,
    /// Stop until the shell lets us go on.
    Stop,
    Quit,
}
