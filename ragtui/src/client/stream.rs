//! Streams of a connection. Dropping one cancels it.

use std::time::Duration;

use protocol::answer::{AnswerEvent, AskRequest};
use protocol::document::{DocumentCatRequest, DocumentPageRequest};
use protocol::job::{JobEvent, WatchRequest};
use protocol::{ErrorCode, ErrorReport, Item, Request};

use super::call::Call;
use super::{Client, QUICK};

/// So many heartbeats may be missing before the daemon counts as hung.
const MISSED_HEARTBEATS: u32 = 4;

/// A model may think so long before it writes the next word: the daemon gives up earlier and says
/// so, and this is for a daemon that hangs.
const THINKING: Duration = Duration::from_secs(900);

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
            Some(Item::Bytes(_) | Item::Answer(_)) => Err(wrong_item()),
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
            Some(Item::Job(_) | Item::Answer(_)) => Err(wrong_item()),
        }
    }
}

/// An answer as it is written. Dropping it stops the model.
#[derive(Debug)]
pub struct AnswerStream {
    call: Call,
}

impl AnswerStream {
    /// Returns the next event, or `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<AnswerEvent>, ErrorReport> {
        match self.call.item(Some(THINKING)).await? {
            None => Ok(None),
            Some(Item::Answer(event)) => Ok(Some(event)),
            Some(Item::Job(_) | Item::Bytes(_)) => Err(wrong_item()),
        }
    }
}

impl Client {
    pub async fn ask(&self, request: AskRequest) -> Result<AnswerStream, ErrorReport> {
        Ok(AnswerStream {
            call: self.call(Request::Ask(request)).await?,
        })
    }

    pub async fn watch(&self, request: WatchRequest) -> Result<EventStream, ErrorReport> {
        let call = self.call(Request::Watch(request)).await?;
        // A daemon that sends heartbeats is alive; one that promises none gets the usual limit.
        let heartbeat = Duration::from_millis(u64::from(self.welcome().heartbeat_ms));
        let silence = (heartbeat * MISSED_HEARTBEATS).max(QUICK);
        Ok(EventStream { call, silence })
    }

    pub async fn document_cat(
        &self,
        request: DocumentCatRequest,
    ) -> Result<ByteStream, ErrorReport> {
        Ok(ByteStream {
            call: self.call(Request::DocumentCat(request)).await?,
        })
    }

    pub async fn document_page(
        &self,
        request: DocumentPageRequest,
    ) -> Result<ByteStream, ErrorReport> {
        Ok(ByteStream {
            call: self.call(Request::DocumentPage(request)).await?,
        })
    }
}

fn wrong_item() -> ErrorReport {
    ErrorReport::new(ErrorCode::Protocol, "cannot understand ragd")
        .because("the stream holds an element of another kind")
}
