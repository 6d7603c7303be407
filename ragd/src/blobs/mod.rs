//! Content kept under its SHA-256: uploaded originals, and extracted text in packs.
//!
//! [`Blobs`] stores objects: a pack of many small contents, so that one fsync or one request serves
//! them all, or one [`Upload`]. An object's name is the hash of its bytes, which makes every write
//! idempotent. What an object is still needed for is the ledger's business.
//!
//! Objects are files of a folder (`folder.rs`) or keys of a bucket (`s3/`). The folder is used
//! directly and not through `object_store`: its local store does not fsync and creates files that
//! others may read, and for the rest it would be a layer around `rename`.

mod disk;
mod draft;
mod error;
mod folder;
mod group;
mod owner;
mod s3;
mod task;
mod unfinished;
mod upload;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::config::{self, BlobsAt};
use crate::ids::{self, ContentHash, content_hash};
use draft::Draft;
pub use error::{BlobError, RemoteError};
use folder::Folder;
use group::Group;
use owner::Claim;
use s3::S3;
use task::blocking;
pub use unfinished::Announced;
use unfinished::Unfinished;
pub use upload::Upload;

/// Objects of one page of a list: as many as S3 gives at once.
const PAGE: usize = 1_000;
/// A start does not wait longer for a store that says nothing: others are waiting for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// What the note is called that says whose store it is.
const NOTE: &str = "owner";

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

/// What one process may do with a store that others use too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// It decides what is kept, and removes what an earlier process left behind. A guest of the
    /// same folder that is writing just then fails, and may try again.
    Owner,
    /// It reads and adds.
    Guest,
}

/// A place for objects. Every call may be made by many at once, in many processes.
#[async_trait]
trait Store: std::fmt::Debug + Send + Sync {
    /// Stores an object durably. One that is there already and damaged is whole afterwards.
    async fn put(&self, name: ContentHash, bytes: Bytes) -> Result<(), BlobError>;
    /// Reads a part of a content, within it if `range` is not. Fails if the object does not reach
    /// to the end of the content, also where nothing is to be read.
    async fn read(&self, place: &BlobPlace, range: Range<u64>) -> Result<Bytes, BlobError>;
    async fn draft(&self) -> Result<Draft, BlobError>;
    /// Makes a draft the object `name`, durably and as a whole or not at all.
    async fn keep(&self, draft: Draft, name: ContentHash) -> Result<(), BlobError>;
    /// Removes an object. One that is not there is removed already.
    async fn remove(&self, name: ContentHash) -> Result<(), BlobError>;
    /// Returns the next objects by name, [`PAGE`] at most; none: there are no more.
    async fn list(&self, after: Option<ContentHash>) -> Result<Vec<StoredObject>, BlobError>;
    /// Makes what the store needs to be written to, and for its owner removes what was abandoned.
    async fn prepare(&self, access: Access) -> Result<(), BlobError>;
    /// Returns the note about whose store it is.
    async fn note(&self) -> Result<Option<String>, BlobError>;
    async fn write_note(&self, text: String) -> Result<(), BlobError>;
}

/// The store. Clones are the same store.
///
/// It need not be there yet: whoever uses it first finds out whose it is.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn Store>,
    group: Arc<Group>,
    unfinished: Arc<Unfinished>,
    claim: Arc<Claim>,
    settled: Arc<OnceCell<()>>,
}

/// Looks whether a configuration names a store that can be meant, and keys that are there.
pub fn check(config: &config::Blobs) -> Result<(), BlobError> {
    match config.at() {
        None => Err(BlobError::Nowhere {
            url: config.url.clone(),
        }),
        Some(BlobsAt::StateDir | BlobsAt::Folder(_)) => Ok(()),
        Some(BlobsAt::Bucket { bucket, .. }) => S3::check(config, &bucket),
    }
}

impl Blobs {
    /// Opens or creates the store that `config` names, and removes uploads that were abandoned. A
    /// store that is away is opened by whatever uses it first when it is back.
    ///
    /// `folder` is in the state directory, whose lock the caller holds: it is the store where the
    /// configuration names none, and else has what is on its way there.
    pub async fn open(config: &config::Blobs, folder: &Path) -> Result<Self, BlobError> {
        let blobs = Self::new(config, folder, Access::Owner).await?;
        match tokio::time::timeout(PATIENCE, blobs.store()).await {
            Ok(Err(error)) if error.is_out_of_reach() => {
                let next_step = error.hint();
                let error = ids::chain(&error);
                tracing::warn!(error, next_step, "The blobs are away.");
            }
            Ok(opened) => {
                opened?;
            }
            Err(_) => tracing::warn!("The blobs do not answer."),
        }
        Ok(blobs)
    }

    /// Prepares to use a store that belongs to another process, which may be at work: nothing is
    /// removed, and the caller removes nothing either.
    pub async fn of_another(config: &config::Blobs, folder: &Path) -> Result<Self, BlobError> {
        Self::new(config, folder, Access::Guest).await
    }

    async fn new(config: &config::Blobs, folder: &Path, access: Access) -> Result<Self, BlobError> {
        let mut home = folder.to_owned();
        let store: Arc<dyn Store> = match config.at() {
            None => {
                return Err(BlobError::Nowhere {
                    url: config.url.clone(),
                });
            }
            Some(BlobsAt::StateDir) => Arc::new(Folder::new(folder.to_owned())),
            Some(BlobsAt::Folder(path)) => {
                // Where an upload only has to be moved once it is whole.
                home.clone_from(&path);
                Arc::new(Folder::new(path))
            }
            Some(BlobsAt::Bucket { bucket, prefix }) => {
                Arc::new(S3::open(config, &bucket, &prefix, folder, access).await?)
            }
        };
        Ok(Self {
            store,
            group: Arc::default(),
            unfinished: Arc::new(Unfinished::new(&home)),
            claim: Arc::new(Claim {
                access,
                url: config.url.clone(),
                folder: folder.to_owned(),
            }),
            settled: Arc::default(),
        })
    }

    /// Returns the store, once it is known to be the right one.
    async fn store(&self) -> Result<&Arc<dyn Store>, BlobError> {
        let settle = || self.claim.settle(self.store.as_ref());
        self.settled.get_or_try_init(settle).await?;
        Ok(&self.store)
    }

    /// Says of what failed whether the whole store is gone: then it is better to wait than to try
    /// again, or to take a content for lost.
    async fn explained<T>(&self, result: Result<T, BlobError>) -> Result<T, BlobError> {
        match result {
            Err(error) if error.may_be_gone() && !self.claim.url.is_empty() => {
                match self.store.note().await {
                    Ok(Some(_)) | Err(_) => Err(error),
                    Ok(None) => Err(BlobError::Gone {
                        url: self.claim.url.clone(),
                    }),
                }
            }
            result => result,
        }
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
        let packed = pack(self.store().await?.as_ref(), &contents).await;
        self.explained(packed).await
    }

    /// Stores one small content, in one pack with others that come at the same time: a hundred
    /// clients then cost one write and not a hundred. Otherwise as [`Blobs::put_pack`].
    pub async fn put_small(&self, hash: ContentHash, bytes: Bytes) -> Result<BlobPlace, BlobError> {
        let put = self.group.put(self.store().await?, (hash, bytes)).await;
        self.explained(put).await
    }

    /// Returns a content, after comparing it with its hash.
    pub async fn get(&self, place: &BlobPlace) -> Result<Bytes, BlobError> {
        let read = self.store().await?.read(place, 0..place.length).await;
        let bytes = self.explained(read).await?;
        let place = *place;
        blocking(move || {
            if content_hash(&bytes) != place.hash {
                return Err(BlobError::Damaged {
                    hash: place.hash,
                    pack: place.pack,
                });
            }
            Ok(bytes)
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
        let read = self.store().await?.read(place, range).await;
        self.explained(read).await
    }

    /// Tells whether a content is there and is what its hash says, however large it is.
    pub async fn is_intact(&self, place: &BlobPlace) -> Result<bool, BlobError> {
        /// What is held of it at once.
        const PIECE: u64 = 8 << 20;
        let mut hash = Sha256::new();
        let mut start = 0;
        while start < place.length {
            let bytes = self.get_range(place, start..start + PIECE).await?;
            start += bytes.len() as u64;
            let hashed = move || {
                hash.update(&bytes);
                Ok(hash)
            };
            hash = blocking(hashed).await?;
        }
        Ok(ContentHash(hash.finalize().into()) == place.hash)
    }

    /// Begins an upload.
    pub async fn begin(&self) -> Result<Upload, BlobError> {
        let begun = Upload::begin(Arc::clone(self.store().await?)).await;
        self.explained(begun).await
    }

    /// Goes on with an upload that was cut, or begins it. `largest` is the limit for uploads.
    ///
    /// What its length says is durable. Dropping it keeps what came, for a day and within limits;
    /// only if the same upload is sent twice at once, or the limits are met, it is as any other.
    pub async fn go_on(&self, upload: Announced, largest: u64) -> Result<Upload, BlobError> {
        let store = self.store().await?;
        if let Some(lease) = self.unfinished.enter(upload).await {
            let opened = Upload::go_on(Arc::clone(store), lease, largest).await;
            if let Some(opened) = self.explained(opened).await? {
                return Ok(opened);
            }
        }
        self.begin().await
    }

    /// Removes uploads that were cut and that nobody came back to.
    pub async fn clear_unfinished(&self) -> Result<(), BlobError> {
        self.store().await?;
        let unfinished = Arc::clone(&self.unfinished);
        let cleared = blocking(move || unfinished.clear(SystemTime::now())).await;
        self.explained(cleared).await
    }

    /// Asks whether the store can be used right now, and is still the one that it was: a folder
    /// whose file system is not mounted is empty. Returns what the daemon that it belongs to wrote
    /// there; nothing, where it is in the state directory.
    pub async fn reach(&self) -> Result<Option<String>, BlobError> {
        let store = self.store().await?;
        if self.claim.url.is_empty() {
            return Ok(None);
        }
        match store.note().await? {
            Some(note) => Ok(Some(note.trim().to_owned())),
            None => Err(BlobError::Gone {
                url: self.claim.url.clone(),
            }),
        }
    }

    /// Removes an object. One that is not there is removed already.
    pub async fn remove(&self, name: ContentHash) -> Result<(), BlobError> {
        let removed = self.store().await?.remove(name).await;
        self.explained(removed).await
    }

    /// Returns the next objects in the order of their names, those behind `after`; none: there are
    /// no more.
    pub async fn list(&self, after: Option<ContentHash>) -> Result<Vec<StoredObject>, BlobError> {
        let listed = self.store().await?.list(after).await;
        self.explained(listed).await
    }
}

async fn pack(
    store: &dyn Store,
    contents: &[(ContentHash, Bytes)],
) -> Result<Vec<BlobPlace>, BlobError> {
    let mut object = BytesMut::with_capacity(contents.iter().map(|(_, b)| b.len()).sum());
    for (_, bytes) in contents {
        object.extend_from_slice(bytes);
    }
    let object = object.freeze();
    let bytes = object.clone();
    let pack = blocking(move || Ok(content_hash(&bytes))).await?;
    store.put(pack, object).await?;
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

fn parse_name(text: &str) -> Option<ContentHash> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    // `+f` parses as a number too.
    Some(ContentHash(hash)).filter(|hash| hash.to_string() == text)
}

#[cfg(test)]
mod tests;
