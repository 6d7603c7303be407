//! Messages: one of a file, or all of a mailbox, each with what is attached to it.

use std::borrow::Cow;
use std::io::Cursor;
use std::panic;
use std::path::Path;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders as _};

use super::{ExtractError, Extracted, Kind, Source, archive, html};
use crate::index::Unit;

/// Headers that a message begins with.
const HEADERS: [&str; 12] = [
    "from:",
    "to:",
    "subject:",
    "date:",
    "received:",
    "return-path:",
    "delivered-to:",
    "message-id:",
    "mime-version:",
    "x-",
    "reply-to:",
    "cc:",
];
/// Attachments of one message that are read.
const ATTACHMENTS: usize = 50;
/// Marks between parts of one message, and their length: each is looked for in all of it.
const MARKS: usize = 64;
const MARK: usize = 200;

/// A message begins with headers, and has some that nothing else has.
pub(super) fn fits(source: &Source<'_>) -> bool {
    let head = &source.bytes[..source.bytes.len().min(4_096)];
    if is_mailbox(head) {
        return true;
    }
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut headers = head.lines().take_while(|line| !line.trim().is_empty());
    let begins = |line: &str| HEADERS.iter().any(|known| line.starts_with(known));
    let has = |name: &str| head.lines().any(|line| line.starts_with(name));
    headers.next().is_some_and(begins)
        && (has("message-id:") || has("mime-version:") || has("received:"))
        && has("from:")
}

fn is_mailbox(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // `From NAME DATE`: a text may begin with the word, and then no header follows.
    line.starts_with(b"From ") && {
        let rest = String::from_utf8_lossy(&head[line.len()..]).to_ascii_lowercase();
        let next = rest.trim_start_matches(['\r', '\n']);
        HEADERS.iter().any(|known| next.starts_with(known))
    }
}

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let mut written = Extracted {
        kind: Kind::Markdown,
        language: Some("email"),
        ..Extracted::default()
    };
    if is_mailbox(source.bytes) {
        let all = MessageIterator::new(Cursor::new(source.bytes));
        for (number, raw) in (1..).zip(all.flatten()) {
            written.begin(Unit::Message, number);
            let end = End::of(raw.contents());
            if end.is_missing() {
                let left_out = &mut written.report.left_out;
                left_out.push((format!("the end of message {number}"), ExtractError::Cut));
            }
            match parse(&end.added(raw.contents())) {
                Ok(message) => write(&mut written, &message, source)?,
                Err(error) => {
                    let left_out = &mut written.report.left_out;
                    left_out.push((format!("message {number}"), error));
                }
            }
        }
    } else {
        let end = End::of(source.bytes);
        if end.is_missing() {
            let left_out = &mut written.report.left_out;
            left_out.push(("the end of the message".to_owned(), ExtractError::Cut));
        }
        let whole = end.added(source.bytes);
        let message = parse(&whole)?;
        written.title = message.subject().map(str::to_owned);
        if let Some(from) = message.from().and_then(named) {
            written.facts.author(&from);
        }
        if let Some(date) = message.date() {
            written.facts.date(&date.to_rfc3339());
        }
        write(&mut written, &message, source)?;
    }
    Ok(written)
}

/// What a message lacks that was cut: the library takes a part that does not end for a text, whatever
/// it is.
struct End {
    /// Where what was cut in the middle begins, such as half a line between parts.
    from: usize,
    /// The ends of the parts that are open, from within.
    lacking: Vec<u8>,
}

impl End {
    fn of(bytes: &[u8]) -> Self {
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

    fn is_missing(&self) -> bool {
        !self.lacking.is_empty()
    }

    /// Returns the message as it may have ended.
    fn added<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
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

/// Reads one message. The library panics on some whose parts are in disorder, and these must not cost
/// a mailbox all others.
fn parse(bytes: &[u8]) -> Result<Message<'_>, ExtractError> {
    let broken = |why: &str| ExtractError::Broken {
        format: "message",
        why: why.to_owned(),
    };
    let parsed = panic::catch_unwind(|| MessageParser::default().parse(bytes));
    let message = parsed.map_err(|_| broken("its parts are in disorder"))?;
    message.ok_or_else(|| broken("it has no headers"))
}

fn write(
    written: &mut Extracted,
    message: &Message<'_>,
    source: &Source<'_>,
) -> Result<(), ExtractError> {
    let subject = message
        .subject()
        .unwrap_or("(no subject)")
        .replace(['\n', '\r'], " ");
    let out = &mut written.text;
    out.push_str(&format!("# {subject}\n\n"));
    for (name, address) in [
        ("From", message.from()),
        ("To", message.to()),
        ("Cc", message.cc()),
    ] {
        if let Some(address) = address.and_then(named) {
            out.push_str(&format!("{name}: {address}\n"));
        }
    }
    if let Some(date) = message.date() {
        out.push_str(&format!("Date: {}\n", date.to_rfc3339()));
    }
    out.push('\n');
    for at in 0..message.text_body_count() {
        // Of a part that is HTML alone, what the library makes of it has no structure.
        let part = message.text_part(u32::try_from(at).unwrap_or(u32::MAX));
        let html = part
            .filter(|part| part.is_text_html())
            .and_then(|part| part.text_contents());
        let body = match html {
            _ if let Some(bytes) = part.and_then(decoded) => {
                let left_out = &mut written.report.left_out;
                left_out.push(("the text of the message".to_owned(), damaged()));
                html::decoded(&bytes).into_owned()
            }
            Some(html) => html::markdown(html, source.limits).unwrap_or_default(),
            None => message.body_text(at).unwrap_or_default().into_owned(),
        };
        out.push_str(body.trim_end());
        out.push_str("\n\n");
    }
    let mut attachments = message.attachments();
    for attachment in attachments.by_ref().take(ATTACHMENTS) {
        attach(written, attachment, source);
        written.check(source.limits)?;
    }
    if attachments.next().is_some() {
        let error = ExtractError::TooManyWithin(ATTACHMENTS);
        let left_out = &mut written.report.left_out;
        left_out.push(("more attachments".to_owned(), error));
    }
    written.text.push('\n');
    written.check(source.limits)
}

/// Adds the text of what is attached, and what that lacks.
fn attach(written: &mut Extracted, attachment: &MessagePart<'_>, source: &Source<'_>) {
    let name = attachment.attachment_name().unwrap_or("attachment");
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = match name.trim() {
        "" => "attachment".to_owned(),
        name => name.replace('/', "_"),
    };
    let bytes = match decoded(attachment) {
        Some(bytes) => {
            written.report.left_out.push((name.clone(), damaged()));
            Cow::Owned(bytes)
        }
        None => Cow::Borrowed(attachment.contents()),
    };
    let attached = Source {
        bytes: &bytes,
        name: Path::new(&name),
        depth: source.depth + 1,
        seen: &[],
        limits: source.limits,
    };
    if !super::is_archive(&attached) {
        return add(written, name.clone(), &attached);
    }
    let (text, left_out) = (written.text.len(), written.report.left_out.len());
    let unpacked = archive::unpack(&attached, &mut |label, bytes| {
        // Whoever takes it all sees that it is too much.
        if written.text.len() as u64 <= source.limits.text_bytes {
            let name = Path::new(label);
            let file = Source {
                bytes,
                name,
                ..attached
            };
            add(
                written,
                format!("{}: {label}", attached.name.display()),
                &file,
            );
        }
    });
    match unpacked {
        Ok(lacking) => {
            let lacking = lacking.into_iter();
            let lacking = lacking.map(|(label, error)| (format!("{name}: {label}"), error));
            written.report.left_out.extend(lacking);
        }
        Err(error) => {
            written.text.truncate(text);
            written.report.left_out.truncate(left_out);
            written.report.left_out.push((name, error));
        }
    }
}

fn damaged() -> ExtractError {
    ExtractError::Broken {
        format: "part of a message",
        why: "its base64 is damaged".to_owned(),
    }
}

/// Decodes what is damaged as far as it goes: the library gives it out as it is written.
fn decoded(part: &MessagePart<'_>) -> Option<Vec<u8>> {
    let is_packed = part
        .content_transfer_encoding()
        .is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
    if !is_packed || !part.is_encoding_problem {
        return None;
    }
    let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/= \t\r\n".contains(byte);
    let written = part.contents();
    let end = written.iter().position(|byte| !is_of_it(byte));
    Some(base64_decode(&written[..end.unwrap_or(written.len())]).unwrap_or_default())
}

/// Adds the text of a document, and what that lacks.
fn add(written: &mut Extracted, name: String, document: &Source<'_>) {
    let left_out = &mut written.report.left_out;
    match super::extract(document) {
        Ok(read) => {
            let text = read.text.trim_end();
            written.text.push_str(&format!("## {name}\n\n{text}\n"));
            let within = read.report.left_out.into_iter();
            left_out.extend(within.map(|(part, error)| (format!("{name}: {part}"), error)));
        }
        Err(error) => left_out.push((name, error)),
    }
}

fn named(address: &Address<'_>) -> Option<String> {
    let all = address.iter().map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    });
    let all: Vec<_> = all.filter(|one| !one.is_empty()).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
