//! Documents that are ZIP files: their parts by name, with an end to what may come out.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::{ExtractError, Source};

/// What a ZIP file begins with, if it has anything in it.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
/// What comes out may be so many times as large as the whole file: text is packed to a tenth.
const RATIO: u64 = 100;
/// That counts only from here on.
const FREE: u64 = 8 << 20;
/// Parts of one document, at most.
const PARTS: usize = 20_000;

/// A document of many parts.
pub(super) struct Zipped<'a> {
    format: &'static str,
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Bytes that may still come out.
    left: u64,
}

impl<'a> Zipped<'a> {
    pub(super) fn open(format: &'static str, bytes: &'a [u8]) -> Result<Self, ExtractError> {
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| ExtractError::Broken {
                format,
                why: error.to_string(),
            })?;
        let opened = Self {
            format,
            archive,
            left: FREE.max(bytes.len() as u64 * RATIO),
        };
        match opened.archive.len() > PARTS {
            true => Err(opened.broken("it has too many parts")),
            false => Ok(opened),
        }
    }

    pub(super) fn broken(&self, why: &str) -> ExtractError {
        ExtractError::Broken {
            format: self.format,
            why: why.to_owned(),
        }
    }

    /// Returns a part; none if there is no such one.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, ExtractError> {
        let Ok(part) = self.archive.by_name(name) else {
            return Ok(None);
        };
        if part.encrypted() {
            return Err(ExtractError::Encrypted);
        }
        let mut bytes = Vec::new();
        let read = part.take(self.left + 1).read_to_end(&mut bytes);
        if let Err(error) = read {
            return Err(self.broken(&error.to_string()));
        }
        // What it says of its size is not asked: what comes out counts.
        match self.left.checked_sub(bytes.len() as u64) {
            Some(left) => {
                self.left = left;
                Ok(Some(bytes))
            }
            None => Err(ExtractError::Bomb),
        }
    }

    /// Returns a part that has to be there.
    pub(super) fn needed(&mut self, name: &str) -> Result<Vec<u8>, ExtractError> {
        match self.part(name)? {
            Some(bytes) => Ok(bytes),
            None => Err(self.broken(&format!("{name} is missing"))),
        }
    }
}

/// Tells whether a ZIP file says at its very beginning, unpacked, that it is of this kind, as EPUB and
/// OpenDocument want it.
pub(super) fn says(source: &Source<'_>, kind: &str) -> bool {
    const NAME: &[u8] = b"mimetype";
    let bytes = &source.bytes;
    bytes.starts_with(MAGIC)
        && bytes.get(30..38) == Some(NAME)
        && bytes.get(38..).is_some_and(|rest| {
            // Some writers put a field between the name and what it says.
            let head = &rest[..rest.len().min(64 + kind.len())];
            head.windows(kind.len()).any(|part| part == kind.as_bytes())
        })
}
