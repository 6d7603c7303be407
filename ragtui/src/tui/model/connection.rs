//! The connection to the daemon: losing it is a state, never an end.

use std::time::Duration;

use protocol::{ErrorReport, Timestamp};

use super::{Model, Notice};
use crate::tui::effect::Effect;

/// The first and the longest pause before connecting again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Connection {
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
    pub(in crate::tui) fn is_live(&self) -> bool {
        matches!(self.connection, Connection::Live { .. })
    }

    /// Says why nothing can be asked of the daemon now.
    pub(super) fn refusal(&self) -> Option<String> {
        (!self.is_live()).then(|| "not connected: nothing can be asked or changed now".to_owned())
    }

    pub(in crate::tui) fn connected(&mut self, build: String) -> Vec<Effect> {
        if matches!(self.connection, Connection::Lost { .. }) {
            self.notice = Some(Notice::Done("connected again".into()));
        }
        self.connection = Connection::Live { build };
        self.jobs.begin_snapshot();
        Vec::new()
    }

    pub(in crate::tui) fn disconnected(&mut self, why: ErrorReport) -> Vec<Effect> {
        let (since, tries) = match &self.connection {
            Connection::Lost { since, tries, .. } => (*since, tries + 1),
            Connection::Opening | Connection::Live { .. } => (self.now, 0),
        };
        let after = PAUSES.0.saturating_mul(1 << tries.min(16)).min(PAUSES.1);
        let retry_at = Timestamp(self.now.0 + i64::try_from(after.as_millis()).unwrap_or(0));
        let mut effects = vec![Effect::Connect { after }];
        if self.chat.connection_lost(&why) {
            effects.push(Effect::StopAnswer);
        }
        self.connection = Connection::Lost {
            why,
            since,
            retry_at,
            tries,
        };
        effects
    }

    pub(in crate::tui) fn reconnect_now(&mut self) -> Vec<Effect> {
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
}
