//! 7z: files in blocks, which are packed each as one.

use std::io::{self, Cursor, Read};

use sevenz_rust2::{Archive, ArchiveEntry, Block, BlockDecoder, EncoderMethod, Error, Password};

use super::super::ExtractError;
use super::broken;
use super::budget::Filled;
use super::names::Style;
use super::walk::{Halt, Place, Walk};

const FORMAT: &str = "7z archive";
const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";
/// Memory that a dictionary or the list of files may need; `7z -mx9` uses 64 MiB.
const MEMORY_KB: usize = 256 << 10;
/// A second thread could not be started.
const THREADS: u32 = 1;

pub(super) fn fits(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn walk(walk: &mut Walk<'_>, place: &Place, bytes: &[u8]) -> Result<(), Halt> {
    let mut source = Cursor::new(bytes);
    let password = Password::empty();
    let archive = Archive::read_with_memory_limit(&mut source, &password, MEMORY_KB)
        .map_err(|error| Halt::Archive(reason(&error)))?;
    let mut reading = Reading {
        walk,
        place,
        packed: bytes.len(),
        buffer: Vec::new(),
    };
    for (index, block) in archive.blocks.iter().enumerate() {
        let decoder = BlockDecoder::new_with_memory_limit(
            THREADS,
            MEMORY_KB,
            index,
            &archive,
            &password,
            &mut source,
        );
        if is_encrypted(block) {
            for entry in decoder.entries() {
                reading.leave_out(entry, ExtractError::Encrypted)?;
            }
            continue;
        }
        reading.block(decoder, &archive, index)?;
    }
    // What has no bytes is in no block.
    let blocks = archive
        .files
        .iter()
        .zip(&archive.stream_map.file_block_index);
    for (entry, _) in blocks.filter(|(_, block)| block.is_none()) {
        reading.member(entry, &mut io::empty())?;
    }
    Ok(())
}

struct Reading<'a, 'w> {
    walk: &'a mut Walk<'w>,
    place: &'a Place,
    /// The whole archive: which bytes of it a file was packed to is not known.
    packed: usize,
    buffer: Vec<u8>,
}

impl Reading<'_, '_> {
    /// Reads the files of a block. What cannot be read in it is left out by name, and other blocks
    /// can be read all the same.
    fn block(
        &mut self,
        decoder: BlockDecoder<'_, Cursor<&[u8]>>,
        archive: &Archive,
        index: usize,
    ) -> Result<(), Halt> {
        let (mut done, all) = (0, decoder.entry_count());
        let mut halt = None;
        let read = decoder.for_each_entries(&mut |entry, reader| {
            done += 1;
            match self.member(entry, reader) {
                Ok(is_read) => Ok(is_read),
                Err(stop) => {
                    halt = Some(stop);
                    Ok(false)
                }
            }
        });
        if let Some(halt) = halt {
            return Err(halt);
        }
        self.walk.budget.check()?;
        let error = match read {
            Ok(_) => ExtractError::Broken {
                format: FORMAT,
                why: "a file before it in the same block is broken".to_owned(),
            },
            Err(error) => reason(&error),
        };
        let first = archive.stream_map.block_first_file_index[index];
        for entry in &archive.files[first + done..first + all] {
            self.leave_out(entry, error.clone())?;
        }
        Ok(())
    }

    /// Tells whether what follows in the same block can be read.
    fn member(&mut self, entry: &ArchiveEntry, reader: &mut dyn Read) -> Result<bool, Halt> {
        if let Some(error) = refusal(entry) {
            self.leave_out(entry, error)?;
            return self.pass(reader);
        }
        if entry.is_directory || entry.is_anti_item {
            return self.pass(reader);
        }
        let Some(label) = self.walk.begin(self.place, &entry.name, Style::Unix)? else {
            return self.pass(reader);
        };
        let read = self
            .walk
            .read(&mut *reader, self.packed, entry.size, &mut self.buffer)?;
        match read {
            Ok(Filled::Whole) => {
                self.walk.give(self.place, label, &self.buffer)?;
                Ok(true)
            }
            Ok(Filled::TooLarge) => {
                self.walk.too_large(label);
                self.pass(reader)
            }
            Err(error) => {
                self.walk.failed(label, FORMAT, &error);
                Ok(false)
            }
        }
    }

    /// Reads what nobody wants: it stands before what follows. The library would, uncounted.
    fn pass(&mut self, reader: &mut dyn Read) -> Result<bool, Halt> {
        let mut counted = super::budget::Counted::new(reader, self.walk.budget, self.packed);
        let passed = io::copy(&mut counted, &mut io::sink());
        self.walk.budget.check()?;
        Ok(passed.is_ok())
    }

    fn leave_out(&mut self, entry: &ArchiveEntry, error: ExtractError) -> Result<(), Halt> {
        if entry.is_directory || entry.is_anti_item {
            return Ok(());
        }
        if let Some(label) = self.walk.begin(self.place, &entry.name, Style::Unix)? {
            self.walk.leave_out(label, error);
        }
        Ok(())
    }
}

fn is_encrypted(block: &Block) -> bool {
    let mut coders = block.coders.iter();
    coders.any(|coder| coder.encoder_method_id() == EncoderMethod::ID_AES256_SHA256)
}

/// Tells why an entry is no file: the upper half of the attributes is a Unix mode, where a bit says so.
fn refusal(entry: &ArchiveEntry) -> Option<ExtractError> {
    const HAS_MODE: u32 = 0x8000;
    const REPARSE_POINT: u32 = 0x400;
    let attributes = entry.windows_attributes;
    if !entry.has_windows_attributes {
        return None;
    }
    if attributes & HAS_MODE != 0 {
        return super::special_mode(attributes >> 16);
    }
    (attributes & REPARSE_POINT != 0).then_some(ExtractError::Link)
}

fn reason(error: &Error) -> ExtractError {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => ExtractError::Encrypted,
        // Without a password, the method that it would be decoded by is unknown to the library.
        Error::UnsupportedCompressionMethod(name)
            if name == EncoderMethod::AES256_SHA256.name() =>
        {
            ExtractError::Encrypted
        }
        Error::UnsupportedCompressionMethod(_) => ExtractError::Unsupported {
            format: "the way in which it is packed",
        },
        Error::MaxMemLimited { .. } => ExtractError::NeedsMemory,
        Error::Io(error, _) => broken(FORMAT, error),
        error => ExtractError::Broken {
            format: FORMAT,
            why: plain(error),
        },
    }
}

/// The library shows its errors as code.
fn plain(error: &Error) -> String {
    match error {
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => {
            "its checksum is wrong".to_owned()
        }
        Error::Other(why) | Error::Unsupported(why) => why.to_string(),
        _ => "its list of files is broken".to_owned(),
    }
}
