//! The folder in which clients keep what must survive them.

use std::path::PathBuf;

/// Returns `$XDG_STATE_HOME/ragd` or what takes its place, whether or not it exists.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let folders = directories::BaseDirs::new()?;
    let base = folders
        .state_dir()
        .unwrap_or_else(|| folders.data_local_dir());
    Some(base.join("ragd"))
}
