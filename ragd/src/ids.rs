//! Ids of the domain, and how the deterministic ones are made.
//!
//! Doing work twice must write the same points, so a document and a version are named after what
//! they are and never after when they were seen.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use protocol::ids::{
    BootId, CollectionId, ContentHash, ConversationId, DocumentId, JobId, PlanId, Timestamp,
    WatchedId,
};

/// Names one content of one document under one pipeline, in the ledger and in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionKey(pub u64);

/// Returns the id of the document that comes from `source` in `collection`.
#[must_use]
pub fn document_id(collection: CollectionId, source: &[u8]) -> DocumentId {
    DocumentId(Uuid::new_v5(&collection.0, source))
}

/// Returns the id of a watched source: the same roots in the same collection are the same source.
#[must_use]
pub fn watched_id(collection: CollectionId, roots: &[&[u8]]) -> WatchedId {
    let mut roots = roots.to_vec();
    roots.sort_unstable();
    roots.dedup();
    WatchedId(Uuid::new_v5(&collection.0, &roots.join(&0)))
}

/// Returns the key of a version: a hash of collection, path, content and `pipeline`, the fingerprint
/// of everything that turns bytes into chunks. The path is searched too, so another one is another
/// version; documents of one path and content, as in two work trees of a repository, share one.
///
/// 64 bits are enough for the index to tell versions apart.
#[must_use]
pub fn version_key(
    collection: CollectionId,
    path: &[u8],
    content: ContentHash,
    pipeline: &str,
) -> VersionKey {
    let mut hash = Sha256::new();
    hash.update(collection.0.as_bytes());
    hash.update((path.len() as u64).to_le_bytes());
    hash.update(path);
    hash.update(content.0);
    hash.update(pipeline.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let head: [u8; 8] = digest[..8].try_into().expect("a digest has 32 bytes");
    // SQLite stores signed integers: the top bit stays clear so that both sides show one number.
    VersionKey(u64::from_le_bytes(head) >> 1)
}

/// Returns SHA-256 of `bytes`.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> ContentHash {
    ContentHash(Sha256::digest(bytes).into())
}

/// Returns an error with its causes in one line, for places that keep text and not errors.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Writes a number of bytes in a unit that fits.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// Returns the wall clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
/// Returns the id that is kept in a file, drawn at the first call. The folder is made if need be.
pub fn kept(path: &Path) -> io::Result<Uuid> {
    match fs::read_to_string(path) {
        Ok(text) => Uuid::parse_str(text.trim()).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = Uuid::now_v7();
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            // Whole or not there: another one would disown all that bears this.
            let draft = path.with_extension("draft");
            let mut file = fs::File::create(&draft)?;
            file.write_all(id.to_string().as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)?;
            fs::File::open(folder)?.sync_all()?;
            Ok(id)
        }
        Err(error) => Err(error),
    }
}
