//! Laws of the codec and the frames, for every message.

use std::fmt::Debug;

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use protocol::codec::{self, CodecError, MAX_FRAME};
use protocol::frame::{self, MAX_HELLO_FRAME};
use protocol::{
    ClientMessage, DaemonMessage, PathBytes, Private, Reply, Request, RequestId, job::Page,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::codec::{Decoder, Encoder};

use crate::dice::Dice;
use crate::samples;

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T) {
    let bytes = codec::encode(message).expect("a sample fits into a frame");
    assert_eq!(
        &codec::decode::<T>(&bytes).expect("what was written can be read"),
        message
    );
}

/// Reads `bytes` as either side would. Only the absence of a panic matters.
fn read(bytes: &[u8]) {
    let _ = codec::decode::<ClientMessage>(bytes);
    let _ = codec::decode::<DaemonMessage>(bytes);
}

fn all_bytes(seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice::random(seed);
    let client = samples::client(&mut dice)
        .into_iter()
        .map(|(_, message)| codec::encode(&message));
    let client: Vec<_> = client.collect();
    let daemon = samples::daemon(&mut dice)
        .into_iter()
        .map(|(_, message)| codec::encode(&message));
    client
        .into_iter()
        .chain(daemon)
        .map(|bytes| bytes.expect("a sample fits"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_message_comes_back(seed in any::<u64>()) {
        let mut dice = Dice::random(seed);
        for (_, message) in samples::client(&mut dice) {
            comes_back(&message);
        }
        for (_, message) in samples::other_submits(&mut dice) {
            comes_back(&message);
        }
        for (_, message) in samples::daemon(&mut dice) {
            comes_back(&message);
        }
    }

    #[test]
    fn a_message_that_is_cut_is_refused(seed in any::<u64>(), cut in any::<prop::sample::Index>()) {
        for bytes in all_bytes(seed) {
            let end = cut.index(bytes.len());
            // No message is the beginning of another one, so a cut never goes unnoticed.
            let client = codec::decode::<ClientMessage>(&bytes).is_ok();
            if client {
                prop_assert!(codec::decode::<ClientMessage>(&bytes[..end]).is_err());
            } else {
                prop_assert!(codec::decode::<DaemonMessage>(&bytes[..end]).is_err());
            }
        }
    }

    #[test]
    fn bytes_after_a_message_are_refused(seed in any::<u64>(), tail in 1_usize..9) {
        for (_, message) in samples::client(&mut Dice::random(seed)) {
            let mut bytes = codec::encode(&message).expect("a sample fits");
            bytes.resize(bytes.len() + tail, 0);
            let error = codec::decode::<ClientMessage>(&bytes).unwrap_err();
            let trailing = matches!(error, CodecError::Trailing { count } if count == tail);
            prop_assert!(trailing, "{:?}", error);
        }
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn a_changed_byte_never_panics(
        seed in any::<u64>(),
        at in any::<prop::sample::Index>(),
        // 0xfb to 0xfe announce a longer number: where a length stands, a huge one.
        value in prop_oneof![any::<u8>(), 0xf9_u8..],
    ) {
        for mut bytes in all_bytes(seed) {
            let at = at.index(bytes.len());
            bytes[at] = value;
            read(&bytes);
        }
    }

    #[test]
    fn frames_come_back_however_they_are_cut(seed in any::<u64>(), step in 1_usize..50) {
        let bodies = all_bytes(seed);
        let mut codec = frame::hello_codec();
        frame::accept_messages(&mut codec);
        let mut wire = BytesMut::new();
        for body in &bodies {
            codec.encode(Bytes::copy_from_slice(body), &mut wire).expect("it fits");
        }
        let mut got = Vec::new();
        let mut buffer = BytesMut::new();
        for piece in wire.chunks(step) {
            buffer.extend_from_slice(piece);
            while let Some(body) = codec.decode(&mut buffer).expect("the frames are sound") {
                got.push(body.to_vec());
            }
        }
        prop_assert_eq!(got, bodies);
    }

    #[test]
    fn garbage_on_the_line_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut codec = frame::hello_codec();
        let mut buffer = BytesMut::from(&bytes[..]);
        while let Ok(Some(_)) = codec.decode(&mut buffer) {}
    }
}

/// bincode 2.0.1 without a limit panics here: capacity overflow.
#[test]
fn a_short_message_that_claims_a_huge_length_is_refused() {
    // In the place of each length: 0xfd announces eight bytes.
    for length in [u64::MAX, u64::MAX / 2, 1 << 40, 1 << 32, 1 << 26] {
        let mut claim = vec![0xfd];
        claim.extend(length.to_le_bytes());
        for name in [
            "client-data",
            "request-job-find",
            "request-search",
            "request-watch",
        ] {
            let (_, message) = samples::client(&mut Dice::fixed())
                .into_iter()
                .find(|(this, _)| *this == name)
                .expect("the sample is there");
            let bytes = codec::encode(&message).expect("a sample fits");
            for at in 0..bytes.len().min(16) {
                let mut message = bytes[..at].to_vec();
                message.extend(&claim);
                message.resize(24, 0x41);
                assert!(
                    codec::decode::<ClientMessage>(&message).is_err(),
                    "{name} at {at}"
                );
            }
        }
        assert!(codec::decode::<Vec<u64>>(&claim).is_err());
        assert!(codec::decode::<String>(&claim).is_err());
        assert!(codec::decode::<Private<Vec<u8>>>(&claim).is_err());
    }
}

#[test]
fn whatever_can_be_written_can_be_read() {
    // Small numbers weigh most where bincode counts: one byte on the wire, eight in the count.
    let small = vec![0_u64; 4 << 20];
    let bytes = codec::encode(&small).expect("4 MiB fit");
    assert_eq!(
        codec::decode::<Vec<u64>>(&bytes).expect("what was written can be read"),
        small
    );

    let full = Private(vec![7_u8; MAX_FRAME - 5]);
    let bytes = codec::encode(&full).expect("exactly a frame");
    assert_eq!(bytes.len(), MAX_FRAME);
    assert_eq!(
        codec::decode::<Private<Vec<u8>>>(&bytes).expect("exactly a frame"),
        full
    );
}

#[test]
fn a_message_larger_than_a_frame_is_not_written() {
    let bytes = Private(vec![0; MAX_FRAME]);
    let error = codec::encode(&ClientMessage::Data {
        id: RequestId(1),
        bytes,
    })
    .unwrap_err();
    assert!(matches!(error, CodecError::TooLarge));
}

#[test]
fn more_bytes_than_a_frame_are_not_read() {
    let error = codec::decode::<DaemonMessage>(&vec![0; MAX_FRAME + 1]).unwrap_err();
    assert!(matches!(error, CodecError::TooLarge));
}

#[test]
fn an_oversized_frame_is_refused_before_anything_is_allocated() {
    let check = |limit: usize, messages: bool| {
        let mut codec = frame::hello_codec();
        if messages {
            frame::accept_messages(&mut codec);
        }
        for length in [limit + 1, u32::MAX as usize] {
            let head = u32::try_from(length)
                .expect("a length has four bytes")
                .to_le_bytes();
            let mut buffer = BytesMut::from(&head[..]);
            assert!(codec.decode(&mut buffer).is_err(), "{length} bytes");
            assert!(
                buffer.capacity() < 1_024,
                "{} bytes allocated",
                buffer.capacity()
            );
        }
        let mut wire = BytesMut::new();
        assert!(
            codec
                .encode(Bytes::from(vec![0; limit + 1]), &mut wire)
                .is_err()
        );
        codec
            .encode(Bytes::from(vec![0; limit]), &mut wire)
            .expect("exactly the limit");
        let body = codec
            .decode(&mut wire)
            .expect("exactly the limit")
            .expect("it is whole");
        assert_eq!(body.len(), limit);
    };
    check(MAX_HELLO_FRAME, false);
    check(MAX_FRAME, true);
}

/// A client may send its first request together with its hello.
#[test]
fn a_large_message_may_follow_the_hello_at_once() {
    let mut codec = frame::hello_codec();
    let mut wire = BytesMut::from(&b"\x04\0\0\0RAGC"[..]);
    wire.extend_from_slice(&u32::to_le_bytes(100_000));
    wire.extend_from_slice(&vec![1; 100_000]);
    assert_eq!(
        codec.decode(&mut wire).expect("a hello").expect("whole"),
        &b"RAGC"[..]
    );
    frame::accept_messages(&mut codec);
    assert_eq!(
        codec
            .decode(&mut wire)
            .expect("a message")
            .expect("whole")
            .len(),
        100_000
    );
}

/// Frames of many tiny strings need more memory than bytes on the wire: know the factor.
#[test]
fn a_page_of_empty_strings_is_read_within_the_limits() {
    let page = Page {
        items: vec![String::new(); 1 << 20],
        next: None,
        total: 0,
    };
    comes_back(&page);
}

#[test]
fn the_simplest_messages_are_small() {
    let ping = ClientMessage::Request {
        id: RequestId(1),
        body: Request::Ping,
    };
    assert_eq!(codec::encode(&ping).expect("it fits"), [0, 1, 0]);
    let done = DaemonMessage::Reply {
        id: RequestId(1),
        body: Reply::Done,
    };
    assert_eq!(codec::encode(&done).expect("it fits"), [0, 1, 0]);
}

/// Bytes are taken whole, which is faster and must not show on the wire.
#[test]
fn bytes_look_like_a_list_of_numbers() {
    let list = |bytes: &[u8]| codec::encode(&bytes.to_vec()).expect("it fits");
    for bytes in [&b""[..], b"\xff\x00\xfb", &[7; 300]] {
        let private = codec::encode(&Private(bytes.to_vec())).expect("it fits");
        assert_eq!(private, list(bytes));
        let path = codec::encode(&PathBytes(bytes.to_vec())).expect("it fits");
        assert_eq!(path, list(bytes));
    }
}
