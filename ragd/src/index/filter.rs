//! Which paths and languages a search may return.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::IndexError;

/// Globs of one query: each is compiled and run over every path that comes up.
const MOST_GLOBS: usize = 64;

/// The filters of a query, compiled.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    paths: Option<GlobSet>,
    /// In lower case; empty: all.
    languages: Vec<String>,
}

impl Filter {
    pub(super) fn new(paths: &[String], languages: &[String]) -> Result<Self, IndexError> {
        let languages = languages.iter().map(|name| name.to_lowercase()).collect();
        let paths = if paths.is_empty() {
            None
        } else {
            Some(compile(paths)?)
        };
        Ok(Self { paths, languages })
    }

    /// Whether a document of this path and language may be returned.
    pub(super) fn accepts(&self, path: &str, language: Option<&str>) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.is_match(path))
            && (self.languages.is_empty()
                || language.is_some_and(|language| self.fits_language(language)))
    }

    pub(super) fn on_paths(&self) -> Option<&GlobSet> {
        self.paths.as_ref()
    }

    pub(super) fn on_languages(&self) -> bool {
        !self.languages.is_empty()
    }

    pub(super) fn fits_language(&self, language: &str) -> bool {
        self.languages
            .iter()
            .any(|name| *name == language.to_lowercase())
    }
}

/// As in a gitignore file: without a slash a glob fits at any depth, and a folder stands for all
/// that is in it.
fn compile(globs: &[String]) -> Result<GlobSet, IndexError> {
    if globs.len() > MOST_GLOBS {
        let reason = format!("it has more than {MOST_GLOBS} path globs");
        return Err(IndexError::Query { reason });
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let refused = |error: globset::Error| IndexError::Query {
            reason: error.to_string(),
        };
        let bare = glob.trim_start_matches("./").trim_matches('/');
        if bare.is_empty() {
            return Err(IndexError::Query {
                reason: "a path glob is empty".to_owned(),
            });
        }
        let anywhere = !glob.trim_end_matches('/').contains('/');
        let pattern = if anywhere {
            format!("**/{bare}")
        } else {
            bare.to_owned()
        };
        for pattern in [format!("{pattern}/**"), pattern] {
            let compiled = GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(compiled.map_err(refused)?);
        }
    }
    set.build().map_err(|error| IndexError::Query {
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(glob: &str, path: &str, fits: bool) {
        let set = compile(&[glob.to_owned()]).unwrap();
        assert_eq!(set.is_match(path), fits, "{glob} {path}");
    }

    #[test]
    fn globs_fit_as_in_a_gitignore_file() {
        check("*.rs", "main.rs", true);
        check("*.rs", "src/a/main.rs", true);
        check("*.rs", "src/main.rst", false);
        check("src/*.rs", "src/main.rs", true);
        check("src/*.rs", "src/a/main.rs", false);
        check("src/**/*.rs", "src/a/b/main.rs", true);
        check("src/http", "src/http/get.rs", true);
        check("src/", "src/http/get.rs", true);
        check("src/", "lib/src/get.rs", true);
        check("/src", "lib/src/get.rs", false);
        check("./src/a.rs", "src/a.rs", true);
        check("{a,b}.txt", "x/b.txt", true);
    }

    #[test]
    fn a_glob_without_meaning_is_refused() {
        for glob in ["[", "", "/", "a{b"] {
            let refused = compile(&[glob.to_owned()]);
            assert!(matches!(refused, Err(IndexError::Query { .. })), "{glob:?}");
        }
    }
}
