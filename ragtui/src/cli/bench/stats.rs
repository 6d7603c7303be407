//! Durations that were measured, and what they say together.

use std::time::Duration;

/// Measured durations, shortest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    pub(super) fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// Returns the shortest duration that `percent` of all do not exceed (nearest rank).
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        let at = rank.clamp(1, self.0.len().max(1)) - 1;
        self.0.get(at).copied().unwrap_or_default()
    }

    pub(super) fn median(&self) -> Duration {
        self.percentile(50)
    }

    pub(super) fn worst(&self) -> Duration {
        self.percentile(100)
    }
}

/// Returns how many of `count` there are in a second.
pub(super) fn per_second(count: u64, time: Duration) -> f64 {
    number(count) / time.as_secs_f64().max(1e-9)
}

pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "figures have few digits")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(millis: &[u64]) -> Samples {
        Samples::new(millis.iter().copied().map(Duration::from_millis).collect())
    }

    #[test]
    fn percentiles_are_measured_values() {
        let check = |all: &[u64], percent, expected| {
            let found = samples(all).percentile(percent);
            assert_eq!(
                found,
                Duration::from_millis(expected),
                "{percent} of {all:?}"
            );
        };
        check(&[], 50, 0);
        check(&[7], 50, 7);
        check(&[7], 99, 7);
        check(&[3, 1, 2], 50, 2);
        check(&[4, 3, 2, 1], 50, 2);
        check(&[4, 3, 2, 1], 99, 4);
        check(&(1..=200).collect::<Vec<_>>(), 99, 198);
        check(&(1..=200).collect::<Vec<_>>(), 100, 200);
        check(&[5, 6], 0, 5);
    }

    #[test]
    fn rates_survive_no_time_at_all() {
        assert!((per_second(50, Duration::from_millis(500)) - 100.0).abs() < 1e-9);
        assert!(per_second(1, Duration::ZERO).is_finite());
    }
}
