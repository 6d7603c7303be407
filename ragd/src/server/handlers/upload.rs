//! Bytes that a client sends.

use bytes::Bytes;
use protocol::error::{ErrorCode, ErrorReport};
use protocol::submit::{UploadRequest, UploadResumeRequest, Uploaded};
use protocol::{Item, Reply};
use tokio::sync::mpsc;

use super::super::session::{Context, Data};
use super::super::{Stores, report};
use crate::blobs::{Announced, BlobError, BlobPlace, Blobs, Upload};
use crate::ids::{self, ContentHash, Timestamp};
use crate::ingest::pipeline;

/// Contents up to this size share packs; larger ones are objects of their own, and are written as
/// they come instead of being held in memory.
const SMALL: usize = 64 << 10;
/// How long an upload stays that no job names.
const KEEP_MS: i64 = 24 * 3_600_000;

pub(super) async fn upload(
    context: &Context,
    request: &UploadRequest,
    data: Option<mpsc::Receiver<Data>>,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    check_disk(&stores)?;
    let uid = context.peer.uid;
    let limit = context.server.config().limits.upload_bytes;
    let mut data = data.expect("an upload comes with its channel");
    let blobs = &stores.pipeline.blobs;
    let (mut small, mut upload) = (Vec::new(), None::<Upload>);
    loop {
        match data.recv().await {
            Some(Data::Bytes(bytes)) => {
                let length = upload.as_ref().map_or(small.len() as u64, Upload::length);
                if length + bytes.len() as u64 > limit {
                    return Err(too_large(limit));
                }
                if upload.is_none() && small.len() + bytes.len() <= SMALL {
                    small.extend_from_slice(&bytes);
                    continue;
                }
                let written = write(blobs, upload.take(), std::mem::take(&mut small), bytes).await;
                upload = Some(written.map_err(|error| report::blobs(&error))?);
            }
            Some(Data::End) => break,
            None => return Err(report::cancelled()),
        }
    }
    let Some(upload) = upload else {
        return keep_small(&stores, uid, request, small.into()).await;
    };
    finish(&stores, uid, upload, request.expected).await
}

/// Takes what is missing of an upload whose content is named. Its sender says the same again after
/// a cut, and goes on where this stood.
pub(super) async fn resume(
    context: &Context,
    request: UploadResumeRequest,
    data: Option<mpsc::Receiver<Data>>,
) -> Result<(), ErrorReport> {
    let UploadResumeRequest { content, bytes } = request;
    let stores = context.server.stores().await?;
    check_disk(&stores)?;
    let limit = context.server.config().limits.upload_bytes;
    if bytes > limit {
        return Err(too_large(limit));
    }
    let mut data = data.expect("an upload comes with its channel");
    if is_here(context, &stores, content, bytes).await? {
        context.item(Item::UploadFrom(bytes)).await?;
        return match data.recv().await {
            Some(Data::End) => Ok(()),
            Some(Data::Bytes(_)) => Err(too_much()),
            None => Err(report::cancelled()),
        };
    }
    let announced = Announced {
        uid: context.peer.uid,
        content,
        bytes,
    };
    let upload = stores.pipeline.blobs.go_on(announced, limit).await;
    let mut upload = upload.map_err(|error| report::blobs(&error))?;
    tracing::debug!(
        uid = announced.uid,
        from = upload.length(),
        bytes,
        "An upload goes on."
    );
    context.item(Item::UploadFrom(upload.length())).await?;
    loop {
        let piece = match data.recv().await {
            Some(Data::Bytes(piece)) => piece,
            Some(Data::End) => break,
            None => return Err(report::cancelled()),
        };
        if upload.length() + piece.len() as u64 > bytes {
            upload.abandon();
            return Err(too_much());
        }
        if let Err(full) = check_disk(&stores) {
            // What is kept for later would keep others from working.
            upload.abandon();
            return Err(full);
        }
        let written = upload.write(piece.into()).await;
        upload = written.map_err(|error| report::blobs(&error))?;
    }
    let finished = finish(&stores, context.peer.uid, upload, Some(content)).await;
    finished.map(drop)
}

fn check_disk(stores: &Stores) -> Result<(), ErrorReport> {
    let full = stores.disk.look();
    full.map_or(Ok(()), |reason| Err(report::disk_full(&reason)))
}

fn too_large(limit: u64) -> ErrorReport {
    ErrorReport::new(ErrorCode::TooLarge, "the upload is too large")
        .because(format!("`limits.upload_bytes` is {limit}"))
}

fn too_much() -> ErrorReport {
    let message = "the upload has more bytes than were announced";
    ErrorReport::new(ErrorCode::BadRequest, message).try_next("send it from its beginning")
}

/// Keeps a content that is here already as if it came now. `false`: it has to be sent.
async fn is_here(
    context: &Context,
    stores: &Stores,
    content: ContentHash,
    bytes: u64,
) -> Result<bool, ErrorReport> {
    let uid = context.peer.uid;
    let _held = stores.pipeline.contents.enter(vec![content]).await;
    // Who may read everything learns nothing new. Of anybody else, a hash is no proof that the
    // content is his: he sends it, once.
    let sent = stores.ledger.has_sent(uid, content, ids::now()).await;
    if !(context.peer.admin || sent.map_err(|error| report::ledger(&error))?) {
        return Ok(false);
    }
    let known = stores.ledger.blob(content).await;
    let known = known.map_err(|error| report::ledger(&error))?;
    let Some(place) = known.map(|row| pipeline::place(&row)) else {
        return Ok(false);
    };
    // What is damaged is made whole by sending it once more.
    let is_intact = stores.pipeline.blobs.is_intact(&place).await;
    if place.length != bytes || !is_intact.unwrap_or(false) {
        return Ok(false);
    }
    keep(stores, uid, &place).await.map(|_| true)
}

/// Stores an upload that is an object of its own.
async fn finish(
    stores: &Stores,
    uid: u32,
    upload: Upload,
    expected: Option<ContentHash>,
) -> Result<Reply, ErrorReport> {
    let finished = upload.finish(expected).await;
    let (content, bytes) = finished.map_err(|error| report::blobs(&error))?;
    // The sweeper may just be removing an old copy of the same content: wait for it, then look.
    let _held = stores.pipeline.contents.enter(vec![content]).await;
    let place = BlobPlace::whole(content, bytes);
    let read = stores.pipeline.blobs.get_range(&place, 0..0).await;
    read.map_err(|_| {
        ErrorReport::new(ErrorCode::StoreFailed, "the upload was cleared away").retryable()
    })?;
    keep(stores, uid, &place).await
}

/// Adds `bytes` to an upload, which begins with what was held back so far.
async fn write(
    blobs: &Blobs,
    upload: Option<Upload>,
    held: Vec<u8>,
    bytes: Vec<u8>,
) -> Result<Upload, BlobError> {
    let upload = match upload {
        Some(upload) => upload,
        None => blobs.begin().await?.write(held.into()).await?,
    };
    upload.write(bytes.into()).await
}

/// Stores a content that came whole.
async fn keep_small(
    stores: &Stores,
    uid: u32,
    request: &UploadRequest,
    bytes: Bytes,
) -> Result<Reply, ErrorReport> {
    let content = ids::content_hash(&bytes);
    if let Some(expected) = request.expected.filter(|expected| *expected != content) {
        let actual = content;
        return Err(report::blobs(&BlobError::Mismatch { expected, actual }));
    }
    // From here on the sweeper leaves the content alone.
    let _held = stores.pipeline.contents.enter(vec![content]).await;
    let known = stores.ledger.blob(content).await;
    let known = known.map_err(|error| report::ledger(&error))?;
    let blobs = &stores.pipeline.blobs;
    let place = match known.map(|row| pipeline::place(&row)) {
        // A second copy would be a pack that no row names.
        Some(place) if blobs.get(&place).await.is_ok() => place,
        _ => blobs
            .put_small(content, bytes)
            .await
            .map_err(|error| report::blobs(&error))?,
    };
    keep(stores, uid, &place).await
}

/// Notes an upload until a job names it.
async fn keep(stores: &Stores, uid: u32, place: &BlobPlace) -> Result<Reply, ErrorReport> {
    let until = Timestamp(ids::now().0 + KEEP_MS);
    let kept = stores
        .ledger
        .keep_upload(uid, pipeline::row(place), until)
        .await;
    kept.map_err(|error| report::ledger(&error))?;
    Ok(Reply::Uploaded(Uploaded {
        content: place.hash,
        bytes: place.length,
    }))
}
