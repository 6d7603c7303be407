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
        if kind.is_file() || kind.is_contiguous() {
            let size = entry.size();
            let mut file = Whole {
                left: size,
                inner: &mut entry,
            };
            opener.entry(within, &name, &mut file)?;
        } else if kind.is_symlink() || kind.is_hard_link() {
            opener.refuse(within, &name, ExtractError::Link)?;
        } else if kind.is_character_special()
            || kind.is_block_special()
            || kind.is_fifo()
            || kind.is_gnu_sparse()
        {
            opener.refuse(within, &name, ExtractError::Special)?;
        }
    }
    Ok(())
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
