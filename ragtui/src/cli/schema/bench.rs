//! The figures of `ragctl bench`.

use serde::Serialize;

use super::Record;
use crate::cli::bench::{Asked, Figure, Report};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct BenchJson {
    ok: bool,
    quick: bool,
    cores: usize,
    load_before: Option<f64>,
    load_after: Option<f64>,
    figures: Vec<FigureJson>,
}

#[derive(Debug, Serialize)]
struct FigureJson {
    what: &'static str,
    figure: &'static str,
    value: f64,
    unit: &'static str,
    at_least: Option<f64>,
    at_most: Option<f64>,
    ok: Option<bool>,
}

impl Record for BenchJson {
    const SCHEMA: &'static str = "ragctl.bench/v1";
    const LIST_SCHEMA: &'static str = "ragctl.bench_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "ok",
        "quick",
        "cores",
        "load_before",
        "load_after",
        "figures",
    ];
    const COLUMNS: &'static [&'static str] = &["ok", "quick", "cores"];

    fn name(&self) -> String {
        if self.ok { "ok" } else { "missed" }.to_owned()
    }
}

impl From<&Report> for BenchJson {
    fn from(report: &Report) -> Self {
        let figures = report.figures.iter();
        Self {
            ok: figures.clone().all(|figure| figure.is_met() != Some(false)),
            quick: report.quick,
            cores: report.cores,
            load_before: report.load_before,
            load_after: report.load_after,
            figures: figures.map(FigureJson::from).collect(),
        }
    }
}

impl From<&Figure> for FigureJson {
    fn from(figure: &Figure) -> Self {
        let (at_least, at_most) = match figure.asked {
            Asked::AtLeast(least) => (Some(least), None),
            Asked::AtMost(most) => (None, Some(most)),
            Asked::Nothing => (None, None),
        };
        Self {
            what: figure.what.as_str(),
            figure: figure.name,
            value: figure.value,
            unit: figure.unit,
            at_least,
            at_most,
            ok: figure.is_met(),
        }
    }
}
