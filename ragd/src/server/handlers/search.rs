//! Searches.

use std::time::Instant;

use protocol::error::ErrorReport;
use protocol::search::{Hit, SearchMode, SearchReply, SearchRequest};
use protocol::{PathBytes, Private, Reply};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::collection;
use crate::ids::CollectionId;
use crate::jobs::{Job, JobFilter, JobState};
use crate::retrieve::{self, Mode, Passage, Query, Results, Sources};

const LIMIT: u32 = 10;
const MAX_LIMIT: u32 = 1_000;

pub(super) async fn search(
    context: &Context,
    request: SearchRequest,
) -> Result<Reply, ErrorReport> {
    let began = Instant::now();
    let stores = context.server.stores().await?;
    let about = request.collection.as_deref();
    let (collections, mut notes) = scope(context, &stores, about, &request.query).await?;
    let limit = if request.limit == 0 {
        LIMIT
    } else {
        request.limit.min(MAX_LIMIT)
    };
    let query = Query {
        text: request.query.0.clone(),
        paths: request.paths,
        languages: request.languages,
        conditions: convert::conditions(request.conditions),
        limit: limit as usize,
        mode: match request.mode {
            SearchMode::Hybrid => Mode::Hybrid,
            SearchMode::Words => Mode::Words,
            SearchMode::Vectors => Mode::Vectors,
        },
        explain: request.explain,
    };
    let sources = Sources {
        index: &stores.index,
        embedders: &stores.pipeline.maker.embedders,
        ledger: &stores.ledger,
    };
    let found = retrieve::search(sources, &collections, &query).await;
    let Results {
        passages,
        notes: of_models,
    } = found.map_err(|error| report::retrieve(&error))?;
    notes.extend(of_models);
    let old = passages
        .iter()
        .filter(|passage| passage.document.stale)
        .count();
    if old > 0 {
        notes.push(format!(
            "{old} of these passages are of an older version, as the newest could not be read: \
             ragctl gaps"
        ));
    }
    let hits = passages
        .into_iter()
        .enumerate()
        .map(|(position, passage)| hit(position, passage));
    Ok(Reply::Search(SearchReply {
        hits: hits.collect(),
        took_us: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        notes,
    }))
}

/// Returns the collections that are meant, and what a reader has to know of their state: also which
/// documents a query may be about that are not searchable.
pub(super) async fn scope(
    context: &Context,
    stores: &Stores,
    name: Option<&str>,
    query: &str,
) -> Result<(Vec<CollectionId>, Vec<String>), ErrorReport> {
    let collections = match name {
        Some(name) => vec![collection(stores, name).await?.id],
        None => {
            let all = stores.ledger.collections().await;
            let all = all.map_err(|error| report::ledger(&error))?;
            all.into_iter().map(|collection| collection.id).collect()
        }
    };
    let mut notes = Vec::new();
    let damaged = stores.index.damaged().await.unwrap_or_default();
    if collections.iter().any(|id| damaged.contains(id)) {
        notes.push("a part of the index was damaged and is being built anew".to_owned());
    }
    if stores.queue.active_jobs() > 0 {
        notes.extend(under_way(context, stores, &collections).await);
    }
    let unread = stores.unread.tell(&collections, query).await;
    notes.extend(unread.map_err(|error| report::ledger(&error))?);
    Ok((collections, notes))
}

/// Tells what is not searchable yet: how far each job is, as far as it is this user's business.
async fn under_way(
    context: &Context,
    stores: &Stores,
    collections: &[CollectionId],
) -> Vec<String> {
    /// Jobs that are told one by one.
    const MOST: usize = 3;
    let open = JobFilter {
        states: JobState::ALL
            .into_iter()
            .filter(|state| !state.is_end())
            .collect(),
        limit: 100,
        ..JobFilter::default()
    };
    // A search is answered without this, too.
    let Ok((jobs, _)) = stores.ledger.jobs(open).await else {
        return Vec::new();
    };
    let config = context.server.config();
    let about = |job: &&Job| job.collection.is_some_and(|id| collections.contains(&id));
    let jobs: Vec<_> = jobs.iter().filter(about).collect();
    let mine = |job: &&&Job| context.peer.admin || job.uid == context.peer.uid;
    let mut told: Vec<_> = jobs
        .iter()
        .filter(mine)
        .take(MOST)
        .map(|job| {
            let view = convert::job(job, stores, &config);
            let path = PathBytes::from(job.source.as_str());
            match view.progress.ratio() {
                // Whole numbers below the truth: 100 % is what has ended.
                Some(ratio) if view.progress.total_is_final => {
                    format!(
                        "{:.0} % of {path} is in so far",
                        (ratio * 100.0).floor().min(99.0)
                    )
                }
                _ => format!("{path} is not in yet"),
            }
        })
        .collect();
    match jobs.len() - told.len() {
        0 => {}
        1 => told.push("1 more job is still being worked on".to_owned()),
        more => told.push(format!("{more} more jobs are still being worked on")),
    }
    told
}

fn hit(position: usize, passage: Passage) -> Hit {
    let Passage {
        document,
        also,
        rank_by_file,
        score,
        parts,
        chunk,
    } = passage;
    Hit {
        rank: u32::try_from(position + 1).unwrap_or(u32::MAX),
        rank_by_file,
        document: document.id,
        also,
        collection: document.collection_name,
        path: PathBytes(document.path),
        place: convert::place(&chunk.place),
        heading: chunk.heading.map(Private),
        symbols: chunk.symbols.into_iter().map(convert::symbol).collect(),
        score,
        scores: parts,
        text: Private(chunk.text),
    }
}
