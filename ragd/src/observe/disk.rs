//! Free space, looked at from time to time, and whether it is enough to accept work.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Space of the file system that holds the state directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Space {
    pub free: u64,
    pub total: u64,
}

impl Space {
    /// Returns none where the file system does not tell.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let stat = rustix::fs::statvfs(path).ok()?;
        Some(Self {
            free: stat.f_bavail * stat.f_frsize,
            total: stat.f_blocks * stat.f_frsize,
        })
    }
}

/// The watermark.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
    min_bytes: u64,
    min_percent: u64,
    last: Mutex<Space>,
}

impl Disk {
    #[must_use]
    pub fn new(path: &Path, min_bytes: u64, min_percent: u64) -> Self {
        let disk = Self {
            path: path.to_owned(),
            min_bytes,
            min_percent,
            last: Mutex::default(),
        };
        disk.look();
        disk
    }

    /// Looks again. Returns why no work is accepted, if none is.
    pub fn look(&self) -> Option<String> {
        if let Some(space) = Space::of(&self.path) {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = space;
        }
        self.trouble()
    }

    #[must_use]
    pub fn space(&self) -> Space {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns why no work was accepted at the last look, if none was.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let space = self.space();
        let needed = self.min_bytes.min(space.total / 100 * self.min_percent);
        (space.free < needed).then(|| {
            format!(
                "{} MiB are free below {}, {} MiB are kept free",
                space.free >> 20,
                self.path.display(),
                needed >> 20
            )
        })
    }
}
