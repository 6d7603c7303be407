//! Collections, documents, passages, hits, gaps and plans.

use std::collections::BTreeMap;

use protocol::collection::{CollectionRemoved, CollectionView};
use protocol::document::{ChunkView, DocumentRemoved, DocumentView, GapView};
use protocol::search::Hit;
use protocol::submit::{PlanAction, PlanEntry, PlanSum, PlanView};
use serde::Serialize;

use super::jobs::shown;
use super::{PathJson, Record, time};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct CollectionJson {
    name: String,
    id: String,
    owner: u32,
    documents: u64,
    chunks: u64,
    bytes: u64,
    gaps: u64,
    created_at: String,
    updated_at: Option<String>,
}

impl Record for CollectionJson {
    const SCHEMA: &'static str = "ragctl.collection/v1";
    const LIST_SCHEMA: &'static str = "ragctl.collection_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "id",
        "owner",
        "documents",
        "chunks",
        "bytes",
        "gaps",
        "created_at",
        "updated_at",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl From<&CollectionView> for CollectionJson {
    fn from(collection: &CollectionView) -> Self {
        let CollectionView {
            id,
            name,
            owner,
            documents,
            chunks,
            bytes,
            gaps,
            created_at,
            updated_at,
        } = collection;
        Self {
            name: name.clone(),
            id: id.to_string(),
            owner: *owner,
            documents: *documents,
            chunks: *chunks,
            bytes: *bytes,
            gaps: *gaps,
            created_at: time(*created_at),
            updated_at: updated_at.map(time),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct CollectionRemovedJson {
    name: String,
    documents: u64,
    cancelled_jobs: u64,
}

impl Record for CollectionRemovedJson {
    const SCHEMA: &'static str = "ragctl.collection_removed/v1";
    const LIST_SCHEMA: &'static str = "ragctl.collection_removed_list/v1";
    const FIELDS: &'static [&'static str] = &["name", "documents", "cancelled_jobs"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl From<&CollectionRemoved> for CollectionRemovedJson {
    fn from(removed: &CollectionRemoved) -> Self {
        let CollectionRemoved {
            name,
            documents,
            cancelled_jobs,
        } = removed;
        Self {
            name: name.clone(),
            documents: *documents,
            cancelled_jobs: *cancelled_jobs,
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct DocumentJson {
    id: String,
    #[serde(flatten)]
    path: PathJson,
    source: String,
    state: &'static str,
    version: u32,
    bytes: u64,
    pages: Option<u32>,
    chunks: u64,
    title: Option<String>,
    updated_at: String,
}

impl Record for DocumentJson {
    const SCHEMA: &'static str = "ragctl.doc/v1";
    const LIST_SCHEMA: &'static str = "ragctl.doc_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "path",
        "source",
        "state",
        "version",
        "bytes",
        "pages",
        "chunks",
        "title",
        "updated_at",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&DocumentView> for DocumentJson {
    fn from(document: &DocumentView) -> Self {
        Self {
            id: document.id.to_string(),
            path: PathJson::from(&document.path),
            source: document.source.to_text(),
            state: document.state.as_str(),
            version: document.version,
            bytes: document.bytes,
            pages: document.pages,
            chunks: document.chunks,
            title: shown(document.title.as_ref()),
            updated_at: time(document.updated_at),
        }
    }
}

/// One document with what a list has no room for.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct DocumentDetailJson {
    #[serde(flatten)]
    document: DocumentJson,
    collection: String,
    language: Option<String>,
    content: String,
}

impl Record for DocumentDetailJson {
    const SCHEMA: &'static str = DocumentJson::SCHEMA;
    const LIST_SCHEMA: &'static str = DocumentJson::LIST_SCHEMA;
    const FIELDS: &'static [&'static str] = &[
        "id",
        "path",
        "source",
        "state",
        "version",
        "bytes",
        "pages",
        "chunks",
        "title",
        "updated_at",
        "collection",
        "language",
        "content",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.document.name()
    }
}

impl From<&DocumentView> for DocumentDetailJson {
    fn from(document: &DocumentView) -> Self {
        Self {
            document: DocumentJson::from(document),
            collection: document.collection.clone(),
            language: document.language.clone(),
            content: format!("sha256:{}", document.content),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct DocumentRemovedJson {
    id: String,
    #[serde(flatten)]
    path: PathJson,
    chunks: u64,
}

impl Record for DocumentRemovedJson {
    const SCHEMA: &'static str = "ragctl.doc_removed/v1";
    const LIST_SCHEMA: &'static str = "ragctl.doc_removed_list/v1";
    const FIELDS: &'static [&'static str] = &["id", "path", "chunks"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&DocumentRemoved> for DocumentRemovedJson {
    fn from(removed: &DocumentRemoved) -> Self {
        let DocumentRemoved { id, path, chunks } = removed;
        Self {
            id: id.to_string(),
            path: PathJson::from(path),
            chunks: *chunks,
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct ChunkJson {
    ordinal: u32,
    text: String,
    line_start: u32,
    line_end: u32,
    page: Option<u32>,
    heading: Option<String>,
    symbol: Option<String>,
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
        "heading",
        "symbol",
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
            symbol,
        } = chunk;
        Self {
            ordinal: *ordinal,
            text: text.0.clone(),
            line_start: place.line_start,
            line_end: place.line_end,
            page: place.page,
            heading: shown(heading.as_ref()),
            symbol: shown(symbol.as_ref()),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct HitJson {
    rank: u32,
    rank_by_file: u32,
    doc: String,
    collection: String,
    #[serde(flatten)]
    path: PathJson,
    line_start: u32,
    line_end: u32,
    page: Option<u32>,
    score: f32,
    scores: BTreeMap<String, f32>,
    heading: Option<String>,
    text: String,
}

impl Record for HitJson {
    const SCHEMA: &'static str = "ragctl.hit/v1";
    const LIST_SCHEMA: &'static str = "ragctl.search/v1";
    const FIELDS: &'static [&'static str] = &[
        "rank",
        "rank_by_file",
        "doc",
        "collection",
        "path",
        "line_start",
        "line_end",
        "page",
        "score",
        "scores",
        "heading",
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
            collection: hit.collection.clone(),
            path: PathJson::from(&hit.path),
            line_start: hit.place.line_start,
            line_end: hit.place.line_end,
            page: hit.place.page,
            score: hit.score,
            scores: hit.scores.iter().cloned().collect(),
            heading: shown(hit.heading.as_ref()),
            text: hit.text.0.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct GapJson {
    #[serde(flatten)]
    path: PathJson,
    collection: String,
    stage: &'static str,
    rule: String,
    code: String,
    reason: String,
    bytes: Option<u64>,
    at: String,
}

impl Record for GapJson {
    const SCHEMA: &'static str = "ragctl.gap/v1";
    const LIST_SCHEMA: &'static str = "ragctl.gap_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "path",
        "collection",
        "stage",
        "rule",
        "code",
        "reason",
        "bytes",
        "at",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.path.path.clone()
    }
}

impl From<&GapView> for GapJson {
    fn from(gap: &GapView) -> Self {
        let GapView {
            path,
            collection,
            stage,
            rule,
            code,
            reason,
            bytes,
            job: _,
            at,
        } = gap;
        Self {
            path: PathJson::from(path),
            collection: collection.clone(),
            stage: stage.as_str(),
            rule: rule.clone(),
            code: code.clone(),
            reason: reason.clone(),
            bytes: *bytes,
            at: time(*at),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct PlanJson {
    id: String,
    collection: String,
    creates_collection: bool,
    add: SumJson,
    update: SumJson,
    delete: SumJson,
    unchanged: SumJson,
    skipped: BTreeMap<String, SumJson>,
    unreadable: Vec<UnreadableJson>,
    delete_guard: Option<String>,
    entries: Vec<EntryJson>,
    entries_complete: bool,
    expires_at: String,
}

#[derive(Debug, Serialize)]
struct SumJson {
    files: u64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct UnreadableJson {
    #[serde(flatten)]
    path: PathJson,
    reason: String,
}

#[derive(Debug, Serialize)]
struct EntryJson {
    #[serde(flatten)]
    path: PathJson,
    bytes: u64,
    action: &'static str,
    rule: Option<String>,
}

impl Record for PlanJson {
    const SCHEMA: &'static str = "ragctl.plan/v1";
    const LIST_SCHEMA: &'static str = "ragctl.plan_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "collection",
        "creates_collection",
        "add",
        "update",
        "delete",
        "unchanged",
        "skipped",
        "unreadable",
        "delete_guard",
        "entries",
        "entries_complete",
        "expires_at",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "collection",
        "add.files",
        "add.bytes",
        "update.files",
        "update.bytes",
        "delete.files",
        "unchanged.files",
        "delete_guard",
    ];

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&PlanView> for PlanJson {
    fn from(plan: &PlanView) -> Self {
        Self {
            id: plan.id.to_string(),
            collection: plan.collection.clone(),
            creates_collection: plan.creates_collection,
            add: plan.add.into(),
            update: plan.update.into(),
            delete: plan.delete.into(),
            unchanged: plan.unchanged.into(),
            skipped: plan
                .skipped
                .iter()
                .map(|(rule, sum)| (rule.clone(), (*sum).into()))
                .collect(),
            unreadable: plan
                .unreadable
                .iter()
                .map(|(path, reason)| UnreadableJson {
                    path: path.into(),
                    reason: reason.clone(),
                })
                .collect(),
            delete_guard: plan.delete_guard.clone(),
            entries: plan.entries.iter().map(EntryJson::from).collect(),
            entries_complete: plan.entries_complete,
            expires_at: time(plan.expires_at),
        }
    }
}

impl From<PlanSum> for SumJson {
    fn from(PlanSum { files, bytes }: PlanSum) -> Self {
        Self { files, bytes }
    }
}

impl From<&PlanEntry> for EntryJson {
    fn from(entry: &PlanEntry) -> Self {
        let (action, rule) = match &entry.action {
            PlanAction::Add => ("add", None),
            PlanAction::Update => ("update", None),
            PlanAction::Delete => ("delete", None),
            PlanAction::Unchanged => ("unchanged", None),
            PlanAction::Skip { rule } => ("skip", Some(rule.clone())),
        };
        Self {
            path: (&entry.path).into(),
            bytes: entry.bytes,
            action,
            rule,
        }
    }
}
