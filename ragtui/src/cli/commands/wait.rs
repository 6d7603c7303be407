//! `ragctl wait`, and the waiting of `submit --wait`.

use protocol::job::{JobEventKind, JobView};
use protocol::{ErrorCode, ErrorReport, JobId};

use super::jobs::{cancel_line, print_all};
use crate::cli::args::{Wait, Waiting};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::{Flow, Follower, Stop, exit_of};
use crate::cli::job_ids::resolve;
use crate::cli::lines;
use crate::cli::progress::{Painter, Place};
use crate::cli::schema::JobJson;
use crate::cli::signals::Signals;
use crate::client::Client;

pub(super) async fn run(context: &Context, arguments: Wait) -> Outcome {
    let client = context.connect().await?;
    let jobs = resolve(&client, &arguments.jobs.jobs).await?;
    wait(context, client, &jobs, &arguments.waiting, |_| {}).await
}

/// How waiting came to its end.
#[derive(Debug)]
pub(super) enum Waited {
    /// The jobs have ended, or one has failed and that is enough.
    Ended {
        jobs: Vec<JobView>,
        failed_early: bool,
    },
    /// A signal ended it, and all is said.
    Left(Exit),
}

/// Waits for `jobs` and prints them; `adjust` may change what is printed about a job as JSON.
pub(super) async fn wait(
    context: &Context,
    client: Client,
    jobs: &[JobId],
    how: &Waiting,
    adjust: impl Fn(&mut JobJson),
) -> Outcome {
    match until_ended(context, client, jobs, how).await? {
        Waited::Left(exit) => Ok(exit),
        Waited::Ended { jobs, failed_early } => {
            print_all_adjusted(context, &jobs, adjust)?;
            if failed_early {
                detach(context, &jobs);
            }
            Ok(exit_of(&jobs))
        }
    }
}

/// Waits for `jobs`, showing their progress.
pub(super) async fn until_ended(
    context: &Context,
    client: Client,
    jobs: &[JobId],
    how: &Waiting,
) -> Result<Waited, Failure> {
    let mut signals = Signals::new()?;
    let mut painter = Painter::new(how.progress, Place::Stderr, &context.out);
    let mut follower = Follower::jobs(context, client, jobs, how.reconnect.0);
    let mut failed_early = false;
    let stop = follower
        .run(&mut signals, |event| {
            painter.event(event, &context.out);
            let job = match &event.what {
                JobEventKind::Snapshot(job)
                | JobEventKind::Created(job)
                | JobEventKind::State(job)
                | JobEventKind::Progress(job) => job,
                _ => return Ok(Flow::GoOn),
            };
            painter.job(job, &context.out)?;
            failed_early = how.fail_fast && has_failed(job);
            Ok(if failed_early {
                Flow::Enough
            } else {
                Flow::GoOn
            })
        })
        .await;
    painter.finish(false);
    match stop? {
        Stop::Done => Ok(Waited::Ended {
            jobs: follower.views(),
            failed_early,
        }),
        Stop::TimedOut => {
            detach(context, &follower.views());
            let report = ErrorReport::new(ErrorCode::TimedOut, "--timeout is over")
                .because("the jobs go on in ragd")
                .retryable();
            Err(Failure::coded(report, Exit::STILL_RUNNING))
        }
        Stop::Signal(exit) if how.cancel_on_interrupt && exit == Exit::INTERRUPTED => {
            // The stream is closed by now, so nothing holds up the answer.
            for job in jobs {
                let receipt = follower.client().job_cancel(*job).await?;
                context.out.note(cancel_line(&receipt).trim_end());
            }
            Ok(Waited::Left(exit))
        }
        Stop::Signal(exit) => {
            for job in jobs {
                let short = job.short();
                context.out.note(&format!(
                    "{short} goes on in ragd. Reattach: ragctl watch {short}"
                ));
            }
            Ok(Waited::Left(exit))
        }
    }
}

fn has_failed(job: &JobView) -> bool {
    job.totals.failed > 0
        || matches!(
            job.state,
            protocol::job::JobState::Failed | protocol::job::JobState::Dead
        )
}

/// Says which jobs go on without us.
fn detach(context: &Context, jobs: &[JobView]) {
    for job in jobs.iter().filter(|job| !job.state.is_end()) {
        let short = job.id.short();
        context.out.note(&format!(
            "{short} goes on in ragd. Reattach: ragctl watch {short}"
        ));
    }
}

fn print_all_adjusted(
    context: &Context,
    jobs: &[JobView],
    adjust: impl Fn(&mut JobJson),
) -> Result<(), Failure> {
    if let [job] = jobs {
        let mut json = JobJson::from(job);
        adjust(&mut json);
        return if context.out.quiet && context.out.is_human() {
            Ok(())
        } else {
            context.out.record(&json, |look| lines::summary(job, look))
        };
    }
    print_all::<JobJson, _>(context, jobs, |look, jobs| {
        jobs.iter().map(|job| lines::summary(job, look)).collect()
    })
}
