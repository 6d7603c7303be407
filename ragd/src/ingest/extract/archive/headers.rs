//! What ZIP archives say of their files: before each, and once more in a list at the end.

use std::borrow::Cow;

use super::super::zipped;
use super::names::Style;

/// What an archive without files is.
pub(super) const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const LOCAL_BYTES: usize = 30;
pub(super) const CENTRAL: &[u8] = b"PK\x01\x02";
const CENTRAL_BYTES: usize = 46;
/// What sums behind a file begin with.
const SUMS: &[u8] = b"PK\x07\x08";
/// A remark may stand after the end.
const REMARK: usize = 1 << 16;

/// The list of files at the end.
pub(super) struct Directory {
    pub(super) at: usize,
    pub(super) end: usize,
    /// How far places in the list are from places in the file: a program may stand before an archive.
    pub(super) shift: i64,
    pub(super) entries: u64,
}

impl Directory {
    pub(super) fn find(bytes: &[u8]) -> Option<Self> {
        let from = bytes.len().saturating_sub(END_BYTES + REMARK);
        let last = bytes.len().checked_sub(END_BYTES)?;
        let is_end = |at: &usize| bytes[*at..].starts_with(END);
        let mut ends = (from..=last).rev().filter(is_end);
        ends.find_map(|at| Self::from_end(bytes, at))
    }

    fn from_end(bytes: &[u8], at: usize) -> Option<Self> {
        let end = Fields(bytes.get(at..)?);
        let small = (
            u64::from(end.u16(10)?),
            u64::from(end.u32(12)?),
            u64::from(end.u32(16)?),
        );
        let is_large =
            small.0 == u64::from(u16::MAX) || small.1.max(small.2) == u64::from(u32::MAX);
        let large = is_large.then(|| Self::from_large_end(bytes, at)).flatten();
        let found = large.or_else(|| Self::from_numbers(bytes, at, small))?;
        // In an archive that is cut off, this may be the end of another one that lies in it.
        let is_last = at + END_BYTES + usize::from(end.u16(20)?) == bytes.len();
        (is_last || found.shift == 0).then_some(found)
    }

    /// Reads the numbers of an archive that is larger than the old format can say.
    fn from_large_end(bytes: &[u8], end: usize) -> Option<Self> {
        const LOCATOR_BYTES: usize = 20;
        const BYTES: usize = 56;
        let locator = end.checked_sub(LOCATOR_BYTES)?;
        let said = Fields(&bytes[locator..]);
        if !said.0.starts_with(b"PK\x06\x07") {
            return None;
        }
        // Where something stands before the archive, it is not where it is said to be.
        let said = usize::try_from(said.u64(8)?).ok();
        let is_large = |at: &usize| {
            let large = bytes.get(*at..).unwrap_or_default();
            large.starts_with(b"PK\x06\x06")
        };
        let mut places = [said, locator.checked_sub(BYTES)].into_iter().flatten();
        let at = places.find(is_large)?;
        let large = Fields(&bytes[at..]);
        let numbers = (large.u64(32)?, large.u64(40)?, large.u64(48)?);
        Self::from_numbers(bytes, at, numbers)
    }

    fn from_numbers(bytes: &[u8], end: usize, numbers: (u64, u64, u64)) -> Option<Self> {
        let (entries, size, said) = numbers;
        let by_size = end.checked_sub(usize::try_from(size).ok()?);
        let said = usize::try_from(said).ok()?;
        let at = [by_size, Some(said)].into_iter().flatten().find(|at| {
            let list = bytes.get(*at..end);
            list.is_some_and(|list| list.starts_with(CENTRAL) || list.is_empty())
        })?;
        Some(Self {
            at,
            end,
            shift: i64::try_from(at).ok()? - i64::try_from(said).ok()?,
            entries,
        })
    }
}

/// What an archive says of a file.
pub(super) struct Header<'a> {
    pub(super) name: Cow<'a, str>,
    flags: u16,
    pub(super) method: u16,
    pub(super) sum: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Of the list only.
    pub(super) style: Style,
    pub(super) mode: u32,
    pub(super) is_folder: bool,
}

impl Header<'_> {
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Sums and sizes stand behind the bytes.
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & 8 != 0
    }
}

/// Reads an entry of the list: what it says, where the file is, and how long the entry is.
pub(super) fn central(list: &[u8]) -> Option<(Header<'_>, u64, usize)> {
    let fields = Fields(list);
    let lengths = [28, 30, 32].map(|at| fields.u16(at).map(usize::from));
    let [Some(name), Some(extra), Some(remark)] = lengths else {
        return None;
    };
    let name_end = CENTRAL_BYTES + name;
    let raw = list.get(CENTRAL_BYTES..name_end)?;
    let extra_end = name_end + extra;
    let extra = Extra(list.get(name_end..extra_end)?);
    let system = list.get(5)?;
    let attributes = fields.u32(38)?;
    let mut large = extra.large();
    let mut number = |said: u32| match said {
        u32::MAX => large.next().unwrap_or(u64::from(said)),
        _ => u64::from(said),
    };
    let size = number(fields.u32(24)?);
    let packed = number(fields.u32(20)?);
    let local = number(fields.u32(42)?);
    // FAT, HPFS, NTFS and VFAT.
    let style = match system {
        0 | 6 | 10 | 14 => Style::Dos,
        _ => Style::Unix,
    };
    let flags = fields.u16(8)?;
    let header = Header {
        is_folder: is_folder(raw, style),
        name: decoded(raw, flags, &extra),
        flags,
        method: fields.u16(10)?,
        sum: fields.u32(16)?,
        packed,
        size,
        style,
        // Unix and macOS.
        mode: match system {
            3 | 19 => attributes >> 16,
            _ => 0,
        },
    };
    Some((header, local, extra_end + remark))
}

/// Reads what stands before a file, and returns where its bytes begin.
pub(super) fn local(bytes: &[u8]) -> Option<(Header<'_>, usize)> {
    if !bytes.starts_with(zipped::MAGIC) {
        return None;
    }
    let fields = Fields(bytes);
    let name_end = LOCAL_BYTES + usize::from(fields.u16(26)?);
    let end = name_end + usize::from(fields.u16(28)?);
    let raw = bytes.get(LOCAL_BYTES..name_end)?;
    let extra = Extra(bytes.get(name_end..end)?);
    let mut large = extra.large();
    let mut number = |said: u32| match said {
        u32::MAX => large.next().unwrap_or(u64::from(said)),
        _ => u64::from(said),
    };
    let size = number(fields.u32(22)?);
    let packed = number(fields.u32(18)?);
    let flags = fields.u16(6)?;
    let header = Header {
        is_folder: is_folder(raw, Style::Unix),
        name: decoded(raw, flags, &extra),
        flags,
        method: fields.u16(8)?,
        sum: fields.u32(14)?,
        packed,
        size,
        // What the list alone says: there is none.
        style: Style::Unix,
        mode: 0,
    };
    Some((header, end))
}

/// Returns from where to where the bytes of a file are.
pub(super) fn data(bytes: &[u8], local: usize, packed: u64) -> Option<(usize, usize)> {
    let header = bytes.get(local..)?;
    if !header.starts_with(zipped::MAGIC) {
        return None;
    }
    let fields = Fields(header);
    let names = usize::from(fields.u16(26)?) + usize::from(fields.u16(28)?);
    let from = local + LOCAL_BYTES + names;
    let to = from.checked_add(usize::try_from(packed).ok()?)?;
    (to <= bytes.len()).then_some((from, to))
}

/// Returns the length of the sums behind a file, which may have a mark or not.
pub(super) fn descriptor(bytes: &[u8]) -> usize {
    let is_next = |at: &usize| {
        let next = bytes.get(*at..).unwrap_or_default();
        next.starts_with(zipped::MAGIC) || next.starts_with(CENTRAL)
    };
    [12, 16, 20, 24].into_iter().find(is_next).unwrap_or(0)
}

/// Returns how long a file is, of which nothing but the sums behind it says so, and its checksum.
pub(super) fn streamed(bytes: &[u8]) -> Option<(usize, u32)> {
    let mut places = bytes.windows(SUMS.len()).enumerate();
    places.find_map(|(at, mark)| {
        let sums = Fields(bytes.get(at..).filter(|_| mark == SUMS)?);
        let is_its_size = usize::try_from(sums.u32(8)?) == Ok(at);
        is_its_size.then_some((at, sums.u32(4)?))
    })
}

fn is_folder(raw: &[u8], style: Style) -> bool {
    match raw.last() {
        Some(b'/') => true,
        Some(b'\\') => style == Style::Dos,
        _ => false,
    }
}

/// Further fields of a file, each with a number and a length.
struct Extra<'a>(&'a [u8]);

/// Sizes and places that need more than four bytes.
const LARGE: u16 = 1;
/// The name in UTF-8, beside one in the encoding of some country.
const UNICODE_NAME: u16 = 0x7075;

impl<'a> Extra<'a> {
    fn find(&self, wanted: u16) -> Option<&'a [u8]> {
        let mut rest = self.0;
        loop {
            let fields = Fields(rest);
            let (number, length) = (fields.u16(0)?, usize::from(fields.u16(2)?));
            let field = rest.get(4..4 + length)?;
            if number == wanted {
                return Some(field);
            }
            rest = &rest[4 + length..];
        }
    }

    /// Returns the numbers that have no room where they belong, in their order.
    fn large(&self) -> impl Iterator<Item = u64> + 'a {
        let fields = Fields(self.find(LARGE).unwrap_or_default());
        (0..).step_by(8).map_while(move |at| fields.u64(at))
    }
}

/// Returns a name as text: UTF-8 wherever it is that, and otherwise what DOS wrote.
fn decoded<'a>(raw: &'a [u8], flags: u16, extra: &Extra<'a>) -> Cow<'a, str> {
    const IS_UTF8: u16 = 1 << 11;
    if let Some([1, a, b, c, d, name @ ..]) = extra.find(UNICODE_NAME)
        // The name may have been changed by a program that does not know the field.
        && u32::from_le_bytes([*a, *b, *c, *d]) == crc32fast::hash(raw)
    {
        return String::from_utf8_lossy(name);
    }
    match std::str::from_utf8(raw) {
        Ok(name) => Cow::Borrowed(name),
        Err(_) if flags & IS_UTF8 != 0 => String::from_utf8_lossy(raw),
        Err(_) => raw.iter().map(|byte| from_dos(*byte)).collect(),
    }
}

/// The upper half of code page 437.
const DOS: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

fn from_dos(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        None => char::from(byte),
        Some(upper) => DOS.chars().nth(upper.into()).unwrap_or('\u{fffd}'),
    }
}

/// Numbers at fixed places, none where the bytes end before.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn at<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at + N)?.try_into().ok()
    }

    fn u16(self, at: usize) -> Option<u16> {
        self.at(at).map(u16::from_le_bytes)
    }

    fn u32(self, at: usize) -> Option<u32> {
        self.at(at).map(u32::from_le_bytes)
    }

    fn u64(self, at: usize) -> Option<u64> {
        self.at(at).map(u64::from_le_bytes)
    }
}
