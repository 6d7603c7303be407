//! What is written on a page: characters with their places, in the order in which they are drawn.

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask,
};
use hayro::hayro_syntax::object::{Dict, String as PdfString};
use hayro::kurbo::{Affine, BezPath, Point};

use super::super::text::is_written;
use super::cover::Cover;
use super::words;

/// Characters of one page, at most: a form that draws itself many times over has no end.
const MOST: usize = 500_000;
/// Letters that nobody sees of a page that somebody read, at least.
const READ: usize = 20;
/// The font says how wide its characters are by thousandths of its size.
const UNITS: f64 = 1_000.0;
/// Where the font does not say it: about the width of a digit.
const USUAL_WIDTH: f64 = 500.0;

/// One character, or several that are drawn as one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Where it begins on its line and where it ends, from the top left corner of the page.
    pub(super) start: Point,
    pub(super) end: Point,
    /// The height of the font.
    pub(super) size: f64,
}

/// Everything that is drawn on one page.
pub(super) struct Page {
    pub(super) pieces: Vec<Piece>,
    /// Glyphs of which it is known what they are,
    known: usize,
    /// those of which it is not,
    unknown: usize,
    /// and those of the first that nobody sees: who read the page before laid them over it,
    pub(super) invisible: usize,
    /// of which these are letters and digits,
    invisible_letters: usize,
    /// and these are spaces.
    invisible_spaces: usize,
    /// Characters that are drawn as one with others.
    joined: usize,
    pub(super) images: usize,
    /// Lines and areas: letters may be drawn so.
    pub(super) paths: usize,
    pub(super) cover: Cover,
    /// Marked contents that are open, and the text that some of them bring along.
    marked: Vec<Option<Instead>>,
}

/// A text that stands for what is drawn.
struct Instead {
    text: String,
    /// Around all that was drawn for it.
    place: Option<Piece>,
}

impl Page {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            pieces: Vec::new(),
            known: 0,
            unknown: 0,
            invisible: 0,
            invisible_letters: 0,
            invisible_spaces: 0,
            joined: 0,
            images: 0,
            paths: 0,
            cover: Cover::new(width, height),
            marked: Vec::new(),
        }
    }

    /// Tells whether a part of its text that counts is not known. Of several glyphs that are several
    /// characters together, only one has to say which.
    pub(super) fn is_unknown(&self) -> bool {
        let unknown = self.unknown.saturating_sub(self.joined);
        unknown * 5 > self.known + unknown
    }

    /// Tells whether its text is what somebody read on it, laid over it for those who search: some words
    /// of letters. A dot or a smear is what a program saw that could not read.
    pub(super) fn is_read(&self) -> bool {
        let signs = self.invisible - self.invisible_spaces;
        let are_words = self.invisible_letters >= READ && 10 * self.invisible_letters >= 6 * signs;
        are_words && self.invisible * 2 > self.known
    }

    fn note_invisible(&mut self, from: usize) {
        for c in self.pieces[from..]
            .iter()
            .flat_map(|piece| piece.text.chars())
        {
            self.invisible_letters += usize::from(c.is_alphanumeric());
            self.invisible_spaces += usize::from(c.is_whitespace());
        }
    }

    fn glyph(&mut self, glyph: &Glyph<'_>, transform: Affine) {
        let width = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(drawn) => drawn.advance_width(),
        };
        let width = width.map_or(USUAL_WIDTH, f64::from);
        let (start, up) = (transform * Point::ZERO, transform * Point::new(0.0, UNITS));
        let mut piece = Piece {
            text: String::new(),
            start,
            end: transform * Point::new(width, 0.0),
            size: start.distance(up),
        };
        if !(piece.start.is_finite() && piece.end.is_finite() && piece.size.is_finite()) {
            return;
        }
        if let Some(instead) = self.marked.iter_mut().rev().flatten().next() {
            return instead.take(piece);
        }
        match glyph.as_unicode() {
            Some(BfString::Char(c)) if is_written(c) => piece.text.push(c),
            Some(BfString::String(text)) if text.chars().all(is_written) => {
                self.joined += text.chars().count().saturating_sub(1);
                piece.text = text;
            }
            Some(_) | None => {
                self.unknown += 1;
                return;
            }
        }
        self.known += 1;
        self.pieces.push(piece);
    }
}

impl Instead {
    fn take(&mut self, piece: Piece) {
        match &mut self.place {
            Some(place) => place.end = piece.end,
            None => self.place = Some(piece),
        }
    }
}

impl Device<'_> for Page {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, mode: &DrawMode) {
        let (before, first) = (self.known, self.pieces.len());
        for glyph in run.glyphs() {
            if self.pieces.len() + self.unknown >= MOST {
                break;
            }
            self.glyph(glyph, props.transform * glyph.transform());
        }
        if matches!(mode, DrawMode::Invisible) {
            self.invisible += self.known - before;
            self.note_invisible(first);
        } else {
            for piece in &self.pieces[first..] {
                if !piece.text.trim().is_empty() {
                    self.cover.write(piece.start.y);
                }
            }
        }
    }

    fn draw_image(&mut self, image: Image<'_, '_>, props: ImageDrawProps<'_>) {
        self.images += 1;
        self.cover
            .add(image.width(), image.height(), props.transform);
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        let text = properties.and_then(|known| known.get::<PdfString<'_>>(b"ActualText"));
        self.marked.push(text.map(|text| Instead {
            text: words::of_string(text.as_bytes()),
            place: None,
        }));
    }

    fn end_marked_content(&mut self) {
        if let Some(Some(Instead {
            text,
            place: Some(place),
        })) = self.marked.pop()
        {
            self.pieces.push(Piece { text, ..place });
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {
        self.paths += 1;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
