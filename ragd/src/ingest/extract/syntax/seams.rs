//! Where a program may be cut: lines that begin a part of it.

use tree_sitter::{Node, Tree};

use super::Seam;

/// Returns, for each line that begins with a node, of how many others the outermost such is a part.
///
/// What follows a comment belongs to it, so there is no seam between them. Only nodes of several lines
/// are looked into: the work is linear in the number of lines.
pub(super) fn seams(tree: &Tree, text: &str, is_above: impl Fn(Node<'_>) -> bool) -> Vec<Seam> {
    let mut seams = Vec::new();
    let mut cursor = tree.walk();
    let mut depth = 0_u8;
    let mut last_row = None;
    // The row below a comment, and its depth.
    let mut below = None;
    loop {
        let node = cursor.node();
        let (begin, end) = (node.start_position(), node.end_position());
        if last_row != Some(begin.row) && node.is_named() && depth > 0 {
            let line = node.start_byte().saturating_sub(begin.column);
            let before = text.get(line..node.start_byte());
            if before.is_some_and(|before| before.trim_start().is_empty()) {
                last_row = Some(begin.row);
                let row_below = end.row + usize::from(end.column > 0);
                let belongs = below.is_some_and(|(row, deep)| deep == depth && begin.row <= row);
                if !belongs {
                    seams.push(Seam { at: line, depth });
                }
                below = is_above(node).then_some((row_below, depth));
            }
        }
        if end.row > begin.row && depth < u8::MAX && cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return seams;
            }
            depth -= 1;
        }
    }
}
