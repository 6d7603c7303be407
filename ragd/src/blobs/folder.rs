//! Objects as files: `objects/ab/abcd…` by name, `uploads/…` while they are written, `unfinished/…`
//! while they may be gone on with.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::disk::{create_dir, entries, read_error, sync_dir};
use super::draft::Draft;
use super::task::blocking;
use super::{
    Access, BlobError, BlobPlace, NOTE, PAGE, Store, StoredObject, disk, parse_name, unfinished,
};
use crate::ids::ContentHash;

/// The folder, used where waiting for the disk holds up nobody.
#[derive(Debug)]
pub(super) struct Folder {
    files: Arc<Files>,
}

#[derive(Debug)]
struct Files {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            files: Arc::new(Files { root }),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let files = Arc::clone(&self.files);
        blocking(move || work(&files)).await
    }
}

#[async_trait]
impl Store for Folder {
    async fn put(&self, name: ContentHash, bytes: Bytes) -> Result<(), BlobError> {
        self.run(move |files| files.put(name, &bytes)).await
    }

    async fn read(&self, place: &BlobPlace, range: Range<u64>) -> Result<Bytes, BlobError> {
        let place = *place;
        self.run(move |files| files.read(&place, range)).await
    }

    async fn draft(&self) -> Result<Draft, BlobError> {
        self.run(|files| Draft::create(&files.uploads())).await
    }

    async fn keep(&self, draft: Draft, name: ContentHash) -> Result<(), BlobError> {
        self.run(move |files| files.keep(&draft, name)).await
    }

    async fn remove(&self, name: ContentHash) -> Result<(), BlobError> {
        self.run(move |files| files.remove(name)).await
    }

    async fn list(&self, after: Option<ContentHash>) -> Result<Vec<StoredObject>, BlobError> {
        self.run(move |files| files.list(after)).await
    }

    async fn prepare(&self, access: Access) -> Result<(), BlobError> {
        self.run(move |files| files.prepare(access)).await
    }

    async fn note(&self) -> Result<Option<String>, BlobError> {
        self.run(Files::note).await
    }

    async fn write_note(&self, text: String) -> Result<(), BlobError> {
        self.run(move |files| files.write_note(&text)).await
    }
}

impl Files {
    fn prepare(&self, access: Access) -> Result<(), BlobError> {
        create_dir(&self.root)?;
        create_dir(&self.uploads())?;
        create_dir(&self.root.join(unfinished::FOLDER))?;
        create_dir(&self.objects())?;
        // All at once, so that no put has to create a folder and make that durable.
        for first in 0..=u8::MAX {
            create_dir(&self.objects().join(format!("{first:02x}")))?;
        }
        sync_dir(&self.objects())?;
        sync_dir(&self.root)?;
        if let Some(parent) = self
            .root
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            sync_dir(parent)?;
        }
        if access == Access::Owner {
            Draft::remove_abandoned(&self.uploads())?;
        }
        Ok(())
    }

    /// Stores an object durably. One that is there and intact is left as it is.
    fn put(&self, name: ContentHash, bytes: &[u8]) -> Result<(), BlobError> {
        if self.is_intact(name, bytes.len() as u64) {
            // Whoever wrote it may not have come to this yet.
            return sync_dir(&self.shard(name));
        }
        let mut draft = Draft::create(&self.uploads())?;
        draft.write(bytes)?;
        self.keep(&draft, name)
    }

    /// Makes a draft the object `name`, durably.
    fn keep(&self, draft: &Draft, name: ContentHash) -> Result<(), BlobError> {
        draft.move_to(&self.path(name))?;
        sync_dir(&self.shard(name))
    }

    /// Reads a part of a content.
    fn read(&self, place: &BlobPlace, range: Range<u64>) -> Result<Bytes, BlobError> {
        let path = self.path(place.pack);
        let fault = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => BlobError::Missing { name: place.pack },
            _ => read_error(&path)(source),
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
        Ok(bytes.into())
    }

    fn remove(&self, name: ContentHash) -> Result<(), BlobError> {
        disk::remove(&self.path(name))
    }

    fn list(&self, after: Option<ContentHash>) -> Result<Vec<StoredObject>, BlobError> {
        let first = after.map_or(0, |after| after.0[0]);
        let mut objects = Vec::new();
        for shard in first..=u8::MAX {
            let mut names: Vec<_> = entries(&self.objects().join(format!("{shard:02x}")))?
                .into_iter()
                // Nothing else is written here, so another name is not ours to report or remove.
                .filter_map(|entry| Some((entry.file_name().to_str().and_then(parse_name)?, entry)))
                .filter(|(name, _)| after.is_none_or(|after| *name > after))
                .collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            for (name, entry) in names {
                match entry.metadata() {
                    Ok(metadata) => objects.push(StoredObject {
                        name,
                        bytes: metadata.len(),
                    }),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(source) => return Err(read_error(&entry.path())(source)),
                }
                if objects.len() == PAGE {
                    return Ok(objects);
                }
            }
        }
        Ok(objects)
    }

    fn note(&self) -> Result<Option<String>, BlobError> {
        disk::text(&self.root.join(NOTE))
    }

    fn write_note(&self, text: &str) -> Result<(), BlobError> {
        let mut draft = Draft::create(&self.uploads())?;
        draft.write(text.as_bytes())?;
        draft.move_to(&self.root.join(NOTE))?;
        sync_dir(&self.root)
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
