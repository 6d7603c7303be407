//! Questions, the answers of jobs, and conversations.

use std::sync::Arc;

use protocol::answer::{AskLaterRequest, AskRequest};
use protocol::error::{ErrorCode, ErrorReport};
use protocol::job::{Page, PageRequest};
use protocol::submit::Accepted;
use protocol::{ConversationId, Item, JobId, Reply};
use tokio::sync::mpsc;

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::{bad_cursor, limit, refuse_foreign, search};
use crate::answer::{Question, Turn};
use crate::jobs::state::Done;
use crate::jobs::{JobState, NewJob, Priority, Totals, Work};

/// Events that wait for a client that reads slowly; then the model waits as well.
const EVENTS: usize = 64;

/// Streams an answer. Dropping the call stops the model.
pub(super) async fn ask(context: &Context, request: AskRequest) -> Result<(), ErrorReport> {
    let stores = context.server.stores().await?;
    let question = question(context, &stores, request).await?;
    let (tell, mut told) = mpsc::channel(EVENTS);
    let answers = Arc::clone(&stores.answers);
    let asking = async {
        let asked = answers.ask(question, &tell).await;
        drop(tell);
        asked
    };
    let passing_on = async {
        while let Some(event) = told.recv().await {
            let event = convert::answer_event(event);
            context.item(Item::Answer(event)).await?;
        }
        Ok::<_, ErrorReport>(())
    };
    let (asked, passed_on) = tokio::join!(asking, passing_on);
    passed_on?;
    asked.map(|_| ()).map_err(|error| report::answer(&error))
}

async fn question(
    context: &Context,
    stores: &Stores,
    request: AskRequest,
) -> Result<Question, ErrorReport> {
    let about = request.collection.as_deref();
    let (collections, notes) = search::scope(context, stores, about, &request.question).await?;
    Ok(Question {
        text: request.question.0,
        collection: request.collection,
        collections,
        paths: request.paths,
        languages: request.languages,
        conditions: convert::conditions(request.conditions),
        passages: request.passages,
        model: request.model,
        thread: convert::thread(request.thread),
        only_whole: false,
        uid: context.peer.uid,
        notes,
    })
}

/// Puts a question into the queue.
pub(super) async fn ask_later(
    context: &Context,
    request: AskLaterRequest,
) -> Result<Reply, ErrorReport> {
    let AskLaterRequest {
        job,
        ask,
        idempotency_key,
    } = request;
    let stores = context.server.stores().await?;
    let collection = ask.collection.clone();
    if let Some(name) = &collection {
        super::collection(&stores, name).await?;
    }
    let work = Work::Ask(convert::ask_work(ask, context.peer.uid));
    let fingerprint = convert::fingerprint(context.peer.uid, &work);
    let new = NewJob {
        id: job,
        uid: context.peer.uid,
        admin: context.peer.admin,
        work,
        // Somebody waits for it, if not in front of a screen.
        priority: Priority::High,
        // What was asked is nobody else's business, and lists are read by others.
        source: "a question".to_owned(),
        dedup: None,
        key: idempotency_key,
        fingerprint,
        cost: 0,
        parts: Vec::new(),
        totals: Totals::default(),
        planned: Done::default(),
    };
    let pushed = stores.queue.push(new).await;
    let pushed = pushed.map_err(|error| report::queue(&error))?;
    if pushed.existing && pushed.job == job {
        refuse_foreign(context, &stores, pushed.job).await?;
    }
    Ok(Reply::Accepted(Accepted {
        job: pushed.job,
        deduplicated: pushed.existing,
        created_collection: false,
        collection,
    }))
}

/// Returns the answer that a job ended with.
pub(super) async fn result(context: &Context, id: JobId) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let job = stores.ledger.job(id).await;
    let job = job.map_err(|error| report::ledger(&error))?;
    // Not even an admin reads what somebody else asked.
    let job = job.filter(|job| job.uid == context.peer.uid);
    let job = job.ok_or_else(|| report::not_found(&format!("job {id}")).try_next("ragctl jobs"))?;
    let no_result = |why: String| {
        ErrorReport::new(
            ErrorCode::Conflict,
            format!("job {} has no answer", id.short()),
        )
        .because(why)
    };
    match (job.work.as_ref(), job.state) {
        (Work::Ask(_), JobState::Finished) => {}
        (Work::Ask(_), state) if !state.is_end() => {
            let report = no_result(format!("it is {}", state.as_str()));
            return Err(report
                .try_next(format!("ragctl result {} --wait", id.short()))
                .retryable());
        }
        (Work::Ask(_), state) => {
            let report = no_result(format!("it ended as {}", state.as_str()));
            return Err(report.try_next(format!("ragctl job show {}", id.short())));
        }
        _ => return Err(no_result("it was no question".to_owned())),
    }
    let record = stores.ledger.answer(id).await;
    let record = record.map_err(|error| report::ledger(&error))?;
    let turn = record.as_deref().and_then(Turn::read);
    match turn {
        Some(turn) => Ok(Reply::Answer(Box::new(convert::turn(turn)))),
        None => Err(no_result("what was kept of it cannot be read".to_owned())),
    }
}

pub(super) async fn conversations(
    context: &Context,
    page: &PageRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let limit = limit(page);
    let skip = match &page.cursor {
        Some(cursor) => cursor.parse().map_err(|_| bad_cursor())?,
        None => 0_u64,
    };
    let found = stores
        .ledger
        .conversations(context.peer.uid, skip, limit)
        .await;
    let (rows, total) = found.map_err(|error| report::ledger(&error))?;
    let end = skip + u64::try_from(rows.len()).unwrap_or(0);
    Ok(Reply::Conversations(Page {
        next: (end < total && !rows.is_empty()).then(|| end.to_string()),
        items: rows.into_iter().map(convert::conversation).collect(),
        total,
    }))
}

pub(super) async fn conversation(
    context: &Context,
    id: ConversationId,
    page: &PageRequest,
) -> Result<Reply, ErrorReport> {
    /// With all their passages they have to fit into a frame.
    const MOST: u32 = 20;
    let stores = context.server.stores().await?;
    let after = match &page.cursor {
        Some(cursor) => cursor.parse().map_err(|_| bad_cursor())?,
        None => 0_i64,
    };
    let limit = limit(page).min(MOST);
    let found = stores
        .ledger
        .turns(id, context.peer.uid, after, limit + 1)
        .await;
    let found = found.map_err(|error| report::ledger(&error))?;
    let (mut turns, total) = found.ok_or_else(|| no_conversation(id))?;
    let more = turns.len() > limit as usize;
    turns.truncate(limit as usize);
    let next = turns
        .last()
        .filter(|_| more)
        .map(|(number, _)| number.to_string());
    let items = turns
        .iter()
        .filter_map(|(_, record)| Turn::read(record))
        .map(convert::turn);
    Ok(Reply::Conversation(Page {
        items: items.collect(),
        next,
        total,
    }))
}

pub(super) async fn forget(context: &Context, id: ConversationId) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let gone = stores
        .ledger
        .remove_conversation(id, context.peer.uid)
        .await;
    match gone.map_err(|error| report::ledger(&error))? {
        true => Ok(Reply::Done),
        false => Err(no_conversation(id)),
    }
}

fn no_conversation(id: ConversationId) -> ErrorReport {
    report::not_found(&format!("conversation {id}")).try_next("ragctl chat list")
}
