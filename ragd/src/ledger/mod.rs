//! The durable truth: collections, documents, versions, gaps, jobs.
//!
//! One SQLite file in WAL mode with `synchronous=FULL`. One thread writes and commits what waits as
//! one group (`writer.rs`); reads go through a few read-only connections (`readers.rs`). What is
//! searchable is also kept in memory (`visibility.rs`), changed in the order of the commits.
//!
//! The tables of jobs are here too, but what they mean is known in `jobs` only.

mod backup;
mod blobs;
mod changes;
mod collections;
mod conversations;
mod documents;
mod facts;
mod gap_filter;
mod gaps;
mod history;
mod made;
mod models;
mod open;
mod origins;
mod outlines;
mod poison;
mod readers;
mod schema;
mod secrets;
mod sights;
mod standings;
mod sweep;
#[cfg(test)]
mod tests;
mod values;
mod visibility;
mod watched;
mod workers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use blobs::BlobRow;
pub use changes::{Activation, Applied, Changes, Deletion, Loss, SourceStat, Touch};
pub use collections::CollectionRow;
pub use conversations::{ConversationRow, KeptTurn};
pub use documents::{DocumentFilter, DocumentRow, Known};
pub use facts::{Condition, Fact};
pub use gap_filter::GapFilter;
pub use gaps::{
    GapContent, GapGroup, GapName, GapRow, KnownGap, SKIPPED, Seen, is_part, part_of, path_of_part,
    source_of_part,
};
pub use history::{PastRow, Retention};
pub use made::{Aside, Made};
pub use models::{Active, ActiveVersion, Serve};
pub use open::{Opened, Restored};
pub use origins::Origin;
pub use outlines::{OutlineRow, ReadmeRow};
pub use poison::{Poison, Poisoned};
pub use secrets::{Redacted, RedactedFilter, RedactedRow};
pub use sights::Sight;
pub use standings::Standings;
pub use sweep::Retired;
pub use values::Blob16;
pub use visibility::{Models, Snapshot, Visibility};
pub use watched::WatchedRow;
pub use writer::{Durability, Tx};

use readers::Readers;
use writer::Writer;

/// The ledger cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk is full; nothing was changed.
    #[error("no space left for the ledger {path}")]
    Full { path: PathBuf },
    /// SQLite could not read or write; nothing was changed.
    #[error("cannot use the ledger {path}")]
    Store {
        path: PathBuf,
        source: rusqlite::Error,
    },
    /// The folder or a copy of the file could not be made.
    #[error("cannot use {path}")]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The file is damaged and there is no good backup.
    #[error("the ledger {path} is damaged: {finding}")]
    Damaged { path: PathBuf, finding: String },
    /// A newer ragd wrote the file.
    #[error("the ledger {path} has schema {found}, this build knows {known}")]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// The daemon is stopping.
    #[error("the ledger is closed")]
    Closed,
}

impl LedgerError {
    /// Tells whether the same call may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Store { .. } | Self::File { .. } | Self::Closed => true,
            Self::Damaged { .. } | Self::Newer { .. } => false,
        }
    }

    pub(crate) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let full = matches!(
            &source,
            rusqlite::Error::SqliteFailure(error, _)
                if error.code == rusqlite::ErrorCode::DiskFull
        );
        match full {
            true => Self::Full {
                path: path.to_owned(),
            },
            false => Self::Store {
                path: path.to_owned(),
                source,
            },
        }
    }
}

/// A handle on the ledger; cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: Writer,
    readers: Readers,
    visibility: Arc<Visibility>,
    /// Grows with every start; high bits of observation numbers, low bits come from `observations`.
    start: u64,
    observations: std::sync::atomic::AtomicU64,
}

impl Ledger {
    /// Runs `change` in the next group and returns when it is as safe as `durability` says.
    ///
    /// `change` is undone alone if it returns an error; the rest of its group is not touched.
    pub async fn write<T, F>(&self, durability: Durability, change: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.writer.run(durability, change).await
    }

    /// Hands `change` to the writer without waiting for it. A crash may undo it.
    pub async fn post<F>(&self, change: F)
    where
        F: FnOnce(&mut Tx<'_>) -> rusqlite::Result<()> + Send + 'static,
    {
        self.inner.writer.post(change).await;
    }

    /// Runs `query` on a read-only connection, off the async threads.
    pub async fn read<T, F>(&self, query: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.readers.run(query).await
    }

    /// Like [`Ledger::read`], for what tells that something is done: whoever hears of it finds it
    /// done. A read alone may see a commit whose versions are searchable a moment later only.
    pub async fn read_settled<T, F>(&self, query: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let read = self.inner.readers.run(query).await;
        self.inner.writer.settled().await;
        read
    }

    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Returns what is searchable now.
    #[must_use]
    pub fn visibility(&self) -> Arc<Visibility> {
        Arc::clone(&self.inner.visibility)
    }

    /// Returns how often this ledger was opened, this time included.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.inner.start
    }

    /// Returns a number larger than all before, over restarts too.
    ///
    /// Whoever reads a source takes one first. A version becomes active only if its number is above
    /// the document's last, so work that is late can never bring old content back.
    #[must_use]
    pub fn observe(&self) -> i64 {
        let low = self
            .inner
            .observations
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        // 2^23 starts and 2^40 reads in each fit into SQLite's signed 64 bits.
        i64::try_from((self.inner.start << 40) | low).expect("fewer than 2^23 starts")
    }

    /// Commits what is queued, ends the writer and notes the clean stop.
    pub async fn close(&self) {
        self.inner.writer.close().await;
    }

    /// Tells why writing does not work at the moment, if it does not.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.inner.writer.trouble()
    }
}
