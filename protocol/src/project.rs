//! What the programs of a collection have to do with each other.

use serde::{Deserialize, Serialize};

use crate::text::{PathBytes, Private};

/// Which programs, and how much is to be told of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectRequest {
    /// Absent: the only one that there is.
    pub collection: Option<String>,
    /// Only those whose paths fit; `*` also crosses slashes.
    pub path: Option<String>,
    /// Files that are named one by one, the most important first.
    pub files: u32,
    /// Between these files.
    pub edges: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectView {
    pub collection: String,
    pub files: u64,
    pub bytes: u64,
    pub tests: u64,
    pub edges: u64,
    /// How many files there are in each language, the most first.
    pub languages: Vec<(String, u64)>,
    /// How many items there are of each kind, the most first.
    pub items: Vec<(String, u64)>,
    pub packages: Vec<PackageView>,
    /// Where programs begin when they are run.
    pub starts: Vec<StartView>,
    pub readmes: Vec<ReadmeView>,
    pub central: Vec<FileView>,
    /// By position in `central`.
    pub links: Vec<LinkView>,
    /// Imports and uses between folders, the most first.
    pub folders: Vec<FolderLinkView>,
    /// What is imported and is not here, with the number of files that do; the most first.
    pub external: Vec<(Private<String>, u32)>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageView {
    /// Of the manifest.
    pub path: PathBytes,
    pub name: Private<String>,
    pub version: Option<Private<String>>,
    pub needs: Vec<Private<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartView {
    pub path: PathBytes,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadmeView {
    pub path: PathBytes,
    pub title: Option<Private<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileView {
    pub path: PathBytes,
    pub language: String,
    /// Its share of the importance of all.
    pub rank: f32,
    /// Files that import it or use what it defines.
    pub used_by: u32,
    pub is_test: bool,
    /// Names of its outermost items.
    pub defines: Vec<Private<String>>,
}

/// One file needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    pub from: u32,
    pub to: u32,
    pub imports: bool,
    /// Names of the other that it uses.
    pub uses: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderLinkView {
    pub from: PathBytes,
    pub to: PathBytes,
    pub links: u32,
}

// Ranks are shares and never NaN.
impl Eq for ProjectView {}
impl Eq for FileView {}
