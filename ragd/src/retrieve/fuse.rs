//! One ranking out of two: each score as a share of the best of its kind, then a weighted sum.
//!
//! Ranks alone (RRF) were tried on four sets of questions: with vectors that are weaker than the
//! words they do worse than the words by themselves.

use std::collections::{HashMap, HashSet};

use super::asides::Asides;
use super::{Mode, Query};
use crate::ids::{CollectionId, VersionKey};
use crate::index::{Found, Near};

/// What the words count of the sum; the vectors count the rest.
const WORDS: f32 = 0.8;

/// What a file that all others need gains, as a share of its score. It decides between passages that
/// fit alike, and no more: what is needed by many is found by many words.
const NEEDED: f32 = 0.1;
/// The height (see `project`) of a file from which on it gains no more: 64 times the average.
const HIGH: f32 = 96.0;

/// Everything that was found, by chunk.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    found: HashMap<Key, Candidate>,
    /// By collection: chunks without a word of the query have to be this near to it.
    floors: HashMap<CollectionId, f32>,
    asides: Asides,
}

#[derive(Debug, Default)]
struct Candidate {
    words: Option<f32>,
    terms: Vec<(String, f32)>,
    near: f32,
}

/// A chunk in its place.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub(super) collection: CollectionId,
    pub(super) version: VersionKey,
    pub(super) ordinal: u32,
    pub(super) score: f32,
    pub(super) parts: Vec<(String, f32)>,
}

impl Candidates {
    pub(super) fn floor(&mut self, collection: CollectionId, floor: f32) {
        self.floors.insert(collection, floor);
    }

    /// Returns the versions that something was found of.
    pub(super) fn versions(&self) -> HashSet<VersionKey> {
        self.found.keys().map(|(_, version, _)| *version).collect()
    }

    pub(super) fn stand_aside(&mut self, asides: Asides) {
        self.asides = asides;
    }

    pub(super) fn words(&mut self, collection: CollectionId, found: Vec<Found>) {
        for found in found {
            let key = (collection, found.version, found.ordinal);
            let candidate = self.found.entry(key).or_default();
            candidate.words = Some(found.score);
            candidate.terms = found.terms;
        }
    }

    pub(super) fn near(&mut self, collection: CollectionId, found: Vec<Near>) {
        for near in found {
            self.product(collection, (near.version, near.ordinal), near.score);
        }
    }

    pub(super) fn product(
        &mut self,
        collection: CollectionId,
        chunk: (VersionKey, u32),
        near: f32,
    ) {
        let candidate = self
            .found
            .entry((collection, chunk.0, chunk.1))
            .or_default();
        // Away from the query is not worse than unrelated to it.
        candidate.near = near.max(0.0);
    }

    /// Returns the best, best first; ties by version and ordinal. `standing` tells how far a document
    /// stands out.
    pub(super) fn rank(
        mut self,
        query: &Query,
        standing: impl Fn(CollectionId, VersionKey) -> u8,
    ) -> Vec<Ranked> {
        if query.mode == Mode::Hybrid {
            // A phrase is required, and vectors know none.
            let is_open = !query.text.contains('"');
            let floors = std::mem::take(&mut self.floors);
            self.found.retain(|(collection, ..), one| {
                let is_near = floors
                    .get(collection)
                    .is_some_and(|floor| one.near >= *floor);
                one.words.is_some() || (is_open && is_near)
            });
        }
        let most = |score: fn(&Candidate) -> f32| {
            let scores = self.found.values().map(score);
            scores.fold(f32::MIN_POSITIVE, f32::max)
        };
        let most_words = most(|candidate| candidate.words.unwrap_or(0.0));
        let most_near = most(|candidate| candidate.near);
        let score = |candidate: &Candidate| {
            let words = candidate.words.unwrap_or(0.0);
            match query.mode {
                Mode::Words => words,
                Mode::Vectors => candidate.near,
                Mode::Hybrid => {
                    WORDS * words / most_words + (1.0 - WORDS) * candidate.near / most_near
                }
            }
        };
        let with_ranks = query.explain && query.mode == Mode::Hybrid;
        let by_words = with_ranks.then(|| self.places(|one| one.words.unwrap_or(0.0)));
        let by_near = with_ranks.then(|| self.places(|one| one.near));
        let mut ranked: Vec<_> = self
            .found
            .into_iter()
            .map(|(key, candidate)| {
                let aside = self.asides.part(key.1);
                let mut score = score(&candidate) * aside.map_or(1.0, |(_, factor)| factor);
                let mut parts = Vec::new();
                if query.mode != Mode::Vectors {
                    parts.push(("words".to_owned(), candidate.words.unwrap_or(0.0)));
                }
                if query.mode != Mode::Words {
                    parts.push(("vectors".to_owned(), candidate.near));
                }
                for (name, places) in [("words.rank", &by_words), ("vectors.rank", &by_near)] {
                    let place = places.as_ref().and_then(|places| places.get(&key));
                    parts.extend(place.map(|place| (name.to_owned(), *place)));
                }
                parts.extend(aside.map(|(name, factor)| (name.to_owned(), factor)));
                let terms = candidate.terms.into_iter();
                parts.extend(terms.map(|(term, score)| (format!("words:{term}"), score)));
                let (collection, version, ordinal) = key;
                if query.mode == Mode::Hybrid {
                    let needed =
                        NEEDED * (f32::from(standing(collection, version)) / HIGH).min(1.0);
                    score *= 1.0 + needed;
                    parts.extend((needed > 0.0).then(|| ("needed".to_owned(), needed)));
                }
                Ranked {
                    collection,
                    version,
                    ordinal,
                    score,
                    parts,
                }
            })
            .collect();
        ranked.sort_unstable_by(|a, b| {
            let ties = (a.version, a.ordinal).cmp(&(b.version, b.ordinal));
            b.score.total_cmp(&a.score).then(ties)
        });
        ranked.truncate(query.limit);
        ranked
    }

    /// Returns where each chunk with a score stands by that score alone, from 1.
    fn places(&self, score: fn(&Candidate) -> f32) -> HashMap<Key, f32> {
        let scored = self.found.iter().map(|(key, one)| (*key, score(one)));
        let mut scored: Vec<_> = scored.filter(|(_, score)| *score > 0.0).collect();
        scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let places = scored.into_iter().zip(1_u16..);
        places
            .map(|((key, _), place)| (key, f32::from(place)))
            .collect()
    }
}

/// A chunk of a collection.
type Key = (CollectionId, VersionKey, u32);

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const HERE: CollectionId = CollectionId(Uuid::from_u128(1));
    const FLOOR: f32 = 0.3;

    fn query(text: &str, mode: Mode) -> Query {
        Query {
            text: text.to_owned(),
            paths: Vec::new(),
            languages: Vec::new(),
            conditions: Vec::new(),
            limit: 10,
            mode,
            explain: true,
        }
    }

    fn candidates_with_floor() -> Candidates {
        let mut candidates = Candidates::default();
        candidates.floor(HERE, FLOOR);
        candidates
    }

    /// Chunk 1 has words, chunk 2 has words and is near, 3 and 4 are only near, 4 hardly.
    fn candidates() -> Candidates {
        let mut candidates = candidates_with_floor();
        let words = |key, score| Found {
            version: VersionKey(key),
            ordinal: 0,
            score,
            terms: vec![("fox".to_owned(), score)],
        };
        let near = |key, score| Near {
            version: VersionKey(key),
            ordinal: 0,
            score,
        };
        candidates.words(HERE, vec![words(1, 10.0), words(2, 9.0)]);
        candidates.near(HERE, vec![near(2, 0.8), near(3, 0.4), near(4, 0.2)]);
        candidates.product(HERE, (VersionKey(1), 0), -0.1);
        candidates
    }

    fn check(query: &Query, expected: &[(u64, f32)]) {
        let ranked = candidates().rank(query, nobody);
        let found: Vec<_> = ranked
            .iter()
            .map(|one| (one.version.0, one.score))
            .collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.0, expected.0);
            assert!((found.1 - expected.1).abs() < 1e-5, "{found:?}");
        }
    }

    /// No file stands out.
    fn nobody(_: CollectionId, _: VersionKey) -> u8 {
        0
    }

    #[test]
    fn what_others_need_is_first_among_what_fits_alike() {
        let query = query("fox", Mode::Hybrid);
        let needed = |key| move |_, version| if version == VersionKey(key) { 255 } else { 0 };
        let first = |key| candidates().rank(&query, needed(key))[0].clone();
        // 2 fits best. 1 is not far behind it, 3 is.
        assert_eq!(
            [first(2), first(1), first(3)].map(|one| one.version.0),
            [2, 2, 2]
        );
        let of = |key| {
            let ranked = candidates().rank(&query, needed(key));
            ranked.into_iter().find(|one| one.version.0 == key).unwrap()
        };
        let gained = of(1);
        assert!(
            (gained.score - WORDS * (1.0 + NEEDED)).abs() < 1e-5,
            "{gained:?}"
        );
        assert!(gained.parts.contains(&("needed".to_owned(), NEEDED)));
    }

    #[test]
    fn both_scores_count_as_shares_of_the_best() {
        let rest = 1.0 - WORDS;
        let both = [
            (2, WORDS * 0.9 + rest),
            (1, WORDS),
            // Near enough to be about it, though no word says so.
            (3, rest * 0.5),
        ];
        check(&query("fox", Mode::Hybrid), &both);
        check(
            &query("fox", Mode::Words),
            &[(1, 10.0), (2, 9.0), (3, 0.0), (4, 0.0)],
        );
        check(
            &query("fox", Mode::Vectors),
            &[(2, 0.8), (3, 0.4), (4, 0.2), (1, 0.0)],
        );
    }

    #[test]
    fn what_is_required_is_not_outweighed_by_nearness() {
        let rest = 1.0 - WORDS;
        check(
            &query("\"red fox\"", Mode::Hybrid),
            &[(2, WORDS * 0.9 + rest), (1, WORDS)],
        );
    }

    #[test]
    fn every_part_of_a_score_is_told() {
        let ranked = candidates().rank(&query("fox", Mode::Hybrid), nobody);
        let expected = [
            ("words", 9.0),
            ("vectors", 0.8),
            ("words.rank", 2.0),
            ("vectors.rank", 1.0),
            ("words:fox", 9.0),
        ]
        .map(|(name, score)| (name.to_owned(), score));
        assert_eq!(ranked[0].parts, expected);
        // What has no words has no place among those that do.
        let names: Vec<_> = ranked[2]
            .parts
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["words", "vectors", "vectors.rank"]);
    }

    #[test]
    fn the_order_in_which_things_were_found_does_not_matter() {
        let mut backwards = candidates_with_floor();
        let near = |key, score| Near {
            version: VersionKey(key),
            ordinal: 0,
            score,
        };
        let mut found: Vec<_> = (1..9).map(|key| near(key, 0.5)).collect();
        let mut forwards = candidates_with_floor();
        forwards.near(HERE, found.clone());
        found.reverse();
        backwards.near(HERE, found);
        let query = query("fox", Mode::Hybrid);
        let keys = |ranked: Vec<Ranked>| ranked.iter().map(|one| one.version.0).collect::<Vec<_>>();
        assert_eq!(
            keys(forwards.rank(&query, nobody)),
            (1..9).collect::<Vec<_>>()
        );
        assert_eq!(
            keys(backwards.rank(&query, nobody)),
            (1..9).collect::<Vec<_>>()
        );
    }
}
