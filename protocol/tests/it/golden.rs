//! One file per message in `tests/wire/`: what it means and its bytes.
//!
//! A change of the wire format shows up as a change of these files. To accept one on purpose, run
//! the tests with `RAGD_BLESS=1` and read the difference before you commit it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use protocol::answer::Finish;
use protocol::doctor::FindingState;
use protocol::document::DocumentState;
use protocol::health::HealthState;
use protocol::job::{JobKind, JobOrder, JobState, Priority, Stage};
use protocol::model::{ModelKind, ModelUse};
use protocol::submit::Runtime;
use protocol::watched::WatchedState;
use protocol::worker::{Wanted, WorkerClass};
use protocol::{ErrorCode, codec};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dice::Dice;
use crate::{hello, samples};

const WORDS: &str = "words";

#[test]
fn every_message_has_the_bytes_of_its_golden_file() {
    let mut wanted = BTreeMap::new();
    for (name, message) in samples::client(&mut Dice::fixed()) {
        put(&mut wanted, name, &message, &encode(&message));
    }
    for (name, message) in samples::other_submits(&mut Dice::fixed()) {
        put(&mut wanted, name, &message, &encode(&message));
    }
    for (name, message) in samples::daemon(&mut Dice::fixed()) {
        put(&mut wanted, name, &message, &encode(&message));
    }
    for (name, message, bytes) in hello::frames() {
        put(&mut wanted, name, &message, &bytes);
    }
    hold_words(&words());
    wanted.insert(WORDS.to_owned(), words());
    compare(&wanted);
}

#[test]
fn every_variant_has_a_sample() {
    let mut sampled = BTreeSet::new();
    sampled.extend(
        samples::client(&mut Dice::fixed())
            .into_iter()
            .map(|(name, _)| name),
    );
    sampled.extend(
        samples::daemon(&mut Dice::fixed())
            .into_iter()
            .map(|(name, _)| name),
    );
    let named: BTreeSet<_> = [
        samples::CLIENT,
        samples::DAEMON,
        samples::REQUESTS,
        samples::REPLIES,
        samples::ITEMS,
    ]
    .concat()
    .into_iter()
    .collect();
    let missing: Vec<_> = named.difference(&sampled).collect();
    assert!(
        missing.is_empty(),
        "add samples in tests/it/samples.rs for {missing:?}"
    );
}

/// Fails when a number or a word of the small enums changes: numbers are part of the wire, and
/// words are what scripts compare. New ones go to the end. No way around it for `RAGD_BLESS`.
fn hold_words(now: &str) {
    let now: BTreeSet<_> = now.lines().collect();
    let golden = fs::read_to_string(file(WORDS)).expect("tests/wire/words.txt is there");
    for line in golden.lines() {
        assert!(
            now.contains(line),
            "`{line}` is gone; add new words at the end of their enum"
        );
    }
}

fn encode(message: &impl Serialize) -> Vec<u8> {
    codec::encode(message).expect("a sample fits into a frame")
}

fn put(wanted: &mut BTreeMap<String, String>, name: &str, message: &impl Debug, bytes: &[u8]) {
    let mut text = format!("{message:#?}\n\n");
    for line in bytes.chunks(16) {
        let line: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&line.join(" "));
        text.push('\n');
    }
    let former = wanted.insert(name.to_owned(), text);
    assert!(former.is_none(), "two samples are named `{name}`");
}

/// Returns a line `Enum number word` for each value of the small enums.
fn words() -> String {
    let health = [
        HealthState::Ok,
        HealthState::Starting,
        HealthState::Degraded,
        HealthState::Down,
    ];
    let documents = [
        DocumentState::Active,
        DocumentState::Failed,
        DocumentState::Stale,
    ];
    let order = |order: JobOrder| match order {
        JobOrder::NewestFirst => "newest-first",
        JobOrder::OldestFirst => "oldest-first",
    };
    [
        table("ErrorCode", &ErrorCode::ALL, ErrorCode::as_str),
        table("JobState", &JobState::ALL, JobState::as_str),
        table("Stage", &Stage::ALL, Stage::as_str),
        table("Priority", &Priority::ALL, Priority::as_str),
        table(
            "JobKind",
            &[
                JobKind::Ingest,
                JobKind::Probe,
                JobKind::Embed,
                JobKind::Ask,
                JobKind::Move,
                JobKind::Watch,
            ],
            JobKind::as_str,
        ),
        table(
            "JobOrder",
            &[JobOrder::NewestFirst, JobOrder::OldestFirst],
            order,
        ),
        table("Runtime", &Runtime::ALL, Runtime::as_str),
        table("Finish", &Finish::ALL, Finish::as_str),
        table("ModelKind", &ModelKind::ALL, ModelKind::as_str),
        table("ModelUse", &ModelUse::ALL, ModelUse::as_str),
        table("HealthState", &health, HealthState::as_str),
        table("DocumentState", &documents, DocumentState::as_str),
        table("WorkerClass", &WorkerClass::ALL, WorkerClass::as_str),
        table("Wanted", &Wanted::ALL, Wanted::as_str),
        table("FindingState", &FindingState::ALL, FindingState::as_str),
        table("WatchedState", &WatchedState::ALL, WatchedState::as_str),
    ]
    .concat()
}

fn table<T: Copy + Serialize + DeserializeOwned>(
    of: &str,
    values: &[T],
    word: impl Fn(T) -> &'static str,
) -> String {
    let mut text = String::new();
    for (number, value) in (0_u8..).zip(values) {
        assert_eq!(encode(value), [number], "{of} is listed in its own order");
        text.push_str(&format!("{of} {number} {}\n", word(*value)));
    }
    let beyond = u8::try_from(values.len()).expect("a small enum");
    assert!(
        codec::decode::<T>(&[beyond]).is_err(),
        "{of} has a value that is not listed"
    );
    text
}

/// Compares `wanted` with the files, or writes the files when asked to.
fn compare(wanted: &BTreeMap<String, String>) {
    if std::env::var_os("RAGD_BLESS").is_some() {
        for (name, text) in wanted {
            fs::write(file(name), text).expect("tests/wire can be written");
        }
    }
    let mut wrong: Vec<_> = wanted
        .iter()
        .filter(|(name, text)| fs::read_to_string(file(name)).ok().as_ref() != Some(*text))
        .map(|(name, _)| format!("{name}.txt is missing or differs"))
        .collect();
    for entry in fs::read_dir(file(WORDS).with_file_name("")).expect("tests/wire is there") {
        let path = entry.expect("tests/wire can be read").path();
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !wanted.contains_key(&stem) {
            wrong.push(format!("{stem}.txt belongs to no message: remove it"));
        }
    }
    assert!(
        wrong.is_empty(),
        "the wire changed:\n  {}\nIf that is intended, raise `hello::VERSION` where an older peer \
         could not read it, run `RAGD_BLESS=1 cargo test -p protocol` and read the difference.",
        wrong.join("\n  ")
    );
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/wire")
        .join(format!("{name}.txt"))
}
