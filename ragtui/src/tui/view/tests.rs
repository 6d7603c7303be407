//! Frames as text, at the sizes that people have.

use protocol::{ErrorCode, ErrorReport};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw;
use crate::tui::fixtures::{NOW, later, live_model};
use crate::tui::message::Message;
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::tui::update::update;

fn frame(model: &mut Model, columns: u16, rows: u16) -> String {
    update(model, Message::Resized { columns, rows });
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| draw(model, Theme::mono(), frame))
        .unwrap();
    terminal.backend().to_string()
}

#[test]
fn jobs_at_80x24() {
    insta::assert_snapshot!(frame(&mut live_model(), 80, 24));
}

#[test]
fn jobs_at_40x12() {
    insta::assert_snapshot!(frame(&mut live_model(), 40, 12));
}

#[test]
fn jobs_at_160x45() {
    insta::assert_snapshot!(frame(&mut live_model(), 160, 45));
}

#[test]
fn before_the_first_answer() {
    insta::assert_snapshot!(frame(&mut Model::new(80, 24, NOW), 80, 24));
}

#[test]
fn nothing_was_submitted_yet() {
    let mut model = Model::new(40, 12, NOW);
    update(
        &mut model,
        Message::Connected {
            build: "ragd 0.1.0".into(),
        },
    );
    let end = crate::tui::fixtures::event(protocol::job::JobEventKind::SnapshotEnd);
    update(&mut model, end);
    insta::assert_snapshot!(frame(&mut model, 40, 12));
}

#[test]
fn the_connection_is_lost() {
    let mut model = live_model();
    let report = ErrorReport::new(ErrorCode::Unreachable, "the connection to ragd was lost")
        .because("ragd closed the connection");
    for _ in 0..6 {
        update(&mut model, Message::Disconnected(report.clone()));
    }
    update(&mut model, Message::Tick(later(1)));
    insta::assert_snapshot!(frame(&mut model, 80, 24));
}

#[test]
fn a_filter_is_typed() {
    let mut model = live_model();
    update(&mut model, Message::FilterPressed);
    for c in "manual".chars() {
        update(&mut model, Message::FilterTyped(c));
    }
    insta::assert_snapshot!(frame(&mut model, 80, 24));
}

#[test]
fn help_at_80x24() {
    let mut model = live_model();
    update(&mut model, Message::HelpPressed);
    insta::assert_snapshot!(frame(&mut model, 80, 24));
}

#[test]
fn no_size_is_too_small() {
    for columns in 1..=82 {
        for rows in 1..=26 {
            let mut model = live_model();
            frame(&mut model, columns, rows);
            update(&mut model, Message::HelpPressed);
            frame(&mut model, columns, rows);
        }
    }
}
