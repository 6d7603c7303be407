//! Secrets: files that hold nothing else are left out by name, and what is found in texts is
//! replaced before anybody but a child has seen it.
//!
//! [`Secrets`] is what the configuration says of it; `Search`, what a child is told with an order.
//! What it answers is where secrets were and of which kind, and never a secret. Finding is pure and in
//! `find.rs`.

mod assigned;
mod blocks;
mod called;
mod find;
mod flags;
mod headers;
mod kubernetes;
mod logins;
mod names;
mod pairs;
mod redact;
mod settings;
mod shaped;
mod tokens;
mod unsigned;
mod value;
mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use ignore::gitignore::Gitignore;
use serde::{Deserialize, Serialize};

use crate::config;
use crate::ids;

pub(super) use redact::{redact, redact_text};

/// Names how secrets are found: a change here gets a new number, and then everything is read again.
const FINDER: u32 = 2;

/// What is listed of one document; all of it is replaced.
pub(super) const MAX_LISTED: usize = 1_000;

/// What is done about secrets.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// None: texts stay as they are.
    search: Option<Search>,
    /// What fits is taken as it is.
    allowed: Gitignore,
    /// Names the settings, where they are not the usual ones, but for what is allowed by its path:
    /// that concerns few documents.
    settings: String,
    /// Names these paths, if there are any.
    paths: String,
}

/// How a text is searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Search {
    /// Kinds that are not looked for.
    off: BTreeSet<String>,
    /// Marks of what is no secret.
    allow: BTreeSet<String>,
}

impl Secrets {
    /// Does what the configuration says.
    #[must_use]
    pub fn new(config: &config::Secrets) -> Self {
        let config::Secrets {
            redact,
            off,
            allow,
            allow_paths,
        } = config;
        for kind in off
            .iter()
            .filter(|kind| !find::kinds().any(|known| known == kind.as_str()))
        {
            tracing::warn!(
                kind,
                "There is no such kind of secret: look at `secrets.off`."
            );
        }
        let search = redact.then(|| Search {
            off: off.iter().cloned().collect(),
            allow: allow.iter().cloned().collect(),
        });
        let of_all = config::Secrets {
            allow_paths: Vec::new(),
            ..config.clone()
        };
        Self {
            search,
            allowed: config.allowed(),
            settings: named(&of_all),
            paths: named(&config::Secrets {
                allow_paths: allow_paths.clone(),
                ..config::Secrets::default()
            }),
        }
    }

    /// Tells whether a document is left out because of its name. Its path is the one below its
    /// source.
    #[must_use]
    pub(super) fn leave_out(&self, path: &Path) -> bool {
        names::is_secret(path) && !self.allows(path)
    }

    /// Returns how the text of a document is to be searched; none: it stays as it is.
    pub(super) fn search(&self, path: &Path) -> Option<&Search> {
        self.search.as_ref().filter(|_| !self.allows(path))
    }

    /// Names what is done to texts: with another name, they are other texts. Those that are allowed
    /// by their path have [`Self::pipeline_of`].
    #[must_use]
    pub(super) fn fingerprint(&self) -> String {
        format!("secrets={FINDER}{}", self.settings)
    }

    /// The same, with what is allowed by its path: a worker with another name would let other texts
    /// pass.
    #[must_use]
    pub(super) fn terms(&self) -> String {
        self.fingerprint() + &self.paths
    }

    /// Returns the name of a pipeline for the document that has this path.
    #[must_use]
    pub(super) fn pipeline_of<'a>(&self, pipeline: &'a str, path: &[u8]) -> Cow<'a, str> {
        match self.allows(Path::new(OsStr::from_bytes(path))) {
            true => Cow::Owned(format!("{pipeline} allowed")),
            false => Cow::Borrowed(pipeline),
        }
    }

    fn allows(&self, path: &Path) -> bool {
        if self.allowed.is_empty() {
            return false;
        }
        // Without the beginning of a path that is absolute, since it would be no part of it.
        let is_name = |part: &Component<'_>| matches!(part, Component::Normal(_));
        let below: PathBuf = path.components().filter(is_name).collect();
        let path = Path::new("/").join(below);
        self.allowed
            .matched_path_or_any_parents(&path, false)
            .is_ignore()
    }
}

/// Names settings; nothing for the usual ones.
fn named(config: &config::Secrets) -> String {
    if config == &config::Secrets::default() {
        return String::new();
    }
    let all = serde_json::to_vec(config).expect("the configuration is plain data");
    format!("-{:.8}", ids::content_hash(&all).to_string())
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
