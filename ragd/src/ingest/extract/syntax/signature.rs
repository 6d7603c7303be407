//! What declares an item: everything before its body, on one line.

use std::ops::Range;

use tree_sitter::Node;

use super::held;
use crate::index::SymbolKind;

/// Characters of a signature.
const LONGEST: usize = 240;

/// Returns the signature of an item that `declared` is all of.
pub(super) fn of(declared: Range<usize>, item: Node<'_>, text: &str) -> String {
    let body = body(item, text);
    let end = body.map_or(declared.end, |body| body.start_byte());
    let all = text
        .get(declared.start..end.max(declared.start))
        .unwrap_or_default();
    // Without a body it may be as long as it likes.
    let all = match body {
        Some(_) => all,
        None => all.lines().next().unwrap_or_default(),
    };
    let line = short(all, LONGEST);
    let mut line = line.as_str();
    // What leads over to the body.
    while let Some(before) = ["{", "=>", "=", ":", ";", ",", "\\"]
        .iter()
        .find_map(|sign| line.strip_suffix(sign))
    {
        line = before.trim_end();
    }
    line.to_owned()
}

/// Returns a text on one line, of so many characters at most.
pub(super) fn short(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut left = longest;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        let blank = (!line.is_empty()).then_some(' ');
        for c in blank.into_iter().chain(word.chars()) {
            if left == 0 {
                line.push('…');
                return line;
            }
            left -= 1;
            line.push(c);
        }
    }
    line
}

/// Returns what an item is, more exactly than its node says.
pub(super) fn kind(
    item: Node<'_>,
    kind: SymbolKind,
    around: Option<SymbolKind>,
    (signature, text): (&str, &str),
) -> SymbolKind {
    // A name that is given to a class, or to a table of functions.
    match held::held(item, text) {
        Some(held) if held.kind() == "class" => return SymbolKind::Class,
        Some(held) if held::is_table(held) => return SymbolKind::Object,
        _ => {}
    }
    match kind {
        SymbolKind::Function if around.is_some_and(SymbolKind::has_methods) => SymbolKind::Method,
        SymbolKind::Function if signature.contains(".prototype.") => SymbolKind::Method,
        SymbolKind::Function if is_test(signature) => SymbolKind::Test,
        SymbolKind::Function if is_class(item) => SymbolKind::Class,
        // Swift and Kotlin have one kind of node for all of them.
        SymbolKind::Class => {
            let mut words = signature.split(|c: char| !c.is_alphanumeric());
            let word = words.find_map(|word| match word {
                "struct" => Some(SymbolKind::Struct),
                "enum" => Some(SymbolKind::Enum),
                "interface" => Some(SymbolKind::Interface),
                "extension" => Some(SymbolKind::Impl),
                "class" => Some(SymbolKind::Class),
                _ => None,
            });
            word.unwrap_or(kind)
        }
        // Go and Zig give names to types of any kind.
        SymbolKind::Type => {
            let is = |node: Node<'_>| match node.kind() {
                "struct_type" | "struct_declaration" | "union_declaration" | "struct_specifier" => {
                    Some(SymbolKind::Struct)
                }
                "interface_type" => Some(SymbolKind::Interface),
                "enum_declaration" | "enum_specifier" => Some(SymbolKind::Enum),
                _ => None,
            };
            let mut cursor = item.walk();
            let mut children = item.named_children(&mut cursor);
            children.find_map(is).unwrap_or(kind)
        }
        _ => kind,
    }
}

/// Tells whether a macro declares a test: `TEST_F(Suite, case)`.
fn is_test(signature: &str) -> bool {
    let name = signature.split('(').next().unwrap_or_default();
    name.len() < signature.len() && name.split('_').any(|word| word == "TEST")
}

/// Tells whether what C++ takes for a function is a class with a macro before its name.
fn is_class(item: Node<'_>) -> bool {
    let of = item.child_by_field_name("type").map(|of| of.kind());
    let name = item.child_by_field_name("declarator");
    matches!(of, Some("class_specifier" | "struct_specifier"))
        && name.is_some_and(|name| name.kind() == "identifier")
}

/// Returns what an item has within.
fn body<'a>(item: Node<'a>, text: &str) -> Option<Node<'a>> {
    if let Some(held) = held::held(item, text) {
        return held::body(held);
    }
    let named = match item.kind() {
        "preproc_function_def" => item.child_by_field_name("value"),
        _ => item.child_by_field_name("body"),
    };
    named.or_else(|| {
        let mut cursor = item.walk();
        let mut children = item.named_children(&mut cursor);
        children.find(|child| is_body(child.kind()))
    })
}

fn is_body(kind: &str) -> bool {
    kind.ends_with("body")
        || kind.ends_with("block")
        || matches!(
            kind,
            "declaration_list"
                | "struct_type"
                | "interface_type"
                | "struct_declaration"
                | "enum_declaration"
                | "union_declaration"
                | "accessor_list"
                | "token_tree"
                | "field_declaration_list"
                | "ordered_field_declaration_list"
                | "enum_variant_list"
                | "body_statement"
        )
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn blanks_are_characters() {
        assert_eq!(short("a  b\n\tc", 5), "a b c");
        assert_eq!(short("a b c", 4), "a b …");
        let words = "x ".repeat(1_000);
        assert_eq!(short(&words, 240).chars().count(), 241);
    }
}
