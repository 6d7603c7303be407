//! Questions, answers, submits and the palette.

use std::time::Duration;

use protocol::answer::{AnswerEvent, Answerer, Finish, Thread};
use protocol::submit::Accepted;
use protocol::{ErrorCode, ErrorReport, JobId, Private};
use uuid::Uuid;

use super::press;
use crate::tui::effect::Effect;
use crate::tui::fixtures::chat::{
    CONVERSATION, asking, chat_model, finish, finished, long_answer, step,
};
use crate::tui::fixtures::{later, live_model};
use crate::tui::message::Message;
use crate::tui::model::{Edit, Focus, Model, Notice, Outcome, Pane, Popup, Screen};

fn type_in(model: &mut Model, text: &str) -> Vec<Effect> {
    press(model, text.chars().map(Message::Typed))
}

fn asked(effects: &[Effect]) -> Option<(u64, &str, Thread)> {
    match effects {
        [Effect::Ask { turn, request }] => Some((*turn, &request.question.0, request.thread)),
        _ => None,
    }
}

fn lost() -> ErrorReport {
    ErrorReport::new(ErrorCode::Unreachable, "the connection to ragd was lost")
}

#[test]
fn the_first_question_begins_a_conversation_and_the_next_follows() {
    let mut model = chat_model();
    type_in(&mut model, " why? ");
    let effects = press(&mut model, [Message::EnterPressed]);
    assert_eq!(asked(&effects), Some((1, "why?", Thread::New)));
    assert!(model.chat.composer.is_empty());

    let mut model = finished();
    type_in(&mut model, "and then?");
    let effects = press(&mut model, [Message::EnterPressed]);
    let expected = Some((2, "and then?", Thread::Follow(CONVERSATION)));
    assert_eq!(asked(&effects), expected);

    press(&mut model, [step(2, finish(Finish::Complete))]);
    press(&mut model, [Message::ConversationPressed]);
    assert_eq!(model.chat.turns, []);
    type_in(&mut model, "else");
    let effects = press(&mut model, [Message::EnterPressed]);
    assert_eq!(asked(&effects), Some((3, "else", Thread::New)));
}

#[test]
fn nothing_is_asked_while_an_answer_is_written_or_nobody_listens() {
    let mut model = asking();
    type_in(&mut model, "more");
    assert_eq!(press(&mut model, [Message::EnterPressed]), []);
    assert_eq!(model.chat.composer.text(), "more");

    let mut model = Model::new(80, 24, later(0));
    press(&mut model, [Message::ChatPressed]);
    type_in(&mut model, "hello");
    assert_eq!(press(&mut model, [Message::EnterPressed]), []);
    assert!(matches!(&model.notice, Some(Notice::Done(text)) if text.starts_with("not connected")));
    assert_eq!(model.chat.composer.text(), "hello");
    assert_eq!(press(&mut chat_model(), [Message::EnterPressed]), []);
}

#[test]
fn stopping_drops_the_stream_and_keeps_the_text() {
    for message in [
        Message::BackPressed,
        Message::InterruptPressed,
        Message::StopPressed,
    ] {
        let mut model = asking();
        assert_eq!(press(&mut model, [message]), [Effect::StopAnswer]);
        let text = model.chat.turns[0].text.clone();
        assert_eq!(model.chat.turns[0].outcome, Outcome::Stopped);
        // What was on its way comes too late.
        let late = AnswerEvent::Text(Private::from("late"));
        let ended = Message::AnswerLost {
            turn: 1,
            report: lost(),
        };
        press(&mut model, [step(1, late), ended]);
        assert_eq!(model.chat.turns[0].text, text);
        assert_eq!(model.chat.turns[0].outcome, Outcome::Stopped);
    }
}

#[test]
fn a_lost_connection_breaks_the_answer_off_and_keeps_the_text() {
    let mut model = asking();
    let connect = Effect::Connect {
        after: Duration::from_millis(100),
    };
    let effects = press(&mut model, [Message::Disconnected(lost())]);
    assert_eq!(effects, [connect, Effect::StopAnswer]);
    let turn = &model.chat.turns[0];
    assert_eq!(turn.outcome, Outcome::BrokenOff(lost()));
    assert!(!turn.text.is_empty());
    // A turn that is complete is not touched.
    let mut model = finished();
    let before = model.chat.turns.clone();
    press(
        &mut model,
        [Message::AnswerLost {
            turn: 1,
            report: lost(),
        }],
    );
    press(&mut model, [Message::Disconnected(lost())]);
    assert_eq!(model.chat.turns, before);
}

#[test]
fn a_mark_leads_to_its_source() {
    let mut model = finished();
    press(&mut model, [Message::BackPressed]);
    assert_eq!(model.focus(), Focus::Transcript);
    let mut seen = Vec::new();
    for by in [1, 1, 1, 1, -1] {
        press(&mut model, [Message::MarkPressed(by)]);
        let lines = model.chat.cited();
        seen.push((
            model.chat.selected_source().unwrap().number,
            lines[0].line_start,
        ));
    }
    assert_eq!(
        seen,
        [(1, 2_320), (2, 120), (1, 2_341), (1, 2_341), (2, 120)]
    );
    press(&mut model, [Message::BackPressed]);
    assert_eq!(model.chat.pick.mark, None);
}

#[test]
fn a_source_leads_to_its_marks() {
    let mut model = finished();
    press(&mut model, [Message::PanePressed(-1)]);
    assert_eq!(model.focus(), Focus::Sources);
    press(&mut model, [Message::Stepped(-1)]);
    assert_eq!(model.chat.cited().len(), 2);
    press(
        &mut model,
        [Message::Stepped(isize::MAX), Message::Stepped(1)],
    );
    assert_eq!(model.chat.selected_source().unwrap().number, 3);
    assert_eq!(model.chat.cited(), []);
}

#[test]
fn a_passage_begins_where_it_is_cited_and_scrolls_both_ways() {
    let mut model = finished();
    press(&mut model, [Message::PanePressed(-1)]);
    let mut seen = vec![model.chat.passage_top];
    for by in [1, -1, -1, -9, 9] {
        press(&mut model, [Message::Paged(by)]);
        seen.push(model.chat.passage_top);
    }
    // Fifty lines in five rows; the first cited one is the tenth.
    let expected = [None, Some(13), Some(8), Some(3), Some(0), Some(45)];
    assert_eq!(seen, expected);
    press(&mut model, [Message::Stepped(1)]);
    assert_eq!(model.chat.passage_top, None);
}

#[test]
fn the_view_follows_the_end_until_the_user_scrolls_up() {
    let mut model = asking();
    press(&mut model, [step(1, long_answer())]);
    let size = crate::tui::model::Size {
        columns: 78,
        rows: 11,
    };
    let rows = |model: &Model| crate::tui::layout::transcript::rows(&model.chat, 78);
    let top = |model: &Model| model.chat.top(&rows(model), size);
    assert_eq!(top(&model), rows(&model).len() - 11);

    press(&mut model, [Message::PanePressed(1), Message::Paged(-1)]);
    let before = top(&model);
    press(&mut model, [step(1, long_answer())]);
    assert_eq!(top(&model), before);
    assert!(model.chat.news(&rows(&model), size) > Some(0));

    press(&mut model, [Message::Stepped(isize::MAX)]);
    assert_eq!(model.chat.news(&rows(&model), size), None);
}

#[test]
fn quotes_are_read_from_their_beginning() {
    let mut model = asking();
    let quotes = step(1, AnswerEvent::Answering(Answerer::Quotes));
    press(&mut model, [quotes, step(1, long_answer())]);
    let size = crate::tui::model::Size {
        columns: 78,
        rows: 11,
    };
    let rows = |model: &Model| crate::tui::layout::transcript::rows(&model.chat, 78);
    assert_eq!(model.chat.top(&rows(&model), size), 0);
    let below = rows(&model).len() - 11;
    assert_eq!(model.chat.news(&rows(&model), size), Some(below));

    let end = [Message::PanePressed(1), Message::Stepped(isize::MAX)];
    press(&mut model, end);
    assert_eq!(model.chat.top(&rows(&model), size), below);
    assert_eq!(model.chat.news(&rows(&model), size), None);
}

#[test]
fn the_same_text_stays_in_view_when_the_width_changes() {
    let mut model = asking();
    press(
        &mut model,
        [
            step(1, long_answer()),
            Message::PanePressed(1),
            Message::Paged(-2),
        ],
    );
    let first = |model: &Model, columns: usize| {
        let rows = crate::tui::layout::transcript::rows(&model.chat, columns - 2);
        let size = crate::tui::model::Size {
            columns: columns - 2,
            rows: 11,
        };
        rows[model.chat.top(&rows, size)].place()
    };
    let before = first(&model, 80);
    press(
        &mut model,
        [Message::Resized {
            columns: 61,
            rows: 24,
        }],
    );
    assert!(first(&model, 61) <= before);
    press(
        &mut model,
        [Message::Resized {
            columns: 80,
            rows: 24,
        }],
    );
    let after = first(&model, 80);
    assert!(
        after <= before && before.2 - after.2 < 160,
        "{after:?} for {before:?}"
    );
}

#[test]
fn an_empty_composer_recalls_the_last_question() {
    let mut model = finished();
    press(&mut model, [Message::Stepped(-1)]);
    assert!(model.chat.composer.text().starts_with("How does btrfs"));
    press(&mut model, [Message::InterruptPressed]);
    assert!(model.chat.composer.is_empty());
    press(&mut model, [Message::Stepped(-1)]);
    assert!(model.chat.composer.text().starts_with("How does btrfs"));
}

#[test]
fn a_second_interrupt_quits_if_it_comes_soon() {
    let mut model = chat_model();
    let press_at = |model: &mut Model, seconds| {
        press(
            model,
            [Message::Tick(later(seconds)), Message::InterruptPressed],
        )
    };
    assert_eq!(press_at(&mut model, 0), []);
    assert_eq!(press_at(&mut model, 3), []);
    press(&mut model, [Message::HelpPressed]);
    assert_eq!(press_at(&mut model, 4), [], "it closes the window first");
    assert_eq!(press_at(&mut model, 4), [Effect::Quit]);
}

#[test]
fn what_is_pasted_is_not_sent() {
    let mut model = chat_model();
    let pasted = Message::Pasted("one\r\ntwo\n".into());
    assert_eq!(press(&mut model, [pasted]), []);
    assert_eq!(model.chat.composer.text(), "one\ntwo\n");
    press(&mut model, [Message::EditPressed(Edit::Erase)]);
    assert_eq!(model.chat.composer.text(), "one\ntwo");
}

#[test]
fn a_path_is_handed_in_and_its_job_selected() {
    let mut model = live_model();
    press(&mut model, [Message::SubmitPressed, Message::EnterPressed]);
    assert!(matches!(model.popups.last(), Some(Popup::Submit(form)) if form.problem.is_some()));
    type_in(&mut model, "~/docs");
    let effects = press(&mut model, [Message::EnterPressed]);
    let expected = Effect::Submit {
        path: "~/docs".into(),
        collection: "default".into(),
    };
    assert_eq!(effects, [expected]);
    assert_eq!(
        press(&mut model, [Message::EnterPressed]),
        [],
        "once is enough"
    );

    press(&mut model, [Message::SubmitFailed(lost())]);
    assert!(matches!(model.popups.last(), Some(Popup::Submit(form)) if form.problem.is_some()));

    let job = model.jobs.visible().nth(3).unwrap().id;
    press(&mut model, [Message::SubmitAnswered(accepted(job))]);
    assert_eq!(model.focus(), Focus::Jobs);
    assert_eq!(model.jobs.selection().unwrap().1.id, job);
}

#[test]
fn a_late_refusal_of_a_closed_window_is_a_notice() {
    let mut model = live_model();
    press(&mut model, [Message::SubmitPressed, Message::BackPressed]);
    press(&mut model, [Message::SubmitFailed(lost())]);
    assert_eq!(model.notice, Some(Notice::Problem(lost())));
    let later_job = JobId(Uuid::from_u128(7));
    press(&mut model, [Message::SubmitAnswered(accepted(later_job))]);
    assert!(model.jobs.selection().is_some(), "until the job is there");
}

fn accepted(job: JobId) -> Accepted {
    Accepted {
        job,
        deduplicated: false,
        created_collection: false,
        collection: Some("default".into()),
    }
}

#[test]
fn the_palette_does_what_is_selected_or_says_why_not() {
    let mut model = live_model();
    press(&mut model, [Message::PalettePressed]);
    type_in(&mut model, "stop");
    assert_eq!(press(&mut model, [Message::EnterPressed]), []);
    assert_eq!(model.focus(), Focus::Palette, "there is no answer to stop");

    press(&mut model, [Message::EditPressed(Edit::EraseLine)]);
    type_in(&mut model, "new conv");
    press(&mut model, [Message::EnterPressed]);
    assert_eq!(
        (model.screen, model.chat.pane),
        (Screen::Chat, Pane::Composer)
    );
}
