//! What is known of the programs of a collection, put together from what the ledger has.

use super::parse::Reading;
use super::pipeline::{IngestError, Pipeline, place};
use crate::blobs::BlobError;
use crate::ids::{CollectionId, Timestamp, content_hash, now};
use crate::ledger::{CollectionRow, OutlineRow, ReadmeRow, Standings};
use crate::project::{Program, Project, Readme, Unpacker, first_paragraph};

/// Programs that are put together; more do not fit into memory beside all else.
pub const PROGRAMS: u32 = 150_000;
/// What is read of a README.
const README_BYTES: u64 = 64 << 10;
const READMES: usize = 60;
/// How long an overview stays that no job names.
const KEEP_MS: i64 = 3_600_000;

/// What there is to tell of the programs of a collection.
#[derive(Debug)]
pub struct Overview {
    /// None where nothing is to be said.
    pub text: Option<String>,
    pub standings: Standings,
}

/// Reads the outlines of programs; without those that mean nothing to this build.
#[must_use]
pub fn programs(rows: Vec<OutlineRow>) -> Vec<Program> {
    let mut unpacker = Unpacker::default();
    let read = rows.into_iter().filter_map(|row| {
        Some(Program {
            document: row.document,
            outline: unpacker.unpack(&row.packed)?,
            path: String::from_utf8_lossy(&row.path).into_owned(),
            language: row.language.unwrap_or_default(),
            bytes: row.bytes,
        })
    });
    read.collect()
}

impl Pipeline {
    /// Writes the overview of a collection.
    pub async fn overview(&self, collection: &CollectionRow) -> Result<Overview, IngestError> {
        let rows = self.ledger.outlines(collection.id, None, PROGRAMS).await;
        let rows = rows.map_err(IngestError::Ledger)?;
        let readmes = self.readmes(collection.id).await?;
        let name = collection.name.clone();
        let written = tokio::task::spawn_blocking(move || {
            let project = Project::of(programs(rows));
            Overview {
                text: project.overview(&name, &readmes),
                standings: project.standings().collect(),
            }
        });
        written.await.map_err(|_| IngestError::Stopped)
    }

    /// Returns what the outermost READMEs begin with.
    async fn readmes(&self, collection: CollectionId) -> Result<Vec<Readme>, IngestError> {
        let rows = self.ledger.readmes(collection, None).await;
        let rows = rows.map_err(IngestError::Ledger)?;
        let mut readmes = Vec::new();
        for ReadmeRow { path, content, .. } in rows.into_iter().take(READMES) {
            let blob = self.ledger.blob(content).await;
            let Some(blob) = blob.map_err(IngestError::Ledger)? else {
                continue;
            };
            if blob.length > README_BYTES {
                continue;
            }
            // It says less without one, and is written again with the next change.
            let Ok(bytes) = self.blobs.get(&place(&blob)).await else {
                continue;
            };
            let path = String::from_utf8_lossy(&path).into_owned();
            // Read like any document: its secrets are gone before anything is cut out of it.
            let reading = Reading {
                seen: Some(&[]),
                ..Reading::new(&path, &bytes)
            };
            let text = self.maker.parser.text(reading).await;
            let text = text.map_err(IngestError::Sandbox)?;
            if let Some(says) = text.ok().and_then(|text| first_paragraph(&text)) {
                readmes.push(Readme { path, says });
            }
        }
        Ok(readmes)
    }

    /// Keeps a text that a job is about to name.
    pub async fn keep_text(&self, uid: u32, text: String) -> Result<(), IngestError> {
        let bytes = bytes::Bytes::from(text);
        let content = content_hash(&bytes);
        // From here on the sweeper leaves the content alone.
        let _held = self.contents.enter(vec![content]).await;
        let known = self.ledger.blob(content).await;
        let known = known.map_err(IngestError::Ledger)?;
        let place = match known.as_ref().map(place) {
            Some(place) if self.blobs.get(&place).await.is_ok() => place,
            _ => {
                let put: Result<_, BlobError> = self.blobs.put_small(content, bytes).await;
                put.map_err(IngestError::Blobs)?
            }
        };
        let until = Timestamp(now().0 + KEEP_MS);
        let kept = self
            .ledger
            .keep_upload(uid, super::pipeline::row(&place), until);
        kept.await.map_err(IngestError::Ledger)
    }
}
