//! Archives, also such as no program writes.

use std::io::{Cursor, Write as _};

use ::zip::CompressionMethod;
use ::zip::read::ZipArchive;
use ::zip::write::{SimpleFileOptions, ZipWriter};

pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Deflated, files)
}

/// The same, with the files as they are.
pub(crate) fn stored_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Stored, files)
}

fn zip_by(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    add(&mut writer, method, files);
    writer.finish().unwrap().into_inner()
}

fn add(
    writer: &mut ZipWriter<Cursor<Vec<u8>>>,
    method: CompressionMethod,
    files: &[(&str, &[u8])],
) {
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
}

/// A file of Unix in a ZIP archive: a link, a device.
pub(crate) fn zip_with_mode(mode: u32) -> Vec<u8> {
    let mut bytes = zip(&[("ab", b"/etc/passwd")]);
    let entry = bytes
        .windows(4)
        .rposition(|four| four == b"PK\x01\x02")
        .unwrap();
    // Written on Unix, whose mode stands in the upper half of the attributes.
    bytes[entry + 5] = 3;
    bytes[entry + 38..entry + 42].copy_from_slice(&(mode << 16).to_le_bytes());
    bytes
}

/// Two entries of the central directory that name the same bytes.
pub(crate) fn overlapping_zip() -> Vec<u8> {
    let mut bytes = zip(&[("aaaa", b"words of one"), ("bbbb", b"other words")]);
    let second = bytes.windows(4).rposition(|w| w == b"bbbb").unwrap() - 46;
    bytes[second + 42..second + 46].copy_from_slice(&[0; 4]);
    bytes
}

/// An entry that says of its size what is not so.
pub(crate) fn lying_zip(size: u32) -> Vec<u8> {
    let mut bytes = zip(&[("a.txt", &b"words ".repeat(100))]);
    for (mark, at) in [(b"PK\x03\x04", 18), (b"PK\x01\x02", 20)] {
        let entry = bytes.windows(4).rposition(|four| four == mark).unwrap() + at;
        bytes[entry..entry + 4].copy_from_slice(&size.to_le_bytes());
        bytes[entry + 4..entry + 8].copy_from_slice(&size.to_le_bytes());
    }
    bytes
}

/// A document of many parts with some in place of its own, or besides them.
pub(crate) fn with_parts(document: &[u8], parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(document)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        // As it is: what tells the format is not packed.
        let part = archive.by_index_raw(at).unwrap();
        if parts.iter().all(|(name, _)| *name != part.name().unwrap()) {
            writer.raw_copy_file(part).unwrap();
        }
    }
    add(&mut writer, CompressionMethod::Deflated, parts);
    writer.finish().unwrap().into_inner()
}

/// Returns a tar archive of files.
pub(crate) fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries = files
        .iter()
        .map(|(name, content)| entry(name.as_bytes(), b'0', b"", content));
    tar(&entries.collect::<Vec<_>>())
}

/// An entry of a tar archive: kinds are `0` for a file, `1` and `2` for links, `L` for a long name.
pub(crate) fn entry(name: &[u8], kind: u8, link: &[u8], content: &[u8]) -> Vec<u8> {
    let size = format!("{:011o}", content.len());
    let mut entry = head(name, kind, link, size.as_bytes());
    entry.extend_from_slice(content);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

pub(crate) fn head(name: &[u8], kind: u8, link: &[u8], size: &[u8]) -> Vec<u8> {
    let mut head = vec![0; 512];
    let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(124, size);
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, link);
    put(257, b"ustar\x0000");
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    head
}

pub(crate) fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut tar = entries.concat();
    tar.extend([0; 1_024]);
    tar
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zst(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}
