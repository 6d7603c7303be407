//! Taking in a source: find out what there is to do, then do it, in parts if it is much.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::elsewhere::{self, Errand};
use super::launched::Launcher;
use super::plan::{
    address_of, commit, gap_changes, path_of, planned, split, split_members, totals, walk_rules,
    with_cost,
};
use super::{Works, failure};
use crate::config::RuntimeKind;
use crate::fleet::Desk;
use crate::git::{GitError, ObjectId, Repository};
use crate::ids::{self, CollectionId, ContentHash, DocumentId, VersionKey};
use crate::ingest::away::Staged;
use crate::ingest::commits::{Commit, History};
use crate::ingest::made::Said;
use crate::ingest::pipeline::{Batch, Item, Look, Origin, Prepared, Step, Told};
use crate::ingest::plan::{self, CommitTree, PlanInput};
use crate::ingest::walk;
use crate::jobs::state::Done;
use crate::jobs::{
    Failure, FileEntry, GitSource, IngestWork, Leased, MemberEntry, Outcome, PartContext, PartWork,
    Source, Stage, Totals, Upload, WebSource, WorkPath,
};
use crate::ledger::{Activation, BlobRow, Changes, Deletion};
use crate::web::{Address, WebError};

pub(super) async fn run(
    works: &Works,
    work: &IngestWork,
    leased: &Leased,
    context: &PartContext,
) -> Result<Outcome, Failure> {
    let collection = leased
        .collection
        .expect("a job that takes in a source has a collection");
    let task = Task {
        works,
        work,
        leased,
        context,
        collection,
    };
    match (leased.part.as_ref(), &work.source) {
        (PartWork::Whole, Source::Paths(paths)) => task.whole(paths).await,
        (PartWork::Whole, Source::Uploads(uploads)) => task.uploads(uploads).await,
        (PartWork::Whole, Source::Git(source)) => task.commit(source).await,
        (PartWork::Whole, Source::Web(source)) => task.page(source).await,
        (PartWork::Files(entries), _) => task.files(entries, Changes::none(collection)).await,
        (PartWork::Deletes { observed, sources }, _) => Ok(task.deletes(*observed, sources)),
        (
            PartWork::Members {
                observed, files, ..
            },
            _,
        ) => task.members(*observed, files).await,
    }
}

/// How long a fetch may show nothing.
const SIGN: Duration = Duration::from_secs(3);

struct Task<'a> {
    works: &'a Works,
    work: &'a IngestWork,
    leased: &'a Leased,
    context: &'a PartContext,
    collection: CollectionId,
}

impl Task<'_> {
    async fn whole(&self, paths: &[WorkPath]) -> Result<Outcome, Failure> {
        self.context.stage(Stage::Planning);
        let observed = self.works.pipeline.ledger.observe();
        let roots = paths.iter().map(path_of).collect();
        let input = self.plan_of(roots, None, observed);
        self.planned(input, None).await
    }

    /// Fetches a commit, and goes on with its files.
    async fn commit(&self, source: &GitSource) -> Result<Outcome, Failure> {
        self.context.stage(Stage::Planning);
        // Before the host is asked: what somebody sees there later is younger.
        let observed = self.works.pipeline.ledger.observe();
        // A host may take its time, and a slot is for computing: the parts will have one.
        let sink = self.context.progress_sink();
        sink.computing_done();
        let fetching = commit(&self.works.git, source, self.context.stop());
        let fetching = self.context.wait(async {
            let mut fetching = std::pin::pin!(fetching);
            loop {
                match tokio::time::timeout(SIGN, &mut fetching).await {
                    Ok(fetched) => return fetched,
                    // There is nothing to count, and yet it goes on.
                    Err(_) => sink.tell(|_| {}),
                }
            }
        });
        let fetched = fetching.await.unwrap_or(Err(GitError::Stopped));
        let Commit {
            root,
            commit,
            history,
        } = fetched.map_err(|error| failure::of_git(&error))?;
        let input = self.plan_of(vec![root], Some(commit), observed);
        self.planned(input, Some(&history)).await
    }

    /// Fetches a page, and takes it in.
    async fn page(&self, source: &WebSource) -> Result<Outcome, Failure> {
        self.context.stage(Stage::Planning);
        // Before the host is asked: what somebody sees there later is younger.
        let observed = self.works.pipeline.ledger.observe();
        let sink = self.context.progress_sink();
        sink.computing_done();
        let address = Address::parse(&source.address);
        let address = address.map_err(|error| failure::failure("bad-request", &error, false))?;
        let fetching = self.works.web.fetch(&address, self.context.stop());
        let page = self.context.wait(fetching).await;
        let page = page
            .unwrap_or(Err(WebError::Stopped))
            .map_err(|error| failure::of_web(&error))?;
        sink.computing().await;
        let bytes = u64::try_from(page.bytes.len()).unwrap_or(u64::MAX);
        let day = page.day.map(|day| ("date".to_owned(), day));
        let item = Item {
            source: source.source(),
            path: source.path(),
            named: true,
            said: Said::default(),
            from: Origin::Fetched {
                bytes: page.bytes,
                observed,
                facts: day.into_iter().collect(),
            },
        };
        let nothing = Changes::none(self.collection);
        let mut outcome = self.prepare(vec![item], nothing, bytes).await?;
        outcome.progress.files_total += 1;
        outcome.progress.bytes_total += bytes;
        outcome.progress.total_is_final = true;
        Ok(outcome)
    }

    fn plan_of(&self, roots: Vec<PathBuf>, tree: Option<CommitTree>, observed: i64) -> PlanInput {
        PlanInput {
            collection: Some(self.collection),
            observed,
            roots,
            rules: self.walk_rules(),
            delete_missing: self.work.rules.delete_missing,
            force_delete: self.work.rules.force_delete,
            pipeline: self.works.pipeline.fingerprint(),
            read_suspects: false,
            facts: self.work.rules.facts.clone(),
            again: self.work.again,
            tree,
            scope: None,
            marks: Vec::new(),
        }
    }

    /// Plans, and does what there is to do, or divides it into parts.
    ///
    /// What has a history was fetched, and has no slot to do anything at once.
    async fn planned(
        &self,
        input: PlanInput,
        history: Option<&History>,
    ) -> Result<Outcome, Failure> {
        let cancel = self.cancel_flag();
        let plan = plan::plan(&self.works.pipeline.ledger, input, cancel, |_| {}).await;
        let mut plan = plan.map_err(|error| failure::of_plan(&error))?;
        if let Some(history) = history {
            let told = history.tell(&mut plan, self.context.stop()).await;
            told.map_err(|error| failure::of_git(&error))?;
        }
        let job = Some(self.context.job());
        let parts = split(&plan, self.works.part_files, self.works.part_bytes);
        let totals = totals(&plan);
        let mut changes = gap_changes(&plan, self.collection, job);
        let mut done = planned(&plan);
        if let [PartWork::Files(entries)] = parts.as_slice()
            && self.leased.attempts == 0
            && history.is_none()
        {
            // Little enough to do it at once; after an error, it is better that the queue knows
            // which files it would give up.
            self.context.progress_sink().tell(|progress| {
                (progress.files_total, progress.bytes_total) = (done.files_total, done.bytes_total);
            });
            let mut outcome = self.files(entries, changes).await?;
            outcome.totals.add(&totals);
            done.files += outcome.progress.files;
            done.bytes += outcome.progress.bytes;
            done.chunks += outcome.progress.chunks;
            done.files_total += outcome.progress.files_total;
            done.bytes_total += outcome.progress.bytes_total;
            outcome.progress = done;
            return Ok(outcome);
        }
        if let [PartWork::Deletes { observed, sources }] = parts.as_slice() {
            changes.delete = self.deletions(*observed, sources);
            let changes = Some(changes);
            return Ok(Outcome {
                changes,
                totals,
                progress: done,
                ..Outcome::default()
            });
        }
        let more = parts.into_iter().map(with_cost).collect();
        Ok(Outcome {
            more,
            changes: Some(changes),
            totals,
            progress: done,
            ..Outcome::default()
        })
    }

    fn walk_rules(&self) -> walk::Rules {
        let secrets = self.works.pipeline.maker.parser.secrets();
        walk_rules(&self.work.rules, &self.works.never, secrets)
    }

    async fn uploads(&self, uploads: &[Upload]) -> Result<Outcome, Failure> {
        let bytes = uploads.iter().map(|upload| upload.bytes).sum();
        let mut items = Vec::with_capacity(uploads.len());
        for upload in uploads {
            let blob = self.kept(upload.content, "the upload").await?;
            items.push(Item {
                source: upload.source(),
                path: upload.name.as_bytes().to_vec(),
                named: true,
                said: Said::default(),
                from: Origin::Blob {
                    blob,
                    observed: upload.observed.unwrap_or(self.leased.accepted),
                },
            });
        }
        let files = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let mut outcome = self
            .prepare(items, Changes::none(self.collection), bytes)
            .await?;
        outcome.progress.files_total += files;
        outcome.progress.bytes_total += bytes;
        outcome.progress.total_is_final = true;
        Ok(outcome)
    }

    async fn members(&self, observed: i64, files: &[MemberEntry]) -> Result<Outcome, Failure> {
        let bytes = files.iter().map(|file| file.bytes).sum();
        let mut items = Vec::with_capacity(files.len());
        for file in files {
            let blob = self.kept(file.content, "a file of an archive").await?;
            items.push(Item {
                source: file.source.as_bytes().to_vec(),
                path: file.path.as_bytes().to_vec(),
                named: false,
                said: Said::default(),
                from: Origin::Blob { blob, observed },
            });
        }
        self.prepare(items, Changes::none(self.collection), bytes)
            .await
    }

    /// Returns where the contents of a commit are.
    fn repository(&self) -> Result<Option<Repository>, Failure> {
        let Source::Git(source) = &self.work.source else {
            return Ok(None);
        };
        let address = address_of(source).map_err(|error| failure::of_git(&error))?;
        Ok(Some(self.works.git.repository(&address, source.own)))
    }

    /// Returns the archive that this part is within, and its version.
    fn within(&self) -> Option<(DocumentId, VersionKey)> {
        match self.leased.part.as_ref() {
            PartWork::Members {
                archive, version, ..
            } => Some((*archive, VersionKey(*version))),
            PartWork::Whole | PartWork::Files(_) | PartWork::Deletes { .. } => None,
        }
    }

    /// Returns where a content is that is kept for this job.
    async fn kept(&self, content: ContentHash, what: &str) -> Result<BlobRow, Failure> {
        let blob = self.works.pipeline.ledger.blob(content).await;
        let blob = blob.map_err(|error| failure::of_ledger(&error))?;
        blob.ok_or_else(|| Failure {
            code: "not-found".to_owned(),
            message: format!("{what}, {content}, is gone"),
            causes: Vec::new(),
            hint: Some("submit it again".to_owned()),
            retry: crate::jobs::Retry::Never,
        })
    }

    async fn files(&self, entries: &[FileEntry], changes: Changes) -> Result<Outcome, Failure> {
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        let items = entries.iter().map(|entry| Item {
            source: entry.source.as_bytes().to_vec(),
            path: entry.path.as_bytes().to_vec(),
            named: self.is_root(&entry.source),
            said: Said::parse(&entry.said),
            from: origin(entry),
        });
        let mut outcome = self.prepare(items.collect(), changes, bytes).await?;
        // What a commit has is as old as that, also if it is read anew.
        let on_disk = entries.iter().filter(|entry| entry.blob.is_none());
        outcome.redo = on_disk
            .map(|entry| {
                (
                    ids::document_id(self.collection, entry.source.as_bytes()),
                    entry.clone(),
                )
            })
            .collect();
        Ok(outcome)
    }

    /// Tells whether somebody named this very file, and did not just name a folder above it.
    fn is_root(&self, source: &WorkPath) -> bool {
        match &self.work.source {
            Source::Paths(_) if self.work.again => true,
            Source::Paths(paths) => paths.contains(source),
            Source::Uploads(_) => true,
            Source::Git(_) => self.work.again,
            Source::Web(_) => true,
        }
    }

    fn deletes(&self, observed: i64, sources: &[WorkPath]) -> Outcome {
        self.context.stage(Stage::Activating);
        let mut changes = Changes::none(self.collection);
        changes.delete = self.deletions(observed, sources);
        Outcome {
            changes: Some(changes),
            ..Outcome::default()
        }
    }

    fn deletions(&self, observed: i64, sources: &[WorkPath]) -> Vec<Deletion> {
        let document = |source: &WorkPath| ids::document_id(self.collection, source.as_bytes());
        let deletions = sources.iter().map(|source| Deletion {
            document: document(source),
            observed,
        });
        deletions.collect()
    }

    /// Takes `items` in and adds what there is to tell the ledger to `changes`.
    async fn prepare(
        &self,
        items: Vec<Item>,
        mut changes: Changes,
        bytes: u64,
    ) -> Result<Outcome, Failure> {
        let files = u64::try_from(items.len()).unwrap_or(u64::MAX);
        self.context.stage(Stage::Extracting);
        let batch = Batch {
            collection: self.collection,
            job: self.context.job(),
            items,
            rules: self.walk_rules(),
            facts: self.work.rules.facts.clone(),
            within: self.within(),
            again: self.work.again,
            repository: self.repository()?,
            cancel: self.context.stop().clone(),
        };
        let board = self.context.progress_sink();
        let report = Arc::new(move |step| match step {
            Step::Document { bytes, chunks } => board.tell(|progress| {
                progress.files += 1;
                progress.bytes += bytes;
                progress.chunks += u64::from(chunks);
            }),
            Step::Look(Look::Begins) => board.tell(|progress| progress.looks += 1),
            Step::Look(Look::Ends) => board.tell(|progress| progress.looks -= 1),
            Step::Embedding { waits } => {
                if waits {
                    board.computing_done();
                }
                board.tell(|progress| progress.stage = Some(Stage::Embedding));
            }
            Step::Storing => {
                board.computing_done();
                board.tell(|progress| progress.stage = Some(Stage::Storing));
            }
            Step::Activating => board.tell(|progress| progress.stage = Some(Stage::Activating)),
        });
        let pipeline = &self.works.pipeline;
        let Prepared { told, hold } = match &self.works.desk {
            // Who writes to this process's own index, or to two, is this process.
            Some(desk) if !pipeline.maker.index.owner(self.collection).is_empty() => {
                self.prepare_elsewhere(desk, batch, report, bytes).await?
            }
            Some(_) if self.work.runtime != RuntimeKind::Local => {
                return Err(failure::not_shared(self.work.runtime));
            }
            None if self.work.runtime != RuntimeKind::Local => {
                return Err(failure::no_queue(self.work.runtime));
            }
            Some(_) | None => {
                let prepared = pipeline
                    .prepare(batch, self.cancel_flag(), report, bytes)
                    .await;
                prepared.map_err(|error| failure::of_ingest(&error))?
            }
        };
        let Told {
            changes: made,
            unchanged,
            failed,
            skipped,
            bytes: read,
            chunks,
            redacted,
            members,
        } = told;
        changes.activate = match &self.work.source {
            Source::Paths(_) if self.work.rules.delete_missing => still_there(made.activate).await,
            Source::Paths(_) | Source::Uploads(_) | Source::Git(_) | Source::Web(_) => {
                made.activate
            }
        };
        changes.models = made.models;
        changes.touch = made.touch;
        changes.poison = made.poison;
        changes.gaps.extend(made.gaps);
        changes.no_gaps.extend(made.no_gaps);
        let totals = Totals {
            unchanged,
            failed,
            skipped,
            redacted,
            ..Totals::default()
        };
        let progress = Done {
            files,
            bytes: read.max(bytes),
            chunks,
            files_total: members
                .iter()
                .map(|archive| archive.files.len() as u64)
                .sum(),
            bytes_total: members
                .iter()
                .flat_map(|archive| &archive.files)
                .map(|file| file.bytes)
                .sum(),
            ..Done::default()
        };
        let more = split_members(members, self.works.part_files, self.works.part_bytes);
        let changes = Some(changes);
        let hold: Arc<dyn std::any::Any + Send + Sync> = Arc::new(hold);
        Ok(Outcome {
            more,
            changes,
            totals,
            progress,
            hold: Some(hold),
            ..Outcome::default()
        })
    }

    /// Reads and keeps `batch` here, and has a worker make the rest.
    async fn prepare_elsewhere(
        &self,
        desk: &Arc<Desk>,
        batch: Batch,
        report: Arc<dyn Fn(Step) + Send + Sync>,
        bytes: u64,
    ) -> Result<Prepared, Failure> {
        let pipeline = &self.works.pipeline;
        let staged = pipeline
            .stage(batch, self.cancel_flag(), Arc::clone(&report), bytes)
            .await;
        let mut staged = staged.map_err(|error| failure::of_ingest(&error))?;
        let Some(order) = staged.order.take() else {
            return Ok(staged.unchanged());
        };
        // Named by the ledger, what was just kept outlives this daemon.
        let kept = pipeline
            .ledger
            .keep_for_job(self.context.job(), staged.kept.clone());
        kept.await.map_err(|error| failure::of_ledger(&error))?;
        let sink = self.context.progress_sink();
        sink.elsewhere();
        let runtimes = self.works.runtimes.as_ref();
        let launcher = (self.work.runtime != RuntimeKind::Local).then_some(Launcher {
            runtimes,
            kind: self.work.runtime,
        });
        let errand = Errand {
            desk,
            blobs: &pipeline.blobs,
            leased: self.leased,
            sink: &sink,
            cost: bytes,
            launcher,
        };
        let made = elsewhere::carry_out(&errand, order);
        let made = tokio::select! {
            made = made => made?,
            () = self.context.stop().cancelled() => {
                self.withdraw(desk, staged);
                return Err(failure::stopped());
            }
        };
        let confirmed = pipeline.confirm(&staged, &made).await;
        confirmed.map_err(|error| failure::of_ingest(&error))?;
        staged.tell(&made, report.as_ref());
        let prepared = pipeline.settle(staged, made).await;
        prepared.map_err(|error| failure::failure("internal", &error, true))
    }

    /// Keeps the sweeper away from what a worker may still write, until it has let go.
    fn withdraw(&self, desk: &Arc<Desk>, staged: Staged) {
        let (desk, leased) = (Arc::clone(desk), self.leased.clone());
        tokio::spawn(async move {
            elsewhere::withdrawn(&desk, &leased).await;
            drop(staged);
        });
    }

    /// Returns a flag for blocking code that is set when the part is to stop.
    fn cancel_flag(&self) -> Arc<AtomicBool> {
        let flag = Arc::new(AtomicBool::new(false));
        let (stop, set) = (self.context.stop().clone(), Arc::clone(&flag));
        let end = self.context.end().clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => set.store(true, Ordering::Relaxed),
                () = end.cancelled() => {}
            }
        });
        flag
    }
}

/// Returns where the bytes of a file are.
fn origin(entry: &FileEntry) -> Origin {
    let blob = entry.blob.as_ref();
    match blob.and_then(|blob| Some((ObjectId::parse(&blob.id)?, blob))) {
        Some((id, blob)) => Origin::Commit {
            id,
            bytes: entry.bytes,
            observed: blob.observed,
            facts: blob.facts.clone(),
        },
        None => Origin::File(path_of(&entry.source)),
    }
}

/// Leaves out files that went while they were taken in. A younger job of the same folder may have
/// looked for what is missing before these were known, and would not remove them any more.
async fn still_there(activations: Vec<Activation>) -> Vec<Activation> {
    let look = tokio::task::spawn_blocking(move || {
        let is_there = |activation: &Activation| {
            let path = Path::new(OsStr::from_bytes(&activation.source));
            let gone = path.symlink_metadata().err();
            gone.is_none_or(|error| error.kind() != ErrorKind::NotFound)
        };
        activations.into_iter().filter(is_there).collect()
    });
    look.await
        .unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}
