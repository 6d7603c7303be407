//! Moving a collection to another index, while the one where it is serves.
//!
//! From the beginning on, whatever is taken in is written to both. What was there before is made
//! again from the kept contents, part after part, each for a while; the last finds nothing missing,
//! and the transaction that ends it says that the collection is there now. A run that was cut short
//! is simply begun anew.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::embed::batches;
use super::{Works, failure};
use crate::config::IndexKind;
use crate::index::Moving;
use crate::ingest::pipeline::IngestError;
use crate::ingest::sweep::{Sweeper, Want};
use crate::jobs::state::Done;
use crate::jobs::{Failure, Leased, MoveWork, Outcome, PartContext, PartWork, Retry, Stage};
use crate::ledger::Changes;

/// Chunks that become durable together.
const BATCH: u32 = 2_000;
/// After this time a part ends and hands over to the next, so that what it did shows in the job.
const SHIFT: Duration = Duration::from_secs(10);

pub(super) async fn run(
    works: &Works,
    work: &MoveWork,
    leased: &Leased,
    context: &PartContext,
) -> Result<Outcome, Failure> {
    let collection = leased
        .collection
        .expect("a job that moves a collection has one");
    let Some(target) = works.homes.of_kind(work.to) else {
        return Err(no_server(work.to));
    };
    let task = Task {
        there: works.sweeper.towards(Arc::clone(target)),
        to: work.to,
        is_first: leased.lease.part == 0,
        moving: works.homes.begin_move(collection, work.to).await,
        works,
        context,
        collection,
    };
    task.run().await.map_err(|error| failure::of_ingest(&error))
}

fn no_server(to: IndexKind) -> Failure {
    Failure {
        code: "no-index".to_owned(),
        message: format!("there is no {} to move to", to.as_str()),
        causes: Vec::new(),
        hint: Some("set `index.url` in the configuration and restart the daemon".to_owned()),
        retry: Retry::Never,
    }
}

struct Task<'a> {
    works: &'a Works,
    /// As if the collection were there already.
    there: Sweeper,
    to: IndexKind,
    is_first: bool,
    moving: Moving,
    context: &'a PartContext,
    collection: crate::ids::CollectionId,
}

impl Task<'_> {
    async fn run(self) -> Result<Outcome, IngestError> {
        self.context.stage(Stage::Planning);
        let ledger = &self.works.pipeline.ledger;
        match ledger.visibility().home(self.collection) {
            Some(home) if home != self.to => {}
            // It is there, or gone.
            Some(_) | None => return Ok(Outcome::default()),
        }
        tokio::select! {
            // What was begun before may be written to one place only.
            () = self.there.commits_ended() => {}
            () = self.context.stop().cancelled() => return Err(IngestError::Stopped),
        }
        let wants = self.there.wants(self.collection).await?;
        if wants.is_empty() {
            return self.last().await;
        }
        self.shift(wants).await
    }

    /// Everything is there.
    async fn last(self) -> Result<Outcome, IngestError> {
        self.context.stage(Stage::Activating);
        self.there.flush(self.collection).await?;
        Ok(Outcome {
            changes: Some(Changes {
                move_to: Some(self.to),
                ..Changes::none(self.collection)
            }),
            progress: Done {
                total_is_final: true,
                ..Done::default()
            },
            hold: Some(Arc::new(self.moving)),
            ..Outcome::default()
        })
    }

    /// Makes what is missing for a while.
    async fn shift(self, wants: Vec<Want>) -> Result<Outcome, IngestError> {
        let mut progress = Done {
            total_is_final: true,
            ..Done::default()
        };
        let versions = wants.iter().flat_map(|want| &want.versions);
        if self.is_first {
            progress.files_total = versions.clone().count() as u64;
            progress.bytes_total = versions.map(|version| version.bytes).sum();
        }
        let sink = self.context.progress_sink();
        sink.tell(|shown| {
            shown.stage = Some(Stage::Storing);
            (shown.files_total, shown.bytes_total) = (progress.files_total, progress.bytes_total);
        });
        let deadline = Instant::now() + SHIFT;
        for want in wants {
            for batch in batches(want.versions, BATCH) {
                if Instant::now() >= deadline {
                    break;
                }
                if self.context.stop().is_cancelled() {
                    return Err(IngestError::Stopped);
                }
                let keys = batch.iter().map(|version| version.key).collect();
                let stop = self.context.stop();
                self.there
                    .make(self.collection, want.of.as_deref(), keys, stop)
                    .await?;
                let bytes: u64 = batch.iter().map(|version| version.bytes).sum();
                let chunks: u64 = batch.iter().map(|version| u64::from(version.chunks)).sum();
                progress.files += batch.len() as u64;
                progress.bytes += bytes;
                progress.chunks += chunks;
                sink.tell(|shown| {
                    shown.files += batch.len() as u64;
                    shown.bytes += bytes;
                    shown.chunks += chunks;
                });
            }
        }
        Ok(Outcome {
            more: vec![(PartWork::Whole, 0)],
            progress,
            hold: Some(Arc::new(self.moving)),
            ..Outcome::default()
        })
    }
}
