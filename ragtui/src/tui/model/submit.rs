//! The window in which a path is handed in.

use protocol::{ErrorCode, ErrorReport};

use super::Field;
use crate::tui::effect::Effect;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct SubmitForm {
    pub(in crate::tui) path: Field,
    pub(in crate::tui) collection: Field,
    pub(in crate::tui) is_in_collection: bool,
    /// The daemon was asked and has not answered yet.
    pub(in crate::tui) is_sending: bool,
    pub(in crate::tui) problem: Option<ErrorReport>,
}

impl Default for SubmitForm {
    fn default() -> Self {
        Self {
            path: Field::default(),
            collection: Field::new("default"),
            is_in_collection: false,
            is_sending: false,
            problem: None,
        }
    }
}

impl SubmitForm {
    pub(in crate::tui) fn field(&mut self) -> &mut Field {
        if self.is_in_collection {
            &mut self.collection
        } else {
            &mut self.path
        }
    }

    pub(in crate::tui) fn next_field(&mut self) {
        self.is_in_collection = !self.is_in_collection;
    }

    /// Hands in what was typed, or says in the window why that is not possible.
    pub(super) fn submit(&mut self, refusal: Option<String>) -> Vec<Effect> {
        if self.is_sending {
            return Vec::new();
        }
        let (path, collection) = (self.path.text().trim(), self.collection.text().trim());
        let reason = if path.is_empty() {
            Some("there is no path yet".to_owned())
        } else if collection.is_empty() {
            Some("there is no collection yet".to_owned())
        } else {
            refusal
        };
        if let Some(reason) = reason {
            self.problem = Some(ErrorReport::new(ErrorCode::BadRequest, reason));
            return Vec::new();
        }
        let effect = Effect::Submit {
            path: path.to_owned(),
            collection: collection.to_owned(),
        };
        (self.is_sending, self.problem) = (true, None);
        vec![effect]
    }

    pub(super) fn failed(&mut self, report: ErrorReport) {
        (self.is_sending, self.problem) = (false, Some(report));
    }
}
