//! What the commands about jobs take.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::values::Span;
use super::words::{PriorityWord, StateWord};

/// So long a restart of the daemon may take; the same as the default of `--reconnect`.
pub(crate) const RECONNECT: Duration = Duration::from_secs(60);

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// List jobs
    List(JobList),
    /// Show all about jobs
    Show(Jobs),
    /// Follow jobs as they run
    Watch(Watch),
    /// Wait until jobs have ended
    Wait(Wait),
    /// Stop jobs; what is searchable stays searchable
    Cancel(Steered),
    /// Run failed or cancelled jobs again
    Retry(Steered),
    /// Change how soon jobs are taken
    Priority {
        /// Jobs, then low, normal, high or top
        #[arg(value_name = "ID", required = true)]
        jobs: Vec<String>,
        #[arg(value_name = "PRIORITY")]
        priority: PriorityWord,
        #[command(flatten)]
        trial: Trial,
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
    Rm(Steered),
}

/// Jobs that a command changes.
#[derive(Debug, Args)]
pub(crate) struct Steered {
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    #[command(flatten)]
    pub(crate) trial: Trial,
}

/// For commands that change something.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Trial {
    /// Show what would be changed, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Jobs by id: a whole id, at least 4 digits of its beginning or end, or @last.
#[derive(Debug, Args)]
pub(crate) struct Jobs {
    /// Whole ids, 4 or more of the first or last digits, or @last
    #[arg(value_name = "ID", required = true)]
    pub(crate) jobs: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct JobList {
    /// Only jobs in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub(crate) state: Vec<StateWord>,
    /// Only jobs whose source or id holds this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Only jobs of this user
    #[arg(long)]
    pub(crate) mine: bool,
    /// Oldest first
    #[arg(long)]
    pub(crate) oldest: bool,
    #[command(flatten)]
    pub(crate) page: Paging,
}

/// Which part of a list is printed.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Paging {
    /// Items at most [default: 50]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
    /// Continue a list: `next` of the part before
    #[arg(long, value_name = "CURSOR")]
    pub(crate) cursor: Option<String>,
    /// All items
    #[arg(short, long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

impl Paging {
    /// Tells whether somebody asked for a part of the list, or all of it.
    pub(crate) fn is_given(&self) -> bool {
        self.all || self.limit.is_some() || self.cursor.is_some()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// How a command waits.
#[derive(Clone, Debug, Args)]
pub(crate) struct Waiting {
    /// Stop waiting at the first failure; the rest goes on in ragd
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Ctrl-C cancels the jobs instead of leaving them to ragd
    #[arg(long)]
    pub(crate) cancel_on_interrupt: bool,
    /// How progress is shown on standard error
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub(crate) progress: ProgressStyle,
    /// How long ragd may be away while we wait
    #[arg(long, value_name = "DUR", default_value = "60s")]
    pub(crate) reconnect: Span,
}

/// As the flags are when nobody gives any, for commands that only have `--wait`.
impl Default for Waiting {
    fn default() -> Self {
        Self {
            fail_fast: false,
            cancel_on_interrupt: false,
            progress: ProgressStyle::Auto,
            reconnect: Span(RECONNECT),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressStyle {
    Auto,
    Bar,
    Log,
    Json,
    None,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Jobs; without any, all that are not over
    #[arg(value_name = "ID")]
    pub(crate) jobs: Vec<String>,
    /// How long ragd may be away while we watch
    #[arg(long, value_name = "DUR", default_value = "60s")]
    pub(crate) reconnect: Span,
}
