//! Taking in a tree of the user's, as large as he likes, with searches meanwhile: time, memory, disk.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use protocol::submit::{Source, SourceRules, SubmitWork};
use protocol::{ErrorCode, ErrorReport, PathBytes};

use super::daemon::Daemon;
use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::process;
use super::search;
use super::stats::{Samples, number, per_second};
use super::words::Dice;
use crate::cli::args::What;
use crate::client::Client;

const COLLECTION: &str = "tree";
const SEED: u64 = 7;
/// Names from which the words of searches are thrown.
const NAMES: usize = 20_000;
/// Searches are somebody's questions, and no load of their own. Memory is looked at as often.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn measure(lab: &mut Lab, root: &Path) -> Result<Vec<Figure>, ErrorReport> {
    let mut words = Vec::new();
    words_of(root, &mut words);
    if words.is_empty() {
        let what = format!("there is nothing in {}", root.display());
        return Err(ErrorReport::new(ErrorCode::SourceMissing, what)
            .try_next("name a folder with files: --tree FOLDER"));
    }
    let home = lab.home("own-tree");
    let (daemon, _) = Daemon::start(&home).await?;
    let (client, searcher) = (daemon.connect().await?, daemon.connect().await?);

    let began = Instant::now();
    let job = lab::submit(&client, work(root)).await?;
    let ending = lab::ended(&client, job);
    let mut ending = std::pin::pin!(ending);
    let (mut dice, mut times, mut most_mb) = (Dice::new(SEED), Vec::new(), 0.0_f64);
    let job = loop {
        match tokio::time::timeout(PAUSE, &mut ending).await {
            Ok(job) => break job?,
            Err(_) => {
                most_mb = most_mb.max(process::family_mb(daemon.pid()));
                times.push(one(&searcher, &words, &mut dice).await?);
            }
        }
    };
    let time = began.elapsed();

    let began = Instant::now();
    let again = lab::submit(&client, work(root)).await?;
    lab::ended(&client, again).await?;
    let unchanged = began.elapsed();
    let disk = number(size_of(&home.join("state"))) / 1e6;
    daemon.stop().await?;

    let (chunks, searches) = (job.progress.chunks, Samples::new(times));
    let figure = |name, value, asked| Figure::new(What::Tree, name, value, asked);
    let search = |name, time, asked| Figure::time(What::Tree, name, time, asked);
    let seconds = |time: Duration| (time.as_secs_f64(), "s");
    let rate = (per_second(chunks, time), "chunks/s");
    Ok(vec![
        figure("files", (number(job.totals.added), "files"), Asked::Nothing),
        figure("chunks", (number(chunks), "chunks"), Asked::Nothing),
        // Of 79,000 files, such as a kernel.
        figure("time", seconds(time), Asked::AtMost(270.0)),
        figure("rate", rate, Asked::AtLeast(8_000.0)),
        figure("most memory", (most_mb, "MB"), Asked::AtMost(1_073.0)),
        search("search meanwhile, p50", searches.median(), Asked::Nothing),
        search(
            "search meanwhile, p99",
            searches.percentile(99),
            Asked::AtMost(50.0),
        ),
        figure("unchanged, again", seconds(unchanged), Asked::AtMost(3.0)),
        figure("state on disk", (disk, "MB"), Asked::Nothing),
    ])
}

/// All of the tree, also what its ignore files leave out: what is published is measured so.
fn work(root: &Path) -> SubmitWork {
    SubmitWork::Ingest {
        collection: COLLECTION.to_owned(),
        source: Source::Paths(vec![PathBytes(root.as_os_str().as_bytes().to_vec())]),
        rules: SourceRules {
            ignore_files: false,
            ..SourceRules::default()
        },
    }
}

/// Searches for words of names in the tree, of which there are passages.
async fn one(client: &Client, words: &[String], dice: &mut Dice) -> Result<Duration, ErrorReport> {
    let count = dice.between(1, 4);
    let thrown = (0..count).map(|_| words[dice.between(0, words.len() - 1)].as_str());
    let query = search::query(COLLECTION, thrown.collect::<Vec<_>>().join(" "));
    let began = Instant::now();
    client.search(query).await?;
    Ok(began.elapsed())
}

/// Collects the words of the names of files.
fn words_of(folder: &Path, words: &mut Vec<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        if words.len() >= NAMES {
            return;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            words_of(&entry.path(), words);
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let parts = name.split(|c: char| !c.is_alphanumeric());
        words.extend(parts.filter(|part| part.len() > 2).map(str::to_owned));
    }
}

fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_of(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
