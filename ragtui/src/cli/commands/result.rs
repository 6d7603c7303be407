//! `ragctl result`.

use protocol::job::{JobKind, JobState, JobView};
use protocol::{ErrorCode, ErrorReport};

use super::wait::{Waited, until_ended};
use crate::cli::answer::{print, verdict};
use crate::cli::args::{JobResult, Waiting};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::job_ids;
use crate::cli::lines::standing;
use crate::cli::look::Look;
use crate::client::is_away;

pub(super) async fn run(context: &Context, arguments: JobResult) -> Outcome {
    let find = async {
        let client = context.connect().await?;
        let job = job_ids::resolve_one(&client, &arguments.job).await?;
        Ok((client.job_show(job).await?, client))
    };
    let (mut job, mut client) = context.in_time(find).await?;
    if job.kind != JobKind::Ask {
        return Err(no_question(&job).into());
    }
    if !job.state.is_end() {
        if !arguments.wait {
            return Err(not_yet(&job, &context.out.look));
        }
        let ids = [job.id];
        match until_ended(context, client, &ids, &Waiting::default()).await? {
            Waited::Left(exit) => return Ok(exit),
            Waited::Ended { jobs, .. } => job = jobs.into_iter().next().unwrap_or(job),
        }
        // ragd may have been restarted meanwhile.
        client = context.connect().await?;
    }
    let answer = context
        .in_time(async { Ok(client.job_result(job.id).await) })
        .await?;
    match answer {
        Ok(view) => {
            print(context, &view)?;
            verdict(context, &view, arguments.fail_empty)
        }
        Err(report) => Err(no_answer(job, report).into()),
    }
}

/// Where there is no answer, why the job ended tells more than that there is none.
fn no_answer(job: JobView, report: ErrorReport) -> ErrorReport {
    match (job.state, job.error) {
        _ if is_away(&report) => report,
        (JobState::Cancelled, _) => {
            let short = job.id.short();
            let message = format!("job {short} was cancelled before it was answered");
            ErrorReport::new(ErrorCode::Cancelled, message)
                .try_next(format!("ragctl job retry {short}"))
        }
        (_, Some(error)) => error,
        (_, None) => report,
    }
}

fn no_question(job: &JobView) -> ErrorReport {
    let short = job.id.short();
    ErrorReport::new(
        ErrorCode::Conflict,
        format!("job {short} has no answer, as it is no question"),
    )
    .because(format!("its kind is {}", job.kind.as_str()))
    .try_next(format!("ragctl job show {short}"))
}

fn not_yet(job: &JobView, look: &Look) -> Failure {
    let short = job.id.short();
    let report = ErrorReport::new(
        ErrorCode::Conflict,
        format!(
            "job {short} has no answer yet: it is {}",
            job.state.as_str()
        ),
    );
    let report = match standing(job, look) {
        standing if standing == "-" => report,
        standing => report.because(standing),
    };
    let report = report
        .try_next(format!("ragctl result {short} --wait"))
        .retryable();
    Failure::coded(report, Exit::STILL_RUNNING)
}
