//! The vectors nearest to a query: signs find candidates, whole numbers rank them, and the numbers
//! as they came rank the best of these.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::machine;
use super::segment::{Segment, quantise, signs_of};
use crate::ids::VersionKey;
use crate::index::Near;

/// Rows up to which all are ranked by whole numbers: it takes less than a millisecond.
const FEW: usize = 8_192;
/// Candidates by sign for each vector that is wanted, and the least.
const CANDIDATES: usize = 8;
const LEAST_CANDIDATES: usize = 400;
/// One more candidate for so many rows: among many, more are alike by their signs.
const ROWS_PER_CANDIDATE: usize = 400;
/// Bits of the query's magnitudes. A row has only its signs: a third bit costs half as much again
/// and brings no other candidates among the best ten.
const PLANES: usize = 2;
/// Rows compared at a time: their agreements stay in the first-level cache.
const BLOCK: usize = 2_048;
/// Rows from which it pays to start a second thread: a third of a millisecond.
const MANY: usize = 16_384;

/// A query in every form that the stages need.
struct Query<'a> {
    numbers: &'a [f32],
    codes: Vec<i8>,
    scale: f32,
    signs: Vec<u64>,
    planes: Vec<u64>,
}

/// A row of one of the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    agreement: i32,
    /// Smaller is better among equals, so that the order of segments does not matter.
    key: Reverse<(u64, u32)>,
    segment: usize,
    row: usize,
}

impl<'a> Query<'a> {
    fn new(numbers: &'a [f32]) -> Self {
        let (codes, scale) = quantise(numbers);
        let signs = signs_of(&codes);
        let mut planes = vec![0; signs.len() * PLANES];
        for (at, code) in codes.iter().enumerate() {
            // The top bits of the magnitude, rounded.
            let below = 7 - PLANES;
            let magnitude = (u32::from(code.unsigned_abs()) + (1 << (below - 1))) >> below;
            let magnitude = magnitude.min((1 << PLANES) - 1);
            for plane in 0..PLANES {
                let bit = u64::from(magnitude >> plane & 1) << (at % 64);
                planes[plane * signs.len() + at / 64] |= bit;
            }
        }
        Self {
            numbers,
            codes,
            scale,
            signs,
            planes,
        }
    }

    /// Returns the product with a row of whole numbers.
    fn coarse(&self, segment: &Segment, row: usize) -> f32 {
        let dot = machine::dot_i8(&self.codes, segment.codes(row));
        #[expect(clippy::cast_precision_loss, reason = "a rank needs no more digits")]
        let dot = dot as f32;
        dot * self.scale * segment.scale(row)
    }

    /// Returns the product with a row as it came.
    fn fine(&self, segment: &Segment, row: usize) -> f32 {
        match segment.exact(row) {
            Some(exact) => machine::dot_f32(self.numbers, exact),
            None => {
                let codes = segment.codes(row).iter();
                let dot: f32 = codes
                    .zip(self.numbers)
                    .map(|(c, x)| f32::from(*c) * x)
                    .sum();
                dot * segment.scale(row)
            }
        }
    }
}

/// Returns the `limit` vectors nearest to `query` among those whose version `accepts`, best first.
pub(super) fn nearest(
    segments: &[Arc<Segment>],
    query: &[f32],
    limit: usize,
    accepts: &(dyn Fn(&Segment, usize) -> bool + Sync),
) -> Vec<Near> {
    let query = Query::new(query);
    let rows: usize = segments.iter().map(|segment| segment.rows()).sum();
    let wanted = match rows <= FEW {
        true => rows,
        false => (limit * CANDIDATES)
            .max(LEAST_CANDIDATES)
            .max(rows / ROWS_PER_CANDIDATE),
    };
    let candidates = candidates(segments, &query, rows, wanted, accepts);
    let mut ranked: Vec<_> = candidates
        .into_iter()
        .map(|candidate| {
            let segment = &segments[candidate.segment];
            (query.coarse(segment, candidate.row), candidate)
        })
        .collect();
    let best_first = |a: &(f32, Candidate), b: &(f32, Candidate)| {
        b.0.total_cmp(&a.0).then(b.1.key.cmp(&a.1.key))
    };
    ranked.sort_unstable_by(best_first);
    // Whole numbers are off by less than a percent: the best are among twice as many.
    ranked.truncate(limit * 2 + 16);
    for (score, candidate) in &mut ranked {
        *score = query.fine(&segments[candidate.segment], candidate.row);
    }
    ranked.sort_unstable_by(best_first);
    ranked.truncate(limit);
    let near = |(score, candidate): (f32, Candidate)| {
        let Reverse((key, ordinal)) = candidate.key;
        Near {
            version: VersionKey(key),
            ordinal,
            score,
        }
    };
    ranked.into_iter().map(near).collect()
}

/// Returns the products of `query` with single chunks, wherever these are.
pub(super) fn products(
    segments: &[Arc<Segment>],
    query: &[f32],
    chunks: &[(VersionKey, u32)],
) -> Vec<Option<f32>> {
    let query = Query::new(query);
    let product = |(version, ordinal): &(VersionKey, u32)| {
        let mut found = segments.iter();
        let (segment, version) =
            found.find_map(|segment| Some((segment, segment.find(*version)?)))?;
        let row = segment.run(version).nth(*ordinal as usize)?;
        Some(query.fine(segment, row))
    };
    chunks.iter().map(product).collect()
}

fn candidates(
    segments: &[Arc<Segment>],
    query: &Query<'_>,
    rows: usize,
    wanted: usize,
    accepts: &(dyn Fn(&Segment, usize) -> bool + Sync),
) -> Vec<Candidate> {
    let threads = match rows {
        0..MANY => 1,
        _ => std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(4),
    };
    // Whatever the order of sizes, the shares are about equal.
    let share = rows.div_ceil(threads).max(1);
    let mut heaps: Vec<BinaryHeap<Reverse<Candidate>>> = Vec::new();
    std::thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|thread| {
                let range = thread * share..((thread + 1) * share).min(rows);
                let work = move || best_of(segments, query, range, wanted, accepts);
                if thread + 1 == threads {
                    Err(work())
                } else {
                    Ok(scope.spawn(work))
                }
            })
            .collect();
        heaps.extend(shares.into_iter().map(|share| {
            match share {
                Err(heap) => heap,
                Ok(thread) => thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            }
        }));
    });
    let mut all: Vec<_> = heaps
        .into_iter()
        .flatten()
        .map(|Reverse(one)| one)
        .collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.truncate(wanted);
    all
}

/// Goes through the rows of all segments that have numbers in `range`, counted over all of them.
fn best_of(
    segments: &[Arc<Segment>],
    query: &Query<'_>,
    range: std::ops::Range<usize>,
    wanted: usize,
    accepts: &(dyn Fn(&Segment, usize) -> bool + Sync),
) -> BinaryHeap<Reverse<Candidate>> {
    let mut best: BinaryHeap<Reverse<Candidate>> = BinaryHeap::with_capacity(wanted + 1);
    // The worst of the best, when these are enough: what a row has to beat.
    let mut worst: Option<Candidate> = None;
    let mut threshold = i32::MIN;
    let mut agreements = [0; BLOCK];
    let words = query.signs.len();
    let mut before = 0;
    for (number, segment) in segments.iter().enumerate() {
        let own = range.start.max(before)..range.end.min(before + segment.rows());
        let (mut row, end) = (
            own.start.saturating_sub(before),
            own.end.saturating_sub(before),
        );
        before += segment.rows();
        // The last version that was asked about; rows of one stand together.
        let mut asked = (usize::MAX, false);
        while row < end {
            let block = row..end.min(row + BLOCK);
            let signs = &segment.signs()[block.start * words..block.end * words];
            machine::agreements(&query.signs, &query.planes, signs, &mut agreements);
            for (at, agreement) in block.clone().zip(&agreements) {
                if *agreement < threshold {
                    continue;
                }
                let (version, ordinal) = segment.owner(at);
                let candidate = Candidate {
                    agreement: *agreement,
                    key: Reverse((segment.key(version).0, ordinal)),
                    segment: number,
                    row: at,
                };
                // Few words make few different agreements: most rows that pass are only as good.
                if worst.is_some_and(|worst| candidate <= worst) {
                    continue;
                }
                if asked.0 != version {
                    asked = (
                        version,
                        !segment.is_gone(version) && accepts(segment, version),
                    );
                }
                if !asked.1 {
                    continue;
                }
                best.push(Reverse(candidate));
                if best.len() > wanted {
                    best.pop();
                }
                if best.len() == wanted {
                    worst = best.peek().map(|Reverse(worst)| *worst);
                    threshold = worst.map_or(i32::MAX, |worst| worst.agreement);
                }
            }
            row = block.end;
        }
    }
    best
}
