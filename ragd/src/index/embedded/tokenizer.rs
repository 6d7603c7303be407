//! Our tokens in the shape that tantivy asks for.

use tantivy::tokenizer::{PreTokenizedString, Token, TokenStream, Tokenizer, TokenizerManager};

use crate::tokens::{Scratch, Tokens};

/// The name in the schema. It changes when tokens change, so that old folders are built anew.
pub(super) const NAME: &str = "ragd-1";

/// Where positions of a value begin. tantivy leaves one position between two values of a field,
/// which a phrase with a stop word in it could step over.
const FIRST_POSITION: usize = 16;

/// Returns the tokenizers of our schema. tantivy's own come with it: it looks up one for every
/// field, numbers included.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(NAME, Words::default());
    manager
}

/// Returns words as a value that is not cut any further; none if there are none.
pub(super) fn as_they_are(words: impl Iterator<Item = String>) -> Option<Box<PreTokenizedString>> {
    let tokens = words.enumerate().map(|(at, text)| Token {
        position: FIRST_POSITION + at,
        text,
        ..Token::default()
    });
    let tokens: Vec<_> = tokens.collect();
    let text = String::new();
    (!tokens.is_empty()).then(|| Box::new(PreTokenizedString { text, tokens }))
}

#[derive(Clone, Debug, Default)]
struct Words {
    scratch: Scratch,
    token: Token,
}

struct Stream<'a> {
    tokens: Tokens<'a>,
    token: &'a mut Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        self.token.reset();
        Stream {
            tokens: Tokens::new(text, &mut self.scratch),
            token: &mut self.token,
        }
    }
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let Some(found) = self.tokens.next(&mut self.token.text) else {
            return false;
        };
        self.token.position = FIRST_POSITION + found.position;
        self.token.offset_from = found.from;
        self.token.offset_to = found.to;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
