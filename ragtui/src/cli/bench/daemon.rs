//! A daemon of our own: started in a temporary folder, killed and cleared away when dropped.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use protocol::{ErrorCode, ErrorReport};

use crate::client::{self, Client, Target};

/// A daemon that has not ended by then after SIGTERM is killed.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const START_LIMIT: Duration = Duration::from_secs(30);
/// What is measured in milliseconds is looked at more often than that.
const LOOK: Duration = Duration::from_micros(500);

/// A folder that is removed with all that is in it.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn create(parent: &Path) -> io::Result<Self> {
        let path = parent.join(format!("ragd-bench-{}", std::process::id()));
        // Fails if it exists: what is there is not ours to remove.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // There is nobody to tell; the name says where it comes from.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running daemon.
#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
    socket: PathBuf,
}

impl Daemon {
    /// Starts `ragd` with its state below `home`, and returns once it answers, with how long that
    /// took.
    pub(super) async fn start(home: &Path) -> Result<(Self, Duration), ErrorReport> {
        Self::start_with(home, "").await
    }

    /// The same, with a configuration.
    pub(super) async fn start_with(
        home: &Path,
        config: &str,
    ) -> Result<(Self, Duration), ErrorReport> {
        let program = client::daemon_program()?;
        let files =
            prepare(home, config).map_err(|error| failed("prepare a folder for ragd", &error))?;
        let socket = home.join("s");
        let began = Instant::now();
        let child = Command::new(program)
            .arg("--config")
            .arg(home.join("config.toml"))
            .arg("--state-dir")
            .arg(home.join("state"))
            .arg("--socket")
            .arg(&socket)
            .env("RAGD_LOG", "warn")
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            // Ctrl-C is for us, and we end it then.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(files)
            .spawn()
            .map_err(|error| failed("start ragd", &error))?;
        let mut daemon = Self { child, socket };
        daemon.answers(began).await?;
        Ok((daemon, began.elapsed()))
    }

    async fn answers(&mut self, began: Instant) -> Result<(), ErrorReport> {
        loop {
            if let Ok(client) = self.connect().await {
                return client.ping().await;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(gave_up(&format!("it ended with {status}")));
            }
            if began.elapsed() > START_LIMIT {
                return Err(gave_up("it does not answer"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(super) async fn connect(&self) -> Result<Client, ErrorReport> {
        Client::connect(&Target::at(&self.socket)).await
    }

    pub(super) async fn connections(&self, count: usize) -> Result<Vec<Client>, ErrorReport> {
        let mut clients = Vec::with_capacity(count);
        for _ in 0..count {
            clients.push(self.connect().await?);
        }
        Ok(clients)
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops it as a service manager would.
    pub(super) async fn stop(mut self) -> Result<(), ErrorReport> {
        let pid = i32::try_from(self.child.id()).ok();
        if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let deadline = Instant::now() + STOP_LIMIT;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => tokio::time::sleep(Duration::from_millis(5)).await,
                Ok(Some(_)) => return Ok(()),
                Err(error) => return Err(failed("wait for ragd", &error)),
            }
        }
        Err(gave_up("it does not stop"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // After `stop` both find nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes the folder with the configuration, and returns the log.
fn prepare(home: &Path, config: &str) -> io::Result<File> {
    fs::create_dir_all(home)?;
    fs::write(home.join("config.toml"), config)?;
    File::options()
        .create(true)
        .append(true)
        .open(home.join("log"))
}

fn gave_up(why: &str) -> ErrorReport {
    ErrorReport::new(ErrorCode::Unreachable, "cannot measure ragd").because(why)
}

/// Returns the report of something that this machine would not do.
pub(super) fn failed(what: &str, error: &io::Error) -> ErrorReport {
    ErrorReport::new(ErrorCode::StoreFailed, format!("cannot {what}")).because(error.to_string())
}
