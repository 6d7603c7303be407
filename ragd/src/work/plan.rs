//! A plan as the parts and sums of a job.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::git::{Address, Git, GitError, Reference, Wanted};
use crate::ids::{self, CollectionId};
use crate::ingest::commits::{self, Commit};
use crate::ingest::pipeline::Members;
use crate::ingest::plan::Plan;
use crate::ingest::secrets::Secrets;
use crate::ingest::walk;
use crate::jobs::state::Done;
use crate::jobs::{
    BlobEntry, FileEntry, GitSource, MemberEntry, PartWork, Rules, Stage, Totals, WorkPath,
};
use crate::ledger::{Changes, GapRow};

/// Deletes of one part.
const PART_DELETES: usize = 4_096;

/// Returns the rules for the walker.
#[must_use]
pub fn walk_rules(rules: &Rules, never: &[PathBuf], secrets: &Arc<Secrets>) -> walk::Rules {
    walk::Rules {
        include: rules.include.clone(),
        exclude: rules.exclude.clone(),
        ignore_files: rules.ignore_files,
        hidden: rules.hidden,
        max_file_bytes: rules.max_file_bytes,
        never: never.to_vec(),
        secrets: Arc::clone(secrets),
    }
}

/// Returns a stored path as the operating system has it.
#[must_use]
pub fn path_of(path: &WorkPath) -> PathBuf {
    PathBuf::from(OsString::from_vec(path.as_bytes().to_vec()))
}

/// Fetches a commit, and lists its files.
pub async fn commit(
    git: &Git,
    source: &GitSource,
    cancel: &CancellationToken,
) -> Result<Commit, GitError> {
    let reference = Reference::parse(&source.reference);
    let wanted = Wanted {
        address: address_of(source)?,
        reference: reference.map_err(|_| GitError::NoReference {
            address: source.address.clone(),
            reference: source.reference.clone(),
        })?,
        depth: source.depth,
        own: source.own,
    };
    let top = PathBuf::from(OsString::from_vec(source.top()));
    commits::fetch(git, &wanted, top, source.subdir.as_bytes(), cancel).await
}

/// Returns the address of a source, which was checked before it was stored.
pub(super) fn address_of(source: &GitSource) -> Result<Address, GitError> {
    Address::parse(&source.address).map_err(|error| GitError::Failed {
        said: error.to_string(),
    })
}

/// Divides the work of a plan into parts.
#[must_use]
pub fn split(plan: &Plan, part_files: usize, part_bytes: u64) -> Vec<PartWork> {
    let mut parts = Vec::new();
    let (mut entries, mut bytes) = (Vec::new(), 0);
    for file in &plan.work {
        let full = entries.len() >= part_files || bytes + file.bytes > part_bytes;
        if full && !entries.is_empty() {
            parts.push(PartWork::Files(std::mem::take(&mut entries)));
            bytes = 0;
        }
        bytes += file.bytes;
        entries.push(FileEntry {
            source: WorkPath::from(file.source.as_slice()),
            path: WorkPath::from(file.path.as_slice()),
            bytes: file.bytes,
            said: file.said.text(),
            blob: file.blob.as_ref().map(|id| BlobEntry {
                id: id.to_string(),
                observed: plan.observed,
                facts: file.facts.clone(),
            }),
        });
    }
    if !entries.is_empty() {
        parts.push(PartWork::Files(entries));
    }
    for deletes in plan.deletes.chunks(PART_DELETES) {
        let sources = deletes
            .iter()
            .map(|delete| WorkPath::from(delete.source.as_slice()));
        parts.push(PartWork::Deletes {
            observed: plan.observed,
            sources: sources.collect(),
        });
    }
    parts
}

/// Divides the files of archives into parts.
#[must_use]
pub fn split_members(
    members: Vec<Members>,
    part_files: usize,
    part_bytes: u64,
) -> Vec<(PartWork, u64)> {
    let mut parts = Vec::new();
    for members in members {
        let (archive, version) = members.archive;
        let part = |files| PartWork::Members {
            archive,
            version: version.0,
            observed: members.observed,
            files,
        };
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for file in members.files {
            let full = entries.len() >= part_files || bytes + file.bytes > part_bytes;
            if full && !entries.is_empty() {
                parts.push((part(std::mem::take(&mut entries)), bytes));
                bytes = 0;
            }
            bytes += file.bytes;
            entries.push(MemberEntry {
                source: WorkPath::from(file.source.as_slice()),
                path: WorkPath::from(file.path.as_slice()),
                content: file.content,
                bytes: file.bytes,
            });
        }
        parts.push((part(entries), bytes));
    }
    parts
}

#[must_use]
pub fn with_cost(part: PartWork) -> (PartWork, u64) {
    let cost = match &part {
        PartWork::Files(entries) => entries.iter().map(|entry| entry.bytes).sum(),
        PartWork::Members { files, .. } => files.iter().map(|file| file.bytes).sum(),
        PartWork::Whole | PartWork::Deletes { .. } => 0,
    };
    (part, cost)
}

#[must_use]
pub fn totals(plan: &Plan) -> Totals {
    let skipped = plan.skipped_by_rule().into_iter();
    let named = plan.skipped.iter().filter(|skip| skip.named).count();
    Totals {
        unchanged: plan.unchanged.files,
        held_back: plan.held_back,
        failed: u64::try_from(plan.unreadable.len() + named).unwrap_or(u64::MAX),
        skipped: skipped
            .map(|(rule, sum)| (rule.to_owned(), sum.files))
            .collect(),
        ..Totals::default()
    }
}

#[must_use]
pub fn planned(plan: &Plan) -> Done {
    Done {
        files_total: u64::try_from(plan.work.len()).unwrap_or(u64::MAX),
        bytes_total: plan.work.iter().map(|file| file.bytes).sum(),
        total_is_final: true,
        ..Done::default()
    }
}

/// Returns the gaps that the scan itself found and closed.
#[must_use]
pub fn gap_changes(plan: &Plan, collection: CollectionId, job: Option<ids::JobId>) -> Changes {
    let mut changes = Changes::none(collection);
    let gap = |source: Vec<u8>, path: Vec<u8>, rule: &str, code: &str, reason, bytes| GapRow {
        collection,
        path,
        source,
        stage: Stage::Planning as u8,
        rule: rule.to_owned(),
        code: code.to_owned(),
        reason,
        bytes,
        job,
        at: ids::now(),
        seen: None,
        content: None,
    };
    for position in &plan.new_gaps {
        let skip = &plan.skipped[*position];
        changes.gaps.push(gap(
            skip.source.clone(),
            skip.path.clone(),
            &skip.rule,
            &skip.code,
            skip.reason.clone(),
            skip.bytes,
        ));
    }
    for unreadable in &plan.unreadable {
        let mut reason = unreadable.error.to_string();
        if plan.guard.is_some() {
            reason.push_str("; while it cannot be read, nothing is deleted");
        }
        changes.gaps.push(gap(
            unreadable.source.clone().into_os_string().into_vec(),
            unreadable.path.clone(),
            "unreadable",
            "unreadable",
            reason,
            None,
        ));
    }
    changes.no_gaps.clone_from(&plan.closed_gaps);
    changes.origins.clone_from(&plan.origins);
    let told = plan.same.iter().filter_map(|file| {
        let document = ids::document_id(collection, &file.source);
        Some((document, file.facts.clone()?))
    });
    changes.told = told.collect();
    changes
}
