//! Passages: those of a document, and those that a search finds.

use std::collections::BTreeMap;

use protocol::document::{ChunkView, Symbol};
use protocol::search::Hit;
use serde::Serialize;

use super::{PathJson, Record, shown};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct ChunkJson {
    ordinal: u32,
    text: String,
    line_start: u32,
    line_end: u32,
    page: Option<u32>,
    spot: Option<String>,
    heading: Option<String>,
    symbols: Vec<SymbolJson>,
}

/// A named item of a program.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct SymbolJson {
    path: String,
    kind: String,
    signature: String,
    line_start: u32,
    line_end: u32,
}

impl From<&Symbol> for SymbolJson {
    fn from(symbol: &Symbol) -> Self {
        let Symbol {
            path,
            kind,
            signature,
            line_start,
            line_end,
        } = symbol;
        Self {
            path: path.0.clone(),
            kind: kind.clone(),
            signature: signature.0.clone(),
            line_start: *line_start,
            line_end: *line_end,
        }
    }
}

impl Record for ChunkJson {
    const SCHEMA: &'static str = "ragctl.chunk/v1";
    const LIST_SCHEMA: &'static str = "ragctl.chunk_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "ordinal",
        "text",
        "line_start",
        "line_end",
        "page",
        "spot",
        "heading",
        "symbols",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.ordinal.to_string()
    }
}

impl From<&ChunkView> for ChunkJson {
    fn from(chunk: &ChunkView) -> Self {
        let ChunkView {
            ordinal,
            text,
            place,
            heading,
            symbols,
        } = chunk;
        Self {
            ordinal: *ordinal,
            text: text.0.clone(),
            line_start: place.line_start,
            line_end: place.line_end,
            page: place.page(),
            spot: place.spot.map(|spot| spot.to_string()),
            heading: shown(heading.as_ref()),
            symbols: symbols.iter().map(SymbolJson::from).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct HitJson {
    rank: u32,
    rank_by_file: u32,
    doc: String,
    also: Vec<String>,
    collection: String,
    #[serde(flatten)]
    path: PathJson,
    line_start: u32,
    line_end: u32,
    page: Option<u32>,
    spot: Option<String>,
    score: f32,
    scores: BTreeMap<String, f32>,
    heading: Option<String>,
    symbols: Vec<SymbolJson>,
    text: String,
}

impl Record for HitJson {
    const SCHEMA: &'static str = "ragctl.hit/v1";
    const LIST_SCHEMA: &'static str = "ragctl.search/v1";
    const FIELDS: &'static [&'static str] = &[
        "rank",
        "rank_by_file",
        "doc",
        "also",
        "collection",
        "path",
        "line_start",
        "line_end",
        "page",
        "spot",
        "score",
        "scores",
        "heading",
        "symbols",
        "text",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "rank",
        "rank_by_file",
        "doc",
        "collection",
        "path",
        "line_start",
        "line_end",
        "page",
        "spot",
        "score",
        "heading",
        "text",
    ];
    const ITEMS: &'static str = "hits";

    fn name(&self) -> String {
        format!("{}:{}", self.path.path, self.line_start)
    }
}

impl From<&Hit> for HitJson {
    fn from(hit: &Hit) -> Self {
        Self {
            rank: hit.rank,
            rank_by_file: hit.rank_by_file,
            doc: hit.document.to_string(),
            also: hit.also.iter().map(ToString::to_string).collect(),
            collection: hit.collection.clone(),
            path: PathJson::from(&hit.path),
            line_start: hit.place.line_start,
            line_end: hit.place.line_end,
            page: hit.place.page(),
            spot: hit.place.spot.map(|spot| spot.to_string()),
            score: hit.score,
            scores: hit.scores.iter().cloned().collect(),
            heading: shown(hit.heading.as_ref()),
            symbols: hit.symbols.iter().map(SymbolJson::from).collect(),
            text: hit.text.0.clone(),
        }
    }
}
