//! Ids and hashes as SQLite values.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;

use crate::ids::{CollectionId, ContentHash, DocumentId, JobId, VersionKey};

/// A UUID stored as its 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blob16(pub Uuid);

impl ToSql for Blob16 {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Blob16 {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        Uuid::from_slice(bytes)
            .map(Self)
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

impl From<JobId> for Blob16 {
    fn from(id: JobId) -> Self {
        Self(id.0)
    }
}

impl From<CollectionId> for Blob16 {
    fn from(id: CollectionId) -> Self {
        Self(id.0)
    }
}

impl From<DocumentId> for Blob16 {
    fn from(id: DocumentId) -> Self {
        Self(id.0)
    }
}

pub(super) fn hash_of(bytes: &[u8]) -> rusqlite::Result<ContentHash> {
    bytes.try_into().map(ContentHash).map_err(|_| {
        rusqlite::Error::FromSqlConversionFailure(
            0,
            rusqlite::types::Type::Blob,
            "a hash has 32 bytes".into(),
        )
    })
}

pub(super) fn key_to_sql(key: VersionKey) -> i64 {
    i64::try_from(key.0).expect("the top bit of a version key is clear")
}

pub(super) fn key_from_sql(key: i64) -> VersionKey {
    VersionKey(u64::try_from(key).expect("version keys are stored without sign"))
}

/// Sizes and counts are far below 2^63; SQLite wants them signed.
pub(super) fn to_sql_int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn from_sql_int(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
