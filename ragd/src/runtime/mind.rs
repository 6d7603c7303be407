//! From the start of a worker to its removal.
//!
//! All of it happens in a task of its own, since a start that is dropped half way would leave a
//! worker that nobody knows.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Ending, Launch, Launched, Runtime, RuntimeError, Runtimes, Site, Standing, Told};
use crate::fleet::TaskId;
use crate::ids;

/// The first look comes soon, for whoever waits to see it begin.
const FIRST_LOOK: Duration = Duration::from_millis(300);
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A worker that ended well has told its result, which may still be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(5);
/// One that ended badly may have told why.
const TOLD_WHY: Duration = Duration::from_secs(1);
/// A worker that is done gets so long to sign off.
const SIGN_OFF: Duration = Duration::from_secs(5);
/// Attempts to remove something, with twice the pause after each.
const REMOVALS: u32 = 6;
const REMOVAL_PAUSE: Duration = Duration::from_millis(250);

/// There will be no result.
#[derive(Debug)]
pub enum Trouble {
    NotStarted(RuntimeError),
    Ended(Ending),
    /// Somebody removed the worker.
    Gone,
}

/// A worker that is looked after; whoever drops this has it removed.
pub struct Minded {
    trouble: oneshot::Receiver<Trouble>,
    is_done: CancellationToken,
    let_go: CancellationToken,
}

impl std::fmt::Debug for Minded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Minded").finish_non_exhaustive()
    }
}

impl Drop for Minded {
    fn drop(&mut self) {
        self.let_go.cancel();
    }
}

impl Minded {
    /// Resolves when it is clear that the worker gives no result.
    pub async fn trouble(&mut self) -> Trouble {
        let trouble = (&mut self.trouble).await;
        trouble.expect("a worker is minded until there is trouble")
    }

    /// Says that it gave its result: it may leave by itself before it is removed.
    pub fn done(self) {
        self.is_done.cancel();
    }
}

impl Runtimes {
    /// Starts a worker for a task that is on offer.
    #[must_use]
    pub fn start(
        &self,
        site: &Site,
        place: OwnedSemaphorePermit,
        (task, fence): (TaskId, u64),
        told: &Told,
    ) -> Minded {
        let (sender, trouble) = oneshot::channel();
        let minded = Minded {
            trouble,
            is_done: CancellationToken::new(),
            let_go: CancellationToken::new(),
        };
        let mind = Mind {
            runtime: Arc::clone(&site.runtime),
            launch: Launch::new(&self.owner, task, fence),
            told: Arc::clone(told),
            is_done: minded.is_done.clone(),
            let_go: minded.let_go.clone(),
        };
        self.minding.spawn(async move {
            mind.mind(sender).await;
            drop(place);
        });
        minded
    }
}

struct Mind {
    runtime: Arc<dyn Runtime>,
    launch: Launch,
    told: Told,
    is_done: CancellationToken,
    let_go: CancellationToken,
}

impl Mind {
    async fn mind(self, sender: oneshot::Sender<Trouble>) {
        let prepared = tokio::select! {
            prepared = self.runtime.prepare(&self.told) => prepared,
            () = self.let_go.cancelled() => return,
        };
        let launched = match prepared {
            Ok(()) => self.runtime.launch(&self.launch).await,
            Err(error) => Err(error),
        };
        let launched = match launched {
            Ok(launched) => launched,
            Err(error) => {
                // Whoever waited may just have gone.
                let _ = sender.send(Trouble::NotStarted(error));
                return;
            }
        };
        tracing::debug!(worker = self.launch.name, "A worker was started.");
        tokio::select! {
            trouble = self.watch(&launched) => {
                let _ = sender.send(trouble);
            }
            () = self.let_go.cancelled() => {
                if self.is_done.is_cancelled() {
                    self.see_off(&launched).await;
                }
            }
        }
        remove(self.runtime, launched).await;
    }

    /// Looks after a worker until it is not there any more.
    async fn watch(&self, launched: &Launched) -> Trouble {
        let mut pause = FIRST_LOOK;
        loop {
            tokio::time::sleep(pause).await;
            pause = LOOK_EVERY.min(pause * 2);
            match self.runtime.standing(launched).await {
                Ok(Standing::Waits(reason)) => (self.told)(Some(reason)),
                Ok(Standing::Runs) => (self.told)(None),
                Ok(Standing::Ended(ending)) => {
                    (self.told)(None);
                    let patience = match ending.code {
                        Some(0) => ON_ITS_WAY,
                        _ => TOLD_WHY,
                    };
                    tokio::time::sleep(patience).await;
                    return Trouble::Ended(ending);
                }
                Ok(Standing::Gone) => {
                    tokio::time::sleep(TOLD_WHY).await;
                    return Trouble::Gone;
                }
                // The worker may do its work all the same.
                Err(error) => (self.told)(Some(ids::chain(&error))),
            }
        }
    }

    /// Lets a worker that is done leave by itself.
    async fn see_off(&self, launched: &Launched) {
        let deadline = Instant::now() + SIGN_OFF;
        while Instant::now() < deadline {
            match self.runtime.standing(launched).await {
                Ok(Standing::Runs) => tokio::time::sleep(FIRST_LOOK).await,
                _ => return,
            }
        }
    }
}

/// Removes a worker, again and again for a while.
pub(super) async fn remove(runtime: Arc<dyn Runtime>, launched: Launched) {
    let mut pause = REMOVAL_PAUSE;
    for attempt in 1..=REMOVALS {
        let Err(error) = runtime.remove(&launched).await else {
            return;
        };
        let (worker, error) = (&launched.0, ids::chain(&error));
        if attempt == REMOVALS {
            tracing::warn!(
                worker,
                error,
                "A worker is left to the next start to remove."
            );
            return;
        }
        tracing::debug!(worker, error, "A worker was not removed yet.");
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}
