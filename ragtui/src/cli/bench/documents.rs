//! Documents that have to be parsed: PDF and Word files, and how soon a page is seen.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use protocol::document::{DocumentPageRequest, DocumentRef};
use protocol::{ErrorCode, ErrorReport, PathBytes};

use super::daemon::failed;
use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::paper;
use super::stats::{Samples, per_second};
use crate::cli::args::What;
use crate::client::Client;

const PAGES: usize = 40;
const PDF: &str = "pdf";
const WORD: &str = "word";

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let (manuals, reports) = (lab.size.manuals, lab.size.reports);
    let client = lab.client().await?;
    let [pdf, word] = [PDF, WORD].map(|name| lab.home(name));
    let written = |result: std::io::Result<()>| {
        result.map_err(|error| failed("write documents to take in", &error))
    };
    for folder in [&pdf, &word] {
        written(fs::create_dir_all(folder))?;
    }
    for number in 0..manuals {
        let manual = paper::pdf(&lab.words, number, PAGES);
        written(fs::write(pdf.join(name(number)), manual))?;
    }
    for number in 0..reports {
        let report = paper::docx(&lab.words, number);
        written(fs::write(word.join(format!("{number}.docx")), report))?;
    }
    let for_pdf = take_in(&client, PDF, &pdf, manuals).await?;
    let for_word = take_in(&client, WORD, &word, reports).await?;
    let mut seen = Vec::new();
    for number in 0..manuals {
        seen.push(see(&client, &name(number)).await?);
    }
    let seen = Samples::new(seen);
    let pages = manuals * PAGES as u64;
    let rate = |name, value, asked| Figure::new(What::Documents, name, value, asked);
    let time = |name, time| Figure::time(What::Documents, name, time, Asked::AtMost(150.0));
    Ok(vec![
        rate(
            "PDF",
            (per_second(pages, for_pdf), "pages/s"),
            Asked::AtLeast(200.0),
        ),
        rate(
            "Word",
            (per_second(reports, for_word), "files/s"),
            Asked::AtLeast(100.0),
        ),
        time("picture of a page, median", seen.median()),
        time("picture of a page, worst", seen.worst()),
    ])
}

fn name(number: u64) -> String {
    format!("{number}.pdf")
}

/// Takes in a folder of which every file has to become searchable.
async fn take_in(
    client: &Client,
    collection: &str,
    folder: &Path,
    files: u64,
) -> Result<Duration, ErrorReport> {
    let began = Instant::now();
    let job = lab::submit(client, lab::tree_work(collection, folder)).await?;
    let job = lab::ended(client, job).await?;
    let time = began.elapsed();
    match job.totals.added == files {
        true => Ok(time),
        false => Err(
            ErrorReport::new(ErrorCode::DocumentFailed, "documents were not read")
                .because(format!("{} of {files} were added", job.totals.added)),
        ),
    }
}

/// Has the first page drawn.
async fn see(client: &Client, path: &str) -> Result<Duration, ErrorReport> {
    let began = Instant::now();
    let request = DocumentPageRequest {
        document: DocumentRef::Path {
            collection: Some(PDF.to_owned()),
            path: PathBytes::from(path),
        },
        version: None,
        page: 1,
        side: None,
    };
    let mut stream = client.document_page(request).await?;
    while stream.next().await?.is_some() {}
    Ok(began.elapsed())
}
