//! Keys and passwords. The configuration says where one is and never holds it, and what a server says
//! is repeated without it.

use std::io;
use std::path::{Path, PathBuf};

/// Characters of a server's own words that are repeated.
const SAID: usize = 300;

/// Where a secret is. It is read for each use, so that a new one counts at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    None,
    File(PathBuf),
    Variable(String),
}

/// A secret is not where the configuration says.
#[derive(Debug)]
pub enum SecretError {
    File { path: PathBuf, source: io::Error },
    Variable { name: String },
}

impl Secret {
    /// Reads what two keys of the configuration say, of which both may be empty.
    #[must_use]
    pub fn new(file: &Path, variable: &str) -> Self {
        match (file.as_os_str().is_empty(), variable) {
            (false, _) => Self::File(file.to_owned()),
            (true, "") => Self::None,
            (true, variable) => Self::Variable(variable.to_owned()),
        }
    }

    /// Returns the secret without the end of its line; it is empty where there is none.
    pub fn text(&self) -> Result<String, SecretError> {
        let text = match self {
            Self::None => String::new(),
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|source| SecretError::File {
                    path: path.clone(),
                    source,
                })?
            }
            Self::Variable(name) => {
                std::env::var(name).map_err(|_| SecretError::Variable { name: name.clone() })?
            }
        };
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// Returns words of a server as they may be shown: on one line, cut, and without the secret that some
/// repeat.
#[must_use]
pub fn quotable(said: &str, secret: &str) -> String {
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = match secret.trim() {
        "" => line,
        secret => line.replace(secret, "<key>"),
    };
    line.chars()
        .filter(|c| !c.is_control())
        .take(SAID)
        .collect()
}

/// Returns words of a server as the end of a sentence, which has none if there are none.
#[must_use]
pub fn after_colon(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(": {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let file = Secret::new(&path, "IGNORED");
        assert!(matches!(file.text(), Err(SecretError::File { .. })));
        std::fs::write(&path, " pass word \r\n").unwrap();
        assert_eq!(file.text().unwrap(), " pass word ");
        assert_eq!(Secret::new(Path::new(""), "").text().unwrap(), "");
        let variable = Secret::new(Path::new(""), "RAGD_NO_SUCH_VARIABLE");
        let missing = variable.text().unwrap_err();
        assert!(
            matches!(&missing, SecretError::Variable { name } if name == "RAGD_NO_SUCH_VARIABLE"),
            "{missing:?}"
        );
    }

    #[test]
    fn what_is_repeated_is_one_line_without_the_secret() {
        let said = "wrong\n key k3y,\u{1b}[31m k3y";
        assert_eq!(quotable(said, "k3y"), "wrong key <key>,[31m <key>");
        assert_eq!(quotable(said, ""), "wrong key k3y,[31m k3y");
        assert_eq!(quotable(&"x".repeat(999), "").len(), SAID);
    }
}
