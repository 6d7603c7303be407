//! `ragctl submit --wait` of a tree in which nothing has changed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use protocol::{ErrorCode, ErrorReport};
use tokio::process::Command;

use super::daemon::failed;
use super::figure::{Asked, Figure};
use super::lab::{LARGE, Lab};
use super::stats::Samples;
use crate::cli::args::What;

const ROUNDS: usize = 3;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    lab.large().await?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        times.push(submit(lab).await?);
    }
    let median = Samples::new(times).median();
    Ok(vec![Figure::time(
        What::Resubmit,
        "unchanged tree",
        median,
        Asked::AtMost(1_000.0),
    )])
}

async fn submit(lab: &mut Lab) -> Result<Duration, ErrorReport> {
    let program = std::env::current_exe().map_err(|error| failed("find ragctl", &error))?;
    let (tree, state) = (lab.large().await?.tree.root.clone(), lab.home("client"));
    let socket = lab.daemon().await?.socket();
    let began = Instant::now();
    let ran = Command::new(program)
        .arg("--socket")
        .arg(socket)
        .args(["--quiet", "--collection", LARGE, "submit", "--wait"])
        .arg(tree)
        // It remembers its last job, and that is not the user's.
        .env("XDG_STATE_HOME", state)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await;
    let status = ran.map_err(|error| failed("run ragctl", &error))?;
    if !status.success() {
        let report = ErrorReport::new(ErrorCode::Conflict, "cannot submit the tree again");
        return Err(report.because(status.to_string()));
    }
    Ok(began.elapsed())
}
