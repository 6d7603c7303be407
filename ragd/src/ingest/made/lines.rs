//! How packed code looks: long lines with hardly a space in them.

use std::path::Path;

/// Bytes of a line, on average. People break lines at 80 to 100.
const LONG_ON_AVERAGE: usize = 110;
/// Bytes of a line that nobody wrote.
const ENDLESS: usize = 5_000;
/// Percent of white space below which text is no prose and no code of people, who have 15 and more.
const FEW_SPACES: usize = 10;
/// Smaller files cost nobody anything.
const SMALL: usize = 1 << 10;
/// Only these are packed to be sent. A page of HTML or a file of JSON with one long line is read for
/// what it says, and lines of tables, notes and books are as long as they are.
const PACKED: [&str; 4] = ["js", "mjs", "cjs", "css"];

/// Tells whether a file of a language that is packed for browsers is packed.
pub(super) fn are_packed(path: &Path, content: &[u8]) -> bool {
    let extension = path.extension().unwrap_or_default();
    if content.len() < SMALL || !PACKED.iter().any(|it| extension.eq_ignore_ascii_case(it)) {
        return false;
    }
    let (mut lines, mut endless, mut spaces) = (0_usize, 0_usize, 0_usize);
    for line in content.split(|byte| *byte == b'\n') {
        lines += 1;
        spaces += line
            .iter()
            .filter(|byte| byte.is_ascii_whitespace())
            .count();
        if line.len() > ENDLESS {
            endless += line.len();
        }
    }
    // One picture within a stylesheet does not make it one that nobody wrote.
    let is_endless = endless * 2 > content.len();
    let is_long = content.len() / lines > LONG_ON_AVERAGE;
    (is_long || is_endless) && spaces * 100 < content.len() * FEW_SPACES
}
