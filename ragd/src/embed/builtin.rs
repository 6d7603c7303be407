//! The model inside the daemon: feature hashing.
//!
//! A text becomes the words in it, whole and split and as stems, and the letter triples of its
//! words; each falls on one of 512 numbers with a sign. It knows nothing of meaning. What it adds to
//! the search by words is nearness of spelling: plurals, compounds, typing errors.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Address, Cut, EmbedError, Embedder, Purpose};
use crate::config::BUILTIN;
use crate::tokens::{Kind, Scratch, Tokens};

/// Changes with everything that changes a vector.
const SPACE: &str = "builtin:hash-1";
const DIMENSIONS: usize = 512;
/// Of the passages that are nearest to questions of four sets and do not answer them, nine in ten
/// are less near than this; of those that do, more than half are nearer.
const FLOOR: f32 = 0.3;
/// Places for features, a power of two. A text that fills three quarters of them has more words
/// than a vector can tell apart.
const SLOTS: usize = 1 << 11;
/// What a letter triple counts, as a share of a word: there are some five of them per word.
const TRIPLE: f32 = 0.35;
/// What all of a word that splits counts: its parts say most of it.
const WHOLE: f32 = 0.7;

#[derive(Debug, Default)]
pub(super) struct Hashing {
    /// Sketches that are not in use.
    sketches: Arc<Mutex<Vec<Sketch>>>,
}

#[async_trait]
impl Embedder for Hashing {
    fn name(&self) -> &str {
        BUILTIN
    }

    fn space(&self) -> &str {
        SPACE
    }

    fn is_local(&self) -> bool {
        true
    }

    fn dimensions(&self) -> Option<usize> {
        Some(DIMENSIONS)
    }

    /// The space says it all.
    fn expect_dimensions(&self, _: usize) {}

    fn address(&self) -> Option<Address> {
        None
    }

    async fn reach(&self, _: Duration) -> Result<(), EmbedError> {
        Ok(())
    }

    fn floor(&self) -> f32 {
        FLOOR
    }

    /// It takes texts of any length.
    fn cut(&self) -> Option<Cut> {
        None
    }

    async fn embed(&self, texts: Vec<String>, _: Purpose) -> Result<Vec<Vec<f32>>, EmbedError> {
        let sketches = Arc::clone(&self.sketches);
        let made = tokio::task::spawn_blocking(move || {
            let lock = || sketches.lock().unwrap_or_else(PoisonError::into_inner);
            let unused = lock().pop();
            let mut sketch = unused.unwrap_or_default();
            let vectors = texts.iter().map(|text| sketch.vector(text)).collect();
            lock().push(sketch);
            vectors
        });
        made.await.map_err(|source| EmbedError::Broken {
            model: BUILTIN.to_owned(),
            source,
        })
    }
}

/// Counts the features of one text; its buffers serve the next one.
#[derive(Debug)]
struct Sketch {
    scratch: Scratch,
    token: String,
    word: String,
    /// By the low bits of the hash; a count of 0 is free.
    slots: Vec<Slot>,
    used: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    hash: u32,
    count: f32,
    weight: f32,
}

impl Default for Sketch {
    fn default() -> Self {
        Self {
            scratch: Scratch::default(),
            token: String::new(),
            word: String::new(),
            slots: vec![Slot::default(); SLOTS],
            used: Vec::new(),
        }
    }
}

impl Sketch {
    fn vector(&mut self, text: &str) -> Vec<f32> {
        let (mut scratch, mut token) = (
            std::mem::take(&mut self.scratch),
            std::mem::take(&mut self.token),
        );
        let mut tokens = Tokens::new(text, &mut scratch);
        while let Some(found) = tokens.next(&mut token) {
            let weight = if found.kind == Kind::Whole {
                WHOLE
            } else {
                1.0
            };
            self.count(hash(b'w', token.as_bytes()), weight);
            // The parts of a word have its triples.
            if found.kind != Kind::Whole {
                self.triples(&text[found.from..found.to]);
            }
        }
        (self.scratch, self.token) = (scratch, token);
        self.drain()
    }

    /// Counts the letter triples of a word, with its ends marked.
    fn triples(&mut self, word: &str) {
        if !word.is_ascii() {
            return self.triples_of_letters(word);
        }
        let word = &word.as_bytes()[..word.len().min(LONGEST_WORD)];
        let mut triple = [0, b'^', word[0].to_ascii_lowercase()];
        for next in word[1..].iter().chain(b"$") {
            triple.rotate_left(1);
            triple[2] = next.to_ascii_lowercase();
            self.count(hash(b't', &triple), TRIPLE);
        }
    }

    /// The same where a letter may be several bytes.
    fn triples_of_letters(&mut self, word: &str) {
        let mut marked = std::mem::take(&mut self.word);
        marked.clear();
        marked.push('^');
        marked.extend(word.chars().take(LONGEST_WORD).flat_map(char::to_lowercase));
        marked.push('$');
        let mut starts = [0; 3];
        for (position, (at, c)) in marked.char_indices().enumerate() {
            starts.rotate_left(1);
            starts[2] = at;
            if position >= 2 {
                let triple = &marked.as_bytes()[starts[0]..at + c.len_utf8()];
                self.count(hash(b't', triple), TRIPLE);
            }
        }
        self.word = marked;
    }

    fn count(&mut self, hash: u32, weight: f32) {
        if self.used.len() > SLOTS / 4 * 3 {
            return;
        }
        let mut at = hash as usize % SLOTS;
        while self.slots[at].count > 0.0 && self.slots[at].hash != hash {
            at = (at + 1) % SLOTS;
        }
        let slot = &mut self.slots[at];
        if slot.count == 0.0 {
            self.used
                .push(u32::try_from(at).expect("there are fewer slots than that"));
        }
        (slot.hash, slot.weight) = (hash, weight);
        slot.count += 1.0;
    }

    /// Returns what was counted as a vector, and forgets it.
    fn drain(&mut self) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSIONS];
        for at in self.used.drain(..) {
            let slot = std::mem::take(&mut self.slots[at as usize]);
            let value = slot.weight * (1.0 + slot.count.ln());
            // The low bits chose the slot already.
            let sign = if slot.hash >> 31 == 0 { value } else { -value };
            vector[(slot.hash >> 16) as usize % DIMENSIONS] += sign;
        }
        super::normalise(&mut vector);
        whole(&mut vector);
        vector
    }
}

/// Rounds to what the index stores in a byte each: nothing is lost there, and nothing is said to be
/// more exact than it is.
fn whole(vector: &mut [f32]) {
    let largest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    if largest > 0.0 {
        let scale = largest / 127.0;
        // Adding a half and cutting rounds as well as `round`, which is a call for each number.
        #[expect(clippy::cast_possible_truncation, reason = "at most 127 by the scale")]
        let rounded = |x: f32| f32::from((x / scale + 0.5_f32.copysign(x)) as i16) * scale;
        vector.iter_mut().for_each(|x| *x = rounded(*x));
    }
}

/// Letters of a word that count.
const LONGEST_WORD: usize = 64;

/// FNV-1a with the bits mixed at the end, since all of them are used.
fn hash(kind: u8, bytes: &[u8]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in std::iter::once(&kind).chain(bytes) {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(text: &str) -> Vec<f32> {
        Sketch::default().vector(text)
    }

    fn nearness(a: &str, b: &str) -> f32 {
        vector(a).iter().zip(vector(b)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn vectors_have_length_one_and_the_same_text_the_same_vector() {
        let mut sketch = Sketch::default();
        let first = sketch.vector("retry with backoff");
        let other = sketch.vector("something else");
        assert_ne!(first, other);
        assert_eq!(first, sketch.vector("retry with backoff"));
        let length: f32 = first.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-2, "{length}");
    }

    #[test]
    fn a_text_without_words_is_all_zeros() {
        for text in ["", "  ", "--- ***", "the of and"] {
            assert!(vector(text).iter().all(|x| *x == 0.0), "{text:?}");
        }
    }

    #[test]
    fn near_spellings_are_near() {
        let far = nearness("connection pool", "marmalade sandwich");
        for (a, b) in [
            ("connection pool", "connections pooling"),
            ("parse_http_header", "parseHttpHeader"),
            ("retry backoff", "retyr backof"),
        ] {
            let near = nearness(a, b);
            assert!(near > 0.3 && near > far + 0.2, "{a} {b}: {near}, {far}");
        }
    }

    #[test]
    fn a_text_with_more_words_than_slots_ends() {
        let text: String = (0..200_000).map(|n| format!("w{n} ")).collect();
        assert!(vector(&text).iter().all(|x| x.is_finite()));
    }
}
