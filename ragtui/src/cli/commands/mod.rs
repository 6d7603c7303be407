//! One file per command; this one picks.

mod analyze;
mod ask;
mod chat;
mod collections;
mod completions;
mod daemon;
mod doctor;
mod documents;
mod events;
mod gaps;
mod help;
mod jobs;
mod limits;
mod models;
mod result;
mod search;
mod secrets;
mod submit;
mod wait;
mod watch;
mod watched;
mod workers;

use super::args::{Collection, Command, Conversation, Doc, GapsCommand, Job, Model, Steered};
use super::bench;
use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::schema::{
    AnswerJson, BenchJson, CancelJson, ChunkJson, CollectionChangeJson, CollectionJson,
    CollectionRemovedJson, ConversationJson, DiffJson, DocumentDetailJson, DocumentJson,
    DocumentRemovedJson, FindingJson, FsckJson, GapGroupJson, GapJson, GapRetryJson, HealthJson,
    HitJson, JobErrorJson, JobJson, LimitJson, ModelJson, PlanJson, ProjectJson, Record,
    RemovedJson, SecretJson, StatusJson, VersionJson, VersionsJson, WatchedJson, WorkerJson,
};

pub(super) async fn run(context: &Context, command: Command) -> Outcome {
    check_fields(context, &command)?;
    match command {
        // These keep an eye on `--timeout` themselves.
        Command::Submit(submit) => submit::run(context, *submit).await,
        Command::Job(Job::Wait(wait)) | Command::Wait(wait) => wait::run(context, wait).await,
        Command::Job(Job::Watch(watch)) | Command::Watch(watch) => watch::run(context, watch).await,
        Command::Events(events) => events::run(context, events).await,
        Command::Ask(ask) => ask::run(context, *ask).await,
        Command::Result(result) => result::run(context, result).await,
        Command::Chat(chat) => chat::run(context, *chat).await,
        Command::Collection(Collection::Update {
            name,
            model,
            wait,
            trial,
        }) => {
            let change = collections::Change { name, model };
            collections::update(context, change, wait, trial).await
        }
        Command::Migrate(migrate) => collections::migrate(context, migrate).await,
        Command::Gaps(gaps) => gaps::run(context, *gaps).await,
        Command::Health(health) => daemon::health(context, health).await,
        // These do not need the daemon.
        Command::Completions { shell } => completions::run(context, shell),
        Command::Bench(arguments) => bench::run(context, arguments).await,
        Command::Help { topic } => help::run(context, &topic),
        Command::ExecDaemon { command } => daemon::exec(&command),
        command => context.in_time(quick(context, command)).await,
    }
}

async fn quick(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Job(job) => jobs::run(context, job).await,
        Command::Jobs(list) => jobs::run(context, Job::List(list)).await,
        Command::Search(search) => search::run(context, search).await,
        Command::Collection(collection) => collections::run(context, collection).await,
        Command::Doc(doc) => documents::run(context, doc).await,
        Command::Model(model) => models::run(context, model).await,
        Command::Worker(worker) => workers::run(context, worker).await,
        Command::Source(source) => watched::run(context, source).await,
        Command::Status => daemon::status(context).await,
        Command::Doctor => doctor::run(context).await,
        Command::Limits => limits::run(context).await,
        Command::Analyze(analyze) => analyze::run(context, analyze).await,
        Command::Secrets(secrets) => secrets::run(context, secrets).await,
        Command::Fsck(fsck) => daemon::fsck(context, fsck).await,
        Command::Queue(queue) => daemon::queue(context, queue).await,
        Command::Version => daemon::version(context).await,
        Command::Submit(_)
        | Command::Ask(_)
        | Command::Result(_)
        | Command::Chat(_)
        | Command::Wait(_)
        | Command::Watch(_)
        | Command::Events(_)
        | Command::Gaps(_)
        | Command::Migrate(_)
        | Command::Health(_)
        | Command::Bench(_)
        | Command::Completions { .. }
        | Command::Help { .. }
        | Command::ExecDaemon { .. } => unreachable!("`run` has handled it"),
    }
}

/// Refuses unknown `--fields` before anything is done, and answers `--fields help`.
fn check_fields(context: &Context, command: &Command) -> Result<(), Failure> {
    let wanted = &context.global.fields;
    if wanted.is_empty() {
        return Ok(());
    }
    let Some(known) = fields(command) else {
        return Err(Failure::usage("--fields has no meaning for this command"));
    };
    if wanted == &["help"] {
        context.out.text(&(known.join("\n") + "\n"))?;
        return Err(Failure::Told(Exit::DONE));
    }
    let unknown = wanted.iter().find(|field| {
        let first = field.split('.').next().unwrap_or_default();
        !known.contains(&first)
    });
    unknown.map_or(Ok(()), |field| {
        Err(Failure::usage(format!(
            "there is no field `{field}`; --fields help lists them"
        )))
    })
}

fn fields(command: &Command) -> Option<&'static [&'static str]> {
    Some(match command {
        Command::Submit(submit) if submit.dry_run => PlanJson::FIELDS,
        Command::Submit(_) | Command::Jobs(_) | Command::Wait(_) => JobJson::FIELDS,
        Command::Job(Job::Cancel(Steered { trial, .. }) | Job::Rm(Steered { trial, .. }))
            if trial.dry_run =>
        {
            JobJson::FIELDS
        }
        Command::Job(job) => match job {
            Job::List(_) | Job::Show(_) | Job::Wait(_) | Job::Retry(_) | Job::Priority { .. } => {
                JobJson::FIELDS
            }
            Job::Cancel(_) => CancelJson::FIELDS,
            Job::Errors { .. } => JobErrorJson::FIELDS,
            Job::Rm(_) => RemovedJson::FIELDS,
            Job::Watch(_) => return None,
        },
        Command::Search(_) => HitJson::FIELDS,
        Command::Ask(ask) if ask.later => JobJson::FIELDS,
        Command::Ask(_) | Command::Result(_) => AnswerJson::FIELDS,
        Command::Chat(chat) => match &chat.command {
            Some(Conversation::List(_)) => ConversationJson::FIELDS,
            Some(Conversation::Show { .. }) => AnswerJson::FIELDS,
            Some(Conversation::Rm { trial, .. }) if trial.dry_run => ConversationJson::FIELDS,
            Some(Conversation::Rm { .. }) => RemovedJson::FIELDS,
            Some(Conversation::Export { .. }) | None => return None,
        },
        Command::Model(Model::List) => ModelJson::FIELDS,
        Command::Worker(_) => WorkerJson::FIELDS,
        Command::Source(_) => WatchedJson::FIELDS,
        Command::Doctor => FindingJson::FIELDS,
        Command::Limits => LimitJson::FIELDS,
        Command::Analyze(_) => ProjectJson::FIELDS,
        Command::Collection(collection) => match collection {
            Collection::Update { trial, .. } if trial.dry_run => CollectionChangeJson::FIELDS,
            Collection::Update { wait: true, .. } => JobJson::FIELDS,
            Collection::List(_)
            | Collection::Show { .. }
            | Collection::Create { .. }
            | Collection::Update { .. } => CollectionJson::FIELDS,
            Collection::Rm { trial, .. } if trial.dry_run => CollectionJson::FIELDS,
            Collection::Rm { .. } => CollectionRemovedJson::FIELDS,
        },
        Command::Migrate(migrate) if migrate.wait => JobJson::FIELDS,
        Command::Migrate(_) => CollectionJson::FIELDS,
        Command::Doc(doc) => match doc {
            Doc::List { .. } => DocumentJson::FIELDS,
            Doc::Show(_) => DocumentDetailJson::FIELDS,
            Doc::Chunks { .. } => ChunkJson::FIELDS,
            Doc::Rm { trial, .. } if trial.dry_run => DocumentDetailJson::FIELDS,
            Doc::Rm { .. } => DocumentRemovedJson::FIELDS,
            Doc::Versions(_) => VersionsJson::FIELDS,
            Doc::Diff { .. } => DiffJson::FIELDS,
            Doc::Cat { .. } | Doc::Page { .. } => return None,
        },
        Command::Status => StatusJson::FIELDS,
        Command::Health(_) => HealthJson::FIELDS,
        Command::Gaps(gaps) => match &gaps.command {
            Some(GapsCommand::Retry(retry)) if retry.wait => JobJson::FIELDS,
            Some(GapsCommand::Retry(_)) => GapRetryJson::FIELDS,
            None if gaps.group => GapGroupJson::FIELDS,
            None => GapJson::FIELDS,
        },
        Command::Secrets(_) => SecretJson::FIELDS,
        Command::Fsck(_) => FsckJson::FIELDS,
        Command::Version => VersionJson::FIELDS,
        Command::Bench(_) => BenchJson::FIELDS,
        Command::Watch(_)
        | Command::Events(_)
        | Command::Queue(_)
        | Command::Completions { .. }
        | Command::Help { .. }
        | Command::ExecDaemon { .. } => return None,
    })
}
