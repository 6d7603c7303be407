//! The one thread that writes.
//!
//! It takes what waits, runs it in one transaction and commits once, so that a hundred submits cost
//! one fsync. A group in which nobody asked for durability is committed without fsync.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::LedgerError;
use super::visibility::Visibility;

/// How many changes wait for the writer before callers have to.
const QUEUE: usize = 4_096;
/// Rows changed between two checkpoints. SQLite's own would delay the commit that they are due in,
/// after readers see it and before anybody is told.
const CHECKPOINT: u64 = 2_000;
/// How many changes share a commit. More would make the first one wait for the last.
const GROUP: usize = 512;

/// When a write is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// After an fsync: it survives a power cut.
    Full,
    /// As soon as it ran. A crash may undo it, and the caller can live with that.
    Volatile,
}

/// The transaction of a group, as one change sees it.
#[derive(Debug)]
pub struct Tx<'a> {
    connection: &'a Connection,
    hooks: &'a mut Hooks,
    visibility: &'a Arc<Visibility>,
}

/// What to do after a commit, in the order of the changes.
#[derive(Default)]
struct Hooks(Vec<Box<dyn FnOnce() + Send>>);

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}

impl Tx<'_> {
    /// Runs `hook` after the commit, before anybody is told of it, in the order of the changes.
    pub fn after_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.0.push(Box::new(hook));
    }

    pub(super) fn visibility(&self) -> Arc<Visibility> {
        Arc::clone(self.visibility)
    }
}

impl std::ops::Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// Runs the change and returns how to answer once the commit is known.
///
/// Without a transaction it is told why there is none.
type Change = Box<dyn FnOnce(Result<&mut Tx<'_>, &LedgerError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), Arc<LedgerError>>) + Send>;

struct Job {
    durability: Durability,
    change: Change,
}

#[derive(Debug)]
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    trouble: Arc<Mutex<Option<String>>>,
    closing: Arc<AtomicBool>,
    commits: watch::Receiver<Commits>,
    path: PathBuf,
}

/// Commits that readers may see, and those whose hooks have run.
#[derive(Clone, Copy, Debug, Default)]
struct Commits {
    begun: u64,
    settled: u64,
}

impl Writer {
    pub(super) fn start(
        path: PathBuf,
        connection: Connection,
        visibility: Arc<Visibility>,
    ) -> Result<Self, LedgerError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let trouble = Arc::new(Mutex::new(None));
        let closing = Arc::new(AtomicBool::new(false));
        let (commits_out, commits) = watch::channel(Commits::default());
        let worker = Worker {
            commits: commits_out,
            checkpointed: 0,
            path: path.clone(),
            connection: Some(connection),
            trouble: Arc::clone(&trouble),
            closing: Arc::clone(&closing),
            visibility,
        };
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || worker.run(receiver))
            .map_err(|source| LedgerError::File {
                path: path.clone(),
                source,
            })?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            trouble,
            closing,
            commits,
            path,
        })
    }

    pub(super) async fn run<T, F>(&self, durability: Durability, op: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let path = self.path.clone();
        let change: Change = Box::new(move |tx| {
            let tx = match tx {
                Ok(tx) => tx,
                Err(error) => {
                    let _ = sender.send(Err(copy(error)));
                    return Box::new(|_| {});
                }
            };
            let hooks_before = tx.hooks.0.len();
            let result = in_savepoint(tx, op);
            if result.is_err() {
                tx.hooks.0.truncate(hooks_before);
            }
            let result = result.map_err(|source| LedgerError::from_sqlite(&path, source));
            if durability == Durability::Volatile {
                let _ = sender.send(result);
                return Box::new(|_| {});
            }
            Box::new(move |committed: Result<(), Arc<LedgerError>>| {
                let _ = sender.send(match committed {
                    Ok(()) => result,
                    Err(error) => Err(copy(&error)),
                });
            })
        });
        let jobs = self
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let jobs = jobs.ok_or(LedgerError::Closed)?;
        jobs.send(Job { durability, change })
            .await
            .map_err(|_| LedgerError::Closed)?;
        receiver.await.map_err(|_| LedgerError::Closed)?
    }

    pub(super) async fn post<F>(&self, op: F)
    where
        F: FnOnce(&mut Tx<'_>) -> rusqlite::Result<()> + Send + 'static,
    {
        let change: Change = Box::new(move |tx| {
            if let Ok(tx) = tx {
                let hooks_before = tx.hooks.0.len();
                if let Err(error) = in_savepoint(tx, op) {
                    tx.hooks.0.truncate(hooks_before);
                    tracing::warn!(%error, "A note in the ledger was not taken.");
                }
            }
            Box::new(|_| {})
        });
        let jobs = self
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(jobs) = jobs {
            // Only a closed writer refuses, and then a restart makes the note void.
            let _ = jobs
                .send(Job {
                    durability: Durability::Volatile,
                    change,
                })
                .await;
        }
    }

    /// Returns once the hooks of all commits that a reader may have seen by now have run.
    pub(super) async fn settled(&self) {
        let mut commits = self.commits.clone();
        let begun = commits.borrow().begun;
        // A writer that is gone has settled what it did.
        let _ = commits.wait_for(|commits| commits.settled >= begun).await;
    }

    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Lets the writer end as if nobody had stopped it.
    #[cfg(test)]
    pub(super) fn fall(self) -> JoinHandle<()> {
        let thread = self.thread.into_inner();
        let thread = thread.unwrap_or_else(PoisonError::into_inner);
        thread.expect("a writer that was not closed has a thread")
    }

    pub(super) async fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        drop(
            self.jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // The thread ends when the last sender is gone and its queue is empty.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// `rusqlite::Error` is not `Clone`, and every member of a group wants to know why it failed.
fn copy(error: &LedgerError) -> LedgerError {
    match error {
        LedgerError::Full { path } => LedgerError::Full { path: path.clone() },
        LedgerError::Store { path, source } => LedgerError::Store {
            path: path.clone(),
            source: match source {
                rusqlite::Error::SqliteFailure(code, text) => {
                    rusqlite::Error::SqliteFailure(*code, text.clone())
                }
                other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
            },
        },
        _ => LedgerError::Closed,
    }
}

fn in_savepoint<T>(
    tx: &mut Tx<'_>,
    op: impl FnOnce(&mut Tx<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    tx.prepare_cached("SAVEPOINT change")?.execute(())?;
    match op(tx) {
        Ok(value) => {
            tx.prepare_cached("RELEASE change")?.execute(())?;
            Ok(value)
        }
        Err(error) => {
            // A full disk may have rolled the whole transaction back already.
            if !tx.is_autocommit() {
                tx.execute_batch("ROLLBACK TO change; RELEASE change")?;
            }
            Err(error)
        }
    }
}

struct Worker {
    commits: watch::Sender<Commits>,
    /// Rows this connection had changed at the last checkpoint.
    checkpointed: u64,
    path: PathBuf,
    connection: Option<Connection>,
    trouble: Arc<Mutex<Option<String>>>,
    /// Set by a stop in order. Whoever only lets the ledger fall, for an error at the start, leaves
    /// the note of an unclean stop as it is.
    closing: Arc<AtomicBool>,
    visibility: Arc<Visibility>,
}

impl Worker {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(GROUP);
        while jobs.blocking_recv_many(&mut group, GROUP) > 0 {
            self.commit(group.drain(..));
        }
        if !self.closing.load(Ordering::SeqCst) {
            return;
        }
        if let Some(connection) = self.connection.take() {
            let noted = connection
                .execute(
                    "INSERT OR REPLACE INTO meta (name, value) VALUES ('clean', 1)",
                    (),
                )
                .and_then(|_| connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"));
            if let Err(error) = noted {
                tracing::warn!(%error, "Could not note the clean stop in the ledger.");
            }
        }
    }

    fn commit(&mut self, group: impl Iterator<Item = Job>) {
        let group: Vec<Job> = group.collect();
        let mut hooks = Hooks::default();
        let mut answers = Vec::with_capacity(group.len());
        let result = self.transaction(group, &mut hooks, &mut answers);
        match &result {
            Ok(()) => {
                for hook in hooks.0 {
                    hook();
                }
                self.visibility.committed();
                self.set_trouble(None);
            }
            Err(error) => {
                self.set_trouble(Some(error));
                // After a failed fsync nobody knows what the file holds: never go on with the
                // same connection.
                self.connection = None;
                // What the hooks hold is let go before anybody is told and tries again.
                hooks.0.clear();
            }
        }
        self.commits
            .send_modify(|commits| commits.settled = commits.begun);
        let result = result.map_err(Arc::new);
        for answer in answers {
            answer(result.clone());
        }
        self.checkpoint();
    }

    /// Moves what was committed from the log into the file, when it is time.
    fn checkpoint(&mut self) {
        let Some(connection) = &self.connection else {
            self.checkpointed = 0;
            return;
        };
        let changed = connection.total_changes();
        if changed - self.checkpointed.min(changed) < CHECKPOINT {
            return;
        }
        self.checkpointed = changed;
        if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)") {
            // The log has everything; the next one tries again.
            tracing::warn!(%error, "The ledger's log could not be moved into its file.");
        }
    }

    fn transaction(
        &mut self,
        group: Vec<Job>,
        hooks: &mut Hooks,
        answers: &mut Vec<Answer>,
    ) -> Result<(), LedgerError> {
        let durable = group.iter().any(|job| job.durability == Durability::Full);
        let (path, visibility) = (self.path.clone(), Arc::clone(&self.visibility));
        let commits = self.commits.clone();
        let connection = match self.connect(durable) {
            Ok(connection) => connection,
            Err(error) => {
                for job in group {
                    answers.push((job.change)(Err(&error)));
                }
                return Err(error);
            }
        };
        for job in group {
            // A full disk makes SQLite roll back the whole group on its own.
            if connection.is_autocommit() {
                answers.push((job.change)(Err(&LedgerError::Full { path: path.clone() })));
                continue;
            }
            let hooks_before = hooks.0.len();
            let mut tx = Tx {
                connection,
                hooks,
                visibility: &visibility,
            };
            let change = AssertUnwindSafe(|| (job.change)(Ok(&mut tx)));
            match std::panic::catch_unwind(change) {
                Ok(answer) => answers.push(answer),
                // The one who asked hears that nobody answers; the others must not suffer for it.
                Err(_) => {
                    tracing::error!("A change of the ledger panicked and is undone.");
                    hooks.0.truncate(hooks_before);
                    connection
                        .execute_batch("ROLLBACK TO change; RELEASE change")
                        .map_err(|error| LedgerError::from_sqlite(&path, error))?;
                }
            }
        }
        if connection.is_autocommit() {
            return Err(LedgerError::Full { path });
        }
        // Readers see the commit a moment before this returns, and its hooks run after that.
        commits.send_modify(|commits| commits.begun += 1);
        connection
            .execute_batch("COMMIT")
            .map_err(|error| LedgerError::from_sqlite(&path, error))
    }

    /// Returns a connection inside a new transaction.
    fn connect(&mut self, durable: bool) -> Result<&Connection, LedgerError> {
        let fail = |error| LedgerError::from_sqlite(&self.path, error);
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => super::open::connect_for_writing(&self.path).map_err(fail)?,
        };
        let level = if durable {
            "PRAGMA synchronous=FULL"
        } else {
            "PRAGMA synchronous=NORMAL"
        };
        connection.execute_batch(level).map_err(fail)?;
        connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
        Ok(self.connection.insert(connection))
    }

    /// Notes and tells how the ledger is, if that is news: whoever waits for it tries again all the time.
    fn set_trouble(&self, error: Option<&LedgerError>) {
        let text = error.map(|error| crate::ids::chain(error));
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *trouble == text {
            return;
        }
        match &text {
            Some(error) => tracing::error!(error, "The ledger cannot be written."),
            None => tracing::info!("The ledger can be written again."),
        }
        *trouble = text;
    }
}
