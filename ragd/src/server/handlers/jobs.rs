//! Jobs: list, show, steer.

use protocol::error::{ErrorCode, ErrorReport};
use protocol::job::{JobListRequest, JobOrder, Page, PageRequest, Priority};
use protocol::{JobId, Reply};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::{bad_cursor, collection, limit};
use crate::jobs::{Job, JobFilter};
use crate::ledger::GapFilter;

/// Returns a filter of the wire as ours. Others' jobs are nobody's business.
pub(in crate::server) async fn job_filter(
    context: &Context,
    stores: &Stores,
    filter: &protocol::job::JobFilter,
) -> Result<JobFilter, ErrorReport> {
    let collection = match &filter.collection {
        Some(name) => Some(collection(stores, name).await?.id),
        None => None,
    };
    Ok(JobFilter {
        ids: filter.ids.clone(),
        states: filter
            .states
            .iter()
            .map(|state| convert::state_of(*state))
            .collect(),
        collection,
        text: filter.text.clone(),
        uid: if context.peer.admin {
            filter.uid
        } else {
            Some(context.peer.uid)
        },
        ..JobFilter::default()
    })
}

pub(super) async fn list(context: &Context, request: JobListRequest) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let limit = limit(&request.page);
    let after = match &request.page.cursor {
        // A sign would parse as well, and counts nothing.
        Some(cursor) if !cursor.starts_with(['-', '+']) => {
            Some(cursor.parse().map_err(|_| bad_cursor())?)
        }
        Some(_) => return Err(bad_cursor()),
        None => None,
    };
    let filter = JobFilter {
        oldest_first: request.order == JobOrder::OldestFirst,
        after,
        limit: limit + 1,
        ..job_filter(context, &stores, &request.filter).await?
    };
    let (mut jobs, total) = stores
        .ledger
        .jobs(filter)
        .await
        .map_err(|error| report::ledger(&error))?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next = jobs.last().filter(|_| more).map(|job| job.seq.to_string());
    let config = context.server.config();
    let items = jobs
        .iter()
        .map(|job| convert::job(job, &stores, &config))
        .collect();
    Ok(Reply::Jobs(Page { items, next, total }))
}

/// Returns a job that the client may see.
async fn visible(context: &Context, stores: &Stores, id: JobId) -> Result<Job, ErrorReport> {
    let job = stores
        .ledger
        .job(id)
        .await
        .map_err(|error| report::ledger(&error))?;
    job.filter(|job| context.peer.admin || job.uid == context.peer.uid)
        .ok_or_else(|| report::not_found(&format!("job {id}")).try_next("ragctl jobs"))
}

async fn view(context: &Context, stores: &Stores, id: JobId) -> Result<Reply, ErrorReport> {
    let job = visible(context, stores, id).await?;
    Ok(Reply::Job(Box::new(convert::job(
        &job,
        stores,
        &context.server.config(),
    ))))
}

pub(super) async fn show(context: &Context, id: JobId) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    view(context, &stores, id).await
}

pub(super) async fn find(context: &Context, digits: &str) -> Result<Reply, ErrorReport> {
    const FEWEST: usize = 4;
    let stores = context.server.stores().await?;
    let plain = digits.chars().filter(|digit| *digit != '-');
    if plain.clone().count() < FEWEST || !plain.clone().all(|digit| digit.is_ascii_hexdigit()) {
        let report = ErrorReport::new(ErrorCode::BadRequest, format!("`{digits}` names no job"))
            .because(format!("an id is at least {FEWEST} hexadecimal digits"));
        return Err(report.try_next("ragctl jobs"));
    }
    let found = stores.ledger.find_jobs(digits, 50).await;
    let mut mine = Vec::new();
    for id in found.map_err(|error| report::ledger(&error))? {
        if visible(context, &stores, id).await.is_ok() {
            mine.push(id);
        }
    }
    match mine.as_slice() {
        [] => Err(report::not_found(&format!("job {digits}")).try_next("ragctl jobs")),
        [id] => Ok(Reply::JobId(*id)),
        several => {
            let names: Vec<_> = several.iter().take(5).map(ToString::to_string).collect();
            Err(ErrorReport::new(
                ErrorCode::Ambiguous,
                format!("{} jobs fit `{digits}`", several.len()),
            )
            .because(names.join(", "))
            .try_next("give more digits"))
        }
    }
}

pub(super) async fn cancel(context: &Context, id: JobId) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    visible(context, &stores, id).await?;
    let receipt = stores
        .queue
        .cancel(id)
        .await
        .map_err(|error| report::queue(&error))?;
    stores.pool.let_go(&receipt);
    Ok(Reply::Cancelled(convert::receipt(id, &receipt)))
}

pub(super) async fn retry(context: &Context, id: JobId) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    visible(context, &stores, id).await?;
    stores
        .queue
        .retry(id)
        .await
        .map_err(|error| report::queue(&error))?;
    view(context, &stores, id).await
}

pub(super) async fn prioritise(
    context: &Context,
    id: JobId,
    priority: Priority,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    visible(context, &stores, id).await?;
    let changed = stores
        .queue
        .prioritise(id, convert::priority_of(priority))
        .await;
    changed.map_err(|error| report::queue(&error))?;
    view(context, &stores, id).await
}

pub(super) async fn remove(context: &Context, id: JobId) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    visible(context, &stores, id).await?;
    stores
        .queue
        .remove(id)
        .await
        .map_err(|error| report::queue(&error))?;
    Ok(Reply::Done)
}

pub(super) async fn pause(context: &Context, paused: bool) -> Result<Reply, ErrorReport> {
    if !context.peer.admin {
        return Err(report::forbidden("pause the queue")
            .because("it serves all users; only the user of the daemon may"));
    }
    let stores = context.server.stores().await?;
    stores
        .queue
        .pause(paused)
        .await
        .map_err(|error| report::queue(&error))?;
    if let Some(desk) = &stores.desk {
        desk.pause(paused).await;
    }
    Ok(Reply::Done)
}

pub(super) async fn errors(
    context: &Context,
    id: Option<JobId>,
    page: &PageRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    match id {
        Some(id) => drop(visible(context, &stores, id).await?),
        None if context.peer.admin => {}
        None => return Err(report::forbidden("see the errors of all jobs").try_next("name a job")),
    }
    let limit = limit(page);
    let filter = GapFilter {
        job: id,
        after: super::gaps::cursor(page.cursor.as_deref())?,
        limit: u64::from(limit) + 1,
        ..GapFilter::default()
    };
    let (mut rows, total) = stores
        .ledger
        .gaps(filter)
        .await
        .map_err(|error| report::ledger(&error))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(super::gaps::cursor_after);
    let items = rows.into_iter().filter_map(convert::job_error).collect();
    Ok(Reply::JobErrors(Page { items, next, total }))
}
