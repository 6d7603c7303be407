//! What every [`Index`] promises.
//!
//! Each backend is a [`Backend`]: how to open it, and how to see what a crash would leave.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ragd::ids::{CollectionId, ContentHash, DocumentId, VersionKey};
use ragd::index::{
    Cells, Census, EmbeddedConfig, Found, Index, IndexConfig, IndexError, NewChunk, NewVersion,
    Owner, Place, QdrantConfig, Spot, Symbol, SymbolKind, Unit, Visible, WordQuery, open,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::qdrant_server::QdrantServer;

pub(super) const PAPERS: CollectionId = CollectionId(uuid::Uuid::from_u128(1));
const CODE: CollectionId = CollectionId(uuid::Uuid::from_u128(2));

/// An index of one kind, and the folder that it has here.
pub(super) struct Backend {
    pub(super) index: Arc<dyn Index>,
    folder: TempDir,
    place: Where,
    /// Not what a crash left of another.
    is_first: bool,
}

/// Where an index is besides its folder.
#[derive(Clone)]
enum Where {
    Here,
    StandIn(Arc<QdrantServer>),
    /// What tests leave there is removed with the backend that made it.
    Real(String),
}

impl Where {
    fn open(&self, folder: &Path) -> Arc<dyn Index> {
        let url = match self {
            Self::Here => return embedded(folder),
            Self::StandIn(server) => server.url(),
            Self::Real(url) => url.clone(),
        };
        qdrant(&url, folder)
    }
}

impl Backend {
    pub(super) fn embedded() -> Self {
        Self::new(Where::Here)
    }

    /// The stand-in, or the real server that the environment names.
    pub(super) fn qdrant() -> Self {
        Self::new(match real_qdrant() {
            Some(url) => Where::Real(url),
            None => Where::StandIn(Arc::new(QdrantServer::start())),
        })
    }

    fn new(place: Where) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            index: place.open(folder.path()),
            folder,
            place,
            is_first: true,
        }
    }

    /// What a crash right now would leave: the files as they are, and the server, without a clean
    /// shutdown.
    pub(super) fn after_crash(&self) -> Self {
        loop {
            let folder = tempfile::tempdir().unwrap();
            let before = self.commits();
            copy(self.folder.path(), folder.path());
            // A crash stops everything at once, and a copy does not: a merge that ended meanwhile
            // has removed files of the commit before it.
            if before == self.commits() {
                let (index, place) = (self.place.open(folder.path()), self.place.clone());
                return Self {
                    index,
                    folder,
                    place,
                    is_first: false,
                };
            }
        }
    }

    /// What names the files that count: commits of words, manifests of vectors.
    fn commits(&self) -> Vec<String> {
        let (mut commits, mut folders) = (Vec::new(), vec![self.folder.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if ["meta.json", "manifest"]
                    .map(|name| path.ends_with(name))
                    .contains(&true)
                {
                    commits.extend(std::fs::read_to_string(path).ok());
                }
            }
        }
        commits.sort_unstable();
        commits
    }

    pub(super) fn files(&self, collection: CollectionId) -> PathBuf {
        self.folder.path().join(collection.to_string())
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // Collections of a number that no other backend has: a crashed one has it from another.
        let (Where::Real(_), true) = (&self.place, self.is_first) else {
            return;
        };
        let index = Arc::clone(&self.index);
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                for id in index.collections().await.unwrap() {
                    index.drop_collection(id).await.unwrap();
                }
            });
        });
        let _ = cleaning.join();
    }
}

async fn eventually(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "it did not come true in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Names a real server that the suite is to be run against.
const QDRANT_URL: &str = "RAGD_TEST_QDRANT_URL";

fn real_qdrant() -> Option<String> {
    std::env::var(QDRANT_URL).ok().filter(|url| !url.is_empty())
}

pub(super) fn qdrant(url: &str, folder: &Path) -> Arc<dyn Index> {
    let index = ragd::config::Index {
        url: url.to_owned(),
        // The tests share two cores with everything else.
        timeout_ms: 30_000,
        ..ragd::config::Index::default()
    };
    let config = QdrantConfig::new(&index, Owner::Here(folder.to_owned()));
    open(&IndexConfig::Qdrant(config)).unwrap()
}

/// Not by a macro for printing: those are silent in tests that pass.
#[test]
fn which_server_was_asked_is_said_aloud() {
    use std::io::Write as _;
    let asked = match real_qdrant() {
        Some(url) => format!("the contract of the index was held against the Qdrant at {url}"),
        None => format!(
            "skipped: no real Qdrant was asked, only its stand-in; set {QDRANT_URL} to ask one"
        ),
    };
    writeln!(std::io::stderr(), "{asked}").unwrap();
}

fn embedded(root: &Path) -> Arc<dyn Index> {
    open(&IndexConfig::Embedded(EmbeddedConfig::new(root.to_owned()))).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else if let Err(error) = std::fs::copy(entry.path(), to) {
            // A merge may remove a file that the commit does not name any more.
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}

pub(super) struct All;

impl Visible for All {
    fn is_visible(&self, _: VersionKey) -> bool {
        true
    }
}

pub(super) struct Only(pub(super) fn(u64) -> bool);

impl Visible for Only {
    fn is_visible(&self, version: VersionKey) -> bool {
        self.0(version.0)
    }
}

/// A page, and after it sheets.
fn spot(n: u32) -> Spot {
    let cells = Cells {
        top: n,
        bottom: n + 7,
        columns: 3,
    };
    Spot {
        unit: if n == 1 { Unit::Page } else { Unit::Sheet },
        first: n,
        last: n + 1,
        cells: (n > 1).then_some(cells),
    }
}

fn version(key: u64, path: &str, texts: &[&str]) -> NewVersion {
    let chunk = |(n, text): (u32, &&str)| NewChunk {
        text: (*text).to_owned(),
        heading: None,
        symbols: Vec::new(),
        place: Place {
            line_start: n + 1,
            line_end: n + 2,
            byte_start: u64::from(n) * 10,
            byte_end: u64::from(n) * 10 + 9,
            spot: (n > 0).then_some(spot(n)),
        },
    };
    NewVersion {
        key: VersionKey(key),
        document: DocumentId(Uuid::from_u128(key.into())),
        content: ContentHash([7; 32]),
        path: path.to_owned(),
        language: path.ends_with(".rs").then(|| "rust".to_owned()),
        chunks: (0..).zip(texts).map(chunk).collect(),
    }
}

fn query(text: &str) -> WordQuery {
    WordQuery {
        text: text.to_owned(),
        paths: Vec::new(),
        languages: Vec::new(),
        limit: 10,
        explain: true,
    }
}

async fn store(index: &dyn Index, versions: Vec<NewVersion>) {
    index.put(PAPERS, versions).await.unwrap();
    index.flush(PAPERS).await.unwrap();
}

async fn found(index: &dyn Index, query: WordQuery) -> Vec<Found> {
    index.search(PAPERS, query, Arc::new(All)).await.unwrap()
}

async fn passage(index: &dyn Index, hit: &Found) -> NewChunk {
    let wanted = vec![(hit.version, hit.ordinal), (VersionKey(u64::MAX >> 1), 0)];
    let mut passages = index.passages(PAPERS, wanted).await.unwrap();
    assert_eq!(passages.len(), 2);
    assert!(passages.pop().unwrap().is_none(), "nobody put it");
    passages.pop().unwrap().unwrap()
}

/// Hits as `version/ordinal`, best first.
async fn check(index: &dyn Index, text: &str, expected: &str) {
    check_query(index, query(text), expected).await;
}

async fn check_query(index: &dyn Index, query: WordQuery, expected: &str) {
    let text = format!("{query:?}");
    assert_eq!(show(&found(index, query).await), expected, "{text}");
}

fn show(found: &[Found]) -> String {
    let hits: Vec<_> = found
        .iter()
        .map(|hit| format!("{}/{}", hit.version.0, hit.ordinal))
        .collect();
    hits.join(" ")
}

async fn census(index: &dyn Index) -> Vec<(u64, u32)> {
    let plain = |census: Census| {
        assert_eq!(
            (census.duplicates, census.end),
            (0, census.chunks),
            "{census:?}"
        );
        (census.version.0, census.chunks)
    };
    index
        .census(PAPERS)
        .await
        .unwrap()
        .into_iter()
        .map(plain)
        .collect()
}

/// Makes each case a test of every backend.
macro_rules! suite {
    ($($name:ident($this:ident) $body:block)*) => {
        mod cases {
            use super::*;

            $(pub(super) async fn $name($this: Backend) $body)*
        }

        mod embedded_holds {
            use super::{Backend, cases};

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    cases::$name(Backend::embedded()).await;
                }
            )*
        }

        mod qdrant_holds {
            use super::{Backend, cases};

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    cases::$name(Backend::qdrant()).await;
                }
            )*
        }
    };
}

/// Makes tests of the embedded backend alone: other backends keep their own files.
macro_rules! embedded_only {
    ($($name:ident($this:ident) $body:block)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let $this = Backend::embedded();
                $body
            }
        )*
    };
}
pub(super) use {embedded_only, suite};

suite! {

a_collection_that_was_never_written_is_empty(backend) {
    let index = &*backend.index;
    check(index, "anything", "").await;
    assert_eq!(census(index).await, []);
    assert_eq!(index.collections().await.unwrap(), []);
    index.flush(PAPERS).await.unwrap();
    index.drop_collection(PAPERS).await.unwrap();
    assert_eq!(index.collections().await.unwrap(), [], "reading makes no files");
}

what_was_put_is_found_after_a_flush(backend) {
    let index = &*backend.index;
    store(index, vec![version(7, "a/b.txt", &["the quick fox", "a lazy dog"])]).await;
    check(index, "dogs", "7/1").await;
    let hit = found(index, query("dogs")).await.remove(0);
    let expected = version(7, "a/b.txt", &["the quick fox", "a lazy dog"]).chunks.remove(1);
    let chunk = passage(index, &hit).await;
    assert_eq!((chunk.text, chunk.heading), (expected.text, None));
    assert_eq!(chunk.place, expected.place);
}

putting_a_version_again_changes_nothing(backend) {
    let index = &*backend.index;
    let one = || vec![version(1, "a.txt", &["fox one", "fox two"])];
    store(index, one()).await;
    store(index, one()).await;
    index.put(PAPERS, one()).await.unwrap();
    index.put(PAPERS, one()).await.unwrap();
    index.flush(PAPERS).await.unwrap();
    assert_eq!(census(index).await, [(1, 2)]);
    check(index, "fox", "1/0 1/1").await;
}

putting_a_version_again_replaces_its_chunks(backend) {
    let index = &*backend.index;
    store(index, vec![version(1, "a.txt", &["old one", "old two", "old three"])]).await;
    index.put(PAPERS, vec![version(1, "a.txt", &["newer"])]).await.unwrap();
    store(index, vec![version(1, "a.txt", &["newest", "newest"])]).await;
    check(index, "old newer", "").await;
    check(index, "newest", "1/0 1/1").await;
    assert_eq!(census(index).await, [(1, 2)]);
}

a_version_put_twice_before_its_first_flush_is_there_once(backend) {
    let index = &*backend.index;
    index.put(PAPERS, vec![version(1, "a.txt", &["old one", "old two"])]).await.unwrap();
    let again = version(1, "a.txt", &["older"]);
    index.put(PAPERS, vec![again, version(1, "a.txt", &["newest"])]).await.unwrap();
    index.put(PAPERS, vec![version(2, "b.txt", &["gone"])]).await.unwrap();
    index.remove(PAPERS, vec![VersionKey(2)]).await.unwrap();
    index.flush(PAPERS).await.unwrap();
    assert_eq!(census(index).await, [(1, 1)]);
    check(index, "newest old older gone", "1/0").await;
}

a_removed_version_is_gone_and_can_come_back(backend) {
    let index = &*backend.index;
    store(index, vec![version(1, "a", &["fox"]), version(2, "b", &["fox"])]).await;
    index.remove(PAPERS, vec![VersionKey(1), VersionKey(99)]).await.unwrap();
    index.flush(PAPERS).await.unwrap();
    check(index, "fox", "2/0").await;
    assert_eq!(census(index).await, [(2, 1)]);
    assert!(index.chunks(PAPERS, VersionKey(1), 0, 9).await.unwrap().is_empty());
    index.put(PAPERS, vec![version(1, "a", &["fox"])]).await.unwrap();
    index.remove(PAPERS, vec![VersionKey(2)]).await.unwrap();
    index.flush(PAPERS).await.unwrap();
    check(index, "fox", "1/0").await;
}

a_flush_survives_a_crash(backend) {
    for key in 1..=3 {
        store(&*backend.index, vec![version(key, "a.txt", &["fox"])]).await;
        let crashed = backend.after_crash();
        let expected: Vec<_> = (1..=key).map(|key| (key, 1)).collect();
        assert_eq!(census(&*crashed.index).await, expected);
        // It can be written to, in spite of lock files that nobody removed.
        store(&*crashed.index, vec![version(9, "b.txt", &["fox"])]).await;
        assert_eq!(census(&*crashed.index).await.len(), expected.len() + 1);
        crashed.index.remove(PAPERS, vec![VersionKey(9)]).await.unwrap();
        crashed.index.flush(PAPERS).await.unwrap();
        assert_eq!(crashed.index.damaged().await.unwrap(), []);
    }
}

a_crash_without_a_flush_leaves_the_last_flush(backend) {
    store(&*backend.index, vec![version(1, "a.txt", &["fox"])]).await;
    backend.index.put(PAPERS, vec![version(2, "a.txt", &["fox"])]).await.unwrap();
    backend.index.remove(PAPERS, vec![VersionKey(1)]).await.unwrap();
    assert_eq!(census(&*backend.after_crash().index).await, [(1, 1)]);
}

concurrent_flushes_each_cover_what_was_put_before_them(backend) {
    let tasks: Vec<_> = (0..40)
        .map(|key| {
            let index = Arc::clone(&backend.index);
            tokio::spawn(async move {
                index.put(PAPERS, vec![version(key, "a.txt", &["fox", "dog"])]).await.unwrap();
                index.flush(PAPERS).await.unwrap();
                let chunks = index.chunks(PAPERS, VersionKey(key), 0, 9).await.unwrap();
                assert_eq!(chunks.len(), 2, "version {key} after its flush");
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let all: Vec<_> = (0..40).map(|key| (key, 2)).collect();
    assert_eq!(census(&*backend.index).await, all);
    assert_eq!(census(&*backend.after_crash().index).await, all);
}

more_collections_are_written_than_may_have_writers(backend) {
    let tasks: Vec<_> = (0..24_u64)
        .map(|n| {
            let index = Arc::clone(&backend.index);
            tokio::spawn(async move {
                let collection = CollectionId(uuid::Uuid::from_u128(100 + u128::from(n % 6)));
                index.put(collection, vec![version(n, "a.txt", &["fox"])]).await.unwrap();
                index.flush(collection).await.unwrap();
                let chunks = index.chunks(collection, VersionKey(n), 0, 9).await.unwrap();
                assert_eq!(chunks.len(), 1);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(backend.index.collections().await.unwrap().len(), 6);
}

hidden_versions_are_not_found_and_take_no_place(backend) {
    let index = &*backend.index;
    let versions = (0..300).map(|key| {
        // The hidden ones are the better hits.
        let text = if key % 10 == 0 { "fox and more words beside it" } else { "fox" };
        version(key, "a.txt", &[text])
    });
    store(index, versions.collect()).await;
    let visible = Arc::new(Only(|key| key % 10 == 0));
    let hits = index.search(PAPERS, query("fox"), visible).await.unwrap();
    assert_eq!(show(&hits), "0/0 10/0 20/0 30/0 40/0 50/0 60/0 70/0 80/0 90/0");
    let nobody = Arc::new(Only(|_| false));
    assert!(index.search(PAPERS, query("fox"), nobody).await.unwrap().is_empty());
}

ties_are_in_order_of_version_and_ordinal_however_they_were_written(backend) {
    let index = &*backend.index;
    for key in [5, 3, 9, 1, 7, 2] {
        store(index, vec![version(key, "a.txt", &["red fox runs", "red fox runs"])]).await;
    }
    let expected = "1/0 1/1 2/0 2/1 3/0 3/1 5/0 5/1 7/0 7/1";
    check(index, "fox red runs", expected).await;
    check_query(index, WordQuery { limit: 3, ..query("fox") }, "1/0 1/1 2/0").await;
    check_query(index, WordQuery { limit: 0, ..query("fox") }, "").await;
}

a_name_is_found_where_it_is_defined(backend) {
    let index = &*backend.index;
    let symbol = |line, path: &str, kind| Symbol {
        path: path.to_owned(),
        kind,
        signature: "fn".to_owned(),
        line_start: line,
        line_end: line,
    };
    let mention = "swim_far swim_far swim_far";
    let mut defines = version(2, "b.rs", &["here swim_far is among many other words of a text"]);
    defines.chunks[0].symbols = vec![symbol(1, "Walrus::swim_far", SymbolKind::Method)];
    // It goes on with what began before, or only adds to what is elsewhere.
    let mut goes_on = version(3, "c.rs", &["nothing", "swim_far among others"]);
    goes_on.chunks[1].symbols = vec![symbol(1, "swim_far", SymbolKind::Function)];
    let mut adds = version(4, "d.rs", &["swim_far among others"]);
    adds.chunks[0].symbols = vec![symbol(1, "swim_far", SymbolKind::Impl)];
    store(index, vec![version(1, "a.rs", &[mention]), defines, goes_on, adds]).await;

    for text in ["swim_far", "Swim_Far", "where is swim_far() defined?", "Walrus::swim_far"] {
        let hits = found(index, query(text)).await;
        assert_eq!(hits[0].version, VersionKey(2), "{text}: {hits:?}");
        let told: Vec<_> = hits.iter().map(|hit| {
            hit.terms.iter().any(|(term, _)| term.starts_with("defines "))
        }).collect();
        assert_eq!(told, [true, false, false, false], "{text}: {hits:?}");
    }
    // Nobody finds the mark by itself, nor what only looks like it.
    check(index, "=swim_far", "2/0 1/0 4/0 3/1").await;
    check(index, "\"swim_far\"", "1/0 4/0 3/1 2/0").await;
}

filters_leave_only_what_fits(backend) {
    let index = &*backend.index;
    store(index, vec![
        version(1, "src/http/get.rs", &["fox"]),
        version(2, "src/main.rs", &["fox"]),
        version(3, "docs/http.md", &["fox"]),
    ]).await;
    let paths = |globs: &[&str]| WordQuery {
        paths: globs.iter().map(|glob| (*glob).to_owned()).collect(),
        ..query("fox")
    };
    let sorted = async |query| {
        let mut keys: Vec<_> =
            found(index, query).await.iter().map(|hit| hit.version.0).collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(sorted(paths(&["*.rs"])).await, [1, 2]);
    assert_eq!(sorted(paths(&["src/http/**", "*.md"])).await, [1, 3]);
    assert_eq!(sorted(paths(&["nothing/*"])).await, [0_u64; 0]);
    let languages = |name: &str| WordQuery { languages: vec![name.to_owned()], ..query("fox") };
    assert_eq!(sorted(languages("Rust")).await, [1, 2]);
    assert_eq!(sorted(languages("go")).await, [0_u64; 0]);
    let both = WordQuery { languages: vec!["rust".to_owned()], ..paths(&["src/*"]) };
    assert_eq!(sorted(both).await, [1, 2]);
}

a_phrase_is_required_and_in_order(backend) {
    let index = &*backend.index;
    store(index, vec![
        version(1, "a.txt", &["state of the art", "art of the state", "the state"]),
        version(2, "b.txt", &["fn parseHttpRequest(x)", "parse the http request"]),
    ]).await;
    check(index, "\"state of the art\"", "1/0").await;
    check(index, "\"state art\"", "").await;
    check(index, "request \"art\"", "1/0 1/1").await;
    check(index, "\"http request\"", "2/1 2/0").await;
    check(index, "\"parseHttpRequest x\"", "2/0").await;
}

a_phrase_does_not_reach_from_the_text_into_the_path(backend) {
    let index = &*backend.index;
    store(index, vec![version(1, "walrus.txt", &["the last word is fox"])]).await;
    check(index, "\"fox walrus\"", "").await;
    check(index, "\"fox of walrus\"", "").await;
    check(index, "\"fox of the walrus\"", "").await;
}

words_of_path_and_heading_are_searchable(backend) {
    let index = &*backend.index;
    let mut titled = version(2, "b.txt", &["nothing here"]);
    titled.chunks[0].heading = Some("Zebras > Stripes".to_owned());
    store(index, vec![version(1, "src/walrus/parse_config.rs", &["fn main"]), titled]).await;
    check(index, "walrus", "1/0").await;
    check(index, "config", "1/0").await;
    check(index, "stripe", "2/0").await;
    let hit = found(index, query("stripe")).await.remove(0);
    let chunk = passage(index, &hit).await;
    assert_eq!(chunk.heading.as_deref(), Some("Zebras > Stripes"));
    assert_eq!(chunk.text, "nothing here");
}

a_prefix_finds_what_begins_so(backend) {
    let index = &*backend.index;
    store(index, vec![
        version(1, "a.txt", &["connections"]),
        version(2, "b.txt", &["connectHttp"]),
        version(3, "c.txt", &["configuration"]),
    ]).await;
    check(index, "conn*", "2/0 1/0").await;
    check(index, "connecthttp*", "2/0").await;
    check(index, "configura*", "3/0").await;
    check(index, "configurations*", "3/0").await;
    check(index, "zzz*", "").await;
}

words_rank_by_bm25(backend) {
    let index = &*backend.index;
    store(index, vec![
        version(1, "a", &["common common rare"]),
        version(2, "a", &["common filler filler filler filler filler"]),
        version(3, "a", &["common words"]),
    ]).await;
    check(index, "rare common", "1/0 3/0 2/0").await;
    check(index, "unknown", "").await;
    check(index, "the of and", "").await;
}

an_explanation_sums_up_to_the_score(backend) {
    let index = &*backend.index;
    store(index, vec![
        version(1, "a", &["quick fox jumps", "fox and fox", "quick quick parseHttp"]),
        version(2, "b", &["the jumping parse"]),
    ]).await;
    for text in ["fox", "quick fox", "jump parse http quick", "\"quick fox\" jum*", "parseHttp"] {
        let hits = found(index, query(text)).await;
        assert!(!hits.is_empty(), "{text}");
        for hit in hits {
            let sum: f32 = hit.terms.iter().map(|(_, part)| part).sum();
            assert!((sum - hit.score).abs() < 1e-5, "{text}: {:?} {}", hit.terms, hit.score);
        }
    }
    let hit = found(index, query("Jumps foxes nothing")).await.remove(0);
    let labels: Vec<_> = hit.terms.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["jumps", "foxes"]);
    let plain = found(index, WordQuery { explain: false, ..query("fox") }).await;
    assert!(plain.iter().all(|hit| hit.terms.is_empty()));
}

a_query_without_meaning_is_refused(backend) {
    for bad in [query("\""), query(""), WordQuery { paths: vec!["[".to_owned()], ..query("fox") }] {
        let refused = backend.index.search(PAPERS, bad, Arc::new(All)).await;
        assert!(matches!(refused, Err(IndexError::Query { .. })));
    }
}

chunks_come_in_order_and_in_pages(backend) {
    let index = &*backend.index;
    let texts: Vec<_> = (0..50).map(|n| format!("chunk {n}")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    store(index, vec![version(1, "a", &["other"]), version(2, "b", &texts)]).await;
    let page = async |from, limit| -> Vec<String> {
        let chunks = index.chunks(PAPERS, VersionKey(2), from, limit).await.unwrap();
        chunks.into_iter().map(|chunk| chunk.text).collect()
    };
    assert_eq!(page(0, u32::MAX).await, texts);
    assert_eq!(page(10, 3).await, texts[10..13]);
    assert_eq!(page(48, 9).await, texts[48..]);
    assert!(page(50, 9).await.is_empty());
}

collections_are_apart_and_can_be_dropped(backend) {
    let index = &*backend.index;
    store(index, vec![version(1, "a", &["fox"])]).await;
    index.put(CODE, vec![version(2, "b", &["fox"])]).await.unwrap();
    index.flush(CODE).await.unwrap();
    assert_eq!(index.collections().await.unwrap(), [PAPERS, CODE]);
    check(index, "fox", "1/0").await;
    index.put(PAPERS, vec![version(3, "c", &["fox"])]).await.unwrap();
    index.drop_collection(PAPERS).await.unwrap();
    assert_eq!(index.collections().await.unwrap(), [CODE]);
    check(index, "fox", "").await;
    store(index, vec![version(4, "d", &["fox"])]).await;
    check(index, "fox", "4/0").await;
    let left = index.search(CODE, query("fox"), Arc::new(All)).await.unwrap();
    assert_eq!(show(&left), "2/0");
}

hundreds_of_small_flushes_leave_all_and_stay_searchable(backend) {
    let index = &*backend.index;
    for key in 0..200 {
        store(index, vec![version(key, "a", &["fox"])]).await;
    }
    assert_eq!(census(index).await.len(), 200);
    check_query(index, WordQuery { limit: 2, ..query("fox") }, "0/0 1/0").await;
}

}

embedded_only! {

torn_files_are_set_aside_and_told(backend) {
    let segment_file = |folder: &Path, end: &str| {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.into_iter().find(|path| path.to_string_lossy().ends_with(end)).unwrap()
    };
    type Tear = fn(&Path);
    let tear: [(&str, Tear); 4] = [
        ("meta.json", |file| std::fs::write(file, b"{ \"segments\"").unwrap()),
        (".term", |file| std::fs::remove_file(file).unwrap()),
        (".store", |file| std::fs::write(file, b"short").unwrap()),
        (".fast", |file| std::fs::write(file, b"").unwrap()),
    ];
    for (name, tear) in tear {
        let backend = Backend::embedded();
        store(&*backend.index, vec![version(1, "a", &["fox"])]).await;
        let torn = backend.after_crash();
        tear(&segment_file(&torn.files(PAPERS), name));
        check(&*torn.index, "fox", "").await;
        assert_eq!(torn.index.damaged().await.unwrap(), [PAPERS], "{name}");
        store(&*torn.index, vec![version(1, "a", &["fox"])]).await;
        check(&*torn.index, "fox", "1/0").await;
        // Until somebody says that it was built anew, a restart tells it again.
        let restarted = torn.after_crash();
        assert_eq!(restarted.index.damaged().await.unwrap(), [PAPERS]);
        assert_eq!(restarted.index.collections().await.unwrap(), [PAPERS]);
        restarted.index.forget_damaged(PAPERS).await.unwrap();
        assert_eq!(restarted.index.damaged().await.unwrap(), []);
    }
    assert_eq!(backend.index.damaged().await.unwrap(), []);
}

a_flush_that_fails_loses_nothing(backend) {
    let index = &*backend.index;
    store(index, vec![version(1, "a", &["fox"])]).await;
    index.put(PAPERS, vec![version(2, "b", &["fox"])]).await.unwrap();
    // As a full disk would: files cannot be made while the folder is away.
    let (here, away) = (backend.files(PAPERS), backend.folder.path().join("away"));
    std::fs::rename(&here, &away).unwrap();
    for _ in 0..2 {
        let failed = index.flush(PAPERS).await;
        assert!(matches!(failed, Err(IndexError::Store { .. })), "{failed:?}");
    }
    std::fs::rename(&away, &here).unwrap();
    index.flush(PAPERS).await.unwrap();
    assert_eq!(census(index).await, [(1, 1), (2, 1)]);
    assert_eq!(census(&*backend.after_crash().index).await, [(1, 1), (2, 1)]);
}

a_commit_that_was_cut_short_is_done_again(backend) {
    let both = vec![version(1, "a", &["fox"]), version(2, "b", &["fox"])];
    store(&*backend.index, both).await;
    let remove = async |backend: &Backend| {
        backend.index.remove(PAPERS, vec![VersionKey(1)]).await.unwrap();
        backend.index.flush(PAPERS).await.unwrap();
    };
    let restarted = backend.after_crash();
    remove(&restarted).await;
    // All files of its commit are there, but the one that makes them count is the old one.
    let cut = restarted.after_crash();
    let written = |backend: &Backend| backend.files(PAPERS).join(".managed.json");
    let after = std::fs::read(written(&cut)).unwrap();
    copy(backend.folder.path(), cut.folder.path());
    std::fs::write(written(&cut), after).unwrap();
    assert_eq!(census(&*cut.index).await, [(1, 1), (2, 1)]);
    remove(&cut).await;
    assert_eq!(census(&*cut.index).await, [(2, 1)]);
}

a_writer_ends_when_idle_and_comes_back(backend) {
    let mut config = EmbeddedConfig::new(backend.folder.path().to_owned());
    config.idle = Duration::ZERO;
    let index = open(&IndexConfig::Embedded(config)).unwrap();
    store(&*index, vec![version(1, "a", &["fox"])]).await;
    // The writer holds this lock, and a search needs none.
    let lock = File::open(backend.files(PAPERS).join(".tantivy-writer.lock")).unwrap();
    eventually(|| lock.try_lock().is_ok()).await;
    lock.unlock().unwrap();
    check(&*index, "fox", "1/0").await;
    store(&*index, vec![version(2, "a", &["fox"])]).await;
    check(&*index, "fox", "1/0 2/0").await;
}

a_folder_that_was_never_finished_is_begun_anew(backend) {
    std::fs::create_dir_all(backend.files(PAPERS)).unwrap();
    std::fs::write(backend.files(PAPERS).join(".tantivy-writer.lock"), b"").unwrap();
    store(&*backend.index, vec![version(1, "a", &["fox"])]).await;
    check(&*backend.index, "fox", "1/0").await;
    assert_eq!(backend.index.damaged().await.unwrap(), []);
}

}
