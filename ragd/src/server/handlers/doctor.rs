//! Tries everything that the daemon needs, for real, and says what to do about what fails.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use protocol::Reply;
use protocol::doctor::Finding;
use protocol::error::ErrorReport;

use super::super::Stores;
use super::super::lookout::{NO_EYES, is_there, without_user};
use super::super::session::Context;
use super::{counted, health};
use crate::blobs::BlobError;
use crate::config::{self, RuntimeKind};
use crate::fleet::{Wanted, WorkerState};
use crate::ids;
use crate::index::IndexError;
use crate::ledger::Durability;
use crate::runtime::RuntimeError;

/// Somebody waits for this, and knows why: a slow server gets its time.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn doctor(context: &Context) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let stores = &*stores;
    let (ledger, queue, workers, index, blobs, extract, models, runtimes) = tokio::join!(
        ledger(stores),
        queue(stores),
        workers(stores),
        index(stores),
        blobs(stores),
        extract(stores),
        models(stores),
        runtimes(stores),
    );
    let disk = vec![disk(stores)];
    let findings = [
        ledger, disk, queue, workers, index, blobs, extract, models, runtimes,
    ];
    Ok(Reply::Findings(findings.concat()))
}

async fn ledger(stores: &Stores) -> Vec<Finding> {
    const PART: &str = "ledger";
    let path = stores.ledger.path().display();
    let written = tried(
        PART,
        stores.ledger.write(Durability::Full, |_| Ok(())),
        |_| Some(format!("look at the disk below {path}")),
    );
    if let Err(finding) = written.await {
        return vec![finding];
    }
    let mut findings = vec![Finding::ok(PART, format!("{path} was written to"))];
    if let Some(restored) = &stores.restored {
        let warning = Finding::warning(PART, restored.cause.clone());
        findings.push(warning.try_next(restored.next_step.clone()));
    }
    findings
}

fn disk(stores: &Stores) -> Finding {
    const PART: &str = "disk";
    match stores.disk.look() {
        None => Finding::ok(PART, format!("{} MiB free", stores.disk.space().free >> 20)),
        Some(cause) => {
            Finding::error(PART, cause).try_next("free some space; submits are refused until then")
        }
    }
}

/// Asks the server of the queue for its version, and how it keeps things.
async fn queue(stores: &Stores) -> Vec<Finding> {
    const PART: &str = "queue";
    let mut findings = Vec::new();
    if stores.queue.is_paused() {
        findings.push(Finding::warning(PART, "it is paused").try_next("ragctl queue resume"));
    }
    let Some(desk) = &stores.desk else {
        findings.insert(0, Finding::ok(PART, "embedded"));
        return findings;
    };
    let checked = tried(PART, desk.fleet().check(), |error| Some(error.next_step()));
    match checked.await {
        Err(finding) => findings.insert(0, finding),
        Ok(found) => {
            let address = without_user(&stores.settings.queue.url);
            findings.insert(0, Finding::ok(PART, format!("{address} answers")));
            let found = found.into_iter();
            findings
                .extend(found.map(|one| Finding::warning(PART, one.what).try_next(one.next_step)));
            // It may answer and not let us write.
            let away = desk.trouble();
            findings.extend(
                away.map(|away| Finding::error(PART, away.to_string()).try_next(away.next_step)),
            );
        }
    }
    findings
}

async fn workers(stores: &Stores) -> Vec<Finding> {
    const PART: &str = "workers";
    let Some(desk) = &stores.desk else {
        return vec![match stores.pool.load() {
            (0, _) => Finding::error(PART, "none: `workers.local` is 0")
                .try_next("set `workers.local` to the number of cores"),
            (workers, _) => Finding::ok(PART, format!("{workers} in this daemon")),
        }];
    };
    let listed = tokio::time::timeout(LIMIT, desk.fleet().workers()).await;
    match listed {
        Ok(Ok(workers)) => of_workers(&workers, stores.settings.queue.lease_ms),
        // What is wrong with it has a line of its own.
        Ok(Err(_)) | Err(_) => {
            let unknown = Finding::error(PART, "not known: the queue server does not list them");
            vec![unknown.try_next("mend the queue, then: ragctl doctor")]
        }
    }
}

fn of_workers(workers: &[WorkerState], lease_ms: u64) -> Vec<Finding> {
    const PART: &str = "workers";
    let own = env!("CARGO_PKG_VERSION");
    let there: Vec<_> = workers
        .iter()
        .filter(|one| is_there(one, lease_ms))
        .collect();
    let hosts: BTreeSet<_> = there.iter().map(|one| one.info.host.as_str()).collect();
    let takes = |worker: &&WorkerState| worker.wanted == Wanted::Run && worker.info.version == own;
    let mut findings = vec![match there.iter().copied().find(takes) {
        None if there.is_empty() => Finding::error(PART, "no worker is there")
            .try_next("start one: ragd worker; or set `workers.local`"),
        None => Finding::error(PART, "no worker takes anything").try_next("ragctl worker list"),
        Some(_) => {
            let machines = counted(hosts.len(), "machine");
            Finding::ok(
                PART,
                format!("{} on {machines}", counted(there.len(), "worker")),
            )
        }
    }];
    for worker in workers {
        let info = &worker.info;
        let name = format!("{} on {}", info.name, info.host);
        if info.version != own {
            let what = format!("{name} is version {}, and this daemon {own}", info.version);
            let step = format!("install ragd {own} on {}", info.host);
            findings.push(Finding::error(PART, what).try_next(step));
        }
        if !is_there(worker, lease_ms) {
            let what = format!("{name} was not heard for {} s", worker.silent_ms / 1_000);
            let step = "look at its log, and start it again: ragd worker";
            findings.push(Finding::warning(PART, what).try_next(step));
        }
        if worker.wanted == Wanted::Pause {
            let step = format!("ragctl worker resume {}", info.name);
            findings.push(Finding::warning(PART, format!("{name} is paused")).try_next(step));
        }
    }
    findings
}

async fn index(stores: &Stores) -> Vec<Finding> {
    const PART: &str = "index";
    let asked = async {
        stores.index.reach().await?;
        let collections = stores.index.collections().await?;
        Ok((collections.len(), stores.index.damaged().await?.len()))
    };
    let asked = tried(PART, asked, |error: &IndexError| {
        error.hint().map(str::to_owned)
    });
    let (collections, damaged) = match asked.await {
        Ok(counts) => counts,
        Err(finding) => return vec![finding],
    };
    let place = stores.index.place();
    let what = format!("{place}, {}", counted(collections, "collection"));
    let mut findings = vec![Finding::ok(PART, what)];
    if let Some(cause) = stores.index.trouble() {
        let error = Finding::error(PART, format!("cannot be written: {cause}"));
        findings.push(error.try_next("writing is tried again; look at the disk, or the server"));
    }
    if stores.sweeper.is_incomplete() {
        findings.push(Finding::error(PART, "lost what it had").try_next(health::REMADE));
    }
    if damaged > 0 {
        let error = Finding::error(
            PART,
            format!("{} incomplete", counted(damaged, "collection")),
        );
        findings.push(error.try_next("restart ragd: chunks are made again from the kept contents"));
    }
    findings
}

/// Writes a small content, reads it, and removes it.
async fn blobs(stores: &Stores) -> Vec<Finding> {
    const PART: &str = "blobs";
    let blobs = &stores.pipeline.blobs;
    let url = stores.settings.blobs.url.as_str();
    // Nobody else has the same, so nobody misses it.
    let content = Bytes::from(format!("ragd doctor {}", uuid::Uuid::now_v7()));
    let hash = ids::content_hash(&content);
    let passed = async {
        if !url.is_empty() {
            blobs.reach().await?;
        }
        let places = blobs.put_pack(vec![(hash, content)]).await?;
        let mut read = Ok(());
        for place in &places {
            read = blobs.get(place).await.map(drop);
            blobs.remove(place.pack).await?;
        }
        read
    };
    let passed = tried(PART, passed, |error: &BlobError| {
        let hint = error
            .hint()
            .unwrap_or("look at the disk, and who owns the folder");
        Some(hint.to_owned())
    });
    vec![match passed.await {
        Err(finding) => finding,
        Ok(()) => {
            let place = match url {
                "" => "a folder in the state directory",
                url => url,
            };
            Finding::ok(PART, format!("{place}: written, read and removed"))
        }
    }]
}

/// Asks the server of each configured model whether it has it.
async fn models(stores: &Stores) -> Vec<Finding> {
    let all = stores.pipeline.maker.embedders.all();
    let asked = all.filter_map(|model| {
        let address = model.address()?;
        Some(async move {
            let part = format!("model {}", model.name());
            let reached = tried(&part, model.reach(LIMIT / 2), |error| {
                error.hint().map(str::to_owned)
            });
            match reached.await {
                Err(finding) => finding,
                Ok(()) => Finding::ok(part, format!("{} at {}", address.model, address.url)),
            }
        })
    });
    let (mut findings, found) =
        tokio::join!(join_all(asked), stores.answers.found_on_this_machine());
    if stores.settings.answer.model == config::AUTO {
        let what = match found {
            Some(server) => format!("{} at {} answers", server.model(), server.shown_url()),
            None => "no server on this machine: answers are quotes".to_owned(),
        };
        findings.push(Finding::ok(format!("model {}", config::AUTO), what));
    }
    findings
}

/// Asks what starts workers for single jobs, where the configuration names it.
async fn runtimes(stores: &Stores) -> Vec<Finding> {
    let Ok(looked) = tokio::time::timeout(LIMIT, stores.runtimes.look()).await else {
        let silent = format!("no answer within {} s", LIMIT.as_secs());
        let finding = Finding::error("runtimes", silent);
        return vec![finding.try_next("look whether Docker, Kubernetes or AWS Batch is up")];
    };
    let finding = |(kind, reached): (RuntimeKind, Result<(), RuntimeError>)| {
        let part = format!("runtime {}", kind.as_str());
        match reached {
            Ok(()) => Finding::ok(part, "it answers"),
            Err(error) => Finding {
                next_step: error.hint(),
                ..Finding::error(part, ids::chain(&error))
            },
        }
    };
    looked.into_iter().map(finding).collect()
}

/// Returns what came of a try, or that it failed.
/// Starts a child that could read a document.
async fn extract(stores: &Stores) -> Vec<Finding> {
    const PART: &str = "extract";
    const OCR: &str = "ocr";
    let pool = stores.pipeline.maker.parser.pool();
    let started = tried(PART, pool.try_one(), |lost| Some(lost.hint().to_owned()));
    let mut findings = vec![match started.await {
        Ok(()) if pool.settings().unsandboxed => {
            let what = "documents may be read without a sandbox";
            Finding::warning(PART, what).try_next(health::UNSANDBOXED)
        }
        Ok(()) => Finding::ok(PART, "a child was started in a sandbox"),
        Err(finding) => finding,
    }];
    if let Some(eyes) = stores.pipeline.maker.parser.eyes() {
        findings.push(match eyes.try_out().await {
            Ok(what) => Finding::ok(OCR, what),
            Err(why) => Finding::warning(OCR, why).try_next(NO_EYES),
        });
    }
    findings
}

async fn tried<T, E: Error>(
    part: &str,
    attempt: impl Future<Output = Result<T, E>>,
    next_step: impl FnOnce(&E) -> Option<String>,
) -> Result<T, Finding> {
    match tokio::time::timeout(LIMIT, attempt).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Finding {
            next_step: next_step(&error),
            ..Finding::error(part, ids::chain(&error))
        }),
        Err(_) => {
            let what = format!("no answer within {} s", LIMIT.as_secs());
            Err(Finding::error(part, what)
                .try_next("look whether its server is up, and at its log"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Class, Shared, WorkerInfo};

    const LEASE_MS: u64 = 30_000;

    fn worker(name: &str) -> WorkerState {
        WorkerState {
            info: WorkerInfo {
                name: name.to_owned(),
                host: "moon".to_owned(),
                pid: 17,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                classes: vec![Class::Extract],
                slots: 4,
                shared: Shared::default(),
            },
            running: Vec::new(),
            silent_ms: 900,
            wanted: Wanted::Run,
        }
    }

    fn check(workers: &[WorkerState], expected: &[(&str, Option<&str>)]) {
        let found = of_workers(workers, LEASE_MS);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.what.as_str(), one.next_step.as_deref()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_the_matter_with_workers_is_said_of_each() {
        let start = Some("start one: ragd worker; or set `workers.local`");
        check(&[], &[("no worker is there", start)]);
        check(
            &[worker("a"), worker("b")],
            &[("2 workers on 1 machine", None)],
        );
        let paused = WorkerState {
            wanted: Wanted::Pause,
            ..worker("a")
        };
        let silent = WorkerState {
            silent_ms: 95_000,
            ..worker("b")
        };
        let resume = Some("ragctl worker resume a");
        check(
            &[paused, silent],
            &[
                ("no worker takes anything", Some("ragctl worker list")),
                ("a on moon is paused", resume),
                (
                    "b on moon was not heard for 95 s",
                    Some("look at its log, and start it again: ragd worker"),
                ),
            ],
        );
        let mut old = worker("a");
        old.info.version = "0.0.9".to_owned();
        let own = env!("CARGO_PKG_VERSION");
        let what = format!("a on moon is version 0.0.9, and this daemon {own}");
        let step = format!("install ragd {own} on moon");
        check(
            &[old, worker("b")],
            &[("2 workers on 1 machine", None), (&what, Some(&step))],
        );
    }
}
