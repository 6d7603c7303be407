//! A daemon with folders of its own, and what tests say often.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use protocol::collection::CollectionView;
use protocol::document::{DocumentListRequest, DocumentView, GapFilter, GapListRequest, GapView};
use protocol::health::FsckReport;
use protocol::job::{JobState, JobView, PageRequest, Priority};
use protocol::search::{Hit, SearchMode, SearchReply, SearchRequest};
use protocol::submit::{
    Accepted, PlanRequest, PlanView, Runtime, Source, SourceRules, SubmitRequest, SubmitWork,
    UploadRequest, Uploaded, UploadedDocument,
};
use protocol::{
    ClientMessage, DaemonMessage, ErrorReport, Item, JobId, PathBytes, Private, Reply, Request,
};
use ragd::config::Config;
use ragd::daemon::Daemon;
use tempfile::TempDir;

use super::client::Client;

/// An end that is waited for comes long before, or never.
const DEADLINE: Duration = Duration::from_secs(60);

pub(super) struct World {
    pub(super) dir: TempDir,
    pub(super) client: Client,
    config: Config,
    daemon: Option<Daemon>,
}

/// Unpacks the reply that is expected.
macro_rules! reply {
    ($reply:expr, $variant:ident) => {
        match $reply {
            Ok(protocol::Reply::$variant(value)) => value,
            other => panic!("expected {}, got {other:?}", stringify!($variant)),
        }
    };
}
pub(super) use reply;

/// Waits until `condition` has something to give.
pub(super) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut condition: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn temp_dir() -> TempDir {
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    dir.unwrap()
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A daemon whose configuration differs from that of other tests.
    pub(super) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = temp_dir();
        fs::create_dir(dir.path().join("files")).unwrap();
        let mut config = Config {
            state_dir: dir.path().join("state"),
            socket: dir.path().join("run/ragd.sock"),
            ..Config::default()
        };
        config.workers.local = 2;
        config.extract.program = env!("CARGO_BIN_EXE_ragd").into();
        // Whatever runs on this machine is none of a test's business.
        config.answer.model = "none".to_owned();
        config.disk.min_free_bytes = 0;
        // Small, as many daemons run at the same time.
        config.index.writer_bytes = 32 << 20;
        change(&mut config);
        Box::pin(Self::start(dir, config)).await
    }

    async fn start(dir: TempDir, config: Config) -> Self {
        let daemon = Daemon::start(config.clone()).unwrap();
        let client = Client::connect(&config.socket).await;
        Self {
            dir,
            client,
            config,
            daemon: Some(daemon),
        }
    }

    /// The same state, with another daemon.
    pub(super) async fn restart(self) -> Self {
        self.restart_after(|_| {}).await
    }

    /// The same, after something happened to the state.
    pub(super) async fn restart_after(mut self, change: impl FnOnce(&Path)) -> Self {
        self.daemon.take().unwrap().stop().await.unwrap();
        change(&self.state());
        Self::start(self.dir, self.config).await
    }

    /// The same state, with another configuration.
    pub(super) async fn reconfigured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self.restart().await
    }

    pub(super) async fn stop(mut self) {
        let daemon = self.daemon.take().unwrap();
        daemon.stop().await.unwrap();
    }

    pub(super) async fn connect(&self) -> Client {
        Client::connect(&self.dir.path().join("run/ragd.sock")).await
    }

    pub(super) fn files(&self) -> PathBuf {
        self.dir.path().join("files")
    }

    pub(super) fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// Returns how many packs are in the folder of blobs.
    pub(super) fn packs(&self) -> usize {
        fn count(folder: &Path) -> usize {
            let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
            let counts = entries.map(|entry| match entry.file_type().unwrap().is_dir() {
                true => count(&entry.path()),
                false => 1,
            });
            counts.sum()
        }
        count(&self.state().join("blobs"))
    }

    /// Writes a file below the source folder.
    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.files().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(super) async fn submit_as(&mut self, work: SubmitWork) -> Result<Accepted, ErrorReport> {
        let request = SubmitRequest {
            job: JobId::new(),
            work,
            priority: Priority::Normal,
            idempotency_key: None,
            force: false,
            runtime: Runtime::Local,
        };
        match self.client.call(Request::Submit(request)).await? {
            Reply::Accepted(accepted) => Ok(accepted),
            other => panic!("expected an accepted job, got {other:?}"),
        }
    }

    pub(super) async fn submit(&mut self, path: &Path, rules: SourceRules) -> Accepted {
        let work = ingest("c", path, rules);
        self.submit_as(work).await.unwrap()
    }

    /// Submits the source folder to the collection `c` and waits for the end.
    pub(super) async fn take_in(&mut self) -> JobView {
        let files = self.files();
        self.take(&files, SourceRules::default()).await
    }

    /// The same, with deletes.
    pub(super) async fn sync(&mut self) -> JobView {
        let files = self.files();
        self.take(&files, syncing()).await
    }

    pub(super) async fn take(&mut self, path: &Path, rules: SourceRules) -> JobView {
        let accepted = self.submit(path, rules).await;
        self.ended(accepted.job).await
    }

    pub(super) async fn take_into(&mut self, collection: &str, path: &Path) -> JobView {
        let work = ingest(collection, path, SourceRules::default());
        let accepted = self.submit_as(work).await.unwrap();
        self.finished(accepted.job).await
    }

    /// Submits without waiting.
    pub(super) async fn take_lazily(&mut self, path: &Path, collection: &str) -> JobId {
        let work = ingest(collection, path, SourceRules::default());
        self.submit_as(work).await.unwrap().job
    }

    pub(super) async fn job(&mut self, id: JobId) -> JobView {
        *reply!(self.client.call(Request::JobShow(id)).await, Job)
    }

    /// Waits for the end of a job, whichever it is.
    pub(super) async fn ended(&mut self, id: JobId) -> JobView {
        self.job_when(id, |job| job.state.is_end()).await
    }

    pub(super) async fn job_when(&mut self, id: JobId, fits: impl Fn(&JobView) -> bool) -> JobView {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let job = self.job(id).await;
            if fits(&job) {
                return job;
            }
            assert!(Instant::now() < deadline, "still {job:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn finished(&mut self, id: JobId) -> JobView {
        let job = self.ended(id).await;
        assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
        job
    }

    pub(super) async fn search_as(
        &mut self,
        request: SearchRequest,
    ) -> Result<SearchReply, ErrorReport> {
        match self.client.call(Request::Search(request)).await? {
            Reply::Search(reply) => Ok(reply),
            other => panic!("expected hits, got {other:?}"),
        }
    }

    pub(super) async fn search(&mut self, query: &str) -> Vec<Hit> {
        self.search_as(words(query)).await.unwrap().hits
    }

    /// Returns the paths of what is found, best first, each once.
    pub(super) async fn paths(&mut self, query: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for hit in self.search(query).await {
            let path = hit.path.to_text();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    pub(super) async fn upload(&mut self, bytes: &[u8]) -> Uploaded {
        let request = Request::Upload(UploadRequest { expected: None });
        let id = self.client.begin(request).await;
        self.client.data(id, bytes).await;
        self.client.send(&ClientMessage::DataEnd { id }).await;
        reply!(self.client.answer(id).await, Uploaded)
    }

    /// Returns all bytes of a stream.
    pub(super) async fn bytes(&mut self, request: Request) -> Result<Vec<u8>, ErrorReport> {
        let id = self.client.begin(request).await;
        let mut all = Vec::new();
        loop {
            match self.client.next_of(id).await {
                DaemonMessage::Item {
                    body: Item::Bytes(bytes),
                    ..
                } => all.extend_from_slice(&bytes.0),
                DaemonMessage::End { .. } => return Ok(all),
                DaemonMessage::Failed { report, .. } => return Err(report),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Uploads a document and submits it under `name`, without waiting for the job.
    pub(super) async fn hand_in(&mut self, name: &str, bytes: &[u8]) -> Accepted {
        let uploaded = self.upload(bytes).await;
        let work = SubmitWork::Ingest {
            collection: "c".to_owned(),
            source: Source::Uploads(vec![UploadedDocument {
                name: PathBytes::from(name),
                content: uploaded.content,
                bytes: uploaded.bytes,
            }]),
            rules: SourceRules::default(),
        };
        self.submit_as(work).await.unwrap()
    }

    pub(super) async fn plan(&mut self, rules: SourceRules) -> PlanView {
        let files = self.files();
        let request = plan_of(&files, rules);
        *reply!(self.client.call(Request::Plan(request)).await, Plan)
    }

    pub(super) async fn gaps(&mut self, include_skipped: bool) -> Vec<GapView> {
        let request = GapListRequest {
            filter: GapFilter {
                include_skipped,
                ..GapFilter::default()
            },
            page: PageRequest::default(),
        };
        reply!(self.client.call(Request::Gaps(request)).await, Gaps).items
    }

    /// Returns file name and code of every gap that is an error.
    pub(super) async fn failures(&mut self) -> Vec<(String, String)> {
        let gaps = self.gaps(false).await;
        let mut failures: Vec<_> = gaps
            .into_iter()
            .map(|gap| (file_name(&gap.path), gap.code))
            .collect();
        failures.sort();
        failures
    }

    pub(super) async fn documents(&mut self) -> Vec<DocumentView> {
        let request = Request::DocumentList(DocumentListRequest::default());
        reply!(self.client.call(request).await, Documents).items
    }

    pub(super) async fn collection(&mut self, name: &str) -> CollectionView {
        let request = Request::CollectionShow(name.to_owned());
        reply!(self.client.call(request).await, Collection)
    }

    pub(super) async fn fsck(&mut self) -> FsckReport {
        reply!(self.client.call(Request::Fsck { deep: true }).await, Fsck)
    }

    pub(super) async fn pause(&mut self) {
        self.client.call(Request::QueuePause).await.unwrap();
    }

    pub(super) async fn resume(&mut self) {
        self.client.call(Request::QueueResume).await.unwrap();
    }
}

pub(super) fn ingest(collection: &str, path: &Path, rules: SourceRules) -> SubmitWork {
    SubmitWork::Ingest {
        collection: collection.to_owned(),
        source: paths(&[path]),
        rules,
    }
}

pub(super) fn paths(paths: &[&Path]) -> Source {
    let bytes = |path: &&Path| PathBytes(path.as_os_str().as_bytes().to_vec());
    Source::Paths(paths.iter().map(bytes).collect())
}

pub(super) fn plan_of(path: &Path, rules: SourceRules) -> PlanRequest {
    PlanRequest {
        collection: "c".to_owned(),
        source: paths(&[path]),
        rules,
        sample: 1_000,
    }
}

pub(super) fn syncing() -> SourceRules {
    SourceRules {
        delete_missing: true,
        ..SourceRules::default()
    }
}

pub(super) fn words(query: &str) -> SearchRequest {
    SearchRequest {
        query: Private::from(query),
        collection: None,
        paths: Vec::new(),
        languages: Vec::new(),
        conditions: Vec::new(),
        limit: 100,
        mode: SearchMode::Words,
        explain: false,
    }
}

pub(super) fn file_name(path: &PathBytes) -> String {
    let text = path.to_text();
    text.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Returns the content of a document that the tests bring along.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    fs::read(folder.join(name)).unwrap()
}
