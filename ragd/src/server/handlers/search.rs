//! Searches.

use std::time::Instant;

use protocol::error::ErrorReport;
use protocol::search::{Hit, SearchMode, SearchReply, SearchRequest};
use protocol::{PathBytes, Private, Reply};

use super::super::session::Context;
use super::super::{convert, report};
use super::collection;
use crate::retrieve::{self, Mode, Passage, Query, Results, Sources};

const LIMIT: u32 = 10;
const MAX_LIMIT: u32 = 1_000;

pub(super) async fn search(
    context: &Context,
    request: SearchRequest,
) -> Result<Reply, ErrorReport> {
    let began = Instant::now();
    let stores = context.server.stores().await?;
    let (collections, mut notes) = match &request.collection {
        Some(name) => (vec![collection(&stores, name).await?.id], Vec::new()),
        None => {
            let all = stores.ledger.collections().await;
            let all = all.map_err(|error| report::ledger(&error))?;
            (
                all.into_iter().map(|collection| collection.id).collect(),
                Vec::new(),
            )
        }
    };
    let limit = if request.limit == 0 {
        LIMIT
    } else {
        request.limit.min(MAX_LIMIT)
    };
    let query = Query {
        text: request.query.0.clone(),
        paths: request.paths,
        languages: request.languages,
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
        embedders: &stores.pipeline.embedders,
        ledger: &stores.ledger,
    };
    let found = retrieve::search(sources, &collections, &query).await;
    let Results {
        passages,
        notes: of_models,
    } = found.map_err(|error| report::retrieve(&error))?;
    notes.extend(of_models);
    let damaged = stores.index.damaged().await.unwrap_or_default();
    if collections.iter().any(|id| damaged.contains(id)) {
        notes.push("a part of the index was damaged and is being built anew".to_owned());
    }
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
    let open = stores.queue.active_jobs();
    if open > 0 {
        notes.push(match open {
            1 => "1 job is still being worked on".to_owned(),
            open => format!("{open} jobs are still being worked on"),
        });
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

fn hit(position: usize, passage: Passage) -> Hit {
    let Passage {
        document,
        rank_by_file,
        score,
        parts,
        chunk,
    } = passage;
    Hit {
        rank: u32::try_from(position + 1).unwrap_or(u32::MAX),
        rank_by_file,
        document: document.id,
        collection: document.collection_name,
        path: PathBytes(document.path),
        place: convert::place(&chunk.place),
        heading: chunk.heading.map(Private),
        score,
        scores: parts,
        text: Private(chunk.text),
    }
}
