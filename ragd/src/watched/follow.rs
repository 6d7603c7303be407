//! The task of one watched source.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::folders::{Deaf, Folders, Heard, Terms};
use super::mounts::{self, Table};
use super::pending::{Pending, Scope};
use super::update::{self, Order, UpdateError, Updated};
use super::{Seen, Shared, Source, State, Trouble, record_of};
use crate::ids::{self, JobId, Timestamp};
use crate::ingest::mark::Mark;
use crate::jobs::JobState;
use crate::work::plan::walk_rules;

/// How often a root is looked for that is not there.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether documents are still to be kept whose files are gone.
const HELD_EVERY: Duration = Duration::from_secs(300);
/// How often the kernel is asked again whether it can tell of changes.
const DEAF_EVERY: Duration = Duration::from_secs(600);
/// After a job that failed, and after stores that could not be used.
const AFTER_FAILURE: Duration = Duration::from_secs(60);
const AFTER_ERROR: Duration = Duration::from_secs(5);
const NEVER: Duration = Duration::from_secs(24 * 3_600);

pub(super) struct Follower {
    shared: Arc<Shared>,
    source: Arc<Source>,
    seen: Arc<Mutex<Seen>>,
    ears: Ears,
    /// None: nobody tells of disks that come and go.
    disks: Option<Table>,
    pending: Pending,
    /// The folders that the roots and disks were when all of it was last taken in.
    known: Vec<Mark>,
    /// What is there.
    sight: Sight,
    not_before: Instant,
    look_at: Option<Instant>,
    /// Set where not all changes are told.
    poll_at: Option<Instant>,
    whole_at: Option<Instant>,
    /// Whether all of it was looked at since the start.
    is_caught_up: bool,
    held: Option<String>,
    failed: Option<(JobId, JobState)>,
    error: Option<String>,
    job: Option<JobId>,
    updated_at: Option<Timestamp>,
}

/// How changes become known.
enum Ears {
    /// Nothing is there that could change.
    None,
    Open(Folders),
    /// By looking.
    Deaf {
        why: Deaf,
        retry_at: Instant,
    },
}

/// Which roots are there, and which folders these and the disks below them are.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sight {
    there: Vec<PathBuf>,
    gone: Vec<PathBuf>,
    marks: Vec<Mark>,
    /// Others may change it, of which nobody is told.
    is_remote: bool,
}

/// Work that is being done.
struct UnderWay {
    /// None: work of an earlier daemon.
    order: Option<Arc<Order>>,
    task: JoinHandle<Result<Updated, UpdateError>>,
}

impl Sight {
    fn take(roots: &[PathBuf]) -> Self {
        let is_there = |root: &PathBuf| root.symlink_metadata().is_ok();
        let (there, gone) = roots.iter().cloned().partition(is_there);
        let disks = mounts::below(roots);
        let folders = roots.iter().chain(&disks);
        Self {
            is_remote: folders.clone().any(|folder| mounts::is_remote(folder)),
            marks: folders.filter_map(|folder| Mark::of(folder).ok()).collect(),
            there,
            gone,
        }
    }
}

impl Follower {
    pub(super) fn new(
        shared: Arc<Shared>,
        source: Arc<Source>,
        seen: Arc<Mutex<Seen>>,
        known: Vec<Mark>,
    ) -> Self {
        let (job, updated_at) = {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            (seen.job, seen.updated_at)
        };
        Self {
            shared,
            source,
            seen,
            ears: Ears::None,
            disks: Table::open().ok(),
            pending: Pending::default(),
            known,
            sight: Sight::default(),
            not_before: Instant::now(),
            look_at: None,
            poll_at: None,
            whole_at: None,
            is_caught_up: false,
            held: None,
            failed: None,
            error: None,
            job,
            updated_at,
        }
    }

    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut under_way = self.left_over();
        self.attach().await;
        loop {
            self.show(under_way.is_some());
            let alarm = self.alarm(under_way.is_some());
            tokio::select! {
                () = stop.cancelled() => break,
                heard = hear(&mut self.ears) => self.take(heard).await,
                updated = end_of(&mut under_way) => {
                    let order = under_way.take().and_then(|work| work.order);
                    self.settle(order.as_deref(), updated).await;
                }
                () = changed(&mut self.disks) => self.look_at = Some(Instant::now()),
                () = tokio::time::sleep_until(alarm) => self.wake(&mut under_way).await,
            }
        }
        if let Some(UnderWay { task, .. }) = under_way {
            // The job goes on, or is done at the next start.
            task.abort();
            let _ = task.await;
        }
    }

    /// Waits for the job that was under way when this was begun: one at a time.
    fn left_over(&self) -> Option<UnderWay> {
        let (job, shared) = (self.job?, Arc::clone(&self.shared));
        let source = Arc::clone(&self.source);
        let task = tokio::spawn(async move {
            let events = shared.queue.events().subscribe().0;
            let ended = update::ended(&shared, events, job).await?;
            update::forget_others(&shared, &source, job).await?;
            let is_well = |job: &crate::jobs::Job| job.state == JobState::Finished;
            Ok(Updated {
                job: ended.filter(is_well).map(|job| job.id),
                ..Updated::default()
            })
        });
        Some(UnderWay { order: None, task })
    }

    /// Looks which roots are there, and has the kernel tell of their folders; then all is looked at.
    async fn attach(&mut self) {
        let terms = Terms {
            roots: self.source.roots.clone(),
            rules: walk_rules(
                &self.source.work.rules,
                &self.shared.never,
                self.shared.pipeline.maker.parser.secrets(),
            ),
            max_folders: self.shared.settings.watch.folders,
        };
        // Before another one is opened: there are few.
        let before = std::mem::replace(&mut self.ears, Ears::None);
        let was_deaf = matches!(before, Ears::Deaf { .. });
        drop(before);
        let attached = blocking(move || {
            let sight = Sight::take(&terms.roots);
            let folders = (!sight.there.is_empty()).then(|| Folders::open(terms));
            (sight, folders)
        });
        let (sight, folders) = attached.await;
        self.say(&sight);
        self.sight = sight;
        let now = Instant::now();
        self.look_at = (!self.sight.gone.is_empty()).then_some(now + LOOK_EVERY);
        self.poll_at = self.sight.is_remote.then_some(now + self.poll());
        match folders {
            None => {}
            Some(Ok(folders)) => self.ears = Ears::Open(folders),
            Some(Err(why)) => self.cover_ears(why, was_deaf),
        }
        self.pending.add_all(now);
    }

    /// Tells of roots that went or came.
    fn say(&self, sight: &Sight) {
        let (source, before) = (self.source.id, &self.sight.gone);
        for root in sight.gone.iter().filter(|root| !before.contains(root)) {
            let root = root.display();
            tracing::warn!(%source, %root, "A watched root is not there; its documents are kept.");
        }
        for root in sight.there.iter().filter(|root| before.contains(root)) {
            let root = root.display();
            tracing::info!(%source, %root, "A watched root is back.");
        }
    }

    fn cover_ears(&mut self, why: Deaf, is_known: bool) {
        if !is_known {
            let (source, error, next_step) = (self.source.id, ids::chain(&why), why.hint());
            tracing::warn!(
                %source, error, next_step,
                "A source is looked through from time to time instead of being watched."
            );
        }
        let now = Instant::now();
        self.poll_at = Some(now + self.poll());
        let retry_at = now + DEAF_EVERY;
        self.ears = Ears::Deaf { why, retry_at };
    }

    fn poll(&self) -> Duration {
        Duration::from_millis(self.shared.settings.watch.poll_ms)
    }

    async fn take(&mut self, heard: Result<Heard, Deaf>) {
        let heard = match heard {
            Ok(heard) => heard,
            Err(why) => {
                self.cover_ears(why, false);
                return self.pending.add_all(Instant::now());
            }
        };
        if heard.is_lost {
            return self.attach().await;
        }
        if !heard.other.is_empty() {
            self.watch(heard.other).await;
        }
        let now = Instant::now();
        for path in &heard.changed {
            self.pending.add(path, now);
        }
    }

    /// Watches what there is to watch below these folders now.
    async fn watch(&mut self, scope: Vec<PathBuf>) {
        let ears = std::mem::replace(&mut self.ears, Ears::None);
        let Ears::Open(mut folders) = ears else {
            self.ears = ears;
            return;
        };
        let watched = blocking(move || folders.watch(&scope).map(|()| folders));
        match watched.await {
            Ok(folders) => self.ears = Ears::Open(folders),
            Err(why) => {
                self.cover_ears(why, false);
                self.pending.add_all(Instant::now());
            }
        }
    }

    /// Returns when there is something to do, if nothing happens before.
    fn alarm(&self, is_busy: bool) -> Instant {
        let due = self.pending.due().map(|due| due.max(self.not_before));
        let retry = match &self.ears {
            Ears::Deaf { retry_at, .. } => Some(*retry_at),
            Ears::None | Ears::Open(_) => None,
        };
        let due = due.filter(|_| !is_busy);
        let alarms = [due, retry, self.poll_at, self.look_at, self.whole_at];
        let first = alarms.into_iter().flatten().min();
        first.unwrap_or_else(|| Instant::now() + NEVER)
    }

    async fn wake(&mut self, under_way: &mut Option<UnderWay>) {
        let now = Instant::now();
        let is_past = |at: &Instant| *at <= now;
        if self.whole_at.take_if(|at| is_past(at)).is_some() {
            self.pending.add_all(now);
        }
        let mut is_to_look = self.look_at.take_if(|at| is_past(at)).is_some();
        if self.poll_at.as_ref().is_some_and(is_past) {
            self.poll_at = Some(now + self.poll());
            is_to_look = true;
            self.pending.add_all(now);
        }
        let mut is_to_attach = match &self.ears {
            Ears::Deaf { retry_at, .. } => is_past(retry_at),
            Ears::None | Ears::Open(_) => false,
        };
        if is_to_look {
            let roots = self.source.roots.clone();
            let sight = blocking(move || Sight::take(&roots)).await;
            is_to_attach |= sight != self.sight;
            let is_awaited = !sight.gone.is_empty() || self.held.is_some();
            self.look_at = is_awaited.then_some(now + LOOK_EVERY);
        }
        if is_to_attach {
            self.attach().await;
        }
        let due = self.pending.due().map(|due| due.max(self.not_before));
        if under_way.is_none() && due.is_some_and(|due| due <= now) {
            *under_way = self.begin();
        }
    }

    fn begin(&mut self) -> Option<UnderWay> {
        let scope = self.pending.take()?;
        let marks = match scope {
            // Another machine may show the same folder, and nothing in it.
            Scope::Whole if self.sight.is_remote => Vec::new(),
            // As they were when all of it was taken in.
            Scope::Whole => self.known.clone(),
            // As they are being watched.
            Scope::Paths(_) => self.sight.marks.clone(),
        };
        let order = Arc::new(Order {
            scope,
            roots: self.source.roots.clone(),
            there: self.sight.there.clone(),
            marks,
        });
        let (shared, source) = (Arc::clone(&self.shared), Arc::clone(&self.source));
        let task = tokio::spawn(update::update(shared, source, Arc::clone(&order)));
        let order = Some(order);
        Some(UnderWay { order, task })
    }

    /// Takes note of what became of an order.
    async fn settle(&mut self, order: Option<&Order>, updated: Result<Updated, UpdateError>) {
        let now = Instant::now();
        let updated = match updated {
            Ok(updated) => updated,
            Err(error) => {
                let (source, error) = (self.source.id, ids::chain(&error));
                tracing::warn!(%source, error, "A watched source is not brought up to date yet.");
                self.error = Some(error);
                self.not_before = now + AFTER_ERROR;
                if let Some(order) = order {
                    self.pending.put_back(order.scope.clone(), now);
                }
                return;
            }
        };
        self.error = None;
        if let Some(job) = updated.job {
            self.done(job).await;
        }
        let Some(order) = order else { return };
        self.failed = updated
            .failed
            .filter(|(_, state)| *state != JobState::Cancelled);
        if self.failed.is_some() {
            self.not_before = now + AFTER_FAILURE;
            self.pending.put_back(order.scope.clone(), now);
        }
        let is_whole = order.scope == Scope::Whole;
        if updated.held.is_some() {
            // Perhaps it is the root that is another one by now.
            self.look_at = Some(now);
            self.whole_at = Some(now + HELD_EVERY);
        } else if is_whole && self.failed.is_none() {
            self.whole_at = None;
            self.keep_marks().await;
        }
        if is_whole || updated.held.is_some() {
            self.held = updated.held;
        }
        self.is_caught_up |= is_whole;
    }

    async fn done(&mut self, job: JobId) {
        let now = ids::now();
        self.updated_at = Some(now);
        let before = self.job.replace(job).filter(|before| *before != job);
        let ledger = &self.shared.ledger;
        ledger.note_update(self.source.id, job, Some(now)).await;
        if let Some(before) = before {
            let forgotten = update::forget(&self.shared, &self.source, before).await;
            if let Err(error) = forgotten {
                tracing::debug!(
                    error = ids::chain(&error),
                    "A job of watching stays listed."
                );
            }
        }
    }

    /// All that is there was taken in: these are the folders of which things may be gone on purpose.
    async fn keep_marks(&mut self) {
        let is_gone = |mark: &&Mark| {
            let mut gone = self.sight.gone.iter();
            gone.any(|root| mark.root.starts_with(root))
        };
        let gone = self.known.iter().filter(is_gone).cloned();
        let known: Vec<Mark> = self.sight.marks.iter().cloned().chain(gone).collect();
        if known != self.known {
            let record = record_of(&known);
            self.shared.ledger.note_marks(self.source.id, record).await;
            self.known = known;
        }
    }

    /// Writes down how things are, for whoever asks.
    fn show(&self, is_busy: bool) {
        let state = match () {
            () if !self.sight.gone.is_empty() => State::Away,
            () if self.held.is_some() => State::Held,
            () if self.failed.is_some() || self.error.is_some() => State::Failed,
            () if !self.is_caught_up => State::Starting,
            () if is_busy || !self.pending.is_empty() => State::Updating,
            () => State::Current,
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.state = state;
        seen.is_polled = self.poll_at.is_some();
        seen.folders = match &self.ears {
            Ears::Open(folders) => folders.count(),
            Ears::None | Ears::Deaf { .. } => 0,
        };
        (seen.job, seen.updated_at) = (self.job, self.updated_at);
        seen.trouble = self.trouble();
    }

    fn trouble(&self) -> Option<Trouble> {
        let trouble = |cause: String, next_step: Option<String>| Some(Trouble { cause, next_step });
        if let Some(root) = self.sight.gone.first() {
            let cause = format!("{} is not there; its documents are kept", root.display());
            let next = format!(
                "bring it back, or: ragctl source unwatch {}",
                self.source.id
            );
            return trouble(cause, Some(next));
        }
        if let Some(held) = &self.held {
            let collection = &self.source.work.collection;
            let name = &self.source.name;
            let next = format!("ragctl submit --sync --force-delete {name} -c {collection}");
            return trouble(held.clone(), Some(next));
        }
        if let Some((job, state)) = self.failed {
            let cause = format!("job {} is {}", job.short(), state.as_str());
            return trouble(cause, Some(format!("ragctl job show {}", job.short())));
        }
        if let Some(error) = &self.error {
            return trouble(error.clone(), None);
        }
        match &self.ears {
            Ears::Deaf { why, .. } => trouble(ids::chain(why), Some(why.hint().to_owned())),
            Ears::None | Ears::Open(_) => None,
        }
    }
}

async fn hear(ears: &mut Ears) -> Result<Heard, Deaf> {
    match ears {
        Ears::Open(folders) => folders.hear().await,
        Ears::None | Ears::Deaf { .. } => std::future::pending().await,
    }
}

async fn changed(disks: &mut Option<Table>) {
    let told = match disks {
        Some(table) => table.changed().await,
        None => std::future::pending().await,
    };
    if told.is_err() {
        *disks = None;
    }
}

async fn end_of(under_way: &mut Option<UnderWay>) -> Result<Updated, UpdateError> {
    match under_way {
        None => std::future::pending().await,
        Some(work) => (&mut work.task).await.unwrap_or(Err(UpdateError::Panicked)),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}
