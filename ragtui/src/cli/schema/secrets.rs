//! Secrets that were replaced in texts.

use protocol::document::SecretView;
use serde::Serialize;

use super::{PathJson, Record};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct SecretJson {
    #[serde(flatten)]
    path: PathJson,
    line: u32,
    kind: String,
    mark: String,
    document: String,
    collection: String,
}

impl Record for SecretJson {
    const SCHEMA: &'static str = "ragctl.secret/v1";
    const LIST_SCHEMA: &'static str = "ragctl.secret_list/v1";
    const FIELDS: &'static [&'static str] =
        &["path", "line", "kind", "mark", "document", "collection"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.mark.clone()
    }
}

impl From<&SecretView> for SecretJson {
    fn from(secret: &SecretView) -> Self {
        let SecretView {
            collection,
            document,
            path,
            line,
            kind,
            mark,
        } = secret;
        Self {
            path: PathJson::from(path),
            line: *line,
            kind: kind.clone(),
            mark: mark.clone(),
            document: document.to_string(),
            collection: collection.clone(),
        }
    }
}
