//! Composition root of `ragd worker`: takes tasks of a daemon on another machine.
//!
//! It needs what all machines share: the server of the queue, an index server, and blobs that both
//! can reach. It has no ledger, no socket and no state but a cache.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::blobs::{BlobError, Blobs};
use crate::config::{self, Config};
use crate::embed::{EmbedError, Embedders};
use crate::fleet::{self, Class, Crew, Fleet, FleetError, Shared, TaskId, WorkerInfo};
use crate::index::{self, Index, IndexConfig, IndexError, Owner, QdrantConfig};
use crate::ingest::chunk::ChunkParams;
use crate::ingest::make::Maker;
use crate::ingest::parse::Parser;
use crate::ingest::pipeline::IngestError;
use crate::observe;
use crate::sandbox::Lost;
use crate::work::Eyes;
use crate::work::elsewhere::{Makers, WorkerHands};

/// What a worker that was told to stop lets its tasks take to end; then they are handed back.
const GRACE: Duration = Duration::from_secs(20);

/// What to do, beside what the configuration says.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Documents, in groups, that are worked on at the same time.
    pub slots: Option<u32>,
    /// Empty: host and process.
    pub name: Option<String>,
    /// Do this one task and leave.
    pub once: Option<TaskId>,
}

/// The worker cannot run.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// Something that machines have to share is on this one.
    #[error("a worker needs `{key}`: {why}")]
    NotShared {
        key: &'static str,
        why: &'static str,
    },
    #[error("cannot use the queue")]
    Fleet(#[source] FleetError),
    #[error("cannot use the blobs")]
    Blobs(#[source] BlobError),
    #[error("cannot use the index")]
    Index(#[source] IndexError),
    #[error("cannot set up the models")]
    Embedders(#[source] EmbedError),
    #[error("cannot make the folder {path}")]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The daemon reads documents where it is, so what it hands out must not come back unread.
    #[error("documents cannot be read on this machine")]
    Sandbox(#[source] Lost),
    /// It was to do one task, and another worker has it, or it is over.
    #[error("the task {task} does not wait for a worker")]
    NoTask { task: TaskId },
}

impl WorkerError {
    /// Returns what the reader can do.
    #[must_use]
    pub fn next_step(&self) -> Option<String> {
        match self {
            Self::NotShared { key, .. } => Some(format!(
                "set `{key}` to the same as in the configuration of the daemon"
            )),
            Self::Fleet(error) => Some(error.next_step()),
            Self::Folder { .. } => Some("give it a --state-dir that it may write to".to_owned()),
            Self::Blobs(error) => error.hint().map(str::to_owned),
            Self::Index(error) => error.hint().map(str::to_owned),
            Self::Sandbox(lost) => Some(lost.hint().to_owned()),
            Self::Embedders(_) | Self::NoTask { .. } => None,
        }
    }
}

/// Works until `stopping`.
pub async fn run(
    config: &Config,
    options: Options,
    stopping: CancellationToken,
) -> Result<(), WorkerError> {
    // A cache of vectors, and what is on its way to the blobs.
    let state = config.state_dir().join("worker");
    std::fs::create_dir_all(&state).map_err(|source| WorkerError::Folder {
        path: state.clone(),
        source,
    })?;
    let makers = makers(config, &state)?;
    let tried = makers.parser.pool().try_one().await;
    tried.map_err(WorkerError::Sandbox)?;
    if let Some(eyes) = makers.parser.eyes()
        && let Err(why) = eyes.try_out().await
    {
        // Documents with text are as good as from any other worker.
        tracing::warn!(why, "What is a picture will be a gap.");
    }
    let blobs = open_blobs(config, &state).await?;
    let index = makers.server().map_err(WorkerError::Index)?;
    let eyes = Eyes::of_worker(index, blobs.clone());
    let hands = WorkerHands {
        makers: Box::new(makers),
        blobs,
    };
    let fleet = open_fleet(config)?;
    let me = me(config, &options);
    tracing::info!(name = me.name, slots = me.slots, "Working.");
    let crew = Crew::new(fleet, Arc::new(hands), Arc::new(eyes), me);
    match options.once {
        None => tokio::select! {
            ended = crew.run(stopping, GRACE) => ended.map_err(WorkerError::Fleet),
            never = observe::trim_memory(|| crew.is_idle()) => match never {},
        },
        Some(task) => match crew.run_one(task, stopping, GRACE).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(WorkerError::NoTask { task }),
            Err(error) => Err(WorkerError::Fleet(error)),
        },
    }
}

/// Returns what a worker on this machine says of itself.
#[must_use]
pub fn me(config: &Config, options: &Options) -> WorkerInfo {
    let host = observe::host();
    let pid = std::process::id();
    let slots = u32::try_from(config.workers.local.max(1)).unwrap_or(u32::MAX);
    WorkerInfo {
        name: options
            .name
            .clone()
            .unwrap_or_else(|| format!("{host}-{pid}")),
        host,
        pid,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        classes: match options.once {
            None => vec![Class::Extract],
            Some(_) => vec![Class::Extract, Class::Launched],
        },
        slots: options.slots.unwrap_or(slots),
        shared: Shared::default(),
    }
}

/// Makes chunks for one daemon, until another one asks.
struct SharedIndex {
    config: config::Index,
    embedders: Arc<Embedders>,
    params: ChunkParams,
    parser: Parser,
    /// Whose, and the index itself.
    open: Mutex<Option<(String, Arc<dyn Index>)>>,
}

impl SharedIndex {
    /// Returns the server as it is for everybody.
    fn server(&self) -> Result<Arc<dyn Index>, IndexError> {
        let config = QdrantConfig::new(&self.config, Owner::Nobody);
        index::open(&IndexConfig::Qdrant(config))
    }

    fn index(&self, owner: &str) -> Result<Arc<dyn Index>, IndexError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        match &*open {
            Some((whose, index)) if whose == owner => Ok(Arc::clone(index)),
            _ => {
                let whose = Owner::Told(owner.to_owned());
                let config = QdrantConfig::new(&self.config, whose);
                let index = index::open(&IndexConfig::Qdrant(config))?;
                *open = Some((owner.to_owned(), Arc::clone(&index)));
                Ok(index)
            }
        }
    }
}

impl Makers for SharedIndex {
    fn maker(&self, owner: &str) -> Result<Maker, IngestError> {
        Ok(Maker {
            index: self.index(owner).map_err(IngestError::Index)?,
            embedders: Arc::clone(&self.embedders),
            params: self.params,
            parser: self.parser.clone(),
        })
    }
}

fn makers(config: &Config, state: &Path) -> Result<SharedIndex, WorkerError> {
    if config.index.url.is_empty() {
        return Err(WorkerError::NotShared {
            key: "index.url",
            why: "the embedded index belongs to one process",
        });
    }
    Ok(SharedIndex {
        config: config.index.clone(),
        open: Mutex::default(),
        embedders: Arc::new(Embedders::open(config, state).map_err(WorkerError::Embedders)?),
        params: ChunkParams::from(&config.ingest),
        parser: Parser::new(&config.extract, &config.ocr, &config.secrets),
    })
}

async fn open_blobs(config: &Config, state: &Path) -> Result<Blobs, WorkerError> {
    if config.blobs.url.is_empty() {
        return Err(WorkerError::NotShared {
            key: "blobs.url",
            why: "the daemon's own folder is on its machine; s3://BUCKET, or file:///FOLDER on a \
                  file system that all machines see",
        });
    }
    let blobs = Blobs::of_another(&config.blobs, &state.join("blobs")).await;
    blobs.map_err(WorkerError::Blobs)
}

fn open_fleet(config: &Config) -> Result<Arc<dyn Fleet>, WorkerError> {
    if config.queue.url.is_empty() {
        return Err(WorkerError::NotShared {
            key: "queue.url",
            why: "it says where tasks are handed out",
        });
    }
    fleet::open(&config.queue, fleet::Time::Own).map_err(WorkerError::Fleet)
}
