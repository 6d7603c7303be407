//! `ask`: what is asked of the daemon, how the answer is printed, and how it can end.

use std::io::Read;
use std::process::{Command, Stdio};

use protocol::answer::{AnswerEnd, AnswerEvent, AskLaterRequest, AskRequest, Finish, Thread};
use protocol::search::{Compare, Condition};
use protocol::{ErrorCode, ErrorReport, Request};
use serde_json::Value;

use crate::answers::{beginning, conversation_id, end, nothing, steps, stream};
use crate::stand_in::{Answer, Ran, StandIn, StreamEnd, piped};

/// A daemon that answers every question like this.
fn answering(answer: impl Fn() -> Answer + Send + Sync + 'static) -> StandIn {
    StandIn::scripted(move |request| matches!(request, Request::Ask(_)).then(&answer))
}

fn ending(last: AnswerEnd) -> StandIn {
    answering(move || stream(steps(Thread::Alone, last.clone()), StreamEnd::End))
}

fn broken(stream_end: StreamEnd) -> StandIn {
    answering(move || stream(beginning(Thread::Alone), stream_end))
}

fn asked(daemon: &StandIn) -> Vec<AskRequest> {
    let requests = daemon.requests().into_iter();
    requests
        .filter_map(|request| match request {
            Request::Ask(ask) => Some(ask),
            _ => None,
        })
        .collect()
}

fn queued(daemon: &StandIn) -> Vec<AskLaterRequest> {
    let requests = daemon.requests().into_iter();
    requests
        .filter_map(|request| match request {
            Request::AskLater(later) => Some(later),
            _ => None,
        })
        .collect()
}

/// The time of asking is that of the test.
pub(crate) fn timeless(text: &str) -> String {
    let key = "\"asked_at\":\"";
    match text.split_once(key) {
        Some((before, after)) => {
            let rest = after.split_once('"').unwrap().1;
            format!("{before}{key}[now]\"{rest}")
        }
        None => text.to_owned(),
    }
}

#[test]
fn an_answer_with_its_sources() {
    insta::assert_snapshot!(StandIn::new().run(&["ask", "how", "does", "retry", "back", "off?"]));
}

#[test]
fn quiet_is_the_answer_and_its_sources() {
    let ran = StandIn::new().run(&["ask", "-q", "how?"]);
    assert_eq!(ran.stderr, "", "{ran}");
    assert!(
        ran.stdout
            .ends_with("cited\n[2] manual.pdf:10-14  pages 7-8  (docs)  6.50\n"),
        "{ran}"
    );
}

#[test]
fn as_json() {
    let ran = StandIn::new().run(&["ask", "how?", "--json"]);
    insta::assert_snapshot!(timeless(&ran.stdout));
}

#[test]
fn as_ndjson() {
    insta::assert_snapshot!(StandIn::new().run(&["ask", "how?", "-o", "ndjson"]));
}

#[test]
fn as_tsv_and_names() {
    let daemon = StandIn::new();
    let tsv = daemon.run(&["ask", "how?", "-o", "tsv"]);
    insta::assert_snapshot!("as_tsv", tsv);
    let names = daemon.run(&["ask", "how?", "-o", "name"]);
    assert_eq!(names.stdout, "src/retry.rs#L10-L14\nmanual.pdf#page=7\n");
}

#[test]
fn chosen_fields() {
    let daemon = StandIn::new();
    let fields = ["--fields", "finish_reason,confidence.label"];
    let ran = daemon.run(&[&["ask", "how?", "--json"][..], &fields].concat());
    let expected = "{\"finish_reason\":\"complete\",\"confidence.label\":\"high\"}\n";
    assert_eq!(ran.stdout, expected);
    let steps = daemon.run(&[&["ask", "how?", "-o", "ndjson"][..], &fields].concat());
    assert_eq!(steps.exit, Some(2), "{steps}");
}

fn condition(name: &str, is: Compare, value: &str) -> Condition {
    Condition {
        name: name.into(),
        is,
        value: value.into(),
    }
}

#[test]
fn every_flag_reaches_the_daemon() {
    let daemon = StandIn::new();
    let arguments = "ask who may? -c docs --path src/** --path *.md --lang rust,c --passages 5 \
        --author ada --title sea --tag a,b --meta team=x --since 2024 --until 2024-02 \
        --model none --keep";
    let arguments: Vec<_> = arguments.split_whitespace().collect();
    let ran = daemon.run(&arguments);
    assert!(
        ran.stderr
            .ends_with("conversation 000000ca  go on: ragctl ask --follow 000000ca \"...\"\n"),
        "{ran}"
    );
    let expected = AskRequest {
        question: "who may?".into(),
        collection: Some("docs".into()),
        paths: vec!["src/**".into(), "*.md".into()],
        languages: vec!["rust".into(), "c".into()],
        conditions: vec![
            condition("author", Compare::Contains, "ada"),
            condition("title", Compare::Contains, "sea"),
            condition("tag", Compare::Is, "a"),
            condition("tag", Compare::Is, "b"),
            condition("team", Compare::Is, "x"),
            condition("date", Compare::AtLeast, "2024-01-01"),
            condition("date", Compare::AtMost, "2024-02-31"),
        ],
        passages: 5,
        model: Some("none".into()),
        thread: Thread::New,
    };
    assert_eq!(asked(&daemon), [expected]);
}

#[test]
fn a_conversation_is_found_by_a_part_of_its_id_or_as_the_last() {
    let daemon = StandIn::new();
    for text in ["00ca", "@last", &conversation_id(0xca).to_string()] {
        let ran = daemon.run(&["ask", "and then?", "--follow", text]);
        assert_eq!(ran.exit, Some(0), "{ran}");
    }
    let expected = Thread::Follow(conversation_id(0xca));
    assert!(asked(&daemon).iter().all(|ask| ask.thread == expected));
    let fails = |text: &str| daemon.run(&["ask", "and then?", "--follow", text, "--json"]);
    assert!(fails("019d").stderr.contains("\"ambiguous\""));
    assert!(fails("ffff").stderr.contains("\"not-found\""));
    assert_eq!(fails("xyz").exit, Some(65));
}

#[test]
fn a_question_comes_through_a_pipe() {
    let daemon = StandIn::new();
    for arguments in [&["ask", "-"][..], &["ask"]] {
        assert_eq!(piped(&daemon, arguments, b"who\nmay?\n").exit, Some(0));
    }
    assert!(
        asked(&daemon)
            .iter()
            .all(|ask| *ask.question == "who\nmay?")
    );
    let empty = piped(&daemon, &["ask", "-"], b" \n");
    assert_eq!(empty.exit, Some(65), "{empty}");
    assert_eq!(asked(&daemon).len(), 2);
}

#[test]
fn a_question_for_later_is_a_job() {
    let daemon = StandIn::new();
    let ran = daemon.run(&[
        "ask",
        "how?",
        "-c",
        "docs",
        "--async",
        "--idempotency-key",
        "k",
    ]);
    let later = queued(&daemon).remove(0);
    let short = later.job.short();
    let expected = format!(
        "job {short}  collection docs  track: ragctl watch {short}  answer: ragctl result {short}\n"
    );
    assert_eq!(ran.to_string(), expected);
    assert_eq!(later.idempotency_key.as_deref(), Some("k"));
    assert_eq!(*later.ask.question, "how?");

    let quiet = daemon.run(&["ask", "how?", "--async", "-q"]);
    assert_eq!(quiet.to_string(), format!("{}\n", queued(&daemon)[1].job));
    let json = daemon.run(&["ask", "how?", "--async", "--json"]);
    let job: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(job["id"], queued(&daemon)[2].job.to_string());
    assert_eq!(
        daemon.run(&["ask", "how?", "--idempotency-key", "k"]).exit,
        Some(2)
    );
}

#[test]
fn a_question_for_later_whose_answer_was_lost_is_the_same_job_again() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let daemon = StandIn::scripted(move |request| match request {
        Request::AskLater(_) if tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 => {
            Some(Answer::Cut)
        }
        _ => None,
    });
    assert_eq!(daemon.run(&["ask", "how?", "--async"]).exit, Some(0));
    let jobs = queued(&daemon);
    assert_eq!((jobs.len(), &jobs[0]), (2, &jobs[1]));
}

#[test]
fn nothing_found_is_a_failure_only_where_asked_for() {
    let daemon = answering(nothing);
    let ran = daemon.run(&["ask", "how?"]);
    insta::assert_snapshot!("nothing_found", ran);
    assert_eq!(daemon.run(&["ask", "how?", "--fail-empty"]).exit, Some(1));
    let json = daemon.run(&["ask", "how?", "--fail-empty", "--json"]);
    let answer: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(answer["finish_reason"], "nothing-found");
    assert_eq!(answer["confidence"]["label"], "none");
    assert_eq!(json.exit, Some(1));
}

#[test]
fn an_answer_that_was_cut_says_so() {
    let ran = ending(end(Finish::Length)).run(&["ask", "how?"]);
    assert_eq!(ran.exit, Some(0));
    assert!(ran.stderr.contains("the answer was cut"), "{ran}");
}

#[test]
fn an_answer_that_broke_off_is_an_error() {
    let last = AnswerEnd {
        confidence: 0.0,
        notes: vec!["the server closed the connection".into()],
        ..end(Finish::BrokenOff)
    };
    let daemon = ending(last);
    insta::assert_snapshot!("broken_off", daemon.run(&["ask", "how?"]));
    let lines = daemon.run(&["ask", "how?", "-o", "ndjson"]);
    let last: Value = serde_json::from_str(lines.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["type"], &last["finish_reason"]),
        (&"done".into(), &"broken-off".into())
    );
    assert_eq!(lines.exit, Some(69));
}

#[test]
fn an_answer_that_somebody_stopped_is_cancelled() {
    assert_eq!(
        ending(end(Finish::Stopped)).run(&["ask", "how?"]).exit,
        Some(5)
    );
}

#[test]
fn a_cut_connection_leaves_what_came() {
    let daemon = broken(StreamEnd::Cut);
    insta::assert_snapshot!("cut_in_the_middle", daemon.run(&["ask", "how?"]));
    let json = daemon.run(&["ask", "how?", "--json"]);
    let answer: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(answer["answer"], "It waits one second");
    assert_eq!(answer["finish_reason"], "broken-off");
    assert_eq!(json.exit, Some(69));
    let lines = daemon.run(&["ask", "how?", "-o", "ndjson"]);
    let last: Value = serde_json::from_str(lines.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["type"], &last["exit"]),
        (&"error".into(), &69.into())
    );
    assert_eq!(last["error"]["code"], "unreachable");
}

#[test]
fn a_stream_that_ends_without_a_last_word_is_a_bug() {
    let ran = broken(StreamEnd::End).run(&["ask", "how?"]);
    assert_eq!(ran.exit, Some(70), "{ran}");
    assert_eq!(ran.stdout, "It waits one second\n");
}

#[test]
fn a_failure_in_the_middle_keeps_its_exit_code() {
    let daemon = answering(|| {
        let report = ErrorReport::new(ErrorCode::ModelFailed, "the model does not answer")
            .because("connection refused")
            .try_next("ragctl model list");
        let items = beginning(Thread::Alone)
            .into_iter()
            .map(protocol::Item::Answer);
        Answer::ItemsThenFailed(items.collect(), report)
    });
    insta::assert_snapshot!("failed_in_the_middle", daemon.run(&["ask", "how?"]));
}

#[test]
fn a_failure_before_the_first_word_leaves_standard_output_empty_or_valid() {
    let daemon = answering(|| Answer::Failed(ErrorReport::new(ErrorCode::Busy, "too many")));
    for format in ["human", "json", "tsv", "name"] {
        let ran = daemon.run(&["ask", "how?", "-o", format]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (Some(75), ""), "{ran}");
    }
    // Whoever reads steps waits for a last one.
    let steps = daemon.run(&["ask", "how?", "-o", "ndjson"]);
    let last: Value = serde_json::from_str(&steps.stdout).unwrap();
    assert_eq!(
        (&last["type"], &last["exit"]),
        (&"error".into(), &75.into())
    );
}

#[test]
fn a_timeout_stops_the_answer() {
    let ran = broken(StreamEnd::Open).run(&["ask", "how?", "--timeout", "400ms"]);
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert_eq!(ran.stdout, "It waits one second\n");
}

/// Interrupts a command once its output has come so far.
pub(crate) fn interrupted(mut command: Command, until: &str) -> Ran {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(until.as_bytes()) {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    stdout.read_to_end(&mut seen).unwrap();
    Ran {
        stdout: String::from_utf8(seen).unwrap(),
        ..Ran::from(child.wait_with_output().unwrap())
    }
}

#[test]
fn ctrl_c_stops_the_answer_and_keeps_what_came() {
    let daemon = broken(StreamEnd::Open);
    let ran = interrupted(daemon.command(&["ask", "how?"]), "second");
    assert_eq!(ran.exit, Some(130));
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("It waits one second\n", "")
    );
    let ran = interrupted(
        daemon.command(&["ask", "how?", "-o", "ndjson"]),
        "second\"}\n",
    );
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["type"], &last["exit"]),
        (&"error".into(), &130.into())
    );
    assert_eq!(ran.exit, Some(130));
}

#[test]
fn a_reader_that_goes_away_ends_us_silently() {
    let daemon = answering(|| {
        let mut events = beginning(Thread::Alone);
        events.extend(vec![AnswerEvent::Text("and so on ".into()); 20_000]);
        stream(events, StreamEnd::Open)
    });
    let mut child = daemon.spawn(&["ask", "how?"]);
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    // The pipe is closed now, with words still to come.
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.exit, ran.stderr.as_str()), (Some(141), ""));
}

#[test]
fn an_answer_without_sources_has_no_empty_line_below() {
    let daemon = answering(|| {
        let mut events = vec![beginning(Thread::Alone).remove(0)];
        events.extend(["a", "\n"].map(|piece| AnswerEvent::Text(piece.into())));
        events.push(AnswerEvent::Done(end(Finish::Complete)));
        stream(events, StreamEnd::End)
    });
    assert_eq!(daemon.run(&["ask", "-q", "how?"]).stdout, "a\n");
}
