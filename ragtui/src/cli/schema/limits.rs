//! Limits as scripts see them.

use protocol::limit::LimitView;
use serde::Serialize;

use super::Record;

#[derive(Debug, Serialize)]
pub(in crate::cli) struct LimitJson {
    key: String,
    value: u64,
    usual: u64,
    code: String,
    meaning: String,
}

impl Record for LimitJson {
    const SCHEMA: &'static str = "ragctl.limit/v1";
    const LIST_SCHEMA: &'static str = "ragctl.limits/v1";
    const FIELDS: &'static [&'static str] = &["key", "value", "usual", "code", "meaning"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;
    const ITEMS: &'static str = "limits";

    fn name(&self) -> String {
        self.key.clone()
    }
}

impl From<&LimitView> for LimitJson {
    fn from(limit: &LimitView) -> Self {
        let LimitView {
            key,
            value,
            usual,
            code,
            meaning,
        } = limit;
        Self {
            key: key.clone(),
            value: *value,
            usual: *usual,
            code: code.clone(),
            meaning: meaning.clone(),
        }
    }
}
