//! Where the headings of a program are: its functions, types and modules, by its syntax.
//!
//! An item begins with the comments and attributes right above it. What follows an item and is none
//! belongs to what is around again, and has a heading without a title.

mod grammars;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::Heading;
use grammars::{GRAMMARS, Grammar};

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
/// Nodes within nodes that are looked into.
const DEPTH: usize = 48;

/// Returns the items of a text in a language, in order; none where its syntax is not known.
pub(super) fn headings(language: &str, text: &str) -> Option<Vec<Heading>> {
    let grammar = GRAMMARS.iter().find(|grammar| grammar.name == language)?;
    let is_made = text.len() > LARGEST || text.split('\n').any(|line| line.len() > LONGEST_LINE);
    if is_made {
        return None;
    }
    let tree = parse(grammar, text)?;
    let mut outline = Outline {
        grammar,
        text,
        found: Vec::new(),
    };
    outline.list(tree.root_node(), None, 1, DEPTH);
    Some(outline.found)
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

struct Outline<'a> {
    grammar: &'static Grammar,
    text: &'a str,
    found: Vec<Heading>,
}

impl<'a> Outline<'a> {
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
            let above = above.take().filter(|(_, below)| line <= *below);
            let begin = earlier.take().or(above.map(|(begin, _)| begin));
            let begin = begin.unwrap_or_else(|| self.line_of(child));
            last_line = Some(child.end_position().row);
            match self.item(child) {
                Some(item) => {
                    let title = title(item, self.text).unwrap_or_default();
                    self.add(begin, level, title);
                    is_open = true;
                    self.within(item, level + 1, depth - 1);
                }
                None if self.is_around(child) => {
                    self.close(begin, level, &mut is_open);
                    let before = self.found.len();
                    self.list(child, Some(begin), level, depth - 1);
                    is_open = self.found.len() > before;
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
        self.found.push(Heading { at, level, title });
    }

    /// Returns the item that a node is, or that it only stands around, if it is one alone.
    fn item(&self, node: Node<'a>) -> Option<Node<'a>> {
        let mut node = node;
        for _ in 0..4 {
            if self.grammar.items.contains(&node.kind()) && is_whole(node) {
                return title(node, self.text).map(|_| node);
            }
            if !self.is_around(node) {
                return None;
            }
            let mut cursor = node.walk();
            let mut children = node.named_children(&mut cursor).filter(|child| {
                self.grammar.items.contains(&child.kind()) || self.is_around(*child)
            });
            let only = children.next()?;
            if children.next().is_some() {
                return None;
            }
            drop(children);
            node = only;
        }
        None
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

/// Some grammars count the line end to a comment.
fn line_below(node: Node<'_>) -> usize {
    let end = node.end_position();
    end.row + usize::from(end.column > 0)
}

/// Tells whether a node says what its item is, and does not just name it.
fn is_whole(node: Node<'_>) -> bool {
    match node.kind() {
        "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier" => {
            node.child_by_field_name("body").is_some()
        }
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
            (None, Some(declared)) => text.get(declared.byte_range())?.to_owned(),
            (None, None) => text.get(first_name(node)?.byte_range())?.to_owned(),
        },
    };
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// Looks for the name within what C wraps around it: pointers, parameters, brackets.
fn declared(node: Node<'_>) -> Option<Node<'_>> {
    let mut inner = node.child_by_field_name("declarator")?;
    while let Some(next) = inner.child_by_field_name("declarator") {
        inner = next;
    }
    Some(inner)
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
