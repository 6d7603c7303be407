//! Runtimes: who starts a worker for one part of a job alone.
//!
//! A [`Runtime`] has `ragd worker --once --part PART` begin somewhere, says how it is, and removes
//! what it left. What such a worker makes goes the way of all workers, through the fleet: here nobody
//! knows what a part is about. [`Runtimes`] are those that the configuration names; `mind.rs` looks
//! after a worker from its start to its removal.

#[cfg(feature = "aws")]
mod aws_batch;
#[cfg(feature = "docker")]
mod docker;
mod error;
#[cfg(feature = "kubernetes")]
mod kubernetes;
mod mind;
mod owner;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

pub use self::error::{NotHere, RuntimeError};
pub use self::mind::{Minded, Trouble};
use crate::config::{Config, RuntimeKind};
use crate::fleet::TaskId;
use crate::ids;

/// Lines of its log that are repeated when a worker failed.
#[cfg(any(feature = "docker", feature = "kubernetes"))]
const LOG_LINES: usize = 8;

/// Characters of such a line.
#[cfg(any(feature = "docker", feature = "kubernetes"))]
const LINE: usize = 300;

/// A start does not wait longer for a runtime to say what is left there.
const LISTING: std::time::Duration = std::time::Duration::from_secs(5);

/// A worker to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub task: TaskId,
    /// No two attempts have the same. Lower case letters, digits and `-`, 63 at most.
    pub name: String,
    /// The daemon that it works for.
    pub owner: String,
}

impl Launch {
    /// Names the worker of one attempt.
    #[must_use]
    pub fn new(owner: &str, task: TaskId, fence: u64) -> Self {
        let attempt = ids::content_hash(format!("{owner} {fence}").as_bytes()).to_string();
        Self {
            name: format!(
                "ragd-{}-{}-{}",
                task.job.0.simple(),
                task.part,
                &attempt[..8]
            ),
            owner: owner.to_owned(),
            task,
        }
    }

    /// Returns what `ragd` is told.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let part = self.task.to_string();
        let words = ["worker", "--once", "--part", &part, "--name", &self.name];
        words.map(str::to_owned).into()
    }
}

/// A worker that was started, as its runtime calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launched(pub String);

/// How a worker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not begun, for this reason.
    Waits(String),
    Runs,
    Ended(Ending),
    /// It is not there any more.
    Gone,
}

/// How a worker ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    pub code: Option<i64>,
    /// In words of the runtime, where it has some.
    pub reason: Option<String>,
    /// What the reader can do about it, where that is plain.
    pub hint: Option<String>,
    /// The last lines.
    pub log: Vec<String>,
}

/// Hears what a worker waits for; none: it does not wait.
pub type Told = Arc<dyn Fn(Option<String>) + Send + Sync>;

/// Starts workers somewhere.
///
/// Calls may be repeated. One that is dropped half way has happened or has not, and a worker that was
/// started is found by [`Runtime::list`] as long as it is not removed.
#[async_trait]
pub trait Runtime: Send + Sync {
    /// Prepares what takes long, such as fetching an image. May be dropped.
    async fn prepare(&self, told: &Told) -> Result<(), RuntimeError>;

    /// Starts a worker. The same name again is the same worker.
    async fn launch(&self, launch: &Launch) -> Result<Launched, RuntimeError>;

    async fn standing(&self, launched: &Launched) -> Result<Standing, RuntimeError>;

    /// Ends a worker and removes all that is left of it. One that is gone is fine.
    async fn remove(&self, launched: &Launched) -> Result<(), RuntimeError>;

    /// Lists the workers of a daemon that were not removed.
    async fn list(&self, owner: &str) -> Result<Vec<Launched>, RuntimeError>;

    /// Asks whether it can be used now.
    async fn reach(&self) -> Result<(), RuntimeError>;
}

/// A runtime, and room for workers in it.
#[derive(Clone)]
pub struct Site {
    runtime: Arc<dyn Runtime>,
    room: Arc<Semaphore>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("room", &self.room)
            .finish_non_exhaustive()
    }
}

impl Site {
    #[must_use]
    pub fn new(runtime: Arc<dyn Runtime>, at_once: u32) -> Self {
        Self {
            runtime,
            room: Arc::new(Semaphore::new(at_once as usize)),
        }
    }

    #[must_use]
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.runtime
    }

    /// Waits for room for a worker.
    pub async fn room(&self, told: &Told) -> OwnedSemaphorePermit {
        if let Ok(place) = Arc::clone(&self.room).try_acquire_owned() {
            return place;
        }
        told(Some(
            "as many workers as may be are there already".to_owned(),
        ));
        let place = Arc::clone(&self.room).acquire_owned().await;
        place.expect("nobody closes the room")
    }
}

/// The runtimes that the configuration names.
pub struct Runtimes {
    owner: String,
    sites: Vec<(RuntimeKind, Result<Site, NotHere>)>,
    /// Workers that are minded, and removals.
    minding: TaskTracker,
}

impl std::fmt::Debug for Runtimes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtimes")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl Runtimes {
    /// Opens those that the configuration names. Their servers need not be there yet.
    pub async fn open(config: &Config, state_dir: &Path) -> Result<Self, RuntimeError> {
        let mut sites = Vec::new();
        for kind in RuntimeKind::ALL {
            sites.push((kind, site(config, kind).await));
        }
        Ok(Self::new(owner::read(state_dir)?, sites))
    }

    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    #[must_use]
    pub fn new(owner: String, sites: Vec<(RuntimeKind, Result<Site, NotHere>)>) -> Self {
        Self {
            owner,
            sites,
            minding: TaskTracker::new(),
        }
    }

    /// Returns a runtime, or why there is none.
    pub fn site(&self, kind: RuntimeKind) -> Result<&Site, &NotHere> {
        let site = self.sites.iter().find(|(known, _)| *known == kind);
        let (_, site) = site.expect("there is an answer for each kind");
        site.as_ref()
    }

    /// Tells whether a runtime is away. One that is not named any more is nothing to wait for.
    pub async fn is_away(&self, kind: RuntimeKind) -> bool {
        match self.site(kind) {
            Ok(site) => site.runtime.reach().await.is_err_and(|e| e.is_away()),
            Err(_) => false,
        }
    }

    /// Lists those that the configuration names, with what is wrong.
    pub async fn look(&self) -> Vec<(RuntimeKind, Result<(), RuntimeError>)> {
        let named = self.sites.iter();
        let named = named.filter_map(|(kind, site)| Some((*kind, site.as_ref().ok()?)));
        let looks = named.map(|(kind, site)| async move { (kind, site.runtime.reach().await) });
        futures_util::future::join_all(looks).await
    }

    /// Removes what earlier lives of this daemon left. To be called before anything is started.
    pub async fn clear_away(&self) {
        for (kind, site) in &self.sites {
            let Ok(site) = site else { continue };
            let runtime = kind.as_str();
            let listing = tokio::time::timeout(LISTING, site.runtime.list(&self.owner));
            let left = match listing.await {
                Ok(Ok(left)) => left,
                Ok(Err(error)) => {
                    let error = ids::chain(&error);
                    tracing::warn!(
                        runtime,
                        error,
                        "Nobody knows what an earlier start left there."
                    );
                    continue;
                }
                Err(_) => {
                    tracing::warn!(runtime, "It does not say what an earlier start left there.");
                    continue;
                }
            };
            for launched in left {
                tracing::info!(
                    runtime,
                    worker = launched.0,
                    "Left by an earlier start: removed."
                );
                self.minding
                    .spawn(mind::remove(Arc::clone(&site.runtime), launched));
            }
        }
    }

    /// Waits until all that was started and let go is removed.
    pub async fn settled(&self) {
        self.minding.close();
        self.minding.wait().await;
    }
}

/// The one place that names backends.
async fn site(config: &Config, kind: RuntimeKind) -> Result<Site, NotHere> {
    match kind {
        RuntimeKind::Local => Err(NotHere::Local),
        #[cfg(feature = "docker")]
        RuntimeKind::Docker => {
            let docker = &config.runtimes.docker;
            may_be_used(config, kind, "runtimes.docker.image", &docker.image)?;
            let opened = docker::Docker::new(docker);
            opened
                .map(|opened| Site::new(Arc::new(opened), docker.at_once))
                .map_err(|error| NotHere::Unusable { kind, error })
        }
        #[cfg(not(feature = "docker"))]
        RuntimeKind::Docker => not_built(config, kind, "docker"),
        #[cfg(feature = "kubernetes")]
        RuntimeKind::Kubernetes => {
            let settings = &config.runtimes.kubernetes;
            may_be_used(config, kind, "runtimes.kubernetes.image", &settings.image)?;
            let opened = kubernetes::Kubernetes::open(settings).await;
            opened
                .map(|opened| Site::new(Arc::new(opened), settings.at_once))
                .map_err(|error| NotHere::Unusable { kind, error })
        }
        #[cfg(not(feature = "kubernetes"))]
        RuntimeKind::Kubernetes => not_built(config, kind, "kubernetes"),
        #[cfg(feature = "aws")]
        RuntimeKind::AwsBatch => {
            let settings = &config.runtimes.aws_batch;
            may_be_used(config, kind, "runtimes.aws_batch.queue", &settings.queue)?;
            let opened = aws_batch::AwsBatch::open(settings).await;
            opened
                .map(|opened| Site::new(Arc::new(opened), settings.at_once))
                .map_err(|error| NotHere::Unusable { kind, error })
        }
        #[cfg(not(feature = "aws"))]
        RuntimeKind::AwsBatch => not_built(config, kind, "aws"),
    }
}

/// Without these nothing can be started, or what is started can do nothing.
#[cfg(any(feature = "aws", feature = "docker", feature = "kubernetes"))]
fn may_be_used(
    config: &Config,
    kind: RuntimeKind,
    key: &'static str,
    value: &str,
) -> Result<(), NotHere> {
    if value.is_empty() {
        return Err(NotHere::NotNamed { kind, key });
    }
    if config.queue.url.is_empty() {
        return Err(NotHere::NotShared { kind });
    }
    Ok(())
}

#[cfg(not(all(feature = "aws", feature = "docker", feature = "kubernetes")))]
fn not_built(_: &Config, kind: RuntimeKind, feature: &'static str) -> Result<Site, NotHere> {
    Err(NotHere::NotBuilt { kind, feature })
}

/// Returns the lines of a log as they are repeated.
#[cfg(any(feature = "docker", feature = "kubernetes"))]
fn lines(log: &str) -> Vec<String> {
    let lines = log.lines().map(|line| line.chars().take(LINE).collect());
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::JobId;

    #[test]
    fn names_fit_a_label_and_differ_for_each_attempt() {
        let task = TaskId {
            job: JobId(uuid::Uuid::max()),
            part: u32::MAX,
        };
        let name = |owner, fence| Launch::new(owner, task, fence).name;
        assert!(name("a", u64::MAX).len() <= 63, "{}", name("a", u64::MAX));
        assert_eq!(name("a", 1), name("a", 1));
        assert_ne!(name("a", 1), name("a", 2));
        assert_ne!(name("a", 1), name("b", 1));
    }
}
