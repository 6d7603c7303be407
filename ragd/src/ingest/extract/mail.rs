//! Messages: one of a file, or all of a mailbox, each with what is attached to it.

use std::io::Cursor;
use std::panic;
use std::path::Path;

use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders as _};

use super::{ExtractError, Extracted, Kind, Source, html};
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
            match parse(raw.contents()) {
                Ok(message) => write(&mut written, &message, source)?,
                Err(error) => {
                    let left_out = &mut written.report.left_out;
                    left_out.push((format!("message {number}"), error));
                }
            }
        }
    } else {
        let message = parse(source.bytes)?;
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
            Some(html) => html::markdown(html).unwrap_or_default(),
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
    let read = super::extract(&Source {
        bytes: attachment.contents(),
        name: Path::new(&name),
        depth: source.depth + 1,
        limits: source.limits,
    });
    let left_out = &mut written.report.left_out;
    match read {
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
