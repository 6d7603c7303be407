//! Uploads that a cut connection left unfinished, and that their senders may go on with.
//!
//! Each is a file named by who sends it and by the hash that it is to have. It outlives the daemon,
//! and nothing else is noted: whoever goes on reads what is there. One upload at a time has a file;
//! its [`Lease`] says so.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use super::disk::{entries, remove};
use super::draft::Draft;
use super::{BlobError, disk, parse_name};
use crate::ids::ContentHash;

/// The folder of the files.
pub(super) const FOLDER: &str = "unfinished";
/// As long as an upload that no job names: who comes back does so within a day.
const KEEP: Duration = Duration::from_secs(24 * 3_600);
/// A cut is noticed once what was sent before it is read. Who is still there after that is alive.
const PATIENCE: Duration = Duration::from_secs(3);
/// A client sends one file after the other, so more than a few are those of many clients.
const FILES: (u64, u64) = (16, 64);
/// The same in bytes, as multiples of the largest upload.
const LARGEST: (u64, u64) = (4, 16);

/// An upload as its sender announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    pub uid: u32,
    pub content: ContentHash,
    pub bytes: u64,
}

type Key = (u32, ContentHash);

#[derive(Debug)]
pub(super) struct Unfinished {
    folder: PathBuf,
    /// Those that are being sent right now, with the bytes they are to have.
    sent: Mutex<HashMap<Key, u64>>,
    released: Notify,
}

/// The right to one of the files.
#[derive(Debug)]
pub(super) struct Lease {
    of: Arc<Unfinished>,
    upload: Announced,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.of.sent().remove(&self.upload.key());
        self.of.released.notify_waiters();
    }
}

impl Announced {
    fn key(&self) -> Key {
        (self.uid, self.content)
    }
}

impl Unfinished {
    pub(super) fn new(home: &Path) -> Self {
        Self {
            folder: home.join(FOLDER),
            sent: Mutex::default(),
            released: Notify::new(),
        }
    }

    /// Waits until nobody else sends this upload. `None`: somebody does, and goes on with it.
    pub(super) async fn enter(self: &Arc<Self>, upload: Announced) -> Option<Lease> {
        let entered = async {
            loop {
                // Before looking, so that a release in between is not missed.
                let mut released = std::pin::pin!(self.released.notified());
                released.as_mut().enable();
                if let Some(lease) = self.try_enter(upload) {
                    return lease;
                }
                released.await;
            }
        };
        tokio::time::timeout(PATIENCE, entered).await.ok()
    }

    fn try_enter(self: &Arc<Self>, upload: Announced) -> Option<Lease> {
        let mut sent = self.sent();
        if sent.contains_key(&upload.key()) {
            return None;
        }
        sent.insert(upload.key(), upload.bytes);
        Some(Lease {
            of: Arc::clone(self),
            upload,
        })
    }

    /// Removes those that nobody came back to.
    pub(super) fn clear(&self, now: SystemTime) -> Result<(), BlobError> {
        let sent = self.sent();
        for file in self.files()? {
            let age = now.duration_since(file.modified).unwrap_or_default();
            if age > KEEP && !sent.contains_key(&file.key) {
                remove(&self.path(file.key))?;
            }
        }
        Ok(())
    }

    /// Makes room for an upload: its sender's oldest go. `false`: there is none to be made.
    fn make_room(&self, upload: Announced, largest: u64) -> Result<bool, BlobError> {
        let sent = self.sent();
        let mut idle = self.files()?;
        idle.retain(|file| !sent.contains_key(&file.key));
        idle.sort_unstable_by_key(|file| std::cmp::Reverse(file.modified));
        let running = sent.iter().map(|((uid, _), bytes)| (*uid, *bytes));
        let waiting = idle.iter().map(|file| (file.key.0, file.bytes));
        let mut all = Sum::default();
        let mut own = Sum::default();
        for (uid, bytes) in running.chain(waiting) {
            all.add(bytes);
            if uid == upload.uid {
                own.add(bytes);
            }
        }
        loop {
            let fits = own.fits(FILES.0, LARGEST.0, largest);
            if fits && all.fits(FILES.1, LARGEST.1, largest) {
                return Ok(true);
            }
            // Nobody loses what is his because of others.
            let Some(at) = idle.iter().rposition(|file| file.key.0 == upload.uid) else {
                return Ok(false);
            };
            let oldest = idle.remove(at);
            remove(&self.path(oldest.key))?;
            own.take(oldest.bytes);
            all.take(oldest.bytes);
        }
    }

    fn files(&self) -> Result<Vec<File>, BlobError> {
        let mut files = Vec::new();
        for entry in entries(&self.folder)? {
            let named = entry.file_name().to_str().and_then(parse);
            let (Some(key), Ok(data)) = (named, entry.metadata()) else {
                continue;
            };
            files.push(File {
                key,
                bytes: data.len(),
                modified: data.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            });
        }
        Ok(files)
    }

    fn path(&self, (uid, content): Key) -> PathBuf {
        self.folder.join(format!("{uid}-{content}"))
    }

    fn sent(&self) -> MutexGuard<'_, HashMap<Key, u64>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Returns how many bytes the upload is to have.
    pub(super) fn bytes(&self) -> u64 {
        self.upload.bytes
    }

    /// Opens what is there of the upload. `None`: there is no room to keep it.
    pub(super) fn open(self, largest: u64) -> Result<Option<Draft>, BlobError> {
        if !self.of.make_room(self.upload, largest)? {
            return Ok(None);
        }
        let folder = self.of.folder.clone();
        let path = self.of.path(self.upload.key());
        let draft = Draft::go_on(path, self)?;
        // Not only the bytes have to survive, the name has to as well.
        disk::sync_dir(&folder)?;
        Ok(Some(draft))
    }
}

struct File {
    key: Key,
    bytes: u64,
    modified: SystemTime,
}

#[derive(Default)]
struct Sum {
    files: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn take(&mut self, bytes: u64) {
        self.files -= 1;
        self.bytes -= bytes;
    }

    fn fits(&self, files: u64, times: u64, largest: u64) -> bool {
        self.files <= files && self.bytes <= largest.saturating_mul(times)
    }
}

fn parse(name: &str) -> Option<Key> {
    let (uid, content) = name.split_once('-')?;
    Some((uid.parse().ok()?, parse_name(content)?))
}
