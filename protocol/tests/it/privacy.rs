//! Texts of queries, documents and uploads never show in `Debug`, which is what reaches logs.

use std::fmt::Debug;

use protocol::{PathBytes, Private, codec};

use crate::dice::{CANARY, Dice};
use crate::samples;

/// Samples that carry text of somebody; all others must not hide that they do.
const WITH_TEXT: [&str; 17] = [
    "client-data",
    "daemon-item",
    "item-answer-searched",
    "item-answer-source",
    "item-answer-text",
    "item-bytes",
    "reply-answer",
    "reply-chunks",
    "reply-conversation",
    "reply-conversations",
    "reply-document",
    "reply-documents",
    "reply-project",
    "reply-search",
    "request-ask",
    "request-ask-later",
    "request-search",
];

#[test]
fn debug_of_no_message_shows_private_text() {
    let mut with_text = Vec::new();
    for dice in [
        Dice::fixed,
        || Dice::random(1),
        || Dice::random(2),
        || Dice::random(3),
    ] {
        let mut seen = Vec::new();
        for (name, message) in samples::client(&mut dice()) {
            check(
                &mut seen,
                name,
                &message,
                &codec::encode(&message).expect("a sample fits"),
            );
        }
        for (name, message) in samples::daemon(&mut dice()) {
            check(
                &mut seen,
                name,
                &message,
                &codec::encode(&message).expect("a sample fits"),
            );
        }
        if with_text.is_empty() {
            with_text = seen;
        }
    }
    with_text.sort_unstable();
    assert_eq!(
        with_text, WITH_TEXT,
        "the canary must be in exactly these samples"
    );
}

fn check(seen: &mut Vec<&'static str>, name: &'static str, message: &impl Debug, bytes: &[u8]) {
    if bytes
        .windows(CANARY.len())
        .any(|window| window == CANARY.as_bytes())
    {
        seen.push(name);
    }
    // A list of bytes prints as numbers: that is the text as well.
    let numbers = format!("{:?}", CANARY.as_bytes());
    let numbers = numbers.trim_matches(['[', ']']);
    for shown in [format!("{message:?}"), format!("{message:#?}")] {
        let one_line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in [CANARY, numbers] {
            assert!(
                !shown.contains(secret) && !one_line.contains(secret),
                "{name}: {shown}"
            );
        }
    }
}

#[test]
fn private_text_shows_its_length() {
    assert_eq!(format!("{:?}", Private::from("seven b")), "<7 bytes>");
    assert_eq!(format!("{:#?}", Private(vec![1_u8, 2])), "<2 bytes>");
}

#[test]
fn a_path_cannot_drive_a_terminal() {
    let path = PathBytes(b"a\x1b[31m\nb\xff".to_vec());
    assert_eq!(path.to_string(), "a\\u{1b}[31m\\nb\u{fffd}");
    assert_eq!(format!("{path:?}"), "\"a\\u{1b}[31m\\nb\u{fffd}\"");
    assert!(!path.is_utf8());
}
