//! tar: old, GNU and POSIX, as it is or packed as a whole.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;

use tar::{Archive, Entry, EntryType, Header};

use super::super::ExtractError;
use super::broken;
use super::budget::{Counted, Filled};
use super::names::Style;
use super::packed::is_named_tar;
use super::walk::{Halt, Place, Walk};

const FORMAT: &str = "tar archive";
const BLOCK: usize = 512;
/// What may stand before a file: its header, and headers that say its long name. The library keeps
/// these in memory, however long they are.
const HEADERS: u64 = 1 << 20;

/// Tells whether bytes begin with the header of a file, or, by their name, are an archive without any.
pub(super) fn fits(bytes: &[u8], name: &Path) -> bool {
    let Some(block) = bytes.get(..BLOCK) else {
        return false;
    };
    if block.iter().all(|byte| *byte == 0) {
        return is_named_tar(name);
    }
    let is_marked = [b"ustar\0".as_slice(), b"ustar  \0"]
        .iter()
        .any(|mark| block[257..].starts_with(mark));
    is_marked || has_checksum(block)
}

/// Archives older than POSIX have no mark, only a sum over the header.
fn has_checksum(block: &[u8]) -> bool {
    let field = 148..156;
    let sum = (0..)
        .zip(block)
        .map(|(at, byte)| match field.contains(&at) {
            true => u32::from(b' '),
            false => u32::from(*byte),
        })
        .sum::<u32>();
    block[0] != 0
        && Header::from_byte_slice(block)
            .cksum()
            .is_ok_and(|said| said == sum)
}

/// Gives out the files of an archive that is read from `stream`; it was packed to `packed` bytes.
pub(super) fn walk(
    walk: &mut Walk<'_>,
    place: &Place,
    stream: impl Read,
    packed: usize,
) -> Result<(), Halt> {
    let budget = walk.budget;
    let left = Cell::new(HEADERS);
    // All of it is counted, so that what is passed over has its price.
    let mut archive = Archive::new(Guarded {
        reader: Counted::new(stream, budget, packed),
        left: &left,
    });
    let cut = |error: &io::Error| Halt::Archive(broken(FORMAT, error));
    let mut buffer = Vec::new();
    let mut entries = archive.entries().map_err(|error| cut(&error))?;
    loop {
        let next = entries.next();
        budget.check()?;
        let Some(next) = next else {
            return Ok(());
        };
        let mut entry = next.map_err(|error| cut(&error))?;
        left.set(u64::MAX);
        member(walk, place, &mut entry, &mut buffer)?;
        left.set(pass(&mut entry).saturating_add(HEADERS));
        budget.check()?;
    }
}

/// Passes over what was not read, and returns what the library has yet to pass over itself.
fn pass(entry: &mut Entry<'_, impl Read>) -> u64 {
    if entry.header().entry_type().is_gnu_sparse() {
        // Read as a file, its holes are zeros without an end.
        return entry.header().entry_size().unwrap_or_default();
    }
    // An error is seen again at the next header.
    let _ = io::copy(entry, &mut io::sink());
    BLOCK as u64
}

fn member(
    walk: &mut Walk<'_>,
    place: &Place,
    entry: &mut Entry<'_, impl Read>,
    buffer: &mut Vec<u8>,
) -> Result<(), Halt> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let kind = kind(entry, &name);
    if matches!(kind, Member::Nothing) {
        return Ok(());
    }
    let Some(label) = walk.begin(place, &name, Style::Unix)? else {
        return Ok(());
    };
    if let Member::No(error) = kind {
        walk.leave_out(label, error);
        return Ok(());
    }
    let size = entry.size();
    match walk.read_counted(entry, size, buffer)? {
        Ok(Filled::TooLarge) => walk.too_large(label),
        Ok(Filled::Whole) if buffer.len() as u64 == size => walk.give(place, label, buffer)?,
        Ok(Filled::Whole) => {
            return Err(Halt::Archive(ExtractError::Broken {
                format: FORMAT,
                why: "it ends too early".to_owned(),
            }));
        }
        Err(error) => return Err(Halt::Archive(broken(FORMAT, &error))),
    }
    Ok(())
}

enum Member {
    File,
    /// A folder, or a note to whoever unpacks.
    Nothing,
    No(ExtractError),
}

fn kind(entry: &mut Entry<'_, impl Read>, name: &str) -> Member {
    match entry.header().entry_type() {
        // Folders of archives older than POSIX are told by their names only.
        EntryType::Regular | EntryType::Continuous if name.ends_with('/') => Member::Nothing,
        EntryType::Regular | EntryType::Continuous if is_sparse(entry) => sparse(),
        EntryType::Regular | EntryType::Continuous => Member::File,
        EntryType::Directory | EntryType::XGlobalHeader => Member::Nothing,
        EntryType::Link | EntryType::Symlink => Member::No(ExtractError::Link),
        EntryType::GNUSparse => sparse(),
        EntryType::Char | EntryType::Block => special("a device"),
        EntryType::Fifo => special("a pipe"),
        _ => special("no file of a known kind"),
    }
}

/// POSIX archives say in a header before it that a file has holes; its bytes are then a map and what
/// is not a hole.
fn is_sparse(entry: &mut Entry<'_, impl Read>) -> bool {
    let Ok(Some(mut extensions)) = entry.pax_extensions() else {
        return false;
    };
    extensions.any(|extension| {
        extension.is_ok_and(|extension| extension.key_bytes().starts_with(b"GNU.sparse."))
    })
}

fn sparse() -> Member {
    special("a file with holes")
}

fn special(what: &'static str) -> Member {
    Member::No(ExtractError::Special { what })
}

/// A reader that ends where headers are longer than any that is meant well.
struct Guarded<'c, R> {
    reader: R,
    left: &'c Cell<u64>,
}

impl<R: Read> Read for Guarded<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(into)?;
        let left = self.left.get().checked_sub(bytes as u64);
        self.left
            .set(left.ok_or_else(|| io::Error::other("its headers are too long"))?);
        Ok(bytes)
    }
}
