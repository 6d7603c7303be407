//! What stands before a Markdown file: TOML, or of YAML what people write there.
//!
//! Of YAML, keys at the left edge, with a value on their line, below it, or both; quoted strings, block scalars,
//! and lists in each of their forms. What is below other keys is passed over.

use std::iter::Peekable;
use std::str::Chars;

use toml::{Table, Value as Toml};

/// What is said under a key.
pub(super) struct Said {
    pub(super) key: String,
    /// As one line.
    pub(super) text: String,
    /// The items of a list, and of lists within, or what commas divide.
    pub(super) words: Vec<String>,
    pub(super) is_list: bool,
}

/// Lists what is said at the beginning of a text between two lines of `---` or `+++`; none if there are
/// no such.
pub(super) fn said(text: &str) -> Option<Vec<Said>> {
    if let Some(entries) = entries(text) {
        let said = entries.into_iter().map(|Entry { key, value }| Said {
            key: key.to_lowercase(),
            text: value.text(),
            words: value.words(),
            is_list: value.is_list(),
        });
        return Some(said.collect());
    }
    let mut said = Vec::new();
    for (key, value) in toml(text)? {
        match value {
            // Some programs have tags in a table of their own.
            Toml::Table(table) => said.extend(table.iter().map(of_toml)),
            value => said.push(of_toml((&key, &value))),
        }
    }
    Some(said)
}

fn toml(text: &str) -> Option<Table> {
    const MARK: &str = "+++";
    let (first, rest) = text.split_once('\n')?;
    let mut lines = rest.split_inclusive('\n');
    let length: usize = lines
        .by_ref()
        .take_while(|line| line.trim_end() != MARK)
        .map(str::len)
        .sum();
    let is_closed = rest[length..].starts_with(MARK);
    (first.trim_end() == MARK && is_closed).then(|| rest[..length].parse().ok())?
}

fn of_toml((key, value): (&String, &Toml)) -> Said {
    let mut words = Vec::new();
    collect(value, &mut words);
    let text = words.join(", ");
    if let Toml::String(text) = value {
        words = text.split(',').map(|word| word.trim().to_owned()).collect();
    }
    Said {
        key: key.to_lowercase(),
        text,
        words,
        is_list: value.is_array(),
    }
}

fn collect(value: &Toml, words: &mut Vec<String>) {
    match value {
        Toml::String(word) => words.push(word.split_whitespace().collect::<Vec<_>>().join(" ")),
        Toml::Array(values) => values.iter().for_each(|value| collect(value, words)),
        Toml::Table(_) => {}
        value => words.push(value.to_string()),
    }
}

/// A key and what stands behind it, in YAML.
struct Entry<'a> {
    key: &'a str,
    value: Value<'a>,
}

struct Value<'a> {
    /// On the line of the key.
    beside: &'a str,
    below: Vec<&'a str>,
}

/// Lists the entries between two lines of `---` at the beginning of a text; none if there are no such.
fn entries(text: &str) -> Option<Vec<Entry<'_>>> {
    let (first, rest) = text.split_once('\n')?;
    if first.trim_end() != "---" {
        return None;
    }
    let lines = rest.lines().map(str::trim_end);
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for line in lines {
        if matches!(line, "---" | "...") {
            return Some(entries);
        }
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
    // A line stands above the text, and nothing else.
    None
}

impl Value<'_> {
    /// Returns the value as one line of text.
    fn text(&self) -> String {
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
    fn is_list(&self) -> bool {
        let is_item = |line: &&str| line.trim_start().starts_with("- ");
        self.beside.starts_with('[') || self.beside.is_empty() && self.below.iter().any(is_item)
    }

    /// Returns the items of a list, and of lists within, or what commas divide.
    fn words(&self) -> Vec<String> {
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
