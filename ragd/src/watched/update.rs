//! Bringing the index up to date with what changed: a plan, and one job for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::pending::Scope;
use super::{Shared, Source};
use crate::ids::{self, CollectionId, JobId};
use crate::ingest::mark::Mark;
use crate::ingest::plan::{self, Plan, PlanError, PlanInput};
use crate::jobs::{
    EventKind, IngestWork, Job, JobFilter, JobState, NewJob, Priority, QueueError, Subscription,
    Work,
};
use crate::ledger::LedgerError;
use crate::work::plan as parts;

/// More files than this are no edit of somebody who waits for it.
const AN_EDIT: usize = 256;
/// Jobs that are looked at, of those that a death left listed: each leaves one.
const MOST_LEFT: u32 = 100;

/// A source could not be brought up to date now.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpdateError {
    #[error("the changes cannot be planned")]
    Plan(#[source] PlanError),
    #[error("the changes cannot be put into the queue")]
    Queue(#[source] QueueError),
    #[error("the changes cannot be noted")]
    Ledger(#[source] LedgerError),
    /// A bug of ours.
    #[error("the work panicked")]
    Panicked,
}

/// What is to be brought up to date.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) scope: Scope,
    /// All roots, and those of them that are there.
    pub(super) roots: Vec<PathBuf>,
    pub(super) there: Vec<PathBuf>,
    /// The folders that roots are known to be.
    pub(super) marks: Vec<Mark>,
}

/// What became of an [`Order`].
#[derive(Debug, Default)]
pub(super) struct Updated {
    /// The last job that ended well.
    pub(super) job: Option<JobId>,
    /// A job that did not, and how.
    pub(super) failed: Option<(JobId, JobState)>,
    /// Why documents are kept whose files are gone.
    pub(super) held: Option<String>,
}

/// Carries out `order`, one job after the other, and waits for their ends.
pub(super) async fn update(
    shared: Arc<Shared>,
    source: Arc<Source>,
    order: Arc<Order>,
) -> Result<Updated, UpdateError> {
    let scopes = match &order.scope {
        // One by one: whether much may be gone is known of each root for itself.
        Scope::Whole => order.there.iter().map(|root| vec![root.clone()]).collect(),
        Scope::Paths(paths) => vec![paths.clone()],
    };
    let mut updated = Updated::default();
    for scope in scopes {
        let is_edit = order.scope != Scope::Whole;
        let is_in_scope =
            |mark: &&Mark| is_edit || scope.iter().any(|root| mark.root.starts_with(root));
        let marks = order.marks.iter().filter(is_in_scope);
        let input = PlanInput {
            collection: Some(source.collection),
            roots: order.roots.clone(),
            rules: parts::walk_rules(
                &source.work.rules,
                &shared.never,
                shared.pipeline.maker.parser.secrets(),
            ),
            delete_missing: true,
            force_delete: source.work.rules.force_delete,
            pipeline: shared.pipeline.fingerprint(),
            read_suspects: false,
            facts: source.work.rules.facts.clone(),
            marks: marks.cloned().collect(),
            scope: Some(scope),
            observed: shared.ledger.observe(),
            tree: None,
            again: false,
        };
        let cancel = Arc::new(AtomicBool::new(false));
        let plan = plan::plan(&shared.ledger, input, cancel, |_| {}).await;
        let plan = match plan {
            // It went in this moment, which is noticed by itself.
            Err(PlanError::Missing { .. }) => continue,
            plan => plan.map_err(UpdateError::Plan)?,
        };
        if plan.held_back > 0 {
            updated.held.clone_from(&plan.guard);
        }
        let Some(job) = take_in(&shared, &source, &plan, is_edit).await? else {
            continue;
        };
        match job.state {
            JobState::Finished => updated.job = Some(job.id),
            state => updated.failed = Some((job.id, state)),
        }
    }
    Ok(updated)
}

/// Has a plan carried out, and waits for the end of its job. None: there was nothing to do.
async fn take_in(
    shared: &Shared,
    source: &Source,
    plan: &Plan,
    is_edit: bool,
) -> Result<Option<Job>, UpdateError> {
    let settings = &shared.settings;
    let split = parts::split(plan, settings.part_files, settings.part_bytes);
    if split.is_empty() {
        return note_gaps(shared, plan, source.collection, None)
            .await
            .map(|()| None);
    }
    let work = Work::Ingest(IngestWork {
        watched: Some(source.id),
        ..source.work.clone()
    });
    let is_small = is_edit && plan.work.len() + plan.deletes.len() <= AN_EDIT;
    let id = JobId::new();
    let job = NewJob {
        id,
        uid: source.uid,
        admin: true,
        work,
        priority: if is_small {
            Priority::Top
        } else {
            Priority::Normal
        },
        source: source.name.clone(),
        dedup: None,
        key: None,
        fingerprint: [0; 32],
        cost: 0,
        parts: split.into_iter().map(parts::with_cost).collect(),
        totals: parts::totals(plan),
        planned: parts::planned(plan),
    };
    let events = shared.queue.events().subscribe().0;
    shared.queue.push(job).await.map_err(UpdateError::Queue)?;
    shared.ledger.note_update(source.id, id, None).await;
    note_gaps(shared, plan, source.collection, Some(id)).await?;
    ended(shared, events, id).await
}

async fn note_gaps(
    shared: &Shared,
    plan: &Plan,
    collection: CollectionId,
    job: Option<JobId>,
) -> Result<(), UpdateError> {
    let changes = parts::gap_changes(plan, collection, job);
    if changes.gaps.is_empty() && changes.no_gaps.is_empty() {
        return Ok(());
    }
    let applied = shared.ledger.apply(changes).await;
    applied.map(drop).map_err(UpdateError::Ledger)
}

/// Waits for the end of a job. None: there is no such job any more.
pub(super) async fn ended(
    shared: &Shared,
    mut events: Subscription,
    id: JobId,
) -> Result<Option<Job>, UpdateError> {
    loop {
        let job = shared.ledger.job(id).await.map_err(UpdateError::Ledger)?;
        if job.as_ref().is_none_or(|job| job.state.is_end()) {
            return Ok(job);
        }
        loop {
            match events.next().await.kind {
                EventKind::State(job) if job.id == id && job.state.is_end() => {
                    return Ok(Some(job.as_ref().clone()));
                }
                EventKind::Removed(job) if job == id => return Ok(None),
                // Its end may be among what was missed.
                EventKind::Gap => break,
                EventKind::State(_)
                | EventKind::Created(_)
                | EventKind::Removed(_)
                | EventKind::Progress(_) => {}
            }
        }
    }
}

/// Forgets a job that ended well, once another one has: of a source that is watched, only the last
/// one is worth a line.
pub(super) async fn forget(shared: &Shared, source: &Source, id: JobId) -> Result<(), UpdateError> {
    let job = shared.ledger.job(id).await.map_err(UpdateError::Ledger)?;
    let Some(job) = job.filter(|job| job.state == JobState::Finished && is_of(job, source)) else {
        return Ok(());
    };
    if let Err(error) = shared.queue.remove(job.id).await {
        tracing::debug!(
            error = ids::chain(&error),
            "A job of watching stays listed."
        );
    }
    Ok(())
}

/// Forgets what a daemon left that died between the end of a job and this.
pub(super) async fn forget_others(
    shared: &Shared,
    source: &Source,
    last: JobId,
) -> Result<(), UpdateError> {
    let filter = JobFilter {
        states: vec![JobState::Finished],
        collection: Some(source.collection),
        text: Some(source.name.clone()),
        limit: MOST_LEFT,
        ..JobFilter::default()
    };
    let jobs = shared.ledger.jobs(filter).await;
    let (jobs, _) = jobs.map_err(UpdateError::Ledger)?;
    for job in jobs.into_iter().filter(|job| job.id != last) {
        forget(shared, source, job.id).await?;
    }
    Ok(())
}

/// Tells whether a job is a change of a watched source. What somebody submitted is none.
fn is_of(job: &Job, source: &Source) -> bool {
    match job.work.as_ref() {
        Work::Ingest(work) => work.watched == Some(source.id),
        Work::Probe | Work::Ask(_) | Work::Embed(_) | Work::Move(_) => false,
    }
}
