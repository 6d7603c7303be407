//! Questions to the large collection, without a model: what is left is ours.

use std::time::Instant;

use protocol::answer::{AnswerEvent, AskRequest, Thread};
use protocol::{ErrorCode, ErrorReport, Private};

use super::figure::{Asked, Figure};
use super::lab::{LARGE, Lab};
use super::stats::Samples;
use super::words::Dice;
use crate::cli::args::What;

const SEED: u64 = 0xa5c;
/// The first questions read the index from disk.
const WARM_UP: usize = 50;
/// Quotes instead of a model.
const NO_MODEL: &str = "none";

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let count = lab.size.searches / 3;
    lab.large().await?;
    let client = lab.client().await?;
    let mut dice = Dice::new(SEED);
    let (mut sources, mut whole) = (Vec::new(), Vec::new());
    for number in 0..WARM_UP + count {
        let length = dice.between(4, 10);
        let question = lab.words.phrase(&mut dice, length);
        let began = Instant::now();
        // What a screen shows first.
        let mut all_sources = None;
        let mut answer = client.ask(ask(question)).await?;
        while let Some(event) = answer.next().await? {
            if let AnswerEvent::Answering(_) = event {
                all_sources = Some(began.elapsed());
            }
        }
        if number >= WARM_UP {
            let missing = || ErrorReport::new(ErrorCode::Protocol, "an answer had no author");
            sources.push(all_sources.ok_or_else(missing)?);
            whole.push(began.elapsed());
        }
    }
    let (sources, whole) = (Samples::new(sources), Samples::new(whole));
    let time = |name, time, asked| Figure::time(What::Ask, name, time, asked);
    Ok(vec![
        time("all sources, p50", sources.median(), Asked::Nothing),
        time(
            "all sources, p99",
            sources.percentile(99),
            Asked::AtMost(50.0),
        ),
        time("without a model, p50", whole.median(), Asked::AtMost(15.0)),
        time("without a model, p99", whole.percentile(99), Asked::Nothing),
    ])
}

fn ask(question: String) -> AskRequest {
    AskRequest {
        question: Private(question),
        collection: Some(LARGE.to_owned()),
        paths: Vec::new(),
        languages: Vec::new(),
        conditions: Vec::new(),
        passages: 0,
        model: Some(NO_MODEL.to_owned()),
        thread: Thread::Alone,
    }
}
