//! Models.

use protocol::model::{ModelState, ModelUse, ModelView};
use serde::Serialize;

use super::Record;

#[derive(Debug, Serialize)]
pub(in crate::cli) struct ModelJson {
    name: String,
    kind: &'static str,
    state: &'static str,
    /// Why it is away.
    reason: Option<String>,
    uses: Vec<&'static str>,
    model: Option<String>,
    url: Option<String>,
    dimensions: Option<u32>,
    collections: Vec<String>,
}

impl Record for ModelJson {
    const SCHEMA: &'static str = "ragctl.model/v1";
    const LIST_SCHEMA: &'static str = "ragctl.model_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "kind",
        "state",
        "reason",
        "uses",
        "model",
        "url",
        "dimensions",
        "collections",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl From<&ModelView> for ModelJson {
    fn from(view: &ModelView) -> Self {
        let ModelView {
            name,
            kind,
            url,
            model,
            uses,
            state,
            dimensions,
            collections,
        } = view;
        let (state, reason) = match state {
            ModelState::Ready => ("ready", None),
            ModelState::Away(reason) => ("away", Some(reason.clone())),
        };
        Self {
            name: name.clone(),
            kind: kind.as_str(),
            state,
            reason,
            uses: uses.iter().copied().map(ModelUse::as_str).collect(),
            model: model.clone(),
            url: url.clone(),
            dimensions: *dimensions,
            collections: collections.clone(),
        }
    }
}
