//! Sending bytes, where the daemon runs as somebody who may not read our paths.
//!
//! The walk follows the rules of the daemon's own: ignore files count outside of git, too, hidden
//! files are left out, links are not followed. A dry run hashes and sends nothing.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use protocol::submit::{Source, UploadRequest, Uploaded, UploadedDocument};
use protocol::{ContentHash, ErrorCode, ErrorReport};
use sha2::{Digest, Sha256};

use super::sources::to_bytes;
use crate::cli::args::Rules;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::client::{Client, UploadError};

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
            .map_err(|error| not_sent(Path::new("-"), error))?
    };
    Ok(Source::Uploads(vec![document(name, &uploaded)]))
}

/// Uploads the files at and below `paths`. Also tells how many of them could not be read.
pub(super) async fn files(
    context: &Context,
    client: &Client,
    paths: &[PathBuf],
    rules: &Rules,
    is_dry_run: bool,
) -> Result<(Source, u64), Failure> {
    let (mut documents, mut left_out) = (Vec::new(), 0);
    for root in paths {
        let (files, hidden) = walk(context, root, rules)?;
        left_out += hidden;
        for path in files {
            let uploaded = if is_dry_run {
                File::open(&path)
                    .and_then(hashed)
                    .map_err(|error| unreadable(&path, &error))
            } else {
                send(client, &path).await
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

async fn send(client: &Client, path: &Path) -> Result<Uploaded, Failure> {
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| unreadable(path, &error))?;
    let request = UploadRequest { expected: None };
    client
        .upload(request, file)
        .await
        .map_err(|error| not_sent(path, error))
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
        format!(
            "cannot read {}",
            crate::text::clean(&path.to_string_lossy())
        ),
    )
    .because(error.to_string())
    .into()
}

fn not_sent(path: &Path, error: UploadError) -> Failure {
    match error {
        UploadError::Read(error) => unreadable(path, &error),
        UploadError::Daemon(report) => report.into(),
    }
}
