//! Values for sample messages: always the same ones, or random ones from a seed.

use protocol::{PathBytes, Private, Timestamp};

/// Stands in every private text and in no other.
pub(crate) const CANARY: &str = "canary of the private text";

/// Chooses the values of a sample.
pub(crate) struct Dice {
    /// `None` chooses what the caller proposes.
    state: Option<u64>,
}

impl Dice {
    /// Returns dice that always fall alike: proposed values, every option set, lists of one.
    pub(crate) fn fixed() -> Self {
        Self { state: None }
    }

    /// Returns dice whose throws depend on `seed` alone.
    pub(crate) fn random(seed: u64) -> Self {
        Self { state: Some(seed) }
    }

    /// SplitMix64: short, and every seed is a good one.
    fn throw(&mut self) -> Option<u64> {
        let state = self.state.as_mut()?;
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(z ^ (z >> 31))
    }

    pub(crate) fn u64(&mut self, plain: u64) -> u64 {
        match self.throw() {
            None => plain,
            // The places where the length of a number on the wire changes.
            Some(throw) => match throw % 8 {
                0 => 0,
                1 => 250,
                2 => 251,
                3 => 0x1_0000,
                4 => 0x1_0000_0000,
                5 => u64::MAX,
                _ => self.throw().unwrap_or_default() >> (throw >> 58),
            },
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
    pub(crate) fn u32(&mut self, plain: u32) -> u32 {
        self.u64(u64::from(plain)) as u32
    }

    pub(crate) fn flag(&mut self, plain: bool) -> bool {
        self.throw().map_or(plain, |throw| throw & 1 == 1)
    }

    pub(crate) fn time(&mut self, plain: i64) -> Timestamp {
        Timestamp(self.u64(plain.cast_unsigned()).cast_signed())
    }

    /// Returns a score: any number that is one, for NaN equals nothing.
    pub(crate) fn score(&mut self, plain: f32) -> f32 {
        let bits = self.u32(plain.to_bits());
        let score = f32::from_bits(bits);
        if score.is_nan() { plain } else { score }
    }

    pub(crate) fn text(&mut self, plain: &str) -> String {
        const LETTERS: [&str; 8] = ["a", "Ω", "\u{1b}[31m", "\n", "語", "\0", "🦀", " "];
        let Some(throw) = self.throw() else {
            return plain.to_owned();
        };
        (0..throw % 12).map(|_| self.pick(&LETTERS)).collect()
    }

    pub(crate) fn bytes(&mut self, plain: &[u8]) -> Vec<u8> {
        let Some(throw) = self.throw() else {
            return plain.to_vec();
        };
        (0..throw % 40)
            .map(|_| self.u32(0).to_le_bytes()[0])
            .collect()
    }

    pub(crate) fn path(&mut self, plain: &str) -> PathBytes {
        PathBytes(self.bytes(plain.as_bytes()))
    }

    pub(crate) fn private(&mut self) -> Private<String> {
        Private(format!("{CANARY}{}", self.text("")))
    }

    pub(crate) fn private_bytes(&mut self) -> Private<Vec<u8>> {
        let mut bytes = CANARY.as_bytes().to_vec();
        bytes.extend(self.bytes(b""));
        Private(bytes)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let throw = self.throw().unwrap_or_default();
        from[usize::try_from(throw % 1_000_003).expect("small") % from.len()]
    }

    pub(crate) fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag(true).then(|| make(self))
    }

    pub(crate) fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.throw().map_or(1, |throw| throw % 5);
        (0..count).map(|_| make(self)).collect()
    }

    pub(crate) fn array<const N: usize>(&mut self, plain: u8) -> [u8; N] {
        std::array::from_fn(|_| self.u32(u32::from(plain)).to_le_bytes()[0])
    }
}
