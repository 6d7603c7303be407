//! Sources that are watched: when it is quiet, what is searchable is what is there.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use protocol::error::ErrorCode;
use protocol::health::HealthState;
use protocol::job::{JobKind, JobListRequest, JobState, JobView};
use protocol::submit::{SourceRules, SubmitWork};
use protocol::watched::{WatchedState, WatchedView};
use protocol::{PathBytes, Reply, Request};

use super::world::{World, paths, reply, syncing};

fn watching(collection: &str, roots: &[&Path]) -> SubmitWork {
    SubmitWork::Watch {
        collection: collection.to_owned(),
        source: paths(roots),
        rules: SourceRules::default(),
    }
}

impl World {
    /// Watches the source folder for the collection `c`, and waits until it is taken in.
    async fn watch(&mut self) -> JobView {
        let files = self.files();
        let accepted = self.submit_as(watching("c", &[&files])).await.unwrap();
        let job = self.ended(accepted.job).await;
        self.is_in(WatchedState::Current).await;
        job
    }

    async fn watched(&mut self) -> Vec<WatchedView> {
        reply!(self.client.call(Request::WatchedList).await, Watched)
    }

    /// Waits until the one watched source is in a state.
    async fn is_in(&mut self, state: WatchedState) -> WatchedView {
        let client = &mut self.client;
        let look = async || {
            let sources = reply!(client.call(Request::WatchedList).await, Watched);
            let [source] = sources.as_slice() else {
                panic!("one source is watched, not {sources:?}");
            };
            (source.state == state).then(|| source.clone())
        };
        until(&format!("the source is {}", state.as_str()), look).await
    }

    /// Waits until these files and no others are searchable by a word.
    async fn finds(&mut self, word: &str, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|path| (*path).to_owned()).collect();
        let mut last = BTreeSet::new();
        let what = format!("`{word}` is found in {expected:?}");
        let found = until(&what, async || {
            last = self.paths(word).await.into_iter().collect();
            (last == expected).then_some(())
        });
        found.await;
    }

    async fn jobs(&mut self, kind: JobKind) -> Vec<JobView> {
        let request = Request::JobList(JobListRequest::default());
        let mut jobs = reply!(self.client.call(request).await, Jobs).items;
        jobs.retain(|job| job.kind == kind);
        jobs
    }

    /// Waits until all that is there is searchable as it is, and nothing else.
    async fn agrees(&mut self) {
        let files = self.files();
        let what = "what is searchable is what is there";
        until(what, async || {
            let there = contents(&files);
            let known: BTreeSet<_> = self
                .documents()
                .await
                .into_iter()
                .map(|document| (document.path.0, document.content.0.to_vec()))
                .collect();
            (there == known).then_some(())
        })
        .await;
    }
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        if let Some(value) = look().await {
            return value;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "never happened: {what}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Returns path and hash of each file that is no hidden one.
fn contents(root: &Path) -> BTreeSet<(Vec<u8>, Vec<u8>)> {
    let mut open = vec![root.to_owned()];
    let mut all = BTreeSet::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name().as_bytes().starts_with(b".") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                let hash = ragd::ids::content_hash(&bytes);
                let below = path.strip_prefix(root).unwrap();
                all.insert((below.as_os_str().as_bytes().to_vec(), hash.0.to_vec()));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_becomes_searchable_and_what_goes_does_not_stay() {
    let mut world = World::new().await;
    world.write("a.md", "a walrus\n");
    let job = world.watch().await;
    assert_eq!((job.state, job.kind), (JobState::Finished, JobKind::Ingest));
    world.finds("walrus", &["a.md"]).await;
    // New, changed, in a new folder, moved, and gone.
    world.write("b.md", "another walrus\n");
    world.finds("walrus", &["a.md", "b.md"]).await;
    world.write("a.md", "a narwhal\n");
    world.finds("walrus", &["b.md"]).await;
    world.finds("narwhal", &["a.md"]).await;
    world.write("deep/er/c.md", "a deep walrus\n");
    world.finds("walrus", &["b.md", "deep/er/c.md"]).await;
    fs::rename(world.files().join("deep"), world.files().join("moved")).unwrap();
    world.finds("walrus", &["b.md", "moved/er/c.md"]).await;
    world.write("moved/er/d.md", "a walrus in a moved folder\n");
    world
        .finds("walrus", &["b.md", "moved/er/c.md", "moved/er/d.md"])
        .await;
    fs::remove_file(world.files().join("b.md")).unwrap();
    world
        .finds("walrus", &["moved/er/c.md", "moved/er/d.md"])
        .await;
    // More than may go from a source that nobody watches.
    fs::remove_dir_all(world.files().join("moved")).unwrap();
    world.finds("walrus", &[]).await;
    fs::remove_file(world.files().join("a.md")).unwrap();
    world.finds("narwhal", &[]).await;
    world.is_in(WatchedState::Current).await;
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_become_a_folder_and_a_link() {
    let mut world = World::new().await;
    let path = world.write("a", "a walrus\n");
    let outside = world.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.md"), "a walrus outside\n").unwrap();
    world.watch().await;
    fs::remove_file(&path).unwrap();
    world.write("a/b.md", "a walrus in a folder\n");
    world.finds("walrus", &["a/b.md"]).await;
    fs::rename(&path, world.dir.path().join("taken-out")).unwrap();
    std::os::unix::fs::symlink(&outside, &path).unwrap();
    world.finds("walrus", &[]).await;
    // Neither what a link leads to nor what was taken out is told of any more.
    fs::write(outside.join("more.md"), "a walrus outside\n").unwrap();
    fs::write(world.dir.path().join("taken-out/c.md"), "a walrus\n").unwrap();
    world.write("last.md", "a narwhal\n");
    world.finds("narwhal", &["last.md"]).await;
    world.finds("walrus", &[]).await;
    let source = world.is_in(WatchedState::Current).await;
    // The folder, and those above it, of which only the end is told.
    let above = world.files().ancestors().count() as u64 - 1;
    assert_eq!(source.folders, 1 + above);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_leave_out_is_not_watched_and_rules_may_change() {
    let mut world = World::new().await;
    world.write(".gitignore", "/target/\n*.log\n");
    world.write("src/main.rs", "fn walrus() {}\n");
    world.write("target/debug/x.rs", "fn walrus() {}\n");
    world.write("src/a.log", "walrus\n");
    world.watch().await;
    world.finds("walrus", &["src/main.rs"]).await;
    let before = world.is_in(WatchedState::Current).await;
    // A build: nobody is told of it, and there is no job.
    for number in 0..50 {
        world.write(
            &format!("target/debug/deps/{number}.rs"),
            "fn walrus() {}\n",
        );
    }
    world.write("src/b.rs", "fn walrus() {}\n");
    world.finds("walrus", &["src/main.rs", "src/b.rs"]).await;
    let after = world.is_in(WatchedState::Current).await;
    assert_eq!(after.folders, before.folders);
    // Deeper rules, then none at all.
    world.write("src/.ragignore", "b.rs\n");
    world.finds("walrus", &["src/main.rs"]).await;
    world.write(".gitignore", "*.log\n");
    let mut all: Vec<String> = (0..50)
        .map(|n| format!("target/debug/deps/{n}.rs"))
        .collect();
    all.extend(["src/main.rs", "target/debug/x.rs"].map(str::to_owned));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    world.finds("walrus", &all).await;
    // What was left out is watched by now.
    world.write("target/debug/late.rs", "fn walrus() {}\n");
    let with_late = [all.as_slice(), &["target/debug/late.rs"]].concat();
    world.finds("walrus", &with_late).await;
    world.write(".gitignore", "/target/\n*.log\n");
    world.finds("walrus", &["src/main.rs"]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_above_a_root_count_too() {
    let mut world = World::new().await;
    world.write(".git/info/exclude", "");
    world.write("sub/a.md", "a walrus\n");
    world.write("sub/b.md", "a walrus\n");
    let sub = world.files().join("sub");
    let accepted = world.submit_as(watching("c", &[&sub])).await.unwrap();
    world.finished(accepted.job).await;
    world.is_in(WatchedState::Current).await;
    world.write(".gitignore", "b.md\n");
    world.finds("walrus", &["a.md"]).await;
    world.write(".git/info/exclude", "a.md\n");
    world.finds("walrus", &[]).await;
    fs::remove_dir_all(world.files().join(".git")).unwrap();
    world.finds("walrus", &["a.md", "b.md"]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_finds_what_happened_meanwhile_and_goes_on() {
    let mut world = World::new().await;
    for number in 0..10 {
        world.write(&format!("{number}.md"), format!("walrus {number}\n"));
    }
    world.watch().await;
    let before = world.watched().await;
    let files = world.files();
    let mut world = world
        .restart_after(|_| {
            // Most of it: the folder is the one it was.
            (1..10).for_each(|number| fs::remove_file(files.join(format!("{number}.md"))).unwrap());
            fs::write(files.join("new.md"), "a new walrus\n").unwrap();
        })
        .await;
    world.finds("walrus", &["0.md", "new.md"]).await;
    let after = world.is_in(WatchedState::Current).await;
    assert_eq!(
        (after.id, after.created_at),
        (before[0].id, before[0].created_at)
    );
    world.write("later.md", "a later walrus\n");
    world.finds("walrus", &["0.md", "new.md", "later.md"]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_that_goes_keeps_its_documents_and_is_taken_up_again() {
    let mut world = World::new().await;
    world.write("a.md", "a walrus\n");
    world.watch().await;
    let away = world.dir.path().join("away");
    fs::rename(world.files(), &away).unwrap();
    let source = world.is_in(WatchedState::Away).await;
    assert!(source.cause.unwrap().contains("is not there"));
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    let health = reply!(world.client.call(Request::Health).await, Health);
    let part = health
        .parts
        .iter()
        .find(|part| part.name == "watch")
        .unwrap();
    assert_eq!(part.state, HealthState::Degraded);
    // An empty folder in its place, as a disk leaves behind that is not mounted.
    fs::create_dir(world.files()).unwrap();
    world.is_in(WatchedState::Held).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    fs::remove_dir(world.files()).unwrap();
    fs::write(away.join("b.md"), "a walrus that came meanwhile\n").unwrap();
    fs::rename(&away, world.files()).unwrap();
    world.finds("walrus", &["a.md", "b.md"]).await;
    world.is_in(WatchedState::Current).await;
    world.write("c.md", "a later walrus\n");
    world.finds("walrus", &["a.md", "b.md", "c.md"]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_the_root_keeps_its_documents() {
    let mut world = World::new().await;
    world.write("a.md", "a walrus\n");
    world.watch().await;
    let (files, away) = (world.files(), world.dir.path().join("away"));
    let mut world = world
        .restart_after(|_| {
            fs::rename(&files, &away).unwrap();
            fs::create_dir(&files).unwrap();
        })
        .await;
    world.is_in(WatchedState::Held).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    let mut world = world
        .restart_after(|_| {
            fs::remove_dir(&files).unwrap();
            fs::rename(&away, &files).unwrap();
            fs::write(files.join("b.md"), "another walrus\n").unwrap();
        })
        .await;
    world.finds("walrus", &["a.md", "b.md"]).await;
    world.is_in(WatchedState::Current).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_tells_of_changes_they_are_looked_for() {
    let mut world = World::with(|config| {
        config.watch.folders = 3;
        config.watch.poll_ms = 100;
    })
    .await;
    world.write("a/b/c/d/e.md", "a walrus\n");
    world.watch().await;
    let source = world.is_in(WatchedState::Current).await;
    assert!(source.is_polled && source.folders == 0, "{source:?}");
    assert!(source.cause.unwrap().contains("more than 3 folders"));
    assert!(source.next_step.unwrap().contains("watch.folders"));
    world.write("a/f.md", "another walrus\n");
    world.finds("walrus", &["a/b/c/d/e.md", "a/f.md"]).await;
    fs::remove_dir_all(world.files().join("a/b")).unwrap();
    world.finds("walrus", &["a/f.md"]).await;
    let health = reply!(world.client.call(Request::Health).await, Health);
    let part = health
        .parts
        .iter()
        .find(|part| part.name == "watch")
        .unwrap();
    assert_eq!(part.state, HealthState::Degraded);
    let away = world.dir.path().join("away");
    fs::rename(world.files(), &away).unwrap();
    world.is_in(WatchedState::Away).await;
    assert_eq!(world.paths("walrus").await, ["a/f.md"]);
    fs::rename(&away, world.files()).unwrap();
    world.is_in(WatchedState::Current).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_its_jobs_only_the_last_one_is_listed_and_those_that_failed() {
    let mut world = World::new().await;
    world.write("a.md", "walrus 0\n");
    let first = world.watch().await;
    for number in 1..6 {
        world.write("a.md", format!("walrus{number}\n"));
        world.finds(&format!("walrus{number}"), &["a.md"]).await;
        world.is_in(WatchedState::Current).await;
    }
    let source = world.watched().await.remove(0);
    let jobs = world.jobs(JobKind::Watch).await;
    let ids: Vec<_> = jobs.iter().map(|job| Some(job.id)).collect();
    assert_eq!(ids, [source.job]);
    assert_eq!(
        jobs[0].source,
        PathBytes::from(world.files().to_str().unwrap())
    );
    assert!(source.updated_at.is_some());
    let kept = world.jobs(JobKind::Ingest).await;
    assert_eq!(kept.len(), 1, "what somebody submitted stays listed");
    assert_eq!(kept[0].id, first.id);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_and_goes_or_stays_as_it_is_makes_no_job() {
    let mut world = World::new().await;
    world.write(".gitignore", "*.tmp\n");
    let path = world.write("a.md", "a walrus\n");
    // Old enough to be believed unchanged.
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(past).unwrap();
    world.watch().await;
    let none = world.jobs(JobKind::Watch).await;
    assert!(none.is_empty(), "{none:?}");
    world.write("b.tmp", "left out\n");
    world.write(".c.swp", "hidden\n");
    world.is_in(WatchedState::Current).await;
    // They are listed as left out, which says that they were looked at.
    until("both are left out", async || {
        let gaps = world.gaps(true).await;
        let names: BTreeSet<_> = gaps.iter().map(|gap| gap.path.to_text()).collect();
        (names.contains("b.tmp") && names.contains(".c.swp")).then_some(())
    })
    .await;
    world.is_in(WatchedState::Current).await;
    assert!(world.jobs(JobKind::Watch).await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_unwatches_keeps_what_is_searchable_and_who_removes_the_collection_does_not() {
    let mut world = World::new().await;
    world.write("a.md", "a walrus\n");
    world.watch().await;
    let id = world.watched().await[0].id;
    let done = world.client.call(Request::WatchedEnd(id)).await;
    assert_eq!(done, Ok(Reply::Done));
    assert!(world.watched().await.is_empty());
    let again = world.client.call(Request::WatchedEnd(id)).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::NotFound);
    world.write("b.md", "another walrus\n");
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    world.watch().await;
    world.finds("walrus", &["a.md", "b.md"]).await;
    let gone = world.client.call(Request::CollectionRemove("c".to_owned()));
    gone.await.unwrap();
    assert!(world.watched().await.is_empty());
    world.write("c.md", "a walrus that nobody wants\n");
    let mut world = world.restart().await;
    assert!(world.watched().await.is_empty());
    let gone = world.client.call(Request::CollectionShow("c".to_owned()));
    assert_eq!(gone.await.unwrap_err().code, ErrorCode::NotFound);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_watched_is_refused_before_anything_is_done() {
    let mut world = World::with(|config| config.watch.sources = 2).await;
    world.write("a/b/c.md", "a walrus\n");
    world.write("d/e.md", "a walrus\n");
    let files = world.files();
    let (a, b, d) = (files.join("a"), files.join("a/b"), files.join("d"));
    let link = files.join("link");
    std::os::unix::fs::symlink(&a, &link).unwrap();
    let refused = world.submit_as(watching("c", &[&link])).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unsupported);
    assert!(world.jobs(JobKind::Ingest).await.is_empty());
    world.submit_as(watching("c", &[&a])).await.unwrap();
    // The same again is the same.
    world.submit_as(watching("c", &[&a])).await.unwrap();
    assert_eq!(world.watched().await.len(), 1);
    let refused = world.submit_as(watching("c", &[&d, &b])).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict);
    world.submit_as(watching("other", &[&b])).await.unwrap();
    let refused = world.submit_as(watching("c", &[&d])).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooLarge);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_may_be_watched_one_by_one() {
    let mut world = World::new().await;
    let (a, b) = (
        world.write("a.md", "a walrus\n"),
        world.write("x/b.md", "a walrus\n"),
    );
    world.write("c.md", "a walrus that nobody asked for\n");
    let accepted = world.submit_as(watching("c", &[&a, &b])).await.unwrap();
    world.finished(accepted.job).await;
    world.finds("walrus", &["a.md", "b.md"]).await;
    world.is_in(WatchedState::Current).await;
    world.write("c.md", "a narwhal that nobody asked for\n");
    // As editors do it.
    world.write("x/b.md~", "a narwhal\n");
    fs::rename(world.files().join("x/b.md~"), &b).unwrap();
    world.finds("narwhal", &["b.md"]).await;
    fs::write(&a, "a narwhal\n").unwrap();
    world.finds("narwhal", &["a.md", "b.md"]).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submit_beside_it_disturbs_nothing() {
    let mut world = World::new().await;
    world.write("a.md", "a walrus\n");
    world.watch().await;
    world.write("b.md", "another walrus\n");
    let files = world.files();
    world.take(&files, syncing()).await;
    fs::remove_file(files.join("a.md")).unwrap();
    world.take(&files, syncing()).await;
    world.write("a.md", "a new walrus\n");
    world.agrees().await;
    world.is_in(WatchedState::Current).await;
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}
