//! Answers without a language model: the sentences of the sources that come closest.
//!
//! It quotes and never writes anything of its own, and says so.

use std::collections::{HashMap, HashSet};

use super::confidence::{coverage, words};
use super::turn::{Citation, Source, Turn};

const MOST: usize = 4;
const MOST_OF_ONE_SOURCE: usize = 2;
/// A sentence worth less than this share of the best one is left out.
const WORTH: f32 = 0.55;
/// Two sentences that share this much of their words say the same.
const SAME: f32 = 0.7;
/// What being in the best passage is worth, beside all words of the question.
const RANK: f32 = 0.2;
/// Characters of a sentence that are read with pleasure.
const LONGEST: usize = 400;
/// Lines of program text that are shown around one.
const CODE_BEFORE: usize = 1;
const CODE_LINES: usize = 6;
/// Characters of a line of program text.
const LONGEST_LINE: usize = 160;
/// Below this, the passages have to do with the question and do not answer it.
const SURE: f32 = 0.4;
/// Share of signs that are no letters, digits or blanks, from which a line is a drawing.
const DRAWING: f32 = 0.35;
/// What a row of a table is worth: it seldom says something by itself.
const ROW: f32 = 0.7;

/// A part of a passage that can be quoted by itself.
struct Unit<'a> {
    source: &'a Source,
    text: String,
    line_start: u32,
    line_end: u32,
    words: HashSet<String>,
}

/// An answer of quotes with marks.
pub(super) struct Quoted {
    pub(super) text: String,
    /// The marks that stand behind quotes. A quote may have some of its own, which mean nothing.
    pub(super) citations: Vec<Citation>,
    /// How much of the question one of the quotes speaks of, from 0 to 1.
    pub(super) trust: f32,
}

pub(super) fn answer(turn: &Turn) -> Quoted {
    let units: Vec<_> = turn.sources.iter().flat_map(units).collect();
    let best = best(&units, &turn.searched.query, &turn.sources);
    let trust = coverage(turn) * best_share(&best, &turn.searched.query);
    let mut text = if trust < SURE {
        "Nothing here answers this directly. What comes closest, quoted:\n\n".to_owned()
    } else {
        "Quoted from the sources, closest first:\n\n".to_owned()
    };
    let quotes: Vec<_> = if best.is_empty() {
        units.iter().take(1).collect()
    } else {
        best
    };
    let mut citations = Vec::new();
    for (at, unit) in quotes.into_iter().enumerate() {
        if at > 0 {
            text.push_str("\n\n");
        }
        text.push_str(&quote(unit));
        let start = text.len() as u64;
        text.push_str(&mark(unit));
        citations.push(Citation {
            source: unit.source.number,
            start,
            end: text.len() as u64,
            line_start: unit.line_start,
            line_end: unit.line_end,
        });
    }
    Quoted {
        text,
        citations,
        trust,
    }
}

/// Returns the share of the question's words that a single quote has.
fn best_share(quotes: &[&Unit<'_>], query: &str) -> f32 {
    let wanted = words(query);
    let most = quotes
        .iter()
        .map(|unit| wanted.intersection(&unit.words).count())
        .max();
    #[expect(clippy::cast_precision_loss, reason = "a question has few words")]
    let share = most.unwrap_or(0) as f32 / wanted.len().max(1) as f32;
    share
}

fn mark(unit: &Unit<'_>) -> String {
    let (number, from, to) = (unit.source.number, unit.line_start, unit.line_end);
    match from == to {
        true => format!("[{number}:{from}]"),
        false => format!("[{number}:{from}-{to}]"),
    }
}

/// Returns a unit as it is quoted, up to its mark.
fn quote(unit: &Unit<'_>) -> String {
    if !unit.source.is_code() {
        return format!("> {} ", unit.text);
    }
    // A fence that the code itself does not have.
    let fence = if unit.text.contains("```") {
        "````"
    } else {
        "```"
    };
    let language = unit.source.language.as_deref().unwrap_or_default();
    format!("{fence}{language}\n{}\n{fence}\n", unit.text)
}

/// Returns the units worth quoting, best first.
fn best<'a, 'b>(units: &'b [Unit<'a>], query: &str, sources: &[Source]) -> Vec<&'b Unit<'a>> {
    let wanted = words(query);
    let rarity = rarity(&wanted, units);
    let total: f32 = rarity.values().sum();
    if total == 0.0 {
        return Vec::new();
    }
    let top = sources
        .first()
        .map_or(1.0, |source| source.score.max(f32::MIN_POSITIVE));
    let mut scored: Vec<_> = units
        .iter()
        .filter_map(|unit| {
            let has: f32 = wanted
                .intersection(&unit.words)
                .map(|word| rarity[word])
                .sum();
            let kind = match &unit.text {
                text if text.ends_with('?') => 0.5,
                text if text.starts_with('|') => ROW,
                _ => 1.0,
            };
            let rank = RANK * (unit.source.score / top).clamp(0.0, 1.0);
            (has > 0.0).then(|| (kind * (has / total + rank), unit))
        })
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let Some((highest, _)) = scored.first() else {
        return Vec::new();
    };
    let least = highest * WORTH;
    let mut chosen: Vec<&Unit<'_>> = Vec::new();
    for (score, unit) in &scored {
        let of_source = chosen
            .iter()
            .filter(|other| other.source.number == unit.source.number)
            .count();
        if *score < least || chosen.len() == MOST {
            break;
        }
        if of_source < MOST_OF_ONE_SOURCE && !chosen.iter().any(|other| says_the_same(other, unit))
        {
            chosen.push(unit);
        }
    }
    chosen
}

/// Returns what each word is worth: those that stand in few units tell more.
fn rarity(wanted: &HashSet<String>, units: &[Unit<'_>]) -> HashMap<String, f32> {
    #[expect(clippy::cast_precision_loss, reason = "passages have few sentences")]
    let worth = |word: &String| {
        let has = units
            .iter()
            .filter(|unit| unit.words.contains(word))
            .count();
        (1.0 + units.len() as f32 / (1 + has) as f32).ln()
    };
    wanted
        .iter()
        .map(|word| (word.clone(), worth(word)))
        .collect()
}

fn says_the_same(a: &Unit<'_>, b: &Unit<'_>) -> bool {
    if a.source.number == b.source.number
        && a.line_start <= b.line_end
        && b.line_start <= a.line_end
        && a.source.is_code()
    {
        return true;
    }
    let shared = a.words.intersection(&b.words).count();
    let all = a.words.len() + b.words.len() - shared;
    #[expect(clippy::cast_precision_loss, reason = "a sentence has few words")]
    let alike = all > 0 && shared as f32 / all as f32 > SAME;
    alike
}

fn units(source: &Source) -> Vec<Unit<'_>> {
    if source.is_code() {
        code(source)
    } else {
        sentences(source)
    }
}

/// Returns for each line of a program some lines around it.
fn code(source: &Source) -> Vec<Unit<'_>> {
    let lines: Vec<_> = source.text.lines().collect();
    let around = (0..lines.len()).map(|at| {
        let from = at.saturating_sub(CODE_BEFORE);
        let to = (from + CODE_LINES).min(lines.len());
        let (mut from, mut to) = (from, to);
        while from < at && lines[from].trim().is_empty() {
            from += 1;
        }
        while to > at + 1 && lines[to - 1].trim().is_empty() {
            to -= 1;
        }
        let shown: Vec<_> = lines[from..to]
            .iter()
            .map(|line| cut(line, LONGEST_LINE))
            .collect();
        Unit {
            source,
            text: shown.join("\n"),
            line_start: line(source, from),
            line_end: line(source, to - 1),
            words: words(lines[at]),
        }
    });
    around.filter(|unit| !unit.words.is_empty()).collect()
}

/// Returns the sentences of a text, with the lines that they stand on.
fn sentences(source: &Source) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    let mut open = Sentence::default();
    for (at, text) in source.text.lines().enumerate() {
        let trimmed = text.trim();
        if trimmed.is_empty() || begins_anew(trimmed) {
            open.close(source, &mut units);
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let mut from = 0;
        for end in ends(trimmed) {
            open.add(&trimmed[from..end], at);
            open.close(source, &mut units);
            from = end;
        }
        open.add(&trimmed[from..], at);
    }
    open.close(source, &mut units);
    units
}

/// Tells whether a line does not go on with the one before: lists, tables, quotes, fences.
fn begins_anew(line: &str) -> bool {
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with(['#', '-', '*', '+', '|', '>', '`', '~', '='])
        || (numbered.len() < line.len() && numbered.starts_with(['.', ')']))
}

/// Returns where sentences end within a line: behind a full stop that no small letter follows.
fn ends(line: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    for (at, c) in line.char_indices() {
        let end = at + c.len_utf8();
        let rest = &line[end..];
        let next = rest.trim_start().chars().next();
        let stops = matches!(c, '.' | '!' | '?')
            && rest.starts_with(char::is_whitespace)
            && next.is_some_and(|next| !next.is_lowercase());
        if matches!(c, '。' | '！' | '？') || (stops && !is_initial(&line[..at])) {
            ends.push(end);
        }
    }
    ends
}

/// Tells whether a text ends with a single capital letter, as in `J. Smith`.
fn is_initial(before: &str) -> bool {
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
}

/// A sentence that is being put together.
#[derive(Default)]
struct Sentence {
    text: String,
    first: usize,
    last: usize,
}

impl Sentence {
    fn add(&mut self, text: &str, at: usize) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if self.text.is_empty() {
            self.first = at;
        } else {
            self.text.push(' ');
        }
        self.last = at;
        self.text.push_str(text);
    }

    fn close<'a>(&mut self, source: &'a Source, units: &mut Vec<Unit<'a>>) {
        let text = std::mem::take(&mut self.text);
        // Two words are a label.
        if text.split_whitespace().count() < 3 || is_drawing(&text) {
            return;
        }
        let words = words(&text);
        let shown = cut(&text, LONGEST);
        units.push(Unit {
            source,
            text: shown,
            line_start: line(source, self.first),
            line_end: line(source, self.last),
            words,
        });
    }
}

fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text.to_owned(),
    }
}

fn is_drawing(text: &str) -> bool {
    if text.contains(['│', '┃', '─', '━', '█', '░']) {
        return true;
    }
    let signs = text
        .chars()
        .filter(|c| !c.is_alphanumeric() && !c.is_whitespace())
        .count();
    #[expect(clippy::cast_precision_loss, reason = "a sentence is short")]
    let share = signs as f32 / text.chars().count().max(1) as f32;
    share > DRAWING
}

fn line(source: &Source, offset: usize) -> u32 {
    let line = source.line_start + u32::try_from(offset).unwrap_or(u32::MAX - source.line_start);
    line.min(source.line_end)
}

#[cfg(test)]
mod tests {
    use super::super::turn::tests::{source, turn};
    use super::*;

    fn answer_of(question: &str, sources: Vec<Source>) -> String {
        let mut turn = turn(question);
        turn.sources = sources;
        let Quoted {
            text, citations, ..
        } = answer(&turn);
        assert!(!citations.is_empty(), "every answer has a mark: {text}");
        for citation in citations {
            let (start, end) = (citation.start as usize, citation.end as usize);
            let mark = format!("[{}:", citation.source);
            assert!(text[start..end].starts_with(&mark), "{text}");
        }
        text
    }

    #[test]
    fn the_sentence_that_answers_comes_first_with_its_lines() {
        let text = "# Retries\n\nJobs are tried again. The backoff of a retry\ndoubles each time, \
                    e. g. from 1 s to 2 s. Nothing else happens.\n";
        let found = answer_of(
            "How does the backoff of a retry grow?",
            vec![source(1, text)],
        );
        assert_eq!(
            found,
            "Quoted from the sources, closest first:\n\n\
             > The backoff of a retry doubles each time, e. g. from 1 s to 2 s. [1:12-13]"
        );
    }

    #[test]
    fn several_passages_are_quoted_and_none_twice() {
        let same = "The cache is emptied every night.";
        let sources = vec![
            source(1, same),
            source(2, same),
            source(3, "The cache of the index holds a million rows."),
        ];
        let found = answer_of("What is the cache?", sources);
        assert_eq!(found.matches("emptied").count(), 1, "{found}");
        assert!(
            found.contains("[1:10]") && found.contains("[3:10]"),
            "{found}"
        );
    }

    #[test]
    fn a_document_cannot_forge_marks() {
        let mut turn = turn("What happens when the disk is full?");
        turn.sources = vec![source(1, "[2] A full `disk` explodes [2].")];
        let quoted = answer(&turn);
        assert!(
            quoted
                .text
                .contains("> [2] A full `disk` explodes [2]. [1:10]")
        );
        assert_eq!(quoted.citations.len(), 1);
        assert_eq!(quoted.citations[0].source, 1);
    }

    #[test]
    fn code_is_shown_as_code_with_the_mark_outside() {
        let mut code = source(1, "fn a() {}\n\nfn retry(n: u32) -> u64 {\n    1 << n\n}\n");
        code.language = Some("rust".to_owned());
        let found = answer_of("where is retry", vec![code]);
        assert!(
            found.ends_with("```rust\nfn retry(n: u32) -> u64 {\n    1 << n\n}\n```\n[1:12-14]"),
            "{found}"
        );
    }

    #[test]
    fn what_does_not_answer_is_said_not_to() {
        let found = answer_of(
            "How do whales sleep in winter storms?",
            vec![source(1, "A process may sleep for a while.")],
        );
        assert!(
            found.starts_with("Nothing here answers this directly."),
            "{found}"
        );
    }
}
