//! Files and folders, with errors that name them.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::BlobError;

pub(super) fn create_dir(path: &Path) -> Result<(), BlobError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(write_error(path))
}

pub(super) fn sync_dir(path: &Path) -> Result<(), BlobError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(write_error(path))
}

pub(super) fn entries(path: &Path) -> Result<Vec<fs::DirEntry>, BlobError> {
    let list = || fs::read_dir(path)?.collect::<io::Result<Vec<_>>>();
    list().map_err(read_error(path))
}

/// Returns what a file says, if it is there.
pub(super) fn text(path: &Path) -> Result<Option<String>, BlobError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(read_error(path)(source)),
    }
}

pub(super) fn remove(path: &Path) -> Result<(), BlobError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(write_error(path)(error)),
        _ => Ok(()),
    }
}

pub(super) fn write_error(path: &Path) -> impl Fn(io::Error) -> BlobError {
    move |source| BlobError::Write {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn read_error(path: &Path) -> impl Fn(io::Error) -> BlobError {
    move |source| BlobError::Read {
        path: path.to_owned(),
        source,
    }
}
