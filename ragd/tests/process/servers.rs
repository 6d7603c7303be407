//! What machines share: a real queue server, and a way to cut it off.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::eventually;

const DEADLINE: Duration = Duration::from_secs(20);

/// A `redis-server` that writes an append-only file, as people are told to run it.
pub(crate) struct QueueServer {
    child: Child,
    port: u16,
    folder: PathBuf,
    address: &'static str,
}

impl QueueServer {
    pub(crate) fn start(place: &Path) -> Self {
        Self::start_at("127.0.0.1", place)
    }

    /// Starts one that listens at other addresses than that of this machine alone.
    pub(crate) fn start_at(address: &'static str, place: &Path) -> Self {
        let folder = place.join("queue");
        fs::create_dir(&folder).unwrap();
        let port = free_port();
        let server = Self {
            child: spawn(&folder, address, port),
            port,
            folder,
            address,
        };
        server.answers();
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(&self.folder, self.address, self.port);
        self.answers();
    }

    /// Removes what it had stored. To be called while it is not running.
    pub(crate) fn lose_files(&self) {
        fs::remove_dir_all(&self.folder).unwrap();
        fs::create_dir(&self.folder).unwrap();
    }

    pub(crate) fn flush(&self) {
        let answer = self.say("FLUSHALL").unwrap();
        assert!(answer.starts_with("+OK"), "{answer}");
    }

    fn answers(&self) {
        eventually("redis-server answers", DEADLINE, || {
            let answer = self.say("PING").ok()?;
            answer.starts_with("+PONG").then_some(())
        });
    }

    fn say(&self, command: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = [0; 200];
        let length = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }
}

impl Drop for QueueServer {
    fn drop(&mut self) {
        // It may be gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn spawn(folder: &Path, address: &str, port: u16) -> Child {
    let port = port.to_string();
    let mut command = Command::new("redis-server");
    command
        .args(["--port", &port, "--bind", address, "--save", ""])
        .args(["--protected-mode", "no"])
        .args(["--appendonly", "yes", "--appendfsync", "everysec"])
        .args(["--loglevel", "warning", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.spawn().unwrap_or_else(|error| {
        panic!("redis-server cannot be started ({error}): apt-get install redis-server")
    })
}

/// Passes connections on, and can end them all.
pub(crate) struct Proxy {
    port: u16,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub(crate) fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let streams: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let kept = Arc::clone(&streams);
        // Its threads end with the test.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else {
                    continue;
                };
                let mut kept = kept.lock().unwrap();
                kept.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                pass_on(client.try_clone().unwrap(), server.try_clone().unwrap());
                pass_on(server, client);
            }
        });
        Self { port, streams }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends all connections; new ones are passed on.
    pub(crate) fn cut(&self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            // It may have ended by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
