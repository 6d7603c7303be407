//! What the commands about watched sources take.

use std::ffi::OsString;

use clap::Subcommand;

use super::jobs::Trial;

#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// List the sources that are watched
    #[command(
        after_help = "States: starting (looked through for the first time since ragd started), current, updating, away (a path is not there; its documents are kept), held (documents are kept whose files are gone, as there are too many), failed (see its job).\n\nExamples:\n  ragctl source list\n  ragctl source list --json | jq -r '.items[] | select(.state != \"current\") | .roots[].path'"
    )]
    List,
    /// Watch sources no more; what is searchable of them stays
    #[command(
        after_help = "Examples:\n  ragctl source unwatch ~/src/kernel\n  ragctl source unwatch 3f2a"
    )]
    Unwatch {
        /// Ids, 4 or more of their first digits, or paths that are watched
        #[arg(value_name = "SOURCE", required = true)]
        sources: Vec<OsString>,
        #[command(flatten)]
        trial: Trial,
    },
}
