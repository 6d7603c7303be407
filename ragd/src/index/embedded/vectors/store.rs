//! The vectors of one model in one collection.
//!
//! New vectors are searched at once and written by the next flush, as a segment of their own;
//! segments of like size are merged behind the scenes. A segment never changes. That one of its
//! versions is gone is a bit in memory, and in the manifest from the next flush on.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use tracing::{error, warn};

use super::machine;
use super::manifest::{Entry, Manifest};
use super::scan;
use super::segment::{Item, Row, Segment};
use crate::ids::VersionKey;
use crate::index::{Near, NewVectors};

/// Bytes of vectors that may wait for a flush.
const MOST_PENDING: usize = 32 << 20;
/// Segments of like size that are merged into one.
const MERGED: usize = 8;
/// A segment that would be larger is left alone: merging it makes searches no faster, and a merge
/// holds its result in memory.
const LARGEST: usize = 64 << 20;
/// Segments below this size are alike.
const SMALLEST: usize = 1 << 20;

/// A store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(in crate::index) enum StoreError {
    #[error("cannot use {}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// A file is not what was written.
    #[error("{} is damaged: {problem}", path.display())]
    Damaged { path: PathBuf, problem: String },
    /// Vectors of another length than those before.
    #[error("the vectors have {found} numbers, those of this model have {known}")]
    Dimensions { found: usize, known: usize },
}

#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    state: RwLock<State>,
    space: String,
    /// The number of the next segment.
    next: AtomicU64,
    /// Held while a flush or a manifest is written: one flush serves all that wait for it.
    writing: Mutex<()>,
    /// Something changed that no manifest says.
    is_dirty: AtomicBool,
    /// The folder is gone; whoever still holds this store writes to nowhere.
    is_discarded: AtomicBool,
    merging: Mutex<Merging>,
}

/// The thread that merges, if there is one.
#[derive(Debug, Default)]
struct Merging {
    thread: Option<JoinHandle<()>>,
    is_closing: bool,
}

impl Merging {
    fn is_busy(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }
}

#[derive(Debug, Default)]
struct State {
    dimensions: Option<usize>,
    sealed: Vec<(u64, Arc<Segment>)>,
    pending: Vec<Arc<Segment>>,
}

impl Store {
    /// Opens the folder, or makes it.
    pub(super) fn open(folder: PathBuf, space: &str) -> Result<Self, StoreError> {
        fs::create_dir_all(&folder).map_err(file_error(&folder))?;
        let manifest = match Manifest::read(&folder) {
            Ok(manifest) => manifest,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let problem = error.to_string();
                return Err(StoreError::Damaged {
                    path: folder,
                    problem,
                });
            }
            Err(source) => {
                return Err(StoreError::File {
                    path: folder,
                    source,
                });
            }
        };
        let manifest = manifest.unwrap_or_default();
        let mut state = State {
            dimensions: (manifest.dimensions > 0).then_some(manifest.dimensions),
            ..State::default()
        };
        for entry in &manifest.segments {
            let segment = open_segment(&folder, entry, manifest.dimensions)?;
            state.sealed.push((entry.number, Arc::new(segment)));
        }
        remove_strays(&folder, &manifest)?;
        Ok(Self {
            folder,
            state: RwLock::new(state),
            space: space.to_owned(),
            next: AtomicU64::new(manifest.next),
            writing: Mutex::default(),
            is_dirty: AtomicBool::new(false),
            is_discarded: AtomicBool::new(false),
            merging: Mutex::default(),
        })
    }

    /// Stores vectors, in place of those that the same versions had.
    pub(super) fn put(&self, versions: &[NewVectors]) -> Result<(), StoreError> {
        let vectors = || versions.iter().flat_map(|version| &version.vectors);
        let Some(found) = vectors().next().map(Vec::len) else {
            let keys: Vec<_> = versions.iter().map(|version| version.key).collect();
            self.remove(&keys);
            return Ok(());
        };
        let known = *self.write().dimensions.get_or_insert(found);
        if let Some(odd) = vectors().map(Vec::len).find(|length| *length != known) {
            return Err(StoreError::Dimensions { found: odd, known });
        }
        let items = versions
            .iter()
            .filter(|version| !version.vectors.is_empty());
        let items = items.map(|version| Item {
            key: version.key,
            path: &version.path,
            language: version.language.as_deref(),
            vectors: version.vectors.iter().map(|x| Row::Exact(x)).collect(),
        });
        let segment = Segment::make(known, items.collect());
        let mut state = self.write();
        for version in versions {
            state.remove(version.key);
        }
        state.pending.push(Arc::new(segment));
        let waiting: usize = state.pending.iter().map(|one| one.as_bytes().len()).sum();
        drop(state);
        self.is_dirty.store(true, Ordering::SeqCst);
        match waiting > MOST_PENDING {
            true => self.flush(),
            false => Ok(()),
        }
    }

    pub(super) fn remove(&self, versions: &[VersionKey]) {
        let state = self.write();
        let mut any = false;
        for version in versions {
            any |= state.remove(*version);
        }
        drop(state);
        if any {
            self.is_dirty.store(true, Ordering::SeqCst);
        }
    }

    /// Returns once what was put or removed before would survive a power cut.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let _writing = self.writing();
        let is_dirty = self.is_dirty.swap(false, Ordering::SeqCst);
        if !is_dirty || self.is_discarded.load(Ordering::SeqCst) {
            return Ok(());
        }
        let flushed = self.write_pending();
        if flushed.is_err() {
            self.is_dirty.store(true, Ordering::SeqCst);
        }
        flushed
    }

    /// Returns the length of the vectors, once there was one.
    pub(super) fn dimensions(&self) -> Option<usize> {
        self.read().dimensions
    }

    /// Removes the folder with everything in it. To be closed before.
    pub(super) fn discard(&self) -> Result<(), StoreError> {
        let _writing = self.writing();
        self.is_discarded.store(true, Ordering::SeqCst);
        self.is_dirty.store(false, Ordering::SeqCst);
        *self.write() = State::default();
        fs::remove_dir_all(&self.folder).map_err(file_error(&self.folder))
    }

    /// Whether a flush would find nothing to do.
    pub(super) fn is_flushed(&self) -> bool {
        !self.is_dirty.load(Ordering::SeqCst)
    }

    /// Whether it can be closed: a merge that outlived it would write over what the next one does.
    pub(super) fn is_at_rest(&self) -> bool {
        self.is_flushed() && !self.merging().is_busy()
    }

    fn write_pending(&self) -> Result<(), StoreError> {
        let pending = self.read().pending.clone();
        if !pending.is_empty() {
            self.replace(&pending)?;
        }
        self.write_manifest()
    }

    /// Writes what is left of `old` as one segment and puts that in their place. Returns the numbers
    /// of files that no manifest needs after the next.
    fn replace(&self, old: &[Arc<Segment>]) -> Result<Vec<u64>, StoreError> {
        let dimensions = self.read().dimensions.unwrap_or_default();
        let items: Vec<_> = old.iter().flat_map(|segment| segment.items()).collect();
        let made = match items.is_empty() {
            true => None,
            false => {
                let number = self.next.fetch_add(1, Ordering::SeqCst);
                let segment = write_segment(&self.folder, number, dimensions, items)?;
                Some((number, Arc::new(segment)))
            }
        };
        let mut state = self.write();
        if let Some((_, made)) = &made {
            // What went while the segment was made.
            let went = (0..made.versions()).filter(|version| {
                let key = made.key(*version);
                old.iter().all(|segment| segment.find(key).is_none())
            });
            went.for_each(|version| made.remove(version));
        }
        let is_old = |one: &Arc<Segment>| old.iter().any(|other| Arc::ptr_eq(one, other));
        let gone = state.sealed.extract_if(.., |(_, segment)| is_old(segment));
        let gone = gone.map(|(number, _)| number).collect();
        state.sealed.extend(made);
        state.pending.retain(|segment| !is_old(segment));
        Ok(gone)
    }

    fn write_manifest(&self) -> Result<(), StoreError> {
        let manifest = {
            let state = self.read();
            let entry = |(number, segment): &(u64, Arc<Segment>)| Entry {
                number: *number,
                gone: segment.gone(),
            };
            Manifest {
                space: self.space.clone(),
                dimensions: state.dimensions.unwrap_or_default(),
                next: self.next.load(Ordering::SeqCst),
                segments: state.sealed.iter().map(entry).collect(),
            }
        };
        manifest
            .write(&self.folder)
            .map_err(file_error(&self.folder))
    }

    /// Starts merging on a thread of its own, if there is something to merge.
    pub(super) fn merge_behind(self: &Arc<Self>) {
        let mut merging = self.merging();
        if merging.is_busy() || merging.is_closing || self.due().is_empty() {
            return;
        }
        let store = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("vector-merge".to_owned())
            .spawn(move || store.merge_all());
        match thread {
            Ok(thread) => merging.thread = Some(thread),
            // The next flush tries again.
            Err(error) => warn!(%error, "No thread to merge vectors."),
        }
    }

    fn merge_all(&self) {
        while !self.merging().is_closing {
            let due = self.due();
            if due.is_empty() {
                return;
            }
            if let Err(error) = self.merge(&due) {
                error!(folder = %self.folder.display(), error = crate::ids::chain(&error),
                    "Vectors cannot be merged.");
                return;
            }
        }
    }

    /// Merges no more, and waits for what is under way: nobody may write into a folder that is
    /// removed, or that another store opens.
    pub(super) fn close(&self) {
        let thread = {
            let mut merging = self.merging();
            merging.is_closing = true;
            merging.thread.take()
        };
        if let Some(thread) = thread {
            // A merge that panicked has changed nothing.
            let _ = thread.join();
        }
    }

    fn merging(&self) -> MutexGuard<'_, Merging> {
        self.merging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Merges `due` into one. Flushes go on while that is written.
    fn merge(&self, due: &[Arc<Segment>]) -> Result<(), StoreError> {
        let gone = self.replace(due)?;
        let writing = self.writing();
        self.write_manifest()?;
        drop(writing);
        for number in gone {
            let path = self.folder.join(Entry::file_name(number));
            if let Err(error) = fs::remove_file(&path) {
                warn!(path = %path.display(), %error, "A merged file stays until the next start.");
            }
        }
        Ok(())
    }

    /// Returns segments that should be one: alike in size, or with much that is gone.
    fn due(&self) -> Vec<Arc<Segment>> {
        let state = self.read();
        let sealed = || state.sealed.iter().map(|(_, segment)| segment);
        let is_hollow = |segment: &&Arc<Segment>| {
            let gone: usize = segment
                .gone()
                .into_iter()
                .map(|version| segment.run(version as usize).len())
                .sum();
            gone * 3 > segment.rows()
        };
        let size = |segment: &Arc<Segment>| segment.as_bytes().len();
        let mut levels: Vec<Vec<Arc<Segment>>> = Vec::new();
        for segment in sealed().filter(|segment| size(segment) * 2 < LARGEST) {
            let level = (size(segment) / SMALLEST + 1).ilog(MERGED) as usize;
            levels.resize_with(levels.len().max(level + 1), Vec::new);
            levels[level].push(Arc::clone(segment));
        }
        let mut due = levels
            .into_iter()
            .find(|level| level.len() >= MERGED)
            .unwrap_or_default();
        let mut sum = 0;
        due.retain(|segment| {
            sum += size(segment);
            sum <= LARGEST
        });
        if due.len() < 2 {
            due = sealed().filter(is_hollow).take(1).cloned().collect();
        }
        due
    }

    /// Returns the nearest `limit` of the versions that `accepts` wants.
    pub(super) fn nearest(
        &self,
        query: &[f32],
        limit: usize,
        accepts: &(dyn Fn(&Segment, usize) -> bool + Sync),
    ) -> Result<Vec<Near>, StoreError> {
        let segments = self.segments_for(query)?;
        Ok(scan::nearest(&segments, query, limit, accepts))
    }

    /// Returns how near each of `chunks` is, if it is here.
    pub(super) fn products(
        &self,
        query: &[f32],
        chunks: &[(VersionKey, u32)],
    ) -> Result<Vec<Option<f32>>, StoreError> {
        let segments = self.segments_for(query)?;
        Ok(scan::products(&segments, query, chunks))
    }

    fn segments_for(&self, query: &[f32]) -> Result<Vec<Arc<Segment>>, StoreError> {
        let state = self.read();
        match state.dimensions {
            Some(known) if known != query.len() => Err(StoreError::Dimensions {
                found: query.len(),
                known,
            }),
            _ => Ok(state.segments().cloned().collect()),
        }
    }

    /// Returns the versions that are here, with the number of their vectors.
    pub(super) fn census(&self) -> Vec<(VersionKey, u32)> {
        let state = self.read();
        let mut found = Vec::new();
        for segment in state.segments() {
            let here = (0..segment.versions()).filter(|version| !segment.is_gone(*version));
            found.extend(here.map(|version| {
                let rows = u32::try_from(segment.run(version).len()).unwrap_or(u32::MAX);
                (segment.key(version), rows)
            }));
        }
        found
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn segments(&self) -> impl Iterator<Item = &Arc<Segment>> {
        self.sealed.iter().map(|(_, one)| one).chain(&self.pending)
    }

    /// Marks a version as gone. Returns whether it was here.
    fn remove(&self, key: VersionKey) -> bool {
        let mut any = false;
        for segment in self.segments() {
            if let Some(version) = segment.find(key) {
                segment.remove(version);
                any = true;
            }
        }
        any
    }
}

fn open_segment(folder: &Path, entry: &Entry, dimensions: usize) -> Result<Segment, StoreError> {
    let path = folder.join(Entry::file_name(entry.number));
    let damaged = |problem: String| StoreError::Damaged {
        path: path.clone(),
        problem,
    };
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(damaged("it is gone".to_owned()));
        }
        file => file.map_err(file_error(&path))?,
    };
    let map = machine::map(&file).map_err(file_error(&path))?;
    let segment = Segment::open(map, false).map_err(|broken| damaged(broken.to_string()))?;
    if segment.dimensions() != dimensions {
        return Err(damaged("its vectors have another length".to_owned()));
    }
    for version in &entry.gone {
        if *version as usize >= segment.versions() {
            return Err(damaged("the manifest fits another file".to_owned()));
        }
        segment.remove(*version as usize);
    }
    Ok(segment)
}

/// Writes a file that survives a power cut once it is named in a manifest that does.
fn write_segment(
    folder: &Path,
    number: u64,
    dimensions: usize,
    items: Vec<Item<'_>>,
) -> Result<Segment, StoreError> {
    let path = folder.join(Entry::file_name(number));
    let made = Segment::make(dimensions, items);
    let written = || {
        // What a failed attempt left has the same name.
        let mut file = File::create(&path)?;
        file.write_all(made.as_bytes())?;
        file.sync_all()?;
        machine::map(&File::open(&path)?)
    };
    let map = written().map_err(file_error(&path))?;
    Segment::open(map, true).map_err(|broken| StoreError::Damaged {
        path,
        problem: broken.to_string(),
    })
}

/// Removes segments that no manifest names: of flushes and merges that were cut short.
fn remove_strays(folder: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    let named: HashSet<_> = manifest
        .segments
        .iter()
        .map(|entry| Entry::file_name(entry.number))
        .collect();
    for entry in fs::read_dir(folder).map_err(file_error(folder))? {
        let entry = entry.map_err(file_error(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".vectors") && !named.contains(&name) {
            fs::remove_file(entry.path()).map_err(file_error(&entry.path()))?;
        }
    }
    Ok(())
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { path, source }
}
