//! Formats that have no text of their own, or that nobody reads yet: named, so that a gap says what
//! the file is.

use std::path::Path;

use super::text::{HEAD_BYTES, is_binary};
use super::{ExtractError, office};

/// Tells why nothing is read from a format that has no text of its own, or of which no part is found.
pub(super) fn refusal(bytes: &[u8], name: &Path) -> Option<ExtractError> {
    if bytes.starts_with(b"PK")
        && let Some(format) = packed(name)
    {
        let why = "its parts are not found".to_owned();
        return Some(ExtractError::Broken { format, why });
    }
    // What is text as a whole only begins with the word for a format.
    let format = self::name(bytes).filter(|_| !is_text(bytes));
    let format = format.or_else(|| written_as_text(bytes))?;
    Some(ExtractError::Unsupported { format })
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && !is_binary(bytes)
}

/// Names formats that may be text from the first byte to the last.
fn written_as_text(bytes: &[u8]) -> Option<&'static str> {
    let is_postscript = bytes
        .strip_prefix(b"%!PS-Adobe-")
        .is_some_and(|version| version.first().is_some_and(u8::is_ascii_digit));
    match is_postscript {
        true => Some("PostScript"),
        false => is_pnm(bytes).then_some("a PNM image"),
    }
}

/// Tells whether there is a whole head of a picture: its sides, and what white is, if it has grey.
fn is_pnm(bytes: &[u8]) -> bool {
    let [b'P', kind @ b'4'..=b'6', rest @ ..] = bytes else {
        return false;
    };
    let head = &rest[..rest.len().min(HEAD_BYTES)];
    let lines = head.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.split(|byte| *byte == b'#').next().unwrap_or_default());
    let words = lines.flat_map(|line| line.split(u8::is_ascii_whitespace));
    let mut words = words.filter(|word| !word.is_empty());
    let is_number = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
    let numbers = if *kind == b'4' { 2 } else { 3 };
    rest.first().is_some_and(u8::is_ascii_whitespace)
        && (0..numbers).all(|_| words.next().is_some_and(is_number))
}

fn name(bytes: &[u8]) -> Option<&'static str> {
    let at =
        |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|b| b.starts_with(magic));
    if at(0, office::COMPOUND) {
        return Some("a file of an old Office program");
    }
    if at(0, b"RIFF") {
        return Some(match bytes.get(8..12) {
            Some(b"WAVE") => "WAV audio",
            _ => "RIFF media",
        });
    }
    let known = MAGIC.iter().find(|(offset, magic, _)| at(*offset, magic));
    if let Some((_, _, format)) = known {
        return Some(format);
    }
    if bytes.starts_with(b"BM") && is_bmp(bytes) {
        return Some("a BMP image");
    }
    if bytes.ends_with(b"TRUEVISION-XFILE.\0") {
        return Some("a TGA image");
    }
    // Two letters begin texts in any encoding, so these need to be binary as well.
    let is_program = at(0, b"MZ") && is_binary(&bytes[..bytes.len().min(HEAD_BYTES)]);
    is_program.then_some("a Windows program")
}

/// Tells it from a text that begins with the same letters: it says how long its header is.
fn is_bmp(bytes: &[u8]) -> bool {
    let header = bytes.get(14..18).and_then(|raw| raw.try_into().ok());
    let header = header.map(u32::from_le_bytes);
    header.is_some_and(|length| [12, 40, 52, 56, 64, 108, 124].contains(&length))
}

/// Returns what a ZIP file says by its name that it is, if that is a document: when this is asked, it
/// lacks what would make it one.
fn packed(name: &Path) -> Option<&'static str> {
    let extension = name.extension().and_then(|e| e.to_str());
    let extension = extension.map(str::to_ascii_lowercase).unwrap_or_default();
    Some(match extension.as_str() {
        "docx" | "docm" => "Word document",
        "xlsx" | "xlsm" => "Excel workbook",
        "pptx" | "pptm" => "PowerPoint presentation",
        "odt" | "ods" | "odp" => "OpenDocument file",
        "epub" => "EPUB",
        _ => return None,
    })
}

/// Tells whether a file is named like a document of Office, which is a ZIP file and no archive.
pub(super) fn is_office(name: &Path) -> bool {
    packed(name).is_some()
}

const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"DDS \x7c\0\0\0", "a DDS image"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"!<arch>\n", "an ar archive"),
    (0, b"\x7fELF", "a program (ELF)"),
    (0, b"\xcf\xfa\xed\xfe", "a program (Mach-O)"),
    (0, b"\xca\xfe\xba\xbe", "a Java class or Mach-O program"),
    (0, b"\0asm", "WebAssembly"),
    (0, b"SQLite format 3\0", "a SQLite database"),
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
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
