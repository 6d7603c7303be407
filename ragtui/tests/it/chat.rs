//! `chat` through a pipe, and the conversations that ragd keeps.

use protocol::answer::{Finish, Thread};
use protocol::{ErrorCode, ErrorReport, Request};
use serde_json::Value;

use crate::answers::{beginning, conversation_id, end, steps, stream};
use crate::ask::interrupted;
use crate::stand_in::{Answer, StandIn, StreamEnd, piped};

fn threads(daemon: &StandIn) -> Vec<Thread> {
    let requests = daemon.requests().into_iter();
    requests
        .filter_map(|request| match request {
            Request::Ask(ask) => Some(ask.thread),
            _ => None,
        })
        .collect()
}

#[test]
fn a_second_question_goes_on_with_the_first() {
    let daemon = StandIn::new();
    let ran = piped(&daemon, &["chat", "-c", "docs"], b"how?\n\nand then?\n");
    insta::assert_snapshot!(ran);
    let follow = Thread::Follow(conversation_id(0xca));
    assert_eq!(threads(&daemon), [Thread::New, follow]);
}

#[test]
fn a_conversation_is_gone_on_with_and_left_for_a_new_one() {
    let daemon = StandIn::new();
    let ran = piped(
        &daemon,
        &["chat", "00cb"],
        b"how?\n/new\nwhy?\n/quit\nnever asked\n",
    );
    assert_eq!(ran.exit, Some(0), "{ran}");
    let follow = Thread::Follow(conversation_id(0xcb));
    assert_eq!(threads(&daemon), [follow, Thread::New]);
    assert!(ran.stderr.contains("go on: ragctl chat 000000cb"), "{ran}");
    assert!(ran.stderr.contains("go on: ragctl chat 000000ca"), "{ran}");
}

#[test]
fn words_to_the_client() {
    let daemon = StandIn::new();
    let lines = b"/sources 1\nhow?\n/sources 2\n/sources 9\n/sources\n/help\n/sorces\n";
    insta::assert_snapshot!(piped(&daemon, &["chat"], lines));
    assert_eq!(threads(&daemon), [Thread::New]);
}

#[test]
fn each_answer_is_an_object_or_a_stream_of_steps() {
    let json = piped(&StandIn::new(), &["chat", "--json"], b"how?\nwhy?\n");
    let answers: Vec<Value> = json
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[1]["question"], "why?");
    let steps = piped(&StandIn::new(), &["chat", "-o", "ndjson"], b"how?\nwhy?\n");
    assert_eq!(steps.stdout.matches("\"type\":\"done\"").count(), 2);
    assert_eq!(
        piped(&StandIn::new(), &["chat", "-o", "tsv"], b"").exit,
        Some(2)
    );
}

#[test]
fn without_a_terminal_failures_are_told_and_the_rest_is_asked() {
    let daemon = StandIn::scripted(|request| match request {
        Request::Ask(ask) => match ask.question.as_str() {
            "why?" => {
                let events = steps(ask.thread, end(Finish::BrokenOff));
                Some(stream(events, StreamEnd::End))
            }
            "when?" => {
                let report = ErrorReport::new(ErrorCode::BadQuery, "nobody can say");
                Some(Answer::Failed(report))
            }
            "where?" => Some(stream(beginning(ask.thread), StreamEnd::Cut)),
            _ => None,
        },
        _ => None,
    });
    let questions = b"how?\nwhy?\nwhen?\nwhere?\nwho?\n";
    let ran = piped(&daemon, &["chat"], questions);
    assert_eq!(ran.exit, Some(69), "that of the first: {ran}");
    assert_eq!(threads(&daemon).len(), 5);
    for said in [
        "the answer is not complete",
        "nobody can say",
        "the connection to ragd was lost",
    ] {
        assert_eq!(ran.stderr.matches(said).count(), 1, "{said}: {ran}");
    }
    assert_eq!(ran.stdout.matches("Sources\n").count(), 3, "{ran}");
    let quit = piped(&daemon, &["chat"], b"when?\n/quit\n");
    assert_eq!(quit.exit, Some(65), "{quit}");
}

#[test]
fn a_daemon_that_was_restarted_between_two_questions_goes_unnoticed() {
    let daemon = StandIn::scripted(|request| match request {
        Request::Ask(ask) => {
            let events = steps(ask.thread, end(Finish::Complete));
            Some(stream(events, StreamEnd::Cut))
        }
        _ => None,
    });
    assert_eq!(piped(&daemon, &["chat"], b"how?\nwhy?\n").exit, Some(0));
    assert_eq!(threads(&daemon).len(), 2);
}

#[test]
fn ctrl_c_without_a_terminal_ends_it() {
    let daemon = StandIn::scripted(|request| match request {
        Request::Ask(ask) => Some(stream(beginning(ask.thread), StreamEnd::Open)),
        _ => None,
    });
    let question = daemon.folder.path().join("question");
    std::fs::write(&question, "how?\nand then?\n").unwrap();
    let mut command = daemon.command(&["chat"]);
    command.stdin(std::fs::File::open(question).unwrap());
    let ran = interrupted(command, "second");
    assert_eq!(ran.exit, Some(130), "{ran}");
    assert_eq!(ran.stdout, "It waits one second\n");
}

#[test]
fn conversations_are_removed_by_id() {
    let daemon = StandIn::new();
    let ran = daemon.run(&["chat", "rm", "00ca", "00cb", "00ca", "--yes"]);
    insta::assert_snapshot!(ran);
    let removed = |request: &&Request| matches!(request, Request::ConversationRemove(_));
    assert_eq!(daemon.requests().iter().filter(removed).count(), 2);
    let trial = daemon.run(&["chat", "rm", "00ca", "--dry-run", "-o", "name"]);
    assert_eq!(trial.stdout, format!("{}\n", conversation_id(0xca)));
    assert_eq!(daemon.requests().iter().filter(removed).count(), 2);
    assert_eq!(daemon.run(&["chat", "rm", "00ca"]).exit, Some(64));
}
