//! Where the headings of a program are: its functions, types and modules, by its syntax.
//!
//! An item begins with the comments and attributes right above it. What follows an item and is none
//! belongs to what is around again, and has a heading without a title.

mod branches;
mod found;
mod grammars;
mod held;
mod links;
mod names;
mod seams;
mod signature;
mod torn;

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::{Heading, Item, Seam};
use crate::index::{Symbol, SymbolKind};
use found::{Found, goes_on};
use grammars::{GRAMMARS, Grammar};
use links::Links;
use names::title;
use signature::short;

/// Larger files are data, or made by programs; and some parsers take the square of what they do not
/// understand.
const LARGEST: usize = 256 << 10;
/// So are files with longer lines.
const LONGEST_LINE: usize = 5_000;
/// For parsers that do not take the square. What is no program takes 220 MB of memory and a third of
/// a second then; programs take 30 MB.
const LARGEST_OF_LINEAR: usize = 1 << 20;
/// Hundreds of steps of a parser for each KiB: programs need 10, what is of another language 20. With
/// more, memory grows with each of them.
const STEPS: usize = 32;
/// For each [`LARGEST`] bytes. Not to be reached but where each step takes long: it is no measure
/// that is the same each time.
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
    let largest = match grammar.is_linear {
        true => LARGEST_OF_LINEAR,
        false => LARGEST,
    };
    let is_made = text.len() > largest || text.split('\n').any(|line| line.len() > LONGEST_LINE);
    if is_made {
        return None;
    }
    let tree = parse(grammar, text)?;
    let mut found = read(grammar, text, &tree);
    if tree.root_node().has_error() {
        let mended = match grammar.name {
            "python" => torn::without(&tree, text),
            _ if grammar.has_preprocessor => branches::first_ones(text),
            _ => None,
        };
        // Two of them would be twice the memory.
        drop(tree);
        let other = mended.and_then(|text| parse(grammar, &text));
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
    let files = u32::try_from(1 + bytes.len() / LARGEST).unwrap_or(u32::MAX);
    let patience = PATIENCE.saturating_mul(files);
    let mut go_on = |_: &ParseState| {
        steps = steps.saturating_sub(1);
        match steps > 0 && begin.elapsed() < patience {
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
        let names = self.scope.len();
        // Where the comments above begin, and the line below them.
        let mut above: Option<(usize, usize)> = None;
        let mut last_line = None;
        // Where a line begins that its grammar took for two things.
        let mut lead: Option<usize> = None;
        let mut is_open = false;
        let mut cursor = node.walk();
        let mut children = node.named_children(&mut cursor).peekable();
        while let Some(child) = children.next() {
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
            let lead_of = lead.take();
            let body = children.next_if(|next| self.is_body_of(child, *next));
            let found = match body {
                Some(body) => self.defined(child, body),
                None => self.item(child),
            };
            match found {
                Some(mut found) => {
                    found.begin = lead_of.unwrap_or(found.begin);
                    self.add(begin, level, found.title.clone());
                    is_open = true;
                    let item = found.item;
                    // Where indentation says where an item ends, its node goes on to the next one.
                    let end = body.unwrap_or(child).end_byte();
                    let said = self.text.get(begin..end).unwrap_or_default();
                    let end = begin + said.trim_end().len();
                    let named = self.note(begin..end, found);
                    self.scope.push(named);
                    self.within(item, level + 1, depth - 1);
                    self.scope.pop();
                }
                None if self.grammar.has_preprocessor && goes_on(child, children.peek()) => {
                    earlier = Some(begin);
                    lead = lead_of.or(Some(child.start_byte()));
                }
                // So does what has no name, such as a namespace of one file.
                None if self.is_open(node, child) => {
                    self.close(begin, level, &mut is_open);
                    let before = self.found.headings.len();
                    let around = self.enter(child, names);
                    self.list(child, Some(begin), level, depth - 1);
                    self.scope.truncate(around);
                    is_open = self.found.headings.len() > before;
                }
                None => self.close(begin, level, &mut is_open),
            }
        }
        self.scope.truncate(names);
    }

    /// Takes the name of a namespace that is no item, and returns how many names are around what
    /// follows it.
    fn enter(&mut self, node: Node<'a>, names: usize) -> usize {
        let is_namespace = matches!(
            node.kind(),
            "namespace_definition" | "file_scoped_namespace_declaration"
        );
        if !is_namespace {
            return self.scope.len();
        }
        let has_body = node.child_by_field_name("body").is_some();
        // The next one of a file is not within the one before.
        self.scope.truncate(names);
        if let Some(title) = title(node, self.text) {
            let row = node.start_position().row;
            self.found.links.namespace(&title, row);
            self.scope.push((title, SymbolKind::Module));
        }
        match has_body {
            true => names,
            false => self.scope.len(),
        }
    }

    /// Takes the items within an item.
    fn within(&mut self, item: Node<'a>, level: usize, depth: usize) {
        if let Some(held) = held::held(item, self.text) {
            if let Some(inner) = held::inner(held, self.text) {
                self.list(inner, None, level, depth);
            }
            return;
        }
        let body = item.child_by_field_name("body");
        let mut cursor = item.walk();
        for child in item.named_children(&mut cursor) {
            if Some(child) == body || self.is_around(child) || child.is_error() {
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
    fn note(&mut self, range: Range<usize>, found: Found<'a>) -> (String, SymbolKind) {
        let Found {
            item,
            kind,
            title,
            line: first,
            begin,
            end,
        } = found;
        let around = self.scope.last().map(|(_, kind)| *kind);
        let signature = signature::of(begin..end, item, self.text);
        let kind = signature::kind(item, kind, around, (&signature, self.text));
        let name = match kind {
            SymbolKind::Impl => names::own_name(item, self.text).unwrap_or(title),
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
        let said = self.text.get(begin..end).unwrap_or_default();
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

#[cfg(test)]
mod named_tests;
#[cfg(test)]
mod tests;
