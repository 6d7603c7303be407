//! Where secrets were replaced in texts.

use protocol::Reply;
use protocol::document::SecretListRequest;
use protocol::error::ErrorReport;
use protocol::job::Page;
use uuid::Uuid;

use super::super::session::Context;
use super::super::{convert, report};
use super::documents::collection_id;
use super::{bad_cursor, limit};
use crate::ids::DocumentId;
use crate::ledger::{RedactedFilter, RedactedRow};

pub(super) async fn list(
    context: &Context,
    request: SecretListRequest,
) -> Result<Reply, ErrorReport> {
    let SecretListRequest { collection, page } = request;
    let stores = context.server.stores().await?;
    let limit = limit(&page);
    let filter = RedactedFilter {
        collection: collection_id(&stores, collection.as_deref()).await?,
        after: page.cursor.as_deref().map(cursor).transpose()?,
        limit: u64::from(limit) + 1,
    };
    let listed = stores.ledger.redacted(filter).await;
    let (mut rows, total) = listed.map_err(|error| report::ledger(&error))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(cursor_after);
    let items = rows.into_iter().map(convert::secret).collect();
    Ok(Reply::Secrets(Page { items, next, total }))
}

fn cursor_after(row: &RedactedRow) -> String {
    format!("{}.{}", row.document.0.simple(), row.number)
}

fn cursor(cursor: &str) -> Result<(DocumentId, u32), ErrorReport> {
    let (document, number) = cursor.split_once('.').ok_or_else(bad_cursor)?;
    let document = Uuid::try_parse(document).map_err(|_| bad_cursor())?;
    let number = number.parse().map_err(|_| bad_cursor())?;
    Ok((DocumentId(document), number))
}
