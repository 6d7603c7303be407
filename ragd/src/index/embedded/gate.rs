//! The filters of a search, asked chunk by chunk.

use std::io;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::snapshot::Columns;
use crate::index::filter::Filter;

/// The filters of a search on one segment. Paths repeat, so each is tested once and only if a
/// chunk of it could be a hit.
pub(super) struct Gate<'a> {
    filter: &'a Filter,
    columns: &'a Columns,
    paths: Vec<Option<bool>>,
    languages: Vec<Option<bool>>,
    name: String,
    failed: Option<io::Error>,
}

impl<'a> Gate<'a> {
    pub(super) fn new(filter: &'a Filter, columns: &'a Columns) -> Self {
        let (paths, languages) = (Vec::new(), Vec::new());
        Self {
            filter,
            columns,
            paths,
            languages,
            name: String::new(),
            failed: None,
        }
    }

    pub(super) fn lets(&mut self, doc: DocId) -> bool {
        let Self {
            filter,
            columns,
            paths,
            languages,
            name,
            failed,
        } = self;
        let mut test = |column: &Option<StrColumn>,
                        memory: &mut Vec<Option<bool>>,
                        fits: &dyn Fn(&str) -> bool| {
            let Some(column) = column else { return false };
            let Some(ord) = column.ords().first(doc) else {
                return false;
            };
            memory.resize(column.num_terms(), None);
            let known = &mut memory[ord as usize];
            *known.get_or_insert_with(|| match column.ord_to_str(ord, name) {
                Ok(there) => there && fits(name),
                Err(error) => {
                    *failed = Some(error);
                    false
                }
            })
        };
        let path_fits = filter
            .on_paths()
            .is_none_or(|globs| test(&columns.path, paths, &|path| globs.is_match(path)));
        path_fits
            && (!filter.on_languages()
                || test(&columns.language, languages, &|name| {
                    filter.fits_language(name)
                }))
    }

    /// Tells whether a name could not be read.
    pub(super) fn finish(self) -> tantivy::Result<()> {
        self.failed.map_or(Ok(()), |error| Err(error.into()))
    }
}
