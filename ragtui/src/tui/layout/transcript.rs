//! The transcript as rows of a given width, before colours.

use protocol::answer::{AnswerEnd, Answerer, Finish};

use super::wrap::{cells, joined, lines, shown, wrap};
use crate::tui::model::{Chat, Outcome, Turn};
use crate::words::{confidence, counted};

/// Columns by which what was said stands in from who said it.
const INDENT: usize = 2;
/// Columns that stay free at the right border.
const MARGIN: usize = 1;

/// One row on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Row {
    pub(in crate::tui) turn: usize,
    pub(in crate::tui) pieces: Vec<Piece>,
    /// What of the turn it belongs to, and where in that it begins: the byte of the answer, or
    /// else the row.
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
                let what = if turn.searched.is_some() {
                    "broken off"
                } else {
                    "not answered"
                };
                let text = format!("{what}: {}{why}", report.message);
                self.say(INDENT, Role::Problem, &text);
                for action in &report.try_next {
                    self.say(INDENT, Role::Aside, &format!("try: {action}"));
                }
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
        let columns = self.columns.saturating_sub(indent + MARGIN);
        for (at, text) in shown(text, columns).into_iter().enumerate() {
            let text = format!("{:indent$}{text}", "");
            self.push(at, vec![Piece { text, role }]);
        }
    }

    fn answer(&mut self, turn: &Turn) {
        self.part = self.part.saturating_add(1);
        for (start, line) in lines(&turn.text) {
            let cells = cells(line, start);
            for row in wrap(&cells, self.columns.saturating_sub(INDENT + MARGIN)) {
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

/// Returns who answers, from how much, and how sure of it one may be.
fn who(turn: &Turn) -> String {
    let sources = counted(turn.sources.len() as u64, "source");
    let mut parts = Vec::new();
    match (&turn.by, &turn.outcome) {
        (_, Outcome::Done(end)) if end.finish == Finish::NothingFound => {}
        (None, _) => {}
        (Some(Answerer::Quotes), _) => parts.push("quotes from the sources".to_owned()),
        (Some(Answerer::Model { name, .. }), _) => parts.push(name.clone()),
    }
    parts.extend(turn.searched.as_ref().map(|_| sources));
    if let Outcome::Done(end) = &turn.outcome
        && end.finish != Finish::NothingFound
    {
        let share = end.confidence;
        parts.push(format!("confidence {} {share:.2}", confidence(share)));
    }
    format!("ragd  {}", parts.join(" · "))
}
