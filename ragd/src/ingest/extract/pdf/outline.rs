//! The bookmarks of a document: its headings, with the pages that they stand on.

use std::collections::{HashMap, HashSet};

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::dict::keys::{
    A, D, DEST, DESTS, FIRST, KIDS, NAMES, NEXT, OUTLINES, S, TITLE,
};
use hayro::hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, String as PdfString,
};

use super::words;

/// Bookmarks of one document, at most, and how deep they are followed.
const MOST: usize = 20_000;
pub(super) const DEPTH: usize = 16;

/// A bookmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bookmark {
    /// From 0.
    pub(super) page: usize,
    /// From 1.
    pub(super) level: usize,
    pub(super) title: String,
}

/// Reads what the bookmarks say, in their order.
pub(super) fn read(pdf: &Pdf) -> Vec<Bookmark> {
    let xref = pdf.xref();
    let Some(catalog) = xref.get::<Dict<'_>>(xref.root_id()) else {
        return Vec::new();
    };
    let Some(outlines) = catalog.get::<Dict<'_>>(OUTLINES) else {
        return Vec::new();
    };
    let pages = pdf.pages().iter().enumerate();
    let pages = pages.filter_map(|(number, page)| Some((page.raw().obj_id()?, number)));
    let mut names = Vec::new();
    if let Some(all) = catalog.get::<Dict<'_>>(NAMES)
        && let Some(tree) = all.get::<Dict<'_>>(DESTS)
    {
        collect(&tree, &mut HashSet::new(), &mut names, DEPTH);
    }
    let mut reader = Reader {
        catalog,
        // Of two of one name the first counts.
        names: names.into_iter().rev().collect(),
        pages: pages.collect(),
        seen: HashSet::new(),
        found: Vec::new(),
    };
    reader.follow(&outlines, 1);
    reader.found
}

struct Reader<'a> {
    catalog: Dict<'a>,
    /// Destinations by the names that they have in a tree.
    names: HashMap<Vec<u8>, Object<'a>>,
    pages: HashMap<ObjectIdentifier, usize>,
    seen: HashSet<ObjectIdentifier>,
    found: Vec<Bookmark>,
}

impl<'a> Reader<'a> {
    fn follow(&mut self, parent: &Dict<'a>, level: usize) {
        let mut next = parent.get::<Dict<'_>>(FIRST);
        while let Some(entry) = next.take() {
            // Links in a circle are as easy to write as any.
            let is_new = entry.obj_id().is_none_or(|id| self.seen.insert(id));
            if !is_new || self.found.len() >= MOST {
                return;
            }
            let title = entry.get::<PdfString<'_>>(TITLE);
            let title = title.map(|title| words::of_string(title.as_bytes()));
            if let (Some(title), Some(page)) = (title, self.page(&entry)) {
                let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
                if !title.is_empty() {
                    self.found.push(Bookmark { page, level, title });
                }
            }
            if level < DEPTH {
                self.follow(&entry, level + 1);
            }
            next = entry.get::<Dict<'_>>(NEXT);
        }
    }

    fn page(&self, entry: &Dict<'a>) -> Option<usize> {
        let action = entry.get::<Dict<'_>>(A);
        let goes = action.filter(|action| {
            action
                .get::<Name<'_>>(S)
                .is_some_and(|kind| kind.as_str() == "GoTo")
        });
        let destination = entry
            .get::<Object<'_>>(DEST)
            .or_else(|| goes.and_then(|action| action.get::<Object<'_>>(D)))?;
        self.page_of(destination)
    }

    fn page_of(&self, destination: Object<'a>) -> Option<usize> {
        match destination {
            Object::Array(array) => self.page_in(&array),
            Object::Dict(dict) => self.page_in(&dict.get::<Array<'_>>(D)?),
            Object::Name(name) => {
                let known = self.catalog.get::<Dict<'_>>(DESTS)?;
                self.page_named(known.get::<Object<'_>>(&name)?)
            }
            Object::String(name) => {
                let known = self.names.get(name.as_bytes())?;
                self.page_named(known.clone())
            }
            _ => None,
        }
    }

    /// Follows a name once: one that names another name would have no end.
    fn page_named(&self, destination: Object<'a>) -> Option<usize> {
        match destination {
            Object::Array(_) | Object::Dict(_) => self.page_of(destination),
            _ => None,
        }
    }

    fn page_in(&self, destination: &Array<'a>) -> Option<usize> {
        match destination.raw_iter().next()? {
            MaybeRef::Ref(page) => self.pages.get(&page.into()).copied(),
            MaybeRef::NotRef(Object::Number(number)) => usize::try_from(number.as_i64())
                .ok()
                .filter(|page| *page < self.pages.len()),
            MaybeRef::NotRef(_) => None,
        }
    }
}

/// Reads a tree of names. A node is read once, however often it stands in the tree: of one that has
/// itself below it ten times there would be more than can be counted.
pub(super) fn collect<'a>(
    node: &Dict<'a>,
    seen: &mut HashSet<ObjectIdentifier>,
    names: &mut Vec<(Vec<u8>, Object<'a>)>,
    depth: usize,
) {
    if node.obj_id().is_some_and(|id| !seen.insert(id)) {
        return;
    }
    if let Some(leaf) = node.get::<Array<'_>>(NAMES) {
        let all: Vec<Object<'_>> = leaf.iter::<Object<'_>>().collect();
        for [key, value] in all.as_chunks::<2>().0 {
            if let Object::String(key) = key {
                names.push((key.as_bytes().to_vec(), value.clone()));
            }
        }
    } else if let Some(children) = node.get::<Array<'_>>(KIDS).filter(|_| depth > 0) {
        for child in children.iter::<Dict<'_>>() {
            collect(&child, seen, names, depth - 1);
        }
    }
}
