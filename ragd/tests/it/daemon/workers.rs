//! Workers as clients see and steer them, and what health and `doctor` say of servers.

use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use protocol::doctor::{Finding, FindingState};
use protocol::error::ErrorCode;
use protocol::health::{HealthPart, HealthState};
use protocol::worker::{Wanted, WorkerView};
use protocol::{ErrorReport, Request};
use ragd::config;
use ragd::fleet::{self, Class, Fleet, FleetError, Shared, Time, WorkerInfo};

use super::world::{World, eventually, reply};
use crate::contract::fleet::server::Server;
use crate::qdrant_server::QdrantServer;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A server that is set up as people are told to.
async fn queue_server() -> Server {
    Server::start(&["--appendonly", "yes"]).await
}

/// A daemon with a queue server, and as many workers of its own.
async fn world(url: &str, workers: usize) -> World {
    let url = url.to_owned();
    World::with(|config| {
        config.queue.url = url;
        config.workers.local = workers;
    })
    .await
}

async fn workers(world: &mut World) -> Vec<WorkerView> {
    reply!(world.client.call(Request::WorkerList).await, Workers)
}

/// Waits for the first worker.
async fn a_worker(world: &mut World) -> WorkerView {
    let client = &mut world.client;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut workers = reply!(client.call(Request::WorkerList).await, Workers);
        if !workers.is_empty() {
            return workers.remove(0);
        }
        assert!(Instant::now() < deadline, "no worker comes");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn want(world: &mut World, name: &str, wanted: Wanted) -> Result<WorkerView, ErrorReport> {
    let request = Request::WorkerWant {
        name: name.to_owned(),
        wanted,
    };
    match world.client.call(request).await? {
        protocol::Reply::Worker(worker) => Ok(worker),
        other => panic!("expected a worker, got {other:?}"),
    }
}

async fn part(world: &mut World, name: &str) -> HealthPart {
    let health = reply!(world.client.call(Request::Health).await, Health);
    let part = health.parts.into_iter().find(|part| part.name == name);
    part.unwrap_or_else(|| panic!("no part is called {name}"))
}

/// Waits until a part is said to be so. What servers say is kept for some seconds.
async fn part_when(
    world: &mut World,
    name: &str,
    fits: impl Fn(&HealthPart) -> bool,
) -> HealthPart {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let part = part(world, name).await;
        if fits(&part) {
            return part;
        }
        assert!(Instant::now() < deadline, "still {part:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn doctor(world: &mut World) -> Vec<Finding> {
    reply!(world.client.call(Request::Doctor).await, Findings)
}

/// Returns the findings about a part, without those that all is well.
fn troubles<'a>(findings: &'a [Finding], part: &str) -> Vec<&'a Finding> {
    let troubles = findings.iter();
    troubles
        .filter(|one| one.part == part && one.state != FindingState::Ok)
        .collect()
}

fn fleet_of(server: &Server) -> std::sync::Arc<dyn Fleet> {
    let queue = config::Queue {
        url: server.queue().url,
        ..config::Queue::default()
    };
    fleet::open(&queue, Time::Own).unwrap()
}

fn elsewhere(version: &str) -> WorkerInfo {
    WorkerInfo {
        name: "moon-17".to_owned(),
        host: "moon".to_owned(),
        pid: 17,
        version: version.to_owned(),
        classes: vec![Class::Extract],
        slots: 3,
        shared: Shared::default(),
    }
}

/// Returns what a worker has to see to be taken.
async fn seen_by_the_daemon(server: &Server) -> Shared {
    let field = async |name: &str| {
        let answer = server.say(&format!("HGET {{ragd}}:meta {name}")).await;
        let text = answer.lines().nth(1).unwrap_or_default().to_owned();
        Some(text)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| "nothing".to_owned())
    };
    Shared {
        index: field("index").await,
        blobs: field("blobs").await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alone_the_daemon_is_the_only_worker() {
    let mut world = World::new().await;
    let listed = workers(&mut world).await;
    let [local] = listed.as_slice() else {
        panic!("one worker, not {listed:?}");
    };
    assert_eq!(local.name, "local");
    assert_eq!(local.pid, std::process::id());
    assert_eq!((local.slots, local.busy), (2, 0));
    assert_eq!(
        (local.version.as_str(), local.wanted),
        (VERSION, Wanted::Run)
    );

    let report = want(&mut world, "local", Wanted::Pause).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::Conflict);
    assert_eq!(report.try_next, ["ragctl queue pause"]);
    let report = want(&mut world, "lokal", Wanted::Run).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::NotFound);
    assert_eq!(report.why.as_deref(), Some("did you mean \"local\"?"));

    world.pause().await;
    assert_eq!(workers(&mut world).await[0].wanted, Wanted::Pause);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_daemon_gives_the_doctor_nothing_to_do() {
    let mut world = World::new().await;
    world.write("a.md", "walrus\n");
    world.take_in().await;
    let findings = doctor(&mut world).await;
    let parts: Vec<_> = findings.iter().map(|one| one.part.as_str()).collect();
    assert_eq!(
        parts,
        [
            "ledger", "disk", "queue", "workers", "index", "blobs", "extract"
        ]
    );
    for finding in &findings {
        assert_eq!(finding.state, FindingState::Ok, "{finding:?}");
    }
    for (name, detail) in [
        ("queue", "embedded"),
        ("index", "embedded"),
        ("blobs", "in the state directory"),
    ] {
        let part = part(&mut world, name).await;
        assert_eq!(
            (part.state, part.detail.as_str()),
            (HealthState::Ok, detail)
        );
    }
    // What it wrote to try is gone.
    let fsck = world.fsck().await;
    assert!(fsck.is_clean(), "{fsck:?}");
    world.pause().await;
    let findings = doctor(&mut world).await;
    let [paused] = troubles(&findings, "queue")[..] else {
        panic!("{findings:?}");
    };
    assert_eq!(paused.next_step.as_deref(), Some("ragctl queue resume"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_away_is_a_finding_and_the_others_are_looked_at_all_the_same() {
    let mut world = World::with(|config| {
        config.models = vec![config::Model {
            name: "away".to_owned(),
            // Nobody can listen there.
            url: "http://127.0.0.1:1/v1".to_owned(),
            ..config::Model::default()
        }];
    })
    .await;
    let findings = doctor(&mut world).await;
    assert_eq!(troubles(&findings, "model away").len(), 1, "{findings:?}");
    let fine = |one: &&Finding| one.state == FindingState::Ok;
    assert_eq!(findings.iter().filter(fine).count(), 7, "{findings:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_worker_rests_until_it_is_resumed() {
    let server = queue_server().await;
    let mut world = world(&server.queue().url, 1).await;
    let worker = a_worker(&mut world).await;
    assert_eq!(
        (worker.version.as_str(), worker.wanted),
        (VERSION, Wanted::Run)
    );
    let paused = want(&mut world, &worker.name, Wanted::Pause).await.unwrap();
    assert_eq!(paused.wanted, Wanted::Pause);
    assert_eq!(workers(&mut world).await[0].wanted, Wanted::Pause);

    world.write("a.md", "walrus\n");
    let files = world.files();
    let job = world.take_lazily(&files, "c").await;
    let is_degraded = |part: &HealthPart| part.state == HealthState::Degraded;
    let health = part_when(&mut world, "workers", is_degraded).await;
    let step = format!("ragctl worker resume {}", worker.name);
    assert_eq!(health.next_step.as_ref(), Some(&step));
    let findings = doctor(&mut world).await;
    let steps = troubles(&findings, "workers");
    let steps: Vec<_> = steps.iter().map(|one| one.next_step.as_ref()).collect();
    assert!(steps.contains(&Some(&step)), "{findings:?}");
    assert!(!world.job(job).await.state.is_end());

    want(&mut world, &worker.name, Wanted::Run).await.unwrap();
    world.finished(job).await;
    part_when(&mut world, "workers", |part| part.state == HealthState::Ok).await;
    // It would come back by itself.
    let report = want(&mut world, &worker.name, Wanted::Drain)
        .await
        .unwrap_err();
    assert_eq!(report.code, ErrorCode::Conflict);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_without_a_worker_are_said_with_the_command_that_starts_one() {
    let server = queue_server().await;
    let mut world = world(&server.queue().url, 0).await;
    let fine = part_when(&mut world, "workers", |part| part.state == HealthState::Ok).await;
    assert_eq!(fine.detail, "0 workers, 0 of 0 slots busy");
    world.write("a.md", "walrus\n");
    let files = world.files();
    world.take_lazily(&files, "c").await;
    let is_degraded = |part: &HealthPart| part.state == HealthState::Degraded;
    let part = part_when(&mut world, "workers", is_degraded).await;
    assert!(part.next_step.unwrap().contains("ragd worker"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_elsewhere_is_listed_and_told() {
    let server = queue_server().await;
    let mut world = world(&server.queue().url, 0).await;
    part_when(&mut world, "queue", |part| part.state == HealthState::Ok).await;
    let (fleet, me) = (fleet_of(&server), elsewhere(VERSION));
    // The daemon may not have said yet that it is there.
    eventually("the worker is taken", async || {
        let shared = seen_by_the_daemon(&server).await;
        let me = WorkerInfo {
            shared,
            ..me.clone()
        };
        fleet.enlist(&me).await.ok()
    })
    .await;
    let worker = a_worker(&mut world).await;
    assert_eq!(
        (worker.name.as_str(), worker.host.as_str(), worker.pid),
        ("moon-17", "moon", 17)
    );
    assert_eq!((worker.slots, worker.busy), (3, 0));
    want(&mut world, "moon-17", Wanted::Drain).await.unwrap();
    let beats = fleet.beat(&me, &[]).await.unwrap();
    assert_eq!(beats.wanted, fleet::Wanted::Drain);
    let report = want(&mut world, "moon-71", Wanted::Run).await.unwrap_err();
    assert_eq!(report.why.as_deref(), Some("did you mean \"moon-17\"?"));
    world.stop().await;
}

/// Breaks when a job ends well although what a worker made is nowhere to be found.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_made_is_looked_for_before_it_counts() {
    let (server, index) = (queue_server().await, QdrantServer::start());
    let folder = tempfile::tempdir().unwrap();
    let (url, index_url) = (server.queue().url, index.url());
    let blobs = format!("file://{}/blobs", folder.path().display());
    let mut world = World::with(|config| {
        config.queue.url = url;
        config.queue.max_attempts = 1_000;
        config.queue.retry_min_ms = 10;
        config.queue.retry_max_ms = 10;
        config.index.url = index_url;
        config.blobs.url = blobs;
    })
    .await;
    index.faults().keeps_nothing = true;
    world.write("a.md", "walrus\n");
    let files = world.files();
    let job = world.take_lazily(&files, "c").await;
    let has_failed = |job: &protocol::job::JobView| {
        let error = job.error.as_ref();
        error.is_some_and(|error| format!("{error:?}").contains("the index has 0 of them"))
    };
    let failed = world.job_when(job, has_failed).await;
    assert!(!failed.state.is_end(), "{failed:?}");
    assert_eq!(world.paths("walrus").await, [""; 0]);
    index.faults().keeps_nothing = false;
    world.finished(job).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_another_version_is_said_in_health() {
    let server = queue_server().await;
    let mut world = world(&server.queue().url, 0).await;
    let (fleet, me) = (fleet_of(&server), elsewhere("9.9.9"));
    eventually("the worker is refused", async || {
        let refused = fleet.enlist(&me).await;
        matches!(refused, Err(FleetError::Version { .. })).then_some(())
    })
    .await;
    let is_degraded = |part: &HealthPart| part.state == HealthState::Degraded;
    let part = part_when(&mut world, "queue", is_degraded).await;
    assert_eq!(
        part.cause.as_deref(),
        Some(
            format!(
                "worker moon-17 on moon was refused: the worker is version 9.9.9 and the daemon \
                 {VERSION}"
            )
            .as_str()
        )
    );
    assert!(part.next_step.unwrap().contains(VERSION));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_queue_server_is_said_with_what_mends_it() {
    let mut server = queue_server().await;
    let mut world = world(&server.queue().url, 0).await;
    let part = part_when(&mut world, "queue", |part| part.state == HealthState::Ok).await;
    assert_eq!(part.detail, server.queue().url);

    server.say("CONFIG SET maxmemory-policy allkeys-lru").await;
    let is_degraded = |part: &HealthPart| part.state == HealthState::Degraded;
    let part = part_when(&mut world, "queue", is_degraded).await;
    let step = part.next_step.unwrap();
    assert!(step.contains("maxmemory-policy noeviction"), "{step}");
    let findings = doctor(&mut world).await;
    let [policy] = troubles(&findings, "queue")[..] else {
        panic!("{findings:?}");
    };
    assert_eq!(policy.state, FindingState::Warning);
    assert_eq!(policy.next_step, Some(step));

    server.kill();
    let is_away = |part: &HealthPart| part.detail.ends_with("cannot be used");
    let part = part_when(&mut world, "queue", is_away).await;
    assert_eq!(part.state, HealthState::Degraded);
    assert!(part.next_step.is_some());
    let report = world.client.call(Request::WorkerList).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::StoreFailed);
    assert!(report.retryable, "{report:?}");
    let findings = doctor(&mut world).await;
    assert_eq!(troubles(&findings, "queue")[0].state, FindingState::Error);

    server.restart().await;
    part_when(&mut world, "queue", |part| part.state == HealthState::Ok).await;
    world.stop().await;
}

/// A server that takes connections and says nothing is worse than none.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_queue_server_does_not_hold_up_health() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    // Connections wait in its backlog.
    let _silent = UnixListener::bind(&socket).unwrap();
    let url = format!("redis+unix://{}", socket.display());
    let mut world = world(&url, 0).await;
    part_when(&mut world, "ledger", |part| part.state == HealthState::Ok).await;
    let began = Instant::now();
    let part = part(&mut world, "queue").await;
    // Below the 10 s that the queue itself gives a server, on however busy a machine.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(part.state, HealthState::Degraded, "{part:?}");
    assert!(part.next_step.is_some());
}

/// As when a file system is not mounted any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_contents_that_is_gone_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (there, away) = (folder.path().join("there"), folder.path().join("away"));
    let url = format!("file://{}", there.display());
    let mut world = World::with(|config| config.blobs.url = url).await;
    part_when(&mut world, "blobs", |part| part.state == HealthState::Ok).await;
    assert_eq!(troubles(&doctor(&mut world).await, "blobs").len(), 0);
    std::fs::rename(&there, &away).unwrap();
    let findings = doctor(&mut world).await;
    let [gone] = troubles(&findings, "blobs")[..] else {
        panic!("{findings:?}");
    };
    assert!(
        gone.next_step.as_ref().unwrap().contains("mount"),
        "{gone:?}"
    );
    let part = part_when(&mut world, "blobs", |part| part.state != HealthState::Ok).await;
    assert_eq!(part.next_step, gone.next_step);
    std::fs::rename(&away, &there).unwrap();
    part_when(&mut world, "blobs", |part| part.state == HealthState::Ok).await;
    world.stop().await;
}

/// Breaks when tasks are taken by somebody who can only hand them back.
#[tokio::test]
async fn a_worker_without_a_sandbox_does_not_begin() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config::Config {
        state_dir: folder.path().to_owned(),
        ..config::Config::default()
    };
    config.extract.program = "/bin/false".into();
    config.queue.url = "redis://127.0.0.1:1".to_owned();
    config.index.url = "http://127.0.0.1:1".to_owned();
    config.blobs.url = format!("file://{}/blobs", folder.path().display());
    let options = ragd::worker::Options::default();
    let stopping = tokio_util::sync::CancellationToken::new();
    let error = ragd::worker::run(&config, options, stopping)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "documents cannot be read on this machine"
    );
    assert!(error.next_step().is_some());
}
