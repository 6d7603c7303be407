//! Where keys go, and what they move there.

use super::{Edit, Field, Model, Palette, Pane, Size, SubmitForm, Workers};
use crate::tui::actions::actions_in;
use crate::tui::effect::Effect;
use crate::tui::layout;
use crate::tui::layout::chat::{Areas, areas};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) enum Screen {
    #[default]
    Jobs,
    Chat,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Popup {
    /// With how many lines of it were scrolled past.
    Help(usize),
    Palette(Palette),
    Submit(SubmitForm),
    Workers(Workers),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Focus {
    Jobs,
    Filter,
    Composer,
    Transcript,
    Sources,
    Submit,
    Workers,
    Palette,
    Help,
}

impl Focus {
    pub(in crate::tui) const ALL: [Self; 9] = [
        Self::Jobs,
        Self::Filter,
        Self::Composer,
        Self::Transcript,
        Self::Sources,
        Self::Submit,
        Self::Workers,
        Self::Palette,
        Self::Help,
    ];

    /// Tells whether letters are text here.
    pub(in crate::tui) fn is_text(self) -> bool {
        matches!(
            self,
            Self::Filter | Self::Composer | Self::Submit | Self::Palette
        )
    }

    pub(in crate::tui) fn name(self) -> &'static str {
        match self {
            Self::Jobs => "Jobs",
            Self::Filter => "While typing a filter",
            Self::Composer => "While writing a question",
            Self::Transcript => "Answers",
            Self::Sources => "Sources",
            Self::Submit => "Add documents",
            Self::Workers => "Workers",
            Self::Palette => "Palette",
            Self::Help => "Help",
        }
    }
}

impl Model {
    pub(in crate::tui) fn focus(&self) -> Focus {
        self.focus_below(self.popups.len())
    }

    /// Returns the focus without the window on top: what the help is about.
    pub(in crate::tui) fn focus_behind(&self) -> Focus {
        self.focus_below(self.popups.len().saturating_sub(1))
    }

    fn focus_below(&self, popups: usize) -> Focus {
        match self.popups[..popups].last() {
            Some(Popup::Help(_)) => return Focus::Help,
            Some(Popup::Palette(_)) => return Focus::Palette,
            Some(Popup::Submit(_)) => return Focus::Submit,
            Some(Popup::Workers(_)) => return Focus::Workers,
            None => {}
        }
        match (self.screen, self.chat.pane) {
            (Screen::Jobs, _) if self.jobs.is_typing => Focus::Filter,
            (Screen::Jobs, _) => Focus::Jobs,
            (Screen::Chat, Pane::Composer) => Focus::Composer,
            (Screen::Chat, Pane::Transcript) => Focus::Transcript,
            (Screen::Chat, Pane::Sources) => Focus::Sources,
        }
    }

    pub(in crate::tui) fn open(&mut self, popup: Popup) -> Vec<Effect> {
        self.popups.push(popup);
        Vec::new()
    }

    /// Moves by rows what has the focus.
    pub(in crate::tui) fn step(&mut self, by: isize) -> Vec<Effect> {
        match self.focus() {
            Focus::Jobs | Focus::Filter => self.jobs.step(by),
            Focus::Composer if self.chat.composer.is_empty() && by < 0 => self.chat.recall(),
            Focus::Composer => self.chat.composer.step(by),
            Focus::Transcript => self.chat.scroll(by, self.transcript_size()),
            Focus::Sources => {
                self.chat.step_source(by);
                self.chat.reveal_mark(self.transcript_size());
            }
            Focus::Palette => self.step_palette(by),
            Focus::Submit => self.next_field(),
            Focus::Workers => self.step_worker(by),
            Focus::Help => self.step_help(by),
        }
        Vec::new()
    }

    pub(in crate::tui) fn page(&mut self, by: isize) -> Vec<Effect> {
        let (chat, passage) = (self.transcript_size(), self.areas().passage_size());
        match self.focus() {
            Focus::Jobs | Focus::Filter => {
                let rows = usize::from(layout::job_rows(self.columns, self.rows));
                self.jobs.step(pages(by, rows));
            }
            Focus::Composer | Focus::Transcript => self.chat.scroll(pages(by, chat.rows), chat),
            Focus::Sources => {
                self.chat.step_passage(pages(by, passage.rows), passage);
            }
            Focus::Palette => self.step_palette(pages(by, 5)),
            Focus::Workers => self.step_worker(pages(by, 5)),
            Focus::Help => self.step_help(pages(by, 5)),
            Focus::Submit => {}
        }
        Vec::new()
    }

    pub(in crate::tui) fn edit(&mut self, edit: Edit) -> Vec<Effect> {
        self.change(|field| field.edit(edit))
    }

    pub(in crate::tui) fn typed(&mut self, text: &str) -> Vec<Effect> {
        self.change(|field| field.insert(text))
    }

    /// Only a question has lines; a path or a filter that is pasted is one line.
    pub(in crate::tui) fn pasted(&mut self, text: &str) -> Vec<Effect> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if self.focus() == Focus::Composer {
            self.typed(&text)
        } else {
            self.typed(text.lines().next().unwrap_or_default())
        }
    }

    pub(in crate::tui) fn next_field(&mut self) {
        if let Some(Popup::Submit(form)) = self.popups.last_mut() {
            form.next_field();
        }
    }

    pub(in crate::tui) fn change_pane(&mut self, by: isize) -> Vec<Effect> {
        let pane = self.chat.pane;
        self.chat.pane = if by < 0 { pane.previous() } else { pane.next() };
        Vec::new()
    }

    pub(in crate::tui) fn step_mark(&mut self, by: isize) -> Vec<Effect> {
        self.chat.step_mark(by);
        self.chat.reveal_mark(self.transcript_size());
        Vec::new()
    }

    pub(in crate::tui) fn resized(&mut self, columns: u16, rows: u16) -> Vec<Effect> {
        let old = self.transcript_size();
        (self.columns, self.rows) = (columns, rows);
        let new = self.transcript_size();
        self.chat.resize(old, new);
        vec![Effect::Repaint]
    }

    fn transcript_size(&self) -> Size {
        self.areas().transcript_size()
    }

    fn areas(&self) -> Areas {
        let body = layout::body(self.columns, self.rows).unwrap_or_default();
        areas(&self.chat, body)
    }

    fn step_help(&mut self, by: isize) {
        let last = actions_in(self.focus_behind()).count().saturating_sub(1);
        if let Some(Popup::Help(top)) = self.popups.last_mut() {
            *top = top.saturating_add_signed(by).min(last);
        }
    }

    fn step_worker(&mut self, by: isize) {
        if let Some(Popup::Workers(workers)) = self.popups.last_mut() {
            workers.step(by);
        }
    }

    fn step_palette(&mut self, by: isize) {
        let count = match self.popups.last() {
            Some(Popup::Palette(palette)) => palette.found(self).len(),
            _ => 0,
        };
        if let Some(Popup::Palette(palette)) = self.popups.last_mut() {
            palette.step(by, count);
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Field)) -> Vec<Effect> {
        match self.focus() {
            Focus::Filter => change(&mut self.jobs.filter),
            Focus::Composer => change(&mut self.chat.composer),
            Focus::Submit | Focus::Palette => match self.popups.last_mut() {
                Some(Popup::Submit(form)) => change(form.field()),
                Some(Popup::Palette(palette)) => palette.change(change),
                Some(Popup::Help(_) | Popup::Workers(_)) | None => {}
            },
            Focus::Jobs | Focus::Transcript | Focus::Sources | Focus::Workers | Focus::Help => {}
        }
        Vec::new()
    }
}

/// Returns how many rows so many pages of `rows` are.
fn pages(by: isize, rows: usize) -> isize {
    by.saturating_mul(isize::try_from(rows.max(1)).unwrap_or(1))
}
