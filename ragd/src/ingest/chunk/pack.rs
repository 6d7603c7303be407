//! Filling chunks: with whole blocks while they fit, with lines where a block alone does not.

use std::ops::Range;

use super::lines::Pieces;

/// The size of chunks, in units.
pub(super) struct Budget {
    pub(super) max: u64,
    pub(super) overlap: u64,
}

/// Cuts the pieces of `range` into chunks and hands each to `emit`.
///
/// Pieces before `lead` are headings: they are not left alone, whatever follows.
pub(super) fn pack(
    pieces: &Pieces,
    range: Range<usize>,
    lead: usize,
    budget: &Budget,
    emit: &mut dyn FnMut(Range<usize>),
) {
    let mut packer = Packer {
        pieces,
        lead,
        budget,
        emit,
        chunk: range.start..range.start,
    };
    let mut at = range.start;
    while at < range.end {
        if pieces.is_gap(at) {
            at += 1;
            continue;
        }
        let block = at..(at..range.end)
            .find(|piece| pieces.is_gap(*piece))
            .unwrap_or(range.end);
        at = block.end;
        if !packer.add(block.clone()) {
            for piece in block {
                packer.add_line(piece);
            }
        }
    }
    packer.flush();
}

struct Packer<'a> {
    pieces: &'a Pieces,
    lead: usize,
    budget: &'a Budget,
    emit: &'a mut dyn FnMut(Range<usize>),
    /// What the current chunk has so far.
    chunk: Range<usize>,
}

impl Packer<'_> {
    /// Adds a block, if it fits into this chunk or into a fresh one.
    fn add(&mut self, block: Range<usize>) -> bool {
        if self.chunk.is_empty() {
            self.chunk = block.start..block.start;
        }
        if self.fits(self.chunk.start, block.end) {
            self.chunk.end = block.end;
            return true;
        }
        if self.is_lead() {
            return false;
        }
        // A block that needs several chunks anyway first fills up this one.
        if self.pieces.units(block.clone()) > self.budget.max {
            return false;
        }
        self.flush();
        self.start(block.start, block.end);
        self.chunk.end = block.end;
        true
    }

    fn add_line(&mut self, piece: usize) {
        let max = self.budget.max;
        // Headings take what follows them along, but not over any stretch of white space.
        let leads = self.is_lead()
            && !self.chunk.is_empty()
            && self.pieces.units(self.chunk.clone()) <= max
            && self.pieces.units(self.chunk.start..piece + 1) <= 2 * max;
        if !leads && !self.fits(self.chunk.start, piece + 1) {
            self.flush();
            self.start(piece, piece + 1);
        }
        self.chunk.end = piece + 1;
    }

    /// Begins a chunk at `piece`, or at earlier whole lines to repeat if all up to `end` fits.
    fn start(&mut self, piece: usize, end: usize) {
        let mut start = piece;
        if self.budget.overlap > 0 && self.pieces.begins_line(piece) {
            // All of the chunk before never fits, or `piece` would have become a part of it.
            let mut candidate = piece;
            while candidate > self.chunk.start
                && self.pieces.units(candidate - 1..piece) <= self.budget.overlap
                && self.fits(candidate - 1, end)
            {
                candidate -= 1;
                if !self.pieces.is_blank(candidate) && self.pieces.begins_line(candidate) {
                    start = candidate;
                }
            }
        }
        self.chunk = start..start;
    }

    fn flush(&mut self) {
        if !self.chunk.is_empty() {
            (self.emit)(self.chunk.clone());
        }
    }

    fn fits(&self, start: usize, end: usize) -> bool {
        self.pieces.units(start..end) <= self.budget.max
    }

    /// Tells whether the chunk has only headings so far.
    fn is_lead(&self) -> bool {
        self.chunk.end <= self.lead
    }
}
