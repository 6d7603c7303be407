//! Tar archives, packed or not.

use std::cell::Cell;
use std::io::{self, Read};

use super::super::ExtractError;
use super::{Opener, Stop, Within, broken, own};

/// What a tar archive is made of.
pub(super) const BLOCK: usize = 512;
/// Where the sum over the head stands in it.
const SUM: std::ops::Range<usize> = 148..156;

/// What may stand before a file: its head, and those that say its long name. The library keeps them in
/// memory, however long they are.
const HEADS: u64 = 1 << 20;

/// Tells by the sum over its first block: the oldest archives have no other mark.
pub(super) fn fits(bytes: &[u8]) -> bool {
    let Some(head) = bytes.first_chunk::<BLOCK>() else {
        return false;
    };
    let said = String::from_utf8_lossy(&head[SUM]);
    let said = u32::from_str_radix(said.trim_matches([' ', '\0']), 8);
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    let own: u32 = head[SUM].iter().map(|byte| u32::from(*byte)).sum();
    // In the sum, its own place counts as spaces.
    head[0] != 0 && said == Ok(sum - own + 8 * u32::from(b' '))
}

pub(super) fn each(
    opener: &mut Opener<'_>,
    from: impl Read,
    format: &'static str,
    within: Within<'_>,
) -> Result<(), Stop> {
    let left = Cell::new(HEADS);
    let mut archive = ::tar::Archive::new(Guarded {
        inner: from,
        left: &left,
    });
    let end = |opener: &Opener<'_>, error: &io::Error| opener.end(broken(format, error));
    let entries = archive.entries().map_err(|error| end(opener, &error))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| end(opener, &error))?;
        left.set(u64::MAX);
        member(opener, within, &mut entry)?;
        let passed = pass(&mut entry).map_err(|error| end(opener, &error))?;
        left.set(passed.saturating_add(HEADS));
    }
    Ok(())
}

fn member<R: Read>(
    opener: &mut Opener<'_>,
    within: Within<'_>,
    entry: &mut ::tar::Entry<'_, R>,
) -> Result<(), Stop> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let kind = entry.header().entry_type();
    // The oldest archives mark a folder by its name alone.
    if kind.is_dir() || kind.is_pax_global_extensions() || name.ends_with('/') {
        Ok(())
    } else if is_sparse(entry) {
        opener.refuse(within, &name, ExtractError::Special)
    } else if kind.is_file() || kind.is_contiguous() {
        let left = entry.size();
        opener.entry(within, &name, &mut Whole { left, inner: entry })
    } else if kind.is_symlink() || kind.is_hard_link() {
        opener.refuse(within, &name, ExtractError::Link)
    } else {
        opener.refuse(within, &name, ExtractError::Special)
    }
}

/// Passes over what was not read, and returns how much the library has yet to pass over itself.
fn pass<R: Read>(entry: &mut ::tar::Entry<'_, R>) -> io::Result<u64> {
    if entry.header().entry_type().is_gnu_sparse() {
        // Read as a file, what is not there would be zeros without an end.
        return entry.header().entry_size();
    }
    io::copy(entry, &mut io::sink())?;
    Ok(BLOCK as u64)
}

/// Tells whether only parts of a file are there, between which it is said to be empty.
fn is_sparse<R: Read>(entry: &mut ::tar::Entry<'_, R>) -> bool {
    let is_marked = |extension: ::tar::PaxExtension<'_>| {
        let key = extension.key_bytes();
        key.starts_with(b"GNU.sparse")
    };
    if entry.header().entry_type().is_gnu_sparse() {
        return true;
    }
    let Ok(Some(mut all)) = entry.pax_extensions() else {
        return false;
    };
    all.any(|extension| extension.is_ok_and(is_marked))
}

/// A file that must not end before its size.
struct Whole<R> {
    left: u64,
    inner: R,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        match read {
            0 if self.left > 0 && !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

/// A reader that fails where heads are longer than any that is meant well.
struct Guarded<'l, R> {
    inner: R,
    left: &'l Cell<u64>,
}

impl<R: Read> Read for Guarded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(read as u64);
        let left = left.ok_or_else(|| own("its heads are too long"))?;
        self.left.set(left);
        Ok(read)
    }
}
