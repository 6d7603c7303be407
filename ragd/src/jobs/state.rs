//! The state machine: pure functions without I/O, clock or storage.
//!
//! Every backend, and the model in the tests, decides by these functions.

use serde::{Deserialize, Serialize};

use super::model::{Failure, JobState, Policy, Retry};

/// Where a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PartState {
    Ready,
    /// Waits for its next try.
    Delayed,
    /// Waits for a dependency.
    Parked,
    Running,
    Finished,
    Failed,
    Dead,
    Cancelled,
}

impl PartState {
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(
            self,
            Self::Finished | Self::Failed | Self::Dead | Self::Cancelled
        )
    }
}

/// A part without its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub state: PartState,
    /// Runs that ended in an error.
    pub attempts: u32,
    /// Runs whose worker vanished.
    pub stalls: u32,
    /// Starts of the daemon that found it running.
    pub deaths: u32,
}

impl Part {
    pub const NEW: Self = Self {
        state: PartState::Ready,
        attempts: 0,
        stalls: 0,
        deaths: 0,
    };
}

/// What happens to a part.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    Claimed,
    Finished,
    Failed(&'a Failure),
    HandedBack,
    /// The worker did not prolong its lease.
    LeaseLost,
    /// The daemon died while the part was running.
    OwnerDied,
    /// The backoff is over, or the dependency is back.
    Due,
    /// Somebody cancelled the job, and nobody works on the part.
    Cancelled,
    /// Somebody wants an ended part tried again.
    Retried,
}

/// Something happened to a part in a state in which it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// Returns the part after `event`.
pub fn apply(part: Part, event: Event<'_>, policy: &Policy) -> Result<Part, Refused> {
    use PartState::{Cancelled, Dead, Delayed, Failed, Finished, Parked, Ready, Running};
    let to = |state| Ok(Part { state, ..part });
    match (part.state, event) {
        (Ready, Event::Claimed) => to(Running),
        (Running, Event::Finished) => to(Finished),
        (Running, Event::Failed(failure)) => Ok(failed(part, failure, policy)),
        (Running, Event::HandedBack) => to(Ready),
        (Running, Event::LeaseLost) => {
            let stalls = part.stalls + 1;
            let state = if stalls >= policy.max_stalls {
                Dead
            } else {
                Ready
            };
            Ok(Part {
                state,
                stalls,
                ..part
            })
        }
        (Running, Event::OwnerDied) => {
            let deaths = part.deaths + 1;
            let state = if deaths >= policy.max_deaths {
                Dead
            } else {
                Ready
            };
            Ok(Part {
                state,
                deaths,
                ..part
            })
        }
        (Delayed | Parked, Event::Due) => to(Ready),
        (Ready | Delayed | Parked | Running, Event::Cancelled) => to(Cancelled),
        (Failed | Dead | Cancelled, Event::Retried) => Ok(Part::NEW),
        _ => Err(Refused),
    }
}

fn failed(part: Part, failure: &Failure, policy: &Policy) -> Part {
    match &failure.retry {
        Retry::Never => Part {
            state: PartState::Failed,
            attempts: part.attempts + 1,
            ..part
        },
        Retry::Spent => Part {
            state: PartState::Dead,
            stalls: part.stalls.max(policy.max_stalls),
            ..part
        },
        // A dependency that is away is not the fault of the work.
        Retry::When { .. } => Part {
            state: PartState::Parked,
            ..part
        },
        Retry::Backoff { .. } => {
            let attempts = part.attempts + 1;
            let spent = attempts >= policy.max_attempts;
            let state = if spent {
                PartState::Dead
            } else {
                PartState::Delayed
            };
            Part {
                state,
                attempts,
                ..part
            }
        }
    }
}

/// Returns the pause before the next try: exponential with full jitter, or what was asked for.
///
/// `random` lies between 0 and 1.
#[must_use]
pub fn backoff_ms(attempts: u32, after_ms: Option<u64>, random: f64, policy: &Policy) -> u64 {
    if let Some(after) = after_ms {
        return after.min(policy.retry_after_max_ms);
    }
    let doublings = attempts.saturating_sub(1).min(32);
    let ceiling = policy
        .retry_min_ms
        .saturating_mul(1 << doublings)
        .min(policy.retry_max_ms);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a backoff is minutes at most and never negative"
    )]
    let drawn = (ceiling as f64 * random) as u64;
    drawn.clamp(1, ceiling.max(1))
}

/// The parts of a job by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    pub ready: u32,
    pub running: u32,
    pub delayed: u32,
    pub parked: u32,
    pub finished: u32,
    pub failed: u32,
    pub dead: u32,
    pub cancelled: u32,
}

impl PartCounts {
    #[must_use]
    pub fn total(&self) -> u32 {
        self.open() + self.finished + self.failed + self.dead + self.cancelled
    }

    #[must_use]
    pub fn open(&self) -> u32 {
        self.ready + self.running + self.delayed + self.parked
    }

    pub fn of(&mut self, state: PartState) -> &mut u32 {
        match state {
            PartState::Ready => &mut self.ready,
            PartState::Delayed => &mut self.delayed,
            PartState::Parked => &mut self.parked,
            PartState::Running => &mut self.running,
            PartState::Finished => &mut self.finished,
            PartState::Failed => &mut self.failed,
            PartState::Dead => &mut self.dead,
            PartState::Cancelled => &mut self.cancelled,
        }
    }

    /// Counts one part from one state into another.
    pub fn shift(&mut self, from: PartState, to: PartState) {
        *self.of(from) -= 1;
        *self.of(to) += 1;
    }
}

/// Returns the state of a job by its parts: the worst end counts, and open parts before all ends.
#[must_use]
pub fn job_state(counts: &PartCounts, cancelling: bool) -> JobState {
    if counts.open() > 0 {
        return match () {
            () if cancelling => JobState::Cancelling,
            () if counts.running > 0 => JobState::Running,
            () if counts.ready > 0 && counts.open() < counts.total() => JobState::Running,
            () if counts.ready > 0 => JobState::Queued,
            () if counts.parked > 0 => JobState::Parked,
            () => JobState::Retrying,
        };
    }
    match () {
        () if counts.cancelled > 0 => JobState::Cancelled,
        () if counts.dead > 0 => JobState::Dead,
        () if counts.failed > 0 => JobState::Failed,
        () => JobState::Finished,
    }
}

/// What is done of what there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    pub files: u64,
    pub files_total: u64,
    pub bytes: u64,
    pub bytes_total: u64,
    pub chunks: u64,
    /// Planning is over.
    pub total_is_final: bool,
}

impl Done {
    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.files_total += other.files_total;
        self.bytes += other.bytes;
        self.bytes_total += other.bytes_total;
        self.chunks += other.chunks;
        self.total_is_final |= other.total_is_final;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::IndexKind;

    const POLICY: Policy = Policy {
        max_queued: 10,
        max_queued_per_user: 10,
        max_attempts: 3,
        max_stalls: 2,
        max_deaths: 4,
        retry_min_ms: 1_000,
        retry_max_ms: 8_000,
        retry_after_max_ms: 3_600_000,
        lease_ms: 30_000,
        new_home: IndexKind::Embedded,
        new_model: String::new(),
    };

    fn failure(retry: Retry) -> Failure {
        Failure {
            code: "test".to_owned(),
            message: "a test".to_owned(),
            causes: Vec::new(),
            hint: None,
            retry,
        }
    }

    #[test]
    fn attempts_stalls_and_deaths_are_counted_apart() {
        let running = Part {
            state: PartState::Running,
            ..Part::NEW
        };
        let transient = failure(Retry::Backoff { after_ms: None });
        let mut part = running;
        for expected in [PartState::Delayed, PartState::Delayed, PartState::Dead] {
            part.state = PartState::Running;
            part = apply(part, Event::Failed(&transient), &POLICY).unwrap();
            assert_eq!(part.state, expected);
        }
        let part = apply(running, Event::LeaseLost, &POLICY).unwrap();
        assert_eq!(
            (part.state, part.attempts, part.stalls),
            (PartState::Ready, 0, 1)
        );
        let part = Part {
            state: PartState::Running,
            ..part
        };
        assert_eq!(
            apply(part, Event::LeaseLost, &POLICY).unwrap().state,
            PartState::Dead
        );
        let parked = failure(Retry::When {
            dependency: "disk".to_owned(),
        });
        let part = apply(running, Event::Failed(&parked), &POLICY).unwrap();
        assert_eq!((part.state, part.attempts), (PartState::Parked, 0));
        let never = failure(Retry::Never);
        assert_eq!(
            apply(running, Event::Failed(&never), &POLICY)
                .unwrap()
                .state,
            PartState::Failed
        );
    }

    #[test]
    fn an_ended_part_takes_no_second_end() {
        let never = failure(Retry::Never);
        for state in [
            PartState::Finished,
            PartState::Failed,
            PartState::Dead,
            PartState::Cancelled,
        ] {
            let part = Part { state, ..Part::NEW };
            for event in [
                Event::Claimed,
                Event::Finished,
                Event::Failed(&never),
                Event::HandedBack,
                Event::LeaseLost,
                Event::OwnerDied,
                Event::Due,
                Event::Cancelled,
            ] {
                assert_eq!(
                    apply(part, event, &POLICY),
                    Err(Refused),
                    "{state:?} {event:?}"
                );
            }
        }
    }

    #[test]
    fn backoff_doubles_up_to_its_limit_and_obeys_the_other_side() {
        let check = |attempts, after, random, expected| {
            assert_eq!(backoff_ms(attempts, after, random, &POLICY), expected);
        };
        check(1, None, 1.0, 1_000);
        check(2, None, 1.0, 2_000);
        check(3, None, 0.5, 2_000);
        check(9, None, 1.0, 8_000);
        check(u32::MAX, None, 1.0, 8_000);
        check(1, None, 0.0, 1);
        check(1, Some(90_000), 0.3, 90_000);
        check(1, Some(u64::MAX), 0.3, 3_600_000);
    }

    #[test]
    fn the_state_of_a_job_follows_from_its_parts() {
        let check = |counts: PartCounts, cancelling, expected| {
            assert_eq!(job_state(&counts, cancelling), expected, "{counts:?}");
        };
        let none = PartCounts::default();
        check(PartCounts { ready: 2, ..none }, false, JobState::Queued);
        check(
            PartCounts {
                ready: 1,
                finished: 1,
                ..none
            },
            false,
            JobState::Running,
        );
        check(
            PartCounts {
                running: 1,
                delayed: 1,
                ..none
            },
            false,
            JobState::Running,
        );
        check(
            PartCounts {
                delayed: 1,
                finished: 3,
                ..none
            },
            false,
            JobState::Retrying,
        );
        check(
            PartCounts {
                delayed: 1,
                parked: 1,
                ..none
            },
            false,
            JobState::Parked,
        );
        check(
            PartCounts {
                running: 1,
                cancelled: 1,
                ..none
            },
            true,
            JobState::Cancelling,
        );
        check(
            PartCounts {
                finished: 2,
                ..none
            },
            false,
            JobState::Finished,
        );
        check(
            PartCounts {
                finished: 2,
                failed: 1,
                ..none
            },
            false,
            JobState::Failed,
        );
        check(
            PartCounts {
                failed: 1,
                dead: 1,
                ..none
            },
            false,
            JobState::Dead,
        );
        check(
            PartCounts {
                finished: 1,
                cancelled: 1,
                ..none
            },
            true,
            JobState::Cancelled,
        );
        // The last part finished before the cancel was seen.
        check(
            PartCounts {
                finished: 1,
                ..none
            },
            true,
            JobState::Finished,
        );
    }
}
