//! Containers of Docker.

use std::fs;
use std::ops::{Deref, DerefMut};

use protocol::job::{JobState, Waiting};
use protocol::submit::Runtime;
use protocol::{ErrorCode, JobId, Request};
use serde_json::Value;

use super::{SOON, request, waits_for, worker};
use crate::client::Patient;
use crate::daemon::Place;
use crate::docker_engine::{Act, Engine};
use crate::eventually;

struct World {
    engine: Engine,
    world: super::World,
}

impl Deref for World {
    type Target = super::World;

    fn deref(&self) -> &super::World {
        &self.world
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut super::World {
        &mut self.world
    }
}

impl World {
    fn new(more: &str) -> Self {
        let mut engine = None;
        let world = super::World::new(|place| {
            let engine = engine.insert(Engine::start(place.path()));
            engine.act(&[runs(place)]);
            let host = engine.host();
            format!("[runtimes.docker]\nhost = \"{host}\"\nimage = \"ragd:1\"\n{more}")
        });
        let engine = engine.unwrap();
        Self { engine, world }
    }

    fn submit(&mut self, files: usize) -> JobId {
        self.world.submit(files, Runtime::Docker)
    }

    /// Waits until no container is left.
    fn all_is_removed(&self) {
        eventually("all containers are removed", SOON, || {
            self.engine.containers().is_empty().then_some(())
        });
    }
}

/// A container does what the real one would do.
fn runs(place: &Place) -> Act {
    let (program, arguments) = worker(place);
    Act::Run(program, arguments)
}

#[test]
fn each_part_is_done_in_a_container_of_its_own() {
    let mut world = World::new("[ingest]\npart_files = 3\n");
    let id = world.submit(7);
    let job = world.finished(id);
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
    world.restart_with("ragd:1", "far/ragd:2");
    world.engine.hold_fetches(true);
    let id = world.submit(1);
    world.job_when(id, "the image is waited for", |job| {
        waits_for(job, Runtime::Docker, "the image far/ragd:2 is fetched")
    });
    world.client.ask(&Request::JobCancel(id)).unwrap();
    assert_eq!(world.client.wait(id).state, JobState::Cancelled);
    world.engine.hold_fetches(false);
    assert_eq!(world.engine.containers(), [""; 0]);

    let id = world.submit(1);
    world.finished(id);
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
    world.finished(id);
    world.all_is_removed();
}

#[test]
fn a_cancelled_job_takes_its_containers_along() {
    let mut world = World::new("");
    world.engine.act(&[Act::Hang]);
    let id = world.submit(1);
    eventually("a container runs", SOON, || {
        (world.engine.running().len() == 1).then_some(())
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
        world.engine.running().into_iter().next()
    });
    world.daemon.kill();
    assert_eq!(world.engine.containers(), std::slice::from_ref(&left));
    world.daemon = world.place.start();
    world.finished(id);
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
    let why = match &job.waiting {
        Some(Waiting::Dependency { name, reason }) if name == "runtime:docker" => reason,
        waiting => panic!("{waiting:?}"),
    };
    assert!(why.ends_with("there is no such socket"), "{why}");
    let error = job.error.unwrap();
    assert_eq!(
        (error.code, &error.message),
        (ErrorCode::RuntimeFailed, why)
    );
    fs::rename(&hidden, &socket).unwrap();
    world.finished(id);
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
    world.restart_with("image = \"ragd:1\"", "");
    let (message, hint) = refused(&mut world.client, Runtime::Docker);
    assert_eq!(
        message,
        "nothing says how to use Docker: `runtimes.docker.image` is empty"
    );
    assert!(hint.starts_with("set `runtimes.docker.image`"), "{hint}");
}
