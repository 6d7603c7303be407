//! The list of jobs.

use std::collections::{BTreeMap, BTreeSet};

use protocol::JobId;
use protocol::job::{JobEvent, JobEventKind, JobState, JobView, Waiting};

use super::Field;
use crate::tui::effect::Effect;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Jobs {
    all: BTreeMap<JobId, JobView>,
    /// Jobs that the snapshot under way has shown; the others are gone when it ends.
    seen: Option<BTreeSet<JobId>>,
    /// Kept by id, so that the cursor stays on its job while others come and go.
    selected: Option<JobId>,
    pub(in crate::tui) filter: Field,
    pub(in crate::tui) is_typing: bool,
    pub(in crate::tui) is_loading: bool,
}

/// How many jobs there are, by what one asks first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Counts {
    pub(in crate::tui) active: u64,
    pub(in crate::tui) queued: u64,
    pub(in crate::tui) failed: u64,
}

impl Jobs {
    pub(in crate::tui) fn begin_snapshot(&mut self) {
        self.seen = Some(BTreeSet::new());
        self.is_loading = true;
    }

    pub(in crate::tui) fn apply(&mut self, event: JobEvent) -> Vec<Effect> {
        match event.what {
            JobEventKind::Snapshot(job) => {
                self.seen.get_or_insert_default().insert(job.id);
                self.all.insert(job.id, *job);
            }
            JobEventKind::SnapshotEnd => {
                if let Some(seen) = self.seen.take() {
                    self.all.retain(|id, _| seen.contains(id));
                }
                self.is_loading = false;
            }
            JobEventKind::Created(job) | JobEventKind::State(job) | JobEventKind::Progress(job) => {
                if let Some(seen) = &mut self.seen {
                    seen.insert(job.id);
                }
                self.all.insert(job.id, *job);
            }
            JobEventKind::Removed(id) => {
                let next = self.neighbour(id);
                self.all.remove(&id);
                if self.selected == Some(id) {
                    self.selected = next;
                }
            }
            JobEventKind::Gap => self.begin_snapshot(),
            JobEventKind::Heartbeat | JobEventKind::Health { .. } => {}
        }
        Vec::new()
    }

    pub(in crate::tui) fn upsert(&mut self, job: JobView) -> Vec<Effect> {
        self.all.insert(job.id, job);
        Vec::new()
    }

    /// Returns the jobs that fit the filter, newest first.
    pub(in crate::tui) fn visible(&self) -> impl Iterator<Item = &JobView> {
        let filter = self.filter.text().to_lowercase();
        self.all
            .values()
            .rev()
            .filter(move |job| filter.is_empty() || fits(job, &filter))
    }

    /// Returns the selected job and its row; the first one where none is selected or it is hidden.
    pub(in crate::tui) fn selection(&self) -> Option<(usize, &JobView)> {
        let at = self
            .visible()
            .position(|job| Some(job.id) == self.selected)
            .unwrap_or(0);
        self.visible().nth(at).map(|job| (at, job))
    }

    pub(in crate::tui) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for job in self.all.values() {
            match job.state {
                JobState::Queued => counts.queued += 1,
                JobState::Running
                | JobState::Retrying
                | JobState::Parked
                | JobState::Cancelling => {
                    counts.active += 1;
                }
                JobState::Failed | JobState::Dead => counts.failed += 1,
                JobState::Finished | JobState::Cancelled => {}
            }
        }
        counts
    }

    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(in crate::tui) fn shows_time(&self) -> bool {
        self.all.values().any(|job| {
            matches!(
                job.waiting,
                Some(Waiting::Backoff { .. } | Waiting::Silent { .. })
            )
        })
    }

    /// Moves the cursor by `rows`, as far as there are any.
    pub(in crate::tui) fn step(&mut self, rows: isize) {
        let Some((at, _)) = self.selection() else {
            return;
        };
        let last = self.visible().count() - 1;
        let target = at.saturating_add_signed(rows).min(last);
        let selected = self.visible().nth(target).map(|job| job.id);
        self.selected = selected;
    }

    pub(in crate::tui) fn begin_filter(&mut self) -> Vec<Effect> {
        self.is_typing = true;
        Vec::new()
    }

    pub(in crate::tui) fn accept_filter(&mut self) -> Vec<Effect> {
        self.is_typing = false;
        Vec::new()
    }

    /// Moves the cursor to a job that is there or about to come.
    pub(in crate::tui) fn select(&mut self, id: JobId) {
        self.drop_filter();
        self.selected = Some(id);
    }

    pub(in crate::tui) fn drop_filter(&mut self) {
        self.is_typing = false;
        self.filter = Field::default();
    }

    pub(in crate::tui) fn cancel_selected(&self) -> Result<Effect, String> {
        let (_, job) = self.selection().ok_or("no job is selected")?;
        if job.state.is_end() {
            return Err(format!("job {} has ended", job.id.short()));
        }
        Ok(Effect::CancelJob(job.id))
    }

    pub(in crate::tui) fn retry_selected(&self) -> Result<Effect, String> {
        let (_, job) = self.selection().ok_or("no job is selected")?;
        let reason = match job.state {
            JobState::Failed | JobState::Dead | JobState::Cancelled => {
                return Ok(Effect::RetryJob(job.id));
            }
            JobState::Finished if job.totals.failed > 0 => return Ok(Effect::RetryJob(job.id)),
            JobState::Finished => "has finished",
            _ => "is not over",
        };
        Err(format!("job {} {reason}", job.id.short()))
    }

    /// Returns the job below `id`, or above it where it is the last.
    fn neighbour(&self, id: JobId) -> Option<JobId> {
        let at = self.visible().position(|job| job.id == id)?;
        let other = if at + 1 < self.visible().count() {
            at + 1
        } else {
            at.checked_sub(1)?
        };
        self.visible().nth(other).map(|job| job.id)
    }
}

fn fits(job: &JobView, filter: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(filter);
    holds(&job.source.to_text())
        || holds(job.state.as_str())
        || job.id.to_string().contains(filter)
        || job.collection.as_deref().is_some_and(holds)
}
