//! Searches by one client in the large collection: alone, with a path filter, and beside an ingest.

use std::time::{Duration, Instant};

use protocol::search::{SearchMode, SearchRequest};
use protocol::{ErrorReport, Private};

use super::figure::{Asked, Figure};
use super::lab::{self, LARGE, Lab};
use super::stats::Samples;
use super::words::{Dice, Vocabulary};
use crate::cli::args::What;
use crate::client::Client;

const SEED: u64 = 0x5eed;
/// The first searches read the index from disk; those are not what is asked about.
const WARM_UP: usize = 100;

/// Where and how is searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind<'a> {
    collection: &'a str,
    mode: SearchMode,
    folder: Option<&'a str>,
}

impl<'a> Kind<'a> {
    pub(super) fn in_all_of(collection: &'a str) -> Self {
        Self {
            collection,
            mode: SearchMode::Hybrid,
            folder: None,
        }
    }
}

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let count = lab.size.searches;
    lab.large().await?;
    let client = lab.client().await?;
    let words = &lab.words;
    let all = Kind::in_all_of(LARGE);
    let words_alone = Kind {
        mode: SearchMode::Words,
        ..all
    };
    let one_folder = Kind {
        folder: Some("part01*/**"),
        ..all
    };
    let plain = searches(&client, words, count, all).await?;
    let by_words = searches(&client, words, count, words_alone).await?;
    let filtered = searches(&client, words, count / 4, one_folder).await?;
    let busy = while_ingesting(lab, &client).await?;
    let time = |name, time, asked| Figure::time(What::Search, name, time, asked);
    Ok(vec![
        time("p50", plain.median(), Asked::AtMost(3.0)),
        time("p99", plain.percentile(99), Asked::AtMost(20.0)),
        time("worst", plain.worst(), Asked::Nothing),
        time("words alone, p50", by_words.median(), Asked::AtMost(2.0)),
        time(
            "words alone, p99",
            by_words.percentile(99),
            Asked::AtMost(15.0),
        ),
        time("one folder, p50", filtered.median(), Asked::Nothing),
        time("one folder, p99", filtered.percentile(99), Asked::Nothing),
        time("while ingesting, p50", busy.median(), Asked::Nothing),
        time(
            "while ingesting, p99",
            busy.percentile(99),
            Asked::AtMost(50.0),
        ),
    ])
}

/// Searches while another tree is taken in.
async fn while_ingesting(lab: &mut Lab, client: &Client) -> Result<Samples, ErrorReport> {
    let files = lab.size.files / 5;
    let tree = lab.tree("beside", files, 2).await?;
    let other = lab.client().await?;
    let job = lab::submit(&other, lab::tree_work("beside", &tree.root)).await?;
    let mut ended = tokio::spawn(async move { lab::ended(&other, job).await.map(|_| ()) });
    let (mut dice, mut times) = (Dice::new(SEED + 1), Vec::new());
    while !ended.is_finished() {
        times.push(one(client, &lab.words, &mut dice, Kind::in_all_of(LARGE)).await?);
    }
    (&mut ended).await.unwrap_or(Ok(()))?;
    Ok(Samples::new(times))
}

/// Returns how long `count` searches took, after some that do not count.
pub(super) async fn searches(
    client: &Client,
    words: &Vocabulary,
    count: usize,
    kind: Kind<'_>,
) -> Result<Samples, ErrorReport> {
    let mut dice = Dice::new(SEED - 1);
    for _ in 0..WARM_UP {
        one(client, words, &mut dice, kind).await?;
    }
    let (mut dice, mut times) = (Dice::new(SEED), Vec::with_capacity(count));
    for _ in 0..count {
        times.push(one(client, words, &mut dice, kind).await?);
    }
    Ok(Samples::new(times))
}

async fn one(
    client: &Client,
    words: &Vocabulary,
    dice: &mut Dice,
    kind: Kind<'_>,
) -> Result<Duration, ErrorReport> {
    let length = dice.between(1, 6);
    let mut request = query(kind.collection, words.phrase(dice, length));
    request.mode = kind.mode;
    request.paths = kind.folder.map(str::to_owned).into_iter().collect();
    let began = Instant::now();
    client.search(request).await?;
    Ok(began.elapsed())
}

pub(super) fn query(collection: &str, query: String) -> SearchRequest {
    SearchRequest {
        query: Private(query),
        collection: Some(collection.to_owned()),
        paths: Vec::new(),
        languages: Vec::new(),
        conditions: Vec::new(),
        limit: 10,
        mode: SearchMode::Hybrid,
        explain: false,
    }
}

/// Tells whether a search for `word` finds a passage that has it.
pub(super) async fn finds(
    client: &Client,
    collection: &str,
    word: &str,
) -> Result<bool, ErrorReport> {
    let reply = client.search(query(collection, word.to_owned())).await?;
    Ok(reply.hits.iter().any(|hit| hit.text.0.contains(word)))
}
