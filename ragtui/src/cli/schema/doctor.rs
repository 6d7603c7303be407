//! What `doctor` found.

use protocol::doctor::Finding;
use serde::Serialize;

use super::Record;

#[derive(Debug, Serialize)]
pub(in crate::cli) struct FindingJson {
    part: String,
    state: &'static str,
    what: String,
    next_step: Option<String>,
}

impl Record for FindingJson {
    const SCHEMA: &'static str = "ragctl.finding/v1";
    const LIST_SCHEMA: &'static str = "ragctl.doctor/v1";
    const FIELDS: &'static [&'static str] = &["part", "state", "what", "next_step"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;
    const ITEMS: &'static str = "findings";

    fn name(&self) -> String {
        self.part.clone()
    }
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        let Finding {
            part,
            state,
            what,
            next_step,
        } = finding;
        Self {
            part: part.clone(),
            state: state.as_str(),
            what: what.clone(),
            next_step: next_step.clone(),
        }
    }
}
