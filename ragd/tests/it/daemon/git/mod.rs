//! Repositories that are submitted by their address, from a host on loopback.

mod host;
mod hostile;
mod local;
mod ssh;

use std::fs;
use std::path::Path;
use std::time::Duration;

use protocol::document::DocumentRef;
use protocol::job::{JobState, JobView};
use protocol::search::{Compare, Condition, SearchRequest};
use protocol::submit::{GitSource, PlanRequest, PlanView, Source, SourceRules, SubmitWork};
use protocol::{ErrorCode, ErrorReport, PathBytes, Private, Request};
use ragd::config::Config;

use self::host::{Host, Mood, git};
use super::world::{World, reply, syncing, words};

fn source(address: &str) -> GitSource {
    GitSource {
        address: Private::from(address),
        reference: None,
        depth: 1,
        subdir: None,
    }
}

fn at(address: &str, reference: &str) -> GitSource {
    GitSource {
        reference: Some(reference.to_owned()),
        ..source(address)
    }
}

fn work(source: GitSource, rules: SourceRules) -> SubmitWork {
    SubmitWork::Ingest {
        collection: "c".to_owned(),
        source: Source::Git(Box::new(source)),
        rules,
    }
}

async fn take_by(world: &mut World, source: GitSource, rules: SourceRules) -> JobView {
    let accepted = world.submit_as(work(source, rules)).await.unwrap();
    world.ended(accepted.job).await
}

/// Takes a repository in, which has to work.
async fn take(world: &mut World, source: GitSource) -> JobView {
    let job = take_by(world, source, SourceRules::default()).await;
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    job
}

/// Returns why a repository cannot be taken in.
async fn failure(world: &mut World, source: GitSource) -> ErrorReport {
    let job = take_by(world, source, SourceRules::default()).await;
    job.error.unwrap_or_else(|| panic!("{:?}", job.state))
}

fn planning(source: GitSource, rules: SourceRules) -> Request {
    Request::Plan(PlanRequest {
        collection: "c".to_owned(),
        source: Source::Git(Box::new(source)),
        rules,
        sample: 1_000,
    })
}

async fn plan(world: &mut World, source: GitSource, rules: SourceRules) -> PlanView {
    *reply!(world.client.call(planning(source, rules)).await, Plan)
}

async fn known(world: &mut World, path: &str) -> Vec<String> {
    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from(path),
    };
    let shown = *reply!(
        world.client.call(Request::DocumentShow(document)).await,
        Document
    );
    let facts = shown.facts.into_iter();
    facts
        .map(|(name, value)| format!("{name}={}", value.0))
        .collect()
}

/// Returns the paths of all documents of which something is known.
async fn with(world: &mut World, query: &str, name: &str, value: &str) -> Vec<String> {
    let request = SearchRequest {
        conditions: vec![Condition {
            name: name.to_owned(),
            is: Compare::Is,
            value: Private::from(value),
        }],
        ..words(query)
    };
    let found = world.search_as(request).await.unwrap();
    let mut paths: Vec<_> = found.hits.iter().map(|hit| hit.path.to_text()).collect();
    paths.sort();
    paths
}

async fn world_with(host: &Host, change: impl FnOnce(&mut Config)) -> World {
    let entry = host.entry();
    World::with(|config| {
        config.git_hosts = vec![entry];
        change(config);
    })
    .await
}

/// Lists all files below a folder that have a word.
fn files_with(folder: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&path, word));
        } else if fs::read(&path)
            .is_ok_and(|text| text.windows(word.len()).any(|part| part == word.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_searchable_and_is_not_fetched_twice() {
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("README.md", "walrus at the top\n");
    repo.write("docs/guide.md", "walrus in the docs\n");
    repo.write("docs/old/gone.md", "walrus of old\n");
    repo.write("README.MD", "walrus that shouts\n");
    repo.write(".ragignore", "docs/old/\n");
    repo.write(".hidden.md", "walrus that hides\n");
    repo.write(
        "big.bin",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
    );
    repo.write(".gitignore", "tracked.md\n");
    repo.write("tracked.md", "walrus that was added by force\n");
    repo.git(&["add", "-f", "tracked.md"]);
    std::os::unix::fs::symlink("README.md", repo.path().join("link.md")).unwrap();
    let head = repo.push();
    let submodule = format!("160000,{head},vendor");
    repo.git(&["update-index", "--add", "--cacheinfo", &submodule]);
    repo.git(&["commit", "-q", "-m", "another within"]);
    repo.git(&["push", "-q", "origin", "HEAD"]);
    let head = repo.git(&["rev-parse", "HEAD"]);
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("a.git");
    let job = take(&mut world, source(&address)).await;
    assert_eq!(job.totals.added, 4, "{:?}", job.totals);
    assert_eq!(job.source.to_text(), format!("git:{address}"));
    let mut paths = world.paths("walrus").await;
    paths.sort();
    let expected = ["README.MD", "README.md", "docs/guide.md", "tracked.md"];
    assert_eq!(paths, expected);
    let facts = [
        format!("git.commit={head}"),
        format!("git.origin={address}"),
        "git.ref=main".to_owned(),
    ];
    assert_eq!(known(&mut world, "docs/guide.md").await, facts);
    let failures = [
        ("big.bin", "lfs-pointer"),
        ("link.md", "link"),
        ("vendor", "submodule"),
    ];
    let failures = failures.map(|(name, code)| (name.to_owned(), code.to_owned()));
    assert_eq!(world.failures().await, failures);
    assert_eq!(host.fetches(), 1);
    let job = take(&mut world, source(&address)).await;
    assert_eq!((job.totals.unchanged, job.totals.added), (4, 0));
    assert_eq!(host.fetches(), 1, "the commit is here");
    assert_eq!(world.failures().await.len(), 3);
    let fsck = world.fsck().await;
    assert!(fsck.is_clean(), "{fsck:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_commit_brings_what_changed_and_its_name_to_all() {
    let host = Host::new();
    let repo = host.repository("a.git");
    for name in ["a.md", "b.md", "c.md", "d.md"] {
        repo.write(name, &format!("walrus in {name}\n"));
    }
    let first = repo.push();
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("a.git");
    take(&mut world, source(&address)).await;
    assert_eq!(
        with(&mut world, "walrus", "git.commit", &first).await.len(),
        4
    );
    // As long as before: nothing but its id tells them apart.
    repo.write("a.md", "gazelle in one\n");
    repo.write("e.md", "walrus in e.md\n");
    fs::remove_file(repo.path().join("b.md")).unwrap();
    let second = repo.push();
    let job = take(&mut world, source(&address)).await;
    let totals = [
        job.totals.added,
        job.totals.updated,
        job.totals.deleted,
        job.totals.unchanged,
    ];
    assert_eq!(totals, [1, 1, 0, 2]);
    assert_eq!(world.paths("gazelle").await, ["a.md"]);
    let paths = with(&mut world, "walrus", "git.commit", &second).await;
    assert_eq!(paths, ["b.md", "c.md", "d.md", "e.md"]);
    assert!(
        with(&mut world, "walrus", "GIT.commit", &first)
            .await
            .is_empty()
    );
    // What is gone goes when somebody says so.
    let job = take_by(&mut world, source(&address), syncing()).await;
    assert_eq!((job.state, job.totals.deleted), (JobState::Finished, 1));
    // History that was written anew, and a branch by another name.
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.write("f.md", "walrus of another past\n");
    repo.push();
    repo.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    let job = take(&mut world, source(&address)).await;
    assert_eq!((job.totals.added, job.totals.unchanged), (1, 4));
    let report = failure(&mut world, at(&address, "gone")).await;
    assert_eq!(report.code, ErrorCode::GitNoRef);
    assert!(report.message.contains("`gone`"), "{report:?}");
    take(&mut world, at(&address, "other")).await;
    repo.git(&["push", "-q", "origin", "--delete", "other"]);
    let report = failure(&mut world, at(&address, "other")).await;
    assert_eq!(report.code, ErrorCode::GitNoRef);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_tags_and_commits_are_documents_of_their_own() {
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("docs/a.md", "walrus of the first\n");
    repo.write("src/b.md", "walrus elsewhere\n");
    let first = repo.push();
    repo.git(&["tag", "-a", "-m", "first", "v1"]);
    repo.git(&["push", "-q", "origin", "v1"]);
    repo.git(&["checkout", "-q", "-b", "feature/x"]);
    repo.write("docs/a.md", "walrus of the second\n");
    let second = repo.push();
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("a.git");
    take(&mut world, at(&address, "v1")).await;
    take(&mut world, at(&address, "feature/x")).await;
    assert_eq!(world.documents().await.len(), 4);
    assert_eq!(
        with(&mut world, "first", "git.ref", "v1").await,
        ["docs/a.md"]
    );
    let of_branch = with(&mut world, "second", "git.ref", "feature/x").await;
    assert_eq!(of_branch, ["docs/a.md"]);
    // A tag that has a note leads to its commit.
    assert_eq!(
        with(&mut world, "walrus", "git.commit", &first).await.len(),
        2
    );
    // By hash, and only once: what a hash names never changes.
    take(&mut world, at(&address, &first)).await;
    let asked = host.asked();
    let job = take(&mut world, at(&address, &first)).await;
    assert_eq!((job.totals.unchanged, host.asked()), (2, asked));
    // One folder, with all commits.
    let of_folder = GitSource {
        depth: 0,
        subdir: Some(PathBytes::from("/docs/")),
        ..at(&address, &second)
    };
    let job = take(&mut world, of_folder.clone()).await;
    assert_eq!(job.totals.added, 1);
    let missing = GitSource {
        subdir: Some(PathBytes::from("doc")),
        ..of_folder
    };
    let report = failure(&mut world, missing).await;
    assert_eq!(report.code, ErrorCode::SourceMissing);
    let unknown = at(&address, &"f".repeat(40));
    assert_eq!(failure(&mut world, unknown).await.code, ErrorCode::GitNoRef);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_a_repository_runs_as_it_was_shown() {
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("a.md", "walrus\n");
    repo.write("b.txt", "walrus\n");
    repo.push();
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("a.git");
    let rules = SourceRules {
        include: vec!["*.md".to_owned()],
        ..SourceRules::default()
    };
    let shown = plan(&mut world, source(&address), rules).await;
    assert_eq!((shown.add.files, shown.unchanged.files), (1, 0));
    assert_eq!(shown.skipped.len(), 1, "{:?}", shown.skipped);
    assert!(world.paths("walrus").await.is_empty());
    repo.write("a.md", "gazelle\n");
    repo.push();
    let job = world
        .submit_as(SubmitWork::Plan(shown.id))
        .await
        .unwrap()
        .job;
    world.finished(job).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    let shown = plan(&mut world, source(&address), SourceRules::default()).await;
    assert_eq!((shown.update.files, shown.add.files), (1, 1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_goes_to_its_host_and_nowhere_else() {
    const TOKEN: &str = "glpat-canary-Zx81";
    let host = Host::new();
    host.wants(TOKEN);
    let repo = host.repository("a.git");
    repo.write("a.md", "walrus\n");
    repo.push();
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("a.git");
    let report = failure(&mut world, source(&address)).await;
    assert_eq!(report.code, ErrorCode::GitNoToken, "{report:?}");
    assert!(report.try_next[0].contains(&host.name()), "{report:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let key_file = file.clone();
    world = world
        .reconfigured(|config| config.git_hosts[0].key_file = key_file)
        .await;
    let report = failure(&mut world, source(&address)).await;
    assert_eq!(report.code, ErrorCode::GitNoToken, "{report:?}");
    assert!(
        report.message.contains("not where the configuration says"),
        "{report:?}"
    );
    fs::write(&file, "another-token\n").unwrap();
    let report = failure(&mut world, source(&address)).await;
    assert_eq!(report.code, ErrorCode::GitTokenRefused, "{report:?}");
    // It is read for each use.
    fs::write(&file, format!("{TOKEN}\n")).unwrap();
    take(&mut world, source(&address)).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    assert_eq!(host.seen(), Vec::<String>::new(), "everybody may see that");
    // A host that repeats what it was given.
    host.mood(Mood::Says("403 Forbidden", format!("no, {TOKEN}")));
    repo.push();
    let report = failure(&mut world, source(&address)).await;
    assert_eq!(report.code, ErrorCode::GitTokenRefused, "{report:?}");
    assert!(!format!("{report:?}").contains(TOKEN), "{report:?}");
    // Another host is sent to, and never asked.
    let other = Host::new();
    host.mood(Mood::Elsewhere(other.address("a.git")));
    let report = failure(&mut world, source(&address)).await;
    assert_eq!(report.code, ErrorCode::GitHostRefused, "{report:?}");
    assert_eq!(other.asked(), 0);
    assert_eq!(files_with(&world.state(), TOKEN), Vec::<String>::new());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_ends_when_it_costs_too_much() {
    let host = Host::new();
    let repo = host.repository("a.git");
    let noise: String = (0..600_000_u32)
        .map(|n| format!("{:08x}", n.wrapping_mul(2_654_435_761)))
        .collect();
    repo.write("large.txt", &noise);
    repo.push();
    let mut world = world_with(&host, |config| {
        config.git.repository_bytes = 1 << 20;
        config.git.wall_s = 3;
    })
    .await;
    let address = host.address("a.git");
    let report = failure(&mut world, source(&address)).await;
    assert_eq!(report.code, ErrorCode::GitTooLarge, "{report:?}");
    host.mood(Mood::Silent);
    let report = failure(&mut world, source(&address)).await;
    assert_eq!(report.code, ErrorCode::GitSlow, "{report:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_ends_with_its_job() {
    let host = Host::new();
    host.mood(Mood::Silent);
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("walrus.git");
    let accepted = world
        .submit_as(work(source(&address), SourceRules::default()))
        .await;
    let id = accepted.unwrap().job;
    host.wait_for_request();
    assert!(!host::processes_that_show(&address).is_empty());
    world.client.call(Request::JobCancel(id)).await.unwrap();
    let job = world.ended(id).await;
    assert_eq!(job.state, JobState::Cancelled);
    super::world::eventually("no git is left", async || {
        host::processes_that_show(&address).is_empty().then_some(())
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_stops_does_not_wait_for_a_host() {
    let host = Host::new();
    host.mood(Mood::Silent);
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("walrus.git");
    let accepted = world
        .submit_as(work(source(&address), SourceRules::default()))
        .await;
    let id = accepted.unwrap().job;
    host.wait_for_request();
    // Nothing else ends this wait: the host says nothing, and the grace of a stop is longer than this.
    let stopping = tokio::time::timeout(Duration::from_secs(15), world.restart());
    let mut world = stopping.await.unwrap();
    // Nothing was lost by it, not even an attempt.
    let job = world
        .job_when(id, |job| job.state == JobState::Running)
        .await;
    assert_eq!(job.attempt, 1, "{job:?}");
    world.client.call(Request::JobCancel(id)).await.unwrap();
    world.ended(id).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_needs_any_more_is_removed() {
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("a.md", "walrus\n");
    repo.push();
    let mut world = world_with(&host, |config| config.sweep.interval_ms = 10).await;
    let address = host.address("a.git");
    take(&mut world, source(&address)).await;
    let folder = fs::read_dir(world.state().join("git")).unwrap();
    let folders: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    let [folder] = folders.as_slice() else {
        panic!("{folders:?}");
    };
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    let note = fs::File::options()
        .write(true)
        .open(folder.join("ragd-address"));
    note.unwrap().set_modified(long_ago).unwrap();
    // There is a document of it: the sweeper comes by, and leaves it.
    let before = git(folder, &["rev-parse", "--is-bare-repository"]);
    assert_eq!(before, "true");
    let document = world.documents().await.remove(0).id;
    let remove = Request::DocumentRemove(DocumentRef::Id(document));
    world.client.call(remove).await.unwrap();
    super::world::eventually("the repository goes", async || {
        (!folder.exists()).then_some(())
    })
    .await;
    // The next submit has it anew.
    take(&mut world, source(&address)).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_commits_it_is_known_who_changed_a_file_and_when() {
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("old.md", "walrus of old\n");
    repo.write("new.md", "walrus\n");
    repo.write("own.md", "---\nauthor: Somebody\n---\nwalrus of its own\n");
    repo.push();
    repo.write("new.md", "walrus that changed\n");
    let commit = [
        "commit",
        "-q",
        "-a",
        "-m",
        "two",
        "--author=Bob B <b@b>",
        "--date=2031-02-03T00:00",
    ];
    repo.git(&commit);
    repo.git(&["push", "-q", "origin", "HEAD"]);
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("a.git");
    take(&mut world, source(&address)).await;
    assert!(with(&mut world, "walrus", "author", "Ada").await.is_empty());
    let all = GitSource {
        depth: 0,
        subdir: None,
        ..at(&address, "main")
    };
    take(&mut world, all).await;
    assert_eq!(
        with(&mut world, "walrus", "author", "Ada").await,
        ["old.md"]
    );
    assert_eq!(
        with(&mut world, "walrus", "author", "Bob B").await,
        ["new.md"]
    );
    assert_eq!(
        with(&mut world, "walrus", "date", "2031-02-03").await,
        ["new.md"]
    );
    // What a document says of itself counts for more. Both sets of documents share its passage.
    assert_eq!(
        with(&mut world, "walrus", "author", "Somebody").await.len(),
        1
    );
    // Somebody else wrote the same again.
    for (text, author, day) in [
        ("other\n", "Cy", "2032-01-01"),
        ("walrus of old\n", "Ünal", "2033-01-01"),
    ] {
        repo.write("old.md", text);
        let (author, date) = (
            format!("--author={author} <c@d>"),
            format!("--date={day}T00:00"),
        );
        repo.git(&["commit", "-q", "-a", "-m", "x", &author, &date]);
    }
    repo.git(&["push", "-q", "origin", "HEAD"]);
    let all = GitSource {
        depth: 0,
        subdir: None,
        ..at(&address, "main")
    };
    let job = take(&mut world, all).await;
    assert_eq!(
        (job.totals.updated, job.totals.unchanged),
        (0, 3),
        "{job:?}"
    );
    assert!(with(&mut world, "walrus", "author", "Ada").await.is_empty());
    assert_eq!(
        with(&mut world, "walrus", "date", "2033-01-01").await,
        ["old.md"]
    );
    // In whatever case it is asked for.
    let by = SearchRequest {
        conditions: vec![Condition {
            name: "author".to_owned(),
            is: Compare::Contains,
            value: Private::from("ünal"),
        }],
        ..words("walrus")
    };
    assert_eq!(world.search_as(by).await.unwrap().hits.len(), 1);
    world.stop().await;
}
