//! From files to chunks that are durable in the index, ready to be made active.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::{OwnedRwLockReadGuard, RwLock, Semaphore};
use tokio_util::sync::CancellationToken;

use super::chunk::{self, ChunkParams};
use super::extract::{self, Extracted};
use super::in_flight::{Entered, InFlight};
use super::read::{self, Stat};
use crate::blobs::{BlobError, BlobPlace, Blobs};
use crate::embed::{EmbedError, Embedder, Embedders, Purpose};
use crate::ids::{self, CollectionId, ContentHash, DocumentId, JobId, VersionKey};
use crate::index::{Index, IndexError, NewChunk, NewVectors, NewVersion, Place};
use crate::ledger::{
    Activation, BlobRow, Changes, DocumentRow, GapRow, Ledger, LedgerError, Seen, SourceStat, Touch,
};

/// Files whose modification time is so close to the time of reading may change again without a
/// trace: they count as unknown and are hashed at the next submit.
const RACY_NS: i64 = 50_000_000;
/// The same for file systems that store whole seconds.
const RACY_COARSE_NS: i64 = 2_000_000_000;

/// Contents that are asked for at the same time: a store may be far away.
const READS: usize = 8;

/// What turns files into chunks, and where it puts them.
#[derive(Clone)]
pub struct Pipeline {
    pub ledger: Ledger,
    pub index: Arc<dyn Index>,
    pub embedders: Arc<Embedders>,
    pub blobs: Blobs,
    pub versions: Arc<InFlight<(CollectionId, VersionKey)>>,
    pub contents: Arc<InFlight<ContentHash>>,
    /// Read by whoever makes vectors for a commit; written while the vectors of a model are removed:
    /// what a commit says to be there must not have been in a space that went in between.
    pub spaces: Arc<RwLock<()>>,
    /// Kibibytes of documents that may be in work.
    pub memory: Arc<Semaphore>,
    pub memory_kib: u32,
    pub params: ChunkParams,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}

/// A store cannot be used. Files never fail a part: they become gaps.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("cannot look up documents")]
    Ledger(#[source] LedgerError),
    #[error("cannot store chunks")]
    Index(#[source] IndexError),
    #[error("cannot make vectors of chunks")]
    Embed(#[source] EmbedError),
    #[error("cannot keep the contents")]
    Blobs(#[source] BlobError),
    /// What was to be made is there, and yet it is not.
    #[error("of {versions} versions without vectors none could be worked on")]
    NothingMade { versions: usize },
    /// The part was stopped.
    #[error("the work was stopped")]
    Stopped,
}

/// One document to take in.
#[derive(Clone, Debug)]
pub struct Item {
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    /// Somebody named exactly this document: that it has no text is a failure and no mere skip.
    pub named: bool,
    pub from: Origin,
}

/// Where the bytes of an item are.
#[derive(Clone, Debug)]
pub enum Origin {
    File(PathBuf),
    /// Handed in before; as old as `observed` says.
    Blob {
        blob: BlobRow,
        observed: i64,
    },
}

/// The group that is taken in together.
#[derive(Clone, Debug)]
pub struct Batch {
    pub collection: CollectionId,
    pub job: JobId,
    pub items: Vec<Item>,
    pub max_file_bytes: u64,
    /// Ends the wait for a model server.
    pub cancel: CancellationToken,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A document was read and cut into so many chunks.
    Document { bytes: u64, chunks: u32 },
    /// All are read; their chunks become vectors. Where a server makes them, we only wait.
    Embedding { waits: bool },
    /// What is left is waiting for disks.
    Storing,
    /// All is durable and waits for the ledger.
    Activating,
}

/// What is to be told to the ledger.
#[derive(Debug)]
pub struct Prepared {
    pub changes: Changes,
    pub unchanged: u64,
    pub failed: u64,
    /// Files without text that we can read, by rule.
    pub skipped: BTreeMap<String, u64>,
    pub bytes: u64,
    pub chunks: u64,
    /// To be kept until the ledger has the changes.
    pub hold: Hold,
}

/// Keeps versions and contents from the sweeper.
#[derive(Debug)]
pub struct Hold {
    _versions: Entered<(CollectionId, VersionKey)>,
    _contents: Entered<ContentHash>,
    _spaces: OwnedRwLockReadGuard<()>,
}

/// A document with its chunks.
struct Ready {
    activation: Activation,
    version: NewVersion,
    /// Absent: the bytes are in the blob store already.
    content: Option<Bytes>,
}

/// The vectors of some versions by one model.
pub(super) struct Vectors {
    model: String,
    space: String,
    vectors: Vec<NewVectors>,
}

enum Read {
    Ready(Box<Ready>),
    /// The content is as before, of the source that is named.
    Same(Vec<u8>, Touch),
    /// The file could not be read, or somebody named it and it has no text.
    Failed(GapRow),
    /// A file without text, met on the way.
    Skipped(GapRow),
}

impl Pipeline {
    /// Returns the fingerprint under which versions are made.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        chunk::fingerprint(&self.params)
    }

    /// Reads, cuts and stores `batch`. Nothing of it is visible before the changes are applied.
    ///
    /// `report` is called from another thread.
    pub async fn prepare(
        &self,
        batch: Batch,
        stop: Arc<AtomicBool>,
        report: Arc<dyn Fn(Step) + Send + Sync>,
        bytes: u64,
    ) -> Result<Prepared, IngestError> {
        let kib = u32::try_from(bytes / 1_024 + 1)
            .unwrap_or(u32::MAX)
            .min(self.memory_kib);
        let _room = self
            .memory
            .acquire_many(kib)
            .await
            .map_err(|_| IngestError::Stopped)?;
        let ids = batch
            .items
            .iter()
            .map(|item| ids::document_id(batch.collection, &item.source));
        let known = self.ledger.documents_by_id(ids.collect()).await;
        let known = known.map_err(IngestError::Ledger)?;
        let known = known.into_iter().map(|row| (row.id, row.key)).collect();
        let blobs = batch.items.iter().filter_map(|item| match &item.from {
            Origin::Blob { blob, .. } => Some(place(blob)),
            _ => None,
        });
        let blobs: Vec<_> = blobs.collect();
        let reads = stream::iter(blobs).map(async |place| {
            let bytes = self.blobs.get(&place).await.map_err(IngestError::Blobs)?;
            Ok((place.hash, bytes))
        });
        let uploads: HashMap<_, _> = reads.buffer_unordered(READS).try_collect().await?;
        let (collection, cancel) = (batch.collection, batch.cancel.clone());
        let (this, tell) = (self.clone(), Arc::clone(&report));
        let task = tokio::task::spawn_blocking(move || {
            this.read_all(&batch, &known, &uploads, &stop, tell.as_ref())
        });
        let documents = task.await.map_err(|_| IngestError::Stopped)??;
        let waits = self.waits_for_server(collection);
        report(Step::Embedding { waits });
        let ready = documents.iter().filter_map(|document| match document {
            Read::Ready(ready) => Some(&ready.version),
            Read::Same(..) | Read::Failed(_) | Read::Skipped(_) => None,
        });
        let spaces = Arc::clone(&self.spaces).read_owned().await;
        let vectors = tokio::select! {
            vectors = self.vectors_of_all(collection, ready) => vectors?,
            () = cancel.cancelled() => return Err(IngestError::Stopped),
        };
        report(Step::Storing);
        let prepared = self.store(collection, documents, vectors, spaces).await?;
        report(Step::Activating);
        Ok(prepared)
    }

    fn read_all(
        &self,
        batch: &Batch,
        known: &HashMap<DocumentId, VersionKey>,
        uploads: &HashMap<ContentHash, Bytes>,
        stop: &AtomicBool,
        report: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<Vec<Read>, IngestError> {
        let pipeline = self.fingerprint();
        let mut documents = Vec::with_capacity(batch.items.len());
        for item in &batch.items {
            if stop.load(Ordering::Relaxed) {
                return Err(IngestError::Stopped);
            }
            let read = self.read_one(batch, item, known, uploads, &pipeline);
            if let Read::Ready(ready) = &read {
                let (bytes, chunks) = (ready.activation.bytes, ready.activation.chunks);
                report(Step::Document { bytes, chunks });
            } else {
                report(Step::Document {
                    bytes: 0,
                    chunks: 0,
                });
            }
            documents.push(read);
        }
        Ok(documents)
    }

    fn read_one(
        &self,
        batch: &Batch,
        item: &Item,
        known: &HashMap<DocumentId, VersionKey>,
        uploads: &HashMap<ContentHash, Bytes>,
        pipeline: &str,
    ) -> Read {
        let gap = |code: &str, reason: String, seen: Option<Seen>| GapRow {
            collection: batch.collection,
            source: item.source.clone(),
            path: item.path.clone(),
            stage: EXTRACTING,
            rule: code.to_owned(),
            code: code.to_owned(),
            reason,
            bytes: seen.as_ref().map(|seen| seen.stat.bytes),
            job: Some(batch.job),
            at: ids::now(),
            seen,
        };
        let (bytes, stat, observed, stored) = match &item.from {
            Origin::File(path) => {
                // Before opening: whoever reads later gets a higher number.
                let observed = self.ledger.observe();
                match read::read(path, batch.max_file_bytes) {
                    Ok((bytes, stat)) => (Bytes::from(bytes), Some(stat), observed, None),
                    Err(error) => {
                        return Read::Failed(gap(error.code(), ids::chain(&error), None));
                    }
                }
            }
            Origin::Blob { blob, observed } => match uploads.get(&blob.hash) {
                Some(bytes) => (bytes.clone(), None, *observed, Some(*blob)),
                None => {
                    let reason = "the upload is gone".to_owned();
                    return Read::Failed(gap("upload-lost", reason, None));
                }
            },
        };
        let document = ids::document_id(batch.collection, &item.source);
        let content = ids::content_hash(&bytes);
        let key = ids::version_key(document, &item.path, content, pipeline);
        if known.get(&document) == Some(&key) {
            let touch = Touch {
                document,
                observed,
                key,
                path: item.path.clone(),
                stat: stat.map(settled),
            };
            return Read::Same(item.source.clone(), touch);
        }
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let path_text = String::from_utf8_lossy(&item.path).into_owned();
        let extracted = match extract::extract(bytes.to_vec(), Path::new(&path_text)) {
            Ok(extracted) => extracted,
            Err(error) => {
                let stat = stat.map_or(
                    SourceStat {
                        bytes: size,
                        modified_ns: 0,
                        inode: 0,
                    },
                    settled,
                );
                let pipeline = pipeline.to_owned();
                let seen = Some(Seen { stat, pipeline });
                let gap = gap(error.code(), error.to_string(), seen);
                return if item.named {
                    Read::Failed(gap)
                } else {
                    Read::Skipped(gap)
                };
            }
        };
        let chunks = self.cut(&extracted);
        let nowhere = BlobRow {
            hash: content,
            pack: content,
            start: 0,
            length: size,
        };
        let language = extracted.language.map(str::to_owned);
        let activation = Activation {
            document,
            source: item.source.clone(),
            path: item.path.clone(),
            observed,
            stat: stat.map(settled),
            key,
            bytes: size,
            chunks: u32::try_from(chunks.len()).unwrap_or(u32::MAX),
            title: extracted.title,
            language: language.clone(),
            blob: stored.unwrap_or(nowhere),
        };
        let version = NewVersion {
            key,
            path: path_text,
            language,
            chunks,
        };
        let content = stored.is_none().then_some(bytes);
        Read::Ready(Box::new(Ready {
            activation,
            version,
            content,
        }))
    }

    fn cut(&self, extracted: &Extracted) -> Vec<NewChunk> {
        let chunks = chunk::chunk(&extracted.text, extracted.kind, &self.params);
        let chunks = chunks.into_iter().map(|chunk| NewChunk {
            text: extracted.text[chunk.byte_range.clone()].to_owned(),
            heading: chunk.heading,
            place: Place {
                line_start: chunk.line_start,
                line_end: chunk.line_end,
                byte_start: chunk.byte_range.start as u64,
                byte_end: chunk.byte_range.end as u64,
                page: None,
            },
        });
        chunks.collect()
    }

    /// Makes the vectors of all chunks of `versions` by all models of the collection.
    ///
    /// The next model may be out of reach: then whoever switches to it makes them.
    async fn vectors_of_all(
        &self,
        collection: CollectionId,
        versions: impl Iterator<Item = &NewVersion> + Clone,
    ) -> Result<Vec<Vectors>, IngestError> {
        let models = self.ledger.visibility().snapshot();
        // A collection that is gone needs none.
        let Some(models) = models.models(collection) else {
            return Ok(Vec::new());
        };
        let made = self.vectors(&models.serving, versions.clone()).await;
        let mut all = vec![made.map_err(IngestError::Embed)?];
        if let Some(next) = &models.next {
            match self.vectors(next, versions).await {
                Ok(made) => all.push(made),
                Err(error) => tracing::warn!(
                    model = next,
                    error = ids::chain(&error),
                    "Vectors of the next model are left to the switch."
                ),
            }
        }
        Ok(all)
    }

    fn waits_for_server(&self, collection: CollectionId) -> bool {
        let models = self.ledger.visibility().snapshot();
        let serving = models.models(collection).map(|models| &models.serving);
        let embedder = serving.and_then(|serving| self.embedders.get(serving).ok());
        embedder.is_some_and(|embedder| !embedder.is_local())
    }

    /// Makes the vectors of all chunks of `versions` by one model.
    pub(super) async fn vectors(
        &self,
        model: &str,
        versions: impl Iterator<Item = &NewVersion> + Clone,
    ) -> Result<Vectors, EmbedError> {
        let embedder = self.embedders.get(model)?;
        let texts: Vec<_> = versions
            .clone()
            .flat_map(|version| &version.chunks)
            .map(text_of)
            .collect();
        let mut made = embed(embedder, texts).await?.into_iter();
        let vectors = versions.map(|version| NewVectors {
            key: version.key,
            path: version.path.clone(),
            language: version.language.clone(),
            vectors: made.by_ref().take(version.chunks.len()).collect(),
        });
        Ok(Vectors {
            model: model.to_owned(),
            space: embedder.space().to_owned(),
            vectors: vectors.collect(),
        })
    }

    /// Puts vectors into the index. To be flushed.
    pub(super) async fn put_vectors(
        &self,
        collection: CollectionId,
        made: Vectors,
    ) -> Result<(), IngestError> {
        let put = self
            .index
            .put_vectors(collection, &made.space, made.vectors);
        put.await.map_err(IngestError::Index)
    }

    /// Makes the chunks of a kept content again, for an index that lost them.
    ///
    /// `None`: the content is not there, or today's pipeline makes something else of it.
    pub(super) async fn remake(
        &self,
        document: &DocumentRow,
    ) -> Result<Option<NewVersion>, IngestError> {
        let blob = self
            .ledger
            .blob(document.content)
            .await
            .map_err(IngestError::Ledger)?;
        let Some(blob) = blob else { return Ok(None) };
        let key = ids::version_key(
            document.id,
            &document.path,
            document.content,
            &self.fingerprint(),
        );
        if key != document.key {
            return Ok(None);
        }
        let bytes = match self.blobs.get(&place(&blob)).await {
            Ok(bytes) => bytes,
            Err(error) if error.is_transient() => return Err(IngestError::Blobs(error)),
            Err(_) => return Ok(None),
        };
        let path = String::from_utf8_lossy(&document.path).into_owned();
        let (this, language) = (self.clone(), document.language.clone());
        let task = tokio::task::spawn_blocking(move || {
            let extracted = extract::extract(bytes.to_vec(), Path::new(&path)).ok()?;
            Some(NewVersion {
                key,
                path,
                language,
                chunks: this.cut(&extracted),
            })
        });
        task.await.map_err(|_| IngestError::Stopped)
    }

    /// Makes contents and chunks durable, at the same time.
    async fn store(
        &self,
        collection: CollectionId,
        documents: Vec<Read>,
        vectors: Vec<Vectors>,
        spaces: OwnedRwLockReadGuard<()>,
    ) -> Result<Prepared, IngestError> {
        let mut changes = Changes::none(collection);
        changes.models = vectors.iter().map(|made| made.model.clone()).collect();
        let (mut versions, mut contents) = (Vec::new(), Vec::new());
        let mut skipped = BTreeMap::new();
        let (mut unchanged, mut failed, mut bytes, mut chunks) = (0, 0, 0, 0);
        for document in documents {
            match document {
                Read::Same(source, touch) => {
                    unchanged += 1;
                    changes.touch.push(touch);
                    // A content that could not be read meanwhile is no gap any more.
                    changes.no_gaps.push(source);
                }
                Read::Failed(gap) => {
                    failed += 1;
                    changes.gaps.push(gap);
                }
                Read::Skipped(gap) => {
                    *skipped.entry(gap.rule.clone()).or_default() += 1;
                    changes.gaps.push(gap);
                }
                Read::Ready(ready) => {
                    bytes += ready.activation.bytes;
                    chunks += u64::from(ready.activation.chunks);
                    let hash = ready.activation.blob.hash;
                    contents.extend(ready.content.map(|content| (hash, content)));
                    versions.push(ready.version);
                    changes.activate.push(ready.activation);
                }
            }
        }
        let keys = versions
            .iter()
            .map(|version| (collection, version.key))
            .collect();
        let hashes = changes
            .activate
            .iter()
            .map(|activation| activation.blob.hash)
            .collect::<Vec<_>>();
        let wanted = hashes.clone();
        let hold = Hold {
            _versions: self.versions.enter(keys).await,
            _contents: self.contents.enter(hashes).await,
            _spaces: spaces,
        };
        // After entering: what is kept now stays. A second copy of it would belong to nobody.
        let listed = self.ledger.blobs(wanted).await;
        let kept = self
            .still_there(listed.map_err(IngestError::Ledger)?)
            .await?;
        contents.retain(|(hash, _)| !kept.contains_key(hash));
        let index = async {
            if versions.is_empty() {
                return Ok(());
            }
            self.index.put(collection, versions).await?;
            for Vectors { space, vectors, .. } in vectors {
                self.index.put_vectors(collection, &space, vectors).await?;
            }
            self.index.flush(collection).await
        };
        let blobs = async {
            match contents.is_empty() {
                true => Ok(Vec::new()),
                false => self.blobs.put_pack(contents).await,
            }
        };
        let (indexed, places) = tokio::join!(index, blobs);
        indexed.map_err(IngestError::Index)?;
        let places = places.map_err(IngestError::Blobs)?;
        let places: HashMap<_, _> = places
            .into_iter()
            .map(|place| (place.hash, place))
            .collect();
        for activation in &mut changes.activate {
            let hash = activation.blob.hash;
            let stored = kept.get(&hash).copied();
            if let Some(blob) = stored.or_else(|| places.get(&hash).map(row)) {
                activation.blob = blob;
            }
        }
        Ok(Prepared {
            changes,
            unchanged,
            failed,
            skipped,
            bytes,
            chunks,
            hold,
        })
    }

    /// Returns those contents whose packs are there. One of which the file was lost is stored again.
    async fn still_there(
        &self,
        blobs: Vec<BlobRow>,
    ) -> Result<HashMap<ContentHash, BlobRow>, IngestError> {
        // What was taken in together shares packs: each is looked at once, to the last byte that is
        // needed of it.
        let mut packs = HashMap::<_, BlobRow>::new();
        for blob in &blobs {
            let last = packs.entry(blob.pack).or_insert(*blob);
            if blob.start + blob.length > last.start + last.length {
                *last = *blob;
            }
        }
        let looks = stream::iter(packs.into_values()).map(async |last: BlobRow| {
            match self.blobs.get_range(&place(&last), 0..0).await {
                Ok(_) => Ok(Some(last.pack)),
                Err(error) if error.is_transient() => Err(IngestError::Blobs(error)),
                Err(_) => Ok(None),
            }
        });
        let there: HashSet<_> = looks.buffer_unordered(READS).try_collect().await?;
        let kept = blobs.into_iter().map(|blob| (blob.hash, blob));
        Ok(kept
            .filter(|(_, blob)| there.contains(&Some(blob.pack)))
            .collect())
    }
}

/// Makes vectors of passages; without passages there is nobody to ask.
async fn embed(
    embedder: &Arc<dyn Embedder>,
    texts: Vec<String>,
) -> Result<Vec<Vec<f32>>, EmbedError> {
    match texts.is_empty() {
        true => Ok(Vec::new()),
        false => embedder.embed(texts, Purpose::Passage).await,
    }
}

/// Returns what a model reads of a chunk: where it stands helps to know what it is about.
fn text_of(chunk: &NewChunk) -> String {
    match &chunk.heading {
        Some(heading) => format!("{heading}\n{}", chunk.text),
        None => chunk.text.clone(),
    }
}

/// The number of `jobs::Stage::Extracting`, which this layer does not know.
const EXTRACTING: u8 = 2;

/// Returns where a row says that a content is.
#[must_use]
pub fn place(row: &BlobRow) -> BlobPlace {
    BlobPlace {
        hash: row.hash,
        pack: row.pack,
        offset: row.start,
        length: row.length,
    }
}

/// Returns a place as it is stored.
#[must_use]
pub fn row(place: &BlobPlace) -> BlobRow {
    BlobRow {
        hash: place.hash,
        pack: place.pack,
        start: place.offset,
        length: place.length,
    }
}

/// Returns a stat that is trusted later only if the file cannot have changed unseen.
fn settled(stat: Stat) -> SourceStat {
    let stat = SourceStat::from(stat);
    let now_ns = ids::now().0.saturating_mul(1_000_000);
    let coarse = stat.modified_ns % 1_000_000_000 == 0;
    let window = if coarse { RACY_COARSE_NS } else { RACY_NS };
    if stat.modified_ns + window < now_ns {
        stat
    } else {
        SourceStat {
            modified_ns: 0,
            ..stat
        }
    }
}
