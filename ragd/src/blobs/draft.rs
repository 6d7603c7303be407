//! A file that becomes an object once it is known how it is called.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::BlobError;
use super::disk::{self, read_error, write_error};

/// A file that goes with this value, unless it was moved away.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    path: PathBuf,
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
        })
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
        fs::rename(&self.path, path).map_err(write_error(path))
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
        // Gone already when it became an object; else the next open removes what is left here.
        let _ = fs::remove_file(&self.path);
    }
}
