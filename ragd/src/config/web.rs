//! Pages that are submitted by their address.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Web {
    pub page_bytes: u64,
    pub wall_s: u64,
    pub private_hosts: Vec<String>,
    pub http_hosts: Vec<String>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            page_bytes: 64 << 20,
            wall_s: 30,
            private_hosts: Vec::new(),
            http_hosts: Vec::new(),
        }
    }
}

impl Web {
    /// Returns the key that makes no sense, and why.
    pub(super) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        const HOSTS: &str = "must be hosts: HOST or HOST:PORT";
        let are_hosts = |list: &[String]| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || "-.:[]_".contains(c);
            let is_host = |host: &String| !host.is_empty() && host.chars().all(is_part);
            list.iter().all(is_host)
        };
        let rules = [
            (
                "web.page_bytes",
                self.page_bytes > 0 && self.wall_s > 0,
                "must be at least 1, and so must `web.wall_s`",
            ),
            ("web.private_hosts", are_hosts(&self.private_hosts), HOSTS),
            ("web.http_hosts", are_hosts(&self.http_hosts), HOSTS),
        ];
        let wrong = rules.into_iter().find(|(_, is_fine, _)| !is_fine);
        wrong.map(|(key, _, reason)| (key, reason))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;

    #[test]
    fn lists_name_hosts_and_nothing_else() {
        for (text, expected) in [
            (
                "[web]\nprivate_hosts = [\"wiki.corp\", \"10.0.0.7:9000\", \"[::1]:80\"]\n",
                None,
            ),
            (
                "[web]\nprivate_hosts = [\"https://wiki.corp\"]\n",
                Some("`web.private_hosts`"),
            ),
            ("[web]\nhttp_hosts = [\"\"]\n", Some("`web.http_hosts`")),
            ("[web]\nwall_s = 0\n", Some("`web.wall_s`")),
        ] {
            let parsed = parse(Path::new("c.toml"), text).map_err(|error| error.to_string());
            match expected {
                None => assert!(parsed.is_ok(), "{text}: {parsed:?}"),
                Some(named) => assert!(parsed.unwrap_err().contains(named), "{text}"),
            }
        }
    }
}
