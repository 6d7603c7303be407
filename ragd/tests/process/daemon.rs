//! A `ragd` process with a place of its own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use protocol::Request;
use protocol::job::PageRequest;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::client::{Client, Patient};
use crate::eventually;

/// Retries and clearing away in a hurry, so that a test of seconds sees many of them.
const HASTE: &str = "
    log.level = \"info\"
    workers.local = 2
    [queue]
    retry_min_ms = 20
    retry_max_ms = 200
    lease_ms = 1000
    [disk]
    check_ms = 500
    [sweep]
    grace_ms = 100
    interval_ms = 100
";

/// Where daemons run, one after the other.
pub(crate) struct Place {
    folder: TempDir,
    state_dir: PathBuf,
    environment: Vec<(String, String)>,
    binary: PathBuf,
    uid: Option<u32>,
}

/// A running daemon; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    began: Instant,
    socket: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let state_dir = folder.path().join("state");
        let place = Self {
            folder,
            state_dir,
            environment: Vec::new(),
            binary: PathBuf::from(env!("CARGO_BIN_EXE_ragd")),
            uid: None,
        };
        place.configure("");
        place
    }

    /// Writes the configuration: ours, which `more` may not repeat.
    pub(crate) fn configure(&self, more: &str) {
        self.write_config(&format!("{HASTE}\n{more}"));
    }

    pub(crate) fn write_config(&self, text: &str) {
        fs::write(self.config(), text).expect("the configuration can be written");
    }

    /// Adds tables that are not there yet.
    pub(crate) fn add_config(&self, more: &str) {
        let text = fs::read_to_string(self.config()).expect("there is a configuration");
        self.write_config(&format!("{text}\n{more}"));
    }

    pub(crate) fn set_state_dir(&mut self, path: &Path) {
        self.state_dir = path.to_owned();
    }

    pub(crate) fn set_environment(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Runs daemons as another user, with a copy of the binary that he may reach.
    pub(crate) fn run_as(&mut self, uid: u32) {
        let copy = self.path().join("ragd");
        fs::copy(&self.binary, &copy).expect("the binary can be copied");
        fs::set_permissions(self.path(), PermissionsExt::from_mode(0o755)).expect("it is ours");
        chown(self.path(), Some(uid), Some(uid)).expect("root may");
        (self.binary, self.uid) = (copy, Some(uid));
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path().join("ragd.sock")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("config.toml")
    }

    /// Returns what all daemons here wrote to standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn patient(&self) -> Patient {
        Patient::new(&self.socket())
    }

    /// Starts a daemon and does not wait for it.
    pub(crate) fn spawn(&self) -> Daemon {
        self.spawn_with(&self.state_dir, &self.socket())
    }

    /// Starts a worker of the daemon that the configuration describes.
    pub(crate) fn spawn_worker(&self) -> Daemon {
        self.run(&["worker"], &self.path().join("worker"), &self.socket())
    }

    /// Starts one with another configuration, by a program that is to run it.
    pub(crate) fn spawn_worker_by(&self, runner: &[&str], config: &Path, state: &str) -> Daemon {
        let state_dir = self.path().join(state);
        let mut command = Command::new(runner[0]);
        command.args(&runner[1..]).arg(&self.binary);
        self.run_by(command, config, &["worker"], &state_dir, &self.socket())
    }

    pub(crate) fn spawn_with(&self, state_dir: &Path, socket: &Path) -> Daemon {
        self.run(&[], state_dir, socket)
    }

    fn run(&self, arguments: &[&str], state_dir: &Path, socket: &Path) -> Daemon {
        let command = Command::new(&self.binary);
        self.run_by(command, &self.config(), arguments, state_dir, socket)
    }

    fn run_by(
        &self,
        mut command: Command,
        config: &Path,
        arguments: &[&str],
        state_dir: &Path,
        socket: &Path,
    ) -> Daemon {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.path().join("log"))
            .expect("the log can be opened");
        if let Some(uid) = self.uid {
            command.uid(uid).gid(uid);
        }
        command
            .arg("--config")
            .arg(config)
            .arg("--state-dir")
            .arg(state_dir)
            .arg("--socket")
            .arg(socket)
            .args(arguments)
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .env_remove("RAGD_LOG")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stderr(log);
        let began = Instant::now();
        let child = command.spawn().expect("ragd can be started");
        Daemon {
            child,
            began,
            socket: socket.to_owned(),
        }
    }

    /// Starts a daemon by a program that is to run it, and waits until its stores are open.
    pub(crate) fn start_by(&self, runner: &[&str]) -> Daemon {
        let mut command = Command::new(runner[0]);
        command.args(&runner[1..]).arg(&self.binary);
        let (state_dir, socket) = (&self.state_dir, self.socket());
        let mut daemon = self.run_by(command, &self.config(), &[], state_dir, &socket);
        daemon.serving();
        daemon
    }

    /// Starts a daemon and waits until its stores are open.
    pub(crate) fn start(&self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.serving();
        daemon
    }
}

impl Daemon {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the first answer to `request` and returns how long after the start it came.
    pub(crate) fn first_answer(&mut self, request: &Request) -> Duration {
        eventually("the daemon answers", Duration::from_secs(60), || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("ragd ended instead of answering: {status}");
            }
            let mut client = Client::connect(&self.socket).ok()?;
            client.ask(request.clone()).ok()
        });
        self.began.elapsed()
    }

    /// Waits until the stores are open and returns how long after the start that was.
    pub(crate) fn serving(&mut self) -> Duration {
        self.first_answer(&Request::CollectionList(PageRequest::default()))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).expect("a pid fits");
        let pid = Pid::from_raw(pid).expect("a child has a pid");
        kill_process(pid, signal).expect("our own child may be signalled");
    }

    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        let status = self.child.wait().expect("a child can be waited for");
        assert_eq!(status.signal(), Some(9), "ragd ended on its own: {status}");
    }

    /// Waits for the end and returns it, with the time since now.
    pub(crate) fn ends_within(&mut self, deadline: Duration) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let status = eventually("ragd ends", deadline, || {
            self.child.try_wait().expect("a child can be waited for")
        });
        (status, began.elapsed())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns how many files and sockets it has open.
    pub(crate) fn open_files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.pid());
        fs::read_dir(folder).map_or(0, Iterator::count)
    }
}

/// Returns the processes that any thread of another started and that have not ended.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let lists = threads.map(|thread| fs::read_to_string(thread.path().join("children")));
    // A thread may have ended meanwhile.
    let lists: Vec<_> = lists.map(Result::unwrap_or_default).collect();
    let pids = lists.iter().flat_map(|list| list.split_whitespace());
    pids.filter_map(|pid| pid.parse().ok()).collect()
}

/// What went wrong is often in the log only.
impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let loud = log.lines().filter(|line| !line.contains(" INFO "));
            let last: Vec<_> = loud.rev().take(40).collect();
            for line in last.iter().rev() {
                let _ = writeln!(io::stderr(), "ragd: {line}");
            }
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
