//! `ragctl help`.

use clap::CommandFactory;

use crate::cli::args::Ragctl;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome, TABLE};

pub(super) fn run(context: &Context, topic: &[String]) -> Outcome {
    if topic == ["exit-codes"] {
        context.out.text(TABLE)?;
        return Ok(Exit::DONE);
    }
    let mut root = Ragctl::command();
    root.build();
    let mut command = &mut root;
    for name in topic {
        command = command
            .find_subcommand_mut(name)
            .ok_or_else(|| Failure::usage(format!("there is no command `{}`", topic.join(" "))))?;
    }
    let help = command.render_long_help();
    let text = if context.out.look.color {
        help.ansi().to_string()
    } else {
        help.to_string()
    };
    context.out.text(&text)?;
    Ok(Exit::DONE)
}
