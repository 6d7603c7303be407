//! Repositories that are submitted by their address: how much one may cost, and what a host wants.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use super::read::line_of;
use super::{ConfigError, Secret};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Git {
    pub repository_bytes: u64,
    pub wall_s: u64,
    /// Empty: `.ssh` in the home of the daemon's user.
    pub ssh_dir: PathBuf,
}

impl Default for Git {
    fn default() -> Self {
        Self {
            repository_bytes: 4 << 30,
            wall_s: 1_800,
            ssh_dir: PathBuf::new(),
        }
    }
}

impl Git {
    /// Returns the folder of keys that is meant; none where nobody has a home.
    #[must_use]
    pub fn ssh_dir(&self) -> Option<PathBuf> {
        match self.ssh_dir.as_os_str().is_empty() {
            true => Some(PathBuf::from(std::env::var_os("HOME")?).join(".ssh")),
            false => Some(self.ssh_dir.clone()),
        }
    }
}

/// A host of repositories that wants a token, or other certificates than those of the system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GitHost {
    /// `HOST` or `HOST:PORT`.
    pub name: String,
    /// Empty: a word that hosts take beside a token.
    pub user: String,
    /// Empty, like `key_env`: there is no token.
    pub key_file: PathBuf,
    pub key_env: String,
    pub ca_file: PathBuf,
    pub allow_http: bool,
}

impl GitHost {
    #[must_use]
    pub fn key(&self) -> Secret {
        Secret::new(&self.key_file, &self.key_env)
    }
}

/// Finds the first entry that makes no sense. `table` is the file that `hosts` were read from.
pub(super) fn check_values(
    path: &Path,
    text: &str,
    table: &DeTable<'_>,
    hosts: &[GitHost],
) -> Result<(), ConfigError> {
    for (at, host) in hosts.iter().enumerate() {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        let is_name =
            !host.name.is_empty() && !host.name.starts_with('-') && host.name.chars().all(is_plain);
        let before = hosts[..at].iter();
        let reason = match () {
            () if !is_name => "must have a name that is HOST or HOST:PORT",
            () if before.clone().any(|other| other.name == host.name) => {
                "has the name of an earlier one"
            }
            () if host.user.contains(char::is_control) => "has a user that is no text",
            () => continue,
        };
        return Err(ConfigError::Invalid {
            path: path.to_owned(),
            line: line(table, text, at),
            reason: format!("entry {} of `git_hosts` {reason}", at + 1),
        });
    }
    Ok(())
}

fn line(table: &DeTable<'_>, text: &str, at: usize) -> usize {
    let hosts = table.iter().find(|(name, _)| name.get_ref() == "git_hosts");
    let Some(DeValue::Array(entries)) = hosts.map(|(_, value)| value.get_ref()) else {
        return 1;
    };
    entries
        .get(at)
        .map_or(1, |entry| line_of(text, entry.span().start))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn hosts_are_named_once_and_by_known_keys() {
        let check = |text: &str, expected: &str| {
            let found = match parse(Path::new("c.toml"), text) {
                Ok(_) => "ok".to_owned(),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, expected, "{text}");
        };
        let one = "[[git_hosts]]\nname = \"git.example.org:8443\"\nkey_file = \"t\"\n";
        check(one, "ok");
        check(
            &format!("{one}{one}"),
            "c.toml, line 4: entry 2 of `git_hosts` has the name of an earlier one",
        );
        check(
            "[[git_hosts]]\nkey_file = \"t\"\n",
            "c.toml, line 1: entry 1 of `git_hosts` must have a name that is HOST or HOST:PORT",
        );
        check(
            "[[git_hosts]]\nname = \"https://a.org\"\n",
            "c.toml, line 1: entry 1 of `git_hosts` must have a name that is HOST or HOST:PORT",
        );
        check(
            "[[git_hosts]]\nname = \"a.org\"\ntoken = \"x\"\n",
            "c.toml, line 3: unknown key `git_hosts.token`",
        );
    }
}
