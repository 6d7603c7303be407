//! The folders of the collections: `<uuid>` each, `<uuid>.damaged-<n>` when set aside.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::store::Compressor;
use tantivy::{Index, IndexSettings, TantivyError};
use tracing::warn;

use super::snapshot::{self, Snapshot};
use super::{schema, tokenizer};
use crate::ids::CollectionId;
use crate::index::IndexError;

/// All folders below one root.
#[derive(Clone, Debug)]
pub(super) struct Folders {
    root: PathBuf,
}

/// What the name of a folder says.
enum Name {
    Collection(CollectionId),
    Damaged(CollectionId),
    /// Was being removed when the daemon died.
    Dropped,
}

impl Folders {
    /// Makes the root and finishes removals that a crash interrupted.
    pub(super) fn open(root: &Path) -> Result<Self, IndexError> {
        fs::create_dir_all(root).map_err(folder_error(root))?;
        let folders = Self {
            root: root.to_owned(),
        };
        for (name, path) in folders.list()? {
            if matches!(name, Name::Dropped) {
                fs::remove_dir_all(&path).map_err(folder_error(&path))?;
            }
        }
        Ok(folders)
    }

    pub(super) fn path(&self, collection: CollectionId) -> PathBuf {
        self.root.join(collection.to_string())
    }

    pub(super) fn collections(&self) -> Result<Vec<CollectionId>, IndexError> {
        let mut found: Vec<_> = self
            .list()?
            .into_iter()
            .filter_map(|(name, _)| match name {
                Name::Collection(collection) => Some(collection),
                Name::Damaged(_) | Name::Dropped => None,
            })
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Lists collections of which files were set aside.
    pub(super) fn damaged(&self) -> Result<Vec<CollectionId>, IndexError> {
        let mut found: Vec<_> = self
            .damaged_folders()?
            .into_iter()
            .map(|(collection, _)| collection)
            .collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Removes what was set aside of a collection.
    pub(super) fn forget_damaged(&self, collection: CollectionId) -> Result<(), IndexError> {
        for (_, path) in self
            .damaged_folders()?
            .into_iter()
            .filter(|(id, _)| *id == collection)
        {
            fs::remove_dir_all(&path).map_err(folder_error(&path))?;
        }
        self.sync()
    }

    /// Removes a collection. The rename makes it one step for whoever looks after a crash.
    pub(super) fn remove(&self, collection: CollectionId) -> Result<(), IndexError> {
        self.forget_damaged(collection)?;
        let (path, doomed) = (
            self.path(collection),
            self.root.join(format!("{collection}.dropped")),
        );
        match fs::rename(&path, &doomed) {
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed.map_err(folder_error(&path))?,
        }
        self.sync()?;
        fs::remove_dir_all(&doomed).map_err(folder_error(&doomed))
    }

    /// Opens a collection, or makes it with `create`. Damaged files are moved out of the way first,
    /// so the answer may be an empty collection, which [`Folders::damaged`] then tells.
    pub(super) fn open_index(
        &self,
        collection: CollectionId,
        create: bool,
    ) -> Result<Option<(Index, Snapshot)>, IndexError> {
        let path = self.path(collection);
        if path.exists() {
            match open(&path) {
                Ok(opened) => return Ok(Some(opened)),
                Err(source) if is_damage(&source) => {
                    warn!(%collection, %source, "The index is damaged, will set it aside.");
                    self.set_aside(collection)?;
                }
                Err(source) => return Err(IndexError::Store { path, source }),
            }
        } else if !create {
            return Ok(None);
        }
        fs::create_dir_all(&path).map_err(folder_error(&path))?;
        let made = make(&path).map_err(|source| IndexError::Store { path, source })?;
        self.sync()?;
        Ok(Some(made))
    }

    fn set_aside(&self, collection: CollectionId) -> Result<(), IndexError> {
        let path = self.path(collection);
        if is_unborn(&path) {
            return fs::remove_dir_all(&path).map_err(folder_error(&path));
        }
        let aside = (1..)
            .map(|n: u32| self.root.join(format!("{collection}.damaged-{n}")))
            .find(|aside| !aside.exists())
            .expect("a folder holds fewer names than there are numbers");
        fs::rename(&path, &aside).map_err(folder_error(&path))?;
        self.sync()
    }

    fn damaged_folders(&self) -> Result<Vec<(CollectionId, PathBuf)>, IndexError> {
        let folders = self.list()?.into_iter();
        Ok(folders
            .filter_map(|(name, path)| match name {
                Name::Damaged(collection) => Some((collection, path)),
                Name::Collection(_) | Name::Dropped => None,
            })
            .collect())
    }

    fn list(&self) -> Result<Vec<(Name, PathBuf)>, IndexError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(folder_error(&self.root))? {
            let entry = entry.map_err(folder_error(&self.root))?;
            if let Some(name) = entry.file_name().to_str().and_then(read_name) {
                found.push((name, entry.path()));
            }
        }
        Ok(found)
    }

    /// Makes names below the root survive a power cut.
    fn sync(&self) -> Result<(), IndexError> {
        let synced = fs::File::open(&self.root).and_then(|root| root.sync_all());
        synced.map_err(folder_error(&self.root))
    }
}

fn read_name(name: &str) -> Option<Name> {
    match name.split_once('.') {
        None => name.parse().ok().map(Name::Collection),
        Some((_, "dropped")) => Some(Name::Dropped),
        Some((id, rest)) if rest.starts_with("damaged-") => id.parse().ok().map(Name::Damaged),
        Some(_) => None,
    }
}

/// Whether the daemon died while it made the folder, before there was anything to lose.
fn is_unborn(path: &Path) -> bool {
    let files = fs::read_dir(path).into_iter().flatten().flatten();
    files
        .into_iter()
        .all(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."))
}

fn open(path: &Path) -> Result<(Index, Snapshot), TantivyError> {
    // Torn files make tantivy panic in places; here that is one more way to say "damaged".
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut index = Index::open(MmapDirectory::open(path)?)?;
        if index.schema() != schema::schema() {
            return Err(TantivyError::SchemaError(
                "another version of ragd wrote it".to_owned(),
            ));
        }
        index.set_tokenizers(tokenizer::tokenizers());
        let snapshot = snapshot::take(&index)?;
        Ok((index, snapshot))
    }));
    opened.unwrap_or_else(|_| {
        Err(TantivyError::InternalError(
            "opening it panicked".to_owned(),
        ))
    })
}

fn make(path: &Path) -> Result<(Index, Snapshot), TantivyError> {
    let settings = IndexSettings {
        docstore_compression: Compressor::Lz4,
        // A thread per segment costs more than it saves on few cores.
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    let index = Index::builder()
        .schema(schema::schema())
        .settings(settings)
        .tokenizers(tokenizer::tokenizers())
        .create_in_dir(path)?;
    let snapshot = snapshot::take(&index)?;
    Ok((index, snapshot))
}

/// Whether the files are to blame, and not a full table of open files or a missing permission.
fn is_damage(error: &TantivyError) -> bool {
    let torn = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput
        )
    };
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::SchemaError(_)
        | TantivyError::InternalError(_)
        | TantivyError::InvalidArgument(_)
        | TantivyError::DeserializeError(_)
        | TantivyError::OpenReadError(
            OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_),
        ) => true,
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. })
        | TantivyError::IoError(io_error) => torn(io_error),
        _ => false,
    }
}

fn folder_error(path: &Path) -> impl FnOnce(io::Error) -> IndexError {
    let path = path.to_owned();
    move |source| IndexError::Folder { path, source }
}
