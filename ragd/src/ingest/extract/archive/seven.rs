//! 7z archives.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};

use super::super::ExtractError;
use super::{DAMAGED, Opener, Stop, Within, broken, is_of_one, own};

const FORMAT: &str = "7z archive";
/// KiB that a decoder may keep of what came before.
const MEMORY_KIB: usize = 256 << 10;

pub(super) fn fits(bytes: &[u8]) -> bool {
    bytes.starts_with(b"7z\xbc\xaf\x27\x1c")
}

pub(super) fn each(opener: &mut Opener<'_>, bytes: &[u8], within: Within<'_>) -> Result<(), Stop> {
    let mut source = Cursor::new(bytes);
    let password = Password::empty();
    let archive = Archive::read_with_memory_limit(&mut source, &password, MEMORY_KIB);
    let archive = archive.map_err(|error| match is_cut(bytes) {
        true => opener.end(broken(FORMAT, &io::ErrorKind::UnexpectedEof.into())),
        false => stop(opener, &error),
    })?;
    let empty = archive.files.iter().filter(|entry| !entry.has_stream);
    for entry in empty.filter(|entry| !entry.is_directory && !entry.is_anti_item) {
        opener.entry(within, &entry.name, &mut io::empty())?;
    }
    // Which bytes of it a single file was packed to is not known.
    let packed = bytes.len() as u64;
    let meter = opener.meter;
    for block in 0..archive.blocks.len() {
        // With more threads than one it would start them.
        let decoder = BlockDecoder::new_with_memory_limit(
            1,
            MEMORY_KIB,
            block,
            &archive,
            &password,
            &mut source,
        );
        let names = decoder.entries().iter().map(|entry| entry.name.clone());
        let mut names: VecDeque<_> = names.collect();
        let mut stopped = None;
        let read = decoder.for_each_entries(&mut |entry, file| {
            names.pop_front();
            let mut watched = meter.watch(file, packed);
            stopped = take(opener, within, entry, &mut watched).err();
            match stopped {
                None => Ok(true),
                Some(_) => Err(Error::from(own("no more is wanted"))),
            }
        });
        // Blocks stand by themselves: one that is broken does not spoil the others.
        let error = match (stopped, read) {
            (None, Ok(_)) => continue,
            (None, Err(error)) => stop(opener, &error),
            (Some(stop), _) => stop,
        };
        match error {
            Stop::Here(error) if is_of_one(&error) => {
                for name in names {
                    opener.refuse(within, &name, error.clone())?;
                }
            }
            error => return Err(error),
        }
    }
    Ok(())
}

fn take(
    opener: &mut Opener<'_>,
    within: Within<'_>,
    entry: &ArchiveEntry,
    file: &mut dyn Read,
) -> Result<(), Stop> {
    if !entry.has_stream || entry.is_directory || entry.is_anti_item {
        return Ok(());
    }
    if is_link(entry) {
        opener.refuse(within, &entry.name, ExtractError::Link)?;
    } else if let Some(label) = opener.begin(within, &entry.name)? {
        let read = opener.read(within, label.clone(), file);
        if let Err(Stop::Here(error)) = &read
            && is_of_one(error)
        {
            opener.left_out.push((label, error.clone()));
        }
        read?;
    }
    // What is left of it lies before the next, and counts.
    match io::copy(file, &mut io::sink()) {
        Ok(_) => Ok(()),
        Err(error) => Err(opener.end(broken(FORMAT, &error))),
    }
}

/// Tells whether the list of its files, which stands last, lies beyond the end: the library takes the
/// place for nonsense.
fn is_cut(bytes: &[u8]) -> bool {
    const HEAD: usize = 32;
    let number = |at: usize| -> Option<u64> {
        let raw = bytes.get(at..at + 8)?.try_into().ok()?;
        Some(u64::from_le_bytes(raw))
    };
    let (Some(start), Some(length)) = (number(12), number(20)) else {
        return true;
    };
    let end = start.saturating_add(length).saturating_add(HEAD as u64);
    end > bytes.len() as u64
}

/// Programs of Unix keep the mode of a file in the upper half of its attributes.
fn is_link(entry: &ArchiveEntry) -> bool {
    const KIND: u32 = 0o170_000;
    const LINK: u32 = 0o120_000;
    entry.has_windows_attributes && (entry.windows_attributes >> 16) & KIND == LINK
}

fn stop(opener: &Opener<'_>, error: &Error) -> Stop {
    let is_encrypted = match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => true,
        // The library is built without it: there is no password anyway.
        Error::UnsupportedCompressionMethod(method) => method.contains("AES"),
        _ => false,
    };
    match error {
        _ if is_encrypted => Stop::Here(ExtractError::Encrypted),
        Error::MaxMemLimited { .. } => Stop::Here(ExtractError::NeedsMemory),
        Error::Io(error, _) => opener.end(broken(FORMAT, error)),
        error => opener.end(ExtractError::Broken {
            format: FORMAT,
            why: why(error),
        }),
    }
}

fn why(error: &Error) -> String {
    match error {
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => {
            "its checksum is wrong".to_owned()
        }
        Error::UnsupportedVersion { major, minor } => {
            format!("it is of version {major}.{minor}, which is not read")
        }
        Error::UnsupportedCompressionMethod(method) => {
            format!("it is packed by {method}, which is not read")
        }
        Error::ExternalUnsupported | Error::Unsupported(_) => {
            "it is packed in a way that is not read".to_owned()
        }
        _ => DAMAGED.to_owned(),
    }
}
