//! Marks in an answer, bound to its sources while it is written.
//!
//! A model writes `[2]`, `[2:14-18]`, `[1, 3]` or `[Source 2]`. What stands in code is no mark, and
//! a number without a source is left as text that nobody can follow.

use super::turn::{Citation, Source};

/// Longest text between brackets that can be a mark.
const LONGEST: usize = 48;
/// Backticks, or `~`, that begin a block.
const FENCE: usize = 3;
/// What models write before a number, apart from nothing.
const LABELS: [&str; 4] = ["sources", "source", "passages", "passage"];

/// Reads an answer piece by piece.
pub(super) struct Binder {
    places: Vec<Place>,
    /// Bytes read so far.
    at: u64,
    open: Option<Mark>,
    /// Complete but for the next character: what stands before `(` is a link.
    closed: Option<Mark>,
    /// The sign that opened the code that we are in, and how many of it.
    code: Option<(char, usize)>,
    /// Marks in code within a line, which is none if the line ends before it does.
    held: Vec<Mark>,
    /// Signs of code just read.
    run: (char, usize),
    before: char,
    at_line_start: bool,
}

struct Place {
    source: u32,
    line_start: u32,
    line_end: u32,
}

/// Text between brackets, and where it stands.
struct Mark {
    start: u64,
    end: u64,
    inner: String,
}

impl Binder {
    pub(super) fn new(sources: &[Source]) -> Self {
        let places = sources.iter().map(|source| Place {
            source: source.number,
            line_start: source.line_start,
            line_end: source.line_end,
        });
        Self::with(places.collect())
    }

    fn with(places: Vec<Place>) -> Self {
        Self {
            places,
            at: 0,
            open: None,
            closed: None,
            code: None,
            held: Vec::new(),
            run: ('`', 0),
            before: '\n',
            at_line_start: true,
        }
    }

    /// Returns the marks that `text` completes.
    pub(super) fn push(&mut self, text: &str) -> Vec<Citation> {
        let mut found = Vec::new();
        for c in text.chars() {
            self.next(c, &mut found);
            self.at += c.len_utf8() as u64;
            self.before = c;
        }
        found
    }

    /// Returns the marks that the end of the answer completes.
    pub(super) fn finish(&mut self) -> Vec<Citation> {
        self.push("\n")
    }

    fn next(&mut self, c: char, found: &mut Vec<Citation>) {
        if let Some(mark) = self.closed.take()
            && c != '('
        {
            self.keep(mark, found);
        }
        let begins_run = c == '`' || (c == '~' && (self.at_line_start || self.run.1 > 0));
        if begins_run && (self.run.1 == 0 || self.run.0 == c) {
            self.run = (c, self.run.1 + 1);
            self.open = None;
            return;
        }
        self.end_run(found);
        match (c, &mut self.open) {
            ('\n', open) => {
                *open = None;
                if self.code.is_some_and(|(_, signs)| signs < FENCE) {
                    self.code = None;
                    for mark in std::mem::take(&mut self.held) {
                        self.bind(&mark, found);
                    }
                }
            }
            // A picture is none.
            ('[', open) => {
                *open = (self.before != '!').then(|| Mark {
                    start: self.at,
                    end: self.at,
                    inner: String::new(),
                });
            }
            (']', Some(_)) => {
                let end = self.at + 1;
                self.closed = self.open.take().map(|mark| Mark { end, ..mark });
            }
            (c, Some(mark)) if mark.inner.len() < LONGEST => mark.inner.push(c),
            (_, open) => *open = None,
        }
        self.at_line_start = c == '\n' || (self.at_line_start && c == ' ');
    }

    /// Looks at what a run of backticks or `~` opens or closes.
    fn end_run(&mut self, found: &mut Vec<Citation>) {
        let (sign, signs) = std::mem::replace(&mut self.run, ('`', 0));
        if signs == 0 || (sign == '~' && signs < FENCE) {
            return;
        }
        match self.code {
            Some(opened) if opened == (sign, signs) => {
                self.code = None;
                self.held.clear();
            }
            // Within a block, or other code.
            Some(_) => {}
            None => {
                self.code = Some((sign, signs));
                debug_assert!(self.held.is_empty(), "{found:?}");
            }
        }
    }

    fn keep(&mut self, mark: Mark, found: &mut Vec<Citation>) {
        match self.code {
            None => self.bind(&mark, found),
            Some((_, signs)) if signs < FENCE => self.held.push(mark),
            Some(_) => {}
        }
    }

    fn bind(&self, mark: &Mark, found: &mut Vec<Citation>) {
        let lower = mark.inner.to_lowercase();
        let mut words = lower.trim();
        if let Some(rest) = LABELS.iter().find_map(|label| words.strip_prefix(label)) {
            words = rest;
        }
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
                    start: mark.start,
                    end: mark.end,
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
    // `l` stands before lines only.
    if sources.trim().starts_with(char::is_alphabetic) {
        return None;
    }
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
        Binder::with(places.into())
    }

    fn check(text: &str, expected: &[(u32, u32, u32)]) {
        let mut whole = binder();
        let mut found = whole.push(text);
        found.extend(whole.finish());
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
        let mut cut: Vec<_> = text
            .chars()
            .flat_map(|c| one_by_one.push(&c.to_string()))
            .collect();
        cut.extend(one_by_one.finish());
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
        check("[Figure 2] [v1] [RFC 2] [x1] [l2]", &[]);
        check("[1](http://example.org) ![2](a.png) [3]", &[(3, 7, 7)]);
    }

    #[test]
    fn code_has_no_marks() {
        check("`a[1]` is [2]", &[(2, 1, 5)]);
        check("```\na[1]\n```\n[2]", &[(2, 1, 5)]);
        check("``a`[1]`` [3]", &[(3, 7, 7)]);
        check("~~~\na[1]\n~~~\n[2]", &[(2, 1, 5)]);
    }

    #[test]
    fn a_lone_backtick_begins_no_code() {
        check(
            "The ` key [1]. Full [2].\n\nNew [3].",
            &[(1, 10, 20), (2, 1, 5), (3, 7, 7)],
        );
        check("The ` key [1]", &[(1, 10, 20)]);
    }
}
