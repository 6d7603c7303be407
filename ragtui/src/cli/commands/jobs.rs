//! `ragctl job`: list, show, cancel, retry, priority, errors, rm.

use protocol::job::{
    CancelReceipt, JobErrorView, JobFilter, JobListRequest, JobOrder, JobState, JobView,
};
use protocol::{ErrorReport, JobId};

use crate::cli::args::{Job, JobList, Paging, Steered};
use crate::cli::context::{Context, pages};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::job_ids::{resolve, resolve_one};
use crate::cli::lines;
use crate::cli::look::{Look, count, counted};
use crate::cli::schema::{CancelJson, JobErrorJson, JobJson, List, Record, RemovedJson};
use crate::cli::table::{Column, Table, cell};
use crate::client::{self, Client};

pub(super) async fn run(context: &Context, command: Job) -> Outcome {
    let client = context.connect().await?;
    match command {
        Job::List(arguments) => list(context, &client, arguments).await,
        Job::Errors { job, page } => errors(context, &client, job.as_deref(), &page).await,
        Job::Show(arguments) => show(context, &client, &arguments.jobs).await,
        Job::Cancel(Steered { jobs, trial }) if trial.dry_run => {
            tried(context, &client, &jobs.jobs, "be cancelled").await
        }
        Job::Retry(Steered { jobs, trial }) if trial.dry_run => {
            tried(context, &client, &jobs.jobs, "be run again").await
        }
        Job::Rm(Steered { jobs, trial }) if trial.dry_run => {
            tried(context, &client, &jobs.jobs, "be forgotten").await
        }
        Job::Priority {
            jobs,
            priority,
            trial,
        } if trial.dry_run => {
            let what = format!("get the priority {priority}");
            tried(context, &client, &jobs, &what).await
        }
        Job::Retry(Steered { jobs, .. }) => {
            let jobs = resolve(&client, &jobs.jobs).await?;
            each(&client, &jobs, async |client, job| {
                client.job_retry(job).await
            })
            .await?
            .print(context, |look, jobs| lines::job_table(jobs, look))
        }
        Job::Priority { jobs, priority, .. } => {
            let jobs = resolve(&client, &jobs).await?;
            each(&client, &jobs, async |client, job| {
                client.job_priority(job, priority.0).await
            })
            .await?
            .print(context, |look, jobs| lines::job_table(jobs, look))
        }
        Job::Cancel(Steered { jobs, .. }) => {
            let jobs = resolve(&client, &jobs.jobs).await?;
            cancel(context, &client, &jobs).await
        }
        Job::Rm(Steered { jobs, .. }) => {
            let jobs = resolve(&client, &jobs.jobs).await?;
            remove(context, &client, &jobs).await
        }
        Job::Watch(_) | Job::Wait(_) => unreachable!("`commands::run` has handled it"),
    }
}

async fn show(context: &Context, client: &Client, texts: &[String]) -> Outcome {
    let jobs = resolve(client, texts).await?;
    each(client, &jobs, async |client, job| {
        client.job_show(job).await
    })
    .await?
    .print(context, |look, jobs| {
        jobs.iter()
            .map(|job| lines::details(job, look))
            .collect::<Vec<_>>()
            .join("\n")
    })
}

/// Shows the jobs that a command would change.
async fn tried(context: &Context, client: &Client, texts: &[String], what: &str) -> Outcome {
    let shown = show(context, client, texts).await?;
    let who = if texts.len() == 1 { "it" } else { "they" };
    context.out.note(&format!(
        "dry run: {who} would {what}, if the state allows it"
    ));
    Ok(shown)
}

async fn list(context: &Context, client: &Client, arguments: JobList) -> Outcome {
    let filter = JobFilter {
        ids: Vec::new(),
        states: arguments
            .state
            .iter()
            .flat_map(|word| word.0.clone())
            .collect(),
        collection: context.global.collection.clone(),
        text: arguments.text,
        uid: arguments.mine.then(client::own_uid),
    };
    let order = if arguments.oldest {
        JobOrder::OldestFirst
    } else {
        JobOrder::NewestFirst
    };
    let list = pages(&arguments.page, async |page| {
        client
            .job_list(JobListRequest {
                filter: filter.clone(),
                order,
                page,
            })
            .await
    })
    .await?;
    context.out.list(&List::of(&list, JobJson::from), |look| {
        lines::job_table(&list.items, look)
    })?;
    if context.out.is_human() && list.items.is_empty() {
        context.out.note("no jobs; ragctl submit ~/docs makes one");
    }
    more(context, list.items.len(), list.total, list.next.as_deref());
    Ok(Exit::DONE)
}

/// Says that a list goes on.
pub(super) fn more(context: &Context, shown: usize, total: u64, next: Option<&str>) {
    if let Some(cursor) = next
        && context.out.is_human()
    {
        let shown = count(shown as u64);
        context.out.note(&format!(
            "{shown} of {}; --all shows all, --cursor {cursor} the next",
            count(total)
        ));
    }
}

async fn errors(context: &Context, client: &Client, job: Option<&str>, page: &Paging) -> Outcome {
    let job = match job {
        Some(text) => Some(resolve_one(client, text).await?),
        None => None,
    };
    let list = pages(page, async |page| client.job_errors(job, page).await).await?;
    context
        .out
        .list(&List::of(&list, JobErrorJson::from), |look| {
            error_table(&list.items, look)
        })?;
    more(context, list.items.len(), list.total, list.next.as_deref());
    Ok(Exit::DONE)
}

fn error_table(errors: &[JobErrorView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("JOB", Column::Left),
        ("PATH", Column::Path),
        ("STAGE", Column::Left),
        ("CODE", Column::Left),
        ("REASON", Column::Left),
    ]);
    for error in errors {
        table.row(vec![
            cell(error.job.short()),
            cell(error.path.to_text()),
            cell(error.stage.as_str()),
            cell(&error.code),
            cell(&error.reason),
        ]);
    }
    table.render(look)
}

async fn cancel(context: &Context, client: &Client, jobs: &[JobId]) -> Outcome {
    let mut receipts = Vec::new();
    let mut failed = None;
    for job in jobs {
        match client.job_cancel(*job).await {
            Ok(receipt) => receipts.push(receipt),
            Err(report) => failed = failed.or(Some(report)),
        }
    }
    print_all::<CancelJson, _>(context, &receipts, |_, receipts| {
        receipts.iter().map(cancel_line).collect()
    })?;
    failed.map_or(Ok(Exit::DONE), |report| Err(report.into()))
}

pub(super) fn cancel_line(receipt: &CancelReceipt) -> String {
    let job = receipt.job.short();
    let kept = counted(receipt.kept, "document");
    match receipt.state {
        JobState::Cancelled => format!(
            "job {job} cancelled; {kept} stay searchable, {} rolled back, {} never started\n",
            counted(receipt.rolled_back_parts.into(), "part"),
            counted(receipt.never_started_parts.into(), "part"),
        ),
        JobState::Cancelling => format!(
            "job {job} is being cancelled; {kept} stay searchable. Follow it: ragctl wait {job}\n"
        ),
        state => format!("job {job} had ended before: {}\n", state.as_str()),
    }
}

async fn remove(context: &Context, client: &Client, jobs: &[JobId]) -> Outcome {
    context.confirm(&format!(
        "Forget {}, with errors and counts?",
        counted(jobs.len() as u64, "job")
    ))?;
    let mut removed = Vec::new();
    let mut failed = None;
    for job in jobs {
        match client.job_remove(*job).await {
            Ok(()) => removed.push(*job),
            Err(report) => failed = failed.or(Some(report)),
        }
    }
    print_all::<RemovedJson, _>(context, &removed, |_, jobs| {
        jobs.iter()
            .map(|job| format!("job {} removed\n", job.short()))
            .collect()
    })?;
    failed.map_or(Ok(Exit::DONE), |report| Err(report.into()))
}

impl From<&JobId> for RemovedJson {
    fn from(job: &JobId) -> Self {
        Self {
            id: job.to_string(),
            removed: true,
        }
    }
}

/// What came of asking for several jobs: those that worked, and the first error.
struct Each {
    jobs: Vec<JobView>,
    failed: Option<ErrorReport>,
}

async fn each(
    client: &Client,
    jobs: &[JobId],
    ask: impl AsyncFn(&Client, JobId) -> Result<JobView, ErrorReport>,
) -> Result<Each, Failure> {
    let mut done = Each {
        jobs: Vec::new(),
        failed: None,
    };
    for job in jobs {
        match ask(client, *job).await {
            Ok(view) => done.jobs.push(view),
            Err(report) => done.failed = done.failed.or(Some(report)),
        }
    }
    Ok(done)
}

impl Each {
    fn print(self, context: &Context, human: impl FnOnce(&Look, &[JobView]) -> String) -> Outcome {
        print_all::<JobJson, _>(context, &self.jobs, human)?;
        self.failed
            .map_or(Ok(Exit::DONE), |report| Err(report.into()))
    }
}

/// Prints one thing as itself and several as a list.
pub(super) fn print_all<'a, R, T>(
    context: &Context,
    things: &'a [T],
    human: impl FnOnce(&Look, &[T]) -> String,
) -> Result<(), Failure>
where
    R: Record + From<&'a T>,
{
    match things {
        [] => Ok(()),
        [one] => context
            .out
            .record(&R::from(one), |look| human(look, things)),
        many => {
            let list = List::complete(many.iter().map(R::from).collect());
            context.out.list(&list, |look| human(look, things))
        }
    }
}
