//! What `submit` takes.

use super::Said;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use protocol::PlanId;

use super::jobs::Waiting;
use super::values::Bytes;
use super::words::{PriorityWord, RuntimeWord};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ragctl submit ~/notes -c notes --wait\n  ragctl submit ~/src/app -c app --watch\n  fd -0 -e md . docs | ragctl submit --files-from - -0 -c docs\n  pg_dump -s app | ragctl submit - --name schema.sql -c db\n  ragctl submit https://host/a.git --ref v2.1 --subdir docs -c manual\n  ragctl submit https://host/page.html -c manual"
)]
pub(crate) struct Submit {
    /// Files and folders, the address of a git repository or of a page, or `-` for one document on
    /// standard input
    #[arg(value_name = "SOURCE", required_unless_present_any = ["files_from", "plan"])]
    pub(crate) sources: Vec<OsString>,
    /// Also take the paths that this file lists, one per line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,
    /// Paths of --files-from end in NUL instead of a line end
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,
    /// Name (and with it the type) of the document on standard input
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<OsString>,
    /// Leave out paths that do not exist
    #[arg(long)]
    pub(crate) ignore_missing: bool,

    #[command(flatten)]
    pub(crate) repository: Repository,

    #[command(flatten)]
    pub(crate) rules: Rules,

    /// Also delete documents whose files are gone; asks
    #[arg(long)]
    pub(crate) sync: bool,
    /// With --sync: delete even if more than 30 % of the documents would vanish
    #[arg(long, requires = "sync")]
    pub(crate) force_delete: bool,
    /// Also watch the source from then on: what changes is taken in, and documents whose files are
    /// gone are deleted
    #[arg(long, conflicts_with_all = ["sync", "plan", "files_from"])]
    pub(crate) watch: bool,
    /// Only say what would be done
    #[arg(long, conflicts_with_all = ["wait", "plan"])]
    pub(crate) dry_run: bool,
    /// Run a plan that --dry-run has shown
    #[arg(long, value_name = "ID", conflicts_with_all = ["sources", "files_from", "sync"])]
    pub(crate) plan: Option<PlanId>,
    /// How soon the job is taken
    #[arg(long, value_name = "PRIORITY", default_value_t)]
    pub(crate) priority: PriorityWord,
    /// Where its parts run: by ragd and its workers, or each in a worker started for it alone
    #[arg(
        long,
        value_name = "RUNTIME",
        default_value_t,
        conflicts_with = "dry_run"
    )]
    pub(crate) runtime: RuntimeWord,
    /// A word for this request: the same word later means the same job
    #[arg(long, value_name = "KEY", conflicts_with = "force")]
    pub(crate) idempotency_key: Option<String>,
    /// Make a new job even if an equal one still waits
    #[arg(long)]
    pub(crate) force: bool,
    /// Send the bytes instead of the paths (auto: when ragd runs as another user)
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) upload: UploadMode,

    /// Wait until the job has ended
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// Which commit of a repository is taken, and what of it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Repository {
    /// Branch or tag of the repository, or a commit by all of its hash
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) reference: Option<String>,
    /// Commits that are fetched; 0: all, so that it is known who changed a file last, and when
    #[arg(long, value_name = "COMMITS")]
    pub(crate) depth: Option<u32>,
    /// Take only this folder of the repository
    #[arg(long, value_name = "FOLDER")]
    pub(crate) subdir: Option<OsString>,
    /// An https:// address is that of a repository and no page, though it does not end in .git
    #[arg(long)]
    pub(crate) git: bool,
}

impl Repository {
    /// Tells whether something is said that only repositories have.
    pub(crate) fn is_meant(&self) -> bool {
        self.git || self.reference.is_some() || self.depth.is_some() || self.subdir.is_some()
    }
}

/// Which files below a source are taken.
#[derive(Clone, Debug, Args)]
pub(crate) struct Rules {
    /// Take only files that fit one of these globs
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Leave out files and folders that fit one of these globs
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Do not respect .gitignore, .ignore and .ragignore, and take what builds leave behind
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Take hidden files, too
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Leave out larger files, such as 10MiB
    #[arg(long, value_name = "SIZE")]
    pub(crate) max_file_size: Option<Bytes>,
    #[command(flatten)]
    pub(crate) said: Said,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum UploadMode {
    Auto,
    Never,
    Always,
}
