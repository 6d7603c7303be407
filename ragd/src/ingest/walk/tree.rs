//! The same for the files of a commit, which are on no disk.
//!
//! `.gitignore` says nothing here: what is in a commit was put there by somebody who wanted it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use rustix::fs::FileType;

use super::rules::{Globs, Levels, MAX_IGNORE_FILE_BYTES};
use super::{Entry, Found, Rule, Rules, WalkError, Walked, Walker};
use crate::git::{self, EntryKind};
use crate::ingest::made::ATTRIBUTES_FILE;
use crate::ingest::read::Stat;

/// The files of a commit, of which a folder is wanted.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What sources begin with.
    pub root: PathBuf,
    /// In the order of their paths.
    pub entries: Vec<git::Entry>,
    /// With its last slash; empty: all.
    pub below: Vec<u8>,
    /// By path; none: it cannot be read.
    pub ignore_files: HashMap<Vec<u8>, Option<Bytes>>,
}

impl Tree {
    /// Lists the ignore files that a walk would read, but for those that are too large.
    #[must_use]
    pub fn ignore_files(entries: &[git::Entry]) -> Vec<&git::Entry> {
        let is_one = |entry: &&git::Entry| {
            entry.kind == EntryKind::File
                && entry.bytes <= MAX_IGNORE_FILE_BYTES
                && is_ignore_file(&entry.path)
        };
        entries.iter().filter(is_one).collect()
    }

    /// Tells whether a file or folder is there, by its source.
    fn has(&self, source: &Path) -> bool {
        let Ok(path) = source.strip_prefix(&self.root) else {
            return false;
        };
        let path = path.as_os_str().as_bytes();
        let at = self
            .entries
            .partition_point(|entry| entry.path.as_slice() < path);
        let is_there = |entry: &git::Entry| entry.path == path;
        let folder = [path, b"/"].concat();
        // Names that go on with a smaller sign than a slash come in between.
        let below = self.entries.partition_point(|entry| entry.path < folder);
        let is_folder = |entry: &git::Entry| entry.path.starts_with(&folder);
        self.entries.get(at).is_some_and(is_there) || self.entries.get(below).is_some_and(is_folder)
    }

    /// Returns what the source of a file is.
    fn source(&self, path: &[u8]) -> PathBuf {
        self.root.join(OsStr::from_bytes(path))
    }
}

fn is_ignore_file(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next();
    name.is_some_and(|name| {
        let mut files = Levels::OF_TREES.iter();
        name == ATTRIBUTES_FILE.as_bytes() || files.any(|(file, _)| file.as_bytes() == name)
    })
}

/// Visits all files of a tree that are below its folder, in the order of their paths.
pub fn walk_tree(
    tree: &Tree,
    rules: &Rules,
    cancel: &AtomicBool,
    visit: &mut dyn FnMut(Found),
) -> Result<Walked, WalkError> {
    let below = tree.below.strip_suffix(b"/").unwrap_or(&tree.below);
    let globs = match below {
        b"" => Globs::new(&tree.root, rules)?,
        below => Globs::new(&tree.source(below), rules)?,
    };
    let mut walker = Walker {
        rules,
        never: Default::default(),
        other_roots: Default::default(),
        cancel,
        complete: true,
        visit,
        exists: &|path| tree.has(path),
        enter: &mut |_| {},
    };
    let mut closed: Option<&[u8]> = None;
    let mut open: Vec<(&[u8], Levels)> = Vec::new();
    if let Some(levels) = walker.enter_tree(tree, b"", &Levels::default()) {
        open.push((b"", levels));
    } else {
        closed = Some(b"");
    }
    for entry in &tree.entries {
        if cancel.load(Ordering::Relaxed) {
            return Ok(Walked::Cancelled);
        }
        let path = entry.path.as_slice();
        if !path.starts_with(&tree.below) || closed.is_some_and(|closed| path.starts_with(closed)) {
            continue;
        }
        if entry.kind == EntryKind::Nameless {
            walker.leave(tree, entry, Rule::Special);
            continue;
        }
        while open
            .last()
            .is_some_and(|(folder, _)| !path.starts_with(folder))
        {
            open.pop();
        }
        closed = walker.enter_folders(tree, &globs, path, &mut open);
        let Some((_, levels)) = open.last().filter(|_| closed.is_none()) else {
            continue;
        };
        let (source, leaf) = (tree.source(path), Leaf::of(entry));
        match walker.left_out(&globs, levels, &tree.root, &source, &leaf) {
            // Of what is neither a file nor a link, there is nothing else.
            Some(Rule::Special) => walker.leave(tree, entry, Rule::Submodule),
            Some(rule) => walker.leave(tree, entry, rule),
            None => (walker.visit)(Found::File {
                said: levels.said(&source),
                path: source,
                relative: PathBuf::from(OsStr::from_bytes(path)),
                stat: leaf.stat,
            }),
        }
    }
    Ok(match walker.complete {
        true => Walked::Complete,
        false => Walked::Incomplete,
    })
}

/// A file of a tree as an entry of a folder.
struct Leaf;

impl Leaf {
    fn of(entry: &git::Entry) -> Entry {
        let name = entry.path.rsplit(|byte| *byte == b'/').next();
        let (modified_ns, inode) = entry.id.bits();
        Entry {
            name: OsStr::from_bytes(name.unwrap_or(&entry.path)).to_owned(),
            kind: match entry.kind {
                EntryKind::File => FileType::RegularFile,
                EntryKind::Link => FileType::Symlink,
                EntryKind::Submodule | EntryKind::Nameless => FileType::Unknown,
            },
            // What tells contents of a repository apart is where the time and the number of a file
            // are; both say that it is as before.
            stat: Stat {
                bytes: entry.bytes,
                modified_ns,
                inode,
                device: 0,
            },
        }
    }

    fn folder(path: &[u8]) -> Entry {
        let name = path.rsplit(|byte| *byte == b'/').next();
        Entry {
            name: OsStr::from_bytes(name.unwrap_or(path)).to_owned(),
            kind: FileType::Directory,
            stat: Stat {
                bytes: 0,
                modified_ns: 0,
                inode: 0,
                device: 0,
            },
        }
    }
}

impl Walker<'_> {
    fn leave(&mut self, tree: &Tree, entry: &git::Entry, rule: Rule) {
        let bytes = (entry.kind != EntryKind::Submodule).then_some(entry.bytes);
        (self.visit)(Found::Skipped {
            path: tree.source(&entry.path),
            bytes,
            rule,
        });
    }

    /// Enters the folders on the way to a file. Returns the one that is left out, if there is one.
    fn enter_folders<'a>(
        &mut self,
        tree: &Tree,
        globs: &Globs,
        path: &'a [u8],
        open: &mut Vec<(&'a [u8], Levels)>,
    ) -> Option<&'a [u8]> {
        loop {
            let (above, levels) = open.last()?;
            let next = path[above.len()..].iter().position(|byte| *byte == b'/')?;
            let folder = &path[..=above.len() + next];
            let bare = &folder[..folder.len() - 1];
            let levels = levels.clone();
            // The folder that was named is not kept out, and neither are those above it.
            let is_named = tree.below.starts_with(folder);
            let rule = match is_named {
                true => None,
                false => {
                    let (source, leaf) = (tree.source(bare), Leaf::folder(bare));
                    self.left_out(globs, &levels, &tree.root, &source, &leaf)
                }
            };
            if let Some(rule) = rule {
                (self.visit)(Found::Skipped {
                    path: tree.source(bare),
                    bytes: None,
                    rule,
                });
                return Some(folder);
            }
            match self.enter_tree(tree, folder, &levels) {
                Some(levels) => open.push((folder, levels)),
                None => return Some(folder),
            }
        }
    }

    /// Reads the ignore files of a folder; none: what they hide must not become searchable.
    fn enter_tree(&mut self, tree: &Tree, folder: &[u8], levels: &Levels) -> Option<Levels> {
        let mut texts = Vec::new();
        let files = Levels::OF_TREES.into_iter();
        for (file, rule) in files.filter(|_| self.rules.ignore_files) {
            let path = [folder, file.as_bytes()].concat();
            match tree.ignore_files.get(&path) {
                None => {}
                Some(Some(bytes)) => texts.push((rule, bytes.as_ref())),
                Some(None) => {
                    let reason = std::io::Error::other("it is too large for an ignore file");
                    self.unreadable(tree.source(&path), reason);
                    return None;
                }
            }
        }
        let attributes = [folder, ATTRIBUTES_FILE.as_bytes()].concat();
        let attributes = tree
            .ignore_files
            .get(&attributes)
            .and_then(Option::as_deref);
        let folder = folder.strip_suffix(b"/").unwrap_or(folder);
        let folder = match folder {
            b"" => tree.root.clone(),
            folder => tree.source(folder),
        };
        Some(levels.with(&folder, &texts, attributes.unwrap_or_default()))
    }
}

/// Returns the paths of ignore files, each of which is to be read or cannot be.
#[must_use]
pub fn ignore_files_of(
    entries: &[git::Entry],
    contents: &HashMap<git::ObjectId, Bytes>,
) -> HashMap<Vec<u8>, Option<Bytes>> {
    let files = entries.iter();
    let files = files.filter(|entry| entry.kind == EntryKind::File && is_ignore_file(&entry.path));
    let files = files.map(|entry| (entry.path.clone(), contents.get(&entry.id).cloned()));
    files.collect()
}

#[cfg(test)]
mod tests {
    use crate::ingest::secrets::Secrets;

    use super::*;
    use crate::ingest::made::Said;

    fn entry(path: &str, kind: EntryKind, bytes: u64) -> git::Entry {
        git::Entry {
            path: path.as_bytes().to_vec(),
            kind,
            id: git::ObjectId::parse(&"a".repeat(40)).unwrap(),
            bytes,
        }
    }

    fn rules() -> Rules {
        Rules {
            include: Vec::new(),
            exclude: Vec::new(),
            ignore_files: true,
            hidden: false,
            max_file_bytes: 100,
            never: Vec::new(),
            secrets: std::sync::Arc::new(Secrets::new(&crate::config::Secrets::default())),
        }
    }

    /// Returns what is taken, and what is left out and why.
    fn walked(tree: &Tree, rules: &Rules) -> (Vec<String>, Vec<String>) {
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        let root = tree.root.display().to_string();
        let short = |path: &Path| path.display().to_string()[root.len()..].to_owned();
        let visit = &mut |found| match found {
            Found::File { path, relative, .. } => {
                assert_eq!(short(&path), format!("/{}", relative.display()));
                taken.push(relative.display().to_string());
            }
            Found::Skipped { path, rule, .. } => {
                left.push(format!("{} {}", short(&path), rule.word()));
            }
            Found::Unreadable { path, .. } => left.push(format!("{} unreadable", short(&path))),
            Found::Repository { .. } => panic!("there is none in a tree"),
        };
        walk_tree(tree, rules, &AtomicBool::new(false), visit).unwrap();
        (taken, left)
    }

    fn tree(files: &[&str], ignore: &[(&str, Option<&str>)], below: &str) -> Tree {
        let mut entries: Vec<_> = files
            .iter()
            .map(|path| entry(path, EntryKind::File, 10))
            .collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        let ignore = ignore.iter().map(|(path, text)| {
            let text = text.map(|text| Bytes::copy_from_slice(text.as_bytes()));
            (path.as_bytes().to_vec(), text)
        });
        Tree {
            root: PathBuf::from("git:https://example.org/a.git@main:"),
            entries,
            below: below.as_bytes().to_vec(),
            ignore_files: ignore.collect(),
        }
    }

    #[test]
    fn the_rules_of_a_walk_hold_for_trees() {
        let files = [
            ".github/ci.yml",
            "a.md",
            "build/c.md",
            "build/deep/b.md",
            "docs/keep.md",
            "docs/old/d.md",
            "target.md",
            "vendor/x.c",
        ];
        let ignore = [
            (".ragignore", Some("build/\ntarget.md\n")),
            ("docs/.ragignore", Some("old\n")),
            ("vendor/.ignore", None),
            // Not asked in a tree.
            (".gitignore", Some("a.md\n")),
        ];
        let (taken, left) = walked(&tree(&files, &ignore, ""), &rules());
        assert_eq!(taken, ["a.md", "docs/keep.md"]);
        let expected = [
            "/.github hidden",
            "/build ragignore",
            "/docs/old ragignore",
            "/target.md ragignore",
            "/vendor/.ignore unreadable",
        ];
        assert_eq!(left, expected);
        let all = Rules {
            ignore_files: false,
            hidden: true,
            ..rules()
        };
        assert_eq!(walked(&tree(&files, &ignore, ""), &all).0, files);
    }

    #[test]
    fn a_folder_is_a_root_of_its_own() {
        let files = [
            "docs/.x/a.md",
            "docs/a.md",
            "docs/b/c.txt",
            "docs2/a.md",
            "e.md",
        ];
        let ignore = [(".ragignore", Some("/docs/b\n"))];
        let (taken, left) = walked(&tree(&files, &ignore, "docs/"), &rules());
        assert_eq!(taken, ["docs/a.md"]);
        assert_eq!(left, ["/docs/.x hidden", "/docs/b ragignore"]);
        let (taken, _) = walked(&tree(&files, &ignore, "docs/.x/"), &rules());
        assert_eq!(taken, ["docs/.x/a.md"]);
        let globs = Rules {
            include: vec!["/a.md".to_owned()],
            exclude: vec!["b".to_owned()],
            ..rules()
        };
        assert_eq!(walked(&tree(&files, &[], "docs/"), &globs).0, ["docs/a.md"]);
    }

    #[test]
    fn what_is_no_file_has_a_rule_of_its_own() {
        let mut tree = tree(&["a.md"], &[], "");
        tree.entries.extend([
            entry("b", EntryKind::Link, 3),
            entry("c", EntryKind::Submodule, 0),
            entry("d.md", EntryKind::File, 101),
            entry("../e.md", EntryKind::Nameless, 3),
        ]);
        let (taken, left) = walked(&tree, &rules());
        assert_eq!(taken, ["a.md"]);
        let expected = [
            "/b link",
            "/c submodule",
            "/d.md too-large",
            "/../e.md special",
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn a_commit_says_who_made_its_files() {
        let files = [
            "a/.gitattributes",
            "a/b.rs",
            "a/c.rs",
            "dist/x.js",
            "dist-2/x.js",
            "e.rs",
            "package.json",
            "target/f.rs",
        ];
        let attributes = [
            (".gitattributes", Some("*.rs linguist-generated\n")),
            ("a/.gitattributes", Some("c.rs -linguist-generated\n")),
        ];
        for ignore_files in [true, false] {
            let tree = tree(&files, &attributes, "");
            let rules = Rules {
                ignore_files,
                hidden: true,
                ..rules()
            };
            let mut said = Vec::new();
            walk_tree(&tree, &rules, &AtomicBool::new(false), &mut |found| {
                if let Found::File {
                    relative,
                    said: word,
                    ..
                } = found
                    && word != Said::default()
                {
                    said.push(format!("{} {}", relative.display(), word.text()));
                }
            })
            .unwrap();
            let expected = [
                "a/b.rs linguist-generated",
                "a/c.rs -linguist-generated",
                "e.rs linguist-generated",
                "target/f.rs linguist-generated",
            ];
            assert_eq!(said, expected);
            let (_, left) = walked(&tree, &rules);
            let output: &[&str] = if ignore_files {
                &["/dist build-output"]
            } else {
                &[]
            };
            assert_eq!(left, output);
        }
    }

    #[test]
    fn what_is_in_a_tree_is_known() {
        let tree = tree(&["a-b", "a/c", "a0", "d"], &[], "");
        let has = |path: &str| tree.has(&tree.root.join(path));
        assert_eq!(["a-b", "a", "a/c", "a0", "d"].map(has), [true; 5]);
        assert_eq!(["b", "a/d", "a-", "a/c/e"].map(has), [false; 4]);
    }
}
