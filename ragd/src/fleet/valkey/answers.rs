//! What the scripts answer, as values of ours.

use std::collections::HashMap;

use bytes::Bytes;
use redis::Value;

use super::super::{
    Claimed, Class, End, Ended, Offered, TaskId, TaskLease, Wanted, WorkerInfo, WorkerState,
};
use crate::ids::{ContentHash, JobId};

/// Names a task such that names sort like ids.
pub(super) fn name_of(id: TaskId) -> String {
    format!("{}:{:08x}", id.job, id.part)
}

pub(super) fn id_of(name: &str) -> Option<TaskId> {
    let (job, part) = name.split_once(':')?;
    Some(TaskId {
        job: job.parse::<JobId>().ok()?,
        part: u32::from_str_radix(part, 16).ok()?,
    })
}

/// Names a user such that names sort like numbers.
pub(super) fn name_of_user(uid: u32) -> String {
    format!("{uid:010}")
}

pub(super) fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values),
        // A script that returns an empty table, and a read that found nothing.
        Value::Nil => Some(Vec::new()),
        _ => None,
    }
}

pub(super) fn bytes(value: Value) -> Option<Bytes> {
    match value {
        Value::BulkString(bytes) => Some(Bytes::from(bytes)),
        Value::SimpleString(text) => Some(Bytes::from(text)),
        Value::Okay => Some(Bytes::from_static(b"OK")),
        Value::Int(number) => Some(Bytes::from(number.to_string())),
        _ => None,
    }
}

pub(super) fn text(value: Value) -> Option<String> {
    String::from_utf8(bytes(value)?.to_vec()).ok()
}

pub(super) fn number<T: std::str::FromStr>(value: Value) -> Option<T> {
    text(value)?.parse().ok()
}

pub(super) fn order_of(value: Value) -> Option<ContentHash> {
    Some(ContentHash(bytes(value)?.as_ref().try_into().ok()?))
}

fn class_of(value: Value) -> Option<Class> {
    let name = text(value)?;
    Class::ALL.into_iter().find(|class| class.as_str() == name)
}

pub(super) fn wanted_of(value: Value) -> Option<Wanted> {
    let name = text(value)?;
    let all = [Wanted::Run, Wanted::Pause, Wanted::Drain];
    all.into_iter().find(|wanted| wanted.as_str() == name)
}

pub(super) fn end_of(kind: Value, body: Value, worker: Value) -> Option<End> {
    match text(kind)?.as_str() {
        "finished" => Some(End::Finished(bytes(body)?)),
        "failed" => Some(End::Failed(bytes(body)?)),
        "dead" => Some(End::Dead {
            stalls: number(body)?,
            last_worker: text(worker)?,
        }),
        _ => None,
    }
}

/// Takes the next `N` values.
fn take<const N: usize>(values: &mut impl Iterator<Item = Value>) -> Option<[Value; N]> {
    let taken: Vec<Value> = values.take(N).collect();
    taken.try_into().ok()
}

pub(super) fn offered(answer: Value) -> Option<Offered> {
    if let Value::Array(end) = answer {
        let [kind, body, worker] = end.try_into().ok()?;
        return end_of(kind, body, worker).map(Offered::Ended);
    }
    match text(answer)?.as_str() {
        "new" => Some(Offered::New),
        "known" => Some(Offered::Known),
        _ => None,
    }
}

pub(super) fn claimed(answer: &mut impl Iterator<Item = Value>) -> Option<Vec<Claimed>> {
    let lease_ms = number(answer.next()?)?;
    let mut claimed = Vec::new();
    while let Some([id, fence, class, stalls, payload]) = take(answer) {
        claimed.push(Claimed {
            lease: TaskLease {
                id: id_of(&text(id)?)?,
                fence: number(fence)?,
            },
            class: class_of(class)?,
            stalls: number(stalls)?,
            payload: bytes(payload)?,
            lease_ms,
        });
    }
    Some(claimed)
}

pub(super) fn ended(word: &str) -> Option<Ended> {
    match word {
        "yes" => Some(Ended::Yes),
        "cancelled" => Some(Ended::Cancelled),
        "lost" => Some(Ended::Lost),
        _ => None,
    }
}

fn worker(value: Value, running: &mut HashMap<String, Vec<TaskId>>) -> Option<WorkerState> {
    let [name, info, silent_ms, wanted] = list(value)?.try_into().ok()?;
    let name = text(name)?;
    let silent_ms: i64 = number(silent_ms)?;
    Some(WorkerState {
        info: serde_json::from_slice(&bytes(info)?).ok()?,
        running: running.remove(&name).unwrap_or_default(),
        silent_ms: u64::try_from(silent_ms).unwrap_or(0),
        wanted: wanted_of(wanted)?,
    })
}

pub(super) fn workers(answer: Vec<Value>) -> Option<Vec<WorkerState>> {
    let [workers, leases] = answer.try_into().ok()?;
    let mut running: HashMap<String, Vec<TaskId>> = HashMap::new();
    for lease in list(leases)? {
        let [id, worker] = list(lease)?.try_into().ok()?;
        let worker = running.entry(text(worker)?).or_default();
        worker.push(id_of(&text(id)?)?);
    }
    let workers = list(workers)?.into_iter();
    let workers = workers.map(|one| worker(one, &mut running));
    let mut workers: Vec<WorkerState> = workers.collect::<Option<_>>()?;
    workers.sort_by(|a, b| a.info.name.cmp(&b.info.name));
    for worker in &mut workers {
        worker.running.sort_unstable();
    }
    Some(workers)
}

/// Returns what is known of a worker that was refused, and since when.
pub(super) fn refused(value: Value) -> Option<(WorkerInfo, i64)> {
    let text = text(value)?;
    let (at, info) = text.split_once(' ')?;
    Some((serde_json::from_str(info).ok()?, at.parse().ok()?))
}

/// Takes over what a scan shows, and returns where the next one begins.
pub(super) fn scanned(answer: Value, tasks: &mut HashMap<TaskId, ContentHash>) -> Option<String> {
    let [cursor, entries] = list(answer)?.try_into().ok()?;
    let mut entries = list(entries)?.into_iter();
    while let Some([id, order]) = take(&mut entries) {
        tasks.insert(id_of(&text(id)?)?, order_of(order)?);
    }
    text(cursor)
}
