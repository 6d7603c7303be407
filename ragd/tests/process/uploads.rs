//! Uploads whose connection is cut, whose daemon is killed, and that are not what they were to be.

use std::fs::{self, File};
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use protocol::document::DocumentRef;
use protocol::error::ErrorCode;
use protocol::hello::ClientHello;
use protocol::job::JobState;
use protocol::submit::{Source, SourceRules, UploadResumeRequest, UploadedDocument};
use protocol::{ClientMessage, ContentHash, PathBytes, Private, Request, RequestId, codec};
use sha2::{Digest, Sha256};

use crate::client::{Client, PIECE, Trouble, ingest};
use crate::daemon::Place;
use crate::eventually;

const SOON: Duration = Duration::from_secs(30);
/// Pieces that were read and not written yet when a cut is noticed: those that wait for their
/// handler, the one that waits to wait, and the one that is being written.
const UNDER_WAY: usize = 6 * PIECE;

/// Text that differs from that of other seeds from its first bytes on.
fn text(seed: usize, bytes: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|line| format!("walrus{seed} says {line}\n").into_bytes());
    lines.take(bytes).collect()
}

fn announced(bytes: &[u8]) -> UploadResumeRequest {
    UploadResumeRequest {
        content: ContentHash(Sha256::digest(bytes).into()),
        bytes: bytes.len() as u64,
    }
}

fn unfinished(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.state_dir().join("blobs/unfinished")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Passes one connection on, and cuts it after so many bytes of the client.
fn relay(daemon: &Path, at: &Path, bytes: usize) -> thread::JoinHandle<()> {
    let _ = fs::remove_file(at);
    let listener = UnixListener::bind(at).unwrap();
    let daemon = UnixStream::connect(daemon).unwrap();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let (mut back, mut to) = (daemon.try_clone().unwrap(), client.try_clone().unwrap());
        let answers = thread::spawn(move || io::copy(&mut back, &mut to));
        let passed = io::copy(&mut (&client).take(bytes as u64), &mut &daemon).unwrap();
        assert_eq!(passed, bytes as u64, "the client went before the cut");
        // Either may be gone already.
        let _ = client.shutdown(Shutdown::Both);
        let _ = daemon.shutdown(Shutdown::Both);
        let _ = answers.join().unwrap();
    })
}

/// Bytes of a frame on the wire.
fn framed(message: &ClientMessage) -> usize {
    4 + codec::encode(message).unwrap().len()
}

/// Submits what was uploaded and returns what the daemon has as its text.
fn taken_in(place: &Place, name: &str, upload: UploadResumeRequest) -> Vec<u8> {
    let mut client = place.patient();
    let source = Source::Uploads(vec![UploadedDocument {
        name: PathBytes::from(name),
        content: upload.content,
        bytes: upload.bytes,
    }]);
    let job = client
        .submit(ingest("c", source, SourceRules::default()))
        .job;
    assert_eq!(client.wait(job).state, JobState::Finished);
    let document = || DocumentRef::Path {
        collection: Some("c".to_owned()),
        path: PathBytes::from(name),
    };
    client.insist(|client| client.cat(document())).unwrap()
}

#[test]
fn an_upload_goes_on_where_it_was_cut() {
    const BYTES: usize = 2 << 20;
    let place = Place::new();
    let _daemon = place.start();
    let id = RequestId(1);
    let hello = 4 + ClientHello::current("test").encode().len();
    let body = Request::UploadResume(announced(&text(0, BYTES)));
    let request = hello + framed(&ClientMessage::Request { id, body });
    let piece = framed(&ClientMessage::Data {
        id,
        bytes: Private(vec![b'x'; PIECE]),
    });
    let all = request + piece * (BYTES / PIECE);
    let cuts = [
        hello,
        request - 1,
        request,
        request + 1,
        request + piece,
        request + piece - 1,
        request + piece + 3,
        request + 20 * piece,
        request + 20 * piece + 4_711,
        all - 1,
        all,
    ];
    let way = place.path().join("relay.sock");
    for (seed, cut) in cuts.into_iter().enumerate() {
        let bytes = text(seed, BYTES);
        let relayed = relay(&place.socket(), &way, cut);
        // The greeting may be cut off, too.
        let sent =
            Client::connect(&way).and_then(|mut client| client.resume(announced(&bytes), &bytes));
        let trouble = sent.unwrap_err();
        assert!(matches!(trouble, Trouble::Gone(_)), "{cut}: {trouble:?}");
        relayed.join().unwrap();
        // At once, as the client that people use would: the daemon may not have noticed yet.
        let mut client = Client::connect(&place.socket()).unwrap();
        let from = client.resume(announced(&bytes), &bytes).unwrap();
        let passed = cut.saturating_sub(request) / piece * PIECE;
        let least = passed.saturating_sub(UNDER_WAY);
        assert!(
            (least..=passed).contains(&from),
            "{cut}: {from} of {passed}"
        );
        assert!(from > 0 || passed <= UNDER_WAY, "{cut}");
        assert_eq!(unfinished(&place), [] as [PathBuf; 0], "{cut}");
    }
    let bytes = text(8, BYTES);
    assert_eq!(taken_in(&place, "cut.txt", announced(&bytes)), bytes);
    let report = place.patient().fsck();
    assert!(report.is_clean(), "{report:?}");
}

/// Sends the beginning of an upload, and returns once it is in its file.
fn begin(place: &Place, upload: UploadResumeRequest, bytes: &[u8]) -> Client {
    let mut client = Client::connect(&place.socket()).unwrap();
    let (id, from) = client.resumed(upload).unwrap();
    client.pieces(id, &bytes[from..]).unwrap();
    let end = format!("-{}", upload.content);
    eventually("the bytes are there", SOON, || {
        let mut files = unfinished(place).into_iter();
        let file = files.find(|path| path.to_string_lossy().ends_with(&end))?;
        (fs::metadata(file).ok()?.len() >= bytes.len() as u64).then_some(())
    });
    client
}

#[test]
fn an_upload_goes_on_after_its_daemon_was_killed() {
    let place = Place::new();
    let mut daemon = place.start();
    let bytes = text(1, 4 << 20);
    let mut had = 0;
    for part in [1 << 20, 3 << 20] {
        let client = begin(&place, announced(&bytes), &bytes[..part]);
        daemon.kill();
        drop(client);
        daemon = place.start();
        let mut client = Client::connect(&place.socket()).unwrap();
        let (_, from) = client.resumed(announced(&bytes)).unwrap();
        assert!(had < from && from <= part, "{from} of {part}");
        had = from;
        let report = place.patient().fsck();
        assert!(report.is_clean(), "{report:?}");
    }
    let mut client = Client::connect(&place.socket()).unwrap();
    let from = client.resume(announced(&bytes), &bytes).unwrap();
    assert_eq!(from, had);
    assert_eq!(taken_in(&place, "killed.txt", announced(&bytes)), bytes);
    // What is here already is not sent again.
    let from = client.resume(announced(&bytes), &bytes).unwrap();
    assert_eq!(from, bytes.len());
    assert!(!place.patient().search("c", "walrus1").is_empty());
}

#[test]
fn what_is_not_what_was_announced_is_thrown_away() {
    let place = Place::new();
    place.add_config("[limits]\nupload_bytes = 1048576");
    let _daemon = place.start();
    let mut client = Client::connect(&place.socket()).unwrap();
    let bytes = text(2, 600_000);
    let upload = announced(&bytes);
    // The file changed behind what the daemon has.
    drop(begin(&place, upload, &bytes[..300_000]));
    let mut changed = bytes.clone();
    changed[500_000] ^= 1;
    let report = client.resume(upload, &changed).unwrap_err();
    assert_eq!(report.code(), Some(ErrorCode::BadRequest));
    assert_eq!(unfinished(&place), [] as [PathBuf; 0]);
    // It became shorter, and it became longer.
    for wrong in [&bytes[..599_999], &[&bytes[..], b"x"].concat()] {
        let (id, from) = client.resumed(upload).unwrap();
        assert_eq!(from, 0);
        let refused = client.rest(id, wrong).unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::BadRequest), "{refused:?}");
        assert_eq!(unfinished(&place), [] as [PathBuf; 0]);
    }
    // What was kept is not what it was, as after a power cut.
    drop(begin(&place, upload, &bytes[..300_000]));
    fs::write(&unfinished(&place)[0], vec![0; 300_000]).unwrap();
    let refused = client.resume(upload, &bytes).unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::BadRequest), "{refused:?}");
    assert_eq!(client.resume(upload, &bytes).unwrap(), 0);
    // More than there may be is refused before it is sent.
    let large = UploadResumeRequest {
        bytes: (1 << 20) + 1,
        ..announced(b"large")
    };
    let refused = client.resumed(large).unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::TooLarge));
    assert_eq!(unfinished(&place), [] as [PathBuf; 0]);
    let report = place.patient().fsck();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn uploads_that_nobody_comes_back_to_go_after_a_day() {
    let place = Place::new();
    let daemon = place.start();
    let (old, new) = (text(3, 300_000), text(4, 300_000));
    drop(begin(&place, announced(&old), &old[..200_000]));
    let aged = unfinished(&place)[0].clone();
    let running = begin(&place, announced(&new), &new[..200_000]);
    let age = |path: &Path| {
        let time = SystemTime::now() - Duration::from_secs(25 * 3_600);
        File::options()
            .append(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    };
    // One that is being sent stays, however long its client says nothing.
    unfinished(&place).iter().for_each(|path| age(path));
    eventually("the old one goes", SOON, || (!aged.exists()).then_some(()));
    assert_eq!(unfinished(&place).len(), 1);
    drop(running);
    eventually("the other one goes", SOON, || {
        unfinished(&place).is_empty().then_some(())
    });
    drop(daemon);
}

#[test]
fn two_clients_that_send_the_same_do_each_other_no_harm() {
    let place = Place::new();
    let _daemon = place.start();
    let bytes = text(5, 1 << 20);
    let upload = announced(&bytes);
    let mut first = Client::connect(&place.socket()).unwrap();
    let (one, from) = first.resumed(upload).unwrap();
    assert_eq!(from, 0);
    first.pieces(one, &bytes[..700_000]).unwrap();
    let mut second = Client::connect(&place.socket()).unwrap();
    let (two, from) = second.resumed(upload).unwrap();
    assert_eq!(from, 0, "it begins by itself");
    second.pieces(two, &bytes[..300_000]).unwrap();
    first.rest(one, &bytes[700_000..]).unwrap();
    second.rest(two, &bytes[300_000..]).unwrap();
    assert_eq!(taken_in(&place, "both.txt", upload), bytes);
    let report = place.patient().fsck();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(unfinished(&place), [] as [PathBuf; 0]);
}
