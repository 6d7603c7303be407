//! Whose store it is.
//!
//! A start removes what the ledger does not name. In a folder or bucket that is not in the state
//! directory these may be the contents of another daemon, or those of a state directory that was
//! lost: a note there tells.

use std::path::Path;

use super::task::blocking;
use super::{BlobError, Store, disk};
use crate::ids;

/// Makes the store ours, unless it is somebody else's. `folder` is in the state directory.
pub(super) async fn claim(store: &dyn Store, folder: &Path, url: &str) -> Result<(), BlobError> {
    let folder = folder.to_owned();
    let ours = blocking(move || own_id(&folder)).await?;
    match store.note().await? {
        Some(theirs) if theirs.trim() == ours => Ok(()),
        Some(_) => Err(BlobError::Taken {
            url: url.to_owned(),
        }),
        None => store.write_note(ours).await,
    }
}

/// Returns what this state directory is called, from now on if it was not called anything yet.
fn own_id(folder: &Path) -> Result<String, BlobError> {
    disk::create_dir(folder)?;
    let path = folder.join("id");
    let id = ids::kept(&path).map_err(disk::write_error(&path))?;
    Ok(id.to_string())
}
