//! What this daemon is called where several start workers.

use std::path::Path;

use super::RuntimeError;
use crate::ids;

const FILE: &str = "runtime-owner";

/// Reads the name of this daemon, or draws one that it keeps.
pub(super) fn read(state_dir: &Path) -> Result<String, RuntimeError> {
    let path = state_dir.join(FILE);
    match ids::kept(&path) {
        Ok(owner) => Ok(owner.simple().to_string()),
        Err(source) => Err(RuntimeError::File { path, source }),
    }
}
