//! The daemon's side: offers tasks, brings their ends to whoever waits, and offers again what the
//! server lost.
//!
//! Nothing here is durable. Whatever is open when the daemon stops is begun anew by its next start,
//! so a start first clears away what an earlier one had offered.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Cancelled, End, Epoch, Finding, Fleet, FleetError, Look, NewTask, Offered, Shared, TaskEnd,
    TaskId, Terms, seen::Seen,
};
use crate::ids;

/// How often what is open is compared with what the server knows: whatever it lost is offered again
/// after so long, twice that at most.
const COMPARE_EVERY: Duration = Duration::from_secs(10);
/// How often leases that ran out are looked for. Workers do so, too.
const TICK_EVERY: Duration = Duration::from_secs(1);
/// A server that is away for so long has the tasks given back, so that their jobs say why they wait.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether a worker has let go.
const LET_GO_EVERY: Duration = Duration::from_millis(200);
/// Between two attempts to reach a server that is away.
const PAUSE: Duration = Duration::from_millis(500);

/// Offers tasks and waits for their ends.
pub struct Desk {
    fleet: Arc<dyn Fleet>,
    look: Arc<dyn Look>,
    /// That of the terms, which never changes.
    owner: String,
    terms: Mutex<Terms>,
    open: Mutex<HashMap<TaskId, Open>>,
    /// A task was added to an empty desk.
    busy: Notify,
    trouble: Mutex<Option<Away>>,
    /// The workers, looked at as long as something is open.
    seen: watch::Sender<Seen>,
}

/// What the last comparison with the server found.
#[derive(Default)]
struct Compared {
    epoch: Option<Epoch>,
    /// Tasks that nobody here waits for.
    strange: HashSet<(TaskId, ids::ContentHash)>,
    sights: Option<Shared>,
    findings: Vec<Finding>,
}

/// A task somebody waits for.
struct Open {
    task: NewTask,
    waiter: oneshot::Sender<Result<End, Away>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("open", &self.open().len())
            .finish_non_exhaustive()
    }
}

/// The server cannot be used now. The task may have been done all the same.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{what}")]
pub struct Away {
    what: String,
    pub next_step: String,
}

impl From<&FleetError> for Away {
    fn from(error: &FleetError) -> Self {
        Self {
            what: ids::chain(error),
            next_step: error.next_step(),
        }
    }
}

/// A task that was offered. Whoever drops it cancels the task.
pub struct Pending {
    desk: Arc<Desk>,
    id: TaskId,
    end: oneshot::Receiver<Result<End, Away>>,
    /// It had ended before it was offered.
    known: Option<End>,
    has_ended: bool,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Pending {
    /// Waits for the end of the task.
    pub async fn ended(mut self) -> Result<End, Away> {
        if let Some(end) = self.known.take() {
            return Ok(end);
        }
        let end = (&mut self.end).await;
        let end = end.expect("whoever takes a task off the desk tells how it ended")?;
        self.has_ended = true;
        Ok(end)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.desk.open().remove(&self.id);
        if self.has_ended {
            return;
        }
        let (desk, id) = (Arc::clone(&self.desk), self.id);
        tokio::spawn(async move {
            if let Err(error) = desk.fleet.cancel(id).await {
                // The next comparison finds a task that nobody waits for.
                tracing::debug!(%id, error = ids::chain(&error), "A task was not cancelled.");
            }
        });
    }
}

impl Desk {
    #[must_use]
    pub fn new(fleet: Arc<dyn Fleet>, look: Arc<dyn Look>, terms: Terms) -> Arc<Self> {
        Arc::new(Self {
            fleet,
            look,
            owner: terms.owner.clone(),
            terms: Mutex::new(terms),
            open: Mutex::default(),
            busy: Notify::new(),
            trouble: Mutex::default(),
            seen: watch::Sender::default(),
        })
    }

    #[must_use]
    pub fn fleet(&self) -> &Arc<dyn Fleet> {
        &self.fleet
    }

    /// Has a task done, and returns how it ended. Whoever drops this cancels the task.
    pub async fn run(self: &Arc<Self>, task: NewTask) -> Result<End, Away> {
        self.offer(task).await?.ended().await
    }

    /// Offers a task, and returns when workers can have it.
    pub async fn offer(self: &Arc<Self>, task: NewTask) -> Result<Pending, Away> {
        let (waiter, end) = oneshot::channel();
        let id = task.id;
        let mut pending = Pending {
            desk: Arc::clone(self),
            id,
            end,
            known: None,
            has_ended: false,
        };
        let offer = vec![task.clone()];
        self.open().insert(id, Open { task, waiter });
        self.busy.notify_one();
        // An end that was there before comes from here and not from the stream.
        let offered = self.fleet.offer(&self.owner, offer).await;
        let offered = offered.map_err(|error| Away::from(&error))?;
        if let Some(Offered::Ended(end)) = offered.into_iter().next() {
            let order = self.open().get(&id).map(|open| open.task.order);
            if let Some(order) = order {
                self.forget(&[(id, order)]).await;
            }
            (pending.known, pending.has_ended) = (Some(end), true);
        }
        Ok(pending)
    }

    /// Tells why no worker has a task, again when that changes, for as long as this is polled.
    pub async fn tell_why(&self, id: TaskId, told: impl Fn(Option<String>)) {
        let mut seen = self.seen.subscribe();
        // The first look may have begun before the task was offered.
        let mut is_first = true;
        while seen.changed().await.is_ok() {
            let why = seen.borrow_and_update().why_waits(id);
            if !std::mem::replace(&mut is_first, false) {
                told(why);
            }
        }
    }

    /// Cancels a task, and waits until no worker works on it: until the one that has it lets go, or
    /// its lease must have run out.
    pub async fn withdrawn(&self, id: TaskId) {
        let lease = Duration::from_millis(self.terms().lease_ms);
        let gone = async {
            loop {
                match self.fleet.cancel(id).await {
                    Ok(Cancelled::Told) => tokio::time::sleep(LET_GO_EVERY).await,
                    Ok(Cancelled::Gone | Cancelled::Ended | Cancelled::Unknown) => return,
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        };
        // Whoever was not heard for so long has stopped by itself.
        let _ = tokio::time::timeout(lease * 2, gone).await;
    }

    /// Cancels a task and does not wait for the worker that may have it.
    pub async fn withdrawn_at_once(&self, id: TaskId) {
        // A server that is away is told by the next comparison.
        let cancelled = tokio::time::timeout(PATIENCE, self.fleet.cancel(id)).await;
        if let Ok(Err(error)) = cancelled {
            tracing::debug!(%id, error = ids::chain(&error), "A task was not cancelled.");
        }
    }

    /// Stops or resumes the handing out of tasks. The server hears it at once, or when it is back.
    pub async fn pause(&self, paused: bool) {
        self.set_paused(paused);
        self.tell_terms().await;
    }

    /// Says which workers are paused. The server hears it at once, or when it is back.
    pub async fn pause_workers(&self, paused: BTreeSet<String>) {
        self.set_paused_workers(paused);
        self.tell_terms().await;
    }

    async fn tell_terms(&self) {
        if let Err(error) = self.fleet.announce(&self.terms()).await {
            tracing::debug!(error = ids::chain(&error), "The server is told later.");
        }
    }

    pub fn set_paused(&self, paused: bool) {
        self.terms_mut().paused = paused;
    }

    pub fn set_paused_workers(&self, paused: BTreeSet<String>) {
        self.terms_mut().paused_workers = paused;
    }

    /// Returns what keeps the server from being used, if something does.
    #[must_use]
    pub fn trouble(&self) -> Option<Away> {
        let trouble = self.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Does what has to be done all the time, until `stopping`.
    pub async fn keep(self: Arc<Self>, stopping: CancellationToken) {
        let chores = async {
            tokio::join!(self.take_ends(), self.compare(), self.tick());
        };
        tokio::select! {
            () = chores => {}
            () = stopping.cancelled() => {}
        }
    }

    /// Brings ends to whoever waits for them.
    async fn take_ends(&self) {
        loop {
            self.until_busy().await;
            match self.fleet.ends().await {
                Ok(ends) => {
                    let heard: Vec<_> = ends.iter().map(|end| (end.id, end.order)).collect();
                    for end in ends {
                        self.tell(end);
                    }
                    if !heard.is_empty() {
                        self.forget(&heard).await;
                    }
                }
                Err(error) => {
                    tracing::debug!(error = ids::chain(&error), "Ends cannot be read.");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn tell(&self, end: TaskEnd) {
        let mut open = self.open();
        if open
            .get(&end.id)
            .is_some_and(|open| open.task.order == end.order)
            && let Some(open) = open.remove(&end.id)
        {
            // Whoever waited may just have gone.
            let _ = open.waiter.send(Ok(end.end));
        }
    }

    async fn forget(&self, ends: &[(TaskId, ids::ContentHash)]) {
        if let Err(error) = self.fleet.forget(ends).await {
            // The next comparison finds what nobody waits for.
            tracing::debug!(error = ids::chain(&error), "Ends were not forgotten.");
        }
    }

    /// Keeps what the server knows the same as what is open here.
    async fn compare(&self) {
        let mut compared = Compared::default();
        let mut away_since: Option<Instant> = None;
        loop {
            match self.compare_once(&mut compared).await {
                Ok(()) => {
                    self.check(&mut compared.findings).await;
                    if away_since.take().is_some() {
                        tracing::info!("The server of the queue is back.");
                        self.set_trouble(None);
                    }
                    tokio::time::sleep(COMPARE_EVERY).await;
                }
                Err(error) => {
                    if away_since.is_none() {
                        let error = ids::chain(&error);
                        tracing::warn!(error, "The server of the queue cannot be used.");
                    }
                    let since = *away_since.get_or_insert_with(Instant::now);
                    self.set_trouble(Some(Away::from(&error)));
                    if since.elapsed() >= PATIENCE {
                        self.give_back(&error);
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Says in the log what is newly wrong with the server or its workers; health says it all the
    /// time.
    async fn check(&self, known: &mut Vec<Finding>) {
        let found = self.fleet.check().await.unwrap_or_default();
        for finding in found.iter().filter(|finding| !known.contains(finding)) {
            let next_step = &finding.next_step;
            tracing::warn!(next_step, "The queue: {}.", finding.what);
        }
        *known = found;
    }

    async fn compare_once(&self, last: &mut Compared) -> Result<(), FleetError> {
        let seen = self.look.look().await;
        seen.tell_changes(last.sights.as_ref());
        last.sights = Some(seen.clone());
        let terms = {
            let mut terms = self.terms_mut();
            // A store that is away for a moment is still the same.
            terms.shared = seen.or_before(&terms.shared);
            terms.clone()
        };
        let now = self.fleet.announce(&terms).await?;
        let is_first = last.epoch.is_none();
        if last.epoch.as_ref().is_some_and(|epoch| *epoch != now) {
            tracing::warn!("The server of the queue was emptied: what is open is offered again.");
        }
        last.epoch = Some(now);
        let known: HashSet<_> = self.fleet.open_tasks().await?.into_iter().collect();
        let open: HashMap<TaskId, ids::ContentHash> = {
            let open = self.open();
            open.iter()
                .map(|(id, open)| (*id, open.task.order))
                .collect()
        };
        let lost: Vec<NewTask> = {
            let mine = self.open();
            let is_lost = |open: &&Open| !known.contains(&(open.task.id, open.task.order));
            let lost = mine.values().filter(is_lost);
            lost.map(|open| open.task.clone()).collect()
        };
        if !lost.is_empty() {
            self.offer_again(lost).await?;
        }
        // One that is only being begun or ended is strange once, and not twice.
        let unknown: HashSet<_> = known
            .into_iter()
            .filter(|(id, order)| open.get(id) != Some(order))
            .collect();
        for (id, order) in &unknown {
            if is_first || last.strange.contains(&(*id, *order)) {
                self.fleet.cancel(*id).await?;
                self.fleet.forget(&[(*id, *order)]).await?;
            }
        }
        last.strange = unknown;
        Ok(())
    }

    async fn offer_again(&self, tasks: Vec<NewTask>) -> Result<(), FleetError> {
        let keys: Vec<_> = tasks.iter().map(|task| (task.id, task.order)).collect();
        let offered = self.fleet.offer(&self.owner, tasks).await?;
        for ((id, order), offered) in keys.into_iter().zip(offered) {
            if let Offered::Ended(end) = offered {
                self.tell(TaskEnd { id, order, end });
                self.forget(&[(id, order)]).await;
            }
        }
        Ok(())
    }

    /// Tells all who wait that the server is away.
    fn give_back(&self, error: &FleetError) {
        let open: Vec<_> = self.open().drain().collect();
        for (_, open) in open {
            let _ = open.waiter.send(Err(Away::from(error)));
        }
    }

    async fn tick(&self) {
        loop {
            self.until_busy().await;
            tokio::time::sleep(TICK_EVERY).await;
            if let Err(error) = self.fleet.tick().await {
                tracing::debug!(error = ids::chain(&error), "Leases cannot be looked at.");
            }
            if self.seen.receiver_count() > 0
                && let Ok(workers) = self.fleet.workers().await
            {
                self.seen
                    .send_replace(Seen::new(&workers, self.terms().lease_ms));
            }
        }
    }

    /// Resolves while something is open.
    async fn until_busy(&self) {
        loop {
            let busy = self.busy.notified();
            tokio::pin!(busy);
            busy.as_mut().enable();
            if !self.open().is_empty() {
                // Whoever else waits is to see it as well.
                self.busy.notify_one();
                return;
            }
            busy.await;
        }
    }

    fn terms(&self) -> Terms {
        self.terms_mut().clone()
    }

    fn terms_mut(&self) -> MutexGuard<'_, Terms> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_trouble(&self, trouble: Option<Away>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TaskId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
