//! A search by words.
//!
//! The server finds candidates by the sum of products that it can compute. They are scored once
//! more here, exactly as the embedded index scores, because phrases, the average length of chunks
//! and what a single word contributed are unknown to the server. Before, it is asked for the best
//! chunk of each word alone, whose score tells the idf of the word.
//!
//! What differs from the embedded index: of a collection with so many hidden or unfit chunks that
//! [`rounds::MOST`] candidates bring too few hits, fewer are returned; so it is with a phrase
//! whose words are in as many chunks as that without being the phrase. A prefix stands for
//! [`MOST_PROBED`] tokens at most, the shortest, before the most frequent of these are taken.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use qdrant_client::qdrant::{Condition, QueryPoints, ScoredPoint, SparseVector};

use super::collection::Collection;
use super::rounds::{self, Order};
use super::server::Patience;
use super::words::{Scale, count_of, count_phrase, index_of};
use super::{QdrantError, filters, points, schema};
use crate::ids::VersionKey;
use crate::index::body::path_words;
use crate::index::filter::Filter;
use crate::index::query::{Term, TermKind};
use crate::index::{Found, Visible};
use crate::tokens::Scratch;

/// Tokens that a prefix stands for, the most frequent ones, as in the embedded index.
const MOST_EXPANSIONS: usize = 50;
/// Tokens of a prefix that are asked about for that.
const MOST_PROBED: usize = 200;
/// Tokens of the vocabulary that are fetched for a prefix: `a*` begins a tenth of them.
const MOST_FETCHED: usize = 5_000;

/// A search, ready to run.
pub(super) struct Search<'a> {
    pub(super) collection: &'a Collection,
    pub(super) terms: Vec<Term>,
    pub(super) filter: Filter,
    pub(super) limit: usize,
    pub(super) explain: bool,
    pub(super) visible: &'a dyn Visible,
}

/// A term with what it looks for.
struct Clause {
    label: String,
    wants: Wants,
}

enum Wants {
    /// Each of these tokens adds to the score.
    Tokens {
        tokens: Vec<u32>,
        is_required: bool,
    },
    Phrase(Vec<(usize, String)>),
}

/// A hit with what each clause adds to its score.
struct Hit {
    key: (VersionKey, u32),
    score: f32,
    parts: Vec<f32>,
}

impl Search<'_> {
    pub(super) async fn run(&self) -> Result<Vec<Found>, QdrantError> {
        let mut clauses = Vec::new();
        for term in &self.terms {
            clauses.push(self.clause(term).await?);
        }
        clauses.retain(|clause| !clause.tokens().is_empty());
        if clauses.is_empty() || self.limit == 0 {
            return Ok(Vec::new());
        }
        let scale = Scale {
            average_length: self.collection.average_length().await?,
        };
        let tokens: BTreeSet<u32> = clauses.iter().flat_map(Clause::tokens).collect();
        let idf = self.idf(&tokens).await?;
        clauses
            .iter_mut()
            .for_each(|clause| clause.keep_frequent(&idf));
        let tokens: BTreeSet<u32> = clauses.iter().flat_map(Clause::tokens).collect();
        let mut hits = rounds::run(
            self.collection.server(),
            &self.collection.words(),
            self.limit,
            if has_phrase(&clauses) {
                rounds::SPARE_IF_UNLIKE
            } else {
                rounds::SPARE
            },
            |limit| self.query(&clauses, &tokens, limit),
            |point| self.hit(&clauses, &idf, scale, point),
        )
        .await?;
        hits.truncate(self.limit);
        Ok(hits
            .into_iter()
            .map(|hit| self.found(&clauses, hit))
            .collect())
    }

    async fn clause(&self, term: &Term) -> Result<Clause, QdrantError> {
        let wants = match &term.kind {
            TermKind::Word(token) => Wants::Tokens {
                tokens: vec![index_of(token)],
                is_required: false,
            },
            TermKind::Phrase(tokens) => match tokens.as_slice() {
                [(_, token)] => Wants::Tokens {
                    tokens: vec![index_of(token)],
                    is_required: true,
                },
                tokens => Wants::Phrase(tokens.to_vec()),
            },
            TermKind::Prefix { prefix, stem } => Wants::Tokens {
                tokens: self.expand(prefix, stem).await?,
                is_required: false,
            },
        };
        Ok(Clause {
            label: term.label.clone(),
            wants,
        })
    }

    /// Returns the tokens that a prefix stands for, as the embedded index does: if nothing begins
    /// so, it may have been cut by stemming, so up to three letters fewer will do.
    async fn expand(&self, prefix: &str, stem: &str) -> Result<Vec<u32>, QdrantError> {
        let mut end = prefix.len();
        let mut found = Vec::new();
        for _ in 0..4 {
            found = self.begin_with(&prefix[..end]).await?;
            let shorter = prefix[..end].char_indices().next_back();
            let shorter = shorter.map_or(0, |(at, _)| at);
            if !found.is_empty() || shorter < 4 {
                break;
            }
            end = shorter;
        }
        found.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        found.truncate(MOST_PROBED);
        let mut tokens: Vec<_> = found.iter().map(|token| index_of(token)).collect();
        tokens.push(index_of(stem));
        let mut seen = BTreeSet::new();
        tokens.retain(|token| seen.insert(*token));
        Ok(tokens)
    }

    async fn begin_with(&self, prefix: &str) -> Result<Vec<String>, QdrantError> {
        let vocabulary = self.collection.vocabulary();
        let filter = filters::token_prefix(prefix);
        let fields = points::fields(&[schema::TOKEN]);
        let server = self.collection.server();
        let found = server
            .scroll(Patience::Read, &vocabulary, filter, fields, MOST_FETCHED)
            .await?;
        let tokens = found
            .iter()
            .filter_map(|point| schema::text_of(&point.payload, schema::TOKEN));
        let tokens = tokens.filter(|token| token.starts_with(prefix));
        Ok(tokens.map(str::to_owned).collect())
    }

    /// Returns the idf of each token that some chunk has: the score of the best chunk, which is the
    /// product of idf and what is stored, divided by that.
    async fn idf(&self, tokens: &BTreeSet<u32>) -> Result<HashMap<u32, f32>, QdrantError> {
        let probe = |token: &u32| QueryPoints {
            query: Some(points::near_words(BTreeMap::from([(*token, 1.0)]))),
            using: Some(schema::WORDS.to_owned()),
            limit: Some(1),
            with_vectors: Some(points::vectors(schema::WORDS)),
            collection_name: self.collection.words(),
            ..QueryPoints::default()
        };
        let name = self.collection.words();
        let probes = tokens.iter().map(probe).collect();
        let answers = self.collection.server().query_batch(&name, probes).await?;
        let idf = |(token, best): (&u32, Vec<ScoredPoint>)| {
            let best = best.first()?;
            let words = points::sparse(best.vectors.as_ref()?)?;
            let stored = value_of(&words, *token).filter(|value| *value > 0.0)?;
            Some((*token, best.score / stored))
        };
        Ok(tokens.iter().zip(answers).filter_map(idf).collect())
    }

    fn query(&self, clauses: &[Clause], tokens: &BTreeSet<u32>, limit: u64) -> QueryPoints {
        let mut fields = vec![
            schema::VERSION,
            schema::ORDINAL,
            schema::LENGTH,
            schema::PATH,
        ];
        if has_phrase(clauses) {
            fields.extend(schema::CHUNK);
        }
        let mut must: Vec<Condition> = filters::of(&self.filter);
        for clause in clauses.iter().filter(|clause| clause.is_required()) {
            for token in clause.tokens() {
                must.push(filters::number(schema::TOKENS, token.into()));
            }
        }
        let weights = tokens.iter().map(|token| (*token, 1.0)).collect();
        QueryPoints {
            query: Some(points::near_words(weights)),
            using: Some(schema::WORDS.to_owned()),
            filter: Some(filters::all(must)),
            limit: Some(limit),
            with_payload: Some(points::fields(&fields)),
            with_vectors: Some(points::vectors(schema::WORDS)),
            collection_name: self.collection.words(),
            ..QueryPoints::default()
        }
    }

    /// Returns a candidate with its score; none if it may not be returned.
    fn hit(
        &self,
        clauses: &[Clause],
        idf: &HashMap<u32, f32>,
        scale: Scale,
        point: &ScoredPoint,
    ) -> Option<Hit> {
        let payload = &point.payload;
        let key = schema::key(payload)?;
        let path = schema::text_of(payload, schema::PATH)?;
        let fits = self
            .filter
            .on_paths()
            .is_none_or(|globs| globs.is_match(path));
        if !fits || !self.visible.is_visible(key.0) {
            return None;
        }
        let length = u32::try_from(schema::integer_of(payload, schema::LENGTH)?).ok()?;
        let words = points::sparse(point.vectors.as_ref()?)?;
        let idf_of = |token: &u32| idf.get(token).copied().unwrap_or(0.0);
        let mut parts = Vec::with_capacity(clauses.len());
        for clause in clauses {
            let part = match &clause.wants {
                Wants::Tokens { tokens, .. } => {
                    let part = |token: &u32| {
                        let count = count_of(value_of(&words, *token)?, length);
                        Some(scale.score(idf_of(token), count, length))
                    };
                    tokens.iter().filter_map(part).sum()
                }
                Wants::Phrase(phrase) => {
                    let (chunk, path) = (schema::chunk(payload)?, path_words(path));
                    let count = count_phrase(&chunk, &path, phrase, &mut Scratch::default());
                    if count == 0 {
                        return None;
                    }
                    let idf = clause.tokens().iter().map(idf_of).sum();
                    scale.score(idf, count, length)
                }
            };
            parts.push(part);
        }
        let score = parts.iter().sum();
        Some(Hit { key, score, parts })
    }

    fn found(&self, clauses: &[Clause], hit: Hit) -> Found {
        let labels = clauses.iter().map(|clause| clause.label.clone());
        let terms = labels.zip(hit.parts).filter(|(_, part)| *part > 0.0);
        Found {
            version: hit.key.0,
            ordinal: hit.key.1,
            score: hit.score,
            terms: if self.explain {
                terms.collect()
            } else {
                Vec::new()
            },
        }
    }
}

impl Order for Hit {
    fn order(&self) -> (f32, VersionKey, u32) {
        (self.score, self.key.0, self.key.1)
    }
}

impl Clause {
    fn tokens(&self) -> Vec<u32> {
        match &self.wants {
            Wants::Tokens { tokens, .. } => tokens.clone(),
            Wants::Phrase(phrase) => phrase.iter().map(|(_, token)| index_of(token)).collect(),
        }
    }

    fn is_required(&self) -> bool {
        match &self.wants {
            Wants::Tokens { is_required, .. } => *is_required,
            Wants::Phrase(_) => true,
        }
    }

    /// Keeps the tokens of a prefix that most chunks have. Rare words have a high idf.
    fn keep_frequent(&mut self, idf: &HashMap<u32, f32>) {
        let Wants::Tokens { tokens, .. } = &mut self.wants else {
            return;
        };
        if tokens.len() > 1 {
            let idf_of = |token: &u32| idf.get(token).copied().unwrap_or(f32::INFINITY);
            tokens.retain(|token| idf.contains_key(token));
            tokens.sort_by(|a, b| idf_of(a).total_cmp(&idf_of(b)).then_with(|| a.cmp(b)));
            tokens.truncate(MOST_EXPANSIONS);
        }
    }
}

/// Whether the texts of candidates have to be looked at.
fn has_phrase(clauses: &[Clause]) -> bool {
    let is_phrase = |clause: &Clause| matches!(clause.wants, Wants::Phrase(_));
    clauses.iter().any(is_phrase)
}

/// Returns what is stored of a token.
fn value_of(words: &SparseVector, token: u32) -> Option<f32> {
    let mut pairs = words.indices.iter().zip(&words.values);
    pairs
        .find(|(index, _)| **index == token)
        .map(|(_, value)| *value)
}
