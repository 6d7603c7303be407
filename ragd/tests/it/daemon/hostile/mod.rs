//! Hundreds of files that mean harm among as many good ones: each of the first is read or is a gap,
//! each of the second is found, and nothing else happens.

mod archives;
mod corpus;
mod folder;
mod good;
mod pages;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use protocol::document::{DocumentListRequest, DocumentState, GapFilter, GapListRequest};
use protocol::job::{JobState, PageRequest};
use protocol::submit::SourceRules;
use protocol::{PathBytes, Request};

use super::world::{World, reply};
use corpus::ESCAPED;
use good::GOOD;

/// An end that is waited for comes long before, or never.
const DEADLINE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn files_that_mean_harm_are_gaps_and_cost_no_other() {
    let start = Instant::now();
    let mut world = World::with(|config| {
        let extract = &mut config.extract;
        extract.cpu_s = 1;
        extract.wall_s = 5;
        extract.memory_bytes = 300 << 20;
        extract.text_bytes = 4 << 20;
        extract.answer_bytes = 16 << 20;
        extract.archive_bytes = 16 << 20;
        extract.archive_entry_bytes = 4 << 20;
        extract.archive_entries = 1_000;
        config.ingest.max_file_bytes = 32 << 20;
    })
    .await;
    let canary = world.dir.path().join(ESCAPED);
    fs::write(&canary, "sings\n").unwrap();
    let files = world.files();
    let hostile = below(&files, &corpus::fill(&files, &canary));
    assert!(
        hostile.len() >= GOOD,
        "only {} files mean harm",
        hostile.len()
    );
    good::fill(&files);
    let before = listing(world.dir.path());
    let begun = reply!(world.client.call(Request::Status).await, Status);

    let accepted = world.submit(&files, SourceRules::default()).await;
    let job = loop {
        assert_eq!(sockets(), HashSet::new(), "something speaks to the network");
        let job = world.job(accepted.job).await;
        if job.state.is_end() {
            break job;
        }
        assert!(start.elapsed() < DEADLINE, "still {job:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);

    let status = reply!(world.client.call(Request::Status).await, Status);
    assert_eq!((status.boot_id, status.pid), (begun.boot_id, begun.pid));
    assert_eq!(
        listing(world.dir.path()),
        before,
        "something was written or changed"
    );
    assert_eq!(escaped(&canary), Vec::<PathBuf>::new());
    let fates = fates(&mut world).await;
    let lost: Vec<_> = hostile
        .iter()
        .filter(|path| !fates.contains_key(*path))
        .collect();
    assert!(lost.is_empty(), "neither searchable nor a gap: {lost:?}");
    let mut counts = BTreeMap::<&str, usize>::new();
    for path in &hostile {
        *counts.entry(fates[path].as_str()).or_default() += 1;
    }
    println!("{} files that mean harm: {counts:?}", hostile.len());
    let unknown: Vec<_> = counts.keys().filter(|fate| !FATES.contains(fate)).collect();
    assert!(unknown.is_empty(), "{unknown:?} of {counts:?}");
    for number in 0..GOOD {
        let found = world.paths(&good::word(number)).await;
        assert_eq!(found, [good::path(number)]);
    }
    // Of files that a document names on the machine, nothing is found.
    assert_eq!(world.paths("sings").await, [""; 0]);
    assert!(world.paths("\"root:x:0\"").await.is_empty());
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

/// Every end that a file may find.
const FATES: [&str; 36] = [
    "searchable",
    "bad-name",
    "binary",
    "broken",
    "cut-off",
    "encrypted",
    "extract-cpu",
    "extract-crash",
    "extract-memory",
    "extract-output",
    "extract-slow",
    "hidden",
    "link",
    "needs-vision",
    "no-text",
    "office-unpack-limit",
    "permission-denied",
    "special",
    "too-deep",
    "too-deep-html",
    "too-deep-xml",
    "too-large",
    "too-large-stream",
    "too-large-within",
    "too-many-chunks",
    "too-many-nodes",
    "too-many-objects",
    "too-many-pages",
    "too-many-parts",
    "too-many-pixels",
    "too-many-within",
    "too-much-text",
    "too-much-within",
    "unpack-limit",
    "unpack-memory",
    "unsupported-format",
];

/// Returns paths as they are below the source.
fn below(source: &Path, paths: &[PathBuf]) -> Vec<PathBytes> {
    let below = paths.iter().map(|path| path.strip_prefix(source).unwrap());
    below
        .map(|path| PathBytes(path.as_os_str().as_bytes().to_vec()))
        .collect()
}

/// Returns what became of every file: searchable, or the rule or code of its gap.
async fn fates(world: &mut World) -> HashMap<PathBytes, String> {
    let mut fates = HashMap::new();
    let mut page = PageRequest::default();
    loop {
        let request = GapListRequest {
            filter: GapFilter {
                include_skipped: true,
                ..GapFilter::default()
            },
            page: page.clone(),
        };
        let gaps = reply!(world.client.call(Request::Gaps(request)).await, Gaps);
        for gap in gaps.items {
            assert!(!gap.rule.is_empty() && !gap.code.is_empty(), "{gap:?}");
            fates.insert(gap.path, gap.rule);
        }
        page.cursor = gaps.next;
        if page.cursor.is_none() {
            break;
        }
    }
    loop {
        let request = DocumentListRequest {
            page: page.clone(),
            ..DocumentListRequest::default()
        };
        let documents = reply!(
            world.client.call(Request::DocumentList(request)).await,
            Documents
        );
        for document in documents.items {
            if document.state == DocumentState::Active {
                let before = fates.insert(document.path.clone(), "searchable".to_owned());
                assert_eq!(before, None, "{}", document.path);
            }
        }
        page.cursor = documents.next;
        if page.cursor.is_none() {
            return fates;
        }
    }
}

/// Everything below a folder but the state and the socket, with sizes and times.
fn listing(folder: &Path) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let stat = fs::symlink_metadata(&path).unwrap();
            if path.ends_with("state") || path.ends_with("run") {
                continue;
            }
            if stat.is_dir() {
                open.push(path.clone());
            }
            all.push((path, stat.len(), stat.modified().ok()));
        }
    }
    all.sort();
    all
}

/// Looks where names that climb would lead: above the source, and above where this process is.
fn escaped(canary: &Path) -> Vec<PathBuf> {
    let here = std::env::current_dir().unwrap();
    let above = canary.ancestors().chain(here.ancestors()).skip(1);
    let places = above.map(|folder| folder.join(ESCAPED));
    places
        .filter(|place| place != canary && place.exists())
        .collect()
}

/// Returns sockets of the internet that this process has: none, as no document makes it ask anybody.
/// Children cannot have any, which is tested where their walls are. Other tests have some, so this
/// looks only where each test is a process.
fn sockets() -> HashSet<String> {
    if std::env::var_os("NEXTEST_EXECUTION_MODE").is_none_or(|mode| mode != "process-per-test") {
        return HashSet::new();
    }
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let own: HashSet<String> = links
        .filter_map(|link| {
            let to = fs::read_link(link.path()).ok()?;
            let inode = to.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let mut found = HashSet::new();
    for table in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6", "icmp"] {
        let table = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        let inodes = table
            .lines()
            .filter_map(|line| line.split_whitespace().nth(9));
        found.extend(
            inodes
                .filter(|inode| own.contains(*inode))
                .map(str::to_owned),
        );
    }
    found
}
