//! Workers that somebody paused: a pause holds over restarts of all that are involved.

use std::collections::BTreeSet;

use rusqlite::params;

use super::{Durability, Ledger, LedgerError};

impl Ledger {
    /// Returns the names of paused workers, whether or not they are there.
    pub async fn paused_workers(&self) -> Result<BTreeSet<String>, LedgerError> {
        self.read(|connection| {
            let mut names = connection.prepare("SELECT name FROM paused_worker")?;
            names.query_map([], |row| row.get(0))?.collect()
        })
        .await
    }

    /// Notes whether a worker is paused.
    pub async fn pause_worker(&self, name: String, paused: bool) -> Result<(), LedgerError> {
        let statement = match paused {
            true => "INSERT OR IGNORE INTO paused_worker (name) VALUES (?1)",
            false => "DELETE FROM paused_worker WHERE name = ?1",
        };
        self.write(Durability::Full, move |tx| {
            tx.prepare_cached(statement)?.execute(params![name])?;
            Ok(())
        })
        .await
    }
}
