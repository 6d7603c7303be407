//! Replacing secrets in a document that was read, so that all places in it stay right.

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::find::{self, Hit};
use super::{MAX_LISTED, Search};
use crate::ingest::extract::Extracted;
use crate::ledger::Redacted;
use crate::project::Outline;

/// A mark is to be told aloud and a password short: to try all is to cost something.
const ROUNDS: u32 = 1_000;

/// Replaces the secrets in a document, and lists them.
pub(in crate::ingest) fn redact(extracted: &mut Extracted, search: &Search) -> Vec<Redacted> {
    let mut marks = Marks::default();
    let hits = search.hits(&extracted.text, &mut marks);
    let mut found = marks.found(&extracted.text, &hits);
    if !hits.is_empty() {
        let cut = Cut::new(&extracted.text, &hits);
        if let Some(outline) = &mut extracted.outline {
            // Names were read off the text as it was, with all that its strings say.
            outline.keep_uses(|name| cut.text.contains(name));
        }
        for heading in &mut extracted.headings {
            heading.at = cut.place(&extracted.text, heading.at);
        }
        for (at, _) in &mut extracted.spots {
            *at = cut.place(&extracted.text, *at);
        }
        for seam in &mut extracted.seams {
            seam.at = cut.place(&extracted.text, seam.at);
        }
        for item in &mut extracted.items {
            let Range { start, end } = item.range;
            item.range = cut.place(&extracted.text, start)..cut.place(&extracted.text, end);
        }
        extracted.text = cut.text;
    }
    // What stands beside the text is mostly said in it, too.
    let titles = extracted
        .headings
        .iter_mut()
        .map(|heading| &mut heading.title);
    let items = extracted.items.iter_mut();
    let symbols = items.flat_map(|item| [&mut item.symbol.path, &mut item.symbol.signature]);
    let outlines = extracted.outline.iter_mut();
    let beside = titles
        .chain(&mut extracted.title)
        .chain(extracted.facts.values_mut())
        .chain(symbols)
        .chain(outlines.flat_map(Outline::texts_mut));
    for text in beside {
        let hits = search.hits(text, &mut marks);
        if hits.is_empty() {
            continue;
        }
        for new in marks.found(text, &hits) {
            let is_known = |known: &Redacted| (&known.kind, &known.mark) == (&new.kind, &new.mark);
            if found.len() < MAX_LISTED && !found.iter().any(is_known) {
                found.push(new);
            }
        }
        *text = Cut::new(text, &hits).text;
    }
    found
}

/// Replaces the secrets in something that is said of a document.
pub(in crate::ingest) fn redact_text(text: &mut String, search: &Search) {
    let hits = search.hits(text, &mut Marks::default());
    if !hits.is_empty() {
        *text = Cut::new(text, &hits).text;
    }
}

impl Search {
    /// Lists what is to be replaced.
    fn hits(&self, text: &str, marks: &mut Marks) -> Vec<Hit> {
        let mut hits = find::find(text);
        hits.retain(|hit| {
            !self.off.contains(hit.kind)
                && (self.allow.is_empty()
                    || !self.allow.contains(marks.of(&text[hit.range.clone()])))
        });
        hits
    }
}

/// The marks of secrets: each is made once.
#[derive(Default)]
struct Marks(HashMap<String, String>);

impl Marks {
    fn of(&mut self, secret: &str) -> &str {
        let mark = self.0.entry(secret.to_owned());
        mark.or_insert_with_key(|secret| {
            let mut hash = Sha256::digest(secret);
            for _ in 1..ROUNDS {
                hash = Sha256::digest(hash);
            }
            hash[..4].iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }

    fn found(&mut self, text: &str, hits: &[Hit]) -> Vec<Redacted> {
        let (mut line, mut from) = (1_u32, 0);
        let listed = hits.iter().take(MAX_LISTED).map(|hit| {
            line = line.saturating_add(lines(&text[from..hit.range.start]));
            from = hit.range.start;
            Redacted {
                line,
                kind: hit.kind.to_owned(),
                mark: self.of(&text[hit.range.clone()]).to_owned(),
            }
        });
        listed.collect()
    }
}

fn lines(text: &str) -> u32 {
    let ends = text.bytes().filter(|byte| *byte == b'\n').count();
    u32::try_from(ends).unwrap_or(u32::MAX)
}

/// A text without its secrets.
struct Cut {
    text: String,
    /// Where secrets were, and what is there now.
    pieces: Vec<(Range<usize>, Range<usize>)>,
}

impl Cut {
    fn new(old: &str, hits: &[Hit]) -> Self {
        let (mut text, mut pieces) = (String::with_capacity(old.len()), Vec::new());
        let mut from = 0;
        for Hit { range, kind } in hits {
            text.push_str(&old[from..range.start]);
            let begin = text.len();
            text.push_str("[SECRET:");
            text.push_str(kind);
            text.push(']');
            // Lines keep their numbers.
            let ends = old[range.clone()]
                .chars()
                .filter(|c| ['\r', '\n'].contains(c));
            text.extend(ends);
            pieces.push((range.clone(), begin..text.len()));
            from = range.end;
        }
        text.push_str(&old[from..]);
        Self { text, pieces }
    }

    /// Returns where a place of the old text is now; within a secret, the same line.
    fn place(&self, old: &str, at: usize) -> usize {
        let after = self.pieces.partition_point(|(was, _)| was.start < at);
        let Some((was, is)) = after.checked_sub(1).map(|before| &self.pieces[before]) else {
            return at;
        };
        if at >= was.end {
            return is.end + (at - was.end);
        }
        let passed = lines(&old[was.start..at]) as usize;
        let mut ends = self.text[is.clone()]
            .match_indices('\n')
            .map(|(end, _)| is.start + end + 1);
        passed
            .checked_sub(1)
            .and_then(|nth| ends.nth(nth))
            .unwrap_or(is.start)
    }
}
