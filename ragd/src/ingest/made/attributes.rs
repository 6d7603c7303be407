//! What people say of files in a `.gitattributes`, by the words that GitHub's linguist knows.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

pub const ATTRIBUTES_FILE: &str = ".gitattributes";

/// Lines of one file that count. Each is matched against every path below.
const MAX_LINES: usize = 1_000;

/// The attributes that count.
const WORDS: [&str; 3] = [
    "linguist-generated",
    "linguist-vendored",
    "linguist-documentation",
];

/// What is said of a file; none: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub generated: Option<bool>,
    pub vendored: Option<bool>,
    pub documentation: Option<bool>,
}

impl Said {
    /// Returns it as it could be written in a `.gitattributes`.
    #[must_use]
    pub fn text(self) -> String {
        let said = [self.generated, self.vendored, self.documentation];
        let words = WORDS.into_iter().zip(said);
        let words = words.filter_map(|(word, said)| match said? {
            true => Some(word.to_owned()),
            false => Some(format!("-{word}")),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`Said::text`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let states = states(text.split_ascii_whitespace());
        Self::of(states.map(|state| match state {
            Some(State::Is(said)) => Some(said),
            Some(State::Open) | None => None,
        }))
    }

    fn of([generated, vendored, documentation]: [Option<bool>; 3]) -> Self {
        Self {
            generated,
            vendored,
            documentation,
        }
    }
}

/// What a line says of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Is(bool),
    /// `!linguist-generated`: whatever was said above does not count.
    Open,
}

/// The lines of a `.gitattributes` that say something which counts here.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Attributes(Vec<Line>);

#[derive(Debug)]
struct Line {
    pattern: Gitignore,
    states: [Option<State>; 3],
}

/// What is known of a file so far, from the strongest word on.
pub(in crate::ingest) type Asked = [Option<Option<bool>>; 3];

impl Attributes {
    /// Reads the file of a folder. Lines without meaning are passed over, as git does.
    pub(in crate::ingest) fn of(folder: &Path, text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let lines = text.trim_start_matches('\u{feff}').lines();
        let lines = lines.filter_map(|line| Line::of(folder, line));
        Self(lines.take(MAX_LINES).collect())
    }

    pub(in crate::ingest) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what is said of `path` to what is said nearer to it. The last line that fits wins.
    pub(in crate::ingest) fn add(&self, path: &Path, asked: &mut Asked) {
        for line in self.0.iter().rev() {
            let news = line.states.iter().zip(asked.iter());
            let is_news = news
                .into_iter()
                .any(|(said, known)| said.is_some() && known.is_none());
            if !is_news || !line.pattern.matched(path, false).is_ignore() {
                continue;
            }
            for (known, said) in asked.iter_mut().zip(line.states) {
                *known = known.or(said.map(|state| match state {
                    State::Is(said) => Some(said),
                    State::Open => None,
                }));
            }
        }
    }

    /// Returns what all who were asked say together.
    pub(in crate::ingest) fn said(asked: Asked) -> Said {
        Said::of(asked.map(Option::flatten))
    }
}

impl Line {
    fn of(folder: &Path, line: &str) -> Option<Self> {
        let line = line.trim();
        let (pattern, words) = match line.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (pattern, words) = line.split_once(|c: char| c.is_ascii_whitespace())?;
                (pattern.to_owned(), words)
            }
        };
        // Git forbids patterns that negate, and what begins so is a comment or a macro.
        if pattern.is_empty() || pattern.starts_with(['!', '#']) || pattern.starts_with("[attr]") {
            return None;
        }
        let states = states(words.split_ascii_whitespace());
        if states.iter().all(Option::is_none) {
            return None;
        }
        let mut builder = GitignoreBuilder::new(folder);
        builder.add_line(None, &pattern).ok()?;
        let pattern = builder.build().ok()?;
        Some(Self { pattern, states })
    }
}

/// Returns what is said of each of [`WORDS`]. The last word about one wins.
fn states<'a>(words: impl Iterator<Item = &'a str>) -> [Option<State>; 3] {
    let mut states = [None; 3];
    for word in words {
        let (name, state) = match word.split_once('=') {
            Some((name, value)) => (name, State::Is(!value.eq_ignore_ascii_case("false"))),
            None => match (word.strip_prefix('-'), word.strip_prefix('!')) {
                (Some(name), _) => (name, State::Is(false)),
                (None, Some(name)) => (name, State::Open),
                (None, None) => (word, State::Is(true)),
            },
        };
        if let Some(at) = WORDS.iter().position(|known| *known == name) {
            states[at] = Some(state);
        }
    }
    states
}

/// Splits what follows a quote into a pattern and the rest.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut pattern = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((pattern, &quoted[at + 1..])),
            // Git writes other signs as numbers, which no pattern of a person has.
            '\\' => pattern.push(chars.next()?.1),
            char => pattern.push(char),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, path: &str) -> String {
        let attributes = Attributes::of(Path::new("/r"), text.as_bytes());
        let mut asked = Asked::default();
        attributes.add(&Path::new("/r").join(path), &mut asked);
        Attributes::said(asked).text()
    }

    #[test]
    fn the_last_line_that_fits_wins_for_each_word() {
        for (text, path, expected) in [
            ("*.rs linguist-generated", "a/b.rs", "linguist-generated"),
            ("*.rs linguist-generated=true", "b.rs", "linguist-generated"),
            (
                "*.rs linguist-generated=false",
                "b.rs",
                "-linguist-generated",
            ),
            ("*.rs -linguist-generated", "b.rs", "-linguist-generated"),
            ("*.rs text linguist-generated", "b.py", ""),
            ("/b.rs linguist-generated", "a/b.rs", ""),
            ("a/*.rs linguist-vendored", "a/b.rs", "linguist-vendored"),
            ("a/*.rs linguist-vendored", "a/c/b.rs", ""),
            ("a/** linguist-vendored", "a/c/b.rs", "linguist-vendored"),
            ("**/c/* linguist-vendored", "a/c/b.rs", "linguist-vendored"),
            // A folder is not what is in it.
            ("a/ linguist-vendored", "a/b.rs", ""),
            ("a linguist-vendored", "a/b.rs", ""),
            (
                "* linguist-generated\n*.rs -linguist-generated",
                "b.rs",
                "-linguist-generated",
            ),
            (
                "*.rs -linguist-generated\n* linguist-generated",
                "b.rs",
                "linguist-generated",
            ),
            ("* linguist-generated\n*.rs !linguist-generated", "b.rs", ""),
            (
                "* linguist-generated\n*.rs linguist-documentation -linguist-vendored",
                "b.rs",
                "linguist-generated -linguist-vendored linguist-documentation",
            ),
            ("# * linguist-generated", "b.rs", ""),
            ("!*.rs linguist-generated", "b.rs", ""),
            ("[attr]made linguist-generated", "made", ""),
            ("*.rs linguist-language=Rust -diff", "b.rs", ""),
            (
                "\"a b.rs\" linguist-generated",
                "a b.rs",
                "linguist-generated",
            ),
            ("\"a b.rs linguist-generated", "a b.rs", ""),
            ("*.rs", "b.rs", ""),
            (
                "\u{feff}*.rs\tlinguist-generated\r\n",
                "b.rs",
                "linguist-generated",
            ),
        ] {
            assert_eq!(said(text, path), expected, "{text} {path}");
        }
    }

    #[test]
    fn what_is_said_is_read_as_it_was_written() {
        let said = Said {
            generated: Some(false),
            vendored: Some(true),
            documentation: None,
        };
        assert_eq!(said.text(), "-linguist-generated linguist-vendored");
        assert_eq!(Said::parse(&said.text()), said);
        assert_eq!(Said::parse(""), Said::default());
    }
}
