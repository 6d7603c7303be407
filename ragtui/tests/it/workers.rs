//! Workers and `doctor`: what the stand-in knows of them, and what is made of it.

use protocol::doctor::Finding;
use protocol::worker::{PartRef, Wanted, WorkerClass, WorkerView};
use protocol::{ErrorCode, ErrorReport, Reply, Request};
use serde_json::Value;

use crate::fixtures::job_id;
use crate::stand_in::{Answer, Ran, StandIn, bare_command};
use crate::start;

fn worker(name: &str, parts: &[u32], wanted: Wanted) -> WorkerView {
    let part = |part: &u32| PartRef {
        job: job_id(0xa1),
        part: *part,
    };
    WorkerView {
        name: name.into(),
        host: name.split('-').next().unwrap().into(),
        pid: 17,
        version: "0.1.0".into(),
        classes: vec![WorkerClass::Extract],
        slots: 4,
        busy: parts.len() as u32,
        running: parts.iter().map(part).collect(),
        silent_ms: 900,
        wanted,
    }
}

pub(crate) fn views() -> Vec<WorkerView> {
    let silent = WorkerView {
        silent_ms: 192_000,
        // Another user's.
        busy: 1,
        ..worker("venus-9\u{1b}[2J", &[], Wanted::Drain)
    };
    vec![
        worker("mars-4", &[], Wanted::Run),
        worker("moon-17", &[0, 12], Wanted::Run),
        worker("moon-18", &[], Wanted::Pause),
        silent,
    ]
}

pub(crate) fn wanted(name: &str, wanted: Wanted) -> Answer {
    match views().into_iter().find(|worker| worker.name == name) {
        Some(worker) => Answer::Reply(Reply::Worker(WorkerView { wanted, ..worker })),
        None => Answer::Failed(
            ErrorReport::new(ErrorCode::NotFound, format!("unknown worker \"{name}\""))
                .because("did you mean \"moon-17\"?")
                .try_next("ragctl worker list"),
        ),
    }
}

pub(crate) fn findings() -> Vec<Finding> {
    vec![
        Finding::ok(
            "ledger",
            "/home/kim/.local/share/ragd/ledger.db was written to",
        ),
        Finding::ok("queue", "redis://valkey:6379 answers"),
        Finding::warning(
            "queue",
            "the queue server may throw tasks away when it is full (`allkeys-lru`)",
        )
        .try_next("redis-cli CONFIG SET maxmemory-policy noeviction"),
        Finding::error("model qwen", "the server is out of reach\u{1b}[2J")
            .try_next("start the server: the job goes on by itself"),
    ]
}

#[test]
fn what_is_wanted_goes_to_each_worker_and_the_first_error_is_told() {
    let daemon = StandIn::new();
    let ran = daemon.run(&["worker", "drain", "mars-4", "moon-71", "moon-17", "--json"]);
    assert_eq!(ran.exit, Some(1), "{ran}");
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(list["schema"], "ragctl.worker_list/v1");
    let of = |field: &str| [&list["items"][0][field], &list["items"][1][field]];
    assert_eq!(of("name"), ["mars-4", "moon-17"]);
    assert_eq!(of("wanted"), ["drain", "drain"]);
    let error: Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["message"], "unknown worker \"moon-71\"");
    let sent = daemon.requests();
    let names = sent.iter().filter_map(|request| match request {
        Request::WorkerWant { name, .. } => Some(name.as_str()),
        _ => None,
    });
    assert_eq!(names.collect::<Vec<_>>(), ["mars-4", "moon-71", "moon-17"]);
}

#[test]
fn a_dry_run_steers_nobody() {
    let daemon = StandIn::new();
    let ran = daemon.run(&["worker", "pause", "moon-17", "--dry-run", "-o", "name"]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (Some(0), "moon-17\n"));
    assert_eq!(daemon.requests(), [Request::WorkerList]);
}

#[test]
fn only_what_does_not_work_is_a_failure() {
    let exit = |finding: fn() -> Finding| {
        let daemon = StandIn::scripted(move |request| {
            let findings = vec![Finding::ok("ledger", "fine"), finding()];
            matches!(request, Request::Doctor).then_some(Answer::Reply(Reply::Findings(findings)))
        });
        daemon.run(&["doctor"]).exit
    };
    assert_eq!(exit(|| Finding::ok("queue", "embedded")), Some(0));
    assert_eq!(exit(|| Finding::warning("queue", "forgetful")), Some(0));
    assert_eq!(exit(|| Finding::error("queue", "away")), Some(1));
}

#[test]
fn a_daemon_that_cannot_be_asked_is_a_finding() {
    let daemon = StandIn::scripted(|request| {
        let report = ErrorReport::new(ErrorCode::Starting, "ragd is still opening its stores")
            .try_next("ragctl health --wait 60s");
        matches!(request, Request::Doctor).then_some(Answer::Failed(report))
    });
    let ran = daemon.run(&["doctor", "-o", "tsv", "--no-header"]);
    assert_eq!(ran.exit, Some(1), "{ran}");
    let last = ran.stdout.lines().last().unwrap();
    let expected = "daemon\terror\tragd is still opening its stores\tragctl health --wait 60s";
    assert_eq!(last, expected);
}

/// Runs `ragctl doctor` where no daemon is, beside a `ragd` that is this shell script.
fn alone(script: Option<&str>) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    start::install(folder.path(), script.unwrap_or_default());
    if script.is_none() {
        std::fs::remove_file(folder.path().join("ragd")).unwrap();
    }
    let mut command = start::installed(folder.path(), &bare_command(folder.path()));
    command.args(["doctor", "--socket"]);
    command.arg(folder.path().join("ragd.sock"));
    let mut ran = Ran::from(start::output(command));
    ran.stdout = ran
        .stdout
        .replace(&folder.path().display().to_string(), "[folder]");
    ran
}

#[test]
fn without_a_daemon_it_says_how_to_start_one_and_whether_that_would_work() {
    let fine = "echo '/etc/ragd/config.toml is fine'";
    insta::assert_snapshot!("doctor_alone", alone(Some(fine)));
    let wrong = "echo 'error: cannot use /etc/ragd/config.toml
  why:  line 3: unknown key `workrs`
  try:  ragd config reference' >&2; exit 78";
    insta::assert_snapshot!("doctor_alone_with_a_mistake", alone(Some(wrong)));
    insta::assert_snapshot!("doctor_alone_without_a_program", alone(None));
}
