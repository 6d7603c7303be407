//! Everything that is shown, as plain data.

mod chat;
mod connection;
mod field;
mod focus;
mod jobs;
mod palette;
mod submit;
mod workers;

use protocol::submit::Accepted;
use protocol::{ErrorReport, Timestamp};

pub(super) use chat::{Chat, Outcome, Pane, Size, Turn};
pub(super) use connection::Connection;
pub(super) use field::{Edit, Field};
pub(super) use focus::{Focus, Popup, Screen};
pub(super) use jobs::Jobs;
pub(super) use palette::Palette;
pub(super) use submit::SubmitForm;
pub(super) use workers::Workers;

use super::effect::Effect;
use super::message::Message;

/// Within so many milliseconds a second Ctrl-C quits.
const SECOND_INTERRUPT: i64 = 2_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) screen: Screen,
    pub(super) jobs: Jobs,
    pub(super) chat: Chat,
    pub(super) connection: Connection,
    /// Windows over the screen, the innermost last.
    pub(super) popups: Vec<Popup>,
    pub(super) notice: Option<Notice>,
    pub(super) now: Timestamp,
    pub(super) columns: u16,
    pub(super) rows: u16,
    interrupted_at: Option<Timestamp>,
}

/// Something that is said once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Done(String),
    Problem(ErrorReport),
}

impl Model {
    pub(super) fn new(columns: u16, rows: u16, now: Timestamp) -> Self {
        Self {
            screen: Screen::default(),
            jobs: Jobs::default(),
            chat: Chat::default(),
            connection: Connection::Opening,
            popups: Vec::new(),
            notice: None,
            now,
            columns,
            rows,
            interrupted_at: None,
        }
    }

    pub(super) fn say(&mut self, text: impl Into<String>) -> Vec<Effect> {
        self.notice = Some(Notice::Done(text.into()));
        Vec::new()
    }

    pub(super) fn complain(&mut self, report: ErrorReport) -> Vec<Effect> {
        self.notice = Some(Notice::Problem(report));
        Vec::new()
    }

    /// Tells whether something on the screen counts seconds. If not, no timer runs.
    pub(super) fn shows_time(&self) -> bool {
        let is_timed = |popup: &Popup| matches!(popup, Popup::Workers(_));
        self.popups.iter().any(is_timed)
            || matches!(self.connection, Connection::Lost { .. })
            || match self.screen {
                Screen::Jobs => self.jobs.shows_time(),
                Screen::Chat => self.chat.running().is_some(),
            }
    }

    /// Tells whether text comes word by word and is seen to come.
    pub(super) fn shows_stream(&self) -> bool {
        self.screen == Screen::Chat && self.chat.running().is_some()
    }

    /// Tells whether `message` changes what is seen, so that nothing is drawn for the rest.
    pub(super) fn shows(&self, message: &Message) -> bool {
        match message {
            Message::Tick(_) => self.shows_time(),
            Message::EventArrived(_) => self.screen == Screen::Jobs,
            Message::AnswerArrived { .. } => self.screen == Screen::Chat,
            _ => true,
        }
    }

    pub(super) fn go(&mut self, screen: Screen) -> Vec<Effect> {
        self.screen = screen;
        Vec::new()
    }

    pub(super) fn write(&mut self) -> Vec<Effect> {
        self.screen = Screen::Chat;
        self.chat.pane = Pane::Composer;
        Vec::new()
    }

    pub(super) fn begin_conversation(&mut self) -> Vec<Effect> {
        let effects = self.chat.begin_conversation();
        self.write();
        effects
    }

    /// Returns `effect` while connected, else says why nothing is done.
    pub(super) fn if_live(&mut self, effect: Result<Effect, String>) -> Vec<Effect> {
        match self.refusal().map_or(effect, Err) {
            Ok(effect) => {
                self.notice = None;
                vec![effect]
            }
            Err(reason) => self.say(reason),
        }
    }

    pub(super) fn send(&mut self) -> Vec<Effect> {
        if self.chat.composer.text().trim().is_empty() {
            return Vec::new();
        }
        if self.chat.running().is_some() {
            return self.say("an answer is being written: Esc stops it");
        }
        if let Some(reason) = self.refusal() {
            return self.say(reason);
        }
        self.notice = None;
        self.chat.send(self.now)
    }

    pub(super) fn submit(&mut self) -> Vec<Effect> {
        let refusal = self.refusal();
        let Some(Popup::Submit(form)) = self.popups.last_mut() else {
            return Vec::new();
        };
        form.submit(refusal)
    }

    pub(super) fn submitted(&mut self, accepted: &Accepted) -> Vec<Effect> {
        self.popups
            .retain(|popup| !matches!(popup, Popup::Submit(_)));
        self.screen = Screen::Jobs;
        self.jobs.select(accepted.job);
        let id = accepted.job.short();
        if accepted.deduplicated {
            self.say(format!("job {id} does this already"))
        } else {
            self.say(format!("job {id} is queued"))
        }
    }

    /// Shown in the window, or as a notice if that was closed meanwhile.
    pub(super) fn submit_failed(&mut self, report: ErrorReport) -> Vec<Effect> {
        let form = self.popups.iter_mut().find_map(|popup| match popup {
            Popup::Submit(form) => Some(form),
            Popup::Help(_) | Popup::Palette(_) | Popup::Workers(_) => None,
        });
        match form {
            Some(form) => {
                form.failed(report);
                Vec::new()
            }
            None => self.complain(report),
        }
    }

    /// Innermost first; it never quits.
    pub(super) fn back(&mut self) -> Vec<Effect> {
        if self.popups.pop().is_some() {
            return Vec::new();
        }
        self.notice = None;
        match self.screen {
            Screen::Jobs => {
                self.jobs.drop_filter();
                Vec::new()
            }
            Screen::Chat => self.chat.back(),
        }
    }

    /// Closes a window, else stops the answer, else clears the draft, else quits when it is pressed
    /// twice.
    pub(super) fn interrupt(&mut self) -> Vec<Effect> {
        if self.popups.pop().is_some() {
            return Vec::new();
        }
        if self.shows_stream() {
            return self.chat.stop();
        }
        if self.focus() == Focus::Composer && !self.chat.composer.is_empty() {
            self.chat.clear_draft();
            return self.say("cleared, ↑ brings it back");
        }
        let is_second = self
            .interrupted_at
            .is_some_and(|at| self.now.0 - at.0 <= SECOND_INTERRUPT);
        if is_second {
            return vec![Effect::Quit];
        }
        self.interrupted_at = Some(self.now);
        self.say("Ctrl-C again quits")
    }
}
