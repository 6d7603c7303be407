//! Made-up language: the same words, with the frequencies of a language, every time.

/// The commonest words. They are real ones, because the index leaves those out as any reader would.
const COMMON: [&str; 40] = [
    "the", "of", "and", "to", "a", "in", "is", "that", "it", "for", "as", "with", "was", "on",
    "by", "at", "are", "this", "not", "be", "have", "from", "or", "but", "an", "they", "which",
    "will", "their", "if", "there", "can", "its", "into", "then", "some", "when", "no", "more",
    "we",
];
const WORDS: usize = 30_000;
const SYLLABLES: [&str; 24] = [
    "ba", "con", "der", "fil", "gra", "hel", "in", "jor", "ka", "lum", "mer", "nor", "op", "per",
    "qua", "ren", "sta", "tor", "un", "ver", "wil", "ex", "yor", "zin",
];

/// A stream of numbers that looks random and is always the same (splitmix64).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Returns a number from `from` to `to`, both included.
    pub(super) fn between(&mut self, from: usize, to: usize) -> usize {
        let span = u64::try_from(to - from + 1).unwrap_or(1);
        from + usize::try_from(self.next() % span).unwrap_or(0)
    }
}

/// Words by rank, of which rank `n` is used about `1/n` as often as the first (Zipf).
#[derive(Debug)]
pub(super) struct Vocabulary {
    words: Vec<String>,
    /// Sums of the weights up to each rank.
    sums: Vec<u64>,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let mut words: Vec<String> = COMMON.iter().map(|word| (*word).to_owned()).collect();
        words.extend((0..WORDS).map(syllables));
        let mut sum = 0;
        let sums = (1..=words.len() as u64).map(|rank| {
            sum += 1_000_000_000 / rank;
            sum
        });
        let sums = sums.collect();
        Self { words, sums }
    }

    pub(super) fn word(&self, dice: &mut Dice) -> &str {
        let last = self.sums.last().copied().unwrap_or(1);
        let at = dice.next() % last;
        let rank = self.sums.partition_point(|sum| *sum <= at);
        &self.words[rank]
    }

    /// Returns words with spaces between them.
    pub(super) fn phrase(&self, dice: &mut Dice, count: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| self.word(dice)).collect();
        words.join(" ")
    }
}

/// Returns the made-up word of a number; different numbers make different words.
fn syllables(number: usize) -> String {
    let mut word = String::new();
    let mut rest = number + SYLLABLES.len();
    while rest > 0 {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    word
}

/// Returns a word that no text has by chance, of letters only, so that nothing splits it.
pub(super) fn unique(number: u64) -> String {
    let mut word = String::from("xq");
    let mut rest = number;
    for _ in 0..8 {
        let letter = u8::try_from(rest % 16).unwrap_or(0);
        word.push(char::from(b'a' + letter));
        rest /= 16;
    }
    word.push_str("qx");
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_same_every_time_and_has_many_words() {
        let vocabulary = Vocabulary::new();
        let text = |seed| vocabulary.phrase(&mut Dice::new(seed), 2_000);
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(8));
        let text = text(7);
        let words: std::collections::HashSet<_> = text.split(' ').collect();
        assert!(words.len() > 500, "{}", words.len());
        let common = text.split(' ').filter(|word| *word == "the").count();
        assert!((100..300).contains(&common), "{common}");
    }

    #[test]
    fn words_of_different_numbers_differ() {
        let all: std::collections::HashSet<_> = (0..WORDS).map(syllables).collect();
        assert_eq!(all.len(), WORDS);
        assert_ne!(unique(1), unique(2));
    }
}
