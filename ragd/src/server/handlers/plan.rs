//! What a submit would do, and what that takes.

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use protocol::error::{ErrorCode, ErrorReport};
use protocol::submit::{
    PlanAction, PlanEmbedding, PlanEntry, PlanEstimate, PlanRequest, PlanSum, PlanView,
};
use protocol::{PathBytes, PlanId, Reply};
use tokio_util::sync::CancellationToken;

use super::super::plans::{LIFE_MS, Stored};
use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::submit::check;
use crate::ids::{self, Timestamp};
use crate::ingest::estimate::{self, Estimate, Past};
use crate::ingest::plan::{self, Plan, PlanInput, Sum};
use crate::jobs::{JobFilter, JobState, Source, Work};
use crate::ledger::CollectionRow;
use crate::work::plan as parts;

/// Jobs that tell how fast things go.
const LAST_JOBS: u32 = 50;

pub(super) async fn plan(context: &Context, request: PlanRequest) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    check(
        context,
        &stores,
        &request.collection,
        &request.source,
        &request.rules,
    )?;
    let limits = context.server.config().ingest.clone();
    let work = convert::work(
        &request.collection,
        &request.source,
        &request.rules,
        &limits,
        context.peer.own,
    );
    let observed = stores.ledger.observe();
    let mut history = None;
    let (roots, tree) = match &work.source {
        Source::Paths(paths) => (paths.iter().map(parts::path_of).collect(), None),
        Source::Uploads(_) => {
            return Err(
                ErrorReport::new(ErrorCode::Unsupported, "uploads are not planned")
                    .because("what was uploaded is taken in as it is"),
            );
        }
        Source::Web(_) => {
            return Err(
                ErrorReport::new(ErrorCode::Unsupported, "pages are not planned")
                    .because("one page is one document, and its job fetches it"),
            );
        }
        Source::Git(source) => {
            if let Some(reason) = stores.disk.look() {
                return Err(report::disk_full(&reason));
            }
            // A client that goes takes this along.
            let stop = CancellationToken::new();
            let fetched = parts::commit(&stores.git, source, &stop).await;
            let fetched = fetched.map_err(|error| report::git(&error))?;
            history = Some(fetched.history);
            (vec![fetched.root], Some(fetched.commit))
        }
    };
    let known = stores.ledger.collection(&request.collection).await;
    let known = known.map_err(|error| report::ledger(&error))?;
    let input = PlanInput {
        collection: known.as_ref().map(|collection| collection.id),
        observed,
        roots,
        rules: parts::walk_rules(
            &work.rules,
            &stores.never,
            stores.pipeline.maker.parser.secrets(),
        ),
        delete_missing: work.rules.delete_missing,
        force_delete: work.rules.force_delete,
        pipeline: stores.pipeline.fingerprint(),
        read_suspects: tree.is_none(),
        facts: work.rules.facts.clone(),
        tree,
        again: false,
        scope: None,
        marks: Vec::new(),
    };
    let cancel = Arc::new(AtomicBool::new(false));
    let _guard = SetOnDrop(Arc::clone(&cancel));
    let plan = plan::plan(&stores.ledger, input, cancel, |_| {}).await;
    let mut plan = plan.map_err(|error| report::plan(&error))?;
    if let Some(history) = history {
        let told = history.tell(&mut plan, &CancellationToken::new()).await;
        told.map_err(|error| report::git(&error))?;
    }
    let id = PlanId(uuid::Uuid::now_v7());
    let expires_at = Timestamp(ids::now().0 + LIFE_MS);
    let estimate = estimate(context, &stores, &plan, known.as_ref()).await?;
    let view = PlanView {
        creates_collection: known.is_none(),
        estimate,
        ..view(id, &request, &plan, expires_at)
    };
    let source = convert::source_name(&work.source);
    let stored = Stored {
        uid: context.peer.uid,
        work,
        source,
        plan,
        expires_at,
    };
    context.server.plans.keep(id, stored);
    Ok(Reply::Plan(Box::new(view)))
}

/// Stops a walk whose client has gone.
struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

fn view(id: PlanId, request: &PlanRequest, plan: &Plan, expires_at: Timestamp) -> PlanView {
    let sum = |sum: Sum| PlanSum {
        files: sum.files,
        bytes: sum.bytes,
    };
    let (mut add, mut update, mut delete) = (Sum::default(), Sum::default(), Sum::default());
    let mut entries = Vec::new();
    for file in &plan.work {
        let (count, action) = if file.is_new {
            (&mut add, PlanAction::Add)
        } else {
            (&mut update, PlanAction::Update)
        };
        count.count(file.bytes);
        let path = PathBytes(file.source.clone());
        entries.push(PlanEntry {
            path,
            bytes: file.bytes,
            action,
        });
    }
    for file in &plan.deletes {
        delete.count(file.bytes);
        let path = PathBytes(file.source.clone());
        entries.push(PlanEntry {
            path,
            bytes: file.bytes,
            action: PlanAction::Delete,
        });
    }
    for skip in &plan.skipped {
        let action = PlanAction::Skip {
            rule: skip.rule.to_owned(),
        };
        let path = PathBytes(skip.source.clone());
        entries.push(PlanEntry {
            path,
            bytes: skip.bytes.unwrap_or(0),
            action,
        });
    }
    let sample = request.sample as usize;
    let entries_complete = entries.len() <= sample;
    entries.truncate(sample);
    let mut skipped: Vec<_> = plan
        .skipped_by_rule()
        .into_iter()
        .map(|(rule, s)| (rule.to_owned(), sum(s)))
        .collect();
    skipped.sort_by(|a, b| b.1.files.cmp(&a.1.files).then_with(|| a.0.cmp(&b.0)));
    let unreadable = plan.unreadable.iter().map(|unreadable| {
        let path = unreadable.source.as_os_str().as_bytes().to_vec();
        (PathBytes(path), unreadable.error.to_string())
    });
    PlanView {
        id,
        collection: request.collection.clone(),
        creates_collection: false,
        add: sum(add),
        update: sum(update),
        delete: sum(delete),
        unchanged: sum(plan.unchanged),
        skipped,
        unreadable: unreadable.collect(),
        delete_guard: plan.guard.clone(),
        entries,
        entries_complete,
        expires_at,
        estimate: PlanEstimate::default(),
    }
}

/// Says what a plan takes, by what is known of its collection and of the jobs before.
async fn estimate(
    context: &Context,
    stores: &Stores,
    plan: &Plan,
    collection: Option<&CollectionRow>,
) -> Result<PlanEstimate, ErrorReport> {
    let mut past = Past {
        chunks: collection.map_or(0, |known| known.chunks),
        bytes: collection.map_or(0, |known| known.bytes),
        children: stores.pipeline.maker.parser.at_once() as u64,
        ..Past::default()
    };
    let config = context.server.config();
    let model = collection.map_or(&config.embed.model, |known| &known.model);
    let last = JobFilter {
        states: vec![JobState::Finished],
        limit: LAST_JOBS,
        ..JobFilter::default()
    };
    let (jobs, _) = stores
        .ledger
        .jobs(last)
        .await
        .map_err(|e| report::ledger(&e))?;
    for job in jobs
        .iter()
        .filter(|job| matches!(*job.work, Work::Ingest(_)))
    {
        if let (Some(from), Some(to)) = (job.started_at, job.ended_at) {
            past.job_chunks += job.done.chunks;
            past.job_ms += u64::try_from(to.0 - from.0).unwrap_or(0);
        }
    }
    let Estimate {
        chunks,
        tokens,
        seconds,
        memory_bytes,
        disk_bytes,
    } = estimate::estimate(plan, &past);
    let server = config.models.iter().find(|known| known.name == *model);
    let embedding = server.filter(|_| tokens > 0).map(|server| PlanEmbedding {
        model: server.name.clone(),
        tokens,
        cents: match server.cents_per_million_tokens {
            0 => None,
            cents => Some((tokens * u64::from(cents)).div_ceil(1_000_000)),
        },
    });
    Ok(PlanEstimate {
        chunks,
        seconds,
        memory_bytes,
        disk_bytes,
        embedding,
    })
}
