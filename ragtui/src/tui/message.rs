//! What happened.

use protocol::answer::AnswerEvent;
use protocol::job::{CancelReceipt, JobEvent, JobView};
use protocol::submit::Accepted;
use protocol::worker::{Wanted, WorkerView};
use protocol::{ErrorReport, Timestamp};

use super::model::Edit;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// The time is now this.
    Tick(Timestamp),
    Resized {
        columns: u16,
        rows: u16,
    },

    /// The user moves by rows, backwards if negative; what moves depends on the focus.
    Stepped(isize),
    /// The same by pages.
    Paged(isize),
    Typed(char),
    Pasted(String),
    EditPressed(Edit),
    EnterPressed,
    BackPressed,
    InterruptPressed,
    JobsPressed,
    ChatPressed,
    PanePressed(isize),
    FieldPressed,
    FilterPressed,
    CancelPressed,
    RetryPressed,
    SubmitPressed,
    WorkersPressed,
    WantPressed(Wanted),
    WritePressed,
    MarkPressed(isize),
    StopPressed,
    ConversationPressed,
    ReconnectPressed,
    HelpPressed,
    PalettePressed,
    RepaintPressed,
    SuspendPressed,
    QuitPressed,

    Connected {
        build: String,
    },
    Disconnected(ErrorReport),
    EventArrived(Box<JobEvent>),
    CancelAnswered(CancelReceipt),
    RetryAnswered(Box<JobView>),
    RequestFailed(ErrorReport),
    WorkersArrived(Result<Vec<WorkerView>, ErrorReport>),
    WantAnswered(Box<WorkerView>),
    SubmitAnswered(Accepted),
    SubmitFailed(ErrorReport),
    /// A step of the answer to question `turn`.
    AnswerArrived {
        turn: u64,
        event: Box<AnswerEvent>,
    },
    /// The stream of question `turn` ended, by itself or with an error.
    AnswerLost {
        turn: u64,
        report: ErrorReport,
    },
}
