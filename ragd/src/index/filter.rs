//! Which paths and languages a search may return.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::IndexError;

/// Globs of one query: each is compiled and run over every path that comes up.
const MOST_GLOBS: usize = 64;

/// The filters of a query, compiled.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    paths: Option<GlobSet>,
    hints: Option<Vec<PathHint>>,
    /// In lower case; empty: all.
    languages: Vec<String>,
}

impl Filter {
    pub(super) fn new(paths: &[String], languages: &[String]) -> Result<Self, IndexError> {
        let languages = languages.iter().map(|name| name.to_lowercase()).collect();
        let globs = paths;
        let paths = if globs.is_empty() {
            None
        } else {
            Some(compile(globs)?)
        };
        Ok(Self {
            hints: hints(globs),
            paths,
            languages,
        })
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

    /// What a server can test of the globs before it sends anything; none: nothing.
    pub(super) fn hints(&self) -> Option<&[PathHint]> {
        self.hints.as_deref()
    }

    pub(super) fn languages(&self) -> &[String] {
        &self.languages
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

/// What every path has that fits a glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathHint {
    /// The path is this or below it.
    pub(super) below: Option<String>,
    /// A part of the path ends in a dot and this.
    pub(super) extension: Option<String>,
}

/// Returns a hint for each glob; none if some glob gives none, since that one may fit any path.
fn hints(globs: &[String]) -> Option<Vec<PathHint>> {
    let hint = |glob: &String| {
        let is_plain = |part: &str| !part.contains(['*', '?', '[', ']', '{', '}', '\\', '!']);
        let bare = glob.trim_start_matches("./").trim_matches('/');
        let anywhere = !glob.trim_end_matches('/').contains('/');
        let head: Vec<_> = bare.split('/').take_while(|part| is_plain(part)).collect();
        let below = (!anywhere && !head.is_empty()).then(|| head.join("/"));
        let extension = bare.rsplit('/').next().and_then(extension_of);
        let extension = extension.filter(|extension| is_plain(extension));
        let hint = PathHint {
            below,
            extension: extension.map(str::to_owned),
        };
        (hint.below.is_some() || hint.extension.is_some()).then_some(hint)
    };
    if globs.is_empty() {
        return None;
    }
    globs.iter().map(hint).collect()
}

/// Returns what follows the last dot of a part of a path.
pub(super) fn extension_of(part: &str) -> Option<&str> {
    let (_, extension) = part.rsplit_once('.')?;
    (!extension.is_empty()).then_some(extension)
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
    fn hints_are_what_all_fitting_paths_have() {
        let check = |glob: &str, below: Option<&str>, extension: Option<&str>| {
            let hint = PathHint {
                below: below.map(str::to_owned),
                extension: extension.map(str::to_owned),
            };
            let expected = (below.is_some() || extension.is_some()).then(|| vec![hint]);
            assert_eq!(hints(&[glob.to_owned()]), expected, "{glob}");
        };
        check("*.rs", None, Some("rs"));
        check("src/http/**", Some("src/http"), None);
        check("./src/**/*.rs", Some("src"), Some("rs"));
        check("src/", None, None);
        check("/src", Some("src"), None);
        check("a/{b,c}.txt", Some("a"), Some("txt"));
        check("*.{rs,md}", None, None);
        check("main*", None, None);
        assert_eq!(hints(&["*.rs".to_owned(), "x*".to_owned()]), None);
    }

    #[test]
    fn a_glob_without_meaning_is_refused() {
        for glob in ["[", "", "/", "a{b"] {
            let refused = compile(&[glob.to_owned()]);
            assert!(matches!(refused, Err(IndexError::Query { .. })), "{glob:?}");
        }
    }
}
