//! The hello frames: frozen, readable across versions, and safe to read from anybody.

use std::fmt::Debug;

use proptest::prelude::*;
use protocol::BootId;
use protocol::frame::MAX_HELLO_FRAME;
use protocol::hello::{ClientHello, DaemonHello, HelloError, Refused, VersionRange, Welcome};
use uuid::Uuid;

/// Returns each hello frame with its name and its bytes.
pub(crate) fn frames() -> Vec<(&'static str, Box<dyn Debug>, Vec<u8>)> {
    let client = client("ragctl 0.1.0");
    let welcome = welcome("ragd 0.1.0");
    let refused = refused("version-skew");
    vec![
        (
            "hello-client",
            Box::new(client.clone()) as Box<dyn Debug>,
            client.encode(),
        ),
        (
            "hello-welcome",
            Box::new(welcome.clone()) as Box<dyn Debug>,
            welcome.encode(),
        ),
        (
            "hello-refused",
            Box::new(refused.clone()) as Box<dyn Debug>,
            refused.encode(),
        ),
    ]
}

fn client(build: &str) -> ClientHello {
    let versions = VersionRange { min: 1, max: 2 };
    ClientHello {
        versions,
        features: 0x0102,
        build: build.to_owned(),
    }
}

fn welcome(build: &str) -> DaemonHello {
    DaemonHello::Welcome(Welcome {
        version: 1,
        features: 0x0102,
        boot_id: BootId(Uuid::from_bytes([0x33; 16])),
        max_frame: 8 << 20,
        max_in_flight: 64,
        heartbeat_ms: 10_000,
        uid: 1_000,
        build: build.to_owned(),
    })
}

fn refused(code: &str) -> DaemonHello {
    DaemonHello::Refused(Refused {
        versions: VersionRange { min: 1, max: 1 },
        build: "ragd 0.1.0".to_owned(),
        code: code.to_owned(),
        message: "update ragctl".to_owned(),
    })
}

#[test]
fn a_hello_is_read_as_it_was_written() {
    assert_eq!(ClientHello::decode(&client("b").encode()), Ok(client("b")));
    for hello in [welcome("b"), refused("c")] {
        assert_eq!(DaemonHello::decode(&hello.encode()), Ok(hello));
    }
}

/// Every version ever released must read every other one: the frames of version 1, byte by byte.
#[test]
fn the_layout_is_frozen() {
    let client = b"RAGC\x01\0\x02\0\x02\x01\0\0\0\0\0\0\x06\0ragctl";
    assert_eq!(self::client("ragctl").encode(), client);
    let refused = b"RAGD\x01\x01\0\x01\0\x0a\0ragd 0.1.0\x04\0busy\x0d\0update ragctl";
    assert_eq!(self::refused("busy").encode(), refused);
    let mut welcome = b"RAGD\x00\x01\0\x02\x01\0\0\0\0\0\0".to_vec();
    welcome.extend([0x33; 16]);
    welcome.extend(b"\0\0\x80\0\x40\0\0\0\x10\x27\0\0\xe8\x03\0\0\x04\0ragd");
    assert_eq!(self::welcome("ragd").encode(), welcome);
}

#[test]
fn fields_that_a_later_version_appends_are_ignored() {
    let later = |mut bytes: Vec<u8>| {
        bytes.extend(b"\x09\0something new");
        bytes
    };
    assert_eq!(
        ClientHello::decode(&later(client("b").encode())),
        Ok(client("b"))
    );
    for hello in [welcome("b"), refused("c")] {
        assert_eq!(DaemonHello::decode(&later(hello.encode())), Ok(hello));
    }
}

#[test]
fn a_hello_that_is_cut_anywhere_is_short_or_no_hello() {
    for (name, _, bytes) in frames() {
        for end in 0..bytes.len() {
            let wanted = if end < 4 {
                HelloError::NotRagd
            } else {
                HelloError::Short
            };
            let client = ClientHello::decode(&bytes[..end]).unwrap_err();
            let daemon = DaemonHello::decode(&bytes[..end]).unwrap_err();
            let got = if name == "hello-client" {
                client
            } else {
                daemon
            };
            assert_eq!(got, wanted, "{name} cut at {end}");
        }
    }
}

#[test]
fn no_hello_outgrows_what_a_stranger_may_send() {
    let long = "語".repeat(5_000);
    let mut refused = refused(&long);
    if let DaemonHello::Refused(Refused { build, message, .. }) = &mut refused {
        build.clone_from(&long);
        message.clone_from(&long);
    }
    for bytes in [
        client(&long).encode(),
        welcome(&long).encode(),
        refused.encode(),
    ] {
        assert!(bytes.len() <= MAX_HELLO_FRAME, "{} bytes", bytes.len());
    }
    let ClientHello { build, .. } =
        ClientHello::decode(&client(&long).encode()).expect("it is whole");
    assert!(
        long.starts_with(&build) && build.len() > 1_000,
        "cut between characters"
    );
}

#[test]
fn the_highest_version_that_both_speak_is_taken() {
    let check = |ours: (u16, u16), theirs: (u16, u16), wanted: Option<u16>| {
        let [ours, theirs] = [ours, theirs].map(|(min, max)| VersionRange { min, max });
        assert_eq!(ours.common(theirs), wanted, "{ours:?} and {theirs:?}");
        assert_eq!(theirs.common(ours), wanted, "{theirs:?} and {ours:?}");
    };
    check((1, 1), (1, 1), Some(1));
    check((1, 3), (2, 5), Some(3));
    check((1, 9), (4, 4), Some(4));
    check((0, u16::MAX), (1, 1), Some(1));
    check((1, 1), (2, 3), None);
    check((5, 6), (1, 4), None);
    // Ranges that are none.
    check((1, 1), (2, 0), None);
    check((3, 1), (1, 3), None);
}

proptest! {
    #[test]
    fn no_bytes_make_a_hello_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = ClientHello::decode(&bytes);
        let _ = DaemonHello::decode(&bytes);
    }

    #[test]
    fn no_bytes_after_a_magic_make_a_hello_panic(
        magic in prop::sample::select(vec!["RAGC", "RAGD\0", "RAGD\x01", "RAGD"]),
        tail in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = [magic.as_bytes(), &tail].concat();
        let _ = ClientHello::decode(&bytes);
        let _ = DaemonHello::decode(&bytes);
    }
}
