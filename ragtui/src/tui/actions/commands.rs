//! What is done, in the order of the hints: what comes first is cut last.

use crossterm::event::KeyCode;
use protocol::worker::Wanted;

use super::keys::{alt, control, letter, plain};
use super::{Action, action};
use crate::tui::message::Message;
use crate::tui::model::{Edit, Focus, Model};

const PANES: &[Focus] = &[
    Focus::Jobs,
    Focus::Filter,
    Focus::Composer,
    Focus::Transcript,
    Focus::Sources,
];
const ALL: &[Focus] = &Focus::ALL;
const CHAT: &[Focus] = &[Focus::Composer, Focus::Transcript, Focus::Sources];
const READING: &[Focus] = &[Focus::Transcript, Focus::Sources];
const WITH_HELP: &[Focus] = &[
    Focus::Jobs,
    Focus::Filter,
    Focus::Composer,
    Focus::Transcript,
    Focus::Sources,
    Focus::Submit,
    Focus::Workers,
    Focus::Palette,
];
const LISTS: &[Focus] = &[Focus::Jobs, Focus::Transcript, Focus::Sources];
const WORKERS: &[Focus] = &[Focus::Workers];
const NO_TEXT: &[Focus] = &[Focus::Jobs, Focus::Transcript, Focus::Sources, Focus::Help];

const JOBS: &str = "Jobs";
const ANSWERS: &str = "Chat";
const GENERAL: &str = "General";

pub(super) static COMMANDS: &[Action] = &[
    action(
        "help",
        "help",
        &[letter('?'), plain(KeyCode::F(1))],
        WITH_HELP,
        Message::HelpPressed,
    )
    .hint()
    .command(GENERAL)
    .twin("ragctl help"),
    action(
        "help-close",
        "close",
        &[letter('?'), plain(KeyCode::F(1))],
        &[Focus::Help],
        Message::BackPressed,
    )
    .hint(),
    action(
        "palette",
        "palette",
        &[letter(':'), control('p')],
        PANES,
        Message::PalettePressed,
    )
    .hint(),
    // Where Enter does the one thing that the place is for.
    action(
        "send",
        "send",
        &[plain(KeyCode::Enter)],
        &[Focus::Composer],
        Message::EnterPressed,
    )
    .hint()
    .twin("ragctl ask QUESTION"),
    action(
        "submit-send",
        "submit",
        &[plain(KeyCode::Enter)],
        &[Focus::Submit],
        Message::EnterPressed,
    )
    .hint()
    .twin("ragctl submit PATH -c COLLECTION"),
    action(
        "run",
        "run",
        &[plain(KeyCode::Enter)],
        &[Focus::Palette],
        Message::EnterPressed,
    )
    .hint(),
    action(
        "filter-keep",
        "keep the filter",
        &[plain(KeyCode::Enter)],
        &[Focus::Filter],
        Message::EnterPressed,
    )
    .hint(),
    action(
        "stop",
        "stop the answer",
        &[letter('x')],
        READING,
        Message::StopPressed,
    )
    .command(ANSWERS)
    .unless(no_answer_runs),
    action(
        "newline",
        "new line",
        &[alt(KeyCode::Enter), control('j')],
        &[Focus::Composer],
        Message::EditPressed(Edit::Newline),
    )
    .hint(),
    action(
        "mark-next",
        "next mark",
        &[letter('n'), plain(KeyCode::Right)],
        READING,
        Message::MarkPressed(1),
    )
    .hint(),
    action(
        "mark-previous",
        "previous mark",
        &[letter('N'), plain(KeyCode::Left)],
        READING,
        Message::MarkPressed(-1),
    ),
    action(
        "write",
        "write a question",
        &[letter('i'), plain(KeyCode::Enter)],
        READING,
        Message::WritePressed,
    )
    .hint()
    .command(ANSWERS),
    action(
        "submit",
        "add documents",
        &[letter('a')],
        &[Focus::Jobs],
        Message::SubmitPressed,
    )
    .hint()
    .command(JOBS)
    .twin("ragctl submit PATH"),
    action(
        "cancel",
        "cancel",
        &[letter('x')],
        &[Focus::Jobs],
        Message::CancelPressed,
    )
    .hint()
    .command(JOBS)
    .twin("ragctl job cancel {job}")
    .unless(|model| model.jobs.cancel_selected().err()),
    action(
        "retry",
        "retry",
        &[letter('R')],
        &[Focus::Jobs],
        Message::RetryPressed,
    )
    .hint()
    .command(JOBS)
    .twin("ragctl job retry {job}")
    .unless(|model| model.jobs.retry_selected().err()),
    action(
        "filter",
        "filter",
        &[letter('/')],
        &[Focus::Jobs],
        Message::FilterPressed,
    )
    .hint()
    .command(JOBS)
    .twin("ragctl jobs"),
    action(
        "workers",
        "workers",
        &[letter('w')],
        &[Focus::Jobs],
        Message::WorkersPressed,
    )
    .command(JOBS)
    .twin("ragctl worker list"),
    action(
        "worker-pause",
        "pause",
        &[letter('p')],
        WORKERS,
        Message::WantPressed(Wanted::Pause),
    )
    .hint()
    .twin("ragctl worker pause NAME"),
    action(
        "worker-resume",
        "resume",
        &[letter('r')],
        WORKERS,
        Message::WantPressed(Wanted::Run),
    )
    .hint()
    .twin("ragctl worker resume NAME"),
    action(
        "worker-drain",
        "drain",
        &[letter('D')],
        WORKERS,
        Message::WantPressed(Wanted::Drain),
    )
    .hint()
    .twin("ragctl worker drain NAME"),
    action(
        "back",
        "back",
        &[plain(KeyCode::Esc)],
        ALL,
        Message::BackPressed,
    )
    .hint(),
    action(
        "pane-next",
        "next pane",
        &[plain(KeyCode::Tab)],
        CHAT,
        Message::PanePressed(1),
    )
    .hint(),
    action(
        "field-next",
        "next field",
        &[plain(KeyCode::Tab), plain(KeyCode::BackTab)],
        &[Focus::Submit],
        Message::FieldPressed,
    )
    .hint(),
    action(
        "pane-previous",
        "previous pane",
        &[plain(KeyCode::BackTab)],
        CHAT,
        Message::PanePressed(-1),
    ),
    action(
        "conversation-new",
        "new conversation",
        &[control('n')],
        CHAT,
        Message::ConversationPressed,
    )
    .hint()
    .command(ANSWERS),
    action(
        "jobs",
        "go to jobs",
        &[letter('1'), plain(KeyCode::F(2))],
        PANES,
        Message::JobsPressed,
    )
    .command(GENERAL)
    .twin("ragctl jobs"),
    action(
        "chat",
        "go to chat",
        &[letter('2'), plain(KeyCode::F(3))],
        PANES,
        Message::ChatPressed,
    )
    .command(GENERAL)
    .twin("ragctl ask QUESTION"),
    action(
        "reconnect",
        "connect now",
        &[letter('r')],
        LISTS,
        Message::ReconnectPressed,
    )
    .command(GENERAL)
    .unless(is_connected),
    action(
        "quit",
        "quit",
        &[letter('q')],
        NO_TEXT,
        Message::QuitPressed,
    )
    .hint()
    .command(GENERAL),
    action(
        "interrupt",
        "stop, clear, quit",
        &[control('c')],
        ALL,
        Message::InterruptPressed,
    ),
    action(
        "repaint",
        "draw anew",
        &[control('l')],
        ALL,
        Message::RepaintPressed,
    )
    .command(GENERAL),
    action(
        "suspend",
        "go to the shell",
        &[control('z')],
        ALL,
        Message::SuspendPressed,
    )
    .command(GENERAL),
];

fn no_answer_runs(model: &Model) -> Option<String> {
    model
        .chat
        .running()
        .is_none()
        .then(|| "no answer is being written".to_owned())
}

fn is_connected(model: &Model) -> Option<String> {
    model.is_live().then(|| "connected already".to_owned())
}
