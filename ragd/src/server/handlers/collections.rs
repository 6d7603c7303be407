//! Collections.

use protocol::Reply;
use protocol::collection::{
    CollectionMoveRequest, CollectionRemoved, CollectionUpdateRequest, CollectionUpdated,
    CollectionView, ModelSwitch,
};
use protocol::error::{ErrorCode, ErrorReport};
use protocol::job::{Page, PageRequest};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::{check_owner, collection, limit, submit};
use crate::ingest::pipeline::IngestError;
use crate::jobs::{JobFilter, JobState, NewJob};
use crate::ledger::CollectionRow;

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
    let mut items = Vec::new();
    for row in rest.by_ref().take(limit) {
        items.push(view(&stores, row).await?);
    }
    let next = rest.peek().and(items.last()).map(|last| last.name.clone());
    Ok(Reply::Collections(Page { items, next, total }))
}

pub(super) async fn show(context: &Context, name: &str) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let row = collection(&stores, name).await?;
    Ok(Reply::Collection(view(&stores, row).await?))
}

/// Returns a collection as clients see it, with how far a switch is.
async fn view(stores: &Stores, row: CollectionRow) -> Result<CollectionView, ErrorReport> {
    let switching = match &row.next {
        None => None,
        Some((model, job)) => {
            let lack = stores.sweeper.lack(row.id, model).await;
            let (done, total) = match lack {
                Ok(lack) => (lack.done, lack.total),
                // The model is not configured any more; the job tells.
                Err(IngestError::Embed(_)) => (0, row.chunks),
                Err(error) => return Err(report::ingest(&error)),
            };
            Some(ModelSwitch {
                model: model.clone(),
                job: *job,
                done,
                total,
            })
        }
    };
    Ok(convert::collection(row, switching))
}

/// Switches a collection to another model, or ends a switch that is under way.
pub(super) async fn update(
    context: &Context,
    request: CollectionUpdateRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let row = collection(&stores, &request.name).await?;
    check_owner(context, row.owner, "change this collection")?;
    let CollectionUpdateRequest { name, job, model } = request;
    if stores.pipeline.maker.embedders.get(&model).is_err() {
        let known: Vec<_> = stores.pipeline.maker.embedders.names().collect();
        let known = format!("there are: {}", known.join(", "));
        return Err(
            ErrorReport::new(ErrorCode::NotFound, format!("unknown model \"{model}\""))
                .because(known)
                .try_next("ragctl model list"),
        );
    }
    let job = match &row.next {
        Some((_, under_way)) if row.model == model => {
            let receipt = stores.queue.cancel(*under_way).await;
            let receipt = receipt.map_err(|error| report::queue(&error))?;
            stores.pool.let_go(&receipt);
            None
        }
        None if row.model == model => None,
        Some((next, under_way)) if *next == model => Some(*under_way),
        Some(_) | None => {
            if let Some(reason) = stores.disk.look() {
                return Err(report::disk_full(&reason));
            }
            let new = NewJob {
                admin: context.peer.admin,
                // The answer of a job that waits for another collection's switch is no answer.
                dedup: None,
                ..NewJob::of_vectors(job, context.peer.uid, &name, &model)
            };
            let pushed = stores.queue.push(new).await;
            Some(pushed.map_err(|error| report::queue(&error))?.job)
        }
    };
    let row = collection(&stores, &name).await?;
    let collection = view(&stores, row).await?;
    Ok(Reply::CollectionUpdated(Box::new(CollectionUpdated {
        collection,
        job,
    })))
}

/// Moves a collection to another index.
pub(super) async fn relocate(
    context: &Context,
    request: CollectionMoveRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let CollectionMoveRequest { name, job, to } = request;
    let row = collection(&stores, &name).await?;
    check_owner(context, row.owner, "move this collection")?;
    let to = convert::index_kind(to);
    if stores.homes.of_kind(to).is_none() {
        return Err(ErrorReport::new(
            ErrorCode::Conflict,
            "there is no index server to move to".to_owned(),
        )
        .because("the configuration of the daemon names none".to_owned())
        .try_next("set `index.url` in the configuration, and restart the daemon"));
    }
    let job = match row.home == to {
        true => None,
        false => {
            if let Some(reason) = stores.disk.look() {
                return Err(report::disk_full(&reason));
            }
            let new = NewJob {
                admin: context.peer.admin,
                ..NewJob::of_move(job, context.peer.uid, &name, to)
            };
            let pushed = stores.queue.push(new).await;
            Some(pushed.map_err(|error| report::queue(&error))?.job)
        }
    };
    let collection = view(&stores, row).await?;
    Ok(Reply::CollectionUpdated(Box::new(CollectionUpdated {
        collection,
        job,
    })))
}

pub(super) async fn create(context: &Context, name: &str) -> Result<Reply, ErrorReport> {
    submit::check_name(name)?;
    let stores = context.server.stores().await?;
    let created = stores
        .ledger
        .create_collection(
            name,
            context.peer.uid,
            stores.pipeline.maker.embedders.for_new(),
            context.server.config().index.kind(),
        )
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
    let ended = stores.watched.end_all_of(row.id).await;
    ended.map_err(|error| report::ledger(&error))?;
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
