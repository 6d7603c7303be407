//! How the servers are that the configuration names: those of queue, index and contents; and whether
//! tesseract is there.
//!
//! Who asks how the daemon is wants to know it now, also while a server hangs. So all are looked at
//! side by side, each gets a short time, and what was seen is good for some seconds.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Stores;
use crate::fleet::{Finding, WorkerState};
use crate::ids;

/// A server may take so long. With the rest of what is looked at, that is below 2 seconds.
const LIMIT: Duration = Duration::from_millis(1_500);
/// What was seen is good for so long.
const KEPT: Duration = Duration::from_secs(3);

/// A worker shows itself every few seconds while it has nothing to do, however short leases are.
const IDLE_MS: u64 = 10_000;

/// Keeps an eye on them.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    last: Mutex<Option<(Instant, Arc<Seen>)>>,
}

/// What was seen. Nothing: the configuration names no such server.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) queue: Option<Result<Fleet, Trouble>>,
    /// The number of collections that have to be built anew.
    pub(super) index: Option<Result<usize, Trouble>>,
    pub(super) blobs: Option<Result<(), Trouble>>,
    pub(super) eyes: Option<Result<(), Trouble>>,
}

/// Workers, and what is wrong with them and the server of the queue.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) workers: Vec<WorkerState>,
    pub(super) findings: Vec<Finding>,
}

/// Why a server cannot be used.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) cause: String,
    pub(super) next_step: String,
}

impl Fleet {
    /// Lists the workers that are there.
    pub(super) fn there(&self, lease_ms: u64) -> impl Iterator<Item = &WorkerState> {
        let workers = self.workers.iter();
        workers.filter(move |worker| is_there(worker, lease_ms))
    }

    /// Returns the parts that they can work on at the same time, and on how many they do.
    pub(super) fn load(&self, lease_ms: u64) -> (usize, usize) {
        self.there(lease_ms).fold((0, 0), |(slots, busy), worker| {
            let room = usize::try_from(worker.info.slots).unwrap_or(usize::MAX);
            (slots.saturating_add(room), busy + worker.running.len())
        })
    }
}

impl Lookout {
    /// Returns what was seen just now, or looks.
    pub(super) async fn look(&self, stores: &Stores) -> Arc<Seen> {
        // Whoever comes meanwhile waits for the same look.
        let mut last = self.last.lock().await;
        if let Some((at, seen)) = &*last
            && at.elapsed() < KEPT
        {
            return Arc::clone(seen);
        }
        let (queue, index, blobs, eyes) =
            tokio::join!(queue(stores), index(stores), blobs(stores), eyes(stores));
        let seen = Arc::new(Seen {
            queue,
            index,
            blobs,
            eyes,
        });
        *last = Some((Instant::now(), Arc::clone(&seen)));
        seen
    }
}

async fn queue(stores: &Stores) -> Option<Result<Fleet, Trouble>> {
    let desk = stores.desk.as_ref()?;
    // It tries again all the time, so there is no need to wait for one more attempt.
    if let Some(away) = desk.trouble() {
        return Some(Err(Trouble {
            cause: away.to_string(),
            next_step: away.next_step,
        }));
    }
    let fleet = desk.fleet();
    let looks = async { tokio::try_join!(fleet.workers(), fleet.check()) };
    let seen = in_time(looks, |error| Trouble {
        cause: ids::chain(&error),
        next_step: error.next_step(),
    });
    Some(
        seen.await
            .map(|(workers, findings)| Fleet { workers, findings }),
    )
}

async fn index(stores: &Stores) -> Option<Result<usize, Trouble>> {
    if stores.settings.index.url.is_empty() {
        return None;
    }
    let looks = async {
        stores.index.reach().await?;
        stores.index.damaged().await
    };
    let seen = in_time(looks, |error| Trouble {
        cause: ids::chain(&error),
        next_step: step(error.hint()),
    });
    Some(seen.await.map(|damaged| damaged.len()))
}

async fn blobs(stores: &Stores) -> Option<Result<(), Trouble>> {
    let url = stores.settings.blobs.url.as_str();
    if url.is_empty() {
        return None;
    }
    let seen = in_time(stores.pipeline.blobs.reach(), |error| Trouble {
        cause: ids::chain(&error),
        next_step: step(error.hint()),
    });
    Some(seen.await.map(drop))
}

/// What is said where pictures cannot be read.
pub(super) const NO_EYES: &str = "apt-get install tesseract-ocr, and tesseract-ocr-LANG for each of \
    `ocr.languages`; or unset `ocr.tesseract`";

async fn eyes(stores: &Stores) -> Option<Result<(), Trouble>> {
    let eyes = stores.pipeline.maker.parser.eyes()?;
    let seen = in_time(eyes.try_out(), |cause| Trouble {
        cause,
        next_step: NO_EYES.to_owned(),
    });
    Some(seen.await.map(drop))
}

fn step(hint: Option<&str>) -> String {
    hint.unwrap_or("look at the log of the server, or at the disk")
        .to_owned()
}

async fn in_time<T, E>(
    look: impl Future<Output = Result<T, E>>,
    trouble: impl FnOnce(E) -> Trouble,
) -> Result<T, Trouble> {
    match tokio::time::timeout(LIMIT, look).await {
        Ok(seen) => seen.map_err(trouble),
        Err(_) => Err(Trouble {
            cause: format!("it does not answer within {} ms", LIMIT.as_millis()),
            next_step: "ragctl doctor gives it more time".to_owned(),
        }),
    }
}

/// Tells whether a worker was heard of: who was silent for a whole lease has lost its parts.
pub(super) fn is_there(worker: &WorkerState, lease_ms: u64) -> bool {
    worker.silent_ms < lease_ms.max(IDLE_MS)
}

/// Returns an address without the user in it. Passwords are in none: the daemon would not start.
pub(super) fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_users() {
        let check = |url: &str, expected: &str| assert_eq!(without_user(url), expected);
        check("redis://valkey", "redis://valkey");
        check("rediss://ragd@valkey:6380/2", "rediss://valkey:6380/2");
        check("redis+cluster://me@a:1,b:2", "redis+cluster://a:1,b:2");
        check(
            "redis+unix:///run/valkey.sock",
            "redis+unix:///run/valkey.sock",
        );
    }
}
