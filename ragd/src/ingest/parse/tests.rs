use proptest::prelude::*;

use super::heard::hand_over;
use super::*;
use crate::index::Unit;
use crate::ingest::extract::{self, Extracted};

fn parsed() -> Parsed {
    let extracted = Extracted {
        text: format!("# A\n\n{}", "walrus\n\n".repeat(50)),
        title: Some("A".to_owned()),
        kind: extract::Kind::Markdown,
        spots: vec![(
            0,
            extract::Spot {
                unit: Unit::Sheet,
                number: 1,
                row: None,
            },
        )],
        ..Extracted::default()
    };
    let params = ChunkParams {
        max_tokens: 8,
        overlap_tokens: 0,
    };
    cut(extracted, &params, &Limits::default()).unwrap()
}

/// Tells whether an answer is believed after a child changed it.
fn is_believed(change: impl FnOnce(&mut Parsed)) -> bool {
    let mut parsed = parsed();
    change(&mut parsed);
    read_answer(&packed(&Answer::Parsed(parsed)), &Limits::default()).is_some()
}

#[test]
fn what_no_parser_says_is_not_believed() {
    assert!(is_believed(|_| ()));
    let long = "x".repeat(MAX_TITLE + 1);
    assert!(!is_believed(|parsed| parsed.title = Some(long)));
    assert!(!is_believed(|parsed| parsed.chunks[0].text.push('x')));
    assert!(!is_believed(|parsed| parsed.chunks.swap(0, 1)));
    assert!(!is_believed(|parsed| parsed.chunks[0].place.line_start = 0));
    assert!(!is_believed(|parsed| parsed.chunks[0].place.line_end = 0));
    assert!(!is_believed(|parsed| {
        let place = &mut parsed.chunks[1].place;
        (place.byte_start, place.byte_end) = (u64::MAX, 1);
    }));
    assert!(!is_believed(|parsed| {
        let spot = parsed.chunks[0].place.spot.as_mut().unwrap();
        (spot.first, spot.last) = (2, 1);
    }));
    assert!(!is_believed(|parsed| {
        let chunk = parsed.chunks[0].clone();
        parsed.chunks = vec![chunk; Limits::default().chunks as usize + 1];
    }));
    let told = |line: u32, kind: &str, mark: &str| {
        let (kind, mark) = (kind.to_owned(), mark.to_owned());
        is_believed(|parsed| parsed.secrets = vec![Redacted { line, kind, mark }])
    };
    assert!(told(1, "password", "0a1b2c3d"));
    assert!(!told(0, "password", "0a1b2c3d") && !told(1, "the secret", "0a1b2c3d"));
    assert!(!told(1, "password", "hunter2!") && !told(1, "password", "0a1b2c3d4e"));
    let said = |code: &str, reason: &str| {
        let (code, reason) = (code.to_owned(), reason.to_owned());
        let answer = Answer::Nothing(NoText { code, reason }.into());
        read_answer(&packed(&answer), &Limits::default()).is_some()
    };
    assert!(said("no-text", "it has no text"));
    assert!(!said("\u{1b}[2J", "") && !said("", "") && !said("no-text", &"x".repeat(5_000)));
}

#[test]
fn a_library_does_not_say_all_that_it_read() {
    let no_text = no_text("broken", "é".repeat(10_000));
    assert_eq!(no_text.reason.chars().count(), MAX_REASON);
}

/// Tells whether pieces were files, and how large these were.
fn handed(pieces: Vec<Vec<u8>>, limits: &Limits) -> Option<usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let (to, from) = mpsc::channel(PIECES);
        let (files, mut given) = mpsc::channel(PIECES);
        let sending = async move {
            for piece in pieces {
                if to.send(piece).await.is_err() {
                    break;
                }
            }
        };
        let handing = async move { hand_over(from, &files, limits).await };
        let taking = async {
            let mut bytes = 0;
            while let Some(given) = given.recv().await {
                if let Given::File(file) = given {
                    bytes += file.content.len();
                }
            }
            bytes
        };
        let ((), handed, bytes) = tokio::join!(sending, handing, taking);
        handed.map(|()| bytes)
    })
}

fn head(name: &str, length: u64) -> Vec<u8> {
    packed(&Head {
        name: name.to_owned(),
        length,
    })
}

#[test]
fn pieces_are_files_or_nothing() {
    let limits = Limits::default();
    let content = || b"walrus".to_vec();
    let file = |name: &str, length| handed(vec![head(name, length), content()], &limits);
    assert_eq!(file("a", 6), Some(6));
    assert_eq!(handed(Vec::new(), &limits), Some(0));
    for length in [0, 5, 7, u64::MAX] {
        assert_eq!(file("a", length), None, "{length}");
    }
    for name in ["", "\u{1b}[2J", "a\n", &"x".repeat(MAX_NAME + 1)] {
        assert_eq!(file(name, 6), None, "{name:?}");
    }
    let mut few = limits;
    few.unpack.entries = 1;
    let two = vec![head("a", 0), head("b", 0)];
    assert_eq!(handed(two.clone(), &limits), Some(0));
    assert_eq!(handed(two, &few), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_answer_of_a_child_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_answer(&bytes, &Limits::default());
        let _ = handed(vec![bytes.clone(), bytes], &Limits::default());
    }

    #[test]
    fn no_answer_that_was_damaged_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = packed(&Answer::Parsed(parsed()));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(Answer::Parsed(parsed)) = read_answer(&bytes, &Limits::default()) {
            prop_assert!(parsed.is_sane(&Limits::default()));
        }
        bytes.truncate(end.index(bytes.len()));
        let _ = read_answer(&bytes, &Limits::default());
    }
}
