//! The query language: words, `"phrases"` and `prefix*`.
//!
//! It is lenient, since people paste questions into it: a quote that is never closed runs to the
//! end, and signs that mean nothing here only separate words. What looks like the name of an item
//! of a program also asks for the place that defines it.

use super::body::definition;
use super::{IndexError, own_name};
use crate::tokens::{Kind, Scratch, Tokens};

/// Longest query in bytes. A question with a stack trace fits; a document does not.
const LONGEST_QUERY: usize = 8 * 1024;
/// Words that count; the rest of a longer query is left out. Each costs a list to walk.
const MOST_TERMS: usize = 64;

/// A part of a query, and the unit of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// As the user would recognise it.
    pub(super) label: String,
    pub(super) kind: TermKind,
}

/// What a part of a query asks for, in our tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TermKind {
    /// The more of them fit, the better.
    Word(String),
    /// Required: these tokens at these distances from the first.
    Phrase(Vec<(usize, String)>),
    /// Any token that begins so, and the stem, which may be shorter.
    Prefix { prefix: String, stem: String },
}

/// Reads a query. One with nothing but stop words has no terms.
pub(super) fn parse(text: &str) -> Result<Vec<Term>, IndexError> {
    if text.len() > LONGEST_QUERY {
        let reason = format!("it is longer than {LONGEST_QUERY} bytes");
        return Err(IndexError::Query { reason });
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Err(IndexError::Query {
            reason: "there is no word in it".to_owned(),
        });
    }
    let mut reader = Reader::default();
    let mut names = Vec::new();
    for (index, piece) in text.split('"').enumerate() {
        if index % 2 == 1 {
            reader.phrase(piece);
        } else {
            for chunk in piece.split_whitespace() {
                reader.chunk(chunk);
            }
            names.extend(names_in(piece, piece.len() == text.len()));
        }
    }
    for name in names {
        let word = TermKind::Word(definition(name));
        reader.push(format!("defines {name}"), word);
    }
    Ok(reader.terms)
}

/// Returns what looks like a name of a program in a text without quotes; in `all` of a query, a word
/// that stands alone is one.
fn names_in(text: &str, all: bool) -> Vec<&str> {
    const KEYWORDS: [&str; 12] = [
        "fn",
        "func",
        "function",
        "def",
        "class",
        "struct",
        "enum",
        "trait",
        "interface",
        "type",
        "method",
        "macro",
    ];
    let words: Vec<_> = text.split_whitespace().collect();
    let is_alone = all && words.len() == 1;
    let mut names = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let follows_keyword = at > 0 && KEYWORDS.contains(&words[at - 1]);
        let is_call = word.trim_end_matches(['?', ',', '.', ';']).ends_with("()");
        let is_sign = |c: char| !c.is_alphanumeric() && c != '_';
        let path = word.trim_matches(is_sign);
        let name = own_name(path);
        // A path of files or a prefix is something else.
        let is_other = word.contains(['/', '*']) || name.chars().any(is_sign);
        let is_path = path.contains("::");
        if !is_other
            && name.len() > 1
            && (is_alone || follows_keyword || is_call || is_path || is_joined(name))
        {
            names.push(name);
        }
    }
    names
}

/// Tells whether a name is of more than one word, as only names of programs are.
fn is_joined(name: &str) -> bool {
    let has_underscore = name.trim_matches('_').contains('_');
    let mut pairs = name.chars().zip(name.chars().skip(1));
    has_underscore || pairs.any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

#[derive(Default)]
struct Reader {
    terms: Vec<Term>,
    scratch: Scratch,
    token: String,
}

impl Reader {
    fn phrase(&mut self, text: &str) {
        let mut tokens = Tokens::new(text, &mut self.scratch);
        let mut phrase: Vec<(usize, String)> = Vec::new();
        let mut first = None;
        while let Some(token) = tokens.next(&mut self.token) {
            if token.kind != Kind::Whole {
                let first = *first.get_or_insert(token.position);
                phrase.push((token.position - first, self.token.clone()));
            }
        }
        if !phrase.is_empty() {
            let words: Vec<_> = text.split_whitespace().collect();
            self.push(format!("\"{}\"", words.join(" ")), TermKind::Phrase(phrase));
        }
    }

    fn chunk(&mut self, chunk: &str) {
        let Some(front) = chunk.strip_suffix('*') else {
            return self.words(chunk);
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = front
            .char_indices()
            .rev()
            .take_while(|(_, c)| is_word(*c))
            .last()
            .map_or(front.len(), |(at, _)| at);
        let (before, word) = front.split_at(start);
        self.words(before);
        let prefix = word.to_lowercase();
        if prefix.contains(char::is_alphanumeric) {
            let mut stem = prefix.clone();
            self.scratch.stem(&mut stem);
            self.push(format!("{prefix}*"), TermKind::Prefix { prefix, stem });
        }
    }

    fn words(&mut self, text: &str) {
        let mut found = Vec::new();
        let mut tokens = Tokens::new(text, &mut self.scratch);
        while let Some(token) = tokens.next(&mut self.token) {
            found.push((
                text[token.from..token.to].to_lowercase(),
                self.token.clone(),
            ));
        }
        for (label, token) in found {
            self.push(label, TermKind::Word(token));
        }
    }

    /// Adds a term unless it was there before: repeating a word does not make it matter more.
    fn push(&mut self, label: String, kind: TermKind) {
        if self.terms.len() < MOST_TERMS && self.terms.iter().all(|term| term.kind != kind) {
            self.terms.push(Term { label, kind });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Terms as `label=token`, a phrase with its distances, a prefix with its stem.
    fn check(text: &str, expected: &str) {
        let shown: Vec<_> = parse(text)
            .unwrap()
            .into_iter()
            .map(|Term { label, kind }| match kind {
                TermKind::Word(token) => format!("{label}={token}"),
                TermKind::Phrase(tokens) => {
                    let tokens: Vec<_> = tokens
                        .into_iter()
                        .map(|(at, token)| format!("{at}:{token}"))
                        .collect();
                    format!("{label}={}", tokens.join(","))
                }
                TermKind::Prefix { prefix, stem } => format!("{label}={prefix}|{stem}"),
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{text:?}");
    }

    #[test]
    fn words_come_as_tokens_once_each() {
        check("How do connections connect?", "connections=connect");
        check(
            "getUser",
            "getuser=getus get=get user=user defines getUser==getuser",
        );
        check("to be or not to be", "");
        check("a+b -c", "b=b c=c");
    }

    #[test]
    fn what_looks_like_a_name_asks_for_its_definition() {
        let check = |text: &str, expected: &[&str]| {
            let terms = parse(text).unwrap();
            let labels = terms.iter().map(|term| term.label.as_str());
            let names: Vec<_> = labels
                .filter_map(|label| label.strip_prefix("defines "))
                .collect();
            assert_eq!(names, expected, "{text:?}");
        };
        check("search", &["search"]);
        check("Ledger::outlines", &["outlines"]);
        check("where is parse_request() called?", &["parse_request"]);
        check("who calls open()", &["open"]);
        check("fn search", &["search"]);
        check(
            "what does HttpServer do, and new_job?",
            &["HttpServer", "new_job"],
        );
        check("vec!", &["vec"]);
        check("how do connections connect?", &[]);
        check("src/http/mod_one.rs par_se* \"new_job\"", &[]);
        check("x", &[]);
        check("__init__", &["__init__"]);
        check("the __ of it", &[]);
    }

    #[test]
    fn phrases_keep_their_distances() {
        check("\"state of the art\"", "\"state of the art\"=0:state,3:art");
        check(
            "x \"parseHttp  now\" y",
            "x=x \"parseHttp now\"=0:pars,1:http,2:now y=y",
        );
        check("\"of the\" x", "x=x");
        check("\"\" x", "x=x");
    }

    #[test]
    fn an_unclosed_quote_runs_to_the_end() {
        check("x \"big dogs", "x=x \"big dogs\"=0:big,1:dog");
        check("x\"", "x=x");
    }

    #[test]
    fn a_star_at_the_end_of_a_word_is_a_prefix() {
        check("Parse*", "parse*=parse|pars");
        check("http.Ser*", "http=http ser*=ser|ser");
        check("*.rs", "rs=rs");
        check("x * **", "x=x");
        check("snake_ca*", "snake_ca*=snake_ca|snake_ca");
    }

    #[test]
    fn nonsense_is_refused_and_length_is_bounded() {
        for text in ["", "  ", "\"", "***", "?!", &"word ".repeat(2000)] {
            assert!(
                matches!(parse(text), Err(IndexError::Query { .. })),
                "{text:?}"
            );
        }
        let many: String = (0..500).map(|n| format!("w{} ", n * 7)).collect();
        assert_eq!(parse(&many).unwrap().len(), MOST_TERMS);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\\PC\"*]{0,100}") {
            let _ = parse(&text);
        }
    }
}
