//! What a program says of itself, and how that is kept.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use serde::{Deserialize, Serialize};

use crate::index::{SymbolKind, own_name};

/// More than any outline has that we write.
const LARGEST: usize = 16 << 20;
/// What there is room for at least, whenever more of one is unpacked.
const PIECE: usize = 64 << 10;

/// What a program, or the manifest of a package, says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// In order.
    #[serde(default)]
    pub defines: Vec<Defined>,
    /// Each as it stands there, on one line.
    #[serde(default)]
    pub imports: Vec<String>,
    /// Names that it calls or mentions as types, and does not define; the most frequent first, each on
    /// a line: a project has millions of them.
    #[serde(default)]
    pub uses: String,
    /// The line at which it begins if it is run.
    #[serde(default)]
    pub starts: Option<u32>,
    #[serde(default)]
    pub package: Option<Package>,
}

/// An item of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined {
    /// The names from the outermost item to its own.
    pub path: String,
    pub kind: SymbolKind,
    pub line: u32,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    pub name: String,
    pub version: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Packages that it depends on, by name.
    pub needs: Vec<String>,
}

impl Defined {
    /// Returns its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        own_name(&self.path)
    }

    /// Returns the names around it.
    #[must_use]
    pub fn around(&self) -> &str {
        let around = self.path.strip_suffix(self.name()).unwrap_or_default();
        around.trim_end_matches([':', '.', ' '])
    }
}

impl Outline {
    /// Tells whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns all that is said in it, to be changed.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let defined = self.defines.iter_mut().map(|item| &mut item.path);
        let packages = self.package.iter_mut();
        let packages = packages.flat_map(|package| {
            let own = [&mut package.name].into_iter();
            let own = own.chain(&mut package.version);
            own.chain(&mut package.description)
                .chain(&mut package.needs)
        });
        let others = self.imports.iter_mut().chain([&mut self.uses]);
        defined.chain(others).chain(packages)
    }

    /// Leaves those names that it uses for which `keep` holds.
    pub fn keep_uses(&mut self, keep: impl Fn(&str) -> bool) {
        let names: Vec<_> = self.uses.lines().filter(|name| keep(name)).collect();
        self.uses = names.join("\n");
    }

    /// Returns it as it is kept.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let written = serde_json::to_vec(self).map_err(std::io::Error::other);
        let packed = written.and_then(|json| {
            encoder.write_all(&json)?;
            encoder.finish()
        });
        packed.expect("writing to memory")
    }
}

/// Reads outlines one after another. Buffers of their own for each of many thousands would lie
/// between what is kept of them, and take several times as much memory as that.
#[derive(Debug)]
pub struct Unpacker {
    decoder: Decompress,
    json: Vec<u8>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self {
            decoder: Decompress::new(false),
            json: Vec::new(),
        }
    }
}

impl Unpacker {
    /// Reads what was kept; none if it means nothing to this build.
    pub fn unpack(&mut self, packed: &[u8]) -> Option<Outline> {
        let Self { decoder, json } = self;
        decoder.reset(false);
        json.clear();
        loop {
            json.reserve(PIECE);
            let read = usize::try_from(decoder.total_in()).ok()?;
            let rest = packed.get(read..)?;
            let before = (decoder.total_in(), decoder.total_out());
            let status = decoder.decompress_vec(rest, json, FlushDecompress::Finish);
            let is_stuck = before == (decoder.total_in(), decoder.total_out());
            let status = status.ok().filter(|_| json.len() <= LARGEST)?;
            match status {
                Status::StreamEnd => return serde_json::from_slice(json).ok(),
                Status::Ok | Status::BufError if is_stuck => return None,
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let outline = Outline {
            defines: vec![Defined {
                path: "Walrus::swim".to_owned(),
                kind: SymbolKind::Method,
                line: 3,
            }],
            imports: vec!["use std::fmt;".to_owned()],
            uses: "dive\nswim".to_owned(),
            starts: Some(9),
            package: None,
        };
        let large = Outline {
            uses: "swim\n".repeat(100_000),
            ..Outline::default()
        };
        let packed = large.pack();
        let mut unpacker = Unpacker::default();
        // One after another, whatever came before.
        assert_eq!(unpacker.unpack(&packed), Some(large));
        assert_eq!(unpacker.unpack(b"\xff"), None);
        assert_eq!(unpacker.unpack(&packed[..packed.len() / 2]), None);
        assert_eq!(unpacker.unpack(b""), None);
        assert_eq!(unpacker.unpack(&outline.pack()), Some(outline.clone()));
        assert_eq!(outline.defines[0].name(), "swim");
        let endless = Outline {
            uses: "a".repeat(LARGEST + PIECE),
            ..Outline::default()
        };
        assert_eq!(unpacker.unpack(&endless.pack()), None);
    }
}
