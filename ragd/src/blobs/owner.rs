//! Whose store it is.
//!
//! A start removes what the ledger does not name. In a folder or bucket that is not in the state
//! directory these may be the contents of another daemon, or those of a state directory that was
//! lost: a note there tells. Another note, here, says where ours is: if it is missing there, a file
//! system is not mounted, and its mount point is no new store.

use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::task::blocking;
use super::{Access, BlobError, Store, disk};
use crate::ids;

/// The file that says where our note is.
const CLAIMED: &str = "claimed";

/// What has to be settled before the store may be used.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) access: Access,
    /// Empty: the store is in the state directory, and nobody else's.
    pub(super) url: String,
    /// In the state directory.
    pub(super) folder: PathBuf,
}

impl Claim {
    /// Makes the store ours, unless it is somebody else's; a guest only looks whether it is one.
    pub(super) async fn settle(&self, store: &dyn Store) -> Result<(), BlobError> {
        if self.url.is_empty() {
            return store.prepare(self.access).await;
        }
        let gone = || BlobError::Gone {
            url: self.url.clone(),
        };
        let taken = || BlobError::Taken {
            url: self.url.clone(),
        };
        let note = store.note().await?;
        if note.as_deref().is_some_and(|note| !is_id(note)) {
            // Somebody else wrote it; or it is no object store that answers, as a list shows.
            store.list(None).await?;
            return Err(taken());
        }
        if self.access == Access::Guest {
            return note.map(drop).ok_or_else(gone);
        }
        let folder = self.folder.clone();
        let ours = blocking(move || own_id(&folder)).await?;
        match note {
            Some(theirs) if theirs.trim() == ours => store.prepare(self.access).await,
            Some(_) => Err(taken()),
            None if self.was_claimed().await? => Err(gone()),
            None => {
                store.prepare(self.access).await?;
                store.write_note(ours).await
            }
        }?;
        self.remember().await
    }

    async fn was_claimed(&self) -> Result<bool, BlobError> {
        let path = self.folder.join(CLAIMED);
        let claimed = blocking(move || disk::text(&path)).await?;
        Ok(claimed.is_some_and(|claimed| claimed == self.url))
    }

    async fn remember(&self) -> Result<(), BlobError> {
        if self.was_claimed().await? {
            return Ok(());
        }
        let (folder, url) = (self.folder.clone(), self.url.clone());
        blocking(move || {
            let mut draft = Draft::create(&folder)?;
            draft.write(url.as_bytes())?;
            draft.move_to(&folder.join(CLAIMED))?;
            disk::sync_dir(&folder)
        })
        .await
    }
}

fn is_id(note: &str) -> bool {
    uuid::Uuid::parse_str(note.trim()).is_ok()
}

/// Returns what this state directory is called, from now on if it was not called anything yet.
fn own_id(folder: &Path) -> Result<String, BlobError> {
    disk::create_dir(folder)?;
    let path = folder.join("id");
    let id = ids::kept(&path).map_err(disk::write_error(&path))?;
    Ok(id.to_string())
}
