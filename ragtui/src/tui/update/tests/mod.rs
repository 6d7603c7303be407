//! Jobs, the connection and windows.

mod chat;
mod workers;

use std::time::Duration;

use protocol::job::{JobEventKind, JobState};
use protocol::worker::Wanted;
use protocol::{ErrorCode, ErrorReport, Timestamp};

use super::*;
use crate::tui::fixtures::{event, job, live_model};
use crate::tui::model::{Connection, Notice};

fn press(model: &mut Model, messages: impl IntoIterator<Item = Message>) -> Vec<Effect> {
    messages
        .into_iter()
        .flat_map(|message| update(model, message))
        .collect()
}

fn filter(model: &mut Model, text: &str) {
    model.jobs.drop_filter();
    press(model, [Message::FilterPressed]);
    press(model, text.chars().map(Message::Typed));
    press(model, [Message::EnterPressed]);
}

fn selected(model: &Model) -> String {
    model
        .jobs
        .selection()
        .map_or_else(String::new, |(_, job)| job.id.short())
}

#[test]
fn the_cursor_stays_on_its_job_while_others_come_and_go() {
    let mut model = live_model();
    press(&mut model, [Message::Stepped(1), Message::Stepped(1)]);
    let before = selected(&model);
    let newer = event(JobEventKind::Created(Box::new(job(0xff, JobState::Queued))));
    press(&mut model, [newer]);
    assert_eq!(selected(&model), before);
    let id = model.jobs.selection().unwrap().1.id;
    press(&mut model, [event(JobEventKind::Removed(id))]);
    assert_ne!(selected(&model), before);
}

#[test]
fn the_cursor_does_not_leave_the_list() {
    let mut model = live_model();
    press(&mut model, [Message::Stepped(-1)]);
    let first = selected(&model);
    press(
        &mut model,
        [Message::Stepped(isize::MAX), Message::Stepped(1)],
    );
    assert_ne!(selected(&model), first);
    press(&mut model, [Message::Stepped(-isize::MAX)]);
    assert_eq!(selected(&model), first);
}

#[test]
fn a_running_job_can_be_cancelled_and_an_ended_one_says_why_not() {
    let mut model = live_model();
    filter(&mut model, "running");
    let id = model.jobs.selection().unwrap().1.id;
    assert_eq!(
        press(&mut model, [Message::CancelPressed]),
        [Effect::CancelJob(id)]
    );
    filter(&mut model, "finished");
    assert_eq!(press(&mut model, [Message::CancelPressed]), []);
    assert!(matches!(&model.notice, Some(Notice::Done(text)) if text.ends_with("has ended")));
}

#[test]
fn only_what_has_ended_is_retried() {
    let mut model = live_model();
    filter(&mut model, "failed");
    let id = model.jobs.selection().unwrap().1.id;
    assert_eq!(
        press(&mut model, [Message::RetryPressed]),
        [Effect::RetryJob(id)]
    );
    filter(&mut model, "running");
    assert_eq!(press(&mut model, [Message::RetryPressed]), []);
}

#[test]
fn a_lost_connection_is_tried_again_ever_more_slowly() {
    let mut model = live_model();
    let lost = || {
        Message::Disconnected(ErrorReport::new(
            ErrorCode::Unreachable,
            "cannot reach ragd",
        ))
    };
    let pauses: Vec<_> = (0..8).flat_map(|_| press(&mut model, [lost()])).collect();
    let expected = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map(|millis| Effect::Connect {
        after: Duration::from_millis(millis),
    });
    assert_eq!(pauses, expected);
    assert_eq!(press(&mut model, [Message::CancelPressed]), []);
    let now = Effect::Connect {
        after: Duration::ZERO,
    };
    assert_eq!(press(&mut model, [Message::ReconnectPressed]), [now]);
    press(
        &mut model,
        [Message::Connected {
            build: "ragd 0.1.0".into(),
        }],
    );
    assert!(matches!(model.connection, Connection::Live { .. }));
}

#[test]
fn a_new_snapshot_forgets_jobs_that_are_gone() {
    let mut model = live_model();
    press(
        &mut model,
        [Message::Connected {
            build: "ragd 0.1.0".into(),
        }],
    );
    let kept = job(0xa1, JobState::Running);
    let id = kept.id;
    press(&mut model, [event(JobEventKind::Snapshot(Box::new(kept)))]);
    assert!(
        model.jobs.visible().count() > 1,
        "old rows stay until the snapshot is complete"
    );
    press(&mut model, [event(JobEventKind::SnapshotEnd)]);
    assert_eq!(
        model.jobs.visible().map(|job| job.id).collect::<Vec<_>>(),
        [id]
    );
}

#[test]
fn escape_goes_back_from_the_inside_and_never_quits() {
    let mut model = live_model();
    press(
        &mut model,
        [
            Message::FilterPressed,
            Message::Typed('z'),
            Message::HelpPressed,
        ],
    );
    assert_eq!(model.focus(), Focus::Help);
    press(&mut model, [Message::BackPressed]);
    assert_eq!(
        (model.focus(), model.jobs.filter.text()),
        (Focus::Filter, "z")
    );
    press(&mut model, [Message::BackPressed]);
    assert_eq!((model.focus(), model.jobs.filter.text()), (Focus::Jobs, ""));
    assert_eq!(press(&mut model, [Message::BackPressed]), []);
    assert_eq!(press(&mut model, [Message::QuitPressed]), [Effect::Quit]);
}

#[test]
fn no_timer_runs_while_nothing_counts_seconds() {
    let mut model = live_model();
    press(&mut model, [Message::Tick(Timestamp(1))]);
    assert!(model.shows_time(), "a job waits for its next try");
    let retrying = model
        .jobs
        .visible()
        .find(|job| job.state == JobState::Retrying)
        .unwrap()
        .id;
    press(&mut model, [event(JobEventKind::Removed(retrying))]);
    assert!(!model.shows_time());
}

#[test]
fn nothing_is_drawn_for_what_is_not_seen() {
    let mut model = live_model();
    let progress = event(JobEventKind::Progress(Box::new(job(
        0xa8,
        JobState::Running,
    ))));
    let text = crate::tui::fixtures::chat::step(1, crate::tui::fixtures::chat::long_answer());
    assert!(model.shows(&progress) && !model.shows(&text));
    press(&mut model, [Message::ChatPressed]);
    assert!(!model.shows(&progress) && model.shows(&text));
    assert!(!model.shows(&Message::Tick(Timestamp(1))));
}
