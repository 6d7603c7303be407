//! What a file says of itself in its first comment.
//!
//! Only there: a generator has the same words in a string, and a text about one in a sentence. And
//! only where a sentence begins with them, since comments of people speak of generated things, too.

use std::path::Path;

use crate::ingest::extract;
use crate::ingest::language;

/// Tells whether a file is written to be read and not to be run, by its name.
pub(super) fn is_prose(path: &Path) -> bool {
    language::of(path, "").is_some_and(|(_, kind)| !matches!(kind, extract::Kind::Code))
}

/// Tells whether the comment at the top of a program says that another program wrote it.
pub(super) fn says_generated(path: &Path, head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let language = match language::of(path, &text) {
        Some((language, extract::Kind::Code)) => language,
        None if is_of_autotools(path) => "make",
        // What pip-compile writes is a list, and is called a text.
        Some(("text", _)) if is_requirements(path) => "ini",
        _ => return false,
    };
    // The mark that a template begins with is for what is made of it, and in a list of what is
    // ignored, comments name what other programs make.
    if matches!(
        language,
        "template" | "csv" | "json" | "notebook" | "ignore"
    ) {
        return false;
    }
    is_mark(&comment(&text, &Style::of(language)))
}

fn is_of_autotools(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name == "Makefile.in" || name == "config.h.in"
}

fn is_requirements(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().contains("requirements")
}

/// How a language writes comments.
struct Style {
    lines: &'static [&'static str],
    blocks: &'static [(&'static str, &'static str)],
}

const C_BLOCK: &[(&str, &str)] = &[("/*", "*/")];

impl Style {
    fn of(language: &str) -> Self {
        let (lines, blocks): (&[&str], _) = match language {
            "rust" | "javascript" | "typescript" | "tsx" | "go" | "gomod" | "java" | "kotlin"
            | "scala" | "c" | "cpp" | "csharp" | "swift" | "objective-c" | "dart" | "d" | "zig"
            | "groovy" | "protobuf" | "verilog" | "systemverilog" | "cuda" | "shader"
            | "solidity" | "devicetree" | "css" | "scss" => (&["//"], C_BLOCK),
            "fsharp" | "pascal" | "ocaml" => (&["//"], &[("(*", "*)")]),
            "sql" | "lua" | "ada" | "vhdl" => (&["--"], C_BLOCK),
            "haskell" | "elm" => (&["--"], &[("{-", "-}")]),
            "clojure" | "common-lisp" | "emacs-lisp" | "scheme" => (&[";"], &[("#|", "|#")]),
            "erlang" | "matlab" => (&["%"], &[]),
            "visual-basic" => (&["'"], &[]),
            "batch" => (&["@rem", "@REM", "rem", "REM", "::"], &[]),
            "vimscript" => (&["\""], &[]),
            "fortran" => (&["!"], &[]),
            "xml" => (&[], &[("<!--", "-->")]),
            "vue" | "svelte" => (&["//"], &[("<!--", "-->"), ("/*", "*/")]),
            "powershell" => (&["#"], &[("<#", "#>")]),
            "php" | "thrift" | "hcl" | "assembly" => (&["//", "#", ";"], C_BLOCK),
            _ => (&["#", ";"], &[]),
        };
        Self { lines, blocks }
    }
}

/// Returns the lines of the first comment without what makes them one. An empty line parts
/// paragraphs.
fn comment<'a>(text: &'a str, style: &Style) -> Vec<&'a str> {
    let mut lines = Vec::new();
    let mut open: Option<&str> = None;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let mut line = line.trim();
        if open.is_none() {
            if let Some((begin, end)) = style.blocks.iter().find(|it| line.starts_with(it.0)) {
                (open, line) = (Some(*end), &line[begin.len()..]);
            } else if let Some(mark) = style.lines.iter().find(|mark| line.starts_with(**mark)) {
                lines.push(bare(&line[mark.len()..]));
                continue;
            } else if line.is_empty() || is_preamble(line) {
                lines.push("");
                continue;
            } else {
                break;
            }
        }
        if let Some(end) = open {
            match line.split_once(end) {
                Some((last, after)) => {
                    open = None;
                    lines.push(bare(last));
                    if !after.trim().is_empty() {
                        break;
                    }
                }
                None => lines.push(bare(line)),
            }
        }
    }
    lines
}

/// What has to stand in front of a comment, in some languages.
fn is_preamble(line: &str) -> bool {
    let first = [
        "#!",
        "<?",
        "'use strict'",
        "\"use strict\"",
        "@echo",
        "---",
        "%YAML",
    ];
    first.iter().any(|first| line.starts_with(first))
}

/// Removes signs that decorate comments.
fn bare(line: &str) -> &str {
    let decorates = |c: char| c.is_whitespace() || "*/#!-=;%<>_~+|".contains(c);
    line.trim_matches(decorates)
}

/// What speaks against all marks: somebody went on by hand.
const VETOES: [&str; 10] = [
    "not generated",
    "originally generated",
    "initially generated",
    "first generated",
    "generated once",
    "safe to edit",
    "free to edit",
    "can be edited",
    "may be edited",
    "hand-edited",
];

fn is_mark(lines: &[&str]) -> bool {
    let all = lines.join(" ");
    let low = all.to_lowercase();
    if VETOES.iter().any(|veto| low.contains(veto)) {
        return false;
    }
    let speaks_of_it = low.contains("generated") || low.contains("automatically");
    let is_firm = low.contains("do not") || low.contains("don't");
    sentences(lines).iter().any(|sentence| {
        let words: Vec<_> = sentence.split_whitespace().map(of_word).collect();
        let low: Vec<_> = words.iter().map(|word| word.to_lowercase()).collect();
        let low: Vec<_> = low.iter().map(String::as_str).collect();
        let is_list = sentence.ends_with(':') && low.len() > 2;
        (begins_as_mark(&low) && !is_list && (is_firm || names_a_tool(&low)))
            || says_this_file(&low)
            || forbids(&words, &low, speaks_of_it)
    })
}

fn of_word(word: &str) -> &str {
    word.trim_matches(|c: char| !(c.is_alphanumeric() || "@`'\"-".contains(c)))
}

/// Cuts a comment where sentences end, and where a line looks as if one began.
fn sentences(lines: &[&str]) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for line in lines {
        let begins = line.starts_with(|c: char| c.is_uppercase() || c == '@');
        if line.is_empty() || begins {
            sentences.push(String::new());
        }
        for word in line.split_whitespace() {
            if word == "-" || word == "--" || word == "—" {
                sentences.push(String::new());
                continue;
            }
            let last = sentences.last_mut().expect("there is one from the start");
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
            if word.ends_with(['.', '!', ':', ';']) {
                sentences.push(String::new());
            }
        }
    }
    sentences
}

/// Tells whether a program is called by its name. `Code generated by the macros that ...` goes on about
/// something.
fn names_a_tool(words: &[&str]) -> bool {
    let by = words.iter().position(|word| *word == "by");
    let next = by.and_then(|by| words.get(by + 1));
    next.is_none_or(|next| !matches!(*next, "the" | "a" | "an" | "this" | "these" | "our" | "its"))
}

const HOW: [&str; 6] = ["by", "from", "with", "using", "via", "automatically"];

/// `Code generated by x`, `Automatically generated from y`, `foo.h generated by z`, `@generated`.
fn begins_as_mark(words: &[&str]) -> bool {
    match words {
        // As a sign of its own, and not as what a sentence is about.
        ["@generated", next, ..] => {
            matches!(*next, "by" | "from" | "with") || next.starts_with("signedsource")
        }
        ["@generated"] | ["automatically", "@generated", ..] => true,
        [
            "code" | "file" | "automatically" | "auto" | "machine",
            "generated",
            rest @ ..,
        ]
        | ["code" | "file", "automatically", "generated", rest @ ..]
        | [
            "auto-generated" | "autogenerated" | "machine-generated",
            rest @ ..,
        ] => rest.first().is_none_or(|next| {
            HOW.contains(next) || matches!(*next, "file" | "code" | "bindings" | "on" | "at" | "do")
        }),
        ["generated", "file" | "code", rest @ ..] => rest
            .first()
            .is_none_or(|next| matches!(*next, "do" | "by" | "from" | "please")),
        ["generated", how, ..] => HOW.contains(how),
        ["bindings", "generated", "by", ..] => true,
        // A sentence that begins with the name of the file.
        [name, "generated", how, ..] => name.contains('.') && HOW.contains(how),
        _ => false,
    }
}

const WHAT: [&str; 14] = [
    "file", "files", "code", "module", "header", "source", "class", "crate", "package", "script",
    "document", "manifest", "schema", "content",
];

/// `This file was automatically generated by x`, `This code is @generated`.
fn says_this_file(words: &[&str]) -> bool {
    let Some(at) = words
        .iter()
        .position(|word| *word == "this")
        .filter(|at| *at < 3)
    else {
        return false;
    };
    let rest = &words[at + 1..];
    let Some(is) = rest
        .iter()
        .take(5)
        .position(|word| matches!(*word, "is" | "was" | "has" | "are" | "were" | "contains"))
    else {
        return false;
    };
    if !rest[..is].iter().any(|word| WHAT.contains(word)) {
        return false;
    }
    let rest = rest[is + 1..].iter();
    let mut rest = rest.skip_while(|word| {
        let fills = [
            "been",
            "automatically",
            "auto",
            "machine",
            "mechanically",
            "an",
            "being",
        ];
        fills.contains(word)
    });
    let made = [
        "generated",
        "auto-generated",
        "autogenerated",
        "machine-generated",
        "@generated",
        "automatically-generated",
    ];
    rest.next().is_some_and(|word| made.contains(word))
}

/// `DO NOT EDIT`, unless it is about a place or about something else.
fn forbids(words: &[&str], low: &[&str], speaks_of_it: bool) -> bool {
    let at = low.windows(3).position(|three| {
        let not = matches!(three, ["do", "not", "edit" | "modify"]);
        not && !three.is_empty()
    });
    let Some(at) = at else {
        return false;
    };
    let loud = words[at..at + 3]
        .iter()
        .all(|word| word.chars().all(char::is_uppercase));
    let about = low.get(at + 3).copied();
    let is_all = match about {
        None => true,
        Some(next) => matches!(
            next,
            "this" | "by" | "manually" | "directly" | "it" | "or" | "unless" | "as"
        ),
    };
    // `Do not edit this list` is about a list.
    let this = (about == Some("this")).then(|| low.get(at + 4).copied());
    let is_file = this.is_none_or(|what| what.is_some_and(|what| WHAT.contains(&what)));
    is_all && is_file && (loud || speaks_of_it)
}
