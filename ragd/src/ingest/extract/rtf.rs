//! RTF: its text, paragraph by paragraph. What it says of fonts and pictures is passed over.

use std::collections::{HashMap, HashSet};

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, WINDOWS_1252};

use super::{ExtractError, Extracted, Kind, Source, text};

/// Groups that hold no text of the document. Those that begin with `\*` are passed over anyway.
const NOT_TEXT: [&str; 18] = [
    "colortbl",
    "stylesheet",
    "pict",
    "objdata",
    "objclass",
    "objname",
    "listtable",
    "listoverridetable",
    "themedata",
    "filetbl",
    "nonshppict",
    "bkmkstart",
    "bkmkend",
    // Properties of shapes, and what old readers show instead of them.
    "sp",
    "shprslt",
    // Entries of an index or a table of contents.
    "xe",
    "tc",
    "rxe",
];
/// Groups that begin with `\*` and hold text all the same: of shapes.
const TEXT: [&str; 2] = ["shpinst", "do"];
/// Groups that stand apart from the text: they come below it.
const APART: [&str; 13] = [
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "footnote",
    "shptxt",
    "dptxbxtext",
    "atnauthor",
    "annotation",
];
/// What is written where: texts by their numbers, of which others stand apart.
const MAIN: usize = 0;
const TITLE: usize = 1;
const AUTHOR: usize = 2;
const KEYWORDS: usize = 3;
const FACTS: usize = 4;
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
        texts: vec![String::new(); FACTS],
        author: None,
        day: [0; 3],
    };
    reader.read()?;
    let title = reader.texts[TITLE].trim();
    let mut written = Extracted {
        kind: Kind::Prose,
        title: (!title.is_empty()).then(|| title.to_owned()),
        ..Extracted::default()
    };
    let facts = &mut written.facts;
    facts.author(&reader.texts[AUTHOR]);
    let [year, month, day] = reader.day;
    facts.date(&format!("{year:04}-{month:02}-{day:02}"));
    let words = reader.texts[KEYWORDS].split([',', ';']);
    words.for_each(|word| facts.tag(word));
    written.text = std::mem::take(&mut reader.texts[MAIN]);
    // Each part of a document repeats what stands above and below its pages.
    let mut seen = HashSet::new();
    for apart in &reader.texts[FACTS..] {
        let apart = apart.trim();
        if !apart.is_empty() && seen.insert(apart) {
            written.text.push_str("\n\n");
            written.text.push_str(apart);
        }
    }
    Ok(written)
}

#[derive(Clone, Copy)]
struct Group {
    is_hidden: bool,
    /// What it holds is known only to some readers: the next word says whether to us.
    is_starred: bool,
    /// Nobody sees it, by how it is written: hidden text, and what was deleted.
    is_invisible: bool,
    /// What describes the document.
    is_info: bool,
    is_date: bool,
    /// The number of the text that it is written to.
    text: usize,
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
            is_starred: false,
            is_invisible: false,
            is_info: false,
            is_date: false,
            text: MAIN,
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
    texts: Vec<String>,
    /// The text that names who wrote the comment that comes next.
    author: Option<usize>,
    /// When the document was written: year, month, day.
    day: [i32; 3],
}

impl Group {
    fn is_seen(&self) -> bool {
        !(self.is_hidden || self.is_starred || self.is_invisible)
    }
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

    /// What the group is written to.
    fn text(&mut self) -> &mut String {
        let number = self.group().text;
        &mut self.texts[number]
    }

    /// Lets a group be written to another text, which may be a new one.
    fn turn(&mut self, number: usize) {
        self.settle();
        if number == self.texts.len() {
            self.texts.push(String::new());
        }
        let group = self.group_mut();
        (group.text, group.is_hidden) = (number, false);
    }

    fn byte(&mut self, byte: u8) {
        if self.group().is_seen() {
            self.pending.push(byte);
        }
    }

    /// Writes bytes of which the encoding is known by now.
    fn settle(&mut self) {
        if !self.pending.is_empty() {
            let font = self.group().font.unwrap_or(self.usual_font);
            let encoding = *self.fonts.get(&font).unwrap_or(&self.encoding);
            let pending = std::mem::take(&mut self.pending);
            let (text, _) = encoding.decode_without_bom_handling(&pending);
            self.text().push_str(&text);
        }
    }

    fn push(&mut self, text: &str) {
        if self.group().is_seen() {
            self.settle();
            self.text().push_str(text);
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
                b'*' => self.group_mut().is_starred = true,
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
        let is_starred = std::mem::take(&mut self.group_mut().is_starred);
        if is_starred && !TEXT.contains(&word) && !APART.contains(&word) {
            self.group_mut().is_hidden = true;
        }
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
                let group = self.group_mut();
                group.font = number;
                group.is_invisible &= word == "f";
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
            "v" | "deleted" => {
                self.settle();
                self.group_mut().is_invisible = number != Some(0);
            }
            "info" => {
                let group = self.group_mut();
                (group.is_hidden, group.is_info) = (true, true);
            }
            "title" if self.group().is_info => self.turn(TITLE),
            "author" if self.group().is_info => self.turn(AUTHOR),
            "keywords" if self.group().is_info => self.turn(KEYWORDS),
            "creatim" | "revtim" => self.group_mut().is_date = true,
            "yr" | "mo" | "dy" if self.group().is_date => {
                let at = ["yr", "mo", "dy"].iter().position(|part| *part == word);
                self.day[at.unwrap_or(0)] = number.unwrap_or(0);
            }
            // Who wrote it stands before it.
            "annotation" if let Some(author) = self.author.take() => {
                self.turn(author);
                self.text().push_str(": ");
            }
            word if APART.contains(&word) && !self.group().is_hidden => {
                self.turn(self.texts.len());
                self.author = (word == "atnauthor").then(|| self.texts.len() - 1);
            }
            "bin" => self.at += usize::try_from(number.unwrap_or(0)).unwrap_or(0),
            word if NOT_TEXT.contains(&word) => self.group_mut().is_hidden = true,
            _ => {}
        }
    }

    fn unit(&mut self, unit: u16) {
        if !self.group().is_seen() {
            return;
        }
        self.settle();
        // The second half finds the first as the last character, marked by one for private use.
        const FIRST: u32 = 0xf_0000;
        let last = self.text().chars().last().map_or(0, u32::from);
        if (0xdc00..0xe000).contains(&unit) && (FIRST..FIRST + 0x400).contains(&last) {
            self.text().pop();
            let code = 0x1_0000 + ((last - FIRST) << 10) + u32::from(unit - 0xdc00);
            self.text().extend(char::from_u32(code));
        } else if (0xd800..0xdc00).contains(&unit) {
            self.text()
                .extend(char::from_u32(FIRST + u32::from(unit - 0xd800)));
        } else {
            self.text()
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
    fn what_stands_apart_comes_below_the_text() {
        for (rtf, expected) in [
            (
                r"a {\shp{\*\shpinst\shpleft1{\sp{\sn pib}{\sv no}}{\shptxt box\par}}{\shprslt{\*\do{\dptxbxtext box}}}}b",
                "a b\n\nbox",
            ),
            (
                r"a {\*\do\dobxpage{\dptxbxtext old box}}b",
                "a b\n\nold box",
            ),
            (
                r"a {\object\objemb{\*\objclass Word}{\*\objdata 0102}{\result b}}c",
                "a bc",
            ),
            (
                r"{\header top}{\footerr below}a\sect{\header top}b",
                "a\n\nb\n\ntop\n\nbelow",
            ),
            (r"a{\footnote note}b", "ab\n\nnote"),
            (
                r"a{\*\atnid AS}{\*\atnauthor A. Seal}\chatn{\*\annotation{\*\atnref 1}Is it?}b{\*\annotation No.}",
                "ab\n\nA. Seal: Is it?\n\nNo.",
            ),
            (r"\'fc{\*\annotation \'e4}\'f6", "üö\n\nä"),
            (r"a{\*\unknown{\shptxt b}}c", "ac"),
        ] {
            assert_eq!(text(&format!("{{\\rtf1\\ansi {rtf}}}")), expected, "{rtf}");
        }
    }

    #[test]
    fn what_nobody_sees_is_no_text() {
        for (rtf, expected) in [
            (r"a {\v b}c", "a c"),
            (r"a \v b\v0 c", "a c"),
            (r"a {\deleted b\'fc\u8364?\par}c", "a c"),
            (r"a \v b\plain c", "a c"),
            (r"a {\xe{\v b}}c", "a c"),
        ] {
            assert_eq!(text(&format!("{{\\rtf1\\ansi {rtf}}}")), expected, "{rtf}");
        }
    }

    #[test]
    fn a_document_says_who_wrote_it() {
        let rtf = r"{\rtf1\ansi{\info{\title The w\'e4lrus}{\author A. Seal}{\*\company no}{\keywords sea, ice}{\creatim\yr2023\mo1\dy2}{\revtim\yr2024\mo5\dy31\hr1}{\printim\yr2025}}text}";
        let limits = Limits::default();
        let found = read(&Source::new(rtf.as_bytes(), Path::new("a.rtf"), &limits)).unwrap();
        assert_eq!(found.text, "text");
        assert_eq!(found.title.as_deref(), Some("The wälrus"));
        let expected = [
            ("author", "A. Seal"),
            ("date", "2024-05-31"),
            ("tag", "sea"),
            ("tag", "ice"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found.facts.into_pairs(), expected);
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
