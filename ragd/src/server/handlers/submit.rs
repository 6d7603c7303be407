//! Submits and plans.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use protocol::error::{ErrorCode, ErrorReport};
use protocol::submit::{Accepted, SubmitRequest, SubmitWork};
use protocol::{Private, Reply, submit};

use super::super::plans::Stored;
use super::super::session::Context;
use super::super::{Stores, convert, report};
use crate::config::RuntimeKind;
use crate::git::{Address, Git, Reference};
use crate::ids;
use crate::ingest::plan::{self, Plan};
use crate::jobs::state::Done;
use crate::jobs::{IngestWork, NewJob, PartWork, Source, Totals, Work};
use crate::web::{self, Web};
use crate::work::plan as parts;

const NAME_BYTES: usize = 200;

pub(super) async fn submit(
    context: &Context,
    request: SubmitRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    if let Some(reason) = stores.disk.look() {
        return Err(report::disk_full(&reason));
    }
    let limits = context.server.config().ingest.clone();
    let runtime = convert::runtime_of(request.runtime);
    check_runtime(&stores, runtime, &request.work)?;
    match &request.work {
        SubmitWork::Probe => {
            let source = "probe".to_owned();
            let pushed = push(context, &stores, &request, Work::Probe, source, None).await?;
            Ok(Reply::Accepted(pushed))
        }
        SubmitWork::Ingest {
            collection,
            source,
            rules,
        } => {
            check(context, &stores, collection, source, rules)?;
            let work = IngestWork {
                runtime,
                ..convert::work(collection, source, rules, &limits, context.peer.own)
            };
            let name = convert::source_name(&work.source);
            let work = Work::Ingest(work);
            let pushed = push(context, &stores, &request, work, name, None).await?;
            Ok(Reply::Accepted(pushed))
        }
        SubmitWork::Plan(id) => {
            if let Some(accepted) = accepted_before(context, &stores, request.job).await? {
                return Ok(Reply::Accepted(accepted));
            }
            let Some(stored) = context.server.plans.take(*id, context.peer.uid) else {
                return Err(ErrorReport::new(
                    ErrorCode::PlanStale,
                    "the plan is not known any more",
                )
                .because("plans are kept for an hour, and not over a restart")
                .try_next("make a new one with --dry-run"));
            };
            let Stored {
                work, source, plan, ..
            } = stored;
            let work = Work::Ingest(IngestWork { runtime, ..work });
            let pushed = push(context, &stores, &request, work, source, Some(plan)).await?;
            Ok(Reply::Accepted(pushed))
        }
        SubmitWork::Watch {
            collection,
            source,
            rules,
        } => {
            check(context, &stores, collection, source, rules)?;
            let work = IngestWork {
                runtime,
                ..convert::work(collection, source, rules, &limits, context.peer.own)
            };
            super::watched::begin(context, &stores, &request, work).await
        }
    }
}

/// Returns the answer to an earlier request with the same job: its plan is used up by now.
async fn accepted_before(
    context: &Context,
    stores: &Stores,
    id: ids::JobId,
) -> Result<Option<Accepted>, ErrorReport> {
    let job = stores.ledger.job(id).await;
    let job = job.map_err(|error| report::ledger(&error))?;
    let job = job.filter(|job| job.uid == context.peer.uid);
    Ok(job.map(|job| Accepted {
        job: id,
        deduplicated: true,
        created_collection: false,
        collection: job.work.collection().map(str::to_owned),
    }))
}

/// Refuses what could only fail later.
fn check_runtime(
    stores: &Stores,
    runtime: RuntimeKind,
    work: &SubmitWork,
) -> Result<(), ErrorReport> {
    match (runtime, work) {
        (RuntimeKind::Local, _) => Ok(()),
        (_, SubmitWork::Probe) => {
            let what = "a probe measures the queue of the daemon and runs nowhere else";
            Err(ErrorReport::new(ErrorCode::Unsupported, what))
        }
        (_, SubmitWork::Ingest { .. } | SubmitWork::Plan(_) | SubmitWork::Watch { .. }) => {
            let site = stores.runtimes.site(runtime);
            site.map(drop).map_err(report::runtime)
        }
    }
}

/// Names and values that may be said of documents at a time.
const MAX_FACTS: usize = 50;
const MAX_FACT_NAME: usize = 64;
const MAX_FACT_VALUE: usize = 200;

fn check_facts(facts: &[(String, Private<String>)]) -> Result<(), ErrorReport> {
    let refused = |why: String| Err(ErrorReport::new(ErrorCode::BadRequest, why));
    if facts.len() > MAX_FACTS {
        return refused(format!("more than {MAX_FACTS} tags and names"));
    }
    for (name, value) in facts {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > MAX_FACT_NAME || !name.chars().all(is_name) {
            return refused(format!(
                "`{name}` is no name: letters, digits and `-_.`, up to {MAX_FACT_NAME}"
            ));
        }
        if name.eq_ignore_ascii_case("title") {
            return refused("the title is what a document itself says".to_owned());
        }
        if value.len() > MAX_FACT_VALUE || value.contains(char::is_control) {
            return refused(format!(
                "the value of `{name}` is longer than {MAX_FACT_VALUE} bytes, or no text"
            ));
        }
    }
    Ok(())
}

/// Refuses what makes no sense before anything is stored.
pub(super) fn check(
    context: &Context,
    stores: &Stores,
    collection: &str,
    source: &submit::Source,
    rules: &submit::SourceRules,
) -> Result<(), ErrorReport> {
    check_name(collection)?;
    plan::check_globs(&rules.include)
        .and_then(|()| plan::check_globs(&rules.exclude))
        .map_err(|error| report::plan(&error))?;
    check_facts(&rules.facts)?;
    match source {
        submit::Source::Paths(paths) => {
            if !context.peer.own {
                return Err(report::forbidden("name paths for ragd to open")
                    .because("ragd runs as another user and would read them with its own rights")
                    .try_next("send the bytes: --upload always"));
            }
            if let Some(path) = paths.iter().find(|path| !convert::is_absolute(path)) {
                let message = format!("the path {path} is not absolute");
                return Err(ErrorReport::new(ErrorCode::BadRequest, message));
            }
            let missing = paths.iter().find(|path| {
                let path = Path::new(OsStr::from_bytes(&path.0));
                path.symlink_metadata()
                    .is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound)
            });
            if let Some(path) = missing {
                let message = format!("cannot find {path}");
                return Err(ErrorReport::new(ErrorCode::SourceMissing, message));
            }
            empty(paths.is_empty())
        }
        submit::Source::Uploads(uploads) => {
            if uploads.iter().any(|upload| upload.name.0.is_empty()) {
                let report = ErrorReport::new(ErrorCode::BadRequest, "an upload has no name");
                return Err(report.try_next("name it with --name"));
            }
            let mut names = HashSet::new();
            if let Some(twice) = uploads.iter().find(|upload| !names.insert(&upload.name)) {
                let message = format!("two documents are named {}", twice.name);
                return Err(ErrorReport::new(ErrorCode::BadRequest, message));
            }
            empty(uploads.is_empty())
        }
        submit::Source::Git(source) => check_git(context, &stores.git, source),
        submit::Source::Web(address) => check_web(&stores.web, &address.0),
    }
}

/// Deeper is all.
const MAX_DEPTH: u32 = 1_000_000;

fn check_git(context: &Context, git: &Git, source: &submit::GitSource) -> Result<(), ErrorReport> {
    let address = Address::parse(&source.address).map_err(|error| report::address(&error))?;
    if let Some(reference) = &source.reference
        && Reference::parse(reference).is_err()
    {
        let shown: String = reference.escape_debug().take(60).collect();
        let message = format!("`{shown}` cannot be a branch, a tag or a commit");
        return Err(ErrorReport::new(ErrorCode::BadRequest, message)
            .try_next(format!("git ls-remote {address} lists branches and tags")));
    }
    if source.depth > MAX_DEPTH {
        let message = format!("a depth is at most {MAX_DEPTH}");
        return Err(ErrorReport::new(ErrorCode::BadRequest, message)
            .try_next("take all commits: --depth 0"));
    }
    let subdir = source.subdir.as_ref().map(|subdir| subdir.0.as_slice());
    let mut names = subdir.unwrap_or_default().split(|byte| *byte == b'/');
    if names.any(|name| name == b".." || name.contains(&0)) {
        let message = "the folder in the repository leads out of it";
        return Err(ErrorReport::new(ErrorCode::BadRequest, message)
            .try_next("name it from the top of the repository: --subdir docs"));
    }
    git.check(&address, context.peer.own)
        .map_err(|error| report::git(&error))
}

fn check_web(web: &Web, address: &str) -> Result<(), ErrorReport> {
    let address = web::Address::parse(address).map_err(|error| {
        ErrorReport::new(ErrorCode::BadRequest, error.to_string()).try_next(error.hint())
    })?;
    web.check(&address).map_err(|error| report::web(&error))
}

fn empty(is_empty: bool) -> Result<(), ErrorReport> {
    match is_empty {
        true => Err(ErrorReport::new(
            ErrorCode::BadRequest,
            "there is nothing to submit",
        )),
        false => Ok(()),
    }
}

pub(super) fn check_name(collection: &str) -> Result<(), ErrorReport> {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '/' && c != ',';
    let ok = !collection.is_empty()
        && collection.len() <= NAME_BYTES
        && !collection.starts_with(['-', '@', '.'])
        && collection.chars().all(plain);
    match ok {
        true => Ok(()),
        false => {
            let shown = collection.escape_debug().take(40).collect::<String>();
            Err(ErrorReport::new(
                ErrorCode::BadRequest,
                format!("`{shown}` cannot be the name of a collection"),
            )
            .because(format!(
                "names have 1 to {NAME_BYTES} bytes, no blanks, `/` or `,`, and begin with neither \
                 `-`, `@` nor `.`"
            )))
        }
    }
}

pub(super) async fn push(
    context: &Context,
    stores: &Stores,
    request: &SubmitRequest,
    work: Work,
    source: String,
    plan: Option<Plan>,
) -> Result<Accepted, ErrorReport> {
    let fingerprint = convert::fingerprint(context.peer.uid, &work);
    let collection = work.collection().map(str::to_owned);
    let config = context.server.config();
    let (mut planned_parts, mut totals, mut planned) =
        (Vec::new(), Totals::default(), Done::default());
    if let Some(plan) = &plan {
        let split = parts::split(plan, config.ingest.part_files, config.ingest.part_bytes);
        planned_parts = split.into_iter().map(parts::with_cost).collect();
        if planned_parts.is_empty() {
            // What was shown is what runs: nothing, and not a new look at the source.
            let nothing = PartWork::Deletes {
                observed: plan.observed,
                sources: Vec::new(),
            };
            planned_parts.push((nothing, 0));
        }
        totals = parts::totals(plan);
        planned = parts::planned(plan);
    }
    // Paths are read when the job runs, so an equal job that still waits reads the same. Uploads
    // are as old as their job: joining an older one would bring back what came in between.
    let joins = plan.is_none() && !request.force && reads_later(&work);
    let job = NewJob {
        id: request.job,
        uid: context.peer.uid,
        admin: context.peer.admin,
        work,
        priority: convert::priority_of(request.priority),
        source,
        dedup: joins.then_some(fingerprint),
        key: request.idempotency_key.clone(),
        fingerprint,
        cost: 0,
        parts: planned_parts,
        totals,
        planned,
    };
    let pushed = stores
        .queue
        .push(job)
        .await
        .map_err(|error| report::queue(&error))?;
    if pushed.existing && pushed.job == request.job {
        super::refuse_foreign(context, stores, pushed.job).await?;
    }
    if let (Some(plan), Some(name), false) = (&plan, &collection, pushed.existing) {
        let collection = super::collection(stores, name).await?;
        let changes = parts::gap_changes(plan, collection.id, Some(pushed.job));
        stores
            .ledger
            .apply(changes)
            .await
            .map_err(|error| report::ledger(&error))?;
    }
    Ok(Accepted {
        job: pushed.job,
        deduplicated: pushed.existing,
        created_collection: pushed.created_collection,
        collection,
    })
}

fn reads_later(work: &Work) -> bool {
    match work {
        Work::Ingest(work) => match work.source {
            Source::Paths(_) | Source::Git(_) | Source::Web(_) => true,
            Source::Uploads(_) => false,
        },
        Work::Probe | Work::Ask(_) | Work::Embed(_) | Work::Move(_) => false,
    }
}
