//! `ragctl ask`.

use std::io::{self, IsTerminal, Read};

use protocol::answer::{AskLaterRequest, AskRequest, Thread};
use protocol::submit::Accepted;
use protocol::{ErrorCode, ErrorReport, JobId, Private};

use crate::cli::answer::{Heard, Teller, listen, verdict};
use crate::cli::args::{Answering, Ask, Format, RECONNECT};
use crate::cli::context::Context;
use crate::cli::conversation_ids;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::follow::insist;
use crate::cli::job_ids;
use crate::cli::schema::JobJson;
use crate::cli::signals::Signals;
use crate::client::Client;
use crate::text;

/// Names the question on standard input.
const STDIN: &str = "-";
const EXAMPLE: &str = "ragctl ask -c docs \"how does retry backoff work?\"";

pub(super) async fn run(context: &Context, arguments: Ask) -> Outcome {
    if context.out.format == Format::Ndjson && !context.global.fields.is_empty() && !arguments.later
    {
        return Err(Failure::usage(
            "--fields has no meaning for the steps of an answer; use --json",
        ));
    }
    let question = question(&arguments.question)?;
    let thread = thread(context, &arguments).await?;
    let request = request(context, question, &arguments.how, thread);
    if arguments.later {
        return context
            .in_time(later(context, request, arguments.idempotency_key))
            .await;
    }
    let mut signals = Signals::new()?;
    let teller = Teller::new(context);
    match listen(teller, request, &mut signals, context.deadline()).await? {
        Heard::Stopped(exit, _) => Ok(exit),
        Heard::Whole(view) => {
            let exit = verdict(context, &view, arguments.fail_empty)?;
            if let Some(conversation) = view.searched.conversation
                && context.out.is_human()
            {
                let short = conversation_ids::short(conversation);
                context.out.note(&format!(
                    "conversation {short}  go on: ragctl ask --follow {short} \"...\""
                ));
            }
            Ok(exit)
        }
    }
}

/// Returns the request that asks `question`, with the flags that `ask` and `chat` share.
pub(super) fn request(
    context: &Context,
    question: String,
    how: &Answering,
    thread: Thread,
) -> AskRequest {
    AskRequest {
        question: Private(question),
        collection: context.global.collection.clone(),
        paths: how.path.clone(),
        languages: how.lang.clone(),
        conditions: how.about.conditions(),
        passages: how.passages.unwrap_or(0),
        model: how.model.clone(),
        thread,
    }
}

/// Returns the question of the arguments, or of standard input for `-` or where there is a pipe.
fn question(words: &[String]) -> Result<String, Failure> {
    let is_stdin = matches!(words, [word] if word == STDIN);
    let question = if is_stdin || words.is_empty() {
        if io::stdin().is_terminal() {
            return Err(needs_question(is_stdin));
        }
        let mut text = String::new();
        io::stdin()
            .lock()
            .read_to_string(&mut text)
            .map_err(|error| unreadable(&error))?;
        text
    } else {
        words.join(" ")
    };
    let question = question.trim();
    if question.is_empty() {
        let report = ErrorReport::new(ErrorCode::BadRequest, "the question is empty");
        return Err(report.try_next(EXAMPLE).into());
    }
    Ok(question.to_owned())
}

fn unreadable(error: &io::Error) -> Failure {
    ErrorReport::new(
        ErrorCode::BadRequest,
        "cannot read the question from standard input",
    )
    .because(error.to_string())
    .into()
}

/// Without `-`, forgetting the question is wrong usage rather than a missing pipe.
fn needs_question(is_asked_for: bool) -> Failure {
    if !is_asked_for {
        return Failure::usage(format!("there is no question; try: {EXAMPLE}"));
    }
    let report = ErrorReport::new(ErrorCode::BadRequest, "standard input is a terminal")
        .because("the question was expected there")
        .try_next(EXAMPLE);
    Failure::coded(report, Exit::NEEDS_TERMINAL)
}

async fn thread(context: &Context, arguments: &Ask) -> Result<Thread, Failure> {
    match &arguments.follow {
        Some(text) => {
            let find = async {
                let client = context.connect().await?;
                Ok(conversation_ids::resolve_one(&client, text).await?)
            };
            Ok(Thread::Follow(context.in_time(find).await?))
        }
        None if arguments.keep => Ok(Thread::New),
        None => Ok(Thread::Alone),
    }
}

/// Puts the question into the queue and says so.
async fn later(context: &Context, ask: AskRequest, idempotency_key: Option<String>) -> Outcome {
    let mut client = context.connect().await?;
    let request = AskLaterRequest {
        job: JobId::new(),
        ask,
        idempotency_key,
    };
    let send = async |client: &Client| client.ask_later(request.clone()).await;
    let accepted = insist(context, &mut client, RECONNECT, send).await?;
    job_ids::remember(accepted.job);
    tell(context, &client, &accepted).await?;
    Ok(Exit::DONE)
}

async fn tell(context: &Context, client: &Client, accepted: &Accepted) -> Result<(), Failure> {
    let out = &context.out;
    if out.format == Format::Name || (out.quiet && out.is_human()) {
        return out.text(&format!("{}\n", accepted.job));
    }
    let job = client.job_show(accepted.job).await?;
    let json = JobJson::from(&job).deduplicated(accepted.deduplicated);
    out.record(&json, |_| {
        let short = job.id.short();
        if accepted.deduplicated && job.state.is_end() {
            return format!("job {short}  already asked  answer: ragctl result {short}\n");
        }
        let collection = accepted.collection.as_deref().or(job.collection.as_deref());
        let collection = collection.map_or_else(String::new, |name| {
            format!("  collection {}", text::clean(name))
        });
        format!(
            "job {short}{collection}  track: ragctl watch {short}  answer: ragctl result {short}\n"
        )
    })
}
