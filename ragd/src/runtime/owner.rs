//! What this daemon is called where several start workers.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use uuid::Uuid;

use super::RuntimeError;

const FILE: &str = "runtime-owner";

/// Reads the name of this daemon, or draws one that it keeps.
pub(super) fn read(state_dir: &Path) -> Result<String, RuntimeError> {
    let path = state_dir.join(FILE);
    read_or_draw(state_dir, &path).map_err(|source| RuntimeError::File { path, source })
}

fn read_or_draw(state_dir: &Path, path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let owner = Uuid::parse_str(text.trim()).map_err(io::Error::other)?;
            Ok(owner.simple().to_string())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let owner = Uuid::now_v7().simple().to_string();
            let draft = path.with_extension("new");
            let mut file = fs::File::create(&draft)?;
            file.write_all(owner.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)?;
            fs::File::open(state_dir)?.sync_all()?;
            Ok(owner)
        }
        Err(error) => Err(error),
    }
}
