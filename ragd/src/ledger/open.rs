//! Opening: check, restore or refuse, migrate, and load what is kept in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rusqlite::{Connection, OpenFlags};

use super::readers::Readers;
use super::visibility::Visibility;
use super::writer::Writer;
use super::{Inner, Ledger, LedgerError, backup, schema};

/// An open ledger, and what there is to know about how it was found.
#[derive(Debug)]
pub struct Opened {
    pub ledger: Ledger,
    /// Whether the last stop was a clean one; a new ledger counts as clean.
    pub clean: bool,
    /// Set when the file was damaged and a backup took its place, now or at an earlier start.
    pub restored: Option<Restored>,
}

/// A damaged ledger was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub finding: String,
    pub set_aside: PathBuf,
    pub backup: PathBuf,
    /// The file that keeps this in mind. Somebody removes it when all is well again.
    pub note: PathBuf,
}

impl Ledger {
    /// Opens the ledger of a state directory. Blocks; a large file takes seconds to check.
    pub fn open(state_dir: &Path) -> Result<Opened, LedgerError> {
        let path = state_dir.join("ledger.db");
        let restored = match check(state_dir, &path)? {
            None => backup::noted(state_dir),
            Some(finding) => Some(backup::restore(state_dir, &path, finding)?),
        };
        let fail = |error| LedgerError::from_sqlite(&path, error);
        let mut connection = connect_for_writing(&path).map_err(fail)?;
        bring_up(state_dir, &path, &mut connection, &schema::STEPS)?;
        let (start, clean) = begin(&mut connection).map_err(fail)?;
        let visibility = Arc::new(Visibility::load(&connection).map_err(fail)?);
        let inner = Inner {
            readers: Readers::new(&path),
            writer: Writer::start(path.clone(), connection, Arc::clone(&visibility))?,
            path,
            visibility,
            start,
            observations: AtomicU64::new(1),
        };
        Ok(Opened {
            ledger: Ledger {
                inner: Arc::new(inner),
            },
            clean,
            restored,
        })
    }
}

/// Brings an older file up to the last of `steps`, with a copy of it made before.
pub(super) fn bring_up(
    state_dir: &Path,
    path: &Path,
    connection: &mut Connection,
    steps: &[&str],
) -> Result<(), LedgerError> {
    let fail = |error| LedgerError::from_sqlite(path, error);
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let found = schema::version(connection).map_err(fail)?;
    if found > known {
        return Err(LedgerError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        backup::make(state_dir, connection, &format!("before-schema-{known}"))?;
    }
    schema::migrate(connection, found, steps).map_err(fail)
}

/// Opens the file as the writer wants it.
pub(super) fn connect_for_writing(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
         PRAGMA cache_size=-8192; PRAGMA journal_size_limit=67108864;
         PRAGMA wal_autocheckpoint=0",
    )?;
    Ok(connection)
}

/// Returns what is wrong with the file, if anything is.
///
/// It looks without the right to write: a connection that may, takes over the log when it closes,
/// and a damaged file is to be left as it is.
fn check(state_dir: &Path, path: &Path) -> Result<Option<String>, LedgerError> {
    let Ok(meta) = path.metadata() else {
        let gone = backup::exists(state_dir).then(|| "the file is gone".to_owned());
        return Ok(gone);
    };
    if meta.len() == 0 && backup::exists(state_dir) {
        return Ok(Some("the file is empty".to_owned()));
    }
    let verdict = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let verdict = verdict.and_then(|connection| {
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0))
    });
    match verdict {
        Ok(verdict) if verdict == "ok" => Ok(None),
        Ok(finding) => Ok(Some(finding)),
        Err(rusqlite::Error::SqliteFailure(error, text))
            if matches!(
                error.code,
                rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt
            ) =>
        {
            Ok(Some(text.unwrap_or_else(|| error.to_string())))
        }
        // No permission, disk full, a busy file: nothing says that the data is bad.
        Err(error) => Err(LedgerError::from_sqlite(path, error)),
    }
}

/// Counts this start and takes note of how the last one ended.
fn begin(connection: &mut Connection) -> rusqlite::Result<(u64, bool)> {
    let tx = connection.transaction()?;
    let number = |name: &str| {
        tx.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| {
            row.get::<_, i64>(0)
        })
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(0),
            other => Err(other),
        })
    };
    let start = number("start")? + 1;
    let clean = start == 1 || number("clean")? == 1;
    let mut set = tx.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    set.execute(("start", start))?;
    set.execute(("clean", 0))?;
    drop(set);
    tx.commit()?;
    Ok((u64::try_from(start).unwrap_or(1), clean))
}
