//! What measurements share: the daemon, the collection that was taken in, ways to ask.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use protocol::job::{
    JobFilter, JobListRequest, JobState, JobView, PageRequest, Priority, WatchRequest,
};
use protocol::submit::{Runtime, Source, SourceRules, SubmitRequest, SubmitWork};
use protocol::{ErrorCode, ErrorReport, JobId, PathBytes};
use tokio::task::JoinSet;

use super::corpus::Tree;
use super::daemon::{Daemon, Folder, failed};
use super::process;
use super::stats::Samples;
use super::words::Vocabulary;
use crate::client::Client;

/// The collection of the large tree.
pub(super) const LARGE: &str = "large";
/// Pause between two looks at whether the queue is empty.
const LOOK: Duration = Duration::from_millis(2);

/// How much is measured with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) files: usize,
    pub(super) changes: u64,
    pub(super) searches: usize,
    pub(super) jobs: u64,
    pub(super) starts: u64,
    pub(super) small: u64,
    pub(super) manuals: u64,
    pub(super) reports: u64,
    pub(super) scans: u16,
    pub(super) gaps: u64,
    pub(super) seconds: u64,
    pub(super) queued: u64,
}

impl Size {
    pub(super) const FULL: Self = Self {
        files: 10_000,
        changes: 20,
        searches: 3_000,
        jobs: 20_000,
        starts: 200,
        small: 2_000,
        manuals: 20,
        reports: 219,
        scans: 24,
        gaps: 10_000,
        seconds: 5,
        queued: 100_000,
    };
    pub(super) const QUICK: Self = Self {
        files: 600,
        changes: 5,
        searches: 300,
        jobs: 2_000,
        starts: 20,
        small: 200,
        manuals: 3,
        reports: 20,
        scans: 3,
        gaps: 10_000,
        seconds: 1,
        queued: 5_000,
    };
}

/// A tree that was taken in, and how that went.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) tree: Tree,
    pub(super) job: JobView,
    pub(super) time: Duration,
    /// What the daemon computed meanwhile, on all cores.
    pub(super) computed: Duration,
}

/// Where everything is measured.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) size: Size,
    pub(super) words: Vocabulary,
    daemon: Option<Daemon>,
    large: Option<Taken>,
    folder: Folder,
}

impl Lab {
    pub(super) fn new(parent: &Path, size: Size) -> Result<Self, ErrorReport> {
        let folder = Folder::create(parent);
        Ok(Self {
            size,
            words: Vocabulary::new(),
            daemon: None,
            large: None,
            folder: folder.map_err(|error| failed("make a folder", &error))?,
        })
    }

    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the daemon that most is measured with.
    pub(super) async fn daemon(&mut self) -> Result<&Daemon, ErrorReport> {
        if self.daemon.is_none() {
            self.daemon = Some(Daemon::start(&self.home("main")).await?.0);
        }
        self.daemon.as_ref().ok_or_else(nothing_there)
    }

    pub(super) async fn client(&mut self) -> Result<Client, ErrorReport> {
        self.daemon().await?.connect().await
    }

    /// Stops the daemon and starts it again; returns how long it took to answer.
    pub(super) async fn restart(&mut self) -> Result<Duration, ErrorReport> {
        if let Some(daemon) = self.daemon.take() {
            daemon.stop().await?;
        }
        let (daemon, time) = Daemon::start(&self.home("main")).await?;
        self.daemon = Some(daemon);
        Ok(time)
    }

    /// Returns the large tree, taken in.
    pub(super) async fn large(&mut self) -> Result<&Taken, ErrorReport> {
        if self.large.is_none() {
            let tree = self.tree("large", self.size.files, 1).await?;
            let client = self.client().await?;
            let pid = self.daemon().await?.pid();
            let (began, before) = (Instant::now(), process::computed(pid));
            let job = submit(&client, tree_work(LARGE, &tree.root)).await?;
            let job = ended(&client, job).await?;
            let time = began.elapsed();
            let computed = process::computed(pid).saturating_sub(before);
            self.large = Some(Taken {
                tree,
                job,
                time,
                computed,
            });
        }
        self.large.as_ref().ok_or_else(nothing_there)
    }

    pub(super) async fn tree(
        &self,
        name: &str,
        files: usize,
        seed: u64,
    ) -> Result<Tree, ErrorReport> {
        let tree = Tree::write(self.home(name), &self.words, files, seed).await;
        tree.map_err(|error| failed("write files to take in", &error))
    }
}

fn nothing_there() -> ErrorReport {
    ErrorReport::new(
        ErrorCode::Internal,
        "a measurement has nothing to work with",
    )
}

/// Returns the work of taking in a file or folder.
pub(super) fn tree_work(collection: &str, path: &Path) -> SubmitWork {
    SubmitWork::Ingest {
        collection: collection.to_owned(),
        source: source(path),
        rules: SourceRules::default(),
    }
}

/// Returns the work of watching a folder.
pub(super) fn watch_work(collection: &str, path: &Path) -> SubmitWork {
    SubmitWork::Watch {
        collection: collection.to_owned(),
        source: source(path),
        rules: SourceRules::default(),
    }
}

fn source(path: &Path) -> Source {
    use std::os::unix::ffi::OsStrExt;
    Source::Paths(vec![PathBytes(path.as_os_str().as_bytes().to_vec())])
}

pub(super) async fn submit(client: &Client, work: SubmitWork) -> Result<JobId, ErrorReport> {
    let accepted = client.submit(request(JobId::new(), work)).await?;
    if accepted.deduplicated {
        let report = ErrorReport::new(ErrorCode::Conflict, "a submit did not make a job");
        return Err(report.because("it joined an equal one, so it measures nothing"));
    }
    Ok(accepted.job)
}

pub(super) fn request(job: JobId, work: SubmitWork) -> SubmitRequest {
    SubmitRequest {
        job,
        work,
        priority: Priority::Normal,
        idempotency_key: None,
        // Each is a job of its own: joining an equal one that waits would measure nothing.
        force: true,
        runtime: Runtime::Local,
    }
}

/// Waits until a job has ended well.
pub(super) async fn ended(client: &Client, job: JobId) -> Result<JobView, ErrorReport> {
    let filter = JobFilter {
        ids: vec![job],
        ..JobFilter::default()
    };
    let mut events = client
        .watch(WatchRequest {
            filter,
            since: None,
            until_ended: true,
        })
        .await?;
    while events.next().await?.is_some() {}
    let view = client.job_show(job).await?;
    match view.state {
        JobState::Finished => Ok(view),
        state => Err(
            ErrorReport::new(ErrorCode::Conflict, "a job did not end well").because(state.as_str()),
        ),
    }
}

/// Waits until no job is open.
pub(super) async fn drained(client: &Client) -> Result<(), ErrorReport> {
    let open = JobState::ALL.into_iter().filter(|state| !state.is_end());
    let request = JobListRequest {
        filter: JobFilter {
            states: open.collect(),
            ..JobFilter::default()
        },
        page: PageRequest {
            limit: 1,
            cursor: None,
        },
        ..JobListRequest::default()
    };
    while client.job_list(request.clone()).await?.total > 0 {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Has every client do `work` again and again, `each` at a time, until it was begun `count` times;
/// returns the durations that the work reports.
pub(super) async fn crowd<F, Fut>(
    clients: &[Client],
    each: usize,
    count: u64,
    work: F,
) -> Result<Samples, ErrorReport>
where
    F: Fn(Client, u64) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<Duration, ErrorReport>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for client in clients {
        for _ in 0..each {
            let (client, next, work) = (client.clone(), Arc::clone(&next), work.clone());
            tasks.spawn(async move {
                let mut times = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return Ok::<_, ErrorReport>(times);
                    }
                    times.push(work(client.clone(), number).await?);
                }
            });
        }
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done.map_err(|_| nothing_there())??);
    }
    Ok(Samples::new(times))
}

/// Submits a job that does nothing; returns how long the answer took.
pub(super) async fn probe(client: Client, _: u64) -> Result<Duration, ErrorReport> {
    let began = Instant::now();
    submit(&client, SubmitWork::Probe).await?;
    Ok(began.elapsed())
}
