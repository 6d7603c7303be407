//! What a repository on the disk says of itself, read without git: in a folder of a stranger, git
//! would run what its settings say.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::{ObjectId, reference};

/// Larger ones are not what they should be.
const MAX_BYTES: u64 = 4 << 20;
/// A name that leads to a name, and so on.
const MAX_STEPS: usize = 5;

/// A folder with files of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// Where its files begin.
    pub top: PathBuf,
    /// The address that it came from, without user and password.
    pub origin: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
}

impl Worktree {
    /// Finds the one that `path` is in.
    #[must_use]
    pub fn around(path: &Path) -> Option<Self> {
        path.ancestors().find_map(Self::at)
    }

    /// Reads the one that begins at `top`.
    #[must_use]
    pub fn at(top: &Path) -> Option<Self> {
        let git = git_dir(top)?;
        // What all worktrees of a repository share.
        let common = match text_of(&git.join("commondir")) {
            Some(text) => git.join(text.trim_end_matches(['\r', '\n'])),
            None => git.clone(),
        };
        let head = text_of(&git.join("HEAD"))?;
        let head = head.trim_end();
        let name = head.strip_prefix("ref:").map(str::trim);
        let commit = match name {
            Some(name) => commit_of(&git, &common, name),
            None => ObjectId::parse(head),
        };
        let branch = name.and_then(|name| name.strip_prefix("refs/heads/"));
        let branch = branch.filter(|name| reference::is_name(name));
        let config = text_of(&common.join("config")).unwrap_or_default();
        Some(Self {
            top: top.to_owned(),
            origin: origin(&config),
            branch: branch.map(str::to_owned),
            commit: commit.map(|id| id.to_string()),
        })
    }
}

/// Returns the folder of the repository: `.git`, or what a file of that name says.
fn git_dir(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    let kind = fs::symlink_metadata(&git).ok()?.file_type();
    if kind.is_dir() {
        return Some(git);
    }
    let text = text_of(&git)?;
    let named = text.strip_prefix("gitdir:")?.trim();
    let folder = top.join(named);
    folder.is_dir().then_some(folder)
}

fn commit_of(git: &Path, common: &Path, name: &str) -> Option<ObjectId> {
    let mut name = name.to_owned();
    for _ in 0..MAX_STEPS {
        // A name that leads out of the folder is none.
        if !name.starts_with("refs/") || !reference::is_name(&name) {
            return None;
        }
        let loose = text_of(&git.join(&name)).or_else(|| text_of(&common.join(&name)));
        let Some(loose) = loose else {
            return packed(&text_of(&common.join("packed-refs"))?, &name);
        };
        match loose.trim().strip_prefix("ref:") {
            Some(next) => next.trim().clone_into(&mut name),
            None => return ObjectId::parse(loose.trim()),
        }
    }
    None
}

fn packed(refs: &str, name: &str) -> Option<ObjectId> {
    let mut lines = refs.lines().filter_map(|line| line.split_once(' '));
    let (id, _) = lines.find(|(_, of)| *of == name)?;
    ObjectId::parse(id)
}

/// Returns the address of the remote repository, from the settings of a repository.
fn origin(config: &str) -> Option<String> {
    let mut inside = false;
    let mut found = None;
    for line in config.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default();
            let words: Vec<_> = section.split_whitespace().collect();
            inside = matches!(words.as_slice(), [kind, "\"origin\""]
                if kind.eq_ignore_ascii_case("remote"));
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| inside) else {
            continue;
        };
        if key.trim().eq_ignore_ascii_case("url") {
            found = Some(value.trim().trim_matches('"').to_owned());
        }
    }
    let found = found.filter(|url| !url.is_empty() && url.len() <= 1_000)?;
    (!found.contains(super::is_tricky)).then(|| without_user(&found))
}

/// Returns an address without user and password, where they would be before a path.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    let path = rest[end..].split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// Reads a small regular file, without waiting for whoever writes to a pipe.
fn text_of(path: &Path) -> Option<String> {
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file: fs::File = rustix::fs::open(path, flags, Mode::empty()).ok()?.into();
    let data = file.metadata().ok()?;
    if !data.is_file() || data.len() > MAX_BYTES {
        return None;
    }
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0123456789abcdef0123456789abcdef01234567";
    const B: &str = "89abcdef0123456789abcdef0123456789abcdef";

    fn write(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_folder_knows_branch_commit_and_origin() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        assert_eq!(Worktree::at(dir.path()), None);
        write(at(".git/HEAD"), "ref: refs/heads/feature/x\n");
        write(at(".git/refs/heads/feature/x"), &format!("{A}\n"));
        let config = "[core]\n\turl = no\n[remote \"fork\"]\n\turl = https://b.org/x\n\
             [remote \"origin\"]\n\turl = https://me:secret@a.org/x.git\n";
        write(at(".git/config"), config);
        write(at("src/deep/a.rs"), "");
        let found = Worktree::around(&at("src/deep/a.rs")).unwrap();
        let expected = Worktree {
            top: dir.path().to_owned(),
            origin: Some("https://a.org/x.git".to_owned()),
            branch: Some("feature/x".to_owned()),
            commit: Some(A.to_owned()),
        };
        assert_eq!(found, expected);
        // Packed, and behind a file instead of a folder.
        fs::remove_file(at(".git/refs/heads/feature/x")).unwrap();
        write(
            at(".git/packed-refs"),
            &format!("# pack\n{B} refs/heads/feature/x\n^{A}\n"),
        );
        assert_eq!(Worktree::at(dir.path()).unwrap().commit.as_deref(), Some(B));
        write(at(".git/worktrees/w/HEAD"), &format!("{A}\n"));
        write(at(".git/worktrees/w/commondir"), "../..\n");
        let other = tempfile::tempdir().unwrap();
        let named = format!("gitdir: {}\n", at(".git/worktrees/w").display());
        write(other.path().join(".git"), &named);
        let found = Worktree::at(other.path()).unwrap();
        assert_eq!((found.branch, found.commit), (None, Some(A.to_owned())));
        assert_eq!(found.origin.as_deref(), Some("https://a.org/x.git"));
    }

    #[test]
    fn what_means_harm_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        write(at("secret"), A);
        for head in [
            "ref: refs/../../secret",
            "ref: /etc/passwd",
            "ref: refs/heads/loop",
            "",
        ] {
            write(at(".git/HEAD"), head);
            write(at(".git/refs/heads/loop"), "ref: refs/heads/loop");
            let found = Worktree::at(dir.path()).unwrap();
            assert_eq!(found.commit, None, "{head}");
        }
        write(
            at(".git/config"),
            "[remote \"origin\"]\nurl = a\u{1b}[31m\n",
        );
        assert_eq!(Worktree::at(dir.path()).unwrap().origin, None);
        fs::remove_file(at(".git/HEAD")).unwrap();
        let mode = Mode::RUSR | Mode::WUSR;
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, at(".git/HEAD"), fifo, mode, 0).unwrap();
        assert_eq!(Worktree::at(dir.path()), None);
        fs::remove_dir_all(at(".git")).unwrap();
        write(at(".git"), "gitdir: /dev\n");
        assert_eq!(Worktree::at(dir.path()), None);
    }
}
