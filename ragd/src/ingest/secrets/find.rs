//! Finding secrets in a text: one look at all of it for what they begin with, then a closer one at
//! these places. Each place costs a bounded time, so the whole is linear in the text.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::assigned;
use super::called::KEYWORDS;
use super::tokens::{self, TOKENS, Token};
use super::{blocks, flags, headers, kubernetes, logins, shaped};

/// A secret, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    pub(super) kind: &'static str,
}

impl Hit {
    pub(super) fn new(range: Range<usize>, kind: &'static str) -> Self {
        Self { range, kind }
    }
}

/// Looks closer at a place where `range` is what something begins with.
type Look = fn(&[u8], Range<usize>) -> Option<Hit>;

/// What does not end in a mere run of characters.
const LOOKS: &[(&[&str], Look)] = &[
    (&["PRIVATE KEY"], blocks::private_key),
    (&["Private-Lines:"], blocks::putty),
    (&["eyJ"], shaped::jwt),
    (&["://"], headers::in_url),
    (&["bearer "], headers::bearer),
    (&["basic ", "\"auth\""], headers::basic),
    (&[":AA"], shaped::telegram),
    (&["Q~"], shaped::azure_client),
    (&[".atlasv1."], shaped::terraform),
    (
        &[
            "-us1", "-us2", "-us3", "-us4", "-us5", "-us6", "-us7", "-us8", "-us9",
        ],
        shaped::mailchimp,
    ),
    (flags::NAMES, flags::of_command),
    (logins::FLAGS, logins::in_flag),
    (&["@tcp(", "@unix("], logins::before_host),
    (&["jdbc:oracle:thin:", "sqlplus "], logins::of_oracle),
    (&["chpasswd", "sudo -S", "docker login"], logins::piped),
    (logins::BEFORE, logins::behind),
    (&[":5432:", ":*:"], logins::of_postgres),
    (shaped::DISCORD, shaped::discord),
    (
        &["sig=", "X-Amz-Signature=", "X-Goog-Signature="],
        shaped::seal,
    ),
    (KEYWORDS, assigned::named),
];

/// Kinds of what these find.
const KINDS: &[&str] = &[
    "private-key",
    "jwt",
    "url-password",
    "bearer-token",
    "basic-auth",
    "telegram-token",
    "azure-client-secret",
    "terraform-token",
    "mailchimp-key",
    "discord-token",
    "signed-url",
    "kubernetes-secret",
    "password",
    "aws-secret-key",
    "generic-secret",
];

enum Rule {
    /// Its letters are as they are written.
    Token(&'static Token, &'static str),
    Look(Look),
    /// All that a secret of Kubernetes holds.
    Held,
}

struct Scanner {
    begins: AhoCorasick,
    /// One for each of what `begins` knows.
    rules: Vec<Rule>,
}

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let (mut literals, mut rules) = (Vec::new(), Vec::new());
    for token in TOKENS {
        for begin in token.begins {
            literals.push(*begin);
            rules.push(Rule::Token(token, begin));
        }
    }
    for (begins, look) in LOOKS {
        for begin in *begins {
            literals.push(*begin);
            rules.push(Rule::Look(*look));
        }
    }
    for begin in kubernetes::BEGINS {
        literals.push(*begin);
        rules.push(Rule::Held);
    }
    let begins = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(literals);
    let begins = begins.expect("some hundred short words");
    Scanner { begins, rules }
});

/// Lists the secrets in `text`, in order and apart from each other.
pub(super) fn find(text: &str) -> Vec<Hit> {
    let text = text.as_bytes();
    let mut hits = Vec::<(Hit, usize)>::new();
    for found in SCANNER.begins.find_overlapping_iter(text) {
        let rule = found.pattern().as_usize();
        let hit = match &SCANNER.rules[rule] {
            Rule::Token(token, begin) => {
                let is_it = || {
                    text[found.range()] == *begin.as_bytes()
                        && tokens::begins_word(text, found.start())
                };
                let end = is_it().then(|| token.end(text, found.end())).flatten();
                end.map(|end| Hit {
                    range: found.start()..end,
                    kind: token.kind,
                })
            }
            Rule::Look(look) => look(text, found.range()),
            Rule::Held => {
                let held = kubernetes::held(text, found.range());
                hits.extend(held.into_iter().map(|hit| (hit, rule)));
                None
            }
        };
        hits.extend(hit.map(|hit| (hit, rule)));
    }
    // Of two that begin alike the longer, and the more telling.
    hits.sort_by_key(|(hit, rule)| (hit.range.start, usize::MAX - hit.range.end, *rule));
    let mut apart = Vec::<Hit>::with_capacity(hits.len());
    for (hit, _) in hits {
        match apart.last_mut() {
            Some(last) if hit.range.start < last.range.end => {
                last.range.end = last.range.end.max(hit.range.end);
            }
            _ => apart.push(hit),
        }
    }
    apart
}

/// Lists the kinds that there are, some more than once.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    let tokens = TOKENS.iter().map(|token| token.kind);
    tokens.chain(KINDS.iter().copied())
}
