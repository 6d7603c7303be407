//! What the command about secrets takes.

use clap::Args;

use super::jobs::Paging;

#[derive(Debug, Args)]
#[command(
    after_help = "ragd replaces secrets in texts by [SECRET:KIND] before they are indexed, embedded or sent anywhere, and leaves out files that hold nothing else by their name (ragctl gaps --code secret). This lists where, and never what. A mark tells one secret from another: where it is none, name the mark in `secrets.allow` of the configuration of ragd, its kind in `secrets.off`, or its path in `secrets.allow_paths`, and submit again. The files themselves are not changed, nor are pictures of pages (ragctl doc page). Exit codes: 0, also when there are secrets; 1 with --fail when there is one.\n\nExamples:\n  ragctl secrets -c code\n  ragctl secrets --all --json | jq -r '.items[] | \"\\(.path):\\(.line) \\(.kind)\"'\n  ragctl secrets --fail -q >/dev/null || echo there are secrets"
)]
pub(crate) struct Secrets {
    /// Exit 1 when there is a secret
    #[arg(long)]
    pub(crate) fail: bool,
    #[command(flatten)]
    pub(crate) page: Paging,
}
