//! One committed state of a collection, open for reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::schema::IndexRecordOption;
use tantivy::{
    DocAddress, DocId, DocSet, Index, ReloadPolicy, Searcher, SegmentReader, TERMINATED,
};

use super::schema::{self, Stored, version_term};
use crate::ids::VersionKey;
use crate::index::{Census, NewChunk};

/// Decompressed blocks of text kept per segment, of 16 KiB each. The default of 100 would hold
/// megabytes for nothing: people rarely ask for the same passages again.
const CACHED_BLOCKS: usize = 8;

/// What a search reads. It stays as it is while commits and merges go on.
pub(super) struct Snapshot {
    pub(super) searcher: Searcher,
    columns: Vec<Columns>,
}

/// The columns of a segment. Opening them is a parse, so it is done once per commit.
pub(super) struct Columns {
    pub(super) version: Arc<dyn ColumnValues<u64>>,
    pub(super) ordinal: Arc<dyn ColumnValues<u64>>,
    pub(super) path: Option<StrColumn>,
    pub(super) language: Option<StrColumn>,
}

/// Opens the last commit.
pub(super) fn take(index: &Index) -> tantivy::Result<Snapshot> {
    let reader = index
        .reader_builder()
        // The other policy polls the folder, twice a second, for every collection.
        .reload_policy(ReloadPolicy::Manual)
        .doc_store_cache_num_blocks(CACHED_BLOCKS)
        .try_into()?;
    let searcher = reader.searcher();
    let columns = searcher
        .segment_readers()
        .iter()
        .map(Columns::open)
        .collect::<Result<_, _>>()?;
    Ok(Snapshot { searcher, columns })
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        Ok(Self {
            version: fast.u64(schema::VERSION)?.first_or_default_col(0),
            ordinal: fast.u64(schema::ORDINAL)?.first_or_default_col(0),
            path: fast.str(schema::PATH)?,
            language: fast.str(schema::LANGUAGE)?,
        })
    }

    pub(super) fn version(&self, doc: DocId) -> VersionKey {
        VersionKey(self.version.get_val(doc))
    }

    pub(super) fn ordinal(&self, doc: DocId) -> u32 {
        u32::try_from(self.ordinal.get_val(doc)).unwrap_or(u32::MAX)
    }
}

impl Snapshot {
    pub(super) fn segments(&self) -> impl Iterator<Item = (u32, &SegmentReader, &Columns)> {
        (0..)
            .zip(self.searcher.segment_readers())
            .zip(&self.columns)
            .map(|((number, segment), columns)| (number, segment, columns))
    }

    /// Whether it may hold chunks of `version`; deleted ones that were not merged away count.
    pub(super) fn may_hold(&self, version: VersionKey) -> tantivy::Result<bool> {
        Ok(self.searcher.doc_freq(&version_term(version))? > 0)
    }

    pub(super) fn text(&self, address: DocAddress) -> tantivy::Result<NewChunk> {
        Ok(self.searcher.doc::<Stored>(address)?.0)
    }

    /// Returns chunks of a version in order, each ordinal once.
    pub(super) fn chunks(
        &self,
        version: VersionKey,
        from: u32,
        limit: u32,
    ) -> tantivy::Result<Vec<NewChunk>> {
        let term = version_term(version);
        let mut found = BTreeMap::new();
        for (number, segment, columns) in self.segments() {
            let lists = segment.inverted_index(term.field())?;
            let Some(mut docs) = lists.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            while docs.doc() != TERMINATED {
                let (doc, ordinal) = (docs.doc(), columns.ordinal(docs.doc()));
                let wanted = ordinal >= from && ordinal - from < limit;
                if wanted && !segment.is_deleted(doc) {
                    found.entry(ordinal).or_insert(DocAddress::new(number, doc));
                }
                docs.advance();
            }
        }
        found
            .into_values()
            .map(|address| self.text(address))
            .collect()
    }

    /// Counts chunks that are not deleted.
    pub(super) fn census(&self) -> Vec<Census> {
        let mut ordinals: BTreeMap<VersionKey, Vec<u32>> = BTreeMap::new();
        for (_, segment, columns) in self.segments() {
            for doc in segment.doc_ids_alive() {
                ordinals
                    .entry(columns.version(doc))
                    .or_default()
                    .push(columns.ordinal(doc));
            }
        }
        let count = |(version, mut ordinals): (VersionKey, Vec<u32>)| {
            let all = ordinals.len();
            ordinals.sort_unstable();
            ordinals.dedup();
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            Census {
                version,
                chunks: number(ordinals.len()),
                duplicates: number(all - ordinals.len()),
                end: ordinals.last().map_or(0, |last| last.saturating_add(1)),
            }
        };
        ordinals.into_iter().map(count).collect()
    }
}
