//! HTML: the main text as Markdown, with headings, tables and lists. Nothing is fetched.

use std::borrow::Cow;
use std::rc::Rc;

use encoding_rs::Encoding;
use htmd::options::{BulletListMarker, Options};
use htmd::{HtmlToMarkdown, Node};

use super::{ExtractError, Extracted, Kind, Limits, Source, text};

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
        title: element(&html, "title", first).map(|title| plain(title, source.limits)),
        text: markdown(&html, source.limits)?,
        ..Extracted::default()
    };
    written.title.take_if(|title| title.is_empty());
    for (name, content) in metas(&html, source.limits) {
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
fn metas(html: &str, limits: &Limits) -> Vec<(String, String)> {
    let end = html.find("</head").unwrap_or(html.len().min(WHOLE_HEAD));
    let head = html.get(..end).unwrap_or_default();
    let tags = head.split("<meta").skip(1);
    let read = |tag: &str| {
        let tag = tag.split('>').next()?;
        let name = attribute(tag, "name").or_else(|| attribute(tag, "property"))?;
        let content = attribute(tag, "content")?;
        Some((plain(name, limits), plain(content, limits)))
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
pub(super) fn markdown(html: &str, limits: &Limits) -> Result<String, ExtractError> {
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
    let main = main.unwrap_or(html);
    measure(main, limits)?;
    let tree = converter.html_to_tree(main);
    let tree = tree.map_err(|error| ExtractError::Broken {
        format: "HTML",
        why: error.to_string(),
    })?;
    if is_deeper(&tree, limits.html_depth) {
        return Err(ExtractError::TooDeepHtml(limits.html_depth));
    }
    let mut text = converter.tree_to_markdown(&tree);
    text.push('\n');
    Ok(text)
}

/// Reads the text in the encoding that the page or the XML names, if it is not UTF-8 as nearly all are.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    if let Some(japanese) = text::seven_bit(bytes) {
        return Cow::Owned(japanese.text);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_lowercase();
    let after = |key| head.split_once(key).map(|(_, rest)| rest);
    let named = after("charset=").or_else(|| after("encoding="));
    let decoded = named.and_then(|rest| {
        let rest = rest.trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)));
        text::decode_as_said(bytes, &rest[..end.unwrap_or(rest.len())])
    });
    match decoded {
        Some(decoded) => Cow::Owned(decoded.text),
        None => text::guess(bytes).decode_without_bom_handling(bytes).0,
    }
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

/// Elements without an end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];
/// Elements whose content is no HTML.
const RAW: [&str; 6] = ["script", "style", "textarea", "title", "iframe", "xmp"];
/// Elements whose end may be left out: the next of them ends the one before, if they lie in the same
/// of those that are named behind.
const OPTIONAL: [(&[&str], &[&str]); 6] = [
    (&["p"], &["div", "table", "td", "th", "li", "blockquote"]),
    (&["li"], &["ul", "ol", "menu"]),
    (&["dt", "dd"], &["dl"]),
    (&["td", "th", "tr"], &["table"]),
    (&["thead", "tbody", "tfoot"], &["table"]),
    (&["option", "a"], &["select", "table"]),
];
/// A guess at the depth is at most so many times too high.
const GUESS: usize = 8;

/// Looks whether a page may be parsed at all: the parser walks up from each tag, and so takes the square
/// of the depth. Here, depth is a guess: the tree that comes of it is looked at once more.
fn measure(html: &str, limits: &Limits) -> Result<(), ExtractError> {
    let most = (limits.html_depth as usize).saturating_mul(GUESS);
    let mut open: Vec<&str> = Vec::new();
    let (mut tags, mut rest) = (0_u32, html);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            let end = comment.find("-->");
            rest = end.map_or("", |end| &comment[end..]);
            continue;
        }
        let (tag, is_end) = match rest.strip_prefix('/') {
            Some(tag) => (tag, true),
            None => (rest, false),
        };
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
        let name = &tag[..end.unwrap_or(tag.len())];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        tags += 1;
        if tags > limits.html_nodes {
            return Err(ExtractError::TooManyNodes(limits.html_nodes));
        }
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        if is_end {
            if let Some(at) = open.iter().rposition(is) {
                open.truncate(at);
            }
        } else if RAW.iter().any(is) {
            let close = format!("</{name}");
            rest = rest.find(&close).map_or(rest, |end| &rest[end..]);
        } else if !VOID.iter().any(is) {
            if let Some((group, fences)) = OPTIONAL.iter().find(|(group, _)| group.iter().any(is)) {
                let is_one = |all: &[&str], open: &str| {
                    all.iter().any(|known| known.eq_ignore_ascii_case(open))
                };
                let within = open.iter().rposition(|open| is_one(fences, open));
                let within = within.map_or(0, |at| at + 1);
                if let Some(at) = open[within..].iter().position(|open| is_one(group, open)) {
                    open.truncate(within + at);
                }
            }
            open.push(name);
            if open.len() > most {
                return Err(ExtractError::TooDeepHtml(limits.html_depth));
            }
        }
    }
    Ok(())
}

/// Tells whether a tree has elements below more than so many others: what becomes of it is written by
/// functions that call themselves.
fn is_deeper(tree: &Rc<Node>, most: u32) -> bool {
    let mut waiting = vec![(Rc::clone(tree), 0)];
    while let Some((node, depth)) = waiting.pop() {
        if depth > most {
            return true;
        }
        let children = node.children.borrow();
        waiting.extend(children.iter().map(|child| (Rc::clone(child), depth + 1)));
    }
    false
}

/// Returns the words of a title or the like.
fn plain(html: &str, limits: &Limits) -> String {
    let text = markdown(html, limits).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
