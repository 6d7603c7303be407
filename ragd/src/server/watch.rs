//! The stream of job events: snapshot, then changes, a heartbeat when it is quiet.

use std::collections::HashSet;
use std::time::Duration;

use protocol::error::ErrorReport;
use protocol::job::{JobEvent, JobEventKind, WatchRequest};
use protocol::{Item, JobId};

use super::session::Context;
use super::{Stores, convert, handlers, report};
use crate::ids::CollectionId;
use crate::jobs::{Event, EventKind, Job, JobFilter, Subscription};

/// Jobs of one snapshot.
const SNAPSHOT: u32 = 10_000;

pub(super) async fn run(context: &Context, request: WatchRequest) -> Result<(), ErrorReport> {
    let stores = context.server.stores().await?;
    let filter = handlers::job_filter(context, &stores, &request.filter).await?;
    let until_ended = request.until_ended;
    let mut watch = Watch {
        context,
        stores,
        filter,
        until_ended,
        open: HashSet::new(),
        told: HashSet::new(),
    };
    let (mut events, seq) = match watch.resume(&request) {
        Some((events, seq)) => {
            // Of what is over by now, the changes that are told again do not wait for an end.
            watch.note_open().await?;
            (events, seq)
        }
        None => {
            // Listening first: a change during the snapshot is told after it.
            let (events, seq) = watch.stores.queue.events().subscribe();
            if request.since.is_some() {
                watch.send(seq, JobEventKind::Gap).await?;
            }
            watch.snapshot(seq).await?;
            (events, seq)
        }
    };
    watch.follow(&mut events, seq).await
}

struct Watch<'a> {
    context: &'a Context,
    stores: std::sync::Arc<Stores>,
    filter: JobFilter,
    until_ended: bool,
    /// Jobs of the filter that have not ended, for `until_ended`.
    open: HashSet<JobId>,
    /// Jobs that this client heard of: of others it does not hear that they are gone.
    told: HashSet<JobId>,
}

impl Watch<'_> {
    fn resume(&self, request: &WatchRequest) -> Option<(Subscription, u64)> {
        let since = request.since?;
        let same_boot = since
            .boot_id
            .is_none_or(|boot_id| boot_id == self.context.server.boot_id);
        let events = same_boot.then(|| self.stores.queue.events().resume(since.seq));
        Some((events.flatten()?, since.seq))
    }

    async fn jobs(&self) -> Result<Vec<Job>, ErrorReport> {
        let filter = JobFilter {
            oldest_first: false,
            limit: SNAPSHOT,
            ..self.filter.clone()
        };
        let (jobs, _) = self
            .stores
            .ledger
            .jobs(filter)
            .await
            .map_err(|error| report::ledger(&error))?;
        Ok(jobs)
    }

    async fn note_open(&mut self) -> Result<(), ErrorReport> {
        let jobs = self.jobs().await?;
        self.told = jobs.iter().map(|job| job.id).collect();
        self.open = jobs
            .iter()
            .filter(|job| !job.state.is_end())
            .map(|job| job.id)
            .collect();
        Ok(())
    }

    async fn snapshot(&mut self, seq: u64) -> Result<(), ErrorReport> {
        let mut jobs = self.jobs().await?;
        jobs.reverse();
        self.open.clear();
        self.told.clear();
        for job in jobs {
            self.told.insert(job.id);
            if !job.state.is_end() {
                self.open.insert(job.id);
            }
            let view = self.view(&job);
            self.send(seq, JobEventKind::Snapshot(view)).await?;
        }
        self.send(seq, JobEventKind::SnapshotEnd).await
    }

    /// Tells what happens after event `seq`.
    async fn follow(&mut self, events: &mut Subscription, mut seq: u64) -> Result<(), ErrorReport> {
        let beat = Duration::from_millis(self.context.server.config().limits.heartbeat_ms);
        loop {
            if self.until_ended && self.open.is_empty() {
                return Ok(());
            }
            let next = tokio::select! {
                next = tokio::time::timeout(beat, events.next()) => next,
                () = self.context.server.stopping.cancelled() => return Err(report::stopping()),
            };
            match next {
                Err(_) => self.send(seq, JobEventKind::Heartbeat).await?,
                Ok(event) => {
                    seq = event.seq;
                    self.tell(event).await?;
                }
            }
        }
    }

    async fn tell(&mut self, event: Event) -> Result<(), ErrorReport> {
        let kind = match event.kind {
            EventKind::Created(job) if self.fits(&job) => {
                self.open.insert(job.id);
                self.told.insert(job.id);
                JobEventKind::Created(self.view(&job))
            }
            EventKind::State(job) if self.fits(&job) => {
                self.told.insert(job.id);
                if job.state.is_end() {
                    self.open.remove(&job.id);
                } else {
                    self.open.insert(job.id);
                }
                JobEventKind::State(self.view(&job))
            }
            EventKind::Progress(id) if self.open.contains(&id) => {
                let job = self.stores.ledger.job(id).await;
                match job.map_err(|error| report::ledger(&error))? {
                    Some(job) if !job.state.is_end() => JobEventKind::Progress(self.view(&job)),
                    _ => return Ok(()),
                }
            }
            EventKind::Removed(id) if self.told.remove(&id) => JobEventKind::Removed(id),
            EventKind::Gap => {
                self.send(event.seq, JobEventKind::Gap).await?;
                return self.snapshot(event.seq).await;
            }
            EventKind::Created(_)
            | EventKind::State(_)
            | EventKind::Progress(_)
            | EventKind::Removed(_) => return Ok(()),
        };
        let event = JobEvent {
            boot_id: self.context.server.boot_id,
            seq: event.seq,
            at: event.at,
            what: kind,
        };
        self.context.item(Item::Job(event)).await
    }

    /// Tells whether a change of `job` is of interest; a job that leaves a state is told once more.
    fn fits(&self, job: &Job) -> bool {
        let Self { filter, open, .. } = self;
        let by_state = filter.states.is_empty()
            || filter.states.contains(&job.state)
            || open.contains(&job.id);
        let named = |id: CollectionId| job.collection == Some(id);
        by_state
            && (filter.ids.is_empty() || filter.ids.contains(&job.id))
            && filter.uid.is_none_or(|uid| uid == job.uid)
            && filter.collection.is_none_or(named)
            && filter
                .text
                .as_ref()
                .is_none_or(|text| has_text(job, &text.to_lowercase()))
    }

    fn view(&self, job: &Job) -> Box<protocol::job::JobView> {
        Box::new(convert::job(
            job,
            &self.stores,
            &self.context.server.config(),
        ))
    }

    async fn send(&self, seq: u64, what: JobEventKind) -> Result<(), ErrorReport> {
        let boot_id = self.context.server.boot_id;
        let event = JobEvent {
            boot_id,
            seq,
            at: crate::ids::now(),
            what,
        };
        self.context.item(Item::Job(event)).await
    }
}

/// As the list of jobs compares: the source, or the digits of the id.
fn has_text(job: &Job, text: &str) -> bool {
    job.source.to_lowercase().contains(text) || job.id.0.simple().to_string().contains(text)
}
