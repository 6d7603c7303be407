//! Starting, stopping, reloading, and what systemd is told.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use protocol::error::ErrorCode;
use protocol::job::{JobState, PageRequest};
use protocol::submit::{Source, SourceRules};
use protocol::{DaemonMessage, JobId, Reply, Request};
use rustix::process::Signal;

use crate::client::{Client, Trouble, ingest, probe};
use crate::daemon::Place;
use crate::eventually;
use crate::storm::path_bytes;

const STOP: Duration = Duration::from_secs(25);
/// Asked for are 100 ms; a debug build on a busy machine gets three times as long.
const FIRST_REPLY: Duration = Duration::from_millis(300);
const MANY: usize = 100_000;
const MANY_RSS: u64 = 300 << 20;

/// Puts `count` probes into the queue and returns the ids that were accepted.
fn probes(place: &Place, count: usize) -> Vec<JobId> {
    const AT_ONCE: usize = 32;
    let mut client = Client::connect(&place.socket()).unwrap();
    let (mut sent, mut accepted) = (0, Vec::with_capacity(count));
    while accepted.len() < count {
        while sent < count && sent < accepted.len() + AT_ONCE {
            client.send(Request::Submit(probe())).unwrap();
            sent += 1;
        }
        match client.receive().unwrap() {
            DaemonMessage::Reply {
                body: Reply::Accepted(reply),
                ..
            } => accepted.push(reply.job),
            other => panic!("a submit was answered {other:?}"),
        }
    }
    accepted
}

#[test]
fn a_stop_under_load_loses_nothing() {
    let place = Place::new();
    let mut daemon = place.start();
    let tree = place.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    for number in 0..400 {
        let text = format!("# File {number}\n\n{}", "some words of it. ".repeat(400));
        std::fs::write(tree.join(format!("{number}.md")), text).unwrap();
    }
    let mut client = place.patient();
    let mut jobs = probes(&place, 200);
    for number in 0..10 {
        let source = Source::Paths(vec![path_bytes(&tree)]);
        let collection = format!("c{number}");
        let request = ingest(&collection, source, SourceRules::default());
        jobs.push(client.submit(request).job);
    }
    daemon.signal(Signal::TERM);
    let began = Instant::now();
    // Whoever asks meanwhile is served, or told in clear words; what is accepted is kept.
    let mut late = Vec::new();
    while let Ok(mut client) = Client::connect(&place.socket()) {
        match client.ask(Request::Submit(probe())) {
            Ok(Reply::Accepted(reply)) => late.push(reply.job),
            Err(Trouble::No(report)) => assert_eq!(report.code, ErrorCode::Stopping),
            Err(_) => break,
            Ok(other) => panic!("a submit was answered {other:?}"),
        }
    }
    let (status, _) = daemon.ends_within(STOP);
    println!(
        "stop under load: {:?}, {} jobs accepted meanwhile",
        began.elapsed(),
        late.len()
    );
    assert!(status.success(), "{status}");
    assert!(!place.socket().exists(), "the socket was left behind");

    let _daemon = place.start();
    for job in jobs.iter().chain(&late) {
        assert_eq!(client.wait(*job).state, JobState::Finished, "{job}");
    }
    let report = client.fsck();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.documents, 4_000);
}

#[test]
fn a_second_signal_stops_at_once() {
    let place = Place::new();
    let mut daemon = place.start();
    let fifo = place.path().join("tree");
    std::fs::create_dir(&fifo).unwrap();
    for number in 0..64 {
        let text = "words and words and words. ".repeat(100_000);
        std::fs::write(fifo.join(format!("{number}.txt")), text).unwrap();
    }
    let mut client = place.patient();
    let source = Source::Paths(vec![path_bytes(&fifo)]);
    let job = client
        .submit(ingest("c", source, SourceRules::default()))
        .job;
    eventually("the job runs", Duration::from_secs(10), || {
        (client.job(job).state == JobState::Running).then_some(())
    });
    daemon.signal(Signal::TERM);
    daemon.signal(Signal::INT);
    let began = Instant::now();
    daemon.signal(Signal::TERM);
    let (status, _) = daemon.ends_within(Duration::from_secs(3));
    println!("second signal: {:?}", began.elapsed());
    assert!(status.success(), "{status}");
    let _daemon = place.start();
    assert!(!client.job(job).state.is_end());
}

/// A client that reads nothing does not keep the daemon from stopping.
#[test]
fn clients_that_never_read_do_not_hold_up_a_stop() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = place.patient();
    let long = "a line that is long enough to be told apart from others\n".repeat(20_000);
    let documents = [("long.txt".to_owned(), long)];
    let job = client.submit_uploads("c", &documents).job;
    client.wait(job);
    let mut deaf: Vec<_> = (0..3)
        .map(|_| Client::connect(&place.socket()).unwrap())
        .collect();
    for client in &mut deaf {
        // More than the socket holds, so that the daemon waits for us.
        for _ in 0..60 {
            let name = protocol::document::DocumentRef::Path {
                collection: Some("c".to_owned()),
                path: "long.txt".into(),
            };
            client.send(Request::DocumentCat(name.into())).unwrap();
        }
    }
    client.status();
    daemon.signal(Signal::TERM);
    let (status, took) = daemon.ends_within(Duration::from_secs(10));
    println!("stop with clients that never read: {took:?}");
    assert!(status.success(), "{status}");
}

#[test]
fn a_state_directory_and_a_socket_have_one_daemon() {
    let place = Place::new();
    let first = place.start();
    let other_socket = place.path().join("other.sock");
    let mut second = place.spawn_with(place.state_dir(), &other_socket);
    let (status, _) = second.ends_within(Duration::from_secs(5));
    assert_eq!(status.code(), Some(75));
    let expected = format!(
        "another ragd (pid {}) uses the state directory {}",
        first.pid(),
        place.state_dir().display()
    );
    assert!(place.log().contains(&expected), "{}", place.log());

    let mut third = place.spawn_with(&place.path().join("other"), &place.socket());
    let (status, _) = third.ends_within(Duration::from_secs(5));
    assert_eq!(status.code(), Some(75));
    let expected = format!(
        "another ragd (pid {}) uses {}",
        first.pid(),
        place.socket().display()
    );
    assert!(place.log().contains(&expected), "{}", place.log());
    assert!(Client::connect(&place.socket()).is_ok());
}

#[test]
fn a_socket_that_a_killed_daemon_left_is_replaced() {
    let place = Place::new();
    let mut daemon = place.start();
    daemon.kill();
    assert!(place.socket().exists());
    assert!(Client::connect(&place.socket()).is_err());
    let _daemon = place.start();
    assert!(Client::connect(&place.socket()).is_ok());
}

#[test]
fn a_hundred_thousand_jobs_fit_and_do_not_delay_the_first_reply() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = place.patient();
    client.ask(&Request::QueuePause).unwrap();
    let began = Instant::now();
    probes(&place, MANY);
    let took = began.elapsed();
    let full = client.status();
    assert_eq!(full.queue.queued, MANY as u64);
    let mut busy = Client::connect(&place.socket()).unwrap();
    let began = Instant::now();
    let refused = busy.ask(Request::Submit(probe()));
    assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::Busy));
    println!(
        "{MANY} queued in {took:?}: {} MiB, `busy` after {:?}",
        full.rss_bytes >> 20,
        began.elapsed()
    );
    assert!(full.rss_bytes <= MANY_RSS, "{} bytes", full.rss_bytes);

    daemon.kill();
    let mut daemon = place.spawn();
    let ping = daemon.first_answer(&Request::Ping);
    let health = daemon.first_answer(&Request::Health);
    let serving = daemon.serving();
    let status = client.status();
    println!(
        "with {MANY} queued: ping after {ping:?}, health {health:?}, serving {serving:?}, {} MiB",
        status.rss_bytes >> 20
    );
    assert_eq!(status.queue.queued, MANY as u64);
    assert!(ping <= FIRST_REPLY, "first reply after {ping:?}");
    assert!(status.rss_bytes <= MANY_RSS, "{} bytes", status.rss_bytes);

    // A stop while the stores are being opened is a stop.
    daemon.kill();
    let mut daemon = place.spawn();
    daemon.first_answer(&Request::Ping);
    daemon.signal(Signal::TERM);
    let (status, took) = daemon.ends_within(STOP);
    println!("stop while opening: {took:?}");
    assert!(status.success(), "{status}");
}

#[test]
fn a_configuration_is_taken_over_whole_or_not_at_all() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = Client::connect(&place.socket()).unwrap();
    let max_in_flight = |place: &Place| {
        use protocol::hello::{ClientHello, DaemonHello};
        let mut stream = std::os::unix::net::UnixStream::connect(place.socket()).unwrap();
        crate::client::write_frame(&mut stream, &ClientHello::current("t").encode()).unwrap();
        match DaemonHello::decode(&crate::client::read_frame(&mut stream).unwrap()) {
            Ok(DaemonHello::Welcome(welcome)) => welcome.max_in_flight,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(max_in_flight(&place), 32);
    place.configure("[limits]\nrequests_in_flight = 7\n");
    daemon.signal(Signal::HUP);
    eventually("the file is taken over", Duration::from_secs(5), || {
        (max_in_flight(&place) == 7).then_some(())
    });
    place.configure("[limits]\nrequests_in_flight = 9\n\nhallo_ms = 3\n");
    let text = std::fs::read_to_string(place.config()).unwrap();
    let line = text
        .lines()
        .position(|line| line.contains("hallo"))
        .unwrap()
        + 1;
    daemon.signal(Signal::HUP);
    let expected = format!("line {line}: unknown key `limits.hallo_ms`");
    eventually("the bad file is named", Duration::from_secs(5), || {
        place.log().contains(&expected).then_some(())
    });
    assert!(place.log().contains("did you mean `limits.hello_ms`?"));
    assert_eq!(max_in_flight(&place), 7);
    // The connection of before lives on.
    assert!(client.ask(Request::Ping).is_ok());
}

#[test]
fn a_wrong_configuration_does_not_start() {
    let place = Place::new();
    let check = |text: &str, expected: &[&str]| {
        place.write_config(text);
        let (status, _) = place.spawn().ends_within(Duration::from_secs(5));
        assert_eq!(status.code(), Some(78), "{text}");
        let log = place.log();
        for part in expected {
            assert!(log.contains(part), "{part}: {log}");
        }
    };
    check(
        "[limits]\nconnection = 3\n",
        &[
            "line 2: unknown key `limits.connection`",
            "did you mean `limits.connections`?",
        ],
    );
    check(
        "[queue]\nlease_ms = \"soon\"\n",
        &["line 2: invalid type: string \"soon\""],
    );
    check("[queue\n", &["line 1: "]);
    check(
        "[queue]\nmax_stalls = 0\n",
        &["`queue.max_stalls` must be at least 1"],
    );
}

#[test]
fn systemd_is_told() {
    let mut place = Place::new();
    let path = place.path().join("notify");
    let notices = UnixDatagram::bind(&path).unwrap();
    notices
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    place.set_environment("NOTIFY_SOCKET", path.to_str().unwrap());
    place.set_environment("WATCHDOG_USEC", "200000");
    let mut daemon = place.spawn();
    let next = || {
        let mut buffer = [0; 256];
        let length = notices.recv(&mut buffer).expect("a notice comes");
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    };
    assert_eq!(next(), "READY=1");
    // Ready means serving, not beginning to.
    let mut client = Client::connect(&place.socket()).unwrap();
    let list = Request::CollectionList(PageRequest::default());
    assert!(client.ask(list).is_ok());
    for _ in 0..3 {
        assert_eq!(next(), "WATCHDOG=1");
    }
    daemon.signal(Signal::TERM);
    let stopping = eventually("the stop is told", Duration::from_secs(5), || {
        Some(next()).filter(|notice| notice != "WATCHDOG=1")
    });
    assert_eq!(stopping, "STOPPING=1");
    let (status, _) = daemon.ends_within(STOP);
    assert!(status.success());
}
