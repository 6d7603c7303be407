//! Everything that is shown, as plain data.

mod jobs;

use std::time::Duration;

use protocol::{ErrorReport, Timestamp};

pub(super) use jobs::Jobs;

use super::effect::Effect;

/// The first and the longest pause before connecting again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) jobs: Jobs,
    pub(super) connection: Connection,
    /// Windows over the screen, the innermost last.
    pub(super) popups: Vec<Popup>,
    pub(super) notice: Option<Notice>,
    pub(super) now: Timestamp,
    pub(super) columns: u16,
    pub(super) rows: u16,
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    Jobs,
    Filter,
    Help,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Popup {
    Help,
}

/// Something that is said once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Done(String),
    Problem(ErrorReport),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    /// The first try is under way.
    Opening,
    Live {
        build: String,
    },
    /// Shown with its age until a try succeeds.
    Lost {
        why: ErrorReport,
        since: Timestamp,
        retry_at: Timestamp,
        tries: u32,
    },
}

impl Model {
    pub(super) fn new(columns: u16, rows: u16, now: Timestamp) -> Self {
        Self {
            jobs: Jobs::default(),
            connection: Connection::Opening,
            popups: Vec::new(),
            notice: None,
            now,
            columns,
            rows,
        }
    }

    pub(super) fn focus(&self) -> Focus {
        match self.popups.last() {
            Some(Popup::Help) => Focus::Help,
            None if self.jobs.is_typing => Focus::Filter,
            None => Focus::Jobs,
        }
    }

    /// Tells whether something on the screen counts seconds. If not, no timer runs.
    pub(super) fn shows_time(&self) -> bool {
        matches!(self.connection, Connection::Lost { .. }) || self.jobs.shows_time()
    }

    pub(super) fn connected(&mut self, build: String) -> Vec<Effect> {
        if matches!(self.connection, Connection::Lost { .. }) {
            self.notice = Some(Notice::Done("connected again".into()));
        }
        self.connection = Connection::Live { build };
        self.jobs.begin_snapshot();
        Vec::new()
    }

    pub(super) fn disconnected(&mut self, why: ErrorReport) -> Vec<Effect> {
        let (since, tries) = match &self.connection {
            Connection::Lost { since, tries, .. } => (*since, tries + 1),
            Connection::Opening | Connection::Live { .. } => (self.now, 0),
        };
        let after = PAUSES.0.saturating_mul(1 << tries.min(16)).min(PAUSES.1);
        let retry_at = Timestamp(self.now.0 + i64::try_from(after.as_millis()).unwrap_or(0));
        self.connection = Connection::Lost {
            why,
            since,
            retry_at,
            tries,
        };
        vec![Effect::Connect { after }]
    }

    pub(super) fn reconnect_now(&mut self) -> Vec<Effect> {
        match &mut self.connection {
            Connection::Lost { retry_at, .. } => {
                *retry_at = self.now;
                vec![Effect::Connect {
                    after: Duration::ZERO,
                }]
            }
            Connection::Opening | Connection::Live { .. } => Vec::new(),
        }
    }

    /// Innermost first; it never quits.
    pub(super) fn back(&mut self) -> Vec<Effect> {
        if self.popups.pop().is_none() {
            self.jobs.drop_filter();
            self.notice = None;
        }
        Vec::new()
    }

    pub(super) fn help(&mut self) -> Vec<Effect> {
        self.popups.push(Popup::Help);
        Vec::new()
    }

    /// Returns `effect` while connected, else says why nothing is done.
    pub(super) fn if_live(&mut self, effect: Result<Effect, String>) -> Vec<Effect> {
        let refusal = match (&self.connection, effect) {
            (Connection::Live { .. }, Ok(effect)) => {
                self.notice = None;
                return vec![effect];
            }
            (Connection::Live { .. }, Err(reason)) => reason,
            (Connection::Opening | Connection::Lost { .. }, _) => {
                "not connected: nothing can be changed now".to_owned()
            }
        };
        self.notice = Some(Notice::Done(refusal));
        Vec::new()
    }

    /// Returns how many rows of jobs fit.
    pub(super) fn page(&self) -> usize {
        usize::from(super::view::job_rows(self.rows, self.columns)).max(1)
    }
}
