//! Taking in a large tree: chunks that are durable and searchable, in a second.

use protocol::ErrorReport;

use super::figure::{Asked, Figure};
use super::lab::{Lab, Taken};
use super::stats::{number, per_second};
use crate::cli::args::What;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let Taken {
        tree,
        job,
        time,
        computed,
    } = lab.large().await?;
    let (files, chunks) = (tree.files.len() as u64, job.progress.chunks);
    let mb = number(job.progress.bytes_done) / 1e6;
    let figure = |name, value, asked| Figure::new(What::Ingest, name, value, asked);
    Ok(vec![
        figure(
            "rate",
            (per_second(chunks, *time), "chunks/s"),
            Asked::AtLeast(5_000.0),
        ),
        figure(
            "rate per core",
            (per_second(chunks, *computed), "chunks/s"),
            Asked::Nothing,
        ),
        figure("files", (number(files), "files"), Asked::Nothing),
        figure("chunks", (number(chunks), "chunks"), Asked::Nothing),
        figure("bytes", (mb / time.as_secs_f64(), "MB/s"), Asked::Nothing),
    ])
}
