//! The two tasks of a connection: one writes frames, one hands arriving frames to their callers.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use protocol::{ClientMessage, DaemonMessage, ErrorCode, ErrorReport, RequestId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use super::call::Event;

/// A caller that waits for the answers to `id`.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) id: RequestId,
    pub(super) events: mpsc::Sender<Event>,
}

/// Why the connection is over, once it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Lost(Arc<OnceLock<ErrorReport>>);

impl Lost {
    pub(super) fn report(&self) -> ErrorReport {
        self.0
            .get()
            .cloned()
            .unwrap_or_else(|| connection_lost("ragd closed the connection"))
    }

    fn set(&self, report: ErrorReport) {
        // The first reason is the cause, later ones are its consequences.
        let _ = self.0.set(report);
    }
}

fn connection_lost(why: impl Into<String>) -> ErrorReport {
    ErrorReport::new(ErrorCode::Unreachable, "the connection to ragd was lost")
        .because(why)
        .try_next("ragctl health --wait 60s")
        .retryable()
}

/// Writes frames until every sender is gone or the socket fails.
///
/// Both tasks end by themselves when the last `Client` is dropped: it holds the sending ends.
pub(super) async fn write_frames<W: AsyncWrite + Unpin>(
    mut frames: FramedWrite<W, LengthDelimitedCodec>,
    mut outgoing: mpsc::Receiver<Vec<u8>>,
    lost: Lost,
) {
    while let Some(frame) = outgoing.recv().await {
        if let Err(error) = frames.send(Bytes::from(frame)).await {
            lost.set(connection_lost(error.to_string()));
            return;
        }
    }
}

/// Hands every arriving frame to its caller, until the connection or the client is gone.
pub(super) async fn route<R: AsyncRead + Unpin>(
    mut frames: FramedRead<R, LengthDelimitedCodec>,
    mut registrations: mpsc::Receiver<Registration>,
    outgoing: mpsc::WeakSender<Vec<u8>>,
    lost: Lost,
) {
    let mut callers = HashMap::new();
    loop {
        tokio::select! {
            // Registrations first: one that was made before its request was sent must be known
            // before the answer is looked at.
            biased;
            registration = registrations.recv() => match registration {
                Some(Registration { id, events }) => { callers.insert(id, events); }
                None => return,
            },
            frame = frames.next() => match read(frame) {
                Ok(message) => deliver(message, &mut callers, &outgoing).await,
                Err(report) => return lost.set(report),
            },
        }
    }
}

fn read(frame: Option<io::Result<bytes::BytesMut>>) -> Result<DaemonMessage, ErrorReport> {
    match frame {
        None => Err(connection_lost("ragd closed the connection")),
        Some(Err(error)) => Err(connection_lost(error.to_string())),
        Some(Ok(bytes)) => protocol::codec::decode(&bytes).map_err(|error| {
            ErrorReport::new(ErrorCode::Protocol, "cannot understand ragd")
                .because(error.to_string())
        }),
    }
}

async fn deliver(
    message: DaemonMessage,
    callers: &mut HashMap<RequestId, mpsc::Sender<Event>>,
    outgoing: &mpsc::WeakSender<Vec<u8>>,
) {
    let (id, event, is_last) = match message {
        DaemonMessage::Reply { id, body } => (id, Event::Reply(body), true),
        DaemonMessage::Item { id, body } => (id, Event::Item(body), false),
        DaemonMessage::End { id } => (id, Event::End, true),
        DaemonMessage::Failed { id, report } => (id, Event::Failed(report), true),
    };
    let Some(caller) = callers.get(&id) else {
        return;
    };
    let is_gone = caller.send(event).await.is_err();
    if is_last {
        callers.remove(&id);
    } else if is_gone && let Some(outgoing) = outgoing.upgrade() {
        // The cancel of the dropped call may not have found room. Saying it twice does no harm.
        if let Ok(frame) = super::encode(&ClientMessage::Cancel { id }) {
            let _ = outgoing.try_send(frame);
        }
    }
}
