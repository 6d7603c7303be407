//! HTML: the main text as Markdown, with headings, tables and lists. Nothing is fetched.

use std::borrow::Cow;
use std::rc::Rc;

use encoding_rs::Encoding;
use htmd::options::{BulletListMarker, Options};
use htmd::{HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;

use super::{ExtractError, Extracted, Kind, Limits, Source, text};

/// What leads elsewhere, or makes a page work.
const NOT_TEXT: [&str; 13] = [
    "head", "script", "style", "noscript", "template", "nav", "select", "button", "svg", "iframe",
    "object", "canvas", "img",
];
/// What stands around the text of a page, if it is not much.
const AROUND: [&str; 3] = ["aside", "footer", "dialog"];
/// Percent of all text from which on it is much.
const MUCH: usize = 20;
/// What a text may be within.
const WITHIN: [&str; 3] = ["main", "article", "blockquote"];
/// Percent of all text that has to be in what says that it is the text of a page.
const MOST: usize = 60;
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

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let html = decoded(source.bytes);
    let tree = parse(&html, source.limits)?;
    let mut written = Extracted {
        kind: Kind::Markdown,
        language: Some("html"),
        ..Extracted::default()
    };
    each(&tree, |node| {
        match tag(node) {
            "title" if written.title.is_none() => written.title = Some(words(node)),
            "meta" => {
                let name = attribute(node, "name").or_else(|| attribute(node, "property"));
                let name = name.unwrap_or_default().to_ascii_lowercase();
                let content = attribute(node, "content").unwrap_or_default();
                let facts = &mut written.facts;
                match name.as_str() {
                    "author" | "article:author" | "dc.creator" => facts.author(&content),
                    "date" | "dc.date" | "article:published_time" => facts.date(&content),
                    "keywords" | "article:tag" => {
                        content.split(',').for_each(|word| facts.tag(word));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        // Pictures have titles of their own.
        tag(node) != "svg"
    });
    written.title.take_if(|title| title.is_empty());
    written.text = written_as_markdown(&main_text(&tree));
    Ok(written)
}

/// Returns all of a page as Markdown, for what is a text as a whole: messages, chapters.
pub(super) fn markdown(html: &str, limits: &Limits) -> Result<String, ExtractError> {
    Ok(written_as_markdown(&parse(html, limits)?))
}

fn parse(html: &str, limits: &Limits) -> Result<Rc<Node>, ExtractError> {
    measure(html, limits)?;
    let tree = HtmlToMarkdown::new().html_to_tree(html);
    let tree = tree.map_err(|error| ExtractError::Broken {
        format: "HTML",
        why: error.to_string(),
    })?;
    match is_deeper(&tree, limits.html_depth) {
        true => Err(ExtractError::TooDeepHtml(limits.html_depth)),
        false => Ok(tree),
    }
}

fn written_as_markdown(tree: &Rc<Node>) -> String {
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
    let mut text = converter.tree_to_markdown(tree);
    text.push('\n');
    text
}

/// Returns the element that is the text of a page, or all of it without what stands around.
fn main_text(tree: &Rc<Node>) -> Rc<Node> {
    let all = size(tree);
    let is_around = |node: &Rc<Node>| AROUND.contains(&tag(node)) && size(node) * 100 < all * MUCH;
    each(tree, |node| {
        let may_be_around = !WITHIN.contains(&tag(node));
        if may_be_around {
            node.children.borrow_mut().retain(|child| !is_around(child));
        }
        may_be_around
    });
    let all = size(tree);
    let only = |name: &str| {
        let mut found = Vec::new();
        each(tree, |node| {
            let is_one = tag(node) == name;
            if is_one {
                found.push(Rc::clone(node));
            }
            !is_one
        });
        // Of several, none is the text.
        let only = found.pop().filter(|_| found.is_empty())?;
        (size(&only) * 100 >= all * MOST).then_some(only)
    };
    let main = only("main").or_else(|| only("article"));
    main.unwrap_or_else(|| Rc::clone(tree))
}

/// Visits all nodes in order, from outside to inside, as long as `visit` wants to see what is within.
fn each(tree: &Rc<Node>, mut visit: impl FnMut(&Rc<Node>) -> bool) {
    let mut waiting = vec![Rc::clone(tree)];
    while let Some(node) = waiting.pop() {
        if visit(&node) {
            waiting.extend(node.children.borrow().iter().rev().cloned());
        }
    }
}

/// Returns the name of an element; of anything else, nothing.
fn tag(node: &Node) -> &str {
    match &node.data {
        NodeData::Element { name, .. } => &name.local,
        _ => "",
    }
}

fn attribute(node: &Node, name: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else {
        return None;
    };
    let attributes = attrs.borrow();
    let found = attributes.iter().find(|one| &*one.name.local == name)?;
    Some(found.value.to_string())
}

/// Returns how much text is in a tree, in bytes that are no spaces.
fn size(tree: &Rc<Node>) -> usize {
    let mut size = 0;
    each(tree, |node| {
        if let NodeData::Text { contents } = &node.data {
            let is_seen = |byte: &u8| !byte.is_ascii_whitespace();
            size += contents.borrow().bytes().filter(is_seen).count();
        }
        !NOT_TEXT.contains(&tag(node))
    });
    size
}

/// Returns the words of a title.
fn words(title: &Rc<Node>) -> String {
    let mut words = String::new();
    each(title, |node| {
        if let NodeData::Text { contents } = &node.data {
            words.push_str(&contents.borrow());
        }
        true
    });
    words.split_whitespace().collect::<Vec<_>>().join(" ")
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
