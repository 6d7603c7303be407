//! What the commands about questions and answers take.

use super::About;
use clap::{Args, Subcommand};

use super::jobs::{Paging, Trial};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ragctl ask -c kernel \"who may delete a subvolume?\"\n  ragctl ask \"how does retry work\" --json | jq -r '.sources[].link'"
)]
pub(crate) struct Ask {
    /// The question, or `-` to read it from standard input
    #[arg(value_name = "QUESTION")]
    pub(crate) question: Vec<String>,
    #[command(flatten)]
    pub(crate) how: Answering,
    /// Begin a conversation that ragd keeps
    #[arg(long, conflicts_with = "follow")]
    pub(crate) keep: bool,
    /// Go on with a conversation
    #[arg(long, value_name = "ID")]
    pub(crate) follow: Option<String>,
    /// Put the question into the queue and do not wait for the answer
    #[arg(long = "async")]
    pub(crate) later: bool,
    /// With --async: a word for this request; the same word later means the same job
    #[arg(long, value_name = "KEY", requires = "later")]
    pub(crate) idempotency_key: Option<String>,
    /// Exit 1 when no passage has to do with the question
    #[arg(long, conflicts_with = "later")]
    pub(crate) fail_empty: bool,
}

/// From what and by whom a question is answered.
#[derive(Clone, Debug, Args)]
pub(crate) struct Answering {
    /// Only documents whose path fits one of these globs
    #[arg(long, value_name = "GLOB")]
    pub(crate) path: Vec<String>,
    /// Only documents in these languages
    #[arg(long, value_name = "LANG", value_delimiter = ',')]
    pub(crate) lang: Vec<String>,
    #[command(flatten)]
    pub(crate) about: About,
    /// Passages to answer from [default: as many as ragd finds useful]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) passages: Option<u32>,
    /// Who answers: a name of `ragctl model list`, or `none` for quotes [default: as configured]
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ragctl result @last\n  ragctl result 1a2b3c4d --wait --timeout 10m --json"
)]
pub(crate) struct JobResult {
    /// A whole id, 4 or more of its first or last digits, or @last
    #[arg(value_name = "ID")]
    pub(crate) job: String,
    /// Wait until the answer is there
    #[arg(long)]
    pub(crate) wait: bool,
    /// Exit 1 when no passage has to do with the question
    #[arg(long)]
    pub(crate) fail_empty: bool,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Lines that are no questions: /sources [N], /new, /help, /quit. Without a terminal, every line of standard input is a question, and the exit code is that of the first one that fails. --timeout is for each answer.\n\nExamples:\n  ragctl chat -c docs\n  ragctl chat export 1a2b3c4d > retry.md"
)]
pub(crate) struct Chat {
    /// A conversation to go on with [default: a new one]
    #[arg(value_name = "ID")]
    pub(crate) conversation: Option<String>,
    #[command(flatten)]
    pub(crate) how: Answering,
    #[command(subcommand)]
    pub(crate) command: Option<Conversation>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Conversation {
    /// List conversations
    #[command(after_help = "Examples:\n  ragctl chat list\n  ragctl chat list --all -o name")]
    List(Paging),
    /// Print questions and answers of a conversation
    #[command(after_help = "Examples:\n  ragctl chat show @last\n  ragctl chat show 1a2b --json")]
    Show {
        /// A whole id, 4 or more of its first or last digits, or @last
        #[arg(value_name = "ID")]
        conversation: String,
        #[command(flatten)]
        page: Paging,
    },
    /// Print a conversation as Markdown
    #[command(
        after_help = "Examples:\n  ragctl chat export @last > retry.md\n  ragctl chat export 1a2b | glow -"
    )]
    Export {
        /// A whole id, 4 or more of its first or last digits, or @last
        #[arg(value_name = "ID")]
        conversation: String,
    },
    /// Remove conversations; asks
    #[command(
        after_help = "Examples:\n  ragctl chat rm 1a2b3c4d\n  ragctl chat list --all -o name | xargs -r ragctl chat rm --yes"
    )]
    Rm {
        /// Whole ids, 4 or more of the first or last digits, or @last
        #[arg(value_name = "ID", required = true)]
        conversations: Vec<String>,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// List models
    #[command(
        after_help = "Examples:\n  ragctl model list\n  ragctl model list -o ndjson --fields name,state,uses"
    )]
    List,
}
