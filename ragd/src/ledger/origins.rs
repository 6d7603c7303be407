//! What is known of all documents below a root at once, such as the commit of a repository: said in
//! one place, so that another commit is not as many changes as there are documents.

use rusqlite::{Connection, params};

use super::facts::Fact;
use super::{Blob16, Tx};
use crate::ids::{CollectionId, DocumentId};

/// What a name of such a fact begins with: others are not looked for here.
const PREFIX: &str = "git.";

/// What is to be said of all documents whose source is `root` or lies below it, from now on. Of roots
/// within roots, the innermost counts; what was said below this one before is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub root: Vec<u8>,
    pub facts: Vec<Fact>,
}

/// A row of `origin` that is about a row of `document`, and none below it is.
const ABOUT: &str = "origin.collection = document.collection
    AND (document.source = origin.root
         OR (document.source > origin.low AND document.source < origin.high))
    AND NOT EXISTS (SELECT 1 FROM origin AS inner_origin
        WHERE inner_origin.collection = document.collection
          AND length(inner_origin.root) > length(origin.root)
          AND (document.source = inner_origin.root
               OR (document.source > inner_origin.low AND document.source < inner_origin.high)))";

/// Tells whether something may be said under this name.
pub(super) fn may_have(name: &str) -> bool {
    let head = name.get(..PREFIX.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(PREFIX))
}

/// Returns the SQL that holds of a `document` of which something fits that has the name `?at`.
pub(super) fn clause(at: usize, any: &str) -> String {
    format!("EXISTS (SELECT 1 FROM origin WHERE {ABOUT} AND origin.name = ?{at} AND ({any}))")
}

/// Returns what is said of a document.
pub(super) fn about(connection: &Connection, document: DocumentId) -> rusqlite::Result<Vec<Fact>> {
    let sql =
        format!("SELECT name, value FROM document JOIN origin ON {ABOUT} WHERE document.id = ?1");
    connection
        .prepare_cached(&sql)?
        .query_map([Blob16(document.0)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Returns the bounds between which all sources below `root` are.
pub(super) fn below(root: &[u8]) -> (Vec<u8>, Vec<u8>) {
    // All that begins with `root/` lies between `root/` and `root0`, the next byte.
    let mut low = root.to_vec();
    while low.last() == Some(&b'/') {
        low.pop();
    }
    let mut high = low.clone();
    low.push(b'/');
    high.push(b'/' + 1);
    (low, high)
}

impl Tx<'_> {
    pub(super) fn put_origin(
        &self,
        collection: CollectionId,
        origin: &Origin,
    ) -> rusqlite::Result<()> {
        let (collection, root) = (Blob16(collection.0), &origin.root);
        let (low, high) = below(root);
        self.prepare_cached(
            "DELETE FROM origin WHERE collection = ?1
                AND (root = ?2 OR (root > ?3 AND root < ?4))",
        )?
        .execute(params![collection, root, low, high])?;
        for (name, value) in &origin.facts {
            self.prepare_cached(
                "INSERT OR REPLACE INTO origin (collection, root, low, high, name, value)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![collection, root, low, high, name, value])?;
        }
        Ok(())
    }
}
