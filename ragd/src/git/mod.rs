//! Repositories that are submitted by their address: fetched by git into bare repositories in the
//! state directory, and read from there. Nothing is ever checked out, so nothing in a repository is
//! ever run, linked or written where its author likes.
//!
//! [`Address`] and [`Reference`] are what somebody typed, read by us; [`Git`] fetches, and
//! [`Repository`] is what there is then. Git runs behind walls (`sandbox`), with an empty
//! environment. What a repository on the disk says of itself is read without git ([`worktree`]).

mod address;
mod error;
mod fetch;
mod reference;
mod repository;
mod run;
mod ssh;
mod token;
mod ways;
pub mod worktree;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{RwLock, Semaphore};

pub use self::address::{Address, AddressError, Scheme};
pub use self::error::GitError;
pub use self::reference::{NoReference, ObjectId, Reference};
pub use self::repository::{Change, Entry, EntryKind, Repository};
use crate::config::{Config, GitHost};
use crate::ids;
use crate::observe::Disk;

/// In a repository: whose it is.
const ADDRESS: &str = "ragd-address";
/// A plan that was shown is good for an hour, and needs what it was made of.
const UNUSED: Duration = Duration::from_secs(2 * 3_600);
/// A fetch is a handful of processes.
const OWN_FETCHES: usize = 4;
const OTHER_FETCHES: usize = 2;
/// Each fetch leaves a pack; with more, all is fetched anew.
const MANY_PACKS: usize = 50;

/// Who fetches repositories, and where to.
#[derive(Clone, Debug)]
pub struct Git {
    folder: PathBuf,
    /// The program with `extract` in it, which puts up the walls.
    own: PathBuf,
    unsandboxed: bool,
    repository_bytes: u64,
    wall_s: u64,
    ssh_dir: Option<PathBuf>,
    hosts: Arc<[GitHost]>,
    /// Where others may have repositories fetched from, though they are not on the internet.
    private_hosts: Arc<[String]>,
    disk: Arc<Disk>,
    /// Whoever fetches into a repository is alone in it.
    locks: Arc<Mutex<HashMap<String, Arc<RwLock<()>>>>>,
    /// Fetches at the same time: strangers do not take those of the daemon's user.
    own_fetches: Arc<Semaphore>,
    other_fetches: Arc<Semaphore>,
}

/// What is to be fetched.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub address: Address,
    pub reference: Reference,
    /// Commits before the wanted one that come along, and itself; 0: all.
    pub depth: u32,
    /// The keys and tokens of the daemon's user may be used.
    pub own: bool,
}

/// What was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    pub repository: Repository,
    pub commit: ObjectId,
    /// The branch or tag that it was found by.
    pub name: Option<String>,
}

impl Git {
    #[must_use]
    pub fn new(config: &Config, state_dir: &Path, disk: Arc<Disk>) -> Self {
        Self {
            folder: state_dir.join("git"),
            own: config.extract.program.clone(),
            unsandboxed: config.extract.allow_unsandboxed,
            repository_bytes: config.git.repository_bytes,
            wall_s: config.git.wall_s,
            ssh_dir: config.git.ssh_dir(),
            hosts: config.git_hosts.clone().into(),
            private_hosts: config.web.private_hosts.clone().into(),
            disk,
            locks: Arc::default(),
            own_fetches: Arc::new(Semaphore::new(OWN_FETCHES)),
            other_fetches: Arc::new(Semaphore::new(OTHER_FETCHES)),
        }
    }

    /// Finds out without asking anybody that an address cannot be had.
    pub fn check(&self, address: &Address, own: bool) -> Result<(), GitError> {
        match address.scheme() {
            Scheme::Https => Ok(()),
            Scheme::Http if self.host(address).is_some_and(|host| host.allow_http) => Ok(()),
            Scheme::Http => Err(GitError::Plain {
                address: address.to_string(),
            }),
            Scheme::Ssh if own => Ok(()),
            Scheme::Ssh => Err(GitError::NotForOthers),
        }
    }

    /// Returns the place of a repository, whether it is there or not. What somebody's keys fetched
    /// is not for others, so theirs are elsewhere.
    #[must_use]
    pub fn repository(&self, address: &Address, own: bool) -> Repository {
        let name = format!("{}{address}", if own { "own " } else { "" });
        let ids::ContentHash(hash) = ids::content_hash(name.as_bytes());
        let digits = hash[..16].iter().map(|byte| format!("{byte:02x}"));
        let name: String = digits.collect();
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = Arc::clone(locks.entry(name.clone()).or_default());
        Repository::new(self.clone(), self.folder.join(name), address.clone(), lock)
    }

    /// Lists the repositories that nobody used for a while.
    #[must_use]
    pub fn unused(&self) -> Vec<Unused> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let unused = entries.filter_map(|entry| {
            let folder = entry.path();
            let note = folder.join(ADDRESS);
            let used = fs::metadata(&note).or_else(|_| entry.metadata());
            let used = used.and_then(|data| data.modified()).ok()?;
            let age = SystemTime::now().duration_since(used).unwrap_or_default();
            (age >= UNUSED).then(|| Unused {
                address: fs::read_to_string(note).ok(),
                has_many_packs: packs(&folder) > MANY_PACKS,
                folder,
            })
        });
        unused.collect()
    }

    /// Removes one of them, unless somebody is in it after all.
    pub fn remove(&self, unused: &Unused) {
        let folder = &unused.folder;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = locks.get(&*name).cloned().unwrap_or_default();
        drop(locks);
        let Ok(_alone) = lock.try_write() else { return };
        if let Err(error) = fs::remove_dir_all(folder) {
            tracing::warn!(%error, folder = %folder.display(), "A repository cannot be removed.");
        }
    }

    fn host(&self, address: &Address) -> Option<&GitHost> {
        let name = address.host();
        self.hosts
            .iter()
            .find(|host| host.name.eq_ignore_ascii_case(&name))
    }

    fn make_folder(&self) -> io::Result<()> {
        fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(&self.folder)
    }
}

/// A repository that nobody used for a while.
#[derive(Debug)]
pub struct Unused {
    folder: PathBuf,
    /// Absent where it was never whole.
    pub address: Option<String>,
    /// It is better fetched anew.
    pub has_many_packs: bool,
}

/// Returns the bytes of all files below a folder.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_of(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

fn packs(folder: &Path) -> usize {
    let entries = fs::read_dir(folder.join("objects/pack"));
    let entries = entries.into_iter().flatten().flatten();
    let is_pack = |entry: &fs::DirEntry| entry.path().extension() == Some("pack".as_ref());
    entries.filter(is_pack).count()
}

/// Returns what a program says as text that does nothing to a terminal.
fn clean(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let shown = text.chars().filter(|c| *c == '\n' || !is_tricky(*c));
    shown.collect()
}

/// Tells whether a character is not shown, or changes how others are.
fn is_tricky(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
