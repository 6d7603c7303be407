//! Archives: what lies in them, one file after the other, in memory.
//!
//! [`unpack`] gives out every file of a ZIP, tar or 7z archive, also of those within it, under the
//! limits of [`Unpack`]. As a document of its own, an archive is the list of its files, and a file
//! that is only packed (`notes.txt.gz`) is what was packed. Nothing is ever written by a name from an
//! archive, no thread is started and no file opened: all of it runs in a child that may do nothing.

mod budget;
mod headers;
mod names;
mod packed;
mod seven;
mod tar;
mod walk;
mod zip;

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use self::budget::Budget;
use self::packed::Packing;
use self::walk::{Halt, Place, Walk};
use super::{ExtractError, Extracted, Kind, Source, known};

/// What is left out at the end, by this name: how much it was nobody knows.
const REST: &str = "the rest";

/// Takes each file of an archive with its label, which is never a path: `inner.zip!/folder/file`. No
/// two of an archive are the same.
type Take<'t> = &'t mut dyn FnMut(&str, &[u8]);

/// What was not given out, by name.
type LeftOut = Vec<(String, ExtractError)>;

/// How much may come out of an archive, those within it included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpack {
    /// All that comes out.
    pub bytes: u64,
    /// One file.
    pub entry_bytes: u64,
    /// Files, links and the like; folders do not count.
    pub entries: u32,
    /// Archives within one another that are opened, the outermost included.
    pub depth: u32,
    /// All that comes out, in sizes of the archive, beyond 64 MiB.
    pub ratio: u64,
    /// One file, in sizes of what it was packed to, beyond 1 MiB. What an archive is read from is one
    /// as well, if it was packed as a whole.
    pub entry_ratio: u64,
}

impl Default for Unpack {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            entry_bytes: 256 << 20,
            entries: 20_000,
            depth: 3,
            ratio: 100,
            entry_ratio: 1_000,
        }
    }
}

/// What an archive is, by its first bytes.
#[derive(Clone, Copy)]
enum Format {
    Zip,
    Tar,
    Seven,
    /// One file, which may be a tar archive.
    Packed(Packing),
}

impl Format {
    fn of(source: &Source<'_>) -> Option<Self> {
        let Source { bytes, name, .. } = *source;
        if zip::fits(bytes) {
            // A document that lacks what would make it one is a broken document.
            return (!known::is_office(name)).then_some(Self::Zip);
        }
        if seven::fits(bytes) {
            return Some(Self::Seven);
        }
        if tar::fits(bytes, name) {
            return Some(Self::Tar);
        }
        Packing::of(bytes).map(Self::Packed)
    }

    /// Returns the format of what has files in it, and is no document of any other format.
    fn with_entries(source: &Source<'_>) -> Option<Self> {
        let format = Self::of(source)?;
        let has_entries = match format {
            Self::Packed(packing) => packing.holds_tar(source),
            Self::Zip | Self::Tar | Self::Seven => true,
        };
        (has_entries && !super::comes_before_archives(source)).then_some(format)
    }

    /// Gives out all that is in it.
    fn walk(self, walk: &mut Walk<'_>, place: &Place, bytes: &[u8]) -> Result<(), Halt> {
        match self {
            Self::Zip => zip::walk(walk, place, bytes),
            Self::Seven => seven::walk(walk, place, bytes),
            Self::Tar => tar::walk(walk, place, bytes, bytes.len()),
            Self::Packed(packing) => tar::walk(walk, place, packing.reader(bytes), bytes.len()),
        }
    }
}

/// Gives every file of an archive to `take`, in the order of the archive, and returns what was left
/// out. Returns nothing if the source is no archive but a document, packed or not.
///
/// After an error, what was given out is to be forgotten.
pub(super) fn unpack(source: &Source<'_>, take: Take<'_>) -> Result<Option<LeftOut>, ExtractError> {
    let Some(format) = Format::with_entries(source) else {
        return Ok(None);
    };
    let budget = Budget::new(&source.limits.unpack, source.bytes.len());
    let mut walk = Walk::new(&budget, source, take);
    match format.walk(&mut walk, &Place::outermost(), source.bytes) {
        Ok(()) => {}
        Err(Halt::Refused(error)) => return Err(error),
        Err(Halt::Archive(error)) if walk.found_nothing() => return Err(error),
        Err(Halt::Archive(error) | Halt::Full(error)) => walk.leave_out(REST.to_owned(), error),
    }
    Ok(Some(walk.into_left_out()))
}

pub(super) fn fits(source: &Source<'_>) -> bool {
    Format::of(source).is_some()
}

/// Tells by its first bytes whether a file may have others in it.
pub(super) fn may_fit(bytes: &[u8]) -> bool {
    let is_tar = || tar::fits(bytes, Path::new(""));
    zip::fits(bytes) || seven::fits(bytes) || is_tar() || Packing::of(bytes).is_some()
}

/// Lists the files of an archive, or reads the one file that was packed.
pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let mut text = String::new();
    let found = unpack(source, &mut |name, _| {
        text.push_str(name);
        text.push('\n');
    })?;
    let Some(left_out) = found else {
        return read_packed(source);
    };
    if text.is_empty() {
        // It fails for the reason that the first of its files does.
        let mut errors = left_out.into_iter().map(|(_, error)| error);
        return Err(errors.find(is_of_a_file).unwrap_or(ExtractError::Empty));
    }
    let mut listed = Extracted {
        text,
        kind: Kind::Code,
        language: Some("archive"),
        ..Extracted::default()
    };
    listed.report.left_out = left_out;
    Ok(listed)
}

/// Reads a file that was packed alone.
fn read_packed(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let Some(packing) = Packing::of(source.bytes) else {
        return Err(ExtractError::Binary);
    };
    let bytes = packing.unpacked(source.bytes, &source.limits.unpack)?;
    super::extract(&Source {
        bytes: &bytes,
        name: &packed::name_within(source.name),
        depth: source.depth + 1,
        limits: source.limits,
    })
}

/// Tells what is wrong with something packed.
fn broken(format: &'static str, error: &io::Error) -> ExtractError {
    match error.kind() {
        io::ErrorKind::OutOfMemory => ExtractError::NeedsMemory,
        _ => ExtractError::Broken {
            format,
            why: error.to_string(),
        },
    }
}

/// Tells whether an error is about a file, so that it may be said of its archive, too.
fn is_of_a_file(error: &ExtractError) -> bool {
    let is_none = matches!(
        error,
        ExtractError::Link | ExtractError::Special { .. } | ExtractError::Name(_)
    );
    !is_none
}

/// Tells why something is no file, by its mode of Unix; a folder and what has no mode are no error.
fn special_mode(mode: u32) -> Option<ExtractError> {
    let what = match mode & 0o170_000 {
        0 | 0o040_000 | 0o100_000 => return None,
        0o120_000 => return Some(ExtractError::Link),
        0o010_000 => "a pipe",
        0o020_000 | 0o060_000 => "a device",
        0o140_000 => "a socket",
        _ => "no file of a known kind",
    };
    Some(ExtractError::Special { what })
}
