//! Looking at jobs and steering them.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use protocol::error::ErrorCode;
use protocol::job::Priority;
use protocol::job::{
    JobFilter, JobListRequest, JobOrder, JobState, JobView, Page, PageRequest, Waiting,
};
use protocol::submit::{Runtime, SourceRules, SubmitRequest, SubmitWork};
use protocol::{JobId, Request};

use super::client::Client;
use super::world::{World, ingest, reply};

async fn probe(client: &mut Client) -> JobId {
    let request = SubmitRequest {
        job: JobId::new(),
        work: SubmitWork::Probe,
        priority: Priority::Normal,
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    };
    reply!(client.call(Request::Submit(request)).await, Accepted).job
}

async fn list(client: &mut Client, request: JobListRequest) -> Page<JobView> {
    reply!(client.call(Request::JobList(request)).await, Jobs)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_job_once_while_new_ones_arrive() {
    let mut world = World::new().await;
    let mut before = HashSet::new();
    for _ in 0..25 {
        before.insert(probe(&mut world.client).await);
    }
    for order in [JobOrder::NewestFirst, JobOrder::OldestFirst] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit: 4, cursor };
            let request = JobListRequest {
                order,
                page,
                ..JobListRequest::default()
            };
            let page = list(&mut world.client, request).await;
            assert!(page.items.len() <= 4 && page.total >= 25);
            seen.extend(page.items.iter().map(|job| job.id));
            cursor = page.next;
            if cursor.is_none() || seen.len() > 200 {
                break;
            }
            // One more for every page, so that reading would never end if it counted positions.
            if seen.len() < 60 {
                probe(&mut world.client).await;
            }
        }
        let unique: HashSet<_> = seen.iter().copied().collect();
        assert_eq!(unique.len(), seen.len(), "{order:?}");
        assert!(before.is_subset(&unique), "{order:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_found_by_state_collection_text_and_digits() {
    let mut world = World::new().await;
    let path = world.write("Walrus.md", "walrus\n");
    let other = world.write("giraffe.md", "giraffe\n");
    let done = world.take_into("one", &path).await.id;
    world.pause().await;
    let work = ingest("two", &other, SourceRules::default());
    let waiting = world.submit_as(work).await.unwrap().job;
    let by = |filter: JobFilter| JobListRequest {
        filter,
        ..JobListRequest::default()
    };
    let none = JobFilter::default;
    let id_text = waiting.0.simple().to_string()[20..].to_owned();
    for (filter, expected) in [
        (
            JobFilter {
                states: vec![JobState::Finished],
                ..none()
            },
            vec![done],
        ),
        (
            JobFilter {
                states: vec![JobState::Queued],
                ..none()
            },
            vec![waiting],
        ),
        (
            JobFilter {
                collection: Some("one".to_owned()),
                ..none()
            },
            vec![done],
        ),
        (
            JobFilter {
                text: Some("walrus".to_owned()),
                ..none()
            },
            vec![done],
        ),
        (
            JobFilter {
                text: Some(id_text),
                ..none()
            },
            vec![waiting],
        ),
        (
            JobFilter {
                ids: vec![done, waiting],
                ..none()
            },
            vec![waiting, done],
        ),
        (
            JobFilter {
                uid: Some(12_345),
                ..none()
            },
            vec![],
        ),
        (none(), vec![waiting, done]),
    ] {
        let shown = format!("{filter:?}");
        let page = list(&mut world.client, by(filter)).await;
        let found: Vec<_> = page.items.iter().map(|job| job.id).collect();
        assert_eq!(
            (found, page.total),
            (expected.clone(), expected.len() as u64),
            "{shown}"
        );
    }
    for digits in [
        waiting.short(),
        waiting.to_string(),
        waiting.short().to_uppercase(),
    ] {
        let found = world.client.call(Request::JobFind(digits)).await;
        assert_eq!(reply!(found, JobId), waiting);
    }
    for (digits, code) in [
        ("abc", ErrorCode::BadRequest),
        ("not hexadecimal", ErrorCode::BadRequest),
        ("00000000", ErrorCode::NotFound),
    ] {
        let code_found = world
            .client
            .refused(Request::JobFind(digits.to_owned()))
            .await;
        assert_eq!(code_found, code, "{digits}");
    }
    let show = Request::JobShow(JobId::new());
    assert_eq!(world.client.refused(show).await, ErrorCode::NotFound);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_job_says_what_it_waits_for() {
    let mut world = World::with(|config| config.workers.local = 0).await;
    let path = world.write("a.md", "walrus\n");
    let first = world.submit(&path, SourceRules::default()).await.job;
    let second = world.take_lazily(&path, "two").await;
    assert_eq!(
        world.job(first).await.waiting,
        Some(Waiting::Worker { ahead: 0 })
    );
    assert_eq!(
        world.job(second).await.waiting,
        Some(Waiting::Worker { ahead: 1 })
    );
    let request = Request::JobPriority {
        job: second,
        priority: Priority::Top,
    };
    let changed = *reply!(world.client.call(request).await, Job);
    assert_eq!(changed.priority, Priority::Top);
    assert_eq!(changed.waiting, Some(Waiting::Worker { ahead: 0 }));
    world.pause().await;
    assert_eq!(world.job(first).await.waiting, Some(Waiting::QueuePaused));
    world.resume().await;
    assert_eq!(
        world.job(first).await.waiting,
        Some(Waiting::Worker { ahead: 1 })
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_job_is_cancelled_at_once_and_can_be_retried() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.pause().await;
    let job = world.submit(&path, SourceRules::default()).await.job;
    let remove = Request::JobRemove(job);
    assert_eq!(
        world.client.refused(remove.clone()).await,
        ErrorCode::Conflict
    );
    let began = Instant::now();
    let receipt = reply!(world.client.call(Request::JobCancel(job)).await, Cancelled);
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(receipt.state, JobState::Cancelled);
    assert_eq!(
        (
            receipt.kept,
            receipt.rolled_back_parts,
            receipt.never_started_parts
        ),
        (0, 0, 1)
    );
    let again = reply!(world.client.call(Request::JobCancel(job)).await, Cancelled);
    assert_eq!(again.state, JobState::Cancelled);
    world.resume().await;
    let retried = *reply!(world.client.call(Request::JobRetry(job)).await, Job);
    assert!(!retried.state.is_end() || retried.state == JobState::Finished);
    world.finished(job).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    let retry = Request::JobRetry(job);
    assert_eq!(world.client.refused(retry).await, ErrorCode::Conflict);
    world.client.call(remove.clone()).await.unwrap();
    assert_eq!(world.client.refused(remove).await, ErrorCode::NotFound);
    assert_eq!(
        world.paths("walrus").await,
        ["a.md"],
        "a forgotten job takes nothing with it"
    );
    world.stop().await;
}

/// P17. Breaks when a cancelled part still ends well.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_cancelled_within_two_seconds_and_nothing_is_half_visible() {
    let mut world = World::with(|config| {
        config.ingest.part_files = 50;
        config.workers.local = 1;
    })
    .await;
    let text = "the walrus swims far and long\n".repeat(2_000);
    for n in 0..600 {
        world.write(&format!("{n:03}.md"), format!("# {n}\n\n{text}"));
    }
    let files = world.files();
    let job = world.submit(&files, SourceRules::default()).await.job;
    let running = world.job_when(job, |job| job.progress.files_done > 0).await;
    assert_eq!(running.state, JobState::Running);
    assert!(running.progress.total_is_final);
    assert_eq!(running.progress.files_total, 600);
    assert!(
        running.stage.is_some() || running.waiting.is_some(),
        "{running:?}"
    );
    let began = Instant::now();
    let receipt = reply!(world.client.call(Request::JobCancel(job)).await, Cancelled);
    let ended = world.ended(job).await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(ended.state, JobState::Cancelled);
    assert!(receipt.never_started_parts > 0, "{receipt:?}");
    assert_eq!(ended.parts.running, 0);
    let documents = world.collection("c").await.documents;
    assert_eq!(documents, receipt.kept, "what was kept is what was told");
    assert_eq!(documents % 50, 0, "parts are kept whole");
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    let totals = ended.totals;
    assert_eq!(totals.added, documents);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_ends_where_its_totals_are() {
    let mut world = World::with(|config| config.ingest.part_files = 7).await;
    let mut bytes = 0;
    for n in 0..50 {
        let text = format!("# {n}\n\nthe walrus {n}\n");
        bytes += text.len() as u64;
        world.write(&format!("{n}.md"), text);
    }
    let job = world.take_in().await;
    let progress = job.progress;
    assert_eq!((progress.files_done, progress.files_total), (50, 50));
    assert_eq!((progress.bytes_done, progress.bytes_total), (bytes, bytes));
    assert_eq!((progress.chunks, progress.total_is_final), (50, true));
    assert_eq!((job.parts.finished, job.parts.total), (9, 9));
    assert_eq!((job.waiting, job.stage, job.error), (None, None, None));
    assert!(job.started_at.is_some() && job.finished_at >= job.started_at);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_means_one_job_and_one_id_too() {
    let mut world = World::new().await;
    let (a, b) = (
        world.write("a.md", "walrus\n"),
        world.write("b.md", "giraffe\n"),
    );
    let request = |job, path: &std::path::Path, key: Option<&str>| {
        Request::Submit(SubmitRequest {
            job,
            work: ingest("c", path, SourceRules::default()),
            priority: Priority::Normal,
            idempotency_key: key.map(str::to_owned),
            force: true,
            runtime: Runtime::Local,
        })
    };
    let id = JobId::new();
    let first = reply!(
        world.client.call(request(id, &a, Some("k"))).await,
        Accepted
    );
    assert_eq!((first.job, first.deduplicated), (id, false));
    let same = request(JobId::new(), &a, Some("k"));
    let same = reply!(world.client.call(same).await, Accepted);
    assert_eq!((same.job, same.deduplicated), (id, true));
    let other = request(JobId::new(), &b, Some("k"));
    assert_eq!(world.client.refused(other).await, ErrorCode::KeyReused);
    let again = reply!(world.client.call(request(id, &a, None)).await, Accepted);
    assert_eq!((again.job, again.deduplicated), (id, true));
    world.finished(id).await;
    let page = list(&mut world.client, JobListRequest::default()).await;
    assert_eq!(page.total, 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_so_and_the_pause_survives_a_restart() {
    let mut world = World::with(|config| config.queue.max_queued = 3).await;
    world.pause().await;
    for _ in 0..3 {
        probe(&mut world.client).await;
    }
    let request = SubmitRequest {
        job: JobId::new(),
        work: SubmitWork::Probe,
        priority: Priority::Normal,
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    };
    let report = world
        .client
        .call(Request::Submit(request))
        .await
        .unwrap_err();
    assert_eq!(report.code, ErrorCode::Busy);
    assert!(report.retryable && report.retry_after_ms.is_some());
    let mut world = world.restart().await;
    let page = list(&mut world.client, JobListRequest::default()).await;
    assert!(
        page.items
            .iter()
            .all(|job| job.waiting == Some(Waiting::QueuePaused))
    );
    world.resume().await;
    for job in page.items {
        world.finished(job.id).await;
    }
    world.stop().await;
}
