//! `ragctl`: commands for people and scripts.
//!
//! [`run`] parses the arguments, runs one command and returns its exit code. Commands live in
//! `commands/`, one file each; they get a `Context` and return an `Outcome`. Only `output`
//! prints, only `schema` defines JSON, only `exit` knows numbers.

mod answer;
pub mod args;
mod bench;
mod commands;
mod completions;
mod context;
mod conversation_ids;
mod exit;
mod follow;
mod job_ids;
mod lines;
mod look;
mod output;
mod progress;
mod schema;
mod signals;
mod table;

use clap::{CommandFactory, FromArgMatches, Parser};
use protocol::{ErrorCode, ErrorReport};

pub use completions::script;
pub use exit::Exit;

use context::Context;
use exit::Failure;
use output::Output;

/// Runs the command that the arguments of this process name.
#[must_use]
pub fn run() -> Exit {
    let arguments = match args::Ragctl::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_parsed(&error),
    };
    let context = Context::new(arguments.global);
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::from(
                ErrorReport::new(ErrorCode::Internal, "cannot start").because(error.to_string()),
            )
        })
        .and_then(|runtime| {
            let outcome = runtime.block_on(commands::run(&context, arguments.command));
            // A thread that still reads standard input must not hold us up.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(exit) => exit,
        Err(failure) => {
            context.out.failure(&failure);
            failure.exit()
        }
    }
}

fn not_parsed(error: &clap::Error) -> Exit {
    if error.use_stderr()
        && let Some(out) = machine_output()
    {
        let failure = usage(error);
        out.failure(&failure);
        return failure.exit();
    }
    // Help that is piped into `head` fails to print, and that is fine.
    let _ = error.print();
    if error.use_stderr() {
        Exit::USAGE
    } else {
        Exit::DONE
    }
}

/// Returns where errors go if a program reads them, as far as the arguments can be understood.
fn machine_output() -> Option<Output> {
    let lenient = args::Ragctl::command().ignore_errors(true);
    let matches = lenient.try_get_matches().ok()?;
    let global = args::Global::from_arg_matches(&matches).ok()?;
    Some(Output::new(&global)).filter(Output::is_json)
}

/// Takes apart what clap tells people: what is wrong, tips, usage, each in a paragraph.
fn usage(error: &clap::Error) -> Failure {
    let text = error.to_string();
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(text) = text.strip_prefix("error: ") else {
        // All of the help.
        let report = ErrorReport::new(ErrorCode::BadRequest, "a command is missing");
        return Failure::coded(report.try_next("ragctl --help"), Exit::USAGE);
    };
    let mut paragraphs = text.split("\n\n");
    let message = one_line(paragraphs.next().unwrap_or_default());
    let mut report = ErrorReport::new(ErrorCode::BadRequest, message);
    for paragraph in paragraphs.map(str::trim) {
        if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            report = report.try_next(one_line(usage));
        } else if paragraph.starts_with("tip: ") {
            for tip in paragraph.lines() {
                let tip = tip.trim();
                report = report.try_next(tip.strip_prefix("tip: ").unwrap_or(tip));
            }
        }
    }
    Failure::coded(report, Exit::USAGE)
}
