//! The list of segments that count, replaced as a whole: whoever looks after a crash finds the old
//! list or the new one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

const NAME: &str = "manifest";
const NEW: &str = "manifest.new";

/// What a folder of vectors holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The name of the model, as its folder is named after a hash of it.
    pub(super) space: String,
    pub(super) dimensions: usize,
    /// The number of the next segment.
    pub(super) next: u64,
    pub(super) segments: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) number: u64,
    /// Versions that are gone, by their position.
    pub(super) gone: Vec<u32>,
}

impl Entry {
    pub(super) fn file_name(number: u64) -> String {
        format!("{number:08}.vectors")
    }
}

impl Manifest {
    /// Returns the manifest of a folder, or none if it has none yet.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(folder.join(NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let torn = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let (sum, body) = text
            .split_once('\n')
            .ok_or_else(|| torn("the manifest is cut"))?;
        if sum != format!("{:08x}", crc32fast::hash(body.as_bytes())) {
            return Err(torn("the checksum of the manifest is wrong"));
        }
        let manifest = serde_json::from_str(body);
        manifest.map(Some).map_err(|error| torn(&error.to_string()))
    }

    /// Makes this the manifest. It survives a power cut once this returned.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let body = serde_json::to_string(self)?;
        let mut file = File::create(folder.join(NEW))?;
        writeln!(file, "{:08x}", crc32fast::hash(body.as_bytes()))?;
        file.write_all(body.as_bytes())?;
        file.sync_all()?;
        fs::rename(folder.join(NEW), folder.join(NAME))?;
        File::open(folder)?.sync_all()
    }
}
