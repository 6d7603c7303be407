//! Where a repository is, as somebody typed it: read by us, so that git never sees what we did not
//! understand.

use std::fmt;

/// Longer ones are nobody's address.
const MAX_BYTES: usize = 2_048;
/// What a path may be made of, besides letters and digits. Nothing of it means anything to a shell
/// that has it between quotes.
const PATH: &str = "/._~+-%,=:()";

/// The address of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub(super) scheme: Scheme,
    /// Of ssh only.
    user: Option<String>,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// With its first slash; without one, it begins at the home of the user at the host.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    Https,
    /// For hosts that the configuration names.
    Http,
    Ssh,
}

/// Something that is no address of a repository, or none that is taken. The texts do not repeat it:
/// it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("the address of a repository is empty, or longer than {MAX_BYTES} bytes")]
    Length,
    #[error("the address of a repository begins with `-`, which programs take for an option")]
    Option,
    #[error(
        "the address of a repository has blanks or other characters that addresses do not have"
    )]
    Characters,
    #[error("repositories are fetched by https:// and ssh:// only")]
    Scheme,
    #[error("this is a path on this machine, and no address of a repository")]
    Local,
    #[error("the address of a repository has a password or a token in it")]
    Password,
    #[error("the address of a repository has a user that cannot be one")]
    User,
    #[error("the address of a repository has no host, or one that cannot be one")]
    Host,
    #[error("the address of a repository has a port that cannot be one")]
    Port,
    #[error("the address of a repository has no path, or one that leads up or has a query")]
    Path,
}

impl AddressError {
    /// Returns what somebody can do.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Length
            | Self::Option
            | Self::Characters
            | Self::User
            | Self::Host
            | Self::Port
            | Self::Path => "name it as https://HOST/PATH, ssh://git@HOST/PATH or git@HOST:PATH",
            Self::Scheme => "use https:// or ssh://; most hosts of repositories have both",
            Self::Local => "submit the folder itself: it is read from the disk, with its branch",
            Self::Password => {
                "put the token into a file, name that in [[git_hosts]] of the configuration, and \
                 leave it out of the address; it was seen by others if it was typed into a command"
            }
        }
    }
}

impl Address {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() || text.len() > MAX_BYTES {
            return Err(AddressError::Length);
        }
        if text.starts_with('-') {
            return Err(AddressError::Option);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('\\') {
            return Err(AddressError::Characters);
        }
        match text.split_once("://") {
            Some((scheme, rest)) => Self::of_url(scheme, rest),
            None => Self::of_short(text),
        }
    }

    fn of_url(scheme: &str, rest: &str) -> Result<Self, AddressError> {
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            "ssh" => Scheme::Ssh,
            "file" => return Err(AddressError::Local),
            _ => return Err(AddressError::Scheme),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = match authority.rsplit_once('@') {
            // What stands there may be a token, with or without a colon.
            Some(_) if scheme != Scheme::Ssh => return Err(AddressError::Password),
            Some((user, host)) => (Some(self::user(user)?), host),
            None => (None, authority),
        };
        let (host, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            Some((inner, rest)) => {
                let is_part = |c: char| c.is_ascii_hexdigit() || c == ':';
                if inner.is_empty() || !inner.chars().all(is_part) {
                    return Err(AddressError::Host);
                }
                let port = match rest {
                    "" => None,
                    rest => Some(rest.strip_prefix(':').ok_or(AddressError::Host)?),
                };
                (format!("[{}]", inner.to_ascii_lowercase()), port)
            }
            None => match host.split_once(':') {
                Some((host, port)) => (self::host(host)?, Some(port)),
                None => (self::host(host)?, None),
            },
        };
        let port = match port {
            None => None,
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                let port: u16 = digits.parse().map_err(|_| AddressError::Port)?;
                if port == 0 {
                    return Err(AddressError::Port);
                }
                (port != scheme.port()).then_some(port)
            }
            Some(_) => return Err(AddressError::Port),
        };
        Ok(Self {
            scheme,
            user,
            host,
            port,
            path: self::path(path)?,
        })
    }

    /// Reads `git@host:path`.
    fn of_short(text: &str) -> Result<Self, AddressError> {
        let (head, path) = text.split_once(':').ok_or(AddressError::Local)?;
        if head.contains('/') || head.starts_with('.') {
            return Err(AddressError::Local);
        }
        if path.starts_with(':') {
            // `ext::COMMAND` has git run it.
            return Err(AddressError::Scheme);
        }
        if path.starts_with('-') {
            return Err(AddressError::Option);
        }
        let (user, host) = match head.split_once('@') {
            Some((user, host)) => (Some(self::user(user)?), host),
            None => (None, head),
        };
        Ok(Self {
            scheme: Scheme::Ssh,
            user,
            host: self::host(host)?,
            port: None,
            path: self::path(path)?,
        })
    }

    /// Returns the host as entries of the configuration name it.
    #[must_use]
    pub fn host(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Returns the host without its port, an address of IPv6 in brackets.
    pub(super) fn bare_host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.scheme.port())
    }

    /// Tells whether the port is not the usual one.
    pub(super) fn has_port(&self) -> bool {
        self.port.is_some()
    }

    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }
}

impl Scheme {
    fn port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
            Self::Ssh => 22,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Ssh => "ssh",
        }
    }
}

/// As git is given it; two that mean the same are written the same.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_deref();
        let (user, at) = user.map_or(("", ""), |user| (user, "@"));
        let host = self.host();
        match self.path.starts_with('/') {
            true => write!(
                f,
                "{}://{user}{at}{host}{}",
                self.scheme.as_str(),
                self.path
            ),
            false => write!(f, "{user}{at}{host}:{}", self.path),
        }
    }
}

fn user(user: &str) -> Result<String, AddressError> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match user {
        user if user.contains(':') => Err(AddressError::Password),
        user if user.is_empty() || user.starts_with('-') || !user.chars().all(is_part) => {
            Err(AddressError::User)
        }
        user => Ok(user.to_owned()),
    }
}

fn host(host: &str) -> Result<String, AddressError> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_host = !host.is_empty()
        && host.len() <= 253
        && !host.starts_with(['-', '.'])
        && host.chars().all(is_part);
    match is_host {
        true => Ok(host.to_ascii_lowercase()),
        false => Err(AddressError::Host),
    }
}

fn path(path: &str) -> Result<String, AddressError> {
    let path = path.trim_end_matches('/');
    let is_part = |c: char| c.is_ascii_alphanumeric() || PATH.contains(c);
    let leads_up = |path: &str| path.split('/').any(|name| name == "..");
    let names_option = path.split('/').any(|name| name.starts_with('-'));
    match path {
        "" => Err(AddressError::Path),
        path if !path.chars().all(is_part) || leads_up(path) || names_option => {
            Err(AddressError::Path)
        }
        path => Ok(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_one_way() {
        for (text, expected) in [
            ("https://Example.org/a/b.git", "https://example.org/a/b.git"),
            (
                "HTTPS://example.org:443/a.git/",
                "https://example.org/a.git",
            ),
            ("https://example.org:8443/a", "https://example.org:8443/a"),
            ("https://[::1]:3000/a.git", "https://[::1]:3000/a.git"),
            ("http://localhost:3000/a.git", "http://localhost:3000/a.git"),
            ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
            ("ssh://example.org:22/~me/a", "ssh://example.org/~me/a"),
            ("git@example.org:a/b.git", "git@example.org:a/b.git"),
            ("git@example.org:/a/b.git", "ssh://git@example.org/a/b.git"),
            ("example.org:a/b", "example.org:a/b"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), expected, "{text}");
            assert_eq!(Address::parse(expected).unwrap(), address, "{text}");
        }
    }

    #[test]
    fn what_means_harm_is_no_address() {
        use AddressError as E;
        let long = format!("https://a.org/{}", "a".repeat(MAX_BYTES));
        for (text, expected) in [
            ("", E::Length),
            (long.as_str(), E::Length),
            ("--upload-pack=touch canary", E::Option),
            ("-u", E::Option),
            ("-oProxyCommand=touch canary", E::Option),
            ("ext::sh -c touch% canary", E::Characters),
            ("ext::sh", E::Scheme),
            ("fd::17/foo", E::Scheme),
            ("http::https://a.org/a", E::Scheme),
            ("testgit::/tmp/a", E::Scheme),
            ("file:///etc", E::Local),
            ("FILE://localhost/etc", E::Local),
            ("/srv/a.git", E::Local),
            ("./a.git", E::Local),
            ("../a:b", E::Local),
            ("a.git", E::Local),
            ("git://example.org/a.git", E::Scheme),
            ("ftp://example.org/a.git", E::Scheme),
            ("ftps://example.org/a.git", E::Scheme),
            ("rsync://example.org/a.git", E::Scheme),
            ("git+ssh://example.org/a.git", E::Scheme),
            ("javascript://example.org/a", E::Scheme),
            ("https://user:secret@example.org/a.git", E::Password),
            ("https://ghp_token@example.org/a.git", E::Password),
            ("https://@example.org/a.git", E::Password),
            ("ssh://git:secret@example.org/a.git", E::Password),
            ("ssh://-oProxyCommand=canary/a", E::Host),
            ("ssh://-oProxyCommand=canary@example.org/a", E::User),
            ("ssh://git@-oProxyCommand=canary/a", E::Host),
            ("ssh://a@b@example.org/a", E::User),
            ("-oProxyCommand=canary:a", E::Option),
            ("git@-oProxyCommand=canary:a", E::Host),
            ("git@example.org:-oProxyCommand=canary", E::Option),
            ("ssh://example.org/-oProxyCommand", E::Path),
            ("https://example.org/--upload-pack=canary", E::Path),
            ("https://example.org/a.git?token=secret", E::Path),
            ("https://example.org/a.git#x", E::Path),
            ("https://example.org/../a.git", E::Path),
            ("https://example.org", E::Path),
            ("https://example.org//", E::Path),
            ("https:///a.git", E::Host),
            ("https://.org/a.git", E::Host),
            ("https://exa$(touch canary)mple.org/a", E::Characters),
            ("https://exa`canary`.org/a", E::Host),
            ("ssh://example.org/a;touch", E::Path),
            ("ssh://example.org/a'b", E::Path),
            ("ssh://example.org/$(canary)", E::Path),
            ("https://example.org:0/a", E::Port),
            ("https://example.org:99999/a", E::Port),
            ("https://example.org:+80/a", E::Port),
            ("https://[::1/a", E::Host),
            ("https://[::1]x/a", E::Host),
            ("https://[fe80::1%25eth0]/a", E::Host),
            ("https://example.org\\@evil.org/a", E::Characters),
            ("https://example.org/a\nHost: evil", E::Characters),
            ("https://example.org/a\0b", E::Characters),
            ("https://example.org/a\u{1b}[31m", E::Characters),
            ("https://ex\u{e4}mple.org/a", E::Characters),
            ("https://example.org/a\u{202e}b", E::Characters),
        ] {
            assert_eq!(Address::parse(text), Err(expected), "{text:?}");
            assert!(!expected.to_string().contains("secret"));
        }
    }
}
