//! ZIP, also as jar, wheel or app: files that are packed one by one, and a directory at the end.
//!
//! Read by our own code: the library of documents keeps one of several files with the same name, and
//! the whole directory in memory; and where the end of an archive is missing, it reads nothing.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::bufread::DeflateDecoder;

use super::super::{ExtractError, zipped};
use super::budget::Filled;
use super::headers::{self, CENTRAL, Directory, END, Header};
use super::packed::Packing;
use super::walk::{Halt, Place, Walk};
use super::{broken, special_mode};

const FORMAT: &str = "ZIP archive";
const BROKEN_LIST: &str = "its list of files is broken";

pub(super) fn fits(bytes: &[u8]) -> bool {
    bytes.starts_with(zipped::MAGIC) || bytes.starts_with(END)
}

pub(super) fn walk(walk: &mut Walk<'_>, place: &Place, bytes: &[u8]) -> Result<(), Halt> {
    let mut reading = Reading {
        walk,
        place,
        buffer: Vec::new(),
    };
    match Directory::find(bytes) {
        Some(directory) => reading.listed(bytes, &directory),
        None => reading.unlisted(bytes),
    }
}

/// Parts of archives whose compressed bytes were read: they must not overlap.
#[derive(Default)]
struct Taken(BTreeMap<usize, usize>);

impl Taken {
    /// Tells whether a part was free.
    fn take(&mut self, from: usize, to: usize) -> bool {
        if from == to {
            return true;
        }
        let before = self.0.range(..to).next_back();
        if before.is_some_and(|(_, end)| *end > from) {
            return false;
        }
        self.0.insert(from, to);
        true
    }
}

struct Reading<'a, 'w> {
    walk: &'a mut Walk<'w>,
    place: &'a Place,
    buffer: Vec<u8>,
}

impl Reading<'_, '_> {
    /// Reads the files that are in the list.
    fn listed(&mut self, bytes: &[u8], directory: &Directory) -> Result<(), Halt> {
        let (mut at, mut entries) = (directory.at, 0);
        let mut taken = Taken::default();
        while let Some(list) = bytes.get(at..directory.end)
            && list.starts_with(CENTRAL)
        {
            let (header, local, length) = headers::central(list).ok_or_else(|| cut(BROKEN_LIST))?;
            at += length;
            entries += 1;
            let local = i64::try_from(local).ok();
            let local = local.and_then(|local| local.checked_add(directory.shift));
            let data = local
                .and_then(|local| usize::try_from(local).ok())
                .and_then(|local| headers::data(bytes, local, header.packed));
            if header.is_folder {
                continue;
            }
            let Some((from, to)) = data else {
                self.leave_out(&header, wrong("its bytes are not where the list says"))?;
                continue;
            };
            // Of what is not unpacked, the same bytes may stand for many.
            if !header.is_encrypted() && !taken.take(from, to) {
                return Err(Halt::Refused(ExtractError::Bomb));
            }
            self.member(&header, &bytes[from..to])?;
        }
        // Older programs count modulo 65,536.
        match (entries ^ directory.entries) & 0xffff {
            0 => Ok(()),
            _ => Err(cut(BROKEN_LIST)),
        }
    }

    /// Reads what stands one after the other, where the list at the end is missing.
    fn unlisted(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        let mut at = 0;
        while let Some((mut header, start)) = bytes.get(at..).and_then(headers::local) {
            let from = at + start;
            if header.has_descriptor() && header.packed == 0 && !header.is_folder {
                let Some((length, sum)) = headers::streamed(&bytes[from..]) else {
                    break;
                };
                (header.packed, header.sum) = (length as u64, sum);
            }
            let to = usize::try_from(header.packed)
                .ok()
                .and_then(|packed| from.checked_add(packed));
            let Some(data) = to.and_then(|to| bytes.get(from..to)) else {
                break;
            };
            at = from + data.len();
            if header.has_descriptor() {
                at += headers::descriptor(&bytes[at..]);
            }
            if !header.is_folder {
                self.member(&header, data)?;
            }
        }
        Err(cut("its list of files is missing"))
    }

    fn leave_out(&mut self, header: &Header<'_>, error: ExtractError) -> Result<(), Halt> {
        if let Some(label) = self.walk.begin(self.place, &header.name, header.style)? {
            self.walk.leave_out(label, error);
        }
        Ok(())
    }

    fn member(&mut self, header: &Header<'_>, data: &[u8]) -> Result<(), Halt> {
        if let Some(error) = special_mode(header.mode) {
            return self.leave_out(header, error);
        }
        if header.is_encrypted() {
            return self.leave_out(header, ExtractError::Encrypted);
        }
        let Some(reader) = reader(header.method, data) else {
            let format = "the way in which it is packed";
            return self.leave_out(header, ExtractError::Unsupported { format });
        };
        let Some(label) = self.walk.begin(self.place, &header.name, header.style)? else {
            return Ok(());
        };
        let Self { walk, buffer, .. } = self;
        match walk.read(reader, data.len(), header.size, buffer)? {
            Ok(Filled::TooLarge) => walk.too_large(label),
            Ok(Filled::Whole) if crc32fast::hash(buffer) != header.sum => {
                walk.leave_out(label, wrong("its checksum is wrong"));
            }
            Ok(Filled::Whole) => walk.give(self.place, label, buffer)?,
            Err(error) => walk.leave_out(label, broken(FORMAT, &error)),
        }
        Ok(())
    }
}

fn wrong(why: &str) -> ExtractError {
    ExtractError::Broken {
        format: FORMAT,
        why: why.to_owned(),
    }
}

fn cut(why: &str) -> Halt {
    Halt::Archive(wrong(why))
}

/// Returns what was packed; none if it is not known how.
fn reader(method: u16, data: &[u8]) -> Option<Box<dyn Read + '_>> {
    Some(match method {
        0 => Box::new(data),
        8 => Box::new(DeflateDecoder::new(data)),
        12 => Packing::Bzip2.reader(data),
        93 => Packing::Zstd.reader(data),
        95 => Packing::Xz.reader(data),
        _ => return None,
    })
}
