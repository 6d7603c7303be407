//! What each kind of job does.

pub mod again;
mod ask;
pub mod elsewhere;
mod embed;
mod eyes;
mod failure;
mod ingest;
mod launched;
mod mend;
mod moves;
pub mod plan;

pub use elsewhere::QUEUE;
pub use eyes::Eyes;
pub use failure::{BLOBS, DISK, INDEX, MODEL, RUNTIME, SANDBOX, is_disk_full};
pub use mend::mend_vectors;

use std::sync::Arc;

use async_trait::async_trait;

use crate::answer::Answers;
use crate::fleet::Desk;
use crate::git::Git;
use crate::index::Homes;
use crate::ingest::pipeline::Pipeline;
use crate::ingest::sweep::Sweeper;
use crate::jobs::{Failure, Leased, Outcome, PartContext, Runner, Work};
use crate::observe::Disk;
use crate::retrieve::Unread;
use crate::runtime::Runtimes;
use crate::web::Web;

/// Runs the parts of all kinds of jobs.
#[derive(Clone, Debug)]
pub struct Works {
    pub pipeline: Pipeline,
    pub answers: Arc<Answers>,
    pub unread: Arc<Unread>,
    pub sweeper: Sweeper,
    pub homes: Arc<Homes>,
    pub disk: Arc<Disk>,
    /// Where documents are taken in by workers; none: in this process.
    pub desk: Option<Arc<Desk>>,
    /// Where workers are started for jobs that ask for it.
    pub runtimes: Arc<Runtimes>,
    /// Folders that are never taken in: the daemon's own.
    pub never: Vec<std::path::PathBuf>,
    pub git: Git,
    pub web: Web,
    pub part_files: usize,
    pub part_bytes: u64,
}

#[async_trait]
impl Runner for Works {
    async fn run(&self, leased: &Leased, context: &PartContext) -> Result<Outcome, Failure> {
        let work = leased.work.as_ref();
        if writes(work)
            && let Some(reason) = self.disk.look()
        {
            return Err(failure::disk_full(reason));
        }
        match work {
            Work::Ingest(work) => ingest::run(self, work, leased, context).await,
            Work::Ask(work) => ask::run(self, work, context).await,
            Work::Probe => Ok(Outcome::default()),
            Work::Embed(work) => embed::run(self, work, leased, context).await,
            Work::Move(work) => moves::run(self, work, leased, context).await,
        }
    }
}

/// Tells whether a job needs room on the disk. An answer needs next to none.
fn writes(work: &Work) -> bool {
    match work {
        Work::Ingest(_) | Work::Embed(_) | Work::Move(_) => true,
        Work::Ask(_) | Work::Probe => false,
    }
}
