//! Progress on standard error (or, for `watch`, on standard output).
//!
//! With a terminal there are live lines. Without one, a line is printed when the stage changes and
//! at most every ten seconds, since bars would fill a log file.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use protocol::JobId;
use protocol::job::{JobEvent, JobState, JobView, Stage};

use super::args::ProgressStyle;
use super::exit::Failure;
use super::lines;
use super::look::Look;
use super::output::Output;
use super::schema::EventJson;

/// Drawings per second; over ssh they cost more than they tell.
const HERTZ: (u8, u8) = (10, 4);
/// Work that is over sooner needs no bar.
const QUIET_START: Duration = Duration::from_millis(300);
/// Time between two log lines about the same stage.
const LOG_PAUSE: Duration = Duration::from_secs(10);
/// More live lines than this push everything else off a screen of 24 rows.
const MOST_BARS: usize = 18;

#[derive(Debug)]
pub(super) enum Painter {
    Bars {
        all: MultiProgress,
        bars: BTreeMap<JobId, ProgressBar>,
        look: Look,
        since: Instant,
    },
    Log {
        last: BTreeMap<JobId, (JobState, Option<Stage>, Instant)>,
        place: Place,
        is_journal: bool,
    },
    Json,
    Silent,
}

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Stdout,
    Stderr,
}

impl Painter {
    pub(super) fn new(style: ProgressStyle, place: Place, out: &Output) -> Self {
        let is_terminal = match place {
            Place::Stdout => out.stdout_is_terminal,
            Place::Stderr => out.stderr_is_terminal,
        };
        match style {
            ProgressStyle::None => Self::Silent,
            ProgressStyle::Auto if out.quiet => Self::Silent,
            ProgressStyle::Json => Self::Json,
            ProgressStyle::Auto | ProgressStyle::Bar if is_terminal => Self::bars(place, out),
            ProgressStyle::Auto | ProgressStyle::Bar | ProgressStyle::Log => Self::Log {
                last: BTreeMap::new(),
                place,
                is_journal: place == Place::Stderr && stderr_is_journal(),
            },
        }
    }

    fn bars(place: Place, out: &Output) -> Self {
        let is_remote = std::env::var_os("SSH_CONNECTION").is_some();
        let hertz = if is_remote { HERTZ.1 } else { HERTZ.0 };
        let target = match place {
            Place::Stdout => ProgressDrawTarget::stdout_with_hz(hertz),
            Place::Stderr => ProgressDrawTarget::stderr_with_hz(hertz),
        };
        let width = crossterm::terminal::size()
            .ok()
            .map(|(columns, _)| usize::from(columns));
        Self::Bars {
            all: MultiProgress::with_draw_target(target),
            bars: BTreeMap::new(),
            look: Look {
                color: false,
                width,
                ..out.look
            },
            since: Instant::now(),
        }
    }

    /// Shows what an event changed.
    pub(super) fn event(&mut self, event: &JobEvent, out: &Output) {
        if matches!(self, Self::Json) {
            out.note_json(&EventJson::from(event));
        }
    }

    /// Shows how `job` stands.
    pub(super) fn job(&mut self, job: &JobView, out: &Output) -> Result<(), Failure> {
        match self {
            Self::Json | Self::Silent => Ok(()),
            Self::Bars {
                all,
                bars,
                look,
                since,
            } => {
                if since.elapsed() < QUIET_START && !job.state.is_end() {
                    return Ok(());
                }
                if bars.len() >= MOST_BARS && !bars.contains_key(&job.id) {
                    return Ok(());
                }
                let bar = bars.entry(job.id).or_insert_with(|| {
                    let style = BarStyle::with_template("{msg}")
                        .unwrap_or_else(|_| BarStyle::default_spinner());
                    all.add(ProgressBar::new_spinner().with_style(style))
                });
                bar.set_message(lines::live(job, look));
                Ok(())
            }
            Self::Log {
                last,
                place,
                is_journal,
            } => {
                let is_due = last.get(&job.id).is_none_or(|(state, stage, at)| {
                    (*state, *stage) != (job.state, job.stage) || at.elapsed() >= LOG_PAUSE
                });
                if !is_due {
                    return Ok(());
                }
                last.insert(job.id, (job.state, job.stage, Instant::now()));
                let line = lines::log(job, &out.look);
                match place {
                    Place::Stdout => out.text(&format!("{line}\n"))?,
                    Place::Stderr if *is_journal => {
                        out.note(&format!("<{}>{line}", journal_level(job.state)));
                    }
                    Place::Stderr => out.note(&line),
                }
                Ok(())
            }
        }
    }

    /// Ends the live lines; they stay when they are the result, else they make room for it.
    pub(super) fn finish(&mut self, keep: bool) {
        if let Self::Bars { all, bars, .. } = self {
            for bar in bars.values() {
                if keep {
                    bar.abandon();
                } else {
                    bar.finish_and_clear();
                }
            }
            if !keep {
                // Lines that cannot be wiped stay; nothing is lost by it.
                let _ = all.clear();
            }
        }
    }
}

fn journal_level(state: JobState) -> u8 {
    match state {
        JobState::Failed | JobState::Dead => 3,
        JobState::Retrying | JobState::Parked => 4,
        _ => 6,
    }
}

/// Tells whether standard error goes to the systemd journal, which `JOURNAL_STREAM` names.
fn stderr_is_journal() -> bool {
    let Ok(names) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    std::fs::metadata("/proc/self/fd/2")
        .is_ok_and(|data| names == format!("{}:{}", data.dev(), data.ino()))
}
