//! Cutting what does not fit into one chunk where the syntax is shallowest: between functions rather
//! than within one, between statements rather than within one. Where no syntax is known, indentation
//! and blank lines stand for it.

use std::ops::Range;

use super::super::extract::Seam;
use super::lines::Pieces;

/// How deep within the program each piece begins: the less, the better a cut before it.
pub(super) struct Depths(Vec<u8>);

/// A cut here tears something apart.
const WITHIN: u8 = u8::MAX - 1;
/// Deeper ones are all alike.
const DEEPEST: u8 = 100;

impl Depths {
    /// Takes them from the syntax, or else from the looks of the lines.
    pub(super) fn of(text: &str, seams: &[Seam], pieces: &Pieces) -> Self {
        let mut seams = seams.iter().peekable();
        let is_known = seams.peek().is_some();
        let mut after_gap = false;
        let depths = (0..pieces.len()).map(|piece| {
            let bytes = pieces.bytes(piece);
            let mut here = None;
            while let Some(seam) = seams.next_if(|seam| seam.at < bytes.end) {
                here = here.or((seam.at == bytes.start).then_some(seam.depth));
            }
            let is_after_gap = std::mem::replace(&mut after_gap, pieces.is_blank(piece));
            let deep = match pieces.begins_line(piece) {
                true if is_known => here,
                true => indentation(&text[bytes]),
                false => None,
            };
            // A blank line makes the better cut of two that are equally deep.
            let deep = deep.map_or(WITHIN, |deep| 2 * deep.min(DEEPEST));
            deep + u8::from(!is_after_gap)
        });
        Self(depths.collect())
    }
}

/// Returns how far a line is indented; none if it only goes on with what was before, or ends it.
fn indentation(line: &str) -> Option<u8> {
    let said = line.trim_start();
    let goes_on = said.is_empty()
        || said.starts_with(['}', ')', ']', '{'])
        || said.starts_with("</")
        || [
            "end", "else", "elif", "catch", "finally", "fi", "done", "esac",
        ]
        .iter()
        .any(|word| {
            let after = said.strip_prefix(word);
            after.is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
        });
    let columns = line[..line.len() - said.len()]
        .bytes()
        .map(|byte| if byte == b'\t' { 4 } else { 1 })
        .sum::<usize>();
    (!goes_on).then(|| u8::try_from(columns).unwrap_or(u8::MAX))
}

/// Cuts the pieces of `range` into chunks of at most `max` units and hands each to `emit`.
///
/// Each but the last is filled to a third, and ends at the best place from there on. The last is no
/// mere end of a sentence where another place will do.
pub(super) fn cut(
    pieces: &Pieces,
    depths: &Depths,
    range: Range<usize>,
    max: u64,
    emit: &mut dyn FnMut(Range<usize>),
) {
    let mut begin = range.start;
    while begin < range.end {
        if pieces.is_blank(begin) {
            begin += 1;
            continue;
        }
        let fits = |end: usize| pieces.units(begin..end) <= max;
        let most = (begin + 1..range.end)
            .find(|end| !fits(end + 1))
            .unwrap_or(range.end);
        let end = match most == range.end {
            true => most,
            false => {
                let is_filled = |end: &usize| 3 * pieces.units(begin..*end) >= max;
                let first = (begin + 1..most).find(is_filled).unwrap_or(most);
                let is_enough = |end: &usize| 4 * pieces.units(*end..range.end) >= max;
                let last = (first..=most).rev().find(is_enough).unwrap_or(most);
                // Of equally good ones the last.
                let places = (first..=last).rev();
                places.min_by_key(|end| depths.0[*end]).unwrap_or(last)
            }
        };
        emit(begin..end);
        begin = end;
    }
}
