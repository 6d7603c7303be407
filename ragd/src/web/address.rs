//! Where a page is, as somebody typed it or a server sends us on: read by us before anybody is
//! asked.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Longer ones are nobody's address.
const MAX_BYTES: usize = 2_048;
/// Where pages are. Other ports have other servers, which may take a request for something else.
const PORTS: [u16; 3] = [80, 443, 8443];
/// Names of what opens doors.
const SECRET_NAMES: [&str; 10] = [
    "token",
    "secret",
    "password",
    "passwd",
    "signature",
    "api_key",
    "apikey",
    "api-key",
    "credential",
    "private_key",
];
/// The same, where they are short enough to stand in other words.
const SECRET_WORDS: [&str; 5] = ["sig", "key", "auth", "pwd", "sas"];

/// The address of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// Something that is no address of a page, or none that is taken. The texts do not repeat it: it may
/// hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("the address of a page is empty, or longer than {MAX_BYTES} bytes")]
    Length,
    #[error("the address of a page has blanks or other characters that addresses do not have")]
    Characters,
    #[error("pages are fetched by https:// only")]
    Scheme,
    #[error("the address of a page has a name or a password in it")]
    Password,
    #[error("the address of a page has what looks like a key or a token in it")]
    Secret,
    #[error("the address of a page has no host, or one that cannot be one")]
    Host,
}

impl AddressError {
    /// Returns what somebody can do.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Length | Self::Characters | Self::Host => "name it as https://HOST/PATH",
            Self::Scheme => {
                "fetch it with a program of its own: \
                 curl ADDRESS | ragctl submit - --name NAME"
            }
            Self::Password | Self::Secret => {
                "an address is the name of its document, which others can see: fetch the page \
                 yourself, with curl ADDRESS | ragctl submit - --name NAME"
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
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        if text.contains(is_odd) {
            return Err(AddressError::Characters);
        }
        let url = Url::parse(text).map_err(|_| match text.contains("://") {
            true => AddressError::Host,
            false => AddressError::Scheme,
        })?;
        Self::of(url)
    }

    /// Returns where a server sends us on.
    pub(super) fn sent_on(&self, location: &str) -> Result<Self, AddressError> {
        if location.len() > MAX_BYTES {
            return Err(AddressError::Length);
        }
        let url = self.0.join(location).map_err(|_| AddressError::Host)?;
        Self::of(url)
    }

    fn of(mut url: Url) -> Result<Self, AddressError> {
        if !["https", "http"].contains(&url.scheme()) {
            return Err(AddressError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Password);
        }
        if url.query_pairs().any(|(name, _)| is_secret(&name)) {
            return Err(AddressError::Secret);
        }
        let host = url.host_str().unwrap_or_default();
        // `example.org.` is the same host.
        let plain = host.trim_end_matches('.').to_owned();
        if plain.is_empty() {
            return Err(AddressError::Host);
        }
        if plain != host {
            url.set_host(Some(&plain)).map_err(|_| AddressError::Host)?;
        }
        // A place in the page, which servers are not told.
        url.set_fragment(None);
        Ok(Self(url))
    }

    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Returns the host, an address of IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Tells whether the port is one that pages usually have.
    pub(super) fn has_usual_port(&self) -> bool {
        PORTS.contains(&self.port())
    }

    /// Returns the address of the host, if that is what stands there.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        let host = self.host();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse().ok()
    }

    /// Returns the host as lists of the configuration name it.
    pub(super) fn shown_host(&self) -> String {
        match self.has_usual_port() {
            true => self.host().to_owned(),
            false => format!("{}:{}", self.host(), self.port()),
        }
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

/// Two that mean the same are written the same.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Tells whether a name in a query is that of something that opens doors.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
        || name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| SECRET_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_one_way() {
        for (text, expected) in [
            ("https://Example.org", "https://example.org/"),
            ("HTTPS://example.org:443/a", "https://example.org/a"),
            ("https://example.org./a/../b#c", "https://example.org/b"),
            (
                "https://example.org/a?page=2",
                "https://example.org/a?page=2",
            ),
            (
                "https://b\u{fc}cher.example/a",
                "https://xn--bcher-kva.example/a",
            ),
            ("https://[2001:4860::8888]/", "https://[2001:4860::8888]/"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://2130706433/", "http://127.0.0.1/"),
            (
                "https://example.org/monkey?keyword=a",
                "https://example.org/monkey?keyword=a",
            ),
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
            ("file:///etc/passwd", E::Scheme),
            ("ftp://example.org/a", E::Scheme),
            ("gopher://127.0.0.1:6379/_FLUSHALL", E::Scheme),
            ("dict://127.0.0.1:11211/stats", E::Scheme),
            ("data:text/html,hello", E::Scheme),
            ("javascript:alert(1)", E::Scheme),
            ("example.org/a", E::Scheme),
            ("https://", E::Host),
            ("https://./", E::Host),
            ("https://exa mple.org/", E::Characters),
            ("https://example.org/a\tb", E::Characters),
            ("https://example.org/a\nHost: evil", E::Characters),
            ("https://example.org\\@127.0.0.1/", E::Characters),
            ("https://1.2.3.4.5.256/", E::Host),
            ("https://[::1", E::Host),
            ("https://[fe80::1%25eth0]/", E::Host),
            ("https://user:secret@example.org/", E::Password),
            ("https://secret@example.org/", E::Password),
            ("https://127.0.0.1@example.org/", E::Password),
            ("https://example.org/a?access_token=secret", E::Secret),
            ("https://example.org/a?X-Amz-Signature=secret", E::Secret),
            ("https://example.org/a?sig=secret", E::Secret),
            ("https://example.org/a?api%5Fkey=secret", E::Secret),
            ("https://example.org:99999/", E::Host),
        ] {
            assert_eq!(Address::parse(text), Err(expected), "{text:?}");
            assert!(!expected.to_string().contains("secret@"));
        }
    }
}
