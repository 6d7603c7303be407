//! How far running parts are: in memory only, and told to listeners a few times a second at most.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::model::Stage;
use super::{Clock, EventKind, Events};
use crate::ids::JobId;

/// A listener is told of progress of one job at most this often.
const TELL_EVERY_MS: u64 = 100;
/// The pace is that of the last seconds.
const WINDOW_MS: u64 = 15_000;
/// Before that there is no pace and no estimate.
const EVIDENCE_MS: u64 = 2_000;

/// What a running part has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartProgress {
    pub stage: Option<Stage>,
    pub files: u64,
    pub bytes: u64,
    pub chunks: u64,
    /// What planning has found so far, where the part plans.
    pub files_total: u64,
    pub bytes_total: u64,
    /// Pages that are looked at right now.
    pub looks: u64,
}

/// What is known of a job beyond the ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    pub running: PartProgress,
    /// Milliseconds since anything moved of what is to move here.
    pub silent_ms: u64,
    /// What keeps a part that is running from getting on: a name, and why.
    pub waits_for: Option<(&'static str, String)>,
    pub chunks_per_min: Option<u64>,
    pub bytes_per_s: Option<u64>,
    pub files_per_s: Option<u64>,
    /// Spread of the pace within the window, as a share of it.
    pub pace_error: f64,
}

#[derive(Debug)]
struct Track {
    parts: HashMap<u32, PartProgress>,
    /// What parts wait for, if all that are running wait.
    waiting: BTreeMap<u32, (&'static str, String)>,
    /// Parts that a worker elsewhere does, whose signs of life are looked after elsewhere, too.
    away: HashSet<u32>,
    /// What parts that ended in this start had done.
    past: PartProgress,
    moved: u64,
    told: u64,
    samples: VecDeque<(u64, PartProgress)>,
}

/// The progress of all running jobs.
pub struct Board {
    clock: Arc<dyn Clock>,
    events: Arc<Events>,
    jobs: Mutex<HashMap<JobId, Track>>,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

impl Board {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, events: Arc<Events>) -> Self {
        Self {
            clock,
            events,
            jobs: Mutex::default(),
        }
    }

    /// Changes what is known of a part.
    pub fn update(&self, job: JobId, part: u32, change: impl FnOnce(&mut PartProgress)) {
        let now = self.clock.ticks();
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let track = jobs.entry(job).or_insert_with(|| Track::new(now));
        change(track.parts.entry(part).or_default());
        track.moved = now;
        let tell = now >= track.told + TELL_EVERY_MS;
        if tell {
            track.told = now;
            let sum = track.sum();
            track.samples.push_back((now, sum));
            while track.samples.len() > 2 && track.samples[1].0 + WINDOW_MS < now {
                track.samples.pop_front();
            }
        }
        drop(jobs);
        if tell {
            self.events.tell(EventKind::Progress(job));
        }
    }

    /// Says what a running part waits for, or that it waits no longer.
    pub fn wait(&self, job: JobId, part: u32, waits_for: Option<(&'static str, String)>) {
        let now = self.clock.ticks();
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let track = jobs.entry(job).or_insert_with(|| Track::new(now));
        track.parts.entry(part).or_default();
        let is_news = match waits_for {
            Some(waits_for) if track.waiting.get(&part) == Some(&waits_for) => false,
            Some(waits_for) => {
                track.waiting.insert(part, waits_for);
                true
            }
            None => track.waiting.remove(&part).is_some(),
        };
        if !is_news {
            return;
        }
        track.moved = now;
        drop(jobs);
        self.events.tell(EventKind::Progress(job));
    }

    /// Tells whether a part has said that it waits, or looks at pages: that takes minutes, too.
    #[must_use]
    pub fn lingers(&self, job: JobId, part: u32) -> bool {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.get(&job).is_some_and(|track| {
            let looks = track.parts.get(&part).is_some_and(|part| part.looks > 0);
            looks || track.waiting.contains_key(&part)
        })
    }

    /// Says that a worker elsewhere does the rest of a part: it is not heard of before its end.
    pub fn elsewhere(&self, job: JobId, part: u32) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(track) = jobs.get_mut(&job) {
            track.away.insert(part);
        }
    }

    /// Forgets a part that nobody works on any more; a job without parts is forgotten too.
    pub fn leave(&self, job: JobId, part: u32, job_goes_on: bool) {
        let now = self.clock.ticks();
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(track) = jobs.get_mut(&job) else {
            return;
        };
        track.waiting.remove(&part);
        track.away.remove(&part);
        if let Some(progress) = track.parts.remove(&part) {
            track.past = sum(track.past, progress);
        }
        if track.parts.is_empty() && !job_goes_on {
            jobs.remove(&job);
        }
        // A job may have ended, or wait: then it has no pace any more.
        jobs.retain(|_, track| !track.parts.is_empty() || track.moved + WINDOW_MS > now);
    }

    /// Returns what is known of a job, if one of its parts is running.
    #[must_use]
    pub fn live(&self, job: JobId) -> Option<Live> {
        let now = self.clock.ticks();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let track = jobs.get(&job)?;
        let running = track
            .parts
            .values()
            .fold(PartProgress::default(), |a, b| sum(a, *b));
        let mut live = Live {
            running,
            silent_ms: match track.parts.keys().all(|part| track.away.contains(part)) {
                true => 0,
                false => now.saturating_sub(track.moved),
            },
            waits_for: track.waits_for(),
            ..Live::default()
        };
        let (first, last) = (track.samples.front()?, track.samples.back()?);
        let span = last.0 - first.0;
        if span >= EVIDENCE_MS && last.1.bytes > first.1.bytes {
            let per = |done: u64, unit: u64| done * unit / span;
            live.bytes_per_s = Some(per(last.1.bytes - first.1.bytes, 1_000));
            live.files_per_s = Some(per(last.1.files - first.1.files, 1_000));
            live.chunks_per_min = Some(per(last.1.chunks - first.1.chunks, 60_000));
            live.pace_error = track.spread();
        }
        Some(live)
    }
}

impl Track {
    fn new(now: u64) -> Self {
        Self {
            parts: HashMap::new(),
            waiting: BTreeMap::new(),
            away: HashSet::new(),
            past: PartProgress::default(),
            moved: now,
            told: now,
            samples: VecDeque::from([(now, PartProgress::default())]),
        }
    }

    /// Returns what the job waits for: as long as one part gets on, it does.
    fn waits_for(&self) -> Option<(&'static str, String)> {
        let (_, first) = self.waiting.first_key_value()?;
        (self.waiting.len() == self.parts.len()).then(|| first.clone())
    }

    fn sum(&self) -> PartProgress {
        self.parts.values().fold(self.past, |a, b| sum(a, *b))
    }

    /// Compares the pace of the two halves of the window.
    fn spread(&self) -> f64 {
        let middle = self.samples.len() / 2;
        let (Some(first), Some(half), Some(last)) = (
            self.samples.front(),
            self.samples.get(middle),
            self.samples.back(),
        ) else {
            return 1.0;
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share needs no exact integers"
        )]
        let pace = |from: &(u64, PartProgress), to: &(u64, PartProgress)| {
            (to.1.bytes - from.1.bytes) as f64 / (to.0 - from.0).max(1) as f64
        };
        let (early, late) = (pace(first, half), pace(half, last));
        let mean = f64::midpoint(early, late);
        if mean > 0.0 {
            ((early - late).abs() / mean / 2.0).min(1.0)
        } else {
            1.0
        }
    }
}

fn sum(a: PartProgress, b: PartProgress) -> PartProgress {
    PartProgress {
        stage: a.stage.max(b.stage),
        files: a.files + b.files,
        bytes: a.bytes + b.bytes,
        chunks: a.chunks + b.chunks,
        files_total: a.files_total + b.files_total,
        bytes_total: a.bytes_total + b.bytes_total,
        looks: a.looks + b.looks,
    }
}
