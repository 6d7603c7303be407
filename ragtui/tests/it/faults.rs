//! Exit codes and errors when something is wrong.

use std::io::Read;
use std::process::Stdio;

use protocol::hello::VersionRange;
use protocol::job::JobState;
use protocol::{ErrorCode, ErrorReport, Request};

use crate::fixtures::{self, story};
use crate::stand_in::{Answer, Greeting, Ran, StandIn, StreamEnd, bare_command};

fn greeted(greeting: Greeting) -> Ran {
    StandIn::greeting(greeting, |_| None).run(&["status"])
}

/// Paths of temporary folders differ from run to run.
fn steady(ran: &Ran) -> String {
    let text = ran.to_string();
    let folder = std::env::temp_dir().display().to_string();
    text.split_inclusive(char::is_whitespace)
        .map(|word| match word.find(&folder) {
            Some(at) => {
                let end = word.rfind('/').map_or(word.len(), |slash| slash);
                format!("{}[folder]{}", &word[..at], &word[end..])
            }
            None => word.to_owned(),
        })
        .collect()
}

#[test]
fn nobody_listens() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("ragd.sock");
    let run = || {
        bare_command(home.path())
            .args(["status", "--socket"])
            .arg(&socket)
            .output()
    };
    insta::assert_snapshot!("no_socket", steady(&run().unwrap().into()));

    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    insta::assert_snapshot!("dead_socket", steady(&run().unwrap().into()));
}

#[test]
fn without_a_socket_the_error_is_one_line_of_json() {
    let home = tempfile::tempdir().unwrap();
    let output = bare_command(home.path())
        .args(["status", "--json", "--socket", "/nowhere/s"])
        .output();
    let ran = Ran::from(output.unwrap());
    assert_eq!((ran.exit, ran.stdout.as_str()), (Some(69), ""));
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn versions_that_do_not_fit_name_the_older_side() {
    let versions = VersionRange { min: 2, max: 3 };
    let newer = Greeting::Refuse {
        versions,
        code: "version-skew",
        message: "too old",
    };
    insta::assert_snapshot!(steady(&greeted(newer)));
}

#[test]
fn a_refused_connection_keeps_the_code_of_the_daemon() {
    let versions = VersionRange { min: 1, max: 1 };
    let refuse = |code, message| {
        greeted(Greeting::Refuse {
            versions,
            code,
            message,
        })
        .exit
    };
    assert_eq!(refuse("busy", "32 connections are open"), Some(75));
    assert_eq!(refuse("forbidden", "uid 7 may not"), Some(77));
    assert_eq!(refuse("stopping", "about to stop"), Some(69));
    assert_eq!(refuse("some-new-word", "?"), Some(70));
}

#[test]
fn something_else_on_the_socket_is_told_apart() {
    let ran = greeted(Greeting::Garbage);
    assert_eq!(ran.exit, Some(70));
    assert!(
        ran.stderr.contains("does not speak the ragd protocol"),
        "{ran}"
    );
    assert_eq!(greeted(Greeting::Cut).exit, Some(69));
}

#[test]
fn a_daemon_that_hangs_is_given_up() {
    let hanging = StandIn::greeting(Greeting::Hang, |_| None);
    let ran = hanging.run(&["status", "--timeout", "200ms"]);
    assert_eq!(ran.exit, Some(69), "{ran}");
    let silent = StandIn::scripted(|_| Some(Answer::Hang));
    assert_eq!(silent.run(&["status", "--timeout", "200ms"]).exit, Some(69));
}

#[test]
fn a_cut_connection_is_an_error_of_its_own() {
    let ran = StandIn::scripted(|_| Some(Answer::Cut)).run(&["status"]);
    assert_eq!(ran.exit, Some(69));
    assert!(
        ran.stderr.contains("the connection to ragd was lost"),
        "{ran}"
    );
}

#[test]
fn every_error_of_the_daemon_has_its_exit_code() {
    let check = |code: ErrorCode, exit: i32| {
        let daemon = StandIn::scripted(move |_| {
            Some(Answer::Failed(
                ErrorReport::new(code, "no").retry_after_ms(1_500),
            ))
        });
        let ran = daemon.run(&["status", "--json"]);
        assert_eq!(ran.exit, Some(exit), "{code}");
        let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
        assert_eq!(error["code"], code.as_str());
        assert_eq!(error["exit"], exit);
        assert_eq!(error["retry_after_s"], 1.5);
    };
    check(ErrorCode::Busy, 75);
    check(ErrorCode::Forbidden, 77);
    check(ErrorCode::NotFound, 1);
    check(ErrorCode::Internal, 70);
    check(ErrorCode::KeyReused, 65);
    check(ErrorCode::Config, 78);
    check(ErrorCode::SourceMissing, 66);
}

#[test]
fn a_reader_that_goes_away_ends_us_silently() {
    let daemon = StandIn::scripted(|request| match request {
        Request::Watch(_) => {
            let job = fixtures::job(0xa1, JobState::Running);
            let item = fixtures::event(1, protocol::job::JobEventKind::Snapshot(Box::new(job)));
            Some(Answer::Items(vec![item; 5_000], StreamEnd::Open))
        }
        _ => None,
    });
    let mut child = daemon
        .command(&["events"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    // The pipe is closed now, with events still to come.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn one_job_after_the_other_is_one_story() {
    let daemon = StandIn::scripted(|request| {
        let (first, last) = (JobState::Running, JobState::Finished);
        matches!(request, Request::Watch(_))
            .then(|| story(fixtures::job(0xa1, first), fixtures::job(0xa1, last)))
    });
    assert_eq!(daemon.run(&["wait", "00a1", "-q"]).exit, Some(0));
}
