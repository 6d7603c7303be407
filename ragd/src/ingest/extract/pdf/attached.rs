//! Files that are attached to a document, which are documents of their own.

use std::collections::HashSet;
use std::io::Read;

use flate2::read::ZlibDecoder;
use hayro::hayro_syntax::object::dict::keys::{DECODE_PARMS, EF, EMBEDDED_FILES, F, NAMES, UF};
use hayro::hayro_syntax::object::{Dict, Object, Stream, String as PdfString};
use hayro::hayro_syntax::{Filter, Pdf};

use super::super::ExtractError;
use super::super::archive::{Opener, Stop, Within};
use super::{open, outline, words};

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

/// Lists the files by their names in the tree, which is their order there.
fn list(pdf: &Pdf) -> Vec<Attached<'_>> {
    let xref = pdf.xref();
    let catalog = xref.get::<Dict<'_>>(xref.root_id());
    let names = catalog.and_then(|catalog| catalog.get::<Dict<'_>>(NAMES));
    let Some(tree) = names.and_then(|names| names.get::<Dict<'_>>(EMBEDDED_FILES)) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    outline::collect(&tree, &mut HashSet::new(), &mut files, outline::DEPTH);
    // Two of one name are two files.
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let attached = files.into_iter().filter_map(|(key, about)| {
        let Object::Dict(about) = about else {
            return None;
        };
        let own = about.get::<PdfString<'_>>(UF);
        let own = own.or_else(|| about.get::<PdfString<'_>>(F));
        let name = own.map_or_else(
            || words::of_string(&key),
            |own| words::of_string(own.as_bytes()),
        );
        let streams = about.get::<Dict<'_>>(EF)?;
        let content = streams.get::<Stream<'_>>(UF);
        let content = content.or_else(|| streams.get::<Stream<'_>>(F))?;
        let name = match name.trim() {
            "" => "attachment".to_owned(),
            name => name.to_owned(),
        };
        Some(Attached { name, content })
    });
    attached.collect()
}
