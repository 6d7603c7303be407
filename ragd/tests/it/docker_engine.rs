//! A stand-in for the engine of Docker: the part of its API that is used, by its public description.
//!
//! It has no containers. What it is told to start is a process of this machine, or nothing at all,
//! and then it ends as the test says.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::plain_http::{self, Asked, Said, nothing, parameter, said};

/// The newest version of the API that it speaks, and the oldest.
const VERSIONS: std::ops::RangeInclusive<u32> = 44..=51;

/// What becomes of a container that is started.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A process of this machine does what it was to do.
    Run(PathBuf, Vec<String>),
    /// It runs and does nothing.
    Hang,
    /// It has ended at once, with this code and this in its log.
    End(i64, &'static str),
    /// It was killed for its memory.
    OutOfMemory,
    /// It is never started.
    Refuse(&'static str),
}

struct Container {
    made: Value,
    status: &'static str,
    code: i64,
    error: &'static str,
    oom_killed: bool,
    log: String,
    child: Option<Child>,
}

struct State {
    images: BTreeSet<String>,
    /// Of the registry.
    fetchable: BTreeSet<String>,
    /// A fetch waits until there is another.
    holds_fetches: bool,
    /// The next ones; then the last.
    acts: Vec<Act>,
    containers: BTreeMap<String, Container>,
    /// Everything that was ever made.
    made: Vec<Value>,
    requests: Vec<String>,
}

/// An engine on a socket of its own. Its threads end with the test.
pub(crate) struct Engine {
    path: PathBuf,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Engine {
    pub(crate) fn start(folder: &Path) -> Self {
        let path = folder.join("docker.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                images: BTreeSet::from(["ragd:1".to_owned()]),
                fetchable: BTreeSet::from(["ragd:1".to_owned(), "far/ragd:2".to_owned()]),
                holds_fetches: false,
                acts: vec![Act::Hang],
                containers: BTreeMap::new(),
                made: Vec::new(),
                requests: Vec::new(),
            }),
            changed: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&serving);
                // A client that goes is what some tests are about.
                std::thread::spawn(move || shared.serve(&stream?));
            }
            std::io::Result::Ok(())
        });
        Self { path, shared }
    }

    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Says what becomes of the next containers; the last one counts for all after it.
    pub(crate) fn act(&self, acts: &[Act]) {
        self.state().acts = acts.iter().rev().cloned().collect();
    }

    pub(crate) fn hold_fetches(&self, hold: bool) {
        self.state().holds_fetches = hold;
        self.shared.changed.notify_all();
    }

    /// Returns the names of the containers that are there.
    pub(crate) fn containers(&self) -> Vec<String> {
        self.state().containers.keys().cloned().collect()
    }

    /// Returns the names of those that were started, and run.
    pub(crate) fn running(&self) -> Vec<String> {
        let state = self.state();
        let running = state.containers.iter();
        let running = running.filter(|(_, container)| container.status == "running");
        running.map(|(name, _)| name.clone()).collect()
    }

    /// Returns what was ever asked for, oldest first.
    pub(crate) fn made(&self) -> Vec<Value> {
        self.state().made.clone()
    }

    /// Returns the first lines of all requests.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// Takes a container away, as a person would.
    pub(crate) fn remove_all(&self) {
        let containers = std::mem::take(&mut self.state().containers);
        containers.into_values().for_each(end);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.remove_all();
    }
}

fn end(mut container: Container) {
    if let Some(child) = &mut container.child {
        // It may be gone by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn no(status: &'static str, message: &str) -> Said {
    said(status, &json!({ "message": message }))
}

impl Shared {
    fn serve(&self, stream: &UnixStream) -> std::io::Result<()> {
        let Some(asked) = plain_http::read(stream)? else {
            return Ok(());
        };
        let Asked {
            method,
            path,
            query,
            body,
            ..
        } = asked;
        let line = format!("{method} {path}?{query}");
        self.state.lock().unwrap().requests.push(line);
        let said = self.answer(&method, &path, &query, &body);
        let version = format!("api-version: 1.{}\r\n", VERSIONS.end());
        plain_http::answer(stream, &version, &said)
    }

    fn answer(&self, method: &str, path: &str, query: &str, body: &[u8]) -> Said {
        if path == "/_ping" {
            return Said {
                status: "200 OK",
                body: b"OK".to_vec(),
            };
        }
        let Some((version, path)) = path.strip_prefix("/v1.").and_then(|p| p.split_once('/'))
        else {
            return no("400 Bad Request", "no version");
        };
        if !VERSIONS.contains(&version.parse().unwrap()) {
            return no("400 Bad Request", "client version is too new or too old");
        }
        let parts: Vec<_> = path.split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["images", image @ .., "json"]) => {
                let image = image.join("/");
                match self.state.lock().unwrap().images.contains(&image) {
                    true => said("200 OK", &json!({ "Id": "sha256:1" })),
                    false => no("404 Not Found", &format!("No such image: {image}")),
                }
            }
            ("POST", ["images", "create"]) => self.fetch(&parameter(query, "fromImage")),
            ("POST", ["containers", "create"]) => self.create(
                &parameter(query, "name"),
                serde_json::from_slice(body).unwrap(),
            ),
            ("GET", ["containers", "json"]) => self.list(query),
            ("POST", ["containers", name, "start"]) => self.with(name, start),
            ("GET", ["containers", name, "json"]) => {
                self.with(name, |container, _| inspect(container))
            }
            ("GET", ["containers", name, "logs"]) => self.with(name, |container, _| Said {
                status: "200 OK",
                body: log(&container.log),
            }),
            ("DELETE", ["containers", name]) => self.delete(name, query),
            _ => no("404 Not Found", "page not found"),
        }
    }

    fn fetch(&self, image: &str) -> Said {
        let mut state = self.state.lock().unwrap();
        while state.holds_fetches {
            state = self.changed.wait(state).unwrap();
        }
        let begun = json!({ "status": format!("Pulling from {image}") });
        let ended = match state.fetchable.contains(image) {
            true => {
                state.images.insert(image.to_owned());
                json!({ "status": "Digest: sha256:1" })
            }
            false => {
                let error = "manifest unknown";
                json!({ "errorDetail": { "message": error }, "error": error })
            }
        };
        Said {
            status: "200 OK",
            body: format!("{begun}\r\n{ended}\r\n").into_bytes(),
        }
    }

    fn create(&self, name: &str, made: Value) -> Said {
        let mut state = self.state.lock().unwrap();
        let image = made["Image"].as_str().unwrap().to_owned();
        if !state.images.contains(&image) {
            return no("404 Not Found", &format!("No such image: {image}"));
        }
        if state.containers.contains_key(name) {
            return no(
                "409 Conflict",
                &format!("The container name {name} is in use"),
            );
        }
        state.made.push(made.clone());
        let container = Container {
            made,
            status: "created",
            code: 0,
            error: "",
            oom_killed: false,
            log: String::new(),
            child: None,
        };
        state.containers.insert(name.to_owned(), container);
        said("201 Created", &json!({ "Id": name, "Warnings": [] }))
    }

    fn list(&self, query: &str) -> Said {
        let filters: Value = serde_json::from_str(&parameter(query, "filters")).unwrap();
        let label = filters["label"][0].as_str().unwrap();
        let (key, value) = label.split_once('=').unwrap();
        let state = self.state.lock().unwrap();
        let fits = |(_, container): &(&String, &Container)| container.made["Labels"][key] == value;
        let listed = state.containers.iter().filter(fits);
        let listed = listed.map(|(name, _)| json!({ "Id": name, "Names": [format!("/{name}")] }));
        said("200 OK", &listed.collect())
    }

    fn with(&self, name: &str, answer: impl FnOnce(&mut Container, &mut Vec<Act>) -> Said) -> Said {
        let mut state = self.state.lock().unwrap();
        let State {
            containers, acts, ..
        } = &mut *state;
        match containers.get_mut(name) {
            Some(container) => answer(container, acts),
            None => no("404 Not Found", &format!("No such container: {name}")),
        }
    }

    fn delete(&self, name: &str, query: &str) -> Said {
        let mut state = self.state.lock().unwrap();
        let Some(container) = state.containers.get(name) else {
            return no("404 Not Found", &format!("No such container: {name}"));
        };
        if container.status == "running" && parameter(query, "force") != "1" {
            return no(
                "409 Conflict",
                "stop the container before attempting removal",
            );
        }
        let container = state.containers.remove(name).unwrap();
        drop(state);
        end(container);
        nothing("204 No Content")
    }
}

fn start(container: &mut Container, acts: &mut Vec<Act>) -> Said {
    if container.status == "running" {
        return nothing("304 Not Modified");
    }
    let act = match acts.len() {
        1 => acts[0].clone(),
        _ => acts.pop().unwrap(),
    };
    match act {
        Act::Hang => container.status = "running",
        Act::End(code, log) => {
            (container.status, container.code) = ("exited", code);
            log.clone_into(&mut container.log);
        }
        Act::OutOfMemory => {
            (container.status, container.code) = ("exited", 137);
            container.oom_killed = true;
        }
        Act::Refuse(why) => {
            container.error = why;
            return no("500 Internal Server Error", why);
        }
        Act::Run(program, arguments) => {
            let words = container.made["Cmd"].as_array().unwrap();
            let child = Command::new(program)
                .args(arguments)
                .args(words.iter().map(|word| word.as_str().unwrap()))
                .stdin(Stdio::null())
                .spawn();
            container.child = Some(child.unwrap());
            container.status = "running";
        }
    }
    nothing("204 No Content")
}

fn inspect(container: &mut Container) -> Said {
    if let Some(child) = &mut container.child
        && let Some(status) = child.try_wait().unwrap()
    {
        container.status = "exited";
        container.code = status.code().unwrap_or(137).into();
    }
    let state = json!({
        "Status": container.status,
        "Running": container.status == "running",
        "ExitCode": container.code,
        "OOMKilled": container.oom_killed,
        "Error": container.error,
    });
    said("200 OK", &json!({ "Id": "1", "State": state }))
}

/// A log as it is told: each piece behind a head that says where it was written, and its length.
fn log(text: &str) -> Vec<u8> {
    let lines = text.split_inclusive('\n').flat_map(|line| {
        let length = u32::try_from(line.len()).unwrap().to_be_bytes();
        [&[2, 0, 0, 0][..], &length, line.as_bytes()].concat()
    });
    lines.collect()
}
