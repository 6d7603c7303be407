//! Bytes that are no text in any encoding, though each of them would be a character in some.
//!
//! What is mostly ASCII is text to us, whatever else it holds. Else letters have to form words, or
//! signs of two bytes have to be those that people write.

use std::ops::RangeInclusive;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

/// Percent of bytes above 127 that text in Latin letters stays below.
const MANY: usize = 30;
/// Fewer bytes tell nothing.
const FEW: usize = 24;
/// Percent of signs between words and sentences, at least, once there are so many characters.
const BETWEEN: usize = 2;
const LONG: usize = 120;
/// Percent of neighbours that do not go together, at most. Texts have 2, and noise 20 and more.
const ODD: usize = 12;
/// Percent of signs of two bytes that are among those that people write every day, at least. Noise has
/// 46, and old ways of writing 65.
const COMMON: usize = 58;
/// Percent of letters and the like that are as the one before, at most: areas of one colour are.
const SAME: usize = 30;

/// Tells whether a sample of what is said to be in this encoding is none of its texts.
pub(super) fn is_noise(sample: &[u8], encoding: &'static Encoding) -> bool {
    let high = sample.iter().filter(|byte| !byte.is_ascii()).count();
    if high < FEW || high * 100 < sample.len() * MANY {
        return false;
    }
    match rows(encoding) {
        Some(rows) => are_rare(sample, &rows),
        None => {
            let (text, _) = encoding.decode_without_bom_handling(sample);
            are_no_words(&text)
        }
    }
}

/// Where the common signs of an encoding are.
struct Rows {
    /// By their first bytes: punctuation, then scripts of syllables and the first of its levels.
    leads: [RangeInclusive<u8>; 2],
    /// By their second bytes, from here on.
    trails: u8,
    /// Bytes that are signs by themselves.
    alone: Option<RangeInclusive<u8>>,
}

fn rows(encoding: &'static Encoding) -> Option<Rows> {
    let (leads, trails) = match encoding {
        _ if encoding == GBK || encoding == GB18030 => ([0xa1..=0xa3, 0xb0..=0xd7], 0xa1),
        _ if encoding == BIG5 => ([0xa1..=0xa3, 0xa4..=0xc6], 0x40),
        _ if encoding == EUC_KR => ([0xa1..=0xa3, 0xb0..=0xc8], 0xa1),
        _ if encoding == EUC_JP => ([0xa1..=0xa5, 0xb0..=0xcf], 0xa1),
        _ if encoding == SHIFT_JIS => ([0x81..=0x83, 0x88..=0x98], 0x40),
        _ => return None,
    };
    let alone = (encoding == SHIFT_JIS).then_some(0xa1..=0xdf);
    Some(Rows {
        leads,
        trails,
        alone,
    })
}

/// Tells whether few signs are such as people write, most are as the one before, or nothing stands
/// between them.
fn are_rare(sample: &[u8], rows: &Rows) -> bool {
    let (mut signs, mut all, mut common, mut same, mut between) = (0, 0, 0, 0, 0);
    let mut before = None;
    let mut bytes = sample.iter().copied();
    while let Some(lead) = bytes.next() {
        if lead.is_ascii() {
            between += 1;
            before = None;
            continue;
        }
        signs += 1;
        let alone = rows.alone.as_ref();
        if alone.is_some_and(|alone| alone.contains(&lead)) {
            continue;
        }
        let Some(trail) = bytes.next() else { break };
        all += 1;
        let row = rows.leads.iter().position(|row| row.contains(&lead));
        common += usize::from(row.is_some() && trail >= rows.trails);
        // Punctuation and the like stand in the first rows.
        between += usize::from(row == Some(0));
        same += usize::from(before.replace((lead, trail)) == Some((lead, trail)));
    }
    common * 100 < all * COMMON
        || same * 100 > all * SAME
        || signs > LONG && between * 100 < signs * BETWEEN
}

/// Tells whether neighbours do not go together, or nothing stands between words.
fn are_no_words(text: &str) -> bool {
    let (mut all, mut odd, mut same, mut between, mut count) = (0, 0, 0, 0, 0);
    let mut before = ' ';
    for c in text.chars() {
        count += 1;
        between += usize::from(c.is_ascii_whitespace() || ",;.:".contains(c));
        if !before.is_ascii() || !c.is_ascii() {
            all += 1;
            odd += usize::from(is_odd(before, c));
            same += usize::from(before == c && c.is_alphabetic());
        }
        before = c;
    }
    odd * 100 > all * ODD
        || same * 100 > all * SAME
        || count > LONG && between * 100 < count * BETWEEN
}

/// Tells whether two neighbours are such as no text has.
fn is_odd(a: char, b: char) -> bool {
    match (Class::of(a), Class::of(b)) {
        (Class::Nothing, _) | (_, Class::Nothing) => true,
        // Of all that has cases, words begin with a capital or are in capitals.
        (Class::Letter(one), Class::Letter(other)) => {
            one != other || a.is_lowercase() && b.is_uppercase()
        }
        (Class::Sign, Class::Letter(_) | Class::Sign) | (Class::Letter(_), Class::Sign) => a != b,
        (Class::Plain, _) | (_, Class::Plain) => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// By the script.
    Letter(u32),
    /// ASCII that is no letter, and what stands beside words: quotes, dashes.
    Plain,
    /// What stands apart from words, if at all.
    Sign,
    /// What is no character.
    Nothing,
}

impl Class {
    fn of(c: char) -> Self {
        let block = u32::from(c) >> 8;
        match c {
            '\u{80}'..='\u{9f}' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}' => Self::Nothing,
            'ª' | 'º' => Self::Plain,
            // Vowels and accents that stand above or below.
            '\u{300}'..='\u{36f}' => Self::Letter(0),
            '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{652}' | '\u{e31}'..='\u{e4e}' => {
                Self::Letter(block)
            }
            c if c.is_alphabetic() => Self::Letter(match block {
                // Latin.
                0..=2 | 0x1e => 0,
                block => block,
            }),
            c if c.is_ascii() || c.is_numeric() => Self::Plain,
            '\u{a0}' | '«' | '»' | '·' | '§' | '°' | '¡' | '¿' | '©' | '®' => Self::Plain,
            '\u{2010}'..='\u{203a}' | '№' | '€' | '₪' | '₫' | '\u{200c}'..='\u{200f}' => {
                Self::Plain
            }
            '،' | '؛' | '؟' | 'ـ' => Self::Plain,
            // Lines around tables.
            '\u{2500}'..='\u{259f}' => Self::Plain,
            _ => Self::Sign,
        }
    }
}
