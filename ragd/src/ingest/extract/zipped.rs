//! Documents that are ZIP files: their parts by name, with an end to what may come out.

use std::collections::HashMap;
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{ExtractError, Limits, Source, archive, xml};

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

    /// Lists the parts whose names begin with one of these.
    pub(super) fn names(&self, begins: &[&str]) -> Vec<String> {
        let all = self.archive.file_names().flatten();
        let named = all.filter(|name| begins.iter().any(|begin| name.starts_with(begin)));
        named.map(|name| name.into_owned()).collect()
    }

    /// Returns the same document with parts that are not packed, for libraries that have a limit of
    /// their own.
    pub(super) fn unpacked(&mut self) -> Result<Vec<u8>, ExtractError> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for name in self.names(&[""]) {
            let part = self.part(&name)?.unwrap_or_default();
            let written = writer.start_file(&*name, options);
            if written.is_err() || writer.write_all(&part).is_err() {
                return Err(self.broken("it has two parts of one name"));
            }
        }
        let written = writer.finish().map(Cursor::into_inner);
        written.map_err(|error| self.broken(&archive::zip::why(&error)))
    }

    /// Returns what a part of Office refers to, by the words that it has for it.
    pub(super) fn relations(
        &mut self,
        part: &str,
    ) -> Result<HashMap<String, Relation>, ExtractError> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let listed = self.part(&format!("{folder}/_rels/{name}.rels"))?;
        let mut relations = HashMap::new();
        xml::each(
            self.format,
            &listed.unwrap_or_default(),
            self.limits,
            |next| {
                if let xml::Next::Start(element) = next
                    && let (Some(id), Some(target)) = (element.get("Id"), element.get("Target"))
                {
                    let kind = element.get("Type").unwrap_or_default();
                    let relation = Relation {
                        kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                        part: match target.strip_prefix('/') {
                            Some(part) => part.to_owned(),
                            None => inside(folder, target),
                        },
                    };
                    relations.insert(id.to_owned(), relation);
                }
            },
        )?;
        Ok(relations)
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

/// What a part refers to.
pub(super) struct Relation {
    /// The last part of its type.
    pub(super) kind: String,
    pub(super) part: String,
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

/// Returns the name of a part as it is meant from within a folder.
pub(super) fn inside(folder: &str, href: &str) -> String {
    let href = href.split(['#', '?']).next().unwrap_or_default();
    let href = percent_encoding::percent_decode_str(href).decode_utf8_lossy();
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in href.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_meant_from_the_folder_of_the_list() {
        assert_eq!(
            inside("OEBPS", "text/a%20b.xhtml#two"),
            "OEBPS/text/a b.xhtml"
        );
        assert_eq!(inside("a/b", "../c.xhtml"), "a/c.xhtml");
        assert_eq!(inside("", "../../c.xhtml"), "c.xhtml");
    }
}
