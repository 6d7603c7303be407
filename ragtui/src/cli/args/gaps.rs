//! What the commands about gaps take.

use std::ffi::OsString;

use clap::{Args, Subcommand};

use super::jobs::{Paging, Trial, Waiting};
use super::words::StageWord;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "People see gaps grouped by cause, the largest group first; --all, --limit and --cursor list each. json, ndjson, tsv and name list each as well, and groups with --group: code, gaps, bytes, stage, reason (the last two null where they differ) and examples. Exit codes: 0, also when there are gaps; 1 with --fail when there is one.\n\nExamples:\n  ragctl gaps -c docs\n  ragctl gaps 'reports/*.pdf' --code encrypted --all\n  ragctl gaps --group --json | jq -r '.items[] | \"\\(.gaps) \\(.code)\"'\n  ragctl gaps --fail -q >/dev/null || echo not all is searchable\n  ragctl gaps retry --code extract-slow --wait"
)]
pub(crate) struct Gaps {
    #[command(flatten)]
    pub(crate) narrowed: Narrowed,
    /// Also list files that a rule left out on purpose
    #[arg(long)]
    pub(crate) skipped: bool,
    /// Group by cause in every format
    #[arg(long, conflicts_with_all = ["all", "limit", "cursor"])]
    pub(crate) group: bool,
    /// Exit 1 when there is a gap
    #[arg(long)]
    pub(crate) fail: bool,
    #[command(flatten)]
    pub(crate) page: Paging,
    #[command(subcommand)]
    pub(crate) command: Option<GapsCommand>,
}

/// Which gaps are meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct Narrowed {
    /// Paths as they are listed, or files and folders on the disk, with all below them; or globs
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,
    /// Only gaps of these causes
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) code: Vec<String>,
    /// Only gaps that were found at this step
    #[arg(long, value_name = "STAGE", value_delimiter = ',')]
    pub(crate) stage: Vec<StageWord>,
    /// Only gaps that this job found
    #[arg(long, value_name = "ID")]
    pub(crate) job: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GapsCommand {
    /// Have gaps read again, whatever is known of their files
    #[command(
        after_help = "Files that look as before are not read by another submit, and contents that killed their reader or took too long are not read under any name, until this command asks. What was left out while a source was scanned is scanned again, by the rules of its job. Parts of documents are tried with their documents. Uploads whose contents are gone have to be submitted again. Exit codes: 0; 4 when some, and 1 when all of them have to be submitted again; with --wait also those of `ragctl wait`.\n\nExamples:\n  ragctl gaps retry reports/2024.pdf --wait\n  ragctl gaps retry --code extract-crash,extract-slow -c docs --dry-run\n  ragctl gaps retry --all"
    )]
    Retry(Retry),
}

#[derive(Debug, Args)]
#[command(group(
    clap::ArgGroup::new("which")
        .args(["paths", "code", "stage", "job", "all"])
        .required(true)
        .multiple(true)
))]
pub(crate) struct Retry {
    #[command(flatten)]
    pub(crate) narrowed: Narrowed,
    /// All gaps
    #[arg(long, conflicts_with_all = ["paths", "code", "stage", "job"])]
    pub(crate) all: bool,
    /// Wait until they were read
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
    #[command(flatten)]
    pub(crate) trial: Trial,
}
