//! One request on its way: what comes back for it, and how it is cancelled.

use std::time::Duration;

use protocol::{ClientMessage, ErrorCode, ErrorReport, Item, Reply, RequestId};
use tokio::sync::mpsc;

use super::router::Lost;

/// How many elements of a stream wait for their reader.
///
/// When they are full, the connection as a whole waits: a stream must be read or dropped.
pub(super) const BUFFER: usize = 256;

/// What the daemon sent for one request.
#[derive(Debug)]
pub(super) enum Event {
    Reply(Reply),
    Item(Item),
    End,
    Failed(ErrorReport),
}

/// A request that was sent. Dropping it before its end cancels it.
#[derive(Debug)]
pub(super) struct Call {
    id: RequestId,
    events: mpsc::Receiver<Event>,
    outgoing: mpsc::Sender<Vec<u8>>,
    lost: Lost,
    is_over: bool,
}

impl Call {
    pub(super) fn new(
        id: RequestId,
        events: mpsc::Receiver<Event>,
        outgoing: mpsc::Sender<Vec<u8>>,
        lost: Lost,
    ) -> Self {
        Self {
            id,
            events,
            outgoing,
            lost,
            is_over: false,
        }
    }

    pub(super) fn id(&self) -> RequestId {
        self.id
    }

    pub(super) async fn send(&self, frame: Vec<u8>) -> Result<(), ErrorReport> {
        self.outgoing
            .send(frame)
            .await
            .map_err(|_| self.lost.report())
    }

    /// Returns the one reply, or `TimedOut` after `limit`.
    pub(super) async fn reply(mut self, limit: Option<Duration>) -> Result<Reply, ErrorReport> {
        match within(limit, self.next()).await?? {
            Event::Reply(reply) => {
                self.is_over = true;
                Ok(reply)
            }
            Event::Item(_) | Event::End => Err(unexpected("a stream where one reply was expected")),
            Event::Failed(report) => Err(report),
        }
    }

    /// Returns the next element of a stream, or `None` at its end.
    pub(super) async fn item(
        &mut self,
        limit: Option<Duration>,
    ) -> Result<Option<Item>, ErrorReport> {
        if self.is_over {
            return Ok(None);
        }
        match within(limit, self.next()).await?? {
            Event::Item(item) => Ok(Some(item)),
            Event::End => Ok(None),
            Event::Reply(_) => Err(unexpected("one reply where a stream was expected")),
            Event::Failed(report) => Err(report),
        }
    }

    /// Returns an answer that is already there, without waiting.
    pub(super) fn early_failure(&mut self) -> Option<ErrorReport> {
        match self.events.try_recv() {
            Ok(Event::Failed(report)) => {
                self.is_over = true;
                Some(report)
            }
            _ => None,
        }
    }

    async fn next(&mut self) -> Result<Event, ErrorReport> {
        let event = self.events.recv().await.ok_or_else(|| {
            self.is_over = true;
            self.lost.report()
        })?;
        if matches!(event, Event::End | Event::Failed(_)) {
            self.is_over = true;
        }
        Ok(event)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Ok(frame) = super::encode(&ClientMessage::Cancel { id: self.id }) {
            // If there is no room now, the router cancels when the next element arrives.
            let _ = self.outgoing.try_send(frame);
        }
    }
}

async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, ErrorReport> {
    let Some(limit) = limit else {
        return Ok(work.await);
    };
    tokio::time::timeout(limit, work).await.map_err(|_| {
        ErrorReport::new(ErrorCode::TimedOut, "ragd does not answer")
            .because(format!(
                "the connection is open, but nothing came for {} s",
                limit.as_secs()
            ))
            .try_next("ragctl health")
            .retryable()
    })
}

fn unexpected(what: &str) -> ErrorReport {
    ErrorReport::new(ErrorCode::Protocol, "cannot understand ragd")
        .because(format!("it sent {what}"))
}
