//! `ragctl doc`.

mod history;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use protocol::document::{
    ChunkListRequest, ChunkView, DocumentCatRequest, DocumentListRequest, DocumentPageRequest,
    DocumentRef, DocumentState, DocumentView,
};
use protocol::{ErrorCode, ErrorReport, PathBytes};

use super::jobs::more;
use crate::cli::args::Doc;
use crate::cli::context::{Context, pages};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::look::{self, Look, Paint, about, counted, size, spot};
use crate::cli::schema::{ChunkJson, DocumentDetailJson, DocumentJson, DocumentRemovedJson, List};
use crate::cli::table::{Column, Table, cell, facts};
use crate::client::Client;
use crate::text;

pub(super) async fn run(context: &Context, command: Doc) -> Outcome {
    let client = context.connect().await?;
    match command {
        Doc::List { path, about, page } => {
            let conditions = about.conditions();
            let collection = context.global.collection.clone();
            let list = pages(&page, async |page| {
                let (collection, path) = (collection.clone(), path.clone());
                let conditions = conditions.clone();
                client
                    .document_list(DocumentListRequest {
                        collection,
                        path,
                        conditions,
                        page,
                    })
                    .await
            })
            .await?;
            let json = List::of(&list, DocumentJson::from);
            context
                .out
                .list(&json, |look| document_table(&list.items, look))?;
            if list.items.is_empty() && context.out.is_human() {
                context
                    .out
                    .note("no documents; ragctl submit ~/docs adds some");
            }
            more(context, list.items.len(), list.total, list.next.as_deref());
        }
        Doc::Show(arguments) => show(context, &client, &arguments.document).await?,
        Doc::Chunks { document, page } => {
            let document = named(context, &document.document);
            let list = pages(&page, async |page| {
                let document = document.clone();
                client
                    .document_chunks(ChunkListRequest { document, page })
                    .await
            })
            .await?;
            let json = List::of(&list, ChunkJson::from);
            context
                .out
                .list(&json, |look| chunk_page(&list.items, look))?;
            more(context, list.items.len(), list.total, list.next.as_deref());
        }
        Doc::Cat { document, version } => {
            let request = DocumentCatRequest {
                document: named(context, &document.document),
                version: version.number,
            };
            cat(context, &client, request).await?;
        }
        Doc::Versions(document) => {
            history::versions(context, &client, named(context, &document.document)).await?;
        }
        Doc::Diff {
            document,
            old,
            new,
            unified,
            stat,
            exit_code,
        } => {
            let document = named(context, &document.document);
            let around = usize::from(unified);
            let diff = history::compare(&client, document, old, new, around).await?;
            history::print(context, &diff, stat)?;
            if exit_code && !diff.hunks.is_empty() {
                return Ok(Exit::OTHER);
            }
        }
        Doc::Page {
            document,
            page,
            out,
            side,
            version,
        } => {
            let request = DocumentPageRequest {
                document: named(context, &document.document),
                version: version.number,
                page,
                side,
            };
            draw(context, &client, request, out.as_deref()).await?;
        }
        Doc::Rm { document, trial } if trial.dry_run => {
            show(context, &client, &document.document).await?;
            context
                .out
                .note("dry run: it would be removed from the index");
        }
        Doc::Rm { document, .. } => remove(context, &client, &document.document).await?,
    }
    Ok(Exit::DONE)
}

/// Returns the document that `text` names: an id, or else a path.
fn named(context: &Context, text: &OsStr) -> DocumentRef {
    if let Some(id) = text.to_str().and_then(|text| text.parse().ok()) {
        return DocumentRef::Id(id);
    }
    DocumentRef::Path {
        collection: context.global.collection.clone(),
        path: PathBytes(text.as_bytes().to_vec()),
    }
}

async fn show(context: &Context, client: &Client, text: &OsStr) -> Result<(), Failure> {
    let document = client.document_show(named(context, text)).await?;
    context
        .out
        .record(&DocumentDetailJson::from(&document), |look| {
            document_page(&document, look)
        })
}

/// Prints the text as it is, but to a terminal only what cannot drive it.
async fn cat(
    context: &Context,
    client: &Client,
    request: DocumentCatRequest,
) -> Result<(), Failure> {
    let mut stream = client.document_cat(request).await?;
    let mut rest = Vec::new();
    while let Some(bytes) = stream.next().await? {
        if !context.out.stdout_is_terminal {
            context.out.bytes(&bytes)?;
            continue;
        }
        rest.extend(bytes);
        // Whole lines only: a character may be cut at the end of what has come so far.
        let end = rest
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let lines: Vec<u8> = rest.drain(..end).collect();
        context.out.text(&cleaned(&lines))?;
    }
    context.out.text(&cleaned(&rest))
}

/// Writes the picture of a page once it is whole.
async fn draw(
    context: &Context,
    client: &Client,
    request: DocumentPageRequest,
    out: Option<&Path>,
) -> Result<(), Failure> {
    if out.is_none() && context.out.stdout_is_terminal {
        return Err(Failure::usage(
            "a picture is nothing for a terminal: add --out FILE, or send it to a program",
        ));
    }
    let mut stream = client.document_page(request).await?;
    let mut picture = Vec::new();
    while let Some(bytes) = stream.next().await? {
        picture.extend(bytes);
    }
    let Some(out) = out else {
        return context.out.bytes(&picture);
    };
    std::fs::write(out, &picture).map_err(|error| {
        let message = format!("cannot write {}", out.display());
        ErrorReport::new(ErrorCode::StoreFailed, message).because(error.to_string())
    })?;
    Ok(())
}

fn cleaned(bytes: &[u8]) -> String {
    text::clean_lines(&String::from_utf8_lossy(bytes))
        .map(|line| line + "\n")
        .collect()
}

async fn remove(context: &Context, client: &Client, text: &OsStr) -> Result<(), Failure> {
    context.may_ask(&format!(
        "Remove {} from the index?",
        text.to_string_lossy()
    ))?;
    let document = client.document_show(named(context, text)).await?;
    context.confirm(&format!(
        "Remove {} from the collection {} ({})? The file itself stays.",
        document.path,
        document.collection,
        counted(document.chunks, "chunk"),
    ))?;
    let removed = client.document_remove(DocumentRef::Id(document.id)).await?;
    context
        .out
        .record(&DocumentRemovedJson::from(&removed), |_| {
            let path = removed.path.to_text();
            format!(
                "{} removed: {}\n",
                text::clean(&path),
                counted(removed.chunks, "chunk")
            )
        })
}

fn document_table(documents: &[DocumentView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("PATH", Column::Path),
        ("COLLECTION", Column::Left),
        ("STATE", Column::Left),
        ("CHUNKS", Column::Right),
        ("SIZE", Column::Right),
        ("UPDATED", Column::Left),
    ]);
    for document in documents {
        table.row(vec![
            cell(document.path.to_text()),
            cell(&document.collection),
            cell(document.state.as_str()).paint(state_paint(document.state)),
            cell(look::count(document.chunks)),
            cell(size(document.bytes)),
            cell(look.time(document.updated_at)),
        ]);
    }
    table.render(look)
}

fn state_paint(state: DocumentState) -> Paint {
    match state {
        DocumentState::Active => Paint::Good,
        DocumentState::Failed => Paint::Bad,
        DocumentState::Stale => Paint::Warn,
    }
}

fn document_page(document: &DocumentView, look: &Look) -> String {
    let private = |text: &Option<protocol::Private<String>>| {
        text.as_ref()
            .map_or_else(|| "-".to_owned(), |text| text.0.clone())
    };
    let mut all = vec![
        ("path", document.path.to_text()),
        ("id", document.id.to_string()),
        ("collection", document.collection.clone()),
        ("source", document.source.to_text()),
        ("state", document.state.as_str().to_owned()),
        ("title", private(&document.title)),
        (
            "language",
            document.language.clone().unwrap_or_else(|| "-".to_owned()),
        ),
        ("version", document.version.to_string()),
        ("content", format!("sha256:{}", document.content)),
        ("size", size(document.bytes)),
        (
            "pages",
            document
                .pages
                .map_or_else(|| "-".to_owned(), |pages| pages.to_string()),
        ),
        ("chunks", look::count(document.chunks)),
        ("updated", look.time(document.updated_at)),
    ];
    if document.secrets > 0 {
        all.push((
            "secrets",
            format!("{} replaced", look::count(document.secrets.into())),
        ));
    }
    let known = document.facts.iter();
    let known: Vec<_> = known
        .map(|(name, value)| (name.as_str(), value.0.clone()))
        .collect();
    for same in known.chunk_by(|(a, _), (b, _)| a == b) {
        let values: Vec<_> = same.iter().map(|(_, value)| value.as_str()).collect();
        all.push((same[0].0, values.join(", ")));
    }
    facts(look, &all)
}

fn chunk_page(chunks: &[ChunkView], look: &Look) -> String {
    let mut out = String::new();
    for chunk in chunks {
        let place = &chunk.place;
        let spot = spot(place);
        let head = format!(
            "#{}  lines {}-{}{spot}",
            chunk.ordinal, place.line_start, place.line_end
        );
        out.push_str(&look.paint(Paint::Bold, &head));
        let about = about(&chunk.symbols, chunk.heading.as_ref());
        if !about.is_empty() {
            out.push_str(&format!("  {about}"));
        }
        out.push('\n');
        for line in text::clean_lines(&chunk.text) {
            out.push_str(format!("  {line}").trim_end());
            out.push('\n');
        }
    }
    out
}
