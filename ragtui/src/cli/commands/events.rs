//! `ragctl events`: everything that happens, one line each.

use protocol::job::{JobEvent, JobEventKind, JobFilter};

use crate::cli::args::{Events, Format};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::{Flow, Follower, Stop};
use crate::cli::lines;
use crate::cli::look::Look;
use crate::cli::schema::EventJson;
use crate::cli::signals::Signals;

pub(super) async fn run(context: &Context, arguments: Events) -> Outcome {
    // A stream for programs: words only for those who ask for them.
    let is_for_people = context.global.output == Some(Format::Human);
    if matches!(context.out.format, Format::Tsv | Format::Name) {
        return Err(Failure::usage("events prints ndjson or human"));
    }
    let client = context.connect().await?;
    let mut signals = Signals::new()?;
    let filter = JobFilter {
        collection: context.global.collection.clone(),
        ..JobFilter::default()
    };
    let since = arguments.since.map(|position| position.0);
    let mut follower = Follower::everything(context, client, filter, since, arguments.reconnect.0);
    let stop = follower
        .run(&mut signals, |event| {
            if is_for_people {
                context.out.text(&line(event, &context.out.look))?;
            } else {
                context.out.json(&EventJson::from(event))?;
            }
            Ok(Flow::GoOn)
        })
        .await?;
    Ok(match stop {
        Stop::Done => Exit::DONE,
        // The caller said how long to listen, so the end of that time is the end of the work.
        Stop::TimedOut => Exit::DONE,
        Stop::Signal(exit) => exit,
    })
}

fn line(event: &JobEvent, look: &Look) -> String {
    match &event.what {
        JobEventKind::Snapshot(job)
        | JobEventKind::Created(job)
        | JobEventKind::State(job)
        | JobEventKind::Progress(job) => format!("{}  {}\n", event.seq, lines::live(job, look)),
        JobEventKind::Removed(job) => format!("{}  {}  removed\n", event.seq, job.short()),
        JobEventKind::Gap => format!("{}  some events were missed\n", event.seq),
        JobEventKind::Health { part, state } => {
            format!("{}  {part} is {}\n", event.seq, state.as_str())
        }
        JobEventKind::SnapshotEnd | JobEventKind::Heartbeat => String::new(),
    }
}
