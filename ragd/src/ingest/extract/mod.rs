//! Bytes to text: what encoding, what language, or why there is no text in them. Pure.

use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::chunk::markdown;
use super::language;

/// The text of a file and what is known about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Extracted {
    /// Without a byte order mark, line ends as they were. Places of chunks are places in it.
    pub text: String,
    /// The name in the encoding standard, such as `UTF-8` or `windows-1252`.
    pub encoding: &'static str,
    /// Some bytes had no meaning in the encoding and became U+FFFD.
    pub lossy: bool,
    pub language: Option<&'static str>,
    /// The first Markdown heading.
    pub title: Option<String>,
    pub kind: Kind,
}

impl std::fmt::Debug for Extracted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Content of documents must not reach a log, and a title is content.
        let Self {
            text,
            encoding,
            lossy,
            language,
            title,
            kind,
        } = self;
        f.debug_struct("Extracted")
            .field("text", &format_args!("<{} bytes>", text.len()))
            .field("encoding", encoding)
            .field("lossy", lossy)
            .field("language", language)
            .field("title", &title.as_ref().map(String::len))
            .field("kind", kind)
            .finish()
    }
}

/// How a text is cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By headings.
    Markdown,
    /// By paragraphs, with an overlap.
    Prose,
    /// By blank lines. Data counts as code: an overlap only repeats it.
    Code,
}

/// Bytes without text that could be searched. Retrying never helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// A format that is known, and that nobody reads yet.
    #[error("{format} is not supported yet")]
    Unsupported { format: &'static str },
    /// No text in any encoding.
    #[error("the content is binary")]
    Binary,
}

impl ExtractError {
    /// Returns a stable word for scripts and the failure inbox.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "unsupported-format",
            Self::Binary => "binary",
        }
    }
}

/// How much of a file tells whether it is text.
const HEAD_BYTES: usize = 8 << 10;

/// How much of a text without a known encoding is looked at, from its first non-ASCII byte on.
/// The detector does 17 MB/s, a hundredth of all the rest.
const DETECT_BYTES: usize = 64 << 10;

/// Returns the text in `bytes`. Only the last part of `name` is looked at.
pub fn extract(bytes: Vec<u8>, name: &Path) -> Result<Extracted, ExtractError> {
    let Decoded {
        text,
        encoding,
        lossy,
    } = decode(bytes, name)?;
    let (language, kind) = match language::of(name, &text) {
        Some((language, kind)) => (Some(language), kind),
        None => (None, Kind::Prose),
    };
    let title = match kind {
        Kind::Markdown => markdown::first_heading(&text),
        Kind::Prose | Kind::Code => None,
    };
    Ok(Extracted {
        text,
        encoding,
        lossy,
        language,
        title,
        kind,
    })
}

struct Decoded {
    text: String,
    encoding: &'static str,
    lossy: bool,
}

fn decode(bytes: Vec<u8>, name: &Path) -> Result<Decoded, ExtractError> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        return decode_as(encoding, &bytes[mark..]);
    }
    if let Some(format) = known_format(&bytes, name) {
        return Err(ExtractError::Unsupported { format });
    }
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    if is_binary(head) {
        return match utf16_without_mark(head) {
            Some(encoding) => decode_as(encoding, &bytes),
            None => Err(ExtractError::Binary),
        };
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Decoded {
            text,
            encoding: UTF_8.name(),
            lossy: false,
        }),
        Err(error) => {
            let bytes = error.into_bytes();
            // An archive appended to a script begins as text.
            if is_binary(&bytes) {
                return Err(ExtractError::Binary);
            }
            decode_as(guess(&bytes), &bytes)
        }
    }
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> Result<Decoded, ExtractError> {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    // A random byte string "is" UTF-16 or Shift_JIS too, with a replacement here and there.
    if lossy && text.matches('\u{fffd}').count() * 10 > text.chars().count() {
        return Err(ExtractError::Binary);
    }
    Ok(Decoded {
        text: text.into_owned(),
        encoding: encoding.name(),
        lossy,
    })
}

/// Tells whether more than 2 % are control characters that no text has.
///
/// Compressed data has 10 %, programs far more; one stray NUL in a page of text is only a flaw.
fn is_binary(bytes: &[u8]) -> bool {
    let controls = bytes
        .iter()
        .filter(|byte| matches!(byte, 0x00..=0x06 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f))
        .count();
    controls * 50 > bytes.len()
}

/// Returns UTF-16 when every other byte is NUL, as in text that is mostly ASCII.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let nuls = |at: usize| head.chunks_exact(2).filter(|pair| pair[at] == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let encoding = match (even * 10 > pairs * 7, odd * 10 > pairs * 7) {
        (false, true) if even * 50 <= pairs => UTF_16LE,
        (true, false) if odd * 50 <= pairs => UTF_16BE,
        _ => return None,
    };
    let (text, _) = encoding.decode_without_bom_handling(head);
    (!is_binary(text.as_bytes())).then_some(encoding)
}

/// Guesses the encoding of text that is not valid UTF-8.
fn guess(bytes: &[u8]) -> &'static Encoding {
    // UTF-8 with a flaw: other encodings do not form its sequences by chance.
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if good > bad * 4 {
        return UTF_8;
    }
    let from = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    // A little of what stands before gives the detector its first word.
    let sample = &bytes[from.saturating_sub(64)..];
    let sample = &sample[..sample.len().min(DETECT_BYTES)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Returns the name of a format that has no text of its own.
fn known_format(bytes: &[u8], name: &Path) -> Option<&'static str> {
    let extension = name
        .extension()
        .and_then(|e| e.to_str())
        .map(str::to_ascii_lowercase);
    let extension = extension.as_deref().unwrap_or_default();
    let at =
        |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|b| b.starts_with(magic));
    if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        return Some(packed_format(extension));
    }
    if at(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some("an old Office document");
    }
    if at(0, b"RIFF") {
        return Some(match bytes.get(8..12) {
            Some(b"WEBP") => "a WebP image",
            Some(b"WAVE") => "WAV audio",
            _ => "RIFF media",
        });
    }
    // Some writers put a line before the header, and readers accept it.
    let junk = &bytes[..bytes.len().min(1024)];
    if extension == "pdf" && junk.windows(5).any(|window| window == b"%PDF-") {
        return Some("PDF");
    }
    let known = MAGIC.iter().find(|(offset, magic, _)| at(*offset, magic));
    if let Some((_, _, format)) = known {
        return Some(format);
    }
    // Two letters could begin a text, so these need to be binary as well.
    let short = [(&b"MZ"[..], "a Windows program"), (b"BM", "a BMP image")];
    let short = short.iter().find(|(magic, _)| at(0, magic));
    short
        .filter(|_| is_binary(&bytes[..bytes.len().min(HEAD_BYTES)]))
        .map(|(_, format)| *format)
}

/// Returns what a ZIP file is to its owner.
fn packed_format(extension: &str) -> &'static str {
    match extension {
        "docx" | "docm" => "a Word document",
        "xlsx" | "xlsm" => "an Excel workbook",
        "pptx" | "pptm" => "a PowerPoint presentation",
        "odt" | "ods" | "odp" => "an OpenDocument file",
        "epub" => "EPUB",
        "jar" | "war" | "apk" | "aar" => "a Java archive",
        "whl" => "a Python wheel",
        _ => "a ZIP archive",
    }
}

const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"%PDF-", "PDF"),
    (0, b"{\\rtf", "RTF"),
    (0, b"%!PS-Adobe", "PostScript"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"!<arch>\n", "an ar archive"),
    (0, b"\x7fELF", "a program (ELF)"),
    (0, b"\xcf\xfa\xed\xfe", "a program (Mach-O)"),
    (0, b"\xca\xfe\xba\xbe", "a Java class or Mach-O program"),
    (0, b"\0asm", "WebAssembly"),
    (0, b"SQLite format 3\0", "a SQLite database"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"\0\0\x01\0", "an icon"),
    (4, b"ftyp", "MP4 media"),
    (0, b"\x1aE\xdf\xa3", "Matroska media"),
    (0, b"ID3", "MP3 audio"),
    (0, b"OggS", "Ogg media"),
    (0, b"fLaC", "FLAC audio"),
    (0, b"wOFF", "a font"),
    (0, b"wOF2", "a font"),
    (0, b"OTTO\0", "a font"),
    (0, b"\0\x01\0\0\0", "a font"),
    (0, b"PAR1", "Parquet"),
    (0, b"Obj\x01", "Avro"),
    (0, b"\x89HDF\r\n", "HDF5"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"GGUF", "model weights (GGUF)"),
];

#[cfg(test)]
mod tests;
