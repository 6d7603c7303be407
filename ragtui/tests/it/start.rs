//! `--start`: the daemon from beside the client.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::stand_in::{Greeting, Ran, StandIn, bare_command, own_uid};

const PATIENCE: Duration = Duration::from_secs(10);

/// A folder with `ragctl` and a `ragd` that is this shell script.
pub(crate) fn install(folder: &Path, script: &str) {
    std::fs::copy(env!("CARGO_BIN_EXE_ragctl"), folder.join("ragctl")).unwrap();
    let daemon = folder.join("ragd");
    std::fs::write(&daemon, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&daemon, PermissionsExt::from_mode(0o755)).unwrap();
}

/// The `ragctl` that was installed, in the environment of `template`.
pub(crate) fn installed(folder: &Path, template: &Command) -> Command {
    let mut command = Command::new(folder.join("ragctl"));
    command.env_clear().envs(
        template
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    command.env("PATH", "/usr/bin:/bin");
    command
}

fn command(folder: &Path) -> Command {
    let mut command = installed(folder, &bare_command(folder));
    command.args(["status", "--start", "-o", "name", "--socket"]);
    command.arg(folder.join("ragd.sock"));
    command
}

/// Runs a command of a program that was just written. Another test that starts a process in this
/// moment may hold the file open for writing until its own program begins.
pub(crate) fn output(mut command: Command) -> Output {
    let began = Instant::now();
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                assert!(began.elapsed() < PATIENCE, "{error}");
                std::thread::yield_now();
            }
            output => return output.unwrap(),
        }
    }
}

#[test]
fn a_daemon_that_ends_at_once_is_reported_with_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    install(
        folder.path(),
        "echo 'the state directory is locked' >&2; exit 3",
    );
    let ran = Ran::from(output(command(folder.path())));
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert!(ran.stderr.contains("cannot start ragd"), "{ran}");
    assert!(
        ran.stderr.contains("the state directory is locked"),
        "{ran}"
    );
}

#[test]
fn a_missing_daemon_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    install(folder.path(), "");
    std::fs::remove_file(folder.path().join("ragd")).unwrap();
    let ran = Ran::from(output(command(folder.path())));
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert!(ran.stderr.contains("install ragd beside ragctl"), "{ran}");
}

#[test]
fn a_started_daemon_gets_the_socket_and_a_session_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("started");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    install(
        folder.path(),
        &format!("echo \"$$ $(ps -o sid= -p $$) $*\" > {}", fifo.display()),
    );
    let client = command(folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Blocks until the script has written.
    let said = std::fs::read_to_string(&fifo).unwrap();
    let words: Vec<_> = said.split_whitespace().collect();
    assert_eq!(words[0], words[1], "the daemon leads its own session");
    let socket = folder.path().join("ragd.sock");
    assert_eq!(words[2..], ["--socket", socket.to_str().unwrap()]);
    let greeting = Greeting::Welcome { uid: own_uid() };
    let _daemon = StandIn::listen(folder, &socket, greeting, |_| None);
    assert!(client.wait_with_output().unwrap().status.success());
}
