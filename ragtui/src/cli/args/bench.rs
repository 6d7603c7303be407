//! Arguments of `ragctl bench`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "It starts a daemon of its own in a temporary folder, beside which nothing else is touched.\n\nExamples:\n  ragctl bench --dir /var/tmp\n  ragctl bench search jobs --quick --json\n  ragctl bench --tree ~/src/linux --dir /var/tmp"
)]
pub(crate) struct Bench {
    /// What to measure [default: all but scans and tree; with --tree: tree]
    pub(crate) what: Vec<What>,
    /// Smaller sizes, for a first look
    #[arg(long)]
    pub(crate) quick: bool,
    /// Folder on the disk to measure [default: $TMPDIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// A tree of yours to take in, all of it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) tree: Option<PathBuf>,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum What {
    /// From starting ragd to its first reply
    Start,
    /// Taking in a tree
    Ingest,
    /// Submitting the same tree again
    Resubmit,
    /// From a changed file to finding it
    Touch,
    /// Searches in a large collection
    Search,
    /// Questions to a large collection, without a model
    Ask,
    /// Jobs that do nothing
    Jobs,
    /// From a submit to the start of its job
    Latency,
    /// Submits of many clients
    Submits,
    /// Small documents of many clients, until they are found
    Small,
    /// PDF and office files, and pictures of pages
    Documents,
    /// Searches where 10,000 documents are not searchable
    Gaps,
    /// What an idle ragd costs
    Idle,
    /// Memory of a long queue
    Queued,
    /// Pages that are pictures: only if named, as it needs tesseract
    Scans,
    /// A tree of yours, with searches meanwhile: only with --tree
    Tree,
}

impl What {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Ingest => "ingest",
            Self::Resubmit => "resubmit",
            Self::Touch => "touch",
            Self::Search => "search",
            Self::Ask => "ask",
            Self::Jobs => "jobs",
            Self::Latency => "latency",
            Self::Submits => "submits",
            Self::Small => "small",
            Self::Documents => "documents",
            Self::Gaps => "gaps",
            Self::Idle => "idle",
            Self::Queued => "queued",
            Self::Scans => "scans",
            Self::Tree => "tree",
        }
    }
}
