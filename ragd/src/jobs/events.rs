//! Who is told what about jobs, and how slow listeners are kept from slowing anybody.
//!
//! Each listener has a bounded box. Of progress it holds the newest per job; changes of state wait
//! in order. When too many wait, the box is emptied and the listener is told of the gap: it takes
//! a snapshot and goes on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use super::Clock;
use super::model::Job;
use crate::ids::{JobId, Timestamp};

/// Changes that can be asked for again with `since`.
const REMEMBERED: usize = 4_096;
/// Changes that wait for one listener.
const BOX: usize = 1_024;

/// Something happened to a job.
#[derive(Clone, Debug)]
pub struct Event {
    pub seq: u64,
    pub at: Timestamp,
    pub kind: EventKind,
}

#[derive(Clone, Debug)]
pub enum EventKind {
    Created(Arc<Job>),
    State(Arc<Job>),
    Removed(JobId),
    Progress(JobId),
    /// Changes were missed.
    Gap,
}

/// Where changes are told.
pub struct Events {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    seq: u64,
    recent: VecDeque<Event>,
    listeners: Vec<Weak<Mailbox>>,
}

#[derive(Default)]
struct Mailbox {
    waiting: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Default)]
struct Waiting {
    changes: VecDeque<Event>,
    progress: BTreeMap<JobId, Event>,
    gap: Option<Event>,
}

/// One listener's side.
pub struct Subscription {
    mailbox: Arc<Mailbox>,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

impl Events {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            inner: Mutex::default(),
        }
    }

    pub fn tell(&self, kind: EventKind) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.seq += 1;
        let event = Event {
            seq: inner.seq,
            at: self.clock.now(),
            kind,
        };
        if !matches!(event.kind, EventKind::Progress(_)) {
            if inner.recent.len() == REMEMBERED {
                inner.recent.pop_front();
            }
            inner.recent.push_back(event.clone());
        }
        inner.listeners.retain(|listener| match listener.upgrade() {
            Some(mailbox) => {
                mailbox.put(event.clone());
                true
            }
            None => false,
        });
    }

    /// Listens from now on. Returns the number of the last event before.
    #[must_use]
    pub fn subscribe(&self) -> (Subscription, u64) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mailbox = Arc::new(Mailbox::default());
        inner.listeners.push(Arc::downgrade(&mailbox));
        (Subscription { mailbox }, inner.seq)
    }

    /// Listens from after event `seq` on; `None` if that is too long ago to tell.
    #[must_use]
    pub fn resume(&self, seq: u64) -> Option<Subscription> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let complete = inner.recent.len() < REMEMBERED;
        let oldest = inner
            .recent
            .front()
            .map_or(inner.seq + 1, |event| event.seq);
        if seq > inner.seq || (!complete && seq + 1 < oldest) {
            return None;
        }
        let mailbox = Arc::new(Mailbox::default());
        for event in inner.recent.iter().filter(|event| event.seq > seq) {
            mailbox.put(event.clone());
        }
        inner.listeners.push(Arc::downgrade(&mailbox));
        Some(Subscription { mailbox })
    }
}

impl Mailbox {
    fn put(&self, event: Event) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let EventKind::Progress(job) = event.kind {
            waiting.progress.insert(job, event);
        } else if waiting.gap.is_some() || waiting.changes.len() == BOX {
            waiting.changes.clear();
            waiting.progress.clear();
            waiting.gap = Some(Event {
                kind: EventKind::Gap,
                ..event
            });
        } else {
            waiting.changes.push_back(event);
        }
        drop(waiting);
        self.filled.notify_one();
    }

    fn take(&self) -> Option<Event> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gap) = waiting.gap.take() {
            return Some(gap);
        }
        let change = waiting.changes.front().map(|event| event.seq);
        let progress = waiting.progress.iter();
        let progress = progress.map(|(job, event)| (event.seq, *job)).min();
        match (change, progress) {
            (Some(change), Some((seq, job))) if seq < change => waiting.progress.remove(&job),
            (None, Some((_, job))) => waiting.progress.remove(&job),
            _ => waiting.changes.pop_front(),
        }
    }
}

impl Subscription {
    /// Returns the next event.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.mailbox.take() {
                return event;
            }
            self.mailbox.filled.notified().await;
        }
    }
}
