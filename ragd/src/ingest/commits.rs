//! From the address of a repository to the files of a commit, ready to be planned.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::plan::{CommitTree, Plan, git_facts};
use super::walk::{self, Tree};
use crate::git::{Fetched, Git, GitError, ObjectId, Repository, Wanted};

/// Ignore files are read into memory, all of them.
const MAX_IGNORE_BYTES: u64 = 16 << 20;

/// A commit that is here.
#[derive(Debug)]
pub struct Commit {
    /// The root to plan: of the repository, or of the folder in it that is wanted.
    pub root: PathBuf,
    pub commit: CommitTree,
    pub history: History,
}

/// The commits that led to one, as far as they are here.
#[derive(Debug)]
pub struct History {
    repository: Repository,
    commit: ObjectId,
}

impl History {
    /// Adds to what is planned by whom and when it was last changed, if all commits are here.
    pub async fn tell(&self, plan: &mut Plan, cancel: &CancellationToken) -> Result<(), GitError> {
        if (plan.work.is_empty() && plan.same.is_empty()) || !self.repository.is_deep() {
            return Ok(());
        }
        let work = plan.work.iter().map(|file| file.path.clone());
        let same = plan.same.iter().map(|file| file.path.clone());
        let paths = work.chain(same).collect();
        let changes = self.repository.last_changes(&self.commit, &paths, cancel);
        let mut changes = match changes.await {
            Ok(changes) => changes,
            Err(GitError::Stopped) => return Err(GitError::Stopped),
            Err(error) => {
                // The files are worth more than who wrote them.
                let error = crate::ids::chain(&error);
                tracing::warn!(error, "The history of a repository cannot be read.");
                return Ok(());
            }
        };
        let mut facts_of = |path: &Vec<u8>| {
            changes.remove(path).map_or_else(Vec::new, |change| {
                vec![
                    ("author".to_owned(), change.author),
                    ("date".to_owned(), change.day),
                ]
            })
        };
        for file in &mut plan.work {
            file.facts = facts_of(&file.path);
        }
        for file in &mut plan.same {
            file.facts = Some(facts_of(&file.path));
        }
        Ok(())
    }
}

/// Fetches what is wanted, and lists its files. `top` is what their sources begin with, and `subdir` a
/// path without slashes at its ends; empty: all.
pub async fn fetch(
    git: &Git,
    wanted: &Wanted,
    top: PathBuf,
    subdir: &[u8],
    cancel: &CancellationToken,
) -> Result<Commit, GitError> {
    let Fetched {
        repository,
        commit,
        name,
    } = git.fetch(wanted, cancel).await?;
    let mut entries = repository.tree(&commit, cancel).await?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let below = match subdir {
        b"" => Vec::new(),
        subdir => [subdir, b"/"].concat(),
    };
    if !below.is_empty() && !entries.iter().any(|entry| entry.path.starts_with(&below)) {
        return Err(GitError::NoFolder {
            address: wanted.address.to_string(),
            subdir: String::from_utf8_lossy(subdir).into_owned(),
        });
    }
    let mut room = MAX_IGNORE_BYTES;
    let ignore_files = Tree::ignore_files(&entries).into_iter();
    let ignore_files = ignore_files.map_while(|entry| {
        room = room.checked_sub(entry.bytes)?;
        Some((entry.id.clone(), entry.bytes))
    });
    let ignore_files: Vec<_> = ignore_files.collect();
    let contents = repository
        .contents(&ignore_files, MAX_IGNORE_BYTES, cancel)
        .await?;
    let facts = git_facts(
        Some(wanted.address.to_string()),
        name,
        Some(commit.to_string()),
    );
    Ok(Commit {
        root: match subdir {
            b"" => top.clone(),
            subdir => top.join(OsStr::from_bytes(subdir)),
        },
        commit: CommitTree {
            tree: Tree {
                root: top,
                ignore_files: walk::ignore_files_of(&entries, &contents),
                entries,
                below,
            },
            facts,
        },
        history: History { repository, commit },
    })
}
