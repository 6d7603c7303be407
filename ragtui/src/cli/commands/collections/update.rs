//! `ragctl collection update`: another model for a collection.

use protocol::collection::{
    CollectionUpdateRequest, CollectionUpdated, CollectionView, ModelSwitch,
};
use protocol::{ErrorCode, ErrorReport, JobId};

use crate::cli::args::{Format, RECONNECT, Trial, Waiting};
use crate::cli::commands::wait;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::insist;
use crate::cli::job_ids;
use crate::cli::look::counted;
use crate::cli::schema::{CollectionChangeJson, CollectionJson};
use crate::cli::table::facts;
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

/// Says what a switch would change, after a look whether the model is there at all.
async fn tried(context: &Context, change: Change) -> Outcome {
    let client = context.connect().await?;
    let Change { name, model } = change;
    let models = client.model_list().await?;
    if !models.iter().any(|known| known.name == model) {
        let report = ErrorReport::new(ErrorCode::NotFound, format!("unknown model \"{model}\""));
        return Err(report.try_next("ragctl model list").into());
    }
    let collection = client.collection_show(name).await?;
    let prospect = Prospect::of(&collection, &model)?;
    let json = CollectionChangeJson {
        collection: collection.name.clone(),
        model: collection.model.clone(),
        new_model: model.clone(),
        change: prospect.word(),
        chunks_to_embed: prospect.chunks(),
    };
    context.out.record(&json, |look| {
        let about = [
            ("collection", collection.name.clone()),
            ("model", format!("{} → {model}", collection.model)),
            ("to embed", prospect.to_embed()),
        ];
        facts(look, &about)
    })?;
    let (old, new) = (text::clean(&collection.model), text::clean(&model));
    context.out.note(&match prospect {
        Prospect::Nothing => format!("dry run: it already uses {new}, nothing would be done"),
        Prospect::End => format!("dry run: the switch under way would be ended, {new} goes on"),
        Prospect::UnderWay { .. } => {
            format!("dry run: that is under way already, {old} serves meanwhile")
        }
        Prospect::Back => {
            format!("dry run: it would go back to {new}, whose vectors are still there")
        }
        Prospect::Switch { .. } => {
            format!("dry run: {new} would serve once it has all vectors, {old} serves meanwhile")
        }
    });
    Ok(Exit::DONE)
}

/// What a switch would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prospect {
    Nothing,
    /// Another switch ends, and the model that serves goes on doing so.
    End,
    UnderWay {
        chunks: u64,
    },
    Back,
    Switch {
        chunks: u64,
    },
}

impl Prospect {
    /// Returns what ragd would do, or the error that it would answer with.
    fn of(collection: &CollectionView, model: &str) -> Result<Self, ErrorReport> {
        let serves = collection.model == model;
        Ok(match &collection.switching {
            Some(switch) if switch.model == model => Self::UnderWay {
                chunks: switch.total.saturating_sub(switch.done),
            },
            Some(_) if serves => Self::End,
            Some(switch) => return Err(busy(switch)),
            None if serves => Self::Nothing,
            None if collection.previous.as_deref() == Some(model) => Self::Back,
            None => Self::Switch {
                chunks: collection.chunks,
            },
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::End => "end",
            Self::UnderWay { .. } => "under-way",
            Self::Back => "back",
            Self::Switch { .. } => "switch",
        }
    }

    /// Returns how many vectors would be made. Which ones an earlier model lacks, only ragd knows.
    fn chunks(self) -> Option<u64> {
        match self {
            Self::Nothing | Self::End => Some(0),
            Self::Back => None,
            Self::UnderWay { chunks } | Self::Switch { chunks } => Some(chunks),
        }
    }

    fn to_embed(self) -> String {
        match self.chunks() {
            Some(0) => "nothing".to_owned(),
            Some(chunks) => counted(chunks, "chunk"),
            None => "what came since it served".to_owned(),
        }
    }
}

fn busy(switch: &ModelSwitch) -> ErrorReport {
    let (model, job) = (&switch.model, switch.job);
    ErrorReport::new(
        ErrorCode::Conflict,
        format!("the collection is being switched to {model} by job {job}"),
    )
    .because("a collection is switched to one model at a time")
    .try_next(format!("wait for it: ragctl job show {job}"))
    .try_next(format!("or end it: ragctl job cancel {job}"))
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
