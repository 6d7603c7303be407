//! `ragctl gaps`: what is not searchable, and another try.

use std::ffi::OsString;
use std::path::Path;

use protocol::document::{
    GapFilter, GapGroupView, GapGroupsRequest, GapListRequest, GapRetry, GapRetryJob,
    GapRetryRequest, GapView,
};
use protocol::job::{JobFilter, JobListRequest, JobState, PageRequest};
use protocol::{ErrorCode, ErrorReport, JobId, PathBytes};

use super::jobs::more;
use super::submit::{absolute, to_bytes};
use super::wait;
use crate::cli::args::{Format, Gaps, GapsCommand, Narrowed, Retry};
use crate::cli::context::{Context, pages};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::job_ids;
use crate::cli::look::{Look, Paint, count, counted, size};
use crate::cli::schema::{GapGroupJson, GapJson, GapRetryJson, List};
use crate::cli::table::{Column, Table, cell};
use crate::client::Client;
use crate::text;

/// Gaps that are shown of each group.
const EXAMPLES: u32 = 3;
/// What stands for facts that are not the same for all gaps of a group.
const VARIOUS: &str = "various";

pub(super) async fn run(context: &Context, arguments: Gaps) -> Outcome {
    match arguments.command {
        Some(GapsCommand::Retry(retry)) => self::retry(context, retry).await,
        None => context.in_time(list(context, arguments)).await,
    }
}

async fn list(context: &Context, arguments: Gaps) -> Outcome {
    let client = context.connect().await?;
    let filter = GapFilter {
        include_skipped: arguments.skipped,
        ..filter(context, &client, &arguments.narrowed).await?
    };
    let is_grouped = context.out.is_human() && !arguments.page.is_given();
    let shown = if arguments.group || is_grouped {
        let request = GapGroupsRequest {
            filter,
            examples: EXAMPLES,
        };
        grouped(context, &client, request).await?
    } else {
        let list = pages(&arguments.page, async |page| {
            let filter = filter.clone();
            client.gaps(GapListRequest { filter, page }).await
        })
        .await?;
        let json = List::of(&list, GapJson::from);
        context
            .out
            .list(&json, |look| gap_table(&list.items, look))?;
        more(context, list.items.len(), list.total, list.next.as_deref());
        list.items.len()
    };
    if shown == 0 && context.out.is_human() {
        let open = client.job_list(open_jobs(context)).await?.total;
        context.out.note(match (is_narrowed(&arguments), open) {
            (true, _) => "no gaps that fit",
            (false, 0) => "no gaps: everything that was read is searchable",
            (false, _) => "no gaps so far: jobs are still open, see `ragctl jobs`",
        });
    }
    let is_failure = arguments.fail && shown > 0;
    Ok(if is_failure { Exit::OTHER } else { Exit::DONE })
}

async fn grouped(
    context: &Context,
    client: &Client,
    request: GapGroupsRequest,
) -> Result<usize, Failure> {
    let list = client.gap_groups(request).await?;
    let json = List::of(&list, GapGroupJson::from);
    context
        .out
        .list(&json, |look| group_table(&list.items, look))?;
    if list.items.iter().any(|group| hidden(group) > 0) && context.out.is_human() {
        context.out.note(
            "--code CODE --all lists each of a group; ragctl gaps retry --code CODE reads it again",
        );
    }
    Ok(list.items.len())
}

/// Returns what the arguments mean to the daemon.
async fn filter(
    context: &Context,
    client: &Client,
    narrowed: &Narrowed,
) -> Result<GapFilter, Failure> {
    let job = match &narrowed.job {
        Some(text) => Some(job_ids::resolve_one(client, text).await?),
        None => None,
    };
    Ok(GapFilter {
        collection: context.global.collection.clone(),
        job,
        codes: narrowed.code.clone(),
        stages: narrowed.stage.iter().map(|word| word.0).collect(),
        paths: narrowed.paths.iter().flat_map(meant).collect(),
        include_skipped: false,
    })
}

/// Returns a path as it may be listed, and as what is at this place on the disk.
fn meant(path: &OsString) -> Vec<PathBytes> {
    let mut meant = vec![to_bytes(path.clone())];
    let path = Path::new(path);
    if path.is_relative()
        && let Ok(absolute) = absolute(path)
    {
        meant.push(to_bytes(absolute));
    }
    meant
}

fn is_narrowed(arguments: &Gaps) -> bool {
    let Narrowed {
        paths,
        code,
        stage,
        job,
    } = &arguments.narrowed;
    !(paths.is_empty() && code.is_empty() && stage.is_empty() && job.is_none())
}

/// Asks how many jobs may still find gaps.
fn open_jobs(context: &Context) -> JobListRequest {
    let states = JobState::ALL.into_iter().filter(|state| !state.is_end());
    JobListRequest {
        filter: JobFilter {
            states: states.collect(),
            collection: context.global.collection.clone(),
            ..JobFilter::default()
        },
        page: PageRequest {
            limit: 1,
            cursor: None,
        },
        ..JobListRequest::default()
    }
}

fn gap_table(gaps: &[GapView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("PATH", Column::Path),
        ("COLLECTION", Column::Left),
        ("STAGE", Column::Left),
        ("RULE", Column::Left),
        ("SIZE", Column::Right),
        ("REASON", Column::Left),
    ]);
    for gap in gaps {
        table.row(vec![
            cell(gap.path.to_text()),
            cell(&gap.collection),
            cell(gap.stage.as_str()),
            cell(&gap.rule),
            cell(gap.bytes.map_or_else(|| "-".to_owned(), size)),
            cell(&gap.reason),
        ]);
    }
    table.render(look)
}

/// Returns how many gaps of a group are not among its examples.
fn hidden(group: &GapGroupView) -> u64 {
    group.gaps.saturating_sub(group.examples.len() as u64)
}

/// Returns one line for each group, and below it some of its gaps.
fn group_table(groups: &[GapGroupView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("CODE", Column::Left),
        ("GAPS", Column::Right),
        ("SIZE", Column::Right),
        ("STAGE", Column::Left),
        ("REASON", Column::Left),
    ]);
    for group in groups {
        table.row(vec![
            cell(&group.code).paint(Paint::Bold),
            cell(count(group.gaps)),
            cell(match group.bytes {
                0 => "-".to_owned(),
                bytes => size(bytes),
            }),
            cell(group.stage.map_or(VARIOUS, |stage| stage.as_str())),
            cell(group.reason.as_deref().unwrap_or(VARIOUS)),
        ]);
    }
    let table = table.render(look);
    let header = usize::from(look.header && !groups.is_empty());
    let mut out = String::new();
    for (at, line) in table.lines().enumerate() {
        out.push_str(&format!("{line}\n"));
        let Some(group) = at.checked_sub(header).and_then(|at| groups.get(at)) else {
            continue;
        };
        for gap in &group.examples {
            let path = gap.path.to_text();
            let path = text::clean(&path);
            let width = look
                .width
                .map_or(usize::MAX, |width| width.saturating_sub(2));
            out.push_str(&format!("  {}\n", text::fit_middle(&path, width)));
        }
        if hidden(group) > 0 {
            let more = format!("… and {} more", count(hidden(group)));
            out.push_str(&format!("  {}\n", look.paint(Paint::Dim, &more)));
        }
    }
    out
}

async fn retry(context: &Context, arguments: Retry) -> Outcome {
    let waiting = &arguments.waiting;
    if !arguments.wait && (waiting.fail_fast || waiting.cancel_on_interrupt) {
        return Err(Failure::usage(
            "--fail-fast and --cancel-on-interrupt need --wait",
        ));
    }
    let (client, done) = context.in_time(ask(context, &arguments)).await?;
    let jobs: Vec<JobId> = done.jobs.iter().filter_map(|job| job.job).collect();
    if let Some(last) = jobs.last() {
        job_ids::remember(*last);
    }
    tell(context, &arguments, &done)?;
    if arguments.trial.dry_run {
        return Ok(Exit::DONE);
    }
    let exit = match jobs.as_slice() {
        [] => Exit::DONE,
        jobs if arguments.wait => wait::wait(context, client, jobs, waiting, |_| {}).await?,
        _ => Exit::DONE,
    };
    Ok(match exit {
        Exit::DONE if done.to_submit > 0 && jobs.is_empty() => Exit::OTHER,
        Exit::DONE if done.to_submit > 0 => Exit::PARTIAL,
        exit => exit,
    })
}

async fn ask(context: &Context, arguments: &Retry) -> Result<(Client, GapRetry), Failure> {
    let client = context.connect().await?;
    let request = GapRetryRequest {
        filter: filter(context, &client, &arguments.narrowed).await?,
        dry_run: arguments.trial.dry_run,
    };
    let done = client.gap_retry(request).await?;
    let is_nothing = done.jobs.is_empty() && done.to_submit == 0;
    if is_nothing && !arguments.narrowed.paths.is_empty() {
        let report = ErrorReport::new(ErrorCode::NotFound, "there is no gap that fits");
        return Err(report.try_next("ragctl gaps --all").into());
    }
    Ok((client, done))
}

/// Says which jobs read what, and what has to be submitted again.
fn tell(context: &Context, arguments: &Retry, done: &GapRetry) -> Result<(), Failure> {
    let out = &context.out;
    let ids = done.jobs.iter().filter_map(|job| job.job);
    if out.quiet && out.is_human() && !arguments.trial.dry_run {
        out.text(&ids.map(|job| format!("{job}\n")).collect::<String>())?;
    } else if !arguments.wait {
        out.record(&GapRetryJson::from(done), |_| {
            done.jobs.iter().map(|job| job_line(job) + "\n").collect()
        })?;
    } else if out.is_human() {
        for job in &done.jobs {
            out.note(&job_line(job));
        }
    }
    if done.to_submit > 0 && !matches!(out.format, Format::Json | Format::Ndjson if !arguments.wait)
    {
        let paths = done.examples.iter().map(|gap| &gap.path);
        out.warn(&format!(
            "{} to be submitted again, as ragd has nothing of it to read: {}",
            match done.to_submit {
                1 => "1 gap has".to_owned(),
                gaps => format!("{} gaps have", count(gaps)),
            },
            some(paths, done.to_submit)
        ));
    }
    if out.is_human() && done.jobs.is_empty() && done.to_submit == 0 {
        out.note("no gaps to read again");
    }
    if out.is_human() && arguments.trial.dry_run && !done.jobs.is_empty() {
        out.note("dry run: nothing was begun");
    }
    Ok(())
}

fn job_line(job: &GapRetryJob) -> String {
    let collection = text::clean(&job.collection).into_owned();
    let what = some(job.examples.iter(), job.sources);
    let gaps = counted(job.gaps, "gap");
    match job.job {
        Some(id) => {
            let short = id.short();
            format!(
                "job {short}  {gaps}  collection {collection}  reads {what}  track: ragctl watch \
                 {short}"
            )
        }
        None => format!("{gaps}  collection {collection}  would read {what}"),
    }
}

/// Returns some paths, and how many there are beside them.
fn some<'a>(paths: impl Iterator<Item = &'a PathBytes>, all: u64) -> String {
    let shown = paths.take(EXAMPLES as usize).map(|path| {
        let path = path.to_text();
        text::clean(&path).into_owned()
    });
    let shown: Vec<_> = shown.collect();
    match all.saturating_sub(shown.len() as u64) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), count(more)),
    }
}
