//! Pages whose text is in a picture: which they are, and what somebody who can see read on them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::text::is_written;
use super::{ExtractError, Extracted};

/// The text that was seen on a page.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// From 1.
    pub page: u32,
    pub text: String,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{} bytes on page {}>", self.text.len(), self.page)
    }
}

/// Adds what was seen on the page that was begun last to the text that it has itself. That knows better
/// what it says, so lines of which all words stand in it are left out.
pub(super) fn write(written: &mut Extracted, text: &str) {
    let begin = written.spots.last().map_or(0, |(at, _)| *at);
    let own: HashSet<String> = words(&written.text[begin..]).collect();
    let mut is_begun = !own.is_empty();
    let mut is_apart = is_begun;
    for line in text.lines() {
        let line: String = line.chars().filter(|c| is_written(*c)).collect();
        let line = line.trim_end();
        if line.is_empty() {
            // One blank line says as much as many.
            is_apart = is_begun;
            continue;
        }
        if !own.is_empty() && words(line).all(|word| own.contains(&word)) {
            continue;
        }
        if std::mem::take(&mut is_apart) {
            written.text.push('\n');
        }
        written.text.push_str(line);
        written.text.push('\n');
        is_begun = true;
    }
}

/// Returns the words of a text as they are compared.
fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}

/// Notes the pages that nobody has seen. Where nothing else could be read, that is the error, in
/// which the document is called `what`.
pub(super) fn lacking(
    mut written: Extracted,
    unseen: Vec<u32>,
    what: Option<String>,
) -> Result<Extracted, ExtractError> {
    if unseen.is_empty() {
        return Ok(written);
    }
    let named = named(&unseen);
    let error = |what, pages| ExtractError::Scanned { what, pages };
    if written.text.trim().is_empty() {
        return Err(error(what.unwrap_or(named), unseen));
    }
    let left_out = (named.clone(), error(named, Vec::new()));
    written.report.left_out.push(left_out);
    written.report.unseen = unseen;
    Ok(written)
}

/// Writes numbers that only grow as `pages 1, 3-5`.
fn named(pages: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *page => *last = *page,
            _ => ranges.push((*page, *page)),
        }
    }
    let shown = ranges.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    let noun = if pages.len() == 1 { "page" } else { "pages" };
    format!("{noun} {}", shown.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Unit;

    #[test]
    fn pages_are_named_in_ranges() {
        assert_eq!(named(&[1, 3, 4, 5, 9]), "pages 1, 3-5, 9");
        assert_eq!(named(&[7]), "page 7");
    }

    #[test]
    fn what_was_seen_is_written_without_gaps_and_controls() {
        let mut written = Extracted::default();
        written.begin(Unit::Page, 1);
        write(&mut written, "\n\nA\u{1b}[1m b  \n\n\n\nc\n\u{c}");
        written.begin(Unit::Page, 2);
        write(&mut written, "d");
        assert_eq!(written.text, "A[1m b\n\nc\nd\n");
        assert_eq!(written.spots[1].0, 10);
    }

    #[test]
    fn what_was_seen_is_added_to_the_text_of_its_page_and_says_nothing_twice() {
        let mut written = Extracted::default();
        written.begin(Unit::Page, 1);
        written.text.push_str("the seal\n");
        written.begin(Unit::Page, 2);
        written.text.push_str("حَبيبي habibi, Fig. 7\n");
        write(&mut written, "HABIBI\n\nfig 7 seal\n--\nthe walrus\n");
        let expected = "the seal\nحَبيبي habibi, Fig. 7\n\nfig 7 seal\nthe walrus\n";
        assert_eq!(written.text, expected);
    }
}
