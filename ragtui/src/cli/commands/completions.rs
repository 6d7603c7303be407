//! `ragctl completions`.

use clap_complete::Shell;

use crate::cli::completions::script;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Outcome};

pub(super) fn run(context: &Context, shell: Shell) -> Outcome {
    context.out.bytes(&script(shell))?;
    Ok(Exit::DONE)
}
