//! Documents that are ZIP files: their parts by name, with an end to what may come out.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::{ExtractError, Limits, Source, archive};

/// What a ZIP file begins with, if it has anything in it.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
/// The ratio counts only from here on: text is packed to a tenth, and little text to less.
const FREE: u64 = 8 << 20;

/// A document of many parts.
pub(super) struct Zipped<'a> {
    format: &'static str,
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Bytes that may still come out.
    left: u64,
    limits: &'a Limits,
}

impl<'a> Zipped<'a> {
    pub(super) fn open(format: &'static str, source: &Source<'a>) -> Result<Self, ExtractError> {
        let Source { bytes, limits, .. } = *source;
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| ExtractError::Broken {
                format,
                why: archive::zip::why(&error),
            })?;
        let opened = Self {
            format,
            archive,
            left: FREE.max((bytes.len() as u64).saturating_mul(limits.office_ratio)),
            limits,
        };
        match opened.archive.len() > limits.office_parts as usize {
            true => Err(ExtractError::TooManyParts(limits.office_parts)),
            false => Ok(opened),
        }
    }

    /// Looks at what its list says of the sizes of all parts, for libraries that unpack them themselves.
    pub(super) fn check(&mut self) -> Result<(), ExtractError> {
        let said = self.archive.decompressed_size().unwrap_or(0);
        match said > u128::from(self.left) {
            true => Err(ExtractError::OfficeBomb(self.limits.office_ratio)),
            false => Ok(()),
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
            return Err(self.broken(archive::why(&error)));
        }
        // What it says of its size is not asked: what comes out counts.
        match self.left.checked_sub(bytes.len() as u64) {
            Some(left) => {
                self.left = left;
                Ok(Some(bytes))
            }
            None => Err(ExtractError::OfficeBomb(self.limits.office_ratio)),
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
