//! Messages: one of a file, or all of a mailbox. What is attached to them are documents of their own.

use std::borrow::Cow;
use std::collections::HashSet;
use std::panic;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;
use mail_parser::{
    Address, Encoding, Message, MessageParser, MessagePart, MimeHeaders as _, PartType,
};

use super::archive::{self, Opener, Stop, Within};
use super::cut::End;
use super::{ExtractError, Extracted, Kind, Limits, Source, dos, head, html, mbox, text};
use crate::index::Unit;

/// Parts of a message say the same if one has so many percent of the words of the other.
const SAME: usize = 75;
/// So many different words tell that.
const WORDS: usize = 5_000;

pub(super) fn fits(source: &Source<'_>) -> bool {
    let bytes = begin(source.bytes);
    mbox::fits(bytes) || head::is_message(bytes)
}

/// Passes over what stands before a message if somebody kept it by hand.
fn begin(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start()
}

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let mut written = Extracted {
        kind: Kind::Markdown,
        language: Some("email"),
        ..Extracted::default()
    };
    each_message(source.bytes, |number, raw| {
        let name = match number {
            Some(number) => format!("message {number}"),
            None => "the message".to_owned(),
        };
        if let Some(number) = number {
            written.begin(Unit::Message, number);
        }
        let end = End::of(raw);
        if end.is_missing() {
            let left_out = &mut written.report.left_out;
            left_out.push((format!("the end of {name}"), ExtractError::Cut));
        }
        let whole = with_readable_head(end.added(raw));
        let message = match (parse(&whole), number) {
            (Ok(message), _) => message,
            (Err(error), None) => return Err(error),
            (Err(error), Some(_)) => {
                written.report.left_out.push((name, error));
                return Ok(());
            }
        };
        if number.is_none() {
            written.title = message.subject().map(str::to_owned);
            if let Some(from) = message.from().and_then(named) {
                written.facts.author(&from);
            }
            if let Some(date) = message.date() {
                written.facts.date(&date.to_rfc3339());
            }
        }
        write(&mut written, &message, source)
    })?;
    archive::leave_out(&mut written, source);
    Ok(written)
}

/// Gives out what is attached: of a mailbox, below the number of each message.
pub(super) fn each_attached(
    opener: &mut Opener<'_>,
    bytes: &[u8],
    within: Within<'_>,
) -> Result<(), Stop> {
    each_message(bytes, |number, raw| {
        let whole = with_readable_head(End::of(raw).added(raw));
        let Ok(message) = parse(&whole) else {
            return Ok(());
        };
        for attachment in message.attachments() {
            let name = match (number, name(attachment)) {
                (Some(number), name) => format!("{number}/{name}"),
                (None, name) => name,
            };
            let content = bytes_of(&message, attachment);
            opener.apart(within, &name, content.len() as u64, &mut &*content)?;
        }
        Ok(())
    })
}

/// Takes one message after the other; those of a mailbox have numbers.
fn each_message<E>(
    bytes: &[u8],
    mut take: impl FnMut(Option<u32>, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let bytes = begin(bytes);
    if !mbox::fits(bytes) {
        return take(None, bytes);
    }
    (1..)
        .zip(mbox::messages(bytes))
        .try_for_each(|(number, raw)| take(Some(number), &raw))
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
    // What people wrote there has a name of their own.
    for (name, value) in message.headers_raw() {
        if !head::is_for_programs(name) {
            let value: Vec<_> = value.split_whitespace().collect();
            out.push_str(&format!("{name}: {}\n", value.join(" ")));
        }
    }
    out.push('\n');
    let mut add = |what: &str, text: Body| match text {
        Ok((text, lossy)) => {
            written.text.push_str(text.trim_end());
            written.text.push_str("\n\n");
            written.report.lossy |= lossy;
        }
        Err(error) => written.report.left_out.push((what.to_owned(), error)),
    };
    for (part, text) in bodies(message, source.limits) {
        let what = "the text of the message";
        if is_damaged(part) {
            add(what, Err(damaged()));
        }
        add(what, text);
    }
    let behind = behind(message).trim_ascii();
    if !behind.is_empty() {
        let decoded = text::decode(behind).map(|decoded| (decoded.text, decoded.lossy));
        add("what follows the message", decoded);
    }
    for attachment in message.attachments() {
        let name = name(attachment);
        written.text.push_str(&format!("Attached: {name}\n"));
        written.holds_files = true;
        if is_damaged(attachment) {
            let left_out = &mut written.report.left_out;
            left_out.push((format!("the rest of {name}"), damaged()));
        }
    }
    written.text.push('\n');
    written.check(source.limits)
}

type Body = Result<(String, bool), ExtractError>;

/// Returns the parts that are the text of a message, in order. Of a text and a page one is left out if
/// the other says the same.
fn bodies<'m>(message: &'m Message<'_>, limits: &Limits) -> Vec<(&'m MessagePart<'m>, Body)> {
    let (texts, pages) = (&message.text_body, &message.html_body);
    let mut ids = [&texts[..], &pages[..]].concat();
    ids.sort_unstable();
    ids.dedup();
    let parts = ids.iter().filter_map(|id| Some((id, message.part(*id)?)));
    let parts = parts.filter(|(_, part)| part.is_text());
    let mut bodies: Vec<_> = parts
        .map(|(id, part)| (*id, part, body(message, part, limits)))
        .collect();
    let only_of = |ids: &[u32], others: &[u32]| {
        let is_one = |id: &u32| ids.contains(id) && !others.contains(id);
        let texts = bodies.iter().filter(|(id, ..)| is_one(id));
        let texts = texts.filter_map(|(.., body)| Some(body.as_ref().ok()?.0.as_str()));
        texts.collect::<Vec<_>>().join("\n")
    };
    let (text, page) = (only_of(texts, pages), only_of(pages, texts));
    let kept = match (says(&text, &page), says(&page, &text)) {
        (true, _) => Some(texts),
        (false, true) => Some(pages),
        (false, false) => None,
    };
    if let Some(kept) = kept {
        bodies.retain(|(id, _, body)| kept.contains(id) || body.is_err());
    }
    let bodies = bodies.into_iter();
    bodies.map(|(_, part, body)| (part, body)).collect()
}

/// Tells whether nearly all words of another text are in a text.
fn says(text: &str, other: &str) -> bool {
    let all: HashSet<_> = words(other).take(WORDS).collect();
    let mut missing = all.clone();
    words(text).for_each(|word| {
        missing.remove(word);
    });
    missing.len() * 100 <= all.len() * (100 - SAME)
}

/// Returns the words of a text or of Markdown, without addresses. Where nothing stands between words, a
/// sign is one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c >= '\u{2e80}' || !c.is_alphanumeric();
    let shown = text.split_whitespace().map(|word| match word.find("](") {
        Some(at) => &word[..at],
        None if word.contains("://") => "",
        None => word,
    });
    let words = shown.flat_map(move |word| word.split_inclusive(ends));
    let words = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    words.filter(|word| !word.is_empty())
}

/// Returns a text of a message, and whether bytes of it had no meaning. Of HTML, what the library makes
/// has no structure.
fn body(message: &Message<'_>, part: &MessagePart<'_>, limits: &Limits) -> Body {
    let bytes = bytes_of(message, part);
    let is_html = part.is_text_html();
    let charset = part.content_type().and_then(|it| it.attribute("charset"));
    let (text, lossy) = match charset.and_then(|charset| text::decode_as_said(&bytes, charset)) {
        Some(decoded) => (decoded.text, decoded.lossy),
        None if let Some(decoded) = charset.and_then(|charset| dos::decode(&bytes, charset)) => {
            decoded
        }
        // UTF-7 and another of DOS.
        None if let Some(decode) = charset.and_then(only_of_library) => (decode(&bytes), false),
        None if is_html => (html::decoded(&bytes).into_owned(), false),
        None => {
            let decoded = text::decode(&bytes)?;
            (decoded.text, decoded.lossy)
        }
    };
    match is_html {
        true => Ok((html::markdown(&text, limits)?, lossy)),
        false => Ok((text, lossy)),
    }
}

/// Returns what stands behind the last of several parts, such as what a mailing list adds.
fn behind<'m>(message: &'m Message<'_>) -> &'m [u8] {
    let mark = message
        .content_type()
        .and_then(|it| it.attribute("boundary"));
    let Some(mark) = mark.filter(|mark| !mark.is_empty()) else {
        return &[];
    };
    let (close, all) = (format!("--{mark}--"), &message.raw_message);
    let end = all
        .windows(close.len())
        .rposition(|part| part == close.as_bytes());
    end.map_or(&[], |end| &all[end + close.len()..])
}

/// Returns what decodes an encoding that nobody but the library knows.
fn only_of_library(charset: &str) -> Option<fn(&[u8]) -> String> {
    match text::encoding(charset) {
        Some(_) => None,
        None => charset_decoder(charset.as_bytes()),
    }
}

/// Returns the bytes of a part, just unpacked: the library decodes those of a text, whatever they are.
/// What is damaged is unpacked as far as it goes.
fn bytes_of<'m>(message: &'m Message<'_>, part: &'m MessagePart<'_>) -> Cow<'m, [u8]> {
    if is_damaged(part) {
        let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/= \t\r\n".contains(byte);
        let written = part.contents();
        let end = written.iter().position(|byte| !is_of_it(byte));
        let whole = &written[..end.unwrap_or(written.len())];
        return Cow::Owned(base64_decode(whole).unwrap_or_default());
    }
    let (PartType::Text(_) | PartType::Html(_)) = part.body else {
        return Cow::Borrowed(part.contents());
    };
    let place = part.offset_body as usize..part.offset_end as usize;
    let Some(written) = message.raw_message.get(place) else {
        return Cow::Borrowed(part.contents());
    };
    match part.encoding {
        Encoding::None => Cow::Borrowed(written),
        Encoding::QuotedPrintable => {
            let mut stream = MessageStream::new(written);
            stream.decode_quoted_printable_mime(b"").1
        }
        Encoding::Base64 => MessageStream::new(written).decode_base64_mime(b"").1,
    }
}

/// Returns a message of which the head is UTF-8, so that the library can read it: it should be ASCII,
/// and is in whatever encoding the sender had.
fn with_readable_head(message: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let mut lines = message.split_inclusive(|byte| *byte == b'\n');
    let lines = lines
        .by_ref()
        .take_while(|line| !line.trim_ascii().is_empty());
    let (head, rest) = message.split_at(lines.map(<[u8]>::len).sum());
    match html::decoded(head) {
        Cow::Borrowed(_) => message,
        Cow::Owned(head) => Cow::Owned([head.as_bytes(), rest].concat()),
    }
}

/// Returns the name of what is attached: that of a file, where some write a path.
fn name(attachment: &MessagePart<'_>) -> String {
    let name = attachment.attachment_name().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    match name.trim() {
        "" | "." | ".." if attachment.is_message() => "message.eml".to_owned(),
        "" | "." | ".." => "attachment".to_owned(),
        name => name.to_owned(),
    }
}

fn damaged() -> ExtractError {
    ExtractError::Broken {
        format: "part of a message",
        why: "its base64 is damaged".to_owned(),
    }
}

fn is_damaged(part: &MessagePart<'_>) -> bool {
    let encoding = part.content_transfer_encoding();
    part.is_encoding_problem && encoding.is_some_and(|it| it.eq_ignore_ascii_case("base64"))
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
