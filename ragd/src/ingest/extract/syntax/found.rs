//! Which nodes are items.

use tree_sitter::Node;

use super::names::title;
use super::{Reader, held, names};
use crate::index::SymbolKind;

/// An item.
pub(super) struct Found<'a> {
    pub(super) item: Node<'a>,
    pub(super) kind: SymbolKind,
    pub(super) title: String,
    /// Of what declares it, from 1.
    pub(super) line: usize,
    /// All that declares it.
    pub(super) begin: usize,
    pub(super) end: usize,
}

impl<'a> Found<'a> {
    fn new(item: Node<'a>, kind: SymbolKind, title: String, declared: Node<'a>) -> Self {
        Self {
            item,
            kind,
            title,
            line: declared.start_position().row + 1,
            begin: declared.start_byte(),
            end: declared.end_byte(),
        }
    }
}

impl<'a> Reader<'a> {
    /// Returns the item that a node is, or that it only stands around, if it is one alone.
    pub(super) fn item(&self, node: Node<'a>) -> Option<Found<'a>> {
        let (mut node, mut declared) = (node, node);
        for _ in 0..4 {
            if let Some(kind) = self.kind(node).filter(|_| self.is_whole(node)) {
                let title = title(node, self.text)?;
                return Some(Found::new(node, kind, title, declared));
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

    /// Returns the item that a macro and the block behind it are: `SYSCALL_DEFINE1(name, …) { … }`.
    pub(super) fn defined(&self, call: Node<'a>, body: Node<'a>) -> Option<Found<'a>> {
        let title = title(call, self.text)?;
        let mut found = Found::new(call, SymbolKind::Function, title, call);
        found.end = body.end_byte();
        Some(found)
    }

    /// Tells whether a node is the body of a function that is defined by the call of a macro, which
    /// no grammar of C knows.
    pub(super) fn is_body_of(&self, call: Node<'a>, node: Node<'a>) -> bool {
        self.grammar.has_preprocessor
            && node.kind() == "compound_statement"
            && call.kind() == "expression_statement"
            && self.is_outermost()
            && is_cut_off(call)
            && call
                .named_child(0)
                .and_then(|call| call.child_by_field_name("function"))
                .and_then(|name| self.text.get(name.byte_range()))
                .is_some_and(names::is_shouted)
    }

    /// Tells whether items may be among the children of `child`, which is none.
    pub(super) fn is_open(&self, node: Node<'a>, child: Node<'a>) -> bool {
        self.is_around(child)
            || self.kind(child).is_some()
            // Behind a broken line all of a file may be within what is not understood.
            || child.is_error()
            || (node.is_error() && is_body(child))
    }

    /// Tells whether only modules and tables are around.
    fn is_outermost(&self) -> bool {
        let mut around = self.scope.iter().map(|(_, kind)| kind);
        around.all(|kind| matches!(kind, SymbolKind::Module | SymbolKind::Object))
    }

    fn is_in_function(&self) -> bool {
        let mut around = self.scope.iter().map(|(_, kind)| kind);
        around.any(|kind| matches!(kind, SymbolKind::Function | SymbolKind::Method))
    }

    /// Tells whether a node says what its item is, and does not just name it.
    fn is_whole(&self, node: Node<'a>) -> bool {
        match node.kind() {
            "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier"
            | "mod_item" => node.child_by_field_name("body").is_some(),
            "variable_declaration" => {
                let mut cursor = node.walk();
                node.named_children(&mut cursor)
                    .any(|child| child.kind().ends_with("_declaration"))
            }
            // Those of a type are parts of it, and those of a function its own affair.
            "const_item" | "static_item" | "type_item" => self.is_outermost(),
            // Their names belong to the paths of what follows.
            "file_scoped_namespace_declaration" => false,
            "namespace_definition" => self.grammar.name != "php",
            "assignment" => {
                let left = node.child_by_field_name("left");
                left.is_some_and(|left| left.kind() == "constant")
                    && held::held(node, self.text).is_some()
            }
            // So are loops that a macro makes within functions.
            "function_definition" if self.grammar.has_preprocessor && self.is_in_function() => {
                let declared = node.child_by_field_name("declarator");
                node.child_by_field_name("type").is_some()
                    && declared.is_some_and(|name| name.kind() != "parenthesized_declarator")
            }
            "call" => {
                let method = node.child_by_field_name("method");
                let method = method.and_then(|method| self.text.get(method.byte_range()));
                let first = node
                    .child_by_field_name("arguments")
                    .and_then(|arguments| arguments.named_child(0));
                // Another name is not known before it runs.
                method == Some("define_method")
                    && first.is_some_and(|name| matches!(name.kind(), "simple_symbol" | "string"))
            }
            "variable_declarator"
            | "assignment_expression"
            | "assignment_statement"
            | "pair"
            | "field"
            | "field_definition"
            | "public_field_definition"
            | "export_statement" => self.is_given(node),
            _ => true,
        }
    }

    /// Tells whether a name is given to a function, a class, or a table of these.
    fn is_given(&self, node: Node<'a>) -> bool {
        if !self.is_in_function() {
            return held::held(node, self.text).is_some();
        }
        // Within functions tables and calls are what they work with.
        let is_own = node.kind() != "assignment_expression" || {
            let left = node.child_by_field_name("left");
            let left = left.and_then(|left| self.text.get(left.byte_range()));
            left.is_some_and(|left| !left.contains('.') || left.starts_with("this."))
        };
        is_own && held::value(node).is_some_and(held::is_nameless)
    }

    /// Returns what a node is, if it is of a kind that is an item.
    pub(super) fn kind(&self, node: Node<'_>) -> Option<SymbolKind> {
        // To ask for it costs more than to compare it.
        let name = node.kind();
        let mut items = self.grammar.items.iter();
        items.find(|(of, _)| *of == name).map(|(_, kind)| *kind)
    }

    pub(super) fn is_around(&self, node: Node<'_>) -> bool {
        self.grammar.around.contains(&node.kind())
    }

    pub(super) fn is_above(&self, node: Node<'_>) -> bool {
        let name = node.kind();
        name.contains("comment") || self.grammar.before.contains(&name)
    }
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
                | "body_statement"
                | "compound_statement"
                | "declaration_list"
                | "else"
                | "else_clause"
                | "expression_list"
                | "return_statement"
                | "table_constructor"
                | "then"
        )
}

/// Tells whether a node holds what belongs to an item around, which is not understood as a whole.
fn is_body(node: Node<'_>) -> bool {
    let kind = node.kind();
    kind.ends_with("body")
        || matches!(
            kind,
            "block"
                | "compound_statement"
                | "statement_block"
                | "declaration_list"
                | "field_declaration_list"
                | "body_statement"
        )
}

/// Tells whether what a grammar takes for a whole goes on in its line: C has attributes of all kinds
/// before a name, which are macros.
pub(super) fn goes_on(node: Node<'_>, next: Option<&Node<'_>>) -> bool {
    let row = node.start_position().row;
    node.end_position().row == row
        && next.is_some_and(|next| next.start_position().row == row)
        && (node.is_error() || is_cut_off(node))
}

/// Tells whether the end of a statement had to be thought of.
fn is_cut_off(node: Node<'_>) -> bool {
    let last = node.child_count().checked_sub(1);
    let last = last.and_then(|last| node.child(last));
    last.is_some_and(|last| last.is_missing())
}
