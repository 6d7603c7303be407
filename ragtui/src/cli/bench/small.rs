//! Small documents, one upload and one submit each, until all can be found.

use std::time::{Duration, Instant};

use protocol::submit::{Source, SourceRules, SubmitWork, UploadRequest, UploadedDocument};
use protocol::{ErrorCode, ErrorReport, PathBytes};

use super::daemon::failed;
use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::search;
use super::stats::per_second;
use super::words::{Dice, Vocabulary, unique};
use crate::cli::args::What;
use crate::client::{Client, UploadError};

const CLIENTS: usize = 32;
const COLLECTION: &str = "small";
/// Numbers of documents begin here, away from those of changed files and of `submits`: a content
/// that is known already is not written again.
const FIRST: u64 = 1_000_000;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let count = lab.size.small;
    let clients = lab.daemon().await?.connections(CLIENTS).await?;
    let began = Instant::now();
    lab::crowd(&clients, 1, count, |client, number| async move {
        hand_in(&client, COLLECTION, FIRST + number).await
    })
    .await?;
    lab::drained(&clients[0]).await?;
    let time = began.elapsed();
    for number in [0, count / 2, count - 1] {
        if !search::finds(&clients[0], COLLECTION, &unique(FIRST + number)).await? {
            let report = ErrorReport::new(ErrorCode::NotFound, "a small document is not found");
            return Err(report.because(format!("its job is over, number {number}")));
        }
    }
    Ok(vec![Figure::new(
        What::Small,
        "searchable",
        (per_second(count, time), "documents/s"),
        Asked::AtLeast(200.0),
    )])
}

/// Uploads and submits the document of a number; returns how long both took until the last answer.
pub(super) async fn hand_in(
    client: &Client,
    collection: &str,
    number: u64,
) -> Result<Duration, ErrorReport> {
    let text = text(number);
    let began = Instant::now();
    let sent = client.upload(UploadRequest { expected: None }, text.as_bytes());
    let uploaded = sent.await.map_err(|error| match error {
        UploadError::Daemon(report) => report,
        UploadError::Read(error) => failed("read a document", &error),
    })?;
    let document = UploadedDocument {
        name: PathBytes(format!("note{number}.md").into_bytes()),
        content: uploaded.content,
        bytes: uploaded.bytes,
    };
    let work = SubmitWork::Ingest {
        collection: collection.to_owned(),
        source: Source::Uploads(vec![document]),
        rules: SourceRules::default(),
    };
    lab::submit(client, work).await?;
    Ok(began.elapsed())
}

fn text(number: u64) -> String {
    thread_local! {
        // Thirty thousand words are not made again for each document.
        static WORDS: Vocabulary = Vocabulary::new();
    }
    let words = WORDS.with(|words| words.phrase(&mut Dice::new(number), 120));
    format!("# Note\n\n{words} {}\n", unique(number))
}
