//! Bytes that a client sends.

use protocol::Reply;
use protocol::error::{ErrorCode, ErrorReport};
use protocol::submit::{UploadRequest, Uploaded};
use tokio::sync::mpsc;

use super::super::report;
use super::super::session::{Context, Data};
use crate::blobs::BlobPlace;
use crate::ids::{self, Timestamp};
use crate::ingest::pipeline;

/// How long an upload stays that no job names.
const KEEP_MS: i64 = 24 * 3_600_000;

pub(super) async fn upload(
    context: &Context,
    request: &UploadRequest,
    data: Option<mpsc::Receiver<Data>>,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    if let Some(reason) = stores.disk.look() {
        return Err(report::disk_full(&reason));
    }
    let limit = context.server.config().limits.upload_bytes;
    let mut data = data.expect("an upload comes with its channel");
    let blobs = &stores.pipeline.blobs;
    let mut upload = blobs.begin().await.map_err(|error| report::blobs(&error))?;
    loop {
        match data.recv().await {
            Some(Data::Bytes(bytes)) => {
                if upload.length() + bytes.len() as u64 > limit {
                    return Err(
                        ErrorReport::new(ErrorCode::TooLarge, "the upload is too large")
                            .because(format!("`limits.upload_bytes` is {limit}")),
                    );
                }
                let written = upload.write(bytes.into()).await;
                upload = written.map_err(|error| report::blobs(&error))?;
            }
            Some(Data::End) => break,
            None => return Err(report::cancelled()),
        }
    }
    let finished = upload.finish(request.expected).await;
    let (content, bytes) = finished.map_err(|error| report::blobs(&error))?;
    // The sweeper may just be removing an old copy of the same content: wait for it, then look.
    let _held = stores.pipeline.contents.enter(vec![content]).await;
    let place = BlobPlace::whole(content, bytes);
    blobs.get_range(&place, 0..0).await.map_err(|_| {
        ErrorReport::new(ErrorCode::StoreFailed, "the upload was cleared away").retryable()
    })?;
    let until = Timestamp(ids::now().0 + KEEP_MS);
    let kept = stores
        .ledger
        .keep_upload(pipeline::row(&place), until)
        .await;
    kept.map_err(|error| report::ledger(&error))?;
    Ok(Reply::Uploaded(Uploaded { content, bytes }))
}
