//! The files of archives, and what is attached to documents: unpacked by a child, kept as contents, and
//! listed for parts of the job that take them in as documents of their own.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::gather::{Batch, Fresh, Told};
use super::make::NoText;
use super::parse::{File, Given};
use super::pipeline::{FreshBytes, IngestError, Pipeline};
use super::walk::{Loose, Rule};
use crate::ids::{self, ContentHash, DocumentId, VersionKey};
use crate::ledger::{GapRow, SKIPPED, source_of_part};

/// Files that go from a child to the contents at a time.
const GROUP_BYTES: usize = 8 << 20;
const GROUP_FILES: usize = 1_000;
/// Files that wait for that.
const WAITING: usize = 4;

/// What a gap is called that stands for all files of an archive.
const ALL: &str = "all files";

/// The files of one archive, to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// What they are within: with another version of it they do not count.
    pub archive: (DocumentId, VersionKey),
    /// As the archive was observed, so were they.
    pub observed: i64,
    pub files: Vec<Member>,
}

/// A file of an archive, of which the content is kept for the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    pub content: ContentHash,
    pub bytes: u64,
}

/// An archive that was unpacked.
pub(super) struct Unpacked {
    /// Its position among what is new in its batch.
    at: usize,
    files: Vec<(String, ContentHash, u64)>,
    /// Files that a rule leaves out.
    skipped: Vec<(String, Rule, u64)>,
    failed: Option<NoText>,
}

impl Pipeline {
    /// Unpacks those among `fresh` that hold files, and keeps the contents for the job.
    pub(super) async fn unpack(
        &self,
        batch: &Batch,
        fresh: &[FreshBytes],
        holds_files: impl Fn(usize) -> bool,
    ) -> Result<Vec<Unpacked>, IngestError> {
        let mut all = Vec::new();
        for (at, (document, bytes)) in fresh.iter().enumerate() {
            // What is within files of an archive came out with these.
            if batch.within.is_some() || !holds_files(at) {
                continue;
            }
            let (path, (files, given)) = (document.path(), mpsc::channel(WAITING));
            let reading = self.maker.parser.unpack(&path, bytes, files);
            let (read, kept) = tokio::join!(reading, self.keep_files(batch, given));
            let (files, skipped) = kept?;
            let failed = match read.map_err(IngestError::Sandbox)? {
                Ok(false) => continue,
                Ok(true) => None,
                Err(no_text) => Some(no_text),
            };
            let nothing = failed.is_some();
            all.push(Unpacked {
                at,
                files: if nothing { Vec::new() } else { files },
                skipped,
                failed,
            });
        }
        Ok(all)
    }

    /// Keeps the contents of files that are to be taken in, as they come.
    async fn keep_files(
        &self,
        batch: &Batch,
        mut given: mpsc::Receiver<Given>,
    ) -> Result<(Vec<(String, ContentHash, u64)>, Vec<(String, Rule, u64)>), IngestError> {
        let rules = Loose::new(&batch.rules).map_err(IngestError::Rules)?;
        let (mut files, mut skipped) = (Vec::new(), Vec::new());
        let (mut group, mut bytes) = (Vec::new(), 0);
        while let Some(next) = given.recv().await {
            let file = match next {
                Given::File(file) => file,
                Given::Again => {
                    files.clear();
                    skipped.clear();
                    continue;
                }
            };
            let File { name, content } = file;
            let length = content.len() as u64;
            if let Some(rule) = rules.leaves_out(Path::new(&name), length) {
                skipped.push((name, rule, length));
                continue;
            }
            let hash = ids::content_hash(&content);
            files.push((name, hash, length));
            bytes += content.len();
            group.push((hash, content));
            if bytes >= GROUP_BYTES || group.len() >= GROUP_FILES {
                self.keep_group(batch, std::mem::take(&mut group)).await?;
                bytes = 0;
            }
        }
        self.keep_group(batch, group).await?;
        Ok((files, skipped))
    }

    async fn keep_group(
        &self,
        batch: &Batch,
        group: Vec<(ContentHash, Bytes)>,
    ) -> Result<(), IngestError> {
        let contents: HashMap<_, _> = group.into_iter().collect();
        let entered = self
            .contents
            .enter(contents.keys().copied().collect())
            .await;
        let kept = self.keep_all(contents.into_iter().collect()).await?;
        // Named by the ledger, they outlive this daemon.
        let kept = kept.into_values().collect();
        let told = self.ledger.keep_for_job(batch.job, kept).await;
        drop(entered);
        told.map_err(IngestError::Ledger)
    }
}

impl Told {
    /// Takes the files of archives that became documents themselves.
    pub(super) fn unpacked<'a>(
        &mut self,
        batch: &Batch,
        fresh: impl Fn(usize) -> &'a Fresh,
        unpacked: Vec<Unpacked>,
    ) {
        for Unpacked {
            at,
            files,
            skipped,
            failed,
        } in unpacked
        {
            let archive = fresh(at);
            let mut activations = self.changes.activate.iter_mut();
            let Some(activation) = activations.find(|new| new.document == archive.document) else {
                continue;
            };
            let source = |name: &str| source_of_part(archive.source(), name);
            let path = |name: &str| [archive.raw_path(), b"!/", name.as_bytes()].concat();
            let document = |name: &str| ids::document_id(batch.collection, &source(name));
            let members: HashSet<_> = files.iter().map(|(name, ..)| document(name)).collect();
            activation.parts = members.into_iter().collect();
            let files = files.into_iter().map(|(name, content, bytes)| Member {
                source: source(&name),
                path: path(&name),
                content,
                bytes,
            });
            let files: Vec<_> = files.collect();
            if !files.is_empty() {
                self.members.push(Members {
                    archive: (archive.document, archive.key),
                    observed: archive.observed(),
                    files,
                });
            }
            let gap = |name: &str, no_text: NoText| GapRow {
                content: Some(archive.of_gap()),
                ..batch.gap((&source(name), &path(name)), no_text)
            };
            let gaps = &mut self.changes.gaps;
            gaps.extend(skipped.into_iter().map(|(name, rule, bytes)| {
                let word = rule.word();
                let code = if rule.is_wish() { SKIPPED } else { word }.to_owned();
                let reason = rule.reason();
                GapRow {
                    rule: word.to_owned(),
                    bytes: Some(bytes),
                    ..gap(&name, NoText { code, reason })
                }
            }));
            gaps.extend(failed.map(|no_text| gap(ALL, no_text)));
        }
    }
}
