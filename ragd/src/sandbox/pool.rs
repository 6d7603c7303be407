//! The daemon's side: children at hand, one order each at a time, and a verdict on those that end.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::{Instant, timeout};

use super::child::{self, Rules};
use super::walls::Limits;
use super::wire;
use crate::ids::size;

/// A child that has not put up its walls after so long will not.
const START: Duration = Duration::from_secs(20);
/// Bytes of a reason for having no walls.
const MAX_REASON: u64 = 1_000;
/// What is read of what a child said on its standard error, to tell what it died of.
const MAX_STDERR: u64 = 16 << 10;
/// What the pool waits for the last words of a child that has ended.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How children are started and what they may use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This program, or the one with `extract` in it.
    pub program: PathBuf,
    /// Children at once.
    pub children: usize,
    pub limits: Limits,
    /// Children work without walls that the system does not have.
    pub unsandboxed: bool,
    /// For one order, from the first byte of it to the last of the answer.
    pub wall: Duration,
    /// The longest answer.
    pub answer_bytes: u64,
    /// Orders after which a child is replaced.
    pub orders: u32,
    /// Resident memory beyond which a child is replaced after its order.
    pub grown_bytes: u64,
    /// A child without orders for so long is let go.
    pub idle: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("no child process could be started: {0}")]
    NotStarted(String),
    /// Nothing is to be read without walls.
    #[error("no sandbox: {0}")]
    NoWalls(String),
    #[error("it took longer than {} s", .0.as_secs())]
    Slow(Duration),
    #[error("it took more than {0} s of the processor")]
    Cpu(u64),
    #[error("it took more than {} of memory", size(*.0))]
    Memory(u64),
    #[error("more than {} came out of it", size(*.0))]
    TooMuch(u64),
    /// It did something that no parser does.
    #[error("its parser tried to reach out of the sandbox")]
    Violation,
    #[error("its parser crashed ({0})")]
    Crashed(String),
}

impl Lost {
    /// Tells whether the order has nothing to do with it.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::NotStarted(_) | Self::NoWalls(_))
    }

    /// Returns what can be done where it is [`Lost::is_ours`].
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoWalls(_) => {
                "use a kernel with Landlock and seccomp (ragd extract --self-test tells), or set \
                 `extract.allow_unsandboxed`"
            }
            _ => "look at memory and limits of this machine; it is tried again",
        }
    }

    /// Returns a stable word for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotStarted(_) => "sandbox-start",
            Self::NoWalls(_) => "sandbox-missing",
            Self::Slow(_) => "extract-slow",
            Self::Cpu(_) => "extract-cpu",
            Self::Memory(_) => "extract-memory",
            Self::TooMuch(_) => "extract-output",
            Self::Violation => "extract-violation",
            Self::Crashed(_) => "extract-crash",
        }
    }
}

/// Where the pieces of an answer go before its last.
pub type Pieces = mpsc::Sender<Vec<u8>>;

/// Children, and the right to have one work.
#[derive(Debug)]
pub struct Pool {
    settings: Settings,
    slots: Semaphore,
    resting: Mutex<Resting>,
    trouble: Mutex<Option<Lost>>,
    started: AtomicU64,
}

/// Children without an order.
#[derive(Debug, Default)]
struct Resting {
    children: Vec<Child>,
    /// Somebody lets them go when they have rested for long.
    is_tended: bool,
}

#[derive(Debug)]
struct Child {
    process: tokio::process::Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    errors: ChildStderr,
    done: u32,
    rested: Instant,
}

impl Pool {
    #[must_use]
    pub fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            slots: Semaphore::new(settings.children.max(1)),
            settings,
            resting: Mutex::default(),
            trouble: Mutex::default(),
            started: AtomicU64::new(0),
        })
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Has a child carry out an order. What costs a child is tried once more, in a new one and with
    /// nothing before it.
    pub async fn run(self: &Arc<Self>, head: &[u8], body: &[u8]) -> Result<Vec<u8>, Lost> {
        let slot = self.slot().await;
        let rested = self.resting().children.pop();
        let first = match rested {
            Some(child) => self.run_in(child, head, body, None).await,
            None => self.run_in(self.start().await?, head, body, None).await,
        };
        let answer = match first {
            Ok(answer) => Ok(answer),
            Err(_) => self.run_in(self.start().await?, head, body, None).await,
        };
        drop(slot);
        answer
    }

    /// Has a child carry out, once, an order that is answered in many pieces, and returns the last.
    /// Each may take and be as much as a whole answer; whoever drops the receiver ends it.
    pub async fn run_in_pieces(
        self: &Arc<Self>,
        head: &[u8],
        body: &[u8],
        pieces: &Pieces,
    ) -> Result<Vec<u8>, Lost> {
        let slot = self.slot().await;
        let rested = self.resting().children.pop();
        let child = match rested {
            Some(child) => child,
            None => self.start().await?,
        };
        let answer = self.run_in(child, head, body, Some(pieces)).await;
        drop(slot);
        answer
    }

    /// Starts a child and ends it again, to see whether it can.
    pub async fn try_one(&self) -> Result<(), Lost> {
        self.start().await.map(drop)
    }

    /// Returns how many children were started so far.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Returns why the last child could not be started, if it could not.
    #[must_use]
    pub fn trouble(&self) -> Option<Lost> {
        let trouble = self.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn slot(&self) -> SemaphorePermit<'_> {
        let slot = self.slots.acquire().await;
        slot.expect("nobody closes the slots")
    }

    async fn run_in(
        self: &Arc<Self>,
        mut child: Child,
        head: &[u8],
        body: &[u8],
        pieces: Option<&Pieces>,
    ) -> Result<Vec<u8>, Lost> {
        let settings = &self.settings;
        let mut order = Some((head, body));
        let answer = loop {
            let next = async {
                if let Some((head, body)) = order.take() {
                    child.order(head, body).await?;
                }
                child.piece(settings).await
            };
            let (piece, more) = match timeout(settings.wall, next).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(Broken::TooMuch)) => return Err(Lost::TooMuch(settings.answer_bytes)),
                Ok(Err(Broken::Ended)) => return Err(child.verdict(settings).await),
                // Dropped, it is killed.
                Err(_) => return Err(Lost::Slow(settings.wall)),
            };
            match (more, pieces) {
                (false, _) => break piece,
                (true, Some(pieces)) if pieces.send(piece).await.is_ok() => {}
                // Nobody asked for pieces, or for no more of them.
                (true, _) => return Err(Lost::Violation),
            }
        };
        child.done += 1;
        if child.done < settings.orders && child.resident() <= settings.grown_bytes {
            self.rest(child);
        }
        Ok(answer)
    }

    /// Keeps a child for the next order. If none comes for long, it is let go.
    fn rest(self: &Arc<Self>, mut child: Child) {
        child.rested = Instant::now();
        let mut resting = self.resting();
        resting.children.push(child);
        if !std::mem::replace(&mut resting.is_tended, true) {
            tokio::spawn(tend(Arc::downgrade(self), self.settings.idle));
        }
    }

    async fn start(&self) -> Result<Child, Lost> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let started = self.start_one().await;
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *trouble = started.as_ref().err().cloned();
        started
    }

    async fn start_one(&self) -> Result<Child, Lost> {
        let rules = Rules::new(self.settings.limits, self.settings.unsandboxed);
        let mut process = child::command(&self.settings.program, rules)
            .spawn()
            .map_err(|error| Lost::NotStarted(error.to_string()))?;
        let (Some(orders), Some(answers), Some(errors)) = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        ) else {
            return Err(Lost::NotStarted("it has no pipes".to_owned()));
        };
        let mut child = Child {
            process,
            orders,
            answers: BufReader::with_capacity(64 << 10, answers),
            errors,
            done: 0,
            rested: Instant::now(),
        };
        match timeout(START, child.ready()).await {
            Ok(Ok(())) => Ok(child),
            Ok(Err(Some(reason))) => Err(Lost::NoWalls(reason)),
            Ok(Err(None)) => Err(Lost::NotStarted(
                match child.verdict(&self.settings).await {
                    Lost::Crashed(how) => how,
                    lost => lost.to_string(),
                },
            )),
            Err(_) => Err(Lost::NotStarted(format!(
                "it was silent for {} s",
                START.as_secs()
            ))),
        }
    }

    fn resting(&self) -> MutexGuard<'_, Resting> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets children go that have rested for so long, until none is left.
async fn tend(pool: Weak<Pool>, idle: Duration) {
    loop {
        tokio::time::sleep(idle).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut resting = pool.resting();
        resting
            .children
            .retain(|child| child.rested.elapsed() < idle);
        if resting.children.is_empty() {
            resting.is_tended = false;
            return;
        }
    }
}

/// Why an order was not carried out.
enum Broken {
    /// The child has ended, or does not speak to us.
    Ended,
    TooMuch,
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Ended
    }
}

impl Child {
    /// Waits until the walls stand; the error is why they do not, if the child could say.
    async fn ready(&mut self) -> Result<(), Option<String>> {
        let mut said = vec![0; wire::NO_WALLS.len()];
        self.answers.read_exact(&mut said).await.map_err(|_| None)?;
        let mut rest = Vec::new();
        if said == wire::NO_WALLS {
            let mut answers = (&mut self.answers).take(MAX_REASON);
            let _ = answers.read_to_end(&mut rest).await;
            return Err(Some(String::from_utf8_lossy(&rest).trim().to_owned()));
        }
        rest.resize(wire::READY.len() - said.len(), 0);
        self.answers.read_exact(&mut rest).await.map_err(|_| None)?;
        match [said, rest].concat() == wire::READY {
            true => Ok(()),
            false => Err(None),
        }
    }

    async fn order(&mut self, head: &[u8], body: &[u8]) -> Result<(), Broken> {
        // One write for what is small.
        let mut order = Vec::with_capacity(wire::LENGTHS + head.len());
        order.extend_from_slice(&wire::lengths(head, body));
        order.extend_from_slice(head);
        self.orders.write_all(&order).await?;
        Ok(self.orders.write_all(body).await?)
    }

    /// Returns the next piece of an answer, and whether more follow.
    async fn piece(&mut self, settings: &Settings) -> Result<(Vec<u8>, bool), Broken> {
        let length = self.answers.read_u64_le().await?;
        let (length, more) = (length & !wire::MORE, length & wire::MORE != 0);
        if length > settings.answer_bytes {
            return Err(Broken::TooMuch);
        }
        let length = usize::try_from(length).map_err(|_| Broken::TooMuch)?;
        let mut piece = vec![0; length];
        self.answers.read_exact(&mut piece).await?;
        Ok((piece, more))
    }

    /// Finds out why a child has ended.
    async fn verdict(&mut self, settings: &Settings) -> Lost {
        let mut said = Vec::new();
        let mut errors = (&mut self.errors).take(MAX_STDERR);
        let _ = timeout(LAST_WORDS, errors.read_to_end(&mut said)).await;
        // One that only closed its mouth is none that we want.
        let _ = self.process.start_kill();
        match self.process.wait().await {
            Ok(status) => verdict(status, &String::from_utf8_lossy(&said), settings),
            Err(error) => Lost::Crashed(error.to_string()),
        }
    }

    /// Returns its resident memory; 0 if the system does not say.
    fn resident(&self) -> u64 {
        let pid = self.process.id().unwrap_or_default();
        let said = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
        let pages = said.split(' ').nth(1).and_then(|pages| pages.parse().ok());
        pages.unwrap_or(0_u64) * rustix::param::page_size() as u64
    }
}

fn verdict(status: ExitStatus, said: &str, settings: &Settings) -> Lost {
    let signal = |signal: Signal| status.signal() == Some(signal.as_raw());
    if signal(Signal::SYS) {
        return Lost::Violation;
    }
    if signal(Signal::XCPU) {
        return Lost::Cpu(settings.limits.cpu_s);
    }
    // The words of the library, before it gives up.
    if said.contains("memory allocation of") || said.contains("capacity overflow") {
        return Lost::Memory(settings.limits.memory_bytes);
    }
    if said.contains("panicked at") {
        return Lost::Crashed("it panicked".to_owned());
    }
    if said.contains("has overflowed its stack") {
        return Lost::Crashed("it is nested too deeply".to_owned());
    }
    Lost::Crashed(match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "no exit code".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            program: PathBuf::from("/bin/false"),
            children: 1,
            limits: Limits {
                memory_bytes: 1 << 30,
                cpu_s: 30,
            },
            unsandboxed: false,
            wall: Duration::from_secs(90),
            answer_bytes: 1 << 20,
            orders: 10,
            grown_bytes: 1 << 28,
            idle: Duration::from_secs(60),
        }
    }

    #[test]
    fn an_end_is_told_by_its_cause() {
        let of = |status, said| verdict(ExitStatus::from_raw(status), said, &settings());
        assert_eq!(of(Signal::SYS.as_raw(), ""), Lost::Violation);
        assert_eq!(of(Signal::XCPU.as_raw(), ""), Lost::Cpu(30));
        let memory = "memory allocation of 9 bytes failed";
        assert_eq!(of(Signal::ABORT.as_raw(), memory), Lost::Memory(1 << 30));
        assert_eq!(of(Signal::SEGV.as_raw(), "").code(), "extract-crash");
        assert_eq!(
            of(3 << 8, "").to_string(),
            "its parser crashed (exit code 3)"
        );
    }

    #[tokio::test]
    async fn a_program_that_is_no_child_is_not_started() {
        let lost = Pool::new(settings()).try_one().await.unwrap_err();
        assert!(lost.is_ours(), "{lost:?}");
        let nowhere = Settings {
            program: PathBuf::from("/nowhere"),
            ..settings()
        };
        let lost = Pool::new(nowhere).run(b"", b"").await.unwrap_err();
        assert!(matches!(lost, Lost::NotStarted(_)), "{lost:?}");
    }
}
