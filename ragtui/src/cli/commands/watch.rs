//! `ragctl watch`: jobs as they run.

use protocol::JobId;
use protocol::job::{JobEventKind, JobFilter, JobListRequest, JobOrder, JobState, PageRequest};

use crate::cli::args::{Format, ProgressStyle, Watch};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::{Flow, Follower, Stop, exit_of};
use crate::cli::job_ids::resolve;
use crate::cli::progress::{Painter, Place};
use crate::cli::schema::EventJson;
use crate::cli::signals::Signals;
use crate::client::Client;

/// More jobs than this are not watched at once without naming them.
const MOST: u32 = 200;

pub(super) async fn run(context: &Context, arguments: Watch) -> Outcome {
    let client = context.connect().await?;
    let jobs = match arguments.jobs.as_slice() {
        [] => unfinished(context, &client).await?,
        texts => resolve(&client, texts).await?,
    };
    if jobs.is_empty() {
        context.out.note("no job is running or waiting");
        return Ok(Exit::DONE);
    }
    let mut signals = Signals::new()?;
    let mut follower = Follower::jobs(context, client, &jobs, arguments.reconnect.0);
    let is_stream = match context.out.format {
        Format::Json | Format::Ndjson => true,
        Format::Human => false,
        Format::Tsv | Format::Name => {
            return Err(Failure::usage("watch prints human, json or ndjson"));
        }
    };
    let mut painter = Painter::new(
        if is_stream {
            ProgressStyle::None
        } else {
            ProgressStyle::Bar
        },
        Place::Stdout,
        &context.out,
    );
    let stop = follower
        .run(&mut signals, |event| {
            if is_stream {
                context.out.json(&EventJson::from(event))?;
            }
            if let JobEventKind::Snapshot(job)
            | JobEventKind::Created(job)
            | JobEventKind::State(job)
            | JobEventKind::Progress(job) = &event.what
            {
                painter.job(job, &context.out)?;
            }
            Ok(Flow::GoOn)
        })
        .await;
    painter.finish(true);
    match stop? {
        Stop::Done => Ok(exit_of(&follower.views())),
        Stop::TimedOut => Ok(Exit::STILL_RUNNING),
        Stop::Signal(exit) => Ok(exit),
    }
}

async fn unfinished(context: &Context, client: &Client) -> Result<Vec<JobId>, Failure> {
    let states = JobState::ALL
        .into_iter()
        .filter(|state| !state.is_end())
        .collect();
    let filter = JobFilter {
        states,
        collection: context.global.collection.clone(),
        ..JobFilter::default()
    };
    let page = PageRequest {
        limit: MOST,
        cursor: None,
    };
    let request = JobListRequest {
        filter,
        order: JobOrder::OldestFirst,
        page,
    };
    let list = client.job_list(request).await?;
    Ok(list.items.iter().map(|job| job.id).collect())
}
