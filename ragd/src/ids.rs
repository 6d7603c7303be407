//! Ids of the domain, and how the deterministic ones are made.
//!
//! Doing work twice must write the same points, so a document and a version are named after what
//! they are and never after when they were seen.

use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use protocol::ids::{
    BootId, CollectionId, ContentHash, ConversationId, DocumentId, JobId, PlanId, Timestamp,
};

/// Names one content of one document under one pipeline, in the ledger and in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionKey(pub u64);

/// Returns the id of the document that comes from `source` in `collection`.
#[must_use]
pub fn document_id(collection: CollectionId, source: &[u8]) -> DocumentId {
    DocumentId(Uuid::new_v5(&collection.0, source))
}

/// Returns the key of a version: a hash of document, path, content and `pipeline`, the fingerprint
/// of everything that turns bytes into chunks. The path is searched too, so another one is another
/// version.
///
/// 64 bits are enough for the index to tell versions apart; the ledger holds a unique constraint,
/// so a collision would be refused and not mixed up.
#[must_use]
pub fn version_key(
    document: DocumentId,
    path: &[u8],
    content: ContentHash,
    pipeline: &str,
) -> VersionKey {
    let mut hash = Sha256::new();
    hash.update(document.0.as_bytes());
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

/// Returns the wall clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
