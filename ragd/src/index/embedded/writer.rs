//! The thread that writes a collection while there is something to write.
//!
//! It takes commands one after the other, so a flush includes all that was put before it, and all
//! flushes that wait share one commit. Versions are kept until they are committed: a commit that
//! fails, for want of space say, loses nothing and is tried again by the next command.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{IndexWriter, TantivyError};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::{error, warn};

use super::EmbeddedConfig;
use super::collection::Collection;
use super::schema::{ChunkDocument, Prepared, version_term};
use super::slots::Ticket;
use crate::ids::VersionKey;
use crate::index::IndexError;

/// Flushes that one commit answers at most, so that the first is not kept waiting by the others.
const MOST_GROUPED: usize = 256;

/// Threads that make postings of text, which is most of the work of taking something in: with one,
/// a second core has little to do. Each writes segments of its own, so more would make more of them.
const INDEXERS: usize = 2;

type Reply = oneshot::Sender<Result<(), IndexError>>;

/// Something to do, with its share of the queue.
pub(super) struct Command {
    pub(super) task: Task,
    pub(super) reply: Reply,
    pub(super) permit: OwnedSemaphorePermit,
}

pub(super) enum Task {
    Change(Vec<Change>),
    Flush,
}

/// A change that a commit makes durable.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Put(Arc<Prepared>),
    Remove(VersionKey),
}

/// What is kept from one writer of a collection to the next.
#[derive(Debug, Default)]
pub(super) struct Pending {
    changes: Vec<Change>,
    bytes: usize,
}

pub(super) struct Writer {
    collection: Arc<Collection>,
    config: EmbeddedConfig,
    /// Open after the first change; gone again after an error.
    writer: Option<IndexWriter<ChunkDocument>>,
    /// Versions in `pending`: they may have chunks that no snapshot shows.
    touched: HashSet<VersionKey>,
    pending: Pending,
}

impl Writer {
    /// Works until the last sender is gone, then commits what is left.
    pub(super) fn run(
        collection: Arc<Collection>,
        config: EmbeddedConfig,
        ticket: Ticket,
        commands: &Receiver<Command>,
    ) {
        let _slot = ticket.wait();
        let pending = collection.take_pending();
        let (writer, touched) = (None, HashSet::new());
        let mut this = Self {
            collection,
            config,
            writer,
            touched,
            pending,
        };
        while let Ok(command) = commands.recv() {
            this.serve(command, commands);
        }
        this.close();
    }

    fn serve(&mut self, command: Command, commands: &Receiver<Command>) {
        let mut flushes = Vec::new();
        let mut next = Some(command);
        while let Some(Command {
            task,
            reply,
            permit,
        }) = next
        {
            match task {
                Task::Change(changes) => {
                    // A caller that went away does not want to know.
                    let _ = reply.send(self.change(changes));
                }
                Task::Flush => flushes.push(reply),
            }
            drop(permit);
            let more = !flushes.is_empty() && flushes.len() < MOST_GROUPED;
            next = if more { commands.try_recv().ok() } else { None };
        }
        if !flushes.is_empty() {
            let flushed = self.commit();
            for reply in flushes {
                let answer = flushed.clone().map_err(|source| self.error(source));
                let _ = reply.send(answer);
            }
        }
    }

    fn change(&mut self, changes: Vec<Change>) -> Result<(), IndexError> {
        let mut changed = Ok(());
        for change in changes {
            self.pending.bytes += change.bytes();
            self.pending.changes.push(change.clone());
            changed = changed.and_then(|()| match &self.writer {
                Some(_) => self.apply(&change),
                // Opening replays all that is pending, this change included.
                None => self.open(),
            });
            if changed.is_ok() && self.pending.bytes > self.config.uncommitted_bytes {
                changed = self.commit();
            }
        }
        changed.map_err(|source| self.fail(source))
    }

    fn commit(&mut self) -> Result<(), TantivyError> {
        if self.pending.changes.is_empty() {
            return Ok(());
        }
        let committed = self.try_commit();
        if let Err(source) = &committed {
            self.writer = None;
            self.collection.set_trouble(Some(source.to_string()));
        }
        committed
    }

    fn try_commit(&mut self) -> Result<(), TantivyError> {
        if self.writer.is_none() {
            self.open()?;
        }
        if let Some(writer) = &mut self.writer {
            writer.commit()?;
        }
        self.collection.refresh()?;
        self.collection.set_trouble(None);
        self.pending = Pending::default();
        self.touched.clear();
        Ok(())
    }

    /// Opens tantivy's writer and brings it to where the last one was.
    fn open(&mut self) -> Result<(), TantivyError> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(INDEXERS)
            .memory_budget_per_thread(self.config.heap_bytes / INDEXERS)
            .num_merge_threads(1)
            .build();
        let writer = self.collection.index().writer_with_options(options)?;
        writer.set_merge_policy(Box::new(merge_policy()));
        // A commit that was cut short leaves files named after its number, which the next commit
        // takes again and would then refuse to overwrite.
        writer.garbage_collect_files().wait()?;
        self.writer = Some(writer);
        self.touched.clear();
        let changes = std::mem::take(&mut self.pending.changes);
        let applied = changes.iter().try_for_each(|change| self.apply(change));
        self.pending.changes = changes;
        applied
    }

    fn apply(&mut self, change: &Change) -> Result<(), TantivyError> {
        let Some(writer) = &self.writer else {
            return Ok(());
        };
        let version = change.version();
        // A delete makes the commit open every segment, so it is only asked for if it may find
        // something. When a collection is built, it never does.
        let known = !self.touched.insert(version);
        if known || self.collection.snapshot().may_hold(version)? {
            writer.delete_term(version_term(version));
        }
        if let Change::Put(prepared) = change {
            for document in ChunkDocument::all(prepared) {
                writer.add_document(document)?;
            }
        }
        Ok(())
    }

    /// Commits, waits for merges, and shows their result to searches.
    fn close(mut self) {
        if self.collection.is_dropped() {
            // A merge that outlived its folder could write into the next one of that name.
            let merged = self.writer.take().map(IndexWriter::wait_merging_threads);
            if let Some(Err(source)) = merged {
                warn!(collection = %self.collection.id(), %source, "A merge failed before a drop.");
            }
            return;
        }
        if let Err(source) = self.commit() {
            error!(collection = %self.collection.id(), %source, "Cannot commit, will try again.");
        }
        self.collection
            .keep_pending(std::mem::take(&mut self.pending));
        let Some(writer) = self.writer.take() else {
            return;
        };
        // At shutdown nobody waits for a merge: the next start goes on with the segments it has.
        if self.collection.is_closing() {
            return;
        }
        let merged = writer
            .wait_merging_threads()
            .and_then(|()| self.collection.refresh());
        if let Err(source) = merged {
            error!(collection = %self.collection.id(), %source, "Cannot merge the index.");
        }
    }

    fn fail(&mut self, source: TantivyError) -> IndexError {
        self.writer = None;
        self.collection.set_trouble(Some(source.to_string()));
        self.error(source)
    }

    fn error(&self, source: TantivyError) -> IndexError {
        IndexError::Store {
            path: self.collection.path().to_owned(),
            source,
        }
    }
}

impl Change {
    fn version(&self) -> VersionKey {
        match self {
            Self::Put(prepared) => prepared.version.key,
            Self::Remove(version) => *version,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put(prepared) => prepared.bytes(),
            Self::Remove(_) => size_of::<Self>(),
        }
    }
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Segments are merged by eights when they are of like size, eight-fold steps apart. That keeps a
/// collection at one or two dozen of them, whether it came in one commit or in thousands, and
/// writes each chunk a handful of times. Smaller merges would rewrite more; at 100,000 chunks
/// merging by sixes made searches no faster.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(8);
    policy.set_level_log_size(3.0);
    // Below this, segments count as equal: that many chunks are merged in milliseconds.
    policy.set_min_layer_size(1_000);
    // Beyond this, a merge takes tens of seconds and makes searches no faster.
    policy.set_max_docs_before_merge(500_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}
