//! Arguments of `ragctl analyze`.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Reads nothing anew: what each program says of itself was noted when it was taken in.\n\nExamples:\n  ragctl analyze -c code\n  ragctl analyze 'src/*' --graph mermaid\n  ragctl analyze --graph dot --level file --files 60 | dot -Tsvg > graph.svg\n  ragctl analyze --json | jq -r '.central[:10][].path'"
)]
pub(crate) struct Analyze {
    /// Only programs whose paths fit; `*` also crosses slashes
    #[arg(value_name = "GLOB")]
    pub(crate) path: Option<String>,
    /// Files that are named, the most important first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) files: u32,
    /// Print who needs whom as a graph
    #[arg(long, value_name = "LANG")]
    pub(crate) graph: Option<Graph>,
    /// What the points of the graph are
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "folder",
        requires = "graph"
    )]
    pub(crate) level: Level,
}

/// The language of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Graph {
    /// Graphviz
    Dot,
    Mermaid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    Folder,
    File,
}
