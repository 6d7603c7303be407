//! From the submit of one changed file to the search that finds the change.

use std::path::Path;
use std::time::{Duration, Instant};

use protocol::ErrorReport;

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
    let (alone, whole) = (Samples::new(alone), Samples::new(whole));
    let time = |name, time, asked| Figure::time(What::Touch, name, time, asked);
    Ok(vec![
        time("file, median", alone.median(), Asked::AtMost(300.0)),
        time("file, worst", alone.worst(), Asked::AtMost(300.0)),
        time("its tree, median", whole.median(), Asked::Nothing),
        time("its tree, worst", whole.worst(), Asked::Nothing),
    ])
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
    while !search::finds(client, LARGE, &word).await? {
        tokio::time::sleep(LOOK).await;
    }
    let time = began.elapsed();
    lab::ended(client, job).await?;
    tokio::time::sleep(PAUSE).await;
    Ok(time)
}
