//! Parts that a worker on another machine does: what travels, and both ends of it.
//!
//! What travels is small: an order that is too large lies in the blobs, and only its place goes
//! through the queue. Both objects go when the part has ended; what a crash leaves is swept away by
//! the next start, since the ledger does not name it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::failure;
use super::launched::Launcher;
use crate::blobs::{BlobError, BlobPlace, Blobs};
use crate::fleet::{Away, Claimed, Class, Desk, End, Hands, NewTask, TaskId, Undone};
use crate::ids::{self, ContentHash};
use crate::ingest::away::{AwayError, Made, Order};
use crate::ingest::make::Maker;
use crate::ingest::pipeline::IngestError;
use crate::jobs::{Failure, Leased, ProgressSink, Retry};

/// What jobs are parked for while the server of the queue is away.
pub const QUEUE: &str = "queue";
/// What a part waits for that no worker has taken.
const WORKER: &str = "worker";
/// What is larger lies in the blobs.
const INLINE: usize = 32 << 10;

/// What goes through the queue.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body<T> {
    Here(T),
    /// An object with the body.
    Kept {
        hash: String,
        bytes: u64,
    },
}

/// An order, made different from all others: whoever takes its object away takes only this one.
#[derive(Serialize, Deserialize)]
struct Ordered {
    job: String,
    part: u32,
    fence: u64,
    order: Order,
}

/// What a worker made, different from all others, too.
#[derive(Serialize, Deserialize)]
struct Answered {
    fence: u64,
    made: Made,
}

/// Somebody who waits for a worker.
pub(super) struct Errand<'a> {
    pub(super) desk: &'a Arc<Desk>,
    pub(super) blobs: &'a Blobs,
    pub(super) leased: &'a Leased,
    /// Where it is said what the part waits for.
    pub(super) sink: &'a ProgressSink,
    pub(super) cost: u64,
    /// Has a worker started for this part alone; none: any worker will do.
    pub(super) launcher: Option<Launcher<'a>>,
}

/// Has an order carried out by a worker.
pub(super) async fn carry_out(errand: &Errand<'_>, order: Order) -> Result<Made, Failure> {
    let &Errand {
        desk,
        blobs,
        leased,
        sink,
        cost,
        ref launcher,
    } = errand;
    let id = task_id(leased);
    let ordered = Ordered {
        job: leased.lease.job.to_string(),
        part: leased.lease.part,
        fence: leased.lease.fence,
        order,
    };
    let packed = pack(blobs, &ordered).await;
    let (payload, kept) = packed.map_err(|error| failure::of_blobs(&error, &error))?;
    let task = NewTask {
        id,
        class: match launcher {
            None => Class::Extract,
            Some(_) => Class::Launched,
        },
        uid: leased.uid,
        rank: leased.accepted,
        cost,
        order: ids::content_hash(&payload),
        payload,
    };
    let end = match launcher {
        None => {
            let told = |why: Option<String>| sink.waits_for(why.map(|why| (WORKER, why)));
            let end = tokio::select! {
                end = desk.run(task) => end,
                () = desk.tell_why(id, &told) => unreachable!("the desk looks as long as it is there"),
            };
            told(None);
            end.map_err(|away| of_away(&away))
        }
        Some(launcher) => launcher.run(desk, sink, task, leased.lease.fence).await,
    };
    if let Some(hash) = kept {
        take_away(blobs, hash).await;
    }
    match end {
        Ok(End::Finished(result)) => {
            let (result, kept): (Answered, _) = unpack(blobs, &result).await?;
            if let Some(hash) = kept {
                take_away(blobs, hash).await;
            }
            Ok(result.made)
        }
        Ok(End::Failed(told)) => Err(serde_json::from_slice(&told)
            .unwrap_or_else(|error| failure::failure("internal", &error, true))),
        Ok(End::Dead {
            stalls,
            last_worker,
        }) => Err(Failure {
            code: "worker-lost".to_owned(),
            message: format!("its worker vanished {stalls} times"),
            causes: vec![format!("the last one was {last_worker}")],
            hint: Some("look at the log of that worker, then retry the job".to_owned()),
            retry: Retry::Spent,
        }),
        Err(failure) => Err(failure),
    }
}

/// Waits until no worker works on a part of which nobody wants the result.
pub(super) async fn withdrawn(desk: &Desk, leased: &Leased) {
    desk.withdrawn(task_id(leased)).await;
}

fn task_id(leased: &Leased) -> TaskId {
    TaskId {
        job: leased.lease.job,
        part: leased.lease.part,
    }
}

pub(super) fn of_away(away: &Away) -> Failure {
    Failure {
        hint: Some(away.next_step.clone()),
        retry: Retry::When {
            dependency: QUEUE.to_owned(),
        },
        ..failure::failure("queue-away", away, true)
    }
}

/// Who makes chunks.
pub trait Makers: Send + Sync + 'static {
    /// Returns what makes them for the daemon whose the collections on the index server are.
    fn maker(&self, owner: &str) -> Result<Maker, IngestError>;
}

/// In the daemon itself: there is one.
impl Makers for Maker {
    fn maker(&self, _: &str) -> Result<Maker, IngestError> {
        Ok(self.clone())
    }
}

/// Does the tasks of a worker.
pub struct WorkerHands {
    pub makers: Box<dyn Makers>,
    pub blobs: Blobs,
}

impl std::fmt::Debug for WorkerHands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerHands").finish_non_exhaustive()
    }
}

#[async_trait]
impl Hands for WorkerHands {
    async fn work(&self, task: &Claimed, stop: &CancellationToken) -> Result<Bytes, Undone> {
        let done = match task.class {
            Class::Extract | Class::Launched => self.extract(task, stop).await,
            // Not offered: vectors of a switch are made by the daemon, with the servers of models.
            Class::Embed => Err(Failure {
                code: "worker-differs".to_owned(),
                message: "this worker does not make vectors alone".to_owned(),
                causes: Vec::new(),
                hint: None,
                retry: Retry::Backoff { after_ms: None },
            }),
        };
        match done {
            Ok(result) => Ok(result),
            Err(failure) if is_away(&failure) => Err(match self.blobs.reach().await {
                Err(BlobError::Gone { .. }) => Undone::Elsewhere,
                Ok(_) | Err(_) => Undone::Away(told(&failure)),
            }),
            Err(failure) => Err(Undone::Failed(told(&failure))),
        }
    }

    fn panicked(&self, panic: &str) -> Bytes {
        told(&Failure::panicked(panic))
    }
}

impl WorkerHands {
    async fn extract(&self, task: &Claimed, stop: &CancellationToken) -> Result<Bytes, Failure> {
        let (ordered, _): (Ordered, _) = unpack(&self.blobs, &task.payload).await?;
        let maker = self.makers.maker(&ordered.order.index);
        let maker = maker.map_err(|error| failure::of_ingest(&error))?;
        let made = maker.carry_out(&ordered.order, &self.blobs, stop).await;
        let made = made.map_err(|error| of_order(&error))?;
        let result = Answered {
            fence: task.lease.fence,
            made,
        };
        let (body, _) = pack(&self.blobs, &result)
            .await
            .map_err(|error| failure::of_blobs(&error, &error))?;
        Ok(body)
    }
}

/// Tells whether a store of all machines cannot be asked from here.
fn is_away(failure: &Failure) -> bool {
    match &failure.retry {
        Retry::When { dependency } => [failure::INDEX, failure::BLOBS].contains(&&**dependency),
        _ => false,
    }
}

fn told(failure: &Failure) -> Bytes {
    let told = serde_json::to_vec(failure).expect("a failure is plain data");
    Bytes::from(told)
}

fn of_order(error: &AwayError) -> Failure {
    match error {
        AwayError::Ingest(error) => failure::of_ingest(error),
        AwayError::Pipeline { .. } => Failure {
            hint: Some(
                "give the worker the `[ingest]` and `[ocr]` settings of the daemon".to_owned(),
            ),
            ..failure::failure("worker-differs", error, true)
        },
        AwayError::Count { .. } => failure::failure("internal", error, true),
    }
}

/// Returns what travels, and the name of the object that was put away for it.
async fn pack<T: Serialize + Sync>(
    blobs: &Blobs,
    value: &T,
) -> Result<(Bytes, Option<ContentHash>), BlobError> {
    let bytes = serde_json::to_vec(&Body::Here(value)).expect("what travels is plain data");
    if bytes.len() <= INLINE {
        return Ok((Bytes::from(bytes), None));
    }
    let bytes = Bytes::from(serde_json::to_vec(value).expect("what travels is plain data"));
    let hash = ids::content_hash(&bytes);
    let length = bytes.len() as u64;
    blobs.put_pack(vec![(hash, bytes)]).await?;
    let body = Body::<()>::Kept {
        hash: hash.to_string(),
        bytes: length,
    };
    let body = serde_json::to_vec(&body).expect("what travels is plain data");
    Ok((Bytes::from(body), Some(hash)))
}

/// Returns what travelled, and the name of the object that it was in.
async fn unpack<T: DeserializeOwned>(
    blobs: &Blobs,
    body: &[u8],
) -> Result<(T, Option<ContentHash>), Failure> {
    let unreadable = |error: serde_json::Error| Failure {
        hint: Some("are the daemon and this worker of one version?".to_owned()),
        ..failure::failure("internal", &error, true)
    };
    match serde_json::from_slice(body).map_err(unreadable)? {
        Body::Here(value) => Ok((value, None)),
        Body::Kept { hash, bytes } => {
            let hash = hash.parse::<ContentHash>();
            let hash = hash.map_err(|error| failure::failure("internal", &error, true))?;
            let read = blobs.get(&BlobPlace::whole(hash, bytes)).await;
            let read = read.map_err(|error| failure::of_blobs(&error, &error))?;
            let value = serde_json::from_slice(&read).map_err(unreadable)?;
            Ok((value, Some(hash)))
        }
    }
}

async fn take_away(blobs: &Blobs, hash: ContentHash) {
    if let Err(error) = blobs.remove(hash).await {
        tracing::debug!(
            error = ids::chain(&error),
            "What travelled was not removed."
        );
    }
}
