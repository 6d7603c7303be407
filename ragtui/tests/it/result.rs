//! `result`: the answer of a job.

use protocol::job::{JobState, JobView};
use protocol::{ErrorCode, ErrorReport, Reply, Request};

use crate::answers;
use crate::stand_in::{Answer, StandIn};

#[test]
fn the_answer_of_a_job_is_printed_as_ask_does() {
    let daemon = StandIn::new();
    let ran = daemon.run(&["result", "00b1"]);
    let asked = daemon.run(&["ask", "How does retry back off?"]);
    assert_eq!(ran, asked);
    insta::assert_snapshot!(daemon.run(&["result", "00b1", "--json"]));
}

#[test]
fn last_is_the_question_that_was_put_into_the_queue_last() {
    let daemon = StandIn::scripted(|request| match request {
        Request::JobShow(id) => {
            let job = JobView {
                id: *id,
                ..answers::jobs().remove(0)
            };
            Some(Answer::Reply(Reply::Job(Box::new(job))))
        }
        _ => None,
    });
    assert_eq!(daemon.run(&["ask", "how?", "--async"]).exit, Some(0));
    assert_eq!(daemon.run(&["result", "@last", "-q"]).exit, Some(0));
}

#[test]
fn an_answer_that_is_not_there_yet_has_its_exit_code() {
    let daemon = StandIn::new();
    insta::assert_snapshot!("not_yet", daemon.run(&["result", "00b2"]));
    let ran = daemon.run(&["result", "00b2", "--wait", "-q"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(ran.stdout.starts_with("It waits one second"), "{ran}");
}

#[test]
fn waiting_for_an_answer_can_time_out() {
    let daemon =
        StandIn::scripted(|request| matches!(request, Request::Watch(_)).then_some(Answer::Hang));
    let ran = daemon.run(&["result", "00b2", "--wait", "--timeout", "300ms"]);
    assert_eq!(ran.exit, Some(6), "{ran}");
}

#[test]
fn a_job_that_is_no_question_has_no_answer() {
    insta::assert_snapshot!("no_question", StandIn::new().run(&["result", "00a4"]));
}

#[test]
fn without_an_answer_the_job_says_why() {
    let ended = |state: JobState, error: Option<ErrorReport>| {
        let daemon = StandIn::scripted(move |request| match request {
            Request::JobShow(id) => {
                let job = JobView {
                    id: *id,
                    state,
                    error: error.clone(),
                    ..answers::jobs().remove(0)
                };
                Some(Answer::Reply(Reply::Job(Box::new(job))))
            }
            Request::JobResult(_) => {
                let report = ErrorReport::new(ErrorCode::NotFound, "there is no answer");
                Some(Answer::Failed(report))
            }
            _ => None,
        });
        daemon.run(&["result", "00b1"])
    };
    let away = ErrorReport::new(ErrorCode::ModelFailed, "the model does not answer");
    let ran = ended(JobState::Failed, Some(away));
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert!(ran.stderr.contains("the model does not answer"), "{ran}");
    assert_eq!(ended(JobState::Cancelled, None).exit, Some(5));
    assert_eq!(ended(JobState::Finished, None).exit, Some(1));
}
