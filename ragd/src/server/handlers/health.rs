//! How the parts of the daemon are, each with what to do about it.

use protocol::Reply;
use protocol::health::{Health, HealthPart, HealthState};

use super::super::Stores;
use super::super::lookout::{Fleet, Seen, Trouble, without_user};
use super::super::session::Context;
use super::counted;
use crate::embed::Cut;
use crate::fleet::Wanted;

pub(super) async fn health(context: &Context) -> Reply {
    Reply::Health(look(context).await)
}

pub(super) async fn look(context: &Context) -> Health {
    let parts = match context.server.stores_now() {
        Some(stores) => {
            let seen = context.server.lookout.look(&stores).await;
            let parts = [
                ledger(&stores),
                index(&stores, &seen).await,
                blobs(&stores, &seen),
                disk(&stores),
                queue(&stores, &seen),
                workers(&stores, &seen),
                extract(&stores, &seen),
            ];
            let parts = parts.into_iter().chain(models(&stores));
            parts.chain(watch(&stores)).collect()
        }
        None => {
            let trouble = context.server.trouble_opening();
            let starting = |name| starting(name, trouble.clone());
            let parts = [
                "ledger", "index", "blobs", "disk", "queue", "workers", "extract",
            ];
            parts.map(starting).to_vec()
        }
    };
    let state = parts
        .iter()
        .map(|part| part.state)
        .max()
        .unwrap_or(HealthState::Ok);
    Health { state, parts }
}

fn part(name: &str, state: HealthState, detail: String) -> HealthPart {
    HealthPart {
        name: name.to_owned(),
        state,
        detail,
        cause: None,
        next_step: None,
    }
}

fn starting(name: &str, trouble: Option<String>) -> HealthPart {
    let starting = part(name, HealthState::Starting, "is being opened".to_owned());
    match trouble {
        None => starting,
        Some(cause) => HealthPart {
            cause: Some(cause),
            next_step: Some("free some space: opening is tried again".to_owned()),
            ..starting
        },
    }
}

fn ledger(stores: &Stores) -> HealthPart {
    let path = stores.ledger.path().display();
    if let Some(cause) = stores.ledger.trouble() {
        return HealthPart {
            cause: Some(cause),
            next_step: Some(format!(
                "look at the disk below {path}; writing is tried again"
            )),
            ..part("ledger", HealthState::Down, "cannot be written".to_owned())
        };
    }
    match &stores.restored {
        Some(restored) => HealthPart {
            cause: Some(restored.cause.clone()),
            next_step: Some(restored.next_step.clone()),
            ..part(
                "ledger",
                HealthState::Degraded,
                "was restored from a backup".to_owned(),
            )
        },
        None => part("ledger", HealthState::Ok, path.to_string()),
    }
}

async fn index(stores: &Stores, seen: &Seen) -> HealthPart {
    let damaged = match &seen.index {
        None => stores.index.damaged().await.unwrap_or_default().len(),
        Some(Ok(damaged)) => *damaged,
        Some(Err(trouble)) => {
            let what = format!("{} cannot be used", stores.index.place());
            return troubled("index", HealthState::Down, what, trouble);
        }
    };
    if let Some(cause) = stores.index.trouble() {
        return HealthPart {
            cause: Some(cause),
            next_step: Some("look at the disk, or the server; writing is tried again".to_owned()),
            ..part("index", HealthState::Down, "cannot be written".to_owned())
        };
    }
    if stores.sweeper.is_incomplete() {
        return HealthPart {
            cause: Some(format!("{} lost what it had", stores.index.place())),
            next_step: Some(REMADE.to_owned()),
            ..part("index", HealthState::Degraded, "is incomplete".to_owned())
        };
    }
    match damaged {
        0 => part("index", HealthState::Ok, stores.index.place()),
        damaged => HealthPart {
            cause: Some(format!("{damaged} collections have damaged files")),
            next_step: Some(
                "restart ragd: chunks are made again from the kept contents".to_owned(),
            ),
            ..part("index", HealthState::Degraded, "is incomplete".to_owned())
        },
    }
}

/// What is said where documents may be read without a sandbox.
pub(super) const UNSANDBOXED: &str =
    "unset `extract.allow_unsandboxed` where `ragd extract --self-test` holds";

/// How documents are read.
fn extract(stores: &Stores, seen: &Seen) -> HealthPart {
    let pool = stores.pipeline.maker.parser.pool();
    if let Some(lost) = pool.trouble() {
        return HealthPart {
            cause: Some(lost.to_string()),
            next_step: Some(lost.hint().to_owned()),
            ..part(
                "extract",
                HealthState::Down,
                "reads no documents".to_owned(),
            )
        };
    }
    if let Some(Err(trouble)) = &seen.eyes {
        let what = "reads no pictures".to_owned();
        return troubled("extract", HealthState::Degraded, what, trouble);
    }
    match pool.settings().unsandboxed {
        false => {
            let (children, started) = (pool.settings().children, pool.started());
            let what = format!("{children} at once, in a sandbox; {started} started so far");
            part("extract", HealthState::Ok, what)
        }
        true => HealthPart {
            cause: Some("`extract.allow_unsandboxed` is set".to_owned()),
            next_step: Some(UNSANDBOXED.to_owned()),
            ..part(
                "extract",
                HealthState::Degraded,
                "may read without a sandbox".to_owned(),
            )
        },
    }
}

/// What is said of an index server that is being mended.
pub(super) const REMADE: &str =
    "wait: chunks are made again from the kept contents; the log of ragd says when it is whole";

fn blobs(stores: &Stores, seen: &Seen) -> HealthPart {
    let url = &stores.settings.blobs.url;
    match &seen.blobs {
        None => part(
            "blobs",
            HealthState::Ok,
            "in the state directory".to_owned(),
        ),
        Some(Ok(())) => part("blobs", HealthState::Ok, url.clone()),
        Some(Err(trouble)) => {
            let what = format!("{url} cannot be used");
            troubled("blobs", HealthState::Down, what, trouble)
        }
    }
}

fn disk(stores: &Stores) -> HealthPart {
    let free = stores.disk.space().free >> 20;
    match stores.disk.look() {
        None => part("disk", HealthState::Ok, format!("{free} MiB free")),
        Some(cause) => HealthPart {
            cause: Some(cause),
            next_step: Some("free some space; submits are refused until then".to_owned()),
            ..part("disk", HealthState::Degraded, format!("{free} MiB free"))
        },
    }
}

/// Without its server, jobs are taken in and searches go on.
fn queue(stores: &Stores, seen: &Seen) -> HealthPart {
    let address = without_user(&stores.settings.queue.url);
    let findings = match &seen.queue {
        None => return part("queue", HealthState::Ok, "embedded".to_owned()),
        Some(Ok(fleet)) => fleet.findings.as_slice(),
        Some(Err(trouble)) => {
            let what = format!("{address} cannot be used");
            return troubled("queue", HealthState::Degraded, what, trouble);
        }
    };
    match findings {
        [] => part("queue", HealthState::Ok, address),
        [first, others @ ..] => {
            let more = match others.len() {
                0 => String::new(),
                more => format!(" (and {more} more: ragctl doctor)"),
            };
            HealthPart {
                cause: Some(format!("{}{more}", first.what)),
                next_step: Some(first.next_step.clone()),
                ..part("queue", HealthState::Degraded, address)
            }
        }
    }
}

fn workers(stores: &Stores, seen: &Seen) -> HealthPart {
    if stores.queue.is_paused() {
        return HealthPart {
            cause: Some("the queue is paused".to_owned()),
            next_step: Some("ragctl queue resume".to_owned()),
            ..part("workers", HealthState::Degraded, "rest".to_owned())
        };
    }
    match &seen.queue {
        None => own_workers(stores),
        Some(Ok(fleet)) => fleet_workers(stores, fleet),
        Some(Err(_)) => {
            let what = "not known while the queue is away".to_owned();
            part("workers", HealthState::Degraded, what)
        }
    }
}

fn own_workers(stores: &Stores) -> HealthPart {
    match stores.pool.load() {
        (0, _) => HealthPart {
            cause: Some("`workers.local` is 0".to_owned()),
            next_step: Some("set `workers.local` to the number of cores".to_owned()),
            ..part("workers", HealthState::Degraded, "none".to_owned())
        },
        (workers, busy) => part(
            "workers",
            HealthState::Ok,
            format!("{busy} of {workers} busy"),
        ),
    }
}

/// That there is none is fine as long as there is nothing to do.
fn fleet_workers(stores: &Stores, fleet: &Fleet) -> HealthPart {
    let lease_ms = stores.settings.queue.lease_ms;
    let there = fleet.there(lease_ms).count();
    let (slots, busy) = fleet.load(lease_ms);
    let silent = match fleet.workers.len() - there {
        0 => String::new(),
        silent => format!(", and {silent} not heard of"),
    };
    let count = counted(there, "worker");
    let detail = format!("{count}, {busy} of {} busy{silent}", counted(slots, "slot"));
    let is_served = fleet
        .there(lease_ms)
        .any(|worker| worker.wanted == Wanted::Run);
    if is_served || stores.queue.active_jobs() == 0 {
        return part("workers", HealthState::Ok, detail);
    }
    let (cause, next_step) = match fleet.there(lease_ms).next() {
        None => (
            "jobs wait, and no worker is there",
            "start one, here or on another machine: ragd worker".to_owned(),
        ),
        Some(worker) => (
            "jobs wait, and no worker is to take them",
            format!("ragctl worker resume {}", worker.info.name),
        ),
    };
    HealthPart {
        cause: Some(cause.to_owned()),
        next_step: Some(next_step),
        ..part("workers", HealthState::Degraded, detail)
    }
}

/// Tells which models of servers there are, and what they do not take at once. Whether the servers
/// are there takes seconds to find out: `ragctl model list` does.
fn models(stores: &Stores) -> Option<HealthPart> {
    let all = stores.pipeline.maker.embedders.all();
    let told = all
        .filter(|model| !model.is_local())
        .map(|model| match model.cut() {
            None => model.name().to_owned(),
            Some(Cut { longest, times }) => format!(
                "{} (cuts texts of more than {longest} bytes and averages their vectors, {times} \
                 so far)",
                model.name()
            ),
        });
    let told = told.collect::<Vec<_>>().join(", ");
    (!told.is_empty()).then(|| part("models", HealthState::Ok, told))
}

/// Tells of sources that are watched, if there are any.
fn watch(stores: &Stores) -> Option<HealthPart> {
    let sources = stores.watched.list();
    if sources.is_empty() {
        return None;
    }
    let folders: usize = sources.iter().map(|source| source.folders).sum();
    let (sources_of, folders) = (counted(sources.len(), "source"), counted(folders, "folder"));
    let what = format!("{sources_of}, {folders}");
    let mut troubles = sources.iter().filter_map(|source| source.trouble.as_ref());
    let Some(first) = troubles.next() else {
        return Some(part("watch", HealthState::Ok, what));
    };
    let more = match troubles.count() {
        0 => String::new(),
        more => format!(" (and {more} more: ragctl source list)"),
    };
    Some(HealthPart {
        cause: Some(format!("{}{more}", first.cause)),
        next_step: first.next_step.clone(),
        ..part("watch", HealthState::Degraded, what)
    })
}

fn troubled(name: &str, state: HealthState, detail: String, trouble: &Trouble) -> HealthPart {
    HealthPart {
        cause: Some(trouble.cause.clone()),
        next_step: Some(trouble.next_step.clone()),
        ..part(name, state, detail)
    }
}
