//! One bare repository of ours: what is fetched into it, and what is read from it.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use super::error::{GitError, Talk};
use super::run::{Answer, Run, Way};
use super::{Git, ObjectId};

/// What a list of branches and tags may have, of which a handful is asked for.
const LIST_BYTES: u64 = 1 << 20;
/// The list of all files of a commit.
const TREE_BYTES: u64 = 512 << 20;
const MAX_FILES: usize = 1_000_000;
/// The names of what each commit changed.
const LOG_BYTES: u64 = 512 << 20;
/// Of a name.
const AUTHOR_CHARS: usize = 200;
/// What comes with the bytes of a file.
const HEAD_BYTES: u64 = 200;

/// A repository in the state directory.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(super) git: Git,
    pub(super) folder: PathBuf,
    pub(super) address: Address,
    /// Written by whoever fetches or removes.
    pub(super) lock: Arc<RwLock<()>>,
}

/// One file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Below the top of the repository.
    pub path: Vec<u8>,
    pub kind: EntryKind,
    pub id: ObjectId,
    pub bytes: u64,
}

/// Who changed a file, and on which day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub author: String,
    pub day: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Link,
    /// Another repository.
    Submodule,
    /// Of a name that no file can have.
    Nameless,
}

impl Repository {
    pub(super) fn new(git: Git, folder: PathBuf, address: Address, lock: Arc<RwLock<()>>) -> Self {
        Self {
            git,
            folder,
            address,
            lock,
        }
    }

    /// Returns what a name of ours stands for here, and the commit that it leads to.
    pub(super) async fn here(
        &self,
        own_name: &str,
        cancel: &CancellationToken,
    ) -> Result<Option<(ObjectId, ObjectId)>, GitError> {
        let commit = format!("{own_name}^{{commit}}");
        let arguments = ["rev-parse", own_name, &commit];
        let answer = self.run(&arguments, None, false, cancel).await?;
        let said = String::from_utf8_lossy(&answer.output);
        let mut ids = said.lines().filter_map(ObjectId::parse);
        Ok(match (answer.is_fine, ids.next(), ids.next()) {
            (true, Some(id), Some(commit)) => Some((id, commit)),
            _ => None,
        })
    }

    pub(super) fn is_shallow(&self) -> bool {
        self.folder.join("shallow").exists()
    }

    pub(super) async fn run(
        &self,
        arguments: &[&str],
        way: Option<&Way>,
        writes: bool,
        cancel: &CancellationToken,
    ) -> Result<Answer, GitError> {
        let run = Run {
            git: &self.git,
            folder: &self.folder,
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            way,
            writes,
            input: b"",
            answer_bytes: LIST_BYTES,
        };
        run.run(cancel).await
    }

    pub(super) fn talk<'a>(&'a self, reference: &'a str, with_token: bool) -> Talk<'a> {
        Talk {
            address: &self.address,
            reference,
            with_token,
            limit: self.git.repository_bytes,
        }
    }

    /// Returns what git says of what is here.
    async fn read(
        &self,
        words: &[&str],
        answer_bytes: u64,
        cancel: &CancellationToken,
    ) -> Result<Vec<u8>, GitError> {
        let run = Run {
            git: &self.git,
            folder: &self.folder,
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            way: None,
            writes: false,
            input: b"",
            answer_bytes,
        };
        let answer = run.run(cancel).await?;
        match answer.is_fine {
            true => Ok(answer.output),
            false => Err(self.talk("", false).understand(&answer.complaint)),
        }
    }

    /// Lists all files of a commit, in the order of their paths.
    pub async fn tree(
        &self,
        commit: &ObjectId,
        cancel: &CancellationToken,
    ) -> Result<Vec<Entry>, GitError> {
        let _shared = self.lock.read().await;
        let words = ["ls-tree", "-r", "-l", "-z", "--full-tree", commit.as_str()];
        let output = self.read(&words, TREE_BYTES, cancel).await?;
        let lines = output.split(|byte| *byte == 0);
        let entries: Vec<_> = lines.filter_map(entry).take(MAX_FILES + 1).collect();
        match entries.len() > MAX_FILES {
            true => Err(GitError::TooMany { limit: MAX_FILES }),
            false => Ok(entries),
        }
    }

    /// Tells whether all commits are here that led to what is.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        !self.is_shallow()
    }

    /// Returns by whom and when each of these files was last changed, as far as the commits that are
    /// here tell.
    pub async fn last_changes(
        &self,
        commit: &ObjectId,
        paths: &HashSet<Vec<u8>>,
        cancel: &CancellationToken,
    ) -> Result<HashMap<Vec<u8>, Change>, GitError> {
        let _shared = self.lock.read().await;
        let words = [
            "log",
            "--no-renames",
            "--no-show-signature",
            "--no-mailmap",
            "--encoding=UTF-8",
            "--format=%x01%an%x02%as",
            "--name-only",
            "-z",
            commit.as_str(),
        ];
        let output = self.read(&words, LOG_BYTES, cancel).await?;
        Ok(last_changes(&output, paths))
    }

    /// Returns contents of at most `max_bytes` each. One that is not here is left out.
    pub async fn contents(
        &self,
        wanted: &[(ObjectId, u64)],
        max_bytes: u64,
        cancel: &CancellationToken,
    ) -> Result<HashMap<ObjectId, Bytes>, GitError> {
        let _shared = self.lock.read().await;
        let mut sizes = HashMap::new();
        for (id, bytes) in wanted.iter().filter(|(_, bytes)| *bytes <= max_bytes) {
            sizes.insert(id, *bytes);
        }
        if sizes.is_empty() || !self.folder.exists() {
            return Ok(HashMap::new());
        }
        let input: String = sizes.keys().map(|id| format!("{id}\n")).collect();
        let answer_bytes = sizes.values().map(|bytes| bytes + HEAD_BYTES).sum();
        let run = Run {
            git: &self.git,
            folder: &self.folder,
            arguments: ["cat-file", "--batch", "--buffer"]
                .map(str::to_owned)
                .to_vec(),
            way: None,
            writes: false,
            input: input.as_bytes(),
            answer_bytes,
        };
        let answer = run.run(cancel).await?;
        if !answer.is_fine {
            return Err(self.talk("", false).understand(&answer.complaint));
        }
        Ok(contents(Bytes::from(answer.output)))
    }
}

/// Reads a log, the youngest commit first: a line of author and day, and the paths of what it changed.
fn last_changes(log: &[u8], paths: &HashSet<Vec<u8>>) -> HashMap<Vec<u8>, Change> {
    let mut all = HashMap::new();
    let mut by: Option<Change> = None;
    let mut is_first = false;
    for word in log.split(|byte| *byte == 0) {
        if let Some(head) = word.strip_prefix(b"\x01") {
            let head = String::from_utf8_lossy(head);
            by = head.split_once('\u{2}').map(|(author, day)| {
                let shown = author.chars().filter(|c| !super::is_tricky(*c));
                Change {
                    author: shown.take(AUTHOR_CHARS).collect(),
                    day: day.to_owned(),
                }
            });
            is_first = true;
            continue;
        }
        let path = match std::mem::take(&mut is_first) {
            true => word.strip_prefix(b"\n").unwrap_or(word),
            false => word,
        };
        if let Some(by) = &by
            && paths.contains(path)
            && !all.contains_key(path)
        {
            all.insert(path.to_vec(), by.clone());
        }
    }
    all
}

/// Reads a line of `ls-tree`: mode, kind, id, size, and after a tabulator the path.
fn entry(line: &[u8]) -> Option<Entry> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let path = line[tab + 1..].to_vec();
    let mut words = std::str::from_utf8(&line[..tab]).ok()?.split_whitespace();
    let (mode, _, id, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let is_name = |name: &[u8]| !name.is_empty() && name != b"." && name != b"..";
    let kind = match mode {
        _ if !path.split(|byte| *byte == b'/').all(is_name) => EntryKind::Nameless,
        "120000" => EntryKind::Link,
        "160000" => EntryKind::Submodule,
        _ => EntryKind::File,
    };
    Some(Entry {
        path,
        kind,
        id: ObjectId::parse(id)?,
        bytes: size.parse().unwrap_or(0),
    })
}

/// Reads the answer of `cat-file --batch`: a line of id, kind and size, the bytes, and a line end.
fn contents(mut answer: Bytes) -> HashMap<ObjectId, Bytes> {
    let mut all = HashMap::new();
    while let Some(end) = answer.iter().position(|byte| *byte == b'\n') {
        let head = answer.split_to(end + 1);
        let head = String::from_utf8_lossy(&head[..end]).into_owned();
        let mut words = head.split(' ');
        let (id, kind, size) = (words.next(), words.next(), words.next());
        let Some(size) = size.and_then(|size| size.parse::<usize>().ok()) else {
            // `ID missing`
            continue;
        };
        if answer.len() <= size {
            break;
        }
        let bytes = answer.split_to(size);
        let _line_end = answer.split_to(1);
        if let (Some(id), Some("blob")) = (id.and_then(ObjectId::parse), kind) {
            all.insert(id, bytes);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn lines_of_a_tree_are_read() {
        let check = |mode: &str, path: &str, expected: EntryKind| {
            let line = format!("{mode} blob {ID}      12\t{path}");
            let entry = entry(line.as_bytes()).unwrap();
            let bytes = 12;
            assert_eq!((entry.kind, entry.bytes), (expected, bytes), "{line}");
            assert_eq!(entry.path, path.as_bytes());
        };
        check("100644", "a/b c\td\n.md", EntryKind::File);
        check("100755", "run", EntryKind::File);
        check("120000", "link", EntryKind::Link);
        check("160000", "sub", EntryKind::Submodule);
        for path in ["", "/etc/passwd", "a//b", "../a", "a/..", "./a", "a/."] {
            check("100644", path, EntryKind::Nameless);
        }
        let submodule = format!("160000 commit {ID}       -\tsub");
        assert_eq!(entry(submodule.as_bytes()).unwrap().bytes, 0);
        assert_eq!(entry(b"nonsense"), None);
        assert_eq!(entry(b""), None);
    }

    #[test]
    fn the_youngest_change_of_a_file_counts() {
        let log = b"\x01Ada\x022024-05-31\0\na.md\0b\nc.md\0\x01B\x1b[31mob\x022023-01-02\0\n\
            b\nc.md\0d.md\0e.md\0\x01Empty\x022022-01-01\0";
        let paths = ["a.md", "b\nc.md", "d.md", "f.md"];
        let paths = paths.iter().map(|path| path.as_bytes().to_vec()).collect();
        let changes = last_changes(log, &paths);
        let mut shown: Vec<_> = changes
            .iter()
            .map(|(path, change)| {
                let path = String::from_utf8_lossy(path);
                format!("{path:?} {} {}", change.author, change.day)
            })
            .collect();
        shown.sort();
        let expected = [
            "\"a.md\" Ada 2024-05-31",
            "\"b\\nc.md\" Ada 2024-05-31",
            "\"d.md\" B[31mob 2023-01-02",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn contents_are_told_apart_by_their_sizes() {
        let other = "f".repeat(40);
        let answer = format!("{ID} blob 5\na\nb c\n{other} missing\n{other} tree 1\nx\n");
        let all = contents(Bytes::from(answer));
        let id = ObjectId::parse(ID).unwrap();
        assert_eq!(all, HashMap::from([(id, Bytes::from_static(b"a\nb c"))]));
        let cut = format!("{ID} blob 5\na\nb");
        assert!(contents(Bytes::from(cut)).is_empty());
    }
}
