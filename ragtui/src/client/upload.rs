//! Sending the bytes of a document.

use protocol::submit::{UploadRequest, Uploaded};
use protocol::{ClientMessage, ErrorReport, Private, Reply, Request};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::Client;
use super::requests::unexpected;

/// The largest piece of an upload. The protocol fixes it.
const PIECE: usize = 256 << 10;

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

impl Client {
    /// Sends all of `source` and returns once the daemon has it on disk.
    pub async fn upload<R: AsyncRead + Unpin>(
        &self,
        request: UploadRequest,
        mut source: R,
    ) -> Result<Uploaded, UploadError> {
        let mut call = self.call(Request::Upload(request)).await?;
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
        call.send(super::encode(&ClientMessage::DataEnd { id: call.id() })?)
            .await?;
        match call.reply(None).await? {
            Reply::Uploaded(uploaded) => Ok(uploaded),
            other => Err(unexpected(&other).into()),
        }
    }
}
