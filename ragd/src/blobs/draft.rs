//! A file that becomes an object once it is known how it is called.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::BlobError;
use super::disk::{self, read_error, write_error};
use super::unfinished::Lease;

/// A file that goes with this value, unless it was moved away, or is one to go on with later.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    path: PathBuf,
    stays: AtomicBool,
    /// The right to a file that stays. Held until nothing touches the file any more.
    _lease: Option<Lease>,
}

impl Draft {
    /// Creates a file in `folder`, under a name that no process on any machine gives twice.
    pub(super) fn create(folder: &Path) -> Result<Self, BlobError> {
        let path = folder.join(uuid::Uuid::now_v7().to_string());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        Ok(Self {
            file: file.map_err(write_error(&path))?,
            path,
            stays: AtomicBool::new(false),
            _lease: None,
        })
    }

    /// Opens or creates a file that stays, and makes durable what is in it.
    pub(super) fn go_on(path: PathBuf, lease: Lease) -> Result<Self, BlobError> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path);
        let file = file.map_err(write_error(&path))?;
        file.sync_all().map_err(write_error(&path))?;
        Ok(Self {
            file,
            path,
            stays: AtomicBool::new(true),
            _lease: Some(lease),
        })
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self) -> Result<(), BlobError> {
        self.file.sync_data().map_err(write_error(&self.path))
    }

    /// Tells whether the file is one to go on with later.
    pub(super) fn stays(&self) -> bool {
        self.stays.load(Ordering::Relaxed)
    }

    /// Lets the file go with this value after all: it is of no use, or not needed any more.
    pub(super) fn let_go(&self) {
        self.stays.store(false, Ordering::Relaxed);
    }

    /// Forgets what is in the file.
    pub(super) fn empty(&self) -> Result<(), BlobError> {
        self.file.set_len(0).map_err(write_error(&self.path))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.file.write_all(bytes).map_err(write_error(&self.path))
    }

    /// Returns up to `most` bytes from `start` on.
    pub(super) fn read(&self, start: u64, most: usize) -> Result<Vec<u8>, BlobError> {
        let mut file = &self.file;
        let mut bytes = Vec::with_capacity(most);
        let read = file
            .seek(SeekFrom::Start(start))
            .and_then(|_| file.take(most as u64).read_to_end(&mut bytes));
        read.map_err(read_error(&self.path))?;
        Ok(bytes)
    }

    /// Moves the file to `path`, after its bytes would survive a power cut.
    pub(super) fn move_to(&self, path: &Path) -> Result<(), BlobError> {
        self.file.sync_all().map_err(write_error(&self.path))?;
        fs::rename(&self.path, path).map_err(write_error(path))?;
        self.let_go();
        Ok(())
    }

    /// Removes what processes that died left in `folder`.
    pub(super) fn remove_abandoned(folder: &Path) -> Result<(), BlobError> {
        for abandoned in disk::entries(folder)? {
            disk::remove(&abandoned.path())?;
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.stays() {
            // Gone already when it became an object; else the next open removes what is left here.
            let _ = fs::remove_file(&self.path);
        }
    }
}
