//! Many clients that submit one after the other, each waiting for its answers.

use std::time::{Duration, Instant};

use protocol::ErrorReport;

use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::small;
use super::stats::{Samples, per_second};
use crate::cli::args::What;

const CLIENTS: usize = 64;
/// Submits are counted over so many times the rate that is asked for.
const ASKED: u64 = 1_000;
/// Away from the documents of `small`.
const FIRST: u64 = 2_000_000;
const ASKED_MS: f64 = 100.0;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let count = lab.size.seconds * ASKED;
    let clients = lab.daemon().await?.connections(CLIENTS).await?;
    let began = Instant::now();
    let probes = lab::crowd(&clients, 1, count, lab::probe).await?;
    let probe_time = began.elapsed();
    lab::drained(&clients[0]).await?;
    let began = Instant::now();
    let uploads = lab::crowd(&clients, 1, count, |client, number| async move {
        small::hand_in(&client, "submits", FIRST + number).await
    });
    let uploads = uploads.await?;
    let upload_time = began.elapsed();
    lab::drained(&clients[0]).await?;
    let mut figures = figures(
        ["probes", "probes, p50", "probes, p99"],
        count,
        probe_time,
        &probes,
    );
    figures.extend(self::figures(
        ["uploads", "uploads, p50", "uploads, p99"],
        count,
        upload_time,
        &uploads,
    ));
    Ok(figures)
}

fn figures(names: [&'static str; 3], count: u64, time: Duration, acks: &Samples) -> Vec<Figure> {
    let [rate, median, slowest] = names;
    let per_s = (per_second(count, time), "submits/s");
    let asked = super::stats::number(ASKED);
    vec![
        Figure::new(What::Submits, rate, per_s, Asked::AtLeast(asked)),
        Figure::time(What::Submits, median, acks.median(), Asked::Nothing),
        Figure::time(
            What::Submits,
            slowest,
            acks.percentile(99),
            Asked::AtMost(ASKED_MS),
        ),
    ]
}
