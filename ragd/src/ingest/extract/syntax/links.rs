//! What a program says of itself and of others: what it imports, what names it uses, where it begins.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::signature::short;
use crate::index::SymbolKind;
use crate::ingest::extract::Item;
use crate::project::{Defined, Outline};

/// No program has more, and what has is made by one.
const ITEMS: usize = 4_000;
const IMPORTS: usize = 500;
/// The most frequent names tell enough.
const USES: usize = 200;
/// Characters of an import.
const LONGEST: usize = 240;

/// Words before a bracket that are no names of functions.
const KEYWORDS: &[&str] = &[
    "if", "for", "while", "switch", "match", "return", "catch", "fn", "func", "function", "def",
    "sizeof", "elif", "except", "print", "assert", "super", "self", "this", "Self", "None", "Some",
    "True", "False", "await", "async", "not", "and", "new", "Ok", "Err", "String", "Vec", "Option",
    "Result", "Box",
];

#[derive(Default)]
pub(in crate::ingest::extract) struct Links {
    namespaces: Vec<Defined>,
    defines: Vec<Defined>,
    imports: Vec<String>,
    uses: String,
    starts: Option<u32>,
}

impl From<Links> for Outline {
    fn from(links: Links) -> Self {
        let Links {
            namespaces: _,
            defines,
            imports,
            uses,
            starts,
        } = links;
        Self {
            defines,
            imports,
            uses,
            starts,
            package: None,
        }
    }
}

impl Links {
    /// Takes a node that imports something, or several.
    pub(super) fn import(&mut self, node: Node<'_>, text: &str) {
        let mut cursor = node.walk();
        let list = node.named_children(&mut cursor);
        let list = list.filter(|child| child.kind().starts_with("import_spec"));
        let mut specs = Vec::new();
        for child in list {
            let mut within = child.walk();
            match child.kind() {
                "import_spec_list" => specs.extend(child.named_children(&mut within)),
                _ => specs.push(child),
            }
        }
        if specs.is_empty() {
            specs.push(node);
        }
        for spec in specs {
            let said = text.get(spec.byte_range()).unwrap_or_default();
            self.note(said);
        }
    }

    /// Takes a namespace that is all around, and no item.
    pub(super) fn namespace(&mut self, path: &str, row: usize) {
        if self.namespaces.len() < ITEMS {
            self.namespaces.push(Defined {
                path: short(path, LONGEST),
                kind: SymbolKind::Module,
                line: u32::try_from(row + 1).unwrap_or(u32::MAX),
            });
        }
    }

    fn note(&mut self, import: &str) {
        if self.imports.len() < IMPORTS {
            self.imports.push(short(import, LONGEST));
        }
    }

    /// Takes what the text tells beside the syntax.
    pub(super) fn names(&mut self, language: &str, text: &str, items: &[Item]) {
        for line in text.lines() {
            if imports_by_call(language, line.trim_start()) {
                self.note(line.trim());
            }
        }
        let items = &items[..items.len().min(ITEMS)];
        self.defines = std::mem::take(&mut self.namespaces);
        self.defines.extend(items.iter().map(|item| Defined {
            path: item.symbol.path.clone(),
            kind: item.symbol.kind,
            line: item.symbol.line_start,
        }));
        self.starts = starts(language, text, items);
        let own: HashSet<_> = self.defines.iter().map(Defined::name).collect();
        self.uses = uses(text, &own);
    }
}

/// Tells whether a line names another file by a call, and not by syntax of its own.
fn imports_by_call(language: &str, line: &str) -> bool {
    let has = |word: &str| line.contains(word);
    match language {
        "ruby" => line.starts_with("require") || line.starts_with("load "),
        "lua" => has("require"),
        "javascript" | "typescript" | "tsx" => {
            has("require(") || (line.starts_with("export ") && has(" from "))
        }
        "zig" => has("@import("),
        "shell" => line.starts_with("source ") || line.starts_with(". "),
        "php" => line.starts_with("require") || line.starts_with("include"),
        "rust" => (line.starts_with("mod ") || line.starts_with("pub mod ")) && line.ends_with(';'),
        _ => false,
    }
}

/// Returns the line at which a program begins if it is run.
fn starts(language: &str, text: &str, items: &[Item]) -> Option<u32> {
    let main = |is: &dyn Fn(&Item) -> bool| {
        let mut items = items.iter();
        items
            .find(|item| is(item))
            .map(|item| item.symbol.line_start)
    };
    let line_of = |words: &str| {
        let at = text.find(words)?;
        u32::try_from(text[..at].matches('\n').count() + 1).ok()
    };
    match language {
        "rust" | "c" | "cpp" | "kotlin" | "zig" => main(&|item| item.symbol.path == "main"),
        "go" => line_of("package main").and_then(|_| main(&|item| item.symbol.path == "main")),
        "java" | "csharp" => main(&|item| {
            let symbol = &item.symbol;
            let name = symbol.path.rsplit('.').next().unwrap_or_default();
            name.eq_ignore_ascii_case("main") && symbol.signature.contains("static ")
        }),
        "scala" => main(&|item| {
            let symbol = &item.symbol;
            symbol.path.ends_with("main") || symbol.signature.contains("extends App")
        }),
        "swift" => line_of("@main"),
        "python" => line_of("if __name__ =="),
        "shell" | "ruby" | "javascript" | "typescript" | "php" | "lua" => {
            text.starts_with("#!").then_some(1)
        }
        _ => None,
    }
}

/// Lists names that are called, or look like types, the most frequent first, without those in `own`,
/// each on a line.
///
/// It reads the text and not the tree: that is many times as fast, and a name in a comment that means
/// nothing is defined nowhere.
fn uses(text: &str, own: &HashSet<&str>) -> String {
    let bytes = text.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut found: HashMap<&str, u32> = HashMap::new();
    let mut at = 0;
    while at < bytes.len() {
        let begin = at;
        while at < bytes.len() && is_name(bytes[at]) {
            at += 1;
        }
        let name = begin..at;
        if name.is_empty() {
            at += 1;
            continue;
        }
        let is_called = bytes.get(at) == Some(&b'(');
        let is_type = bytes[begin].is_ascii_uppercase();
        let is_long = (4..=60).contains(&name.len()) && !bytes[begin].is_ascii_digit();
        if is_long && (is_called || is_type) {
            *found.entry(&text[name]).or_insert(0) += 1;
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.retain(|(name, _)| !own.contains(name) && !KEYWORDS.contains(name));
    found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    found.truncate(USES);
    let names: Vec<_> = found.into_iter().map(|(name, _)| name).collect();
    names.join("\n")
}
