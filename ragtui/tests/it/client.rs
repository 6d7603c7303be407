//! The client library: one connection for many requests at once.

use protocol::Request;
use protocol::job::{JobEventKind, JobState, WatchRequest};
use ragtui::client::{Client, Target};

use crate::fixtures::{event, job};
use crate::stand_in::{Answer, StandIn, StreamEnd};

/// Runs `work` with a connection to `daemon`.
fn with_client<F: Future>(daemon: &StandIn, work: impl FnOnce(Client) -> F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = Client::connect(&Target::at(&daemon.socket()))
            .await
            .unwrap();
        let limit = std::time::Duration::from_secs(20);
        tokio::time::timeout(limit, work(client))
            .await
            .expect("it ends in time")
    })
}

fn endless() -> StandIn {
    StandIn::scripted(|request| match request {
        Request::Watch(_) => {
            let running = Box::new(job(0xa1, JobState::Running));
            Some(Answer::Items(
                vec![event(1, JobEventKind::Snapshot(running))],
                StreamEnd::Open,
            ))
        }
        _ => None,
    })
}

#[test]
fn requests_are_answered_while_a_stream_runs() {
    with_client(&endless(), |client| async move {
        let mut stream = client.watch(WatchRequest::default()).await.unwrap();
        let (first, second, third) = tokio::join!(
            client.status(),
            client.health(),
            client.job_find("00a1".into())
        );
        assert_eq!(first.unwrap().pid, 4711);
        assert_eq!(second.unwrap().parts.len(), 2);
        assert_eq!(third.unwrap(), crate::fixtures::job_id(0xa1));
        assert!(stream.next().await.unwrap().is_some());
    });
}

#[test]
fn a_dropped_stream_is_cancelled_and_the_connection_goes_on() {
    let daemon = endless();
    with_client(&daemon, |client| async move {
        let mut stream = client.watch(WatchRequest::default()).await.unwrap();
        stream.next().await.unwrap();
        drop(stream);
        client.ping().await.unwrap();
        // The stand-in works in order: what was sent before the ping was read before it.
    });
    assert_eq!(daemon.cancels(), 1);
}

#[test]
fn all_that_wait_learn_that_the_connection_is_lost() {
    let daemon = StandIn::scripted(|request| match request {
        Request::Status => Some(Answer::Cut),
        _ => Some(Answer::Hang),
    });
    with_client(&daemon, |client| async move {
        let (first, second) = tokio::join!(client.health(), client.status());
        assert_eq!(first.unwrap_err().code, protocol::ErrorCode::Unreachable);
        assert_eq!(second.unwrap_err().code, protocol::ErrorCode::Unreachable);
        assert_eq!(
            client.ping().await.unwrap_err().code,
            protocol::ErrorCode::Unreachable
        );
    });
}
