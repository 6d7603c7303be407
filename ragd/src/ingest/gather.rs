//! Reading documents, and finding out which of them have a content that is new.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::extract::Seen;
use super::made::{self, Said};
use super::make::{Cut, Lacking, NoText};
use super::members::Members;
use super::read::{self, Stat};
use super::walk::{Rule, Rules};
use crate::git::{ObjectId, Repository};
use crate::ids::{self, CollectionId, ContentHash, DocumentId, JobId, VersionKey};
use crate::ledger::{
    Activation, BlobRow, Changes, Fact, GapContent, GapRow, Ledger, Made, Poison, Poisoned,
    Redacted, SKIPPED, Seen as SeenFile, Sight, SourceStat, Touch, source_of_part,
};

/// Files whose modification time is so close to the time of reading may change again without a
/// trace: they count as unknown and are hashed at the next submit.
const RACY_NS: i64 = 50_000_000;
/// The same for file systems that store whole seconds.
const RACY_COARSE_NS: i64 = 2_000_000_000;
/// The number of `jobs::Stage::Extracting`, which this layer does not know.
const EXTRACTING: u8 = 2;

/// One document to take in.
#[derive(Clone, Debug)]
pub struct Item {
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    /// Somebody named exactly this document: that it has no text is a failure and no mere skip.
    pub named: bool,
    /// What a `.gitattributes` says of it.
    pub said: Said,
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
    /// In the repository of the batch; as old as `observed` says.
    Commit {
        id: ObjectId,
        bytes: u64,
        observed: i64,
        facts: Vec<Fact>,
    },
    /// Here already; as old as `observed` says.
    Fetched {
        bytes: Bytes,
        observed: i64,
        facts: Vec<Fact>,
    },
}

/// The group that is taken in together.
#[derive(Clone, Debug)]
pub struct Batch {
    pub collection: CollectionId,
    pub job: JobId,
    pub items: Vec<Item>,
    pub rules: Rules,
    /// What somebody says of all these documents; empty: nothing new.
    pub facts: Vec<Fact>,
    /// The archive that all are within, and its version.
    pub within: Option<(DocumentId, VersionKey)>,
    /// Read and cut also what is as before.
    pub again: bool,
    /// Where contents of commits are.
    pub repository: Option<Repository>,
    /// Ends the wait for a model server.
    pub cancel: CancellationToken,
}

/// What an item turned out to be.
pub(super) enum Gathered {
    Fresh(Fresh, Bytes),
    /// The content is as before, of the source that is named.
    Same(Vec<u8>, Touch),
    /// It could not be read.
    Failed(GapRow),
}

/// A document with a content that is not the active one.
pub(super) struct Fresh {
    source: Vec<u8>,
    path: Vec<u8>,
    named: bool,
    pub(super) document: DocumentId,
    observed: i64,
    stat: Option<SourceStat>,
    pub(super) key: VersionKey,
    pub(super) content: ContentHash,
    bytes: u64,
    /// Where the content is, if somebody handed it in.
    pub(super) stored: Option<BlobRow>,
    /// What is known of it beside its content.
    facts: Vec<Fact>,
    made: Made,
    /// It is packed code that nobody asked for.
    is_unwanted: bool,
}

/// Reads items one after the other.
pub(super) struct Gatherer<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) batch: &'a Batch,
    /// The active version of each document that has one.
    pub(super) known: &'a HashMap<DocumentId, VersionKey>,
    pub(super) uploads: &'a HashMap<ContentHash, Bytes>,
    /// What the repository has.
    pub(super) committed: &'a HashMap<ObjectId, Bytes>,
    pub(super) pipeline: &'a str,
}

impl Gatherer<'_> {
    pub(super) fn gather(&self, item: &Item) -> Gathered {
        let failed = |code: &str, reason: String| {
            let code = code.to_owned();
            let what = NoText { code, reason };
            Gathered::Failed(self.batch.gap((&item.source, &item.path), what))
        };
        // Files of folders and archives have met this rule; what was handed in has met none.
        let is_handed_in = match &item.from {
            Origin::Blob { .. } => self.batch.within.is_none(),
            Origin::Fetched { .. } => true,
            Origin::File(_) | Origin::Commit { .. } => false,
        };
        let path = Path::new(OsStr::from_bytes(&item.path));
        if is_handed_in && self.batch.rules.secrets.leave_out(path) {
            return failed(Rule::Secret.word(), Rule::Secret.reason());
        }
        let (bytes, stat, observed, stored) = match &item.from {
            Origin::File(path) => {
                // Before opening: whoever reads later gets a higher number.
                let observed = self.ledger.observe();
                match read::read(path, self.batch.rules.max_file_bytes) {
                    Ok((bytes, stat)) => (Bytes::from(bytes), Some(settled(stat)), observed, None),
                    Err(error) => return failed(error.code(), ids::chain(&error)),
                }
            }
            Origin::Blob { blob, observed } => match self.uploads.get(&blob.hash) {
                Some(bytes) => (bytes.clone(), None, *observed, Some(*blob)),
                None => return failed("upload-lost", "the upload is gone".to_owned()),
            },
            Origin::Fetched {
                bytes, observed, ..
            } => (bytes.clone(), None, *observed, None),
            Origin::Commit {
                id,
                bytes,
                observed,
                facts: _,
            } => match self.committed.get(id) {
                Some(content) => {
                    let (modified_ns, inode) = id.bits();
                    let stat = SourceStat {
                        bytes: *bytes,
                        modified_ns,
                        inode,
                    };
                    (content.clone(), Some(stat), *observed, None)
                }
                None => {
                    let reason = format!("the content {id} of the repository is not here any more");
                    return failed("git-content-lost", reason);
                }
            },
        };
        let kind = made::kind(path, &bytes, item.said);
        let made = Made {
            kind: kind.word().map(str::to_owned),
            said: item.said.text(),
        };
        let document = ids::document_id(self.batch.collection, &item.source);
        let content = ids::content_hash(&bytes);
        let secrets = &self.batch.rules.secrets;
        let pipeline = secrets.pipeline_of(self.pipeline, &item.path);
        let key = ids::version_key(self.batch.collection, &item.path, content, &pipeline);
        if self.known.get(&document) == Some(&key) && !self.batch.again {
            let touch = Touch {
                document,
                observed,
                key,
                path: item.path.clone(),
                stat,
                given: self.batch.given(),
                made,
            };
            return Gathered::Same(item.source.clone(), touch);
        }
        let fresh = Fresh {
            source: item.source.clone(),
            path: item.path.clone(),
            named: item.named,
            document,
            observed,
            stat,
            key,
            content,
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            stored,
            facts: match &item.from {
                Origin::Commit { facts, .. } | Origin::Fetched { facts, .. } => facts.clone(),
                Origin::File(_) | Origin::Blob { .. } => Vec::new(),
            },
            made,
            // What is searchable stays so: of an older content, nobody would know that it is old.
            is_unwanted: kind == made::Kind::Minified
                && !item.named
                && self.batch.rules.include.is_empty()
                && !self.known.contains_key(&document),
        };
        Gathered::Fresh(fresh, bytes)
    }
}

/// Returns why a file is left out, now that its content is known.
pub(super) fn left_out(fresh: &Fresh, bytes: &[u8]) -> Option<NoText> {
    let unwanted = fresh.is_unwanted.then(|| NoText {
        code: Rule::Minified.word().to_owned(),
        reason: Rule::Minified.reason(),
    });
    unwanted.or_else(|| stands_for_another(bytes))
}

/// What a pointer of Git LFS begins with.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";
const MAX_POINTER_BYTES: usize = 1_024;

/// Returns why the bytes of a file are not what people mean by it, if they are not.
fn stands_for_another(bytes: &[u8]) -> Option<NoText> {
    let is_pointer = bytes.len() <= MAX_POINTER_BYTES && bytes.starts_with(LFS_POINTER);
    is_pointer.then(|| NoText {
        code: "lfs-pointer".to_owned(),
        reason: "the file is kept by Git LFS, and here is only what points to it; clone the \
             repository with git lfs, and submit the folder"
            .to_owned(),
    })
}

impl Batch {
    fn given(&self) -> Option<Vec<Fact>> {
        (!self.facts.is_empty()).then(|| self.facts.clone())
    }

    pub(super) fn gap(&self, item: (&[u8], &[u8]), no_text: NoText) -> GapRow {
        let NoText { code, reason } = no_text;
        GapRow {
            collection: self.collection,
            source: item.0.to_vec(),
            path: item.1.to_vec(),
            stage: EXTRACTING,
            rule: code.clone(),
            code,
            reason,
            bytes: None,
            job: Some(self.job),
            at: ids::now(),
            seen: None,
            content: None,
        }
    }
}

/// What is known of a document that was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Brief {
    pub(super) chunks: u32,
    pub(super) title: Option<String>,
    pub(super) facts: Vec<Fact>,
    /// What a program says of itself and of others, packed.
    pub(super) outline: Option<Vec<u8>>,
    pub(super) language: Option<String>,
    pub(super) lacking: Vec<Lacking>,
    /// What was seen on its pages, if somebody just looked.
    pub(super) seen: Vec<Seen>,
    pub(super) secrets: Vec<Redacted>,
}

/// Where a content is kept, and with it what was seen on its pages.
pub(super) struct Kept {
    pub(super) blob: BlobRow,
    pub(super) sight: Option<Sight>,
}

impl From<&Cut> for Brief {
    fn from(cut: &Cut) -> Self {
        Self {
            chunks: u32::try_from(cut.version.chunks.len()).unwrap_or(u32::MAX),
            title: cut.title.clone(),
            facts: cut.facts.clone(),
            outline: cut.outline.clone(),
            language: cut.version.language.clone(),
            lacking: cut.lacking.clone(),
            seen: cut.seen.clone(),
            secrets: cut.secrets.clone(),
        }
    }
}

/// What is to be told to the ledger of a batch.
#[derive(Debug)]
pub struct Told {
    pub changes: Changes,
    pub unchanged: u64,
    pub failed: u64,
    /// Files without text that we can read, by rule.
    pub skipped: BTreeMap<String, u64>,
    pub bytes: u64,
    pub chunks: u64,
    /// Secrets that were replaced in texts.
    pub redacted: u64,
    /// Files of archives that are still to be taken in.
    pub members: Vec<Members>,
}

impl Told {
    pub(super) fn nothing(collection: CollectionId) -> Self {
        Self {
            changes: Changes::none(collection),
            unchanged: 0,
            failed: 0,
            skipped: BTreeMap::new(),
            bytes: 0,
            chunks: 0,
            redacted: 0,
            members: Vec::new(),
        }
    }

    pub(super) fn same(&mut self, source: Vec<u8>, touch: Touch) {
        self.unchanged += 1;
        self.changes.touch.push(touch);
        // A content that could not be read meanwhile is no gap any more.
        self.changes.no_gaps.push(source);
    }

    pub(super) fn failed(&mut self, gap: GapRow) {
        self.failed += 1;
        self.changes.gaps.push(gap);
    }

    /// Takes what became of a new content.
    pub(super) fn made(
        &mut self,
        batch: &Batch,
        fresh: &Fresh,
        made: Result<Brief, NoText>,
        kept: Kept,
        pipeline: &str,
    ) {
        let brief = match made {
            Ok(brief) => brief,
            Err(no_text) => {
                if no_text.is_costly() {
                    self.changes.poison.push(Poison {
                        content: fresh.content,
                        pipeline: pipeline.to_owned(),
                        code: no_text.code.clone(),
                        reason: no_text.reason.clone(),
                    });
                }
                return self.without_text(batch, fresh, no_text, pipeline);
            }
        };
        self.bytes += fresh.bytes;
        self.chunks += u64::from(brief.chunks);
        self.redacted += brief.secrets.len() as u64;
        for Lacking { part, why } in brief.lacking {
            let source = source_of_part(&fresh.source, &part);
            let path = [&fresh.path, b"!/".as_slice(), part.as_bytes()].concat();
            self.changes.gaps.push(GapRow {
                content: Some(fresh.of_gap()),
                ..batch.gap((&source, &path), why)
            });
        }
        self.changes.activate.push(Activation {
            document: fresh.document,
            source: fresh.source.clone(),
            path: fresh.path.clone(),
            observed: fresh.observed,
            stat: fresh.stat,
            key: fresh.key,
            bytes: fresh.bytes,
            chunks: brief.chunks,
            title: brief.title,
            facts: brief.facts,
            told: fresh.facts.clone(),
            made: fresh.made.clone(),
            outline: brief.outline,
            given: batch.given(),
            language: brief.language,
            blob: kept.blob,
            sight: kept.sight,
            redacted: brief.secrets,
            parts: Vec::new(),
            within: batch.within,
        });
    }

    /// Takes a content that is not read, as it cost too much before.
    pub(super) fn poisoned(
        &mut self,
        batch: &Batch,
        fresh: &Fresh,
        known: &Poisoned,
        pipeline: &str,
    ) {
        let Poisoned {
            content: _,
            code,
            reason,
            at,
        } = known;
        let reason = format!(
            "{reason}; the same content failed before, on {at}, and is not read again until \
             `ragctl gaps retry` asks for it"
        );
        let code = code.clone();
        self.without_text(batch, fresh, NoText { code, reason }, pipeline);
    }

    pub(super) fn without_text(
        &mut self,
        batch: &Batch,
        fresh: &Fresh,
        no_text: NoText,
        pipeline: &str,
    ) {
        let unknown = SourceStat {
            bytes: fresh.bytes,
            modified_ns: 0,
            inode: 0,
        };
        let seen = SeenFile {
            stat: fresh.stat.unwrap_or(unknown),
            pipeline: pipeline.to_owned(),
        };
        let is_wish = no_text.code == Rule::Minified.word();
        let mut gap = GapRow {
            bytes: Some(fresh.bytes),
            seen: Some(seen),
            content: Some(fresh.of_gap()),
            ..batch.gap((&fresh.source, &fresh.path), no_text)
        };
        if is_wish {
            SKIPPED.clone_into(&mut gap.code);
        }
        if fresh.named {
            self.failed(gap);
        } else {
            *self.skipped.entry(gap.rule.clone()).or_default() += 1;
            self.changes.gaps.push(gap);
        }
    }
}

impl Fresh {
    pub(super) fn source(&self) -> &[u8] {
        &self.source
    }

    pub(super) fn raw_path(&self) -> &[u8] {
        &self.path
    }

    pub(super) fn observed(&self) -> i64 {
        self.observed
    }

    pub(super) fn of_gap(&self) -> GapContent {
        GapContent {
            hash: self.content,
            observed: self.observed,
        }
    }

    pub(super) fn path(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }

    /// Returns where the content is if it is an object by itself; a place holder, until it is kept.
    pub(super) fn blob(&self) -> BlobRow {
        self.stored.unwrap_or(BlobRow {
            hash: self.content,
            pack: self.content,
            start: 0,
            length: self.bytes,
        })
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
