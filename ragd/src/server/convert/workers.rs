//! Workers.

use std::collections::HashSet;

use protocol::worker as wire;

use crate::fleet::{Class, Wanted, WorkerState};
use crate::ids::JobId;

/// Returns a worker as clients see it: the parts of `hidden` jobs are only counted.
pub(in crate::server) fn worker(state: WorkerState, hidden: &HashSet<JobId>) -> wire::WorkerView {
    let WorkerState {
        info,
        running,
        silent_ms,
        wanted,
    } = state;
    let busy = u32::try_from(running.len()).unwrap_or(u32::MAX);
    let seen = running.into_iter().filter(|id| !hidden.contains(&id.job));
    wire::WorkerView {
        name: info.name,
        host: info.host,
        pid: info.pid,
        version: info.version,
        classes: info.classes.into_iter().map(class).collect(),
        slots: info.slots,
        busy,
        running: seen
            .map(|id| wire::PartRef {
                job: id.job,
                part: id.part,
            })
            .collect(),
        silent_ms,
        wanted: self::wanted(wanted),
    }
}

fn class(class: Class) -> wire::WorkerClass {
    match class {
        Class::Extract => wire::WorkerClass::Extract,
        Class::Embed => wire::WorkerClass::Embed,
        Class::Launched => wire::WorkerClass::Launched,
    }
}

fn wanted(wanted: Wanted) -> wire::Wanted {
    match wanted {
        Wanted::Run => wire::Wanted::Run,
        Wanted::Pause => wire::Wanted::Pause,
        Wanted::Drain => wire::Wanted::Drain,
    }
}

pub(in crate::server) fn wanted_of(wanted: wire::Wanted) -> Wanted {
    match wanted {
        wire::Wanted::Run => Wanted::Run,
        wire::Wanted::Pause => Wanted::Pause,
        wire::Wanted::Drain => Wanted::Drain,
    }
}
