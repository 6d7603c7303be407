//! Which collections are open, and which of them may be written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::oneshot;

use super::EmbeddedConfig;
use super::collection::Collection;
use super::folder::Folders;
use super::slots::Slots;
use super::writer::{Command, Task};
use crate::ids::CollectionId;
use crate::index::IndexError;

#[derive(Debug)]
pub(super) struct Places {
    config: EmbeddedConfig,
    pub(super) folders: Folders,
    slots: Arc<Slots>,
    places: Mutex<HashMap<CollectionId, Arc<Place>>>,
    /// Collections with a writer, and some that had one. Held while a writer is started, so that
    /// two that start at once make room twice.
    writing: Mutex<Vec<Arc<Collection>>>,
}

/// Where a collection is once it is open. Its lock is held while the folder is opened or removed,
/// and only on threads that may block.
type Place = Mutex<Option<Arc<Collection>>>;

impl Places {
    pub(super) fn open(config: &EmbeddedConfig) -> Result<Self, IndexError> {
        Ok(Self {
            folders: Folders::open(&config.root)?,
            slots: Arc::new(Slots::new(config.writers.max(1))),
            places: Mutex::default(),
            writing: Mutex::default(),
            config: config.clone(),
        })
    }

    /// Returns a collection if it is open.
    pub(super) fn if_open(&self, id: CollectionId) -> Option<Arc<Collection>> {
        lock(&self.place(id)).clone()
    }

    fn place(&self, id: CollectionId) -> Arc<Place> {
        Arc::clone(lock(&self.places).entry(id).or_default())
    }

    /// Opens a collection unless it is open. Blocks.
    pub(super) fn collection(
        &self,
        id: CollectionId,
        create: bool,
    ) -> Result<Option<Arc<Collection>>, IndexError> {
        let place = self.place(id);
        let mut place = lock(&place);
        if place.is_none() {
            let Some((index, snapshot)) = self.folders.open_index(id, create)? else {
                return Ok(None);
            };
            let path = self.folders.path(id);
            *place = Some(Arc::new(Collection::new(id, path, index, snapshot)));
        }
        Ok(place.clone())
    }

    pub(super) async fn send(
        &self,
        collection: &Arc<Collection>,
        task: Task,
    ) -> Result<(), IndexError> {
        let permit = collection.queue(&task).await?;
        let (reply, answer) = oneshot::channel();
        self.enqueue(
            collection,
            Command {
                task,
                reply,
                permit,
            },
        )?;
        answer.await.unwrap_or(Err(IndexError::Closed))
    }

    fn enqueue(&self, collection: &Arc<Collection>, command: Command) -> Result<(), IndexError> {
        let mut writing = lock(&self.writing);
        if !collection.has_writer() {
            self.make_room(&mut writing);
            writing.push(Arc::clone(collection));
        }
        collection.enqueue(command, &self.config, &self.slots)
    }

    /// Closes the writers that were not used for longest, so that one more has a place.
    fn make_room(&self, writing: &mut Vec<Arc<Collection>>) {
        writing.retain(|other| other.has_writer());
        writing.sort_by_key(|other| std::cmp::Reverse(other.idle_for()));
        let surplus = (writing.len() + 1).saturating_sub(self.config.writers.max(1));
        for other in writing.iter().take(surplus) {
            other.close_writer();
        }
    }

    /// Lists what is open, leaving out what is being opened or removed right now.
    pub(super) fn open_collections(&self) -> Vec<Arc<Collection>> {
        let places: Vec<_> = lock(&self.places).values().cloned().collect();
        places
            .iter()
            .filter_map(|place| place.try_lock().ok()?.clone())
            .collect()
    }

    pub(super) fn remove(&self, id: CollectionId) -> Result<(), IndexError> {
        let place = self.place(id);
        let mut place = lock(&place);
        if let Some(collection) = place.take() {
            collection.mark_dropped();
            collection.join_writer();
        }
        self.folders.remove(id)
    }

    /// Closes writers that nobody uses, and collections whose writer is closed already.
    pub(super) fn close_idle(&self) {
        lock(&self.writing).retain(|collection| collection.has_writer());
        let places: Vec<_> = lock(&self.places).values().cloned().collect();
        for place in places {
            let Ok(mut place) = place.try_lock() else {
                continue;
            };
            let Some(collection) = &*place else { continue };
            if collection.idle_for() < self.config.idle {
                continue;
            }
            if collection.has_writer() {
                collection.close_writer();
            } else if Arc::strong_count(collection) == 1 && collection.is_clean() {
                // Nobody else has it, and nobody can get it while its place is locked.
                *place = None;
            }
        }
    }
}

/// Ends with the index: it holds no more of it than a weak reference.
pub(super) async fn close_idle(shared: Weak<Places>, idle: Duration) {
    loop {
        // Never faster than a second: an idle daemon sleeps.
        tokio::time::sleep(idle.max(Duration::from_secs(1))).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.close_idle();
    }
}

/// A panic while one of these locks is held leaves its data whole: each is set in one step.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
