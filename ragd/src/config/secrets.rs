//! What is done about secrets in what is taken in.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    pub redact: bool,
    pub off: Vec<String>,
    pub allow: Vec<String>,
    pub allow_paths: Vec<String>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self {
            redact: true,
            off: Vec::new(),
            allow: Vec::new(),
            allow_paths: Vec::new(),
        }
    }
}

impl Secrets {
    /// Returns what fits the paths that hold no secrets, below `/`. A glob without meaning, which no
    /// configuration has that was read, fits none.
    #[must_use]
    pub fn allowed(&self) -> Gitignore {
        self.globs().unwrap_or_else(|_| Gitignore::empty())
    }

    fn globs(&self) -> Result<Gitignore, ignore::Error> {
        let mut builder = GitignoreBuilder::new("/");
        for glob in &self.allow_paths {
            builder.add_line(None, glob)?;
        }
        builder.build()
    }

    /// Returns the key that makes no sense, and why.
    pub(super) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        let is_mark = |mark: &String| {
            mark.len() == 8
                && mark
                    .bytes()
                    .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        };
        let rules = [
            (
                "secrets.allow",
                self.allow.iter().all(is_mark),
                "must be marks as `ragctl secrets` tells them: eight digits",
            ),
            (
                "secrets.allow_paths",
                self.globs().is_ok(),
                "must be globs as in .gitignore",
            ),
        ];
        let broken = rules.into_iter().find(|(_, is_fine, _)| !is_fine);
        broken.map(|(key, _, reason)| (key, reason))
    }
}
