//! A search: one walk that keeps the best chunks which may be seen.
//!
//! Visibility and filters are asked within the walk and not afterwards. So there is nothing to
//! fetch again when hits turn out to be hidden, and block-WAND can skip what cannot get into the
//! result, with a filter as well as without.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;

use tantivy::query::{BooleanQuery, EnableScoring, Occur, PhraseQuery, Query, TermQuery, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, Score, Searcher};

use super::gate::Gate;
use super::prefix::expand;
use super::schema::body_term;
use super::snapshot::Snapshot;
use crate::ids::VersionKey;
use crate::index::filter::Filter;
use crate::index::query::{Term, TermKind};
use crate::index::{Found, Visible};

/// A search, ready to run.
pub(super) struct Search {
    pub(super) terms: Vec<Term>,
    pub(super) filter: Filter,
    pub(super) limit: usize,
    pub(super) explain: bool,
}

/// A term with its queries, of which each adds to the score.
struct Clause {
    label: String,
    occur: Occur,
    queries: Vec<Box<dyn Query>>,
}

impl Search {
    pub(super) fn run(
        &self,
        snapshot: &Snapshot,
        visible: &dyn Visible,
    ) -> tantivy::Result<Vec<Found>> {
        let searcher = &snapshot.searcher;
        let clauses = self
            .terms
            .iter()
            .filter_map(|term| clause(term, searcher).transpose())
            .collect::<tantivy::Result<Vec<_>>>()?;
        if clauses.is_empty() || self.limit == 0 {
            return Ok(Vec::new());
        }
        let weight = combine(&clauses).weight(EnableScoring::enabled_from_searcher(searcher))?;
        let mut hits = self.walk(snapshot, &*weight, visible)?;
        let parts = contributions(&clauses, &mut hits, snapshot)?;
        let mut ranked: Vec<_> = hits.into_iter().zip(parts).collect();
        ranked.sort_by_key(|(hit, _)| *hit);
        let found = ranked.into_iter().map(|(hit, parts)| {
            let labels = clauses.iter().map(|clause| clause.label.clone());
            let terms = labels.zip(parts).filter(|(_, part)| *part > 0.0);
            Found {
                version: hit.version,
                ordinal: hit.ordinal,
                score: hit.score,
                terms: if self.explain {
                    terms.collect()
                } else {
                    Vec::new()
                },
            }
        });
        Ok(found.collect())
    }

    /// Returns the best hits, in no order.
    fn walk(
        &self,
        snapshot: &Snapshot,
        weight: &dyn Weight,
        visible: &dyn Visible,
    ) -> tantivy::Result<Vec<Hit>> {
        let mut best = BinaryHeap::new();
        let mut threshold = Score::MIN;
        for (number, segment, columns) in snapshot.segments() {
            let mut gate = Gate::new(&self.filter, columns);
            weight.for_each_pruning(threshold, segment, &mut |doc, score| {
                if segment.is_deleted(doc) {
                    return threshold;
                }
                let hit = Hit {
                    score,
                    version: columns.version(doc),
                    ordinal: columns.ordinal(doc),
                    address: DocAddress::new(number, doc),
                };
                let full = best.len() == self.limit;
                if full && best.peek().is_some_and(|worst| hit >= *worst) {
                    return threshold;
                }
                if !gate.lets(doc) || !visible.is_visible(hit.version) {
                    return threshold;
                }
                if full {
                    best.pop();
                }
                best.push(hit);
                if best.len() == self.limit {
                    // One step lower, or those with the same score would be skipped unseen.
                    threshold = best
                        .peek()
                        .map_or(threshold, |worst| worst.score.next_down());
                }
                threshold
            })?;
            gate.finish()?;
        }
        Ok(best.into_vec())
    }
}

/// A candidate. The smaller, the better.
#[derive(Clone, Copy, Debug)]
struct Hit {
    score: Score,
    version: VersionKey,
    ordinal: u32,
    address: DocAddress,
}

impl Ord for Hit {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |hit: &Self| (hit.version, hit.ordinal, hit.address);
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| place(self).cmp(&place(other)))
    }
}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Hit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Hit {}

/// Returns the queries of a term, or none if nothing in the collection begins with its prefix.
fn clause(term: &Term, searcher: &Searcher) -> tantivy::Result<Option<Clause>> {
    let word = |token: &str| -> Box<dyn Query> {
        Box::new(TermQuery::new(
            body_term(token),
            IndexRecordOption::WithFreqs,
        ))
    };
    let (occur, queries) = match &term.kind {
        TermKind::Word(token) => (Occur::Should, vec![word(token)]),
        TermKind::Phrase(tokens) => match tokens.as_slice() {
            [(_, token)] => (Occur::Must, vec![word(token)]),
            tokens => {
                let terms = tokens
                    .iter()
                    .map(|(at, token)| (*at, body_term(token)))
                    .collect();
                let phrase: Box<dyn Query> = Box::new(PhraseQuery::new_with_offset(terms));
                (Occur::Must, vec![phrase])
            }
        },
        TermKind::Prefix { prefix, stem } => {
            let tokens = expand(prefix, stem, searcher)?;
            (
                Occur::Should,
                tokens.iter().map(|token| word(token)).collect(),
            )
        }
    };
    let clause = Clause {
        label: term.label.clone(),
        occur,
        queries,
    };
    Ok(if clause.queries.is_empty() {
        None
    } else {
        Some(clause)
    })
}

/// Returns one flat query: block-WAND works on a plain list of words only.
fn combine(clauses: &[Clause]) -> Box<dyn Query> {
    let mut queries: Vec<_> = clauses
        .iter()
        .flat_map(|clause| {
            clause
                .queries
                .iter()
                .map(|query| (clause.occur, query.box_clone()))
        })
        .collect();
    match queries.len() {
        1 => queries.remove(0).1,
        _ => Box::new(BooleanQuery::new(queries)),
    }
}

/// Returns what each clause adds to each hit, and sets the scores to the sums.
///
/// The walk adds up in an order that depends on the segment. Adding up in the order of the query
/// gives the same text the same score wherever it is, so that ties are ties.
fn contributions(
    clauses: &[Clause],
    hits: &mut [Hit],
    snapshot: &Snapshot,
) -> tantivy::Result<Vec<Vec<Score>>> {
    // Lists can only be walked forwards.
    hits.sort_by_key(|hit| hit.address);
    let mut parts = vec![vec![0.0; clauses.len()]; hits.len()];
    let scoring = EnableScoring::enabled_from_searcher(&snapshot.searcher);
    for (column, clause) in clauses.iter().enumerate() {
        for query in &clause.queries {
            let weight = query.weight(scoring)?;
            let mut current = None;
            for (hit, parts) in hits.iter().zip(&mut parts) {
                let DocAddress {
                    segment_ord,
                    doc_id,
                } = hit.address;
                let scorer = match &mut current {
                    Some((segment, scorer)) if *segment == segment_ord => scorer,
                    current => {
                        let segment = snapshot.searcher.segment_reader(segment_ord);
                        &mut current
                            .insert((segment_ord, weight.scorer(segment, 1.0)?))
                            .1
                    }
                };
                if scorer.doc() <= doc_id && scorer.seek(doc_id) == doc_id {
                    parts[column] += scorer.score();
                }
            }
        }
    }
    for (hit, parts) in hits.iter_mut().zip(&parts) {
        hit.score = parts.iter().sum();
    }
    Ok(parts)
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What people search for is theirs.
        f.debug_struct("Search")
            .field("terms", &self.terms.len())
            .finish_non_exhaustive()
    }
}
