//! What packs one file: gzip, bzip2, xz and Zstandard.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::super::{ExtractError, Source};
use super::budget::{self, Budget, Counted, Filled};
use super::walk::Halt;
use super::{Unpack, broken, tar};

/// Memory that an xz file may ask for, in KiB; `xz -9` asks for 64 MiB.
const XZ_KB: u32 = 256 << 10;
/// How far back a Zstandard file may refer, as with `--long=27`.
const ZSTD_WINDOW: u64 = 1 << 27;
const ZSTD: [u8; 4] = *b"\x28\xb5\x2f\xfd";
/// So much is unpacked to see whether it is a tar archive.
const HEAD: u64 = 1_024;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packing {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let is_bzip2 = |rest: &[u8]| {
            // Three letters could begin a text: the size and the mark of a block have to follow.
            matches!(rest.first(), Some(b'1'..=b'9'))
                && [b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"]
                    .iter()
                    .any(|mark| rest[1..].starts_with(*mark))
        };
        match bytes {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', rest @ ..] if is_bzip2(rest) => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            _ if bytes.starts_with(&ZSTD) => Some(Self::Zstd),
            _ => None,
        }
    }

    fn format(self) -> &'static str {
        match self {
            Self::Gzip => "gzip file",
            Self::Bzip2 => "bzip2 file",
            Self::Xz => "xz file",
            Self::Zstd => "zstd file",
        }
    }

    /// Returns what was packed. Files that were packed one after the other are one file.
    pub(super) fn reader(self, bytes: &[u8]) -> Box<dyn Read + '_> {
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(bytes)),
            Self::Xz => Box::new(XzReader::new_mem_limit(bytes, true, XZ_KB)),
            Self::Zstd => Box::new(Frames::new(bytes)),
        }
    }

    /// Tells whether a tar archive was packed.
    pub(super) fn holds_tar(self, source: &Source<'_>) -> bool {
        let within = name_within(source.name);
        // A block of bzip2 is unpacked as a whole, up to 46 MB: that many times is too much work for
        // an archive of such files, so these have to say in their names that they are tar archives.
        let is_cheap = self != Self::Bzip2;
        if !is_cheap && !is_named_tar(&within) {
            return false;
        }
        let mut head = Vec::new();
        // What came before an error counts.
        let _ = self.reader(source.bytes).take(HEAD).read_to_end(&mut head);
        tar::fits(&head, &within)
    }

    /// Returns the one file that was packed.
    pub(super) fn unpacked(self, bytes: &[u8], limits: &Unpack) -> Result<Vec<u8>, ExtractError> {
        let budget = Budget::new(limits, bytes.len());
        let mut counted = Counted::new(self.reader(bytes), &budget, bytes.len());
        let mut unpacked = Vec::new();
        let filled = budget::fill(&mut counted, &mut unpacked, 0, limits.entry_bytes);
        budget.check().map_err(|halt| match halt {
            Halt::Archive(error) | Halt::Full(error) | Halt::Refused(error) => error,
        })?;
        match filled {
            Ok(Filled::Whole) => Ok(unpacked),
            Ok(Filled::TooLarge) => Err(ExtractError::TooLargeWithin(limits.entry_bytes)),
            Err(error) => Err(broken(self.format(), &error)),
        }
    }
}

/// Returns the name of what was packed.
pub(super) fn name_within(name: &Path) -> PathBuf {
    let extension = name.extension().and_then(OsStr::to_str);
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("gz" | "bz2" | "bz" | "xz" | "zst" | "zstd" | "z") => name.with_extension(""),
        Some("tgz" | "tbz" | "tbz2" | "tb2" | "txz" | "tzst") => name.with_extension("tar"),
        Some("svgz") => name.with_extension("svg"),
        _ => name.to_path_buf(),
    }
}

pub(super) fn is_named_tar(name: &Path) -> bool {
    name.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("tar"))
}

/// Zstandard: frames one after the other, some of which are to be skipped. The library reads one.
struct Frames<'a> {
    rest: &'a [u8],
    decoder: FrameDecoder,
    is_within: bool,
}

impl<'a> Frames<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        Self {
            rest: bytes,
            decoder,
            is_within: false,
        }
    }

    /// Goes to the next frame; tells whether there is one.
    fn next(&mut self) -> io::Result<bool> {
        while let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, rest @ ..] = self.rest {
            let size = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            self.rest = rest.get(size..).ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        if self.rest.is_empty() {
            return Ok(false);
        }
        let begun = self.decoder.reset(&mut self.rest);
        begun.map_err(|error| match error {
            FrameDecoderError::WindowSizeTooBig { .. } => io::ErrorKind::OutOfMemory.into(),
            error => io::Error::other(error),
        })?;
        self.is_within = true;
        Ok(true)
    }

    fn end(&mut self) -> io::Result<()> {
        self.is_within = false;
        let said = self.decoder.get_checksum_from_data();
        match said.is_some() && said != self.decoder.get_calculated_checksum() {
            true => Err(io::Error::other("its checksum is wrong")),
            false => Ok(()),
        }
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while self.is_within || self.next()? {
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.rest, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            match self.decoder.read(into)? {
                0 => self.end()?,
                bytes => return Ok(bytes),
            }
        }
        Ok(0)
    }
}
