//! Colours, by role. State is always a word; colour only repeats it.

use protocol::job::JobState;
use ratatui::style::{Color, Modifier, Style};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Theme {
    has_color: bool,
}

impl Theme {
    pub(super) fn from_environment() -> Self {
        let wants_none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            has_color: !wants_none,
        }
    }

    #[cfg(test)]
    pub(super) fn mono() -> Self {
        Self { has_color: false }
    }

    /// Blue and orange stay apart for every kind of colour vision.
    pub(super) fn state(self, state: JobState) -> Style {
        match state {
            JobState::Running => self.color(Color::Blue),
            JobState::Failed | JobState::Dead => self.bad(),
            JobState::Retrying | JobState::Parked | JobState::Cancelling => self.warn(),
            JobState::Cancelled => self.dim(),
            JobState::Queued | JobState::Finished => Style::new(),
        }
    }

    pub(super) fn title(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// A mark in an answer. Underlined, so that it shows without colour.
    pub(super) fn mark(self) -> Style {
        self.color(Color::Cyan).add_modifier(Modifier::UNDERLINED)
    }

    /// What the selected mark or source is about.
    pub(super) fn cited(self) -> Style {
        self.color(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub(super) fn warn(self) -> Style {
        self.color(Color::Yellow)
    }

    pub(super) fn bad(self) -> Style {
        self.color(Color::LightRed).add_modifier(Modifier::BOLD)
    }

    fn color(self, color: Color) -> Style {
        if self.has_color {
            Style::new().fg(color)
        } else {
            Style::new()
        }
    }
}
