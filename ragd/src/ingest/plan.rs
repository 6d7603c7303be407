//! What a submit would do, before it does it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::made::Said;
use super::mark::Mark;
use super::read::{self, Stat};
use super::walk::{self, Found, Rule, Rules, Tree, WalkError, Walked};
use crate::git::ObjectId;
use crate::git::worktree::Worktree;
use crate::ids::{self, CollectionId};
use crate::ledger::{
    Fact, Known, KnownGap, Ledger, LedgerError, Origin, SKIPPED, SourceStat, is_part,
};

/// Deletes beyond this share of what is known need to be asked for twice.
const GUARD_PERCENT: usize = 30;

/// A plan cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A glob among the rules means nothing.
    #[error("cannot use the rules of the source")]
    Rules(#[source] WalkError),
    /// None of the roots is there.
    #[error("{} is gone", path.display())]
    Missing { path: PathBuf },
    /// The ledger cannot be read.
    #[error("cannot compare the source with the ledger")]
    Ledger(#[source] LedgerError),
    /// The caller asked to stop.
    #[error("planning was cancelled")]
    Cancelled,
}

/// What there is to do for a source.
#[derive(Debug, Default)]
pub struct Plan {
    /// Taken before anything was looked at.
    pub observed: i64,
    /// New and changed files, by path.
    pub work: Vec<PlannedFile>,
    pub deletes: Vec<PlannedDelete>,
    pub unchanged: Sum,
    /// Left out by a rule.
    pub skipped: Vec<PlannedSkip>,
    pub unreadable: Vec<Unreadable>,
    /// Why documents whose files are gone are not deleted, if they are not.
    pub guard: Option<String>,
    /// How many these are.
    pub held_back: u64,
    /// Whether something could not be read, so that absence proves nothing.
    pub incomplete: bool,
    /// Sources that are no gaps any more.
    pub closed_gaps: Vec<Vec<u8>>,
    /// Skips that are not listed as gaps yet, by position in `skipped`.
    pub new_gaps: Vec<usize>,
    /// What is known of the roots and of repositories below them.
    pub origins: Vec<Origin>,
    /// Files of a commit that are as they were.
    pub same: Vec<SameFile>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub files: u64,
    pub bytes: u64,
}

#[derive(Clone, Debug)]
pub struct PlannedFile {
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    pub bytes: u64,
    pub is_new: bool,
    /// What a `.gitattributes` says of it.
    pub said: Said,
    /// Which content of a repository it is.
    pub blob: Option<ObjectId>,
    /// What is known of it beside its content.
    pub facts: Vec<Fact>,
}

/// A file of a commit that is as it was. What is known of it beside its content may have changed.
#[derive(Clone, Debug)]
pub struct SameFile {
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    /// None: what was known stays.
    pub facts: Option<Vec<Fact>>,
}

#[derive(Clone, Debug)]
pub struct PlannedDelete {
    pub source: Vec<u8>,
    pub bytes: u64,
}

#[derive(Clone, Debug)]
pub struct PlannedSkip {
    pub source: Vec<u8>,
    /// Below the root it was found under.
    pub path: Vec<u8>,
    pub bytes: Option<u64>,
    pub rule: String,
    /// The code of its gap,
    pub code: String,
    /// and its sentence, where it becomes one now.
    pub reason: String,
    /// Somebody named exactly this file: that it is left out is a failure and no mere skip.
    pub named: bool,
}

/// A file or folder that the walk could not look at.
#[derive(Debug)]
pub struct Unreadable {
    pub source: PathBuf,
    /// Below the root it was found under.
    pub path: Vec<u8>,
    pub error: std::io::Error,
}

impl Sum {
    pub fn count(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

impl Plan {
    /// Returns how many files each rule left out.
    #[must_use]
    pub fn skipped_by_rule(&self) -> BTreeMap<&str, Sum> {
        let mut rules = BTreeMap::<_, Sum>::new();
        for skip in self.skipped.iter().filter(|skip| !skip.named) {
            rules
                .entry(skip.rule.as_str())
                .or_default()
                .count(skip.bytes.unwrap_or(0));
        }
        rules
    }
}

impl From<Stat> for SourceStat {
    fn from(stat: Stat) -> Self {
        Self {
            bytes: stat.bytes,
            modified_ns: stat.modified_ns,
            inode: stat.inode,
        }
    }
}

/// What to plan.
#[derive(Clone, Debug)]
pub struct PlanInput {
    /// Absent: the collection does not exist yet.
    pub collection: Option<CollectionId>,
    /// From [`Ledger::observe`], taken before anything was looked at.
    pub observed: i64,
    pub roots: Vec<PathBuf>,
    pub rules: Rules,
    pub delete_missing: bool,
    pub force_delete: bool,
    /// The fingerprint of what turns bytes into chunks: with another one all files are changed.
    pub pipeline: String,
    /// Read files whose time changed and whose size did not: a plan that is shown does not promise
    /// work where there is none. One that runs leaves that to the run, which notes the new time.
    pub read_suspects: bool,
    /// What is to be said of all documents, in order: one of which something else was said is
    /// changed. Empty: nothing is to be said.
    pub facts: Vec<Fact>,
    /// The files of a commit, which take the place of those on the disk. Its root is the only one.
    pub tree: Option<CommitTree>,
    /// Take also what could not be read before.
    pub again: bool,
    /// What is looked at, in and below the roots; absent: all of it.
    pub scope: Option<Vec<PathBuf>>,
    /// The folders that the roots are known to be. If they still are these, much may be gone from
    /// them on purpose; if not, nothing is. Empty: nobody knows.
    pub marks: Vec<Mark>,
}

/// The files of a commit, and what is known of all of them.
#[derive(Clone, Debug)]
pub struct CommitTree {
    pub tree: Tree,
    pub facts: Vec<Fact>,
}

impl PlanInput {
    fn is_root(&self, source: &[u8]) -> bool {
        let mut roots = self.roots.iter();
        roots.any(|root| root.as_os_str().as_bytes() == source)
    }
}

/// Finds globs that mean nothing, before a job is made of them.
pub fn check_globs(globs: &[String]) -> Result<(), PlanError> {
    walk::check_globs(globs).map_err(PlanError::Rules)
}

/// Compares a source with the ledger.
pub async fn plan(
    ledger: &Ledger,
    input: PlanInput,
    cancel: Arc<AtomicBool>,
    found: impl Fn(u64) + Send + 'static,
) -> Result<Plan, PlanError> {
    // The names under which the walker reports files, so that known ones are found again.
    let roots = input.roots.iter().map(|root| match &input.tree {
        None => walk::absolute(root),
        Some(_) => Ok(root.clone()),
    });
    let roots = roots.collect::<Result<Vec<_>, _>>();
    let input = PlanInput {
        roots: roots.map_err(PlanError::Rules)?,
        ..input
    };
    let roots: Vec<Vec<u8>> = input
        .scope
        .as_ref()
        .unwrap_or(&input.roots)
        .iter()
        .map(|root| root.as_os_str().as_bytes().to_vec())
        .collect();
    let listed = Listed::of(ledger, &input, roots).await?;
    let task = tokio::task::spawn_blocking(move || {
        let mut planner = Planner::new(&input, &listed);
        planner.plan.observed = input.observed;
        planner.look_around();
        let visit = &mut |item| {
            planner.take(item);
            let files = planner.plan.work.len();
            if files.is_multiple_of(1_024) {
                found(u64::try_from(files).unwrap_or(u64::MAX));
            }
        };
        let (roots, rules) = (&input.roots, &input.rules);
        let walked = match (&input.tree, &input.scope) {
            (Some(commit), _) => walk::walk_tree(&commit.tree, rules, &cancel, visit),
            (None, None) => walk::walk(roots, rules, &cancel, visit),
            (None, Some(scope)) => walk::look(roots, scope, rules, &cancel, visit),
        };
        match walked.map_err(PlanError::Rules)? {
            Walked::Cancelled => return Err(PlanError::Cancelled),
            Walked::Complete => planner.delete_missing(),
            Walked::Incomplete => {
                planner.plan.incomplete = true;
                planner.delete_missing();
            }
        }
        let missing = planner.missing().map(|(source, _)| source.clone());
        let missing = missing.collect();
        let mut plan = planner.finish(&input.roots)?;
        compare_gaps(&mut plan, &listed.gaps, &missing);
        Ok(plan)
    });
    task.await.map_err(|_| PlanError::Cancelled)?
}

/// What the ledger has of a source.
#[derive(Default)]
struct Listed {
    known: HashMap<Vec<u8>, Known>,
    gaps: HashMap<Vec<u8>, KnownGap>,
    /// What people said of documents when they handed them in,
    given: HashMap<Vec<u8>, Vec<Fact>>,
    /// and in a `.gitattributes`.
    said: HashMap<Vec<u8>, String>,
}

impl Listed {
    async fn of(
        ledger: &Ledger,
        input: &PlanInput,
        roots: Vec<Vec<u8>>,
    ) -> Result<Self, PlanError> {
        let Some(collection) = input.collection else {
            return Ok(Self::default());
        };
        let known = ledger.known(collection, roots.clone()).await;
        let mut known = known.map_err(PlanError::Ledger)?;
        // Files of archives come and go with these.
        known.retain(|source, _| !is_part(source));
        let gaps = ledger.known_gaps(collection, roots).await;
        let given = match input.facts.is_empty() {
            true => HashMap::new(),
            false => ledger.given(collection).await.map_err(PlanError::Ledger)?,
        };
        let said = ledger.said_of(collection).await;
        Ok(Self {
            known,
            gaps: gaps.map_err(PlanError::Ledger)?,
            given,
            said: said.map_err(PlanError::Ledger)?,
        })
    }
}

struct Planner<'a> {
    input: &'a PlanInput,
    known: &'a HashMap<Vec<u8>, Known>,
    gaps: &'a HashMap<Vec<u8>, KnownGap>,
    given: &'a HashMap<Vec<u8>, Vec<Fact>>,
    said: &'a HashMap<Vec<u8>, String>,
    seen: HashSet<&'a [u8]>,
    /// The roots below which a file was found.
    alive: HashSet<&'a Path>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(input: &'a PlanInput, listed: &'a Listed) -> Self {
        let Listed {
            known,
            gaps,
            given,
            said,
        } = listed;
        Self {
            input,
            known,
            gaps,
            given,
            said,
            seen: HashSet::new(),
            alive: HashSet::new(),
            plan: Plan::default(),
        }
    }

    /// Finds what is known of the roots. What was said of anything below them is said anew.
    fn look_around(&mut self) {
        // What is known of a root goes with all repositories below it: who looks at a part of it has not
        // seen these.
        let is_whole = |root: &&PathBuf| {
            let scope = self.input.scope.as_ref();
            scope.is_none_or(|scope| scope.contains(*root))
        };
        for root in self.input.roots.iter().filter(is_whole) {
            let facts = match &self.input.tree {
                Some(commit) => commit.facts.clone(),
                None => Worktree::around(root).map(facts_of).unwrap_or_default(),
            };
            let root = root.as_os_str().as_bytes().to_vec();
            self.plan.origins.push(Origin { root, facts });
        }
        // The outer ones come first.
        self.plan.origins.sort_by(|a, b| a.root.cmp(&b.root));
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::Repository { top } => {
                if let Some(worktree) =
                    Worktree::at(&top).filter(|_| !self.input.roots.contains(&top))
                {
                    self.plan.origins.push(Origin {
                        root: top.into_os_string().into_vec(),
                        facts: facts_of(worktree),
                    });
                }
            }
            Found::File {
                path,
                relative,
                stat,
                said,
            } => {
                let root = self.root_of(&path);
                self.alive.extend(root);
                let source = path.into_os_string().into_vec();
                let path = relative.into_os_string().into_vec();
                self.file(source, path, stat.into(), said);
            }
            Found::Skipped { path, bytes, rule } => {
                let below = self.below_root(&path);
                let source = path.into_os_string().into_vec();
                let code = if rule.is_wish() { SKIPPED } else { rule.word() };
                let (reason, is_secret) = (rule.reason(), rule == Rule::Secret);
                let (rule, code) = (rule.word().to_owned(), code.to_owned());
                let named = self.input.is_root(&source) && code != SKIPPED;
                if is_secret && let Some((key, known)) = self.known.get_key_value(&source) {
                    // It was taken in before there was such a rule, or while it was allowed.
                    self.seen.insert(key);
                    self.plan.deletes.push(PlannedDelete {
                        source: source.clone(),
                        bytes: known.bytes,
                    });
                }
                self.plan.skipped.push(PlannedSkip {
                    named,
                    source,
                    path: below,
                    bytes,
                    rule,
                    code,
                    reason,
                });
            }
            Found::Unreadable { path, reason } => {
                let below = self.below_root(&path);
                self.plan.unreadable.push(Unreadable {
                    source: path,
                    path: below,
                    error: reason,
                });
            }
        }
    }

    /// Returns the path as documents have it: below the root, or the name of a root itself.
    fn below_root(&self, path: &Path) -> Vec<u8> {
        let roots = match &self.input.tree {
            None => self.input.roots.as_slice(),
            Some(commit) => std::slice::from_ref(&commit.tree.root),
        };
        let roots = roots.iter();
        let below = roots.filter_map(|root| path.strip_prefix(root).ok());
        let below = below.filter(|below| !below.as_os_str().is_empty()).min();
        let below = below.map(Path::as_os_str).or(path.file_name());
        below.unwrap_or(path.as_os_str()).as_bytes().to_vec()
    }

    fn file(&mut self, source: Vec<u8>, path: Vec<u8>, stat: SourceStat, said: Said) {
        let known = self.known.get_key_value(source.as_slice());
        if let Some((key, known)) = known {
            self.seen.insert(key);
            let secrets = &self.input.rules.secrets;
            let pipeline = secrets.pipeline_of(&self.input.pipeline, &path);
            let key = self
                .input
                .collection
                .map(|collection| ids::version_key(collection, &path, known.content, &pipeline));
            let is_same = || known.stat == Some(stat) || self.reads_the_same(&source, stat, known);
            // Another pipeline, or another path below another root, makes another version.
            let says_the_same =
                self.input.facts.is_empty() || self.given.get(&source) == Some(&self.input.facts);
            let says_the_same = says_the_same && self.is_said(&source, said);
            if key == Some(known.key) && says_the_same && is_same() {
                self.plan.unchanged.count(stat.bytes);
                if self.input.tree.is_some() {
                    let facts = None;
                    self.plan.same.push(SameFile {
                        source,
                        path,
                        facts,
                    });
                }
                return;
            }
        }
        if !self.input.again
            && let Some(gap) = self.gaps.get(&source)
            && let Some(seen) = &gap.seen
            && seen.stat == stat
            && seen.pipeline == self.input.pipeline
            && !self.is_wanted_now(gap, said)
        {
            let (rule, code) = (gap.rule.clone(), gap.code.clone());
            let named = self.input.is_root(&source);
            self.plan.skipped.push(PlannedSkip {
                named,
                source,
                path,
                bytes: Some(stat.bytes),
                rule,
                code,
                reason: String::new(),
            });
            return;
        }
        let is_new = known.is_none();
        let blob = self.input.tree.as_ref().and_then(|commit| {
            let entries = &commit.tree.entries;
            let at = entries.binary_search_by(|entry| entry.path.cmp(&path));
            Some(entries[at.ok()?].id.clone())
        });
        self.plan.work.push(PlannedFile {
            source,
            path,
            bytes: stat.bytes,
            is_new,
            said,
            blob,
            facts: Vec::new(),
        });
    }

    /// Tells whether what a `.gitattributes` says of a document is what it said before.
    fn is_said(&self, source: &[u8], said: Said) -> bool {
        let known = self.said.get(source).map(String::as_str);
        known.unwrap_or_default() == said.text()
    }

    /// Tells whether somebody asks by now for packed code that was left out.
    fn is_wanted_now(&self, gap: &KnownGap, said: Said) -> bool {
        let is_asked = !self.input.rules.include.is_empty() || said.generated == Some(false);
        is_asked && gap.rule == Rule::Minified.word()
    }

    fn reads_the_same(&self, source: &[u8], stat: SourceStat, known: &Known) -> bool {
        if !self.input.read_suspects || stat.bytes != known.bytes {
            return false;
        }
        let path = Path::new(OsStr::from_bytes(source));
        // What cannot be read is left to the run, which says why.
        read::read(path, self.input.rules.max_file_bytes)
            .is_ok_and(|(bytes, _)| ids::content_hash(&bytes) == known.content)
    }

    /// Returns the root that lies closest above `path`.
    fn root_of(&self, path: &Path) -> Option<&'a Path> {
        walk::root_of(&self.input.roots, path)
    }

    /// Tells whether all of a root was looked at.
    fn is_whole(&self, root: &Path) -> bool {
        let looked_at = self.input.scope.as_ref().unwrap_or(&self.input.roots);
        looked_at.iter().any(|path| path == root)
    }

    /// Returns the known documents whose files were not met.
    fn missing(&self) -> impl Iterator<Item = (&'a Vec<u8>, &'a Known)> {
        let known = self.known.iter();
        known.filter(|(source, _)| !self.seen.contains(source.as_slice()))
    }

    /// Files that are gone, unless something speaks against believing it.
    fn delete_missing(&mut self) {
        if !self.input.delete_missing {
            return;
        }
        let mut gone: Vec<PlannedDelete> = self
            .missing()
            .map(|(source, known)| PlannedDelete {
                source: source.clone(),
                bytes: known.bytes,
            })
            .collect();
        if gone.is_empty() {
            return;
        }
        // After the walk: what came off meanwhile may have shown an empty folder to it.
        let marks = &self.input.marks;
        let other = marks.iter().find(|mark| !mark.holds());
        let is_same = !marks.is_empty() && other.is_none();
        // Of a root that is a new one, nothing is known any more.
        let strange = other.filter(|mark| !self.is_whole(&mark.root));
        let many = gone.len() * 100 > self.known.len() * GUARD_PERCENT && !is_same;
        // A disk that is not mounted is an empty folder, also beside a full one.
        let empty = gone.iter().find_map(|gone| {
            let root = self.root_of(Path::new(OsStr::from_bytes(&gone.source)))?;
            (!is_same && !self.alive.contains(root)).then_some(root)
        });
        self.plan.guard = match () {
            () if self.plan.incomplete => {
                Some("the scan met errors, so nothing is deleted".to_owned())
            }
            () if strange.is_some() => strange.map(|mark| {
                let folder = mark.root.display();
                format!("{folder} is another folder than before, so nothing is deleted")
            }),
            () if empty.is_some() && !self.input.force_delete => {
                let root = empty.unwrap_or(Path::new("the source"));
                let root = root.display();
                Some(format!("{root} has no files at all, so nothing is deleted"))
            }
            () if many && !self.input.force_delete => Some(format!(
                "{} of {} documents would vanish, which is more than {GUARD_PERCENT} %",
                gone.len(),
                self.known.len()
            )),
            () => None,
        };
        if self.plan.guard.is_some() {
            self.plan.held_back = u64::try_from(gone.len()).unwrap_or(u64::MAX);
            return;
        }
        self.plan.deletes.append(&mut gone);
        let deletes = &mut self.plan.deletes;
        deletes.sort_by(|a, b| a.source.cmp(&b.source));
    }

    fn finish(mut self, roots: &[PathBuf]) -> Result<Plan, PlanError> {
        let gone = |unreadable: &&Unreadable| {
            unreadable.error.kind() == std::io::ErrorKind::NotFound
                && roots.contains(&unreadable.source)
        };
        let missing = self.plan.unreadable.iter().filter(gone).count();
        if missing > 0 && missing == roots.len() {
            let path = self.plan.unreadable.swap_remove(0).source;
            return Err(PlanError::Missing { path });
        }
        Ok(self.plan)
    }
}

/// Returns what a folder of a repository says of all its files.
fn facts_of(worktree: Worktree) -> Vec<Fact> {
    let Worktree {
        top: _,
        origin,
        branch,
        commit,
    } = worktree;
    git_facts(origin, branch, commit)
}

/// Returns what is known of all files of a repository, in the order of their names.
#[must_use]
pub fn git_facts(
    origin: Option<String>,
    reference: Option<String>,
    commit: Option<String>,
) -> Vec<Fact> {
    let facts = [
        ("git.commit", commit),
        ("git.origin", origin),
        ("git.ref", reference),
    ];
    let facts = facts.into_iter();
    facts
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// Finds which listed gaps are closed, and which skips are not listed yet.
fn compare_gaps(plan: &mut Plan, listed: &HashMap<Vec<u8>, KnownGap>, missing: &HashSet<Vec<u8>>) {
    // Parts come and go with their documents.
    let whole = listed.keys().filter(|source| !is_part(source));
    let mut open: HashSet<&[u8]> = whole.map(Vec::as_slice).collect();
    for (position, skip) in plan.skipped.iter().enumerate() {
        open.remove(skip.source.as_slice());
        let is_listed = listed
            .get(&skip.source)
            .is_some_and(|gap| gap.rule == skip.rule && gap.code == skip.code);
        if !is_listed {
            plan.new_gaps.push(position);
        }
    }
    let deleted: HashSet<&[u8]> = plan
        .deletes
        .iter()
        .map(|gone| gone.source.as_slice())
        .collect();
    // A file that is to be read again tells by itself; of the rest, what is not searchable as it
    // was is gone or fine.
    for file in &plan.work {
        open.remove(file.source.as_slice());
    }
    for unreadable in &plan.unreadable {
        open.remove(unreadable.source.as_os_str().as_bytes());
    }
    // What is deleted lacks nothing any more, unless its file is there and a rule leaves it out.
    let closed = open
        .into_iter()
        .filter(|source| deleted.contains(source) || !missing.contains(*source));
    plan.closed_gaps = closed.map(<[u8]>::to_vec).collect();
}
