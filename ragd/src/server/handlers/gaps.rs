//! What is not searchable: lists, groups, and another try.

use std::collections::{HashMap, HashSet};

use protocol::document::{
    GapGroupsRequest, GapListRequest, GapRetry, GapRetryJob, GapRetryRequest, GapView,
};
use protocol::error::{ErrorCode, ErrorReport};
use protocol::job::Page;
use protocol::{PathBytes, Reply, document};
use uuid::Uuid;

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::documents::{collection_id, hex, unhex};
use super::{bad_cursor, check_owner, limit};
use crate::ids::{self, CollectionId, JobId};
use crate::jobs::{NewJob, Priority, Totals, Work};
use crate::ledger::{CollectionRow, GapFilter, GapRow, part_of};
use crate::work::again::{Again, AgainJob, Asked};

/// Causes that are told; there are some dozens.
const GROUPS: u64 = 1_000;
/// Gaps that are told of each group, and of what cannot be read again.
const EXAMPLES: u32 = 20;
/// Words and paths that a filter may have: SQLite nests conditions to a depth of 1000.
const NARROWING: usize = 500;

pub(super) async fn list(context: &Context, request: GapListRequest) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let limit = limit(&request.page);
    let filter = GapFilter {
        after: cursor(request.page.cursor.as_deref())?,
        limit: u64::from(limit) + 1,
        ..filter(&stores, request.filter).await?
    };
    let listed = stores.ledger.gaps(filter).await;
    let (mut rows, total) = listed.map_err(|error| report::ledger(&error))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(cursor_after);
    let names = Names::read(&stores).await?;
    let items = rows.into_iter().map(|row| names.view(row));
    Ok(Reply::Gaps(Page {
        items: items.collect(),
        next,
        total,
    }))
}

pub(super) async fn groups(
    context: &Context,
    request: GapGroupsRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let filter = GapFilter {
        limit: GROUPS,
        ..filter(&stores, request.filter).await?
    };
    let examples = request.examples.min(EXAMPLES).into();
    let grouped = stores.ledger.gap_groups(filter, examples).await;
    let (groups, total) = grouped.map_err(|error| report::ledger(&error))?;
    let names = Names::read(&stores).await?;
    let items = groups
        .into_iter()
        .map(|group| convert::gap_group(group, |row| names.view(row)));
    Ok(Reply::GapGroups(Page {
        items: items.collect(),
        next: None,
        total,
    }))
}

/// Makes jobs of gaps. What they are about is read whatever is known of it.
pub(super) async fn retry(
    context: &Context,
    request: GapRetryRequest,
) -> Result<Reply, ErrorReport> {
    let GapRetryRequest { filter, dry_run } = request;
    let stores = context.server.stores().await?;
    if let Some(reason) = stores.disk.look().filter(|_| !dry_run) {
        return Err(report::disk_full(&reason));
    }
    let names = Names::read(&stores).await?;
    let filter = GapFilter {
        include_skipped: false,
        limit: u64::MAX,
        ..self::filter(&stores, filter).await?
    };
    let mut done = GapRetry::default();
    for collection in names.changeable(context, filter.collection)? {
        let filter = GapFilter {
            collection: Some(collection.id),
            ..filter.clone()
        };
        let Again { jobs, lost } = again(context, &stores, collection, filter.clone()).await?;
        done.to_submit += lost.len() as u64;
        let room = EXAMPLES as usize - done.examples.len();
        let examples = lost.into_iter().take(room);
        done.examples.extend(examples.map(|row| names.view(row)));
        if !dry_run && !jobs.is_empty() {
            // Before any of them begins.
            let pardoned = stores.ledger.pardon(filter).await;
            pardoned.map_err(|error| report::ledger(&error))?;
        }
        for job in jobs {
            done.jobs.push(push(context, &stores, job, dry_run).await?);
        }
    }
    Ok(Reply::GapRetry(done))
}

/// Finds out what is to be done about the gaps of a collection.
async fn again(
    context: &Context,
    stores: &Stores,
    collection: &CollectionRow,
    filter: GapFilter,
) -> Result<Again, ErrorReport> {
    let ledger = &stores.ledger;
    let listed = ledger.gaps(filter).await;
    let (gaps, _) = listed.map_err(|error| report::ledger(&error))?;
    let mut works = HashMap::new();
    for id in gaps
        .iter()
        .filter_map(|gap| gap.job)
        .collect::<HashSet<_>>()
    {
        let job = ledger.job(id).await;
        let job = job.map_err(|error| report::ledger(&error))?;
        works.extend(job.map(|job| (id, job.work)));
    }
    let parts = gaps.iter().filter_map(|gap| {
        let (document, part) = part_of(&gap.source);
        part.map(|_| ids::document_id(collection.id, document))
    });
    let parts: HashSet<_> = parts.collect();
    let documents = ledger.documents_by_id(parts.into_iter().collect()).await;
    let documents = documents.map_err(|error| report::ledger(&error))?;
    let of_documents = documents.iter().map(|document| document.content);
    let contents = gaps
        .iter()
        .filter_map(|gap| gap.content.map(|content| content.hash));
    let kept = ledger.blobs(contents.chain(of_documents).collect()).await;
    let kept = kept.map_err(|error| report::ledger(&error))?;
    let config = context.server.config();
    let asked = Asked {
        collection: collection.name.clone(),
        gaps,
        works,
        documents: documents
            .into_iter()
            .map(|document| (document.source.clone(), document))
            .collect(),
        kept: kept.into_iter().map(|blob| blob.hash).collect(),
        reads_files: context.peer.own,
        max_file_bytes: config.ingest.max_file_bytes.min(config.ingest.memory_bytes),
        part_files: config.ingest.part_files,
        part_bytes: config.ingest.part_bytes,
    };
    let sorting = tokio::task::spawn_blocking(move || asked.work());
    sorting
        .await
        .map_err(|_| ErrorReport::new(ErrorCode::Internal, "looking at the files of gaps panicked"))
}

async fn push(
    context: &Context,
    stores: &Stores,
    again: AgainJob,
    dry_run: bool,
) -> Result<GapRetryJob, ErrorReport> {
    let AgainJob {
        work,
        parts,
        planned,
        gaps,
        names,
    } = again;
    let collection = work.collection.clone();
    let sources = names.len() as u64;
    let examples: Vec<_> = names.into_iter().take(3).map(PathBytes).collect();
    let mut view = GapRetryJob {
        job: None,
        collection,
        gaps,
        sources,
        examples,
    };
    if dry_run {
        return Ok(view);
    }
    let first = view
        .examples
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let more = match sources {
        0 | 1 => String::new(),
        sources => format!(" and {} more", sources - 1),
    };
    let work = Work::Ingest(work);
    let job = NewJob {
        id: JobId::new(),
        uid: context.peer.uid,
        admin: context.peer.admin,
        fingerprint: convert::fingerprint(context.peer.uid, &work),
        work,
        // Somebody just asked for it.
        priority: Priority::High,
        source: format!("gaps: {first}{more}"),
        dedup: None,
        key: None,
        cost: 0,
        parts,
        totals: Totals::default(),
        planned,
    };
    let pushed = stores.queue.push(job).await;
    view.job = Some(pushed.map_err(|error| report::queue(&error))?.job);
    Ok(view)
}

/// Collections, for their names.
struct Names(Vec<CollectionRow>);

impl Names {
    async fn read(stores: &Stores) -> Result<Self, ErrorReport> {
        let collections = stores.ledger.collections().await;
        collections
            .map(Self)
            .map_err(|error| report::ledger(&error))
    }

    fn view(&self, row: GapRow) -> GapView {
        let found = self.0.iter().find(|known| known.id == row.collection);
        let name = found.map(|collection| collection.name.clone());
        convert::gap(row, name.unwrap_or_default())
    }

    /// Returns the collection that was named, or all that the peer may change.
    fn changeable(
        &self,
        context: &Context,
        named: Option<CollectionId>,
    ) -> Result<Vec<&CollectionRow>, ErrorReport> {
        let wanted = self
            .0
            .iter()
            .filter(|known| named.is_none_or(|id| known.id == id));
        let mut changeable = Vec::new();
        for collection in wanted {
            match check_owner(
                context,
                collection.owner,
                "read gaps of this collection again",
            ) {
                Ok(()) => changeable.push(collection),
                Err(report) if named.is_some() => return Err(report),
                Err(_) => {}
            }
        }
        Ok(changeable)
    }
}

async fn filter(stores: &Stores, filter: document::GapFilter) -> Result<GapFilter, ErrorReport> {
    let document::GapFilter {
        collection,
        job,
        codes,
        stages,
        paths,
        include_skipped,
    } = filter;
    if codes.len() + stages.len() + paths.len() > NARROWING {
        let what = format!("more than {NARROWING} codes, stages and paths");
        return Err(ErrorReport::new(ErrorCode::BadRequest, what));
    }
    Ok(GapFilter {
        collection: collection_id(stores, collection.as_deref()).await?,
        job,
        codes,
        stages: stages
            .into_iter()
            .map(|stage| convert::stage_of(stage) as u8)
            .collect(),
        paths: paths.into_iter().map(|path| path.0).collect(),
        include_skipped,
        after: None,
        limit: 0,
    })
}

/// Returns where a page of gaps ends, for the next.
pub(super) fn cursor_after(row: &GapRow) -> String {
    format!("{}.{}", row.collection.0.simple(), hex(&row.source))
}

pub(super) fn cursor(cursor: Option<&str>) -> Result<Option<(CollectionId, Vec<u8>)>, ErrorReport> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let (collection, source) = cursor.split_once('.').ok_or_else(bad_cursor)?;
    let collection = Uuid::try_parse(collection).map_err(|_| bad_cursor())?;
    Ok(Some((CollectionId(collection), unhex(source)?)))
}
