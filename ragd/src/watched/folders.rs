//! Which folders the kernel tells changes of, and what it told.
//!
//! inotify by rustix, which is here already: the crate `notify` watches whole trees, build output
//! and all, and would be told of folders one by one for that, as this is. Folders alone are
//! watched, none of them through a link. What a walk would not enter is not watched.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::ops::Bound;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::register;
use crate::ingest::made::ATTRIBUTES_FILE;
use crate::ingest::walk::{self, IGNORE_FILES, Rules, WalkError};

const BUFFER: usize = 16 << 10;
/// Where git has ignore rules beside the ignore files.
const INFO: &str = ".git/info";
/// Between the first of some changes and the reading of them all.
const GATHER: Duration = Duration::from_millis(5);
/// Changes that are taken at once.
const BATCH: usize = 8_192;

/// The kernel cannot tell of changes.
#[derive(Debug, thiserror::Error)]
pub(super) enum Deaf {
    /// The user of the daemon has all watches that he may have.
    #[error("the system has no watches left for folders (fs.inotify.max_user_watches)")]
    Watches,
    /// He has all instances of inotify that he may have.
    #[error("the system has no instance of inotify left (fs.inotify.max_user_instances)")]
    Instances,
    /// We do not want more.
    #[error("it has more than {limit} folders (`watch.folders`)")]
    Folders { limit: usize },
    #[error("the system does not tell of changes")]
    Io(#[source] io::Error),
    #[error("cannot use the rules of the source")]
    Rules(#[source] WalkError),
}

impl Deaf {
    /// Returns what a person can do.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Watches => "sudo sysctl fs.inotify.max_user_watches=1048576, then restart ragd",
            Self::Instances => "sudo sysctl fs.inotify.max_user_instances=1024, then restart ragd",
            Self::Folders { .. } => {
                "leave folders out by .ragignore or --exclude, or raise `watch.folders`"
            }
            Self::Io(_) => "look at the file system of the source: not all can tell of changes",
            Self::Rules(_) => "submit it again with other globs",
        }
    }
}

/// What the kernel told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Files and folders that are to be looked at.
    pub(super) changed: Vec<PathBuf>,
    /// Folders below which there may be others to watch than before.
    pub(super) other: Vec<PathBuf>,
    /// Something happened to a root or above it, or the kernel told less than happened.
    pub(super) is_lost: bool,
}

/// What is watched of a source.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) roots: Vec<PathBuf>,
    pub(super) rules: Rules,
    pub(super) max_folders: usize,
}

/// The watched folders of a source.
#[derive(Debug)]
pub(super) struct Folders {
    terms: Arc<Terms>,
    kernel: AsyncFd<OwnedFd>,
    by_number: HashMap<i32, Arc<Path>>,
    by_path: BTreeMap<Arc<Path>, Watch>,
    /// Roots that are files.
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    number: i32,
    /// What is in it belongs to the source. Of others, only what decides about the source counts:
    /// ignore files, and what happens to the folder itself.
    is_inside: bool,
}

/// One thing that the kernel told.
#[derive(Debug)]
struct Told {
    number: i32,
    flags: ReadFlags,
    name: Option<OsString>,
}

impl Folders {
    /// Has the kernel tell of all folders that a walk would enter. Needs a Tokio runtime.
    pub(super) fn open(terms: Terms) -> Result<Self, Deaf> {
        let kernel = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC);
        let kernel = kernel.map_err(|error| match error {
            Errno::MFILE | Errno::NFILE => Deaf::Instances,
            error => Deaf::Io(error.into()),
        })?;
        let is_file = |root: &&PathBuf| root.symlink_metadata().is_ok_and(|stat| !stat.is_dir());
        let files = terms.roots.iter().filter(is_file).cloned().collect();
        let mut folders = Self {
            kernel: register(kernel, Interest::READABLE).map_err(Deaf::Io)?,
            by_number: HashMap::new(),
            by_path: BTreeMap::new(),
            files,
            terms: Arc::new(terms),
        };
        let roots = folders.terms.roots.clone();
        folders.watch(&roots)?;
        Ok(folders)
    }

    pub(super) fn count(&self) -> usize {
        self.by_path.len()
    }

    /// Watches what there is at and below `scope` by now, and nothing else there.
    pub(super) fn watch(&mut self, scope: &[PathBuf]) -> Result<(), Deaf> {
        for folder in scope {
            self.forget(folder);
        }
        let terms = Arc::clone(&self.terms);
        let enough = AtomicBool::new(false);
        let mut result = Ok(());
        let enter = &mut |folder: &Path| {
            if result.is_ok() {
                let git = folder.join(INFO);
                let added = self.add(folder, true, WatchFlags::empty());
                result = added.and_then(|()| self.add(&git, false, WatchFlags::empty()));
            }
            enough.store(result.is_err(), Ordering::Relaxed);
        };
        let walked = walk::folders(&terms.roots, scope, &terms.rules, &enough, enter);
        result?;
        walked.map_err(Deaf::Rules)?;
        self.watch_around()
    }

    /// Watches what decides about roots from outside.
    fn watch_around(&mut self) -> Result<(), Deaf> {
        let terms = Arc::clone(&self.terms);
        for root in &terms.roots {
            let is_file = self.files.contains(root);
            let above = root.ancestors().skip(1);
            let repository = above.clone().find(|folder| folder.join(".git").exists());
            for folder in above {
                let tells = is_file && Some(folder) == root.parent()
                    || repository.is_some_and(|top| folder.starts_with(top));
                let flags = match tells {
                    true => WatchFlags::empty(),
                    false => WatchFlags::MOVE_SELF | WatchFlags::DELETE_SELF,
                };
                self.add(folder, false, flags)?;
                if Some(folder) == repository {
                    self.add(&folder.join(INFO), false, WatchFlags::empty())?;
                }
            }
        }
        Ok(())
    }

    /// Watches a folder, if it is one and we may. No `flags`: for all that matters.
    fn add(&mut self, path: &Path, is_inside: bool, flags: WatchFlags) -> Result<(), Deaf> {
        const ALL: WatchFlags = WatchFlags::CREATE
            .union(WatchFlags::DELETE)
            .union(WatchFlags::MOVED_FROM)
            .union(WatchFlags::MOVED_TO)
            .union(WatchFlags::MODIFY)
            .union(WatchFlags::CLOSE_WRITE)
            .union(WatchFlags::ATTRIB)
            .union(WatchFlags::MOVE_SELF)
            .union(WatchFlags::DELETE_SELF);
        let flags = if flags.is_empty() { ALL } else { flags };
        let how = WatchFlags::ONLYDIR | WatchFlags::DONT_FOLLOW | WatchFlags::MASK_ADD;
        let number = match inotify::add_watch(&self.kernel, path, flags | how) {
            Ok(number) => number,
            Err(Errno::NOSPC) => return Err(Deaf::Watches),
            // It went, it is none of ours, or nobody lets us: the plan says so where it matters.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::LOOP) => return Ok(()),
            Err(error) => return Err(Deaf::Io(error.into())),
        };
        let path: Arc<Path> = path.into();
        // The same folder under its former name, of which we are still to be told that it is gone.
        if let Some(before) = self.by_number.insert(number, Arc::clone(&path))
            && before != path
        {
            self.by_path.remove(&before);
        }
        let known = self.by_path.get(&path).is_some_and(|watch| watch.is_inside);
        let is_inside = is_inside || known;
        self.by_path.insert(path, Watch { number, is_inside });
        let limit = self.terms.max_folders;
        match self.by_path.len() > limit {
            true => Err(Deaf::Folders { limit }),
            false => Ok(()),
        }
    }

    /// Watches nothing at and below `path` any more.
    fn forget(&mut self, path: &Path) {
        let from = (Bound::Included(path), Bound::Unbounded);
        let below = self.by_path.range::<Path, _>(from);
        let below = below.take_while(|(other, _)| other.starts_with(path));
        let below: Vec<_> = below
            .map(|(path, watch)| (Arc::clone(path), *watch))
            .collect();
        for (path, watch) in below {
            self.by_path.remove(&path);
            self.by_number.remove(&watch.number);
            // The kernel has forgotten folders that are gone.
            let _ = inotify::remove_watch(&self.kernel, watch.number);
        }
    }

    /// Waits until the kernel tells something. Nothing is lost if the caller goes away.
    pub(super) async fn hear(&mut self) -> Result<Heard, Deaf> {
        loop {
            let mut ready = self.kernel.readable().await.map_err(Deaf::Io)?;
            // What is written goes on being written: one reading for many writes.
            tokio::time::sleep(GATHER).await;
            match ready.try_io(|kernel| read(kernel.get_ref())) {
                Ok(told) => {
                    let told = told.map_err(Deaf::Io)?;
                    return Ok(self.understand(told));
                }
                Err(_nothing) => {}
            }
        }
    }

    fn understand(&mut self, told: Vec<Told>) -> Heard {
        let mut heard = Heard::default();
        for told in told {
            self.take(&told, &mut heard);
        }
        heard.other.sort();
        heard.other.dedup();
        heard
    }

    fn take(&mut self, told: &Told, heard: &mut Heard) {
        if told.flags.contains(ReadFlags::QUEUE_OVERFLOW) {
            heard.is_lost = true;
            return;
        }
        // What is not known any more was forgotten on purpose, and is looked at by another name.
        let Some(folder) = self.by_number.get(&told.number).cloned() else {
            return;
        };
        let is_inside = self
            .by_path
            .get(&folder)
            .is_some_and(|watch| watch.is_inside);
        let itself = ReadFlags::MOVE_SELF | ReadFlags::DELETE_SELF | ReadFlags::UNMOUNT;
        if told.flags.intersects(itself) {
            // Of what lies in a root, the folder above tells, but not when a disk is taken off.
            let is_above = self
                .terms
                .roots
                .iter()
                .any(|root| root.starts_with(&folder));
            heard.is_lost |= is_above || told.flags.contains(ReadFlags::UNMOUNT);
        }
        if told.flags.contains(ReadFlags::IGNORED) {
            self.by_number.remove(&told.number);
            self.by_path.remove(&folder);
            return;
        }
        let Some(name) = &told.name else { return };
        let path = folder.join(name);
        self.look_around(&folder, name, heard);
        if self.files.contains(&path) {
            heard.changed.push(path);
            return;
        }
        if !is_inside || name == ".git" {
            return;
        }
        if told.flags.contains(ReadFlags::ISDIR) {
            let comes = ReadFlags::CREATE | ReadFlags::MOVED_TO | ReadFlags::ATTRIB;
            if told
                .flags
                .intersects(ReadFlags::DELETE | ReadFlags::MOVED_FROM)
            {
                self.forget(&path);
            }
            if told.flags.intersects(comes) {
                heard.other.push(path.clone());
            }
        }
        heard.changed.push(path);
    }

    /// Looks whether a change in `folder` changes what belongs to the source: then all below is
    /// looked at.
    fn look_around(&self, folder: &Path, name: &OsStr, heard: &mut Heard) {
        let top = match () {
            () if name == "exclude" && folder.ends_with(INFO) => {
                folder.parent().and_then(Path::parent)
            }
            // With `.git`, a repository begins or ends, and so do the ignore files that count.
            () if name == ".git" || name == ATTRIBUTES_FILE => Some(folder),
            () if IGNORE_FILES.iter().any(|file| name == *file) => Some(folder),
            () => None,
        };
        let Some(top) = top else { return };
        let is_inside = self.by_path.get(top).is_some_and(|watch| watch.is_inside);
        let below = self.terms.roots.iter();
        let below = below
            .filter(|root| root.starts_with(top))
            .map(PathBuf::as_path);
        for folder in is_inside.then_some(top).into_iter().chain(below) {
            heard.other.push(folder.to_owned());
            heard.changed.push(folder.to_owned());
        }
    }
}

/// Reads all that the kernel has to tell now.
fn read(kernel: &OwnedFd) -> io::Result<Vec<Told>> {
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut reader = inotify::Reader::new(kernel, &mut buffer);
    let mut told = Vec::new();
    while told.len() < BATCH || !reader.is_buffer_empty() {
        match reader.next() {
            Ok(event) => told.push(Told {
                number: event.wd(),
                flags: event.events(),
                name: event
                    .file_name()
                    .map(|name| OsStr::from_bytes(name.to_bytes()).to_owned()),
            }),
            Err(Errno::AGAIN) if !told.is_empty() => return Ok(told),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[&str]) -> Self {
            let tree = Self(tempfile::tempdir().unwrap());
            files.iter().for_each(|file| tree.write(file, ""));
            tree
        }

        fn at(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn write(&self, path: &str, text: &str) {
            fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
            fs::write(self.at(path), text).unwrap();
        }

        fn open(&self, root: &str, max_folders: usize) -> Result<Folders, Deaf> {
            Folders::open(Terms {
                roots: vec![self.at(root)],
                rules: Rules {
                    include: Vec::new(),
                    exclude: Vec::new(),
                    ignore_files: true,
                    hidden: false,
                    max_file_bytes: 1 << 20,
                    never: Vec::new(),
                    secrets: std::sync::Arc::new(crate::ingest::secrets::Secrets::new(
                        &crate::config::Secrets::default(),
                    )),
                },
                max_folders,
            })
        }

        /// Returns what was told: what changed, and below what there may be other folders.
        async fn told(&self, folders: &mut Folders) -> (Vec<String>, Vec<String>) {
            let heard = folders.hear().await.unwrap();
            assert!(!heard.is_lost);
            let names = |paths: &[PathBuf]| {
                let below = paths
                    .iter()
                    .map(|path| path.strip_prefix(self.0.path()).unwrap());
                let mut names: Vec<_> = below.map(|path| path.display().to_string()).collect();
                names.sort();
                names.dedup();
                names
            };
            (names(&heard.changed), names(&heard.other))
        }

        async fn changed(&self, folders: &mut Folders) -> Vec<String> {
            let (changed, other) = self.told(folders).await;
            assert_eq!(other, Vec::<String>::new());
            changed
        }
    }

    #[tokio::test]
    async fn what_is_left_out_is_not_told_of() {
        let tree = Tree::new(&[
            "r/a",
            "r/sub/b",
            "r/out/c",
            "r/.git/info/exclude",
            "r/.git/HEAD",
        ]);
        tree.write("r/.gitignore", "/out/\n");
        let mut folders = tree.open("r", 100).unwrap();
        tree.write("r/out/d", "x");
        tree.write("r/.git/HEAD", "x");
        tree.write("beside", "x");
        tree.write("r/sub/b", "x");
        assert_eq!(tree.changed(&mut folders).await, ["r/sub/b"]);
        fs::remove_file(tree.at("r/a")).unwrap();
        fs::set_permissions(tree.at("r/sub/b"), PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(tree.changed(&mut folders).await, ["r/a", "r/sub/b"]);
    }

    #[tokio::test]
    async fn folders_come_move_and_go() {
        let tree = Tree::new(&["r/a/b/c", "beside/d"]);
        let mut folders = tree.open("r", 100).unwrap();
        let count = folders.count();
        fs::rename(tree.at("r/a"), tree.at("r/e")).unwrap();
        let (changed, other) = tree.told(&mut folders).await;
        assert_eq!(
            (changed, other),
            (
                vec!["r/a".to_owned(), "r/e".to_owned()],
                vec!["r/e".to_owned()]
            )
        );
        folders.watch(&[tree.at("r/e")]).unwrap();
        assert_eq!(folders.count(), count);
        tree.write("r/e/b/c", "x");
        assert_eq!(
            tree.changed(&mut folders).await,
            ["r/e/b/c"],
            "by its new name"
        );
        // What is moved out is not told of any more.
        fs::rename(tree.at("r/e"), tree.at("beside/e")).unwrap();
        assert_eq!(tree.changed(&mut folders).await, ["r/e"]);
        assert_eq!(folders.count(), count - 2);
        tree.write("beside/e/b/c", "y");
        fs::rename(tree.at("beside"), tree.at("r/f")).unwrap();
        let (changed, other) = tree.told(&mut folders).await;
        assert_eq!(
            (changed, other),
            (vec!["r/f".to_owned()], vec!["r/f".to_owned()])
        );
        folders.watch(&[tree.at("r/f")]).unwrap();
        assert_eq!(folders.count(), count + 1);
    }

    #[tokio::test]
    async fn what_changes_the_rules_is_a_change_of_all_below() {
        let tree = Tree::new(&["r/.git/info/exclude", "r/s/a", "r/s/t/b"]);
        let mut folders = tree.open("r/s", 100).unwrap();
        let all = (vec!["r/s".to_owned()], vec!["r/s".to_owned()]);
        tree.write("r/.gitignore", "b");
        assert_eq!(tree.told(&mut folders).await, all, "above the root");
        tree.write("r/.git/info/exclude", "b");
        assert_eq!(tree.told(&mut folders).await, all);
        tree.write("r/beside", "");
        tree.write("r/s/t/.ragignore", "b");
        let expected = vec!["r/s/t".to_owned(), "r/s/t/.ragignore".to_owned()];
        assert_eq!(
            tree.told(&mut folders).await,
            (expected, vec!["r/s/t".to_owned()])
        );
    }

    #[tokio::test]
    async fn what_happens_to_a_root_or_is_too_much_to_tell_is_all_of_it() {
        let tree = Tree::new(&["above/r/a"]);
        let mut folders = tree.open("above/r", 100).unwrap();
        fs::rename(tree.at("above"), tree.at("elsewhere")).unwrap();
        assert!(folders.hear().await.unwrap().is_lost, "a folder above it");
        fs::rename(tree.at("elsewhere"), tree.at("above")).unwrap();
        let mut folders = tree.open("above/r", 100).unwrap();
        tree.write("above/r/b", "");
        let most = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
        // One after the other, as the same twice is told once.
        for number in 0..=most.trim().parse::<u32>().unwrap() {
            let name = if number % 2 == 0 {
                "above/r/a"
            } else {
                "above/r/b"
            };
            let mode = PermissionsExt::from_mode(0o600);
            fs::set_permissions(tree.at(name), mode).unwrap();
        }
        let mut is_lost = false;
        while !is_lost {
            is_lost = folders.hear().await.unwrap().is_lost;
        }
    }

    #[tokio::test]
    async fn more_folders_than_may_be_are_refused() {
        let tree = Tree::new(&["r/a/b", "r/c/d"]);
        let around = tree.at("r").ancestors().count() - 1;
        assert_eq!(tree.open("r", around + 3).unwrap().count(), around + 3);
        let refused = tree.open("r", around + 2);
        assert!(matches!(refused, Err(Deaf::Folders { .. })), "{refused:?}");
    }
}
