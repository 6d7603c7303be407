//! Keys: one table that is read for presses, for the hints and for the help.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::message::Message;
use super::model::Focus;

/// What a key does somewhere.
pub(super) struct Binding {
    pub(super) focus: Focus,
    codes: &'static [(KeyModifiers, KeyCode)],
    pub(super) keys: &'static str,
    pub(super) title: &'static str,
    /// Shown in the line of hints; the others only in the help.
    pub(super) is_hint: bool,
    message: fn() -> Message,
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;

macro_rules! binding {
    ($focus:ident, [$(($modifier:expr, $code:expr)),+], $keys:literal, $title:literal, $is_hint:literal, $message:ident) => {
        Binding {
            focus: Focus::$focus,
            codes: &[$(($modifier, $code)),+],
            keys: $keys,
            title: $title,
            is_hint: $is_hint,
            message: || Message::$message,
        }
    };
}

/// In the order of the hints: what comes first is cut last.
pub(super) static BINDINGS: &[Binding] = &[
    binding!(
        Jobs,
        [(NONE, KeyCode::Char('?')), (NONE, KeyCode::F(1))],
        "?",
        "help",
        true,
        HelpPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Char('q'))],
        "q",
        "quit",
        true,
        QuitPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Char('x'))],
        "x",
        "cancel",
        true,
        CancelPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Char('R'))],
        "R",
        "retry",
        true,
        RetryPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Char('/'))],
        "/",
        "filter",
        true,
        FilterPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Esc)],
        "Esc",
        "clear the filter",
        false,
        BackPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Up), (NONE, KeyCode::Char('k'))],
        "k ↑",
        "up",
        false,
        UpPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Down), (NONE, KeyCode::Char('j'))],
        "j ↓",
        "down",
        false,
        DownPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::PageUp), (CONTROL, KeyCode::Char('u'))],
        "PgUp Ctrl-U",
        "page up",
        false,
        PageUpPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::PageDown), (CONTROL, KeyCode::Char('d'))],
        "PgDn Ctrl-D",
        "page down",
        false,
        PageDownPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Home), (NONE, KeyCode::Char('g'))],
        "g Home",
        "first",
        false,
        FirstPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::End), (NONE, KeyCode::Char('G'))],
        "G End",
        "last",
        false,
        LastPressed
    ),
    binding!(
        Jobs,
        [(NONE, KeyCode::Char('r'))],
        "r",
        "connect now",
        false,
        ReconnectPressed
    ),
    binding!(
        Filter,
        [(NONE, KeyCode::Enter)],
        "Enter",
        "keep the filter",
        true,
        FilterAccepted
    ),
    binding!(
        Filter,
        [(NONE, KeyCode::Esc)],
        "Esc",
        "drop the filter",
        true,
        BackPressed
    ),
    binding!(
        Filter,
        [(NONE, KeyCode::Backspace)],
        "Backspace",
        "erase",
        false,
        FilterErased
    ),
    binding!(Filter, [(NONE, KeyCode::Up)], "↑", "up", false, UpPressed),
    binding!(
        Filter,
        [(NONE, KeyCode::Down)],
        "↓",
        "down",
        false,
        DownPressed
    ),
    binding!(
        Filter,
        [(NONE, KeyCode::F(1))],
        "F1",
        "help",
        true,
        HelpPressed
    ),
    binding!(
        Help,
        [
            (NONE, KeyCode::Esc),
            (NONE, KeyCode::Char('?')),
            (NONE, KeyCode::F(1))
        ],
        "Esc ?",
        "close",
        true,
        BackPressed
    ),
    binding!(
        Help,
        [(NONE, KeyCode::Char('q'))],
        "q",
        "quit",
        true,
        QuitPressed
    ),
];

/// Returns what a key press means where the focus is.
pub(super) fn message(focus: Focus, key: KeyEvent) -> Option<Message> {
    // Terminals differ in whether an upper-case letter comes with Shift.
    let pressed = (key.modifiers - KeyModifiers::SHIFT, key.code);
    match pressed {
        (CONTROL, KeyCode::Char('c')) => return Some(Message::QuitPressed),
        (CONTROL, KeyCode::Char('l')) => return Some(Message::RepaintPressed),
        _ => {}
    }
    let binding = BINDINGS
        .iter()
        .find(|binding| binding.focus == focus && binding.codes.contains(&pressed));
    match (binding, pressed) {
        (Some(binding), _) => Some((binding.message)()),
        (None, (NONE, KeyCode::Char(c))) if focus == Focus::Filter => Some(Message::FilterTyped(c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for (at, one) in BINDINGS.iter().enumerate() {
            for other in BINDINGS[at + 1..]
                .iter()
                .filter(|other| other.focus == one.focus)
            {
                let shared = one.codes.iter().find(|code| other.codes.contains(code));
                assert_eq!(shared, None, "{} and {}", one.title, other.title);
            }
        }
    }

    #[test]
    fn letters_are_text_only_in_the_filter() {
        let press = |focus, c| message(focus, KeyEvent::new(KeyCode::Char(c), NONE));
        assert_eq!(press(Focus::Jobs, 'q'), Some(Message::QuitPressed));
        assert_eq!(press(Focus::Filter, 'q'), Some(Message::FilterTyped('q')));
        assert_eq!(press(Focus::Jobs, 'ß'), None);
        let shifted = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::SHIFT);
        assert_eq!(message(Focus::Jobs, shifted), Some(Message::RetryPressed));
    }
}
