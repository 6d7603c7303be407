//! Shows an answer while it comes, in the form that was asked for.

use protocol::ErrorReport;
use protocol::answer::{AnswerEvent, AnswerView};

use super::draft::Draft;
use super::page;
use crate::cli::args::Format;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::look::{Paint, counted};
use crate::cli::schema::AnswerEventJson;
use crate::text;

pub(in crate::cli) struct Teller<'a> {
    pub(super) context: &'a Context,
    /// Stands before the first word of the answer.
    label: &'static str,
    cleaner: Cleaner,
    has_text: bool,
    is_mid_line: bool,
}

impl<'a> Teller<'a> {
    pub(in crate::cli) fn new(context: &'a Context) -> Self {
        Self {
            context,
            label: "",
            cleaner: Cleaner::default(),
            has_text: false,
            is_mid_line: false,
        }
    }

    /// Says who speaks, where several do.
    pub(in crate::cli) fn labelled(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    pub(super) fn searching(&self) {
        self.progress("searching");
    }

    pub(super) fn event(&mut self, event: &AnswerEvent, before: &Draft) -> Result<(), Failure> {
        match self.context.out.format {
            Format::Human => self.show(event, before),
            Format::Ndjson => self.context.out.json(&AnswerEventJson::from(event)),
            // These have one object, or one table, for the whole.
            Format::Json | Format::Tsv | Format::Name => Ok(()),
        }
    }

    fn show(&mut self, event: &AnswerEvent, before: &Draft) -> Result<(), Failure> {
        match event {
            AnswerEvent::Text(piece) => {
                let piece = self.cleaner.clean(piece);
                self.text(&piece)
            }
            AnswerEvent::Answering(by) => {
                let sources = counted(before.sources.len() as u64, "source");
                self.progress(&format!("{sources}, {}", page::announcement(by)));
                Ok(())
            }
            AnswerEvent::Searched(_)
            | AnswerEvent::Source(_)
            | AnswerEvent::Cite(_)
            | AnswerEvent::Done(_) => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        let Some(last) = text.chars().next_back() else {
            return Ok(());
        };
        let out = &self.context.out;
        if !self.has_text && !self.label.is_empty() {
            out.text(&out.look.paint(Paint::Bold, self.label))?;
        }
        self.has_text = true;
        self.is_mid_line = last != '\n';
        out.text(text)
    }

    /// Shows what is left to show of an answer that is complete.
    pub(super) fn whole(&mut self, view: &AnswerView) -> Result<(), Failure> {
        let out = &self.context.out;
        match out.format {
            Format::Human => {
                self.end_line()?;
                let sources = page::sources(view, &out.look);
                let gap = if self.has_text && !sources.is_empty() {
                    "\n"
                } else {
                    ""
                };
                out.text(&format!("{gap}{sources}"))
            }
            // Its last line was the event that ended it.
            Format::Ndjson => Ok(()),
            Format::Json | Format::Tsv | Format::Name => page::print(self.context, view),
        }
    }

    /// Shows what is left to show of an answer that will not be completed, and why that is.
    pub(super) fn broken(
        &mut self,
        view: &AnswerView,
        why: Option<(&ErrorReport, Exit)>,
    ) -> Result<(), Failure> {
        let out = &self.context.out;
        match (out.format, why) {
            (Format::Human, _) => self.end_line(),
            (Format::Ndjson, Some((report, exit))) => {
                out.json(&AnswerEventJson::error(report, exit))
            }
            (Format::Json, Some(_)) if !view.text.is_empty() => page::print(self.context, view),
            _ => Ok(()),
        }
    }

    fn end_line(&mut self) -> Result<(), Failure> {
        if std::mem::take(&mut self.is_mid_line) {
            self.context.out.text("\n")?;
        }
        Ok(())
    }

    /// Tells somebody who waits at a terminal what is going on.
    fn progress(&self, text: &str) {
        let out = &self.context.out;
        if out.is_human() && out.stderr_is_terminal {
            out.note(text);
        }
    }
}

/// Makes text that comes in pieces safe to print, and leaves its lines as they are.
#[derive(Debug, Default)]
struct Cleaner {
    /// The last piece ended in a carriage return, which is part of a line end or of nothing good.
    holds_return: bool,
}

impl Cleaner {
    fn clean(&mut self, piece: &str) -> String {
        let held = if self.holds_return { "\r" } else { "" };
        let text = format!("{held}{piece}").replace("\r\n", "\n");
        let (text, holds_return) = match text.strip_suffix('\r') {
            Some(before) => (before, true),
            None => (text.as_str(), false),
        };
        self.holds_return = holds_return;
        let lines = text.split('\n').map(|line| {
            let line = line.replace('\t', "    ");
            text::clean(&line).into_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_cleaned_like_the_whole() {
        let check = |pieces: &[&str], expected: &str| {
            let mut cleaner = Cleaner::default();
            let text: String = pieces.iter().map(|piece| cleaner.clean(piece)).collect();
            assert_eq!(text, expected, "{pieces:?}");
        };
        check(
            &["It ", "doubles.\n", "\tAlways."],
            "It doubles.\n    Always.",
        );
        check(&["a\r", "\nb\r\n", "c"], "a\nb\nc");
        check(&["a\r", "b"], "a␍b");
        check(&["\x1b", "[2J"], "␛[2J");
        check(&["", "a", ""], "a");
    }
}
