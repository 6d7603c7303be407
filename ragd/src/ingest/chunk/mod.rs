//! Cutting text into passages. Pure, and linear in the length of the text.
//!
//! Text becomes pieces, usually lines; `sections` cuts Markdown by its headings,
//! and all else by those that `extract` found: of a program these are its items. What does not fit,
//! `pack` cuts between blocks and then lines of a text, and `seams` between the statements of a program.

mod lines;
pub(super) mod markdown;
mod pack;
mod seams;
mod sections;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::extract::{Heading, Kind, Seam};
use crate::config;
use lines::Pieces;
use pack::Budget;
use seams::Depths;

/// Names what turns bytes into chunks: a change here, or in `extract`, gets a new word, and then
/// everything is cut again.
pub const PIPELINE: &str = "extract-8 chunk-3";

/// How large chunks are, in estimated tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkParams {
    /// At least 8 is used, so that every character fits.
    pub max_tokens: u32,
    /// Repeated from the chunk before, in whole lines, in prose only. At most half of the above.
    pub overlap_tokens: u32,
}

impl From<&config::Ingest> for ChunkParams {
    fn from(config: &config::Ingest) -> Self {
        Self {
            max_tokens: config.chunk_tokens,
            overlap_tokens: config.overlap_tokens,
        }
    }
}

impl Default for ChunkParams {
    fn default() -> Self {
        // A first guess: one thought, and a dozen fit into the context of a small model. To be
        // settled by the retrieval benchmark.
        Self {
            max_tokens: 400,
            overlap_tokens: 40,
        }
    }
}

/// A passage of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Without blank lines, and white space, around it.
    pub byte_range: Range<usize>,
    /// From 1.
    pub line_start: u32,
    /// The last line, included.
    pub line_end: u32,
    /// The headings above, `A > B > C`.
    pub heading: Option<String>,
}

/// Returns the fingerprint of a version's pipeline: equal ones give equal chunks.
#[must_use]
pub fn fingerprint(params: &ChunkParams) -> String {
    let ChunkParams {
        max_tokens,
        overlap_tokens,
    } = params;
    format!("{PIPELINE} max={max_tokens} overlap={overlap_tokens}")
}

/// Returns the estimated number of tokens in `text`.
#[must_use]
pub fn tokens(text: &str) -> u32 {
    let tokens = lines::units(text.as_bytes()).div_ceil(lines::UNITS_PER_TOKEN);
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// What is known of a text that is to be cut.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape<'a> {
    pub kind: Kind,
    /// In order; of Markdown none, as the text shows them itself.
    pub headings: &'a [Heading],
    /// In order.
    pub seams: &'a [Seam],
}

/// Cuts `text` into chunks that cover everything but white space, in order.
///
/// No chunk has more tokens than allowed, with one exception: headings stay with the first line
/// below them. Their lines then come on top, up to the limit once more.
#[must_use]
pub fn chunk(text: &str, shape: Shape<'_>, params: &ChunkParams) -> Vec<Chunk> {
    let Shape {
        kind,
        headings,
        seams,
    } = shape;
    let max = u64::from(params.max_tokens.max(8)) * lines::UNITS_PER_TOKEN;
    let overlap = match kind {
        Kind::Prose => (u64::from(params.overlap_tokens) * lines::UNITS_PER_TOKEN).min(max / 2),
        Kind::Markdown | Kind::Code => 0,
    };
    let budget = Budget { max, overlap };
    let mut pieces = Pieces::of(text, max);
    let depths = (kind == Kind::Code).then(|| Depths::of(text, seams, &pieces));
    if kind == Kind::Markdown {
        return sections::cut(text, None, None, &mut pieces, &budget);
    }
    if !headings.is_empty() {
        let depths = depths.as_ref();
        return sections::cut(text, depths, Some(headings), &mut pieces, &budget);
    }
    let mut chunks = Vec::new();
    let all = 0..pieces.len();
    fill(&pieces, depths.as_ref(), all, 0, &budget, &mut |range| {
        chunks.extend(pieces.chunk(text, range, None));
    });
    chunks
}

/// Cuts the pieces of `range` into chunks, those of a program at its seams.
fn fill(
    pieces: &Pieces,
    depths: Option<&Depths>,
    range: Range<usize>,
    lead: usize,
    budget: &Budget,
    emit: &mut dyn FnMut(Range<usize>),
) {
    match depths {
        Some(depths) => seams::cut(pieces, depths, range, budget.max, emit),
        None => pack::pack(pieces, range, lead, budget, emit),
    }
}

/// As [`chunk`]; no chunk reaches over one of the places `apart`, which are beginnings of lines.
pub(super) fn chunk_apart(
    text: &str,
    shape: Shape<'_>,
    apart: &[usize],
    params: &ChunkParams,
) -> Vec<Chunk> {
    if apart.is_empty() {
        return chunk(text, shape, params);
    }
    let mut chunks = Vec::new();
    let (mut from, mut lines, mut rest) = (0, 0, shape);
    for end in apart.iter().copied().chain([text.len()]) {
        let here = rest.headings.partition_point(|heading| heading.at < end);
        let (headings, later) = rest.headings.split_at(here);
        let headings: Vec<_> = headings
            .iter()
            .map(|heading| Heading {
                at: heading.at - from,
                ..heading.clone()
            })
            .collect();
        let here = rest.seams.partition_point(|seam| seam.at < end);
        let (seams, later_seams) = rest.seams.split_at(here);
        let seams: Vec<_> = seams
            .iter()
            .map(|seam| Seam {
                at: seam.at - from,
                ..*seam
            })
            .collect();
        let part = &text[from..end];
        let own = Shape {
            headings: &headings,
            seams: &seams,
            ..shape
        };
        let cut = chunk(part, own, params).into_iter();
        chunks.extend(cut.map(|chunk| Chunk {
            byte_range: from + chunk.byte_range.start..from + chunk.byte_range.end,
            line_start: chunk.line_start + lines,
            line_end: chunk.line_end + lines,
            heading: chunk.heading,
        }));
        let passed = part.bytes().filter(|byte| *byte == b'\n').count();
        lines = lines.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        (from, rest.headings, rest.seams) = (end, later, later_seams);
    }
    chunks
}

#[cfg(test)]
mod tests;
