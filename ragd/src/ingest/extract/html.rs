//! HTML: the main text as Markdown, with headings, tables and lists. Nothing is fetched.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, Options};

use super::{ExtractError, Extracted, Kind, Source, text};

/// What stands around the text of a page, or makes it work.
const NOT_TEXT: [&str; 16] = [
    "head", "script", "style", "noscript", "template", "nav", "aside", "footer", "form", "button",
    "svg", "iframe", "object", "canvas", "img", "dialog",
];
/// Where a page says in which encoding it is.
const HEAD: usize = 2_048;

/// A page begins as one; a template that only has tags in it is code.
pub(super) fn fits(source: &Source<'_>) -> bool {
    let head = &source.bytes[..source.bytes.len().min(HEAD)];
    let head = String::from_utf8_lossy(head);
    let mut head = head.trim_start_matches('\u{feff}').trim_start();
    let after = |text: &'_ str, open: &str, close: &str| -> Option<usize> {
        text.strip_prefix(open)?;
        Some(text.find(close)? + close.len())
    };
    while let Some(end) = after(head, "<?xml", "?>").or_else(|| after(head, "<!--", "-->")) {
        head = head[end..].trim_start();
    }
    let begins = |word: &str| {
        head.get(..word.len())
            .is_some_and(|b| b.eq_ignore_ascii_case(word))
    };
    begins("<!doctype html") || begins("<html")
}

/// Where a head ends that does not end.
const WHOLE_HEAD: usize = 64 << 10;

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let html = decoded(source.bytes);
    let mut written = Extracted {
        kind: Kind::Markdown,
        language: Some("html"),
        title: element(&html, "title", first).map(plain),
        text: markdown(&html)?,
        ..Extracted::default()
    };
    written.title.take_if(|title| title.is_empty());
    for (name, content) in metas(&html) {
        match name.to_ascii_lowercase().as_str() {
            "author" | "article:author" | "dc.creator" => written.facts.author(&content),
            "date" | "dc.date" | "article:published_time" => written.facts.date(&content),
            "keywords" | "article:tag" => {
                content.split(',').for_each(|word| written.facts.tag(word));
            }
            _ => {}
        }
    }
    Ok(written)
}

/// Lists what the head of a page says, by `name` or `property`.
fn metas(html: &str) -> Vec<(String, String)> {
    let end = html.find("</head").unwrap_or(html.len().min(WHOLE_HEAD));
    let head = html.get(..end).unwrap_or_default();
    let tags = head.split("<meta").skip(1);
    let read = |tag: &str| {
        let tag = tag.split('>').next()?;
        let name = attribute(tag, "name").or_else(|| attribute(tag, "property"))?;
        Some((plain(name), plain(attribute(tag, "content")?)))
    };
    tags.filter_map(read).collect()
}

/// Returns a quoted attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        let begins = tag[..at].ends_with(char::is_whitespace);
        let rest = tag[at + name.len()..].trim_start().strip_prefix('=')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = rest[1..].split(quote).next()?;
        begins.then_some(value)
    })
}

/// Returns the main text of a page as Markdown.
pub(super) fn markdown(html: &str) -> Result<String, ExtractError> {
    let options = Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        ..Options::default()
    };
    let converter = HtmlToMarkdown::builder()
        .options(options)
        .skip_tags(NOT_TEXT.to_vec())
        .build();
    let main = element(html, "main", last).or_else(|| element(html, "article", last));
    let converted = converter.convert(main.unwrap_or(html));
    let mut text = converted.map_err(|error| ExtractError::Broken {
        format: "HTML",
        why: error.to_string(),
    })?;
    text.push('\n');
    Ok(text)
}

/// Reads the text in the encoding that the page names, if it is not UTF-8 as nearly all are.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_lowercase();
    let named = head.split_once("charset=").and_then(|(_, rest)| {
        let rest = rest.trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)));
        Encoding::for_label(&rest.as_bytes()[..end.unwrap_or(rest.len())])
    });
    // One that says UTF-8 and is not has told us nothing.
    let encoding = named.filter(|encoding| *encoding != UTF_8);
    encoding
        .unwrap_or_else(|| text::guess(bytes))
        .decode_without_bom_handling(bytes)
        .0
}

/// Returns what stands in the first element of a name, up to the end that `close` finds: the first,
/// or the last one, since such elements may stand within each other.
fn element<'a>(
    html: &'a str,
    name: &str,
    close: fn(&str, &str) -> Option<usize>,
) -> Option<&'a str> {
    let lower = html.to_ascii_lowercase();
    let open = format!("<{name}");
    let is_whole = |c: char| c == '>' || c.is_ascii_whitespace();
    let ends = lower.match_indices(&open).map(|(at, _)| at + open.len());
    let start = ends
        .into_iter()
        .find(|end| lower[*end..].starts_with(is_whole))?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + close(&lower[start..], &format!("</{name}"))?;
    Some(&html[start..end])
}

fn first(text: &str, what: &str) -> Option<usize> {
    text.find(what)
}

fn last(text: &str, what: &str) -> Option<usize> {
    text.rfind(what)
}

fn plain(html: &str) -> String {
    let text = htmd::convert(html).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
