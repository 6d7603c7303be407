//! Following jobs until they have ended, across restarts of the daemon.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use protocol::job::{JobEvent, JobEventKind, JobFilter, JobState, JobView, Since, WatchRequest};
use protocol::{ErrorCode, ErrorReport, JobId};

use super::context::{Context, remaining, sleep_until};
use super::exit::{Exit, Failure};
use super::signals::Signals;
use crate::client::{Client, is_away};

/// Why following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// All jobs have ended, or the observer has seen enough.
    Done,
    /// `--timeout` is over.
    TimedOut,
    /// A signal came.
    Signal(Exit),
}

/// What the observer of events wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    Enough,
}

/// Jobs that are followed.
#[derive(Debug)]
pub(super) struct Follower<'a> {
    context: &'a Context,
    client: Client,
    filter: JobFilter,
    reconnect: Duration,
    /// Ends when all jobs of the filter have ended, not only when told to.
    until_ended: bool,
    since: Option<Since>,
    jobs: BTreeMap<JobId, JobView>,
}

impl<'a> Follower<'a> {
    /// Follows `jobs` until they have ended.
    pub(super) fn jobs(
        context: &'a Context,
        client: Client,
        jobs: &[JobId],
        reconnect: Duration,
    ) -> Self {
        let filter = JobFilter {
            ids: jobs.to_vec(),
            ..JobFilter::default()
        };
        let jobs = BTreeMap::new();
        Self {
            context,
            client,
            filter,
            reconnect,
            until_ended: true,
            since: None,
            jobs,
        }
    }

    /// Follows everything, for ever.
    pub(super) fn everything(
        context: &'a Context,
        client: Client,
        filter: JobFilter,
        since: Option<Since>,
        reconnect: Duration,
    ) -> Self {
        let jobs = BTreeMap::new();
        Self {
            context,
            client,
            filter,
            reconnect,
            until_ended: false,
            since,
            jobs,
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the jobs as they were last seen, in the order in which they were named.
    pub(super) fn views(&self) -> Vec<JobView> {
        self.filter
            .ids
            .iter()
            .filter_map(|id| self.jobs.get(id))
            .cloned()
            .collect()
    }

    /// Shows every event to `observe` until there is a reason to stop.
    pub(super) async fn run(
        &mut self,
        signals: &mut Signals,
        observe: impl FnMut(&JobEvent) -> Result<Flow, Failure>,
    ) -> Result<Stop, Failure> {
        let deadline = self.context.deadline();
        tokio::select! {
            outcome = self.until_done(deadline, observe) => outcome.map(|()| Stop::Done),
            exit = signals.next() => Ok(Stop::Signal(exit)),
            () = sleep_until(deadline) => Ok(Stop::TimedOut),
        }
    }

    async fn until_done(
        &mut self,
        deadline: Option<Instant>,
        mut observe: impl FnMut(&JobEvent) -> Result<Flow, Failure>,
    ) -> Result<(), Failure> {
        let mut patience = Patience::new(self.reconnect);
        loop {
            let mut has_news = false;
            let outcome = self
                .one_stream(&mut |event| {
                    has_news = true;
                    observe(event)
                })
                .await;
            let away = match outcome {
                Ok(()) => return Ok(()),
                Err(Failure::Report(report)) if is_gone(&report) => report,
                Err(failure) => return Err(failure),
            };
            if has_news {
                patience = Patience::new(self.reconnect);
            }
            let context = self.context;
            self.client = patience.reconnect(context, *away, deadline).await?;
        }
    }

    async fn one_stream(
        &mut self,
        observe: &mut impl FnMut(&JobEvent) -> Result<Flow, Failure>,
    ) -> Result<(), Failure> {
        let request = WatchRequest {
            filter: self.filter.clone(),
            since: self.since,
            until_ended: self.until_ended,
        };
        let mut stream = self.client.watch(request).await?;
        let mut snapshot_is_complete = self.since.is_some();
        while let Some(event) = stream.next().await? {
            self.apply(&event);
            snapshot_is_complete |= matches!(event.what, JobEventKind::SnapshotEnd);
            if observe(&event)? == Flow::Enough {
                return Ok(());
            }
            if self.until_ended && snapshot_is_complete {
                self.check_all_known()?;
                if self.all_ended() {
                    return Ok(());
                }
            }
        }
        if !self.until_ended {
            return Err(ErrorReport::new(ErrorCode::Unreachable, "ragd ended the stream").into());
        }
        self.check_all_known()?;
        if self.all_ended() {
            return Ok(());
        }
        Err(ErrorReport::new(ErrorCode::Protocol, "ragd ended the stream too early").into())
    }

    fn apply(&mut self, event: &JobEvent) {
        if !self.until_ended {
            // Only a stream without an end is continued where it was; the others begin anew.
            self.since = Some(Since {
                boot_id: Some(event.boot_id),
                seq: event.seq,
            });
        }
        match &event.what {
            JobEventKind::Snapshot(job)
            | JobEventKind::Created(job)
            | JobEventKind::State(job)
            | JobEventKind::Progress(job)
                if self.until_ended =>
            {
                self.jobs.insert(job.id, JobView::clone(job));
            }
            JobEventKind::Removed(id) => {
                // Who removes a job that has ended takes nothing from its outcome.
                self.jobs
                    .retain(|job, view| job != id || view.state.is_end());
            }
            _ => {}
        }
    }

    fn check_all_known(&self) -> Result<(), Failure> {
        let missing = self
            .filter
            .ids
            .iter()
            .find(|id| !self.jobs.contains_key(id));
        missing.map_or(Ok(()), |id| {
            Err(ErrorReport::new(
                ErrorCode::NotFound,
                format!("there is no job {}", id.short()),
            )
            .because("it was removed, or belongs to somebody else")
            .try_next("ragctl jobs")
            .into())
        })
    }

    fn all_ended(&self) -> bool {
        self.filter
            .ids
            .iter()
            .all(|id| self.jobs.get(id).is_some_and(|job| job.state.is_end()))
    }
}

/// How much longer a daemon that is away is waited for.
#[derive(Debug)]
pub(super) struct Patience {
    limit: Duration,
    ends_at: Option<Instant>,
}

/// Keeps a daemon that hangs up again and again from being asked without a pause.
const PAUSE: Duration = Duration::from_millis(100);

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            ends_at: None,
        }
    }

    /// Connects again, or fails with why the last connection was lost. The time that all calls
    /// take together is limited.
    pub(super) async fn reconnect(
        &mut self,
        context: &Context,
        away: ErrorReport,
        deadline: Option<Instant>,
    ) -> Result<Client, ErrorReport> {
        if self.ends_at.is_none() {
            context
                .out
                .note(&format!("{away}; waiting for ragd to come back"));
        }
        let ends_at = *self
            .ends_at
            .get_or_insert_with(|| Instant::now() + self.limit);
        tokio::time::sleep(PAUSE).await;
        let left = ends_at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(away);
        }
        Client::connect_within(&context.target(), remaining(deadline, left)).await
    }
}

/// Sends a request again when the connection is lost, for up to `limit`. Only for requests that
/// mean the same however often they come: those whose job has its id from here.
pub(super) async fn insist<T>(
    context: &Context,
    client: &mut Client,
    limit: Duration,
    send: impl AsyncFn(&Client) -> Result<T, ErrorReport>,
) -> Result<T, ErrorReport> {
    let mut patience = Patience::new(limit);
    loop {
        match send(client).await {
            Err(report) if is_away(&report) => {
                *client = patience.reconnect(context, report, None).await?;
            }
            outcome => return outcome,
        }
    }
}

fn is_gone(report: &ErrorReport) -> bool {
    is_away(report) || report.code == ErrorCode::TimedOut
}

/// How one job came out, as `wait` counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Done,
    Partial,
    Failed,
    Cancelled,
}

/// Returns the exit code for jobs that have ended; the worst wins.
pub(super) fn exit_of(jobs: &[JobView]) -> Exit {
    let endings: Vec<_> = jobs.iter().map(ending).collect();
    let has = |ending| endings.contains(&ending);
    match () {
        () if has(Ending::Failed) && !has(Ending::Done) && !has(Ending::Partial) => {
            Exit::ALL_FAILED
        }
        () if has(Ending::Failed) || has(Ending::Partial) => Exit::PARTIAL,
        () if has(Ending::Cancelled) => Exit::CANCELLED,
        () => Exit::DONE,
    }
}

/// A job is partial when some of its documents came through and some did not.
fn ending(job: &JobView) -> Ending {
    let totals = &job.totals;
    let came_through = totals.added + totals.updated + totals.deleted + totals.unchanged > 0;
    match job.state {
        JobState::Cancelled => Ending::Cancelled,
        JobState::Finished if totals.failed + totals.held_back == 0 => Ending::Done,
        _ if came_through => Ending::Partial,
        _ => Ending::Failed,
    }
}
