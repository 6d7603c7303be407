//! What every command has at hand: flags, output, the way to the daemon.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use protocol::job::{Page, PageRequest};
use protocol::{ErrorCode, ErrorReport};

use super::args::{Global, Paging};
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::client::{self, Client, Target};

/// How many items are fetched at once for `--all`.
const PAGE: u32 = 1_000;
/// How many are shown where nobody says how many.
const SHOWN: u32 = 50;

#[derive(Debug)]
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) out: Output,
    started: Instant,
}

impl Context {
    pub(super) fn new(global: Global) -> Self {
        let out = Output::new(&global);
        Self {
            global,
            out,
            started: Instant::now(),
        }
    }

    pub(super) fn target(&self) -> Target {
        Target::find(self.global.socket.as_deref())
    }

    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let target = self.target();
        match Client::connect(&target).await {
            Err(report) if report.code == ErrorCode::Unreachable && self.global.start => {
                Ok(client::start_daemon(&target).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// Returns when `--timeout` is over.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.global.timeout.map(|span| self.started + span.0)
    }

    /// Returns the collection that was asked for, or the one that is used without asking.
    pub(super) fn collection_or_default(&self) -> String {
        self.global
            .collection
            .clone()
            .unwrap_or_else(|| "default".to_owned())
    }

    /// Asks before something is lost. Without a terminal, `--yes` must have said it.
    pub(super) fn confirm(&self, question: &str) -> Result<(), Failure> {
        self.may_ask(question)?;
        if self.global.yes || self.out.ask(question) {
            return Ok(());
        }
        let report = ErrorReport::new(ErrorCode::Cancelled, "nothing was changed")
            .because("the question was not answered with yes");
        Err(Failure::coded(report, Exit::OTHER))
    }

    /// Fails where `confirm` could not ask.
    pub(super) fn may_ask(&self, question: &str) -> Result<(), Failure> {
        let has_terminal = io::stdin().is_terminal() && self.out.stderr_is_terminal;
        if self.global.yes || (has_terminal && !self.global.no_input) {
            return Ok(());
        }
        let report = ErrorReport::new(ErrorCode::BadRequest, "cannot ask before going on")
            .because(format!("the question is: {question}"))
            .try_next("add --yes to answer it");
        Err(Failure::coded(report, Exit::NEEDS_TERMINAL))
    }

    /// Runs `work` until `--timeout` is over.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Some(deadline) = self.deadline() else {
            return work.await;
        };
        tokio::time::timeout_at(deadline.into(), work)
            .await
            .unwrap_or_else(|_| {
                Err(
                    ErrorReport::new(ErrorCode::TimedOut, "gave up, as --timeout is over")
                        .retryable()
                        .into(),
                )
            })
    }
}

/// Returns the part of a list that was asked for.
pub(super) async fn pages<T>(
    paging: &Paging,
    fetch: impl AsyncFn(PageRequest) -> Result<Page<T>, ErrorReport>,
) -> Result<Page<T>, ErrorReport> {
    let limit = match paging.all {
        true => PAGE,
        false => paging.limit.unwrap_or(SHOWN),
    };
    let mut list = fetch(PageRequest {
        limit,
        cursor: paging.cursor.clone(),
    })
    .await?;
    while paging.all
        && let Some(cursor) = list.next.take()
    {
        let more = fetch(PageRequest {
            limit,
            cursor: Some(cursor),
        })
        .await?;
        list.items.extend(more.items);
        list.next = more.next;
    }
    Ok(list)
}

/// Waits until `deadline`, or for ever without one.
pub(super) async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Returns what is left until `deadline`, at most `limit`.
pub(super) fn remaining(deadline: Option<Instant>, limit: Duration) -> Duration {
    deadline.map_or(limit, |deadline| {
        deadline
            .saturating_duration_since(Instant::now())
            .min(limit)
    })
}
