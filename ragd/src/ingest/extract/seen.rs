//! Pages whose text is in a picture: which they are, and what somebody who can see read on them.

use serde::{Deserialize, Serialize};

use super::text::is_written;
use super::{ExtractError, Extracted};
use crate::index::Unit;

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

/// Writes what was seen on a page, of which there are several.
pub(super) fn write(written: &mut Extracted, page: u32, text: &str) {
    written.begin(Unit::Page, page);
    let (mut is_begun, mut is_apart) = (false, false);
    for line in text.lines() {
        let line: String = line.chars().filter(|c| is_written(*c)).collect();
        let line = line.trim_end();
        if line.is_empty() {
            // One blank line says as much as many.
            is_apart = is_begun;
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

    #[test]
    fn pages_are_named_in_ranges() {
        assert_eq!(named(&[1, 3, 4, 5, 9]), "pages 1, 3-5, 9");
        assert_eq!(named(&[7]), "page 7");
    }

    #[test]
    fn what_was_seen_is_written_without_gaps_and_controls() {
        let mut written = Extracted::default();
        write(&mut written, 1, "\n\nA\u{1b}[1m b  \n\n\n\nc\n\u{c}");
        write(&mut written, 2, "d");
        assert_eq!(written.text, "A[1m b\n\nc\nd\n");
        assert_eq!(written.spots[1].0, 10);
    }
}
