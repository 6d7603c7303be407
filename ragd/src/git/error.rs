//! Why a repository could not be had, in words of ours: git says it in many.

use std::io;
use std::net::IpAddr;

use super::address::{Address, Scheme};

/// A repository cannot be had. No text has a key or a token in it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git is not installed in a folder of the system")]
    Missing,
    #[error("git cannot be started")]
    NotStarted(#[source] io::Error),
    /// Without walls, git would be what a server makes of it.
    #[error("git cannot be run safely: {said}")]
    NoWalls { said: String },
    #[error("{address} is not encrypted")]
    Plain { address: String },
    #[error("ssh is not for others than the user of ragd")]
    NotForOthers,
    #[error("{host} is not on the internet, but at {at}")]
    Private { host: String, at: IpAddr },
    #[error("there is no repository at {address}, or it is private")]
    NoRepository { address: String },
    #[error("{host} shows {address} only with a token, and there is none")]
    NoToken { address: String, host: String },
    #[error("{host} refused the token for {address}: {said}")]
    TokenRefused {
        address: String,
        host: String,
        said: String,
    },
    #[error("the token for {host} is not where the configuration says: {reason}")]
    TokenAway { host: String, reason: String },
    #[error("there is no key for {host}: {tried}")]
    NoKey { host: String, tried: String },
    #[error("{host} refused all keys: {tried}")]
    KeyRefused { host: String, tried: String },
    #[error("{host} is not among the known hosts{said}")]
    HostKey { host: String, said: String },
    #[error("{host} cannot be reached: {said}")]
    Away { host: String, said: String },
    #[error("the certificate of {host} is not trusted: {said}")]
    Certificate { host: String, said: String },
    #[error("{host} sends to another address for {address}")]
    Moved { host: String, address: String },
    #[error("{address} has no branch, tag or commit `{reference}`")]
    NoReference { address: String, reference: String },
    #[error("`{reference}` of {address} is no commit")]
    NoCommit { address: String, reference: String },
    #[error("{address} has no commit at all")]
    Empty { address: String },
    #[error("there is no folder `{subdir}` in {address}")]
    NoFolder { address: String, subdir: String },
    #[error("the repository has more than {}", crate::ids::size(*limit))]
    TooLarge { limit: u64 },
    #[error("the repository has more than {limit} files")]
    TooMany { limit: usize },
    #[error("git took longer than {wall_s} s")]
    Slow { wall_s: u64 },
    #[error("the disk is full: {reason}")]
    DiskFull { reason: String },
    #[error("the folder of repositories cannot be used")]
    Folder(#[source] io::Error),
    #[error("git failed: {said}")]
    Failed { said: String },
    #[error("git was stopped")]
    Stopped,
}

impl GitError {
    /// Returns the stable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "git-missing",
            Self::NotForOthers => "forbidden",
            Self::Plain { .. } => "bad-request",
            Self::Private { .. } => "web-private",
            Self::NoRepository { .. } | Self::NoFolder { .. } => "source-missing",
            Self::NoToken { .. } | Self::TokenAway { .. } => "git-no-token",
            Self::TokenRefused { .. } => "git-token-refused",
            Self::NoKey { .. } => "git-no-key",
            Self::KeyRefused { .. } => "git-key-refused",
            Self::HostKey { .. } => "git-host-key",
            Self::Away { .. } => "git-away",
            Self::Certificate { .. } | Self::Moved { .. } => "git-host-refused",
            Self::NoReference { .. } | Self::NoCommit { .. } | Self::Empty { .. } => "git-no-ref",
            Self::TooLarge { .. } | Self::TooMany { .. } => "git-too-large",
            Self::Slow { .. } => "git-slow",
            Self::DiskFull { .. } => "disk-full",
            Self::Folder(_) => "store-failed",
            Self::NotStarted(_) | Self::NoWalls { .. } | Self::Failed { .. } => "git-failed",
            Self::Stopped => "cancelled",
        }
    }

    /// Tells whether it may work later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Away { .. } | Self::NotStarted(_) | Self::Folder(_) | Self::Stopped => true,
            Self::Missing
            | Self::NoWalls { .. }
            | Self::Plain { .. }
            | Self::Private { .. }
            | Self::NotForOthers
            | Self::NoRepository { .. }
            | Self::NoToken { .. }
            | Self::TokenRefused { .. }
            | Self::TokenAway { .. }
            | Self::NoKey { .. }
            | Self::KeyRefused { .. }
            | Self::HostKey { .. }
            | Self::Certificate { .. }
            | Self::Moved { .. }
            | Self::NoReference { .. }
            | Self::NoCommit { .. }
            | Self::Empty { .. }
            | Self::NoFolder { .. }
            | Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::Slow { .. }
            | Self::DiskFull { .. }
            | Self::Failed { .. } => false,
        }
    }

    /// Returns what somebody can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let host_entry = |host: &str| {
            format!(
                "put a token that may read it into a file, and name host and file in the \
                 configuration: [[git_hosts]] name = \"{host}\", key_file = \"FILE\""
            )
        };
        Some(match self {
            Self::Missing => "install git (apt install git), then submit again".to_owned(),
            Self::NoWalls { .. } => "ragctl doctor says what the system lacks".to_owned(),
            Self::Plain { .. } => "use https://, or set `allow_http = true` for this host in \
                 [[git_hosts]] of the configuration"
                .to_owned(),
            Self::Private { host, .. } => format!(
                "whoever looks after ragd can allow it for others than its own user: [web] \
                 private_hosts = [\"{host}\"]"
            ),
            Self::NotForOthers => {
                "use https://, or run ragd as your own user: keys are for nobody else".to_owned()
            }
            Self::NoRepository { .. } => {
                "check the address; a private one needs a token or a key".to_owned()
            }
            Self::NoToken { host, .. } => host_entry(host),
            Self::TokenRefused { .. } => "the token is wrong, has expired or may not read this: \
                 make a new one and write it to the same file, which is read for each use"
                .to_owned(),
            Self::TokenAway { .. } => "check `key_file` or `key_env` in [[git_hosts]]".to_owned(),
            Self::NoKey { .. } => "make one (ssh-keygen -t ed25519), and give its public part to \
                 the host; or use https://"
                .to_owned(),
            Self::KeyRefused { .. } => {
                "give the public part of one of these to the host; one with \
                 a passphrase has to be in the agent that ragd was started with (ssh-add), and one \
                 that others may read is not used (chmod 600)"
                    .to_owned()
            }
            Self::HostKey { host, .. } => {
                let (name, port) = host.split_once(':').unwrap_or((host, "22"));
                format!(
                    "compare what `ssh-keyscan -p {port} {name}` prints with what the host says \
                     of itself, then add it to ~/.ssh/known_hosts"
                )
            }
            Self::Away { .. } => {
                "check the host in the address, or wait: a job tries again by itself".to_owned()
            }
            Self::Certificate { host, .. } => format!(
                "name the certificates to trust: [[git_hosts]] name = \"{host}\", \
                 ca_file = \"FILE\""
            ),
            Self::Moved { .. } => {
                "look where it is now, and submit that address: redirects are not followed"
                    .to_owned()
            }
            Self::NoReference { address, .. } => format!(
                "git ls-remote {address} lists branches and tags; a commit is named by all of its \
                 hash"
            ),
            Self::NoCommit { .. } => "name a branch, a tag or a commit".to_owned(),
            Self::Empty { .. } => "commit something to it first".to_owned(),
            Self::NoFolder { .. } => "check --subdir and --ref".to_owned(),
            Self::TooLarge { .. } => "take the last commit only (--depth 1), or raise \
                 `git.repository_bytes`"
                .to_owned(),
            Self::TooMany { .. } => "clone it yourself, and submit folders of it".to_owned(),
            Self::Slow { .. } => {
                "take the last commit only (--depth 1), or raise `git.wall_s`".to_owned()
            }
            Self::DiskFull { .. } => "free some space: the job goes on by itself".to_owned(),
            Self::NotStarted(_) | Self::Folder(_) | Self::Failed { .. } | Self::Stopped => {
                return None;
            }
        })
    }
}

/// What is known of a talk with a server when git makes of it what it likes.
pub(super) struct Talk<'a> {
    pub(super) address: &'a Address,
    pub(super) reference: &'a str,
    pub(super) with_token: bool,
    pub(super) limit: u64,
}

impl Talk<'_> {
    /// Returns what git means.
    pub(super) fn understand(&self, said: &str) -> GitError {
        let (address, host) = (self.address.to_string(), self.address.host());
        let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let last = || last_words(said);
        let of_ssh = self.address.scheme() == Scheme::Ssh;
        match () {
            () if says(&["no sandbox:"]) => GitError::NoWalls { said: last() },
            () if says(&["No space left on device"]) => GitError::DiskFull { reason: last() },
            () if says(&[
                "File size limit",
                "signal 25",
                "File too large",
                "exceeds maximum",
            ]) =>
            {
                GitError::TooLarge { limit: self.limit }
            }
            () if of_ssh && says(&["REMOTE HOST IDENTIFICATION HAS CHANGED"]) => {
                let said = ": it has another key than it had, which may be an attack".to_owned();
                GitError::HostKey { host, said }
            }
            () if of_ssh && says(&["Host key verification failed", "host key is known for"]) => {
                let said = String::new();
                GitError::HostKey { host, said }
            }
            () if says(&["could not read Username", "could not read Password"]) => {
                match self.with_token {
                    // The one that it was given was used up.
                    true => {
                        let said = "it asks for another one".to_owned();
                        GitError::TokenRefused {
                            address,
                            host,
                            said,
                        }
                    }
                    false => GitError::NoToken { address, host },
                }
            }
            () if says(&["Authentication failed", "error: 401", "error: 403"]) => {
                match self.with_token {
                    true => {
                        let said = last();
                        GitError::TokenRefused {
                            address,
                            host,
                            said,
                        }
                    }
                    false => GitError::NoToken { address, host },
                }
            }
            () if says(&[
                "error: 301",
                "error: 302",
                "error: 303",
                "error: 307",
                "error: 308",
            ]) =>
            {
                GitError::Moved { host, address }
            }
            () if says(&[
                "couldn't find remote ref",
                "not our ref",
                "unadvertised object",
                "remote did not send all necessary objects",
            ]) =>
            {
                let reference = self.reference.to_owned();
                GitError::NoReference { address, reference }
            }
            () if says(&[
                "error: 404",
                "error: 410",
                "not found",
                "does not appear to be a git repository",
                "not valid: is this a git repository",
            ]) && !says(&["Could not resolve"]) =>
            {
                GitError::NoRepository { address }
            }
            () if says(&[
                "certificate",
                "SSL_ERROR",
                "SSL routines",
                "gnutls_handshake",
            ]) =>
            {
                let said = last();
                GitError::Certificate { host, said }
            }
            () if says(&[
                "Could not resolve",
                "Failed to connect",
                "Couldn't connect",
                "Connection refused",
                "Connection reset",
                "Connection timed out",
                "Connection closed",
                "Network is unreachable",
                "No route to host",
                "Operation timed out",
                "Operation too slow",
                "timed out",
                "Empty reply",
                "early EOF",
                "unexpected disconnect",
                "hung up unexpectedly",
                "error: 5",
                "error: 429",
            ]) =>
            {
                let said = last();
                GitError::Away { host, said }
            }
            () => GitError::Failed { said: last() },
        }
    }
}

/// Returns the line that says most: the last one of git itself, or the last of all.
fn last_words(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_advice = |line: &&str| {
        [
            "Please make sure",
            "and the repository exists",
            "fatal: Could not read from remote",
        ]
        .iter()
        .any(|advice| line.starts_with(advice))
    };
    let fatal = lines().rfind(|line| line.starts_with("fatal:") && !is_advice(line));
    let last = fatal.or_else(|| lines().rfind(|line| !is_advice(line)));
    let last = last
        .or_else(|| lines().next_back())
        .unwrap_or("it says nothing");
    let last = last.strip_prefix("fatal: ").unwrap_or(last);
    last.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, with_token: bool, said: &str, code: &str, shows: &str) {
        let address = Address::parse(address).unwrap();
        let talk = Talk {
            address: &address,
            reference: "main",
            with_token,
            limit: 1 << 20,
        };
        let error = talk.understand(said);
        assert_eq!(error.code(), code, "{said}: {error}");
        assert!(error.to_string().contains(shows), "{said}: {error}");
    }

    #[test]
    fn what_git_says_is_understood() {
        let https = "https://example.org/a.git";
        let ask =
            "fatal: could not read Username for 'https://example.org': terminal prompts disabled";
        check(https, false, ask, "git-no-token", "only with a token");
        check(https, true, ask, "git-token-refused", "refused the token");
        let refused = "fatal: Authentication failed for 'https://example.org/a.git/'";
        check(
            https,
            true,
            refused,
            "git-token-refused",
            "Authentication failed",
        );
        check(https, false, refused, "git-no-token", "there is none");
        let gone = "remote: Repository not found.\nfatal: repository 'https://example.org/a.git/' not found";
        check(https, true, gone, "source-missing", "no repository at");
        let away = "fatal: unable to access 'https://example.org/a.git/': Could not resolve host: example.org";
        check(https, false, away, "git-away", "Could not resolve host");
        let full = "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output";
        check(https, false, full, "disk-full", "the disk is full");
        let large = "error: index-pack died of signal 25";
        check(https, false, large, "git-too-large", "more than 1 MB");
        let moved = "fatal: unable to access 'https://example.org/a.git/': The requested URL returned error: 301";
        check(https, false, moved, "git-host-refused", "another address");
        let broken = "fatal: unable to access 'https://example.org/a.git/': The requested URL returned error: 502";
        check(https, false, broken, "git-away", "502");
        let trust = "fatal: unable to access 'https://example.org/a.git/': server certificate verification failed. CAfile: none CRLfile: none";
        check(https, false, trust, "git-host-refused", "not trusted");
        check(
            https,
            false,
            "fatal: couldn't find remote ref refs/heads/x",
            "git-no-ref",
            "`main`",
        );
        let ssh = "ssh://git@example.org:2222/a.git";
        let unknown = "No ED25519 host key is known for example.org and you have requested strict checking.\nHost key verification failed.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.";
        check(
            ssh,
            false,
            unknown,
            "git-host-key",
            "not among the known hosts",
        );
        let away = "ssh: connect to host example.org port 2222: Connection refused\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.";
        check(ssh, false, away, "git-away", "Connection refused");
        check(ssh, false, "", "git-failed", "it says nothing");
    }
}
