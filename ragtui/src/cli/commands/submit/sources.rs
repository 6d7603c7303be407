//! What `submit` is to take: paths from arguments and lists, or standard input.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use protocol::submit::GitSource;
use protocol::{ErrorCode, ErrorReport, PathBytes, Private};

use crate::cli::args::Submit;
use crate::cli::exit::{Exit, Failure};

/// Missing paths that are listed one by one.
const LISTED: usize = 10;

/// What a submit is about.
#[derive(Debug)]
pub(super) enum Input {
    /// Absolute paths that exist.
    Paths(Vec<PathBuf>),
    /// One document on standard input.
    Stdin { name: OsString },
    /// A repository that ragd fetches.
    Git(GitSource),
    /// A page that ragd fetches, by its address.
    Web(String),
}

/// How many commits are fetched unless somebody says.
const DEPTH: u32 = 1;

impl Input {
    /// Returns what is to be submitted; nothing if all that was named is missing, and may be.
    pub(super) fn read(arguments: &Submit) -> Result<Option<Self>, Failure> {
        let wants_stdin = arguments.sources.iter().any(|source| source == "-");
        if !wants_stdin && arguments.name.is_some() {
            return Err(Failure::usage(
                "--name is for the document on standard input, `-`",
            ));
        }
        if wants_stdin {
            return stdin(arguments).map(Some);
        }
        if let Some(input) = fetched(arguments)? {
            return Ok(Some(input));
        }
        let mut paths: Vec<PathBuf> = arguments.sources.iter().map(PathBuf::from).collect();
        if let Some(list) = &arguments.files_from {
            paths.extend(listed(list, arguments.null)?);
        }
        let paths = existing(&paths, arguments.ignore_missing)?;
        if paths.is_empty() && arguments.ignore_missing {
            return Ok(None);
        }
        if paths.is_empty() && arguments.plan.is_none() {
            return Err(missing(
                "there is nothing to submit",
                "no path was given, or none exists",
            ));
        }
        Ok(Some(Self::Paths(paths)))
    }
}

/// Returns the repository or the page that is meant, if one is.
fn fetched(arguments: &Submit) -> Result<Option<Input>, Failure> {
    let options = &arguments.repository;
    let mut addresses = arguments.sources.iter().filter(|source| is_address(source));
    let Some(address) = addresses.next() else {
        return match options.is_meant() {
            true => Err(Failure::usage(
                "--ref, --depth, --subdir and --git are for the address of a repository",
            )),
            false => Ok(None),
        };
    };
    if arguments.sources.len() > 1 || arguments.files_from.is_some() {
        return Err(Failure::usage(
            "an address is submitted alone: the others need a submit of their own",
        ));
    }
    let Some(address) = address.to_str() else {
        return Err(Failure::usage("the address is no text"));
    };
    let is_page = ["https://", "http://"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    if is_page && !address.trim_end_matches('/').ends_with(".git") && !options.is_meant() {
        return Ok(Some(Input::Web(address.to_owned())));
    }
    Ok(Some(Input::Git(GitSource {
        address: Private::from(address),
        reference: options.reference.clone(),
        depth: options.depth.unwrap_or(DEPTH),
        subdir: options.subdir.clone().map(to_bytes),
    })))
}

/// Tells an address from a path: it has a scheme, or names user and host before a colon.
fn is_address(source: &OsStr) -> bool {
    let source = source.to_string_lossy();
    if source.contains("://") {
        return true;
    }
    let Some((head, _)) = source.split_once(':') else {
        return false;
    };
    head.contains('@') && !head.contains('/') && fs::symlink_metadata(&*source).is_err()
}

fn stdin(arguments: &Submit) -> Result<Input, Failure> {
    if arguments.sources.len() > 1 || arguments.files_from.is_some() {
        return Err(Failure::usage(
            "`-` is one document and cannot be mixed with other sources",
        ));
    }
    let Some(name) = arguments.name.clone() else {
        return Err(Failure::usage(
            "the document on standard input needs a name, such as --name notes.md",
        ));
    };
    if io::stdin().is_terminal() {
        return Err(needs_data(
            "pg_dump -s app | ragctl submit - --name schema.sql -c db",
        ));
    }
    Ok(Input::Stdin { name })
}

fn listed(list: &Path, ends_in_nul: bool) -> Result<Vec<PathBuf>, Failure> {
    let mut bytes = Vec::new();
    let outcome = if list == Path::new("-") {
        if io::stdin().is_terminal() {
            return Err(needs_data(
                "git ls-files -z | ragctl submit --files-from - -0",
            ));
        }
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        fs::File::open(list).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    outcome.map_err(|error| {
        missing(
            &format!("cannot read the list {}", list.display()),
            &error.to_string(),
        )
    })?;
    let end = if ends_in_nul { 0 } else { b'\n' };
    let names = bytes
        .split(|byte| *byte == end)
        .filter(|name| !name.is_empty());
    Ok(names
        .map(|name| PathBuf::from(OsStr::from_bytes(name)))
        .collect())
}

/// Returns the paths as absolute ones. All missing ones are reported together.
fn existing(paths: &[PathBuf], ignore_missing: bool) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::with_capacity(paths.len());
    let mut failures = Vec::new();
    for path in paths {
        match fs::metadata(path).and_then(|_| absolute(path)) {
            Ok(path) => found.push(path),
            Err(error) if ignore_missing && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => failures.push((path, error)),
        }
    }
    let Some((first, error)) = failures.first() else {
        return Ok(found);
    };
    if failures.len() == 1 {
        return Err(missing(
            &format!("cannot submit {}", first.display()),
            &plain(error),
        ));
    }
    let all: Vec<_> = failures
        .iter()
        .take(LISTED)
        .map(|(path, error)| format!("{}: {}", path.display(), plain(error)))
        .collect();
    let rest = match failures.len() - all.len() {
        0 => String::new(),
        rest => format!("; and {rest} more"),
    };
    let why = format!("{}{rest}", all.join("; "));
    Err(missing(
        &format!("cannot submit {} paths", failures.len()),
        &why,
    ))
}

/// Links in the middle are kept as the user wrote them; only `..` behind one needs the real folder.
/// A link that is named itself stands for what it points to: links that are found are not followed.
pub(in crate::cli::commands) fn absolute(path: &Path) -> io::Result<PathBuf> {
    if path.components().any(|part| part == Component::ParentDir) {
        return fs::canonicalize(path);
    }
    let absolute = std::path::absolute(path)?;
    // `a/.` and `a/` mean `a`.
    let absolute: PathBuf = absolute.components().collect();
    if fs::symlink_metadata(&absolute)?.is_symlink() {
        return fs::canonicalize(absolute);
    }
    Ok(absolute)
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn missing(message: &str, why: &str) -> Failure {
    ErrorReport::new(ErrorCode::SourceMissing, message)
        .because(why)
        .try_next("check the path, or skip what is missing with --ignore-missing")
        .into()
}

fn needs_data(example: &str) -> Failure {
    let report = ErrorReport::new(ErrorCode::BadRequest, "standard input is a terminal")
        .because("data was expected there")
        .try_next(example);
    Failure::coded(report, Exit::NEEDS_TERMINAL)
}

pub(in crate::cli::commands) fn to_bytes(path: impl Into<OsString>) -> PathBytes {
    PathBytes(path.into().into_vec())
}
