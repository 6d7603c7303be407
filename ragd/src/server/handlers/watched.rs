//! Sources that are watched: begin, list and end.

use protocol::error::{ErrorCode, ErrorReport};
use protocol::submit::{Accepted, SubmitRequest};
use protocol::{Reply, WatchedId};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::submit::push;
use crate::jobs::{IngestWork, Rules, Source, Work};
use crate::watched::NewSource;

/// Takes a source in, and watches it from then on.
pub(super) async fn begin(
    context: &Context,
    stores: &Stores,
    request: &SubmitRequest,
    work: IngestWork,
) -> Result<Reply, ErrorReport> {
    if let Source::Uploads(_) | Source::Git(_) | Source::Web(_) = work.source {
        let what = "neither uploads nor addresses can be watched";
        let report = ErrorReport::new(ErrorCode::Unsupported, what);
        return Err(report.because("ragd watches files and folders that it reads itself"));
    }
    let rules = Rules {
        delete_missing: true,
        ..work.rules
    };
    let work = IngestWork { rules, ..work };
    let known = stores.ledger.collection(&work.collection).await;
    let known = known.map_err(|error| report::ledger(&error))?;
    let checked = stores.watched.check(known.map(|row| row.id), &work);
    checked.map_err(|error| report::watch(&error))?;
    let name = convert::source_name(&work.source);
    let first = Work::Ingest(work.clone());
    let Accepted {
        job,
        deduplicated,
        created_collection,
        collection,
    } = push(context, stores, request, first, name.clone(), None).await?;
    let row = super::collection(stores, &work.collection).await?;
    // Once, as somebody asked for it now.
    let rules = Rules {
        force_delete: false,
        ..work.rules
    };
    let source = NewSource {
        collection: row.id,
        uid: context.peer.uid,
        work: IngestWork { rules, ..work },
        name,
        job,
    };
    let added = stores.watched.add(source).await;
    added.map_err(|error| report::watch(&error))?;
    Ok(Reply::Accepted(Accepted {
        job,
        deduplicated,
        created_collection,
        collection,
    }))
}

pub(super) async fn list(context: &Context) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let sources = stores.watched.list().into_iter();
    let own = sources.filter(|seen| context.peer.admin || seen.uid == context.peer.uid);
    Ok(Reply::Watched(own.map(convert::watched).collect()))
}

pub(super) async fn end(context: &Context, id: WatchedId) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let sources = stores.watched.list();
    let Some(source) = sources.iter().find(|seen| seen.id == id) else {
        let report = ErrorReport::new(ErrorCode::NotFound, "there is no such watched source");
        return Err(report.try_next("ragctl source list"));
    };
    super::check_owner(context, source.uid, "end the watching of this source")?;
    let ended = stores.watched.end(id).await;
    ended.map_err(|error| report::ledger(&error))?;
    Ok(Reply::Done)
}
