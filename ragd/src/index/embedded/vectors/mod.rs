//! Vectors beside the words: for each model one folder of segments, searched exactly.
//!
//! [`Stores`] knows the models of a collection. `store.rs` puts, removes, flushes and merges;
//! `segment.rs` is the layout of vectors in bytes; `scan.rs` finds the nearest.

mod machine;
mod manifest;
mod scan;
mod segment;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::manifest::Manifest;
use self::store::Store;
pub(in crate::index) use self::store::StoreError;
use crate::ids::{self, VersionKey};
use crate::index::filter::Filter;
use crate::index::{Near, NewVectors, Space, Visible};

/// The vectors of one collection, by model.
#[derive(Debug)]
pub(super) struct Stores {
    folder: PathBuf,
    open: Mutex<BTreeMap<String, Arc<Store>>>,
    /// Files were damaged and thrown away since this was last asked.
    has_lost: AtomicBool,
}

impl Stores {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            open: Mutex::default(),
            has_lost: AtomicBool::new(false),
        }
    }

    /// Whether vectors are missing because files were damaged.
    pub(super) fn has_lost(&self) -> bool {
        self.has_lost.load(Ordering::SeqCst)
    }

    pub(super) fn forget_lost(&self) {
        self.has_lost.store(false, Ordering::SeqCst);
    }

    pub(super) fn put(&self, space: &str, versions: &[NewVectors]) -> Result<(), StoreError> {
        self.make(space)?.put(versions)
    }

    /// Removes versions from all models.
    pub(super) fn remove(&self, versions: &[VersionKey]) -> Result<(), StoreError> {
        for space in self.names() {
            self.make(&space)?.remove(versions);
        }
        Ok(())
    }

    pub(super) fn flush(&self) -> Result<(), StoreError> {
        for store in self.stores() {
            store.flush()?;
            store.merge_behind();
        }
        Ok(())
    }

    pub(super) fn is_flushed(&self) -> bool {
        self.stores().iter().all(|store| store.is_flushed())
    }

    /// Whether everything is in files, and nobody is at work on these.
    pub(super) fn is_at_rest(&self) -> bool {
        self.stores().iter().all(|store| store.is_at_rest())
    }

    /// Ends what goes on behind the scenes.
    pub(super) fn close(&self) {
        for store in self.stores() {
            store.close();
        }
    }

    pub(super) fn nearest(
        &self,
        space: &str,
        query: &[f32],
        limit: usize,
        filter: &Filter,
        visible: &dyn Visible,
    ) -> Result<Vec<Near>, StoreError> {
        let Some(store) = self.find(space)? else {
            return Ok(Vec::new());
        };
        store.nearest(query, limit, &|segment, version| {
            if !visible.is_visible(segment.key(version)) {
                return false;
            }
            let (path, language) = segment.path_and_language(version);
            filter.accepts(path, language)
        })
    }

    pub(super) fn products(
        &self,
        space: &str,
        query: &[f32],
        chunks: &[(VersionKey, u32)],
    ) -> Result<Vec<Option<f32>>, StoreError> {
        match self.find(space)? {
            Some(store) => store.products(query, chunks),
            None => Ok(vec![None; chunks.len()]),
        }
    }

    pub(super) fn census(&self, space: &str) -> Result<Vec<(VersionKey, u32)>, StoreError> {
        let store = self.find(space)?;
        Ok(store.map_or_else(Vec::new, |store| store.census()))
    }

    /// Lists the models with the length of their vectors.
    pub(super) fn spaces(&self) -> Result<Vec<Space>, StoreError> {
        let mut spaces = Vec::new();
        for name in self.names() {
            if let Some(dimensions) = self.make(&name)?.dimensions() {
                spaces.push(Space { name, dimensions });
            }
        }
        Ok(spaces)
    }

    /// Removes the vectors of a model.
    pub(super) fn drop_space(&self, space: &str) -> Result<(), StoreError> {
        let Some(store) = self.find(space)? else {
            return Ok(());
        };
        store.close();
        // Nobody may open the folder anew before it is gone.
        let mut open = self.open();
        open.remove(space);
        store.discard()
    }

    /// Lists the models that have vectors, flushed or not.
    fn names(&self) -> Vec<String> {
        let folders = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let flushed = folders.filter_map(|entry| Manifest::read(&entry.path()).ok().flatten());
        let mut spaces: BTreeSet<_> = flushed.map(|manifest| manifest.space).collect();
        spaces.extend(self.open().keys().cloned());
        spaces.into_iter().collect()
    }

    /// Returns a model's vectors, if it has a folder.
    fn find(&self, space: &str) -> Result<Option<Arc<Store>>, StoreError> {
        match self.path(space).exists() {
            true => self.make(space).map(Some),
            false => Ok(None),
        }
    }

    /// Returns a model's vectors, with a new folder if it has none.
    fn make(&self, space: &str) -> Result<Arc<Store>, StoreError> {
        let mut open = self.open();
        if let Some(store) = open.get(space) {
            return Ok(Arc::clone(store));
        }
        let path = self.path(space);
        let store = match Store::open(path.clone(), space) {
            // Vectors can be made again, and whoever compares finds that they are missing.
            Err(damage @ StoreError::Damaged { .. }) => {
                tracing::warn!(space, error = %damage, "Vectors are damaged, will be made anew.");
                self.has_lost.store(true, Ordering::SeqCst);
                fs::remove_dir_all(&path).map_err(|source| StoreError::File {
                    path: path.clone(),
                    source,
                })?;
                Store::open(path, space)?
            }
            opened => opened?,
        };
        let store = Arc::new(store);
        open.insert(space.to_owned(), Arc::clone(&store));
        Ok(store)
    }

    fn stores(&self) -> Vec<Arc<Store>> {
        self.open().values().cloned().collect()
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Store>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, space: &str) -> PathBuf {
        let hash = ids::content_hash(space.as_bytes()).to_string();
        self.folder.join(&hash[..16])
    }
}
