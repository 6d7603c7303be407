//! `ragctl bench`: how fast ragd is on this machine, seen from outside.
//!
//! A [`Lab`] holds a daemon of our own and made-up files; each measurement is a file and returns
//! [`Figure`]s. They run in the order of [`What`], so that later ones find a daemon that has worked.

mod ask;
mod corpus;
mod daemon;
mod documents;
mod figure;
mod gaps;
mod idle;
mod ingest;
mod jobs;
mod lab;
mod latency;
mod office;
mod paper;
mod process;
mod queued;
mod resubmit;
mod scans;
mod search;
mod small;
mod start;
mod stats;
mod submits;
mod touch;
mod tree;
mod words;

use std::path::Path;

use clap::ValueEnum;
use protocol::{ErrorCode, ErrorReport};

use super::args::{Bench, What};
use super::context::Context;
use super::exit::{Exit, Failure, Outcome};
use super::look::{Look, Paint};
use super::schema::BenchJson;
use super::signals::Signals;
use super::table::{Column, Table, cell};
use lab::{Lab, Size};

use figure::rounded;
pub(super) use figure::{Asked, Figure};

pub(super) async fn run(context: &Context, arguments: Bench) -> Outcome {
    let mut signals = Signals::new()?;
    tokio::select! {
        outcome = measure_all(context, arguments) => outcome,
        // Dropping the other future ends the daemon and clears everything away.
        exit = signals.next() => Err(Failure::Told(exit)),
    }
}

async fn measure_all(context: &Context, arguments: Bench) -> Outcome {
    let size = if arguments.quick {
        Size::QUICK
    } else {
        Size::FULL
    };
    let parent = arguments.dir.unwrap_or_else(std::env::temp_dir);
    let parent = std::path::absolute(&parent).unwrap_or(parent);
    let load_before = process::load();
    let tree = arguments.tree.as_deref().map(std::path::absolute);
    let tree = tree
        .transpose()
        .map_err(|error| daemon::failed("find the tree", &error))?;
    let mut lab = Lab::new(&parent, size)?;
    let (mut figures, mut failures) = (Vec::new(), Vec::new());
    for what in chosen(arguments.what, tree.is_some()) {
        context
            .out
            .note(&format!("measuring {} ...", what.as_str()));
        match measure(what, &mut lab, tree.as_deref()).await {
            Ok(more) => figures.extend(more),
            // The others may still work, and what was measured so far is not lost.
            Err(report) => failures.push((what, report)),
        }
    }
    drop(lab);
    let report = Report {
        quick: arguments.quick,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        load_before,
        load_after: process::load(),
        figures,
    };
    context
        .out
        .record(&BenchJson::from(&report), |look| page(&report, look))?;
    if let Some((what, mut report)) = failures.into_iter().next() {
        report.message = format!("{}: {}", what.as_str(), report.message);
        return Err(report.into());
    }
    let missed = report.figures.iter().any(|one| one.is_met() == Some(false));
    Ok(if missed { Exit::OTHER } else { Exit::DONE })
}

/// All figures of a run, with what they depend on.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) quick: bool,
    pub(super) cores: usize,
    /// Processes that wanted a core in the minute before, and in the last one.
    pub(super) load_before: Option<f64>,
    pub(super) load_after: Option<f64>,
    pub(super) figures: Vec<Figure>,
}

/// Returns the measurements in their order, each once; none named means all that need nothing but ragd.
fn chosen(mut named: Vec<What>, has_tree: bool) -> Vec<What> {
    if named.is_empty() && has_tree {
        return vec![What::Tree];
    }
    if named.is_empty() {
        let all = What::value_variants().iter().copied();
        let needs_more = |what: &What| matches!(what, What::Scans | What::Tree);
        return all.filter(|what| !needs_more(what)).collect();
    }
    named.sort_unstable();
    named.dedup();
    named
}

async fn measure(
    what: What,
    lab: &mut Lab,
    tree: Option<&Path>,
) -> Result<Vec<Figure>, ErrorReport> {
    match what {
        What::Start => start::measure(lab).await,
        What::Ingest => ingest::measure(lab).await,
        What::Resubmit => resubmit::measure(lab).await,
        What::Touch => touch::measure(lab).await,
        What::Search => search::measure(lab).await,
        What::Ask => ask::measure(lab).await,
        What::Jobs => jobs::measure(lab).await,
        What::Latency => latency::measure(lab).await,
        What::Submits => submits::measure(lab).await,
        What::Small => small::measure(lab).await,
        What::Documents => documents::measure(lab).await,
        What::Gaps => gaps::measure(lab).await,
        What::Idle => idle::measure(lab).await,
        What::Queued => queued::measure(lab).await,
        What::Scans => scans::measure(lab).await,
        What::Tree => match tree {
            Some(tree) => tree::measure(lab, tree).await,
            None => Err(
                ErrorReport::new(ErrorCode::BadRequest, "it is not said which tree")
                    .try_next("ragctl bench tree --tree FOLDER"),
            ),
        },
    }
}

fn page(report: &Report, look: &Look) -> String {
    let mut table = Table::new(&[
        ("WHAT", Column::Left),
        ("FIGURE", Column::Left),
        ("MEASURED", Column::Right),
        ("ASKED", Column::Right),
        ("", Column::Left),
    ]);
    for figure in &report.figures {
        let with_unit = |value| format!("{} {}", rounded(value), figure.unit);
        let asked = match figure.asked {
            Asked::AtLeast(least) => format!("≥ {}", with_unit(least)),
            Asked::AtMost(most) => format!("≤ {}", with_unit(most)),
            Asked::Nothing => String::new(),
        };
        let verdict = match figure.is_met() {
            Some(true) => cell("ok").paint(Paint::Good),
            Some(false) => cell("missed").paint(Paint::Bad),
            None => cell(""),
        };
        table.row(vec![
            cell(figure.what.as_str()),
            cell(figure.name),
            cell(with_unit(figure.value)),
            cell(asked),
            verdict,
        ]);
    }
    let load = |load: Option<f64>| load.map_or_else(|| "?".to_owned(), rounded);
    format!(
        "{}{} cores, load {} before and {} after{}\n",
        table.render(look),
        report.cores,
        load(report.load_before),
        load(report.load_after),
        if report.quick { ", small sizes" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_run_in_their_order_and_once() {
        assert_eq!(chosen(Vec::new(), false).len(), 14);
        assert_eq!(chosen(Vec::new(), true), [What::Tree]);
        assert_eq!(
            chosen(vec![What::Scans, What::Start, What::Scans], true),
            [What::Start, What::Scans]
        );
    }
}
