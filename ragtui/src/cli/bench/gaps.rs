//! Searches in a collection of which many documents are not searchable: each has to look whether it is
//! about one of those.

use protocol::{ErrorCode, ErrorReport};

use super::documents::written;
use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::search::{self, Kind};
use super::stats::Samples;
use super::words::Dice;
use crate::cli::args::What;

const COLLECTION: &str = "lacking";
/// Another seed than that of the large tree.
const SEED: u64 = 3;
/// A program, which nothing is read from.
const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0";
const FILES_PER_FOLDER: u64 = 100;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let (gaps, count) = (lab.size.gaps, lab.size.searches);
    let tree = lab.tree(COLLECTION, lab.size.files / 5, SEED).await?;
    let client = lab.client().await?;
    let job = lab::submit(&client, lab::tree_work(COLLECTION, &tree.root)).await?;
    lab::ended(&client, job).await?;
    let kind = Kind::in_all_of(COLLECTION);
    let whole = search::searches(&client, &lab.words, count, kind).await?;

    let unread = lab.home("unread");
    let mut dice = Dice::new(SEED);
    for first in (0..gaps).step_by(usize::try_from(FILES_PER_FOLDER).unwrap_or(1)) {
        let numbers = first..gaps.min(first + FILES_PER_FOLDER);
        let files = numbers.map(|number| {
            let name = lab.words.phrase(&mut dice, 3).replace(' ', "-");
            (format!("{name}-{number}.bin"), PROGRAM.to_vec())
        });
        written(&unread.join(first.to_string()), files)?;
    }
    let job = lab::submit(&client, lab::tree_work(COLLECTION, &unread)).await?;
    lab::ended(&client, job).await?;
    let found = client.collection_show(COLLECTION.to_owned()).await?.gaps;
    if found != gaps {
        let report = ErrorReport::new(ErrorCode::Conflict, "files became no gaps");
        return Err(report.because(format!("{found} of {gaps} are gaps")));
    }
    let lacking = search::searches(&client, &lab.words, count, kind).await?;

    let time = |name, time, asked| Figure::time(What::Gaps, name, time, asked);
    let late = |samples: &Samples| samples.percentile(99);
    Ok(vec![
        time("without gaps, p50", whole.median(), Asked::Nothing),
        time("without gaps, p99", late(&whole), Asked::Nothing),
        // As of any search.
        time("10,000 gaps, p50", lacking.median(), Asked::AtMost(3.0)),
        time("10,000 gaps, p99", late(&lacking), Asked::AtMost(20.0)),
    ])
}
