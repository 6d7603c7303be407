//! Copies of the ledger, and putting one in the place of a damaged file.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::open::Restored;
use super::{Ledger, LedgerError, schema};

/// Copies that are kept.
const KEEP: usize = 3;
/// Says that a copy took the place of a damaged file, until somebody removes it.
const NOTE: &str = "RESTORED";

impl Ledger {
    /// Writes a copy of the ledger beside it, unless the newest is younger than `max_age`, or
    /// nothing was written since.
    pub async fn back_up(&self, max_age: std::time::Duration) -> Result<(), LedgerError> {
        let path = self.path().to_owned();
        let state_dir = path.parent().unwrap_or(Path::new(".")).to_owned();
        let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
        if let Some(copied) = newest(&state_dir).first().and_then(|copy| modified(copy)) {
            let is_young = copied.elapsed().is_ok_and(|age| age < max_age);
            let log = PathBuf::from(format!("{}-wal", path.display()));
            let is_current = [modified(&path), modified(&log)]
                .iter()
                .flatten()
                .all(|written| *written < copied);
            if is_young || is_current {
                return Ok(());
            }
        }
        let name = format!("{:020}", crate::ids::now().0);
        let task = tokio::task::spawn_blocking(move || {
            let connection =
                Connection::open(&path).map_err(|error| LedgerError::from_sqlite(&path, error))?;
            make(&state_dir, &connection, &name)
        });
        task.await.map_err(|_| LedgerError::Closed)?
    }
}

/// Writes a copy named `name` and removes the oldest.
pub(super) fn make(state_dir: &Path, from: &Connection, name: &str) -> Result<(), LedgerError> {
    let folder = folder(state_dir);
    let file_error = |path: &Path, source| LedgerError::File {
        path: path.to_owned(),
        source,
    };
    std::fs::create_dir_all(&folder).map_err(|source| file_error(&folder, source))?;
    let target = folder.join(format!("ledger-{name}.db"));
    let part = folder.join("unfinished");
    let _ = std::fs::remove_file(&part);
    from.execute("VACUUM INTO ?1", [part.to_string_lossy()])
        .map_err(|error| LedgerError::from_sqlite(&part, error))?;
    let sync = std::fs::File::open(&part).and_then(|file| file.sync_all());
    sync.and_then(|()| std::fs::rename(&part, &target))
        .map_err(|source| file_error(&target, source))?;
    for old in newest(state_dir).into_iter().skip(KEEP) {
        let _ = std::fs::remove_file(old);
    }
    Ok(())
}

/// Moves the damaged file aside and puts the newest good copy in its place.
pub(super) fn restore(
    state_dir: &Path,
    path: &Path,
    finding: String,
) -> Result<Restored, LedgerError> {
    let Some(backup) = newest(state_dir).into_iter().find(|copy| is_good(copy)) else {
        return Err(LedgerError::Damaged {
            path: path.to_owned(),
            finding,
        });
    };
    let set_aside = path.with_extension(format!("db.damaged-{}", crate::ids::now().0));
    let file_error = |source| LedgerError::File {
        path: set_aside.clone(),
        source,
    };
    let part = folder(state_dir).join("unfinished");
    std::fs::copy(&backup, &part)
        .and_then(|_| std::fs::File::open(&part)?.sync_all())
        .map_err(|source| LedgerError::File {
            path: part.clone(),
            source,
        })?;
    let restored = Restored {
        finding,
        set_aside: set_aside.clone(),
        backup,
        note: state_dir.join(NOTE),
    };
    restored.write_note()?;
    // There is a file at `path` at any moment: where there is none, a new ledger would be made.
    if path.exists() {
        std::fs::hard_link(path, &set_aside).map_err(file_error)?;
    }
    for suffix in ["-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{suffix}", path.display()));
        if beside.exists() {
            let target = PathBuf::from(format!("{}{suffix}", set_aside.display()));
            std::fs::rename(&beside, target).map_err(file_error)?;
        }
    }
    std::fs::rename(&part, path)
        .and_then(|()| std::fs::File::open(state_dir)?.sync_all())
        .map_err(|source| LedgerError::File {
            path: path.to_owned(),
            source,
        })?;
    Ok(restored)
}

/// Returns what an earlier start noted of a restored ledger, if nobody has removed the note.
pub(super) fn noted(state_dir: &Path) -> Option<Restored> {
    let note = state_dir.join(NOTE);
    let text = std::fs::read_to_string(&note).ok()?;
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    Some(Restored {
        finding: next(),
        set_aside: next().into(),
        backup: next().into(),
        note,
    })
}

impl Restored {
    fn write_note(&self) -> Result<(), LedgerError> {
        let text = format!(
            "{}\n{}\n{}\n",
            self.finding.replace('\n', " "),
            self.set_aside.display(),
            self.backup.display()
        );
        let written = std::fs::write(&self.note, text)
            .and_then(|()| std::fs::File::open(&self.note)?.sync_all());
        written.map_err(|source| LedgerError::File {
            path: self.note.clone(),
            source,
        })
    }
}

fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("backups")
}

/// Returns the copies, newest first.
fn newest(state_dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(state_dir))
        .into_iter()
        .flatten()
        .flatten();
    let mut copies: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "db"))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    copies.sort();
    copies.into_iter().rev().map(|(_, path)| path).collect()
}

/// Tells whether there is any copy, good or bad.
pub(super) fn exists(state_dir: &Path) -> bool {
    !newest(state_dir).is_empty()
}

/// An empty file is a sound database too, but no ledger.
fn is_good(copy: &Path) -> bool {
    Connection::open_with_flags(copy, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|connection| {
            let verdict: String =
                connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
            Ok(verdict == "ok" && (1..=schema::VERSION).contains(&schema::version(&connection)?))
        })
        .unwrap_or(false)
}
