//! The queue agrees with a naive model in memory under random operations.
//!
//! The model scans lists. Of the queue it shares only the pure functions of `jobs::state`.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ragd::jobs::state::{self, Event, Part, PartCounts, PartState, backoff_ms};
use ragd::jobs::{Beat, Outcome, QueueError};

use super::*;

const SEQUENCES: u32 = 2_000;
const DAY: i64 = 24 * 3_600_000;
/// What counts as one part in what a user was served.
const UNIT: u64 = 1 << 20;

#[derive(Clone, Copy, Debug)]
enum Op {
    Push(Push),
    Again(u8),
    Claim(usize),
    Beat(u8),
    Finish(u8, usize),
    Fail(u8, Wrong),
    HandBack(u8),
    Tick,
    Cancel(u8),
    Retry(u8),
    Prioritise(u8, Priority),
    Unpark(&'static str),
    Pause(bool),
    Remove(u8),
    Advance(u64),
    Jump(i64),
    Draw(u64),
    Restart,
}

#[derive(Clone, Copy, Debug)]
struct Push {
    uid: u32,
    priority: Priority,
    request: u8,
    joins: bool,
    key: Option<&'static str>,
    parts: usize,
    cost: u64,
}

#[derive(Clone, Copy, Debug)]
enum Wrong {
    Never,
    Backoff(Option<u64>),
    Away(&'static str),
}

impl Wrong {
    fn failure(self) -> Failure {
        failure(match self {
            Self::Never => Retry::Never,
            Self::Backoff(after_ms) => Retry::Backoff { after_ms },
            Self::Away(dependency) => away(dependency),
        })
    }
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let priority = || {
        prop::sample::select(vec![
            Priority::Low,
            Priority::Normal,
            Priority::High,
            Priority::Top,
        ])
    };
    let dependency = || prop::sample::select(vec!["disk", "net"]);
    let key = prop::option::weighted(0.3, prop::sample::select(vec!["a", "b"]));
    let push = (
        1..4_u32,
        priority(),
        0..3_u8,
        any::<bool>(),
        key,
        0..3_usize,
        0..3_u64,
    );
    let push = push.prop_map(|(uid, priority, request, joins, key, parts, megabytes)| {
        Op::Push(Push {
            uid,
            priority,
            request,
            joins,
            key,
            parts,
            cost: megabytes * UNIT,
        })
    });
    let wrong = prop_oneof![
        1 => Just(Wrong::Never),
        4 => prop::option::weighted(0.3, 0..5_000_000_u64).prop_map(Wrong::Backoff),
        2 => dependency().prop_map(Wrong::Away),
    ];
    let pick = any::<u8>;
    let op = prop_oneof![
        8 => push,
        1 => pick().prop_map(Op::Again),
        8 => (1..4_usize).prop_map(Op::Claim),
        2 => pick().prop_map(Op::Beat),
        5 => (pick(), 0..4_usize).prop_map(|(lease, more)| Op::Finish(lease, more)),
        5 => (pick(), wrong).prop_map(|(lease, wrong)| Op::Fail(lease, wrong)),
        2 => pick().prop_map(Op::HandBack),
        4 => Just(Op::Tick),
        3 => pick().prop_map(Op::Cancel),
        3 => pick().prop_map(Op::Retry),
        2 => (pick(), priority()).prop_map(|(job, priority)| Op::Prioritise(job, priority)),
        2 => dependency().prop_map(Op::Unpark),
        1 => prop::bool::weighted(0.3).prop_map(Op::Pause),
        1 => pick().prop_map(Op::Remove),
        3 => (0..40_000_u64).prop_map(Op::Advance),
        1 => prop::sample::select(vec![DAY, -DAY]).prop_map(Op::Jump),
        1 => (0..=1_000_u64).prop_map(Op::Draw),
        2 => Just(Op::Restart),
    ];
    prop::collection::vec(op, 20..40)
}

#[derive(Clone, Debug)]
struct ModelPart {
    job: JobId,
    number: u32,
    cost: u64,
    part: Part,
    due: i64,
    waits_for: Option<&'static str>,
    holder: Option<Holder>,
}

#[derive(Clone, Copy, Debug)]
struct Holder {
    fence: u64,
    until: u64,
    cancelling: bool,
}

#[derive(Clone, Debug)]
struct ModelJob {
    id: JobId,
    seq: i64,
    created: i64,
    push: Push,
    cancelling: bool,
    attempts: u32,
    stalls: u32,
    state: JobState,
    ends: i64,
}

/// What can be seen of a job.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    id: JobId,
    state: JobState,
    counts: PartCounts,
    attempts: u32,
    stalls: u32,
    cancelling: bool,
    priority: Priority,
    parts: Vec<(u32, u32, u32)>,
    ends: i64,
}

#[derive(Default)]
struct Model {
    jobs: Vec<ModelJob>,
    parts: Vec<ModelPart>,
    keys: Vec<(u32, &'static str, u8, JobId, i64)>,
    served: Vec<(u32, u64)>,
    level: u64,
    paused: bool,
    last_fence: u64,
}

impl Model {
    fn find(&self, job: JobId) -> Option<usize> {
        self.jobs.iter().position(|one| one.id == job)
    }

    fn part(&self, job: JobId, number: u32) -> Option<usize> {
        let mut parts = self.parts.iter();
        parts.position(|one| (one.job, one.number) == (job, number))
    }

    fn held(&self, lease: Lease) -> Option<usize> {
        let at = self.part(lease.job, lease.part)?;
        (self.parts[at].holder?.fence == lease.fence).then_some(at)
    }

    fn uid(&self, part: &ModelPart) -> u32 {
        self.jobs[self.find(part.job).unwrap()].push.uid
    }

    fn counts(&self, job: JobId) -> PartCounts {
        let mut counts = PartCounts::default();
        for part in self.parts.iter().filter(|part| part.job == job) {
            *counts.of(part.part.state) += 1;
        }
        counts
    }

    /// Takes over the state of the parts.
    fn settle(&mut self, job: JobId) {
        let counts = self.counts(job);
        let at = self.find(job).unwrap();
        let state = state::job_state(&counts, self.jobs[at].cancelling);
        let ends = i64::from(state.is_end()) - i64::from(self.jobs[at].state.is_end());
        self.jobs[at].ends += ends;
        self.jobs[at].state = state;
    }

    fn served(&mut self, uid: u32) -> &mut u64 {
        let at = self.served.iter().position(|(user, _)| *user == uid);
        let at = at.unwrap_or_else(|| {
            self.served.push((uid, 0));
            self.served.len() - 1
        });
        &mut self.served[at].1
    }

    /// Has a part wait for a worker from now on.
    fn make_ready(&mut self, at: usize) {
        self.parts[at].holder = None;
        let ready = |part: &ModelPart| part.part.state == PartState::Ready;
        let others = || (0..self.parts.len()).filter(|other| *other != at);
        let mut others = others().map(|other| &self.parts[other]);
        if !others.any(|part| ready(part) || part.holder.is_some()) {
            self.served.clear();
            self.level = 0;
        }
        let uid = self.uid(&self.parts[at]);
        let waits = (0..self.parts.len()).any(|other| {
            other != at && ready(&self.parts[other]) && self.uid(&self.parts[other]) == uid
        });
        if !waits {
            let level = self.level;
            let served = self.served(uid);
            *served = (*served).max(level);
        }
        self.parts[at].part.state = PartState::Ready;
    }

    fn add_part(&mut self, job: JobId, cost: u64) {
        let number = u32::try_from(self.parts.iter().filter(|part| part.job == job).count());
        self.parts.push(ModelPart {
            job,
            number: number.unwrap(),
            cost,
            part: Part {
                // Not there yet, for `make_ready` to see only the others.
                state: PartState::Cancelled,
                ..Part::NEW
            },
            due: 0,
            waits_for: None,
            holder: None,
        });
        self.make_ready(self.parts.len() - 1);
    }

    /// Gives a part a state that an event led to.
    fn put(&mut self, at: usize, part: Part) {
        self.parts[at].holder = None;
        if part.state == PartState::Ready {
            self.parts[at].part = Part {
                state: PartState::Cancelled,
                ..part
            };
            self.make_ready(at);
        } else {
            self.parts[at].part = part;
        }
    }

    fn push(
        &mut self,
        job: JobId,
        push: Push,
        now: i64,
        policy: &Policy,
    ) -> Result<(JobId, bool), ()> {
        if self.find(job).is_some() {
            return Ok((job, true));
        }
        let expires = now + 7 * DAY;
        let key = push.key.map(|key| (push.uid, key, push.request));
        let known = self.keys.iter().find(|(uid, name, _, _, until)| {
            key.is_some_and(|(user, key, _)| (user, key) == (*uid, *name)) && *until > now
        });
        if let Some((_, _, request, job, _)) = known {
            return if *request == push.request {
                Ok((*job, true))
            } else {
                Err(())
            };
        }
        let waits = |job: &&ModelJob| {
            job.state == JobState::Queued
                && job.push.joins
                && (job.push.uid, job.push.request) == (push.uid, push.request)
        };
        let equal = self.jobs.iter().filter(waits).max_by_key(|job| job.seq);
        let equal = equal.map(|job| job.id).filter(|job| {
            let mut parts = self.parts.iter().filter(|part| part.job == *job);
            push.joins && parts.all(|part| part.part == Part::NEW)
        });
        let open = |job: &&ModelJob| !job.state.is_end();
        let all = self.jobs.iter().filter(open).count() as u64;
        let own = self.jobs.iter().filter(open);
        let own = own.filter(|job| job.push.uid == push.uid).count() as u64;
        if equal.is_none() && (all >= policy.max_queued || own >= policy.max_queued_per_user) {
            return Err(());
        }
        if let Some((uid, key, request)) = key {
            self.keys.retain(|old| (old.0, old.1) != (uid, key));
            self.keys
                .push((uid, key, request, equal.unwrap_or(job), expires));
        }
        if let Some(equal) = equal {
            return Ok((equal, true));
        }
        let seq = self.jobs.iter().map(|job| job.seq).max().unwrap_or(0) + 1;
        self.jobs.push(ModelJob {
            id: job,
            seq,
            created: now,
            push,
            cancelling: false,
            attempts: 0,
            stalls: 0,
            state: JobState::Queued,
            ends: 0,
        });
        for _ in 0..push.parts.max(1) {
            self.add_part(job, push.cost);
        }
        Ok((job, false))
    }

    /// Returns the part that is next.
    fn next(&self) -> Option<usize> {
        let ready = (0..self.parts.len())
            .filter(|at| self.parts[*at].part.state == PartState::Ready && !self.paused);
        ready.min_by_key(|at| {
            let part = &self.parts[*at];
            let job = &self.jobs[self.find(part.job).unwrap()];
            let served = self.served.iter().find(|(uid, _)| *uid == job.push.uid);
            let rank = job.created - job.push.priority.head_start_ms();
            (served.unwrap().1, job.push.uid, rank, job.seq, part.number)
        })
    }

    fn claim(&mut self, leased: &Leased, until: u64) {
        let at = self.next().expect("the queue gave what the model has not");
        let uid = self.uid(&self.parts[at]);
        let part = &mut self.parts[at];
        assert_eq!(
            (leased.lease.job, leased.lease.part),
            (part.job, part.number)
        );
        assert_eq!(leased.attempts, part.part.attempts);
        assert!(leased.lease.fence > self.last_fence, "fences grow");
        self.last_fence = leased.lease.fence;
        part.part.state = PartState::Running;
        part.holder = Some(Holder {
            fence: leased.lease.fence,
            until,
            cancelling: false,
        });
        let (job, cost) = (part.job, part.cost);
        let served = *self.served(uid);
        self.level = self.level.max(served);
        *self.served(uid) += UNIT + cost;
        self.settle(job);
    }

    fn end(
        &mut self,
        lease: Lease,
        event: Event<'_>,
        more: usize,
        clock: &FakeClock,
        policy: &Policy,
    ) -> &'static str {
        let Some(at) = self.held(lease) else {
            return "lost";
        };
        let job = self.find(lease.job).unwrap();
        let cancelling = self.jobs[job].cancelling;
        let event = if cancelling { Event::Cancelled } else { event };
        let part = state::apply(self.parts[at].part, event, policy).unwrap();
        if let Event::Failed(failure) = event {
            match &failure.retry {
                Retry::Never | Retry::Spent => {}
                Retry::Backoff { after_ms } => {
                    let pause = backoff_ms(part.attempts, *after_ms, clock.random(), policy);
                    self.parts[at].due = clock.now().0 + pause.cast_signed();
                }
                Retry::When { dependency } => {
                    let known = ["disk", "net"].into_iter().find(|one| one == dependency);
                    self.parts[at].waits_for = known;
                }
            }
        }
        self.put(at, part);
        self.jobs[job].attempts = self.jobs[job].attempts.max(part.attempts);
        if matches!(event, Event::Finished) {
            for _ in 0..more {
                self.add_part(lease.job, 0);
            }
        }
        self.settle(lease.job);
        if cancelling { "cancelled" } else { "yes" }
    }

    fn tick(&mut self, clock: &FakeClock, policy: &Policy) -> Vec<Lease> {
        let (now, ticks) = (clock.now().0, clock.ticks());
        let horizon = 2 * policy
            .retry_after_max_ms
            .max(policy.retry_max_ms)
            .cast_signed();
        for at in 0..self.parts.len() {
            let ModelPart { part, due, job, .. } = self.parts[at];
            if part.state == PartState::Delayed && (due <= now || due > now + horizon) {
                self.make_ready(at);
                self.settle(job);
            }
        }
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        order.sort_by_key(|at| (self.parts[*at].job, self.parts[*at].number));
        let mut lost = Vec::new();
        for at in order {
            let ModelPart { job, number, .. } = self.parts[at];
            let Some(holder) = self.parts[at].holder.filter(|one| one.until <= ticks) else {
                continue;
            };
            let event = match holder.cancelling {
                true => Event::Cancelled,
                false => Event::LeaseLost,
            };
            let part = state::apply(self.parts[at].part, event, policy).unwrap();
            self.put(at, part);
            let found = self.find(job).unwrap();
            self.jobs[found].stalls = self.jobs[found].stalls.max(part.stalls);
            self.settle(job);
            lost.push(Lease {
                job,
                part: number,
                fence: holder.fence,
            });
        }
        lost
    }

    fn unpark(&mut self, dependency: &str) -> u64 {
        let mut count = 0;
        for at in 0..self.parts.len() {
            let parked = self.parts[at].part.state == PartState::Parked;
            if parked && self.parts[at].waits_for == Some(dependency) {
                self.make_ready(at);
                self.settle(self.parts[at].job);
                count += 1;
            }
        }
        count
    }

    fn cancel(&mut self, job: JobId) -> Option<(JobState, u32, u32, Vec<Lease>)> {
        let found = self.find(job)?;
        let (mut never, mut running) = (0, Vec::new());
        if !self.jobs[found].state.is_end() {
            self.jobs[found].cancelling = true;
            for part in self.parts.iter_mut().filter(|part| part.job == job) {
                if let Some(holder) = &mut part.holder {
                    holder.cancelling = true;
                    running.push(Lease {
                        job,
                        part: part.number,
                        fence: holder.fence,
                    });
                } else if !part.part.state.is_end() {
                    part.part.state = PartState::Cancelled;
                    never += 1;
                }
            }
            self.settle(job);
        }
        let rolled_back = u32::try_from(running.len()).unwrap();
        Some((self.jobs[found].state, rolled_back, never, running))
    }

    fn retry(&mut self, job: JobId, policy: &Policy) -> bool {
        let Some(found) = self.find(job) else {
            return false;
        };
        let state = self.jobs[found].state;
        if !state.is_end() || state == JobState::Finished {
            return false;
        }
        for at in 0..self.parts.len() {
            if self.parts[at].job == job
                && let Ok(part) = state::apply(self.parts[at].part, Event::Retried, policy)
            {
                self.put(at, part);
            }
        }
        let found = &mut self.jobs[found];
        (found.cancelling, found.attempts, found.stalls) = (false, 0, 0);
        self.settle(job);
        true
    }

    fn restart(&mut self, policy: &Policy) {
        self.served.clear();
        self.level = 0;
        for at in 0..self.parts.len() {
            let ModelPart { job, part, .. } = self.parts[at];
            let cancelling = self.jobs[self.find(job).unwrap()].cancelling;
            let event = match part.state {
                state if state.is_end() => continue,
                _ if cancelling => Event::Cancelled,
                PartState::Running => Event::OwnerDied,
                PartState::Parked => Event::Due,
                _ => continue,
            };
            self.parts[at].holder = None;
            self.parts[at].part = state::apply(part, event, policy).unwrap();
        }
        for uid in 1..4 {
            self.served(uid);
        }
        for at in 0..self.jobs.len() {
            self.settle(self.jobs[at].id);
        }
    }

    fn seen(&self) -> Vec<Seen> {
        let mut jobs: Vec<&ModelJob> = self.jobs.iter().collect();
        jobs.sort_by_key(|job| job.seq);
        let seen = jobs.into_iter().map(|job| Seen {
            id: job.id,
            state: job.state,
            counts: self.counts(job.id),
            attempts: job.attempts,
            stalls: job.stalls,
            cancelling: job.cancelling,
            priority: job.push.priority,
            parts: (self.parts.iter().filter(|part| part.job == job.id))
                .map(|part| (part.part.attempts, part.part.stalls, part.part.deaths))
                .collect(),
            ends: job.ends,
        });
        seen.collect()
    }
}

/// Returns what is stored, after everything that was posted.
async fn stored(ledger: &Ledger) -> Vec<Seen> {
    let seen = ledger.write(Durability::Full, |tx| {
        let mut parts = tx.prepare_cached(
            "SELECT attempts, stalls, deaths FROM part WHERE job = ?1 ORDER BY number",
        )?;
        let mut jobs = tx.prepare_cached("SELECT id, state, record, ends FROM job ORDER BY seq")?;
        let mut rows = jobs.query(())?;
        let mut seen = Vec::new();
        while let Some(row) = rows.next()? {
            let record: String = row.get(2)?;
            let job: Job = serde_json::from_str(&record).expect("a record is a job");
            assert_eq!(row.get::<_, u8>(1)?, job.state as u8);
            let key: Vec<u8> = row.get(0)?;
            let parts =
                parts.query_map([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            seen.push(Seen {
                id: job.id,
                state: job.state,
                counts: job.counts,
                attempts: job.attempts,
                stalls: job.stalls,
                cancelling: job.cancelling,
                priority: job.priority,
                parts: parts.collect::<Result<_, _>>()?,
                ends: row.get(3)?,
            });
        }
        Ok(seen)
    });
    seen.await.unwrap()
}

/// One run: the queue, the model, and the leases that were ever had.
struct Run {
    bench: Bench,
    model: Model,
    leases: Vec<Lease>,
    ids: Vec<JobId>,
}

fn word(ended: &Result<Ended, QueueError>) -> &'static str {
    match ended {
        Ok(Ended::Yes(_)) => "yes",
        Ok(Ended::Cancelled) => "cancelled",
        Ok(Ended::Lost) => "lost",
        Err(_) => "error",
    }
}

impl Run {
    /// Picks a lease, mostly one of the last few.
    fn lease(&self, pick: u8) -> Lease {
        let nobodys = Lease {
            job: id(0),
            part: 0,
            fence: 1,
        };
        let back = usize::from(pick) % self.leases.len().clamp(1, 8);
        let lease = self.leases.iter().rev().nth(back);
        lease.copied().unwrap_or(nobodys)
    }

    fn job(&self, pick: u8) -> JobId {
        let at = usize::from(pick) % self.ids.len().max(1);
        self.ids.get(at).copied().unwrap_or(id(0))
    }

    async fn push(&mut self, job: JobId, push: Push) {
        let now = self.bench.clock.now().0;
        let expected = self.model.push(job, push, now, &self.bench.policy);
        let request = [push.uid.to_le_bytes()[0] * 16 + push.request; 32];
        let new = NewJob {
            id: job,
            priority: push.priority,
            dedup: push.joins.then_some(request),
            key: push.key.map(str::to_owned),
            fingerprint: request,
            cost: push.cost,
            parts: vec![(PartWork::Whole, push.cost); push.parts],
            ..job_of(push.uid, 0)
        };
        let pushed = self.bench.queue.push(new).await;
        let pushed = pushed.map(|pushed| (pushed.job, pushed.existing));
        assert_eq!(pushed.map_err(|_| ()), expected);
    }

    async fn step(mut self, op: Op) -> Self {
        let (queue, clock) = (Arc::clone(&self.bench.queue), Arc::clone(&self.bench.clock));
        let policy = self.bench.policy.clone();
        match op {
            Op::Push(push) => {
                let job = id(self.ids.len() as u128 + 1);
                self.ids.push(job);
                self.push(job, push).await;
            }
            Op::Again(pick) => {
                let job = self.job(pick);
                if let Some(known) = self.model.find(job) {
                    self.push(job, self.model.jobs[known].push).await;
                }
            }
            Op::Claim(limit) => {
                let leased = queue.claim(limit).await;
                for one in &leased {
                    self.model.claim(one, clock.ticks() + policy.lease_ms);
                    self.leases.push(one.lease);
                }
                assert!(leased.len() == limit || self.model.next().is_none());
            }
            Op::Beat(pick) => {
                let lease = self.lease(pick);
                let expected = match self.model.held(lease) {
                    None => Beat::Lost,
                    Some(at) => {
                        let holder = self.model.parts[at].holder.as_mut().unwrap();
                        holder.until = clock.ticks() + policy.lease_ms;
                        if holder.cancelling {
                            Beat::Cancel
                        } else {
                            Beat::Go
                        }
                    }
                };
                assert_eq!(queue.beat(lease).await, expected);
            }
            Op::Finish(pick, more) => {
                let lease = self.lease(pick);
                let expected = self
                    .model
                    .end(lease, Event::Finished, more, &clock, &policy);
                let outcome = Outcome {
                    more: parts(more),
                    ..Outcome::default()
                };
                assert_eq!(word(&queue.finish(lease, outcome).await), expected);
            }
            Op::Fail(pick, wrong) => {
                let (lease, failure) = (self.lease(pick), wrong.failure());
                let event = Event::Failed(&failure);
                let expected = self.model.end(lease, event, 0, &clock, &policy);
                assert_eq!(word(&queue.fail(lease, failure.clone()).await), expected);
            }
            Op::HandBack(pick) => {
                let lease = self.lease(pick);
                let expected = self.model.end(lease, Event::HandedBack, 0, &clock, &policy);
                assert_eq!(word(&queue.hand_back(lease).await), expected);
            }
            Op::Tick => {
                let expected = self.model.tick(&clock, &policy);
                assert_eq!(queue.tick().await.unwrap().1, expected);
            }
            Op::Cancel(pick) => {
                let job = self.job(pick);
                let receipt = queue.cancel(job).await.ok().map(|receipt| {
                    let (rolled, never) = (receipt.rolled_back_parts, receipt.never_started_parts);
                    (receipt.state, rolled, never, receipt.running)
                });
                assert_eq!(receipt, self.model.cancel(job));
            }
            Op::Retry(pick) => {
                let job = self.job(pick);
                let expected = self.model.retry(job, &policy);
                assert_eq!(queue.retry(job).await.is_ok(), expected);
            }
            Op::Prioritise(pick, priority) => {
                let job = self.job(pick);
                let open = self.model.find(job);
                let open = open.filter(|at| !self.model.jobs[*at].state.is_end());
                if let Some(at) = open {
                    self.model.jobs[at].push.priority = priority;
                }
                assert_eq!(
                    queue.prioritise(job, priority).await.is_ok(),
                    open.is_some()
                );
            }
            Op::Unpark(dependency) => {
                let expected = self.model.unpark(dependency);
                assert_eq!(queue.unpark(dependency).await.unwrap(), expected);
            }
            Op::Pause(paused) => {
                self.model.paused = paused;
                queue.pause(paused).await.unwrap();
            }
            Op::Remove(pick) => {
                let job = self.job(pick);
                let ended = self.model.find(job);
                let ended = ended.filter(|at| self.model.jobs[*at].state.is_end());
                if let Some(at) = ended {
                    self.model.jobs.remove(at);
                    self.model.parts.retain(|part| part.job != job);
                    self.model.keys.retain(|key| key.3 != job);
                }
                assert_eq!(queue.remove(job).await.is_ok(), ended.is_some());
            }
            Op::Advance(ms) => clock.advance(ms),
            Op::Jump(ms) => clock.jump(ms),
            Op::Draw(thousandths) => clock.draw(thousandths),
            Op::Restart => {
                drop(queue);
                self.bench = self.bench.after_death().await;
                self.model.restart(&policy);
            }
        }
        assert_eq!(stored(&self.bench.ledger).await, self.model.seen());
        assert_eq!(self.bench.queue.is_paused(), self.model.paused);
        self
    }
}

#[test]
fn the_queue_agrees_with_a_naive_model() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let template = folder();
    let opened = Ledger::open(template.path()).unwrap();
    runtime.block_on(opened.ledger.close());
    drop(opened);
    let file = template.path().join("ledger.db");
    let limits = Policy {
        max_queued: 8,
        max_queued_per_user: 4,
        ..policy()
    };
    let sequences = std::env::var("RAGD_SEQUENCES").ok();
    let mut runner = TestRunner::new(Config {
        cases: sequences.map_or(SEQUENCES, |number| number.parse().unwrap()),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    });
    let result = runner.run(&ops(), |ops| {
        let folder = folder();
        std::fs::copy(&file, folder.path().join("ledger.db")).unwrap();
        runtime.block_on(async {
            let bench = Bench::open(folder, limits.clone(), FakeClock::new()).await;
            let mut run = Run {
                bench,
                model: Model::default(),
                leases: Vec::new(),
                ids: Vec::new(),
            };
            for op in ops {
                run = run.step(op).await;
            }
        });
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
