//! Characters and strings as PDF writes them.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE};
use unicode_normalization::UnicodeNormalization as _;

use super::super::text::is_written;

/// Reads a string of a dictionary: UTF-16 or UTF-8 with a mark, else about as Latin 1.
pub(super) fn of_string(bytes: &[u8]) -> String {
    let text: Cow<'_, str> = match bytes {
        [0xfe, 0xff, rest @ ..] => UTF_16BE.decode_without_bom_handling(rest).0,
        [0xff, 0xfe, rest @ ..] => UTF_16LE.decode_without_bom_handling(rest).0,
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => bytes.iter().map(|byte| of_byte(*byte)).collect(),
    };
    // A language may be named in the middle, between two marks.
    text.chars().filter(|c| is_written(*c)).collect()
}

/// The characters of PDFDocEncoding that are not those of Latin 1.
fn of_byte(byte: u8) -> char {
    const FROM_18: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const FROM_80: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match byte {
        0x18..=0x1f => FROM_18[usize::from(byte - 0x18)],
        0x80..=0xa0 => FROM_80[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

/// Writes out ligatures and the forms that letters take in print.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let is_form = |c: char| matches!(c, '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    match text.chars().any(is_form) {
        false => Cow::Borrowed(text),
        true => {
            let mut plain = String::with_capacity(text.len());
            for c in text.chars() {
                match is_form(c) {
                    true => plain.extend(std::iter::once(c).nfkc()),
                    false => plain.push(c),
                }
            }
            Cow::Owned(plain)
        }
    }
}

/// Tells whether a character is of a script that is written from right to left.
pub(super) fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_in_each_of_their_encodings() {
        assert_eq!(of_string(b"Caf\xe9 \x92s"), "Café ™s");
        assert_eq!(of_string(b"\xfe\xff\x00H\x00i"), "Hi");
        assert_eq!(of_string("\u{feff}Grüße".as_bytes()), "Grüße");
        assert_eq!(of_string(b"a\x00b"), "ab");
    }

    #[test]
    fn forms_of_print_are_written_out() {
        assert_eq!(plain("eﬃcient ﬁle"), "efficient file");
        assert_eq!(plain("\u{fef3}"), "\u{64a}");
        assert!(matches!(plain("½ as it is"), Cow::Borrowed(_)));
    }
}
