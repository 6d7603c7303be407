//! Keys and how they are written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with what is held down beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Key {
    modifiers: KeyModifiers,
    code: KeyCode,
}

pub(super) const fn plain(code: KeyCode) -> Key {
    Key {
        modifiers: KeyModifiers::NONE,
        code,
    }
}

pub(super) const fn letter(c: char) -> Key {
    plain(KeyCode::Char(c))
}

pub(super) const fn control(c: char) -> Key {
    Key {
        modifiers: KeyModifiers::CONTROL,
        code: KeyCode::Char(c),
    }
}

pub(super) const fn alt(code: KeyCode) -> Key {
    Key {
        modifiers: KeyModifiers::ALT,
        code,
    }
}

impl Key {
    /// Terminals differ in whether an upper-case letter comes with Shift.
    pub(super) fn pressed(event: KeyEvent) -> Self {
        Self {
            modifiers: event.modifiers - KeyModifiers::SHIFT,
            code: event.code,
        }
    }

    /// Returns the character that this key types, if it types one.
    pub(super) fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    pub(super) fn name(self) -> String {
        let code = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) if self.modifiers.is_empty() => c.to_string(),
            KeyCode::Char(c) => c.to_ascii_uppercase().to_string(),
            KeyCode::F(number) => format!("F{number}"),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            other => other.to_string(),
        };
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            format!("Ctrl-{code}")
        } else if self.modifiers.contains(KeyModifiers::ALT) {
            format!("Alt-{code}")
        } else {
            code
        }
    }
}
