//! What an item is called.

use tree_sitter::Node;

use super::held;

/// Names within names that are looked into.
const DEPTH: usize = 16;

/// Returns the name of an item, and of what it says to belong to.
pub(super) fn title(node: Node<'_>, text: &str) -> Option<String> {
    let field = |node: Node<'_>, name| {
        let node = node.child_by_field_name(name)?;
        said(node, text).map(str::to_owned)
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
        "secondary_constructor" => "constructor".to_owned(),
        "subscript_declaration" => "subscript".to_owned(),
        "deinit_declaration" => "deinit".to_owned(),
        "indexer_declaration" => "this".to_owned(),
        "destructor_declaration" => format!("~{}", field(node, "name")?),
        "operator_declaration" => format!("operator {}", field(node, "operator")?),
        "conversion_operator_declaration" => format!("operator {}", field(node, "type")?),
        "type_alias" => field(node, "name").or_else(|| field(node, "type"))?,
        "given_definition" => match field(node, "name") {
            Some(name) => name,
            None => format!("given {}", field(node, "return_type")?),
        },
        "method_declaration" if node.child_by_field_name("receiver").is_some() => {
            let of = field(node, "receiver")?;
            format!("{}.{}", receiver(&of), field(node, "name")?)
        }
        "function_declaration" => {
            let name = field(node, "name").or_else(|| fallback(node, text))?;
            match extended(node, text) {
                Some(of) => format!("{of}.{name}"),
                None => name,
            }
        }
        "assignment_expression" | "assignment_statement" | "assignment" => assigned(node, text)?,
        "pair" | "field" | "field_definition" => key(node, text)?,
        "export_statement" => {
            let held = held::held(node, text);
            held.and_then(|held| field(held, "name"))
                .unwrap_or_else(|| "default".to_owned())
        }
        "call" => argument(node, text)?,
        "expression_statement" => argument(node.named_child(0)?, text)?,
        _ => match field(node, "name") {
            Some(name) => name,
            None => fallback(node, text)?,
        },
    };
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// Returns the name of the type that an item adds to.
pub(super) fn own_name(node: Node<'_>, text: &str) -> Option<String> {
    let own = node.child_by_field_name("type")?;
    let own = said(own, text)?;
    let own = own.split('<').next().unwrap_or(own);
    Some(own.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Tells whether a name is written as those of macros are.
pub(super) fn is_shouted(name: &str) -> bool {
    let is_loud = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() > 2
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(is_loud)
}

fn said<'t>(node: Node<'_>, text: &'t str) -> Option<&'t str> {
    text.get(node.byte_range())
}

/// Returns the name of what has no field for it.
fn fallback(node: Node<'_>, text: &str) -> Option<String> {
    let Some((holder, declared)) = declared(node) else {
        return said(first_name(node)?, text).map(str::to_owned);
    };
    if let Some(name) = given(holder, declared, text) {
        return Some(name);
    }
    let name = qualified(declared, text)?;
    // What converts goes on with its parameters.
    match name.find("operator ") {
        Some(at) => Some(match name[at..].find('(') {
            Some(end) => name[..at + end].to_owned(),
            None => name,
        }),
        None => Some(name),
    }
}

/// Looks for the name within what C wraps around it: pointers, parameters, brackets. Returns the last
/// of these and the name.
fn declared(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let mut holder = node;
    let mut inner = node.child_by_field_name("declarator")?;
    // What converts has no name but its type.
    while inner.kind() != "operator_cast" {
        let next = inner.child_by_field_name("declarator").or_else(|| {
            // References and brackets do not say which of their parts that is.
            let wraps = inner.kind().ends_with("declarator");
            wraps.then(|| inner.named_child(0)).flatten()
        });
        match next {
            Some(next) => (holder, inner) = (inner, next),
            None => break,
        }
    }
    Some((holder, inner))
}

/// Returns a name with the names around it, without what these are made of: `Box::put` of
/// `Box<T>::put`.
fn qualified(node: Node<'_>, text: &str) -> Option<String> {
    let (mut node, mut name) = (node, String::new());
    for _ in 0..DEPTH {
        if node.kind() != "qualified_identifier" {
            break;
        }
        if let Some(scope) = node.child_by_field_name("scope") {
            let own = match scope.kind() {
                "template_type" => scope.child_by_field_name("name"),
                _ => None,
            };
            name.push_str(said(own.unwrap_or(scope), text)?);
        }
        name.push_str("::");
        node = node.child_by_field_name("name")?;
    }
    name.push_str(said(node, text)?);
    Some(name)
}

/// Returns the names that a macro is given which defines a function: `TEST(Suite, case) { … }`.
fn given(holder: Node<'_>, declared: Node<'_>, text: &str) -> Option<String> {
    let name = said(declared, text)?;
    if !is_shouted(name) {
        return None;
    }
    let parameters = holder.child_by_field_name("parameters")?;
    let mut cursor = parameters.walk();
    let mut names = parameters.named_children(&mut cursor).map_while(|node| {
        let of = node.child_by_field_name("type")?;
        let is_name = of.kind() == "type_identifier" && of.byte_range() == node.byte_range();
        is_name.then(|| said(of, text)).flatten()
    });
    let first = names.next()?;
    match names.next().filter(|_| name.contains("TEST")) {
        Some(second) => Some(format!("{first}.{second}")),
        None => Some(first.to_owned()),
    }
}

/// Returns the first argument of a call, if it is a name.
fn argument(call: Node<'_>, text: &str) -> Option<String> {
    let arguments = call.child_by_field_name("arguments")?;
    let name = plain(said(arguments.named_child(0)?, text)?);
    is_path(name).then(|| name.to_owned())
}

/// Returns the type that a method is of, without what it is made of.
fn receiver(receiver: &str) -> &str {
    let of = receiver.trim_start_matches('(');
    let of = of.split(['[', ')']).next().unwrap_or(of).trim();
    let of = of.rsplit([' ', '*']).next().unwrap_or(of);
    of.trim_start_matches('*')
}

/// Returns the type that a function is given to from outside: `fun String.twice()`.
fn extended<'t>(node: Node<'_>, text: &'t str) -> Option<&'t str> {
    let name = node.child_by_field_name("name")?;
    let mut cursor = node.walk();
    let mut children = node.named_children(&mut cursor);
    let of = children
        .by_ref()
        .take_while(|child| child.start_byte() < name.start_byte())
        .find(|child| matches!(child.kind(), "user_type" | "nullable_type"))?;
    let of = said(of, text)?;
    of.split(['<', '?']).next()
}

/// Returns what is assigned to, as people say it: `Walrus.swim` of `Walrus.prototype.swim`.
fn assigned(node: Node<'_>, text: &str) -> Option<String> {
    if let Some(held) = held::held(node, text).filter(|_| node.kind() == "assignment_expression") {
        let left = node.child_by_field_name("left")?;
        let own = held.child_by_field_name("name");
        if let Some(own) = own.filter(|_| said(left, text) == Some("module.exports")) {
            return said(own, text).map(str::to_owned);
        }
    }
    let left = node
        .child_by_field_name("left")
        .or_else(|| node.named_child(0))?;
    let left = said(left, text)?;
    let name = ["module.", "this.", "self."]
        .iter()
        .find_map(|of| left.strip_prefix(of))
        .unwrap_or(left);
    is_path(name).then(|| name.replace(".prototype", ""))
}

/// Returns the name of an entry of a table, or of a class.
fn key(node: Node<'_>, text: &str) -> Option<String> {
    let key = ["key", "name", "property"]
        .into_iter()
        .find_map(|field| node.child_by_field_name(field))?;
    let name = plain(said(key, text)?);
    let is_computed = name.contains(['[', '(']);
    (!is_computed && name.len() < 100).then(|| name.to_owned())
}

/// Returns a name without what makes it a string, or a symbol.
fn plain(name: &str) -> &str {
    name.trim_start_matches(':').trim_matches(['"', '\'', '`'])
}

/// Tells whether a text is names and what joins them.
fn is_path(name: &str) -> bool {
    let may =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '_' | '$' | '#' | '?' | '!' | '=');
    !name.is_empty() && name.chars().all(may)
}

fn first_name(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| {
        let kind = child.kind();
        kind.ends_with("identifier") || kind == "string"
    })
}
