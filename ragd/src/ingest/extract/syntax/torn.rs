//! Programs in Python in which somebody left a bracket open: all that follows is within it then, and
//! no grammar finds an end. The lines from there to the next definition are made blank.

use tree_sitter::{Node, Tree};

/// Places that are mended at once.
const PLACES: usize = 64;
/// Words that begin a definition, and nothing that is within brackets.
const BEGIN: &[&str] = &["def ", "class ", "async def ", "@"];

/// Returns a text of the same length without the lines that are not understood, up to the next
/// definition; none if it is no help.
pub(super) fn without(tree: &Tree, text: &str) -> Option<String> {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let mut is_blank = vec![false; lines.len()];
    let mut has_some = false;
    for row in broken(tree, &lines) {
        let Some(line) = lines.get(row) else { continue };
        let deep = indentation(line);
        let mut rest = lines.iter().skip(row + 1);
        let next = rest.position(|line| is_begin(line) && indentation(line) <= deep);
        if let Some(next) = next {
            is_blank[row..=row + next].fill(true);
            has_some = true;
        }
    }
    let mut out = String::with_capacity(text.len());
    for (line, is_blank) in lines.into_iter().zip(is_blank) {
        match is_blank {
            true => {
                let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
                out.extend(line.bytes().map(blank));
            }
            false => out.push_str(line),
        }
    }
    has_some.then_some(out)
}

fn is_begin(line: &str) -> bool {
    BEGIN.iter().any(|word| line.trim_start().starts_with(word))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns the first rows of what goes on over lines and is not understood.
fn broken(tree: &Tree, lines: &[&str]) -> Vec<usize> {
    let mut rows = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let broken = is_torn(node).then(|| first_row(node, lines)).flatten();
        rows.extend(broken);
        if rows.len() == PLACES {
            return rows;
        }
        if broken.is_none() && node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return rows;
            }
        }
    }
}

/// Returns the first row of what is broken; none where a definition begins well, and only its parts
/// do not.
fn first_row(node: Node<'_>, lines: &[&str]) -> Option<usize> {
    let at = node.start_position();
    let line = lines.get(at.row)?;
    match (is_begin(line), at.column > indentation(line)) {
        (false, _) => Some(at.row),
        // It is what follows the colon.
        (true, true) => Some(at.row + 1),
        (true, false) => None,
    }
}

fn is_torn(node: Node<'_>) -> bool {
    node.is_error() && node.end_position().row > node.start_position().row
}

#[cfg(test)]
mod tests {
    use super::super::{GRAMMARS, parse};
    use super::without;

    #[test]
    fn lines_are_left_out_up_to_the_next_definition() {
        let python = GRAMMARS.iter().find(|grammar| grammar.name == "python");
        let check = |text: &str, expected: Option<&str>| {
            let tree = parse(python.unwrap(), text).unwrap();
            let left = without(&tree, text);
            let words = left.as_deref().map(|left| {
                assert_eq!(left.len(), text.len(), "{text:?}");
                assert_eq!(left.lines().count(), text.lines().count(), "{text:?}");
                left.split_whitespace().collect::<Vec<_>>().join(" ")
            });
            assert_eq!(words.as_deref(), expected, "{text:?}");
        };
        check(
            "a = 1\nx = (\u{e4},\n  2\ndef f():\n  pass\n",
            Some("a = 1 def f(): pass"),
        );
        check(
            "class A:\n  x = [1,\n  b\n  def f():\n    pass\n",
            Some("class A: def f(): pass"),
        );
        check(
            "x = (1,\n  def no():\n    pass\ndef f():\n  pass\n",
            Some("def f(): pass"),
        );
        check("def f():\n  pass\nx = (1,\n", None);
        check("def f():\n  pass\n", None);
    }
}
