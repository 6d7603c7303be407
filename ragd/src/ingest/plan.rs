//! What a submit would do, before it does it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::read::Stat;
use super::walk::{self, Found, Rules, WalkError, Walked};
use crate::ids::{self, CollectionId};
use crate::ledger::{Known, KnownGap, Ledger, LedgerError, SKIPPED, SourceStat};

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
    pub unreadable: Vec<(PathBuf, std::io::Error)>,
    /// Why documents whose files are gone are not deleted, if they are not.
    pub guard: Option<String>,
    /// Sources that are no gaps any more.
    pub closed_gaps: Vec<Vec<u8>>,
    /// Skips that are not listed as gaps yet, by position in `skipped`.
    pub new_gaps: Vec<usize>,
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
}

#[derive(Clone, Debug)]
pub struct PlannedDelete {
    pub source: Vec<u8>,
    pub bytes: u64,
}

#[derive(Clone, Debug)]
pub struct PlannedSkip {
    pub source: Vec<u8>,
    pub bytes: Option<u64>,
    pub rule: String,
    /// The code of its gap.
    pub code: String,
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
        for skip in &self.skipped {
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
    pub roots: Vec<PathBuf>,
    pub rules: Rules,
    pub delete_missing: bool,
    pub force_delete: bool,
    /// The fingerprint of what turns bytes into chunks: with another one all files are changed.
    pub pipeline: String,
}

/// Compares a source with the ledger. Reads no file.
pub async fn plan(
    ledger: &Ledger,
    input: PlanInput,
    cancel: Arc<AtomicBool>,
    found: impl Fn(u64) + Send + 'static,
) -> Result<Plan, PlanError> {
    let observed = ledger.observe();
    let roots: Vec<Vec<u8>> = input
        .roots
        .iter()
        .map(|root| root.as_os_str().as_bytes().to_vec())
        .collect();
    let (known, gaps) = match input.collection {
        None => (HashMap::new(), HashMap::new()),
        Some(collection) => {
            let known = ledger
                .known(collection, roots.clone())
                .await
                .map_err(PlanError::Ledger)?;
            let gaps = ledger
                .known_gaps(collection, roots)
                .await
                .map_err(PlanError::Ledger)?;
            (known, gaps)
        }
    };
    let task = tokio::task::spawn_blocking(move || {
        let mut planner = Planner::new(&input, &known, &gaps);
        planner.plan.observed = observed;
        let walked = walk::walk(&input.roots, &input.rules, &cancel, &mut |item| {
            planner.take(item);
            let files = planner.plan.work.len();
            if files.is_multiple_of(1_024) {
                found(u64::try_from(files).unwrap_or(u64::MAX));
            }
        });
        match walked.map_err(PlanError::Rules)? {
            Walked::Cancelled => return Err(PlanError::Cancelled),
            Walked::Complete => planner.delete_missing(true),
            Walked::Incomplete => planner.delete_missing(false),
        }
        let mut plan = planner.finish(&input.roots)?;
        compare_gaps(&mut plan, gaps, &known);
        Ok(plan)
    });
    task.await.map_err(|_| PlanError::Cancelled)?
}

struct Planner<'a> {
    input: &'a PlanInput,
    known: &'a HashMap<Vec<u8>, Known>,
    gaps: &'a HashMap<Vec<u8>, KnownGap>,
    seen: HashSet<&'a [u8]>,
    files: u64,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(
        input: &'a PlanInput,
        known: &'a HashMap<Vec<u8>, Known>,
        gaps: &'a HashMap<Vec<u8>, KnownGap>,
    ) -> Self {
        Self {
            input,
            known,
            gaps,
            seen: HashSet::new(),
            files: 0,
            plan: Plan::default(),
        }
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::File {
                path,
                relative,
                stat,
            } => {
                self.files += 1;
                let source = path.into_os_string().into_vec();
                let path = relative.into_os_string().into_vec();
                self.file(source, path, stat.into());
            }
            Found::Skipped { path, bytes, rule } => {
                let source = path.into_os_string().into_vec();
                let code = if rule.is_wish() { SKIPPED } else { rule.word() };
                let (rule, code) = (rule.word().to_owned(), code.to_owned());
                self.plan.skipped.push(PlannedSkip {
                    source,
                    bytes,
                    rule,
                    code,
                });
            }
            Found::Unreadable { path, reason } => self.plan.unreadable.push((path, reason)),
        }
    }

    fn file(&mut self, source: Vec<u8>, path: Vec<u8>, stat: SourceStat) {
        let known = self.known.get_key_value(source.as_slice());
        if let Some((key, known)) = known {
            self.seen.insert(key);
            let same_pipeline =
                ids::version_key(known.document, known.content, &self.input.pipeline) == known.key;
            if same_pipeline && known.stat == Some(stat) {
                self.plan.unchanged.count(stat.bytes);
                return;
            }
        }
        if let Some(gap) = self.gaps.get(&source)
            && let Some(seen) = &gap.seen
            && seen.stat == stat
            && seen.pipeline == self.input.pipeline
        {
            let (rule, code) = (gap.rule.clone(), gap.code.clone());
            self.plan.skipped.push(PlannedSkip {
                source,
                bytes: Some(stat.bytes),
                rule,
                code,
            });
            return;
        }
        let is_new = known.is_none();
        self.plan.work.push(PlannedFile {
            source,
            path,
            bytes: stat.bytes,
            is_new,
        });
    }

    /// Files that are gone, unless something speaks against believing it.
    fn delete_missing(&mut self, complete: bool) {
        if !self.input.delete_missing {
            return;
        }
        let gone = self
            .known
            .iter()
            .filter(|(source, _)| !self.seen.contains(source.as_slice()));
        let mut gone: Vec<PlannedDelete> = gone
            .map(|(source, known)| PlannedDelete {
                source: source.clone(),
                bytes: known.bytes,
            })
            .collect();
        if gone.is_empty() {
            return;
        }
        let many = gone.len() * 100 > self.known.len() * GUARD_PERCENT;
        self.plan.guard = match () {
            () if !complete => Some("the scan met errors, so nothing is deleted".to_owned()),
            () if self.files == 0 && !self.input.force_delete => {
                Some("the source has no files at all, so nothing is deleted".to_owned())
            }
            () if many && !self.input.force_delete => Some(format!(
                "{} of {} documents would vanish, which is more than {GUARD_PERCENT} %",
                gone.len(),
                self.known.len()
            )),
            () => None,
        };
        if self.plan.guard.is_none() {
            gone.sort_by(|a, b| a.source.cmp(&b.source));
            self.plan.deletes = gone;
        }
    }

    fn finish(mut self, roots: &[PathBuf]) -> Result<Plan, PlanError> {
        let gone = |path: &PathBuf, error: &std::io::Error| {
            error.kind() == std::io::ErrorKind::NotFound && roots.contains(path)
        };
        let missing = self
            .plan
            .unreadable
            .iter()
            .filter(|(path, error)| gone(path, error))
            .count();
        if missing > 0 && missing == roots.len() {
            let (path, _) = self.plan.unreadable.swap_remove(0);
            return Err(PlanError::Missing { path });
        }
        Ok(self.plan)
    }
}

/// Finds which listed gaps are closed, and which skips are not listed yet.
fn compare_gaps(
    plan: &mut Plan,
    mut listed: HashMap<Vec<u8>, KnownGap>,
    known: &HashMap<Vec<u8>, Known>,
) {
    for (position, skip) in plan.skipped.iter().enumerate() {
        match listed.remove(&skip.source) {
            Some(gap) if gap.rule == skip.rule && gap.code == skip.code => {}
            _ => plan.new_gaps.push(position),
        }
    }
    // A file that is still there will be read again; the rest is gone or fine.
    for file in &plan.work {
        listed.remove(&file.source);
    }
    for (path, _) in &plan.unreadable {
        listed.remove(path.as_os_str().as_bytes());
    }
    let unchanged = |source: &Vec<u8>| known.contains_key(source);
    plan.closed_gaps = listed
        .into_keys()
        .filter(|source| !unchanged(source))
        .collect();
}
