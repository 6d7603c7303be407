//! What the commands about workers take.

use clap::{Args, Subcommand};

use super::jobs::Trial;

#[derive(Debug, Subcommand)]
pub(crate) enum Worker {
    /// List workers
    #[command(
        after_help = "Examples:\n  ragctl worker list\n  ragctl worker list -o ndjson --fields name,host,busy,slots"
    )]
    List,
    /// Have workers end what they do and take nothing new
    #[command(
        after_help = "Examples:\n  ragctl worker pause moon-17\n  ragctl worker list -o name | xargs -r ragctl worker pause"
    )]
    Pause(Workers),
    /// Let paused workers go on
    #[command(after_help = "Examples:\n  ragctl worker resume moon-17")]
    Resume(Workers),
    /// Have workers end what they do, and stop
    #[command(
        after_help = "Examples:\n  ragctl worker drain moon-17\n  ragctl worker drain moon-17 mars-4 --dry-run"
    )]
    Drain(Workers),
}

/// Workers that a command changes.
#[derive(Debug, Args)]
pub(crate) struct Workers {
    /// Names, as `ragctl worker list` shows them
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) trial: Trial,
}
