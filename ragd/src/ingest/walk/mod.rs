//! Finding the files of a source, and telling for each entry that is not taken which rule says so.
//!
//! The walker of the `ignore` crate hides what it ignores, and people ask why a file is not
//! searchable. So folders are listed here and only the matching is that crate's: an ignored folder
//! is reported once and never entered.

mod made;
mod rules;
mod tree;

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

pub(super) use rules::Loose;
pub use rules::{IGNORE_FILES, Rule, Rules, WalkError};
pub use tree::{Tree, ignore_files_of, walk_tree};

use super::made::Said;
use super::read::Stat;
use rules::{Globs, Levels, Unread};

/// One thing that was met.
#[derive(Debug)]
pub enum Found {
    /// A regular file that is wanted.
    File {
        /// Absolute.
        path: PathBuf,
        /// Below its root; the file name when the root is the file.
        relative: PathBuf,
        stat: Stat,
        /// What a `.gitattributes` says of it.
        said: Said,
    },
    /// An entry that a rule leaves out; everything below it, if it is a folder.
    Skipped {
        path: PathBuf,
        /// None for a folder, as nobody looked inside.
        bytes: Option<u64>,
        rule: Rule,
    },
    /// A folder that could not be listed, or an ignore file that could not be read: its folder
    /// is not entered then. What is below is not known.
    Unreadable { path: PathBuf, reason: io::Error },
    /// A folder where the files of a repository begin.
    Repository { top: PathBuf },
}

/// How much a finished walk knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walked {
    /// What was not visited is not there.
    Complete,
    /// Something was [`Found::Unreadable`]: absence proves nothing.
    Incomplete,
    /// The flag was raised.
    Cancelled,
}

/// Visits all entries below `roots` in the order of their paths, root by root.
///
/// A root may be a file or a folder; neither ignore files nor being hidden keep a root itself out.
/// A root below another root is visited once, as its own root. Links are never followed.
/// Returns early, after the current entry, once `cancel` is set.
pub fn walk(
    roots: &[PathBuf],
    rules: &Rules,
    cancel: &AtomicBool,
    visit: &mut dyn FnMut(Found),
) -> Result<Walked, WalkError> {
    let roots = in_order(roots)?;
    let enter = &mut |_: &Path| {};
    let mut walker = Walker::new(&roots, rules, cancel, (visit, enter));
    for root in &roots {
        walker.root(root, None)?;
    }
    Ok(walker.end())
}

/// Visits what [`walk`] would visit of `scope`: of these files, and at and below these folders. All
/// lie in `roots` or are some. What is not there is not visited.
pub fn look(
    roots: &[PathBuf],
    scope: &[PathBuf],
    rules: &Rules,
    cancel: &AtomicBool,
    visit: &mut dyn FnMut(Found),
) -> Result<Walked, WalkError> {
    within(roots, scope, rules, cancel, (visit, &mut |_| {}))
}

/// Visits each folder that [`look`] would list, just before it lists it.
pub fn folders(
    roots: &[PathBuf],
    scope: &[PathBuf],
    rules: &Rules,
    cancel: &AtomicBool,
    enter: &mut dyn FnMut(&Path),
) -> Result<Walked, WalkError> {
    within(roots, scope, rules, cancel, (&mut |_| {}, enter))
}

/// Who is told of what is met, and of folders that are entered.
type Visitors<'a> = (&'a mut dyn FnMut(Found), &'a mut dyn FnMut(&Path));

fn within<'a>(
    roots: &[PathBuf],
    scope: &[PathBuf],
    rules: &'a Rules,
    cancel: &'a AtomicBool,
    visitors: Visitors<'a>,
) -> Result<Walked, WalkError> {
    let roots = in_order(roots)?;
    let mut walker = Walker::new(&roots, rules, cancel, visitors);
    let mut of_root = HashMap::<&Path, Vec<&Path>>::new();
    for path in scope {
        if let Some(root) = root_of(&roots, path) {
            of_root.entry(root).or_default().push(path);
        }
    }
    for root in &roots {
        if let Some(mut scope) = of_root.remove(root.as_path()) {
            scope.sort_unstable();
            walker.root(root, Some(&scope))?;
        }
    }
    Ok(walker.end())
}

/// Returns the root that lies closest above `path`.
pub(super) fn root_of<'a>(roots: &'a [PathBuf], path: &Path) -> Option<&'a Path> {
    let roots = roots.iter().map(PathBuf::as_path);
    roots
        .filter(|root| path.starts_with(root))
        .max_by_key(|root| root.as_os_str().len())
}

fn in_order(roots: &[PathBuf]) -> Result<Vec<PathBuf>, WalkError> {
    let roots = roots.iter().map(|root| absolute(root));
    let mut roots = roots.collect::<Result<Vec<_>, _>>()?;
    roots.sort();
    roots.dedup();
    Ok(roots)
}

/// Finds globs that mean nothing.
pub(super) fn check_globs(globs: &[String]) -> Result<(), WalkError> {
    rules::globs(Path::new("/"), globs).map(drop)
}

/// Makes `root` absolute without `..`, and drops a final slash, which would follow a link.
pub fn absolute(root: &Path) -> Result<PathBuf, WalkError> {
    let path = std::path::absolute(root).map_err(|source| WalkError::Root {
        path: root.to_owned(),
        source,
    })?;
    let path: PathBuf = path.components().collect();
    if !path.components().any(|part| part == Component::ParentDir) {
        return Ok(path);
    }
    // One file has to have one path. Only the way up is resolved: a link at the end stays one.
    let resolved = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => parent.canonicalize().map(|parent| parent.join(name)),
        _ => path.canonicalize(),
    };
    // A root that does not exist is reported as that later.
    Ok(resolved.unwrap_or(path))
}

struct Walker<'a> {
    rules: &'a Rules,
    never: HashSet<PathBuf>,
    other_roots: HashSet<PathBuf>,
    cancel: &'a AtomicBool,
    complete: bool,
    visit: &'a mut dyn FnMut(Found),
    /// Tells whether something is there.
    exists: &'a dyn Fn(&Path) -> bool,
    /// Told of each folder before it is listed.
    enter: &'a mut dyn FnMut(&Path),
}

/// A folder that is being visited: what is still to do in it.
struct Folder {
    path: PathBuf,
    /// The ignore files in and above it.
    levels: Levels,
    entries: std::vec::IntoIter<Entry>,
}

struct Entry {
    name: OsString,
    kind: FileType,
    stat: Stat,
}

impl<'a> Walker<'a> {
    fn new(
        roots: &[PathBuf],
        rules: &'a Rules,
        cancel: &'a AtomicBool,
        (visit, enter): Visitors<'a>,
    ) -> Self {
        let never = rules.never.iter();
        Self {
            rules,
            never: never.filter_map(|path| path.canonicalize().ok()).collect(),
            other_roots: roots.iter().cloned().collect(),
            cancel,
            complete: true,
            visit,
            exists: &|path| rustix::fs::lstat(path).is_ok(),
            enter,
        }
    }

    fn end(&self) -> Walked {
        match (self.cancel.load(Ordering::Relaxed), self.complete) {
            (true, _) => Walked::Cancelled,
            (false, true) => Walked::Complete,
            (false, false) => Walked::Incomplete,
        }
    }

    /// Visits a root, or only what is in `scope`.
    fn root(&mut self, path: &Path, scope: Option<&[&Path]>) -> Result<(), WalkError> {
        let path = path.to_owned();
        let stat = match rustix::fs::lstat(&path) {
            Ok(stat) => stat,
            Err(error) => {
                self.unreadable(path, error.into());
                return Ok(());
            }
        };
        let parent = path.parent().unwrap_or(&path);
        let real = parent.canonicalize().map(|parent| match path.file_name() {
            Some(name) => parent.join(name),
            None => parent,
        });
        let kind = FileType::from_raw_mode(stat.st_mode);
        let entry = Entry {
            name: OsString::new(),
            kind,
            stat: Stat::of(&stat),
        };
        if real.is_ok_and(|real| self.never.iter().any(|never| real.starts_with(never))) {
            self.skipped(path, &entry, Rule::OwnFiles);
            return Ok(());
        }
        if kind == FileType::Directory {
            let globs = Globs::new(&path, self.rules)?;
            self.folder(&path, &globs, scope);
        } else {
            let globs = Globs::new(parent, self.rules)?;
            let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
            match globs
                .excluded(&path, false)
                .or_else(|| self.refused(&globs, parent, &path, &entry))
            {
                Some(rule) => self.skipped(path, &entry, rule),
                None => (self.visit)(Found::File {
                    said: made::said_of_root(&path),
                    path,
                    relative,
                    stat: entry.stat,
                }),
            }
        }
        Ok(())
    }

    /// Visits what is below the folder `root`, or only what is in `scope`.
    fn folder(&mut self, root: &Path, globs: &Globs, scope: Option<&[&Path]>) {
        let above = Levels::above(root, self.rules.ignore_files);
        match (above, scope) {
            (Err(Unread { path, reason }), _) => self.unreadable(path, reason),
            (Ok(levels), None) => self.below(root, root, &levels, globs),
            (Ok(levels), Some(scope)) if scope.contains(&root) => {
                self.below(root, root, &levels, globs);
            }
            (Ok(levels), Some(scope)) => self.scope(root, scope, &levels, globs),
        }
    }

    /// Visits those of `scope` that a walk of `root` would come to. In order: what is below a
    /// folder that was visited is done.
    fn scope(&mut self, root: &Path, scope: &[&Path], above: &Levels, globs: &Globs) {
        let mut ways = HashMap::new();
        let mut done: Option<&Path> = None;
        for path in scope {
            if self.cancel.load(Ordering::Relaxed) {
                return;
            }
            if done.is_some_and(|done| path.starts_with(done)) {
                continue;
            }
            let Some(levels) = self.way(root, path, above, globs, &mut ways) else {
                continue;
            };
            let Some(entry) = self.entry(path) else {
                continue;
            };
            if self.meet(root, &levels, globs, path, &entry) {
                self.below(root, path, &levels, globs);
                done = Some(path);
            }
        }
    }

    /// Returns the ignore files that count for an entry, if a walk of `root` would come to its
    /// folder. `ways` has the folders that were looked at before.
    fn way(
        &mut self,
        root: &Path,
        path: &Path,
        above: &Levels,
        globs: &Globs,
        ways: &mut HashMap<PathBuf, Option<Levels>>,
    ) -> Option<Levels> {
        let folder = path.parent()?;
        let folders = folder.ancestors().take_while(|way| way.starts_with(root));
        let folders = folders.collect::<Vec<_>>().into_iter().rev();
        let mut levels = above.clone();
        for way in folders {
            if let Some(known) = ways.get(way) {
                levels = known.clone()?;
                continue;
            }
            let inner = self.step(root, way, &levels, globs);
            ways.insert(way.to_owned(), inner.clone());
            levels = inner?;
        }
        Some(levels)
    }

    /// Returns the ignore files within a folder, if a walk of `root` would enter it.
    fn step(&mut self, root: &Path, way: &Path, levels: &Levels, globs: &Globs) -> Option<Levels> {
        if way != root {
            let entry = self.entry(way)?;
            let is_entered = entry.kind == FileType::Directory
                && entry.name != ".git"
                && !self.other_roots.contains(way)
                && self.left_out(globs, levels, root, way, &entry).is_none();
            if !is_entered {
                return None;
            }
        }
        let kind = |name: &str| {
            let stat = rustix::fs::lstat(way.join(name)).ok()?;
            Some(FileType::from_raw_mode(stat.st_mode))
        };
        match levels.enter(way, self.rules.ignore_files, &kind) {
            Ok(levels) => Some(levels),
            Err(Unread { path, reason }) => {
                self.unreadable(path, reason);
                None
            }
        }
    }

    /// Returns what is at `path`, if anything is.
    fn entry(&mut self, path: &Path) -> Option<Entry> {
        match rustix::fs::lstat(path) {
            Ok(stat) => Some(Entry {
                name: path.file_name().unwrap_or_default().to_owned(),
                kind: FileType::from_raw_mode(stat.st_mode),
                stat: Stat::of(&stat),
            }),
            Err(Errno::NOENT | Errno::NOTDIR) => None,
            Err(error) => {
                self.unreadable(path.to_owned(), error.into());
                None
            }
        }
    }

    /// Visits an entry. Returns whether it is a folder that is to be entered.
    fn meet(
        &mut self,
        root: &Path,
        levels: &Levels,
        globs: &Globs,
        path: &Path,
        entry: &Entry,
    ) -> bool {
        // The folders and links of git itself are no content, and naming them helps nobody.
        if entry.name == ".git" {
            let top = path.parent().unwrap_or(path).to_owned();
            (self.visit)(Found::Repository { top });
            return false;
        }
        if self.other_roots.contains(path) {
            return false;
        }
        let rule = self.left_out(globs, levels, root, path, entry);
        if let Some(rule) = rule {
            self.skipped(path.to_owned(), entry, rule);
        } else if entry.kind == FileType::Directory {
            return true;
        } else {
            let relative = path.strip_prefix(root).unwrap_or(path).to_owned();
            (self.visit)(Found::File {
                path: path.to_owned(),
                relative,
                stat: entry.stat,
                said: levels.said(path),
            });
        }
        false
    }

    /// Visits what is below a folder, without recursion: depth is only a vector's length.
    fn below(&mut self, root: &Path, folder: &Path, levels: &Levels, globs: &Globs) {
        let mut open: Vec<Folder> = self.enter(folder.to_owned(), levels).into_iter().collect();
        while let Some(folder) = open.last_mut() {
            if self.cancel.load(Ordering::Relaxed) {
                return;
            }
            let Some(entry) = folder.entries.next() else {
                open.pop();
                continue;
            };
            let path = folder.path.join(&entry.name);
            if self.meet(root, &folder.levels, globs, &path, &entry) {
                let levels = folder.levels.clone();
                open.extend(self.enter(path, &levels));
            }
        }
    }

    /// Returns the rule that leaves an entry of a folder out.
    fn left_out(
        &self,
        globs: &Globs,
        levels: &Levels,
        root: &Path,
        path: &Path,
        entry: &Entry,
    ) -> Option<Rule> {
        let is_dir = entry.kind == FileType::Directory;
        if is_dir && self.is_own(path) {
            return Some(Rule::OwnFiles);
        }
        if let Some(rule) = globs.excluded(path, is_dir) {
            return Some(rule);
        }
        let verdict = levels.verdict(path, is_dir);
        match verdict {
            Some((true, rule)) => return Some(rule),
            // An ignore file that names a hidden entry with `!` wants it.
            Some((false, _)) => {}
            None => {
                if !self.rules.hidden && entry.name.as_bytes().starts_with(b".") {
                    return Some(Rule::Hidden);
                }
            }
        }
        let refused = match is_dir {
            true => None,
            false => self.refused(globs, root, path, entry),
        };
        let is_wanted = verdict.is_some();
        match is_wanted {
            true => refused,
            false => refused.or_else(|| self.made(globs, levels, (root, path), is_dir)),
        }
    }

    /// Returns what speaks against a thing that is no folder, however it was named.
    fn refused(&self, globs: &Globs, root: &Path, path: &Path, entry: &Entry) -> Option<Rule> {
        match entry.kind {
            FileType::RegularFile => {}
            FileType::Symlink => return Some(Rule::Link),
            _ => return Some(Rule::Special),
        }
        if !globs.included(path) {
            return Some(Rule::NotIncluded);
        }
        if self
            .rules
            .secrets
            .leave_out(path.strip_prefix(root).unwrap_or(path))
        {
            return Some(Rule::Secret);
        }
        (entry.stat.bytes > self.rules.max_file_bytes).then_some(Rule::TooLarge)
    }

    fn is_own(&self, path: &Path) -> bool {
        // Only a folder whose name fits is worth the system calls of a real path.
        self.never
            .iter()
            .any(|never| never.file_name() == path.file_name())
            && path
                .canonicalize()
                .is_ok_and(|real| self.never.contains(&real))
    }

    /// Lists a folder and reads the ignore files in it.
    fn enter(&mut self, path: PathBuf, levels: &Levels) -> Option<Folder> {
        (self.enter)(&path);
        let mut entries = match self.list(&path) {
            Ok(entries) => entries,
            // It went away after its parent was listed, as things do.
            Err(error) if error == Errno::NOENT && !self.other_roots.contains(&path) => {
                return None;
            }
            Err(error) => {
                self.unreadable(path, error.into());
                return None;
            }
        };
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let kind = |name: &str| {
            let found = entries.binary_search_by(|entry| entry.name.as_os_str().cmp(name.as_ref()));
            found.ok().map(|at| entries[at].kind)
        };
        match levels.enter(&path, self.rules.ignore_files, &kind) {
            Ok(levels) => Some(Folder {
                path,
                levels,
                entries: entries.into_iter(),
            }),
            // What an unread rule hides must not become searchable.
            Err(Unread { path, reason }) => {
                self.unreadable(path, reason);
                None
            }
        }
    }

    fn list(&mut self, path: &Path) -> Result<Vec<Entry>, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            match rustix::fs::statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => entries.push(Entry {
                    name: name.to_owned(),
                    kind: FileType::from_raw_mode(stat.st_mode),
                    stat: Stat::of(&stat),
                }),
                Err(Errno::NOENT) => {}
                Err(error) => self.unreadable(path.join(name), error.into()),
            }
        }
        Ok(entries)
    }

    fn skipped(&mut self, path: PathBuf, entry: &Entry, rule: Rule) {
        let bytes = (entry.kind != FileType::Directory).then_some(entry.stat.bytes);
        (self.visit)(Found::Skipped { path, bytes, rule });
    }

    fn unreadable(&mut self, path: PathBuf, reason: io::Error) {
        self.complete = false;
        (self.visit)(Found::Unreadable { path, reason });
    }
}

#[cfg(test)]
mod tests;
