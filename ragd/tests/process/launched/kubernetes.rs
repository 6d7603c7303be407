//! Jobs of Kubernetes.

use protocol::ErrorCode;
use protocol::Request;
use protocol::job::JobState;
use protocol::submit::Runtime;

use super::{SOON, World, waits_for, worker};
use crate::daemon::Place;
use crate::eventually;
use crate::kubernetes_server::{Act, Cluster};

fn world(cluster: &Cluster) -> World {
    World::new(|place| {
        cluster.act(&[runs(place)]);
        let kubeconfig = cluster.kubeconfig(place.path());
        format!(
            "[runtimes.kubernetes]\nkubeconfig = \"{}\"\nimage = \"far/ragd:1\"\n",
            kubeconfig.display()
        )
    })
}

fn runs(place: &Place) -> Act {
    let (program, arguments) = worker(place);
    Act::Run(program, arguments)
}

fn all_is_removed(cluster: &Cluster) {
    eventually("all Jobs are removed", SOON, || {
        cluster.jobs().is_empty().then_some(())
    });
}

#[test]
fn a_part_is_done_by_a_job_of_its_own() {
    let cluster = Cluster::start();
    let mut world = world(&cluster);
    let id = world.submit(3, Runtime::Kubernetes);
    let job = world.finished(id);
    assert_eq!((job.totals.added, job.runtime), (3, Runtime::Kubernetes));
    assert_eq!(world.client.search("c", "harbour").len(), 3);
    all_is_removed(&cluster);
    let made = cluster.made();
    assert_eq!(made.len(), 1);
    let container = &made[0]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "far/ragd:1");
}

#[test]
fn a_job_says_why_its_pod_waits_and_takes_it_along_when_it_is_cancelled() {
    let cluster = Cluster::start();
    let mut world = world(&cluster);
    cluster.act(&[Act::NoRoom]);
    let id = world.submit(1, Runtime::Kubernetes);
    world.job_when(id, "there is no room", |job| {
        waits_for(
            job,
            Runtime::Kubernetes,
            "Unschedulable: 0/3 nodes are available",
        )
    });
    world.client.ask(&Request::JobCancel(id)).unwrap();
    assert_eq!(world.client.wait(id).state, JobState::Cancelled);
    all_is_removed(&cluster);
}

#[test]
fn a_pod_that_dies_fails_its_part_and_a_killed_daemon_leaves_nothing() {
    let cluster = Cluster::start();
    let mut world = world(&cluster);
    cluster.act(&[Act::OutOfMemory, Act::Hang, runs(&world.place)]);
    let id = world.submit(1, Runtime::Kubernetes);
    let job = world.job_when(id, "the first one died", |job| job.error.is_some());
    let error = job.error.unwrap();
    assert_eq!(error.code, ErrorCode::WorkerLost);
    assert_eq!(error.causes[0], "it ended with code 137");
    let left = eventually("the second one runs", SOON, || match cluster.made().len() {
        2 => cluster.jobs().into_iter().next(),
        _ => None,
    });
    world.restart_with("", "");
    world.finished(id);
    all_is_removed(&cluster);
    let removal = format!("DELETE /apis/batch/v1/namespaces/far/jobs/{left}?");
    assert!(cluster.requests().contains(&removal), "{removal}");
}
