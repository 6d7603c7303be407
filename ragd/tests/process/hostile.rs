//! Clients that break the rules, and honest ones beside them.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use protocol::codec;
use protocol::document::DocumentRef;
use protocol::error::ErrorCode;
use protocol::hello::{ClientHello, DaemonHello, VersionRange};
use protocol::job::WatchRequest;
use protocol::{ClientMessage, DaemonMessage, PathBytes, Reply, Request, RequestId};

use crate::client::{Client, Trouble, read_frame, write_frame};
use crate::daemon::{Daemon, Place};
use crate::dice::Dice;
use crate::eventually;

/// Deadlines of the daemon, short enough to wait for.
const IMPATIENT: &str = "
    [limits]
    hello_ms = 1000
    partial_frame_ms = 500
    stalled_client_ms = 1000
    heartbeat_ms = 200
";

fn start() -> (Place, Daemon) {
    let place = Place::new();
    place.configure(IMPATIENT);
    let daemon = place.start();
    (place, daemon)
}

fn stranger(place: &Place) -> UnixStream {
    let stream = UnixStream::connect(place.socket()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

/// Reads to the end and returns what came.
fn rest(stream: &mut UnixStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return bytes,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return bytes,
            Err(error) => panic!("the daemon neither answers nor hangs up: {error}"),
        }
    }
}

/// Waits until the daemon has as many files open as `before`, give or take one or two.
fn files_return(daemon: &Daemon, before: usize) {
    eventually("files are closed again", Duration::from_secs(15), || {
        (daemon.open_files() <= before + 2).then_some(())
    });
}

#[test]
fn a_wrong_first_frame_is_refused_in_clear_words() {
    let (place, mut daemon) = start();
    let check = |bytes: &[u8], code: &str| {
        let mut stream = stranger(&place);
        stream.write_all(bytes).unwrap();
        let refused = DaemonHello::decode(&read_frame(&mut stream).unwrap());
        match refused {
            Ok(DaemonHello::Refused(refused)) => assert_eq!(refused.code, code, "{bytes:?}"),
            other => panic!("{bytes:?} was answered {other:?}"),
        }
        assert_eq!(rest(&mut stream), [0_u8; 0], "one frame is enough");
    };
    let framed = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        [length.as_slice(), bytes].concat()
    };
    let versions = |min, max| {
        let hello = ClientHello {
            versions: VersionRange { min, max },
            features: 0,
            build: "9.9.9".to_owned(),
        };
        framed(&hello.encode())
    };
    check(&versions(2, 7), "version-skew");
    check(&versions(0, 0), "version-skew");
    check(&versions(7, 2), "version-skew");
    check(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "protocol");
    check(&framed(b""), "protocol");
    check(&framed(b"RAGC"), "protocol");
    check(&framed(b"RAGD\0\0\0"), "protocol");
    check(&[0xff; 64], "protocol");
    check(&u32::MAX.to_le_bytes(), "protocol");
    check(&4_097_u32.to_le_bytes(), "protocol");
    assert!(daemon.is_running());
}

#[test]
fn garbage_ends_its_connection_and_nothing_else() {
    let (place, mut daemon) = start();
    let before = daemon.open_files();
    let mut honest = Client::connect(&place.socket()).unwrap();
    let mut dice = Dice::new(7);
    let good = codec::encode(&ClientMessage::Request {
        id: RequestId(1),
        body: Request::Watch(WatchRequest::default()),
    });
    let good = good.unwrap();
    for round in 0..300 {
        let mut client = Client::connect(&place.socket()).unwrap();
        let mut frame = good.clone();
        match round % 3 {
            // Any bytes; a message with some changed; a frame that is never whole.
            0 => frame = (0..dice.below(200)).map(|_| dice.next() as u8).collect(),
            1 => {
                for _ in 0..=dice.below(4) {
                    let at = dice.index(frame.len());
                    frame[at] = dice.next() as u8;
                }
            }
            _ => {
                let length = u32::try_from(frame.len() + 1 + dice.index(1_000)).unwrap();
                client.raw().write_all(&length.to_le_bytes()).unwrap();
                client.raw().write_all(&frame).unwrap();
                continue;
            }
        }
        let _ = write_frame(client.raw(), &frame);
        client.raw().shutdown(Shutdown::Write).unwrap();
        rest(client.raw());
        assert!(honest.ask(Request::Ping).is_ok());
    }
    for length in [u32::MAX, 1 << 31, (8 << 20) + 1] {
        let mut client = Client::connect(&place.socket()).unwrap();
        client.raw().write_all(&length.to_le_bytes()).unwrap();
        match client.receive() {
            Ok(DaemonMessage::Failed { id, report }) => {
                assert_eq!((id, report.code), (RequestId(0), ErrorCode::Protocol));
            }
            other => panic!("a frame of {length} bytes was answered {other:?}"),
        }
        assert_eq!(rest(client.raw()), [0_u8; 0]);
    }
    // A frame that begins and does not go on.
    let mut slow = Client::connect(&place.socket()).unwrap();
    slow.raw().write_all(&[9, 0, 0, 0, 1]).unwrap();
    assert_eq!(rest(slow.raw()), [0_u8; 0]);
    assert!(honest.ask(Request::Ping).is_ok());
    drop(honest);
    files_return(&daemon, before);
    assert!(daemon.is_running());
}

#[test]
fn half_open_connections_keep_nobody_out() {
    let (place, daemon) = start();
    let before = daemon.open_files();
    let mut early = Client::connect(&place.socket()).unwrap();
    let half_open: Vec<_> = (0..500).map(|_| stranger(&place)).collect();
    let began = Instant::now();
    for _ in 0..20 {
        let mut honest = Client::connect(&place.socket()).expect("an honest client gets in");
        assert!(honest.ask(Request::Ping).is_ok());
    }
    println!(
        "20 honest clients beside 500 half open ones: {:?}",
        began.elapsed()
    );
    assert!(early.ask(Request::Ping).is_ok());
    let open = daemon.open_files();
    assert!(open <= before + 140, "{open} files are open, {before} were");
    // All are hung up on, though nobody closed his side.
    for mut stream in half_open {
        assert_eq!(rest(&mut stream), [0_u8; 0]);
    }
    drop(early);
    files_return(&daemon, before);
}

#[test]
fn too_many_clients_are_told_so() {
    let place = Place::new();
    place.configure("[limits]\nconnections_per_user = 8\n");
    let daemon = place.start();
    let before = daemon.open_files();
    // The client that waited for the start may still be leaving.
    let clients = eventually("eight get in", Duration::from_secs(5), || {
        let clients: Vec<_> = (0..8)
            .filter_map(|_| Client::connect(&place.socket()).ok())
            .collect();
        (clients.len() == 8).then_some(clients)
    });
    match Client::connect(&place.socket()) {
        Err(Trouble::Refused(refused)) => assert_eq!(refused.code, "busy"),
        other => panic!("the ninth: {other:?}"),
    }
    drop(clients);
    eventually("there is room again", Duration::from_secs(5), || {
        Client::connect(&place.socket()).ok()
    });
    files_return(&daemon, before);
}

#[test]
fn a_client_that_never_reads_is_dropped_and_slows_nobody() {
    let (place, daemon) = start();
    let mut client = place.patient();
    let long = "a line that is long enough to be told apart from others\n".repeat(20_000);
    let job = client
        .submit_uploads("c", &[("long.txt".to_owned(), long)])
        .job;
    client.wait(job);
    let before = daemon.open_files();
    let mut deaf: Vec<_> = (0..4)
        .map(|_| Client::connect(&place.socket()).unwrap())
        .collect();
    for client in &mut deaf {
        for _ in 0..20 {
            let name = DocumentRef::Path {
                collection: Some("c".to_owned()),
                path: PathBytes::from("long.txt"),
            };
            client.send(Request::DocumentCat(name.into())).unwrap();
        }
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        let began = Instant::now();
        client.search("c", "told");
        slowest = slowest.max(began.elapsed());
    }
    println!("slowest search beside clients that never read: {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    eventually("they are dropped", Duration::from_secs(10), || {
        (client.status().connections == 1).then_some(())
    });
    // What stays is what the ledger's readers opened.
    files_return(&daemon, before + 8);
}

#[test]
fn every_request_has_one_answer_however_many_there_are() {
    let (place, _daemon) = start();
    let mut client = Client::connect(&place.socket()).unwrap();
    // Streams beyond the limit are refused, the others go on.
    let watches: Vec<_> = (0..33)
        .map(|_| {
            client
                .send(Request::Watch(WatchRequest::default()))
                .unwrap()
        })
        .collect();
    let refused = loop {
        match client.receive().unwrap() {
            DaemonMessage::Failed { id, report } => break (id, report.code),
            DaemonMessage::Item { .. } => {}
            other => panic!("a watch was answered {other:?}"),
        }
    };
    assert_eq!(refused, (watches[32], ErrorCode::Busy));
    // One is cancelled by its id, and ends once.
    client
        .tell(&ClientMessage::Cancel { id: watches[3] })
        .unwrap();
    loop {
        match client.receive().unwrap() {
            DaemonMessage::Failed { id, report } => {
                assert_eq!((id, report.code), (watches[3], ErrorCode::Cancelled));
                break;
            }
            DaemonMessage::Item { .. } => {}
            other => panic!("a cancel was answered {other:?}"),
        }
    }
    // An id that is in use is refused; cancelling what is over changes nothing.
    client
        .tell(&ClientMessage::Cancel { id: watches[3] })
        .unwrap();
    client
        .tell(&ClientMessage::Cancel { id: RequestId(999) })
        .unwrap();

    let mut client = Client::connect(&place.socket()).unwrap();
    let mut open: std::collections::BTreeSet<_> = (0..200)
        .map(|_| client.send(Request::Status).unwrap())
        .collect();
    while !open.is_empty() {
        match client.receive().unwrap() {
            DaemonMessage::Reply {
                id,
                body: Reply::Status(_),
            } => assert!(open.remove(&id), "{id:?} was answered twice"),
            other => panic!("status was answered {other:?}"),
        }
    }
}

/// A cancel is heard though as many requests as may be are under way.
#[test]
fn a_cancel_passes_requests_that_wait() {
    let (place, _daemon) = start();
    let mut client = Client::connect(&place.socket()).unwrap();
    let fsck = client.send(Request::Fsck { deep: true }).unwrap();
    client.tell(&ClientMessage::Cancel { id: fsck }).unwrap();
    match client.receive().unwrap() {
        DaemonMessage::Failed { id, report } => {
            assert_eq!((id, report.code), (fsck, ErrorCode::Cancelled));
        }
        DaemonMessage::Reply { id, .. } => assert_eq!(id, fsck),
        other => panic!("fsck was answered {other:?}"),
    }
}
