//! A real queue server for one test: started by it, and gone with it.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ragd::config;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::super::queue::folder;

/// A port may be taken by somebody else between the look and the start.
const TRIES: usize = 5;
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    child: Child,
    pub(super) port: u16,
    options: Vec<String>,
    folder: TempDir,
}

impl Server {
    pub(crate) async fn start(options: &[&str]) -> Self {
        Self::start_with(None, options).await
    }

    /// Starts it with a file of settings, before those of the test.
    pub(super) async fn start_with(file: Option<&Path>, options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(|one| (*one).to_owned()).collect();
        for _ in 0..TRIES {
            let (port, folder) = (free_port(), folder());
            let mut server = Self {
                child: spawn(&folder, port, file, &options),
                port,
                options: options.clone(),
                folder,
            };
            if server.is_up().await {
                return server;
            }
        }
        panic!("redis-server does not start; see its own words above");
    }

    /// Kills the server and starts it again on what it had stored.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.folder, self.port, None, &self.options);
        assert!(self.is_up().await, "redis-server does not start again");
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        // It may be gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    /// Returns the configuration that names its socket.
    pub(crate) fn queue(&self) -> config::Queue {
        queue(&format!("redis+unix://{}", self.socket().display()))
    }

    /// Returns the configuration that names its port.
    pub(super) fn queue_over_tcp(&self) -> config::Queue {
        queue(&format!("redis://127.0.0.1:{}", self.port))
    }

    /// Sends a command and returns the beginning of the answer.
    pub(crate) async fn say(&self, command: &str) -> String {
        self.try_say(command).await.unwrap()
    }

    async fn try_say(&self, command: &str) -> std::io::Result<String> {
        let mut stream = UnixStream::connect(self.socket()).await?;
        stream
            .write_all(format!("{command}\r\n").as_bytes())
            .await?;
        let mut answer = vec![0; 1_000];
        let length = stream.read(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    async fn is_up(&mut self) -> bool {
        let began = Instant::now();
        while began.elapsed() < DEADLINE {
            match self.try_say("PING").await {
                // It reads what it had stored.
                Ok(answer) if answer.starts_with("-LOADING") => {}
                Ok(answer) if !answer.is_empty() => return true,
                _ => {}
            }
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(super) fn queue(url: &str) -> config::Queue {
    config::Queue {
        url: url.to_owned(),
        ..config::Queue::default()
    }
}

pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn spawn(folder: &TempDir, port: u16, file: Option<&Path>, options: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(file);
    command.arg("--port").arg(port.to_string());
    command.arg("--bind").arg("127.0.0.1");
    command.arg("--unixsocket").arg(folder.path().join("s"));
    command.arg("--dir").arg(folder.path());
    command.arg("--save").arg("");
    command.arg("--loglevel").arg("warning");
    command.args(options);
    command.stdin(Stdio::null()).stdout(Stdio::inherit());
    match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => panic!(
            "redis-server is not installed, and these tests talk to a real one: \
             apt-get install redis-server (.ci/run does)"
        ),
        Err(error) => panic!("redis-server cannot be started: {error}"),
    }
}
