//! EPUB: the chapters in the order of the book, as Markdown.

use std::collections::HashMap;

use super::xml::{self, Next};
use super::zipped::{self, Zipped, inside};
use super::{ExtractError, Extracted, Facts, Kind, Limits, Source, html};
use crate::index::Unit;

const FORMAT: &str = "EPUB";

pub(super) fn fits(source: &Source<'_>) -> bool {
    zipped::says(source, "application/epub+zip")
}

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let mut book = Zipped::open(FORMAT, source)?;
    let limits = source.limits;
    let root = root(&book.needed("META-INF/container.xml")?, limits)?;
    let Some(root) = root else {
        return Err(book.broken("it does not say where its contents are listed"));
    };
    let package = Package::read(&book.needed(&root)?, limits)?;
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut written = Extracted {
        kind: Kind::Markdown,
        title: package.title,
        facts: package.facts,
        ..Extracted::default()
    };
    for (number, href) in (1..).zip(package.spine) {
        let Some(page) = book.part(&inside(folder, &href))? else {
            continue;
        };
        written.begin(Unit::Chapter, number);
        written
            .text
            .push_str(&html::markdown(&html::decoded(&page), limits)?);
        written.text.push('\n');
        written.check(limits)?;
    }
    Ok(written)
}

/// Returns the place of the list of contents.
fn root(container: &[u8], limits: &Limits) -> Result<Option<String>, ExtractError> {
    let mut root = None;
    xml::each(FORMAT, container, limits, |next| {
        if let Next::Start(element) = next
            && element.name == "rootfile"
            && root.is_none()
        {
            root = element.get("full-path").map(str::to_owned);
        }
    })?;
    Ok(root)
}

/// The list of contents.
#[derive(Default)]
struct Package {
    title: Option<String>,
    facts: Facts,
    /// Pages in the order of reading.
    spine: Vec<String>,
}

impl Package {
    fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ExtractError> {
        let mut package = Self::default();
        let mut items = HashMap::<String, String>::new();
        let mut order = Vec::new();
        let mut within = String::new();
        xml::each(FORMAT, bytes, limits, |next| match next {
            Next::Start(element) => {
                match element.name.as_str() {
                    "item" => {
                        if let (Some(id), Some(href)) = (element.get("id"), element.get("href")) {
                            // Of two with one id the first counts.
                            items.entry(id.to_owned()).or_insert(href.to_owned());
                        }
                    }
                    "itemref" => order.extend(element.get("idref").map(str::to_owned)),
                    _ => {}
                }
                within = element.name;
            }
            Next::End(_) => within.clear(),
            Next::Text(text) => match within.as_str() {
                "title" if !text.trim().is_empty() => {
                    package.title.get_or_insert_default().push_str(&text);
                }
                "creator" => package.facts.author(&text),
                "date" => package.facts.date(&text),
                "subject" => package.facts.tag(&text),
                _ => {}
            },
        })?;
        let href = |id: &String| items.get(id).cloned();
        package.spine = order.iter().filter_map(href).collect();
        Ok(package)
    }
}
