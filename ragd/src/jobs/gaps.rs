//! Files of parts that were given up: they are not searchable, and nothing else would say so.

use super::model::{Failure, Job, PartWork, Source, Stage, Work, WorkPath};
use crate::ids::Timestamp;
use crate::ledger::{Changes, GapContent, GapRow, Tx};

/// Notes why a part is given up, and lists what it was about as gaps for that reason.
///
/// A later run of the same files closes them, as it does with any other gap.
pub(super) fn give_up(
    tx: &mut Tx<'_>,
    job: &mut Job,
    part: &PartWork,
    failure: Failure,
    at: Timestamp,
) -> rusqlite::Result<()> {
    list(tx, job, part, &failure, at)?;
    job.last_error = Some(failure);
    Ok(())
}

fn list(
    tx: &mut Tx<'_>,
    job: &mut Job,
    part: &PartWork,
    failure: &Failure,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let files = files(job, part);
    let (Some(collection), false) = (job.collection, files.is_empty()) else {
        return Ok(());
    };
    let causes = failure.causes.iter().map(String::as_str);
    let reason: Vec<_> = std::iter::once(failure.message.as_str())
        .chain(causes)
        .collect();
    let reason = reason.join(": ");
    let gaps = files.into_iter().map(|file| GapRow {
        collection,
        source: file.source,
        path: file.path,
        stage: stage(&failure.code) as u8,
        rule: failure.code.clone(),
        code: failure.code.clone(),
        reason: reason.clone(),
        bytes: file.bytes,
        job: Some(job.id),
        at,
        seen: None,
        content: file.content,
    });
    let changes = Changes {
        gaps: gaps.collect(),
        ..Changes::none(collection)
    };
    if !tx.apply(&changes, at)?.collection_gone {
        job.totals.failed += count(&changes.gaps);
    }
    Ok(())
}

/// Takes back what [`give_up`] counted, as the part is run again.
pub(super) fn uncount(job: &mut Job, part: &PartWork) {
    let files = count(&files(job, part));
    job.totals.failed = job.totals.failed.saturating_sub(files);
}

/// What becomes a gap.
struct File {
    source: Vec<u8>,
    path: Vec<u8>,
    bytes: Option<u64>,
    content: Option<GapContent>,
}

/// Lists what a part was to take in. Before a source was looked at, that is the source as a whole.
fn files(job: &Job, part: &PartWork) -> Vec<File> {
    let Work::Ingest(work) = job.work.as_ref() else {
        return Vec::new();
    };
    match (part, &work.source) {
        (PartWork::Files(entries), _) => {
            let files = entries.iter().map(|entry| File {
                source: entry.source.as_bytes().to_vec(),
                path: entry.path.as_bytes().to_vec(),
                bytes: Some(entry.bytes),
                content: None,
            });
            files.collect()
        }
        (
            PartWork::Members {
                observed, files, ..
            },
            _,
        ) => {
            let files = files.iter().map(|file| File {
                source: file.source.as_bytes().to_vec(),
                path: file.path.as_bytes().to_vec(),
                bytes: Some(file.bytes),
                content: Some(GapContent {
                    hash: file.content,
                    observed: *observed,
                }),
            });
            files.collect()
        }
        (PartWork::Whole, Source::Paths(roots)) => {
            let files = roots.iter().map(|root| File {
                source: root.as_bytes().to_vec(),
                path: file_name(root).to_vec(),
                bytes: None,
                content: None,
            });
            files.collect()
        }
        (PartWork::Whole, Source::Uploads(uploads)) => {
            let files = uploads.iter().map(|upload| File {
                source: upload.source(),
                path: upload.name.as_bytes().to_vec(),
                bytes: Some(upload.bytes),
                content: Some(GapContent {
                    hash: upload.content,
                    observed: upload.observed.unwrap_or(job.accepted),
                }),
            });
            files.collect()
        }
        (PartWork::Whole, Source::Git(source)) => vec![File {
            source: source.root(),
            path: source.name().into_bytes(),
            bytes: None,
            content: None,
        }],
        (PartWork::Whole, Source::Web(source)) => vec![File {
            source: source.source(),
            path: source.path(),
            bytes: None,
            content: None,
        }],
        // These are searchable, as they were.
        (PartWork::Deletes { .. }, _) => Vec::new(),
    }
}

fn file_name(path: &WorkPath) -> &[u8] {
    let mut names = path.as_bytes().split(|byte| *byte == b'/');
    let last = names.rfind(|name| !name.is_empty());
    last.unwrap_or(path.as_bytes())
}

/// Returns what a part was at when it failed, as far as the reason tells.
fn stage(code: &str) -> Stage {
    match code {
        "source-missing" | "bad-request" => Stage::Planning,
        fetched if fetched.starts_with("git-") || fetched.starts_with("web-") => Stage::Planning,
        "model-failed" => Stage::Embedding,
        _ => Stage::Storing,
    }
}

fn count<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}
