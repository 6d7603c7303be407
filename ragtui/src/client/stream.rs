//! Streams of a connection. Dropping one cancels it.

use std::time::Duration;

use protocol::document::DocumentRef;
use protocol::job::{JobEvent, WatchRequest};
use protocol::{ErrorCode, ErrorReport, Item, Request};

use super::call::Call;
use super::{Client, QUICK};

/// So many heartbeats may be missing before the daemon counts as hung.
const MISSED_HEARTBEATS: u32 = 4;

/// Changes of jobs, as they happen.
#[derive(Debug)]
pub struct EventStream {
    call: Call,
    silence: Duration,
}

impl EventStream {
    /// Returns the next event, or `None` when the stream is over.
    pub async fn next(&mut self) -> Result<Option<JobEvent>, ErrorReport> {
        match self.call.item(Some(self.silence)).await? {
            None => Ok(None),
            Some(Item::Job(event)) => Ok(Some(event)),
            Some(Item::Bytes(_)) => Err(wrong_item()),
        }
    }
}

/// The bytes of a text.
#[derive(Debug)]
pub struct ByteStream {
    call: Call,
}

impl ByteStream {
    /// Returns the next bytes, or `None` when all were read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ErrorReport> {
        match self.call.item(Some(QUICK)).await? {
            None => Ok(None),
            Some(Item::Bytes(bytes)) => Ok(Some(bytes.0)),
            Some(Item::Job(_)) => Err(wrong_item()),
        }
    }
}

impl Client {
    pub async fn watch(&self, request: WatchRequest) -> Result<EventStream, ErrorReport> {
        let call = self.call(Request::Watch(request)).await?;
        // A daemon that sends heartbeats is alive; one that promises none gets the usual limit.
        let heartbeat = Duration::from_millis(u64::from(self.welcome().heartbeat_ms));
        let silence = (heartbeat * MISSED_HEARTBEATS).max(QUICK);
        Ok(EventStream { call, silence })
    }

    pub async fn document_cat(&self, document: DocumentRef) -> Result<ByteStream, ErrorReport> {
        Ok(ByteStream {
            call: self.call(Request::DocumentCat(document)).await?,
        })
    }
}

fn wrong_item() -> ErrorReport {
    ErrorReport::new(ErrorCode::Protocol, "cannot understand ragd")
        .because("the stream holds an element of another kind")
}
