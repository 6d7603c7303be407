//! What the scripts answer, as values of ours.

use bytes::Bytes;
use redis::Value;

use super::super::{Class, End, TaskId, Wanted};
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

pub(super) fn order(value: Value) -> Option<ContentHash> {
    Some(ContentHash(bytes(value)?.as_ref().try_into().ok()?))
}

pub(super) fn class(value: Value) -> Option<Class> {
    let name = text(value)?;
    Class::ALL.into_iter().find(|class| class.as_str() == name)
}

pub(super) fn wanted(value: Value) -> Option<Wanted> {
    let name = text(value)?;
    let all = [Wanted::Run, Wanted::Pause, Wanted::Drain];
    all.into_iter().find(|wanted| wanted.as_str() == name)
}

pub(super) fn end(kind: Value, body: Value, worker: Value) -> Option<End> {
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
pub(super) fn take<const N: usize>(values: &mut impl Iterator<Item = Value>) -> Option<[Value; N]> {
    let taken: Vec<Value> = values.take(N).collect();
    taken.try_into().ok()
}
