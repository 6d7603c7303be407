//! What happened.

use protocol::job::{CancelReceipt, JobEvent, JobView};
use protocol::{ErrorReport, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// The time is now this.
    Tick(Timestamp),
    Resized {
        columns: u16,
        rows: u16,
    },

    UpPressed,
    DownPressed,
    PageUpPressed,
    PageDownPressed,
    FirstPressed,
    LastPressed,
    FilterPressed,
    FilterTyped(char),
    FilterErased,
    FilterAccepted,
    BackPressed,
    CancelPressed,
    RetryPressed,
    ReconnectPressed,
    HelpPressed,
    RepaintPressed,
    QuitPressed,

    Connected {
        build: String,
    },
    Disconnected(ErrorReport),
    EventArrived(Box<JobEvent>),
    CancelAnswered(CancelReceipt),
    RetryAnswered(Box<JobView>),
    RequestFailed(ErrorReport),
}
