//! The mark that tells one server, and one life of it, from another.
//!
//! A collection without points, whose name was drawn by the daemon that used the server first. All
//! daemons and workers of a server see the same; whoever looks at another server, or at one that was
//! emptied, does not.

use uuid::Uuid;

use super::names::{mark, mark_of};
use super::server::{Patience, Server};
use super::{QdrantConfig, QdrantError, schema};

impl Server {
    /// Returns the mark, if there is one.
    pub(super) async fn mark(&self) -> Result<Option<Uuid>, QdrantError> {
        let names = self.list(Patience::Read).await?;
        // Of two that were drawn at the same time, the older one counts.
        Ok(names.iter().filter_map(|name| mark_of(name)).min())
    }

    /// Draws a mark where there is none.
    pub(super) async fn set_mark(&self, config: &QdrantConfig) -> Result<Uuid, QdrantError> {
        if let Some(mark) = self.mark().await? {
            return Ok(mark);
        }
        let drawn = Uuid::now_v7();
        self.create(schema::words(&mark(drawn), config)).await?;
        Ok(self.mark().await?.unwrap_or(drawn))
    }
}
