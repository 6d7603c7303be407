//! Making the vectors that a model lacks, and having it serve then.
//!
//! What is there already is not made again, so a run that was cut short is simply begun anew. One
//! part after the other works for a while; the last finds nothing missing, and flips the models in
//! the transaction that ends it.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::Instant;

use super::{Works, failure};
use crate::ids::VersionKey;
use crate::ingest::pipeline::IngestError;
use crate::ingest::sweep::Lack;
use crate::jobs::state::Done;
use crate::jobs::{EmbedWork, Failure, Leased, Outcome, PartContext, PartWork, Stage};
use crate::ledger::{ActiveVersion, Changes, Serve};

/// Chunks whose vectors become durable together. A server may need a second for each: what is
/// done is to show.
const BATCH: u32 = 256;
const BATCH_ELSEWHERE: u32 = 32;
/// Batches that are under way at the same time; how many requests that makes, the model decides.
const BATCHES: usize = 4;
/// After this time a part ends and hands over to the next, so that what it did shows in the job.
const SHIFT: Duration = Duration::from_secs(10);

pub(super) async fn run(
    works: &Works,
    work: &EmbedWork,
    leased: &Leased,
    context: &PartContext,
) -> Result<Outcome, Failure> {
    let collection = leased
        .collection
        .expect("a job that makes vectors has a collection");
    let task = Task {
        works,
        work,
        leased,
        context,
        collection,
    };
    task.run().await.map_err(|error| failure::of_ingest(&error))
}

struct Task<'a> {
    works: &'a Works,
    work: &'a EmbedWork,
    leased: &'a Leased,
    context: &'a PartContext,
    collection: crate::ids::CollectionId,
}

impl Task<'_> {
    async fn run(&self) -> Result<Outcome, IngestError> {
        self.context.stage(Stage::Planning);
        let (sweeper, model) = (&self.works.sweeper, &self.work.model);
        tokio::select! {
            () = sweeper.settled() => {}
            () = self.context.stop().cancelled() => return Err(IngestError::Stopped),
        }
        let models = self.works.pipeline.ledger.visibility().snapshot();
        let is_next = match models.models(self.collection) {
            Some(models) if models.next.as_ref() == Some(model) => true,
            Some(models) if models.serving == *model => false,
            // The collection is gone, or nobody wants the model any more.
            _ => return Ok(Outcome::default()),
        };
        let lack = sweeper.lack(self.collection, model).await?;
        if lack.missing.is_empty() {
            return self.last(is_next, &lack).await;
        }
        self.shift(lack).await
    }

    /// Everything is there.
    async fn last(&self, is_next: bool, lack: &Lack) -> Result<Outcome, IngestError> {
        if !is_next {
            return Ok(Outcome::default());
        }
        self.context.stage(Stage::Activating);
        // What was counted may not be durable yet.
        let flushed = self.works.pipeline.maker.index.flush(self.collection).await;
        flushed.map_err(IngestError::Index)?;
        let serve = Serve {
            model: self.work.model.clone(),
            lacks: lack.lacks,
        };
        Ok(Outcome {
            changes: Some(Changes {
                serve: Some(serve),
                ..Changes::none(self.collection)
            }),
            progress: Done {
                total_is_final: true,
                ..Done::default()
            },
            ..Outcome::default()
        })
    }

    /// Makes vectors for a while.
    async fn shift(&self, lack: Lack) -> Result<Outcome, IngestError> {
        let mut progress = Done {
            total_is_final: true,
            ..Done::default()
        };
        if self.leased.lease.part == 0 {
            progress.files_total = lack.missing.len() as u64;
            progress.bytes_total = lack.missing.iter().map(|version| version.bytes).sum();
        }
        let sink = self.context.progress_sink();
        sink.tell(|shown| {
            shown.stage = Some(Stage::Embedding);
            (shown.files_total, shown.bytes_total) = (progress.files_total, progress.bytes_total);
        });
        let mut size = BATCH;
        if self.is_elsewhere() {
            size = BATCH_ELSEWHERE;
            sink.computing_done();
        }
        let versions = lack.missing.len();
        let deadline = Instant::now() + SHIFT;
        let batches = batches(lack.missing, size).into_iter();
        // Begun before the deadline, or not at all.
        let batches = batches.take_while(|_| Instant::now() < deadline);
        let making = batches.map(|batch| self.make(batch));
        let mut making = futures_util::stream::iter(making).buffer_unordered(BATCHES);
        while let Some(made) = making.next().await {
            let made = made?;
            progress.files += made.files;
            progress.bytes += made.bytes;
            progress.chunks += made.chunks;
            sink.tell(|shown| {
                shown.files += made.files;
                shown.bytes += made.bytes;
                shown.chunks += made.chunks;
            });
        }
        if progress.files == 0 {
            // Another look finds less, if they are just gone.
            return Err(IngestError::NothingMade { versions });
        }
        Ok(Outcome {
            more: vec![(PartWork::Whole, 0)],
            progress,
            ..Outcome::default()
        })
    }

    async fn make(&self, batch: Vec<ActiveVersion>) -> Result<Done, IngestError> {
        let stop = self.context.stop();
        if stop.is_cancelled() {
            return Err(IngestError::Stopped);
        }
        let bytes = batch.iter().map(|version| version.bytes).sum();
        let keys: Vec<VersionKey> = batch.iter().map(|version| version.key).collect();
        let sweeper = &self.works.sweeper;
        let made = sweeper.make_vectors(self.collection, &self.work.model, keys, stop);
        let made = made.await?;
        Ok(Done {
            files: made.versions,
            bytes,
            chunks: made.chunks,
            ..Done::default()
        })
    }

    fn is_elsewhere(&self) -> bool {
        let embedder = self.works.pipeline.maker.embedders.get(&self.work.model);
        embedder.is_ok_and(|embedder| !embedder.is_local())
    }
}

/// Groups versions so that each group has about `size` chunks.
pub(super) fn batches(versions: Vec<ActiveVersion>, size: u32) -> Vec<Vec<ActiveVersion>> {
    let mut batches: Vec<Vec<ActiveVersion>> = Vec::new();
    let mut chunks = size;
    for version in versions {
        if chunks >= size {
            batches.push(Vec::new());
            chunks = 0;
        }
        chunks += version.chunks;
        batches.last_mut().expect("there is one").push(version);
    }
    batches
}
