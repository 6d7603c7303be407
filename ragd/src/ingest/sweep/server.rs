//! An index server that lost what it had: it was emptied, or another one answers at its address.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};

use super::Sweeper;
use crate::config::IndexKind;
use crate::ingest::pipeline::IngestError;

/// What is known of the server.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Which one was compared with the ledger; none: no one yet.
    compared: Option<String>,
    is_incomplete: bool,
}

impl Sweeper {
    /// Compares the index server with the ledger and makes anew what is missing, unless it was
    /// compared before and has lost nothing that can be seen at a glance.
    pub async fn mend_server(&self) -> Result<(), IngestError> {
        let index = &self.pipeline.maker.index;
        let identity = index.identity().await.map_err(IngestError::Index)?;
        let lacks = self.lacks_collections().await?;
        {
            let mut known = self.known();
            let is_other = known.compared.is_some() && known.compared != identity;
            if known.compared == identity && !lacks && !known.is_incomplete {
                return Ok(());
            }
            if (lacks || is_other) && !known.is_incomplete {
                tracing::error!(
                    place = index.place(),
                    "The index lost what it had: chunks are made again from the kept contents."
                );
                known.is_incomplete = true;
            }
        }
        let remade = self.reconcile(IndexKind::Qdrant).await?;
        let mut known = self.known();
        if known.is_incomplete {
            tracing::info!(remade, "The index is whole again.");
        }
        *known = Known {
            compared: identity,
            is_incomplete: false,
        };
        Ok(())
    }

    /// Tells whether the index server lost something that is not made anew yet.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.known().is_incomplete
    }

    /// Tells whether a collection is missing of which there are documents.
    async fn lacks_collections(&self) -> Result<bool, IngestError> {
        let index = &self.pipeline.maker.index;
        let there = index.collections().await.map_err(IngestError::Index)?;
        let there: HashSet<_> = there.into_iter().collect();
        let known = self.ledger().collections().await;
        let mut known = known.map_err(IngestError::Ledger)?.into_iter();
        Ok(known
            .any(|one| one.home == IndexKind::Qdrant && one.chunks > 0 && !there.contains(&one.id)))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
