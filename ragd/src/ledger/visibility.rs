//! Which versions are searchable, in memory, at any recent moment.
//!
//! Every flip of a version gets a number. A query remembers the number it began at and keeps seeing
//! the versions of that moment, however many flips follow while it runs. Versions that ended are
//! forgotten when their chunks leave the index.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rusqlite::Connection;

use super::collections::home_from_sql;
use super::standings::{self, ByCollection, Standings};
use super::values::key_from_sql;
use crate::config::IndexKind;
use crate::ids::{CollectionId, DocumentId, VersionKey};

/// Active from flip `from` on, before flip `to`.
#[derive(Clone, Copy, Debug)]
struct Span {
    document: DocumentId,
    from: u64,
    to: u64,
}

/// Which models have vectors of a collection, and where these and the chunks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Models {
    /// Has vectors of all that is searchable.
    pub serving: String,
    /// Its vectors are being made.
    pub next: Option<String>,
    pub home: IndexKind,
}

#[derive(Debug, Default)]
struct Flips {
    now: u64,
    versions: HashMap<VersionKey, Span, BuildHasherDefault<Itself>>,
    /// Of those that several documents have or had: all but the first.
    shared: HashMap<VersionKey, Vec<Span>, BuildHasherDefault<Itself>>,
    /// Copied by whoever changes it, which is rare.
    models: Arc<HashMap<CollectionId, Models>>,
    /// The same.
    standings: Arc<ByCollection>,
}

/// Keys are hashes: nothing is gained by hashing them again, and each search asks for hundreds.
#[derive(Debug, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The versions that are, or just were, searchable.
#[derive(Debug, Default)]
pub struct Visibility {
    flips: RwLock<Flips>,
    /// How often the list of what is not searchable changed,
    gaps: AtomicU64,
    /// and whether the transaction that is open changes it.
    gaps_change: AtomicBool,
}

/// One moment of [`Visibility`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    visibility: Arc<Visibility>,
    at: u64,
    models: Arc<HashMap<CollectionId, Models>>,
    standings: Arc<ByCollection>,
}

impl Flips {
    /// Returns when which documents had a version.
    fn spans(&self, key: VersionKey) -> impl Iterator<Item = &Span> {
        let first = self.versions.get(&key).into_iter();
        first.chain(self.shared.get(&key).into_iter().flatten())
    }

    fn span(&mut self, key: VersionKey, document: DocumentId) -> Option<&mut Span> {
        let first = self.versions.get_mut(&key).into_iter();
        let mut all = first.chain(self.shared.get_mut(&key).into_iter().flatten());
        all.find(|span| span.document == document)
    }

    fn add(&mut self, key: VersionKey, span: Span) {
        match self.versions.entry(key) {
            Entry::Vacant(first) => {
                first.insert(span);
            }
            Entry::Occupied(_) => self.shared.entry(key).or_default().push(span),
        }
    }
}

impl Visibility {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut flips = Flips::default();
        let mut rows = connection.prepare("SELECT key, id FROM document WHERE key IS NOT NULL")?;
        let mut rows = rows.query(())?;
        while let Some(row) = rows.next()? {
            let document = DocumentId(row.get::<_, super::Blob16>(1)?.0);
            let span = Span {
                document,
                from: 0,
                to: u64::MAX,
            };
            flips.add(key_from_sql(row.get(0)?), span);
        }
        flips.models = Arc::new(Self::load_models(connection)?);
        flips.standings = Arc::new(standings::load(connection)?);
        Ok(Self {
            flips: RwLock::new(flips),
            gaps: AtomicU64::new(0),
            gaps_change: AtomicBool::new(false),
        })
    }

    fn load_models(connection: &Connection) -> rusqlite::Result<HashMap<CollectionId, Models>> {
        connection
            .prepare("SELECT id, model, next_model, home FROM collection")?
            .query_map((), |row| {
                let models = Models {
                    serving: row.get(1)?,
                    next: row.get(2)?,
                    home: home_from_sql(&row.get::<_, String>(3)?),
                };
                Ok((CollectionId(row.get::<_, super::Blob16>(0)?.0), models))
            })?
            .collect()
    }

    /// Changes which models have vectors of a collection; none: it is gone.
    pub(super) fn set_models(&self, collection: CollectionId, models: Option<Models>) {
        let mut flips = self.write();
        match models {
            Some(models) => Arc::make_mut(&mut flips.models).insert(collection, models),
            None => {
                Arc::make_mut(&mut flips.standings).remove(&collection);
                Arc::make_mut(&mut flips.models).remove(&collection)
            }
        };
    }

    /// Changes which documents of a collection stand out.
    pub(super) fn set_standings(&self, collection: CollectionId, standings: Standings) {
        let mut flips = self.write();
        let all = Arc::make_mut(&mut flips.standings);
        all.insert(collection, Arc::new(standings));
    }

    /// Makes all changes of one commit at the same moment.
    pub(super) fn flip(&self, gone: &[(VersionKey, DocumentId)], new: &[(VersionKey, DocumentId)]) {
        let mut flips = self.write();
        flips.now += 1;
        let now = flips.now;
        for (key, document) in gone {
            if let Some(span) = flips.span(*key, *document) {
                span.to = now;
            }
        }
        for (key, document) in new {
            match flips.span(*key, *document) {
                Some(old) => {
                    // A content that was active until now stays so for searches that began before.
                    if old.to != now && old.to != u64::MAX {
                        old.from = now;
                    }
                    old.to = u64::MAX;
                }
                None => flips.add(
                    *key,
                    Span {
                        document: *document,
                        from: now,
                        to: u64::MAX,
                    },
                ),
            }
        }
    }

    /// Forgets versions whose chunks have left the index.
    pub(super) fn forget(&self, keys: &[VersionKey]) {
        let mut flips = self.write();
        for key in keys {
            // One may have come back meanwhile.
            if flips.spans(*key).all(|span| span.to != u64::MAX) {
                flips.versions.remove(key);
                flips.shared.remove(key);
            }
        }
    }

    /// Returns this moment.
    #[must_use]
    pub fn snapshot(self: &Arc<Self>) -> Snapshot {
        let flips = self.read();
        Snapshot {
            visibility: Arc::clone(self),
            at: flips.now,
            models: Arc::clone(&flips.models),
            standings: Arc::clone(&flips.standings),
        }
    }

    /// Returns where the chunks of a collection are; none: it is gone.
    #[must_use]
    pub fn home(&self, collection: CollectionId) -> Option<IndexKind> {
        let models = Arc::clone(&self.read().models);
        models.get(&collection).map(|models| models.home)
    }

    /// Returns a number that is another one after each change of the list of what is not searchable.
    pub(super) fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::SeqCst)
    }

    /// Notes that the transaction that is open changes that list.
    pub(super) fn gaps_change(&self) {
        self.gaps_change.store(true, Ordering::SeqCst);
    }

    /// Ends a transaction.
    pub(super) fn committed(&self) {
        if self.gaps_change.swap(false, Ordering::SeqCst) {
            self.gaps.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Flips> {
        self.flips.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Flips> {
        self.flips.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot {
    /// Whether no collection came, went or changed its models between the two.
    #[must_use]
    pub fn has_models_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.models, &other.models)
    }

    /// Returns the models that have vectors of a collection at this moment; none: it is gone.
    #[must_use]
    pub fn models(&self, collection: CollectionId) -> Option<&Models> {
        self.models.get(&collection)
    }

    /// Returns how far a document stands out; 0: not at all.
    #[must_use]
    pub fn standing(&self, collection: CollectionId, document: DocumentId) -> u8 {
        let standings = self.standings.get(&collection);
        let height = standings.and_then(|standings| standings.get(&document));
        height.copied().unwrap_or(0)
    }

    /// Returns a document of which `key` is the active version at this moment.
    #[must_use]
    pub fn document(&self, key: VersionKey) -> Option<DocumentId> {
        let flips = self.visibility.read();
        let mut spans = flips.spans(key);
        spans
            .find(|span| span.from <= self.at && self.at < span.to)
            .map(|span| span.document)
    }

    /// Returns all documents of which `key` is the active version at this moment.
    #[must_use]
    pub fn documents(&self, key: VersionKey) -> Vec<DocumentId> {
        let flips = self.visibility.read();
        let spans = flips.spans(key);
        let is_active = |span: &&Span| span.from <= self.at && self.at < span.to;
        spans.filter(is_active).map(|span| span.document).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_keeps_seeing_its_moment() {
        let visibility = Arc::new(Visibility::default());
        let document = DocumentId(uuid::Uuid::from_u128(1));
        let (old, new) = (VersionKey(1), VersionKey(2));
        let empty = visibility.snapshot();
        visibility.flip(&[], &[(old, document)]);
        let first = visibility.snapshot();
        visibility.flip(&[(old, document)], &[(new, document)]);
        let second = visibility.snapshot();
        visibility.flip(&[(new, document)], &[]);
        let third = visibility.snapshot();

        let seen = |snapshot: &Snapshot| [old, new].map(|key| snapshot.document(key).is_some());
        assert_eq!(seen(&empty), [false, false]);
        assert_eq!(seen(&first), [true, false]);
        assert_eq!(seen(&second), [false, true]);
        assert_eq!(seen(&third), [false, false]);

        visibility.forget(&[old]);
        assert_eq!(seen(&first), [false, false]);
        assert_eq!(seen(&second), [false, true]);
    }

    #[test]
    fn a_version_is_there_as_long_as_one_document_has_it() {
        let visibility = Arc::new(Visibility::default());
        let [a, b] = [1, 2].map(|number| DocumentId(uuid::Uuid::from_u128(number)));
        let key = VersionKey(1);
        visibility.flip(&[], &[(key, a), (key, b)]);
        let both = visibility.snapshot();
        visibility.flip(&[(key, a)], &[]);
        let one = visibility.snapshot();
        visibility.flip(&[(key, b)], &[]);
        let none = visibility.snapshot();
        let seen = [&both, &one, &none].map(|snapshot| snapshot.documents(key));
        assert_eq!(seen, [vec![a, b], vec![b], vec![]]);
        assert_eq!(one.document(key), Some(b));

        visibility.flip(&[], &[(key, a)]);
        let again = visibility.snapshot();
        // It came back before it was forgotten.
        visibility.forget(&[key]);
        assert_eq!(again.documents(key), [a]);
        visibility.flip(&[(key, a)], &[]);
        visibility.forget(&[key]);
        assert_eq!(both.documents(key), []);
    }
}
