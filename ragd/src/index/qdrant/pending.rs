//! What waits for a flush, in memory: the last word on each version.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::VersionKey;
use crate::index::{NewVectors, NewVersion};

/// Changes that no flush has sent. Of a version that is put twice, the last counts.
#[derive(Debug, Default)]
pub(super) struct Pending {
    words: Changes<NewVersion>,
    spaces: BTreeMap<String, Waiting>,
    /// Counts changes, so that a flush removes just what it sent.
    next: u64,
}

/// Vectors of one model that wait.
#[derive(Debug)]
struct Waiting {
    dimensions: Option<usize>,
    changes: Changes<NewVectors>,
}

type Changes<T> = BTreeMap<VersionKey, Change<T>>;

#[derive(Debug)]
pub(super) struct Change<T> {
    number: u64,
    bytes: usize,
    /// None: removed.
    pub(super) put: Option<Arc<T>>,
}

/// The changes of one flush.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) words: Changes<NewVersion>,
    /// By model, with the length of its vectors if there are any.
    pub(super) spaces: BTreeMap<String, (Option<usize>, Changes<NewVectors>)>,
}

impl Pending {
    pub(super) fn put(&mut self, version: NewVersion) {
        let texts = version.chunks.iter().map(|chunk| chunk.text.len() + 128);
        let (key, bytes) = (version.key, texts.sum());
        let change = self.change(bytes, Some(version));
        self.words.insert(key, change);
    }

    /// Adds vectors. Those of a version without any are removed.
    pub(super) fn put_vectors(
        &mut self,
        space: &str,
        dimensions: Option<usize>,
        version: NewVectors,
    ) {
        let (key, count) = (version.key, version.vectors.len());
        let bytes = count * (dimensions.unwrap_or(0) * size_of::<f32>() + 64);
        let change = self.change(bytes, (count > 0).then_some(version));
        let waiting = self.waiting(space);
        waiting.dimensions = waiting.dimensions.or(dimensions);
        waiting.changes.insert(key, change);
    }

    /// Removes a version, with its vectors of the models `spaces`.
    pub(super) fn remove(&mut self, key: VersionKey, spaces: &[String]) {
        let change = self.change(0, None);
        self.words.insert(key, change);
        for space in spaces {
            let change = self.change(0, None);
            self.waiting(space).changes.insert(key, change);
        }
    }

    pub(super) fn drop_space(&mut self, space: &str) {
        self.spaces.remove(space);
    }

    /// Lists the models that have vectors here, with the length of these.
    pub(super) fn dimensions(&self) -> impl Iterator<Item = (&str, usize)> {
        self.spaces
            .iter()
            .filter_map(|(space, waiting)| Some((space.as_str(), waiting.dimensions?)))
    }

    pub(super) fn bytes(&self) -> usize {
        let words = self.words.values().map(|change| change.bytes);
        let spaces = self.spaces.values();
        let vectors =
            spaces.flat_map(|waiting| waiting.changes.values().map(|change| change.bytes));
        words.chain(vectors).sum()
    }

    /// Returns all that waits; it stays here until [`Pending::sent`].
    pub(super) fn batch(&self) -> Batch {
        let spaces = self.spaces.iter().map(|(space, waiting)| {
            let changes = waiting.changes.iter().map(|(key, one)| (*key, one.clone()));
            (space.clone(), (waiting.dimensions, changes.collect()))
        });
        Batch {
            words: self
                .words
                .iter()
                .map(|(key, one)| (*key, one.clone()))
                .collect(),
            spaces: spaces.collect(),
        }
    }

    /// Forgets what was sent, unless it was changed meanwhile.
    pub(super) fn sent(&mut self, batch: &Batch) {
        self.forget(batch, Forget::All);
    }

    /// Forgets which versions were to be removed by a batch that failed. Whoever wanted that tries
    /// again, unless the version is needed by then: a worker elsewhere may have put it anew, which
    /// is not seen here.
    pub(super) fn failed(&mut self, batch: &Batch) {
        self.forget(batch, Forget::Removals);
    }

    fn forget(&mut self, batch: &Batch, what: Forget) {
        forget(&mut self.words, &batch.words, what);
        for (space, (_, changes)) in &batch.spaces {
            let Some(waiting) = self.spaces.get_mut(space) else {
                continue;
            };
            forget(&mut waiting.changes, changes, what);
            if waiting.changes.is_empty() {
                self.spaces.remove(space);
            }
        }
    }

    fn waiting(&mut self, space: &str) -> &mut Waiting {
        self.spaces.entry(space.to_owned()).or_insert(Waiting {
            dimensions: None,
            changes: Changes::new(),
        })
    }

    fn change<T>(&mut self, bytes: usize, put: Option<T>) -> Change<T> {
        self.next += 1;
        Change {
            number: self.next,
            bytes: bytes + 64,
            put: put.map(Arc::new),
        }
    }
}

impl<T> Clone for Change<T> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            bytes: self.bytes,
            put: self.put.clone(),
        }
    }
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.spaces.is_empty()
    }
}

/// Which changes of a batch are forgotten.
#[derive(Clone, Copy)]
enum Forget {
    All,
    Removals,
}

fn forget<T>(changes: &mut Changes<T>, of: &Changes<T>, what: Forget) {
    changes.retain(|key, change| {
        let is_same = of.get(key).is_some_and(|one| one.number == change.number);
        let stays = matches!(what, Forget::Removals) && change.put.is_some();
        !is_same || stays
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(key: u64) -> NewVectors {
        NewVectors {
            key: VersionKey(key),
            path: "a".to_owned(),
            language: None,
            vectors: vec![vec![1.0]],
        }
    }

    #[test]
    fn what_changes_while_it_is_sent_is_sent_again() {
        let mut pending = Pending::default();
        pending.put_vectors("m", Some(1), vectors(1));
        pending.put_vectors("m", Some(1), vectors(2));
        let batch = pending.batch();
        pending.remove(VersionKey(2), &["m".to_owned()]);
        pending.sent(&batch);
        let left = pending.batch();
        assert_eq!(left.words.len(), 1);
        let (_, changes) = &left.spaces["m"];
        assert_eq!(changes.len(), 1);
        assert!(changes[&VersionKey(2)].put.is_none());
        pending.sent(&left);
        assert!(pending.batch().is_empty());
        assert_eq!(pending.bytes(), 0);
    }
}
