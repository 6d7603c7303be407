//! `ragctl collection`.

mod migrate;
mod update;

use protocol::collection::CollectionView;
use protocol::{ErrorCode, ErrorReport};

pub(super) use migrate::migrate;
pub(super) use update::{Change, update};

use super::jobs::more;
use crate::cli::args::Collection;
use crate::cli::context::{Context, pages};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::look::{self, Look, counted, size};
use crate::cli::schema::{CollectionJson, CollectionRemovedJson, List};
use crate::cli::table::{Column, Table, cell, facts};
use crate::client::Client;
use crate::text;

pub(super) async fn run(context: &Context, command: Collection) -> Outcome {
    let client = context.connect().await?;
    match command {
        Collection::List(paging) => {
            let list = pages(&paging, async |page| client.collection_list(page).await).await?;
            let json = List::of(&list, CollectionJson::from);
            context
                .out
                .list(&json, |look| collection_table(&list.items, look))?;
            if list.items.is_empty() && context.out.is_human() {
                context
                    .out
                    .note("no collections; ragctl submit ~/docs -c docs makes one");
            }
            more(context, list.items.len(), list.total, list.next.as_deref());
        }
        Collection::Show { name } => show(context, &client, name).await?,
        Collection::Rm { name, trial } if trial.dry_run => {
            show(context, &client, name).await?;
            context
                .out
                .note("dry run: it would be removed, with all its documents");
        }
        Collection::Create { name, trial } if trial.dry_run => {
            match client.collection_show(name.clone()).await {
                Ok(_) => {
                    let message = format!("the collection `{name}` exists already");
                    return Err(ErrorReport::new(ErrorCode::Conflict, message).into());
                }
                Err(report) if report.code == ErrorCode::NotFound => context.out.note(&format!(
                    "dry run: the collection {} would be created",
                    text::clean(&name)
                )),
                Err(report) => return Err(report.into()),
            }
        }
        Collection::Create { name, .. } => {
            let collection = client.collection_create(name).await?;
            let json = CollectionJson::from(&collection);
            context.out.record(&json, |_| {
                format!("collection {} created\n", text::clean(&collection.name))
            })?;
        }
        Collection::Update { .. } => unreachable!("`commands::run` has handled it"),
        Collection::Rm { name, .. } => {
            let question = format!("Remove the collection {name} with everything in it?");
            context.may_ask(&question)?;
            let collection = client.collection_show(name).await?;
            context.confirm(&format!(
                "Remove the collection {} with {} and {}?",
                collection.name,
                counted(collection.documents, "document"),
                counted(collection.chunks, "chunk"),
            ))?;
            let removed = client.collection_remove(collection.name).await?;
            context
                .out
                .record(&CollectionRemovedJson::from(&removed), |_| {
                    format!(
                        "collection {} removed: {}, {} cancelled\n",
                        text::clean(&removed.name),
                        counted(removed.documents, "document"),
                        counted(removed.cancelled_jobs, "job"),
                    )
                })?;
        }
    }
    Ok(Exit::DONE)
}

async fn show(context: &Context, client: &Client, name: String) -> Result<(), Failure> {
    let collection = client.collection_show(name).await?;
    context
        .out
        .record(&CollectionJson::from(&collection), |look| {
            collection_page(&collection, look)
        })
}

fn collection_table(collections: &[CollectionView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("COLLECTION", Column::Left),
        ("DOCUMENTS", Column::Right),
        ("CHUNKS", Column::Right),
        ("SIZE", Column::Right),
        ("GAPS", Column::Right),
        ("UPDATED", Column::Left),
        ("MODEL", Column::Left),
    ]);
    for collection in collections {
        table.row(vec![
            cell(&collection.name),
            cell(look::count(collection.documents)),
            cell(look::count(collection.chunks)),
            cell(size(collection.bytes)),
            cell(look::count(collection.gaps)),
            cell(look.time_or_dash(collection.updated_at)),
            cell(model_text(collection)),
        ]);
    }
    table.render(look)
}

fn collection_page(collection: &CollectionView, look: &Look) -> String {
    let mut about = vec![
        ("collection", collection.name.clone()),
        ("id", collection.id.to_string()),
        ("owner", format!("uid {}", collection.owner)),
        ("documents", look::count(collection.documents)),
        ("chunks", look::count(collection.chunks)),
        ("size", size(collection.bytes)),
        ("gaps", look::count(collection.gaps)),
        ("created", look.time(collection.created_at)),
        ("updated", look.time_or_dash(collection.updated_at)),
        ("model", model_text(collection)),
        ("index", collection.index.as_str().to_owned()),
    ];
    if let Some(previous) = &collection.previous {
        about.push(("previous", format!("{previous}, kept for going back")));
    }
    facts(look, &about)
}

/// Returns the model that serves, and how far the one is that will.
fn model_text(collection: &CollectionView) -> String {
    let model = &collection.model;
    match &collection.switching {
        Some(switch) => {
            let share = switch.done.saturating_mul(100) / switch.total.max(1);
            format!(
                "{model}, switching to {}: {} %",
                switch.model,
                share.min(100)
            )
        }
        None => model.clone(),
    }
}
