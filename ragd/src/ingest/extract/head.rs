//! What messages begin with: lines of a name and a value, some of which only messages have.

/// Names of headers. A message has one of the first, and mostly all.
const KNOWN: [&str; 42] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "received",
    "cc",
    "bcc",
    "reply-to",
    "sender",
    "return-path",
    "delivered-to",
    "envelope-to",
    "in-reply-to",
    "references",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-language",
    "dkim-signature",
    "domainkey-signature",
    "arc-seal",
    "arc-message-signature",
    "arc-authentication-results",
    "authentication-results",
    "received-spf",
    "list-id",
    "list-unsubscribe",
    "user-agent",
    "thread-topic",
    "newsgroups",
    "precedence",
    "priority",
    "importance",
    "sensitivity",
    "status",
    "lines",
    "path",
    "xref",
    "autocrypt",
    "distribution",
];
const MAIN: u64 = 0b111_1111;
/// What a head is looked at: some messages went to very many.
const LONGEST: usize = 64 << 10;

/// Tells whether a message begins here. One name could begin a text, and so do two.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    let head = Head::of(bytes);
    head.is_ended && head.has(2)
}

/// Tells whether there are so many headers below a line that says that they are. A message may be cut
/// within its head.
pub(super) fn begins(bytes: &[u8], least: u32) -> bool {
    Head::of(bytes).has(least)
}

/// Tells whether a header is for programs: people write names of one word, if any.
pub(super) fn is_for_programs(name: &str) -> bool {
    name.contains('-') || KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[derive(Default)]
struct Head {
    /// A bit for each known name.
    known: u64,
    /// Lines that are no headers.
    odd: u32,
    is_ended: bool,
}

impl Head {
    fn of(bytes: &[u8]) -> Self {
        let mut head = Self {
            is_ended: bytes.len() > LONGEST,
            ..Self::default()
        };
        let looked = &bytes[..bytes.len().min(LONGEST)];
        for (number, line) in looked.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                head.is_ended = true;
                break;
            }
            match name(line) {
                Some(name) => head.known |= bit(name),
                None if number == 0 => return Self::default(),
                // It belongs to the header above.
                None if line.starts_with(b" ") || line.starts_with(b"\t") => {}
                None => head.odd += 1,
            }
        }
        head
    }

    /// Tells whether there are so many known names. Some programs break lines where they must not.
    fn has(&self, least: u32) -> bool {
        self.known & MAIN != 0 && self.known.count_ones() >= least + 2 * self.odd
    }
}

fn name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(name)
}

/// Keys of data are in small letters, and headers are not.
fn bit(name: &[u8]) -> u64 {
    let is = |known: &str| known.as_bytes().eq_ignore_ascii_case(name);
    match KNOWN.iter().position(|known| is(known)) {
        Some(at) if name[0].is_ascii_uppercase() => 1 << at,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_by_its_head() {
        let many = "Received: by x\n\tfor y; Mon\n".repeat(25);
        let long = format!("To: {}\n", "a@x.org,\n ".repeat(9_000));
        for (head, is_one) in [
            ("From: a\nSubject: b\n\n", true),
            ("Content-Type: text/plain\r\nSubject: b\r\n\r\nbody", true),
            ("DKIM-Signature: v=1;\n a=b\nFrom: a\n\n", true),
            ("X-Odd: 1\nSubject : b\nFROM: a\n\n", true),
            (&format!("{many}From: a\n\n"), true),
            (&format!("{long}From: a\n\n"), false),
            (&format!("Subject: b\n{long}"), true),
            // A line that was broken in the wrong place.
            ("From: a\nTo: b\nSubject: c\nand d\nDate: e\n\n", true),
            ("From: a\nSubject: c\nand d\n\n", false),
            ("Subject: b\n\nwords", false),
            ("Subject: b\nAbout: c\n\nwords", false),
            ("Content-Type: a\nReferences: b\n\n", false),
            ("From: a\nFrom: b\n\n", false),
            ("From: a\nSubject: b\n", false),
            ("from: a\nto: b\n\nother: c\n", false),
            ("\nFrom: a\nSubject: b\n\n", false),
            ("two words: a\nFrom: a\nSubject: b\n\n", false),
            ("", false),
        ] {
            assert_eq!(is_message(head.as_bytes()), is_one, "{head:.60}");
        }
    }
}
