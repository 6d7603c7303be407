//! Collections.

use protocol::Reply;
use protocol::collection::CollectionRemoved;
use protocol::error::{ErrorCode, ErrorReport};
use protocol::job::{Page, PageRequest};

use super::super::session::Context;
use super::super::{convert, report};
use super::{check_owner, collection, limit, submit};
use crate::jobs::{JobFilter, JobState};

pub(super) async fn list(context: &Context, page: &PageRequest) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let all = stores
        .ledger
        .collections()
        .await
        .map_err(|error| report::ledger(&error))?;
    let total = all.len() as u64;
    let limit = limit(page) as usize;
    let after = page.cursor.clone().unwrap_or_default();
    let mut rest = all
        .into_iter()
        .filter(|collection| collection.name > after)
        .peekable();
    let items: Vec<_> = rest.by_ref().take(limit).map(convert::collection).collect();
    let next = rest.peek().and(items.last()).map(|last| last.name.clone());
    Ok(Reply::Collections(Page { items, next, total }))
}

pub(super) async fn show(context: &Context, name: &str) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    Ok(Reply::Collection(convert::collection(
        collection(&stores, name).await?,
    )))
}

pub(super) async fn create(context: &Context, name: &str) -> Result<Reply, ErrorReport> {
    submit::check_name(name)?;
    let stores = context.server.stores().await?;
    let created = stores
        .ledger
        .create_collection(name, context.peer.uid)
        .await;
    match created.map_err(|error| report::ledger(&error))? {
        Some(_) => show(context, name).await,
        None => Err(ErrorReport::new(
            ErrorCode::Exists,
            format!("there is a collection \"{name}\" already"),
        )),
    }
}

pub(super) async fn remove(context: &Context, name: &str) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let row = collection(&stores, name).await?;
    check_owner(context, row.owner, "remove this collection")?;
    // First out of sight: a job that is just ending finds no collection and changes nothing.
    stores
        .ledger
        .remove_collection(row.id)
        .await
        .map_err(|error| report::ledger(&error))?;
    let open = JobState::ALL
        .into_iter()
        .filter(|state| !state.is_end())
        .collect();
    let filter = JobFilter {
        states: open,
        collection: Some(row.id),
        limit: u32::MAX,
        ..JobFilter::default()
    };
    let (jobs, _) = stores
        .ledger
        .jobs(filter)
        .await
        .map_err(|error| report::ledger(&error))?;
    for job in &jobs {
        let receipt = stores
            .queue
            .cancel(job.id)
            .await
            .map_err(|error| report::queue(&error))?;
        stores.pool.let_go(&receipt);
    }
    Ok(Reply::CollectionRemoved(CollectionRemoved {
        name: row.name,
        documents: row.documents,
        cancelled_jobs: jobs.len() as u64,
    }))
}
