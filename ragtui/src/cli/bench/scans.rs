//! Pages that are pictures, read by tesseract.

use protocol::doctor::FindingState;
use protocol::{ErrorCode, ErrorReport};

use super::daemon::Daemon;
use super::documents::{picture, take_in, written};
use super::figure::{Asked, Figure};
use super::lab::Lab;
use super::paper;
use super::stats::per_second;
use crate::cli::args::What;
use crate::client::Client;

const SCANS: &str = "scans";
const PDF: &str = "printed";
/// What a scanner makes of usual paper: 300 pixels to an inch.
const SIDE: u16 = 3_508;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let pages = lab.size.scans;
    // A daemon of its own: who reads pages is part of what documents are made by.
    let config = "[ocr]\ntesseract = true\n";
    let (daemon, _) = Daemon::start_with(&lab.home("reader"), config).await?;
    let client = daemon.connect().await?;
    can_read(&client).await?;
    let [printed, scans] = [PDF, SCANS].map(|name| lab.home(name));
    let book = (
        "book.pdf".to_owned(),
        paper::pdf(&lab.words, 0, usize::from(pages)),
    );
    written(&printed, [book].into_iter())?;
    take_in(&client, PDF, &printed, 1).await?;
    let mut photos = Vec::new();
    for page in 1..=u32::from(pages) {
        let photo = picture(&client, PDF, "book.pdf", page, Some(SIDE)).await?;
        photos.push((format!("{page}.jpg"), photo));
    }
    written(&scans, photos.into_iter())?;
    let pages = u64::from(pages);
    let time = take_in(&client, SCANS, &scans, pages).await?;
    daemon.stop().await?;
    let rate = (per_second(pages, time), "pages/s");
    Ok(vec![Figure::new(
        What::Scans,
        "read by tesseract",
        rate,
        Asked::Nothing,
    )])
}

/// Without tesseract there is nothing to measure, and that is said.
async fn can_read(client: &Client) -> Result<(), ErrorReport> {
    let findings = client.doctor().await?;
    match findings.into_iter().find(|finding| finding.part == "ocr") {
        Some(ocr) if ocr.state == FindingState::Ok => Ok(()),
        ocr => {
            let what = ocr.map_or_else(|| "it does not say why".to_owned(), |ocr| ocr.what);
            let report = ErrorReport::new(ErrorCode::NotFound, "cannot read scanned pages");
            Err(report.because(what).try_next("apt install tesseract-ocr"))
        }
    }
}
