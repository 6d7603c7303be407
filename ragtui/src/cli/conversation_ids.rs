//! Ids of conversations as people write them: whole, shortened, or `@last`.

use protocol::answer::ConversationView;
use protocol::job::PageRequest;
use protocol::{ConversationId, ErrorCode, ErrorReport};

use crate::client::Client;

/// The conversation that was last gone on with.
const LAST: &str = "@last";
/// Fewer digits would fit too many.
const LEAST_DIGITS: usize = 4;
const PAGE: u32 = 1_000;

/// Returns the eight last digits, as for jobs: the first ones are a time.
pub(super) fn short(id: ConversationId) -> String {
    let text = id.0.simple().to_string();
    text[text.len() - 8..].to_owned()
}

/// Returns the conversation that `text` means. The daemon knows only whole ids, so shortened ones
/// are looked for in the list.
pub(super) async fn resolve_one(
    client: &Client,
    text: &str,
) -> Result<ConversationId, ErrorReport> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let digits = text.replace('-', "").to_ascii_lowercase();
    let is_digits = digits.chars().all(|c| c.is_ascii_hexdigit());
    if text != LAST && (!is_digits || digits.len() < LEAST_DIGITS) {
        return Err(ErrorReport::new(
            ErrorCode::BadRequest,
            format!("`{text}` is not the id of a conversation"),
        )
        .because("an id is 4 or more hexadecimal digits, or @last")
        .try_next("ragctl chat list"));
    }
    let conversations = all(client).await?;
    if text == LAST {
        let last = conversations.iter().max_by_key(|view| view.updated_at);
        return last.map(|view| view.id).ok_or_else(|| {
            ErrorReport::new(ErrorCode::NotFound, "there is no last conversation")
                .try_next("ragctl chat")
        });
    }
    let mut fitting = conversations.iter().map(|view| view.id).filter(|id| {
        let whole = id.0.simple().to_string();
        whole.starts_with(&digits) || whole.ends_with(&digits)
    });
    match (fitting.next(), fitting.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(ErrorReport::new(
            ErrorCode::NotFound,
            format!("no conversation has the id {text}"),
        )
        .try_next("ragctl chat list")),
        (Some(_), Some(_)) => Err(ErrorReport::new(
            ErrorCode::Ambiguous,
            format!("several conversations fit {text}"),
        )
        .try_next("write more digits of the id")
        .try_next("ragctl chat list -o name")),
    }
}

async fn all(client: &Client) -> Result<Vec<ConversationView>, ErrorReport> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = PageRequest {
            limit: PAGE,
            cursor,
        };
        let page = client.conversation_list(page).await?;
        found.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}
