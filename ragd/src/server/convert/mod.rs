//! Wire types into ours and back.

mod answers;
mod watched;
mod workers;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use protocol::{PathBytes, Private, document, submit};
use protocol::{job as wire, place as wire_place, search as wire_search};

use super::{Stores, report};
use crate::config::{Config, IndexKind, Ingest, RuntimeKind};
use crate::git::{Address, Reference};
use crate::ids::{ContentHash, Timestamp};
use crate::index::{self, NewChunk};
use crate::ingest::sweep::Findings;
use crate::jobs::{
    self, GitSource, IngestWork, Job, JobKind, JobState, Live, Priority, Rules, Source, Stage,
    Upload, WebSource, Work, WorkPath,
};
use crate::ledger::{
    CollectionRow, Condition, DocumentRow, Fact, GapGroup, GapRow, PastRow, Redacted, RedactedRow,
    part_of,
};
use crate::web;

pub(super) use self::answers::{answer_event, ask_work, conversation, thread, turn};
pub(super) use self::watched::watched;
pub(super) use self::workers::{wanted_of, worker};

/// Jobs that are counted as being ahead, at most.
const AHEAD: u64 = 10_000;
/// A running part that shows nothing for so long is said to be silent.
const SILENT_MS: u64 = 10_000;

pub(super) fn state(state: JobState) -> wire::JobState {
    match state {
        JobState::Queued => wire::JobState::Queued,
        JobState::Running => wire::JobState::Running,
        JobState::Retrying => wire::JobState::Retrying,
        JobState::Parked => wire::JobState::Parked,
        JobState::Cancelling => wire::JobState::Cancelling,
        JobState::Finished => wire::JobState::Finished,
        JobState::Failed => wire::JobState::Failed,
        JobState::Dead => wire::JobState::Dead,
        JobState::Cancelled => wire::JobState::Cancelled,
    }
}

pub(super) fn state_of(state: wire::JobState) -> JobState {
    let found = JobState::ALL
        .into_iter()
        .find(|ours| self::state(*ours) == state);
    found.expect("every state of the wire has one of ours")
}

fn stage(stage: Stage) -> wire::Stage {
    match stage {
        Stage::Saving => wire::Stage::Saving,
        Stage::Planning => wire::Stage::Planning,
        Stage::Extracting => wire::Stage::Extracting,
        Stage::Chunking => wire::Stage::Chunking,
        Stage::Embedding => wire::Stage::Embedding,
        Stage::Storing => wire::Stage::Storing,
        Stage::Activating => wire::Stage::Activating,
        Stage::Searching => wire::Stage::Searching,
        Stage::Answering => wire::Stage::Answering,
    }
}

fn stage_of_number(number: u8) -> wire::Stage {
    let found = Stage::ALL.into_iter().find(|stage| *stage as u8 == number);
    stage(found.unwrap_or(Stage::Planning))
}

fn priority(priority: Priority) -> wire::Priority {
    match priority {
        Priority::Low => wire::Priority::Low,
        Priority::Normal => wire::Priority::Normal,
        Priority::High => wire::Priority::High,
        Priority::Top => wire::Priority::Top,
    }
}

pub(super) fn priority_of(priority: wire::Priority) -> Priority {
    match priority {
        wire::Priority::Low => Priority::Low,
        wire::Priority::Normal => Priority::Normal,
        wire::Priority::High => Priority::High,
        wire::Priority::Top => Priority::Top,
    }
}

fn runtime(runtime: RuntimeKind) -> submit::Runtime {
    match runtime {
        RuntimeKind::Local => submit::Runtime::Local,
        RuntimeKind::Docker => submit::Runtime::Docker,
        RuntimeKind::Kubernetes => submit::Runtime::Kubernetes,
        RuntimeKind::AwsBatch => submit::Runtime::AwsBatch,
    }
}

pub(super) fn runtime_of(runtime: submit::Runtime) -> RuntimeKind {
    match runtime {
        submit::Runtime::Local => RuntimeKind::Local,
        submit::Runtime::Docker => RuntimeKind::Docker,
        submit::Runtime::Kubernetes => RuntimeKind::Kubernetes,
        submit::Runtime::AwsBatch => RuntimeKind::AwsBatch,
    }
}

/// Returns a job as clients see it: what is stored, and what is known of it right now.
pub(super) fn job(job: &Job, stores: &Stores, config: &Config) -> wire::JobView {
    let live = stores.board.live(job.id).filter(|_| !job.state.is_end());
    let progress = progress(job, live.as_ref());
    wire::JobView {
        id: job.id,
        kind: match job.work.kind() {
            JobKind::Ingest => wire::JobKind::Ingest,
            JobKind::Probe => wire::JobKind::Probe,
            JobKind::Ask => wire::JobKind::Ask,
            JobKind::Embed => wire::JobKind::Embed,
            JobKind::Move => wire::JobKind::Move,
            JobKind::Watch => wire::JobKind::Watch,
        },
        state: state(job.state),
        stage: live.as_ref().and_then(|live| live.running.stage).map(stage),
        collection: match job.work.as_ref() {
            Work::Ask(work) => work.collection.clone(),
            work => work.collection().map(str::to_owned),
        },
        source: PathBytes::from(job.source.as_str()),
        uid: job.uid,
        priority: priority(job.priority),
        runtime: runtime(job.work.runtime()),
        attempt: attempt(job),
        max_attempts: config.queue.max_attempts,
        stalls: job.stalls,
        idempotency_key: job.key.clone(),
        parts: wire::PartCounts {
            total: job.counts.total(),
            running: job.counts.running,
            retrying: job.counts.delayed,
            parked: job.counts.parked,
            finished: job.counts.finished,
            failed: job.counts.failed,
            dead: job.counts.dead,
            cancelled: job.counts.cancelled,
        },
        pace: pace(&progress, live.as_ref()),
        progress,
        waiting: waiting(job, stores, live.as_ref()),
        created_at: job.created_at,
        started_at: job.started_at,
        finished_at: job.ended_at,
        retry_at: job.retry_at,
        error: job.last_error.as_ref().map(report::failure),
        totals: wire::Totals {
            held_back: job.totals.held_back,
            secrets: job.totals.redacted,
            added: job.totals.added,
            updated: job.totals.updated,
            deleted: job.totals.deleted,
            unchanged: job.totals.unchanged,
            failed: job.totals.failed,
            skipped: job
                .totals
                .skipped
                .iter()
                .map(|(rule, n)| (rule.clone(), *n))
                .collect(),
        },
    }
}

/// Returns the number of the run that goes on, comes next or was the last.
fn attempt(job: &Job) -> u32 {
    match job.state {
        JobState::Failed | JobState::Dead => job.attempts.max(1),
        _ => job.attempts + 1,
    }
}

fn progress(job: &Job, live: Option<&Live>) -> wire::Progress {
    let done = &job.done;
    let running = live.map(|live| live.running).unwrap_or_default();
    wire::Progress {
        files_done: done.files + running.files,
        files_total: done.files_total.max(running.files_total),
        bytes_done: done.bytes + running.bytes,
        bytes_total: done.bytes_total.max(running.bytes_total),
        chunks: done.chunks + running.chunks,
        total_is_final: done.total_is_final,
    }
}

fn pace(progress: &wire::Progress, live: Option<&Live>) -> wire::Pace {
    let Some(live) = live else {
        return wire::Pace::default();
    };
    let left = progress.bytes_total.saturating_sub(progress.bytes_done);
    let eta = match live.bytes_per_s {
        Some(pace) if pace > 0 && progress.total_is_final => Some(left / pace),
        _ => None,
    };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate in seconds, between 0 and itself"
    )]
    let error = eta.map(|eta| (eta as f64 * live.pace_error).ceil() as u64);
    wire::Pace {
        chunks_per_min: live.chunks_per_min,
        bytes_per_s: live.bytes_per_s,
        eta_s: eta,
        eta_error_s: error,
    }
}

/// Returns why nothing moves, if nothing does.
fn waiting(job: &Job, stores: &Stores, live: Option<&Live>) -> Option<wire::Waiting> {
    match job.state {
        JobState::Retrying => Some(wire::Waiting::Backoff {
            until: job.retry_at.unwrap_or(job.created_at),
        }),
        JobState::Parked => Some(wire::Waiting::Dependency {
            name: job.parked_for.clone().unwrap_or_default(),
            reason: job
                .last_error
                .as_ref()
                .map(|error| match error.causes.as_slice() {
                    [] => error.message.clone(),
                    causes => causes.join(": "),
                })
                .unwrap_or_default(),
        }),
        JobState::Queued => Some(waiting_for_a_worker(job, stores)),
        // Some of its parts are done, and nobody works on the rest.
        JobState::Running if job.counts.running == 0 => Some(waiting_for_a_worker(job, stores)),
        JobState::Running | JobState::Cancelling => {
            if let Some((name, reason)) = live.and_then(|live| live.waits_for.clone()) {
                let name = name.to_owned();
                return Some(wire::Waiting::Dependency { name, reason });
            }
            let silent = live
                .map(|live| live.silent_ms)
                .filter(|ms| *ms >= SILENT_MS)?;
            let since = crate::ids::now().0 - i64::try_from(silent).unwrap_or(0);
            Some(wire::Waiting::Silent {
                since: Timestamp(since),
            })
        }
        JobState::Finished | JobState::Failed | JobState::Dead | JobState::Cancelled => None,
    }
}

fn waiting_for_a_worker(job: &Job, stores: &Stores) -> wire::Waiting {
    if stores.queue.is_paused() {
        return wire::Waiting::QueuePaused;
    }
    wire::Waiting::Worker {
        ahead: stores.queue.ahead(job.id, AHEAD).unwrap_or(0),
    }
}

pub(super) fn rules(rules: &submit::SourceRules, limits: &Ingest) -> Rules {
    Rules {
        include: rules.include.clone(),
        exclude: rules.exclude.clone(),
        ignore_files: rules.ignore_files,
        hidden: rules.hidden,
        max_file_bytes: rules
            .max_file_bytes
            .unwrap_or(limits.max_file_bytes)
            .min(limits.memory_bytes),
        delete_missing: rules.delete_missing,
        force_delete: rules.force_delete,
        facts: facts(&rules.facts),
    }
}

/// Returns facts in the order of the ledger.
fn facts(facts: &[(String, Private<String>)]) -> Vec<Fact> {
    let facts = facts.iter();
    let mut facts: Vec<_> = facts
        .map(|(name, value)| (name.to_lowercase(), value.0.clone()))
        .collect();
    facts.sort();
    facts.dedup();
    facts
}

pub(super) fn conditions(conditions: Vec<wire_search::Condition>) -> Vec<Condition> {
    let conditions = conditions.into_iter().map(|condition| {
        let wire_search::Condition { name, is, value } = condition;
        let value = value.0;
        match is {
            wire_search::Compare::Is => Condition::Is { name, value },
            wire_search::Compare::Contains => Condition::Contains { name, value },
            wire_search::Compare::AtLeast => Condition::AtLeast { name, value },
            wire_search::Compare::AtMost => Condition::AtMost { name, value },
        }
    });
    conditions.collect()
}

pub(super) fn source(source: &submit::Source, own: bool) -> Source {
    match source {
        submit::Source::Paths(paths) => Source::Paths(
            paths
                .iter()
                .map(|path| WorkPath::from(path.0.as_slice()))
                .collect(),
        ),
        submit::Source::Uploads(uploads) => {
            let upload = |upload: &submit::UploadedDocument| Upload {
                name: WorkPath::from(upload.name.0.as_slice()),
                content: upload.content,
                bytes: upload.bytes,
                observed: None,
                project: false,
            };
            Source::Uploads(uploads.iter().map(upload).collect())
        }
        submit::Source::Git(git) => {
            let address = &git.address.0;
            let parsed = Address::parse(address);
            let reference = git.reference.as_deref().map(Reference::parse);
            let reference = reference.and_then(Result::ok);
            let subdir = git.subdir.as_ref().map(|subdir| subdir.0.as_slice());
            Source::Git(GitSource {
                // What is none was refused before.
                address: parsed.map_or_else(|_| String::new(), |parsed| parsed.to_string()),
                reference: reference.unwrap_or(Reference::Head).to_string(),
                depth: git.depth,
                subdir: WorkPath::from(folder(subdir.unwrap_or_default())),
                own,
            })
        }
        submit::Source::Web(address) => {
            let parsed = web::Address::parse(&address.0);
            Source::Web(WebSource {
                address: parsed.map_or_else(|_| String::new(), |parsed| parsed.to_string()),
            })
        }
    }
}

/// Returns a folder as a repository names it, without slashes at its ends.
fn folder(path: &[u8]) -> &[u8] {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    let is_slash = |byte: &u8| *byte == b'/';
    let from = path.iter().position(|byte| !is_slash(byte));
    let to = path.iter().rposition(|byte| !is_slash(byte));
    match (from, to) {
        (Some(from), Some(to)) if &path[from..=to] != b"." => &path[from..=to],
        _ => b"",
    }
}

/// Returns what a person calls a source.
pub(super) fn source_name(source: &Source) -> String {
    let (first, count) = match source {
        Source::Git(source) => return source.name(),
        Source::Web(source) => return source.address.clone(),
        Source::Paths(paths) => (paths.first().map(WorkPath::as_bytes), paths.len()),
        Source::Uploads(uploads) => (
            uploads.first().map(|upload| upload.name.as_bytes()),
            uploads.len(),
        ),
    };
    let first = String::from_utf8_lossy(first.unwrap_or_default()).into_owned();
    match count {
        0 | 1 => first,
        count => format!("{first} and {} more", count - 1),
    }
}

pub(super) fn work(
    collection: &str,
    source: &submit::Source,
    rules: &submit::SourceRules,
    limits: &Ingest,
    own: bool,
) -> IngestWork {
    IngestWork {
        collection: collection.to_owned(),
        source: self::source(source, own),
        rules: self::rules(rules, limits),
        runtime: RuntimeKind::Local,
        again: false,
        watched: None,
    }
}

/// Returns what makes two requests the same.
pub(super) fn fingerprint(uid: u32, work: &Work) -> [u8; 32] {
    let work = serde_json::to_vec(work).expect("work is plain data");
    let ContentHash(hash) = crate::ids::content_hash(&[&uid.to_le_bytes()[..], &work].concat());
    hash
}

pub(super) fn is_absolute(path: &PathBytes) -> bool {
    Path::new(OsStr::from_bytes(&path.0)).is_absolute()
}

pub(super) fn collection(
    row: CollectionRow,
    switching: Option<protocol::collection::ModelSwitch>,
) -> protocol::collection::CollectionView {
    protocol::collection::CollectionView {
        id: row.id,
        name: row.name,
        owner: row.owner,
        documents: row.documents,
        chunks: row.chunks,
        bytes: row.bytes,
        gaps: row.gaps,
        created_at: row.created_at,
        updated_at: row.updated_at,
        model: row.model,
        switching,
        previous: row.previous,
        index: match row.home {
            IndexKind::Embedded => protocol::collection::IndexKind::Embedded,
            IndexKind::Qdrant => protocol::collection::IndexKind::Qdrant,
        },
    }
}

pub(super) fn index_kind(kind: protocol::collection::IndexKind) -> IndexKind {
    match kind {
        protocol::collection::IndexKind::Embedded => IndexKind::Embedded,
        protocol::collection::IndexKind::Qdrant => IndexKind::Qdrant,
    }
}

pub(super) fn document(row: DocumentRow, facts: Vec<Fact>) -> document::DocumentView {
    let pages = facts.iter().find(|(name, _)| name == "pages");
    document::DocumentView {
        id: row.id,
        collection: row.collection_name,
        path: PathBytes(row.path),
        source: PathBytes(shown(row.source)),
        state: if row.stale {
            document::DocumentState::Stale
        } else {
            document::DocumentState::Active
        },
        version: row.revision,
        content: row.content,
        bytes: row.bytes,
        pages: pages.and_then(|(_, pages)| pages.parse().ok()),
        chunks: u64::from(row.chunks),
        title: row.title.map(Private),
        language: row.language,
        facts: facts
            .into_iter()
            .map(|(name, value)| (name, Private(value)))
            .collect(),
        updated_at: row.updated_at,
        secrets: row.redacted,
    }
}

pub(super) fn secret(row: RedactedRow) -> document::SecretView {
    let RedactedRow {
        document,
        number: _,
        collection_name,
        path,
        redacted: Redacted { line, kind, mark },
    } = row;
    document::SecretView {
        collection: collection_name,
        document,
        path: PathBytes(path),
        line,
        kind,
        mark,
    }
}

/// Lists the contents of a document, the newest first.
pub(super) fn versions(
    row: DocumentRow,
    past: Vec<PastRow>,
    gap: Option<GapRow>,
) -> document::DocumentVersions {
    let active = document::VersionView {
        number: row.revision,
        state: document::VersionState::Active,
        content: row.content,
        bytes: row.bytes,
        since: row.updated_at,
        until: None,
    };
    let past = past.into_iter().map(|past| document::VersionView {
        number: past.revision,
        state: match past.kept {
            true => document::VersionState::Kept,
            false => document::VersionState::Gone,
        },
        content: past.content,
        bytes: past.bytes,
        since: past.since,
        until: Some(past.until),
    });
    document::DocumentVersions {
        id: row.id,
        path: PathBytes(row.path),
        unread: gap.map(|gap| self::gap(gap, row.collection_name)),
        versions: std::iter::once(active).chain(past).collect(),
    }
}

/// Returns a source as people read it: a file of an archive stands behind its archive.
fn shown(source: Vec<u8>) -> Vec<u8> {
    match part_of(&source) {
        (archive, Some(file)) => [archive, b"!/", file].concat(),
        (_, None) => source,
    }
}

pub(super) fn place(place: &index::Place) -> wire_place::Place {
    wire_place::Place {
        line_start: place.line_start,
        line_end: place.line_end,
        byte_start: place.byte_start,
        byte_end: place.byte_end,
        spot: place.spot.map(spot),
    }
}

fn spot(spot: index::Spot) -> wire_place::Spot {
    let index::Spot {
        unit,
        first,
        last,
        cells,
    } = spot;
    wire_place::Spot {
        unit: match unit {
            index::Unit::Page => wire_place::Unit::Page,
            index::Unit::Slide => wire_place::Unit::Slide,
            index::Unit::Sheet => wire_place::Unit::Sheet,
            index::Unit::Chapter => wire_place::Unit::Chapter,
            index::Unit::Cell => wire_place::Unit::Cell,
            index::Unit::Message => wire_place::Unit::Message,
        },
        first,
        last,
        cells: cells.map(|cells| wire_place::Cells {
            top: cells.top,
            bottom: cells.bottom,
            columns: cells.columns,
        }),
    }
}

pub(super) fn chunk(ordinal: u32, chunk: NewChunk) -> document::ChunkView {
    document::ChunkView {
        ordinal,
        place: place(&chunk.place),
        text: Private(chunk.text),
        heading: chunk.heading.map(Private),
        symbols: chunk.symbols.into_iter().map(symbol).collect(),
    }
}

pub(super) fn symbol(symbol: index::Symbol) -> document::Symbol {
    let index::Symbol {
        path,
        kind,
        signature,
        line_start,
        line_end,
    } = symbol;
    document::Symbol {
        path: Private(path),
        kind: kind.word().to_owned(),
        signature: Private(signature),
        line_start,
        line_end,
    }
}

pub(super) fn gap(row: GapRow, collection: String) -> document::GapView {
    document::GapView {
        path: PathBytes(row.path),
        collection,
        stage: stage_of_number(row.stage),
        rule: row.rule,
        code: row.code,
        reason: row.reason,
        bytes: row.bytes,
        job: row.job,
        at: row.at,
    }
}

pub(super) fn gap_group(
    group: GapGroup,
    gap: impl Fn(GapRow) -> document::GapView,
) -> document::GapGroupView {
    document::GapGroupView {
        code: group.code,
        gaps: group.gaps,
        bytes: group.bytes,
        stage: group.stage.map(stage_of_number),
        reason: group.reason,
        examples: group.examples.into_iter().map(gap).collect(),
    }
}

pub(super) fn stage_of(stage: wire::Stage) -> Stage {
    let found = Stage::ALL
        .into_iter()
        .find(|ours| self::stage(*ours) == stage);
    found.expect("every stage of the wire has one of ours")
}

pub(super) fn job_error(row: GapRow) -> Option<wire::JobErrorView> {
    Some(wire::JobErrorView {
        job: row.job?,
        path: PathBytes(row.path),
        stage: stage_of_number(row.stage),
        code: row.code,
        reason: row.reason,
        at: row.at,
    })
}

pub(super) fn receipt(id: crate::ids::JobId, receipt: &jobs::Receipt) -> wire::CancelReceipt {
    wire::CancelReceipt {
        job: id,
        state: state(receipt.state),
        kept: receipt.kept,
        rolled_back_parts: receipt.rolled_back_parts,
        never_started_parts: receipt.never_started_parts,
    }
}

pub(super) fn findings(found: Findings) -> protocol::health::FsckReport {
    protocol::health::FsckReport {
        documents: found.documents,
        chunks: found.chunks,
        missing_chunks: found.missing_chunks,
        duplicate_chunks: found.duplicate_chunks,
        orphan_chunks: found.orphan_chunks,
        missing_vectors: found.missing_vectors,
        orphan_vectors: found.orphan_vectors,
        missing_blobs: found.missing_blobs,
        damaged_blobs: found.damaged_blobs,
        wrong_ends: found.wrong_ends,
        ledger_errors: found.ledger_errors,
        examples: found.examples,
    }
}
