//! `ragctl migrate`: a collection moves to another index.

use protocol::JobId;
use protocol::collection::{CollectionMoveRequest, CollectionUpdated, CollectionView, IndexKind};

use crate::cli::args::{Format, Migrate, RECONNECT, Waiting};
use crate::cli::commands::wait;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::insist;
use crate::cli::job_ids;
use crate::cli::look::counted;
use crate::cli::schema::CollectionJson;
use crate::client::Client;
use crate::text;

pub(in crate::cli::commands) async fn migrate(context: &Context, command: Migrate) -> Outcome {
    let to = IndexKind::from(command.to);
    if command.trial.dry_run {
        return context.in_time(tried(context, command.name, to)).await;
    }
    let (client, updated) = context.in_time(send(context, command.name, to)).await?;
    let Some(job) = updated.job else {
        return nothing_to_do(context, &updated.collection);
    };
    job_ids::remember(job);
    tell(context, &updated.collection, to, job, command.wait)?;
    if command.wait {
        return wait::wait(context, client, &[job], &Waiting::default(), |_| {}).await;
    }
    Ok(Exit::DONE)
}

async fn send(
    context: &Context,
    name: String,
    to: IndexKind,
) -> Result<(Client, CollectionUpdated), Failure> {
    let mut client = context.connect().await?;
    let job = JobId::new();
    let request = CollectionMoveRequest { name, job, to };
    let send = async |client: &Client| client.collection_move(request.clone()).await;
    let updated = insist(context, &mut client, RECONNECT, send).await?;
    Ok((client, updated))
}

/// Says what would be moved.
async fn tried(context: &Context, name: String, to: IndexKind) -> Outcome {
    let client = context.connect().await?;
    let collection = client.collection_show(name).await?;
    if collection.index == to {
        return nothing_to_do(context, &collection);
    }
    let json = CollectionJson::from(&collection);
    context
        .out
        .record(&json, |look| super::collection_page(&collection, look))?;
    context.out.note(&format!(
        "dry run: {} would be made anew in {}, {} serves meanwhile",
        counted(collection.chunks, "chunk"),
        to.as_str(),
        collection.index.as_str()
    ));
    Ok(Exit::DONE)
}

fn nothing_to_do(context: &Context, collection: &CollectionView) -> Outcome {
    let out = &context.out;
    if out.quiet && out.is_human() || out.format == Format::Name {
        return Ok(Exit::DONE);
    }
    out.record(&CollectionJson::from(collection), |_| {
        let name = text::clean(&collection.name);
        format!(
            "collection {name} is in {} already\n",
            collection.index.as_str()
        )
    })?;
    Ok(Exit::DONE)
}

/// Says which job moves the collection. Where it is waited for, it is printed once it has ended.
fn tell(
    context: &Context,
    collection: &CollectionView,
    to: IndexKind,
    job: JobId,
    is_waiting: bool,
) -> Result<(), Failure> {
    let out = &context.out;
    if (out.quiet && out.is_human()) || (out.format == Format::Name && !is_waiting) {
        return out.text(&format!("{job}\n"));
    }
    let short = job.short();
    let line = format!(
        "job {short}  collection {}  moving to {}  track: ragctl watch {short}",
        text::clean(&collection.name),
        to.as_str()
    );
    if is_waiting {
        if out.is_human() {
            out.note(&line);
        }
        return Ok(());
    }
    out.record(&CollectionJson::from(collection), |_| line + "\n")
}
