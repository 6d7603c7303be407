//! Which documents others need, for ranking: the few of a collection that stand above the rest.
//!
//! They are told together with the overview of a collection, kept as one value, and looked up in
//! memory. What a height means is known in `project` only.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;
use uuid::Uuid;

use super::Blob16;
use crate::ids::{CollectionId, DocumentId};

/// Bytes of a document's id, and of its height.
const ENTRY: usize = 17;

/// Heights by document; who is not here does not stand out.
pub type Standings = HashMap<DocumentId, u8>;

pub(super) type ByCollection = HashMap<CollectionId, Arc<Standings>>;

/// Returns them as they are kept.
pub(super) fn pack(standings: &Standings) -> Vec<u8> {
    let mut packed = Vec::with_capacity(standings.len() * ENTRY);
    for (document, height) in standings {
        packed.extend_from_slice(document.0.as_bytes());
        packed.push(*height);
    }
    packed
}

fn unpack(packed: &[u8]) -> Standings {
    let entries = packed.chunks_exact(ENTRY).filter_map(|entry| {
        let (height, document) = entry.split_last()?;
        Some((DocumentId(Uuid::from_slice(document).ok()?), *height))
    });
    entries.collect()
}

/// Reads those of all collections.
pub(super) fn load(connection: &Connection) -> rusqlite::Result<ByCollection> {
    connection
        .prepare("SELECT collection, standings FROM project WHERE standings IS NOT NULL")?
        .query_map((), |row| {
            let collection = CollectionId(row.get::<_, Blob16>(0)?.0);
            let standings = unpack(row.get_ref(1)?.as_blob()?);
            Ok((collection, Arc::new(standings)))
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let id = |number| DocumentId(Uuid::from_u128(number));
        let standings = Standings::from([(id(1), 200), (id(u128::MAX), 1)]);
        assert_eq!(unpack(&pack(&standings)), standings);
        assert_eq!(unpack(&[0; 16]), Standings::new());
    }
}
