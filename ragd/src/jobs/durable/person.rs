//! What people write: jobs that are pushed, cancelled and tried again.

use std::sync::Arc;

use super::super::events::EventKind;
use super::super::model::{EmbedWork, JobKind, JobState, MoveWork, NewJob, Source, Work};
use super::super::state::{self, Event, Part, PartState};
use super::super::{Lease, Pushed, QueueError, Receipt, gaps, records};
use super::Shared;
use crate::ids::{CollectionId, ContentHash, JobId, Timestamp};
use crate::ledger::Tx;

const KEY_LIFE_MS: i64 = 7 * 24 * 3_600_000;

/// A place in the queue for a job that is being stored.
struct Reserved {
    shared: Arc<Shared>,
    uid: u32,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.shared.schedule().release(self.uid);
    }
}
impl Shared {
    pub(super) fn write_push(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        new: NewJob,
        accepted: i64,
    ) -> rusqlite::Result<Result<Pushed, QueueError>> {
        let now = self.clock.now();
        let existing = |job| {
            Ok(Ok(Pushed {
                job,
                existing: true,
                created_collection: false,
            }))
        };
        if records::exists(tx, new.id)? {
            return existing(new.id);
        }
        if let Some(key) = &new.key {
            match records::keyed(tx, new.uid, key, now)? {
                Some((job, fingerprint)) if fingerprint == new.fingerprint => return existing(job),
                Some(_) => return Ok(Err(QueueError::KeyReused { key: key.clone() })),
                None => {}
            }
        }
        if let Some(dedup) = &new.dedup {
            let equal = records::waiting_with(tx, dedup)?;
            if let Some(job) = equal.filter(|job| !self.schedule().is_begun(*job)) {
                if let Some(key) = &new.key {
                    let expires = now.0 + KEY_LIFE_MS;
                    records::remember_key(tx, new.uid, key, &new.fingerprint, job, expires)?;
                }
                return existing(job);
            }
        }
        if let Err(busy) = self.room(&new) {
            return Ok(Err(busy));
        }
        let uploads = uploads(&new.work);
        let may_name = |hash| match new.admin {
            true => tx.has_blob(hash),
            // Who only knows the hash of what others have is told what he is told of nothing.
            false => tx.has_sent(new.uid, hash, now),
        };
        if let Some(hash) = first_without(&uploads, may_name)? {
            return Ok(Err(QueueError::NoUpload { hash }));
        }
        let placed = match self.place(tx, &new, now)? {
            Ok(placed) => placed,
            Err(refused) => return Ok(Err(refused)),
        };
        let (collection, created_collection) = placed;
        let (id, uid, key, fingerprint, dedup) =
            (new.id, new.uid, new.key.clone(), new.fingerprint, new.dedup);
        let (job, slots) = records::insert(tx, new, collection, accepted, now)?;
        for hash in uploads {
            tx.hold_blob(id, hash)?;
        }
        if let Some(key) = key {
            records::remember_key(tx, uid, &key, &fingerprint, id, now.0 + KEY_LIFE_MS)?;
        }
        if let Some(dedup) = dedup {
            records::set_dedup(tx, id, &dedup)?;
        }
        self.schedule().reserve(uid);
        let reserved = Reserved {
            shared: Arc::clone(self),
            uid,
        };
        let shared = Arc::clone(self);
        tx.after_commit(move || {
            let mut schedule = shared.schedule();
            for slot in slots {
                schedule.insert(slot);
            }
            drop(schedule);
            drop(reserved);
            shared.events.tell(EventKind::Created(Arc::new(job)));
            shared.ready.notify_one();
        });
        Ok(Ok(Pushed {
            job: id,
            existing: false,
            created_collection,
        }))
    }

    /// Returns the collection of a new job, and whether it was made now.
    fn place(
        &self,
        tx: &mut Tx<'_>,
        new: &NewJob,
        now: Timestamp,
    ) -> rusqlite::Result<Result<(Option<CollectionId>, bool), QueueError>> {
        let (name, id, created) = match &new.work {
            Work::Probe | Work::Ask(_) => return Ok(Ok((None, false))),
            Work::Ingest(work) => {
                let (name, model) = (&work.collection, &self.policy.new_model);
                let home = self.policy.new_home;
                let (id, created) = tx.ensure_collection(name, new.uid, model, home, now)?;
                (name, id, created)
            }
            Work::Embed(EmbedWork { collection, .. }) | Work::Move(MoveWork { collection, .. }) => {
                let Some(id) = records::collection(tx, collection)? else {
                    let name = collection.clone();
                    return Ok(Err(QueueError::NoCollection { name }));
                };
                (collection, id, false)
            }
        };
        let owner = records::owner(tx, id)?;
        if owner != new.uid && !new.admin {
            let name = name.clone();
            return Ok(Err(QueueError::NotOwner { name, owner }));
        }
        if let Work::Embed(work) = &new.work
            && let Err(job) = tx.begin_switch(id, &work.model, new.id)?
        {
            return Ok(Err(QueueError::Switching { job }));
        }
        Ok(Ok((Some(id), created)))
    }

    /// Refuses another job of a user when there are too many. The daemon's own user may fill the
    /// queue: nobody but him is meant to.
    fn room(&self, new: &NewJob) -> Result<(), QueueError> {
        let (all, own) = self.schedule().open_jobs(new.uid);
        let own_limit = if new.admin {
            self.policy.max_queued
        } else {
            self.policy.max_queued_per_user
        };
        let limits = [(all, self.policy.max_queued), (own, own_limit)];
        match limits.into_iter().find(|(queued, limit)| queued >= limit) {
            None => Ok(()),
            Some((queued, limit)) => Err(QueueError::Busy {
                queued,
                limit,
                retry_after_ms: 1_000,
            }),
        }
    }

    pub(super) fn write_cancel(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        id: JobId,
    ) -> rusqlite::Result<Result<Receipt, QueueError>> {
        let Some(mut job) = records::job(tx, id)? else {
            return Ok(Err(QueueError::NoJob { job: id }));
        };
        let mut receipt = Receipt {
            state: job.state,
            kept: job.kept,
            rolled_back_parts: 0,
            never_started_parts: 0,
            running: Vec::new(),
        };
        if job.state.is_end() {
            return Ok(Ok(receipt));
        }
        job.cancelling = true;
        if job.work.kind() == JobKind::Embed {
            // At once: whoever ends a switch may begin another.
            tx.end_switch(id)?;
        }
        let leases = self.schedule().leases(id);
        let open = records::parts(tx, id)?.into_iter();
        for row in open.filter(|row| !row.state.is_end()) {
            // Whose end is being written is held until then; that it was written earlier in this
            // group, memory does not know yet, but the row does.
            let held = leases.iter().find(|(lease, ending)| {
                lease.part == row.number && (row.state == PartState::Running || !ending)
            });
            if let Some((lease, _)) = held {
                receipt.rolled_back_parts += 1;
                receipt.running.push(*lease);
                continue;
            }
            let lease = Lease {
                job: id,
                part: row.number,
                fence: 0,
            };
            let part = Part {
                state: PartState::Cancelled,
                ..row.part()
            };
            records::update_part(tx, lease, &part, 0)?;
            job.counts.shift(row.state, PartState::Cancelled);
            receipt.never_started_parts += 1;
            let shared = Arc::clone(self);
            tx.after_commit(move || shared.schedule().settle((id, row.number), part, 0, None));
        }
        let job = records::settle(tx, job, self.clock.now())?;
        receipt.state = job.state;
        let shared = Arc::clone(self);
        let running = receipt.running.clone();
        tx.after_commit(move || {
            for lease in running {
                shared.schedule().cancel(lease);
            }
            shared.events.tell(EventKind::State(Arc::new(job)));
        });
        Ok(Ok(receipt))
    }

    pub(super) fn write_retry(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        id: JobId,
    ) -> rusqlite::Result<Result<(), QueueError>> {
        let Some(mut job) = records::job(tx, id)? else {
            return Ok(Err(QueueError::NoJob { job: id }));
        };
        if !job.state.is_end() || job.state == JobState::Finished {
            return Ok(Err(QueueError::WrongState {
                job: id,
                state: job.state,
            }));
        }
        // The end let go of them. Whose they are was asked at the submit.
        let uploads = uploads(&job.work);
        if let Some(hash) = first_without(&uploads, |hash| tx.has_blob(hash))? {
            return Ok(Err(QueueError::NoUpload { hash }));
        }
        for hash in uploads {
            tx.hold_blob(id, hash)?;
        }
        if let (Work::Embed(work), Some(collection)) = (job.work.as_ref(), job.collection)
            && let Err(other) = tx.begin_switch(collection, &work.model, id)?
        {
            return Ok(Err(QueueError::Switching { job: other }));
        }
        let mut slots = Vec::new();
        for row in records::parts(tx, id)? {
            let Ok(part) = state::apply(row.part(), Event::Retried, &self.policy) else {
                continue;
            };
            if matches!(row.state, PartState::Failed | PartState::Dead) {
                gaps::uncount(&mut job, &row.part_work());
            }
            let lease = Lease {
                job: id,
                part: row.number,
                fence: 0,
            };
            records::update_part(tx, lease, &part, 0)?;
            job.counts.shift(row.state, part.state);
            slots.push(records::slot(&job, &row, part));
        }
        (job.attempts, job.stalls, job.cancelling) = (0, 0, false);
        (job.ended_at, job.last_error) = (None, None);
        let job = records::reopen(tx, job, self.clock.now())?;
        let shared = Arc::clone(self);
        tx.after_commit(move || {
            let mut schedule = shared.schedule();
            for slot in slots {
                schedule.insert(slot);
            }
            drop(schedule);
            shared.ready.notify_one();
            shared.events.tell(EventKind::State(Arc::new(job)));
        });
        Ok(Ok(()))
    }
}

/// Returns the uploads that a job needs.
fn uploads(work: &Work) -> Vec<ContentHash> {
    match work {
        Work::Ingest(work) => match &work.source {
            Source::Uploads(uploads) => uploads.iter().map(|upload| upload.content).collect(),
            Source::Paths(_) | Source::Git(_) | Source::Web(_) => Vec::new(),
        },
        Work::Probe | Work::Ask(_) | Work::Embed(_) | Work::Move(_) => Vec::new(),
    }
}

/// Returns the first of `uploads` that `is_there` denies.
fn first_without(
    uploads: &[ContentHash],
    is_there: impl Fn(ContentHash) -> rusqlite::Result<bool>,
) -> rusqlite::Result<Option<ContentHash>> {
    for hash in uploads {
        if !is_there(*hash)? {
            return Ok(Some(*hash));
        }
    }
    Ok(None)
}
