//! The transcript as rows of a given width, before colours.

use protocol::answer::{AnswerEnd, Answerer, Finish};

use super::wrap::{cells, joined, lines, shown, wrap};
use crate::tui::model::{Chat, Outcome, Turn};
use crate::words::counted;

/// Columns by which what was said stands in from who said it.
const INDENT: usize = 2;

/// One row on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Row {
    pub(in crate::tui) turn: usize,
    pub(in crate::tui) pieces: Vec<Piece>,
    /// What of the turn it belongs to, and the byte of the answer with which it begins.
    part: (u8, usize),
}

/// Text that looks alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Piece {
    pub(in crate::tui) text: String,
    pub(in crate::tui) role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Role {
    Plain,
    Name,
    Aside,
    Problem,
    /// The mark with this place among the citations of the turn.
    Mark(usize),
}

impl Row {
    /// Returns a place that does not depend on the width.
    pub(in crate::tui) fn place(&self) -> (usize, u8, usize) {
        (self.turn, self.part.0, self.part.1)
    }

    pub(in crate::tui) fn has(&self, (turn, mark): (usize, usize)) -> bool {
        self.turn == turn
            && self
                .pieces
                .iter()
                .any(|piece| piece.role == Role::Mark(mark))
    }
}

/// Returns all rows of the conversation.
pub(in crate::tui) fn rows(chat: &Chat, columns: usize) -> Vec<Row> {
    let mut page = Page {
        rows: Vec::new(),
        columns,
        turn: 0,
        part: 0,
    };
    for (at, turn) in chat.turns.iter().enumerate() {
        (page.turn, page.part) = (at, 0);
        page.turn(turn);
    }
    page.rows
}

struct Page {
    rows: Vec<Row>,
    columns: usize,
    turn: usize,
    part: u8,
}

impl Page {
    fn turn(&mut self, turn: &Turn) {
        if self.turn > 0 {
            self.say(0, Role::Plain, "\n");
        }
        self.say(0, Role::Name, "You");
        self.say(INDENT, Role::Plain, &turn.question);
        self.say(0, Role::Name, &who(turn));
        let searched = turn.searched.as_ref();
        if let Some(searched) = searched.filter(|searched| searched.query != turn.question) {
            let query = format!("searched for: {}", *searched.query);
            self.say(INDENT, Role::Aside, &query);
        }
        for note in searched.iter().flat_map(|searched| &searched.notes) {
            self.say(INDENT, Role::Aside, &format!("note: {note}"));
        }
        self.answer(turn);
        match &turn.outcome {
            Outcome::Running => {}
            Outcome::Done(end) => self.end(end),
            Outcome::Stopped => self.say(INDENT, Role::Aside, "stopped"),
            Outcome::BrokenOff(report) => {
                let why = report
                    .why
                    .as_ref()
                    .map_or_else(String::new, |why| format!(": {why}"));
                let text = format!("broken off: {}{why}", report.message);
                self.say(INDENT, Role::Problem, &text);
            }
        }
    }

    fn end(&mut self, end: &AnswerEnd) {
        for note in &end.notes {
            self.say(INDENT, Role::Aside, &format!("note: {note}"));
        }
        let (role, text) = match end.finish {
            Finish::Complete => return,
            Finish::Length => (Role::Aside, "cut: the model was not allowed to write more"),
            Finish::NothingFound => (
                Role::Aside,
                "nothing found: no passage has to do with the question",
            ),
            Finish::BrokenOff => (Role::Problem, "broken off: the model or its server failed"),
            Finish::Stopped => (Role::Aside, "stopped"),
        };
        self.say(INDENT, role, text);
    }

    /// Adds text that has no marks.
    fn say(&mut self, indent: usize, role: Role, text: &str) {
        self.part = self.part.saturating_add(1);
        let columns = self.columns.saturating_sub(indent);
        for text in shown(text, columns) {
            let text = format!("{:indent$}{text}", "");
            self.push(0, vec![Piece { text, role }]);
        }
    }

    fn answer(&mut self, turn: &Turn) {
        self.part = self.part.saturating_add(1);
        for (start, line) in lines(&turn.text) {
            let cells = cells(line, start);
            for row in wrap(&cells, self.columns.saturating_sub(INDENT)) {
                let at = cells.get(row.start).map_or(start, |cell| cell.at);
                let mut pieces = vec![Piece {
                    text: " ".repeat(INDENT),
                    role: Role::Plain,
                }];
                let alike = cells[row].chunk_by(|a, b| turn.mark_at(a.at) == turn.mark_at(b.at));
                pieces.extend(alike.map(|run| Piece {
                    text: joined(run),
                    role: turn.mark_at(run[0].at).map_or(Role::Plain, Role::Mark),
                }));
                self.push(at, pieces);
            }
        }
    }

    fn push(&mut self, at: usize, pieces: Vec<Piece>) {
        self.rows.push(Row {
            turn: self.turn,
            pieces,
            part: (self.part, at),
        });
    }
}

fn who(turn: &Turn) -> String {
    let by = match &turn.by {
        None => None,
        Some(Answerer::Quotes) => Some("quotes from the sources".to_owned()),
        Some(Answerer::Model { name, .. }) => Some(name.clone()),
    };
    let sources = turn
        .searched
        .as_ref()
        .map(|_| counted(turn.sources.len() as u64, "source"));
    let confidence = match &turn.outcome {
        Outcome::Done(end) if end.finish != Finish::NothingFound => Some(format!(
            "confidence {} {:.2}",
            confidence(end.confidence),
            end.confidence
        )),
        _ => None,
    };
    let parts: Vec<_> = [by, sources, confidence].into_iter().flatten().collect();
    format!("ragd  {}", parts.join(" · "))
}

/// Returns the confidence as a word.
fn confidence(share: f32) -> &'static str {
    match share {
        0.7.. => "high",
        0.4.. => "medium",
        _ => "low",
    }
}
