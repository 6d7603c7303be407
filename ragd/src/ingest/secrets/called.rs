//! Which names are those of secrets: `db_password` is one, and `password_url` is none.

use std::ops::Range;

/// What the names of secrets have in them.
pub(super) const KEYWORDS: &[&str] = &[
    "passw",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "authkey",
    "auth_key",
    "privatekey",
    "private_key",
    "private-key",
    "encryption_key",
    "encryptionkey",
    "signing_key",
    "signingkey",
    "master_key",
    "masterkey",
    "account_key",
    "accountkey",
    "storage_key",
    "storagekey",
    "shared_key",
    "sharedkey",
    "app_key",
    "appkey",
    "presharedkey",
    "preshared_key",
    "pre_shared_key",
    "session_key",
    "hmac_key",
    "webhook_key",
    "secret.key",
    "access.key",
    "api.key",
    "private.key",
    "credential",
    "requirepass",
    "masterauth",
    "kennwort",
    "mot_de_passe",
    "motdepasse",
    "_auth",
    "pass",
    "pw",
    "psk",
];

/// Those of them that people choose.
const PASSWORDS: &[&str] = &[
    "passw",
    "passphrase",
    "pwd",
    "pass",
    "pw",
    "kennwort",
    "mot_de_passe",
    "motdepasse",
    "requirepass",
    "masterauth",
    "psk",
];

/// A name with one of these behind the keyword is about something else.
const ABOUT: &[&str] = &[
    "type",
    "url",
    "uri",
    "name",
    "path",
    "file",
    "field",
    "endpoint",
    "hint",
    "header",
    "prefix",
    "policy",
    "len",
    "ttl",
    "expir",
    "label",
    "placeholder",
    "prompt",
    "regex",
    "pattern",
    "error",
    "msg",
    "message",
    "help",
    "desc",
    "title",
    "count",
    "limit",
    "size",
    "max",
    "min",
    "index",
    "class",
    "kind",
    "version",
    "stream",
    "iz",
    "ref",
    "arn",
    "format",
    "scope",
    "column",
    "digest",
    "sha",
    "checksum",
    "fingerprint",
    "hash",
    "arg",
    "var",
    "env",
    "flag",
    "mgr",
    "manag",
    "code",
];

/// Tokens of these are no secrets, but places in a list and the like.
const PLACES: &[&str] = &[
    "next",
    "page",
    "paging",
    "pagination",
    "continuation",
    "cursor",
    "sync",
    "idempotency",
    "request",
    "cancel",
    "start",
    "marker",
    "resume",
    "upload",
    "client_token",
    "client-token",
    "clienttoken",
    "change",
    "lock",
    "lifecycle",
    "public",
    "design",
    "syntax",
    "lex",
    "parse",
];

/// Words with which `pass` makes one, where nothing parts them: `bypass` is none.
const GLUED: &[&str] = &[
    "db", "sql", "user", "admin", "root", "smtp", "mail", "ftp", "ldap", "redis", "mongo", "ssh",
    "sudo", "key", "store", "proxy",
];

/// Keywords that are parts of many other words.
const SHORT: &[&[u8]] = &[b"pass", b"pw", b"psk"];

/// A name has so many characters beside the keyword, at most.
pub(super) const NAME: usize = 48;

pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// What a secret is called.
#[derive(Clone, Debug)]
pub(super) struct Called {
    /// People choose these.
    pub(super) is_password: bool,
    is_of_aws: bool,
}

impl Called {
    /// Names the kind of a secret that is so long.
    pub(super) fn kind(&self, length: usize) -> &'static str {
        match () {
            () if self.is_password => "password",
            () if self.is_of_aws && length == 40 => "aws-secret-key",
            () => "generic-secret",
        }
    }
}

/// Returns the whole name around a keyword; none if it is too long, or the keyword is part of
/// another word.
pub(super) fn name(text: &[u8], keyword: &Range<usize>) -> Option<Range<usize>> {
    let after = text[keyword.end..].iter().take(NAME + 1);
    let rest = after.take_while(|byte| is_part(**byte)).count();
    let said = &text[keyword.clone()];
    let is_short = SHORT.iter().any(|word| said.eq_ignore_ascii_case(word));
    if rest > NAME || is_short && !is_word(text, keyword, rest) {
        return None;
    }
    let before = text[..keyword.start].iter().rev().take(NAME);
    let before = before.take_while(|byte| is_part(**byte)).count();
    Some(keyword.start - before..keyword.end + rest)
}

/// Tells whether a short keyword is a word, and the last one of its name.
fn is_word(text: &[u8], keyword: &Range<usize>, rest: usize) -> bool {
    let after = &text[keyword.end..keyword.end + rest];
    if !after.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let Some(before) = keyword.start.checked_sub(1).map(|at| text[at]) else {
        return true;
    };
    let is_capital = text[keyword.start].is_ascii_uppercase();
    let glued = text[keyword.start.saturating_sub(8)..keyword.start].to_ascii_lowercase();
    !before.is_ascii_alphanumeric()
        || is_capital && !before.is_ascii_uppercase()
        || GLUED.iter().any(|word| glued.ends_with(word.as_bytes()))
}

/// Returns what a name with a keyword says; none if it is about something else.
pub(super) fn called(text: &[u8], keyword: &Range<usize>, name: &Range<usize>) -> Option<Called> {
    let lower = text[name.clone()].to_ascii_lowercase();
    let lower = std::str::from_utf8(&lower).ok()?;
    let (prefix, rest) = lower.split_at(keyword.start - name.start);
    let (keyword, suffix) = rest.split_at(keyword.len());
    let about = suffix.replace("admin", "");
    if ABOUT.iter().any(|word| about.contains(word)) {
        return None;
    }
    if keyword == "token" && PLACES.iter().any(|place| prefix.contains(place)) {
        return None;
    }
    let is_password_like = suffix.is_empty()
        || ["ord", "d", "ort"]
            .iter()
            .any(|end| suffix.starts_with(end));
    if keyword == "passw" && !is_password_like || keyword == "_auth" && !suffix.is_empty() {
        return None;
    }
    Some(Called {
        is_password: PASSWORDS.contains(&keyword),
        is_of_aws: ["aws", "secret_access", "secretaccess"]
            .iter()
            .any(|part| lower.contains(part)),
    })
}
