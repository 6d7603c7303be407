//! Conversations.

use protocol::answer::ConversationView;
use serde::Serialize;

use super::{Record, time};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct ConversationJson {
    id: String,
    title: String,
    collection: Option<String>,
    turns: u64,
    created_at: String,
    updated_at: String,
}

impl Record for ConversationJson {
    const SCHEMA: &'static str = "ragctl.conversation/v1";
    const LIST_SCHEMA: &'static str = "ragctl.conversation_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "title",
        "collection",
        "turns",
        "created_at",
        "updated_at",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&ConversationView> for ConversationJson {
    fn from(conversation: &ConversationView) -> Self {
        let ConversationView {
            id,
            title,
            collection,
            turns,
            created_at,
            updated_at,
        } = conversation;
        Self {
            id: id.to_string(),
            title: title.0.clone(),
            collection: collection.clone(),
            turns: *turns,
            created_at: time(*created_at),
            updated_at: time(*updated_at),
        }
    }
}
