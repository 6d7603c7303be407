//! How the host of a repository is spoken with: by which key or token, and where it is.

use std::net::IpAddr;
use std::path::PathBuf;

use super::address::Scheme;
use super::error::GitError;
use super::repository::Repository;
use super::run::Way;
use super::ssh;
use super::token::{self, Token};
use crate::config::SecretError;
use crate::internet::{self, NotPublic, SystemNames};

/// A way to speak with the host that was found to work, or all that there are.
pub(super) struct Ways {
    pub(super) ways: Vec<(String, Way)>,
    /// Why there is no token, if there should be one.
    pub(super) lacking: Option<String>,
}

impl Repository {
    /// Returns how the host may be spoken with.
    pub(super) async fn ways(&self, own: bool) -> Result<Ways, GitError> {
        self.git.check(&self.address, own)?;
        if self.address.scheme() == Scheme::Ssh {
            let agent = std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from);
            let keys = ssh::keys(self.git.ssh_dir.as_deref(), agent.as_deref());
            let ways = keys.into_iter().map(|key| {
                let name = match key.flaw {
                    Some(flaw) => format!("{} ({flaw})", key.name),
                    None => key.name,
                };
                (name, key.way)
            });
            return Ok(Ways {
                ways: ways.collect(),
                lacking: None,
            });
        }
        let host = self.git.host(&self.address);
        let mut way = Way {
            scheme: self.address.scheme(),
            settings: Vec::new(),
            variables: Vec::new(),
            reads: Vec::new(),
            token: None,
        };
        if let Some(host) = host.filter(|host| !host.ca_file.as_os_str().is_empty()) {
            way.settings
                .push(format!("http.sslCAInfo={}", host.ca_file.display()));
            way.reads.push(host.ca_file.clone());
        }
        if !own {
            way.settings.extend(self.pinned().await?);
        }
        let mut lacking = None;
        match host.filter(|_| own).map(|host| (host, host.key().text())) {
            None => {}
            Some((_, Ok(token))) if token.is_empty() => {}
            Some((_, Ok(token))) if token.contains(char::is_control) => {
                lacking = Some("it has more than one line".to_owned());
            }
            Some((host, Ok(token))) => {
                way.settings.push(token::helper(&self.address));
                way.token = Some(Token::new(&host.user, token));
            }
            Some((_, Err(SecretError::File { path, source }))) => {
                lacking = Some(format!("{}: {source}", path.display()));
            }
            Some((_, Err(SecretError::Variable { name }))) => {
                lacking = Some(format!("the variable {name} is not set"));
            }
        }
        Ok(Ways {
            ways: vec![(String::new(), way)],
            lacking,
        })
    }

    /// Looks the host up for somebody who may not reach what is beside this machine, and returns what
    /// has git use just that.
    async fn pinned(&self) -> Result<Option<String>, GitError> {
        let (host, port) = (self.address.bare_host(), self.address.port());
        let list = &self.git.private_hosts;
        let is_usual = !self.address.has_port();
        let is_trusted = internet::is_listed(list, host, port, is_usual);
        let found = internet::addresses(&SystemNames, host, port, is_trusted).await;
        let found = found.map_err(|error| match &error {
            NotPublic::Private { address: at } => GitError::Private {
                host: self.address.host(),
                at: *at,
            },
            NotPublic::Unknown(_) => GitError::Away {
                host: self.address.host(),
                said: crate::ids::chain(&error),
            },
        })?;
        if host.starts_with('[') {
            // An address, which nobody looks up.
            return Ok(None);
        }
        let found = found.iter().map(|found| match found.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        });
        let found: Vec<_> = found.collect();
        let pin = format!("http.curloptResolve={host}:{port}:{}", found.join(","));
        Ok(Some(pin))
    }
}
