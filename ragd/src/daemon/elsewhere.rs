//! Where the configuration names a queue server: the desk that hands out tasks, and the workers of
//! this process, who take them like any other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::fleet::{self, Crew, Desk, FleetError, Look, Shared, Terms, Time};
use crate::ids;
use crate::ingest::pipeline::Pipeline;
use crate::observe;
use crate::work::Eyes;
use crate::work::elsewhere::WorkerHands;
use crate::worker;

/// What the workers of this process are called.
const LOCAL: &str = "local";
/// Tasks get so long to end after a stop was asked for. The parts that wait for them got theirs.
const GRACE: Duration = Duration::from_secs(1);

/// Ready to be started.
pub(super) struct Elsewhere {
    desk: Arc<Desk>,
    crew: Option<Arc<Crew>>,
}

#[derive(Debug)]
pub(super) struct Started {
    desk: JoinHandle<()>,
    crew: Option<JoinHandle<()>>,
    stopping: CancellationToken,
}

impl Elsewhere {
    /// Returns none if the configuration names no server. `owner` is this daemon, wherever it runs.
    pub(super) fn open(
        config: &Config,
        owner: &str,
        pipeline: &Pipeline,
    ) -> Result<Option<Self>, FleetError> {
        if config.queue.url.is_empty() {
            return Ok(None);
        }
        let fleet = fleet::open(&config.queue, Time::Own)?;
        let (index, blobs) = (Arc::clone(&pipeline.maker.index), pipeline.blobs.clone());
        let eyes: Arc<dyn Look> = Arc::new(Eyes::of_daemon(index, blobs));
        let terms = Terms {
            owner: owner.to_owned(),
            name: format!("process {} on {}", std::process::id(), observe::host()),
            shared: Shared::default(),
            paused_workers: BTreeSet::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lease_ms: config.queue.lease_ms,
            max_stalls: config.queue.max_stalls,
            paused: false,
        };
        let has_crew = config.workers.local > 0;
        let crew = has_crew.then(|| {
            let hands = WorkerHands {
                makers: Box::new(pipeline.maker.clone()),
                blobs: pipeline.blobs.clone(),
            };
            let mut me = worker::me(config, &worker::Options::default());
            me.name = format!("{}-{LOCAL}", me.host);
            Crew::new(Arc::clone(&fleet), Arc::new(hands), Arc::clone(&eyes), me)
        });
        Ok(Some(Self {
            desk: Desk::new(fleet, eyes, terms),
            crew,
        }))
    }

    pub(super) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    pub(super) fn start(self, paused: bool, paused_workers: BTreeSet<String>) -> Started {
        let stopping = CancellationToken::new();
        self.desk.set_paused(paused);
        self.desk.set_paused_workers(paused_workers);
        let crew = self.crew.map(|crew| {
            let stopping = stopping.clone();
            tokio::spawn(async move { work(&crew, stopping).await })
        });
        Started {
            desk: tokio::spawn(self.desk.keep(stopping.clone())),
            crew,
            stopping,
        }
    }
}

/// Works until `stopping`: the daemon is to have its workers whatever happens to the server.
async fn work(crew: &Arc<Crew>, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        if let Err(error) = crew.run(stopping.clone(), GRACE).await {
            let next_step = error.next_step();
            tracing::error!(error = ids::chain(&error), next_step, "No worker here.");
        }
        // Drained, or refused: somebody may want it to work again.
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// Before the workers of this process begin anew.
const AGAIN: Duration = Duration::from_secs(5);

impl Started {
    pub(super) async fn stop(self) {
        self.stopping.cancel();
        if let Some(crew) = self.crew {
            let _ = crew.await;
        }
        let _ = self.desk.await;
    }
}
