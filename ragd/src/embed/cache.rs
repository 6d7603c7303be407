//! Vectors that a server made, by the text they are of, so that no text is sent twice.
//!
//! It may be thrown away at any time, and does so itself when it is damaged. Whatever goes wrong
//! with it is a line in the log, and the server is asked again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, params};

use crate::ids::{self, ContentHash};

/// What the file may grow to: a million vectors of 256 numbers.
const MAX_BYTES: i64 = 1 << 30;
/// Of that, what goes when it is full: the part that was not used for the longest time.
const EVICTED: i64 = 8;
/// The time of the last use is kept by the hour: a read should not be a write.
const HOUR_MS: i64 = 3_600_000;

/// Names a text and who made a vector of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(ContentHash);

impl Key {
    pub(super) fn new(space: &str, text: &str) -> Self {
        Self(ids::content_hash(
            &[space.as_bytes(), &[0], text.as_bytes()].concat(),
        ))
    }
}

#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    max_bytes: i64,
    /// None: it cannot be used.
    connection: Mutex<Option<Connection>>,
}

impl Cache {
    /// Opens the file, or makes it.
    pub(super) fn open(state_dir: &Path) -> Self {
        Self::with_limit(state_dir, MAX_BYTES)
    }

    fn with_limit(state_dir: &Path, max_bytes: i64) -> Self {
        let cache = Self {
            path: state_dir.join("vectors.sqlite"),
            max_bytes,
            connection: Mutex::new(None),
        };
        let opened = connect(&cache.path);
        *cache.lock() = opened
            .map_err(|error| cache.tell(&error))
            .ok()
            .or_else(|| cache.begin_anew());
        cache
    }

    /// Returns what is known, in the order of `keys`.
    pub(super) async fn find(self: &Arc<Self>, keys: Vec<Key>) -> Vec<Option<Vec<f32>>> {
        let nothing = vec![None; keys.len()];
        let found = self.run(move |connection, _| read(connection, &keys)).await;
        found.unwrap_or(nothing)
    }

    pub(super) async fn keep(self: &Arc<Self>, made: Vec<(Key, Vec<f32>)>) {
        self.run(move |connection, max_bytes| write(connection, &made, max_bytes))
            .await;
    }

    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Connection, i64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Option<T> {
        let this = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = this.lock();
            match work(connection.as_mut()?, this.max_bytes) {
                Ok(done) => Some(done),
                Err(error) => {
                    this.tell(&error);
                    if is_damage(&error) {
                        *connection = None;
                        *connection = this.begin_anew();
                    }
                    None
                }
            }
        });
        done.await.unwrap_or_default()
    }

    fn begin_anew(&self) -> Option<Connection> {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            // What is not there need not go; what stays makes the next line fail.
            let _ = std::fs::remove_file(path);
        }
        connect(&self.path).map_err(|error| self.tell(&error)).ok()
    }

    fn tell(&self, error: &rusqlite::Error) {
        tracing::warn!(path = %self.path.display(), error = ids::chain(error),
            "The cache of vectors cannot be used; servers are asked instead.");
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // A power cut may cost the last vectors, and not the file.
    connection.execute_batch(
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
         PRAGMA cache_size=-2048;
         CREATE TABLE IF NOT EXISTS vector (
            key BLOB PRIMARY KEY, numbers BLOB NOT NULL, used_at INTEGER NOT NULL
         ) WITHOUT ROWID;
         CREATE INDEX IF NOT EXISTS vector_used ON vector (used_at)",
    )?;
    Ok(connection)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ) || matches!(error, rusqlite::Error::SqlInputError { .. })
}

fn read(connection: &mut Connection, keys: &[Key]) -> rusqlite::Result<Vec<Option<Vec<f32>>>> {
    use rusqlite::OptionalExtension;
    let now = ids::now().0;
    let tx = connection.transaction()?;
    let mut found = Vec::with_capacity(keys.len());
    {
        let mut select = tx.prepare_cached("SELECT numbers, used_at FROM vector WHERE key = ?1")?;
        let mut touch = tx.prepare_cached("UPDATE vector SET used_at = ?2 WHERE key = ?1")?;
        for Key(key) in keys {
            let row = select
                .query_row([key.0], |row| {
                    let numbers = numbers_of(row.get_ref(0)?.as_blob()?);
                    Ok((numbers, row.get::<_, i64>(1)?))
                })
                .optional()?;
            if row.as_ref().is_some_and(|(_, used)| used + HOUR_MS < now) {
                touch.execute(params![key.0, now])?;
            }
            found.push(row.map(|(numbers, _)| numbers));
        }
    }
    tx.commit()?;
    Ok(found)
}

fn write(
    connection: &mut Connection,
    made: &[(Key, Vec<f32>)],
    max_bytes: i64,
) -> rusqlite::Result<()> {
    let now = ids::now().0;
    let tx = connection.transaction()?;
    {
        let mut insert = tx.prepare_cached("INSERT OR REPLACE INTO vector VALUES (?1, ?2, ?3)")?;
        for (Key(key), numbers) in made {
            let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            insert.execute(params![key.0, bytes, now])?;
        }
    }
    tx.commit()?;
    evict(connection, max_bytes)
}

/// Removes what was not used for the longest time, if the file is too large.
fn evict(connection: &Connection, max_bytes: i64) -> rusqlite::Result<()> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = number("page_count")? - number("freelist_count")?;
    if pages * number("page_size")? <= max_bytes {
        return Ok(());
    }
    connection.execute(
        "DELETE FROM vector WHERE key IN (SELECT key FROM vector ORDER BY used_at
            LIMIT (SELECT COUNT(*) / ?1 + 1 FROM vector))",
        [EVICTED],
    )?;
    connection.execute_batch("PRAGMA incremental_vacuum")
}

fn numbers_of(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers
        .iter()
        .map(|four| f32::from_le_bytes(*four))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::new("space", text)
    }

    #[tokio::test]
    async fn what_was_kept_is_found_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Arc::new(Cache::open(folder.path()));
        cache.keep(vec![(key("a"), vec![1.0, -2.5])]).await;
        drop(cache);
        let cache = Arc::new(Cache::open(folder.path()));
        let found = cache.find(vec![key("b"), key("a")]).await;
        assert_eq!(found, [None, Some(vec![1.0, -2.5])]);
        assert_ne!(key("a"), Key::new("spac", "ea"));
    }

    #[tokio::test]
    async fn a_damaged_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("vectors.sqlite"), "nonsense".repeat(999)).unwrap();
        let cache = Arc::new(Cache::open(folder.path()));
        cache.keep(vec![(key("a"), vec![1.0])]).await;
        assert_eq!(cache.find(vec![key("a")]).await, [Some(vec![1.0])]);
    }

    #[tokio::test]
    async fn it_stays_below_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Arc::new(Cache::with_limit(folder.path(), 1 << 20));
        for round in 0..40 {
            let made = (0..50).map(|n| (key(&format!("{round} {n}")), vec![0.5; 256]));
            cache.keep(made.collect()).await;
        }
        let bytes = std::fs::metadata(folder.path().join("vectors.sqlite")).unwrap();
        assert!(bytes.len() < 3 << 20, "{}", bytes.len());
        assert_eq!(cache.find(vec![key("39 49")]).await, [Some(vec![0.5; 256])]);
        assert_eq!(cache.find(vec![key("0 0")]).await, [None]);
    }
}
