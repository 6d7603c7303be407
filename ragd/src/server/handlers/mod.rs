//! One file per subject; each answers its requests with a reply or a report.

mod answers;
mod collections;
mod doctor;
mod documents;
mod gaps;
mod health;
mod jobs;
mod models;
mod plan;
mod project;
mod search;
mod secrets;
mod status;
mod submit;
mod upload;
mod watched;
mod workers;

use protocol::error::{ErrorCode, ErrorReport};
use protocol::limit::LimitView;
use protocol::{Reply, Request};
use tokio::sync::mpsc;

use super::session::{Context, Data};
use super::{Stores, report, watch};
use crate::config;
use crate::ledger::CollectionRow;

pub(super) use jobs::job_filter;
pub use project::Projects;

/// Items of a page when the client names no number, and the most it can name.
const PAGE: u32 = 100;
const MAX_PAGE: u32 = 1_000;

/// Answers a request. `None`: it was a stream, and it is over.
pub(super) async fn answer(
    context: &Context,
    request: Request,
    data: Option<mpsc::Receiver<Data>>,
) -> Result<Option<Reply>, ErrorReport> {
    let reply = match request {
        Request::Ping => Reply::Done,
        Request::Plan(request) => plan::plan(context, request).await?,
        Request::Submit(request) => submit::submit(context, request).await?,
        Request::Upload(request) => upload::upload(context, &request, data).await?,
        Request::UploadResume(request) => {
            upload::resume(context, request, data).await?;
            return Ok(None);
        }
        Request::JobList(request) => jobs::list(context, request).await?,
        Request::JobShow(id) => jobs::show(context, id).await?,
        Request::JobFind(digits) => jobs::find(context, &digits).await?,
        Request::JobCancel(id) => jobs::cancel(context, id).await?,
        Request::JobRetry(id) => jobs::retry(context, id).await?,
        Request::JobPriority { job, priority } => jobs::prioritise(context, job, priority).await?,
        Request::JobErrors { job, page } => jobs::errors(context, job, &page).await?,
        Request::JobRemove(id) => jobs::remove(context, id).await?,
        Request::Watch(request) => {
            watch::run(context, request).await?;
            return Ok(None);
        }
        Request::QueuePause => jobs::pause(context, true).await?,
        Request::QueueResume => jobs::pause(context, false).await?,
        Request::Search(request) => search::search(context, request).await?,
        Request::CollectionList(page) => collections::list(context, &page).await?,
        Request::CollectionShow(name) => collections::show(context, &name).await?,
        Request::CollectionCreate(name) => collections::create(context, &name).await?,
        Request::CollectionRemove(name) => collections::remove(context, &name).await?,
        Request::DocumentList(request) => documents::list(context, request).await?,
        Request::DocumentShow(document) => documents::show(context, &document).await?,
        Request::DocumentChunks(request) => documents::chunks(context, request).await?,
        Request::DocumentVersions(document) => documents::versions(context, &document).await?,
        Request::DocumentCat(request) => {
            documents::cat(context, &request).await?;
            return Ok(None);
        }
        Request::DocumentPage(request) => {
            documents::page(context, &request).await?;
            return Ok(None);
        }
        Request::DocumentRemove(document) => documents::remove(context, &document).await?,
        Request::Status => status::status(context).await?,
        Request::Health => health::health(context).await,
        Request::Gaps(request) => gaps::list(context, request).await?,
        Request::GapGroups(request) => gaps::groups(context, request).await?,
        Request::GapRetry(request) => gaps::retry(context, request).await?,
        Request::Fsck { deep } => status::fsck(context, deep).await?,
        Request::Ask(request) => {
            answers::ask(context, request).await?;
            return Ok(None);
        }
        Request::AskLater(request) => answers::ask_later(context, request).await?,
        Request::JobResult(id) => answers::result(context, id).await?,
        Request::ConversationList(page) => answers::conversations(context, &page).await?,
        Request::ConversationShow { conversation, page } => {
            answers::conversation(context, conversation, &page).await?
        }
        Request::ConversationRemove(id) => answers::forget(context, id).await?,
        Request::CollectionUpdate(request) => collections::update(context, request).await?,
        Request::CollectionMove(request) => collections::relocate(context, request).await?,
        Request::ModelList => models::list(context).await?,
        Request::WorkerList => workers::list(context).await?,
        Request::WorkerWant { name, wanted } => workers::want(context, &name, wanted).await?,
        Request::Doctor => doctor::doctor(context).await?,
        Request::Limits => limits(context),
        Request::Project(request) => project::project(context, request).await?,
        Request::Secrets(request) => secrets::list(context, request).await?,
        Request::WatchedList => watched::list(context).await?,
        Request::WatchedEnd(id) => watched::end(context, id).await?,
    };
    Ok(Some(reply))
}

fn limit(page: &protocol::job::PageRequest) -> u32 {
    if page.limit == 0 {
        PAGE
    } else {
        page.limit.min(MAX_PAGE)
    }
}

/// Returns `1 worker` or `12 workers`.
fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

fn limits(context: &Context) -> Reply {
    let limits = config::limits(&context.server.config());
    let view = |limit: config::Limit| LimitView {
        key: limit.key.to_owned(),
        value: limit.value,
        usual: limit.usual,
        code: limit.code.to_owned(),
        meaning: limit.meaning.to_owned(),
    };
    Reply::Limits(limits.into_iter().map(view).collect())
}

fn bad_cursor() -> ErrorReport {
    ErrorReport::new(ErrorCode::BadRequest, "the cursor is none of this list")
        .try_next("begin again without a cursor")
}

/// Returns the collection of a name.
async fn collection(stores: &Stores, name: &str) -> Result<CollectionRow, ErrorReport> {
    let found = stores
        .ledger
        .collection(name)
        .await
        .map_err(|error| report::ledger(&error))?;
    match found {
        Some(collection) => Ok(collection),
        None => {
            let known = stores.ledger.collections().await;
            let known = known.map_err(|error| report::ledger(&error))?;
            let known: Vec<_> = known
                .into_iter()
                .map(|collection| collection.name)
                .collect();
            Err(report::no_collection(name, &known))
        }
    }
}

/// Refuses a job id that somebody else has used: he would be told that his work is done.
async fn refuse_foreign(
    context: &Context,
    stores: &Stores,
    id: crate::ids::JobId,
) -> Result<(), ErrorReport> {
    let job = stores.ledger.job(id).await;
    let job = job.map_err(|error| report::ledger(&error))?;
    match job {
        Some(job) if job.uid != context.peer.uid => {
            let report = ErrorReport::new(ErrorCode::Conflict, "the id of the job is in use");
            Err(report.try_next("submit it with a new id"))
        }
        _ => Ok(()),
    }
}

/// Refuses whoever is neither the owner nor an admin.
fn check_owner(context: &Context, owner: u32, what: &str) -> Result<(), ErrorReport> {
    match context.peer.admin || context.peer.uid == owner {
        true => Ok(()),
        false => Err(report::forbidden(what).because(format!("it belongs to uid {owner}"))),
    }
}
