//! Jobs whose parts run in containers: from the submit to the last container that is gone. The engine
//! is a stand-in that runs the real worker as a process.

use std::fs;
use std::path::Path;
use std::time::Duration;

use protocol::job::{JobState, JobView, Waiting};
use protocol::submit::{Runtime, Source, SourceRules, SubmitRequest};
use protocol::{ErrorCode, JobId, PathBytes, Request};
use serde_json::Value;

use crate::client::{Patient, ingest};
use crate::daemon::{Daemon, Place};
use crate::docker_engine::{Act, Engine};
use crate::eventually;
use crate::qdrant_server::QdrantServer;
use crate::servers::QueueServer;

const SOON: Duration = Duration::from_secs(30);

/// Everything that machines share, and Docker on one of them.
struct World {
    place: Place,
    engine: Engine,
    daemon: Daemon,
    client: Patient,
    _queue: QueueServer,
    _index: QdrantServer,
}

impl World {
    fn new(more: &str) -> Self {
        let place = Place::new();
        let (queue, index) = (QueueServer::start(place.path()), QdrantServer::start());
        let engine = Engine::start(place.path());
        let config = fs::read_to_string(place.config()).unwrap();
        let url = format!("[queue]\nurl = \"redis://127.0.0.1:{}\"", queue.port());
        // Nobody but the containers works.
        let config = config
            .replace("[queue]", &url)
            .replace("workers.local = 2", "workers.local = 0");
        place.write_config(&format!(
            "{config}\n[index]\nurl = \"{}\"\n[blobs]\nurl = \"file://{}\"\n\
             [runtimes.docker]\nhost = \"{}\"\nimage = \"ragd:1\"\n{more}",
            index.url(),
            place.path().join("blobs").display(),
            engine.host(),
        ));
        engine.act(&[runs(&place)]);
        Self {
            daemon: place.start(),
            client: place.patient(),
            place,
            engine,
            _queue: queue,
            _index: index,
        }
    }

    /// Submits a folder with files that say their numbers, and returns the job.
    fn submit(&mut self, files: usize) -> JobId {
        let folder = self.place.path().join("files");
        fs::create_dir_all(&folder).unwrap();
        for number in 0..files {
            let text = format!("This is file number{number} of the harbour.\n");
            fs::write(folder.join(format!("{number}.txt")), text).unwrap();
        }
        self.client.submit(request(&folder, Runtime::Docker)).job
    }

    fn job_when(&mut self, id: JobId, what: &str, fits: impl Fn(&JobView) -> bool) -> JobView {
        eventually(what, SOON, || Some(self.client.job(id)).filter(&fits))
    }

    /// Waits until no container is left.
    fn all_is_removed(&self) {
        eventually("all containers are removed", SOON, || {
            self.engine.containers().is_empty().then_some(())
        });
    }
}

/// A container does what the real one would do, with the configuration of the daemon.
fn runs(place: &Place) -> Act {
    let config = place.config().display().to_string();
    let state = place.path().join("container").display().to_string();
    Act::Run(
        env!("CARGO_BIN_EXE_ragd").into(),
        ["--config", &config, "--state-dir", &state]
            .map(str::to_owned)
            .into(),
    )
}

fn request(folder: &Path, runtime: Runtime) -> SubmitRequest {
    let path = PathBytes::from(folder.to_str().unwrap());
    let source = Source::Paths(vec![path]);
    SubmitRequest {
        runtime,
        ..ingest("c", source, SourceRules::default())
    }
}

fn waits_for_docker(job: &JobView, why: &str) -> bool {
    match &job.waiting {
        Some(Waiting::Dependency { name, reason }) => name == "docker" && reason.contains(why),
        _ => false,
    }
}

#[test]
fn each_part_is_done_in_a_container_of_its_own() {
    let mut world = World::new("[ingest]\npart_files = 3\n");
    let id = world.submit(7);
    let job = world.client.wait(id);
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!((job.totals.added, job.runtime), (7, Runtime::Docker));
    assert_eq!(world.client.search("c", "harbour").len(), 7);
    world.all_is_removed();
    let made = world.engine.made();
    let parts = made.iter().map(|made| made["Labels"]["ragd.part"].clone());
    let mut parts: Vec<Value> = parts.collect();
    parts.dedup();
    assert_eq!(parts.len(), 3, "one for each part: {parts:?}");
    assert!(made.iter().all(|made| made["Image"] == "ragd:1"));
    let found = world.client.fsck();
    assert_eq!((found.missing_chunks, found.orphan_chunks), (0, 0));
}

#[test]
fn a_job_says_that_it_waits_for_its_image_and_can_be_cancelled() {
    let mut world = World::new("");
    let config = fs::read_to_string(world.place.config()).unwrap();
    world
        .place
        .write_config(&config.replace("ragd:1", "far/ragd:2"));
    world.daemon.kill();
    world.daemon = world.place.start();
    world.engine.hold_fetches(true);
    let id = world.submit(1);
    world.job_when(id, "the image is waited for", |job| {
        waits_for_docker(job, "the image far/ragd:2 is fetched")
    });
    world.client.ask(&Request::JobCancel(id)).unwrap();
    assert_eq!(world.client.wait(id).state, JobState::Cancelled);
    world.engine.hold_fetches(false);
    assert_eq!(world.engine.containers(), [""; 0]);

    let id = world.submit(1);
    assert_eq!(world.client.wait(id).state, JobState::Finished);
    world.all_is_removed();
}

#[test]
fn a_container_that_dies_fails_its_part_and_the_next_one_does_it() {
    let mut world = World::new("");
    let died = [
        Act::OutOfMemory,
        Act::End(75, "error: cannot use the queue\n"),
        runs(&world.place),
    ];
    world.engine.act(&died);
    let id = world.submit(1);
    let job = world.job_when(id, "the first one died", |job| job.error.is_some());
    let error = job.error.unwrap();
    assert_eq!(error.code, ErrorCode::WorkerLost);
    assert_eq!(error.message, "its worker ended without a result");
    let why = [
        "it ended with code 137",
        "it needed more memory than it may have",
    ];
    assert_eq!(error.causes, why);
    let job = world.job_when(id, "the second one died", |job| {
        let error = job.error.as_ref();
        error.is_some_and(|error| error.causes.len() == 2 && error.causes != why)
    });
    let said = "it said last: error: cannot use the queue";
    assert_eq!(job.error.unwrap().causes, ["it ended with code 75", said]);
    assert_eq!(world.client.wait(id).state, JobState::Finished);
    world.all_is_removed();
}

#[test]
fn a_cancelled_job_takes_its_containers_along() {
    let mut world = World::new("");
    world.engine.act(&[Act::Hang]);
    let id = world.submit(1);
    eventually("a container runs", SOON, || {
        (world.engine.containers().len() == 1).then_some(())
    });
    world.client.ask(&Request::JobCancel(id)).unwrap();
    assert_eq!(world.client.wait(id).state, JobState::Cancelled);
    world.all_is_removed();
}

#[test]
fn a_daemon_that_died_has_its_containers_removed_by_the_next() {
    let mut world = World::new("");
    world.engine.act(&[Act::Hang, runs(&world.place)]);
    let id = world.submit(1);
    let left = eventually("a container runs", SOON, || {
        world.engine.containers().into_iter().next()
    });
    world.daemon.kill();
    assert_eq!(world.engine.containers(), std::slice::from_ref(&left));
    world.daemon = world.place.start();
    assert_eq!(world.client.wait(id).state, JobState::Finished);
    world.all_is_removed();
    let removal = format!("containers/{left}?force");
    let removals = world.engine.requests();
    assert!(
        removals.iter().any(|one| one.contains(&removal)),
        "{removals:?}"
    );
}

#[test]
fn docker_that_is_away_parks_the_job_until_it_is_back() {
    let mut world = World::new("");
    let socket = world.place.path().join("docker.sock");
    let hidden = socket.with_extension("hidden");
    fs::rename(&socket, &hidden).unwrap();
    let id = world.submit(1);
    let job = world.job_when(id, "it is parked", |job| job.state == JobState::Parked);
    let error = job.error.unwrap();
    assert_eq!(error.code, ErrorCode::RuntimeFailed);
    assert!(
        error.message.ends_with("there is no such socket"),
        "{error:?}"
    );
    fs::rename(&hidden, &socket).unwrap();
    assert_eq!(world.client.wait(id).state, JobState::Finished);
    world.all_is_removed();
}

#[test]
fn what_cannot_run_there_is_refused_at_once() {
    let mut world = World::new("");
    let folder = world.place.path().to_owned();
    let refused = |client: &mut Patient, runtime| {
        let asked = Request::Submit(request(&folder, runtime));
        let report = client.ask(&asked).unwrap_err();
        assert_eq!(report.code, ErrorCode::Unsupported);
        (report.message, report.try_next.concat())
    };
    let (message, hint) = refused(&mut world.client, Runtime::Kubernetes);
    assert!(message.contains("Kubernetes"), "{message}");
    assert!(!hint.is_empty());
    let config = fs::read_to_string(world.place.config()).unwrap();
    world
        .place
        .write_config(&config.replace("image = \"ragd:1\"", ""));
    world.daemon.kill();
    world.daemon = world.place.start();
    let (message, hint) = refused(&mut world.client, Runtime::Docker);
    assert_eq!(
        message,
        "nothing says how to use Docker: `runtimes.docker.image` is empty"
    );
    assert!(hint.starts_with("set `runtimes.docker.image`"), "{hint}");
}
