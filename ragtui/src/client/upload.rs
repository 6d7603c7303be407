//! Sending the bytes of a document.

use std::time::Duration;

use protocol::submit::{UploadRequest, UploadResumeRequest, Uploaded};
use protocol::{ClientMessage, ErrorReport, Item, Private, Reply, Request};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::Client;
use super::call::Call;
use super::requests::unexpected;
use super::stream::wrong_item;

/// The largest piece of an upload. The protocol fixes it.
pub const PIECE: usize = 256 << 10;

/// Why an upload did not happen: our side could not read, or the daemon did not take it.
#[derive(Debug)]
pub enum UploadError {
    Read(std::io::Error),
    Daemon(ErrorReport),
}

impl From<ErrorReport> for UploadError {
    fn from(report: ErrorReport) -> Self {
        Self::Daemon(report)
    }
}

/// The daemon reads what it has before it says where to go on; that takes a moment of a large one.
const LOOKING: Duration = Duration::from_secs(300);

/// An upload that the daemon wants from a certain byte on.
#[derive(Debug)]
pub struct ResumedUpload {
    call: Call,
    request: UploadResumeRequest,
    from: u64,
}

impl Client {
    /// Sends all of `source` and returns once the daemon has it on disk.
    pub async fn upload<R: AsyncRead + Unpin>(
        &self,
        request: UploadRequest,
        source: R,
    ) -> Result<Uploaded, UploadError> {
        let mut call = self.call(Request::Upload(request)).await?;
        send(&mut call, source).await?;
        match call.reply(None).await? {
            Reply::Uploaded(uploaded) => Ok(uploaded),
            other => Err(unexpected(&other).into()),
        }
    }

    /// Asks from where on the daemon wants the bytes of a content.
    pub async fn resume_upload(
        &self,
        request: UploadResumeRequest,
    ) -> Result<ResumedUpload, ErrorReport> {
        let mut call = self.call(Request::UploadResume(request)).await?;
        match call.item(Some(LOOKING)).await? {
            Some(Item::UploadFrom(from)) if from <= request.bytes => Ok(ResumedUpload {
                call,
                request,
                from,
            }),
            _ => Err(wrong_item()),
        }
    }
}

impl ResumedUpload {
    /// Returns how many bytes the daemon has.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.from
    }

    /// Sends what is missing, of a source that is there, and returns once the daemon has it on disk.
    pub async fn send<R: AsyncRead + Unpin>(mut self, source: R) -> Result<(), UploadError> {
        // A file that grew meanwhile still begins with what was announced.
        send(&mut self.call, source.take(self.request.bytes - self.from)).await?;
        match self.call.item(None).await? {
            None => Ok(()),
            Some(_) => Err(wrong_item().into()),
        }
    }
}

async fn send<R: AsyncRead + Unpin>(call: &mut Call, mut source: R) -> Result<(), UploadError> {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        (&mut source)
            .take(PIECE as u64)
            .read_to_end(&mut piece)
            .await
            .map_err(UploadError::Read)?;
        if piece.is_empty() {
            break;
        }
        // The daemon may refuse early: then the rest of the bytes would be sent for nothing.
        if let Some(report) = call.early_failure() {
            return Err(report.into());
        }
        let data = ClientMessage::Data {
            id: call.id(),
            bytes: Private(piece),
        };
        call.send(super::encode(&data)?).await?;
    }
    let end = super::encode(&ClientMessage::DataEnd { id: call.id() })?;
    Ok(call.send(end).await?)
}
