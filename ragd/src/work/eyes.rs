//! What this process sees of what all machines share.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::blobs::Blobs;
use crate::fleet::{Look, Shared, Sight};
use crate::ids;
use crate::index::Index;

/// Whoever does not answer in this time is out of sight.
const LIMIT: Duration = Duration::from_secs(3);

/// Looks at the index and the blobs.
pub struct Eyes {
    index: Arc<dyn Index>,
    blobs: Blobs,
    /// What a store is called that only this process sees.
    own: String,
}

impl std::fmt::Debug for Eyes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Eyes").finish_non_exhaustive()
    }
}

impl Eyes {
    /// Of a daemon, which may have stores that nobody else sees.
    #[must_use]
    pub fn of_daemon(index: Arc<dyn Index>, blobs: Blobs) -> Self {
        let own = uuid::Uuid::now_v7().to_string();
        Self { index, blobs, own }
    }

    /// Of a worker, which has none.
    #[must_use]
    pub fn of_worker(index: Arc<dyn Index>, blobs: Blobs) -> Self {
        let own = String::new();
        Self { index, blobs, own }
    }

    fn sight<E: std::error::Error>(
        &self,
        seen: Result<Result<Option<String>, E>, impl Display>,
        nobody: &str,
    ) -> Sight {
        match seen {
            Ok(Ok(Some(name))) => Ok(name),
            Ok(Ok(None)) if self.own.is_empty() => Err(nobody.to_owned()),
            Ok(Ok(None)) => Ok(self.own.clone()),
            Ok(Err(error)) => Err(ids::chain(&error)),
            Err(_) => Err(format!("it does not answer within {} s", LIMIT.as_secs())),
        }
    }
}

#[async_trait]
impl Look for Eyes {
    async fn look(&self) -> Shared {
        let (index, blobs) = tokio::join!(
            tokio::time::timeout(LIMIT, self.index.identity()),
            tokio::time::timeout(LIMIT, self.blobs.reach()),
        );
        Shared {
            index: self.sight(index, "no daemon has used this server yet"),
            blobs: self.sight(blobs, "it is a folder of this machine"),
        }
    }
}
