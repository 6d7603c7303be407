//! What a file can be packed by: gzip, bzip2, xz and zstd, each with as many members as it has.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, FrameHeaderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::super::Source;
use super::{own, tar};

/// What a decoder may keep of what came before.
const WINDOW: u64 = 128 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packing {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let known: [(&[u8], Self); 4] = [
            (b"\x1f\x8b\x08", Self::Gzip),
            (b"BZh", Self::Bzip2),
            (b"\xfd7zXZ\0", Self::Xz),
            (b"\x28\xb5\x2f\xfd", Self::Zstd),
        ];
        let known = known
            .into_iter()
            .find(|(magic, _)| bytes.starts_with(magic));
        // Three letters could begin a text.
        let is_block = |bytes: &[u8]| bytes.get(4..10) == Some(b"1AY&SY");
        known
            .map(|(_, packing)| packing)
            .filter(|packing| *packing != Self::Bzip2 || is_block(bytes))
    }

    pub(super) fn format(self) -> &'static str {
        match self {
            Self::Gzip => "gzip file",
            Self::Bzip2 => "bzip2 file",
            Self::Xz => "xz file",
            Self::Zstd => "zstd file",
        }
    }

    /// Returns what was packed, of all members one after the other.
    pub(super) fn open(self, bytes: &[u8]) -> Box<dyn Read + '_> {
        let window_kib = u32::try_from(WINDOW >> 10).unwrap_or(u32::MAX);
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(bytes)),
            Self::Xz => Box::new(XzReader::new_mem_limit(bytes, true, window_kib)),
            Self::Zstd => Box::new(Frames {
                rest: bytes,
                frame: None,
            }),
        }
    }

    /// Tells whether the first thing that is packed is the head of a tar archive.
    pub(super) fn holds_a_tar(self, source: &Source<'_>) -> bool {
        // For its first byte a whole block of bzip2 is unpacked. In an archive of such files that is
        // most of the work, so these have to say in their names that they are tar archives.
        if self == Self::Bzip2 && !is_named_tar(source.name) {
            return false;
        }
        let mut head = Vec::with_capacity(tar::BLOCK);
        let mut opened = self.open(source.bytes).take(tar::BLOCK as u64);
        opened.read_to_end(&mut head).is_ok() && tar::fits(&head)
    }
}

/// Tells whether `a.tar.bz2` or `a.tbz2` is the name of a file, as that of a tar archive.
fn is_named_tar(name: &Path) -> bool {
    let is = |part: Option<&OsStr>, endings: &[&str]| {
        let part = part.unwrap_or_default();
        endings
            .iter()
            .any(|ending| part.eq_ignore_ascii_case(ending))
    };
    let within = name.file_stem().map(Path::new);
    is(name.extension(), &["tbz", "tbz2", "tb2"]) || is(within.and_then(Path::extension), &["tar"])
}

/// The frames of a zstd file, one after the other: the library reads one.
struct Frames<'a> {
    rest: &'a [u8],
    frame: Option<StreamingDecoder<&'a [u8], FrameDecoder>>,
}

impl Frames<'_> {
    /// Begins the next frame that has something in it; tells whether there is one.
    fn next(&mut self) -> io::Result<bool> {
        while !self.rest.is_empty() {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(WINDOW);
            let mut source = self.rest;
            match decoder.init(&mut source) {
                Ok(()) => {
                    let started = StreamingDecoder::new_with_decoder(self.rest, decoder);
                    self.frame = Some(started.map_err(io::Error::other)?);
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let end = usize::try_from(length).map_or(usize::MAX, |length| length + 8);
                    let rest = self.rest.get(end..);
                    self.rest = rest.ok_or(io::ErrorKind::UnexpectedEof)?;
                }
                Err(
                    FrameDecoderError::WindowSizeTooBig { .. }
                    | FrameDecoderError::FrameHeaderError(FrameHeaderError::WindowTooBig { .. }),
                ) => {
                    return Err(io::ErrorKind::OutOfMemory.into());
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(buffer)?;
                if read > 0 {
                    return Ok(read);
                }
                let (said, found) = {
                    let decoder = &frame.decoder;
                    (
                        decoder.get_checksum_from_data(),
                        decoder.get_calculated_checksum(),
                    )
                };
                if said.is_some_and(|said| found != Some(said)) {
                    return Err(own("its checksum is wrong"));
                }
                self.rest = self.frame.take().map_or(&[], StreamingDecoder::into_inner);
            }
            if !self.next()? {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bzip2_file_says_in_its_name_that_it_is_a_tar_archive() {
        for name in ["a.tar.bz2", "b.TBZ2", "c.d.tbz", "a.tar.bz", "dir/a.tb2"] {
            assert!(is_named_tar(Path::new(name)), "{name}");
        }
        for name in ["a.bz2", "tar.bz2", "a.tar.d/b.bz2", "a.tar", "tbz", ""] {
            assert!(!is_named_tar(Path::new(name)), "{name}");
        }
    }
}
