//! The grammar of `ragctl`: commands, their arguments, and the flags that all of them take.

mod about;
mod analyze;
mod answers;
mod bench;
mod gaps;
mod jobs;
mod secrets;
mod submit;
mod values;
mod watched;
mod words;
mod workers;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(super) use about::{About, Said};
pub(super) use analyze::{Analyze, Graph, Level};
pub(super) use answers::{Answering, Ask, Chat, Conversation, JobResult, Model};
pub(super) use bench::{Bench, What};
pub(super) use gaps::{Gaps, GapsCommand, Narrowed, Retry};
pub(super) use jobs::{
    Job, JobList, Paging, ProgressStyle, RECONNECT, Steered, Trial, Wait, Waiting, Watch,
};
pub(super) use secrets::Secrets;
pub(super) use submit::{Rules, Submit, UploadMode};
pub(super) use values::Span;
pub(super) use watched::Source;
pub(super) use workers::{Worker, Workers};

/// Index files, search them and ask about them through the daemon ragd.
#[derive(Debug, Parser)]
#[command(
    name = "ragctl",
    version,
    disable_help_subcommand = true,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Examples:\n  ragctl submit ~/notes -c notes --wait\n  ragctl ask \"how does retry backoff work?\" -c notes\n\nExit codes: ragctl help exit-codes"
)]
pub struct Ragctl {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock,
    /// /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]
    // The variable is read by the client library, for every program alike.
    #[arg(long, value_name = "PATH", global = true)]
    pub(super) socket: Option<PathBuf>,
    /// Start ragd if none answers
    #[arg(long, global = true)]
    pub(super) start: bool,
    /// Collection to work on
    #[arg(
        short,
        long,
        value_name = "NAME",
        env = "RAGCTL_COLLECTION",
        global = true
    )]
    pub(super) collection: Option<String>,
    /// How results are printed
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "RAGCTL_OUTPUT",
        global = true
    )]
    pub(super) output: Option<Format>,
    /// Same as -o json
    #[arg(long, global = true, conflicts_with = "output")]
    pub(super) json: bool,
    /// Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them
    #[arg(long, value_name = "A,B", value_delimiter = ',', global = true)]
    pub(super) fields: Vec<String>,
    /// No header line in tables and tsv
    #[arg(long, global = true)]
    pub(super) no_header: bool,
    /// Only the result, no hints and no progress
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Say more about errors
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(super) color: When,
    /// Give up after this time, such as 30s, 5m or 2h
    #[arg(long, value_name = "DUR", env = "RAGCTL_TIMEOUT", global = true)]
    pub(super) timeout: Option<Span>,
    /// Never ask
    #[arg(
        long,
        env = "RAGCTL_NO_INPUT",
        global = true,
        action = clap::ArgAction::SetTrue,
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub(super) no_input: bool,
    /// Answer yes to every question
    #[arg(short = 'y', long, global = true)]
    pub(super) yes: bool,
    /// How times are shown to people
    #[arg(long, value_name = "STYLE", default_value = "relative", global = true)]
    pub(super) time: TimeStyle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Human,
    Json,
    Ndjson,
    Tsv,
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TimeStyle {
    Relative,
    Iso,
    Unix,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Index files and folders
    Submit(Box<Submit>),
    /// Look at jobs and steer them
    #[command(subcommand)]
    Job(Job),
    /// List jobs (short for: job list)
    Jobs(JobList),
    /// Wait until jobs have ended (short for: job wait)
    Wait(Wait),
    /// Follow jobs as they run (short for: job watch)
    Watch(Watch),
    /// Find passages
    Search(Search),
    /// Answer a question from the documents
    Ask(Box<Ask>),
    /// Print the answer to a question that was put into the queue
    Result(JobResult),
    /// Ask in a conversation; look at conversations and remove them
    Chat(Box<Chat>),
    /// Look at collections, create, change and remove them
    #[command(subcommand, visible_alias = "col")]
    Collection(Collection),
    /// Look at documents and remove them
    #[command(subcommand)]
    Doc(Doc),
    /// Look at the sources that are watched, and end that
    #[command(subcommand)]
    Source(Source),
    /// Move a collection to another index, while the one where it is serves
    Migrate(Migrate),
    /// Look at the models that make vectors and answers
    #[command(subcommand)]
    Model(Model),
    /// Look at workers, here and on other machines, and steer them
    #[command(subcommand)]
    Worker(Worker),
    /// One page about the daemon
    Status,
    /// Tell whether the daemon works
    Health(Health),
    /// Try everything that ragd needs, and say what to do
    #[command(
        after_help = "Tries the socket, ledger, queue, workers, index, contents, sandbox and models. Exit codes: 0 all works, also with warnings; 1 something does not.\n\nExamples:\n  ragctl doctor\n  ragctl doctor --json | jq -r '.findings[] | select(.state != \"ok\") | .next_step'"
    )]
    Doctor,
    /// Show what the programs of a collection have to do with each other
    Analyze(Analyze),
    /// Show how much the daemon takes, and what happens beyond it
    Limits,
    /// List what was submitted and is not searchable, and have it read again
    Gaps(Box<Gaps>),
    /// List the secrets that were replaced in texts, by place and kind
    Secrets(Secrets),
    /// Compare ledger, index and stored contents
    Fsck(Fsck),
    /// Print every change as a line of JSON
    Events(Events),
    /// Hold the queue or let it run
    #[command(subcommand)]
    Queue(Queue),
    /// Measure ragd on this machine
    Bench(Bench),
    /// Print a completion script
    Completions { shell: Shell },
    /// Print the versions of client and daemon
    Version,
    /// Print help about a command, or about `exit-codes`
    Help {
        /// A command, or `exit-codes`
        topic: Vec<String>,
    },
    /// Becomes the daemon, in a session of its own
    #[command(hide = true)]
    ExecDaemon {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<std::ffi::OsString>,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ragctl search \"how does retry backoff work\" -c docs\n  ragctl search parse_config --path 'src/**' --lang rust --json"
)]
pub(super) struct Search {
    /// What to look for
    #[arg(value_name = "QUERY", required = true)]
    pub(super) query: Vec<String>,
    /// Passages at most, up to 1000
    #[arg(
        short = 'k',
        long,
        value_name = "N",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=1_000)
    )]
    pub(super) limit: u32,
    /// Only documents whose path fits one of these globs
    #[arg(long, value_name = "GLOB")]
    pub(super) path: Vec<String>,
    /// Only documents in these languages
    #[arg(long, value_name = "LANG", value_delimiter = ',')]
    pub(super) lang: Vec<String>,
    #[command(flatten)]
    pub(super) about: About,
    /// What finds passages: words, vectors, or both together
    #[arg(long, value_name = "MODE", default_value_t)]
    pub(super) mode: words::ModeWord,
    /// Show the parts of every score
    #[arg(long)]
    pub(super) explain: bool,
    /// Exit 1 when nothing is found
    #[arg(long)]
    pub(super) fail_empty: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Collection {
    /// List collections
    List(Paging),
    /// Show a collection
    Show { name: String },
    /// Create an empty collection
    Create {
        name: String,
        #[command(flatten)]
        trial: Trial,
    },
    /// Switch a collection to another model; it stays searchable meanwhile
    #[command(
        after_help = "Examples:\n  ragctl collection update docs --model fast --wait\n  ragctl collection update docs --model builtin --dry-run"
    )]
    Update {
        name: String,
        /// The model that makes its vectors: a name of `ragctl model list`
        #[arg(long, value_name = "MODEL")]
        model: String,
        /// Wait until the switch has ended
        #[arg(long, conflicts_with = "dry_run")]
        wait: bool,
        #[command(flatten)]
        trial: Trial,
    },
    /// Remove a collection with all its documents; asks
    Rm {
        name: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ragctl migrate docs --to qdrant --wait\n  for c in $(ragctl collection list -o name); do ragctl migrate \"$c\" --to embedded; done"
)]
pub(super) struct Migrate {
    /// The collection
    pub(super) name: String,
    /// Where to: into the daemon, or to the server that `index.url` names
    #[arg(long, value_name = "INDEX")]
    pub(super) to: Index,
    /// Wait until it is there
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) wait: bool,
    #[command(flatten)]
    pub(super) trial: Trial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Index {
    Embedded,
    Qdrant,
}

impl From<Index> for protocol::collection::IndexKind {
    fn from(index: Index) -> Self {
        match index {
            Index::Embedded => Self::Embedded,
            Index::Qdrant => Self::Qdrant,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Doc {
    /// List documents
    List {
        /// Only documents whose path fits this glob
        #[arg(long, value_name = "GLOB")]
        path: Option<String>,
        #[command(flatten)]
        about: About,
        #[command(flatten)]
        page: Paging,
    },
    /// Show a document
    Show(Document),
    /// List the passages of a document
    Chunks {
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        page: Paging,
    },
    /// Print the text of a document
    Cat {
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        version: Version,
    },
    /// List the contents that a document has had
    Versions(Document),
    /// Show what changed in the text of a document between two versions
    #[command(
        after_help = "Examples:\n  ragctl doc diff manual.pdf\n  ragctl doc diff manual.pdf 3 7 --stat"
    )]
    Diff {
        #[command(flatten)]
        document: Document,
        /// The version before; else the last one that is kept
        #[arg(value_name = "OLD")]
        old: Option<u32>,
        /// The version after; else the active one
        #[arg(value_name = "NEW")]
        new: Option<u32>,
        /// Lines around each change
        #[arg(short = 'U', long, value_name = "LINES", default_value_t = 3)]
        unified: u16,
        /// Only count the lines
        #[arg(long)]
        stat: bool,
        /// Exit with 1 if something changed
        #[arg(long)]
        exit_code: bool,
    },
    /// Draw a page as a JPEG picture
    #[command(
        after_help = "Examples:\n  ragctl doc page manual.pdf 12 --out page.jpg\n  ragctl doc page slides.pdf | feh -"
    )]
    Page {
        #[command(flatten)]
        document: Document,
        /// Which page
        #[arg(value_name = "PAGE", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
        /// Write the picture to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        out: Option<std::path::PathBuf>,
        /// Pixels of the longer side, at most 4000
        #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..=4000))]
        side: Option<u16>,
        #[command(flatten)]
        version: Version,
    },
    /// Remove a document from the index; asks
    Rm {
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(Debug, Args)]
pub(super) struct Version {
    /// Take this version instead of the active one; doc versions lists them
    #[arg(long = "version", value_name = "NUMBER")]
    pub(super) number: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct Document {
    /// Id or path of a document
    #[arg(value_name = "DOC")]
    pub(super) document: std::ffi::OsString,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ragctl health -q && echo fine\n  ragctl health --wait 60s -q")]
pub(super) struct Health {
    /// Wait up to this long until the daemon works
    #[arg(long, value_name = "DUR")]
    pub(super) wait: Option<Span>,
}

#[derive(Debug, Args)]
pub(super) struct Fsck {
    /// Also read and hash every stored content
    #[arg(long)]
    pub(super) deep: bool,
}

#[derive(Debug, Args)]
pub(super) struct Events {
    /// Continue after this event, as SEQ or BOOT_ID:SEQ
    #[arg(long, value_name = "SEQ")]
    pub(super) since: Option<values::Position>,
    /// How long ragd may be away
    #[arg(long, value_name = "DUR", default_value = "60s")]
    pub(super) reconnect: Span,
}

#[derive(Debug, Subcommand)]
pub(super) enum Queue {
    /// Start no more work; what runs goes on
    Pause(Trial),
    /// Let the queue run again
    Resume(Trial),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        super::Ragctl::command().debug_assert();
    }
}
