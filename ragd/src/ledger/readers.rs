//! Read-only connections, lent out one query at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::LedgerError;
use super::facts::add_folding;

/// Each connection has a page cache of its own, so there are few.
const COUNT: usize = 4;

#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(COUNT)),
        }
    }

    pub(super) async fn run<T, F>(&self, query: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| LedgerError::Closed)?;
        let (path, idle) = (self.path.clone(), Arc::clone(&self.idle));
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let run = || {
                let connection = taken.map_or_else(|| connect(&path), Ok)?;
                // One snapshot for all statements of the query.
                connection.execute_batch("BEGIN")?;
                let result = query(&connection);
                connection.execute_batch("COMMIT")?;
                let value = result?;
                idle.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(connection);
                Ok(value)
            };
            run().map_err(|error| LedgerError::from_sqlite(&path, error))
        });
        task.await.map_err(|_| LedgerError::Closed)?
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA query_only=ON; PRAGMA cache_size=-2048")?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    add_folding(&connection)?;
    Ok(connection)
}
