//! One content that arrives piece by piece.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::draft::Draft;
use super::task::blocking;
use super::unfinished::Lease;
use super::{BlobError, Store};
use crate::ids::ContentHash;

/// What a power cut takes at most of an upload that may be gone on with.
const SYNC_EVERY: u64 = 8 << 20;
/// What is read at once of what is there.
const PIECE: usize = 1 << 20;

/// Bytes on their way into the store. Dropping it abandons them, unless they may be gone on with.
///
/// They are gathered in a file of this machine: an object is named by the hash of its bytes, so it
/// cannot be begun before all of them are here.
#[derive(Debug)]
pub struct Upload {
    store: Arc<dyn Store>,
    draft: Draft,
    hash: Sha256,
    length: u64,
    unsynced: u64,
}

impl Upload {
    pub(super) async fn begin(store: Arc<dyn Store>) -> Result<Self, BlobError> {
        let draft = store.draft().await?;
        Ok(Self {
            store,
            draft,
            hash: Sha256::new(),
            length: 0,
            unsynced: 0,
        })
    }

    /// Goes on with what is there of an upload, which is durable from here on; `largest` says how
    /// large uploads may be, and so how much of them is kept. `None`: there is no room to keep it.
    pub(super) async fn go_on(
        store: Arc<dyn Store>,
        lease: Lease,
        largest: u64,
    ) -> Result<Option<Self>, BlobError> {
        let bytes = lease.bytes();
        blocking(move || {
            let Some(draft) = lease.open(largest)? else {
                return Ok(None);
            };
            let (mut hash, mut length) = (Sha256::new(), 0);
            loop {
                let piece = draft.read(length, PIECE)?;
                if piece.is_empty() {
                    break;
                }
                hash.update(&piece);
                length += piece.len() as u64;
            }
            if length > bytes {
                // One of the announcements was wrong, and so is what came after it.
                draft.empty()?;
                (hash, length) = (Sha256::new(), 0);
            }
            Ok(Some(Self {
                store,
                draft,
                hash,
                length,
                unsynced: 0,
            }))
        })
        .await
    }

    /// Adds `bytes` and hands the upload back; after an error it is abandoned.
    pub async fn write(mut self, bytes: Bytes) -> Result<Self, BlobError> {
        blocking(move || {
            self.add(&bytes).inspect_err(|_| self.draft.let_go())?;
            self.hash.update(&bytes);
            Ok(self)
        })
        .await
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.draft.write(bytes)?;
        self.length += bytes.len() as u64;
        self.unsynced += bytes.len() as u64;
        if self.draft.stays() && self.unsynced >= SYNC_EVERY {
            self.draft.sync()?;
            self.unsynced = 0;
        }
        Ok(())
    }

    /// Abandons the upload also if it may be gone on with.
    pub fn abandon(self) {
        self.draft.let_go();
    }

    /// Returns how many bytes were written.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Stores what was written, under its hash, which must be `expected` if that is known.
    ///
    /// Would survive a power cut when it returns. What has another hash is of no use to anybody, and
    /// what could not be stored may be gone on with.
    pub async fn finish(
        self,
        expected: Option<ContentHash>,
    ) -> Result<(ContentHash, u64), BlobError> {
        let actual = ContentHash(self.hash.finalize().into());
        if let Some(expected) = expected.filter(|expected| *expected != actual) {
            self.draft.let_go();
            return Err(BlobError::Mismatch { expected, actual });
        }
        self.store.keep(self.draft, actual).await?;
        Ok((actual, self.length))
    }
}
