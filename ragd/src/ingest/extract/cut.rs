//! Messages that were cut: what would end them.

use std::borrow::Cow;

/// Marks between parts of one message, and their length: each is looked for in all of it.
const MARKS: usize = 64;
const MARK: usize = 200;

/// What a message lacks that was cut: the library takes a part that does not end for a text, whatever
/// it is.
pub(super) struct End {
    /// Where what was cut in the middle begins, such as half a line between parts.
    from: usize,
    /// The ends of the parts that are open, from within.
    lacking: Vec<u8>,
}

impl End {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let line = bytes.iter().rposition(|byte| *byte == b'\n');
        let last = &bytes[line.map_or(0, |at| at + 1)..];
        let (mut from, mut lacking) = (bytes.len(), Vec::new());
        for mark in marks(bytes).into_iter().rev() {
            let close = [b"--", mark, b"--"].concat();
            let open = &close[..close.len() - 2];
            let mut begins = bytes.windows(open.len()).rev();
            let Some(before) = begins.position(|part| part == open) else {
                continue;
            };
            if bytes[bytes.len() - before..].starts_with(b"--") {
                continue;
            }
            if !last.is_empty() && close.starts_with(last) {
                from = bytes.len() - last.len();
            }
            // Heads may be open, too, and end with an empty line.
            lacking.extend([b"\r\n\r\n", &close[..]].concat());
        }
        // Half a sign of quoted-printable.
        let tail = &bytes[from.saturating_sub(2)..from];
        if let (false, Some(at)) = (
            lacking.is_empty(),
            tail.iter().position(|byte| *byte == b'='),
        ) {
            from = from - tail.len() + at;
        }
        Self { from, lacking }
    }

    pub(super) fn is_missing(&self) -> bool {
        !self.lacking.is_empty()
    }

    /// Returns the message as it may have ended.
    pub(super) fn added<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        match self.is_missing() {
            true => Cow::Owned([&bytes[..self.from], &self.lacking, b"\r\n"].concat()),
            false => Cow::Borrowed(bytes),
        }
    }
}

/// Lists what marks the ends of parts, as heads say it.
fn marks(bytes: &[u8]) -> Vec<&[u8]> {
    const KEY: &[u8] = b"boundary=";
    let mut marks: Vec<&[u8]> = Vec::new();
    for (at, key) in bytes.windows(KEY.len()).enumerate() {
        if !key.eq_ignore_ascii_case(KEY) {
            continue;
        }
        let said = &bytes[at + KEY.len()..];
        let (said, ends): (_, &[u8]) = match said.strip_prefix(b"\"") {
            Some(quoted) => (quoted, b"\"\r\n"),
            None => (said, b"; \t\r\n"),
        };
        let end = said.iter().position(|byte| ends.contains(byte));
        let mark = &said[..end.unwrap_or(said.len())];
        if !mark.is_empty() && mark.len() <= MARK && !marks.contains(&mark) {
            marks.push(mark);
        }
        if marks.len() == MARKS {
            break;
        }
    }
    marks
}
