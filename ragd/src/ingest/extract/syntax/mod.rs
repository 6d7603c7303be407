//! Where the headings of a program are: its functions, types and modules, by its syntax.
//!
//! An item begins with the comments and attributes right above it. What follows an item and is none
//! belongs to what is around again, and has a heading without a title.

mod branches;
mod grammars;
mod links;
mod seams;
mod signature;

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::{Heading, Item, Seam};
use crate::index::{Symbol, SymbolKind};
use grammars::{GRAMMARS, Grammar};
use links::Links;
use signature::short;

/// Larger files are data, or made by programs; and some parsers take the square of what they do not
/// understand.
const LARGEST: usize = 256 << 10;
/// So are files with longer lines.
const LONGEST_LINE: usize = 5_000;
/// Hundreds of steps of a parser for each KiB: programs need 10, what is of another language 20. With
/// more, memory grows with each of them.
const STEPS: usize = 32;
/// Not to be reached but where each step takes long: it is no measure that is the same each time.
const PATIENCE: Duration = Duration::from_secs(2);
/// Items within items that count.
const LEVELS: usize = 6;
/// Characters of a path of names.
const LONGEST_PATH: usize = 200;
/// Nodes within nodes that are looked into.
const DEPTH: usize = 48;

/// What the syntax of a program tells.
#[derive(Default)]
pub(super) struct Structure {
    /// Each item, and where none goes on.
    pub(super) headings: Vec<Heading>,
    pub(super) items: Vec<Item>,
    pub(super) seams: Vec<Seam>,
    /// What it says of itself and of others.
    pub(super) links: Links,
}

/// Returns the outline of a text in a language; none where its syntax is not known.
pub(super) fn outline(language: &str, text: &str) -> Option<Structure> {
    let grammar = GRAMMARS.iter().find(|grammar| grammar.name == language)?;
    let is_made = text.len() > LARGEST || text.split('\n').any(|line| line.len() > LONGEST_LINE);
    if is_made {
        return None;
    }
    let tree = parse(grammar, text)?;
    let mut found = read(grammar, text, &tree);
    if grammar.has_branches && tree.root_node().has_error() {
        let one_branch = branches::first_ones(text);
        let other = one_branch.and_then(|text| parse(grammar, &text));
        let other = other.map(|tree| read(grammar, text, &tree));
        if let Some(other) = other.filter(|other| other.items.len() > found.items.len()) {
            // What is imported may depend on a condition.
            found = Structure {
                links: found.links,
                ..other
            };
        }
    }
    found.links.names(language, text, &found.items);
    Some(found)
}

fn read(grammar: &'static Grammar, text: &str, tree: &Tree) -> Structure {
    let mut reader = Reader {
        grammar,
        text,
        scope: Vec::new(),
        found: Structure::default(),
    };
    reader.list(tree.root_node(), None, 1, DEPTH);
    reader.found.seams = seams::seams(tree, text, |node| reader.is_above(node));
    reader.found
}

/// Lists the languages whose syntax is known.
#[cfg(test)]
pub(in crate::ingest) fn languages() -> impl Iterator<Item = &'static str> {
    GRAMMARS.iter().map(|grammar| grammar.name)
}

fn parse(grammar: &Grammar, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&(grammar.language)()).ok()?;
    let bytes = text.as_bytes();
    let (begin, mut steps) = (Instant::now(), STEPS * (1 + bytes.len() / 1_024));
    let mut go_on = |_: &ParseState| {
        steps = steps.saturating_sub(1);
        match steps > 0 && begin.elapsed() < PATIENCE {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    };
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut go_on);
    parser.parse_with_options(&mut read, None, Some(options))
}

struct Reader<'a> {
    grammar: &'static Grammar,
    text: &'a str,
    /// The names of the items around, and what these are.
    scope: Vec<(String, SymbolKind)>,
    found: Structure,
}

impl<'a> Reader<'a> {
    /// Takes the items among the children of `node`, the first of which may begin `earlier`.
    fn list(&mut self, node: Node<'a>, earlier: Option<usize>, level: usize, depth: usize) {
        if depth == 0 || level > LEVELS {
            return;
        }
        let mut earlier = earlier;
        // Where the comments above begin, and the line below them.
        let mut above: Option<(usize, usize)> = None;
        let mut last_line = None;
        let mut is_open = false;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let line = child.start_position().row;
            if self.is_above(child) {
                // One behind an item says something of that.
                if last_line != Some(line) {
                    let begin = match above {
                        Some((begin, below)) if line <= below => begin,
                        _ => self.line_of(child),
                    };
                    above = Some((begin, line_below(child)));
                }
                continue;
            }
            if self.grammar.imports.contains(&child.kind()) {
                self.found.links.import(child, self.text);
            }
            let above = above.take().filter(|(_, below)| line <= *below);
            let begin = earlier.take().or(above.map(|(begin, _)| begin));
            let begin = begin.unwrap_or_else(|| self.line_of(child));
            last_line = Some(child.end_position().row);
            match self.item(child) {
                Some(Found {
                    item,
                    declared,
                    kind,
                }) => {
                    let title = title(item, self.text).unwrap_or_default();
                    self.add(begin, level, title.clone());
                    is_open = true;
                    let range = begin..child.end_byte();
                    let (name, kind) = self.note(range, declared, item, (title, kind));
                    self.scope.push((name, kind));
                    self.within(item, level + 1, depth - 1);
                    self.scope.pop();
                }
                // So does what has no name, such as a namespace of one file.
                None if self.is_around(child) || self.kind(child).is_some() => {
                    self.close(begin, level, &mut is_open);
                    let before = self.found.headings.len();
                    self.list(child, Some(begin), level, depth - 1);
                    is_open = self.found.headings.len() > before;
                }
                None => self.close(begin, level, &mut is_open),
            }
        }
    }

    /// Takes the items within an item.
    fn within(&mut self, item: Node<'a>, level: usize, depth: usize) {
        let body = item.child_by_field_name("body");
        let mut cursor = item.walk();
        for child in item.named_children(&mut cursor) {
            if Some(child) == body || self.is_around(child) {
                self.list(child, None, level, depth);
            }
        }
    }

    /// Ends the item before, if there is one.
    fn close(&mut self, at: usize, level: usize, is_open: &mut bool) {
        if std::mem::take(is_open) {
            self.add(at, level, String::new());
        }
    }

    fn add(&mut self, at: usize, level: usize, title: String) {
        self.found.headings.push(Heading { at, level, title });
    }

    /// Notes an item, and returns its name and what it is.
    fn note(
        &mut self,
        range: Range<usize>,
        declared: Node<'a>,
        item: Node<'a>,
        (title, kind): (String, SymbolKind),
    ) -> (String, SymbolKind) {
        let around = self.scope.last().map(|(_, kind)| *kind);
        let signature = signature::of(declared, item, self.text);
        let kind = signature::kind(item, kind, around, &signature);
        let name = match kind {
            SymbolKind::Impl => own_name(item, self.text).unwrap_or(title),
            _ => title,
        };
        let mut path = String::new();
        for (name, _) in &self.scope {
            path.push_str(name);
            path.push_str(self.grammar.joint);
        }
        path.push_str(&name);
        let line = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        // Where indentation says where an item ends, its node ends with the line end, or behind that.
        let said = self.text.get(declared.byte_range()).unwrap_or_default();
        let first = declared.start_position().row + 1;
        let last = first + said.trim_end().matches('\n').count();
        self.found.items.push(Item {
            range,
            symbol: Symbol {
                path: short(&path, LONGEST_PATH),
                kind,
                signature,
                line_start: line(first),
                line_end: line(last),
            },
        });
        (name, kind)
    }

    /// Returns the item that a node is, or that it only stands around, if it is one alone.
    fn item(&self, node: Node<'a>) -> Option<Found<'a>> {
        let (mut node, mut declared) = (node, node);
        for _ in 0..4 {
            if let Some(kind) = self.kind(node).filter(|_| is_whole(node)) {
                return title(node, self.text).map(|_| Found {
                    item: node,
                    declared,
                    kind,
                });
            }
            if !self.is_around(node) {
                return None;
            }
            let mut cursor = node.walk();
            let mut children = node
                .named_children(&mut cursor)
                .filter(|child| self.kind(*child).is_some() || self.is_around(*child));
            let only = children.next()?;
            if children.next().is_some() {
                return None;
            }
            drop(children);
            if is_apart(node) {
                declared = only;
            }
            node = only;
        }
        None
    }

    /// Returns what a node is, if it is of a kind that is an item.
    fn kind(&self, node: Node<'_>) -> Option<SymbolKind> {
        let mut items = self.grammar.items.iter();
        items
            .find(|(of, _)| *of == node.kind())
            .map(|(_, kind)| *kind)
    }

    fn is_around(&self, node: Node<'_>) -> bool {
        self.grammar.around.contains(&node.kind())
    }

    fn is_above(&self, node: Node<'_>) -> bool {
        node.kind().contains("comment") || self.grammar.before.contains(&node.kind())
    }

    /// Returns the beginning of the line that a node begins, or else its own.
    fn line_of(&self, node: Node<'_>) -> usize {
        let at = node.start_byte();
        let line = at.saturating_sub(node.start_position().column);
        let before = self.text.get(line..at).unwrap_or_default();
        if before.trim_start().is_empty() {
            line
        } else {
            at
        }
    }
}

/// An item, and all that declares it.
struct Found<'a> {
    item: Node<'a>,
    declared: Node<'a>,
    kind: SymbolKind,
}

/// Tells whether what stands around an item is no part of what is declared: a decorator, a condition
/// of the preprocessor, the body of something else.
fn is_apart(node: Node<'_>) -> bool {
    let kind = node.kind();
    kind.starts_with("preproc_")
        || matches!(
            kind,
            "decorated_definition"
                | "enum_body_declarations"
                | "class_body"
                | "block"
                | "declaration_list"
        )
}

/// Some grammars count the line end to a comment.
fn line_below(node: Node<'_>) -> usize {
    let end = node.end_position();
    end.row + usize::from(end.column > 0)
}

/// Tells whether a node says what its item is, and does not just name it.
fn is_whole(node: Node<'_>) -> bool {
    match node.kind() {
        "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier"
        | "mod_item" => node.child_by_field_name("body").is_some(),
        "variable_declarator" => node.child_by_field_name("value").is_some_and(|value| {
            matches!(
                value.kind(),
                "arrow_function" | "function_expression" | "generator_function" | "class"
            )
        }),
        "variable_declaration" => {
            let mut cursor = node.walk();
            node.named_children(&mut cursor)
                .any(|child| child.kind().ends_with("_declaration"))
        }
        _ => true,
    }
}

fn title(node: Node<'_>, text: &str) -> Option<String> {
    let field = |node: Node<'_>, name| {
        let node = node.child_by_field_name(name)?;
        text.get(node.byte_range()).map(str::to_owned)
    };
    let title = match node.kind() {
        "impl_item" => {
            let own = field(node, "type")?;
            match field(node, "trait") {
                Some(of) => format!("{of} for {own}"),
                None => own,
            }
        }
        "companion_object" => field(node, "name").unwrap_or_else(|| "companion".to_owned()),
        "method_declaration" if node.child_by_field_name("receiver").is_some() => {
            let of = field(node, "receiver")?;
            let of = of.trim_matches(['(', ')']);
            let of = of.rsplit(' ').next().unwrap_or(of);
            format!("{}.{}", of.trim_start_matches('*'), field(node, "name")?)
        }
        _ => match (field(node, "name"), declared(node)) {
            (Some(name), _) => name,
            (None, Some(declared)) => {
                let declared = text.get(declared.byte_range())?;
                match declared.strip_prefix("operator ") {
                    Some(of) => format!("operator {}", of.split('(').next().unwrap_or(of)),
                    None => declared.to_owned(),
                }
            }
            (None, None) => text.get(first_name(node)?.byte_range())?.to_owned(),
        },
    };
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// Looks for the name within what C wraps around it: pointers, parameters, brackets.
fn declared(node: Node<'_>) -> Option<Node<'_>> {
    let mut inner = node.child_by_field_name("declarator")?;
    // What converts has no name but its type.
    while inner.kind() != "operator_cast" {
        let next = inner.child_by_field_name("declarator").or_else(|| {
            // References and brackets do not say which of their parts that is.
            let wraps = inner.kind().ends_with("declarator");
            wraps.then(|| inner.named_child(0)).flatten()
        });
        match next {
            Some(next) => inner = next,
            None => break,
        }
    }
    Some(inner)
}

/// Returns the name of the type that an item adds to.
fn own_name(node: Node<'_>, text: &str) -> Option<String> {
    let own = node.child_by_field_name("type")?;
    let own = text.get(own.byte_range())?;
    let own = own.split('<').next().unwrap_or(own);
    Some(own.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn first_name(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| {
        let kind = child.kind();
        kind.ends_with("identifier") || kind == "string"
    })
}

#[cfg(test)]
mod tests;
