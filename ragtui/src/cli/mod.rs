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

use clap::Parser;

pub use completions::script;
pub use exit::Exit;

use context::Context;
use exit::Failure;

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
                protocol::ErrorReport::new(protocol::ErrorCode::Internal, "cannot start")
                    .because(error.to_string()),
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
    // Help that is piped into `head` fails to print, and that is fine.
    let _ = error.print();
    if error.use_stderr() {
        Exit::USAGE
    } else {
        Exit::DONE
    }
}
