//! Damage done to bytes, the same on every machine: documents as nobody writes them.

/// Numbers that something may forget to look at.
const NUMBERS: [&[u8]; 9] = [
    b"0",
    b"-1",
    b"1000",
    b"65536",
    b"2147483648",
    b"4294967295",
    b"18446744073709551615",
    b"1e999",
    b"",
];
/// Bytes that mean something somewhere.
const BYTES: &[u8] = b"\0\x01\x1b\x7f\x80\xff<>{}[]()\\/\"'&;%=:.#|- \n\r\t09";
/// What may come on top of a document.
const GROWTH: usize = 16 << 10;

/// Chance that can be repeated.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        // SplitMix64: neighbouring seeds have nothing in common.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Returns a place and an end behind it, most often not far away.
    fn range(&mut self, bytes: &[u8]) -> (usize, usize) {
        let from = self.below(bytes.len());
        let longest = 1 << self.below(12);
        let length = 1 + self.below(longest);
        (from, bytes.len().min(from + length))
    }

    /// Returns `bytes` damaged at so many places, with parts of `other` in some.
    pub(crate) fn damaged(&mut self, bytes: &[u8], other: &[u8], places: usize) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        for _ in 0..places {
            if damaged.is_empty() {
                break;
            }
            self.damage(&mut damaged, other);
            damaged.truncate(bytes.len() + GROWTH);
        }
        damaged
    }

    fn damage(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let (from, to) = self.range(bytes);
        match self.below(16) {
            0..3 => bytes[from] ^= 1 << self.below(8),
            3..6 => bytes[from] = self.one(BYTES),
            6 => bytes[from] = self.below(256).to_le_bytes()[0],
            7 => drop(bytes.drain(from..to)),
            8 => {
                let part = bytes[from..to].repeat(1 + self.below(20));
                drop(bytes.splice(from..from, part));
            }
            9 => {
                // Two parts change places.
                let (a, b) = (self.below(bytes.len()), self.below(bytes.len()));
                let room = bytes.len() - a.max(b);
                for at in 0..room.min(to - from) {
                    bytes.swap(a + at, b + at);
                }
            }
            10 if !other.is_empty() => {
                let (a, b) = self.range(other);
                drop(bytes.splice(from..to, other[a..b].iter().copied()));
            }
            11..14 => self.number(bytes, from),
            14 => {
                // A length that is written in bytes.
                let width = self.one(&[1, 2, 4, 8]);
                let number = self.one(&[0, 1, 0x7fff_ffff, 0x8000_0000, u64::MAX, u64::MAX - 7]);
                let written = number.to_le_bytes();
                for (byte, new) in bytes[from..].iter_mut().zip(&written[..width]) {
                    *byte = *new;
                }
            }
            // Seldom, as little is left to look at.
            _ if self.below(4) == 0 => bytes.truncate(from),
            _ => bytes.insert(from, self.one(BYTES)),
        }
    }

    /// Writes another number for the next that stands in digits.
    fn number(&mut self, bytes: &mut Vec<u8>, from: usize) {
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        if let Some(begin) = bytes[from..].iter().position(is_digit) {
            let begin = from + begin;
            let digits = bytes[begin..]
                .iter()
                .take_while(|byte| is_digit(byte))
                .count();
            let number = self.one(&NUMBERS);
            drop(bytes.splice(begin..begin + digits, number.iter().copied()));
        }
    }
}
