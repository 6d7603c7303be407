//! Where the headings of a text are that is neither Markdown nor code: of markup, data and tables.
//!
//! Lines are enough for that, as with Markdown. The text stays as it is, so lines stay true.

use super::{Heading, data};

/// Bytes of a heading.
const LONGEST: usize = 200;

/// Returns the headings of a text in a language, in order; none where it is not known to have any.
pub(super) fn headings(language: &str, text: &str) -> Vec<Heading> {
    let find: fn(&str) -> Vec<Heading> = match language {
        "restructuredtext" => restructured,
        "asciidoc" => |text| by_marks(text, '='),
        "org" => |text| by_marks(text, '*'),
        "latex" => latex,
        "roff" => manual,
        "csv" | "tsv" => columns,
        "toml" | "ini" => sections,
        "json" => data::json,
        "yaml" => data::yaml,
        "xml" => data::xml,
        _ => return Vec::new(),
    };
    find(text)
}

/// Lines with the place where each begins.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let begin = at;
        at += line.len();
        (begin, line.trim_end())
    })
}

pub(super) fn heading(at: usize, level: usize, title: &str) -> Option<Heading> {
    let title = title.trim();
    let heading = || Heading {
        at,
        level,
        title: title.to_owned(),
    };
    (1..=LONGEST).contains(&title.len()).then(heading)
}

/// `== Title`: so many marks, so deep.
fn by_marks(text: &str, mark: char) -> Vec<Heading> {
    let found = lines(text).filter_map(|(at, line)| {
        let title = line.trim_start_matches(mark);
        let level = line.len() - title.len();
        match title.starts_with(' ') && (1..=8).contains(&level) {
            true => heading(at, level, title),
            false => None,
        }
    });
    found.collect()
}

/// A line with a line of signs below it, and maybe above. The order of signs is the document's own.
fn restructured(text: &str) -> Vec<Heading> {
    let all: Vec<_> = lines(text).collect();
    let is_rule = |line: &str| {
        let mut chars = line.chars();
        let first = chars.next().filter(char::is_ascii_punctuation);
        line.len() >= 3 && first.is_some_and(|first| chars.all(|c| c == first))
    };
    let mut styles: Vec<(char, bool)> = Vec::new();
    let mut found = Vec::new();
    for pair in 1..all.len() {
        let ((at, title), (_, rule)) = (all[pair - 1], all[pair]);
        let fits = is_rule(rule) && !is_rule(title) && !title.starts_with(char::is_whitespace);
        if !fits || title.is_empty() || rule.chars().count() < title.chars().count() {
            continue;
        }
        let over = pair >= 2 && all[pair - 2].1 == rule;
        let style = (rule.chars().next().unwrap_or('='), over);
        let level = styles.iter().position(|known| *known == style);
        let level = level.unwrap_or_else(|| {
            styles.push(style);
            styles.len() - 1
        });
        let at = if over { all[pair - 2].0 } else { at };
        found.extend(heading(at, level + 1, title));
    }
    found
}

fn latex(text: &str) -> Vec<Heading> {
    const COMMANDS: [&str; 6] = [
        "\\part",
        "\\chapter",
        "\\section",
        "\\subsection",
        "\\subsubsection",
        "\\paragraph",
    ];
    let found = lines(text).filter_map(|(at, line)| {
        let line = line.trim_start();
        let (command, rest) = line.split_once('{')?;
        let command = command.split('[').next()?.trim_end_matches('*');
        let level = COMMANDS.iter().position(|known| *known == command)?;
        let title = rest.rsplit_once('}').map_or(rest, |(title, _)| title);
        heading(at, level + 1, title)
    });
    found.collect()
}

/// Man pages: `.SH NAME`, `.SS` below it.
fn manual(text: &str) -> Vec<Heading> {
    let found = lines(text).filter_map(|(at, line)| {
        let (level, title) = [(".SH", 1), (".Sh", 1), (".SS", 2), (".Ss", 2)]
            .iter()
            .find_map(|(macro_, level)| Some((*level, line.strip_prefix(macro_)?)))?;
        let title = title.strip_prefix(' ')?;
        heading(at, level, &title.replace('"', ""))
    });
    found.collect()
}

/// The first line of a table names its columns: every passage is to show them.
fn columns(text: &str) -> Vec<Heading> {
    let first = lines(text).find(|(_, line)| !line.is_empty());
    let found = first.filter(|(at, _)| *at == 0).and_then(|(at, line)| {
        let separator = [',', ';', '\t', '|']
            .into_iter()
            .max_by_key(|c| line.matches(*c).count())?;
        let names = line
            .split(separator)
            .map(|name| name.trim().trim_matches('"'));
        // Numbers are no names.
        let names: Vec<_> = names.collect();
        let are_names = names
            .iter()
            .all(|name| !name.is_empty() && name.parse::<f64>().is_err());
        let names_end = |names: &str| names.floor_char_boundary(LONGEST);
        let all = names.join(", ");
        (names.len() > 1 && are_names).then(|| heading(at, 1, &all[..names_end(&all)]))?
    });
    found.into_iter().collect()
}

/// `[name]` of TOML and INI.
fn sections(text: &str) -> Vec<Heading> {
    let mut is_string = false;
    let found = lines(text).filter_map(|(at, line)| {
        let marks = line.matches("\"\"\"").count() + line.matches("'''").count();
        let was_string = is_string;
        is_string ^= marks % 2 == 1;
        if was_string {
            return None;
        }
        let name = line.strip_prefix('[')?.trim_start_matches('[');
        let (name, rest) = name.split_once(']')?;
        let is_alone = rest.trim_start_matches(']').trim().is_empty();
        match is_alone || rest.contains('#') {
            true => heading(at, 1, name),
            false => None,
        }
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(language: &str, text: &str) -> Vec<(usize, usize, String)> {
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let found = headings(language, text).into_iter();
        found
            .map(|heading| (line(heading.at), heading.level, heading.title))
            .collect()
    }

    #[test]
    fn each_language_marks_its_headings_in_its_own_way() {
        let check = |language: &str, text: &str, expected: &[(usize, usize, &str)]| {
            let expected: Vec<_> = expected
                .iter()
                .map(|(a, b, c)| (*a, *b, (*c).to_owned()))
                .collect();
            assert_eq!(found(language, text), expected, "{language}");
        };
        check(
            "restructuredtext",
            "=====\nTitle\n=====\n\ntext\n\nPart\n----\n\n- no\n\nNext\n----\n\nSub\n~~~\n",
            &[
                (1, 1, "Title"),
                (7, 2, "Part"),
                (12, 2, "Next"),
                (15, 3, "Sub"),
            ],
        );
        check(
            "asciidoc",
            "= Title\n\n== Part\ntext =\n",
            &[(1, 1, "Title"), (3, 2, "Part")],
        );
        check(
            "org",
            "* One\n** Two\n*bold*\n",
            &[(1, 1, "One"), (2, 2, "Two")],
        );
        check(
            "latex",
            "\\documentclass{a}\n\\section{One}\n\\subsection*{Two {x}}\n",
            &[(2, 3, "One"), (3, 4, "Two {x}")],
        );
        check(
            "roff",
            ".TH LS 1\n.SH NAME\nls\n.SS \"By size\"\n",
            &[(2, 1, "NAME"), (4, 2, "By size")],
        );
        check("csv", "name,size\na,1\n", &[(1, 1, "name, size")]);
        check("csv", "1,2\n3,4\n", &[]);
        check(
            "toml",
            "a = \"\"\"\n[no]\n\"\"\"\n[table]\n[[list]]\n",
            &[(4, 1, "table"), (5, 1, "list")],
        );
        check(
            "yaml",
            "a:\n  b: 1\nc: |\n  d: e\n- d: 3\n  f: g\n\"x y\": # z\nhttp://x\n",
            &[(1, 1, "a"), (2, 2, "b"), (3, 1, "c"), (7, 1, "x y")],
        );
        check(
            "json",
            "{\n  \"a\": {\n    // \"no\": 1\n    \"b\": \"c: d\",\n    \"e\": [\n      {\"f\": 1}\n    ]\n  },\n  \"g\\\"\": 2\n}\n",
            &[(2, 1, "a"), (4, 2, "b"), (5, 2, "e"), (9, 1, "g\\\"")],
        );
        check("json", "{\"a\": 1}\n{\"a\": 2}\n", &[]);
        let long = format!("a:\n  b: {}\nc: d\n", "word ".repeat(100));
        check("yaml", &long, &[(1, 1, "a"), (2, 2, "b"), (3, 1, "c")]);
        // A key that is no word ends the one before.
        let complex = "a:\n  b: 1\n? [c, d]\n: e: 2\n  f: 3\ng: 4\n";
        check(
            "yaml",
            complex,
            &[
                (1, 1, "a"),
                (2, 2, "b"),
                (3, 1, "[c, d]"),
                (5, 2, "f"),
                (6, 1, "g"),
            ],
        );
        check(
            "xml",
            "<?xml version=\"1.0\"?>\n<project>\n  <target name=\"build\">\n    <step/>\n  </target>\n  <!-- <no> -->\n  <end>x</end>\n</project>\n",
            &[
                (2, 1, "project"),
                (3, 2, "target build"),
                (4, 3, "step"),
                (7, 2, "end"),
            ],
        );
    }

    #[test]
    fn data_that_is_damaged_has_the_headings_before() {
        for (language, text) in [
            ("json", "{\"a\": {\"b\": \"c\n}}]]]\"d\\"),
            ("json", "[[[{\"a\":1}/* \"b\": "),
            ("yaml", "a\n  : b\n\"c\n'd': 'e\n\t- :\n"),
            ("xml", "<a><b name=c></a><d></b></a></a><e <f>"),
        ] {
            let found = found(language, text);
            assert!(found.len() <= 4, "{found:?}");
            for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
                headings(language, &text[..cut]);
            }
        }
    }
}
