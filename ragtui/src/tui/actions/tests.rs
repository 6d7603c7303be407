//! The table agrees with itself.

use crossterm::event::{KeyCode, KeyModifiers};

use super::*;
use crate::tui::model::Edit;

fn press(focus: Focus, modifiers: KeyModifiers, code: KeyCode) -> Option<Message> {
    message(focus, KeyEvent::new(code, modifiers))
}

#[test]
fn no_key_means_two_things_in_one_place() {
    for focus in Focus::ALL {
        let actions: Vec<_> = actions_in(focus).collect();
        for (at, one) in actions.iter().enumerate() {
            for other in &actions[at + 1..] {
                let shared = one
                    .keys_in(focus)
                    .find(|key| other.keys_in(focus).any(|it| it == *key));
                assert_eq!(shared, None, "{} and {} in {focus:?}", one.id, other.id);
            }
        }
    }
}

#[test]
fn every_action_has_its_own_word_and_a_key_somewhere() {
    let actions: Vec<_> = all().collect();
    for (at, one) in actions.iter().enumerate() {
        let is_reachable = Focus::ALL
            .iter()
            .any(|focus| one.keys_in(*focus).count() > 0);
        assert!(is_reachable, "{}", one.id);
        assert!(
            actions[at + 1..].iter().all(|other| other.id != one.id),
            "{}",
            one.id
        );
    }
}

#[test]
fn help_can_be_reached_from_everywhere_but_itself() {
    for focus in Focus::ALL.into_iter().filter(|focus| *focus != Focus::Help) {
        assert!(
            actions_in(focus).any(|action| action.id == "help"),
            "{focus:?}"
        );
    }
}

#[test]
fn letters_are_text_only_in_text_fields() {
    let none = KeyModifiers::NONE;
    let quit = Some(Message::QuitPressed);
    assert_eq!(press(Focus::Jobs, none, KeyCode::Char('q')), quit);
    for focus in [
        Focus::Filter,
        Focus::Composer,
        Focus::Submit,
        Focus::Palette,
    ] {
        for c in ['q', '1', ':', '?'] {
            let typed = Some(Message::Typed(c));
            assert_eq!(press(focus, none, KeyCode::Char(c)), typed);
        }
    }
    assert_eq!(press(Focus::Jobs, none, KeyCode::Char('ß')), None);
    let shifted = press(Focus::Jobs, KeyModifiers::SHIFT, KeyCode::Char('R'));
    assert_eq!(shifted, Some(Message::RetryPressed));
}

#[test]
fn a_line_is_broken_by_two_keys_and_sent_by_a_third() {
    let newline = Some(Message::EditPressed(Edit::Newline));
    let control_j = press(Focus::Composer, KeyModifiers::CONTROL, KeyCode::Char('j'));
    let alt_enter = press(Focus::Composer, KeyModifiers::ALT, KeyCode::Enter);
    assert_eq!((control_j, alt_enter), (newline.clone(), newline));
    let enter = press(Focus::Composer, KeyModifiers::NONE, KeyCode::Enter);
    assert_eq!(enter, Some(Message::EnterPressed));
}
