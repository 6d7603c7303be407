//! How values look to people: colour, columns, times, sizes, counts.

use std::time::Duration;

use protocol::document::Symbol;
use protocol::job::JobState;
use protocol::place::Place;
use protocol::{Private, Timestamp};

use super::args::TimeStyle;
use crate::text;
pub(super) use crate::words::{between, clock, count, counted, iso, now, size, span};

/// Items that a passage is shown to have; the others are counted.
const NAMES: usize = 3;

/// What human output depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) color: bool,
    /// Columns of the terminal; absent when there is none, and nothing is cut then.
    pub(super) width: Option<usize>,
    pub(super) time: TimeStyle,
    pub(super) header: bool,
    pub(super) now: Timestamp,
}

/// A role of a text; the colour only repeats what the words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Bold,
    Dim,
    Good,
    Busy,
    Warn,
    Bad,
}

impl Look {
    pub(super) fn paint(&self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Plain => return text.to_owned(),
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Good => "32",
            Paint::Busy => "36",
            Paint::Warn => "33",
            Paint::Bad => "31",
        };
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Returns a moment in the style that was asked for.
    pub(super) fn time(&self, at: Timestamp) -> String {
        match self.time {
            TimeStyle::Iso => iso(at),
            TimeStyle::Unix => (at.0 / 1000).to_string(),
            TimeStyle::Relative => {
                let millis = self.now.0.saturating_sub(at.0);
                let text = span(Duration::from_millis(millis.unsigned_abs()));
                if millis < 0 {
                    format!("in {text}")
                } else {
                    format!("{text} ago")
                }
            }
        }
    }

    pub(super) fn time_or_dash(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "-".to_owned(), |at| self.time(at))
    }
}

/// Returns the page and the like that a passage stands on, behind other words.
pub(super) fn spot(place: &Place) -> String {
    let spot = place.spot;
    spot.map_or_else(String::new, |spot| format!("  {spot}"))
}

/// Returns what a passage is about: the items of a program, or else the heading.
pub(super) fn about(symbols: &[Symbol], heading: Option<&Private<String>>) -> String {
    let mut names: Vec<_> = symbols
        .iter()
        .take(NAMES)
        .map(|symbol| format!("{} {}", symbol.kind, symbol.path.as_str()))
        .collect();
    match symbols.len().saturating_sub(NAMES) {
        0 => {}
        more => names.push(format!("{more} more")),
    }
    let all = match names.is_empty() {
        true => heading.map(|heading| heading.0.clone()).unwrap_or_default(),
        false => names.join(", "),
    };
    text::clean(&all).into_owned()
}

/// Returns the paint of a state.
pub(super) fn state_paint(state: JobState) -> Paint {
    match state {
        JobState::Finished => Paint::Good,
        JobState::Running => Paint::Busy,
        JobState::Retrying | JobState::Parked | JobState::Cancelling => Paint::Warn,
        JobState::Failed | JobState::Dead => Paint::Bad,
        JobState::Cancelled => Paint::Dim,
        JobState::Queued => Paint::Plain,
    }
}
