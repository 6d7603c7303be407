//! What a name is given: the function, class or table behind the sign of equality, also where calls
//! are around it (`memo(() => …)`).

use tree_sitter::Node;

/// Calls and tables within others that are looked into.
const DEPTH: usize = 4;

/// Methods of lists and promises: what comes of them is no function.
const ASK: &[&str] = &[
    "map",
    "filter",
    "reduce",
    "find",
    "findIndex",
    "some",
    "every",
    "then",
    "catch",
    "finally",
    "flatMap",
    "sort",
    "forEach",
    "replace",
];

/// Returns what an item gives its name to, as it is written.
pub(super) fn value(item: Node<'_>) -> Option<Node<'_>> {
    match item.kind() {
        "variable_declarator"
        | "pair"
        | "field"
        | "field_definition"
        | "public_field_definition"
        | "export_statement" => item.child_by_field_name("value"),
        "assignment_expression" | "assignment" => item.child_by_field_name("right"),
        "assignment_statement" => first(item, "expression_list")?.child_by_field_name("value"),
        _ => None,
    }
}

/// Returns the function, class or table that an item gives its name to.
pub(super) fn held<'a>(item: Node<'a>, text: &str) -> Option<Node<'a>> {
    match item.kind() {
        // Ruby defines methods by a call, too.
        "call" => item.child_by_field_name("block"),
        _ => unwrapped(value(item)?, text, DEPTH),
    }
}

/// Tells whether a node is a function or a class without a name of its own.
pub(super) fn is_nameless(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "arrow_function"
            | "function_expression"
            | "generator_function"
            | "function_definition"
            | "class"
    )
}

/// Returns what holds the items within a function, a class or a table.
pub(super) fn inner<'a>(held: Node<'a>, text: &str) -> Option<Node<'a>> {
    if is_table(held) {
        return Some(held);
    }
    let body = held.child_by_field_name("body")?;
    match body.kind() {
        // A function that only returns a table.
        "parenthesized_expression" => unwrapped(body, text, DEPTH),
        _ => Some(body),
    }
}

/// Returns where an item that holds something has its body: a table is its own, and so is a block.
pub(super) fn body(held: Node<'_>) -> Option<Node<'_>> {
    if is_table(held) || held.kind().ends_with("block") {
        return Some(held);
    }
    held.child_by_field_name("body")
}

/// Tells whether a node is a table of names.
pub(super) fn is_table(node: Node<'_>) -> bool {
    matches!(node.kind(), "object" | "table_constructor")
}

fn unwrapped<'a>(node: Node<'a>, text: &str, depth: usize) -> Option<Node<'a>> {
    if is_nameless(node) {
        return Some(node);
    }
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "object" | "table_constructor" => has_functions(node, text, depth).then_some(node),
        "parenthesized_expression" | "as_expression" | "satisfies_expression" => {
            unwrapped(node.named_child(0)?, text, depth)
        }
        "assignment_expression" => unwrapped(value(node)?, text, depth),
        // `Point = Struct.new(:x) do … end`.
        "call" => {
            let block = node.child_by_field_name("block")?;
            let body = block.child_by_field_name("body")?;
            first(body, "method").map(|_| block)
        }
        "call_expression" | "new_expression" | "function_call" if is_wrap(node, text) => {
            let arguments = node.child_by_field_name("arguments")?;
            let mut cursor = arguments.walk();
            let mut arguments = arguments.named_children(&mut cursor);
            arguments.find_map(|argument| unwrapped(argument, text, depth))
        }
        _ => None,
    }
}

/// Tells whether a call gives back what it is given, or something like it.
fn is_wrap(call: Node<'_>, text: &str) -> bool {
    let called = ["function", "constructor", "name"]
        .into_iter()
        .find_map(|field| call.child_by_field_name(field));
    let said = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    let Some(called) = called else { return false };
    match (call.kind(), called.kind()) {
        ("function_call", _) => said(called) == "setmetatable",
        (_, "member_expression") => called
            .child_by_field_name("property")
            .is_some_and(|property| !ASK.contains(&said(property))),
        (_, "identifier") => !matches!(said(called), "Promise" | "setTimeout" | "setInterval"),
        // What a call returned is called: `connect(state)(View)`.
        (_, "call_expression") => true,
        _ => false,
    }
}

fn has_functions(table: Node<'_>, text: &str, depth: usize) -> bool {
    let mut cursor = table.walk();
    let mut children = table.named_children(&mut cursor);
    children.any(|child| match child.kind() {
        "method_definition" => true,
        "pair" | "field" => {
            value(child).is_some_and(|value| unwrapped(value, text, depth).is_some())
        }
        _ => false,
    })
}

/// Returns the first child of a kind.
fn first<'a>(node: Node<'a>, kind: &str) -> Option<Node<'a>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| child.kind() == kind)
}
