//! Sending bytes, where the daemon runs as somebody who may not read our paths.
//!
//! The walk follows the rules of the daemon's own: ignore files count outside of git, too, hidden
//! files are left out, links are not followed. A dry run hashes and sends nothing.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use protocol::submit::{Source, UploadRequest, UploadResumeRequest, Uploaded, UploadedDocument};
use protocol::{ContentHash, ErrorCode, ErrorReport};
use sha2::{Digest, Sha256};
use tokio::io::AsyncSeekExt;
use tokio::task::spawn_blocking;

use super::sources::to_bytes;
use crate::cli::args::{Rules, Submit};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::follow::Patience;

use crate::client::{Client, PIECE, UploadError, is_away};
use crate::words::size;

const IGNORE_FILE: &str = ".ragignore";

/// Uploads what comes on standard input as a document of this name.
pub(super) async fn stdin(
    client: &Client,
    name: OsString,
    is_dry_run: bool,
) -> Result<Source, Failure> {
    let uploaded = if is_dry_run {
        hashed(io::stdin().lock()).map_err(|error| unreadable(Path::new("-"), &error))?
    } else {
        let request = UploadRequest { expected: None };
        client
            .upload(request, tokio::io::stdin())
            .await
            .map_err(not_sent_twice)?
    };
    Ok(Source::Uploads(vec![document(name, &uploaded)]))
}

/// Uploads the files at and below `paths`. Also tells how many of them could not be read.
pub(super) async fn files(
    context: &Context,
    client: &mut Client,
    paths: &[PathBuf],
    arguments: &Submit,
) -> Result<(Source, u64), Failure> {
    let (rules, limit) = (&arguments.rules, arguments.waiting.reconnect.0);
    let (mut documents, mut left_out) = (Vec::new(), 0);
    for root in paths {
        let (files, hidden) = walk(context, root, rules)?;
        left_out += hidden;
        for path in files {
            let uploaded = if arguments.dry_run {
                File::open(&path)
                    .and_then(hashed)
                    .map_err(|error| unreadable(&path, &error))
            } else {
                send(context, client, limit, &path).await
            };
            match uploaded {
                Ok(uploaded) => documents.push(document(name(&path), &uploaded)),
                // One file that cannot be read or is too large does not stop the others.
                Err(Failure::Report(report)) if path != *root && is_of_one_file(report.code) => {
                    context.out.warn(&report.to_string());
                    left_out += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok((Source::Uploads(documents), left_out))
}

fn is_of_one_file(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::SourceUnreadable | ErrorCode::TooLarge)
}

/// Sends a file, and goes on with it after a cut for up to `limit` without any progress.
async fn send(
    context: &Context,
    client: &mut Client,
    limit: Duration,
    path: &Path,
) -> Result<Uploaded, Failure> {
    let once = send_named(context, client, limit, path).await;
    let Err(Failure::Report(report)) = once else {
        return once;
    };
    if report.code != ErrorCode::BadRequest {
        return Err(Failure::Report(report));
    }
    // It is not what it was when it was hashed; ragd has thrown away what came.
    context.out.note(&format!(
        "{} changed while it was sent; sending it once more",
        shown(path)
    ));
    let twice = send_named(context, client, limit, path).await;
    twice.map_err(|failure| match failure {
        Failure::Report(report) if report.code == ErrorCode::BadRequest => {
            let message = format!("cannot send {}", shown(path));
            let changes = ErrorReport::new(ErrorCode::SourceUnreadable, message);
            changes
                .because(format!("it changes while it is sent: {}", report.message))
                .try_next("submit it again when nothing writes to it")
                .into()
        }
        failure => failure,
    })
}

/// Sends what a file holds now, which is named before: after a cut ragd says how far it came.
async fn send_named(
    context: &Context,
    client: &mut Client,
    limit: Duration,
    path: &Path,
) -> Result<Uploaded, Failure> {
    let owned = path.to_owned();
    let uploaded = spawn_blocking(move || File::open(owned).and_then(hashed))
        .await
        .expect("hashing does not panic")
        .map_err(|error| unreadable(path, &error))?;
    let mut patience = Patience::new(limit);
    let mut stood = 0;
    loop {
        let sent = send_rest(client, path, &uploaded, |from| {
            if from > stood && from < uploaded.bytes {
                stood = from;
                patience = Patience::new(limit);
                context.out.note(&format!(
                    "{}: ragd has {} of {}, going on from there",
                    shown(path),
                    size(from),
                    size(uploaded.bytes)
                ));
            }
        });
        match sent.await {
            Err(UploadError::Daemon(report)) if is_away(&report) => {
                *client = patience.reconnect(context, report, None).await?;
            }
            Err(error) => return Err(not_sent(path, error)),
            Ok(()) => return Ok(uploaded),
        }
    }
}

/// Sends a file, or what ragd does not have of it; `goes_on` is told how much it has.
async fn send_rest(
    client: &Client,
    path: &Path,
    uploaded: &Uploaded,
    goes_on: impl FnOnce(u64),
) -> Result<(), UploadError> {
    let open = tokio::fs::File::open(path).await;
    let mut file = open.map_err(UploadError::Read)?;
    if uploaded.bytes <= PIECE as u64 {
        // One message is sent whole or not at all.
        let expected = Some(uploaded.content);
        let sent = client.upload(UploadRequest { expected }, file).await;
        return sent.map(drop);
    }
    let upload = client
        .resume_upload(UploadResumeRequest {
            content: uploaded.content,
            bytes: uploaded.bytes,
        })
        .await?;
    goes_on(upload.from());
    let found = file.seek(SeekFrom::Start(upload.from())).await;
    found.map_err(UploadError::Read)?;
    upload.send(file).await
}

/// Returns the files of a source, and how many of its folders could not be read.
fn walk(context: &Context, root: &Path, rules: &Rules) -> Result<(Vec<PathBuf>, u64), Failure> {
    let include = globs(root, &rules.include)?;
    let exclude = globs(root, &rules.exclude)?;
    // Ignore files above the source count only as far as they belong to the same repository.
    let is_in_repository = root.ancestors().any(|folder| folder.join(".git").exists());
    let mut walker = WalkBuilder::new(root);
    walker
        .standard_filters(!rules.no_ignore)
        // What git would need a repository for counts everywhere; what belongs to one user's git
        // does not.
        .require_git(false)
        .git_global(false)
        .git_exclude(!rules.no_ignore)
        .parents(!rules.no_ignore && is_in_repository)
        .hidden(!rules.hidden)
        .follow_links(false)
        // The folders of git itself are no content.
        .filter_entry(|entry| entry.file_name() != ".git")
        .sort_by_file_name(std::ffi::OsStr::cmp);
    if !rules.no_ignore {
        walker.add_custom_ignore_filename(IGNORE_FILE);
    }
    let (mut files, mut left_out) = (Vec::new(), 0);
    for entry in walker.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                context.out.warn(&crate::text::clean(&error.to_string()));
                left_out += 1;
                continue;
            }
        };
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file())
            || (entry.depth() == 0 && entry.path().is_file());
        if is_file && is_wanted(entry.path(), &include, &exclude, rules) {
            files.push(entry.into_path());
        }
    }
    Ok((files, left_out))
}

fn is_wanted(path: &Path, include: &Gitignore, exclude: &Gitignore, rules: &Rules) -> bool {
    let fits = |globs: &Gitignore| globs.matched_path_or_any_parents(path, false).is_ignore();
    let is_too_large = rules
        .max_file_size
        .is_some_and(|limit| path.metadata().is_ok_and(|data| data.len() > limit.0));
    (include.is_empty() || fits(include)) && !fits(exclude) && !is_too_large
}

/// Globs mean what they mean in a `.gitignore` at `root`: without a slash, at any depth.
fn globs(root: &Path, globs: &[String]) -> Result<Gitignore, Failure> {
    let folder = if root.is_dir() {
        root
    } else {
        root.parent().unwrap_or(root)
    };
    let mut builder = GitignoreBuilder::new(folder);
    for glob in globs {
        // `#` begins a name here and not a comment.
        let line = if glob.starts_with('#') {
            format!("\\{glob}")
        } else {
            glob.clone()
        };
        builder
            .add_line(None, &line)
            .map_err(|error| Failure::usage(format!("`{glob}` is not a glob: {error}")))?;
    }
    builder
        .build()
        .map_err(|error| Failure::usage(format!("cannot use the globs: {error}")))
}

/// Returns the name of an uploaded file: where it is. Two folders of one name are two sources.
fn name(path: &Path) -> OsString {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .into_os_string()
}

fn document(name: OsString, uploaded: &Uploaded) -> UploadedDocument {
    UploadedDocument {
        name: to_bytes(name),
        content: uploaded.content,
        bytes: uploaded.bytes,
    }
}

fn hashed(mut source: impl io::Read) -> io::Result<Uploaded> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    let mut bytes = 0;
    loop {
        let read = source.read(&mut piece)?;
        if read == 0 {
            let content = ContentHash(hasher.finalize().into());
            return Ok(Uploaded { content, bytes });
        }
        hasher.update(&piece[..read]);
        bytes += read as u64;
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    ErrorReport::new(
        ErrorCode::SourceUnreadable,
        format!("cannot read {}", shown(path)),
    )
    .because(error.to_string())
    .into()
}

fn not_sent(path: &Path, error: UploadError) -> Failure {
    match error {
        UploadError::Read(error) => unreadable(path, &error),
        UploadError::Daemon(mut report) => {
            if is_of_one_file(report.code) {
                report.message = format!("{}: {}", shown(path), report.message);
            }
            report.into()
        }
    }
}

/// What comes on standard input is gone once it was sent.
fn not_sent_twice(error: UploadError) -> Failure {
    match error {
        UploadError::Daemon(report) if is_away(&report) => {
            ErrorReport::new(report.code, "cannot go on with standard input")
                .because(format!("{report}, and it cannot be read twice"))
                .try_next("write it to a file, and submit that with --upload always")
                .into()
        }
        error => not_sent(Path::new("-"), error),
    }
}

fn shown(path: &Path) -> String {
    crate::text::clean(&path.to_string_lossy()).into_owned()
}
