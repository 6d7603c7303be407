//! Bytes to text: what format, what encoding, what language, or why there is no text in them. Pure.
//!
//! A format is a file here and a line in `READERS`.

mod archive;
mod comments;
mod cut;
mod data;
mod dos;
mod epub;
mod facts;
mod front_matter;
mod head;
mod html;
mod image;
mod known;
mod mail;
mod manifest;
mod markup;
mod mbox;
mod noise;
mod notebook;
mod odf;
mod office;
mod pdf;
mod picture;
mod rtf;
mod seen;
mod spoken;
mod syntax;
mod table;
mod text;
mod xml;
mod zipped;

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::archive::Unpack;
pub use self::facts::Facts;
pub use self::picture::{Picture, View, is_pgm};
pub use self::seen::Seen;
pub use self::spoken::spoken;
#[cfg(test)]
pub(super) use self::syntax::languages as languages_with_syntax;
use crate::ids::size;
use crate::index::{Symbol, Unit};
use crate::project::Outline;

/// What turns the bytes of a format into text.
struct Reader {
    /// Tells by its first bytes, hardly by its name, whether a file is of this format.
    fits: fn(&Source<'_>) -> bool,
    read: fn(&Source<'_>) -> Result<Extracted, ExtractError>,
    /// For formats that say how a page looks.
    show: Option<Show>,
    /// For those that have files attached, which are documents of their own.
    attached: Option<archive::Each>,
}

type Show = fn(&Source<'_>, &View) -> Result<Picture, ExtractError>;

/// All formats but plain text, which is what is left.
const READERS: &[Reader] = &[
    Reader {
        fits: pdf::fits,
        read: pdf::read,
        show: Some(pdf::show),
        attached: Some(pdf::each_attached),
    },
    Reader {
        fits: epub::fits,
        read: epub::read,
        show: None,
        attached: None,
    },
    Reader {
        fits: odf::fits,
        read: odf::read,
        show: None,
        attached: None,
    },
    Reader {
        fits: office::fits,
        read: office::read,
        show: None,
        attached: None,
    },
    Reader {
        fits: rtf::fits,
        read: rtf::read,
        show: None,
        attached: None,
    },
    Reader {
        fits: html::fits,
        read: html::read,
        show: None,
        attached: None,
    },
    Reader {
        fits: notebook::fits,
        read: notebook::read,
        show: None,
        attached: None,
    },
    Reader {
        fits: mail::fits,
        read: mail::read,
        show: None,
        attached: Some(mail::each_attached),
    },
    Reader {
        fits: image::fits,
        read: image::read,
        show: Some(image::show),
        attached: None,
    },
];

/// A file that is to be read.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub bytes: &'a [u8],
    /// Only its last part matters.
    pub name: &'a Path,
    /// So many times it was packed.
    pub depth: u32,
    /// What somebody who can see read on its pages.
    pub seen: &'a [Seen],
    pub limits: &'a Limits,
}

impl<'a> Source<'a> {
    /// A file that nobody has looked at.
    #[must_use]
    pub fn new(bytes: &'a [u8], name: &'a Path, limits: &'a Limits) -> Self {
        Self {
            bytes,
            name,
            depth: 0,
            seen: &[],
            limits,
        }
    }

    /// Returns what was seen on a page.
    fn seen_on(&self, page: u32) -> Option<&str> {
        let seen = self.seen.iter().find(|seen| seen.page == page)?;
        Some(&seen.text)
    }
}

/// How much may come out of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub text_bytes: u64,
    pub chunks: u32,
    pub pages: u32,
    /// Of an image.
    pub pixels: u64,
    pub pdf_objects: u32,
    /// What one stream of a PDF may unpack to.
    pub pdf_stream_bytes: u64,
    pub xml_depth: u32,
    /// Of a document that is a ZIP file.
    pub office_parts: u32,
    /// What comes out of such a document may be so many times as large as the whole.
    pub office_ratio: u64,
    /// Tags of a page.
    pub html_nodes: u32,
    pub html_depth: u32,
    pub unpack: Unpack,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither content nor name must reach a log.
        f.debug_struct("Source")
            .field("bytes", &self.bytes.len())
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 32 << 20,
            chunks: 50_000,
            pages: 5_000,
            pixels: 64_000_000,
            pdf_objects: 500_000,
            pdf_stream_bytes: 64 << 20,
            xml_depth: 100,
            office_parts: 2_000,
            office_ratio: 100,
            html_nodes: 1_000_000,
            html_depth: 512,
            unpack: Unpack::default(),
        }
    }
}

/// The text of a file and what is known about it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Without a byte order mark, line ends as they were. Places of chunks are places in it.
    pub text: String,
    pub language: Option<&'static str>,
    /// As the document says, or the first Markdown heading.
    pub title: Option<String>,
    pub facts: Facts,
    pub kind: Kind,
    /// Where the text does not show its headings itself, in order.
    pub headings: Vec<Heading>,
    /// Of a program, in order.
    pub items: Vec<Item>,
    /// Of a program, where it may be cut, in order.
    pub seams: Vec<Seam>,
    /// What a program, or the manifest of a package, says of itself and of others.
    pub outline: Option<Outline>,
    /// Where in the text each page begins, or what the document has instead, in order.
    pub spots: Vec<(usize, Spot)>,
    /// There are files within that are documents of their own: [`unpack`] gives them out.
    pub holds_files: bool,
    pub report: Report,
}

/// What there is to say about how a document was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The name in the encoding standard, such as `UTF-8` or `windows-1252`.
    pub encoding: Option<&'static str>,
    /// Some bytes had no meaning in the encoding and became U+FFFD.
    pub lossy: bool,
    /// What is in it and has no text that could be read, by name: pages, attachments.
    pub left_out: Vec<(String, ExtractError)>,
    /// Those of its pages of which the text has to be seen.
    pub unseen: Vec<u32>,
    /// Pages that have no text and nothing that could be one.
    pub blank: u32,
}

/// A heading of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Where its line begins.
    pub at: usize,
    /// From 1.
    pub level: usize,
    /// Empty: what is of this level or below ends here.
    pub title: String,
}

/// A named item of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where it stands in the text, with the comments above it.
    pub range: Range<usize>,
    pub symbol: Symbol,
}

/// The beginning of a line on which a part of a program begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seam {
    pub at: usize,
    /// Of how many others the part is a part.
    pub depth: u8,
}

/// A part of a document that people can open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub unit: Unit,
    /// From 1.
    pub number: u32,
    /// On a sheet, once its rows have begun.
    pub row: Option<Row>,
}

/// A row of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// From 1.
    pub number: u32,
    pub columns: u32,
}

impl std::fmt::Debug for Extracted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Content of documents must not reach a log, and a title is content.
        f.debug_struct("Extracted")
            .field("text", &format_args!("<{} bytes>", self.text.len()))
            .field("language", &self.language)
            .field("kind", &self.kind)
            .field("headings", &self.headings.len())
            .field("spots", &self.spots.len())
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

/// How a text is cut into chunks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// By headings.
    Markdown,
    /// By paragraphs, with an overlap.
    #[default]
    Prose,
    /// By blank lines. Data counts as code: an overlap only repeats it.
    Code,
}

/// Bytes without text that could be searched. Retrying never helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// A format that is known, and that nobody reads yet.
    #[error("{format} is not supported yet")]
    Unsupported { format: &'static str },
    /// No text in any encoding.
    #[error("the content is binary")]
    Binary,
    #[error("it is encrypted, and its password is not known")]
    Encrypted,
    #[error("it is no {format} that can be read: {why}")]
    Broken { format: &'static str, why: String },
    /// They are pictures, or their fonts do not say what they draw.
    #[error("the text on {what} has to be read from the picture")]
    Scanned { what: String, pages: Vec<u32> },
    #[error("it has no text")]
    Empty,
    /// Little was packed into very much.
    #[error("it unpacks to far more than its size")]
    Bomb,
    #[error("it lies within too many other documents")]
    TooDeep,
    /// Of what lies within a document.
    #[error("only the first {0} are read")]
    TooManyWithin(usize),
    #[error("only the first {} of what is within are read", size(*.0))]
    TooMuchWithin(u64),
    #[error("it is larger than {}", size(*.0))]
    TooLargeWithin(u64),
    #[error("it needs more memory to be unpacked than it may have")]
    NeedsMemory,
    #[error("it is a link, and links in archives are not followed")]
    Link,
    #[error("it is no file")]
    Special,
    #[error("its name is of no use: {0}")]
    Name(&'static str),
    #[error("it has more than {0} pages")]
    TooManyPages(u32),
    #[error("it has no page {page}: there are {of}")]
    NoSuchPage { page: u32, of: usize },
    #[error("nothing tells how its pages look")]
    NoPages,
    #[error("it has more than {}", pixels(*.0))]
    TooManyPixels(u64),
    #[error("it has more than {} of text", size(*.0))]
    TooMuchText(u64),
    #[error("it has more than {0} objects")]
    TooManyObjects(u32),
    #[error("what draws it unpacks to more than {}", size(*.0))]
    TooLargeStream(u64),
    #[error("its XML is more than {0} elements deep")]
    TooDeepXml(u32),
    #[error("it has more than {0} parts")]
    TooManyParts(u32),
    #[error("its parts unpack to more than {0} times its size")]
    OfficeBomb(u64),
    #[error("its HTML has more than {0} tags")]
    TooManyNodes(u32),
    #[error("its HTML is more than {0} elements deep")]
    TooDeepHtml(u32),
    #[error("its end is missing: it was cut")]
    Cut,
}

/// Writes a number of pixels.
fn pixels(count: u64) -> String {
    match count {
        ..1_000_000 => format!("{count} pixels"),
        _ => format!("{} million pixels", count / 1_000_000),
    }
}

impl ExtractError {
    /// Returns a stable word for scripts and the failure inbox.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "unsupported-format",
            Self::Binary => "binary",
            Self::Encrypted => "encrypted",
            Self::Broken { .. } => "broken",
            Self::Scanned { .. } => "needs-vision",
            Self::Empty => "no-text",
            Self::Bomb => "unpack-limit",
            Self::TooDeep => "too-deep",
            Self::TooManyWithin(_) => "too-many-within",
            Self::TooMuchWithin(_) => "too-much-within",
            Self::TooLargeWithin(_) => "too-large-within",
            Self::NeedsMemory => "unpack-memory",
            Self::Link => "link",
            Self::Special => "special",
            Self::Name(_) => "bad-name",
            Self::TooManyPages(_) => "too-many-pages",
            Self::NoSuchPage { .. } => "no-such-page",
            Self::NoPages => "no-pages",
            Self::TooManyPixels(_) => "too-many-pixels",
            Self::TooMuchText(_) => "too-much-text",
            Self::TooManyObjects(_) => "too-many-objects",
            Self::TooLargeStream(_) => "too-large-stream",
            Self::TooDeepXml(_) => "too-deep-xml",
            Self::TooManyParts(_) => "too-many-parts",
            Self::OfficeBomb(_) => "office-unpack-limit",
            Self::TooManyNodes(_) => "too-many-nodes",
            Self::TooDeepHtml(_) => "too-deep-html",
            Self::Cut => "cut-off",
        }
    }
}

impl Extracted {
    /// Begins another page, or what the document has instead, and returns where.
    fn begin(&mut self, unit: Unit, number: u32) -> usize {
        let at = self.text.len();
        let spot = Spot {
            unit,
            number,
            row: None,
        };
        self.spots.push((at, spot));
        at
    }

    /// Notes where a row of the sheet that was begun last stands.
    fn row(&mut self, at: usize, row: Row) {
        if let Some((_, sheet)) = self.spots.last() {
            let row = Some(row);
            self.spots.push((at, Spot { row, ..*sheet }));
        }
    }

    /// Looks whether there is not too much by now.
    fn check(&self, limits: &Limits) -> Result<(), ExtractError> {
        match self.text.len() as u64 > limits.text_bytes {
            true => Err(ExtractError::TooMuchText(limits.text_bytes)),
            false => Ok(()),
        }
    }
}

/// Returns the text of a file.
pub fn extract(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    if source.depth > source.limits.unpack.depth {
        return Err(ExtractError::TooDeep);
    }
    let limits = source.limits;
    let extracted = match reader(source) {
        Some(reader) => full((reader.read)(source)?)?,
        None if archive::fits(source) => full(archive::read(source)?)?,
        None => match known::refusal(source.bytes, source.name) {
            Some(refusal) => return Err(refusal),
            None => text::read(source)?,
        },
    };
    extracted.check(limits)?;
    Ok(extracted)
}

fn reader(source: &Source<'_>) -> Option<&'static Reader> {
    READERS.iter().find(|reader| (reader.fits)(source))
}

/// Returns how a page of a file looks.
pub fn show(source: &Source<'_>, view: &View) -> Result<Picture, ExtractError> {
    if source.depth > source.limits.unpack.depth {
        return Err(ExtractError::TooDeep);
    }
    match reader(source).map(|reader| reader.show) {
        Some(Some(show)) => show(source, view),
        Some(None) => Err(ExtractError::NoPages),
        None => archive::show_packed(source, view).unwrap_or(Err(ExtractError::NoPages)),
    }
}

/// Refuses what has no text. Why something was left out of it says more than that nothing is in it.
fn full(extracted: Extracted) -> Result<Extracted, ExtractError> {
    if !extracted.text.trim().is_empty() {
        return Ok(extracted);
    }
    let left_out = extracted.report.left_out.into_iter().next();
    Err(left_out.map_or(ExtractError::Empty, |(_, error)| error))
}

/// Tells whether a file is one whose files are documents of their own.
fn is_archive(source: &Source<'_>) -> bool {
    reader(source).is_none() && archive::holds_files(source)
}

/// Tells whether a file is a document that may have files attached.
fn may_have_attached(source: &Source<'_>) -> bool {
    reader(source).is_some_and(|reader| reader.attached.is_some())
}

/// Tells, by a look at the first bytes, whether [`unpack`] may find something.
#[must_use]
pub fn may_hold_files(bytes: &[u8]) -> bool {
    let limits = Limits::default();
    archive::may_fit(bytes) || may_have_attached(&Source::new(bytes, Path::new(""), &limits))
}

/// Gives out each file of an archive with its name, or what is attached to a document; tells whether it
/// is one. After an error, nothing that was given out counts.
pub fn unpack(
    source: &Source<'_>,
    take: &mut dyn FnMut(&str, &[u8]),
) -> Result<bool, ExtractError> {
    let may_be = match reader(source) {
        Some(reader) => reader.attached.is_some(),
        None => archive::fits(source),
    };
    match may_be {
        true => archive::unpack(source, take).map(|_| true),
        false => Ok(false),
    }
}

#[cfg(test)]
mod tests;
