//! Objects as files: `objects/ab/abcd…` by name, `uploads/…` while they are written.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::{BlobError, BlobPlace, StoredObject};
use crate::ids::ContentHash;

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Numbers the files of `uploads`.
    next: AtomicU64,
}

/// A file of `uploads` that is removed unless it becomes an object.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    path: PathBuf,
}

impl Folder {
    pub(super) fn open(root: PathBuf) -> Result<Self, BlobError> {
        let folder = Self {
            root,
            next: AtomicU64::new(0),
        };
        create_dir(&folder.root)?;
        create_dir(&folder.uploads())?;
        create_dir(&folder.objects())?;
        // All at once, so that no put has to create a folder and make that durable.
        for first in 0..=u8::MAX {
            create_dir(&folder.objects().join(format!("{first:02x}")))?;
        }
        sync_dir(&folder.objects())?;
        sync_dir(&folder.root)?;
        if let Some(parent) = folder
            .root
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            sync_dir(parent)?;
        }
        for abandoned in entries(&folder.uploads())? {
            let path = abandoned.path();
            fs::remove_file(&path).map_err(write_error(&path))?;
        }
        Ok(folder)
    }

    pub(super) fn draft(&self) -> Result<Draft, BlobError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.uploads().join(number.to_string());
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        Ok(Draft {
            file: file.map_err(write_error(&path))?,
            path,
        })
    }

    /// Stores an object durably. One that is there and intact is left as it is.
    pub(super) fn put(&self, name: ContentHash, bytes: &[u8]) -> Result<(), BlobError> {
        if self.is_intact(name, bytes.len() as u64) {
            // Whoever wrote it may not have come to this yet.
            return sync_dir(&self.shard(name));
        }
        let mut draft = self.draft()?;
        draft.write(bytes)?;
        self.keep(&draft, name)
    }

    /// Makes a draft the object `name`, durably.
    pub(super) fn keep(&self, draft: &Draft, name: ContentHash) -> Result<(), BlobError> {
        draft.file.sync_all().map_err(write_error(&draft.path))?;
        let path = self.path(name);
        fs::rename(&draft.path, &path).map_err(write_error(&path))?;
        sync_dir(&self.shard(name))
    }

    /// Reads a part of a content.
    pub(super) fn read(&self, place: &BlobPlace, range: Range<u64>) -> Result<Vec<u8>, BlobError> {
        let path = self.path(place.pack);
        let fault = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => BlobError::Missing { name: place.pack },
            _ => BlobError::Read {
                path: path.clone(),
                source,
            },
        };
        let damaged = || BlobError::Damaged {
            hash: place.hash,
            pack: place.pack,
        };
        let mut file = File::open(&path).map_err(fault)?;
        // Compared before allocating: the length comes from elsewhere.
        let size = file.metadata().map_err(fault)?.len();
        let end = place.offset.checked_add(place.length).ok_or_else(damaged)?;
        if end > size {
            return Err(damaged());
        }
        let start = range.start.min(place.length);
        let length = range.end.clamp(start, place.length) - start;
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| damaged())?];
        file.seek(SeekFrom::Start(place.offset + start))
            .map_err(fault)?;
        file.read_exact(&mut bytes).map_err(fault)?;
        Ok(bytes)
    }

    pub(super) fn remove(&self, name: ContentHash) -> Result<(), BlobError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(BlobError::Write { path, source }),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<StoredObject>, BlobError> {
        let mut objects = Vec::new();
        for shard in entries(&self.objects())? {
            for entry in entries(&shard.path())? {
                let path = entry.path();
                // Nothing else is written here, so another name is not ours to report or remove.
                let Some(name) = entry.file_name().to_str().and_then(parse_name) else {
                    continue;
                };
                match entry.metadata() {
                    Ok(metadata) => objects.push(StoredObject {
                        name,
                        bytes: metadata.len(),
                    }),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(source) => return Err(BlobError::Read { path, source }),
                }
            }
        }
        objects.sort_unstable_by_key(|object| object.name);
        Ok(objects)
    }

    fn is_intact(&self, name: ContentHash, length: u64) -> bool {
        let hash_file = || -> io::Result<ContentHash> {
            let mut file = File::open(self.path(name))?;
            if file.metadata()?.len() != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut hash = Sha256::new();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok(ContentHash(hash.finalize().into())),
                    count => hash.update(&buffer[..count]),
                }
            }
        };
        hash_file().is_ok_and(|hash| hash == name)
    }

    fn path(&self, name: ContentHash) -> PathBuf {
        self.shard(name).join(name.to_string())
    }

    fn shard(&self, name: ContentHash) -> PathBuf {
        self.objects().join(format!("{:02x}", name.0[0]))
    }

    fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }
}

impl Draft {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.file.write_all(bytes).map_err(write_error(&self.path))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already when it became an object; else the next open removes what is left here.
        let _ = fs::remove_file(&self.path);
    }
}

fn create_dir(path: &Path) -> Result<(), BlobError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(write_error(path))
}

fn sync_dir(path: &Path) -> Result<(), BlobError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(write_error(path))
}

fn entries(path: &Path) -> Result<Vec<fs::DirEntry>, BlobError> {
    let list = || fs::read_dir(path)?.collect::<io::Result<Vec<_>>>();
    list().map_err(|source| BlobError::Read {
        path: path.to_owned(),
        source,
    })
}

fn write_error(path: &Path) -> impl Fn(io::Error) -> BlobError {
    move |source| BlobError::Write {
        path: path.to_owned(),
        source,
    }
}

fn parse_name(text: &str) -> Option<ContentHash> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    // `+f` parses as a number too.
    Some(ContentHash(hash)).filter(|hash| hash.to_string() == text)
}
