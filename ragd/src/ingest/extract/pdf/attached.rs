//! Files that are attached to a document, which are documents of their own.

use std::collections::HashSet;
use std::io::Read;

use flate2::read::ZlibDecoder;
use hayro::hayro_syntax::object::dict::keys::{DECODE_PARMS, EF, EMBEDDED_FILES, F, NAMES, UF};
use hayro::hayro_syntax::object::{Array, Dict, Object, Stream, String as PdfString};
use hayro::hayro_syntax::{Filter, Pdf};

use super::super::ExtractError;
use super::super::archive::{Opener, Stop, Within};
use super::{open, outline, words};

/// Where a document names files that belong to it,
const AF: &[u8] = b"AF";
/// where a page has its notes, and where a note names a file.
const ANNOTS: &[u8] = b"Annots";
const FS: &[u8] = b"FS";
/// Files, and pages that are looked at for them.
const MOST: usize = 5_000;

/// A file, which is not unpacked yet.
struct Attached<'a> {
    name: String,
    content: Stream<'a>,
}

/// Lists the names of the files.
pub(super) fn names(pdf: &Pdf) -> Vec<String> {
    list(pdf).into_iter().map(|file| file.name).collect()
}

/// Gives out the files.
pub(in super::super) fn each(
    opener: &mut Opener<'_>,
    bytes: &[u8],
    within: Within<'_>,
) -> Result<(), Stop> {
    // What is wrong with it is said by whoever reads it.
    let Ok(pdf) = open(bytes, opener.limits()) else {
        return Ok(());
    };
    for Attached { name, content } in list(&pdf) {
        let raw = content.raw_data();
        // The library unpacks without a limit, so it is not asked.
        let mut unpacked: Box<dyn Read + '_> = match content.filters()[..] {
            [] => Box::new(&raw[..]),
            [Filter::FlateDecode] if !content.dict().contains_key(DECODE_PARMS) => {
                Box::new(ZlibDecoder::new(&raw[..]))
            }
            _ => {
                let error = ExtractError::Broken {
                    format: "attached file",
                    why: "it is packed in a way that is not read".to_owned(),
                };
                opener.refuse(within, &name, error)?;
                continue;
            }
        };
        opener.apart(within, &name, raw.len() as u64, &mut unpacked)?;
    }
    Ok(())
}

/// Lists the files: those of the tree of names in its order, then those that only the document names
/// (invoices have them there), then those that are pinned to pages.
fn list(pdf: &Pdf) -> Vec<Attached<'_>> {
    let xref = pdf.xref();
    let catalog = xref.get::<Dict<'_>>(xref.root_id());
    let names = catalog
        .as_ref()
        .and_then(|catalog| catalog.get::<Dict<'_>>(NAMES));
    let mut files = Vec::new();
    if let Some(tree) = names.and_then(|names| names.get::<Dict<'_>>(EMBEDDED_FILES)) {
        outline::collect(&tree, &mut HashSet::new(), &mut files, outline::DEPTH);
    }
    // Two of one name are two files.
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let named = files.into_iter().filter_map(|(key, about)| match about {
        Object::Dict(about) => attached(&about, &words::of_string(&key)),
        _ => None,
    });
    let mut all: Vec<_> = named.collect();
    let associated = catalog.and_then(|catalog| catalog.get::<Array<'_>>(AF));
    let associated = associated.iter().flat_map(Array::iter::<Dict<'_>>);
    let pinned = pdf.pages().iter().take(MOST).flat_map(|page| {
        let notes = page.raw().get::<Array<'_>>(ANNOTS);
        let notes: Vec<_> = notes.iter().flat_map(Array::iter::<Dict<'_>>).collect();
        let files = notes
            .into_iter()
            .filter_map(|note| note.get::<Dict<'_>>(FS));
        files.collect::<Vec<_>>()
    });
    let more: Vec<_> = associated.chain(pinned).take(MOST).collect();
    for file in more.iter().filter_map(|about| attached(about, "")) {
        // The same file may be named in several ways.
        let here = file.content.raw_data();
        let is_known =
            |known: &Attached<'_>| known.name == file.name && known.content.raw_data() == here;
        if !all.iter().any(is_known) {
            all.push(file);
        }
    }
    all
}

/// Returns the file that a specification names.
fn attached<'a>(about: &Dict<'a>, key: &str) -> Option<Attached<'a>> {
    let own = about.get::<PdfString<'_>>(UF);
    let own = own.or_else(|| about.get::<PdfString<'_>>(F));
    let name = own.map_or_else(|| key.to_owned(), |own| words::of_string(own.as_bytes()));
    let streams = about.get::<Dict<'_>>(EF)?;
    let content = streams.get::<Stream<'_>>(UF);
    let content = content.or_else(|| streams.get::<Stream<'_>>(F))?;
    let name = match name.trim() {
        "" => "attachment".to_owned(),
        name => name.to_owned(),
    };
    Some(Attached { name, content })
}
