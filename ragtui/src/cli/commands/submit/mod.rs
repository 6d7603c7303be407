//! `ragctl submit`.
//!
//! `sources` finds out what is meant, `upload` sends bytes where the daemon may not read the path,
//! `plan` prints what would be done; this file asks, submits and waits.

mod plan;
mod sources;
mod upload;

use protocol::submit::{Accepted, PlanRequest, Source, SourceRules, SubmitRequest, SubmitWork};
use protocol::{ErrorCode, ErrorReport, JobId, PlanId, Private};

use super::wait;
use crate::cli::args::{Format, Submit, UploadMode};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::insist;
use crate::cli::job_ids;
use crate::cli::look::counted;
use crate::cli::schema::{JobJson, PlanJson};
use crate::client::{self, Client};
use crate::text;

use sources::Input;
pub(super) use sources::{absolute, to_bytes};

/// Entries of a plan that people are shown; scripts get as many as fit into a message.
const SAMPLE: (u32, u32) = (20, 50_000);

pub(super) async fn run(context: &Context, arguments: Submit) -> Outcome {
    if !arguments.wait && (arguments.waiting.fail_fast || arguments.waiting.cancel_on_interrupt) {
        return Err(Failure::usage(
            "--fail-fast and --cancel-on-interrupt need --wait",
        ));
    }
    if arguments.sync && !arguments.dry_run {
        context.may_ask("delete documents whose files are gone?")?;
    }
    let Some(input) = Input::read(&arguments)? else {
        context.out.note("nothing to submit");
        return Ok(Exit::DONE);
    };
    let HandedIn {
        client,
        job,
        is_deduplicated,
        left_out,
    } = context.in_time(hand_in(context, &arguments, input)).await?;
    let exit = match job {
        Some(job) if arguments.wait => {
            wait::wait(context, client, &[job], &arguments.waiting, |json| {
                json.set_deduplicated(is_deduplicated);
            })
            .await?
        }
        _ => Exit::DONE,
    };
    // What could not be read here, ragd does not know of.
    Ok(match exit {
        Exit::DONE if left_out > 0 => Exit::PARTIAL,
        exit => exit,
    })
}

/// What became of a submit.
struct HandedIn {
    client: Client,
    /// Absent after a dry run.
    job: Option<JobId>,
    is_deduplicated: bool,
    /// Files and folders that could not be read in order to send them.
    left_out: u64,
}

/// Submits and says so.
async fn hand_in(context: &Context, arguments: &Submit, input: Input) -> Result<HandedIn, Failure> {
    let mut client = context.connect().await?;
    let mut left_out = 0;
    let work = match arguments.plan {
        Some(plan) => SubmitWork::Plan(plan),
        None => {
            let source;
            (source, left_out) = self::source(context, arguments, &mut client, input).await?;
            let (collection, rules) = (context.collection_or_default(), rules(arguments));
            if arguments.dry_run {
                show_plan(context, &client, collection, source, rules).await?;
                return Ok(HandedIn {
                    client,
                    job: None,
                    is_deduplicated: false,
                    left_out,
                });
            }
            if arguments.watch {
                SubmitWork::Watch {
                    collection,
                    source,
                    rules,
                }
            } else if arguments.sync && !context.global.yes {
                let plan = confirmed(context, &client, collection, source, rules).await?;
                SubmitWork::Plan(plan)
            } else {
                SubmitWork::Ingest {
                    collection,
                    source,
                    rules,
                }
            }
        }
    };
    let request = SubmitRequest {
        job: JobId::new(),
        work,
        priority: arguments.priority.0,
        idempotency_key: arguments.idempotency_key.clone(),
        force: arguments.force,
        runtime: arguments.runtime.0,
    };
    let limit = arguments.waiting.reconnect.0;
    let send = async |client: &Client| client.submit(request.clone()).await;
    let accepted = insist(context, &mut client, limit, send).await?;
    job_ids::remember(accepted.job);
    tell(context, arguments, &client, &accepted).await?;
    Ok(HandedIn {
        client,
        job: Some(accepted.job),
        is_deduplicated: accepted.deduplicated,
        left_out,
    })
}

/// Returns what is to be submitted, and how much of it could not be read.
async fn source(
    context: &Context,
    arguments: &Submit,
    client: &mut Client,
    input: Input,
) -> Result<(Source, u64), Failure> {
    let is_same_user = client.welcome().uid == client::own_uid();
    let (paths, stdin) = match input {
        Input::Stdin { name } => (Vec::new(), Some(name)),
        Input::Paths(paths) => (paths, None),
        // Whoever asks, it is ragd that fetches it.
        Input::Git(source) => return Ok((Source::Git(Box::new(source)), 0)),
        Input::Web(address) => return Ok((Source::Web(Private::from(address)), 0)),
    };
    let sends_paths = stdin.is_none()
        && match arguments.upload {
            UploadMode::Never => true,
            UploadMode::Auto => is_same_user,
            UploadMode::Always => false,
        };
    if (arguments.sync || arguments.watch) && !sends_paths {
        let flag = if arguments.watch { "--watch" } else { "--sync" };
        let what = format!("{flag} needs a source that ragd reads itself");
        let report = ErrorReport::new(ErrorCode::Unsupported, what)
            .because(
                "of bytes that are sent to it, ragd does not know which ones change or are missing",
            )
            .try_next("run ragd as your own user, or remove documents with ragctl doc rm");
        return Err(Failure::Report(Box::new(report)));
    }
    if let Some(name) = stdin {
        let source = upload::stdin(client, name, arguments.dry_run).await?;
        return Ok((source, 0));
    }
    if sends_paths {
        let paths = paths.into_iter().map(sources::to_bytes).collect();
        return Ok((Source::Paths(paths), 0));
    }
    upload::files(context, client, &paths, arguments).await
}

fn rules(arguments: &Submit) -> SourceRules {
    let rules = &arguments.rules;
    SourceRules {
        include: rules.include.clone(),
        exclude: rules.exclude.clone(),
        ignore_files: !rules.no_ignore,
        hidden: rules.hidden,
        max_file_bytes: rules.max_file_size.map(|size| size.0),
        delete_missing: arguments.sync || arguments.watch,
        force_delete: arguments.force_delete,
        facts: rules.said.facts(),
    }
}

async fn show_plan(
    context: &Context,
    client: &Client,
    collection: String,
    source: Source,
    rules: SourceRules,
) -> Result<(), Failure> {
    let sample = if context.out.is_human() {
        SAMPLE.0
    } else {
        SAMPLE.1
    };
    let plan = client
        .plan(PlanRequest {
            collection,
            source,
            rules,
            sample,
        })
        .await?;
    context
        .out
        .record(&PlanJson::from(&plan), |look| plan::page(&plan, look))
}

/// Shows how much would be deleted and asks. What was shown is what runs.
async fn confirmed(
    context: &Context,
    client: &Client,
    collection: String,
    source: Source,
    rules: SourceRules,
) -> Result<PlanId, Failure> {
    let request = PlanRequest {
        collection,
        source,
        rules,
        sample: SAMPLE.0,
    };
    let plan = client.plan(request).await?;
    if let Some(reason) = &plan.delete_guard {
        context.out.warn(&text::clean(reason));
    }
    if plan.delete.files > 0 {
        let page = plan::page(&plan, &context.out.look);
        context.out.note(page.trim_end());
        context.confirm(&format!(
            "Delete {} from the collection {}?",
            counted(plan.delete.files, "document"),
            plan.collection
        ))?;
    }
    Ok(plan.id)
}

async fn tell(
    context: &Context,
    arguments: &Submit,
    client: &Client,
    accepted: &Accepted,
) -> Result<(), Failure> {
    let out = &context.out;
    if accepted.created_collection
        && let Some(collection) = &accepted.collection
    {
        out.note(&format!("collection {} created", text::clean(collection)));
    }
    if arguments.watch {
        out.note("watched from now on  how it is: ragctl source list");
    }
    if out.quiet && out.is_human() {
        return out.text(&format!("{}\n", accepted.job));
    }
    if arguments.wait && !out.is_human() {
        // The job is printed once, when it has ended.
        return Ok(());
    }
    if out.format == Format::Name {
        return out.text(&format!("{}\n", accepted.job));
    }
    let job = client.job_show(accepted.job).await?;
    let short = job.id.short();
    let line = match accepted.deduplicated {
        true if job.state.is_end() => format!("job {short}  already indexed, nothing to do"),
        is_joined => {
            let files = match job.progress.files_total {
                0 => String::new(),
                files => format!("  {}", counted(files, "file")),
            };
            let collection = accepted.collection.as_deref().or(job.collection.as_deref());
            let collection = text::clean(collection.unwrap_or("-"));
            let joined = if is_joined {
                "  joined, as it still waits"
            } else {
                ""
            };
            format!(
                "job {short}{files}  collection {collection}{joined}  track: ragctl watch {short}"
            )
        }
    };
    if arguments.wait {
        out.note(&line);
        return Ok(());
    }
    let json = JobJson::from(&job).deduplicated(accepted.deduplicated);
    out.record(&json, |_| line + "\n")
}
