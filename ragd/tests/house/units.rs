//! The systemd units: what they promise, and that systemd 252 understands them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::root;

const SYSTEM: &str = "systemd/system/ragd.service";
const USER: &str = "systemd/user/ragd.service";
const WORKER: &str = "systemd/system/ragd-worker@.service";

#[test]
fn both_units_keep_the_promises() {
    for unit in [SYSTEM, USER] {
        let text = read(unit);
        for line in [
            "Type=notify",
            "WatchdogSec=30",
            "TimeoutStopSec=45",
            "KillMode=mixed",
            "OOMPolicy=continue",
            "NoNewPrivileges=yes",
        ] {
            assert!(has(&text, line), "{unit}: {line}");
        }
        // It would hide the uid of every peer, which is how the daemon knows who asks.
        assert!(
            !text.lines().any(|line| line.starts_with("PrivateUsers")),
            "{unit}"
        );
        // Without these the daemon could not confine its own children.
        let filter = "SystemCallFilter=seccomp landlock_create_ruleset landlock_add_rule \
                      landlock_restrict_self";
        assert!(has(&text, filter), "{unit}: {filter}");
    }
    for line in [
        "User=ragd",
        "Group=ragd",
        "RuntimeDirectoryMode=0750",
        "StateDirectory=ragd",
    ] {
        assert!(has(&read(SYSTEM), line), "{SYSTEM}: {line}");
    }
    assert!(has(&read(USER), "WantedBy=default.target"), "{USER}");
}

#[test]
fn the_unit_of_workers_keeps_its_promises() {
    let text = read(WORKER);
    for line in [
        "Type=notify",
        // What a worker may take to let go: 20 s of grace and the longest default lease.
        "TimeoutStopSec=60",
        "RestartPreventExitStatus=78",
        "KillMode=mixed",
        "OOMPolicy=continue",
        "NoNewPrivileges=yes",
        "User=ragd",
        "StateDirectory=ragd-worker/%i",
        "Environment=RAGD_STATE_DIR=/var/lib/ragd-worker/%i",
    ] {
        assert!(has(&text, line), "{WORKER}: {line}");
    }
    // It does not feed a watchdog.
    assert!(!text.contains("WatchdogSec"), "{WORKER}");
}

#[test]
fn systemd_verifies_all_units() {
    for (unit, manager) in [(SYSTEM, "--system"), (USER, "--user"), (WORKER, "--system")] {
        let (folder, copy) = with_existing_program(unit);
        let Some((fine, said)) = analyze(&folder, &[manager, "--man=no", "verify", &copy]) else {
            return;
        };
        // The host's own units are not ours to judge.
        let ours: Vec<_> = said.lines().filter(|line| line.contains("ragd")).collect();
        assert!(fine && ours.is_empty(), "{unit}: {said}");
    }
}

#[test]
fn the_system_units_expose_little() {
    for unit in [SYSTEM, WORKER] {
        let (folder, copy) = with_existing_program(unit);
        let Some((_, said)) = analyze(&folder, &["security", "--offline=true", &copy]) else {
            return;
        };
        let level = said
            .lines()
            .find_map(|line| line.split_once("Overall exposure level for "))
            .and_then(|(_, rest)| rest.split_once(": "))
            .and_then(|(_, level)| level.split_whitespace().next())
            .and_then(|level| level.parse::<f64>().ok());
        assert!(level.is_some_and(|level| level <= 1.5), "{unit}: {said}");
    }
}

fn read(unit: &str) -> String {
    fs::read_to_string(root().join(unit)).expect("the unit is there")
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|candidate| candidate == line)
}

/// Copies `unit` with the daemon of this build as its program, for `verify` wants one that exists.
fn with_existing_program(unit: &str) -> (TempDir, String) {
    let folder = TempDir::new().expect("a temporary folder");
    let text = read(unit);
    let program = text
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=")?.split_once(' '))
        .map(|(program, _)| program)
        .expect("the unit starts a program with a command");
    let text = text.replace(program, env!("CARGO_BIN_EXE_ragd"));
    // Of a template, an instance.
    let name = unit.rsplit('/').next().unwrap_or(unit).replace('@', "@1");
    let copy: PathBuf = folder.path().join(name);
    fs::write(&copy, text).expect("a temporary file");
    let copy = copy.display().to_string();
    (folder, copy)
}

/// Runs `systemd-analyze` and returns whether it was content and what it said.
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn analyze(folder: &TempDir, arguments: &[&str]) -> Option<(bool, String)> {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .env("SYSTEMD_PAGER", "")
        .env("LC_ALL", "C.UTF-8")
        // The manager of a user wants one, and a build machine has none.
        .env("XDG_RUNTIME_DIR", folder.path())
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: systemd-analyze is not installed");
        return None;
    };
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}
