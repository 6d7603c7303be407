//! ZIP archives, also by other names: jar, war, whl, apk.

use std::io::Cursor;
use std::ops::Range;

use ::zip::ZipReadOptions;
use ::zip::read::{Config, ZipFileEntry, read_zipfile_from_stream};
use ::zip::result::ZipError;
use ::zip::unstable::read::ZipIterable;

use super::super::{ExtractError, zipped};
use super::{DAMAGED, Opener, Stop, Within};

const FORMAT: &str = "ZIP archive";
/// What a ZIP archive begins with that has nothing in it.
const EMPTY: &[u8] = b"PK\x05\x06";

/// Goes through the directory entry by entry: as a map by names it would keep one of two that have the
/// same, and all of them in memory.
type Archive<'a> = ZipIterable<Cursor<&'a [u8]>>;

pub(super) fn fits(bytes: &[u8]) -> bool {
    bytes.starts_with(zipped::MAGIC) || bytes.starts_with(EMPTY)
}

pub(super) fn each(opener: &mut Opener<'_>, bytes: &[u8], within: Within<'_>) -> Result<(), Stop> {
    let opened = ZipIterable::try_new(Cursor::new(bytes), Config::default());
    let checked = opened.and_then(|mut archive| Ok((overlaps(&mut archive, bytes)?, archive)));
    let mut archive = match checked {
        Ok((false, archive)) => archive,
        Ok((true, _)) => return Err(Stop::Refused(ExtractError::Bomb)),
        Err(error) => return each_in_stream(opener, bytes, within, broken(&error)),
    };
    let directory = archive
        .files()
        .map_err(|error| Stop::Here(broken(&error)))?;
    let mut body = Cursor::new(bytes);
    for entry in directory {
        let entry = entry.map_err(|error| Stop::Here(broken(&error)))?;
        if entry.is_dir() {
            continue;
        }
        let name = name(&entry);
        if let Some(error) = refusal(&entry) {
            opener.refuse(within, &name, error)?;
            continue;
        }
        match entry.with_reader(&mut body, ZipReadOptions::new()) {
            Ok(mut file) => opener.apart(within, &name, file.compressed_size(), &mut file)?,
            Err(error) => opener.refuse(within, &name, broken(&error))?,
        }
    }
    Ok(())
}

/// Reads an archive that lost its end, and with it its directory, from the front.
fn each_in_stream(
    opener: &mut Opener<'_>,
    mut bytes: &[u8],
    within: Within<'_>,
    why: ExtractError,
) -> Result<(), Stop> {
    let whole = bytes.len() as u64;
    while let Ok(Some(mut file)) = read_zipfile_from_stream(&mut bytes) {
        if file.is_dir() {
            continue;
        }
        let name = name(&file.entry());
        let refused = refusal(&file.entry());
        // Here nothing holds the head of a file to the truth but what is left of the archive.
        let packed = file.compressed_size().min(whole);
        match refused {
            Some(error) => opener.refuse(within, &name, error)?,
            None => opener.apart(within, &name, packed, &mut file)?,
        }
    }
    Err(Stop::Here(why))
}

fn broken(error: &ZipError) -> ExtractError {
    let (format, why) = (FORMAT, why(error));
    ExtractError::Broken { format, why }
}

/// Says in our words what is wrong with a ZIP file.
pub(in super::super) fn why(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => super::why(error).to_owned(),
        ZipError::CompressionMethodNotSupported(method) => {
            format!("it is packed by method {method}, which is not read")
        }
        ZipError::UnsupportedArchive(_) => "it is packed in a way that is not read".to_owned(),
        _ => DAMAGED.to_owned(),
    }
}

fn name(entry: &ZipFileEntry<'_>) -> String {
    let name = match entry.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
    };
    // Some programs for Windows write its separators.
    match name.contains('/') {
        true => name,
        false => name.replace('\\', "/"),
    }
}

fn refusal(entry: &ZipFileEntry<'_>) -> Option<ExtractError> {
    const KIND: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    let kind = entry.unix_mode().map_or(0, |mode| mode & KIND);
    match kind {
        _ if entry.is_symlink() => Some(ExtractError::Link),
        kind if kind != 0 && kind != REGULAR => Some(ExtractError::Special),
        _ if entry.encrypted() => Some(ExtractError::Encrypted),
        _ => None,
    }
}

/// Tells whether two files are made of the same bytes, as only bombs are.
fn overlaps(archive: &mut Archive<'_>, bytes: &[u8]) -> Result<bool, ZipError> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for entry in archive.files()? {
        ranges.extend(range(&entry?, bytes));
    }
    ranges.sort_unstable_by_key(|range| range.start);
    Ok(ranges.windows(2).any(|two| two[1].start < two[0].end))
}

/// Returns where the head and the bytes of a file are; none where there is no head.
fn range(entry: &ZipFileEntry<'_>, bytes: &[u8]) -> Option<Range<u64>> {
    const HEAD: usize = 30;
    const LENGTHS: [usize; 2] = [26, 28];
    let start = entry.header_start();
    let head = bytes.get(usize::try_from(start).ok()?..)?;
    let head = head
        .first_chunk::<HEAD>()
        .filter(|head| head.starts_with(zipped::MAGIC))?;
    let lengths = LENGTHS.map(|at| u64::from(u16::from_le_bytes([head[at], head[at + 1]])));
    let data = start + HEAD as u64 + lengths.iter().sum::<u64>();
    Some(start..data.saturating_add(entry.compressed_size()))
}
