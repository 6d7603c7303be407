//! Small contents that come at the same time from many clients, and share one pack.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::task::to_the_end;
use super::{BlobError, BlobPlace, Store, pack};
use crate::ids::ContentHash;

/// Bytes of one pack, about; more would make the first wait for the last.
const PACK_BYTES: usize = 4 << 20;

/// Who waits for the next pack. While one is written, the next one gathers.
#[derive(Debug, Default)]
pub(super) struct Group {
    waiting: Mutex<Vec<Waiting>>,
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Waiting {
    content: (ContentHash, Bytes),
    answer: oneshot::Sender<Result<BlobPlace, BlobError>>,
}

impl Group {
    /// Stores `content` durably, with those that wait by then.
    pub(super) async fn put(
        self: &Arc<Self>,
        store: &Arc<dyn Store>,
        content: (ContentHash, Bytes),
    ) -> Result<BlobPlace, BlobError> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push(Waiting { content, answer });
        let _turn = self.writing.lock().await;
        // Whoever had the turn before may have written this too; if not, it is in one of the next.
        loop {
            match answered.try_recv() {
                Ok(result) => return result,
                Err(TryRecvError::Closed) => return Err(BlobError::Interrupted),
                Err(TryRecvError::Empty) => {}
            }
            let (group, store) = (Arc::clone(self), Arc::clone(store));
            // A caller that is dropped meanwhile must leave nobody waiting.
            to_the_end(async move {
                group.write_next(store.as_ref()).await;
                Ok(())
            })
            .await?;
        }
    }

    async fn write_next(&self, store: &dyn Store) {
        let (contents, answers): (Vec<_>, Vec<_>) = self
            .take()
            .into_iter()
            .map(|waiting| (waiting.content, waiting.answer))
            .unzip();
        let results = match pack(store, &contents).await {
            Ok(places) => places.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => contents.iter().map(|_| Err(copy(&error))).collect(),
        };
        for (answer, result) in answers.into_iter().zip(results) {
            // A caller that went away does not want to know.
            let _ = answer.send(result);
        }
    }

    /// Takes the contents of the next pack, first come first served.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let mut bytes = 0;
        let fits = waiting.iter().take_while(|one| {
            bytes += one.content.1.len();
            bytes <= PACK_BYTES
        });
        let count = fits.count().max(1).min(waiting.len());
        waiting.drain(..count).collect()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `io::Error` is not `Clone`, and everybody in a pack wants to know why it failed.
fn copy(error: &BlobError) -> BlobError {
    let same = |source: &io::Error| match source.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(source.kind()),
    };
    match error {
        BlobError::Write { path, source } => BlobError::Write {
            path: path.clone(),
            source: same(source),
        },
        BlobError::Read { path, source } => BlobError::Read {
            path: path.clone(),
            source: same(source),
        },
        BlobError::Remote { store, source } => BlobError::Remote {
            store: store.clone(),
            source: Arc::clone(source),
        },
        _ => BlobError::Interrupted,
    }
}
