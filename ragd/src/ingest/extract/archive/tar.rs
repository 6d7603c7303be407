//! Tar archives, packed or not.

use std::io::Read;

use super::super::ExtractError;
use super::{Opener, Stop, Within};

/// What a tar archive is made of.
pub(super) const BLOCK: usize = 512;
/// Where the sum over the head stands in it.
const SUM: std::ops::Range<usize> = 148..156;

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
    let mut archive = ::tar::Archive::new(from);
    let entries = archive.entries();
    let entries = entries.map_err(|error| opener.broken(format, error.to_string()))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| opener.broken(format, error.to_string()))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        // The oldest archives mark a folder by its name alone.
        if kind.is_dir() || kind.is_pax_global_extensions() || name.ends_with('/') {
            continue;
        }
        if is_sparse(&mut entry) {
            opener.refuse(within, &name, ExtractError::Special)?;
        } else if kind.is_file() || kind.is_contiguous() {
            let size = entry.size();
            let mut file = Whole {
                left: size,
                inner: &mut entry,
            };
            opener.entry(within, &name, &mut file)?;
        } else if kind.is_symlink() || kind.is_hard_link() {
            opener.refuse(within, &name, ExtractError::Link)?;
        } else {
            opener.refuse(within, &name, ExtractError::Special)?;
        }
    }
    Ok(())
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
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        match read {
            0 if self.left > 0 && !buffer.is_empty() => {
                Err(std::io::ErrorKind::UnexpectedEof.into())
            }
            read => Ok(read),
        }
    }
}
