//! Tokenizer for the filter language used in saved searches.

use std::iter::Peekable;
use std::str::CharIndices;

/// A token together with the byte offset at which it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned {
    pub token: Token,
    pub at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Ident(String),
    Number(f64),
    Text(String),
    Symbol(char),
    Arrow,
}

#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LexError {
    UnterminatedString { start: usize },
    BadNumber(usize),
    Unexpected(char, usize),
}

impl std::fmt::Display for LexError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnterminatedString { start } => write!(f, "string opened at {start} never ends"),
            Self::BadNumber(at) => write!(f, "malformed number at {at}"),
            Self::Unexpected(c, at) => write!(f, "unexpected {c:?} at {at}"),
        }
    }
}

impl std::error::Error for LexError {}

type Chars<'a> = Peekable<CharIndices<'a>>;

/// Symbols that are tokens on their own.
const SYMBOLS: &str = "(){}[],:=<>!&|";

fn is_ident_start(c: char) -> bool { c.is_alphabetic() || c == '_' }
fn is_ident_part(c: char) -> bool { is_ident_start(c) || c.is_ascii_digit() }
fn is_number_part(c: char) -> bool { c.is_ascii_digit() || c == '.' }

/// Consumes characters for as long as `accept` holds.
fn take_while(chars: &mut Chars<'_>, accept: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    while let Some((_, c)) = chars.next_if(|&(_, c)| accept(c)) {
        out.push(c);
    }
    out
}

/// Splits `source` into tokens, stopping at the first error.
pub fn tokenize(source: &str) -> Result<Vec<Spanned>, LexError> {
    let mut chars = source.char_indices().peekable();
    let mut out = Vec::new();

    while let Some(&(at, c)) = chars.peek() {
        let token = match c {
            c if c.is_whitespace() => {
                chars.next();
                continue;
            }
            '"' => {
                chars.next();
                let mut text = String::new();
                loop {
                    match chars.next() {
                        Some((_, '"')) => break,
                        // Only two escapes exist; anything else is literal.
                        Some((_, '\\')) => match chars.next() {
                            Some((_, 'n')) => text.push('\n'),
                            Some((_, other)) => text.push(other),
                            None => return Err(LexError::UnterminatedString { start: at }),
                        },
                        Some((_, other)) => text.push(other),
                        None => return Err(LexError::UnterminatedString { start: at }),
                    }
                }
                Token::Text(text)
            }
            '-' => {
                chars.next();
                if chars.next_if(|&(_, c)| c == '>').is_some() { Token::Arrow } else { Token::Symbol('-') }
            }
            c if c.is_ascii_digit() => {
                let digits = take_while(&mut chars, is_number_part);
                Token::Number(digits.parse().map_err(|_| LexError::BadNumber(at))?)
            }
            c if is_ident_start(c) => Token::Ident(take_while(&mut chars, is_ident_part)),
            c if SYMBOLS.contains(c) => {
                chars.next();
                Token::Symbol(c)
            }
            other => return Err(LexError::Unexpected(other, at)),
        };
        out.push(Spanned { token, at });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_unicode_identifiers() {
        let tokens = tokenize("größe -> 12.5").unwrap();
        assert_eq!(tokens[0].token, Token::Ident("größe".into()));
        assert_eq!(tokens[1], Spanned { token: Token::Arrow, at: 8 });
    }

    #[test]
    fn reports_the_start_of_an_open_string() {
        let source = r#"name = "half {"#;
        assert_eq!(tokenize(source), Err(LexError::UnterminatedString { start: 7 }));
    }
}
