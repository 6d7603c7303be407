//! The grammar of `ragctl`: commands, their arguments, and the flags that all of them take.

mod submit;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(super) use submit::{Rules, Submit, UploadMode};
pub(super) use values::Span;

/// Index files and search them through the daemon ragd.
#[derive(Debug, Parser)]
#[command(
    name = "ragctl",
    version,
    disable_help_subcommand = true,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Examples:\n  ragctl submit ~/notes -c notes --wait\n  ragctl search \"retry backoff\" -c notes\n\nExit codes: ragctl help exit-codes"
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
    /// Look at collections, create and remove them
    #[command(subcommand, visible_alias = "col")]
    Collection(Collection),
    /// Look at documents and remove them
    #[command(subcommand)]
    Doc(Doc),
    /// One page about the daemon
    Status,
    /// Tell whether the daemon works
    Health(Health),
    /// List what was submitted and is not searchable
    Gaps(Gaps),
    /// Compare ledger, index and stored contents
    Fsck(Fsck),
    /// Print every change as a line of JSON
    Events(Events),
    /// Hold the queue or let it run
    #[command(subcommand)]
    Queue(Queue),
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

#[derive(Debug, Subcommand)]
pub(super) enum Job {
    /// List jobs
    List(JobList),
    /// Show all about jobs
    Show(Jobs),
    /// Follow jobs as they run
    Watch(Watch),
    /// Wait until jobs have ended
    Wait(Wait),
    /// Stop jobs; what is searchable stays searchable
    Cancel(Jobs),
    /// Run failed or cancelled jobs again
    Retry(Jobs),
    /// Change how soon jobs are taken
    Priority {
        /// Jobs, then low, normal, high or top
        #[arg(value_name = "ID", required = true)]
        jobs: Vec<String>,
        #[arg(value_name = "PRIORITY")]
        priority: PriorityWord,
    },
    /// List the files of a job (or of all jobs) that ended in an error
    Errors {
        /// A job
        #[arg(value_name = "ID")]
        job: Option<String>,
        #[command(flatten)]
        page: Paging,
    },
    /// Forget jobs that have ended
    Rm(Jobs),
}

/// Jobs by id: a whole id, at least 4 digits of its beginning or end, or @last.
#[derive(Debug, Args)]
pub(super) struct Jobs {
    /// Whole ids, 4 or more of the first or last digits, or @last
    #[arg(value_name = "ID", required = true)]
    pub(super) jobs: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct JobList {
    /// Only jobs in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub(super) state: Vec<StateWord>,
    /// Only jobs whose source or id holds this text
    #[arg(long, value_name = "TEXT")]
    pub(super) text: Option<String>,
    /// Only jobs of this user
    #[arg(long)]
    pub(super) mine: bool,
    /// Oldest first
    #[arg(long)]
    pub(super) oldest: bool,
    #[command(flatten)]
    pub(super) page: Paging,
}

/// Which part of a list is printed.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Paging {
    /// Items at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) limit: u32,
    /// Continue a list: `next` of the part before
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,
    /// All items
    #[arg(long, conflicts_with = "limit")]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Wait {
    #[command(flatten)]
    pub(super) jobs: Jobs,
    #[command(flatten)]
    pub(super) waiting: Waiting,
}

/// How a command waits.
#[derive(Clone, Debug, Args)]
pub(super) struct Waiting {
    /// Stop waiting at the first failure; the rest goes on in ragd
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Ctrl-C cancels the jobs instead of leaving them to ragd
    #[arg(long)]
    pub(super) cancel_on_interrupt: bool,
    /// How progress is shown on standard error
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub(super) progress: ProgressStyle,
    /// How long ragd may be away while we wait
    #[arg(long, value_name = "DUR", default_value = "60s")]
    pub(super) reconnect: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressStyle {
    Auto,
    Bar,
    Log,
    Json,
    None,
}

#[derive(Debug, Args)]
pub(super) struct Watch {
    /// Jobs; without any, all that are not over
    #[arg(value_name = "ID")]
    pub(super) jobs: Vec<String>,
    /// How long ragd may be away while we watch
    #[arg(long, value_name = "DUR", default_value = "60s")]
    pub(super) reconnect: Span,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ragctl search \"how does retry backoff work\" -c docs\n  ragctl search parse_config --path 'src/**' --lang rust --json"
)]
pub(super) struct Search {
    /// What to look for
    #[arg(value_name = "QUERY", required = true)]
    pub(super) query: Vec<String>,
    /// Passages at most
    #[arg(short = 'k', long, value_name = "N", default_value_t = 10)]
    pub(super) limit: u32,
    /// Only documents whose path fits one of these globs
    #[arg(long, value_name = "GLOB")]
    pub(super) path: Vec<String>,
    /// Only documents in these languages
    #[arg(long, value_name = "LANG", value_delimiter = ',')]
    pub(super) lang: Vec<String>,
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
    Create { name: String },
    /// Remove a collection with all its documents; asks
    Rm { name: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum Doc {
    /// List documents
    List {
        /// Only documents whose path fits this glob
        #[arg(long, value_name = "GLOB")]
        path: Option<String>,
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
    Cat(Document),
    /// Remove a document from the index; asks
    Rm(Document),
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
pub(super) struct Gaps {
    /// Also list files that a rule left out on purpose
    #[arg(long)]
    pub(super) skipped: bool,
    /// Exit 1 when there is a gap
    #[arg(long)]
    pub(super) fail: bool,
    #[command(flatten)]
    pub(super) page: Paging,
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
    Pause,
    /// Let the queue run again
    Resume,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident is $type:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) struct $name(pub(super) $type);

        impl clap::builder::ValueParserFactory for $name {
            type Parser = clap::builder::MapValueParser<
                clap::builder::PossibleValuesParser,
                fn(String) -> Self,
            >;

            fn value_parser() -> Self::Parser {
                use clap::builder::{PossibleValuesParser, TypedValueParser};
                PossibleValuesParser::new(<$type>::ALL.map(<$type>::as_str)).map(|word| {
                    Self(
                        <$type>::ALL
                            .into_iter()
                            .find(|value| value.as_str() == word)
                            .expect("clap passes only the possible values"),
                    )
                })
            }
        }
    };
}

words!(
    /// A priority by its word.
    PriorityWord is protocol::job::Priority
);
words!(
    /// A state of a job by its word.
    StateWord is protocol::job::JobState
);

impl Default for PriorityWord {
    fn default() -> Self {
        Self(protocol::job::Priority::Normal)
    }
}

impl std::fmt::Display for PriorityWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        super::Ragctl::command().debug_assert();
    }
}
