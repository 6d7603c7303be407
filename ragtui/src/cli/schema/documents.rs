//! Collections and documents.

use std::collections::BTreeMap;

use protocol::collection::{CollectionRemoved, CollectionView, ModelSwitch};
use protocol::document::{DocumentRemoved, DocumentVersions, DocumentView, VersionView};
use serde::Serialize;

use super::{GapJson, PathJson, Record, shown, time};

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
    model: String,
    switching: Option<SwitchJson>,
    previous_model: Option<String>,
    index: &'static str,
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
        "model",
        "switching",
        "previous_model",
        "index",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "id",
        "owner",
        "documents",
        "chunks",
        "bytes",
        "gaps",
        "created_at",
        "updated_at",
        "model",
    ];

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
            model,
            switching,
            previous,
            index,
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
            model: model.clone(),
            switching: switching.as_ref().map(SwitchJson::from),
            previous_model: previous.clone(),
            index: index.as_str(),
        }
    }
}

/// The vectors of another model are being built.
#[derive(Debug, Serialize)]
struct SwitchJson {
    model: String,
    job: String,
    chunks_done: u64,
    chunks_total: u64,
}

impl From<&ModelSwitch> for SwitchJson {
    fn from(switch: &ModelSwitch) -> Self {
        let ModelSwitch {
            model,
            job,
            done,
            total,
        } = switch;
        Self {
            model: model.clone(),
            job: job.to_string(),
            chunks_done: *done,
            chunks_total: *total,
        }
    }
}

/// What `collection update --dry-run` would change.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct CollectionChangeJson {
    pub(in crate::cli) collection: String,
    pub(in crate::cli) model: String,
    pub(in crate::cli) new_model: String,
    pub(in crate::cli) change: &'static str,
    pub(in crate::cli) chunks_to_embed: Option<u64>,
}

impl Record for CollectionChangeJson {
    const SCHEMA: &'static str = "ragctl.collection_change/v1";
    const LIST_SCHEMA: &'static str = "ragctl.collection_change_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "collection",
        "model",
        "new_model",
        "change",
        "chunks_to_embed",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.collection.clone()
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
    /// What is known of it beside its title, by name.
    meta: BTreeMap<String, Vec<String>>,
    secrets: u32,
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
        "meta",
        "secrets",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS.split_at(13).0;

    fn name(&self) -> String {
        self.document.name()
    }
}

impl From<&DocumentView> for DocumentDetailJson {
    fn from(document: &DocumentView) -> Self {
        let mut meta = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in &document.facts {
            meta.entry(name.clone()).or_default().push(value.0.clone());
        }
        Self {
            document: DocumentJson::from(document),
            collection: document.collection.clone(),
            language: document.language.clone(),
            content: format!("sha256:{}", document.content),
            meta,
            secrets: document.secrets,
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

/// The contents that a document has had, the newest first.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct VersionsJson {
    id: String,
    #[serde(flatten)]
    path: PathJson,
    versions: Vec<VersionJson>,
    unread: Option<GapJson>,
}

#[derive(Debug, Serialize)]
struct VersionJson {
    version: u32,
    state: &'static str,
    content: String,
    bytes: u64,
    since: String,
    until: Option<String>,
}

impl Record for VersionsJson {
    const SCHEMA: &'static str = "ragctl.doc_versions/v1";
    const LIST_SCHEMA: &'static str = "ragctl.doc_versions_list/v1";
    const FIELDS: &'static [&'static str] = &["id", "path", "versions", "unread"];
    const COLUMNS: &'static [&'static str] = &["id", "path"];

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&DocumentVersions> for VersionsJson {
    fn from(versions: &DocumentVersions) -> Self {
        let DocumentVersions {
            id,
            path,
            unread,
            versions,
        } = versions;
        Self {
            id: id.to_string(),
            path: PathJson::from(path),
            versions: versions.iter().map(VersionJson::from).collect(),
            unread: unread.as_ref().map(GapJson::from),
        }
    }
}

impl From<&VersionView> for VersionJson {
    fn from(version: &VersionView) -> Self {
        Self {
            version: version.number,
            state: version.state.as_str(),
            content: format!("sha256:{}", version.content),
            bytes: version.bytes,
            since: time(version.since),
            until: version.until.map(time),
        }
    }
}

/// What changed between two versions.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct DiffJson {
    pub(in crate::cli) id: String,
    #[serde(flatten)]
    pub(in crate::cli) path: PathJson,
    pub(in crate::cli) old: u32,
    pub(in crate::cli) new: u32,
    pub(in crate::cli) added: usize,
    pub(in crate::cli) removed: usize,
    pub(in crate::cli) hunks: Vec<HunkJson>,
}

/// Lines that changed, and those around them.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct HunkJson {
    pub(in crate::cli) old_start: usize,
    pub(in crate::cli) old_lines: usize,
    pub(in crate::cli) new_start: usize,
    pub(in crate::cli) new_lines: usize,
    /// Each begins with ` `, `-` or `+`.
    pub(in crate::cli) lines: Vec<String>,
}

impl Record for DiffJson {
    const SCHEMA: &'static str = "ragctl.doc_diff/v1";
    const LIST_SCHEMA: &'static str = "ragctl.doc_diff_list/v1";
    const FIELDS: &'static [&'static str] =
        &["id", "path", "old", "new", "added", "removed", "hunks"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS.split_at(6).0;

    fn name(&self) -> String {
        self.id.clone()
    }
}
