//! The tokens that a prefix stands for.

use std::collections::BTreeMap;

use tantivy::Searcher;

use super::schema::{BODY_FIELD, body_term};

/// Tokens that a prefix stands for, the most frequent ones. Each is a list to walk.
const MOST_EXPANSIONS: usize = 50;
/// Tokens of a segment that are looked at for that: `a*` begins a tenth of a dictionary.
const MOST_SCANNED: usize = 5_000;

/// Returns the tokens that a prefix stands for: those that begin so, and the stem itself, because
/// `parsing*` is stored as `pars`. If nothing begins so, the prefix may have been cut by stemming
/// (`configura*`, stored as `configur`), so up to three letters fewer will do.
pub(super) fn expand(
    prefix: &str,
    stem: &str,
    searcher: &Searcher,
) -> tantivy::Result<Vec<String>> {
    let mut found = BTreeMap::new();
    let mut end = prefix.len();
    for _ in 0..4 {
        scan(&prefix[..end], searcher, &mut found)?;
        let shorter = prefix[..end]
            .char_indices()
            .next_back()
            .map_or(0, |(at, _)| at);
        if !found.is_empty() || shorter < 4 {
            break;
        }
        end = shorter;
    }
    let mut tokens: Vec<_> = found.into_iter().collect();
    tokens.sort_by(|(a, a_docs), (b, b_docs)| b_docs.cmp(a_docs).then_with(|| a.cmp(b)));
    tokens.truncate(MOST_EXPANSIONS);
    let mut tokens: Vec<_> = tokens.into_iter().map(|(token, _)| token).collect();
    if !tokens.iter().any(|token| token == stem) && searcher.doc_freq(&body_term(stem))? > 0 {
        tokens.push(stem.to_owned());
    }
    Ok(tokens)
}

/// Adds the tokens that begin with `prefix`, with the number of chunks they are in.
fn scan(
    prefix: &str,
    searcher: &Searcher,
    found: &mut BTreeMap<String, u64>,
) -> tantivy::Result<()> {
    for segment in searcher.segment_readers() {
        let lists = segment.inverted_index(BODY_FIELD)?;
        let mut tokens = lists.terms().range().ge(prefix).into_stream()?;
        for _ in 0..MOST_SCANNED {
            if !tokens.advance() || !tokens.key().starts_with(prefix.as_bytes()) {
                break;
            }
            if let Ok(token) = std::str::from_utf8(tokens.key()) {
                *found.entry(token.to_owned()).or_default() += u64::from(tokens.value().doc_freq);
            }
        }
    }
    Ok(())
}
