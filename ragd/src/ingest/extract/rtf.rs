//! RTF: its text, paragraph by paragraph. What it says of fonts and pictures is passed over.

use std::collections::HashMap;

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, WINDOWS_1252};

use super::{ExtractError, Extracted, Kind, Source, text};

/// Groups that hold no text of the document. Those that begin with `\*` are passed over anyway.
const NOT_TEXT: [&str; 17] = [
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "headerl",
    "headerr",
    "headerf",
    "footerl",
    "footerr",
    "footerf",
    "listtable",
    "listoverridetable",
    "themedata",
    "filetbl",
];
/// Groups within groups.
const DEPTH: usize = 500;

pub(super) fn fits(source: &Source<'_>) -> bool {
    source.bytes.starts_with(b"{\\rtf")
}

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let mut reader = Reader {
        bytes: source.bytes,
        at: 0,
        encoding: WINDOWS_1252,
        fonts: HashMap::new(),
        usual_font: 0,
        groups: vec![Group::default()],
        pending: Vec::new(),
        text: String::new(),
    };
    reader.read()?;
    Ok(Extracted {
        text: reader.text,
        kind: Kind::Prose,
        ..Extracted::default()
    })
}

#[derive(Clone, Copy)]
struct Group {
    is_hidden: bool,
    /// Where fonts are described, and not used.
    is_font_table: bool,
    font: Option<i32>,
    /// Characters that stand for one that was written by its number, for old readers.
    fallback: usize,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            is_hidden: false,
            is_font_table: false,
            font: None,
            fallback: 1,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: &'static Encoding,
    /// Those that have encodings of their own, by their numbers.
    fonts: HashMap<i32, &'static Encoding>,
    usual_font: i32,
    groups: Vec<Group>,
    /// Bytes in the encoding: a character may be several.
    pending: Vec<u8>,
    text: String,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), ExtractError> {
        let mut skip = 0;
        while let Some(byte) = self.next() {
            match byte {
                b'{' => {
                    self.groups.push(self.group());
                    if self.groups.len() > DEPTH {
                        return Err(ExtractError::Broken {
                            format: "RTF",
                            why: format!("it is more than {DEPTH} levels deep"),
                        });
                    }
                }
                b'}' => {
                    self.settle();
                    if self.groups.len() > 1 {
                        self.groups.pop();
                    }
                }
                b'\\' => self.control(&mut skip),
                b'\r' | b'\n' => {}
                _ if skip > 0 => skip -= 1,
                byte => self.byte(byte),
            }
        }
        self.settle();
        Ok(())
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or_default()
    }

    fn group_mut(&mut self) -> &mut Group {
        self.groups.last_mut().expect("the outermost group stays")
    }

    fn byte(&mut self, byte: u8) {
        if !self.group().is_hidden {
            self.pending.push(byte);
        }
    }

    /// Writes bytes of which the encoding is known by now.
    fn settle(&mut self) {
        if !self.pending.is_empty() {
            let font = self.group().font.unwrap_or(self.usual_font);
            let encoding = *self.fonts.get(&font).unwrap_or(&self.encoding);
            let (text, _) = encoding.decode_without_bom_handling(&self.pending);
            self.text.push_str(&text);
            self.pending.clear();
        }
    }

    fn push(&mut self, text: &str) {
        if !self.group().is_hidden {
            self.settle();
            self.text.push_str(text);
        }
    }

    /// Reads what follows a backslash. `skip`: characters that stand for one just read.
    fn control(&mut self, skip: &mut usize) {
        let Some(first) = self.next() else { return };
        if !first.is_ascii_alphabetic() {
            return match first {
                b'\'' => {
                    let digits = self.bytes.get(self.at..self.at + 2);
                    let byte = digits.and_then(|digits| {
                        u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
                    });
                    self.at += 2;
                    match (byte, *skip) {
                        (Some(byte), 0) => self.byte(byte),
                        (_, waiting) => *skip = waiting.saturating_sub(1),
                    }
                }
                b'*' => self.group_mut().is_hidden = true,
                b'~' => self.push("\u{a0}"),
                b'_' => self.push("\u{2011}"),
                b'\\' | b'{' | b'}' => self.byte(first),
                b'\r' | b'\n' => self.push("\n"),
                _ => {}
            };
        }
        let rest = &self.bytes[self.at..];
        let letters = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let word =
            String::from_utf8_lossy(&self.bytes[self.at - 1..self.at + letters]).into_owned();
        self.at += letters;
        let rest = &self.bytes[self.at..];
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = (digits > 0).then(|| {
            let number = String::from_utf8_lossy(&rest[..sign + digits]);
            number.parse::<i32>().unwrap_or(0)
        });
        if digits > 0 {
            self.at += sign + digits;
        }
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.word(&word, number, skip);
    }

    fn word(&mut self, word: &str, number: Option<i32>, skip: &mut usize) {
        match word {
            "par" | "sect" | "page" => self.push("\n\n"),
            "line" | "row" => self.push("\n"),
            "tab" => self.push("\t"),
            "cell" | "nestcell" => self.push(" | "),
            "emdash" => self.push("\u{2014}"),
            "endash" => self.push("\u{2013}"),
            "bullet" => self.push("\u{2022}"),
            "lquote" => self.push("\u{2018}"),
            "rquote" => self.push("\u{2019}"),
            "ldblquote" => self.push("\u{201c}"),
            "rdblquote" => self.push("\u{201d}"),
            "uc" => self.group_mut().fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1),
            "u" => {
                // Negative above 32767; half of a pair is written like any other.
                let unit = number.unwrap_or(0).rem_euclid(65_536);
                let unit = u16::try_from(unit).unwrap_or(0xfffd);
                self.unit(unit);
                *skip = self.group().fallback;
            }
            "ansicpg" => {
                let known = number.and_then(text::code_page);
                self.encoding = known.unwrap_or(WINDOWS_1252);
            }
            "mac" => self.encoding = MACINTOSH,
            "deff" => self.usual_font = number.unwrap_or(0),
            "f" | "plain" => {
                self.settle();
                self.group_mut().font = number;
            }
            "fcharset" if self.group().is_font_table => {
                let font = self.group().font.unwrap_or(0);
                if let Some(encoding) = number.and_then(of_font) {
                    self.fonts.insert(font, encoding);
                }
            }
            "fonttbl" => {
                let group = self.group_mut();
                (group.is_hidden, group.is_font_table) = (true, true);
            }
            "bin" => self.at += usize::try_from(number.unwrap_or(0)).unwrap_or(0),
            word if NOT_TEXT.contains(&word) => self.group_mut().is_hidden = true,
            _ => {}
        }
    }

    fn unit(&mut self, unit: u16) {
        if self.group().is_hidden {
            return;
        }
        self.settle();
        // The second half finds the first as the last character, marked by one for private use.
        const FIRST: u32 = 0xf_0000;
        let last = self.text.chars().last().map_or(0, u32::from);
        if (0xdc00..0xe000).contains(&unit) && (FIRST..FIRST + 0x400).contains(&last) {
            self.text.pop();
            let code = 0x1_0000 + ((last - FIRST) << 10) + u32::from(unit - 0xdc00);
            self.text.extend(char::from_u32(code));
        } else if (0xd800..0xdc00).contains(&unit) {
            self.text
                .extend(char::from_u32(FIRST + u32::from(unit - 0xd800)));
        } else {
            self.text
                .extend(char::from_u32(unit.into()).filter(|c| text::is_written(*c)));
        }
    }
}

/// Returns the encoding of fonts for one script, by the numbers that Windows has for them.
fn of_font(charset: i32) -> Option<&'static Encoding> {
    let page = match charset {
        77 => return Some(MACINTOSH),
        128 => return Some(SHIFT_JIS),
        129 => return Some(EUC_KR),
        134 => return Some(GBK),
        136 => return Some(BIG5),
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        // The usual one, symbols, and what is not known.
        _ => return None,
    };
    text::code_page(page)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Limits;
    use super::*;

    fn text(rtf: &str) -> String {
        let read = read(&Source::new(
            rtf.as_bytes(),
            Path::new("a.rtf"),
            &Limits::default(),
        ));
        read.unwrap().text
    }

    #[test]
    fn text_comes_out_of_its_groups() {
        let rtf = r"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Times;}}{\*\generator x;}\b Bold\b0  and \'cf\'f0\par next\{1\}}";
        assert_eq!(text(rtf), "Bold and Пр\n\nnext{1}");
    }

    #[test]
    fn text_is_in_the_encoding_of_its_page_or_font() {
        // A sign may end with a byte that is a letter, or a backslash.
        let page = r"{\rtf1\ansi\ansicpg932 \'93\'fa\'96{\'7b}\'8c\'ea \'83e\'83\'5c}";
        assert_eq!(text(&page.replace("{\\'7b}", "\\'7b")), "日本語 テソ");
        let fonts = r"{\rtf1\ansi\ansicpg1252\deff1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset128 B;}\f2\fcharset204 C;}";
        let body = r"\'93\'fa{\f2 \'cf\'f0}{\f0 \'e4}\'96\'7b\plain\'8c\'ea}";
        assert_eq!(text(&format!("{fonts}{body}")), "日Прä本語");
        assert_eq!(text(r"{\rtf1\mac \'8a}"), "ä");
    }

    #[test]
    fn characters_by_their_numbers_hide_what_stands_for_them() {
        assert_eq!(
            text(r"{\rtf1\uc1 a\u8364?b\u-3913\'3f}"),
            "a€b\u{f0b7}".replace('\u{f0b7}', "")
        );
        assert_eq!(text(r"{\rtf1\uc1 \u-10180?\u-9089?!}"), "\u{1f07f}!");
    }
}
