//! English stems with a small memory: a text repeats its words, and a look-up is ten times cheaper
//! than the algorithm.

use std::fmt;

use rust_stemmers::{Algorithm, Stemmer};

/// Entries of the cache. With 48 bytes each they take 400 KiB, which stays in the second-level cache.
const ENTRIES: usize = 8192;
/// The longest word that is remembered. Longer ones are rare and go through the algorithm.
const LONGEST: usize = 23;

/// Stems words; one per thread, because it remembers.
pub(super) struct Stems {
    stemmer: Stemmer,
    /// Direct-mapped: a new word pushes out the one in its place. Empty until first used, since the
    /// index copies its tokenizer for every segment it writes.
    cache: Vec<Entry>,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    word_len: u8,
    stem_len: u8,
    word: [u8; LONGEST],
    stem: [u8; LONGEST],
}

impl Default for Stems {
    fn default() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
            cache: Vec::new(),
        }
    }
}

impl Clone for Stems {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Stems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stems")
            .field("cache", &self.cache.len())
            .finish()
    }
}

impl Stems {
    /// Replaces the lower-case `word` by its stem.
    pub(super) fn stem(&mut self, word: &mut String) {
        // The algorithm leaves two letters alone, and a number has no stem.
        if word.len() < 3 || word.as_bytes()[0].is_ascii_digit() {
            return;
        }
        if word.len() > LONGEST {
            let stem = self.stemmer.stem(word).into_owned();
            word.clone_from(&stem);
            return;
        }
        if self.cache.is_empty() {
            self.cache.resize(ENTRIES, Entry::default());
        }
        let entry = &mut self.cache[hash(word.as_bytes()) % ENTRIES];
        if !entry.holds(word.as_bytes()) {
            let stem = self.stemmer.stem(word);
            if stem.len() > LONGEST {
                let stem = stem.into_owned();
                word.clone_from(&stem);
                return;
            }
            entry.set(word.as_bytes(), stem.as_bytes());
        }
        if let Ok(stem) = std::str::from_utf8(&entry.stem[..usize::from(entry.stem_len)]) {
            word.clear();
            word.push_str(stem);
        }
    }
}

impl Entry {
    fn holds(&self, word: &[u8]) -> bool {
        self.word[..usize::from(self.word_len)] == *word
    }

    fn set(&mut self, word: &[u8], stem: &[u8]) {
        self.word[..word.len()].copy_from_slice(word);
        self.stem[..stem.len()].copy_from_slice(stem);
        self.word_len = byte_len(word);
        self.stem_len = byte_len(stem);
    }
}

fn byte_len(bytes: &[u8]) -> u8 {
    u8::try_from(bytes.len()).expect("words in the cache are at most LONGEST bytes")
}

/// FNV-1a, with the high bits mixed down because only the low ones choose the entry.
fn hash(bytes: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in bytes {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    (hash ^ (hash >> 15)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_is_the_same_the_second_time() {
        let mut stems = Stems::default();
        for _ in 0..2 {
            for (word, stem) in [
                ("connections", "connect"),
                ("running", "run"),
                ("is", "is"),
                ("2024s", "2024s"),
                ("internationalisations", "internationalis"),
                ("counterrevolutionarieses", "counterrevolutionaries"),
            ] {
                let mut text = word.to_owned();
                stems.stem(&mut text);
                assert_eq!(text, stem, "{word}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn the_memory_changes_no_stem(words in proptest::collection::vec("[a-zé']{0,30}", 0..50)) {
            let mut stems = Stems::default();
            let plain = Stemmer::create(Algorithm::English);
            for word in words.iter().chain(&words) {
                let mut text = word.clone();
                stems.stem(&mut text);
                let expected = if word.len() < 3 { word.as_str().into() } else { plain.stem(word) };
                proptest::prop_assert_eq!(text, expected);
            }
        }
    }
}
