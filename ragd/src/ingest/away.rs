//! Taking documents in on another machine: what is staged here, what is ordered, and what the worker
//! makes of it.
//!
//! The daemon reads the sources, keeps the contents in blobs and holds on to everything that the
//! ledger will want to know. The worker sees contents, makes chunks and vectors, and tells what it
//! made of each. Orders are the same whenever the same documents are staged, so a task that is
//! already done is not done again.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::extract::{self, Seen};
use super::gather::{Batch, Brief, Fresh, Kept, Told};
use super::make::{Costly, Lacking, Maker, Models, NoText, Raw};
use super::members::Unpacked;
use super::parse::Reading;
use super::pipeline::{Hold, IngestError, Pipeline, Prepared, Step, place};
use crate::blobs::{BlobPlace, Blobs};
use crate::ids::{CollectionId, ContentHash, DocumentId, VersionKey};
use crate::ledger::{BlobRow, Fact, Redacted};
use crate::project::{Outline, Unpacker};

/// Everything a worker has to know to take documents in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    collection: CollectionId,
    /// Whose collections these are on the index server.
    pub index: String,
    /// A worker that would make other chunks refuses.
    pipeline: String,
    serving: String,
    next: Option<String>,
    documents: Vec<Wanted>,
}

/// A document to be made. The fields are short words, since an order of many has to be small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    key: u64,
    #[serde(with = "as_text")]
    document: DocumentId,
    path: String,
    #[serde(with = "as_text")]
    content: ContentHash,
    #[serde(with = "as_text")]
    pack: ContentHash,
    start: u64,
    length: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Vec<Seen>>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The models that vectors were made of.
    models: Vec<String>,
    /// In the order of what was wanted.
    documents: Vec<MadeDocument>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MadeDocument {
    Chunks {
        chunks: u32,
        title: Option<String>,
        facts: Vec<Fact>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outline: Option<Box<Outline>>,
        language: Option<String>,
        lacking: Vec<Lacking>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seen: Vec<Seen>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<Redacted>,
    },
    Nothing {
        code: String,
        reason: String,
    },
}

/// A batch of which the contents are kept, ready to be made elsewhere.
pub struct Staged {
    batch: Arc<Batch>,
    told: Told,
    fresh: Vec<(Fresh, BlobRow)>,
    unpacked: Vec<Unpacked>,
    hold: Hold,
    /// None: nothing is to be made.
    pub order: Option<Order>,
    /// Where the new contents are. They have to be kept until the batch is told to the ledger.
    pub kept: Vec<BlobRow>,
}

impl std::fmt::Debug for Staged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staged")
            .field("fresh", &self.fresh.len())
            .finish_non_exhaustive()
    }
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AwayError {
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The order is of a daemon that cuts documents in another way.
    #[error("the daemon makes chunks by `{wanted}`, this worker by `{own}`")]
    Pipeline { wanted: String, own: String },
    /// The answer is of something else.
    #[error("{wanted} documents were ordered and {made} came back")]
    Count { wanted: usize, made: usize },
}

impl Pipeline {
    /// Reads a batch and keeps what is new in it.
    pub async fn stage(
        &self,
        batch: Batch,
        stop: Arc<AtomicBool>,
        report: Arc<dyn Fn(Step) + Send + Sync>,
        bytes: u64,
    ) -> Result<Staged, IngestError> {
        let _room = self.room(bytes).await?;
        let batch = Arc::new(batch);
        let collection = batch.collection;
        let (told, fresh) = self.gather(&batch, &stop, &report).await?;
        // What the worker will find is not known yet.
        let may_hold_files = |at: usize| extract::may_hold_files(&fresh[at].1);
        let unpacked = self.unpack(&batch, &fresh, may_hold_files).await?;
        let spaces = Arc::clone(&self.spaces).read_owned().await;
        let hold = self.hold(collection, &fresh, spaces).await;
        let kept = self.keep(fresh.iter().collect()).await?;
        let fresh: Vec<_> = fresh
            .into_iter()
            .map(|(fresh, _)| {
                let blob = kept.get(&fresh.content).copied();
                let blob = blob.unwrap_or_else(|| fresh.blob());
                (fresh, blob)
            })
            .collect();
        let mut seen = self
            .seen_of(&batch, fresh.iter().map(|(fresh, _)| fresh))
            .await?;
        // A collection that is gone needs nothing.
        let models = self.models(collection);
        let models = models.filter(|_| !fresh.is_empty());
        let order = models.map(|models| Order {
            collection,
            index: self.maker.index.owner(collection),
            pipeline: self.maker.terms(),
            serving: models.serving,
            next: models.next,
            documents: fresh
                .iter()
                .map(|(fresh, blob)| wanted(fresh, blob, seen.remove(&fresh.content)))
                .collect(),
        });
        Ok(Staged {
            kept: fresh.iter().map(|(_, blob)| *blob).collect(),
            batch,
            told,
            fresh,
            unpacked,
            hold,
            order,
        })
    }

    /// Looks whether the index has what a worker says that it made: nothing else may be told to the
    /// ledger.
    pub async fn confirm(&self, staged: &Staged, made: &Made) -> Result<(), IngestError> {
        let chunks = made.documents.iter().map(|document| match document {
            MadeDocument::Chunks { chunks, .. } => u64::from(*chunks),
            MadeDocument::Nothing { .. } => 0,
        });
        let made = chunks.sum();
        if made == 0 {
            return Ok(());
        }
        let versions = staged.fresh.iter().map(|(fresh, _)| fresh.key).collect();
        let index = &self.maker.index;
        let found = index.count(staged.batch.collection, versions).await;
        match found.map_err(IngestError::Index)? {
            found if found == made => Ok(()),
            found => Err(IngestError::NotStored { made, found }),
        }
    }

    /// Returns what is to be told to the ledger, now that what was `made` is in the index.
    pub async fn settle(&self, staged: Staged, made: Made) -> Result<Prepared, AwayError> {
        let Staged {
            batch,
            mut told,
            fresh,
            unpacked,
            mut hold,
            ..
        } = staged;
        if made.documents.len() != fresh.len() {
            return Err(AwayError::Count {
                wanted: fresh.len(),
                made: made.documents.len(),
            });
        }
        told.changes.models = made.models;
        let made: Vec<Result<Brief, NoText>> = made.documents.into_iter().map(Into::into).collect();
        let sights = self.keep_seen(&made, &mut hold).await?;
        let pipeline = self.fingerprint();
        for (((fresh, blob), made), sight) in fresh.iter().zip(made).zip(sights) {
            let blob = *blob;
            told.made(&batch, fresh, made, Kept { blob, sight }, &pipeline);
        }
        told.unpacked(&batch, |at| &fresh[at].0, unpacked);
        Ok(Prepared { told, hold })
    }
}

impl Staged {
    /// Returns what is to be told of a batch in which nothing was to be made.
    #[must_use]
    pub fn unchanged(self) -> Prepared {
        Prepared {
            told: self.told,
            hold: self.hold,
        }
    }

    /// Reports each document that was made.
    pub fn tell(&self, made: &Made, report: &(dyn Fn(Step) + Send + Sync)) {
        for ((_, blob), made) in self.fresh.iter().zip(&made.documents) {
            report(match made {
                MadeDocument::Chunks { chunks, .. } => Step::Document {
                    bytes: blob.length,
                    chunks: *chunks,
                },
                MadeDocument::Nothing { .. } => Step::Document {
                    bytes: 0,
                    chunks: 0,
                },
            });
        }
    }
}

impl Maker {
    /// Makes what is ordered: when it returns, chunks and vectors are durable in the index.
    pub async fn carry_out(
        &self,
        order: &Order,
        blobs: &Blobs,
        stop: &CancellationToken,
    ) -> Result<Made, AwayError> {
        let own = self.terms();
        if order.pipeline != own {
            let wanted = order.pipeline.clone();
            return Err(AwayError::Pipeline { wanted, own });
        }
        let costly = Costly::default();
        let mut cuts = Vec::with_capacity(order.documents.len());
        for wanted in &order.documents {
            let bytes = blobs
                .get(&wanted.place())
                .await
                .map_err(IngestError::Blobs)?;
            let raw = Raw {
                key: VersionKey(wanted.key),
                document: wanted.document,
                content: wanted.content,
                reading: Reading {
                    seen: wanted.seen.as_deref(),
                    ..Reading::new(&wanted.path, &bytes)
                },
            };
            cuts.push(tokio::select! {
                cut = self.cut_of(&costly, raw) => cut?,
                () = stop.cancelled() => return Err(IngestError::Stopped.into()),
            });
        }
        let models = Models {
            serving: order.serving.clone(),
            next: order.next.clone(),
        };
        let versions = cuts.iter().flatten().map(|cut| &cut.version);
        let vectors = tokio::select! {
            vectors = self.vectors_of_all(&models, versions) => vectors?,
            () = stop.cancelled() => return Err(IngestError::Stopped.into()),
        };
        let made = Made {
            models: vectors.iter().map(|made| made.model.clone()).collect(),
            documents: cuts
                .iter()
                .map(|cut| cut.as_ref().map(Brief::from).map_err(NoText::clone).into())
                .collect(),
        };
        let versions = cuts.into_iter().flatten().map(|cut| cut.version).collect();
        tokio::select! {
            stored = self.store(order.collection, versions, vectors) => stored?,
            () = stop.cancelled() => return Err(IngestError::Stopped.into()),
        }
        Ok(made)
    }
}

fn wanted(fresh: &Fresh, blob: &BlobRow, seen: Option<Vec<Seen>>) -> Wanted {
    let place = place(blob);
    Wanted {
        key: fresh.key.0,
        document: fresh.document,
        path: fresh.path(),
        content: place.hash,
        pack: place.pack,
        start: place.offset,
        length: place.length,
        seen,
    }
}

impl Wanted {
    fn place(&self) -> BlobPlace {
        BlobPlace {
            hash: self.content,
            pack: self.pack,
            offset: self.start,
            length: self.length,
        }
    }
}

impl From<Result<Brief, NoText>> for MadeDocument {
    fn from(made: Result<Brief, NoText>) -> Self {
        match made {
            Ok(Brief {
                chunks,
                title,
                facts,
                outline,
                language,
                lacking,
                seen,
                secrets,
            }) => Self::Chunks {
                chunks,
                title,
                facts,
                outline: outline
                    .and_then(|packed| Unpacker::default().unpack(&packed))
                    .map(Box::new),
                language,
                lacking,
                seen,
                secrets,
            },
            Err(NoText { code, reason }) => Self::Nothing { code, reason },
        }
    }
}

impl From<MadeDocument> for Result<Brief, NoText> {
    fn from(made: MadeDocument) -> Self {
        match made {
            MadeDocument::Chunks {
                chunks,
                title,
                facts,
                outline,
                language,
                lacking,
                seen,
                secrets,
            } => Ok(Brief {
                chunks,
                title,
                facts,
                outline: outline.map(|outline| outline.pack()),
                language,
                lacking,
                seen,
                secrets,
            }),
            MadeDocument::Nothing { code, reason } => Err(NoText { code, reason }),
        }
    }
}

/// Names as text: as a list of numbers they would be twice as long.
mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<T: Display, S: Serializer>(name: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(name)
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
