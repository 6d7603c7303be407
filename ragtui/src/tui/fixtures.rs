//! Jobs for tests.

use protocol::job::{
    JobEvent, JobEventKind, JobKind, JobState, JobView, Pace, PartCounts, Priority, Progress,
    Stage, Totals, Waiting,
};
use protocol::{BootId, ErrorCode, ErrorReport, JobId, PathBytes, Timestamp};
use uuid::Uuid;

use super::message::Message;
use super::model::Model;
use super::update::update;

/// 2026-11-20T13:51:09.120Z.
pub(super) const NOW: Timestamp = Timestamp(1_795_182_669_120);

pub(super) fn later(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1000)
}

pub(super) fn event(what: JobEventKind) -> Message {
    let boot_id = BootId(Uuid::from_u128(0xb007));
    Message::EventArrived(Box::new(JobEvent {
        boot_id,
        seq: 1,
        at: NOW,
        what,
    }))
}

pub(super) fn job(number: u128, state: JobState) -> JobView {
    JobView {
        id: JobId(Uuid::from_u128(
            0x019d_0000_0000_7000_8000_0000_0000_0000 | number,
        )),
        kind: JobKind::Ingest,
        state,
        stage: (state == JobState::Running).then_some(Stage::Embedding),
        collection: Some("kernel".into()),
        source: PathBytes::from("/home/kim/src/kernel"),
        uid: 1000,
        priority: Priority::Normal,
        attempt: 1,
        max_attempts: 5,
        stalls: 0,
        idempotency_key: None,
        parts: PartCounts::default(),
        progress: Progress {
            files_done: 41_880,
            files_total: 68_610,
            bytes_done: 2_040_109_465,
            bytes_total: 3_328_599_654,
            chunks: 402_118,
            total_is_final: true,
        },
        pace: Pace {
            chunks_per_min: Some(12_840),
            bytes_per_s: None,
            eta_s: Some(242),
            eta_error_s: Some(40),
        },
        waiting: None,
        created_at: NOW,
        started_at: Some(NOW),
        finished_at: state.is_end().then(|| later(192)),
        retry_at: None,
        error: None,
        totals: Totals {
            held_back: 0,
            added: 1_204,
            skipped: vec![("gitignore".into(), 9_310), ("binary".into(), 2_702)],
            ..Totals::default()
        },
    }
}

fn jobs() -> Vec<JobView> {
    let error = ErrorReport::new(ErrorCode::SourceUnreadable, "cannot read the folder")
        .because("permission denied");
    vec![
        job(0xa8, JobState::Running),
        JobView {
            attempt: 2,
            waiting: Some(Waiting::Backoff { until: later(8) }),
            source: PathBytes::from("/srv/papers/a very long folder name/scans of 2026"),
            ..job(0xa7, JobState::Retrying)
        },
        JobView {
            waiting: Some(Waiting::Worker { ahead: 2 }),
            ..job(0xa6, JobState::Queued)
        },
        JobView {
            source: PathBytes::from("manuals\u{1b}[2J.zst"),
            ..job(0xa5, JobState::Finished)
        },
        JobView {
            error: Some(error),
            ..job(0xa4, JobState::Failed)
        },
        job(0xa3, JobState::Cancelled),
    ]
}

/// A model that is connected and has seen a few jobs.
pub(super) fn live_model() -> Model {
    let mut model = Model::new(80, 24, NOW);
    update(
        &mut model,
        Message::Connected {
            build: "ragd 0.1.0".into(),
        },
    );
    for job in jobs() {
        update(&mut model, event(JobEventKind::Snapshot(Box::new(job))));
    }
    update(&mut model, event(JobEventKind::SnapshotEnd));
    model
}
