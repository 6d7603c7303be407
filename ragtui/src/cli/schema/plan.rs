//! Plans: what a submit would do.

use std::collections::BTreeMap;

use protocol::submit::{PlanAction, PlanEntry, PlanEstimate, PlanSum, PlanView};
use serde::Serialize;

use super::{PathJson, Record, time};

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
    estimate: EstimateJson,
}

#[derive(Debug, Serialize)]
struct EstimateJson {
    chunks: u64,
    seconds: u64,
    memory_bytes: u64,
    disk_bytes: u64,
    embedding: Option<EmbeddingJson>,
}

#[derive(Debug, Serialize)]
struct EmbeddingJson {
    model: String,
    tokens: u64,
    cents: Option<u64>,
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
        "estimate",
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
        "estimate.chunks",
        "estimate.seconds",
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
            estimate: (&plan.estimate).into(),
        }
    }
}

impl From<&PlanEstimate> for EstimateJson {
    fn from(estimate: &PlanEstimate) -> Self {
        let PlanEstimate {
            chunks,
            seconds,
            memory_bytes,
            disk_bytes,
            embedding,
        } = estimate;
        Self {
            chunks: *chunks,
            seconds: *seconds,
            memory_bytes: *memory_bytes,
            disk_bytes: *disk_bytes,
            embedding: embedding.as_ref().map(|asked| EmbeddingJson {
                model: asked.model.clone(),
                tokens: asked.tokens,
                cents: asked.cents,
            }),
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
