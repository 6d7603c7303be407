//! A question and what came of it.

use protocol::answer::{AnswerEnd, AnswerEvent, Answerer, Citation, Searched, Source};
use protocol::{ErrorReport, Private, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Turn {
    /// Counts questions of this session, so that words of an older one are not taken for this.
    pub(in crate::tui) number: u64,
    pub(in crate::tui) question: Private<String>,
    pub(in crate::tui) asked_at: Timestamp,
    pub(in crate::tui) searched: Option<Searched>,
    pub(in crate::tui) sources: Vec<Source>,
    pub(in crate::tui) by: Option<Answerer>,
    /// As it came; it is cleaned and wrapped when it is drawn.
    pub(in crate::tui) text: Private<String>,
    /// In the order of the text.
    pub(in crate::tui) citations: Vec<Citation>,
    pub(in crate::tui) outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Outcome {
    Running,
    Done(AnswerEnd),
    /// The user stopped it; what came before stays.
    Stopped,
    /// The stream ended before the answer did.
    BrokenOff(ErrorReport),
}

impl Turn {
    pub(in crate::tui) fn new(number: u64, question: String, asked_at: Timestamp) -> Self {
        Self {
            number,
            question: Private(question),
            asked_at,
            searched: None,
            sources: Vec::new(),
            by: None,
            text: Private::default(),
            citations: Vec::new(),
            outcome: Outcome::Running,
        }
    }

    pub(in crate::tui) fn is_running(&self) -> bool {
        self.outcome == Outcome::Running
    }

    pub(in crate::tui) fn apply(&mut self, event: AnswerEvent) {
        match event {
            AnswerEvent::Searched(searched) => self.searched = Some(searched),
            AnswerEvent::Source(source) => self.sources.push(*source),
            AnswerEvent::Answering(by) => self.by = Some(by),
            AnswerEvent::Text(text) => self.text.0.push_str(&text),
            AnswerEvent::Cite(citation) => {
                let at = self
                    .citations
                    .partition_point(|other| other.start <= citation.start);
                self.citations.insert(at, citation);
            }
            AnswerEvent::Done(end) => self.outcome = Outcome::Done(end),
        }
    }

    /// Returns how many marks speak of the source with this number.
    pub(in crate::tui) fn times_cited(&self, number: u32) -> usize {
        let citations = self.citations.iter();
        citations
            .filter(|citation| citation.source == number)
            .count()
    }

    /// Returns the mark that covers a byte of the text.
    pub(in crate::tui) fn mark_at(&self, at: usize) -> Option<usize> {
        let at = at as u64;
        let index = self
            .citations
            .partition_point(|citation| citation.start <= at)
            .checked_sub(1)?;
        (at < self.citations[index].end).then_some(index)
    }

    /// Returns the place of the source with this number.
    pub(in crate::tui) fn source_index(&self, number: u32) -> Option<usize> {
        self.sources
            .iter()
            .position(|source| source.number == number)
    }
}
