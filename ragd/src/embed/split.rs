//! Texts that are longer than a model takes.

/// Nothing shorter is cut: a model that takes less is none for passages.
pub(super) const SHORTEST: usize = 64;

/// Cuts a text into pieces of at most `limit` bytes, at the ends of lines or sentences where there
/// are any, at the latest in the middle of a word.
pub(super) fn pieces(text: &str, limit: usize) -> Vec<&str> {
    let limit = limit.max(SHORTEST);
    let (mut pieces, mut rest) = (Vec::new(), text);
    while rest.len() > limit {
        let (piece, more) = rest.split_at(cut(rest, limit));
        pieces.push(piece);
        rest = more;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Returns how long the pieces of a text are to be that was too long as a whole: about half of it.
/// `None`: it is too short for that.
pub(super) fn half(text: &str) -> Option<usize> {
    // Just beyond the middle, so that a cut before it seldom makes a third piece.
    (text.len() >= 2 * SHORTEST).then(|| text.len() / 2 + SHORTEST / 2)
}

/// Returns where to cut: the last good place within `limit` bytes.
fn cut(text: &str, limit: usize) -> usize {
    let end = text.floor_char_boundary(limit);
    let head = &text[..end];
    // A cut in the first half would make too many pieces.
    let late = |at: &usize| *at >= end / 2;
    let after = |marks: &[&str]| {
        let places = marks
            .iter()
            .filter_map(|mark| Some(head.rfind(mark)? + mark.len()));
        places.max().filter(late)
    };
    after(&["\n"])
        .or_else(|| after(&[". ", "! ", "? ", "。"]))
        .or_else(|| after(&[" "]))
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_come_before_sentences_and_these_before_words() {
        let line = "a line of some forty bytes, more or less\n";
        let text = line.repeat(4);
        assert_eq!(pieces(&text, 100), [&text[..82], &text[82..]]);
        let text = "One sentence that is not short. Another one that is longer than the first was.";
        assert_eq!(pieces(text, 64), [&text[..32], &text[32..]]);
        let text = "word ".repeat(20);
        assert!(pieces(&text, 64).iter().all(|piece| piece.ends_with(' ')));
        assert_eq!(pieces(&"x".repeat(200), 64).len(), 4);
        assert_eq!(pieces("", 64), [""]);
    }

    #[test]
    fn short_texts_have_no_halves() {
        assert_eq!(half("short"), None);
        assert_eq!(half(&"x".repeat(200)), Some(132));
    }

    proptest! {
        #[test]
        fn pieces_are_the_text_and_fit(text in "(?s).{0,600}", limit in 64_usize..200) {
            let pieces = pieces(&text, limit);
            prop_assert_eq!(&pieces.concat(), &text);
            prop_assert!(pieces.iter().all(|piece| piece.len() <= limit));
        }

        #[test]
        fn halves_are_shorter(text in "(?s).{128,600}") {
            let limit = half(&text).unwrap();
            prop_assert!(pieces(&text, limit).iter().all(|piece| piece.len() < text.len()));
        }
    }
}
