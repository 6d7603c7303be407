//! The module table of `ragd` as data. Arrows go down only.

use std::fs;
use std::path::Path;

use crate::rust::{self, Named, Origin};
use crate::{report, root};

/// What a module may name.
enum May {
    Everything,
    /// These modules, as a whole or only what begins with a word: `ingest::plan`.
    Only(&'static [&'static str]),
}

use May::{Everything, Only};

/// Each module at the top of `ragd/src` and what it may name besides itself and [`ANYWHERE`].
const TABLE: &[(&str, May)] = &[
    ("main", Everything),
    ("lib", Everything),
    ("daemon", Everything),
    ("worker", Everything),
    (
        "server",
        Only(&[
            "jobs",
            "answer",
            "retrieve",
            "ledger",
            "ingest",
            "project",
            "embed",
            "index",
            "blobs",
            "fleet",
            // Whether what a submit asks for can be had.
            "runtime",
            "git",
            "web",
            "watched",
            // A plan that was shown becomes the parts of a job, and so do gaps.
            "work::plan",
            "work::again",
        ]),
    ),
    // The parts of a job are those that a submit would get.
    ("watched", Only(&["jobs", "ingest", "ledger", "work::plan"])),
    (
        "work",
        Only(&[
            "jobs", "answer", "retrieve", "ingest", "embed", "ledger", "index", "blobs", "fleet",
            "runtime", // Why a document could not be read safely.
            "sandbox", "git", "web",
        ]),
    ),
    (
        "ingest",
        Only(&[
            "embed", "index", "blobs", "ledger", "project", "sandbox", "git",
        ]),
    ),
    (
        "answer",
        Only(&["retrieve", "openai", "tokens", "embed", "index", "ledger"]),
    ),
    ("retrieve", Only(&["embed", "index", "ledger", "tokens"])),
    ("project", Only(&["index"])),
    ("jobs", Only(&["ledger"])),
    ("embed", Only(&["openai", "tokens"])),
    ("index", Only(&["tokens"])),
    ("blobs", Only(&["http"])),
    ("ledger", Only(&[])),
    // Bytes in, bytes out: it knows nothing of jobs, nor of what a task does.
    ("fleet", Only(&[])),
    // It starts workers, and knows no more of a task than its name.
    ("runtime", Only(&["fleet", "http"])),
    ("sandbox", Only(&[])),
    // Addresses, trees and contents: it knows nothing of documents.
    ("git", Only(&["sandbox", "internet"])),
    // Addresses and bytes, as well.
    ("web", Only(&["http", "internet"])),
    ("internet", Only(&[])),
    ("http", Only(&[])),
    ("openai", Only(&["http"])),
    ("tokens", Only(&[])),
    ("observe", Only(&[])),
    ("config", Only(&[])),
    ("ids", Only(&[])),
];

/// What every module may name, but for these themselves.
const ANYWHERE: &[&str] = &["ids", "config", "observe"];

/// Files of a folder that only its `mod.rs` may name: the rest of the daemon knows the trait.
const BACKENDS: &[(&str, &[&str])] = &[
    ("embed", &["builtin", "http"]),
    ("fleet", &["memory", "valkey"]),
    ("index", &["embedded", "qdrant"]),
    ("jobs", &["ledger", "sqlite", "valkey"]),
    ("blobs", &["folder", "s3"]),
    ("runtime", &["aws_batch", "docker", "kubernetes"]),
];

/// Who may speak of wire types, and which parts of `protocol` are for all: the values that mean
/// the same on both sides of the socket, and how values become bytes.
const PROTOCOL: &[&str] = &["server", "ids"];
const PROTOCOL_FOR_ALL: &[&str] = &["codec", "ids", "text"];

#[test]
fn arrows_between_modules_go_down() {
    let src = root().join("ragd/src");
    let mut findings = Vec::new();
    for file in rust::files(&src) {
        let source = fs::read_to_string(&file).expect("a source is text");
        let shown = file
            .strip_prefix(root())
            .expect("below the root")
            .display()
            .to_string();
        check(
            &shown,
            &rust::module_of(&file, &src),
            &source,
            &mut findings,
        );
    }
    report(
        "a module names what it may not (the table is in ragd/tests/house/layering.rs)",
        &findings,
    );
}

#[test]
fn every_module_has_a_row() {
    let src = root().join("ragd/src");
    let mut findings = Vec::new();
    for entry in fs::read_dir(&src).expect("ragd/src is there") {
        let path = entry.expect("ragd/src can be read").path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name != "bin" && row(&name).is_none() {
            findings.push(format!("ragd/src/{name}"));
        }
    }
    report(
        "a module has no row in the table of ragd/tests/house/layering.rs",
        &findings,
    );
}

fn row(module: &str) -> Option<&'static May> {
    TABLE
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, may)| may)
}

fn check(file: &str, module: &[String], source: &str, findings: &mut Vec<String>) {
    for named in rust::named(source, module) {
        if let Some(reason) = wrong(file, module, &named) {
            findings.push(format!("{file}:{}: {reason}", named.line));
        }
    }
}

/// Returns what is wrong with naming `named` in `module`.
fn wrong(file: &str, module: &[String], named: &Named) -> Option<String> {
    let from = module.first()?.as_str();
    let path: Vec<_> = named.path.iter().map(String::as_str).collect();
    let shown = path.join("::");
    match (named.origin, path.as_slice()) {
        (Origin::Other, ["protocol", part, ..]) => {
            let fine = PROTOCOL.contains(&from) || PROTOCOL_FOR_ALL.contains(part);
            (!fine).then(|| format!("`{from}` names `{shown}`; only `server` knows the wire types"))
        }
        (Origin::Other, ["ragd", ..]) if !["main", "bin"].contains(&from) => {
            Some(format!("`{shown}` is this crate: write `crate::`"))
        }
        (Origin::Other, _) => None,
        (Origin::Own, [to, rest @ ..]) => {
            backend(file, module, to, rest).or_else(|| arrow(from, to, rest))
        }
        (Origin::Own, []) => None,
    }
}

fn arrow(from: &str, to: &str, rest: &[&str]) -> Option<String> {
    // A bin has the library's rights only through `main`.
    let may = row(from).unwrap_or(&Everything);
    let Only(targets) = may else { return None };
    if from == to || (ANYWHERE.contains(&to) && may_name_common(from, to)) {
        return None;
    }
    let within = |target: &str| match target.split_once("::") {
        None => target == to,
        // `ingest::plan::run` as well as `ingest::PlanLimits`.
        Some((module, word)) => {
            module == to
                && rest
                    .first()
                    .is_some_and(|name| name.to_lowercase().starts_with(word))
        }
    };
    let shown = [&[to], rest].concat().join("::");
    if targets.iter().any(|target| within(target)) {
        return None;
    }
    Some(match row(to) {
        Some(_) => format!("`{from}` may not name `crate::{shown}`"),
        None => format!("`crate::{shown}` hides its module: name the module where it lives"),
    })
}

/// The common modules know each other only downwards: `observe` → `config` → `ids`.
fn may_name_common(from: &str, to: &str) -> bool {
    match from {
        "ids" => false,
        "config" => to == "ids",
        _ => true,
    }
}

fn backend(file: &str, module: &[String], to: &str, rest: &[&str]) -> Option<String> {
    let (folder, files) = BACKENDS.iter().find(|(folder, _)| *folder == to)?;
    let backend = rest.first().filter(|name| files.contains(name))?;
    let inside = module.first().is_some_and(|from| from == folder);
    let is_folder = inside && module.len() == 1;
    let is_itself = inside && module.get(1).is_some_and(|second| second == backend);
    let is_test = Path::new(file)
        .file_stem()
        .is_some_and(|stem| stem == "tests");
    (!is_folder && !is_itself && !is_test)
        .then(|| format!("only {folder}/mod.rs may name the backend `{folder}::{backend}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(file: &str, source: &str) -> Vec<String> {
        let src = Path::new("ragd/src");
        let mut findings = Vec::new();
        check(
            file,
            &rust::module_of(Path::new(file), src),
            source,
            &mut findings,
        );
        findings
    }

    fn fine(file: &str, source: &str) {
        assert_eq!(findings(file, source), Vec::<String>::new());
    }

    fn wrong(file: &str, source: &str, part: &str) {
        let found = findings(file, source);
        assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
    }

    #[test]
    fn allowed_arrows_pass() {
        fine(
            "ragd/src/server/handlers/submit.rs",
            "use crate::ingest::plan::Plan;",
        );
        fine(
            "ragd/src/server/convert.rs",
            "use protocol::Request; use crate::ledger::Row;",
        );
        fine(
            "ragd/src/work/ingest.rs",
            "use crate::{ingest::pipeline, jobs::Work, ids::JobId};",
        );
        fine(
            "ragd/src/jobs/pool.rs",
            "use crate::{observe::Metric, config::Workers};",
        );
        fine(
            "ragd/src/jobs/ledger.rs",
            "use crate::ledger::Ledger; use super::JobQueue;",
        );
        fine(
            "ragd/src/ledger/writer.rs",
            "use protocol::text::PathBytes;",
        );
        fine(
            "ragd/src/index/mod.rs",
            "mod embedded; use self::embedded::Embedded;",
        );
        fine(
            "ragd/src/index/embedded/mod.rs",
            "use crate::index::embedded::words::Words;",
        );
        fine(
            "ragd/src/index/embedded/words.rs",
            "use super::super::Found;",
        );
        fine("ragd/src/daemon.rs", "use crate::{server, work, index};");
        fine("ragd/src/main.rs", "use ragd::{Config, run};");
    }

    #[test]
    fn forbidden_arrows_fail_and_name_file_and_line() {
        wrong(
            "ragd/src/jobs/pool.rs",
            "\nuse crate::work::run;",
            "ragd/src/jobs/pool.rs:2: `jobs`",
        );
        wrong(
            "ragd/src/jobs/mod.rs",
            "use super::server;",
            "crate::server",
        );
        wrong(
            "ragd/src/ingest/walk.rs",
            "use crate::jobs::Work;",
            "crate::jobs::Work",
        );
        wrong(
            "ragd/src/server/mod.rs",
            "use crate::work::ingest;",
            "crate::work::ingest",
        );
        wrong(
            "ragd/src/server/mod.rs",
            "use crate::{ids, work};",
            "crate::work",
        );
        wrong(
            "ragd/src/ledger/mod.rs",
            "fn f(x: crate::index::Found) {}",
            "crate::index",
        );
        wrong(
            "ragd/src/config/mod.rs",
            "use crate::observe::Metric;",
            "crate::observe",
        );
        wrong(
            "ragd/src/ledger/mod.rs",
            "use protocol::job::JobView;",
            "wire types",
        );
        wrong(
            "ragd/src/daemon.rs",
            "use protocol::{Request};",
            "wire types",
        );
        wrong(
            "ragd/src/ledger/mod.rs",
            "use crate::Thing;",
            "hides its module",
        );
        wrong(
            "ragd/src/daemon.rs",
            "use crate::index::embedded::Embedded;",
            "the backend",
        );
        wrong(
            "ragd/src/index/words.rs",
            "use super::embedded::X;",
            "the backend",
        );
    }
}
