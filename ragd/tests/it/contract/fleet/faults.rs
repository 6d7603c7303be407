//! What happens when the server, the way to it or the configuration is not as it should be.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ragd::config;
use ragd::fleet::{Ended, FleetError};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::super::queue::folder;
use super::server::{free_port, queue};
use super::*;

const DEADLINE: Duration = Duration::from_secs(30);

fn fleet(queue: &config::Queue) -> Arc<dyn Fleet> {
    open(queue, Time::Own).unwrap()
}

async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut condition: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Has a task go all the way.
async fn works(fleet: &dyn Fleet) {
    fleet.announce(&terms()).await.unwrap();
    let me = worker("a");
    fleet.enlist(&me).await.unwrap();
    fleet.offer("daemon", vec![task(1)]).await.unwrap();
    let claimed = fleet.claim(&me, 1).await.unwrap();
    let result = Bytes::from_static(b"r");
    let ended = fleet.finish(claimed[0].lease, result).await.unwrap();
    assert_eq!(ended, Ended::Yes);
    assert_eq!(fleet.ends().await.unwrap(), [finished(1, "r")]);
    fleet.forget(&[(id(1), order("first"))]).await.unwrap();
    assert_eq!(fleet.open_tasks().await.unwrap(), []);
}

/// Returns what a check says to do.
async fn steps(fleet: &dyn Fleet) -> Vec<String> {
    let findings = fleet.check().await.unwrap();
    findings.into_iter().map(|one| one.next_step).collect()
}

fn with_password(queue: config::Queue, folder: &TempDir, password: &str) -> config::Queue {
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, format!("{password}\n")).unwrap();
    config::Queue {
        password_file,
        ..queue
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_and_a_right_one_counts_at_once() {
    let server = Server::start(&["--requirepass", "the right one"]).await;
    let folder = folder();
    let none = fleet(&server.queue());
    let error = none.announce(&terms()).await.unwrap_err();
    assert!(matches!(error, FleetError::Refused { .. }), "{error}");
    let wrong = with_password(server.queue(), &folder, "wrong-and-secret");
    let fleet = fleet(&wrong);
    let error = fleet.announce(&terms()).await.unwrap_err();
    assert!(matches!(error, FleetError::Refused { .. }), "{error}");
    assert!(!error.is_transient());
    assert!(!format!("{error} {error:?}").contains("wrong-and-secret"));
    with_password(server.queue(), &folder, "the right one");
    eventually("the new password is taken", async || {
        fleet.announce(&terms()).await.ok()
    })
    .await;
    works(&*fleet).await;
}

#[tokio::test]
async fn a_password_that_cannot_be_read_is_told() {
    let server = Server::start(&[]).await;
    let missing = config::Queue {
        password_file: Path::new("/nonexistent/password").to_owned(),
        ..server.queue()
    };
    let error = fleet(&missing).announce(&terms()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the password of the queue from /nonexistent/password"
    );
    let unset = config::Queue {
        password_env: "RAGD_NO_SUCH_VARIABLE".to_owned(),
        ..server.queue()
    };
    let error = fleet(&unset).announce(&terms()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the variable RAGD_NO_SUCH_VARIABLE with the password of the queue is not set"
    );
}

#[tokio::test]
async fn a_user_needs_only_his_own_keys() {
    let server = Server::start(&[]).await;
    let user = "ACL SETUSER ragd on >secret ~{ragd}:* &{ragd}:* +@all -@dangerous +info";
    assert_eq!(server.say(user).await, "+OK\r\n");
    let folder = folder();
    let url = format!("redis://ragd@127.0.0.1:{}", server.port);
    works(&*fleet(&with_password(queue(&url), &folder, "secret"))).await;
    let elsewhere = config::Queue {
        prefix: "another".to_owned(),
        ..with_password(queue(&url), &folder, "secret")
    };
    let error = fleet(&elsewhere).announce(&terms()).await.unwrap_err();
    assert!(matches!(error, FleetError::Forbidden { .. }), "{error}");
    let shell = format!(
        "redis-cli -h 127.0.0.1 -p {} --user ragd --askpass",
        server.port
    );
    assert_eq!(
        steps(&*fleet(&with_password(queue(&url), &folder, "secret"))).await,
        [format!(
            "{shell} CONFIG SET appendonly yes && {shell} CONFIG REWRITE"
        )]
    );
}

#[tokio::test]
async fn a_server_of_another_kind_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1_000]).await;
            let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(answer).await;
        }
    });
    let error = fleet(&queue(&url)).announce(&terms()).await.unwrap_err();
    assert!(matches!(error, FleetError::NotRedis { .. }), "{error:?}");
    assert!(!error.is_transient());
    answering.abort();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_waited_for() {
    let port = free_port();
    let fleet = fleet(&queue(&format!("redis://127.0.0.1:{port}")));
    let error = fleet.announce(&terms()).await.unwrap_err();
    assert!(matches!(error, FleetError::Unreachable { .. }), "{error}");
    assert!(error.is_transient());
    // Nobody waits for a time-out meanwhile.
    let began = Instant::now();
    for _ in 0..100 {
        assert!(fleet.tick().await.unwrap_err().is_transient());
    }
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_replica_is_told() {
    let server = Server::start(&["--replicaof", "127.0.0.1 1"]).await;
    let fleet = fleet(&server.queue());
    let error = fleet.announce(&terms()).await.unwrap_err();
    assert!(matches!(error, FleetError::ReadOnly { .. }), "{error:?}");
    assert!(error.is_transient());
    let steps = steps(&*fleet).await;
    assert!(steps.contains(&error.next_step()), "{steps:?}");
    assert_eq!(server.say("REPLICAOF NO ONE").await, "+OK\r\n");
    eventually("it became the primary", async || {
        fleet.announce(&terms()).await.ok()
    })
    .await;
    works(&*fleet).await;
}

#[tokio::test]
async fn a_full_server_takes_nothing_and_loses_nothing() {
    let server = Server::start(&[]).await;
    let (fleet, me) = (fleet(&server.queue()), worker("a"));
    works(&*fleet).await;
    fleet
        .offer("daemon", (1..=3).map(task).collect())
        .await
        .unwrap();
    assert_eq!(server.say("CONFIG SET maxmemory 1mb").await, "+OK\r\n");
    let large = |part| NewTask {
        payload: Bytes::from(vec![b'x'; 60_000]),
        ..task(part)
    };
    let offering = fleet.offer("daemon", (10..60).map(large).collect()).await;
    let error = match offering {
        // Some went in before it was full.
        Ok(_) => fleet.offer("daemon", vec![large(60)]).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, FleetError::Full { .. }), "{error:?}");
    assert!(error.is_transient());
    let found = steps(&*fleet).await;
    let raises = |step: &String| step.contains(" CONFIG SET maxmemory 2097152 ");
    assert!(found.iter().any(raises), "{found:?}");
    // What is there goes on to its end.
    fleet.enlist(&me).await.unwrap();
    let claimed = fleet.claim(&me, 2).await.unwrap();
    assert_eq!(claimed.len(), 2);
    fleet.beat(&me, &[claimed[0].lease]).await.unwrap();
    fleet.tick().await.unwrap();
    let result = Bytes::from_static(b"r");
    assert_eq!(
        fleet.finish(claimed[0].lease, result).await.unwrap(),
        Ended::Yes
    );
    assert_eq!(fleet.hand_back(claimed[1].lease).await.unwrap(), Ended::Yes);
    assert_eq!(fleet.ends().await.unwrap(), [finished(1, "r")]);
    assert_eq!(server.say("CONFIG SET maxmemory 0").await, "+OK\r\n");
    fleet.offer("daemon", vec![large(60)]).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_comes_with_the_command_that_mends_it() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]).await;
    for queue in [server.queue(), server.queue_over_tcp()] {
        server.say("CONFIG SET appendonly no").await;
        server.say("CONFIG SET maxmemory-policy allkeys-lru").await;
        let fleet = fleet(&queue);
        let steps_at_first = steps(&*fleet).await;
        assert_eq!(steps_at_first.len(), 2, "{steps_at_first:?}");
        for step in steps_at_first {
            let shell = Command::new("sh").args(["-c", &step]).output().unwrap();
            assert!(shell.status.success(), "{step}: {shell:?}");
        }
        assert_eq!(steps(&*fleet).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_killed_server_comes_back_with_what_it_had() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let (fleet, me) = (fleet(&server.queue()), worker("a"));
    let epoch = fleet.announce(&terms()).await.unwrap();
    fleet
        .offer("daemon", (1..=3).map(task).collect())
        .await
        .unwrap();
    let claimed = fleet.claim(&me, 2).await.unwrap();
    let result = || Bytes::from_static(b"r");
    fleet.finish(claimed[0].lease, result()).await.unwrap();
    assert_eq!(fleet.ends().await.unwrap(), [finished(1, "r")]);
    server.kill();
    assert!(fleet.tick().await.unwrap_err().is_transient());
    server.restart().await;
    // Scripts are gone from its cache; the lease is not.
    let ended = eventually("it is reached again", async || {
        fleet.finish(claimed[1].lease, result()).await.ok()
    });
    assert_eq!(ended.await, Ended::Yes);
    assert_eq!(fleet.announce(&terms()).await.unwrap(), epoch);
    let ends = eventually("ends are read again", async || fleet.ends().await.ok()).await;
    assert_eq!(ends, [finished(2, "r")]);
    // The next daemon hears of both ends, since nobody forgot them.
    let next = open(&server.queue(), Time::Own).unwrap();
    assert_eq!(
        next.ends().await.unwrap(),
        [finished(1, "r"), finished(2, "r")]
    );
    next.forget(&[(id(1), order("first"))]).await.unwrap();
    let next = open(&server.queue(), Time::Own).unwrap();
    assert_eq!(next.ends().await.unwrap(), [finished(2, "r")]);
}

#[tokio::test]
async fn an_emptied_server_is_noticed_and_works_on() {
    let server = Server::start(&[]).await;
    let fleet = fleet(&server.queue());
    works(&*fleet).await;
    let epoch = fleet.announce(&terms()).await.unwrap();
    assert_eq!(fleet.announce(&terms()).await.unwrap(), epoch);
    server.say("FLUSHALL").await;
    assert_ne!(fleet.announce(&terms()).await.unwrap(), epoch);
    works(&*fleet).await;
}

#[tokio::test]
async fn waiting_in_vain_for_ends_is_no_error() {
    let server = Server::start(&[]).await;
    assert_eq!(fleet(&server.queue()).ends().await.unwrap(), []);
}

#[tokio::test]
async fn a_call_for_ends_that_is_dropped_loses_none() {
    let server = Server::start(&[]).await;
    let (fleet, me) = (fleet(&server.queue()), worker("a"));
    fleet.announce(&terms()).await.unwrap();
    fleet
        .offer("daemon", (1..=20).map(task).collect())
        .await
        .unwrap();
    let mut found = Vec::new();
    for claimed in fleet.claim(&me, 20).await.unwrap() {
        fleet
            .finish(claimed.lease, Bytes::from_static(b"r"))
            .await
            .unwrap();
        // Dropped somewhere on its way, with or without the end in its hands.
        let _ = tokio::time::timeout(Duration::from_micros(50), fleet.ends())
            .await
            .map(|ends| {
                found.extend(ends.unwrap());
            });
    }
    while found.len() < 20 {
        found.extend(fleet.ends().await.unwrap());
    }
    let expected: Vec<_> = (1..=20).map(|part| finished(part, "r")).collect();
    assert_eq!(found, expected);
}

/// A way to the server that can be slow or cut.
struct Way {
    url: String,
    cut: watch::Sender<u64>,
    carrying: tokio::task::JoinHandle<()>,
}

impl Way {
    async fn to(server: &Server, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (cut, port) = (watch::Sender::default(), server.port);
        let cuts = cut.clone();
        let carrying = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let mut cuts = watch::Sender::subscribe(&cuts);
                tokio::spawn(async move {
                    let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let ((near_in, near_out), (far_in, far_out)) =
                        (near.into_split(), far.into_split());
                    tokio::select! {
                        _ = cuts.changed() => {}
                        () = carry(near_in, far_out, Duration::ZERO) => {}
                        () = carry(far_in, near_out, delay) => {}
                    }
                });
            }
        });
        Self { url, cut, carrying }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    delay: Duration,
) {
    let mut bytes = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        tokio::time::sleep(delay).await;
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_server_that_takes_two_seconds_is_slow_and_no_more() {
    let server = Server::start(&[]).await;
    let way = Way::to(&server, Duration::from_secs(2)).await;
    let fleet = fleet(&queue(&way.url));
    // Three answers: connecting, that the script is not known, and that of the script.
    assert_eq!(fleet.tick().await.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_that_was_cut_is_made_again() {
    let server = Server::start(&[]).await;
    let way = Way::to(&server, Duration::ZERO).await;
    let fleet = fleet(&queue(&way.url));
    fleet.announce(&terms()).await.unwrap();
    for _ in 0..5 {
        way.cut.send_modify(|cuts| *cuts += 1);
        // A cut that is noticed only while the call is under way is told.
        eventually("it is reached again", async || fleet.tick().await.ok()).await;
    }
    works(&*fleet).await;
}
