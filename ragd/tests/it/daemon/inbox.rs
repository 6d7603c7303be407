//! What is not searchable, by cause, and another try for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use protocol::document::{
    GapFilter, GapGroupView, GapGroupsRequest, GapListRequest, GapRetry, GapRetryRequest, GapView,
};
use protocol::job::{JobState, JobView, PageRequest, Stage};
use protocol::{ErrorCode, PathBytes, Request};
use ragd::config::Config;

use super::world::{World, eventually, reply};
use crate::contract::fleet::server::Server;
use crate::qdrant_server::QdrantServer;

const BINARY: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0";

/// What a child may say about a document, so that long ones cost it its life.
const LITTLE: u64 = 2_000;

fn long(word: &str) -> String {
    format!("{word} ").repeat(2_000)
}

fn at(path: &str) -> GapFilter {
    GapFilter {
        paths: vec![PathBytes::from(path)],
        ..GapFilter::default()
    }
}

fn of_code(code: &str) -> GapFilter {
    GapFilter {
        codes: vec![code.to_owned()],
        ..GapFilter::default()
    }
}

async fn groups(world: &mut World, filter: GapFilter) -> Vec<GapGroupView> {
    let request = Request::GapGroups(GapGroupsRequest {
        filter,
        examples: 2,
    });
    let page = reply!(world.client.call(request).await, GapGroups);
    assert_eq!(page.total, page.items.len() as u64);
    page.items
}

async fn listed(world: &mut World, filter: GapFilter) -> Vec<GapView> {
    let page = PageRequest::default();
    let request = Request::Gaps(GapListRequest { filter, page });
    reply!(world.client.call(request).await, Gaps).items
}

async fn names(world: &mut World, filter: GapFilter) -> Vec<String> {
    let gaps = listed(world, filter).await.into_iter();
    gaps.map(|gap| gap.path.to_text()).collect()
}

async fn ask(world: &mut World, filter: GapFilter, dry_run: bool) -> GapRetry {
    let request = Request::GapRetry(GapRetryRequest { filter, dry_run });
    reply!(world.client.call(request).await, GapRetry)
}

/// Has gaps read again and waits for the one job that does it.
async fn retry(world: &mut World, filter: GapFilter) -> JobView {
    let done = ask(world, filter, false).await;
    let [job] = done.jobs.as_slice() else {
        panic!("one job, not {done:?}");
    };
    world.finished(job.job.unwrap()).await
}

/// A parser that counts how often it is started, of which a child at a time is there.
fn counted(config: &mut Config, folder: &Path) -> PathBuf {
    let (program, count) = (folder.join("counted"), folder.join("count"));
    let ragd = env!("CARGO_BIN_EXE_ragd");
    let script = format!(
        "#!/bin/sh\necho >>{}\nexec {ragd} \"$@\"\n",
        count.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    config.extract.program = program;
    config.extract.children = 1;
    config.extract.answer_bytes = LITTLE;
    count
}

fn starts(count: &Path) -> usize {
    fs::read_to_string(count)
        .unwrap_or_default()
        .lines()
        .count()
}

/// Returns the starts so far once a daemon that is new has tried whether a child can be started.
async fn starts_after(count: &Path, before: usize) -> usize {
    let tried = async || (starts(count) > before).then_some(());
    eventually("the daemon tries its sandbox", tried).await;
    starts(count)
}

/// Writes a file of which the next look is believed.
fn write_old(world: &World, path: &str, content: impl AsRef<[u8]>) {
    let path = world.write(path, content);
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(past).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_are_grouped_by_cause_and_narrowed() {
    let mut world = World::with(|config| config.ingest.max_file_bytes = 10_000).await;
    for number in 0..4 {
        world.write(&format!("tools/{number}.md"), BINARY);
    }
    world.write("large.md", long("walrus"));
    world.write("tools/large.md", long("walrus"));
    world.write("noise.md", b"\x01\x00\x02\x00\x00\x9f".repeat(50));
    world.write("ignored.md", "walrus\n");
    world.write(".ragignore", "ignored.md\n");
    let job = world.take_in().await;
    let all = groups(&mut world, GapFilter::default()).await;
    let told: Vec<_> = all
        .iter()
        .map(|group| (group.code.as_str(), group.gaps, group.bytes, group.stage))
        .collect();
    let (planning, extracting) = (Some(Stage::Planning), Some(Stage::Extracting));
    let large = long("walrus").len() as u64;
    let expected = [
        ("unsupported-format", 4, 4 * BINARY.len() as u64, extracting),
        ("too-large", 2, 2 * large, planning),
        ("binary", 1, 300, extracting),
    ];
    assert_eq!(told, expected);
    let reason = "left out by the rule `too-large`".to_owned();
    assert_eq!(all[1].reason, Some(reason));
    let examples = |group: &GapGroupView| -> Vec<String> {
        let paths = group.examples.iter().map(|gap| gap.path.to_text());
        paths.collect()
    };
    assert_eq!(examples(&all[0]), ["tools/0.md", "tools/1.md"]);

    let check = async |world: &mut World, filter: GapFilter, expected: &[&str]| {
        assert_eq!(names(world, filter.clone()).await, expected, "{filter:?}");
        let grouped = groups(world, filter).await;
        let sum: u64 = grouped.iter().map(|group| group.gaps).sum();
        assert_eq!(sum, expected.len() as u64);
    };
    let tools = ["tools/0.md", "tools/1.md", "tools/2.md", "tools/3.md"];
    check(&mut world, of_code("unsupported-format"), &tools).await;
    let large = ["large.md", "tools/large.md"];
    check(&mut world, at("*large.md"), &large).await;
    check(&mut world, at("large.md"), &large[..1]).await;
    check(&mut world, at("tool"), &[]).await;
    let source = world.files().join("tools/");
    let below = [
        "tools/0.md",
        "tools/1.md",
        "tools/2.md",
        "tools/3.md",
        large[1],
    ];
    check(&mut world, at(source.to_str().unwrap()), &below).await;
    check(&mut world, at("tools"), &below).await;
    let both = GapFilter {
        stages: vec![Stage::Planning],
        ..at("tools")
    };
    check(&mut world, both, &large[1..]).await;
    let of_job = |job| GapFilter {
        job: Some(job),
        ..of_code("binary")
    };
    check(&mut world, of_job(job.id), &["noise.md"]).await;
    check(&mut world, of_job(protocol::JobId::new()), &[]).await;
    let skipped = GapFilter {
        include_skipped: true,
        ..of_code("skipped")
    };
    check(&mut world, skipped, &[".ragignore", "ignored.md"]).await;
    check(&mut world, of_code("skipped"), &[]).await;
    let too_much = GapFilter {
        codes: vec!["x".to_owned(); 501],
        ..GapFilter::default()
    };
    let request = Request::GapRetry(GapRetryRequest {
        filter: too_much,
        dry_run: true,
    });
    assert_eq!(world.client.refused(request).await, ErrorCode::BadRequest);
    let most = GapFilter {
        paths: vec![PathBytes::from("*large.md"); 500],
        ..GapFilter::default()
    };
    check(&mut world, most, &large).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_looks_as_before_is_read_when_somebody_asks() {
    let mut world = World::with(|config| config.extract.text_bytes = 1_000).await;
    write_old(&world, "sub/a.md", long("walrus"));
    write_old(&world, "b.md", BINARY);
    world.take_in().await;
    let of_a = "too-much-text".to_owned();
    let gaps = [
        ("a.md".to_owned(), of_a),
        ("b.md".to_owned(), "unsupported-format".to_owned()),
    ];
    let mut world = world
        .reconfigured(|config| config.extract.text_bytes = 64 << 20)
        .await;
    assert_eq!(world.take_in().await.totals.added, 0, "it looks as before");
    assert_eq!(world.failures().await, gaps);

    let tried = ask(&mut world, of_code("too-much-text"), true).await;
    let [job] = tried.jobs.as_slice() else {
        panic!("one job, not {tried:?}");
    };
    assert_eq!((job.job, job.gaps, job.sources), (None, 1, 1));
    assert_eq!(job.examples, [PathBytes::from("sub/a.md")]);
    let nothing = ask(&mut world, of_code("no-such-code"), false).await;
    assert_eq!(nothing, GapRetry::default());
    assert_eq!(world.failures().await, gaps, "nothing was done so far");

    let job = retry(&mut world, at("sub/*")).await;
    assert_eq!((job.totals.added, job.totals.failed), (1, 0));
    assert_eq!(world.paths("walrus").await, ["sub/a.md"]);
    let job = retry(&mut world, GapFilter::default()).await;
    assert_eq!((job.totals.added, job.totals.failed), (0, 1));
    assert_eq!(world.failures().await, gaps[1..]);
    assert_eq!(world.gaps(false).await[0].job, Some(job.id));
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_scan_left_out_is_scanned_again_by_its_own_rules() {
    let mut world = World::with(|config| config.ingest.max_file_bytes = 1_000).await;
    world.write("sub/large.md", long("walrus"));
    world.write("sub/other.txt", long("walrus"));
    let files = world.files();
    let rules = protocol::submit::SourceRules {
        include: vec!["*.md".to_owned()],
        ..protocol::submit::SourceRules::default()
    };
    world.take(&files, rules).await;
    assert_eq!(
        names(&mut world, of_code("too-large")).await,
        ["sub/large.md"]
    );
    let mut world = world
        .reconfigured(|config| config.ingest.max_file_bytes = 1 << 20)
        .await;
    let job = retry(&mut world, of_code("too-large")).await;
    assert_eq!(job.totals.added, 1);
    assert_eq!(world.paths("walrus").await, ["sub/large.md"]);
    assert_eq!(world.failures().await, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_tried_with_its_document() {
    let mut world = World::new().await;
    let message = "From: a@x.org\r\nSubject: walrus\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=B\r\n\r\n\
        --B\r\nContent-Type: text/plain\r\n\r\nthe body\r\n\
        --B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment; filename=\"p.png\"\r\n\r\niVBORw0KGgoAAAA=\r\n--B--\r\n";
    world.write("sub/m.eml", message);
    world.take_in().await;
    let handed_in = world.hand_in("n.eml", message.as_bytes()).await.job;
    world.finished(handed_in).await;
    for (part, document) in [("sub/m.eml!/p.png", "sub/m.eml"), ("n.eml!/p.png", "n.eml")] {
        let done = ask(&mut world, at(part), true).await;
        assert_eq!(done.jobs[0].examples, [PathBytes::from(document)]);
        let job = retry(&mut world, at(part)).await;
        assert_eq!((job.totals.unchanged, job.totals.failed), (1, 0), "{job:?}");
        let gap = listed(&mut world, at(part)).await.remove(0);
        assert_eq!(gap.job, Some(job.id), "it was read again");
    }
    assert_eq!(world.paths("body").await.len(), 2);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_tried_as_the_content_that_it_was() {
    let mut world = World::with(|config| config.extract.text_bytes = 1_000).await;
    for name in ["a.md", "b.md"] {
        let job = world.hand_in(name, long("walrus").as_bytes()).await.job;
        world.finished(job).await;
    }
    let mut world = world
        .reconfigured(|config| config.extract.text_bytes = 64 << 20)
        .await;
    world.pause().await;
    // A newer content waits, and is not to lose against the older one.
    let newer = world.hand_in("b.md", b"giraffe\n").await.job;
    let done = ask(&mut world, GapFilter::default(), false).await;
    assert_eq!((done.jobs.len(), done.to_submit), (1, 0));
    world.resume().await;
    world.finished(done.jobs[0].job.unwrap()).await;
    world.finished(newer).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    assert_eq!(world.paths("giraffe").await, ["b.md"]);
    assert_eq!(world.failures().await, []);
    world.stop().await;
}

/// Breaks when a content that killed its children is tried again because it has another name.
#[tokio::test(flavor = "multi_thread")]
async fn a_content_that_kills_is_read_no_more_until_somebody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = PathBuf::new();
    let mut world = World::with(|config| count = counted(config, folder.path())).await;
    for name in ["a.md", "b.md", "c.md"] {
        world.write(name, long("walrus"));
    }
    let before = starts_after(&count, 0).await;
    world.take_in().await;
    assert_eq!(
        starts(&count) - before,
        2,
        "of three copies, one is tried twice"
    );
    let fresh = "more than 2 kB came out of it";
    let reasons = async |world: &mut World| -> Vec<String> {
        let gaps = listed(world, of_code("extract-output")).await.into_iter();
        gaps.map(|gap| gap.reason).collect()
    };
    assert_eq!(reasons(&mut world).await, [fresh; 3]);
    // Under another name, in another collection, as an upload, and after a restart.
    let before = starts(&count);
    let mut world = world.restart().await;
    let before = starts_after(&count, before).await;
    let other = world.write("other/d.md", long("walrus"));
    let job = world.take_into("d", &other).await;
    assert_eq!((job.totals.failed, job.totals.added), (1, 0));
    let job = world.hand_in("e.md", long("walrus").as_bytes()).await.job;
    world.finished(job).await;
    assert_eq!(starts(&count), before, "it was tried again");
    for path in ["d.md", "e.md"] {
        let gap = listed(&mut world, at(path)).await.remove(0);
        assert_eq!(gap.code, "extract-output");
        let why = format!("{fresh}; the same content failed before, on 20");
        assert!(gap.reason.starts_with(&why), "{}", gap.reason);
    }
    // Asked, it is tried, and fails for itself.
    retry(&mut world, at("d.md")).await;
    assert_eq!(starts(&count) - before, 2);
    let gap = listed(&mut world, at("d.md")).await.remove(0);
    assert_eq!(gap.reason, fresh);
    let mut world = world
        .reconfigured(|config| config.extract.answer_bytes = 64 << 20)
        .await;
    let path = world.write("f.md", long("walrus"));
    world.take_into("d", &path).await;
    assert_eq!(world.paths("walrus").await, [""; 0], "nobody asked");
    let done = ask(&mut world, GapFilter::default(), false).await;
    let gaps: u64 = done.jobs.iter().map(|job| job.gaps).sum();
    assert_eq!((gaps, done.to_submit), (6, 0), "{done:?}");
    for job in done.jobs {
        let job = world.finished(job.job.unwrap()).await;
        assert_eq!((job.state, job.totals.failed), (JobState::Finished, 0));
    }
    assert_eq!(world.failures().await, []);
    assert_eq!(world.paths("walrus").await.len(), 6);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_worker_is_offered_a_content_that_kills() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&["--appendonly", "yes"]).await;
    let (index, mut count) = (QdrantServer::start(), PathBuf::new());
    let (url, index_url) = (server.queue().url, index.url());
    let mut world = World::with(|config| {
        config.queue.url = url;
        config.index.url = index_url;
        config.blobs.url = format!("file://{}/blobs", folder.path().display());
        count = counted(config, folder.path());
    })
    .await;
    world.write("a.md", long("walrus"));
    world.write("b.md", long("walrus"));
    let before = starts_after(&count, 0).await;
    world.take_in().await;
    assert_eq!(
        starts(&count) - before,
        2,
        "of two copies, one is tried twice"
    );
    let before = starts(&count);
    let path = world.write("c.md", long("walrus"));
    world.take_into("d", &path).await;
    assert_eq!(starts(&count), before, "a worker tried it");
    let gap = listed(&mut world, at("c.md")).await.remove(0);
    assert!(gap.reason.contains("failed before"), "{}", gap.reason);
    retry(&mut world, at("c.md")).await;
    assert_eq!(starts(&count) - before, 2);
    world.stop().await;
}
