//! Clearing away what nobody needs, and making whole what an unclean stop left.
//!
//! `models.rs` is about vectors: which a model lacks, and which no model needs any more; `moves.rs`
//! is about collections that move to another index, `server.rs` about an index server that lost
//! something.

mod models;
mod moves;
mod server;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::models::Counted;
pub use self::models::{Lack, Made};
pub use self::moves::Want;
use crate::config::{History, IndexKind};
use crate::ids::{self, CollectionId, Timestamp, VersionKey};
use crate::index::Census;
use crate::ingest::pipeline::{IngestError, Pipeline, place};
use crate::ledger::{Changes, DocumentRow, GapRow, Loss, Retention, Snapshot};

/// Versions and blobs of one round; the next round follows at once while there are more.
const ROUND: u64 = 10_000;

const DAY_MS: i64 = 24 * 3_600_000;
const MARGIN_MS: i64 = 10_000;

/// The code of a gap that was searchable and cannot be made so again.
const LOST: &str = "content-lost";
/// The number of `jobs::Stage::Storing`, which this layer does not know.
const STORING: u8 = 5;

/// Removes old versions, dropped work and unused contents.
#[derive(Clone, Debug)]
pub struct Sweeper {
    pipeline: Pipeline,
    grace_ms: u64,
    history: History,
    /// When what is kept of the past was looked through last.
    thinned: Arc<Mutex<Timestamp>>,
    /// Whether what the ledger does not know may go. An older ledger does not know all there was.
    trusts_ledger: bool,
    /// One round at a time; `fsck` waits for it too.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Vectors may be missing that only a server can make.
    has_lost: Arc<AtomicBool>,
    /// As of which moment no model has vectors in vain.
    cleared: Arc<Mutex<Option<Snapshot>>>,
    server: Arc<Mutex<server::Known>>,
}

/// What `fsck` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub documents: u64,
    pub chunks: u64,
    pub missing_chunks: u64,
    pub duplicate_chunks: u64,
    pub orphan_chunks: u64,
    pub missing_vectors: u64,
    pub orphan_vectors: u64,
    pub missing_blobs: u64,
    pub damaged_blobs: u64,
    pub wrong_ends: u64,
    pub ledger_errors: Vec<String>,
    pub examples: Vec<String>,
}

impl Sweeper {
    #[must_use]
    pub fn new(pipeline: Pipeline, grace_ms: u64, history: History, trusts_ledger: bool) -> Self {
        Self {
            pipeline,
            grace_ms,
            history,
            thinned: Arc::new(Mutex::new(Timestamp(0))),
            trusts_ledger,
            turn: Arc::default(),
            has_lost: Arc::default(),
            cleared: Arc::default(),
            server: Arc::default(),
        }
    }

    /// Clears away what may go now. Returns whether there is more.
    pub async fn sweep(&self) -> Result<bool, IngestError> {
        let _turn = self.turn.lock().await;
        let now = ids::now();
        let cutoff = Timestamp(now.0 - i64::try_from(self.grace_ms).unwrap_or(i64::MAX));
        let retired = self
            .ledger()
            .retired(cutoff, ROUND)
            .await
            .map_err(IngestError::Ledger)?;
        let more = retired.len() as u64 == ROUND;
        let mut keys: HashSet<_> = retired
            .into_iter()
            .map(|retired| (retired.collection, retired.key))
            .collect();
        keys.extend(self.pipeline.versions.take_left());
        self.remove_versions(keys, cutoff).await?;
        self.pipeline.contents.take_left();
        let more = self.thin_history(now).await? || more;
        let blobs = self.remove_blobs(now).await?;
        let forgotten = self.ledger().forget_senders(now).await;
        forgotten.map_err(IngestError::Ledger)?;
        let cleared = self.pipeline.blobs.clear_unfinished().await;
        cleared.map_err(IngestError::Blobs)?;
        self.drop_unknown_collections().await?;
        self.drop_unneeded_spaces().await?;
        self.mend_damaged().await?;
        Ok(more || blobs)
    }

    /// Compares the collections that are at `home` with the ledger: removes chunks that nothing
    /// owns, and makes missing ones again from the kept contents.
    pub async fn reconcile(&self, home: IndexKind) -> Result<u64, IngestError> {
        let _turn = self.turn.lock().await;
        let mut remade = 0;
        let collections = self
            .ledger()
            .collections()
            .await
            .map_err(IngestError::Ledger)?;
        for collection in collections {
            if collection.home != home {
                continue;
            }
            self.tell_dimensions(collection.id).await?;
            remade += self.reconcile_collection(collection.id).await?;
        }
        // What only a server can make was not made here.
        self.has_lost.store(true, Ordering::SeqCst);
        Ok(remade)
    }

    /// Removes packs that nothing owns. To be called at a start: later, those of work under way
    /// would be among them.
    pub async fn clear_blobs(&self) -> Result<(), IngestError> {
        if !self.trusts_ledger {
            return Ok(());
        }
        let known = self.ledger().packs().await.map_err(IngestError::Ledger)?;
        let blobs = &self.pipeline.blobs;
        let mut after = None;
        loop {
            let objects = blobs.list(after).await.map_err(IngestError::Blobs)?;
            let Some(last) = objects.last() else {
                return Ok(());
            };
            after = Some(last.name);
            for object in objects {
                if !known.contains(&object.name) {
                    let removed = blobs.remove(object.name).await;
                    removed.map_err(IngestError::Blobs)?;
                }
            }
        }
    }

    /// Compares ledger, index and blobs both ways. With `deep`, reads every content.
    pub async fn check(&self, deep: bool) -> Result<Findings, IngestError> {
        // What was dropped a moment ago is no finding, nor what a worker wrote too late.
        self.sweep().await?;
        self.clear_late_writes().await?;
        let _turn = self.turn.lock().await;
        let mut findings = Findings::default();
        let (errors, ends) = self
            .ledger()
            .self_check()
            .await
            .map_err(IngestError::Ledger)?;
        (findings.ledger_errors, findings.wrong_ends) = (errors, ends);
        let mut owned = HashSet::new();
        for collection in self
            .ledger()
            .collections()
            .await
            .map_err(IngestError::Ledger)?
        {
            owned.insert(collection.id);
            findings.documents += collection.documents;
            self.check_collection(collection.id, &mut findings).await?;
        }
        for id in self
            .pipeline
            .maker
            .index
            .collections()
            .await
            .map_err(IngestError::Index)?
        {
            if !owned.contains(&id) && !self.pipeline.versions.is_busy() {
                let census = self
                    .pipeline
                    .maker
                    .index
                    .census(id)
                    .await
                    .map_err(IngestError::Index)?;
                let chunks = census
                    .iter()
                    .map(|census| u64::from(census.chunks))
                    .sum::<u64>();
                findings.orphan_chunks += chunks;
            }
        }
        self.check_blobs(deep, &mut findings).await?;
        Ok(findings)
    }

    /// Removes chunks from the index server that nothing owns: a worker elsewhere that was cut off
    /// may write until it notices.
    pub async fn clear_late_writes(&self) -> Result<(), IngestError> {
        let _turn = self.turn.lock().await;
        let collections = self.ledger().collections().await;
        for collection in collections.map_err(IngestError::Ledger)? {
            if collection.home == IndexKind::Qdrant {
                let (orphans, _) = self.compare(collection.id).await?;
                let orphans = orphans.into_iter().map(|key| (collection.id, key));
                self.remove_versions(orphans.collect(), ids::now()).await?;
            }
        }
        Ok(())
    }

    fn ledger(&self) -> &crate::ledger::Ledger {
        &self.pipeline.ledger
    }

    async fn remove_versions(
        &self,
        keys: HashSet<(CollectionId, VersionKey)>,
        cutoff: Timestamp,
    ) -> Result<(), IngestError> {
        let condemned = self.pipeline.versions.condemn(keys);
        let result = self.remove_condemned(&condemned, cutoff).await;
        self.pipeline.versions.release(&condemned);
        result
    }

    async fn remove_condemned(
        &self,
        condemned: &[(CollectionId, VersionKey)],
        cutoff: Timestamp,
    ) -> Result<(), IngestError> {
        // Looked up again: until a moment ago somebody may have been working on them.
        let keys = condemned.iter().map(|(_, key)| *key).collect();
        let unneeded = self.ledger().still_unneeded(keys, cutoff).await;
        let unneeded: HashSet<_> = unneeded.map_err(IngestError::Ledger)?.into_iter().collect();
        let mut by_collection = HashMap::<_, Vec<VersionKey>>::new();
        for (collection, key) in condemned.iter().filter(|(_, key)| unneeded.contains(key)) {
            by_collection.entry(*collection).or_default().push(*key);
        }
        for (collection, keys) in by_collection {
            let index = &self.pipeline.maker.index;
            index
                .remove(collection, keys.clone())
                .await
                .map_err(IngestError::Index)?;
            index.flush(collection).await.map_err(IngestError::Index)?;
            self.ledger()
                .forget_versions(keys)
                .await
                .map_err(IngestError::Ledger)?;
        }
        Ok(())
    }

    fn thinned(&self) -> MutexGuard<'_, Timestamp> {
        self.thinned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets contents go that documents had before and nobody is to keep.
    /// Returns whether there is more.
    async fn thin_history(&self, now: Timestamp) -> Result<bool, IngestError> {
        let History { versions, days } = self.history;
        let since = Timestamp(now.0 - i64::from(days) * DAY_MS);
        let retention = Retention { versions, since };
        let looked = *self.thinned();
        let thinned = self.ledger().thin_past(retention, looked, ROUND).await;
        let more = thinned.map_err(IngestError::Ledger)?;
        if !more {
            // Clocks are set back a little, and what came meanwhile counts the next time.
            *self.thinned() = Timestamp(now.0 - MARGIN_MS);
        }
        Ok(more)
    }

    async fn remove_blobs(&self, now: Timestamp) -> Result<bool, IngestError> {
        let unneeded = self.ledger().unneeded_blobs(now, ROUND).await;
        let unneeded = unneeded.map_err(IngestError::Ledger)?;
        let more = unneeded.len() as u64 == ROUND;
        let condemned = self.pipeline.contents.condemn(unneeded);
        let result = async {
            if condemned.is_empty() {
                return Ok(());
            }
            let packs = self.ledger().forget_blobs(condemned.clone(), now).await;
            for pack in packs.map_err(IngestError::Ledger)? {
                self.pipeline
                    .blobs
                    .remove(pack)
                    .await
                    .map_err(IngestError::Blobs)?;
            }
            Ok(())
        };
        let result = result.await;
        self.pipeline.contents.release(&condemned);
        result.map(|()| more)
    }

    async fn drop_unknown_collections(&self) -> Result<(), IngestError> {
        if !self.trusts_ledger {
            return Ok(());
        }
        let indexed = self
            .pipeline
            .maker
            .index
            .collections()
            .await
            .map_err(IngestError::Index)?;
        let known = self
            .ledger()
            .collections()
            .await
            .map_err(IngestError::Ledger)?;
        let known: HashSet<_> = known.into_iter().map(|collection| collection.id).collect();
        let index = &self.pipeline.maker.index;
        for id in indexed.into_iter().filter(|id| !known.contains(id)) {
            let dropped = index.drop_collection(id).await;
            dropped.map_err(IngestError::Index)?;
        }
        index.drop_strays().await.map_err(IngestError::Index)
    }

    async fn reconcile_collection(&self, id: CollectionId) -> Result<u64, IngestError> {
        let (orphans, broken) = self.compare(id).await?;
        if !(orphans.is_empty() && broken.is_empty()) {
            tracing::info!(
                collection = %id, orphans = orphans.len(), broken = broken.len(),
                "Mending the index."
            );
        }
        let orphans = orphans.into_iter().map(|key| (id, key)).collect();
        self.remove_versions(orphans, ids::now()).await?;
        self.remake(id, &broken).await
    }

    /// Makes the chunks anew that were lost with damaged files, while work goes on.
    async fn mend_damaged(&self) -> Result<(), IngestError> {
        let damaged = self.pipeline.maker.index.damaged().await;
        for id in damaged.map_err(IngestError::Index)? {
            let (_, broken) = self.compare(id).await?;
            let made = self.remake(id, &broken).await?;
            self.has_lost.store(true, Ordering::SeqCst);
            tracing::info!(collection = %id, made, "Damaged files of the index were made anew.");
        }
        Ok(())
    }

    /// Returns versions of the index that nobody owns, and active ones that are not whole in it.
    async fn compare(
        &self,
        id: CollectionId,
    ) -> Result<(Vec<VersionKey>, Vec<VersionKey>), IngestError> {
        let census = self.pipeline.maker.index.census(id).await;
        let found: HashMap<VersionKey, Census> = census
            .map_err(IngestError::Index)?
            .into_iter()
            .map(|census| (census.version, census))
            .collect();
        let vectors = self.vectors(id).await?;
        let others = self.versions_with_vectors(id).await?;
        let versions = self.ledger().versions(id).await;
        let versions = versions.map_err(IngestError::Ledger)?;
        let owned: HashSet<_> = versions.iter().map(|(key, ..)| *key).collect();
        let mut orphans: HashSet<_> = found.keys().chain(others.keys()).copied().collect();
        orphans.retain(|key| !owned.contains(key));
        let broken = versions.iter().filter(|(key, chunks, active)| {
            // Vectors that a server has to make are left to a job.
            let has_vectors = match &vectors {
                Counted::Here(counts) => counts.get(key).copied().unwrap_or(0) == *chunks,
                Counted::Elsewhere(_) | Counted::Unknown => true,
            };
            *active && !(has_vectors && is_whole(found.get(key), *chunks))
        });
        Ok((
            orphans.into_iter().collect(),
            broken.map(|(key, ..)| *key).collect(),
        ))
    }

    /// Makes versions again from their kept contents. Returns how many could be.
    async fn remake(&self, id: CollectionId, broken: &[VersionKey]) -> Result<u64, IngestError> {
        let index = &self.pipeline.maker.index;
        let mut remade = 0;
        for keys in broken.chunks(256) {
            let entered = keys.iter().map(|key| (id, *key)).collect();
            let _entered = self.pipeline.versions.enter(entered).await;
            let documents = self.ledger().documents_by_key(id, keys.to_vec()).await;
            for document in documents.map_err(IngestError::Ledger)? {
                let Some(version) = self.pipeline.remake(&document).await? else {
                    self.give_up(document).await?;
                    continue;
                };
                if let Some(model) = self.local_model(id) {
                    let made = self
                        .pipeline
                        .maker
                        .vectors(&model, [&version].into_iter())
                        .await;
                    let made = made.map_err(IngestError::Embed)?;
                    self.pipeline.maker.put_vectors(id, made).await?;
                }
                let put = index.put(id, vec![version]).await;
                put.map_err(IngestError::Index)?;
                remade += 1;
            }
            index.flush(id).await.map_err(IngestError::Index)?;
        }
        let damaged = index.damaged().await.map_err(IngestError::Index)?;
        if damaged.contains(&id) {
            index.forget_damaged(id).await.map_err(IngestError::Index)?;
        }
        Ok(remade)
    }

    /// Lists a document as a gap of which neither chunks nor content are left.
    async fn give_up(&self, document: DocumentRow) -> Result<(), IngestError> {
        tracing::warn!(document = %document.id, "Chunks are lost and cannot be made again.");
        let mut changes = Changes::none(document.collection);
        changes.lost.push(Loss {
            document: document.id,
            key: document.key,
            content: document.content,
            gap: GapRow {
                collection: document.collection,
                source: document.source,
                path: document.path,
                stage: STORING,
                rule: LOST.to_owned(),
                code: LOST.to_owned(),
                reason: "its chunks were lost with files of the index, and its kept content is \
                         damaged or gone: submit it again"
                    .to_owned(),
                bytes: Some(document.bytes),
                job: None,
                at: ids::now(),
                seen: None,
                content: None,
            },
        });
        let applied = self.ledger().apply(changes).await;
        applied.map_err(IngestError::Ledger).map(drop)
    }

    async fn check_collection(
        &self,
        id: CollectionId,
        findings: &mut Findings,
    ) -> Result<(), IngestError> {
        // The ledger before and after: what changed in between is work under way, not trouble.
        let before = self
            .ledger()
            .versions(id)
            .await
            .map_err(IngestError::Ledger)?;
        let census = self
            .pipeline
            .maker
            .index
            .census(id)
            .await
            .map_err(IngestError::Index)?;
        let vectors = self.vectors(id).await?;
        let others = self.versions_with_vectors(id).await?;
        let after = self
            .ledger()
            .versions(id)
            .await
            .map_err(IngestError::Ledger)?;
        let owned: HashSet<_> = before.iter().chain(&after).map(|(key, ..)| *key).collect();
        let after: HashSet<_> = after.into_iter().collect();
        let mut found = HashMap::new();
        for census in census {
            found.insert(census.version, census);
            let in_work = || self.pipeline.versions.is_entered(&(id, census.version));
            if !owned.contains(&census.version) && !in_work() {
                findings.orphan_chunks += u64::from(census.chunks);
                findings.example(format!("version {:x} belongs to nobody", census.version.0));
            }
            findings.duplicate_chunks += u64::from(census.duplicates);
        }
        for (version, count) in others {
            let in_work = || self.pipeline.versions.is_entered(&(id, version));
            if !owned.contains(&version) && !in_work() {
                findings.orphan_vectors += count;
                findings.example(format!("vectors of {:x} belong to nobody", version.0));
            }
        }
        for version in before
            .iter()
            .filter(|version| version.2 && after.contains(version))
        {
            let (key, chunks, _) = version;
            findings.chunks += u64::from(*chunks);
            if !is_whole(found.get(key), *chunks) {
                let there = found.get(key).map_or(0, |census| census.chunks);
                findings.missing_chunks += u64::from(chunks.abs_diff(there)).max(1);
                findings.example(format!(
                    "version {:x} has {there} of {chunks} chunks",
                    key.0
                ));
            }
            let (Counted::Here(counts) | Counted::Elsewhere(counts)) = &vectors else {
                continue;
            };
            let there = counts.get(key).copied().unwrap_or(0);
            if there != *chunks {
                findings.missing_vectors += u64::from(chunks.abs_diff(there));
                findings.example(format!(
                    "version {:x} has {there} of {chunks} vectors",
                    key.0
                ));
            }
        }
        Ok(())
    }

    async fn check_blobs(&self, deep: bool, findings: &mut Findings) -> Result<(), IngestError> {
        let blobs = self
            .ledger()
            .all_blobs()
            .await
            .map_err(IngestError::Ledger)?;
        let (mut sizes, mut after) = (HashMap::new(), None);
        loop {
            let objects = self.pipeline.blobs.list(after).await;
            let objects = objects.map_err(IngestError::Blobs)?;
            let Some(last) = objects.last() else { break };
            after = Some(last.name);
            sizes.extend(objects.iter().map(|object| (object.name, object.bytes)));
        }
        for blob in blobs {
            if sizes
                .get(&blob.pack)
                .is_none_or(|bytes| *bytes < blob.start + blob.length)
            {
                findings.missing_blobs += 1;
                findings.example(format!("content {} is not in its pack", blob.hash));
            } else if deep && self.pipeline.blobs.get(&place(&blob)).await.is_err() {
                findings.damaged_blobs += 1;
                findings.example(format!("content {} is damaged", blob.hash));
            }
        }
        Ok(())
    }
}

impl Findings {
    fn example(&mut self, text: String) {
        const SHOWN: usize = 20;
        if self.examples.len() < SHOWN {
            self.examples.push(text);
        }
    }
}

/// A version without chunks is not in the index at all.
fn is_whole(census: Option<&Census>, chunks: u32) -> bool {
    match census {
        None => chunks == 0,
        Some(census) => census.chunks == chunks && census.end == chunks && census.duplicates == 0,
    }
}
