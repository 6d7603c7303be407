//! Our tokens: what a text and a query are cut into.
//!
//! A word is `\w+` in lower case. If it splits at camelCase, `snake_case` or between letters and
//! digits, its parts follow it: `parseHttp2` is found as itself and as `parse`, `http` and `2`. All
//! are stemmed. English stop words are left out but keep their position, so that phrases fit.
//! Chinese and Japanese characters are words of their own, because nothing separates words there.

mod stems;

use self::stems::Stems;

/// Bytes of a token that count. Longer ones are encoded data more often than words.
const LONGEST_TOKEN: usize = 64;
/// Bytes of a word up to which it is split: names of tests are long, base64 is longer.
const LONGEST_SPLIT: usize = 256;

/// What a token is of the word it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word that does not split.
    Word,
    /// All of a word that splits. It stands at the position of its first part.
    Whole,
    /// One part of such a word.
    Part,
}

/// Where a token stands. Its text is in the buffer that was given to [`Tokens::next`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub position: usize,
    /// Bytes of the text.
    pub from: usize,
    pub to: usize,
}

/// Buffers that outlive one text.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    stems: Stems,
    parts: Vec<(usize, usize)>,
}

impl Scratch {
    /// Replaces a lower-case word by its stem.
    pub fn stem(&mut self, word: &mut String) {
        self.stems.stem(word);
    }
}

/// The tokens of one text.
#[derive(Debug)]
pub struct Tokens<'a> {
    text: &'a str,
    scratch: &'a mut Scratch,
    /// Everything before this byte is done.
    at: usize,
    /// Position of the next word.
    position: usize,
    /// Which part of the current word comes next; at its end there is none.
    part: usize,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str, scratch: &'a mut Scratch) -> Self {
        scratch.parts.clear();
        Self {
            text,
            scratch,
            at: 0,
            position: 0,
            part: 0,
        }
    }

    /// Writes the next token into `out` and returns where it stands.
    pub fn next(&mut self, out: &mut String) -> Option<Token> {
        loop {
            while let Some(&(from, to)) = self.scratch.parts.get(self.part) {
                self.part += 1;
                self.position += 1;
                self.lower(from, to, out);
                if !is_stop_word(out) {
                    self.scratch.stems.stem(out);
                    let position = self.position - 1;
                    return Some(Token {
                        kind: Kind::Part,
                        position,
                        from,
                        to,
                    });
                }
            }
            let (from, to) = self.next_word()?;
            if self.scratch.parts.is_empty() {
                // Only underscores: a ruler and not a word.
                continue;
            }
            let plain = self.scratch.parts.as_slice() == [(from, to)];
            if plain {
                self.scratch.parts.clear();
                self.position += 1;
            }
            self.lower(from, to, out);
            if plain && is_stop_word(out) {
                continue;
            }
            self.scratch.stems.stem(out);
            return Some(if plain {
                Token {
                    kind: Kind::Word,
                    position: self.position - 1,
                    from,
                    to,
                }
            } else {
                Token {
                    kind: Kind::Whole,
                    position: self.position,
                    from,
                    to,
                }
            });
        }
    }

    /// Finds the next word and fills `parts`; a word that does not split is its only part.
    fn next_word(&mut self) -> Option<(usize, usize)> {
        let Scratch { parts, .. } = &mut *self.scratch;
        self.part = 0;
        parts.clear();
        let mut start = None;
        let mut end = self.text.len();
        let mut part_start = 0;
        let (mut before, mut before_at) = (Class::Gap, 0);
        for (offset, c) in self.text[self.at..].char_indices() {
            let at = self.at + offset;
            let class = Class::of(c);
            match class {
                Class::Other if start.is_none() => continue,
                Class::Other => {
                    end = at;
                    break;
                }
                Class::Ideograph if start.is_none() => {
                    let end = at + c.len_utf8();
                    parts.push((at, end));
                    self.at = end;
                    return Some((at, end));
                }
                Class::Ideograph => {
                    end = at;
                    break;
                }
                Class::Gap | Class::Lower | Class::Upper | Class::Digit => {}
            }
            start.get_or_insert(at);
            match (before, class) {
                (Class::Gap, _) => part_start = at,
                (Class::Upper, Class::Lower) if before_at == part_start => {}
                // `HTTPServer`: the last capital belongs to the small letters.
                (Class::Upper, Class::Lower) => {
                    parts.push((part_start, before_at));
                    part_start = before_at;
                }
                (before, class) if before == class => {}
                _ => {
                    parts.push((part_start, at));
                    part_start = at;
                }
            }
            (before, before_at) = (class, at);
        }
        self.at = end;
        let start = start?;
        if before != Class::Gap {
            parts.push((part_start, end));
        }
        if end - start > LONGEST_SPLIT {
            parts.clear();
            parts.push((start, end));
        }
        Some((start, end))
    }

    fn lower(&self, from: usize, to: usize, out: &mut String) {
        let mut end = to.min(from + LONGEST_TOKEN);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let word = &self.text[from..end];
        out.clear();
        if word.is_ascii() {
            out.push_str(word);
            out.make_ascii_lowercase();
        } else {
            out.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    /// An underscore: within a word, in no part.
    Gap,
    Ideograph,
    Other,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            '0'..='9' => Self::Digit,
            '_' => Self::Gap,
            '\0'..='\x7f' => Self::Other,
            // Kana, the ideographs of the basic plane, and those beyond it.
            '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}' => Self::Ideograph,
            // Combining accents belong to the letter before them.
            '\u{300}'..='\u{36f}' => Self::Lower,
            c if c.is_uppercase() => Self::Upper,
            c if c.is_alphabetic() => Self::Lower,
            c if c.is_numeric() => Self::Digit,
            _ => Self::Other,
        }
    }
}

/// English function words: they are in every passage and say nothing about it.
fn is_stop_word(word: &str) -> bool {
    word.len() <= 5
        && matches!(
            word,
            "a" | "an"
                | "and"
                | "are"
                | "as"
                | "at"
                | "be"
                | "but"
                | "by"
                | "for"
                | "from"
                | "had"
                | "has"
                | "have"
                | "he"
                | "her"
                | "his"
                | "if"
                | "in"
                | "into"
                | "is"
                | "it"
                | "its"
                | "no"
                | "not"
                | "of"
                | "on"
                | "or"
                | "she"
                | "such"
                | "that"
                | "the"
                | "their"
                | "then"
                | "there"
                | "these"
                | "they"
                | "this"
                | "to"
                | "was"
                | "were"
                | "will"
                | "with"
                | "what"
                | "which"
                | "who"
                | "whom"
                | "how"
                | "when"
                | "where"
                | "why"
                | "does"
                | "do"
                | "did"
                | "can"
                | "i"
                | "you"
                | "we"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(text: &str) -> Vec<(String, Token)> {
        let (mut scratch, mut out, mut all) = (Scratch::default(), String::new(), Vec::new());
        let mut tokens = Tokens::new(text, &mut scratch);
        while let Some(token) = tokens.next(&mut out) {
            all.push((out.clone(), token));
        }
        all
    }

    /// Tokens as `position:text`, a whole with `=`.
    fn check(text: &str, expected: &str) {
        let shown: Vec<_> = tokens(text)
            .into_iter()
            .map(|(text, token)| {
                let mark = if token.kind == Kind::Whole { "=" } else { "" };
                format!("{}:{mark}{text}", token.position)
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{text:?}");
    }

    #[test]
    fn words_are_lower_case_stems_at_their_positions() {
        check("", "");
        check("  ,;- ", "");
        check("Running dogs", "0:run 1:dog");
        check("the state of the art", "1:state 4:art");
        check("to be or not to be", "");
        check("Straße ÉCOLE", "0:straße 1:école");
        check("naïve cafe\u{301}", "0:naïv 1:cafe\u{301}");
        check("3.14", "0:3 1:14");
    }

    #[test]
    fn identifiers_are_kept_whole_and_split() {
        check(
            "parseHttpRequest x",
            "0:=parsehttprequest 0:pars 1:http 2:request 3:x",
        );
        check("HTTPServer", "0:=httpserver 0:http 1:server");
        check("snake_case_name", "0:=snake_case_nam 0:snake 1:case 2:name");
        check("SCREAMING_CASE", "0:=screaming_cas 0:scream 1:case");
        check("utf8", "0:=utf8 0:utf 1:8");
        check("__init__", "0:=__init__ 0:init");
        check("is_valid", "0:=is_valid 1:valid");
        check("____ a_", "0:=a_");
        check("eMail", "0:=email 0:e 1:mail");
        check("ÄrgerÜber", "0:=ärgerüber 0:ärger 1:über");
    }

    #[test]
    fn ideographs_are_words_of_their_own() {
        check("数据库 db", "0:数 1:据 2:库 3:db");
        check("use数据", "0:use 1:数 2:据");
        check("データ", "0:デ 1:ー 2:タ");
    }

    #[test]
    fn encoded_data_is_one_bounded_token() {
        let data = "aB3".repeat(200);
        let all = tokens(&data);
        assert_eq!(all.len(), 1);
        assert!(all[0].0.len() <= LONGEST_TOKEN);
        assert_eq!(tokens(&"é".repeat(200)).len(), 1);
    }

    proptest! {
        #[test]
        fn tokens_are_bounded_and_in_order(text in "\\PC{0,200}") {
            let mut last = 0;
            for (token_text, token) in tokens(&text) {
                prop_assert!(!token_text.is_empty());
                // Lower case may be longer than upper case, by half at the most.
                prop_assert!(token_text.len() <= LONGEST_TOKEN * 3 / 2);
                prop_assert!(token.from < token.to);
                prop_assert!(text.is_char_boundary(token.from) && text.is_char_boundary(token.to));
                prop_assert!(token.position >= last, "positions go up");
                last = token.position;
            }
        }

        #[test]
        fn case_of_a_plain_word_does_not_matter(word in "[a-z]{1,20}") {
            let lower: Vec<_> = tokens(&word).into_iter().map(|(text, _)| text).collect();
            let upper: Vec<_> =
                tokens(&word.to_uppercase()).into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(lower, upper);
        }
    }
}
