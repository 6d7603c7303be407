//! One content that arrives piece by piece.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::draft::Draft;
use super::task::blocking;
use super::{BlobError, Store};
use crate::ids::ContentHash;

/// Bytes on their way into the store. Dropping it abandons them.
///
/// They are gathered in a file of this machine: an object is named by the hash of its bytes, so it
/// cannot be begun before all of them are here.
#[derive(Debug)]
pub struct Upload {
    store: Arc<dyn Store>,
    draft: Draft,
    hash: Sha256,
    length: u64,
}

impl Upload {
    pub(super) async fn begin(store: Arc<dyn Store>) -> Result<Self, BlobError> {
        let draft = store.draft().await?;
        Ok(Self {
            store,
            draft,
            hash: Sha256::new(),
            length: 0,
        })
    }

    /// Adds `bytes` and hands the upload back; after an error it is abandoned.
    pub async fn write(mut self, bytes: Bytes) -> Result<Self, BlobError> {
        blocking(move || {
            self.draft.write(&bytes)?;
            self.hash.update(&bytes);
            self.length += bytes.len() as u64;
            Ok(self)
        })
        .await
    }

    /// Returns how many bytes were written.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Stores what was written, under its hash, which must be `expected` if that is known.
    ///
    /// Would survive a power cut when it returns.
    pub async fn finish(
        self,
        expected: Option<ContentHash>,
    ) -> Result<(ContentHash, u64), BlobError> {
        let actual = ContentHash(self.hash.finalize().into());
        if let Some(expected) = expected.filter(|expected| *expected != actual) {
            return Err(BlobError::Mismatch { expected, actual });
        }
        self.store.keep(self.draft, actual).await?;
        Ok((actual, self.length))
    }
}
