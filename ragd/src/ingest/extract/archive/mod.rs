//! Archives: the list of what is within as a text, and the files themselves, one after the other; and
//! in the same way, what is attached to other documents.
//!
//! An archive within an archive is opened too, on the same budget. Nothing is ever written by a name
//! that an archive gives: names are labels.

mod meter;
mod names;
mod packed;
mod seven;
mod tar;
pub(super) mod zip;

use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use self::meter::Meter;
use self::names::Names;
use self::packed::Packing;
use super::picture::{Picture, View};
use super::{ExtractError, Extracted, Kind, Limits, Source, known};

/// How much may come out of an archive, with all archives within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpack {
    pub bytes: u64,
    pub entry_bytes: u64,
    pub entries: u32,
    /// Archives within archives.
    pub depth: u32,
    /// What comes out may be so many times as large as the archive.
    pub ratio: u64,
    /// The same for one file, and for what is packed as one.
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

/// Tells by its first bytes whether a file may be an archive. Documents of Office may be, too.
pub(super) fn fits(source: &Source<'_>) -> bool {
    Shape::of(source).is_some()
}

/// Tells by its first bytes whether a file is an archive or one that is only packed.
pub(super) fn may_fit(bytes: &[u8]) -> bool {
    zip::fits(bytes) || seven::fits(bytes) || tar::fits(bytes) || Packing::of(bytes).is_some()
}

/// Tells whether more than one file may be within.
pub(super) fn holds_files(source: &Source<'_>) -> bool {
    !matches!(Shape::of(source), None | Some(Shape::Packed(_)))
}

/// Lists what is within; a file that is only packed is read as what it is.
pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    if let Some(Shape::Packed(packing)) = Shape::of(source) {
        return read_packed(source, packing);
    }
    let mut text = String::new();
    let left_out = unpack(source, &mut |name, _| {
        text.push_str(name);
        text.push('\n');
    })?;
    let mut listed = Extracted {
        text,
        kind: Kind::Code,
        language: Some("archive"),
        holds_files: true,
        ..Extracted::default()
    };
    listed.report.left_out = left_out;
    Ok(listed)
}

fn read_packed(source: &Source<'_>, packing: Packing) -> Result<Extracted, ExtractError> {
    let bytes = unpack_one(source, packing)?;
    super::extract(&within(source, &bytes))
}

/// Returns how a page of what is packed looks; none if this is no file that is only packed.
pub(super) fn show_packed(
    source: &Source<'_>,
    view: &View,
) -> Option<Result<Picture, ExtractError>> {
    let Some(Shape::Packed(packing)) = Shape::of(source) else {
        return None;
    };
    let shown = unpack_one(source, packing);
    Some(shown.and_then(|bytes| super::show(&within(source, &bytes), view)))
}

/// Returns the file that was packed, which has the same name but for its end.
fn within<'a>(source: &Source<'a>, bytes: &'a [u8]) -> Source<'a> {
    let name = Path::new(source.name.file_stem().unwrap_or_default());
    Source {
        depth: source.depth + 1,
        seen: source.seen,
        ..Source::new(bytes, name, source.limits)
    }
}

fn unpack_one(source: &Source<'_>, packing: Packing) -> Result<Vec<u8>, ExtractError> {
    let limits = &source.limits.unpack;
    let packed = source.bytes.len();
    let meter = Meter::new(limits, packed);
    let mut bytes = Vec::new();
    let watched = meter.watch(packing.open(source.bytes), packed as u64);
    if let Err(error) = watched.take(limits.entry_bytes + 1).read_to_end(&mut bytes) {
        let broken = || broken(packing.format(), &error);
        return Err(meter.refusal().unwrap_or_else(broken));
    }
    if bytes.len() as u64 > limits.entry_bytes {
        return Err(ExtractError::TooLargeWithin(limits.entry_bytes));
    }
    Ok(bytes)
}

/// Gives out each file of an archive with its name, or what is attached to a document, and returns what
/// was left out.
///
/// After an error, nothing that was given out counts.
pub(super) fn unpack(
    source: &Source<'_>,
    take: &mut dyn FnMut(&str, &[u8]),
) -> Result<Vec<(String, ExtractError)>, ExtractError> {
    let limits = &source.limits.unpack;
    let meter = Meter::new(limits, source.bytes.len());
    let mut opener = Opener {
        source,
        meter: &meter,
        names: Names::default(),
        entries: 0,
        left_out: Vec::new(),
        take,
    };
    let outermost = Within {
        before: "",
        depth: 0,
        is_told: false,
    };
    match opener.open(source.bytes, source.name, outermost) {
        Ok(()) => Ok(opener.left_out),
        // What comes behind a limit is left out, and what comes before it counts.
        Err(Stop::Here(error)) if opener.entries > 0 => {
            opener.left_out.push(("the rest".to_owned(), error));
            Ok(opener.left_out)
        }
        Err(Stop::Here(error) | Stop::Refused(error)) => Err(error),
    }
}

/// Notes what is left out of what is attached to a document. If all of it is refused, it is said where
/// it would be taken in.
pub(super) fn leave_out(written: &mut Extracted, source: &Source<'_>) {
    if written.holds_files
        && let Ok(left_out) = unpack(source, &mut |_, _| {})
    {
        written.report.left_out.extend(left_out);
    }
}

/// What a file is that has others within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Zip,
    Tar,
    PackedTar(Packing),
    Seven,
    /// One file, and no archive.
    Packed(Packing),
}

impl Shape {
    fn of(source: &Source<'_>) -> Option<Self> {
        let bytes = source.bytes;
        if zip::fits(bytes) {
            // Such a file lacks what would make it a document.
            return (!known::is_office(source.name)).then_some(Self::Zip);
        }
        if seven::fits(bytes) {
            return Some(Self::Seven);
        }
        if tar::fits(bytes) {
            return Some(Self::Tar);
        }
        let packing = Packing::of(bytes)?;
        Some(match packing.holds_a_tar(source) {
            true => Self::PackedTar(packing),
            false => Self::Packed(packing),
        })
    }
}

/// Gives out what is within a document.
pub(super) type Each = fn(&mut Opener<'_>, &[u8], Within<'_>) -> Result<(), Stop>;

/// Why no more is read of an archive.
#[derive(Debug)]
pub(super) enum Stop {
    /// What was read counts.
    Here(ExtractError),
    /// Nothing of it counts.
    Refused(ExtractError),
}

pub(super) struct Opener<'a> {
    source: &'a Source<'a>,
    meter: &'a Meter,
    names: Names,
    entries: u32,
    left_out: Vec<(String, ExtractError)>,
    take: &'a mut dyn FnMut(&str, &[u8]),
}

/// Where the files of one archive are: before their names, and so many archives deep.
#[derive(Clone, Copy)]
pub(super) struct Within<'a> {
    before: &'a str,
    depth: u32,
    /// A document around them is given out itself, and will tell what is left out of it.
    is_told: bool,
}

impl Opener<'_> {
    fn open(&mut self, bytes: &[u8], name: &Path, within: Within<'_>) -> Result<(), Stop> {
        let source = self.inner(bytes, name);
        if let Some(reader) = super::reader(&source) {
            return match reader.attached {
                Some(each) => each(self, bytes, within),
                None => Ok(()),
            };
        }
        match Shape::of(&source) {
            Some(Shape::Zip) => zip::each(self, bytes, within),
            Some(Shape::Seven) => seven::each(self, bytes, within),
            Some(Shape::Tar) => tar::each(self, bytes, "tar archive", within),
            Some(Shape::PackedTar(packing)) => {
                let meter = self.meter;
                let watched = meter.watch(packing.open(bytes), bytes.len() as u64);
                tar::each(self, watched, packing.format(), within)
            }
            Some(Shape::Packed(packing)) => self.open_packed(packing, bytes, name, within),
            None => Ok(()),
        }
    }

    /// Opens what is in a file that is only packed. Why it cannot be is said by whoever reads it.
    fn open_packed(
        &mut self,
        packing: Packing,
        bytes: &[u8],
        name: &Path,
        within: Within<'_>,
    ) -> Result<(), Stop> {
        let depth = within.depth + 1;
        let Unpack {
            depth: deepest,
            entry_bytes,
            ..
        } = self.limits().unpack;
        let mut unpacked = Vec::new();
        let watched = self.meter.watch(packing.open(bytes), bytes.len() as u64);
        let read = watched.take(entry_bytes + 1).read_to_end(&mut unpacked);
        if depth >= deepest || read.is_err() || unpacked.len() as u64 > entry_bytes {
            return Ok(());
        }
        let name = Path::new(name.file_stem().unwrap_or_default());
        self.open(&unpacked, name, Within { depth, ..within })
    }

    pub(super) fn limits(&self) -> &Limits {
        self.source.limits
    }

    fn inner<'b>(&'b self, bytes: &'b [u8], name: &'b Path) -> Source<'b> {
        Source {
            depth: self.source.depth,
            ..Source::new(bytes, name, self.source.limits)
        }
    }

    /// Takes a file that stands by itself, of so many bytes as it is packed: one that is broken does not
    /// spoil the others.
    pub(super) fn apart(
        &mut self,
        within: Within<'_>,
        raw: &str,
        packed: u64,
        file: &mut dyn Read,
    ) -> Result<(), Stop> {
        let Some(label) = self.begin(within, raw)? else {
            return Ok(());
        };
        let meter = self.meter;
        match self.read(within, label.clone(), &mut meter.watch(file, packed)) {
            Err(Stop::Here(error)) if is_of_one(&error) => {
                self.leave_out(within, label, error);
                Ok(())
            }
            read => read,
        }
    }

    /// Takes a file of an archive, which `file` reads, or leaves it out.
    fn entry(&mut self, within: Within<'_>, raw: &str, file: &mut dyn Read) -> Result<(), Stop> {
        match self.begin(within, raw)? {
            Some(name) => self.read(within, name, file),
            None => Ok(()),
        }
    }

    /// Takes the file with a label.
    fn read(&mut self, within: Within<'_>, name: String, file: &mut dyn Read) -> Result<(), Stop> {
        let limit = self.source.limits.unpack.entry_bytes;
        let mut bytes = Vec::new();
        let read = file.take(limit + 1).read_to_end(&mut bytes);
        if let Some(refusal) = self.meter.stop() {
            return Err(refusal);
        }
        if let Err(error) = read {
            return Err(Stop::Here(broken("archive", &error)));
        }
        if bytes.len() as u64 > limit {
            self.leave_out(within, name, ExtractError::TooLargeWithin(limit));
            return Ok(());
        }
        self.give(within, name, &bytes)
    }

    /// Counts an entry and returns its label; none if it is left out for its name.
    fn begin(&mut self, within: Within<'_>, raw: &str) -> Result<Option<String>, Stop> {
        let limit = self.source.limits.unpack.entries;
        if self.entries == limit {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            return Err(Stop::Here(ExtractError::TooManyWithin(limit)));
        }
        self.entries += 1;
        match self.names.label(within.before, raw) {
            Ok(name) if within.depth < self.limits().unpack.depth => return Ok(Some(name)),
            Ok(name) => self.leave_out(within, name, ExtractError::TooDeep),
            Err((shown, error)) => self.leave_out(within, shown, error),
        }
        Ok(None)
    }

    fn leave_out(&mut self, within: Within<'_>, name: String, error: ExtractError) {
        // Only here is it known how deep it is.
        if !within.is_told || error == ExtractError::TooDeep {
            self.left_out.push((name, error));
        }
    }

    /// Gives out a file, and what is attached to it; or, if it is an archive, what is within.
    fn give(&mut self, within: Within<'_>, name: String, bytes: &[u8]) -> Result<(), Stop> {
        let inner = self.inner(bytes, Path::new(&name));
        let is_archive = super::is_archive(&inner);
        let is_document = super::may_have_attached(&inner);
        if !is_archive {
            (self.take)(&name, bytes);
        }
        if !is_archive && !is_document {
            return Ok(());
        }
        let depth = within.depth + 1;
        if is_archive && depth >= self.limits().unpack.depth {
            self.leave_out(within, name, ExtractError::TooDeep);
            return Ok(());
        }
        let before = format!("{name}!/");
        let inner = Within {
            before: &before,
            depth,
            is_told: within.is_told || is_document,
        };
        match self.open(bytes, Path::new(&name), inner) {
            // It does not spoil what it lies in.
            Err(Stop::Here(error)) if is_of_one(&error) => {
                self.leave_out(within, name, error);
                Ok(())
            }
            opened => opened,
        }
    }

    /// Leaves out an entry that is no file, or cannot be one here.
    pub(super) fn refuse(
        &mut self,
        within: Within<'_>,
        raw: &str,
        error: ExtractError,
    ) -> Result<(), Stop> {
        if let Some(name) = self.begin(within, raw)? {
            self.leave_out(within, name, error);
        }
        Ok(())
    }

    /// Returns why an archive ends here: a limit that made it fail, or how it failed.
    fn end(&self, error: ExtractError) -> Stop {
        self.meter.stop().unwrap_or(Stop::Here(error))
    }
}

/// Tells whether an error is that of one archive or file, and none of all that is within.
fn is_of_one(error: &ExtractError) -> bool {
    matches!(
        error,
        ExtractError::Broken { .. } | ExtractError::Encrypted | ExtractError::NeedsMemory
    )
}

/// Returns what is wrong with what cannot be unpacked.
fn broken(format: &'static str, error: &io::Error) -> ExtractError {
    match error.kind() {
        io::ErrorKind::OutOfMemory => ExtractError::NeedsMemory,
        _ => ExtractError::Broken {
            format,
            why: why(error).to_owned(),
        },
    }
}

/// What is wrong if nobody can tell.
const DAMAGED: &str = "it is damaged, or its end is missing";

/// Says in our words what libraries say in those of their code.
pub(super) fn why(error: &io::Error) -> &'static str {
    let own = error.get_ref().and_then(|error| error.downcast_ref());
    match (error.kind(), own) {
        (_, Some(Own(why))) => why,
        (io::ErrorKind::UnexpectedEof, None) => "its end is missing: it was cut",
        _ => DAMAGED,
    }
}

/// An error of ours on its way through a library.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Own(&'static str);

fn own(why: &'static str) -> io::Error {
    io::Error::other(Own(why))
}
