//! The pieces a text is put together from: lines, and parts of lines that are too long.

use std::ops::Range;

use super::Chunk;

/// Tokens are counted in eighths, so that each byte has a whole weight.
pub(super) const UNITS_PER_TOKEN: u64 = 8;

/// What a byte adds to the estimate.
///
/// Rules of thumb for byte-pair encoders, not fitted to any: an English word with its space comes
/// to 1.3 tokens, three digits to one, punctuation is often joined (`);`), a letter of two bytes is
/// half a token and a CJK character one. Weights add up, so any range is a difference of two sums.
const UNITS: [u8; 256] = {
    let mut units = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        units[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => 2,
            b'0'..=b'9' => 3,
            b'\n' => 2,
            0..=b' ' => 1,
            0x80..=0xbf => 0,
            0xc0..=0xdf => 4,
            0xe0..=0xef => 8,
            0xf0..=0xff => 16,
            _ => 5,
        };
        byte += 1;
    }
    units
};

/// Returns the estimate for `bytes`.
pub(super) fn units(bytes: &[u8]) -> u64 {
    // Sums of 32 bits are what the compiler makes wide; no block overflows them.
    bytes
        .chunks(1 << 20)
        .map(|block| {
            block
                .iter()
                .map(|byte| u32::from(UNITS[usize::from(*byte)]))
                .sum::<u32>()
        })
        .map(u64::from)
        .sum()
}

/// A line with its end, a part of a long line, or a run of blank lines.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: usize,
    /// Units of the text before it.
    units: u64,
    /// Line ends before it.
    line: u32,
    blank: bool,
    /// Blank and between blocks; a blank line within a code fence is not.
    gap: bool,
}

/// A text in pieces.
pub(super) struct Pieces {
    /// With a last one at the end of the text.
    pieces: Vec<Piece>,
}

impl Pieces {
    /// Cuts `text` into lines, and lines of more than `max` units into parts of a quarter of that:
    /// then chunks of such parts are at least three quarters full.
    pub(super) fn of(text: &str, max: u64) -> Self {
        // A guess that saves growing; short lines only cost a copy.
        let mut pieces: Vec<Piece> = Vec::with_capacity(text.len() / 24 + 2);
        let (mut start, mut before, mut line) = (0, 0, 0);
        for full in text.as_bytes().split_inclusive(|byte| *byte == b'\n') {
            let sum = units(full);
            let blank = full.iter().all(u8::is_ascii_whitespace);
            let piece = Piece {
                start,
                units: before,
                line,
                blank,
                gap: blank,
            };
            if sum > max && !blank {
                split(full, piece, max / 4, &mut pieces);
            } else if !(blank && pieces.last().is_some_and(|last| last.blank)) {
                pieces.push(piece);
            }
            start += full.len();
            before += sum;
            line = line.saturating_add(u32::from(full.ends_with(b"\n")));
        }
        pieces.push(Piece {
            start,
            units: before,
            line,
            blank: true,
            gap: true,
        });
        Self { pieces }
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.len() - 1
    }

    pub(super) fn bytes(&self, piece: usize) -> Range<usize> {
        self.pieces[piece].start..self.pieces[piece + 1].start
    }

    pub(super) fn is_blank(&self, piece: usize) -> bool {
        self.pieces[piece].blank
    }

    pub(super) fn is_gap(&self, piece: usize) -> bool {
        self.pieces[piece].gap
    }

    /// Tells whether a piece begins a line.
    pub(super) fn begins_line(&self, piece: usize) -> bool {
        piece == 0 || self.pieces[piece].line != self.pieces[piece - 1].line
    }

    /// Joins a blank piece to the block around it.
    pub(super) fn close_gap(&mut self, piece: usize) {
        self.pieces[piece].gap = false;
    }

    pub(super) fn units(&self, range: Range<usize>) -> u64 {
        self.pieces[range.end].units - self.pieces[range.start].units
    }

    /// Returns the chunk of a range of pieces, unless it is blank.
    pub(super) fn chunk(
        &self,
        text: &str,
        range: Range<usize>,
        heading: Option<String>,
    ) -> Option<Chunk> {
        let first = range.clone().find(|piece| !self.pieces[*piece].blank)?;
        let last = range.rev().find(|piece| !self.pieces[*piece].blank)?;
        let start = self.pieces[first].start;
        let end = start
            + text[start..self.pieces[last + 1].start]
                .trim_ascii_end()
                .len();
        Some(Chunk {
            byte_range: start..end,
            line_start: self.pieces[first].line.saturating_add(1),
            line_end: self.pieces[last].line.saturating_add(1),
            heading,
        })
    }
}

/// Cuts `line` into parts of at most `max` units, behind white space where there is some late in
/// the part, else between characters.
fn split(line: &[u8], first: Piece, max: u64, pieces: &mut Vec<Piece>) {
    // A character has up to 16 units, and at least one must fit.
    let max = max.max(16);
    let mut piece = first;
    let mut rest = line;
    while !rest.is_empty() {
        let (mut sum, mut end, mut space) = (0, 0, 0);
        while end < rest.len() {
            let weight = u64::from(UNITS[usize::from(rest[end])]);
            if sum + weight > max {
                break;
            }
            sum += weight;
            end += 1;
            if rest[end - 1].is_ascii_whitespace() {
                space = end;
            }
        }
        if end < rest.len() && space > end / 4 * 3 {
            end = space;
        }
        let part = &rest[..end];
        // Parts of white space alone are gaps like blank lines, and need not be in any chunk.
        let blank = part.iter().all(u8::is_ascii_whitespace);
        pieces.push(Piece {
            blank,
            gap: blank,
            ..piece
        });
        piece.start += end;
        piece.units += units(part);
        rest = &rest[end..];
    }
}
