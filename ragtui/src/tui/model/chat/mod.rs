//! Questions, answers and their sources.

mod scroll;
mod turn;

use protocol::answer::{AnswerEvent, Answerer, AskRequest, Citation, Source, Thread};
use protocol::{ConversationId, ErrorReport, Private, Timestamp};

pub(in crate::tui) use scroll::Size;
pub(in crate::tui) use turn::{Outcome, Turn};

use super::Field;
use crate::tui::effect::Effect;
use crate::tui::layout::passage::{first_row, passage};
use scroll::Scroll;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Chat {
    pub(in crate::tui) turns: Vec<Turn>,
    pub(in crate::tui) composer: Field,
    pub(in crate::tui) pane: Pane,
    pub(in crate::tui) pick: Pick,
    /// The first row of the passage in view, once the user has scrolled it.
    pub(in crate::tui) passage_top: Option<usize>,
    scroll: Scroll,
    conversation: Option<ConversationId>,
    /// Goes on counting in a new conversation.
    asked: u64,
    /// What was sent or cleared last, for an empty composer.
    last_question: String,
}

/// Where keys go on the chat screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) enum Pane {
    #[default]
    Composer,
    Transcript,
    Sources,
}

/// What is selected: a source, and perhaps the mark that leads to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Pick {
    /// The turn whose sources are shown; absent: the last one.
    pub(in crate::tui) turn: Option<usize>,
    /// Counted from 0.
    pub(in crate::tui) source: usize,
    pub(in crate::tui) mark: Option<usize>,
}

impl Pane {
    pub(in crate::tui) fn next(self) -> Self {
        match self {
            Self::Composer => Self::Transcript,
            Self::Transcript => Self::Sources,
            Self::Sources => Self::Composer,
        }
    }

    pub(in crate::tui) fn previous(self) -> Self {
        self.next().next()
    }
}

impl Chat {
    pub(in crate::tui) fn running(&self) -> Option<&Turn> {
        self.turns.last().filter(|turn| turn.is_running())
    }

    /// Returns the turn whose sources are shown, and its place.
    pub(in crate::tui) fn shown(&self) -> Option<(usize, &Turn)> {
        let last = self.turns.len().checked_sub(1)?;
        let at = self.pick.turn.unwrap_or(last).min(last);
        Some((at, &self.turns[at]))
    }

    pub(in crate::tui) fn selected_source(&self) -> Option<&Source> {
        self.shown()?.1.sources.get(self.pick.source)
    }

    /// Returns the marks whose lines are of interest: the selected one, or all of the source.
    pub(in crate::tui) fn cited(&self) -> Vec<Citation> {
        let Some((_, turn)) = self.shown() else {
            return Vec::new();
        };
        let number = self.selected_source().map(|source| source.number);
        turn.citations
            .iter()
            .enumerate()
            .filter(|(at, citation)| match self.pick.mark {
                Some(mark) => *at == mark,
                None => Some(citation.source) == number,
            })
            .map(|(_, citation)| *citation)
            .collect()
    }

    /// Returns the selected mark, or the first one of the selected source.
    pub(super) fn first_mark(&self) -> Option<usize> {
        let number = self.selected_source()?.number;
        let mut citations = self.shown()?.1.citations.iter();
        self.pick
            .mark
            .or_else(|| citations.position(|citation| citation.source == number))
    }

    /// Tells whether the passage is worth more room than the list alone.
    pub(in crate::tui) fn shows_passage(&self) -> bool {
        self.selected_source().is_some() && (self.pane == Pane::Sources || self.pick.mark.is_some())
    }

    /// Asks what was typed. The caller knows that nothing runs and that there is a connection.
    pub(in crate::tui) fn send(&mut self, now: Timestamp) -> Vec<Effect> {
        let question = self.composer.take().trim().to_owned();
        self.asked += 1;
        self.last_question.clone_from(&question);
        self.turns
            .push(Turn::new(self.asked, question.clone(), now));
        self.pick = Pick::default();
        self.passage_top = None;
        self.scroll = Scroll::default();
        let request = AskRequest {
            question: Private(question),
            collection: None,
            paths: Vec::new(),
            languages: Vec::new(),
            conditions: Vec::new(),
            passages: 0,
            model: None,
            thread: self.conversation.map_or(Thread::New, Thread::Follow),
        };
        vec![Effect::Ask {
            turn: self.asked,
            request: Box::new(request),
        }]
    }

    /// Takes a step of the answer, unless it belongs to a turn that is over.
    pub(in crate::tui) fn apply(&mut self, number: u64, event: AnswerEvent) -> Vec<Effect> {
        if let AnswerEvent::Searched(searched) = &event
            && self.is_current(number)
        {
            self.conversation = searched.conversation.or(self.conversation);
        }
        if let AnswerEvent::Answering(Answerer::Quotes) = &event
            && self.is_current(number)
        {
            self.scroll.anchor = self.turns.len().checked_sub(1);
        }
        if let Some(turn) = self.current(number) {
            turn.apply(event);
        }
        Vec::new()
    }

    /// The stream of turn `number` ended; a turn that is complete stays so.
    pub(in crate::tui) fn broke_off(&mut self, number: u64, why: ErrorReport) -> Vec<Effect> {
        if let Some(turn) = self.current(number) {
            turn.outcome = Outcome::BrokenOff(why);
        }
        Vec::new()
    }

    /// Returns whether an answer was being written.
    pub(in crate::tui) fn connection_lost(&mut self, why: &ErrorReport) -> bool {
        let number = self.running().map(|turn| turn.number);
        if let Some(number) = number {
            self.broke_off(number, why.clone());
        }
        number.is_some()
    }

    pub(in crate::tui) fn stop(&mut self) -> Vec<Effect> {
        match self.turns.last_mut().filter(|turn| turn.is_running()) {
            Some(turn) => {
                turn.outcome = Outcome::Stopped;
                vec![Effect::StopAnswer]
            }
            None => Vec::new(),
        }
    }

    pub(in crate::tui) fn begin_conversation(&mut self) -> Vec<Effect> {
        let effects = self.stop();
        *self = Self {
            composer: std::mem::take(&mut self.composer),
            asked: self.asked,
            last_question: std::mem::take(&mut self.last_question),
            ..Self::default()
        };
        effects
    }

    /// Innermost first: the running answer, the selected mark, the composer.
    pub(in crate::tui) fn back(&mut self) -> Vec<Effect> {
        if self.running().is_some() {
            return self.stop();
        }
        if self.pick.mark.take().is_none() {
            self.pane = Pane::Transcript;
        }
        Vec::new()
    }

    /// Brings back the last question into an empty composer.
    pub(in crate::tui) fn recall(&mut self) {
        self.composer = Field::new(&self.last_question);
    }

    /// Empties the composer; `recall` brings the text back.
    pub(in crate::tui) fn clear_draft(&mut self) {
        self.last_question = self.composer.take();
    }

    /// Selects the next or the previous mark, also across turns, and with it its source.
    pub(in crate::tui) fn step_mark(&mut self, by: isize) {
        let marks: Vec<(usize, usize)> = (0..self.turns.len())
            .flat_map(|turn| (0..self.turns[turn].citations.len()).map(move |mark| (turn, mark)))
            .collect();
        let Some(last) = marks.len().checked_sub(1) else {
            return;
        };
        let at = match (self.pick.turn, self.pick.mark) {
            (Some(turn), Some(mark)) => marks
                .iter()
                .position(|place| *place == (turn, mark))
                .map_or(0, |at| at.saturating_add_signed(by).min(last)),
            // The marks of the last answer are what one wants to see first.
            _ => {
                let newest = marks[last].0;
                marks
                    .iter()
                    .position(|(turn, _)| *turn == newest)
                    .unwrap_or(0)
            }
        };
        let (turn, mark) = marks[at];
        let number = self.turns[turn].citations[mark].source;
        self.pick = Pick {
            turn: Some(turn),
            source: self.turns[turn].source_index(number).unwrap_or(0),
            mark: Some(mark),
        };
        self.passage_top = None;
    }

    pub(in crate::tui) fn step_source(&mut self, by: isize) {
        let Some((at, turn)) = self.shown() else {
            return;
        };
        let last = turn.sources.len().saturating_sub(1);
        self.pick = Pick {
            turn: Some(at),
            source: self.pick.source.saturating_add_signed(by).min(last),
            mark: None,
        };
        self.passage_top = None;
    }

    pub(in crate::tui) fn step_passage(&mut self, by: isize, size: Size) {
        let Some(source) = self.selected_source() else {
            return;
        };
        let rows = passage(source, &self.cited(), size.columns);
        let first = first_row(&rows, self.passage_top, size.rows);
        let last = rows.len().saturating_sub(size.rows);
        self.passage_top = Some(first.saturating_add_signed(by).min(last));
    }

    fn is_current(&self, number: u64) -> bool {
        self.running().is_some_and(|turn| turn.number == number)
    }

    fn current(&mut self, number: u64) -> Option<&mut Turn> {
        self.turns
            .last_mut()
            .filter(|turn| turn.is_running() && turn.number == number)
    }
}
