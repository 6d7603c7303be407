//! Telling a folder from another one that has taken its place.
//!
//! A disk that is not mounted leaves an empty folder behind, in which all files seem to be deleted.
//! It is another folder: on another file system, with another number.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// Which folder a root was. Holds over restarts, also where devices get other numbers by these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub root: PathBuf,
    pub file_system: u64,
    pub inode: u64,
}

impl Mark {
    /// Looks which folder is at `root`. A link is none.
    pub fn of(root: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::open(root, flags, Mode::empty())?;
        Ok(Self {
            root: root.to_owned(),
            file_system: rustix::fs::fstatvfs(&folder)?.f_fsid,
            inode: rustix::fs::fstat(&folder)?.st_ino,
        })
    }

    /// Tells whether the same folder is there now.
    #[must_use]
    pub fn holds(&self) -> bool {
        Self::of(&self.root).is_ok_and(|now| now == *self)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_is_known_again_and_another_one_in_its_place_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        let mark = Mark::of(&root).unwrap();
        fs::write(root.join("a"), "x").unwrap();
        assert!(mark.holds());
        fs::rename(&root, dir.path().join("away")).unwrap();
        assert!(!mark.holds(), "it is gone");
        fs::create_dir(&root).unwrap();
        assert!(!mark.holds(), "it is another one");
        fs::remove_dir(&root).unwrap();
        fs::rename(dir.path().join("away"), &root).unwrap();
        assert!(mark.holds(), "it is back");
        assert!(Mark::of(&root.join("a")).is_err(), "a file is no folder");
    }
}
