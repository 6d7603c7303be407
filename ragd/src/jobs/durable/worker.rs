//! What workers write: how runs ended, and that parts were claimed or lost.

use std::sync::Arc;

use super::super::events::EventKind;
use super::super::gaps;
use super::super::model::{Failure, PartWork, Retry};
use super::super::schedule::Slot;
use super::super::state::{self, Event, Part, PartState};
use super::super::{Ended, Lease, Outcome, QueueError, records};
use super::{Durable, Shared};
use crate::ids::JobId;
use crate::ledger::{Applied, Tx};

/// How a run ended, as the worker has it.
pub(super) enum End {
    Finish(Box<Outcome>),
    Fail(Failure),
    HandBack,
}
impl Durable {
    /// Writes how a run ended and settles the part accordingly.
    pub(super) async fn end(&self, lease: Lease, end: End) -> Result<Ended, QueueError> {
        let Some(slot) = self.shared.schedule().begin_end(lease) else {
            return Ok(Ended::Lost);
        };
        let guard = EndGuard {
            shared: Arc::clone(&self.shared),
            lease,
        };
        self.write(move |tx| {
            let shared = Arc::clone(&guard.shared);
            shared.write_end(tx, guard, &slot, end)
        })
        .await
    }
}

/// Gives the part back to its holder, unless it is settled by then.
///
/// It travels with the change and is dropped where that is given up: unsent, undone, or not
/// committed. A caller who goes away in between decides nothing.
struct EndGuard {
    shared: Arc<Shared>,
    lease: Lease,
}

impl Drop for EndGuard {
    fn drop(&mut self) {
        let shared = &self.shared;
        let (ticks, length) = (shared.clock.ticks(), shared.policy.lease_ms);
        shared.schedule().abort_end(self.lease, ticks, length);
    }
}

/// Has leases that ran out found again, unless their parts are settled by then.
pub(super) struct LossGuard {
    pub(super) shared: Arc<Shared>,
    pub(super) lost: Vec<Lease>,
}

impl Drop for LossGuard {
    fn drop(&mut self) {
        self.shared.schedule().undo_expire(&self.lost);
    }
}
impl Shared {
    fn write_end(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        guard: EndGuard,
        slot: &Slot,
        end: End,
    ) -> rusqlite::Result<Ended> {
        let (now, lease) = (self.clock.now(), guard.lease);
        let Some((mut job, row)) = records::job_and_part(tx, lease)? else {
            return Ok(Ended::Lost);
        };
        if row.state.is_end() {
            return Ok(Ended::Lost);
        }
        let running = Part {
            state: PartState::Running,
            ..slot.part
        };
        let (mut due, mut parked_for, mut more) = (0, None, Vec::new());
        let mut ended = Ended::Yes(Applied::default());
        let event = match &end {
            _ if job.cancelling => Event::Cancelled,
            End::Finish(_) => Event::Finished,
            End::Fail(failure) => Event::Failed(failure),
            End::HandBack => Event::HandedBack,
        };
        let mut part =
            state::apply(running, event, &self.policy).expect("whoever holds a part runs it");
        if job.cancelling {
            ended = Ended::Cancelled;
        }
        match end {
            _ if job.cancelling => {}
            End::HandBack => {}
            End::Fail(failure) => {
                match &failure.retry {
                    Retry::Never | Retry::Spent => {}
                    Retry::Backoff { after_ms } => {
                        let random = self.clock.random();
                        let pause =
                            state::backoff_ms(part.attempts, *after_ms, random, &self.policy);
                        due = now.0 + i64::try_from(pause).unwrap_or(i64::MAX);
                    }
                    Retry::When { dependency } => parked_for = Some(dependency.clone()),
                }
                if parked_for.is_some() {
                    job.parked_for.clone_from(&parked_for);
                }
                if part.state.is_end() {
                    gaps::give_up(tx, &mut job, &slot.part_work, failure, now)?;
                } else {
                    job.last_error = Some(failure);
                }
            }
            End::Finish(outcome) => {
                let applied = match outcome.changes {
                    Some(changes) => tx.apply(&changes, now)?,
                    None => Applied::default(),
                };
                if applied.collection_gone {
                    part.state = PartState::Cancelled;
                    ended = Ended::Cancelled;
                } else {
                    job.totals.add(&outcome.totals);
                    job.totals.added += applied.added;
                    job.totals.updated += applied.updated;
                    job.totals.deleted += applied.deleted;
                    job.totals.unchanged += applied.unchanged;
                    job.kept += applied.added + applied.updated + applied.deleted;
                    job.done.add(&outcome.progress);
                    more = outcome.more;
                    // The same again: it finds what is missing.
                    if applied.model_lacks {
                        more.push((slot.part_work.as_ref().clone(), slot.cost));
                    }
                    // Uploads cannot be read anew, but taken in again: what is done is not redone.
                    if outcome.redo.is_empty() && !applied.overtaken.is_empty() {
                        more.push((slot.part_work.as_ref().clone(), slot.cost));
                    }
                    let redo = outcome.redo.into_iter();
                    let redo = redo.filter(|(id, _)| {
                        applied.superseded.contains(id) || applied.overtaken.contains(id)
                    });
                    let redo: Vec<_> = redo.map(|(_, entry)| entry).collect();
                    if !redo.is_empty() {
                        let cost = redo.iter().map(|entry| entry.bytes).sum();
                        more.push((PartWork::Files(redo), cost));
                    }
                    ended = Ended::Yes(applied);
                }
            }
        }
        job.attempts = job.attempts.max(part.attempts);
        job.counts.shift(row.state, part.state);
        records::update_part(tx, lease, &part, due)?;
        let new = records::add_parts(tx, &mut job, more)?;
        let job = records::settle(tx, job, now)?;
        let shared = Arc::clone(self);
        tx.after_commit(move || {
            let mut schedule = shared.schedule();
            schedule.settle((lease.job, lease.part), part, due, parked_for);
            let any_ready = part.state == PartState::Ready || !new.is_empty();
            for slot in new {
                schedule.insert(slot);
            }
            drop(schedule);
            drop(guard);
            if any_ready {
                shared.ready.notify_one();
            }
            shared.events.tell(EventKind::State(Arc::new(job)));
        });
        Ok(ended)
    }

    /// Notes claims and the like without waiting: a crash makes them void anyway.
    pub(super) fn note(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        parts: &[(JobId, u32)],
        to: PartState,
    ) -> rusqlite::Result<()> {
        let now = self.clock.now();
        for (id, number) in parts {
            let lease = Lease {
                job: *id,
                part: *number,
                fence: 0,
            };
            let Some((mut job, row)) = records::job_and_part(tx, lease)? else {
                continue;
            };
            // A retry that became due may have been claimed before that was noted.
            let late = to == PartState::Ready && row.state == PartState::Running;
            if row.state.is_end() || row.state == to || late {
                continue;
            }
            records::note_part(tx, lease, to)?;
            job.counts.shift(row.state, to);
            if to == PartState::Running {
                job.started_at.get_or_insert(now);
            }
            let job = records::settle(tx, job, now)?;
            let shared = Arc::clone(self);
            tx.after_commit(move || shared.events.tell(EventKind::State(Arc::new(job))));
        }
        Ok(())
    }

    pub(super) fn write_lost(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        lost: &[(Lease, Part)],
        guard: LossGuard,
    ) -> rusqlite::Result<()> {
        let now = self.clock.now();
        for (lease, part) in lost {
            let (lease, mut part) = (*lease, *part);
            let Some((mut job, row)) = records::job_and_part(tx, lease)? else {
                continue;
            };
            if row.state.is_end() {
                continue;
            }
            if job.cancelling {
                part.state = PartState::Cancelled;
            }
            if part.state == PartState::Dead {
                let failure = records::died("its worker vanished", part.stalls);
                gaps::give_up(tx, &mut job, &row.part_work(), failure, now)?;
            }
            job.stalls = job.stalls.max(part.stalls);
            job.counts.shift(row.state, part.state);
            records::update_part(tx, lease, &part, 0)?;
            let job = records::settle(tx, job, now)?;
            let shared = Arc::clone(self);
            tx.after_commit(move || {
                shared
                    .schedule()
                    .settle((lease.job, lease.part), part, 0, None);
                shared.ready.notify_one();
                shared.events.tell(EventKind::State(Arc::new(job)));
            });
        }
        tx.after_commit(move || drop(guard));
        Ok(())
    }
}
