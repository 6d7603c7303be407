//! `ragctl collection update`: another model for a collection.

use protocol::collection::{CollectionUpdateRequest, CollectionUpdated, CollectionView};
use protocol::{ErrorCode, ErrorReport, JobId};

use super::show;
use crate::cli::args::{Format, RECONNECT, Trial, Waiting};
use crate::cli::commands::wait;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::insist;
use crate::cli::job_ids;
use crate::cli::look::counted;
use crate::cli::schema::CollectionJson;
use crate::client::Client;
use crate::text;

/// What is to be changed.
#[derive(Debug)]
pub(in crate::cli::commands) struct Change {
    pub(in crate::cli::commands) name: String,
    pub(in crate::cli::commands) model: String,
}

pub(in crate::cli::commands) async fn update(
    context: &Context,
    change: Change,
    is_waiting: bool,
    trial: Trial,
) -> Outcome {
    if trial.dry_run {
        return context.in_time(tried(context, change)).await;
    }
    let (client, updated) = context.in_time(send(context, change)).await?;
    let Some(job) = updated.job else {
        return nothing_to_do(context, &updated.collection);
    };
    job_ids::remember(job);
    tell(context, &updated.collection, job, is_waiting)?;
    if is_waiting {
        return wait::wait(context, client, &[job], &Waiting::default(), |_| {}).await;
    }
    Ok(Exit::DONE)
}

async fn send(context: &Context, change: Change) -> Result<(Client, CollectionUpdated), Failure> {
    let mut client = context.connect().await?;
    let Change { name, model } = change;
    let request = CollectionUpdateRequest {
        name,
        job: JobId::new(),
        model,
    };
    let send = async |client: &Client| client.collection_update(request.clone()).await;
    let updated = insist(context, &mut client, RECONNECT, send).await?;
    Ok((client, updated))
}

/// Says what a switch would mean, after a look whether the model is there at all.
async fn tried(context: &Context, change: Change) -> Outcome {
    let client = context.connect().await?;
    let models = client.model_list().await?;
    if !models.iter().any(|model| model.name == change.model) {
        let report = ErrorReport::new(
            ErrorCode::NotFound,
            format!("unknown model \"{}\"", change.model),
        );
        return Err(report.try_next("ragctl model list").into());
    }
    let collection = client.collection_show(change.name.clone()).await?;
    show(context, &client, change.name).await?;
    let model = text::clean(&change.model).into_owned();
    context.out.note(&if collection.model == change.model {
        format!("dry run: it already uses {model}, nothing would be done")
    } else if collection.previous.as_ref() == Some(&change.model) {
        format!("dry run: it would go back to {model}, whose vectors are still there")
    } else {
        let chunks = counted(collection.chunks, "chunk");
        format!("dry run: {model} would make new vectors of {chunks}; the old ones serve meanwhile")
    });
    Ok(Exit::DONE)
}

fn nothing_to_do(context: &Context, collection: &CollectionView) -> Outcome {
    let out = &context.out;
    if out.quiet && out.is_human() || out.format == Format::Name {
        return Ok(Exit::DONE);
    }
    out.record(&CollectionJson::from(collection), |_| {
        format!(
            "collection {} already uses {}\n",
            text::clean(&collection.name),
            text::clean(&collection.model)
        )
    })?;
    Ok(Exit::DONE)
}

/// Says which job switches the model. Where it is waited for, it is printed once it has ended.
fn tell(
    context: &Context,
    collection: &CollectionView,
    job: JobId,
    is_waiting: bool,
) -> Result<(), Failure> {
    let out = &context.out;
    if (out.quiet && out.is_human()) || (out.format == Format::Name && !is_waiting) {
        return out.text(&format!("{job}\n"));
    }
    let target = collection
        .switching
        .as_ref()
        .map_or(&collection.model, |switch| &switch.model);
    let short = job.short();
    let line = format!(
        "job {short}  collection {}  switching to {}  track: ragctl watch {short}",
        text::clean(&collection.name),
        text::clean(target)
    );
    if is_waiting {
        if out.is_human() {
            out.note(&line);
        }
        return Ok(());
    }
    out.record(&CollectionJson::from(collection), |_| line + "\n")
}
