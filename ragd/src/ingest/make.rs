//! From bytes to chunks that are durable in the index. Needs no ledger, so it is done the same way
//! in the daemon and by a worker on another machine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::chunk::{self, ChunkParams};
use super::extract::Seen;
use super::parse::{Parsed, Parser, Reading};
use super::pipeline::IngestError;
use crate::embed::{EmbedError, Embedder, Embedders, Purpose};
use crate::ids::{self, CollectionId, ContentHash, DocumentId, VersionKey};
use crate::index::{Index, NewChunk, NewVectors, NewVersion};
use crate::ledger::{Fact, Redacted};

/// Cuts documents, makes their vectors and puts both into the index.
#[derive(Clone)]
pub struct Maker {
    pub index: Arc<dyn Index>,
    pub embedders: Arc<Embedders>,
    pub params: ChunkParams,
    pub parser: Parser,
}

impl std::fmt::Debug for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Maker")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// Bytes that are to become chunks.
#[derive(Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) key: VersionKey,
    pub(super) document: DocumentId,
    pub(super) content: ContentHash,
    pub(super) reading: Reading<'a>,
}

/// A part of a document that has no text that could be searched, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lacking {
    pub(super) part: String,
    pub(super) why: NoText,
}

/// A document in chunks.
pub(super) struct Cut {
    pub(super) title: Option<String>,
    pub(super) facts: Vec<Fact>,
    /// What a program says of itself and of others, packed.
    pub(super) outline: Option<Vec<u8>>,
    pub(super) lacking: Vec<Lacking>,
    /// There are files within that are documents of their own.
    pub(super) holds_files: bool,
    /// What was seen on its pages, if somebody just looked.
    pub(super) seen: Vec<Seen>,
    /// Secrets that were replaced in its text.
    pub(super) secrets: Vec<Redacted>,
    pub(super) version: NewVersion,
}

/// Why there is nothing to search in a document: a stable word, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoText {
    pub code: String,
    pub reason: String,
}

impl NoText {
    /// Tells whether finding this out cost a child, twice.
    pub(super) fn is_costly(&self) -> bool {
        let costly = [
            "extract-crash",
            "extract-slow",
            "extract-cpu",
            "extract-memory",
            "extract-output",
            "extract-violation",
        ];
        costly.contains(&self.code.as_str())
    }
}

/// Contents of a batch that cost a child: their copies are not tried.
#[derive(Debug, Default)]
pub(super) struct Costly(Mutex<HashMap<ContentHash, NoText>>);

impl Costly {
    fn known(&self) -> MutexGuard<'_, HashMap<ContentHash, NoText>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The vectors of some versions by one model.
pub(super) struct Vectors {
    pub(super) model: String,
    space: String,
    vectors: Vec<NewVectors>,
}

/// The models that a collection needs vectors of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Models {
    pub(super) serving: String,
    pub(super) next: Option<String>,
}

impl Maker {
    /// Returns the fingerprint under which versions are made, but for documents that may hold secrets.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.named(&self.parser.secrets().fingerprint())
    }

    /// Returns the fingerprint of all that is made, whichever document it is.
    #[must_use]
    pub(super) fn terms(&self) -> String {
        self.named(&self.parser.secrets().terms())
    }

    fn named(&self, secrets: &str) -> String {
        let made = format!("{} {secrets}", chunk::fingerprint(&self.params));
        match self.parser.eyes() {
            Some(eyes) => format!("{made} {}", eyes.fingerprint()),
            None => made,
        }
    }

    /// Has a document read and cut. The outer error has nothing to do with the document.
    pub(super) async fn cut(&self, raw: Raw<'_>) -> Result<Result<Cut, NoText>, IngestError> {
        let parsed = self.parser.parse(raw.reading, self.params).await;
        let cut = |(parsed, seen): (Parsed, Vec<Seen>)| Cut {
            version: NewVersion {
                key: raw.key,
                document: raw.document,
                content: raw.content,
                path: raw.reading.path.to_owned(),
                language: parsed.language,
                chunks: parsed.chunks,
            },
            title: parsed.title,
            facts: parsed.facts,
            outline: parsed.outline,
            lacking: parsed.lacking,
            holds_files: parsed.holds_files,
            seen,
            secrets: parsed.secrets,
        };
        Ok(parsed.map_err(IngestError::Sandbox)?.map(cut))
    }

    /// The same, unless a copy of it was found to be costly before.
    pub(super) async fn cut_of(
        &self,
        costly: &Costly,
        raw: Raw<'_>,
    ) -> Result<Result<Cut, NoText>, IngestError> {
        let known = costly.known().get(&raw.content).cloned();
        if let Some(no_text) = known {
            return Ok(Err(no_text));
        }
        let content = raw.content;
        let cut = self.cut(raw).await?;
        if let Some(no_text) = cut.as_ref().err().filter(|no_text| no_text.is_costly()) {
            costly.known().insert(content, no_text.clone());
        }
        Ok(cut)
    }

    /// Makes the vectors of all chunks of `versions` by all models of the collection.
    ///
    /// The next model may be out of reach: then whoever switches to it makes them.
    pub(super) async fn vectors_of_all(
        &self,
        models: &Models,
        versions: impl Iterator<Item = &NewVersion> + Clone,
    ) -> Result<Vec<Vectors>, IngestError> {
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

    /// Makes chunks and their vectors durable and searchable.
    pub(super) async fn store(
        &self,
        collection: CollectionId,
        versions: Vec<NewVersion>,
        vectors: Vec<Vectors>,
    ) -> Result<(), IngestError> {
        if versions.is_empty() {
            return Ok(());
        }
        let put = self.index.put(collection, versions).await;
        put.map_err(IngestError::Index)?;
        for made in vectors {
            self.put_vectors(collection, made).await?;
        }
        let flushed = self.index.flush(collection).await;
        flushed.map_err(IngestError::Index)
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
    let above = [chunk.heading.as_deref(), chunk.context()];
    let parts = above.into_iter().flatten().chain([chunk.text.as_str()]);
    parts.collect::<Vec<_>>().join("\n")
}
