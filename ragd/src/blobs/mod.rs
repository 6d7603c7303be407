//! Content kept under its SHA-256: uploaded originals, and extracted text in packs.
//!
//! [`Blobs`] stores objects: a pack of many small contents, so that one fsync serves them all, or
//! one [`Upload`]. An object's name is the hash of its bytes, which makes every write idempotent.
//! What an object is still needed for is the ledger's business.
//!
//! The folder is used directly and not through `object_store`: its local store does not fsync and
//! creates files that others may read, and for the rest it would be a layer around `rename`.

mod folder;
mod group;
mod upload;

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::ids::{ContentHash, content_hash};
use folder::Folder;
use group::Group;
pub use upload::Upload;

/// Where a content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobPlace {
    pub hash: ContentHash,
    /// The object it is a part of.
    pub pack: ContentHash,
    pub offset: u64,
    pub length: u64,
}

impl BlobPlace {
    /// Returns the place of a content that is an object of its own, such as an upload.
    #[must_use]
    pub fn whole(hash: ContentHash, length: u64) -> Self {
        Self {
            hash,
            pack: hash,
            offset: 0,
            length,
        }
    }
}

/// An object that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredObject {
    pub name: ContentHash,
    pub bytes: u64,
}

/// Something the blob store could not do.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Creating, writing or removing a file or folder failed; a full disk ends here.
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: io::Error },
    /// Opening, listing or reading failed.
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: io::Error },
    /// No such object: removed, or never durable.
    #[error("object {name} is not stored")]
    Missing { name: ContentHash },
    /// The bytes are not those that were stored.
    #[error("content {hash} in object {pack} is damaged")]
    Damaged {
        hash: ContentHash,
        pack: ContentHash,
    },
    /// An upload is not what was announced.
    #[error("the upload has the hash {actual} and not {expected}")]
    Mismatch {
        expected: ContentHash,
        actual: ContentHash,
    },
    /// The thread that did the work was torn down, as happens at shutdown.
    #[error("the blob store was interrupted")]
    Interrupted,
}

impl BlobError {
    /// Tells whether there is no room left, on the disk or in the quota.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        let (Self::Write { source, .. } | Self::Read { source, .. }) = self else {
            return false;
        };
        matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }

    /// Tells whether a later attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Write { .. } | Self::Read { .. } | Self::Interrupted => true,
            Self::Missing { .. } | Self::Damaged { .. } | Self::Mismatch { .. } => false,
        }
    }
}

/// The store. Clones are the same store.
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: Arc<Folder>,
    group: Arc<Group>,
}

impl Blobs {
    /// Opens or creates the store in the folder `root`, and removes uploads that were abandoned.
    ///
    /// One process at a time: the caller holds the lock of the state directory.
    pub async fn open(root: PathBuf) -> Result<Self, BlobError> {
        let folder = blocking(move || Folder::open(root)).await?;
        Ok(Self {
            folder: Arc::new(folder),
            group: Arc::default(),
        })
    }

    /// Stores contents as one object; `contents` in the order of the places returned.
    ///
    /// Would survive a power cut when it returns. The hashes are taken as they are: they are
    /// verified whenever a content is read.
    pub async fn put_pack(
        &self,
        contents: Vec<(ContentHash, Bytes)>,
    ) -> Result<Vec<BlobPlace>, BlobError> {
        if contents.is_empty() {
            return Ok(Vec::new());
        }
        let folder = self.folder.clone();
        blocking(move || pack(&folder, &contents)).await
    }

    /// Stores one small content, in one pack with others that come at the same time: a hundred
    /// clients then cost one fsync and not a hundred. Otherwise as [`Blobs::put_pack`].
    pub async fn put_small(&self, hash: ContentHash, bytes: Bytes) -> Result<BlobPlace, BlobError> {
        self.group.put(&self.folder, (hash, bytes)).await
    }

    /// Returns a content, after comparing it with its hash.
    pub async fn get(&self, place: &BlobPlace) -> Result<Bytes, BlobError> {
        let (folder, place) = (self.folder.clone(), *place);
        blocking(move || {
            let bytes = folder.read(&place, 0..place.length)?;
            if content_hash(&bytes) != place.hash {
                return Err(BlobError::Damaged {
                    hash: place.hash,
                    pack: place.pack,
                });
            }
            Ok(bytes.into())
        })
        .await
    }

    /// Returns a part of a content, within it if `range` is not, and without comparing it: only
    /// all of a content has a known hash.
    pub async fn get_range(
        &self,
        place: &BlobPlace,
        range: Range<u64>,
    ) -> Result<Bytes, BlobError> {
        let (folder, place) = (self.folder.clone(), *place);
        blocking(move || folder.read(&place, range).map(Bytes::from)).await
    }

    /// Begins an upload.
    pub async fn begin(&self) -> Result<Upload, BlobError> {
        let folder = self.folder.clone();
        blocking(move || Upload::begin(folder)).await
    }

    /// Removes an object. One that is not there is removed already.
    pub async fn remove(&self, name: ContentHash) -> Result<(), BlobError> {
        let folder = self.folder.clone();
        blocking(move || folder.remove(name)).await
    }

    /// Returns all objects in the order of their names.
    pub async fn list(&self) -> Result<Vec<StoredObject>, BlobError> {
        let folder = self.folder.clone();
        blocking(move || folder.list()).await
    }
}

fn pack(folder: &Folder, contents: &[(ContentHash, Bytes)]) -> Result<Vec<BlobPlace>, BlobError> {
    let mut object = BytesMut::with_capacity(contents.iter().map(|(_, b)| b.len()).sum());
    for (_, bytes) in contents {
        object.extend_from_slice(bytes);
    }
    let pack = content_hash(&object);
    folder.put(pack, &object)?;
    let mut offset = 0;
    let places = contents.iter().map(|(hash, bytes)| {
        let place = BlobPlace {
            hash: *hash,
            pack,
            offset,
            length: bytes.len() as u64,
        };
        offset += place.length;
        place
    });
    Ok(places.collect())
}

/// Runs `work` where waiting for the disk holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(BlobError::Interrupted),
    }
}

#[cfg(test)]
mod tests;
