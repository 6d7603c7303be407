//! Gaps as work: what is read again when somebody asks for it.
//!
//! A file that was found is read by itself, under the path that it had. What a scan left out is
//! scanned again, by the job that found it, since only its rules tell what belongs to the source.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::Metadata;
use std::sync::Arc;

use super::plan::{path_of, planned, split, with_cost};
use crate::config::RuntimeKind;
use crate::ids::{ContentHash, JobId};
use crate::ingest::made::Said;
use crate::ingest::plan::{Plan, PlannedFile};
use crate::jobs::state::Done;
use crate::jobs::{IngestWork, PartWork, Rules, Source, Stage, Upload, WebSource, Work, WorkPath};
use crate::ledger::{DocumentRow, GapRow, part_of, path_of_part};

/// What the source of an upload begins with; that of a file is a path.
const UPLOAD: &[u8] = b"upload:";
/// The same for a file of a repository that was fetched.
const GIT: &[u8] = b"git:";
/// The same for a page.
const WEB: &[u8] = WebSource::SCHEME.as_bytes();

/// Gaps of a collection that somebody asked for, and what is known about them.
#[derive(Debug)]
pub struct Asked {
    pub collection: String,
    pub gaps: Vec<GapRow>,
    /// What the jobs that found the gaps had to do, as far as they are known.
    pub works: HashMap<JobId, Arc<Work>>,
    /// Of which parts are gaps, by source.
    pub documents: HashMap<Vec<u8>, DocumentRow>,
    /// Contents that are there.
    pub kept: HashSet<ContentHash>,
    /// Whoever asks may have files read.
    pub reads_files: bool,
    pub max_file_bytes: u64,
    pub part_files: usize,
    pub part_bytes: u64,
}

/// What there is to do.
#[derive(Debug, Default)]
pub struct Again {
    pub jobs: Vec<AgainJob>,
    /// Gaps of which nothing is left here that could be read.
    pub lost: Vec<GapRow>,
}

/// A job that reads again.
#[derive(Debug)]
pub struct AgainJob {
    pub work: IngestWork,
    /// Empty: the job finds out.
    pub parts: Vec<(PartWork, u64)>,
    pub planned: Done,
    pub gaps: u64,
    /// What is read, as people know it.
    pub names: Vec<Vec<u8>>,
}

/// Something to read, and how many gaps it is about.
struct Counted<T> {
    what: T,
    gaps: u64,
}

/// What was submitted under the same rules: these tell which files within archives are taken in, too.
struct Group {
    rules: Rules,
    files: BTreeMap<Vec<u8>, Counted<PlannedFile>>,
    uploads: BTreeMap<Vec<u8>, Counted<Upload>>,
}

#[derive(Default)]
struct Sorted {
    /// By their rules as text.
    groups: BTreeMap<String, Group>,
    /// By rules: the rules, and what is scanned by them.
    scans: BTreeMap<String, Counted<(IngestWork, BTreeSet<WorkPath>)>>,
    /// Repositories and pages that are fetched again, by how that was done.
    fetches: BTreeMap<String, Counted<(IngestWork, String)>>,
    lost: Vec<GapRow>,
}

impl Sorted {
    fn group(&mut self, rules: Rules) -> &mut Group {
        let name = serde_json::to_string(&rules).expect("rules are plain data");
        self.groups.entry(name).or_insert_with(|| Group {
            rules,
            files: BTreeMap::new(),
            uploads: BTreeMap::new(),
        })
    }
}

impl Asked {
    /// Returns the work. Looks at files, so it may take a while.
    #[must_use]
    pub fn work(mut self) -> Again {
        let mut sorted = Sorted::default();
        for gap in std::mem::take(&mut self.gaps) {
            if self.sort(&gap, &mut sorted).is_none() {
                sorted.lost.push(gap);
            }
        }
        let scans = sorted.scans.into_values().map(|scan| {
            let (work, roots) = scan.what;
            let names = roots.iter().map(|root| root.as_bytes().to_vec()).collect();
            let source = Source::Paths(roots.into_iter().collect());
            AgainJob {
                work: IngestWork { source, ..work },
                parts: Vec::new(),
                planned: Done::default(),
                gaps: scan.gaps,
                names,
            }
        });
        let fetches = sorted.fetches.into_values().map(|fetch| {
            let (work, name) = fetch.what;
            AgainJob {
                work,
                parts: Vec::new(),
                planned: Done::default(),
                gaps: fetch.gaps,
                names: vec![name.into_bytes()],
            }
        });
        let mut jobs: Vec<_> = scans.chain(fetches).collect();
        for group in sorted.groups.into_values() {
            let Group {
                rules,
                files,
                uploads,
            } = group;
            if !files.is_empty() {
                jobs.push(self.of_files(files, rules.clone()));
            }
            jobs.extend(self.of_uploads(uploads, &rules));
        }
        Again {
            jobs,
            lost: sorted.lost,
        }
    }

    /// Adds what there is to do about a gap; none: nothing can be done.
    fn sort(&self, gap: &GapRow, sorted: &mut Sorted) -> Option<()> {
        let (document, part) = part_of(&gap.source);
        let gaps = if document.starts_with(UPLOAD) || document.starts_with(Upload::PROJECT) {
            let upload = self.upload(gap, document, part.is_some())?;
            let group = sorted.group(self.rules(gap, part.is_some())?);
            let entry = group.uploads.entry(document.to_vec());
            &mut entry.or_insert(Counted::new(upload)).gaps
        } else if document.starts_with(GIT) || document.starts_with(WEB) {
            let (work, name) = match document.strip_prefix(WEB) {
                Some(address) => self.page(gap, address, part.is_some())?,
                None => self.commit(gap)?,
            };
            let key = serde_json::to_string(&work).expect("work is plain data");
            let entry = sorted.fetches.entry(key);
            &mut entry.or_insert(Counted::new((work, name))).gaps
        } else if !self.reads_files {
            return None;
        } else {
            let stat = path_of(&WorkPath::from(document)).symlink_metadata().ok();
            let is_folder = stat.as_ref().is_some_and(Metadata::is_dir);
            if gap.stage == Stage::Planning as u8 || is_folder {
                let (work, root) = self.scan(gap)?;
                let name = serde_json::to_string(&work).expect("work is plain data");
                let entry = sorted.scans.entry(name);
                let scan = entry.or_insert(Counted::new((work, BTreeSet::new())));
                scan.what.1.insert(root);
                &mut scan.gaps
            } else {
                let file = PlannedFile {
                    source: document.to_vec(),
                    path: path_of_document(gap, part),
                    bytes: stat.map_or(0, |stat| stat.len()),
                    is_new: false,
                    blob: None,
                    facts: Vec::new(),
                    // Nobody asks here: the next plan sees it.
                    said: Said::default(),
                };
                let group = sorted.group(self.rules(gap, part.is_some())?);
                let limit = &mut group.rules.max_file_bytes;
                // What was let in before is let in again.
                *limit = (*limit).max(gap.bytes.unwrap_or(0));
                let entry = group.files.entry(document.to_vec());
                &mut entry.or_insert(Counted::new(file)).gaps
            }
        };
        *gaps += 1;
        Some(())
    }

    fn upload(&self, gap: &GapRow, document: &[u8], is_part: bool) -> Option<Upload> {
        let (content, bytes, observed) = if is_part {
            let row = self.documents.get(document)?;
            (row.content, row.bytes, row.observed)
        } else {
            let content = gap.content?;
            (content.hash, gap.bytes?, content.observed)
        };
        let project = document.starts_with(Upload::PROJECT);
        let kind = if project { Upload::PROJECT } else { UPLOAD };
        let upload = Upload {
            name: WorkPath::from(&document[kind.len()..]),
            content,
            bytes,
            observed: Some(observed),
            project,
        };
        self.kept.contains(&content).then_some(upload)
    }

    /// Returns the rules by which the document of a gap was taken in. Once they are forgotten, nobody
    /// knows which of the files within it are wanted; a document that is read by itself needs none.
    fn rules(&self, gap: &GapRow, is_part: bool) -> Option<Rules> {
        let work = gap.job.and_then(|job| self.works.get(&job));
        let rules = match work.map(Arc::as_ref) {
            Some(Work::Ingest(work)) => self.scanning(&work.rules),
            _ if is_part => return None,
            _ => self.scanning(&Rules::default()),
        };
        Some(Rules {
            // What was said since is newer than what was said then.
            facts: Vec::new(),
            ..rules
        })
    }

    /// Returns how the job of a gap fetched its repository, and what people call that.
    fn commit(&self, gap: &GapRow) -> Option<(IngestWork, String)> {
        let Work::Ingest(work) = self.works.get(&gap.job?)?.as_ref() else {
            return None;
        };
        let Source::Git(source) = &work.source else {
            return None;
        };
        // Keys are for the user of the daemon, also where he used them before.
        if source.own && !self.reads_files {
            return None;
        }
        let name = source.name();
        let work = IngestWork {
            rules: self.scanning(&work.rules),
            again: true,
            ..work.clone()
        };
        Some((work, name))
    }

    /// Returns how a page is fetched again, and its address.
    fn page(&self, gap: &GapRow, address: &[u8], is_part: bool) -> Option<(IngestWork, String)> {
        let address = std::str::from_utf8(address).ok()?.to_owned();
        let source = WebSource {
            address: address.clone(),
        };
        let rules = self.rules(gap, is_part)?;
        Some((self.ingest(Source::Web(source), rules), address))
    }

    /// Returns rules that take no less than before and delete nothing.
    fn scanning(&self, rules: &Rules) -> Rules {
        Rules {
            delete_missing: false,
            force_delete: false,
            max_file_bytes: rules.max_file_bytes.max(self.max_file_bytes),
            ..rules.clone()
        }
    }

    /// Returns how the job of a gap scanned its source, and where the gap was found.
    fn scan(&self, gap: &GapRow) -> Option<(IngestWork, WorkPath)> {
        let Work::Ingest(work) = self.works.get(&gap.job?)?.as_ref() else {
            return None;
        };
        let Source::Paths(roots) = &work.source else {
            return None;
        };
        let source = path_of(&WorkPath::from(gap.source.as_slice()));
        let above = roots
            .iter()
            .filter(|root| source.starts_with(path_of(root)));
        let root = above.max_by_key(|root| root.as_bytes().len())?.clone();
        let work = IngestWork {
            source: Source::Paths(Vec::new()),
            rules: self.scanning(&work.rules),
            again: false,
            watched: None,
            ..work.clone()
        };
        Some((work, root))
    }

    fn of_files(&self, files: BTreeMap<Vec<u8>, Counted<PlannedFile>>, rules: Rules) -> AgainJob {
        let gaps = files.values().map(|file| file.gaps).sum();
        let plan = Plan {
            work: files.into_values().map(|file| file.what).collect(),
            ..Plan::default()
        };
        let parts = split(&plan, self.part_files, self.part_bytes);
        AgainJob {
            work: self.ingest(Source::Paths(Vec::new()), rules),
            parts: parts.into_iter().map(with_cost).collect(),
            planned: planned(&plan),
            gaps,
            names: plan.work.into_iter().map(|file| file.path).collect(),
        }
    }

    /// Divides uploads among jobs as files are among parts.
    fn of_uploads(
        &self,
        uploads: BTreeMap<Vec<u8>, Counted<Upload>>,
        rules: &Rules,
    ) -> Vec<AgainJob> {
        let mut groups = Vec::<Vec<Counted<Upload>>>::new();
        let mut bytes = 0;
        for upload in uploads.into_values() {
            let size = upload.what.bytes;
            match groups.last_mut() {
                Some(group) if group.len() < self.part_files && bytes + size <= self.part_bytes => {
                    bytes += size;
                    group.push(upload);
                }
                _ => {
                    bytes = size;
                    groups.push(vec![upload]);
                }
            }
        }
        let job = |group: Vec<Counted<Upload>>| {
            let gaps = group.iter().map(|upload| upload.gaps).sum();
            let uploads: Vec<_> = group.into_iter().map(|upload| upload.what).collect();
            let names = uploads.iter().map(|upload| upload.name.as_bytes().to_vec());
            AgainJob {
                names: names.collect(),
                work: self.ingest(Source::Uploads(uploads), rules.clone()),
                parts: Vec::new(),
                planned: Done::default(),
                gaps,
            }
        };
        groups.into_iter().map(job).collect()
    }

    fn ingest(&self, source: Source, rules: Rules) -> IngestWork {
        IngestWork {
            collection: self.collection.clone(),
            source,
            rules,
            runtime: RuntimeKind::Local,
            again: true,
            watched: None,
        }
    }
}

impl<T> Counted<T> {
    fn new(what: T) -> Self {
        Self { what, gaps: 0 }
    }
}

/// Returns the path of the document of a gap. That of a part ends in `!/PART`, and so on within it.
fn path_of_document(gap: &GapRow, part: Option<&[u8]>) -> Vec<u8> {
    let path = gap.path.as_slice();
    let of_document = part.and_then(|part| {
        let shown = path_of_part(part);
        path.strip_suffix(shown.as_slice())?.strip_suffix(b"!/")
    });
    of_document.unwrap_or(path).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CollectionId, Timestamp};
    use crate::jobs::GitSource;
    use crate::ledger::GapContent;

    fn asked() -> Asked {
        Asked {
            collection: "c".to_owned(),
            gaps: Vec::new(),
            works: HashMap::new(),
            documents: HashMap::new(),
            kept: HashSet::new(),
            reads_files: true,
            max_file_bytes: 100,
            part_files: 2,
            part_bytes: 100,
        }
    }

    fn gap(source: &str, path: &str, stage: Stage) -> GapRow {
        GapRow {
            collection: CollectionId(uuid::Uuid::nil()),
            source: source.as_bytes().to_vec(),
            path: path.as_bytes().to_vec(),
            stage: stage as u8,
            rule: "broken".to_owned(),
            code: "broken".to_owned(),
            reason: String::new(),
            bytes: Some(60),
            job: None,
            at: Timestamp(0),
            seen: None,
            content: Some(GapContent {
                hash: ContentHash([1; 32]),
                observed: 7,
            }),
        }
    }

    const JOB: JobId = JobId(uuid::Uuid::from_u128(7));

    /// A job that took something in by these rules.
    fn works(rules: Rules) -> HashMap<JobId, Arc<Work>> {
        let work = IngestWork {
            collection: "c".to_owned(),
            source: Source::Paths(Vec::new()),
            rules,
            runtime: RuntimeKind::Local,
            again: false,
            watched: None,
        };
        HashMap::from([(JOB, Arc::new(Work::Ingest(work)))])
    }

    /// Returns gaps and names of each job, and the paths of what is lost.
    fn sorted(asked: Asked) -> (Vec<(u64, Vec<String>)>, Vec<String>) {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let Again { jobs, lost } = asked.work();
        let jobs = jobs.into_iter().map(|job| {
            let names = job.names.into_iter().map(text);
            (job.gaps, names.collect())
        });
        let lost = lost.into_iter().map(|gap| text(gap.path));
        (jobs.collect(), lost.collect())
    }

    fn check(asked: Asked, jobs: &[(u64, &[&str])], lost: &[&str]) {
        let jobs = jobs.iter().map(|(gaps, names)| {
            let names = names.iter().map(|name| (*name).to_owned());
            (*gaps, names.collect())
        });
        let lost = lost.iter().map(|path| (*path).to_owned());
        assert_eq!(sorted(asked), (jobs.collect(), lost.collect()));
    }

    #[test]
    fn parts_of_a_file_are_that_file() {
        let gaps = || {
            vec![
                gap(
                    "/src/a/m.eml\0p!/q.png",
                    "a/m.eml!/p!/q.png",
                    Stage::Extracting,
                ),
                gap("/src/a/m.eml\0r.png", "a/m.eml!/r.png", Stage::Extracting),
                gap("/src/b.pdf", "b.pdf", Stage::Storing),
            ]
        };
        let of_job = |gap| GapRow {
            job: Some(JOB),
            ..gap
        };
        let of_owner = Asked {
            gaps: gaps().into_iter().map(of_job).collect(),
            works: works(Rules::default()),
            ..asked()
        };
        check(of_owner, &[(3, &["a/m.eml", "b.pdf"])], &[]);
        let of_stranger = Asked {
            gaps: gaps(),
            reads_files: false,
            ..asked()
        };
        let all = ["a/m.eml!/p!/q.png", "a/m.eml!/r.png", "b.pdf"];
        check(of_stranger, &[], &all);
    }

    /// The rules tell which files of an archive are taken in: retried by others, some would come and some go.
    #[test]
    fn files_are_read_by_the_rules_of_the_job_that_found_them() {
        let member = |job| GapRow {
            job,
            ..gap(
                "/src/a.zip\0b.pdf\0page 2",
                "a.zip!/b.pdf!/page 2",
                Stage::Extracting,
            )
        };
        let rules = Rules {
            exclude: vec!["*.log".to_owned()],
            hidden: true,
            facts: vec![("tag".to_owned(), "old".to_owned())],
            ..Rules::default()
        };
        let known = Asked {
            gaps: vec![member(Some(JOB))],
            works: works(rules.clone()),
            ..asked()
        };
        let Again { jobs, lost } = known.work();
        assert!(lost.is_empty());
        assert_eq!(jobs[0].names, [b"a.zip".to_vec()]);
        let expected = Rules {
            max_file_bytes: 100,
            facts: Vec::new(),
            ..rules
        };
        assert_eq!(jobs[0].work.rules, expected);
        let forgotten = Asked {
            gaps: vec![member(None)],
            ..asked()
        };
        check(forgotten, &[], &["a.zip!/b.pdf!/page 2"]);
    }

    #[test]
    fn uploads_are_read_as_long_as_they_are_kept() {
        let gaps = || {
            let names = ["a", "b", "c"];
            let gaps = names.map(|name| gap(&format!("upload:{name}"), name, Stage::Extracting));
            gaps.to_vec()
        };
        let kept = Asked {
            gaps: gaps(),
            kept: HashSet::from([ContentHash([1; 32])]),
            ..asked()
        };
        check(kept, &[(1, &["a"]), (1, &["b"]), (1, &["c"])], &[]);
        let swept = Asked {
            gaps: gaps(),
            ..asked()
        };
        check(swept, &[], &["a", "b", "c"]);
    }

    #[test]
    fn files_of_a_repository_are_fetched_again_as_they_were() {
        let work = |own: bool| {
            let work = Work::Ingest(IngestWork {
                source: Source::Git(GitSource {
                    address: "https://a.org/b.git".to_owned(),
                    reference: "v1".to_owned(),
                    depth: 1,
                    subdir: WorkPath::from(b"docs".as_slice()),
                    own,
                }),
                ..asked().ingest(Source::Paths(Vec::new()), Rules::default())
            });
            (JobId::new(), Arc::new(work))
        };
        for (own, reads_files, is_fetched) in [
            (true, true, true),
            (true, false, false),
            (false, false, true),
        ] {
            let (id, work) = work(own);
            let source = "git:https://a.org/b.git@v1:/docs/a.pdf";
            let gaps = vec![GapRow {
                job: Some(id),
                ..gap(source, "docs/a.pdf", Stage::Extracting)
            }];
            let asked = Asked {
                gaps,
                works: HashMap::from([(id, work)]),
                reads_files,
                ..asked()
            };
            match is_fetched {
                true => check(asked, &[(1, &["git:https://a.org/b.git@v1:/docs"])], &[]),
                false => check(asked, &[], &["docs/a.pdf"]),
            }
        }
    }

    #[test]
    fn what_a_forgotten_job_left_out_is_to_be_submitted_again() {
        let gaps = vec![gap("/src/large", "large", Stage::Planning)];
        check(Asked { gaps, ..asked() }, &[], &["large"]);
    }
}
