//! Completion scripts, made from the grammar.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Ragctl;

/// Returns the completion script of `ragctl` for `shell`.
#[must_use]
pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Ragctl::command(), "ragctl", &mut script);
    script
}
