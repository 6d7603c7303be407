//! Keeps an overview of the programs of each collection among its documents.
//!
//! The ledger counts the changes of what programs say, and the change that an overview tells of; so
//! what was not written before a stop is written after the next start.

use std::time::Duration;

use tokio::time::Instant;

use crate::ids::{self, JobId};
use crate::ingest::pipeline::IngestError;
use crate::jobs::{NewJob, QueueError, Upload, WorkPath};
use crate::ledger::{Changes, CollectionRow, Deletion};
use crate::server::Stores;

/// What people see, and see to be no file of theirs.
const NAME: &str = "Project overview (by ragd).md";
/// For so long nothing has to happen before one is written: nobody who waits for his file is to wait
/// for it.
const QUIET: Duration = Duration::from_secs(3);
/// How often it is tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// Writing them takes no more than one part in so many of the time.
const SHARE: u32 = 50;

#[derive(Debug, thiserror::Error)]
enum OverviewError {
    #[error("cannot put the programs together")]
    Ingest(#[from] IngestError),
    #[error("cannot have it taken in")]
    Queue(#[from] QueueError),
}

/// Writes them whenever it is quiet after something changed.
pub(super) async fn overviews(stores: &Stores) {
    let mut events = stores.queue.events().subscribe().0;
    loop {
        while tokio::time::timeout(QUIET, events.next()).await.is_ok() {}
        let is_quiet = stores.queue.active_jobs() == 0 && stores.disk.look().is_none();
        let began = Instant::now();
        let written = if is_quiet {
            write_all(stores).await
        } else {
            Ok(())
        };
        if let Err(error) = &written {
            let error = ids::chain(error);
            tracing::warn!(error, "The overview of a project is not written yet.");
        }
        tokio::time::sleep(began.elapsed() * SHARE).await;
        match is_quiet && written.is_ok() {
            true => drop(events.next().await),
            false => drop(tokio::time::timeout(AGAIN, events.next()).await),
        }
    }
}

async fn write_all(stores: &Stores) -> Result<(), OverviewError> {
    let untold = stores.ledger.untold_projects().await;
    let untold = untold.map_err(IngestError::Ledger)?;
    if untold.is_empty() {
        return Ok(());
    }
    let collections = stores.ledger.collections().await;
    for collection in collections.map_err(IngestError::Ledger)? {
        let Some((_, revision)) = untold.iter().find(|(id, _)| *id == collection.id) else {
            continue;
        };
        let observed = stores.ledger.observe();
        let overview = stores.pipeline.overview(&collection).await?;
        write(stores, &collection, observed, overview.text).await?;
        let told = stores
            .ledger
            .told_project(collection.id, *revision, overview.standings);
        told.await.map_err(IngestError::Ledger)?;
    }
    Ok(())
}

/// Has the overview of a collection changed, if it would differ.
async fn write(
    stores: &Stores,
    collection: &CollectionRow,
    observed: i64,
    text: Option<String>,
) -> Result<(), OverviewError> {
    let source = [Upload::PROJECT, NAME.as_bytes()].concat();
    let document = ids::document_id(collection.id, &source);
    let known = stores.ledger.documents_by_id(vec![document]).await;
    let known = known.map_err(IngestError::Ledger)?.pop();
    let Some(text) = text else {
        if known.is_some() {
            let mut changes = Changes::none(collection.id);
            changes.delete.push(Deletion { document, observed });
            let gone = stores.ledger.apply(changes).await;
            gone.map_err(IngestError::Ledger)?;
        }
        return Ok(());
    };
    let (content, bytes) = (ids::content_hash(text.as_bytes()), text.len() as u64);
    if known.is_some_and(|known| known.content == content) {
        return Ok(());
    }
    stores.pipeline.keep_text(collection.owner, text).await?;
    let overview = Upload {
        name: WorkPath::from(NAME.as_bytes()),
        content,
        bytes,
        observed: Some(observed),
        project: true,
    };
    let (id, owner) = (JobId::new(), collection.owner);
    let job = NewJob::of_overview(id, owner, &collection.name, overview, bytes);
    stores.queue.push(job).await?;
    Ok(())
}
