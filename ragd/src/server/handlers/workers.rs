//! Workers: list and steer.

use std::collections::HashSet;
use std::sync::Arc;

use protocol::Reply;
use protocol::error::ErrorReport;
use protocol::worker::{self, LOCAL};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use crate::fleet::{Class, Desk, Shared, TaskId, Wanted, WorkerInfo, WorkerState};
use crate::ids::JobId;
use crate::observe;

pub(super) async fn list(context: &Context) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let workers = match &stores.desk {
        Some(desk) => of_fleet(desk).await?,
        None => vec![local(&stores)],
    };
    let jobs = workers.iter().flat_map(|worker| &worker.running);
    let jobs: HashSet<JobId> = jobs.map(|id| id.job).collect();
    let hidden = hidden(context, &stores, jobs).await?;
    let views = workers.into_iter();
    let mut views: Vec<_> = views
        .map(|worker| convert::worker(worker, &hidden))
        .collect();
    if stores.desk.is_none() {
        // A part that only waits for its end to be stored keeps nobody busy.
        let (_, busy) = stores.pool.load();
        for view in &mut views {
            view.busy = u32::try_from(busy).unwrap_or(u32::MAX);
        }
    }
    Ok(Reply::Workers(views))
}

pub(super) async fn want(
    context: &Context,
    name: &str,
    wanted: worker::Wanted,
) -> Result<Reply, ErrorReport> {
    if !context.peer.admin {
        return Err(report::forbidden("steer a worker")
            .because("it serves all users; only the user of the daemon may"));
    }
    let stores = context.server.stores().await?;
    let wanted = convert::wanted_of(wanted);
    let Some(desk) = &stores.desk else {
        return Err(match name {
            LOCAL => report::only_worker(wanted),
            _ => report::no_worker(name, &[LOCAL.to_owned()]),
        });
    };
    let workers = of_fleet(desk).await?;
    let known: Vec<String> = workers.iter().map(|one| one.info.name.clone()).collect();
    let Some(found) = workers.into_iter().find(|one| one.info.name == name) else {
        return Err(report::no_worker(name, &known));
    };
    if wanted == Wanted::Drain && is_own(&found.info) {
        return Err(report::own_worker(name));
    }
    match wanted {
        Wanted::Drain => {
            let told = desk.fleet().drain(name).await;
            if !told.map_err(|error| report::fleet(&error))? {
                return Err(report::no_worker(name, &known));
            }
        }
        Wanted::Pause | Wanted::Run => pause(&stores, desk, name, wanted == Wanted::Pause).await?,
    }
    let found = WorkerState { wanted, ..found };
    // Who may steer workers may see all jobs.
    Ok(Reply::Worker(convert::worker(found, &HashSet::new())))
}

/// Pauses a worker, or lets it go on, until somebody says otherwise.
async fn pause(
    stores: &Stores,
    desk: &Arc<Desk>,
    name: &str,
    paused: bool,
) -> Result<(), ErrorReport> {
    let ledger = &stores.ledger;
    let noted = ledger.pause_worker(name.to_owned(), paused).await;
    noted.map_err(|error| report::ledger(&error))?;
    let names = ledger.paused_workers().await;
    desk.pause_workers(names.map_err(|error| report::ledger(&error))?)
        .await;
    Ok(())
}

async fn of_fleet(desk: &Arc<Desk>) -> Result<Vec<WorkerState>, ErrorReport> {
    let workers = desk.fleet().workers().await;
    workers.map_err(|error| report::fleet(&error))
}

/// Returns the workers of this process as one.
fn local(stores: &Stores) -> WorkerState {
    let (slots, _) = stores.pool.load();
    let running = stores.pool.parts().into_iter();
    WorkerState {
        info: WorkerInfo {
            name: LOCAL.to_owned(),
            host: observe::host(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            classes: Class::ALL.to_vec(),
            slots: u32::try_from(slots).unwrap_or(u32::MAX),
            shared: Shared::default(),
        },
        running: running.map(|(job, part)| TaskId { job, part }).collect(),
        silent_ms: 0,
        wanted: match stores.queue.is_paused() {
            true => Wanted::Pause,
            false => Wanted::Run,
        },
    }
}

/// Tells whether a worker is a part of this daemon.
fn is_own(worker: &WorkerInfo) -> bool {
    worker.pid == std::process::id() && worker.host == observe::host()
}

/// Returns those of `jobs` that are not for the eyes of the client.
async fn hidden(
    context: &Context,
    stores: &Stores,
    jobs: HashSet<JobId>,
) -> Result<HashSet<JobId>, ErrorReport> {
    let mut hidden = HashSet::new();
    if context.peer.admin {
        return Ok(hidden);
    }
    for id in jobs {
        let job = stores.ledger.job(id).await;
        let job = job.map_err(|error| report::ledger(&error))?;
        if job.is_none_or(|job| job.uid != context.peer.uid) {
            hidden.insert(id);
        }
    }
    Ok(hidden)
}
