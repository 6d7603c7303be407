//! What stands before a Markdown file: of YAML, what people write there.
//!
//! Keys at the left edge, with a value on their line, below it, or both; quoted strings, block scalars,
//! and lists in each of their forms. What is below other keys is passed over.

use std::iter::Peekable;
use std::str::Chars;

/// A key and what stands behind it.
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) value: Value<'a>,
}

pub(super) struct Value<'a> {
    /// On the line of the key.
    beside: &'a str,
    below: Vec<&'a str>,
}

/// Lists the entries between two lines of `---` at the beginning of a text; none if there are no such.
pub(super) fn entries(text: &str) -> Option<Vec<Entry<'_>>> {
    let (first, rest) = text.split_once('\n')?;
    if first.trim_end() != "---" {
        return None;
    }
    let lines = rest.lines().map(str::trim_end);
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for line in lines.take_while(|line| !matches!(*line, "---" | "...")) {
        let key = line.split_once(':').filter(|(key, value)| {
            !key.starts_with([' ', '\t', '#', '-']) && (value.is_empty() || value.starts_with(' '))
        });
        match (key, entries.last_mut()) {
            (Some((key, beside)), _) => {
                let (key, beside, below) = (key.trim(), beside.trim(), Vec::new());
                let value = Value { beside, below };
                entries.push(Entry { key, value });
            }
            (None, Some(entry)) => entry.value.below.push(line),
            (None, None) => {}
        }
    }
    Some(entries)
}

impl Value<'_> {
    /// Returns the value as one line of text.
    pub(super) fn text(&self) -> String {
        let lines = || self.below.iter().map(|line| line.trim());
        let text = match self.beside {
            // How it wants its lines to be joined does not matter on one line.
            beside if beside.starts_with(['|', '>']) => lines().collect::<Vec<_>>().join(" "),
            beside if beside.starts_with(['"', '\'']) => {
                let words = words(&self.whole(), Split::Brackets);
                words.into_iter().next().unwrap_or_default()
            }
            beside => {
                let lines = [beside].into_iter().chain(lines()).map(without_comment);
                lines.collect::<Vec<_>>().join(" ")
            }
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Tells whether it is written as a list.
    pub(super) fn is_list(&self) -> bool {
        let is_item = |line: &&str| line.trim_start().starts_with("- ");
        self.beside.starts_with('[') || self.beside.is_empty() && self.below.iter().any(is_item)
    }

    /// Returns the items of a list, and of lists within, or what commas divide.
    pub(super) fn words(&self) -> Vec<String> {
        if !self.beside.is_empty() {
            return words(&self.whole(), Split::Commas);
        }
        // An item goes on until the next begins.
        let mut items: Vec<String> = Vec::new();
        for line in &self.below {
            let mut line = line.trim();
            let is_new = line.starts_with("- ");
            while let Some(item) = line.strip_prefix("- ") {
                line = item.trim_start();
            }
            match items.last_mut() {
                Some(item) if !is_new => item.extend(["\n", line]),
                _ => items.push(line.to_owned()),
            }
        }
        let items = items.iter();
        items
            .flat_map(|item| words(item, Split::Brackets))
            .collect()
    }

    fn whole(&self) -> String {
        let lines = self.below.iter().map(|line| line.trim());
        let all: Vec<_> = [self.beside].into_iter().chain(lines).collect();
        all.join("\n")
    }
}

fn without_comment(line: &str) -> &str {
    match line.starts_with('#') {
        true => "",
        false => line.split(" #").next().unwrap_or_default(),
    }
}

/// Takes so many digits of a character that is written by its number.
fn by_number(chars: &mut Peekable<Chars<'_>>, digits: usize) -> Option<char> {
    let mut number = 0;
    for _ in 0..digits {
        number = number * 16 + chars.next()?.to_digit(16)?;
    }
    char::from_u32(number)
}

/// Where commas divide words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Split {
    Commas,
    /// Only between brackets.
    Brackets,
}

/// Cuts a value into words, with quotes and comments as YAML has them.
fn words(value: &str, split: Split) -> Vec<String> {
    let (mut words, mut word, mut depth) = (Vec::new(), String::new(), 0_usize);
    let mut chars = value.chars().peekable();
    let end = |word: &mut String, words: &mut Vec<String>| {
        let whole = word.split_whitespace().collect::<Vec<_>>().join(" ");
        word.clear();
        if !whole.is_empty() {
            words.push(whole);
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' if word.trim().is_empty() => {
                while let Some(next) = chars.next() {
                    match next {
                        '\\' if c == '"' => match chars.next() {
                            Some('n' | 't') => word.push(' '),
                            Some('x') => word.extend(by_number(&mut chars, 2)),
                            Some('u') => word.extend(by_number(&mut chars, 4)),
                            escaped => word.extend(escaped),
                        },
                        '\'' if c == '\'' && chars.peek() == Some(&'\'') => {
                            word.extend(chars.next());
                        }
                        next if next == c => break,
                        next => word.push(next),
                    }
                }
                end(&mut word, &mut words);
            }
            '#' if word.is_empty() || word.ends_with(char::is_whitespace) => {
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            '[' if word.trim().is_empty() => depth += 1,
            ']' if depth > 0 => {
                depth -= 1;
                end(&mut word, &mut words);
            }
            ',' if depth > 0 || split == Split::Commas => end(&mut word, &mut words),
            c => word.push(c),
        }
    }
    end(&mut word, &mut words);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(yaml: &str) -> (String, Vec<String>) {
        let text = format!("---\nx: 1\nkey:{yaml}\nnext: y\n---\n");
        let entries = entries(&text).unwrap();
        let keys: Vec<_> = entries.iter().map(|entry| entry.key).collect();
        assert_eq!(keys, ["x", "key", "next"], "{yaml}");
        (entries[1].value.text(), entries[1].value.words())
    }

    #[test]
    fn a_text_is_one_line_however_it_is_written() {
        for (yaml, expected) in [
            (" Walruses: a life", "Walruses: a life"),
            (" Walruses # a comment", "Walruses"),
            (" C# for seals", "C# for seals"),
            (" |\n  Walruses\n  and seals", "Walruses and seals"),
            (
                " |-\n\n  Walruses:\n\n  # no comment",
                "Walruses: # no comment",
            ),
            (" >\n  Walruses\n   and seals\n", "Walruses and seals"),
            (" >2-  # folded\n  Walruses", "Walruses"),
            (
                " \"He said: \\\"walrus\\\" # twice\"",
                "He said: \"walrus\" # twice",
            ),
            (" \"Gr\\u00fc\\xdfe\"", "Grüße"),
            (" 'the seal''s life' # ours", "the seal's life"),
            (" \"Walruses\n  and seals\"", "Walruses and seals"),
            (" Walruses\n  and seals", "Walruses and seals"),
            ("\n  Walruses", "Walruses"),
            ("", ""),
            (" \"\"", ""),
        ] {
            assert_eq!(value(yaml).0, expected, "{yaml}");
        }
    }

    #[test]
    fn words_of_lists_are_found_in_each_form() {
        for (yaml, expected) in [
            (" [sea, 'cold']", &["sea", "cold"][..]),
            (" sea, cold", &["sea", "cold"]),
            (
                "\n  - sea\n  - cold water # comment\n",
                &["sea", "cold water"],
            ),
            ("\n- sea\n- \"ice, old\"", &["sea", "ice, old"]),
            (" [sea,\n  [cold, [\"ice\"]], ]", &["sea", "cold", "ice"]),
            (
                "\n  - - sea\n    - cold\n  - [ice, \"a, b\"]",
                &["sea", "cold", "ice", "a, b"],
            ),
            ("\n  - sea, and more\n    of it", &["sea, and more of it"]),
            (" []", &[]),
            ("", &[]),
        ] {
            assert_eq!(value(yaml).1, expected, "{yaml}");
        }
    }
}
