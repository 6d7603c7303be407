//! A figure: what was measured, what was asked for, and whether it is so.

use super::stats::millis;
use crate::cli::args::What;
use std::time::Duration;

/// What the project asks of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asked {
    AtLeast(f64),
    AtMost(f64),
    /// It only explains others.
    Nothing,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) what: What,
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) asked: Asked,
}

impl Figure {
    pub(super) fn new(
        what: What,
        name: &'static str,
        (value, unit): (f64, &'static str),
        asked: Asked,
    ) -> Self {
        Self {
            what,
            name,
            value,
            unit,
            asked,
        }
    }

    /// Returns a time in milliseconds.
    pub(super) fn time(what: What, name: &'static str, time: Duration, asked: Asked) -> Self {
        Self::new(what, name, (millis(time), "ms"), asked)
    }

    /// Tells whether the figure is as asked; a figure of which nothing is asked is neither.
    pub(crate) fn is_met(&self) -> Option<bool> {
        match self.asked {
            Asked::AtLeast(least) => Some(self.value >= least),
            Asked::AtMost(most) => Some(self.value <= most),
            Asked::Nothing => None,
        }
    }
}

/// Returns a number with about three digits.
pub(super) fn rounded(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_on_the_limit_is_met() {
        let check = |value, asked, met| {
            let figure = Figure::new(What::Jobs, "rate", (value, "/s"), asked);
            assert_eq!(figure.is_met(), met, "{figure:?}");
        };
        check(3_000.0, Asked::AtLeast(3_000.0), Some(true));
        check(2_999.0, Asked::AtLeast(3_000.0), Some(false));
        check(6.0, Asked::AtMost(6.0), Some(true));
        check(6.1, Asked::AtMost(6.0), Some(false));
        check(1.0, Asked::Nothing, None);
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let check = |value, expected: &str| assert_eq!(rounded(value), expected);
        check(0.123_4, "0.12");
        check(12.34, "12.3");
        check(1_234.5, "1234");
    }
}
