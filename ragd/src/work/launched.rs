//! Parts that get a worker of their own, started in Docker, in Kubernetes or by AWS Batch.
//!
//! The task is on offer before the worker begins, and it alone is given it. Its end comes like that of
//! any task; if the worker ends without one, the part failed, and the ledger decides what comes next.

use std::sync::Arc;

use super::elsewhere::of_away;
use super::failure::{self, RUNTIME};
use crate::config::RuntimeKind;
use crate::fleet::{Desk, End, NewTask};
use crate::jobs::{Failure, ProgressSink, Retry};
use crate::runtime::{Ending, NotHere, RuntimeError, Runtimes, Told, Trouble};

/// Starts workers for parts of one job.
pub(super) struct Launcher<'a> {
    pub(super) runtimes: &'a Runtimes,
    pub(super) kind: RuntimeKind,
}

impl Launcher<'_> {
    /// Has a task done by a worker that is started for it.
    pub(super) async fn run(
        &self,
        desk: &Arc<Desk>,
        sink: &ProgressSink,
        task: NewTask,
        fence: u64,
    ) -> Result<End, Failure> {
        let site = self.runtimes.site(self.kind).map_err(of_missing)?;
        let told = self.told(sink);
        let room = site.room(&told).await;
        told(Some("a worker is being started".to_owned()));
        let id = task.id;
        let pending = desk.offer(task).await.map_err(|away| of_away(&away))?;
        let mut minded = self.runtimes.start(site, room, (id, fence), &told);
        let ended = pending.ended();
        tokio::pin!(ended);
        let trouble = tokio::select! {
            end = &mut ended => {
                told(None);
                minded.done();
                return end.map_err(|away| of_away(&away));
            }
            trouble = minded.trouble() => trouble,
        };
        told(None);
        // Not left to a drop: the part may soon be on offer again, under the same name.
        desk.withdrawn_at_once(id).await;
        Err(self.of_trouble(trouble))
    }

    /// Returns what puts words of the runtime on the board.
    fn told(&self, sink: &ProgressSink) -> Told {
        let (sink, name) = (sink.clone(), self.kind.as_str());
        Arc::new(move |reason| sink.waits_for(reason.map(|reason| (name, reason))))
    }

    fn of_trouble(&self, trouble: Trouble) -> Failure {
        let lost = |message: &str| Failure {
            code: "worker-lost".to_owned(),
            message: message.to_owned(),
            causes: Vec::new(),
            hint: None,
            retry: Retry::Backoff { after_ms: None },
        };
        match trouble {
            Trouble::NotStarted(error) => self.of_runtime(&error),
            Trouble::Gone => lost("somebody removed its worker"),
            Trouble::Ended(ending) => {
                let Ending {
                    code,
                    reason,
                    hint,
                    log,
                } = ending;
                let code = code.map(|code| format!("it ended with code {code}"));
                let log = (!log.is_empty()).then(|| format!("it said last: {}", log.join(" | ")));
                Failure {
                    causes: [code, reason, log].into_iter().flatten().collect(),
                    hint,
                    ..lost("its worker ended without a result")
                }
            }
        }
    }

    fn of_runtime(&self, error: &RuntimeError) -> Failure {
        let failed = failure::failure("runtime-failed", error, error.is_transient());
        Failure {
            hint: error.hint(),
            retry: match error.is_away() {
                true => Retry::When {
                    dependency: format!("{RUNTIME}{}", self.kind.as_str()),
                },
                false => failed.retry,
            },
            ..failed
        }
    }
}

/// The configuration was another when the job was handed in.
fn of_missing(missing: &NotHere) -> Failure {
    Failure {
        hint: Some(missing.hint()),
        ..failure::failure("runtime-failed", missing, false)
    }
}
