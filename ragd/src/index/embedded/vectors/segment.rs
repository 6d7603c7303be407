//! Vectors of many versions in one run of bytes, written once: a file that is mapped, or memory
//! until it becomes one.
//!
//! Each vector is there as signs (one bit a number, to find candidates), as whole numbers with a
//! scale (to rank them), and, unless these say all, as it came (to rank the best). Versions are in
//! the order of their keys, and the rows of a version stand together in the order of its chunks.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::Mmap;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::ids::VersionKey;

const MAGIC: u64 = u64::from_le_bytes(*b"ragdvec1");
/// Sections begin at multiples of this, for the sake of the loops that read them.
const ALIGN: usize = 64;
/// In the header, 8 bytes each: magic, checksum of all that follows, dimensions, versions, rows,
/// bytes of strings, whether there are exact numbers.
const HEADER: usize = 7;
/// Marks a version without a language.
const NONE: u32 = u32::MAX;
/// A number may be off by this share of the largest of its vector and still be the same.
const LOSSLESS: f32 = 1e-5;

/// The vectors of one version, in the order of its chunks.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    pub(super) key: VersionKey,
    pub(super) path: &'a str,
    pub(super) language: Option<&'a str>,
    pub(super) vectors: Vec<Row<'a>>,
}

/// A vector that is to be stored.
#[derive(Clone, Debug)]
pub(super) enum Row<'a> {
    Exact(&'a [f32]),
    /// As another segment has it.
    Stored {
        codes: &'a [i8],
        scale: f32,
    },
}

/// Why bytes are no segment.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Broken(&'static str);

enum Bytes {
    /// In words of 8 bytes, so that it is aligned.
    Memory(Vec<u64>),
    Mapped(Mmap),
}

/// A readable segment, and which of its versions are gone.
pub(super) struct Segment {
    bytes: Bytes,
    layout: Layout,
    gone: Vec<AtomicU64>,
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("versions", &self.layout.versions)
            .field("rows", &self.layout.rows)
            .finish_non_exhaustive()
    }
}

/// Where each section is.
#[derive(Clone, Debug)]
struct Layout {
    dimensions: usize,
    versions: usize,
    rows: usize,
    keys: Range<usize>,
    /// First row and number of rows of each version.
    runs: Range<usize>,
    /// Start, bytes of the path and bytes of the language among the strings.
    names: Range<usize>,
    /// The version of each row.
    owners: Range<usize>,
    scales: Range<usize>,
    signs: Range<usize>,
    codes: Range<usize>,
    exact: Range<usize>,
    strings: Range<usize>,
}

impl Layout {
    fn new(
        dimensions: usize,
        versions: usize,
        rows: usize,
        strings: usize,
        has_exact: bool,
    ) -> Option<Self> {
        let mut end = HEADER * 8;
        let mut section = |bytes: Option<usize>| {
            let start = end.checked_next_multiple_of(ALIGN)?;
            end = start.checked_add(bytes?)?;
            Some(start..end)
        };
        let words = dimensions.div_ceil(64);
        let exact = if has_exact { 4 } else { 0 };
        Some(Self {
            dimensions,
            versions,
            rows,
            keys: section(versions.checked_mul(8))?,
            runs: section(versions.checked_mul(8))?,
            names: section(versions.checked_mul(12))?,
            owners: section(rows.checked_mul(4))?,
            scales: section(rows.checked_mul(4))?,
            signs: section(rows.checked_mul(words.checked_mul(8)?))?,
            codes: section(rows.checked_mul(dimensions))?,
            exact: section(rows.checked_mul(dimensions.checked_mul(exact)?))?,
            strings: section(Some(strings))?,
        })
    }

    fn words(&self) -> usize {
        self.strings.end.div_ceil(8)
    }
}

impl Segment {
    /// Makes a segment in memory.
    ///
    /// # Panics
    /// If a vector has not `dimensions` numbers, or there are more than fit.
    pub(super) fn make(dimensions: usize, mut items: Vec<Item<'_>>) -> Self {
        items.sort_by_key(|item| item.key);
        let rows = items.iter().map(|item| item.vectors.len()).sum();
        let strings = items
            .iter()
            .map(|item| item.path.len() + item.language.map_or(0, str::len))
            .sum();
        let coded: Vec<_> = items
            .iter()
            .flat_map(|item| &item.vectors)
            .map(Coded::of)
            .collect();
        let has_exact = coded.iter().any(|coded| coded.exact.is_some());
        let layout = Layout::new(dimensions, items.len(), rows, strings, has_exact);
        let layout = layout.expect("what is in memory can be counted");
        let mut memory = vec![0_u64; layout.words()];
        memory[..HEADER].copy_from_slice(&[
            MAGIC,
            0,
            dimensions as u64,
            items.len() as u64,
            rows as u64,
            strings as u64,
            u64::from(has_exact),
        ]);
        let bytes = memory.as_mut_bytes();
        fill(bytes, &layout, &items);
        for (row, coded) in coded.iter().enumerate() {
            coded.write(bytes, &layout, row);
        }
        let sum = checksum(memory.as_bytes());
        memory[1] = sum;
        let gone = blank(items.len());
        Self {
            bytes: Bytes::Memory(memory),
            layout,
            gone,
        }
    }

    /// Reads a mapped file. With `trust`, its checksum is not looked at.
    pub(super) fn open(map: Mmap, trust: bool) -> Result<Self, Broken> {
        let header = map.get(..HEADER * 8).ok_or(Broken("it is too short"))?;
        let header = slice::<u64>(header);
        let [magic, sum, dimensions, versions, rows, strings, has_exact] = header else {
            return Err(Broken("it is too short"));
        };
        if *magic != MAGIC {
            return Err(Broken("it does not begin like a segment"));
        }
        let small = |number: &u64| usize::try_from(*number).ok();
        let layout = small(dimensions)
            .zip(small(versions))
            .zip(small(rows).zip(small(strings)));
        let layout = layout.and_then(|((dimensions, versions), (rows, strings))| {
            Layout::new(dimensions, versions, rows, strings, *has_exact == 1)
        });
        let layout = layout.filter(|layout| layout.words() * 8 == map.len());
        let layout = layout.ok_or(Broken("its length is wrong"))?;
        if !trust && checksum(&map) != *sum {
            return Err(Broken("its checksum is wrong"));
        }
        let gone = blank(layout.versions);
        let segment = Self {
            bytes: Bytes::Mapped(map),
            layout,
            gone,
        };
        match segment.is_sound() {
            true => Ok(segment),
            false => Err(Broken("its tables are wrong")),
        }
    }

    /// Whether what the tables say lies within the sections.
    fn is_sound(&self) -> bool {
        let (rows, strings) = (self.layout.rows, self.layout.strings.len());
        let in_order = self.keys().is_sorted();
        let runs = self.runs().as_chunks::<2>().0;
        let fits = runs
            .iter()
            .all(|[first, count]| (*first as usize).saturating_add(*count as usize) <= rows);
        let owned = self
            .owners()
            .iter()
            .all(|owner| (*owner as usize) < self.layout.versions);
        let named = self.names().as_chunks::<3>().0.iter();
        let named = named.clone().all(|[start, path, language]| {
            let language = if *language == NONE { 0 } else { *language };
            (*start as usize) + (*path as usize) + (language as usize) <= strings
        });
        in_order && fits && owned && named
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Memory(words) => words.as_bytes(),
            Bytes::Mapped(map) => map,
        }
    }

    pub(super) fn dimensions(&self) -> usize {
        self.layout.dimensions
    }

    pub(super) fn versions(&self) -> usize {
        self.layout.versions
    }

    pub(super) fn rows(&self) -> usize {
        self.layout.rows
    }

    fn section<T: FromBytes + Immutable + KnownLayout>(&self, range: &Range<usize>) -> &[T] {
        slice(&self.as_bytes()[range.clone()])
    }

    fn keys(&self) -> &[u64] {
        self.section(&self.layout.keys)
    }

    fn runs(&self) -> &[u32] {
        self.section(&self.layout.runs)
    }

    fn names(&self) -> &[u32] {
        self.section(&self.layout.names)
    }

    fn owners(&self) -> &[u32] {
        self.section(&self.layout.owners)
    }

    /// Returns the signs of all rows, one after the other.
    pub(super) fn signs(&self) -> &[u64] {
        self.section(&self.layout.signs)
    }

    pub(super) fn codes(&self, row: usize) -> &[i8] {
        let length = self.layout.dimensions;
        &self.section::<i8>(&self.layout.codes)[row * length..(row + 1) * length]
    }

    pub(super) fn scale(&self, row: usize) -> f32 {
        self.section::<f32>(&self.layout.scales)[row]
    }

    /// Returns the numbers as they came, if they are not just what codes and scale say.
    pub(super) fn exact(&self, row: usize) -> Option<&[f32]> {
        let length = self.layout.dimensions;
        let exact = self.section::<f32>(&self.layout.exact);
        exact.get(row * length..(row + 1) * length)
    }

    /// Returns the version of a row by its position, and which chunk of it the row is.
    pub(super) fn owner(&self, row: usize) -> (usize, u32) {
        let version = self.owners()[row] as usize;
        let first = self.run(version).start;
        (version, u32::try_from(row - first).unwrap_or(u32::MAX))
    }

    pub(super) fn key(&self, version: usize) -> VersionKey {
        VersionKey(self.keys()[version])
    }

    /// Returns the rows of a version.
    pub(super) fn run(&self, version: usize) -> Range<usize> {
        let runs = self.runs();
        let (first, count) = (runs[version * 2] as usize, runs[version * 2 + 1] as usize);
        first..first + count
    }

    pub(super) fn path_and_language(&self, version: usize) -> (&str, Option<&str>) {
        let names = &self.names()[version * 3..version * 3 + 3];
        let strings = &self.as_bytes()[self.layout.strings.clone()];
        let (start, path) = (names[0] as usize, names[1] as usize);
        let text = |range| std::str::from_utf8(&strings[range]).unwrap_or_default();
        let language =
            (names[2] != NONE).then(|| text(start + path..start + path + names[2] as usize));
        (text(start..start + path), language)
    }

    /// Returns the position of a version that is not gone.
    pub(super) fn find(&self, key: VersionKey) -> Option<usize> {
        let version = self.keys().binary_search(&key.0).ok()?;
        (!self.is_gone(version)).then_some(version)
    }

    pub(super) fn is_gone(&self, version: usize) -> bool {
        self.gone[version / 64].load(Ordering::Relaxed) >> (version % 64) & 1 == 1
    }

    pub(super) fn remove(&self, version: usize) {
        self.gone[version / 64].fetch_or(1 << (version % 64), Ordering::Relaxed);
    }

    pub(super) fn gone(&self) -> Vec<u32> {
        let gone = (0..self.versions()).filter(|version| self.is_gone(*version));
        gone.filter_map(|version| u32::try_from(version).ok())
            .collect()
    }

    /// Returns what is not gone, to be put into another segment.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let alive = (0..self.versions()).filter(|version| !self.is_gone(*version));
        alive.map(|version| {
            let (path, language) = self.path_and_language(version);
            let vectors = self.run(version).map(|row| match self.exact(row) {
                Some(exact) => Row::Exact(exact),
                None => Row::Stored {
                    codes: self.codes(row),
                    scale: self.scale(row),
                },
            });
            Item {
                key: self.key(version),
                path,
                language,
                vectors: vectors.collect(),
            }
        })
    }
}

/// Writes everything that is not about single rows.
fn fill(bytes: &mut [u8], layout: &Layout, items: &[Item<'_>]) {
    let small = |number: usize| u32::try_from(number).expect("a segment is not that large");
    let (mut row, mut string) = (0, 0);
    for (version, item) in items.iter().enumerate() {
        slice_mut::<u64>(bytes, &layout.keys)[version] = item.key.0;
        let run = [small(row), small(item.vectors.len())];
        slice_mut::<u32>(bytes, &layout.runs)[version * 2..][..2].copy_from_slice(&run);
        let owners = &mut slice_mut::<u32>(bytes, &layout.owners)[row..][..item.vectors.len()];
        owners.fill(small(version));
        let language = item.language.map_or(NONE, |language| small(language.len()));
        let name = [small(string), small(item.path.len()), language];
        slice_mut::<u32>(bytes, &layout.names)[version * 3..][..3].copy_from_slice(&name);
        for text in [Some(item.path), item.language].into_iter().flatten() {
            let strings = &mut bytes[layout.strings.clone()];
            strings[string..][..text.len()].copy_from_slice(text.as_bytes());
            string += text.len();
        }
        row += item.vectors.len();
    }
}

/// A vector in whole numbers.
struct Coded<'a> {
    codes: std::borrow::Cow<'a, [i8]>,
    scale: f32,
    exact: Option<&'a [f32]>,
}

impl<'a> Coded<'a> {
    fn of(row: &Row<'a>) -> Self {
        let numbers = match row {
            Row::Stored { codes, scale } => {
                return Self {
                    codes: (*codes).into(),
                    scale: *scale,
                    exact: None,
                };
            }
            Row::Exact(numbers) => *numbers,
        };
        let (codes, scale) = quantise(numbers);
        let largest = scale * 127.0;
        let same = |(code, number): (&i8, &f32)| {
            (f32::from(*code) * scale - number).abs() <= LOSSLESS * largest
        };
        let is_lossless = codes.iter().zip(numbers).all(same);
        Self {
            codes: codes.into(),
            scale,
            exact: (!is_lossless).then_some(numbers),
        }
    }

    fn write(&self, bytes: &mut [u8], layout: &Layout, row: usize) {
        let length = layout.dimensions;
        assert_eq!(self.codes.len(), length, "all vectors have one length");
        slice_mut::<f32>(bytes, &layout.scales)[row] = self.scale;
        slice_mut::<i8>(bytes, &layout.codes)[row * length..][..length]
            .copy_from_slice(&self.codes);
        let words = length.div_ceil(64);
        let signs = &mut slice_mut::<u64>(bytes, &layout.signs)[row * words..][..words];
        signs.copy_from_slice(&signs_of(&self.codes));
        if layout.exact.is_empty() {
            return;
        }
        let exact = &mut slice_mut::<f32>(bytes, &layout.exact)[row * length..][..length];
        match self.exact {
            Some(numbers) => exact.copy_from_slice(numbers),
            None => {
                for (exact, code) in exact.iter_mut().zip(&*self.codes) {
                    *exact = f32::from(*code) * self.scale;
                }
            }
        }
    }
}

/// Returns `numbers` as whole ones from -127 to 127, and what one of these is worth.
pub(super) fn quantise(numbers: &[f32]) -> (Vec<i8>, f32) {
    let largest = numbers.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return (vec![0; numbers.len()], 0.0);
    }
    let scale = largest / 127.0;
    // Adding a half and cutting rounds as well as `round`, which is a call for each number.
    #[expect(clippy::cast_possible_truncation, reason = "at most 127 by the scale")]
    let code = |x: &f32| (x / scale + 0.5_f32.copysign(*x)) as i8;
    (numbers.iter().map(code).collect(), scale)
}

/// Returns one bit for each number: whether it is below zero.
pub(super) fn signs_of(codes: &[i8]) -> Vec<u64> {
    let word = |codes: &[i8]| {
        let bits = codes.iter().enumerate();
        bits.fold(0, |word, (bit, code)| word | u64::from(*code < 0) << bit)
    };
    codes.chunks(64).map(word).collect()
}

fn blank(versions: usize) -> Vec<AtomicU64> {
    (0..versions.div_ceil(64))
        .map(|_| AtomicU64::new(0))
        .collect()
}

/// Of everything behind the checksum itself.
fn checksum(bytes: &[u8]) -> u64 {
    u64::from(crc32fast::hash(&bytes[16..]))
}

fn slice<T: FromBytes + Immutable + KnownLayout>(bytes: &[u8]) -> &[T] {
    <[T]>::ref_from_bytes(bytes).expect("sections are aligned, and whole numbers of elements long")
}

fn slice_mut<'a, T: FromBytes + IntoBytes + Immutable + KnownLayout>(
    bytes: &'a mut [u8],
    range: &Range<usize>,
) -> &'a mut [T] {
    <[T]>::mut_from_bytes(&mut bytes[range.clone()])
        .expect("sections are aligned, and whole numbers of elements long")
}
