//! Documents that have to be parsed: PDF and office files, and how soon a page is seen.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use protocol::document::{DocumentPageRequest, DocumentRef};
use protocol::{ErrorCode, ErrorReport, PathBytes};

use super::daemon::failed;
use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::office::{self, KINDS};
use super::paper;
use super::stats::{Samples, per_second};
use crate::cli::args::What;
use crate::client::Client;

const PAGES: usize = 40;
const PDF: &str = "pdf";
const OFFICE: &str = "office";

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let (manuals, reports) = (lab.size.manuals, lab.size.reports);
    let client = lab.client().await?;
    let [pdf, office] = [PDF, OFFICE].map(|name| lab.home(name));
    let manual = |number| (name(number), paper::pdf(&lab.words, number, PAGES));
    written(&pdf, (0..manuals).map(manual))?;
    let kinds = KINDS.iter().cycle().zip(0..reports);
    let report = |(kind, number): (&&str, u64)| {
        let report = office::report(kind, &lab.words, number);
        (format!("{number}.{kind}"), report)
    };
    written(&office, kinds.map(report))?;
    let for_pdf = take_in(&client, PDF, &pdf, manuals).await?;
    let for_office = take_in(&client, OFFICE, &office, reports).await?;
    let mut seen = Vec::new();
    for number in 0..manuals {
        let began = Instant::now();
        picture(&client, PDF, &name(number), 1, None).await?;
        seen.push(began.elapsed());
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
            "office, six formats",
            (per_second(reports, for_office), "files/s"),
            Asked::AtLeast(100.0),
        ),
        time("picture of a page, median", seen.median()),
        time("picture of a page, worst", seen.worst()),
    ])
}

fn name(number: u64) -> String {
    format!("{number}.pdf")
}

/// Writes files into a folder of their own.
pub(super) fn written(
    folder: &Path,
    files: impl Iterator<Item = (String, Vec<u8>)>,
) -> Result<(), ErrorReport> {
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, content) in files {
            fs::write(folder.join(name), content)?;
        }
        Ok(())
    };
    write().map_err(|error| failed("write documents to take in", &error))
}

/// Takes in a folder of which every file has to become searchable.
pub(super) async fn take_in(
    client: &Client,
    collection: &str,
    folder: &Path,
    files: u64,
) -> Result<Duration, ErrorReport> {
    let began = Instant::now();
    let job = lab::submit(client, lab::tree_work(collection, folder)).await?;
    let job = lab::ended(client, job).await?;
    let time = began.elapsed();
    match job.totals.added == files && job.progress.chunks >= files {
        true => Ok(time),
        false => Err(
            ErrorReport::new(ErrorCode::DocumentFailed, "documents were not read").because(
                format!(
                    "{} of {files} were added, in {} chunks",
                    job.totals.added, job.progress.chunks
                ),
            ),
        ),
    }
}

/// Has a page drawn, and returns its picture.
pub(super) async fn picture(
    client: &Client,
    collection: &str,
    path: &str,
    page: u32,
    side: Option<u16>,
) -> Result<Vec<u8>, ErrorReport> {
    let request = DocumentPageRequest {
        document: DocumentRef::Path {
            collection: Some(collection.to_owned()),
            path: PathBytes::from(path),
        },
        version: None,
        page,
        side,
    };
    let (mut stream, mut jpeg) = (client.document_page(request).await?, Vec::new());
    while let Some(piece) = stream.next().await? {
        jpeg.extend(piece);
    }
    Ok(jpeg)
}
