//! ZIP archives, also by other names: jar, war, whl, apk.

use std::io::Cursor;
use std::ops::Range;

use ::zip::ZipArchive;
use ::zip::read::{ZipFile, read_zipfile_from_stream};
use ::zip::result::ZipError;

use super::super::{ExtractError, zipped};
use super::{Opener, Stop, Within};

const FORMAT: &str = "ZIP archive";
/// What a ZIP archive begins with that has nothing in it.
const EMPTY: &[u8] = b"PK\x05\x06";

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

pub(super) fn fits(bytes: &[u8]) -> bool {
    bytes.starts_with(zipped::MAGIC) || bytes.starts_with(EMPTY)
}

pub(super) fn each(opener: &mut Opener<'_>, bytes: &[u8], within: Within<'_>) -> Result<(), Stop> {
    let broken = |error: ZipError| ExtractError::Broken {
        format: FORMAT,
        why: error.to_string(),
    };
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return each_in_stream(opener, bytes, within, broken(error)),
    };
    if overlaps(&mut archive) {
        return Err(Stop::Refused(ExtractError::Bomb));
    }
    for at in 0..archive.len() {
        let (name, refused) = match archive.by_index_raw(at) {
            Ok(file) if file.is_dir() => continue,
            Ok(file) => (name(&file), refusal(&file)),
            Err(error) => (format!("entry {}", at + 1), Some(broken(error))),
        };
        if let Some(error) = refused {
            opener.refuse(within, &name, error)?;
            continue;
        }
        match archive.by_index(at) {
            Ok(file) => {
                let meter = opener.meter;
                let mut watched = meter.watch(file);
                read(opener, within, &name, &mut watched)?;
            }
            Err(error) => opener.refuse(within, &name, broken(error))?,
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
    while let Ok(Some(file)) = read_zipfile_from_stream(&mut bytes) {
        if file.is_dir() {
            continue;
        }
        let name = name(&file);
        let refused = refusal(&file);
        let meter = opener.meter;
        match refused {
            Some(error) => opener.refuse(within, &name, error)?,
            None => opener.entry(within, &name, &mut meter.watch(file))?,
        }
    }
    Err(Stop::Here(why))
}

/// A file that is broken does not spoil the others: each stands by itself.
fn read(
    opener: &mut Opener<'_>,
    within: Within<'_>,
    name: &str,
    file: &mut dyn std::io::Read,
) -> Result<(), Stop> {
    match opener.entry(within, name, file) {
        Err(Stop::Here(error @ ExtractError::Broken { .. })) => {
            opener
                .left_out
                .push((format!("{}{name}", within.before), error));
            Ok(())
        }
        read => read,
    }
}

fn name<R: std::io::Read>(file: &ZipFile<'_, R>) -> String {
    let name = match file.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
    };
    // Some programs for Windows write its separators.
    match name.contains('/') {
        true => name,
        false => name.replace('\\', "/"),
    }
}

fn refusal<R: std::io::Read>(file: &ZipFile<'_, R>) -> Option<ExtractError> {
    const KIND: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    let kind = file.unix_mode().map_or(0, |mode| mode & KIND);
    match kind {
        _ if file.is_symlink() => Some(ExtractError::Link),
        kind if kind != 0 && kind != REGULAR => Some(ExtractError::Special),
        _ if file.encrypted() => Some(ExtractError::Encrypted),
        _ => None,
    }
}

/// Tells whether two files are made of the same bytes, as only bombs are.
fn overlaps(archive: &mut Archive<'_>) -> bool {
    let mut ranges: Vec<Range<u64>> = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        if let Ok(file) = archive.by_index_raw(at)
            && let Some(start) = file.data_start()
        {
            ranges.push(file.header_start()..start.saturating_add(file.compressed_size()));
        }
    }
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.windows(2).any(|two| two[1].start < two[0].end)
}
