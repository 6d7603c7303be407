//! Pages that are submitted by their address.

mod pages;
mod walls;

use protocol::document::{DocumentRef, GapFilter, GapRetryRequest, GapView};
use protocol::error::{ErrorCode, ErrorReport};
use protocol::job::{JobState, JobView, Stage};
use protocol::search::{Compare, Condition, SearchRequest};
use protocol::submit::{PlanRequest, Source, SourceRules, SubmitWork};
use protocol::{PathBytes, Private, Request};
use ragd::config::Config;

use super::world::{World, eventually, reply, words};
use pages::{Page, Pages};

fn source(address: &str) -> Source {
    Source::Web(Private::from(address))
}

fn work(address: &str) -> SubmitWork {
    SubmitWork::Ingest {
        collection: "c".to_owned(),
        source: source(address),
        rules: SourceRules::default(),
    }
}

async fn world_with(pages: &Pages, change: impl FnOnce(&mut Config)) -> World {
    let host = pages.host();
    World::with(|config| {
        config.web.private_hosts = vec![host.clone()];
        config.web.http_hosts = vec![host];
        change(config);
    })
    .await
}

async fn take(world: &mut World, address: &str) -> JobView {
    let job = world.submit_as(work(address)).await.unwrap().job;
    world.finished(job).await
}

async fn failure(world: &mut World, address: &str) -> ErrorReport {
    let job = world.submit_as(work(address)).await.unwrap().job;
    let job = world.ended(job).await;
    assert_eq!(job.state, JobState::Failed, "{job:?}");
    job.error.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_searchable_by_its_text_and_cited_by_its_address() {
    let pages = Pages::new();
    let page = "<html><head><title>Walruses</title></head><body><h1>Of walruses</h1>\
         <p>A walrus rests on the ice.</p><a href=\"/other\">more</a><img src=\"/i.png\"></body>";
    let headers = "Content-Type: text/html\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let says = Page::Says("200 OK", headers.to_owned(), page.into());
    pages.set("/walrus?page=2", says);
    let mut world = world_with(&pages, |_| {}).await;
    let job = take(&mut world, &pages.address("/walrus?page=2#top")).await;
    assert_eq!(job.totals.added, 1, "{job:?}");
    let path = format!("{}/walrus?page=2", pages.host());
    assert_eq!(world.paths("walrus").await, [path.as_str()]);
    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from(path.as_str()),
    };
    let call = world.client.call(Request::DocumentShow(document)).await;
    let shown = *reply!(call, Document);
    assert_eq!(
        shown.title.map(|title| title.0).as_deref(),
        Some("Walruses")
    );
    let address = format!("web:{}", pages.address("/walrus?page=2"));
    assert_eq!(shown.source.to_text(), address);
    let of_that_day = SearchRequest {
        conditions: vec![Condition {
            name: "date".to_owned(),
            is: Compare::Is,
            value: Private::from("1994-11-06"),
        }],
        ..words("walrus")
    };
    assert_eq!(world.search_as(of_that_day).await.unwrap().hits.len(), 1);
    // What a page names is not fetched, and nothing is told of us but what we are.
    let asked = pages.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].contains("user-agent: ragd/"), "{asked:?}");
    assert!(!asked[0].contains("referer"), "{asked:?}");
    assert!(!asked[0].contains("cookie"), "{asked:?}");
    // The same again is no work, and what changed is.
    let job = take(&mut world, &pages.address("/walrus?page=2")).await;
    assert_eq!((job.totals.added, job.totals.unchanged), (0, 1), "{job:?}");
    pages.set(
        "/walrus?page=2",
        Page::Is("text/plain", b"a narwhal".into()),
    );
    let job = take(&mut world, &pages.address("/walrus?page=2")).await;
    assert_eq!(job.totals.updated, 1, "{job:?}");
    assert!(world.paths("rests on the ice").await.is_empty());
    assert_eq!(world.paths("narwhal").await, [path.as_str()]);
    // What is gone for now stays as it was.
    pages.set(
        "/walrus?page=2",
        Page::Says("404 Not Found", String::new(), Vec::new()),
    );
    let report = failure(&mut world, &pages.address("/walrus?page=2")).await;
    assert_eq!(report.code, ErrorCode::SourceMissing, "{report:?}");
    assert_eq!(world.paths("narwhal").await, [path.as_str()]);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hops_lead_to_a_page_and_not_in_circles() {
    let pages = Pages::new();
    pages.set("/5", Page::Is("text/plain", b"walrus".into()));
    for hop in 0..5 {
        pages.sends_on(&format!("/{hop}"), &format!("{}", hop + 1));
    }
    pages.sends_on("/circle", "/circle");
    pages.set(
        "/silent",
        Page::Says("302 Found", String::new(), Vec::new()),
    );
    let mut world = world_with(&pages, |_| {}).await;
    take(&mut world, &pages.address("/0")).await;
    // It is known by the address that somebody gave.
    let path = format!("{}/0", pages.host());
    assert_eq!(world.paths("walrus").await, [path]);
    let before = pages.asked().len();
    let report = failure(&mut world, &pages.address("/circle")).await;
    assert_eq!(report.code, ErrorCode::WebRefused, "{report:?}");
    assert_eq!(pages.asked().len() - before, 6);
    let report = failure(&mut world, &pages.address("/silent")).await;
    assert_eq!(report.code, ErrorCode::WebRefused, "{report:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_says_so() {
    let pages = Pages::new();
    for (path, status) in [
        ("/401", "401 Unauthorized"),
        ("/403", "403 Forbidden"),
        ("/410", "410 Gone"),
        ("/418", "418 I'm a teapot"),
        ("/204", "204 No Content"),
        ("/304", "304 Not Modified"),
    ] {
        pages.set(path, Page::Says(status, String::new(), Vec::new()));
    }
    pages.set("/long", Page::Drips(1 << 40, Vec::new()));
    pages.set("/endless", Page::Endless);
    let mut world = world_with(&pages, |config| config.web.page_bytes = 1 << 20).await;
    for (path, code) in [
        ("/none", ErrorCode::SourceMissing),
        ("/401", ErrorCode::WebRefused),
        ("/403", ErrorCode::WebRefused),
        ("/410", ErrorCode::SourceMissing),
        ("/418", ErrorCode::WebRefused),
        ("/204", ErrorCode::WebRefused),
        ("/304", ErrorCode::WebRefused),
        ("/long", ErrorCode::WebTooLarge),
        ("/endless", ErrorCode::WebTooLarge),
    ] {
        let report = failure(&mut world, &pages.address(path)).await;
        assert_eq!(report.code, code, "{path}: {report:?}");
        assert!(!report.try_next.is_empty(), "{path}: {report:?}");
    }
    // Each is among the gaps, under its address, until it can be read.
    let gaps = world.gaps(false).await;
    assert_eq!(gaps.len(), 9, "{gaps:?}");
    let is_planned = |gap: &GapView| gap.stage == Stage::Planning;
    assert!(gaps.iter().all(is_planned), "{gaps:?}");
    pages.set("/none", Page::Is("text/plain", b"walrus".into()));
    take(&mut world, &pages.address("/none")).await;
    assert_eq!(world.gaps(false).await.len(), 8);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_busy_slow_or_away_is_asked_again() {
    let pages = Pages::new();
    let busy = Page::Says(
        "503 Service Unavailable",
        "Retry-After: 0\r\n".into(),
        Vec::new(),
    );
    pages.set("/busy", busy);
    pages.set("/slow", Page::Drips(100, b"walrus".into()));
    let mut world = world_with(&pages, |config| {
        config.web.wall_s = 1;
        config.queue.retry_min_ms = 1;
        config.queue.retry_max_ms = 1;
        config.queue.max_attempts = 2;
    })
    .await;
    for (path, code) in [("/busy", ErrorCode::WebAway), ("/slow", ErrorCode::WebSlow)] {
        let before = pages.asked().len();
        let job = world
            .submit_as(work(&pages.address(path)))
            .await
            .unwrap()
            .job;
        let job = world.ended(job).await;
        let report = job.error.unwrap();
        assert_eq!(report.code, code, "{path}: {report:?}");
        assert_eq!(pages.asked().len() - before, 2, "{path}");
    }
    // Once it is well again, the gap is retried by its address.
    pages.set("/busy", Page::Is("text/plain", b"walrus".into()));
    let path = format!("{}/busy", pages.host());
    let gaps = world.gaps(false).await;
    assert!(
        gaps.iter().any(|gap| gap.path.to_text() == path),
        "{gaps:?}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_of_a_page_is_fetched_again() {
    let pages = Pages::new();
    pages.set(
        "/a",
        Page::Is("application/octet-stream", b"\x7fELF\x02\x01\x01\0".into()),
    );
    let mut world = world_with(&pages, |_| {}).await;
    let job = take(&mut world, &pages.address("/a")).await;
    assert_eq!(job.totals.failed, 1, "{job:?}");
    assert_eq!(world.gaps(false).await.len(), 1);
    pages.set("/a", Page::Is("text/plain", b"walrus".into()));
    let retry = Request::GapRetry(GapRetryRequest {
        filter: GapFilter::default(),
        dry_run: false,
    });
    let retried = reply!(world.client.call(retry).await, GapRetry);
    assert_eq!(retried.jobs.len(), 1, "{retried:?}");
    world.finished(retried.jobs[0].job.unwrap()).await;
    assert_eq!(world.paths("walrus").await.len(), 1);
    assert!(world.gaps(false).await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_an_archive_become_documents_of_their_own() {
    let pages = Pages::new();
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in [("docs/a.md", "walrus"), ("docs/b.md", "narwhal")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    pages.set(
        "/d.tar",
        Page::Is("application/x-tar", tar.into_inner().unwrap()),
    );
    let mut world = world_with(&pages, |_| {}).await;
    take(&mut world, &pages.address("/d.tar")).await;
    let expected = format!("{}/d.tar!/docs/a.md", pages.host());
    assert_eq!(world.paths("walrus").await, [expected]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_is_refused_before_there_is_a_job() {
    let mut world = World::new().await;
    for (address, code) in [
        ("https://user:secret@example.org/", ErrorCode::BadRequest),
        ("https://example.org/?token=secret", ErrorCode::BadRequest),
        ("ftp://example.org/", ErrorCode::BadRequest),
        ("http://example.org/", ErrorCode::BadRequest),
        ("https://example.org:22/", ErrorCode::BadRequest),
        ("https://127.0.0.1/", ErrorCode::WebPrivate),
    ] {
        let report = world.submit_as(work(address)).await.unwrap_err();
        assert_eq!(report.code, code, "{address}: {report:?}");
        assert!(!format!("{report:?}").contains("secret"), "{report:?}");
        assert!(!report.try_next.is_empty(), "{address}: {report:?}");
    }
    let watch = SubmitWork::Watch {
        collection: "c".to_owned(),
        source: source("https://example.org/"),
        rules: SourceRules::default(),
    };
    let report = world.submit_as(watch).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::Unsupported, "{report:?}");
    let plan = PlanRequest {
        collection: "c".to_owned(),
        source: source("https://example.org/"),
        rules: SourceRules::default(),
        sample: 1,
    };
    let report = world.client.call(Request::Plan(plan)).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::Unsupported, "{report:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_host() {
    let pages = Pages::new();
    pages.set("/slow", Page::Drips(100, b"walrus".into()));
    let mut world = world_with(&pages, |config| config.web.wall_s = 3_600).await;
    let job = world
        .submit_as(work(&pages.address("/slow")))
        .await
        .unwrap()
        .job;
    eventually("the host is asked", async || {
        (!pages.asked().is_empty()).then_some(())
    })
    .await;
    let cancelled = world.client.call(Request::JobCancel(job)).await;
    assert!(cancelled.is_ok(), "{cancelled:?}");
    assert_eq!(world.ended(job).await.state, JobState::Cancelled);
    world.stop().await;
}
