//! How far an answer can be trusted, as one number.

use std::collections::HashSet;

use super::turn::Turn;
use crate::tokens::{Kind, Scratch, Tokens};

/// Passages that an answer mostly rests on.
const FIRST: usize = 3;
/// An answer that bears no mark is worth this share of one that does.
const UNMARKED: f32 = 0.5;

/// Returns how far a model's answer can be trusted, from 0 to 1: how many words of the query the
/// best passages have, and how many sentences bear a mark.
pub(super) fn of(turn: &Turn) -> f32 {
    if turn.sources.is_empty() {
        return 0.0;
    }
    coverage(turn) * (UNMARKED + (1.0 - UNMARKED) * marked(turn))
}

/// Returns the share of the query's words that the first passages have: half for all of them
/// together, half for the best one alone.
pub(super) fn coverage(turn: &Turn) -> f32 {
    let wanted = words(&turn.searched.query);
    if wanted.is_empty() {
        return 0.0;
    }
    let mut all = HashSet::new();
    let mut best = 0;
    for source in turn.sources.iter().take(FIRST) {
        let mut has = words(&source.text);
        has.extend(words(&String::from_utf8_lossy(&source.path)));
        has.extend(source.heading.iter().flat_map(|heading| words(heading)));
        let has: Vec<_> = wanted.intersection(&has).cloned().collect();
        best = best.max(has.len());
        all.extend(has);
    }
    #[expect(clippy::cast_precision_loss, reason = "a question has few words")]
    let share = |count: usize| count as f32 / wanted.len() as f32;
    (share(all.len()) + share(best)) / 2.0
}

/// Returns the stems of a text, without stop words. Of a word that splits, the parts count.
pub(super) fn words(text: &str) -> HashSet<String> {
    let (mut scratch, mut word, mut words) = (Scratch::default(), String::new(), HashSet::new());
    let mut tokens = Tokens::new(text, &mut scratch);
    while let Some(token) = tokens.next(&mut word) {
        if token.kind != Kind::Whole {
            words.insert(word.clone());
        }
    }
    words
}

/// Returns the share of sentences with a mark.
fn marked(turn: &Turn) -> f32 {
    let (mut sentences, mut with_mark, mut from) = (0.0, 0.0, 0);
    let text = turn.text.as_str();
    let ends = text.match_indices(['.', '!', '?', '\n']).map(|(at, _)| at);
    for end in ends.chain([text.len()]) {
        let sentence = &text[from.min(end)..end];
        if sentence.split_whitespace().count() > 3 {
            sentences += 1.0;
            // A mark may stand right behind the full stop.
            let reach = (end + 8) as u64;
            let has = turn
                .citations
                .iter()
                .any(|mark| mark.start >= from as u64 && mark.start < reach);
            with_mark += if has { 1.0 } else { 0.0 };
        }
        from = end + 1;
    }
    if sentences == 0.0 {
        return if turn.citations.is_empty() { 0.0 } else { 1.0 };
    }
    with_mark / sentences
}
