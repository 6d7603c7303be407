//! From one changed file, submitted or watched, to the search that finds the change.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use protocol::watched::WatchedState;
use protocol::{ErrorCode, ErrorReport, WatchedId};

use super::corpus::Tree;
use super::daemon::failed;
use super::figure::{Asked, Figure};
use super::lab::{self, LARGE, Lab};
use super::search;
use super::stats::Samples;
use crate::cli::args::What;
use crate::client::Client;

/// Between two changes, so that each meets a daemon at rest.
const PAUSE: Duration = Duration::from_millis(100);
const LOOK: Duration = Duration::from_millis(1);

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let (changes, tree) = (lab.size.changes, &lab.large().await?.tree);
    let (root, files) = (tree.root.clone(), tree.files.clone());
    let client = lab.client().await?;
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for number in 0..changes {
        let step = files.len() / usize::try_from(changes).unwrap_or(1);
        let file = &files[usize::try_from(number).unwrap_or(0) * step];
        alone.push(change(&client, file, file, number).await?);
        whole.push(change(&client, file, &root, changes + number).await?);
    }
    let saved = saved(&client, &root, &files, changes).await?;
    let (alone, whole) = (Samples::new(alone), Samples::new(whole));
    let time = |name, time, asked| Figure::time(What::Touch, name, time, asked);
    Ok(vec![
        time("file, median", alone.median(), Asked::AtMost(300.0)),
        time("file, worst", alone.worst(), Asked::AtMost(300.0)),
        time("its tree, median", whole.median(), Asked::Nothing),
        time("its tree, worst", whole.worst(), Asked::Nothing),
        time("watched, median", saved.median(), Asked::AtMost(200.0)),
        time("watched, worst", saved.worst(), Asked::Nothing),
    ])
}

/// Watches the tree, and changes files of it without a submit.
async fn saved(
    client: &Client,
    root: &Path,
    files: &[PathBuf],
    changes: u64,
) -> Result<Samples, ErrorReport> {
    lab::submit(client, lab::watch_work(LARGE, root)).await?;
    let id = current(client).await?;
    let mut times = Vec::new();
    for number in 2 * changes..3 * changes {
        let step = files.len() / usize::try_from(changes).unwrap_or(1);
        let file = &files[usize::try_from(number - 2 * changes).unwrap_or(0) * step];
        let word = Tree::touch(file, number).map_err(|error| failed("change a file", &error))?;
        let began = Instant::now();
        found(client, &word).await?;
        times.push(began.elapsed());
        current(client).await?;
        tokio::time::sleep(PAUSE).await;
    }
    client.watched_end(id).await?;
    Ok(Samples::new(times))
}

/// Waits until what is watched is searchable as it is.
async fn current(client: &Client) -> Result<WatchedId, ErrorReport> {
    loop {
        let sources = client.watched_list().await?;
        let source = sources.first().ok_or_else(nothing_watched)?;
        if source.state == WatchedState::Current {
            return Ok(source.id);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn nothing_watched() -> ErrorReport {
    ErrorReport::new(ErrorCode::Internal, "nothing is watched")
}

async fn found(client: &Client, word: &str) -> Result<(), ErrorReport> {
    while !search::finds(client, LARGE, word).await? {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Changes `file`, submits `source` and searches until the change is found.
async fn change(
    client: &Client,
    file: &Path,
    source: &Path,
    number: u64,
) -> Result<Duration, ErrorReport> {
    let word = Tree::touch(file, number).map_err(|error| failed("change a file", &error))?;
    let began = Instant::now();
    let job = lab::submit(client, lab::tree_work(LARGE, source)).await?;
    found(client, &word).await?;
    let time = began.elapsed();
    lab::ended(client, job).await?;
    tokio::time::sleep(PAUSE).await;
    Ok(time)
}
