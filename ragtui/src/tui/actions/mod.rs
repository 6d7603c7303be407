//! What can be done: one table, in two parts, that is read for key presses, hints, the help and the palette.

mod commands;
mod keys;
mod moves;

use crossterm::event::KeyEvent;

use super::message::Message;
use super::model::{Focus, Model};
use commands::COMMANDS;
use keys::Key;
use moves::MOVES;

/// Something the user can do.
pub(super) struct Action {
    /// A stable word, by which the palette finds it too.
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    keys: &'static [Key],
    scopes: &'static [Focus],
    /// Shown in the line of hints; the others only in the help.
    pub(super) is_hint: bool,
    /// The heading under which the palette has it; absent: it is no command.
    pub(super) group: Option<&'static str>,
    /// The command that does the same, with `{job}` for the selected job.
    pub(super) twin: Option<&'static str>,
    /// Says why it cannot be done now.
    pub(super) blocked: fn(&Model) -> Option<String>,
    pub(super) message: Message,
}

const fn action(
    id: &'static str,
    label: &'static str,
    keys: &'static [Key],
    scopes: &'static [Focus],
    message: Message,
) -> Action {
    Action {
        id,
        label,
        keys,
        scopes,
        is_hint: false,
        group: None,
        twin: None,
        blocked: |_| None,
        message,
    }
}

impl Action {
    const fn hint(mut self) -> Self {
        self.is_hint = true;
        self
    }

    const fn command(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    const fn twin(mut self, command: &'static str) -> Self {
        self.twin = Some(command);
        self
    }

    const fn unless(mut self, blocked: fn(&Model) -> Option<String>) -> Self {
        self.blocked = blocked;
        self
    }

    /// Returns the keys that mean this where the focus is: in text, letters are text.
    fn keys_in(&self, focus: Focus) -> impl Iterator<Item = Key> {
        let applies = self.scopes.contains(&focus);
        self.keys
            .iter()
            .copied()
            .filter(move |key| applies && !(focus.is_text() && key.typed().is_some()))
    }

    /// Returns the names of its keys where the focus is.
    pub(super) fn key_names(&self, focus: Focus) -> Vec<String> {
        self.keys_in(focus).map(Key::name).collect()
    }

    /// Returns its first key, wherever that applies.
    pub(super) fn first_key(&self) -> String {
        self.keys.first().map_or_else(String::new, |key| key.name())
    }

    /// Returns the command of `ragctl` that does the same.
    pub(super) fn command_line(&self, model: &Model) -> Option<String> {
        let job = model.jobs.selection().map(|(_, job)| job.id.short());
        let job = job.as_deref().unwrap_or("JOB");
        self.twin.map(|twin| twin.replace("{job}", job))
    }
}

/// Returns everything that can be done, in the order of the tables.
pub(super) fn all() -> impl Iterator<Item = &'static Action> {
    COMMANDS.iter().chain(MOVES)
}

/// Returns what can be done where the focus is, in the order of the tables.
pub(super) fn actions_in(focus: Focus) -> impl Iterator<Item = &'static Action> {
    all().filter(move |action| action.keys_in(focus).next().is_some())
}

/// Returns what a key press means where the focus is.
pub(super) fn message(focus: Focus, event: KeyEvent) -> Option<Message> {
    let pressed = Key::pressed(event);
    let action = actions_in(focus).find(|action| action.keys_in(focus).any(|key| key == pressed));
    match action {
        Some(action) => Some(action.message.clone()),
        None if focus.is_text() => pressed.typed().map(Message::Typed),
        None => None,
    }
}

#[cfg(test)]
mod tests;
