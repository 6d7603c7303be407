//! Events, one line each.

use protocol::job::{JobEvent, JobEventKind, JobView};
use serde::Serialize;

use super::{JobJson, time};

/// One line of `events` and `watch -o ndjson`.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct EventJson {
    schema: &'static str,
    seq: u64,
    boot_id: String,
    at: String,
    r#type: &'static str,
    job: Option<EventJob>,
    health: Option<PartHealthJson>,
}

/// The whole job, which holds all that changed, or only the id of one that was removed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum EventJob {
    Whole(Box<JobJson>),
    Gone { id: String },
}

#[derive(Debug, Serialize)]
struct PartHealthJson {
    part: String,
    state: &'static str,
}

impl From<&JobEvent> for EventJson {
    fn from(event: &JobEvent) -> Self {
        let whole = |job: &JobView| Some(EventJob::Whole(Box::new(JobJson::from(job))));
        let (kind, job, health) = match &event.what {
            JobEventKind::Snapshot(job) => ("snapshot", whole(job), None),
            JobEventKind::SnapshotEnd => ("snapshot.end", None, None),
            JobEventKind::Created(job) => ("job.created", whole(job), None),
            JobEventKind::State(job) => ("job.state", whole(job), None),
            JobEventKind::Progress(job) => ("job.progress", whole(job), None),
            JobEventKind::Removed(id) => (
                "job.removed",
                Some(EventJob::Gone { id: id.to_string() }),
                None,
            ),
            JobEventKind::Heartbeat => ("heartbeat", None, None),
            JobEventKind::Gap => ("gap", None, None),
            JobEventKind::Health { part, state } => {
                let health = PartHealthJson {
                    part: part.clone(),
                    state: state.as_str(),
                };
                ("health.changed", None, Some(health))
            }
        };
        Self {
            schema: "ragctl.event/v1",
            seq: event.seq,
            boot_id: event.boot_id.to_string(),
            at: time(event.at),
            r#type: kind,
            job,
            health,
        }
    }
}
