//! Words of chunks as sparse vectors, and their scores.
//!
//! The embedded index ranks by BM25, and so does this one: idf × `tf / (tf + norm)`, summed over the
//! words. The server knows the idf and adds up products, so the second factor is what is stored. Its
//! norm depends on the average length of all chunks, which changes with every one of them: what is
//! stored takes [`TYPICAL_LENGTH`] for it. That is good enough to find candidates, and these are
//! scored once more with the true average ([`Scale`]): `tf` can be told from what is stored.

use std::collections::BTreeMap;

use tantivy::fieldnorm::FieldNormReader;

use crate::index::NewChunk;
use crate::index::body::definitions;
use crate::tokens::{Scratch, Tokens};

/// As in tantivy, whose numbers the embedded index ranks by.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Tokens of a chunk of source text by the default `ingest.chunk_tokens`. Any number does that is of
/// the order of the true average.
pub(super) const TYPICAL_LENGTH: f32 = 200.0;

/// Where positions of text, path and heading begin; so far apart that no phrase reaches over.
const PART_GAP: usize = 1 << 20;

/// The words of one chunk.
#[derive(Debug)]
pub(super) struct Bag {
    /// Ascending, as the server wants them.
    pub(super) indices: Vec<u32>,
    pub(super) values: Vec<f32>,
    /// Number of tokens.
    pub(super) length: u32,
}

/// Returns the place of a token in sparse vectors. Two tokens of a large collection may share one,
/// a few in a hundred thousand; they are then found together.
pub(super) fn index_of(token: &str) -> u32 {
    crc32fast::hash(token.as_bytes())
}

/// Returns the words of a chunk, telling `seen` of each token.
pub(super) fn bag(
    chunk: &NewChunk,
    path_words: &str,
    scratch: &mut Scratch,
    mut seen: impl FnMut(&str),
) -> Bag {
    let mut counts = BTreeMap::<u32, u32>::new();
    let mut length = 0_u32;
    each_token(chunk, path_words, scratch, |token, _| {
        *counts.entry(index_of(token)).or_default() += 1;
        length += 1;
        seen(token);
    });
    let norm = norm(length, TYPICAL_LENGTH);
    let (indices, values) = counts
        .into_iter()
        .map(|(index, count)| (index, part(count, norm)))
        .unzip();
    Bag {
        indices,
        values,
        length,
    }
}

/// How often `phrase` is in a chunk.
pub(super) fn count_phrase(
    chunk: &NewChunk,
    path_words: &str,
    phrase: &[(usize, String)],
    scratch: &mut Scratch,
) -> u32 {
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); phrase.len()];
    each_token(chunk, path_words, scratch, |token, position| {
        for ((_, wanted), places) in phrase.iter().zip(&mut places) {
            if wanted == token {
                places.push(position);
            }
        }
    });
    let Some((first, rest)) = places.split_first() else {
        return 0;
    };
    let fits = |start: &&usize| {
        let mut others = phrase[1..].iter().zip(rest);
        others.all(|((distance, _), places)| places.contains(&(**start + distance)))
    };
    u32::try_from(first.iter().filter(fits).count()).unwrap_or(u32::MAX)
}

/// Calls `each` with every token of a chunk and its position.
fn each_token(
    chunk: &NewChunk,
    path_words: &str,
    scratch: &mut Scratch,
    mut each: impl FnMut(&str, usize),
) {
    let heading = chunk.heading.as_deref().unwrap_or_default();
    let context = chunk.context().unwrap_or_default();
    let parts = [chunk.text.as_str(), path_words, heading, context];
    let mut token = String::new();
    for (part, text) in parts.iter().enumerate() {
        let mut tokens = Tokens::new(text, scratch);
        while let Some(found) = tokens.next(&mut token) {
            each(&token, part * PART_GAP + found.position);
        }
    }
    for (at, word) in definitions(chunk).enumerate() {
        each(&word, parts.len() * PART_GAP + at);
    }
}

/// How much a word counts in a chunk, between 0 and 1.
#[expect(clippy::cast_precision_loss, reason = "no chunk has millions of words")]
fn part(count: u32, norm: f32) -> f32 {
    let count = count as f32;
    count / (count + norm)
}

/// Lengths are rounded as tantivy rounds them, so that ties are ties in both.
#[expect(clippy::cast_precision_loss, reason = "no chunk has millions of words")]
fn norm(length: u32, average: f32) -> f32 {
    let rounded = FieldNormReader::id_to_fieldnorm(FieldNormReader::fieldnorm_to_id(length));
    K1 * (1.0 - B + B * rounded as f32 / average)
}

/// What scores in a collection are measured by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) average_length: f32,
}

impl Scale {
    /// What a word of this idf adds to the score of a chunk that has it `count` times.
    pub(super) fn score(self, idf: f32, count: u32, length: u32) -> f32 {
        idf * (1.0 + K1) * part(count, norm(length, self.average_length))
    }
}

/// Returns how often a word is in a chunk, from what was stored.
pub(super) fn count_of(stored: f32, length: u32) -> u32 {
    let count = stored * norm(length, TYPICAL_LENGTH) / (1.0 - stored).max(f32::EPSILON);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of words, rounded"
    )]
    let count = count.round() as u32;
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Place;

    fn chunk(text: &str, heading: Option<&str>) -> NewChunk {
        NewChunk {
            text: text.to_owned(),
            heading: heading.map(str::to_owned),
            symbols: Vec::new(),
            place: Place {
                line_start: 1,
                line_end: 1,
                byte_start: 0,
                byte_end: 1,
                spot: None,
            },
        }
    }

    #[test]
    fn counts_come_back_from_what_is_stored() {
        for length in [1, 7, 39, 41, 300, 5_000] {
            for count in (1..=length.min(500)).chain([length.min(900)]) {
                let stored = part(count, norm(length, TYPICAL_LENGTH));
                assert_eq!(count_of(stored, length), count, "of {length}");
            }
        }
    }

    #[test]
    fn a_bag_has_each_word_once_in_order() {
        let mut seen = Vec::new();
        let words = bag(
            &chunk("fox dogs fox", Some("Dog")),
            "a b",
            &mut Scratch::default(),
            |token| seen.push(token.to_owned()),
        );
        assert_eq!(seen, ["fox", "dog", "fox", "b", "dog"]);
        assert_eq!(words.length, 5);
        assert_eq!(words.indices.len(), 3);
        assert!(words.indices.is_sorted());
        let of = |token| {
            let at = words.indices.iter().position(|it| *it == index_of(token));
            count_of(words.values[at.unwrap()], words.length)
        };
        assert_eq!((of("fox"), of("dog"), of("b")), (2, 2, 1));
    }

    #[test]
    fn phrases_are_counted_where_they_stand() {
        let phrase = [(0, "state".to_owned()), (3, "art".to_owned())];
        let count = |text: &str, heading| {
            let chunk = chunk(text, heading);
            count_phrase(&chunk, "art", &phrase, &mut Scratch::default())
        };
        assert_eq!(count("the state of the art is state of the art", None), 2);
        assert_eq!(count("state art", None), 0);
        assert_eq!(count("art of the state", Some("art")), 0);
        assert_eq!(count("nothing", Some("State of the Art")), 1);
    }
}
