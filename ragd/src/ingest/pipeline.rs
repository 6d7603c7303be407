//! From files to chunks that are durable in the index, ready to be made active.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::{OwnedRwLockReadGuard, RwLock, Semaphore, SemaphorePermit};

pub use super::gather::{Batch, Item, Origin, Told};
use super::gather::{Brief, Fresh, Gathered, Gatherer, Kept, left_out};
use super::in_flight::{Entered, InFlight};
use super::make::{Costly, Cut, Maker, Models, NoText, Raw, Vectors};
pub use super::members::{Member, Members};
pub use super::parse::Look;
use super::parse::Reading;
use super::walk::WalkError;
use crate::blobs::{BlobError, BlobPlace, Blobs};
use crate::embed::EmbedError;
use crate::git::{GitError, ObjectId};
use crate::ids::{self, CollectionId, ContentHash, DocumentId, VersionKey};
use crate::index::{IndexError, NewVersion};
use crate::ledger::{BlobRow, DocumentRow, Ledger, LedgerError};
use crate::sandbox::Lost;

/// Contents that are asked for at the same time: a store may be far away.
const READS: usize = 8;

/// What turns files into chunks, and where it puts them.
#[derive(Clone)]
pub struct Pipeline {
    pub ledger: Ledger,
    pub maker: Maker,
    pub blobs: Blobs,
    pub versions: Arc<InFlight<(CollectionId, VersionKey)>>,
    pub contents: Arc<InFlight<ContentHash>>,
    /// Read by whoever makes vectors for a commit; written while the vectors of a model are removed:
    /// what a commit says to be there must not have been in a space that went in between.
    pub spaces: Arc<RwLock<()>>,
    /// Kibibytes of documents that may be in work.
    pub memory: Arc<Semaphore>,
    pub memory_kib: u32,
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
    /// A worker wrote to something else than the index that is searched here.
    #[error("a worker made {made} chunks, and the index has {found} of them")]
    NotStored { made: u64, found: u64 },
    /// A glob among the rules of the source means nothing.
    #[error("cannot use the rules of the source")]
    Rules(#[source] WalkError),
    /// Documents are read in a sandbox, and there is none.
    #[error("cannot read documents")]
    Sandbox(#[source] Lost),
    /// The part was stopped.
    #[error("the work was stopped")]
    Stopped,
    #[error("cannot read the repository")]
    Git(#[source] GitError),
}

/// How far a batch is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A document was read and cut into so many chunks.
    Document { bytes: u64, chunks: u32 },
    /// A page of a document is looked at, which takes a while.
    Look(Look),
    /// All are read; their chunks become vectors. Where a server makes them, we only wait.
    Embedding { waits: bool },
    /// What is left is waiting for disks.
    Storing,
    /// All is durable and waits for the ledger.
    Activating,
}

/// What is to be told to the ledger, and what has to be kept until it knows.
#[derive(Debug)]
pub struct Prepared {
    pub told: Told,
    pub hold: Hold,
}

/// Keeps versions and contents from the sweeper.
#[derive(Debug)]
pub struct Hold {
    _versions: Entered<(CollectionId, VersionKey)>,
    contents: Vec<Entered<ContentHash>>,
    _spaces: OwnedRwLockReadGuard<()>,
}

impl Hold {
    /// Keeps other contents from the sweeper, too.
    pub(super) async fn contents(
        &mut self,
        in_flight: &Arc<InFlight<ContentHash>>,
        hashes: Vec<ContentHash>,
    ) {
        self.contents.push(in_flight.enter(hashes).await);
    }
}

/// A new content, and its bytes.
pub(super) type FreshBytes = (Fresh, Bytes);

impl Pipeline {
    /// Returns the fingerprint under which versions are made.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.maker.fingerprint()
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
        let _room = self.room(bytes).await?;
        let batch = Arc::new(batch);
        let collection = batch.collection;
        let (mut told, fresh) = self.gather(&batch, &stop, &report).await?;
        let (fresh, cuts) = tokio::select! {
            cut = self.cut(&batch, fresh, &report) => cut?,
            () = batch.cancel.cancelled() => return Err(IngestError::Stopped),
        };
        let holds_files = |at: usize| matches!(&cuts[at], Ok(cut) if cut.holds_files);
        let unpacked = self.unpack(&batch, &fresh, holds_files).await?;
        let waits = self.waits_for_server(collection);
        report(Step::Embedding { waits });
        let spaces = Arc::clone(&self.spaces).read_owned().await;
        let versions = || cuts.iter().flatten().map(|cut| &cut.version);
        let vectors = tokio::select! {
            vectors = self.vectors(collection, versions()) => vectors?,
            () = batch.cancel.cancelled() => return Err(IngestError::Stopped),
        };
        report(Step::Storing);
        told.changes.models = vectors.iter().map(|made| made.model.clone()).collect();
        let mut hold = self.hold(collection, &fresh, spaces).await;
        let briefs: Vec<_> = cuts
            .iter()
            .map(|cut| cut.as_ref().map(Brief::from).map_err(NoText::clone))
            .collect();
        let with_text = fresh.iter().zip(&cuts).filter(|(_, cut)| cut.is_ok());
        let contents = with_text.map(|(fresh, _)| fresh).collect();
        let versions = cuts.into_iter().flatten().map(|cut| cut.version).collect();
        let (indexed, kept) = tokio::join!(
            self.maker.store(collection, versions, vectors),
            self.keep(contents)
        );
        indexed?;
        let kept = kept?;
        let sights = self.keep_seen(&briefs, &mut hold).await?;
        let pipeline = self.fingerprint();
        for (((fresh, _), brief), sight) in fresh.iter().zip(briefs).zip(sights) {
            let blob = kept.get(&fresh.content).copied();
            let blob = blob.unwrap_or_else(|| fresh.blob());
            told.made(&batch, fresh, brief, Kept { blob, sight }, &pipeline);
        }
        told.unpacked(&batch, |at| &fresh[at].0, unpacked);
        report(Step::Activating);
        Ok(Prepared { told, hold })
    }

    /// Waits until documents of so many bytes may be in work.
    pub(super) async fn room(&self, bytes: u64) -> Result<SemaphorePermit<'_>, IngestError> {
        let kib = u32::try_from(bytes / 1_024 + 1)
            .unwrap_or(u32::MAX)
            .min(self.memory_kib);
        let room = self.memory.acquire_many(kib).await;
        room.map_err(|_| IngestError::Stopped)
    }

    /// Reads all items. What is not new, and what is not to be tried again, is ready to be told.
    pub(super) async fn gather(
        &self,
        batch: &Arc<Batch>,
        stop: &Arc<AtomicBool>,
        report: &Arc<dyn Fn(Step) + Send + Sync>,
    ) -> Result<(Told, Vec<FreshBytes>), IngestError> {
        let known = self.known(batch).await?;
        let uploads = self.uploads(batch).await?;
        let committed = self.committed(batch).await?;
        let (this, read_batch) = (self.clone(), Arc::clone(batch));
        let (stop, read_report) = (Arc::clone(stop), Arc::clone(report));
        let task = tokio::task::spawn_blocking(move || {
            let (batch, report) = (read_batch, read_report);
            let gatherer = Gatherer {
                ledger: &this.ledger,
                batch: &batch,
                known: &known,
                uploads: &uploads,
                committed: &committed,
                pipeline: &this.fingerprint(),
            };
            let (mut told, mut fresh) = (Told::nothing(batch.collection), Vec::new());
            for item in &batch.items {
                if stop.load(Ordering::Relaxed) {
                    return Err(IngestError::Stopped);
                }
                match gatherer.gather(item) {
                    Gathered::Fresh(document, bytes) => {
                        fresh.push((document, bytes));
                        continue;
                    }
                    Gathered::Same(source, touch) => told.same(source, touch),
                    Gathered::Failed(gap) => told.failed(gap),
                }
                report(Step::Document {
                    bytes: 0,
                    chunks: 0,
                });
            }
            Ok((told, fresh))
        });
        let (mut told, fresh) = task.await.map_err(|_| IngestError::Stopped)??;
        let contents = fresh.iter().map(|(fresh, _)| fresh.content).collect();
        let pipeline = self.fingerprint();
        let poisoned = self.ledger.poisoned(contents, pipeline.clone()).await;
        let poisoned = poisoned.map_err(IngestError::Ledger)?;
        let poisoned: HashMap<_, _> = poisoned
            .iter()
            .map(|known| (known.content, known))
            .collect();
        let mut good = Vec::with_capacity(fresh.len());
        for (document, bytes) in fresh {
            if let Some(no_text) = left_out(&document, &bytes) {
                told.without_text(batch, &document, no_text, &pipeline);
                report(Step::Document {
                    bytes: 0,
                    chunks: 0,
                });
                continue;
            }
            let Some(known) = poisoned.get(&document.content) else {
                good.push((document, bytes));
                continue;
            };
            told.poisoned(batch, &document, known, &pipeline);
            report(Step::Document {
                bytes: 0,
                chunks: 0,
            });
        }
        Ok((told, good))
    }

    /// Has all documents read and cut, as many at once as there are children.
    async fn cut(
        &self,
        batch: &Batch,
        fresh: Vec<FreshBytes>,
        report: &Arc<dyn Fn(Step) + Send + Sync>,
    ) -> Result<(Vec<FreshBytes>, Vec<Result<Cut, NoText>>), IngestError> {
        let costly = Costly::default();
        let seen = self
            .seen_of(batch, fresh.iter().map(|(fresh, _)| fresh))
            .await?;
        let looks = |look| report(Step::Look(look));
        let cuts = stream::iter(0..fresh.len()).map(async |at| {
            let (document, bytes) = &fresh[at];
            let path = document.path();
            let raw = Raw {
                key: document.key,
                document: document.document,
                content: document.content,
                reading: Reading {
                    path: &path,
                    bytes,
                    seen: seen.get(&document.content).map(Vec::as_slice),
                    looks: &looks,
                },
            };
            let cut = self.maker.cut_of(&costly, raw);
            let cut = cut.await?;
            let chunks = cut.as_ref().map_or(0, |cut| Brief::from(cut).chunks);
            let bytes = if cut.is_ok() { bytes.len() as u64 } else { 0 };
            report(Step::Document { bytes, chunks });
            Ok(cut)
        });
        let at_once = self.maker.parser.at_once();
        let cuts = cuts.buffered(at_once).try_collect().await?;
        Ok((fresh, cuts))
    }

    /// Returns the active versions of the documents of a batch.
    async fn known(&self, batch: &Batch) -> Result<HashMap<DocumentId, VersionKey>, IngestError> {
        let ids = batch
            .items
            .iter()
            .map(|item| ids::document_id(batch.collection, &item.source));
        let known = self.ledger.documents_by_id(ids.collect()).await;
        let known = known.map_err(IngestError::Ledger)?;
        Ok(known.into_iter().map(|row| (row.id, row.key)).collect())
    }

    async fn uploads(&self, batch: &Batch) -> Result<HashMap<ContentHash, Bytes>, IngestError> {
        let places = batch.items.iter().filter_map(|item| match &item.from {
            Origin::Blob { blob, .. } => Some(place(blob)),
            _ => None,
        });
        let places: Vec<_> = places.collect();
        let reads = stream::iter(places).map(async |place| {
            let bytes = self.blobs.get(&place).await.map_err(IngestError::Blobs)?;
            Ok((place.hash, bytes))
        });
        reads.buffer_unordered(READS).try_collect().await
    }

    /// Reads what comes from a commit.
    async fn committed(&self, batch: &Batch) -> Result<HashMap<ObjectId, Bytes>, IngestError> {
        let wanted = batch.items.iter().filter_map(|item| match &item.from {
            Origin::Commit { id, bytes, .. } => Some((id.clone(), *bytes)),
            Origin::File(_) | Origin::Blob { .. } | Origin::Fetched { .. } => None,
        });
        let wanted: Vec<_> = wanted.collect();
        match &batch.repository {
            Some(repository) if !wanted.is_empty() => {
                let most = batch.rules.max_file_bytes;
                let read = repository.contents(&wanted, most, &batch.cancel).await;
                read.map_err(IngestError::Git)
            }
            Some(_) | None => Ok(HashMap::new()),
        }
    }

    async fn vectors(
        &self,
        collection: CollectionId,
        versions: impl Iterator<Item = &NewVersion> + Clone,
    ) -> Result<Vec<Vectors>, IngestError> {
        match self.models(collection) {
            Some(models) => self.maker.vectors_of_all(&models, versions).await,
            // A collection that is gone needs none.
            None => Ok(Vec::new()),
        }
    }

    /// Returns the models that a collection needs vectors of; none if it is gone.
    pub(super) fn models(&self, collection: CollectionId) -> Option<Models> {
        let snapshot = self.ledger.visibility().snapshot();
        let models = snapshot.models(collection)?;
        Some(Models {
            serving: models.serving.clone(),
            next: models.next.clone(),
        })
    }

    fn waits_for_server(&self, collection: CollectionId) -> bool {
        let embedders = &self.maker.embedders;
        let embedder = self
            .models(collection)
            .and_then(|models| embedders.get(&models.serving).ok());
        embedder.is_some_and(|embedder| !embedder.is_local())
    }

    /// Keeps what `fresh` becomes from the sweeper.
    pub(super) async fn hold(
        &self,
        collection: CollectionId,
        fresh: &[FreshBytes],
        spaces: OwnedRwLockReadGuard<()>,
    ) -> Hold {
        let keys = fresh.iter().map(|(fresh, _)| (collection, fresh.key));
        let contents = fresh.iter().map(|(fresh, _)| fresh.content);
        Hold {
            _versions: self.versions.enter(keys.collect()).await,
            contents: vec![self.contents.enter(contents.collect()).await],
            _spaces: spaces,
        }
    }

    /// Makes contents durable and returns where each of them is. To be called under a [`Hold`]:
    /// what is kept now stays, and a second copy of it would belong to nobody.
    pub(super) async fn keep(
        &self,
        contents: Vec<&FreshBytes>,
    ) -> Result<HashMap<ContentHash, BlobRow>, IngestError> {
        let own = contents.iter().filter(|(fresh, _)| fresh.stored.is_none());
        let own = own.map(|(fresh, bytes)| (fresh.content, bytes.clone()));
        self.keep_all(own.collect()).await
    }

    /// As [`Pipeline::keep`], for contents that are entered as in flight.
    pub(super) async fn keep_all(
        &self,
        contents: Vec<(ContentHash, Bytes)>,
    ) -> Result<HashMap<ContentHash, BlobRow>, IngestError> {
        let wanted = contents.iter().map(|(hash, _)| *hash).collect();
        let listed = self.ledger.blobs(wanted).await;
        let mut kept = self
            .still_there(listed.map_err(IngestError::Ledger)?)
            .await?;
        let new = contents.into_iter();
        let new: Vec<_> = new.filter(|(hash, _)| !kept.contains_key(hash)).collect();
        let places = self.blobs.put_pack(new).await;
        let places = places.map_err(IngestError::Blobs)?;
        kept.extend(places.iter().map(|place| (place.hash, row(place))));
        Ok(kept)
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
        let pipeline = self.fingerprint();
        let secrets = self.maker.parser.secrets();
        let key = ids::version_key(
            document.collection,
            &document.path,
            document.content,
            &secrets.pipeline_of(&pipeline, &document.path),
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
        let seen = self.seen_before(vec![document.content]).await?;
        let cut = self.maker.cut(Raw {
            key,
            document: document.id,
            content: document.content,
            reading: Reading {
                seen: seen.get(&document.content).map(Vec::as_slice),
                ..Reading::new(&path, &bytes)
            },
        });
        Ok(cut.await?.ok().map(|cut| cut.version))
    }
}

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
