//! Watched sources.

use protocol::watched::WatchedView;
use serde::Serialize;

use super::{PathJson, Record, time};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct WatchedJson {
    id: String,
    uid: u32,
    collection: String,
    roots: Vec<PathJson>,
    state: &'static str,
    polled: bool,
    folders: u64,
    created_at: String,
    updated_at: Option<String>,
    job: Option<String>,
    cause: Option<String>,
    next_step: Option<String>,
}

impl Record for WatchedJson {
    const SCHEMA: &'static str = "ragctl.watched/v1";
    const LIST_SCHEMA: &'static str = "ragctl.watched_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "uid",
        "collection",
        "roots",
        "state",
        "polled",
        "folders",
        "created_at",
        "updated_at",
        "job",
        "cause",
        "next_step",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "collection",
        "state",
        "polled",
        "folders",
        "updated_at",
        "job",
    ];

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&WatchedView> for WatchedJson {
    fn from(view: &WatchedView) -> Self {
        let WatchedView {
            id,
            uid,
            collection,
            roots,
            state,
            is_polled,
            folders,
            created_at,
            updated_at,
            job,
            cause,
            next_step,
        } = view;
        Self {
            id: id.to_string(),
            uid: *uid,
            collection: collection.clone(),
            roots: roots.iter().map(PathJson::from).collect(),
            state: state.as_str(),
            polled: *is_polled,
            folders: *folders,
            created_at: time(*created_at),
            updated_at: updated_at.map(time),
            job: job.map(|job| job.to_string()),
            cause: cause.clone(),
            next_step: next_step.clone(),
        }
    }
}
