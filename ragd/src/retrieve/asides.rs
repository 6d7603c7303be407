//! Lower places for what a search rarely means: what no person wrote, and programs that only try,
//! show or stand in for others. Unless its words ask for just that.

use std::collections::{HashMap, HashSet};

use super::{Query, RetrieveError, View};
use crate::ids::VersionKey;
use crate::ledger::{self, Ledger};

/// Why a document stands aside, and what its scores are multiplied by.
///
/// The shares are guesses in an order that was measured elsewhere: a test that fits twice as well as
/// the code it is about comes first, one that fits a little better does not.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Aside {
    name: &'static str,
    factor: f32,
    /// A query with a word that begins so asks for it.
    asked: &'static [&'static str],
}

/// By the word that the ledger has.
const MADE: [(&str, Aside); 5] = [
    (
        "generated",
        Aside {
            name: "aside.generated",
            factor: 0.6,
            asked: &["generat", "autogen", "codegen"],
        },
    ),
    (
        "minified",
        Aside {
            name: "aside.minified",
            factor: 0.4,
            asked: &["minif", "bundle", "sourcemap"],
        },
    ),
    (
        "vendored",
        Aside {
            name: "aside.vendored",
            factor: 0.7,
            asked: &["vendor", "bundled", "third", "upstream"],
        },
    ),
    (
        "documentation",
        Aside {
            name: "aside.documentation",
            factor: 0.85,
            asked: &["doc", "example", "snippet"],
        },
    ),
    (
        // It has every name that there is, and says nothing about any.
        "lock",
        Aside {
            name: "aside.lock",
            factor: 0.5,
            asked: &["lock", "version", "dependenc", "checksum", "pinned"],
        },
    ),
];

const TEST: Aside = Aside {
    name: "aside.test",
    factor: 0.75,
    asked: &["test", "e2e", "unittest", "conftest"],
};
/// By folder, for programs.
const PLACES: [(&[&str], Aside); 5] = [
    (
        &["test", "tests", "__tests__", "spec", "specs", "e2e"],
        TEST,
    ),
    (
        &[
            "fixture",
            "fixtures",
            "__fixtures__",
            "testdata",
            "mock",
            "mocks",
            "__mocks__",
            "fakes",
        ],
        Aside {
            name: "aside.fixture",
            factor: 0.7,
            asked: &["fixture", "mock", "fake", "stub", "test"],
        },
    ),
    (
        &["bench", "benches", "benchmark", "benchmarks"],
        Aside {
            name: "aside.bench",
            factor: 0.8,
            asked: &["bench", "perf", "measure"],
        },
    ),
    (
        &[
            "example", "examples", "sample", "samples", "demo", "demos", "docs_src",
        ],
        Aside {
            name: "aside.example",
            factor: 0.85,
            asked: &["example", "sample", "demo", "tutorial", "usage"],
        },
    ),
    (
        &["compat", "shim", "shims", "polyfill", "polyfills"],
        Aside {
            name: "aside.compat",
            factor: 0.85,
            asked: &["compat", "shim", "polyfill", "legacy"],
        },
    ),
];

/// Languages of texts that explain: one about tests is about tests, wherever it lies.
const PROSE: [&str; 12] = [
    "markdown",
    "text",
    "restructuredtext",
    "asciidoc",
    "org",
    "latex",
    "html",
    "log",
    "email",
    "jupyter",
    "csv",
    "pdf",
];

/// What stands aside of what was found.
#[derive(Debug, Default)]
pub(super) struct Asides(HashMap<VersionKey, Aside>);

impl Asides {
    /// Looks up all that was found, at once.
    pub(super) async fn of(
        ledger: &Ledger,
        view: &View,
        found: HashSet<VersionKey>,
        query: &Query,
    ) -> Result<Self, RetrieveError> {
        let found = found.into_iter();
        let found = found.filter_map(|key| Some((key, view.document(key)?)));
        let found: Vec<_> = found.collect();
        let documents = found.iter().map(|(_, document)| *document).collect();
        let known = ledger.asides(documents).await;
        let known = known.map_err(RetrieveError::Ledger)?;
        let words = words(query);
        let aside = |(key, document)| Some((key, aside(known.get(&document)?, &words)?));
        Ok(Self(found.into_iter().filter_map(aside).collect()))
    }

    /// Returns the name of why a version stands aside, and what its scores are multiplied by.
    pub(super) fn part(&self, version: VersionKey) -> Option<(&'static str, f32)> {
        let Aside { name, factor, .. } = self.0.get(&version)?;
        Some((name, *factor))
    }
}

/// Returns the words of a query, and of the paths that it is about, in small letters.
fn words(query: &Query) -> Vec<String> {
    let texts = std::iter::once(&query.text).chain(&query.paths);
    let mut words = Vec::new();
    for text in texts {
        let mut word = String::new();
        let mut was_small = false;
        for char in text.chars().chain([' ']) {
            // `parseTest` and `HTTP_test` ask for tests, too.
            let begins = char.is_uppercase() && was_small;
            if (begins || !char.is_alphanumeric()) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if char.is_alphanumeric() {
                word.extend(char.to_lowercase());
            }
            was_small = char.is_lowercase();
        }
    }
    words
}

/// Returns the strongest reason why a document stands aside, of those that nobody asks for.
fn aside(known: &ledger::Aside, words: &[String]) -> Option<Aside> {
    let made = known.made.as_deref().and_then(|made| {
        let found = MADE.iter().find(|(word, _)| *word == made);
        found.map(|(_, aside)| *aside)
    });
    let place = is_program(known).then(|| place(&known.path)).flatten();
    let is_asked = |aside: &Aside| {
        let mut asked = aside.asked.iter();
        asked.any(|begin| words.iter().any(|word| word.starts_with(begin)))
    };
    let reasons = made.into_iter().chain(place);
    let reasons = reasons.filter(|aside| !is_asked(aside));
    reasons.min_by(|a, b| a.factor.total_cmp(&b.factor))
}

fn is_program(known: &ledger::Aside) -> bool {
    let language = known.language.as_deref();
    language.is_some_and(|language| !PROSE.contains(&language))
}

/// Returns what the path of a program says it is for.
fn place(path: &[u8]) -> Option<Aside> {
    let path = String::from_utf8_lossy(path);
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", &path));
    if is_test(file) {
        return Some(TEST);
    }
    let folders: Vec<_> = folders.split('/').map(str::to_ascii_lowercase).collect();
    let fits = |names: &[&str]| {
        folders
            .iter()
            .any(|folder| names.contains(&folder.as_str()))
    };
    let place = PLACES.iter().find(|(names, _)| fits(names));
    place.map(|(_, aside)| *aside)
}

/// Tells tests by the names that runners look for.
fn is_test(file: &str) -> bool {
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    let low = stem.to_ascii_lowercase();
    let begins = ["test_", "test-"]
        .iter()
        .any(|begin| low.starts_with(begin));
    let ends = ["_test", "_tests", ".test", ".spec", "_spec", "-test"];
    let by_class = ["java", "kt", "cs", "swift", "scala", "php", "groovy"].contains(&extension)
        && ["Test", "Tests", "Spec", "TestCase"]
            .iter()
            .any(|end| stem.ends_with(end));
    let alone = ["test", "tests", "conftest"].contains(&low.as_str());
    begins || alone || by_class || ends.iter().any(|end| low.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieve::Mode;

    fn check(path: &str, language: Option<&str>, made: Option<&str>, text: &str, expected: &str) {
        let known = ledger::Aside {
            path: path.as_bytes().to_vec(),
            language: language.map(str::to_owned),
            made: made.map(str::to_owned),
        };
        let query = Query {
            text: text.to_owned(),
            paths: Vec::new(),
            languages: Vec::new(),
            conditions: Vec::new(),
            limit: 10,
            mode: Mode::Hybrid,
            explain: false,
        };
        let found = aside(&known, &words(&query)).map_or("", |aside| aside.name);
        assert_eq!(found, expected, "{path} {text}");
    }

    #[test]
    fn what_nobody_wrote_stands_aside_unless_it_is_asked_for() {
        let rust = Some("rust");
        for (made, text, expected) in [
            (None, "parse header", ""),
            (Some("generated"), "parse header", "aside.generated"),
            (Some("generated"), "generated parse header", ""),
            (Some("generated"), "header codegen", ""),
            (Some("vendored"), "parse header", "aside.vendored"),
            (Some("vendored"), "Vendored code", ""),
            (Some("minified"), "parse header", "aside.minified"),
            (Some("lock"), "parse header", "aside.lock"),
            (Some("lock"), "which version of serde", ""),
            (Some("documentation"), "parse header", "aside.documentation"),
            (Some("something new"), "parse header", ""),
        ] {
            check("src/a.rs", rust, made, text, expected);
        }
    }

    #[test]
    fn programs_that_try_or_show_stand_aside_and_texts_do_not() {
        let rust = Some("rust");
        for (path, language, text, expected) in [
            ("tests/a.rs", rust, "parse", "aside.test"),
            ("tests/a.rs", rust, "test of parse", ""),
            ("tests/a.rs", rust, "parseTests", ""),
            ("tests/a.rs", rust, "parse_test", ""),
            // It begins otherwise.
            ("tests/a.rs", rust, "latest contest", "aside.test"),
            ("tests/a.md", Some("markdown"), "parse", ""),
            ("tests/a.pdf", None, "parse", ""),
            ("src/latest/a.rs", rust, "parse", ""),
            ("src/attest.rs", rust, "parse", ""),
            ("src/contest.py", Some("python"), "parse", ""),
            ("src/a_test.go", Some("go"), "parse", "aside.test"),
            ("test_a.py", Some("python"), "parse", "aside.test"),
            ("a.spec.ts", Some("typescript"), "parse", "aside.test"),
            ("ATest.java", Some("java"), "parse", "aside.test"),
            ("Latest.java", Some("java"), "parse", ""),
            ("tests/fixtures/a.rs", rust, "parse", "aside.test"),
            ("src/mocks/a.rs", rust, "parse", "aside.fixture"),
            ("benches/a.rs", rust, "parse", "aside.bench"),
            ("examples/a.rs", rust, "parse", "aside.example"),
            ("examples/a.rs", rust, "example of parse", ""),
            ("lib/compat/a.py", Some("python"), "parse", "aside.compat"),
            ("src/a.rs", rust, "parse", ""),
        ] {
            check(path, language, None, text, expected);
        }
        // Of two reasons, the stronger one that is not asked for.
        check(
            "tests/a.rs",
            rust,
            Some("generated"),
            "a",
            "aside.generated",
        );
        check(
            "tests/a.rs",
            rust,
            Some("generated"),
            "generated",
            "aside.test",
        );
    }
}
