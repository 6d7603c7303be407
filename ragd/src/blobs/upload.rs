//! One content that arrives piece by piece.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::folder::{Draft, Folder};
use super::{BlobError, blocking};
use crate::ids::ContentHash;

/// Bytes on their way into the store. Dropping it abandons them.
#[derive(Debug)]
pub struct Upload {
    folder: Arc<Folder>,
    draft: Draft,
    hash: Sha256,
    length: u64,
}

impl Upload {
    pub(super) fn begin(folder: Arc<Folder>) -> Result<Self, BlobError> {
        let draft = folder.draft()?;
        Ok(Self {
            folder,
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
        blocking(move || {
            let Self {
                folder,
                draft,
                hash,
                length,
            } = self;
            let actual = ContentHash(hash.finalize().into());
            if let Some(expected) = expected.filter(|expected| *expected != actual) {
                return Err(BlobError::Mismatch { expected, actual });
            }
            folder.keep(&draft, actual)?;
            Ok((actual, length))
        })
        .await
    }
}
