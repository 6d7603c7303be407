//! `wait`, `watch` and `submit --wait`: progress, ends, signals, restarts.

use std::sync::atomic::{AtomicUsize, Ordering};

use protocol::Request;
use protocol::job::{JobEventKind, JobKind, JobState, JobView, Totals};

use crate::fixtures::{event, failed_job, job, story};
use crate::stand_in::{Answer, Ran, StandIn, StreamEnd};

/// A daemon whose every stream tells this story.
fn telling(answer: impl Fn() -> Answer + Send + Sync + 'static) -> StandIn {
    StandIn::scripted(move |request| matches!(request, Request::Watch(_)).then(&answer))
}

fn ends_with(last: JobView) -> Ran {
    telling(move || story(job(0xa1, JobState::Running), last.clone())).run(&["wait", "00a1"])
}

#[test]
fn each_end_has_its_exit_code() {
    let check = |state, totals: Totals, exit| {
        let ran = ends_with(JobView {
            totals,
            ..job(0xa1, state)
        });
        assert_eq!(ran.exit, Some(exit), "{ran}");
    };
    let some = Totals {
        added: 3,
        ..Totals::default()
    };
    let with_gaps = Totals {
        added: 3,
        failed: 1,
        ..Totals::default()
    };
    let none = Totals {
        failed: 4,
        ..Totals::default()
    };
    check(JobState::Finished, some.clone(), 0);
    check(JobState::Finished, with_gaps.clone(), 4);
    let held_back = Totals {
        held_back: 2,
        ..some.clone()
    };
    check(JobState::Finished, held_back, 4);
    check(JobState::Finished, none.clone(), 3);
    check(JobState::Failed, none, 3);
    check(JobState::Dead, with_gaps, 4);
    check(JobState::Cancelled, some, 5);
}

#[test]
fn jobs_that_count_no_documents_are_summed_up_in_their_own_words() {
    let check = |kind, expected: &str| {
        let totals = Totals::default();
        let ran = ends_with(JobView {
            kind,
            totals,
            ..job(0xa1, JobState::Finished)
        });
        let line = format!("job 000000a1 finished in 3m12s: {expected}\n");
        assert_eq!((ran.exit, ran.stdout), (Some(0), line));
    };
    check(JobKind::Ask, "answered: ragctl result 000000a1");
    check(JobKind::Embed, "402,118 chunks embedded");
}

#[test]
fn of_several_jobs_the_worst_decides() {
    let daemon = telling(|| {
        let items = vec![
            event(
                1,
                JobEventKind::Snapshot(Box::new(job(0xa1, JobState::Finished))),
            ),
            event(1, JobEventKind::Snapshot(Box::new(failed_job(0xa3)))),
            event(1, JobEventKind::SnapshotEnd),
        ];
        Answer::Items(items, StreamEnd::End)
    });
    let ran = daemon.run(&["wait", "00a1", "00a3"]);
    assert_eq!(ran.exit, Some(4));
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn progress_without_a_terminal_is_a_line_per_change() {
    let ran = ends_with(job(0xa1, JobState::Finished));
    // Every line begins with the time of the day.
    let lines: Vec<_> = ran.stderr.lines().map(|line| line.split_at(9).1).collect();
    insta::assert_snapshot!(format!("{}\n---\n{}", lines.join("\n"), ran.stdout));
}

#[test]
fn progress_as_json_is_one_event_a_line() {
    let daemon = telling(|| story(job(0xa1, JobState::Running), job(0xa1, JobState::Finished)));
    let ran = daemon.run(&["wait", "00a1", "--progress", "json"]);
    let types: Vec<_> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].clone())
        .collect();
    assert_eq!(types, ["snapshot", "snapshot.end", "job.state"]);
}

#[test]
fn a_restart_of_the_daemon_is_waited_out() {
    let streams = AtomicUsize::new(0);
    let daemon = telling(move || match streams.fetch_add(1, Ordering::Relaxed) {
        0 => {
            let running = Box::new(job(0xa1, JobState::Running));
            Answer::Items(
                vec![event(1, JobEventKind::Snapshot(running))],
                StreamEnd::Cut,
            )
        }
        _ => story(job(0xa1, JobState::Running), job(0xa1, JobState::Finished)),
    });
    let ran = daemon.run(&["wait", "00a1"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(
        ran.stderr.contains("waiting for ragd to come back"),
        "{ran}"
    );
}

/// A job that runs for as long as anybody looks.
fn endless() -> StandIn {
    telling(|| {
        let running = Box::new(job(0xa1, JobState::Running));
        let items = vec![
            event(1, JobEventKind::Snapshot(running)),
            event(1, JobEventKind::SnapshotEnd),
        ];
        Answer::Items(items, StreamEnd::Open)
    })
}

fn signalled(daemon: &StandIn, arguments: &[&str], signal: rustix::process::Signal) -> Ran {
    let child = daemon.spawn(arguments);
    daemon.until(|request| matches!(request, Request::Watch(_)));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, signal).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn ctrl_c_leaves_the_job_to_the_daemon() {
    let ran = signalled(&endless(), &["wait", "00a1"], rustix::process::Signal::INT);
    assert_eq!(ran.exit, Some(130));
    let hint = "000000a1 goes on in ragd. Reattach: ragctl watch 000000a1\n";
    assert!(ran.stderr.ends_with(hint), "{ran}");
    assert_eq!(ran.stdout, "");
}

#[test]
fn sigterm_leaves_the_job_to_the_daemon_too() {
    let ran = signalled(&endless(), &["wait", "00a1"], rustix::process::Signal::TERM);
    assert_eq!(ran.exit, Some(143));
}

#[test]
fn ctrl_c_cancels_where_that_was_asked_for() {
    let daemon = endless();
    let arguments = ["wait", "00a1", "--cancel-on-interrupt"];
    let ran = signalled(&daemon, &arguments, rustix::process::Signal::INT);
    assert_eq!(ran.exit, Some(130));
    assert!(
        ran.stderr
            .contains("job 000000a1 cancelled; 12 documents stay searchable"),
        "{ran}"
    );
    assert!(
        daemon
            .requests()
            .iter()
            .any(|request| matches!(request, Request::JobCancel(_)))
    );
}

#[test]
fn a_timeout_leaves_the_job_running() {
    let ran = endless().run(&["wait", "00a1", "--timeout", "300ms"]);
    assert_eq!(ran.exit, Some(6), "{ran}");
    assert!(ran.stderr.contains("goes on in ragd"), "{ran}");
}

#[test]
fn fail_fast_stops_at_the_first_failed_document() {
    let daemon = telling(|| {
        let totals = Totals {
            added: 1,
            failed: 1,
            ..Totals::default()
        };
        let running = Box::new(JobView {
            totals,
            ..job(0xa1, JobState::Running)
        });
        Answer::Items(
            vec![event(1, JobEventKind::Snapshot(running))],
            StreamEnd::Open,
        )
    });
    let ran = daemon.run(&["wait", "00a1", "--fail-fast"]);
    assert_eq!(ran.exit, Some(4), "{ran}");
    assert!(ran.stderr.contains("goes on in ragd"), "{ran}");
}

#[test]
fn a_job_that_is_unknown_is_not_waited_for() {
    let daemon =
        telling(|| Answer::Items(vec![event(1, JobEventKind::SnapshotEnd)], StreamEnd::Open));
    let ran = daemon.run(&["wait", "019d0000-0000-7000-8000-00000000beef"]);
    assert_eq!(ran.exit, Some(1));
    assert!(ran.stderr.contains("there is no job 0000beef"), "{ran}");
}

#[test]
fn watching_everything_follows_what_is_not_over() {
    let daemon = StandIn::new();
    let ran = daemon.run(&["watch"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(ran.stdout.contains("finished"), "{ran}");
}
