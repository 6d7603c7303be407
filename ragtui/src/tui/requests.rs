//! What is asked of the daemon, each in a task of its own.

use std::time::Duration;

use protocol::answer::AskRequest;
use protocol::job::{JobEventKind, Priority, WatchRequest};
use protocol::submit::{Accepted, Runtime, Source, SourceRules, SubmitRequest, SubmitWork};
use protocol::{ErrorCode, ErrorReport, JobId};
use tokio::sync::mpsc;

use super::message::Message;
use super::paths;
use crate::client::{Client, Target};

/// What comes from the daemon's side.
pub(super) enum News {
    Connected(Client),
    Message(Message),
}

pub(super) async fn follow(target: Target, after: Duration, sender: mpsc::Sender<News>) {
    tokio::time::sleep(after).await;
    let report = match follow_until_lost(&target, &sender).await {
        Ok(()) => ErrorReport::new(ErrorCode::Unreachable, "ragd ended the stream"),
        Err(report) => report,
    };
    let _ = sender
        .send(News::Message(Message::Disconnected(report)))
        .await;
}

async fn follow_until_lost(
    target: &Target,
    sender: &mpsc::Sender<News>,
) -> Result<(), ErrorReport> {
    let client = Client::connect(target).await?;
    let mut stream = client.watch(WatchRequest::default()).await?;
    if sender.send(News::Connected(client)).await.is_err() {
        return Ok(());
    }
    while let Some(event) = stream.next().await? {
        // A sign of life changes nothing, so it is no reason to draw.
        if event.what == JobEventKind::Heartbeat {
            continue;
        }
        let message = Message::EventArrived(Box::new(event));
        if sender.send(News::Message(message)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Hands in a path of this machine.
pub(super) async fn submit(
    client: Client,
    path: &str,
    collection: String,
) -> Result<Accepted, ErrorReport> {
    let source = Source::Paths(vec![paths::find(path)?]);
    let request = SubmitRequest {
        job: JobId::new(),
        work: SubmitWork::Ingest {
            collection,
            source,
            rules: SourceRules::default(),
        },
        priority: Priority::default(),
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    };
    client.submit(request).await
}

/// Sends on the steps of an answer. When this is aborted, the stream is dropped and the model
/// stops.
pub(super) async fn read_answer(
    client: Client,
    turn: u64,
    request: AskRequest,
    sender: mpsc::Sender<News>,
) {
    let report = match read_until_over(&client, turn, request, &sender).await {
        Ok(()) => ErrorReport::new(ErrorCode::Unreachable, "ragd ended the answer"),
        Err(report) => report,
    };
    // A turn that is complete ignores it.
    let lost = Message::AnswerLost { turn, report };
    let _ = sender.send(News::Message(lost)).await;
}

async fn read_until_over(
    client: &Client,
    turn: u64,
    request: AskRequest,
    sender: &mpsc::Sender<News>,
) -> Result<(), ErrorReport> {
    let mut stream = client.ask(request).await?;
    while let Some(event) = stream.next().await? {
        let event = Box::new(event);
        let message = Message::AnswerArrived { turn, event };
        if sender.send(News::Message(message)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
