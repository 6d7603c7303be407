//! Documents and their chunks.

use std::time::Duration;

use bytes::Bytes;
use protocol::document::{
    ChunkListRequest, DocumentCatRequest, DocumentListRequest, DocumentPageRequest, DocumentRef,
    DocumentRemoved,
};
use protocol::error::{ErrorCode, ErrorReport};
use protocol::job::Page;
use protocol::{Item, PathBytes, Private, Reply};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::{bad_cursor, check_owner, collection, limit};
use crate::ids::{CollectionId, ContentHash};
use crate::ingest::extract::View;
use crate::ingest::make::NoText;
use crate::ingest::parse::{Lost, Reading};
use crate::ingest::pipeline;
use crate::ledger::{Changes, Deletion, DocumentFilter, DocumentRow, GapFilter, GapRow};

/// Bytes of one element when a document is sent.
const PIECE: usize = 256 << 10;
/// Pixels of the longer side of a picture, unless somebody asks for others: what a model that reads
/// images takes, and a page fills a screen.
const SIDE: u16 = 1_568;
const MAX_SIDE: u16 = 4_000;
/// Between two signs of life; clients wait for one for half a minute.
const SIGN: Duration = Duration::from_secs(10);

pub(super) async fn list(
    context: &Context,
    request: DocumentListRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let limit = limit(&request.page);
    let filter = DocumentFilter {
        collection: collection_id(&stores, request.collection.as_deref()).await?,
        path: request.path,
        conditions: convert::conditions(request.conditions),
        after: request
            .page
            .cursor
            .map(|cursor| unhex(&cursor))
            .transpose()?,
        limit: u64::from(limit) + 1,
    };
    let listed = stores.ledger.documents(filter).await;
    let (mut rows, total) = listed.map_err(|error| report::ledger(&error))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| hex(&row.source));
    let ids = rows.iter().map(|row| row.id).collect();
    let facts = stores.ledger.facts(ids).await;
    let mut facts = facts.map_err(|error| report::ledger(&error))?;
    let items = rows.into_iter().map(|row| {
        let facts = facts.remove(&row.id).unwrap_or_default();
        convert::document(row, facts)
    });
    let items = items.collect();
    Ok(Reply::Documents(Page { items, next, total }))
}

pub(super) async fn show(context: &Context, name: &DocumentRef) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let row = find(&stores, name).await?;
    let facts = stores.ledger.facts(vec![row.id]).await;
    let mut facts = facts.map_err(|error| report::ledger(&error))?;
    let facts = facts.remove(&row.id).unwrap_or_default();
    Ok(Reply::Document(Box::new(convert::document(row, facts))))
}

pub(super) async fn chunks(
    context: &Context,
    request: ChunkListRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let row = find(&stores, &request.document).await?;
    let limit = limit(&request.page);
    let from: u32 = match &request.page.cursor {
        Some(cursor) => cursor.parse().map_err(|_| bad_cursor())?,
        None => 0,
    };
    let found = stores
        .index
        .chunks(row.collection, row.key, from, limit)
        .await;
    let found = found.map_err(|error| report::index(&error))?;
    let end = from + u32::try_from(found.len()).unwrap_or(0);
    let next = (end < row.chunks && !found.is_empty()).then(|| end.to_string());
    let items = (from..)
        .zip(found)
        .map(|(ordinal, chunk)| convert::chunk(ordinal, chunk));
    Ok(Reply::Chunks(Page {
        items: items.collect(),
        next,
        total: u64::from(row.chunks),
    }))
}

/// Sends the text that the chunks are cut from.
pub(super) async fn cat(
    context: &Context,
    request: &DocumentCatRequest,
) -> Result<(), ErrorReport> {
    let stores = context.server.stores().await?;
    let content = content(&stores, &request.document, request.version).await?;
    let seen = stores.pipeline.seen(content.hash).await;
    let seen = seen.map_err(|error| report::ingest(&error))?;
    let reading = Reading {
        seen: seen.as_deref(),
        ..Reading::new(&content.path, &content.bytes)
    };
    let parser = &stores.pipeline.maker.parser;
    let text = alive(context, parser.text(reading)).await?;
    let text = read(text, "the document has no text")?;
    send(context, text.as_bytes()).await
}

/// Sends the picture of a page.
pub(super) async fn page(
    context: &Context,
    request: &DocumentPageRequest,
) -> Result<(), ErrorReport> {
    let stores = context.server.stores().await?;
    let Content { path, bytes, .. } = content(&stores, &request.document, request.version).await?;
    let view = View {
        page: request.page,
        side: request.side.unwrap_or(SIDE).clamp(1, MAX_SIDE),
    };
    let parser = &stores.pipeline.maker.parser;
    let drawn = alive(context, parser.page(&path, view, &bytes)).await?;
    let jpeg = read(drawn, "the page cannot be shown")?;
    send(context, &jpeg).await
}

pub(super) async fn versions(context: &Context, name: &DocumentRef) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let row = find(&stores, name).await?;
    let past = stores.ledger.past(row.id).await;
    let past = past.map_err(|error| report::ledger(&error))?;
    let gap = stores.ledger.gap(row.collection, row.source.clone()).await;
    let gap = gap.map_err(|error| report::ledger(&error))?;
    Ok(Reply::DocumentVersions(convert::versions(row, past, gap)))
}

/// A content of a document.
struct Content {
    path: String,
    hash: ContentHash,
    bytes: Bytes,
}

/// Returns the content of a document, or one that it had before.
async fn content(
    stores: &Stores,
    name: &DocumentRef,
    version: Option<u32>,
) -> Result<Content, ErrorReport> {
    let row = find(stores, name).await?;
    let hash = match version.filter(|version| *version != row.revision) {
        None => row.content,
        Some(version) => {
            let past = stores.ledger.past(row.id).await;
            let past = past.map_err(|error| report::ledger(&error))?;
            let found = past.into_iter().find(|past| past.revision == version);
            match found {
                Some(past) if past.kept => past.content,
                Some(_) => return Err(report::not_kept(version)),
                None => return Err(report::no_version(version)),
            }
        }
    };
    let blob = stores.ledger.blob(hash).await;
    let blob = blob.map_err(|error| report::ledger(&error))?;
    let blob = blob.ok_or_else(|| report::not_found("content kept for this document"))?;
    let bytes = stores.pipeline.blobs.get(&pipeline::place(&blob)).await;
    let bytes = bytes.map_err(|error| report::blobs(&error))?;
    let path = String::from_utf8_lossy(&row.path).into_owned();
    Ok(Content { path, hash, bytes })
}

/// Returns what a child made of a document, or `refused` and why.
fn read<T>(made: Result<Result<T, NoText>, Lost>, refused: &str) -> Result<T, ErrorReport> {
    let made = made.map_err(|lost| {
        ErrorReport::new(ErrorCode::DocumentFailed, "the document cannot be read now")
            .because(lost.to_string())
            .try_next(lost.hint())
    })?;
    made.map_err(|no_text| {
        ErrorReport::new(ErrorCode::DocumentFailed, refused).because(no_text.reason)
    })
}

/// Waits for work, and shows meanwhile that somebody is there: pages that are seen take a while.
async fn alive<T>(context: &Context, work: impl Future<Output = T>) -> Result<T, ErrorReport> {
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(SIGN, &mut work).await {
            Ok(done) => return Ok(done),
            Err(_) => context.item(Item::Bytes(Private(Vec::new()))).await?,
        }
    }
}

async fn send(context: &Context, bytes: &[u8]) -> Result<(), ErrorReport> {
    for piece in bytes.chunks(PIECE) {
        context.item(Item::Bytes(Private(piece.to_vec()))).await?;
    }
    Ok(())
}

pub(super) async fn remove(context: &Context, name: &DocumentRef) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let row = find(&stores, name).await?;
    let owner = collection(&stores, &row.collection_name).await?.owner;
    check_owner(context, owner, "remove this document")?;
    let mut changes = Changes::none(row.collection);
    changes.delete.push(Deletion {
        document: row.id,
        observed: stores.ledger.observe(),
    });
    // What nobody wants any more lacks nothing.
    changes.no_gaps.push(row.source);
    stores
        .ledger
        .apply(changes)
        .await
        .map_err(|error| report::ledger(&error))?;
    Ok(Reply::DocumentRemoved(DocumentRemoved {
        id: row.id,
        path: PathBytes(row.path),
        chunks: u64::from(row.chunks),
    }))
}

pub(super) async fn collection_id(
    stores: &Stores,
    name: Option<&str>,
) -> Result<Option<CollectionId>, ErrorReport> {
    match name {
        Some(name) => Ok(Some(collection(stores, name).await?.id)),
        None => Ok(None),
    }
}

async fn find(stores: &Stores, name: &DocumentRef) -> Result<DocumentRow, ErrorReport> {
    let mut found = match name {
        DocumentRef::Id(id) => {
            let row = stores
                .ledger
                .document(*id)
                .await
                .map_err(|error| report::ledger(&error))?;
            row.into_iter().collect()
        }
        DocumentRef::Path { collection, path } => {
            let collection = collection_id(stores, collection.as_deref()).await?;
            let rows = stores.ledger.documents_at(collection, path.0.clone()).await;
            rows.map_err(|error| report::ledger(&error))?
        }
    };
    if found.len() > 1 {
        let places: Vec<_> = found
            .iter()
            .map(|row| {
                format!(
                    "{} in {}",
                    PathBytes(row.source.clone()),
                    row.collection_name
                )
            })
            .collect();
        return Err(
            ErrorReport::new(ErrorCode::Ambiguous, "several documents have this path")
                .because(places.join(", "))
                .try_next("name the collection with -c, or give the id or the whole path"),
        );
    }
    match found.pop() {
        Some(row) => Ok(row),
        None => Err(not_there(stores, name).await?),
    }
}

/// Tells that there is no document, and why if it is a gap.
async fn not_there(stores: &Stores, name: &DocumentRef) -> Result<ErrorReport, ErrorReport> {
    let nothing = report::not_found("such document");
    let DocumentRef::Path { collection, path } = name else {
        return Ok(nothing.try_next("ragctl doc list"));
    };
    let filter = GapFilter {
        collection: collection_id(stores, collection.as_deref()).await?,
        paths: vec![path.0.clone()],
        include_skipped: true,
        // Its parts would fit as well.
        limit: 50,
        ..GapFilter::default()
    };
    let gaps = stores.ledger.gaps(filter).await;
    let (gaps, _) = gaps.map_err(|error| report::ledger(&error))?;
    let is_it = |gap: &GapRow| gap.path == path.0 || gap.source == path.0;
    Ok(match gaps.into_iter().find(is_it) {
        Some(gap) => nothing
            .because(format!("it is a gap: {} ({})", gap.reason, gap.code))
            .try_next("ragctl gaps"),
        None => nothing.try_next("ragctl doc list"),
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string");
            text
        })
}

pub(super) fn unhex(text: &str) -> Result<Vec<u8>, ErrorReport> {
    // `+f` would parse as a number too.
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad_cursor());
    }
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| bad_cursor());
    (0..text.len()).step_by(2).map(digits).collect()
}
