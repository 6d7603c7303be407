//! PDF: text page by page in the order in which people read it, bookmarks as headings.

mod attached;
mod cover;
mod glyphs;
mod layout;
mod notes;
mod outline;
mod words;

use std::io::{self, Read as _};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use flate2::read::ZlibDecoder;
use hayro::hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, TransformExt as _, interpret_page,
};
use hayro::hayro_syntax::object::dict::keys::CONTENTS;
use hayro::hayro_syntax::object::{Array, Stream};
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::hayro_syntax::{DecryptionError, Filter, LoadPdfError, Pdf};
use hayro::kurbo::Rect;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

pub(super) use self::attached::each as each_attached;
use self::glyphs::Page;
use self::layout::Line;
use self::outline::Bookmark;
use super::picture::{self, Picture, View};
use super::{ExtractError, Extracted, Heading, Limits, Source, archive, seen};
use crate::index::Unit;

/// A page with fewer characters has no text of its own, if it has an image.
const LITTLE_TEXT: usize = 20;
/// A page with fewer characters may be a scan with a stamp on it, if images are most of it. Even a page
/// of verse has more.
const STAMP: usize = 300;

/// A page of so many lines and areas and no text may have letters that are drawn as outlines.
const OUTLINES: usize = 30;

/// Some writers put a line before the header, and readers accept it.
const JUNK: usize = 1_024;

/// Deflate makes at most so many bytes of one.
const DEFLATE: u64 = 1_032;

/// Points of an inch, which pages are measured in.
const POINTS: f64 = 72.0;
/// Small pages are not drawn finer than people print them.
const MOST_DPI: f64 = 300.0;

/// A text about PDF may begin with the same words, so others than the first need the name.
pub(super) fn fits(source: &Source<'_>) -> bool {
    let head = &source.bytes[..source.bytes.len().min(JUNK)];
    let is_named = source
        .name
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("pdf"));
    head.starts_with(b"%PDF-") && !is_about_pdf(source.bytes)
        || is_named && head.windows(5).any(|five| five == b"%PDF-")
}

/// Tells whether a text begins with the word: behind the version, a line or something binary comes.
fn is_about_pdf(bytes: &[u8]) -> bool {
    let is_version = |byte: &u8| b"%PDF-.0123456789 ".contains(byte);
    let next = bytes.iter().find(|byte| !is_version(byte));
    next.is_some_and(u8::is_ascii_alphabetic) && std::str::from_utf8(bytes).is_ok()
}

fn open(bytes: &[u8], limits: &Limits) -> Result<Pdf, ExtractError> {
    let pdf = Pdf::new(Arc::new(bytes.to_vec())).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => ExtractError::Encrypted,
        LoadPdfError::Decryption(_) => ExtractError::Broken {
            format: "PDF",
            why: "its encryption is not known".to_owned(),
        },
        LoadPdfError::Invalid => ExtractError::Broken {
            format: "PDF",
            why: "it has no pages that can be found".to_owned(),
        },
    })?;
    let most = limits.pdf_objects;
    match pdf.len() > most as usize {
        true => Err(ExtractError::TooManyObjects(most)),
        false => Ok(pdf),
    }
}

/// Tells whether what draws a page unpacks to more than it may. Nobody asks the library for less than
/// the whole, so that is unpacked here once before, where little could become much.
fn is_too_large(page: &PdfPage<'_>, most: u64) -> bool {
    let contents = page.raw();
    let one = contents.get::<Stream<'_>>(CONTENTS);
    let several = contents.get::<Array<'_>>(CONTENTS);
    let several = several.iter().flat_map(|all| all.iter::<Stream<'_>>());
    let streams: Vec<_> = one.into_iter().chain(several).collect();
    let raw: u64 = streams
        .iter()
        .map(|stream| stream.raw_data().len() as u64)
        .sum();
    if raw.saturating_mul(DEFLATE) <= most {
        return false;
    }
    let unpacked = streams.iter().map(|stream| {
        let raw = stream.raw_data();
        match stream.filters().first() {
            Some(Filter::FlateDecode) => {
                let mut unpacked = ZlibDecoder::new(&raw[..]).take(most + 1);
                // What is damaged is read as far as it goes, here as there.
                let _ = io::copy(&mut unpacked, &mut io::sink());
                most + 1 - unpacked.limit()
            }
            _ => raw.len() as u64,
        }
    });
    unpacked.fold(0, u64::saturating_add) > most
}

/// Reads all pages.
pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let limits = source.limits;
    let pdf = open(source.bytes, source.limits)?;
    let pages = pdf.pages();
    if pages.len() > limits.pages as usize {
        return Err(ExtractError::TooManyPages(limits.pages));
    }
    let bookmarks = outline::read(&pdf);
    let cache = InterpreterCache::new();
    let (mut written, mut scanned) = (Extracted::default(), Vec::new());
    // Pages on which something is drawn, and no text.
    let mut wordless = Vec::new();
    for (number, page) in pages.iter().enumerate() {
        if is_too_large(page, limits.pdf_stream_bytes) {
            let error = ExtractError::TooLargeStream(limits.pdf_stream_bytes);
            let left_out = &mut written.report.left_out;
            left_out.push((format!("page {}", number + 1), error));
            continue;
        }
        let mut drawn = draw(page, &pdf, &cache);
        let lines = layout::lines(std::mem::take(&mut drawn.pieces));
        let is_scanned = is_scanned(&drawn, &lines);
        let number_from_1 = u32::try_from(number + 1).unwrap_or(u32::MAX);
        let here = bookmarks.iter().filter(|bookmark| bookmark.page == number);
        write(&mut written, number_from_1, &lines, here);
        let noted = notes::read(page);
        if !noted.is_empty() {
            seen::write(&mut written, &noted);
        }
        match source.seen_on(number_from_1).filter(|_| is_scanned) {
            Some(text) => seen::write(&mut written, text),
            None if is_scanned => scanned.push(number_from_1),
            None => {
                written.report.blank += u32::from(lines.is_empty());
                if lines.is_empty() && drawn.paths > 0 {
                    wordless.push(number_from_1);
                }
            }
        }
        written.check(limits)?;
    }
    let about = pdf.metadata();
    if let Some(author) = about.author.as_deref().map(words::of_string) {
        written.facts.author(&author);
    }
    if let Some(date) = about.modification_date.or(about.creation_date) {
        let (year, month, day) = (date.year, date.month, date.day);
        written
            .facts
            .date(&format!("{year:04}-{month:02}-{day:02}"));
    }
    if let Some(keywords) = about.keywords.as_deref().map(words::of_string) {
        keywords
            .split([',', ';'])
            .for_each(|word| written.facts.tag(word));
    }
    let title = about.title.as_deref().map(words::of_string);
    written.title = title.map(|title| title.trim().to_owned());
    written.title.take_if(|title| title.is_empty());
    let attached = attached::names(&pdf);
    written.holds_files = !attached.is_empty();
    if written.text.trim().is_empty() {
        // Else what is attached would have nothing that it belongs to.
        for name in attached {
            let name = name.replace(char::is_control, "");
            written.text.push_str(&format!("Attached: {name}\n"));
        }
    }
    archive::leave_out(&mut written, source);
    if written.text.trim().is_empty() && scanned.is_empty() {
        // Whatever it shows, there is no other way to know.
        wordless.retain(|page| source.seen_on(*page).is_none());
        scanned = wordless;
    }
    seen::lacking(written, scanned, None)
}

/// Draws a page.
pub(super) fn show(source: &Source<'_>, view: &View) -> Result<Picture, ExtractError> {
    let pdf = open(source.bytes, source.limits)?;
    let page = picture::at(pdf.pages(), view)?;
    let (page_width, page_height) = page.render_dimensions();
    let (width, height) = picture::fit(
        page_width.into(),
        page_height.into(),
        view.side,
        MOST_DPI / POINTS,
    );
    // The library rounds down.
    let scale = |pixels: u16, points: f32| (f32::from(pixels) + 0.01) / points;
    let settings = PixmapSettings {
        x_scale: scale(width, page_width),
        y_scale: scale(height, page_height),
        bg_color: WHITE,
    };
    // The library panics on some pages that are damaged. The page is all that is lost.
    let drawn = panic::catch_unwind(AssertUnwindSafe(|| {
        hayro::render(
            page,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &RenderSettings::default(),
            &settings,
        )
    }));
    let pixels = drawn.map_err(|_| ExtractError::Broken {
        format: "PDF",
        why: "the page cannot be drawn".to_owned(),
    })?;
    let (width, height) = (pixels.width(), pixels.height());
    // On white, colours are what they are whatever was transparent.
    let rgba = pixels.data_as_u8_slice().chunks_exact(4);
    let rgb = rgba.flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    Ok(Picture::new(width, height, rgb.collect()))
}

fn draw<'a>(page: &PdfPage<'a>, pdf: &'a Pdf, cache: &InterpreterCache<'a>) -> Page {
    let (width, height) = page.render_dimensions();
    let mut context = Context::new(
        page.initial_transform(true).to_kurbo(),
        Rect::new(0.0, 0.0, width.into(), height.into()),
        cache,
        pdf.xref(),
        InterpreterSettings::default(),
    );
    let mut drawn = Page::new(width.into(), height.into());
    interpret_page(page, &mut context, &mut drawn);
    drawn
}

/// Tells whether text of a page is only seen: on images, or because its font does not say what it is.
fn is_scanned(drawn: &Page, lines: &[Line]) -> bool {
    let characters: usize = lines.iter().map(|line| line.text.chars().count()).sum();
    let characters = characters.saturating_sub(drawn.invisible);
    let is_picture = match characters {
        ..LITTLE_TEXT => drawn.images > 0 || drawn.paths >= OUTLINES,
        LITTLE_TEXT..STAMP => drawn.cover.is_large(),
        _ => drawn.cover.is_most() && drawn.cover.is_framed(),
    };
    drawn.is_unknown() || is_picture && !drawn.is_read()
}

/// Writes the lines of a page, and puts each heading where its title stands, or else at the top.
fn write<'a>(
    written: &mut Extracted,
    page: u32,
    lines: &[Line],
    bookmarks: impl Iterator<Item = &'a Bookmark>,
) {
    let top = written.begin(Unit::Page, page);
    let mut starts = Vec::with_capacity(lines.len());
    for line in lines {
        if line.begins && !written.text.is_empty() && !written.text.ends_with("\n\n") {
            written.text.push('\n');
        }
        starts.push(written.text.len());
        written.text.push_str(&line.text);
        written.text.push('\n');
    }
    let mut from = 0;
    for Bookmark { level, title, .. } in bookmarks {
        let found = lines[from..]
            .iter()
            .position(|line| is_title(&line.text, title));
        let at = match found {
            Some(found) => {
                from += found;
                starts[from]
            }
            None => starts.get(from).copied().unwrap_or(top),
        };
        written.headings.push(Heading {
            at,
            level: *level,
            title: title.clone(),
        });
    }
}

/// Tells whether a line is a heading with this title; it may have a number before it.
fn is_title(line: &str, title: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let (line, title) = (letters(line), letters(title));
    let before = line.strip_suffix(title.as_str());
    !title.is_empty() && before.is_some_and(|before| before.len() <= 12)
        || line.len() >= 8 && title.starts_with(&line)
}
