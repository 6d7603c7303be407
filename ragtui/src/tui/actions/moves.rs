//! Moving about and writing: the same keys in every list and in every text field.

use crossterm::event::KeyCode;

use super::keys::{control, letter, plain};
use super::{Action, action};
use crate::tui::message::Message;
use crate::tui::model::{Edit, Focus};

const ALL: &[Focus] = &Focus::ALL;
const MOVED: &[Focus] = &[
    Focus::Jobs,
    Focus::Filter,
    Focus::Composer,
    Focus::Transcript,
    Focus::Sources,
    Focus::Workers,
    Focus::Palette,
    Focus::Help,
];
const LISTS: &[Focus] = &[Focus::Jobs, Focus::Transcript, Focus::Sources];
const TEXT: &[Focus] = &[
    Focus::Filter,
    Focus::Composer,
    Focus::Submit,
    Focus::Palette,
];

pub(super) static MOVES: &[Action] = &[
    action(
        "up",
        "up",
        &[letter('k'), plain(KeyCode::Up)],
        ALL,
        Message::Stepped(-1),
    ),
    action(
        "down",
        "down",
        &[letter('j'), plain(KeyCode::Down)],
        ALL,
        Message::Stepped(1),
    ),
    action(
        "page-up",
        "page up",
        &[plain(KeyCode::PageUp)],
        MOVED,
        Message::Paged(-1),
    ),
    action(
        "page-down",
        "page down",
        &[plain(KeyCode::PageDown)],
        MOVED,
        Message::Paged(1),
    ),
    action(
        "page-up-list",
        "page up",
        &[control('u')],
        LISTS,
        Message::Paged(-1),
    ),
    action(
        "page-down-list",
        "page down",
        &[control('d')],
        LISTS,
        Message::Paged(1),
    ),
    action(
        "first",
        "first",
        &[letter('g'), plain(KeyCode::Home)],
        LISTS,
        Message::Stepped(-isize::MAX),
    ),
    action(
        "last",
        "last",
        &[letter('G'), plain(KeyCode::End)],
        LISTS,
        Message::Stepped(isize::MAX),
    ),
    action(
        "left",
        "left",
        &[plain(KeyCode::Left)],
        TEXT,
        Message::EditPressed(Edit::Left),
    ),
    action(
        "right",
        "right",
        &[plain(KeyCode::Right)],
        TEXT,
        Message::EditPressed(Edit::Right),
    ),
    action(
        "line-start",
        "start of the line",
        &[plain(KeyCode::Home), control('a')],
        TEXT,
        Message::EditPressed(Edit::LineStart),
    ),
    action(
        "line-end",
        "end of the line",
        &[plain(KeyCode::End), control('e')],
        TEXT,
        Message::EditPressed(Edit::LineEnd),
    ),
    action(
        "erase",
        "erase",
        &[plain(KeyCode::Backspace)],
        TEXT,
        Message::EditPressed(Edit::Erase),
    ),
    action(
        "delete",
        "delete",
        &[plain(KeyCode::Delete)],
        TEXT,
        Message::EditPressed(Edit::Delete),
    ),
    action(
        "erase-word",
        "erase the word",
        &[control('w')],
        TEXT,
        Message::EditPressed(Edit::EraseWord),
    ),
    action(
        "erase-line",
        "erase the line",
        &[control('u')],
        TEXT,
        Message::EditPressed(Edit::EraseLine),
    ),
];
