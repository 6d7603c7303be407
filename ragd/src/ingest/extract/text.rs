//! Plain text in any encoding, of any language.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, ISO_2022_JP, MACINTOSH, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE,
    UTF_16LE, X_MAC_CYRILLIC,
};
use mail_parser::decoders::charsets::map::charset_decoder;

use super::syntax::{self, Structure};
use super::{ExtractError, Extracted, Facts, Kind, Report, Source, manifest, markup, noise};
use crate::ingest::chunk::markdown;
use crate::ingest::language;
use crate::project::Outline;

/// How much of a file tells whether it is text.
pub(super) const HEAD_BYTES: usize = 8 << 10;

/// How much of a text without a known encoding is looked at, from its first non-ASCII byte on.
/// The detector does 17 MB/s, a hundredth of all the rest.
const DETECT_BYTES: usize = 64 << 10;

/// So many bytes above 127 do not form UTF-8 by chance: one in a thousand Chinese texts that short does.
const NO_CHANCE: usize = 8;

/// Reads a text. Only the last part of `name` is looked at.
pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let Decoded {
        text,
        encoding,
        lossy,
    } = decode(source.bytes)?;
    let (language, kind) = match language::of(source.name, &text) {
        Some((language, kind)) => (Some(language), kind),
        None => (None, Kind::Prose),
    };
    let mut facts = Facts::default();
    let title = match kind {
        Kind::Markdown => facts
            .front_matter(&text)
            .or_else(|| markdown::first_heading(&text)),
        Kind::Prose | Kind::Code => None,
    };
    let outline = language.and_then(|name| syntax::outline(name, &text));
    let is_program = outline.is_some();
    let outline = outline.unwrap_or_else(|| Structure {
        headings: language.map_or_else(Vec::new, |name| markup::headings(name, &text)),
        ..Structure::default()
    });
    // A program that says nothing may still be what others import.
    let said = said(source, &text, outline.links.into());
    let said = (is_program || !said.is_empty()).then_some(said);
    Ok(Extracted {
        text,
        headings: outline.headings,
        items: outline.items,
        seams: outline.seams,
        outline: said,
        language,
        title,
        facts,
        kind,
        report: Report {
            encoding: Some(encoding),
            lossy,
            ..Report::default()
        },
        ..Extracted::default()
    })
}

/// Returns what a file says of itself and of others.
fn said(source: &Source<'_>, text: &str, program: Outline) -> Outline {
    Outline {
        package: manifest::package(source.name, text),
        ..program
    }
}

pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: &'static str,
    /// Some bytes had no meaning and became U+FFFD.
    pub(super) lossy: bool,
}

/// Returns the encoding of a name, also of those that only the programs of one maker use.
pub(super) fn encoding(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes()).or_else(|| {
        let label = label.to_ascii_lowercase();
        let page = ["cp", "ms", "windows-"].map(|prefix| label.strip_prefix(prefix));
        code_page(page.into_iter().flatten().next()?.parse().ok()?)
    })
}

/// Returns the encoding of a code page of Windows.
pub(super) fn code_page(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        932 => SHIFT_JIS,
        936 => GBK,
        949 => EUC_KR,
        950 => BIG5,
        10_000 => MACINTOSH,
        10_007 => X_MAC_CYRILLIC,
        65_001 => UTF_8,
        number => {
            let named = |prefix| Encoding::for_label(format!("{prefix}{number}").as_bytes());
            named("windows-").or_else(|| named("cp"))?
        }
    })
}

/// Decodes bytes of which somebody says in what encoding they are, unless that tells nothing: much is
/// said to be UTF-8, ASCII or Latin just because nobody thought of it.
pub(super) fn decode_as_said(bytes: &[u8], label: &str) -> Option<Decoded> {
    let encoding = encoding(label)?;
    let is_ascii = label.to_ascii_lowercase().contains("ascii");
    if is_ascii
        || encoding == UTF_8
        || encoding == REPLACEMENT
        || Encoding::for_bom(bytes).is_some()
    {
        return None;
    }
    let decoded = decode_as(encoding, bytes).ok()?;
    // In some encodings all bytes are a text, in others short texts are UTF-8 by chance.
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let is_any = encoding.is_single_byte() || encoding == UTF_16LE || encoding == UTF_16BE;
    let may_be_utf8 = (is_any || high >= NO_CHANCE) && !bytes.contains(&0);
    (!(may_be_utf8 && std::str::from_utf8(bytes).is_ok())).then_some(decoded)
}

/// Finds out in what encoding a text is, and reads it.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, ExtractError> {
    if let Some(decoded) = utf32(bytes) {
        return Ok(decoded);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[mark..]);
    }
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    if is_binary(head) {
        return match utf16_without_mark(head) {
            Some(encoding) => decode_as(encoding, bytes),
            None => Err(ExtractError::Binary),
        };
    }
    if let Some(japanese) = seven_bit(bytes) {
        return Ok(japanese);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Decoded {
            text: text.to_owned(),
            encoding: UTF_8.name(),
            lossy: false,
        }),
        Err(_) if let Some(encoding) = utf16_without_mark(head) => decode_as(encoding, bytes),
        Err(_) => {
            // An archive appended to a script begins as text.
            if is_binary(bytes) {
                return Err(ExtractError::Binary);
            }
            if let Some(german) = german_of_dos(bytes) {
                return Ok(german);
            }
            let encoding = guess(bytes);
            match encoding != UTF_8 && noise::is_noise(sample(bytes), encoding) {
                true => Err(ExtractError::Binary),
                false => decode_as(encoding, bytes),
            }
        }
    }
}

/// Reads Japanese as messages have it: ASCII and marks between which two bytes of ASCII are a sign.
/// Nothing else has these marks and is right between them.
pub(super) fn seven_bit(bytes: &[u8]) -> Option<Decoded> {
    let mut after = bytes.split(|byte| *byte == 0x1b).skip(1);
    let is_marked = after.any(|part| part.starts_with(b"$B") || part.starts_with(b"$@"));
    let decoded = (is_marked && bytes.is_ascii()).then(|| decode_as(ISO_2022_JP, bytes))?;
    decoded.ok().filter(|decoded| !decoded.lossy)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> Result<Decoded, ExtractError> {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    match is_text(&text) {
        true => Ok(Decoded {
            text: text.into_owned(),
            encoding: encoding.name(),
            lossy,
        }),
        false => Err(ExtractError::Binary),
    }
}

/// Tells whether nearly all characters are such as people read: a random byte string "is" UTF-16 or
/// Shift_JIS too, with a character here and there that is none.
fn is_text(text: &str) -> bool {
    let strange = text.chars().filter(|c| !is_written(*c)).count();
    strange * 10 <= text.chars().count()
}

/// Tells whether a character is one that people read, and none for control or private use.
pub(super) fn is_written(c: char) -> bool {
    match c {
        '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => false,
        '\t' | '\n' | '\r' => true,
        c => !c.is_control(),
    }
}

/// Tells whether more than 2 % are control characters that no text has.
///
/// Compressed data has 10 %, programs far more; one stray NUL in a page of text is only a flaw.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let controls = bytes
        .iter()
        .filter(|byte| matches!(byte, 0x00..=0x06 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f))
        .count();
    controls * 50 > bytes.len()
}

/// Returns UTF-16 when every other byte is NUL, as in text that is mostly ASCII, or when it is a text of
/// one script.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let nuls = |at: usize| head.chunks_exact(2).filter(|pair| pair[at] == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let decoded = |encoding: &'static Encoding| encoding.decode_without_bom_handling(head).0;
    let latin = match (even * 10 > pairs * 7, odd * 10 > pairs * 7) {
        (false, true) if even * 50 <= pairs => Some(UTF_16LE),
        (true, false) if odd * 50 <= pairs => Some(UTF_16BE),
        _ => None,
    };
    let latin = latin.filter(|encoding| !is_binary(decoded(encoding).as_bytes()));
    let of_one_script = || {
        let mut both = [UTF_16LE, UTF_16BE].into_iter();
        both.find(|encoding| is_of_one_script(&decoded(encoding)))
    };
    latin.or_else(of_one_script)
}

/// Tells whether nearly all is of one script or ASCII, and there is something between words or sentences:
/// numbers of 16 bits may lie in the range of a script, and none of them is a space.
fn is_of_one_script(text: &str) -> bool {
    let (mut all, mut plain, mut between) = (0, 0, 0);
    let mut scripts = [0; 8];
    for c in text.chars() {
        all += 1;
        let script = match c {
            ' ' | '\n' | '\u{3000}' | '、' | '。' | '，' => {
                between += 1;
                plain += 1;
                continue;
            }
            '\t' | '\r' | '!'..='~' | '\u{a0}'..='»' | '–'..='…' | '〈'..='】' | '！'..='～' =>
            {
                plain += 1;
                continue;
            }
            'Ͱ'..='Ͽ' => 0,
            'Ѐ'..='ԯ' => 1,
            '\u{590}'..='\u{5ff}' => 2,
            '\u{600}'..='\u{6ff}' => 3,
            '\u{900}'..='\u{97f}' => 4,
            '\u{e00}'..='\u{e7f}' => 5,
            'ぁ'..='ヿ' | '一'..='\u{9fff}' => 6,
            '가'..='힣' => 7,
            _ => continue,
        };
        scripts[script] += 1;
    }
    let most = scripts.into_iter().max().unwrap_or(0);
    most > 0 && (most + plain) * 20 >= all * 19 && between * 50 >= all
}

/// Reads UTF-32, which nobody would guess from its mark: it begins with that of UTF-16.
fn utf32(bytes: &[u8]) -> Option<Decoded> {
    let (encoding, number): (_, fn([u8; 4]) -> u32) = match bytes {
        [0xff, 0xfe, 0, 0, ..] => ("UTF-32LE", u32::from_le_bytes),
        [0, 0, 0xfe, 0xff, ..] => ("UTF-32BE", u32::from_be_bytes),
        _ => return None,
    };
    let (signs, rest) = bytes[4..].as_chunks();
    let signs = signs.iter().map(|sign| char::from_u32(number(*sign)));
    let text: String = signs
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    let lossy = !rest.is_empty() || text.contains(char::REPLACEMENT_CHARACTER);
    is_text(&text).then_some(Decoded {
        text,
        encoding,
        lossy,
    })
}

/// Reads German of DOS: its umlauts stand within words, where the quotes that these bytes are in Windows
/// never do.
fn german_of_dos(bytes: &[u8]) -> Option<Decoded> {
    let mut high = bytes.iter().filter(|byte| !byte.is_ascii());
    if !high.all(|byte| matches!(byte, 0x81 | 0x84 | 0x8e | 0x94 | 0x99 | 0x9a | 0xe1)) {
        return None;
    }
    let is_within = |signs: &&[u8]| {
        let [before, sign, after] = signs else {
            return false;
        };
        matches!(sign, 0x81 | 0x84) && before.is_ascii_alphabetic() && after.is_ascii_lowercase()
    };
    // One may be a flaw.
    bytes.windows(3).filter(is_within).nth(1)?;
    let decode = charset_decoder(b"cp850")?;
    Some(Decoded {
        text: decode(bytes),
        encoding: "IBM850",
        lossy: false,
    })
}

/// Guesses the encoding of text that is not valid UTF-8.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    // UTF-8 with a flaw: other encodings do not form its sequences by chance.
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if good > bad * 4 {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let sample = sample(bytes);
    // Lines around tables would count as letters that no language has so often. Pairs stay pairs.
    let same = sample.chunk_by(|a, b| a == b);
    let short = same.flat_map(|run| &run[..run.len().min(2 + run.len() % 2)]);
    let short: Vec<u8> = short.copied().collect();
    // What is cut in the middle of a sign is no flaw.
    detector.feed(
        &short,
        bytes.ends_with(sample) && sample.len() < DETECT_BYTES,
    );
    detector.guess(None, Utf8Detection::Deny)
}

/// Returns a part of a text that tells its encoding.
fn sample(bytes: &[u8]) -> &[u8] {
    let from = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    // A little of what stands before gives the detector its first word.
    let sample = &bytes[from.saturating_sub(64)..];
    &sample[..sample.len().min(DETECT_BYTES)]
}
