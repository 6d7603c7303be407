//! From sending a submit to an idle daemon to being told that its job runs, and that it is over.

use std::time::{Duration, Instant};

use protocol::job::{JobEventKind, JobState, WatchRequest};
use protocol::submit::SubmitWork;
use protocol::{ErrorCode, ErrorReport, JobId};

use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::stats::Samples;
use crate::cli::args::What;
use crate::client::{Client, EventStream};

/// Between two jobs, so that each meets an idle daemon.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let count = lab.size.starts;
    let client = lab.client().await?;
    let mut events = listen(&client).await?;
    let (mut accepted, mut started, mut finished) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let (ack, start, end) = one(&client, &mut events).await?;
        accepted.push(ack);
        started.push(start);
        finished.push(end);
        tokio::time::sleep(PAUSE).await;
    }
    let started = Samples::new(started);
    let time = |name, time, asked| Figure::time(What::Latency, name, time, asked);
    Ok(vec![
        time(
            "accepted, p50",
            Samples::new(accepted).median(),
            Asked::Nothing,
        ),
        time("started, p50", started.median(), Asked::AtMost(6.0)),
        time("started, p99", started.percentile(99), Asked::Nothing),
        time(
            "finished, p50",
            Samples::new(finished).median(),
            Asked::Nothing,
        ),
    ])
}

/// Returns the stream of all changes from now on.
async fn listen(client: &Client) -> Result<EventStream, ErrorReport> {
    let mut events = client.watch(WatchRequest::default()).await?;
    while let Some(event) = events.next().await? {
        if matches!(event.what, JobEventKind::SnapshotEnd) {
            break;
        }
    }
    Ok(events)
}

/// Returns the times until the answer, the start and the end of one job.
async fn one(
    client: &Client,
    events: &mut EventStream,
) -> Result<(Duration, Duration, Duration), ErrorReport> {
    let (id, began) = (JobId::new(), Instant::now());
    let submitting = async {
        client.submit(lab::request(id, SubmitWork::Probe)).await?;
        Ok::<_, ErrorReport>(began.elapsed())
    };
    let following = async {
        let mut started = None;
        while let Some(event) = events.next().await? {
            let JobEventKind::State(job) = event.what else {
                continue;
            };
            if job.id == id && job.state == JobState::Running {
                started.get_or_insert_with(|| began.elapsed());
            }
            if job.id == id && job.state.is_end() {
                let ended = began.elapsed();
                return Ok((started.unwrap_or(ended), ended));
            }
        }
        Err(ErrorReport::new(
            ErrorCode::Unreachable,
            "the stream of events ended early",
        ))
    };
    let (accepted, (started, ended)) = tokio::try_join!(submitting, following)?;
    Ok((accepted, started, ended))
}
