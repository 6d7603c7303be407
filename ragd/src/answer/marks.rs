//! Marks in an answer, bound to its sources while it is written.
//!
//! A model writes `[2]`, `[2:14-18]`, `[1, 3]` or `[Source 2]`. What stands in code is no mark, and
//! a number without a source is left as text that nobody can follow.

use super::turn::{Citation, Source};

/// Longest text between brackets that can be a mark.
const LONGEST: usize = 48;

/// Reads an answer piece by piece.
pub(super) struct Binder {
    places: Vec<Place>,
    /// Bytes read so far.
    at: u64,
    open: Option<(u64, String)>,
    /// Backticks that opened the code that we are in.
    code: Option<usize>,
    /// Backticks just read.
    ticks: usize,
}

struct Place {
    source: u32,
    line_start: u32,
    line_end: u32,
}

impl Binder {
    pub(super) fn new(sources: &[Source]) -> Self {
        let places = sources.iter().map(|source| Place {
            source: source.number,
            line_start: source.line_start,
            line_end: source.line_end,
        });
        Self {
            places: places.collect(),
            at: 0,
            open: None,
            code: None,
            ticks: 0,
        }
    }

    /// Returns the marks that `text` completes.
    pub(super) fn push(&mut self, text: &str) -> Vec<Citation> {
        let mut found = Vec::new();
        for c in text.chars() {
            self.next(c, &mut found);
            self.at += c.len_utf8() as u64;
        }
        found
    }

    fn next(&mut self, c: char, found: &mut Vec<Citation>) {
        if c == '`' {
            self.ticks += 1;
            self.open = None;
            return;
        }
        if self.ticks > 0 {
            self.code = match self.code {
                Some(opened) if opened == self.ticks => None,
                Some(opened) => Some(opened),
                None => Some(self.ticks),
            };
            self.ticks = 0;
        }
        if self.code.is_some() {
            return;
        }
        match (c, &mut self.open) {
            ('[', open) => *open = Some((self.at, String::new())),
            (']', Some(_)) => {
                if let Some((start, inner)) = self.open.take() {
                    self.bind(start, &inner, found);
                }
            }
            ('\n', open) => *open = None,
            (c, Some((_, inner))) if inner.len() < LONGEST => inner.push(c),
            (_, open) => *open = None,
        }
    }

    fn bind(&self, start: u64, inner: &str, found: &mut Vec<Citation>) {
        let lower = inner.to_lowercase();
        let words = lower.trim().trim_start_matches(char::is_alphabetic);
        for part in words.split([',', ';']) {
            let Some((first, last, lines)) = read(part.trim()) else {
                continue;
            };
            let places = self
                .places
                .iter()
                .filter(|place| (first..=last).contains(&place.source));
            for place in places {
                // Lines that are not in the passage are not believed.
                let within = lines.filter(|(from, to)| {
                    from <= to && *from >= place.line_start && *to <= place.line_end
                });
                let (line_start, line_end) = within.unwrap_or((place.line_start, place.line_end));
                found.push(Citation {
                    source: place.source,
                    start,
                    end: self.at + 1,
                    line_start,
                    line_end,
                });
            }
        }
    }
}

type Lines = Option<(u32, u32)>;

/// Reads `2`, `2-4`, `2:14` or `2:14-18`.
fn read(part: &str) -> Option<(u32, u32, Lines)> {
    let (sources, lines) = match part.split_once(':') {
        Some((sources, lines)) => (sources, range(lines)),
        None => (part, None),
    };
    let (first, last) = range(sources)?;
    Some((first, last, lines))
}

fn range(text: &str) -> Option<(u32, u32)> {
    let text = text.trim().trim_start_matches(['l', 'L']);
    match text.split_once(['-', '–']) {
        Some((from, to)) => {
            let to = to.trim().trim_start_matches(['l', 'L']);
            Some((from.trim().parse().ok()?, to.parse().ok()?))
        }
        None => text.parse().ok().map(|number| (number, number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binder() -> Binder {
        let places = [(1, 10, 20), (2, 1, 5), (3, 7, 7)];
        let places = places.map(|(source, line_start, line_end)| Place {
            source,
            line_start,
            line_end,
        });
        Binder {
            places: places.into(),
            at: 0,
            open: None,
            code: None,
            ticks: 0,
        }
    }

    fn check(text: &str, expected: &[(u32, u32, u32)]) {
        let found = binder().push(text);
        let marks: Vec<_> = found
            .iter()
            .map(|citation| (citation.source, citation.line_start, citation.line_end))
            .collect();
        assert_eq!(marks, expected, "{text}");
        for citation in &found {
            let (start, end) = (citation.start as usize, citation.end as usize);
            assert!(
                text[start..end].starts_with('[') && text[start..end].ends_with(']'),
                "{text}"
            );
        }
        // However a server cuts its answer, the marks are the same.
        let mut one_by_one = binder();
        let cut: Vec<_> = text
            .chars()
            .flat_map(|c| one_by_one.push(&c.to_string()))
            .collect();
        assert_eq!(cut, found, "{text}");
    }

    #[test]
    fn marks_are_bound_to_lines_of_their_source() {
        check("So it is [1].", &[(1, 10, 20)]);
        check("So it is [1:12].", &[(1, 12, 12)]);
        check("Ünd so [1:12-14][2].", &[(1, 12, 14), (2, 1, 5)]);
        check("[1, 3]", &[(1, 10, 20), (3, 7, 7)]);
        check("[1-3]", &[(1, 10, 20), (2, 1, 5), (3, 7, 7)]);
        check("[Source 2] and [2: L3–L4]", &[(2, 1, 5), (2, 3, 4)]);
    }

    #[test]
    fn a_mark_without_a_source_is_text() {
        check("[9] [0] [] [x] [1", &[]);
        check("[a [2]", &[(2, 1, 5)]);
        check("[1:900]", &[(1, 10, 20)]);
        check("[99999999999999999999]", &[]);
    }

    #[test]
    fn code_has_no_marks() {
        check("`a[1]` is [2]", &[(2, 1, 5)]);
        check("```\na[1]\n```\n[2]", &[(2, 1, 5)]);
        check("``a`[1]`` [3]", &[(3, 7, 7)]);
    }
}
