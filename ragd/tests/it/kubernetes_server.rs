//! A stand-in for a server of Kubernetes: the part of its API that is used, by its public description.
//!
//! It schedules nothing. A Job that is made has a pod that is as the test says, or a process of this
//! machine that does what its container would do.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself"
)]

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::plain_http::{self, Asked, Said, parameter, said};

/// What a client has to bring.
const TOKEN: &str = "let-me-in";
const JOBS: &str = "/apis/batch/v1/namespaces/far/jobs";
const PODS: &str = "/api/v1/namespaces/far/pods";

/// What becomes of the pod of a Job.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A process of this machine does what its container was to do.
    Run(PathBuf, Vec<String>),
    Hang,
    /// No node has room.
    NoRoom,
    /// Its image is not there.
    NoImage,
    /// Its container ended with this code and this in its log.
    End(i64, &'static str),
    OutOfMemory,
}

struct Made {
    job: Value,
    act: Act,
    child: Option<Child>,
}

#[derive(Default)]
struct State {
    acts: Vec<Act>,
    jobs: BTreeMap<String, Made>,
    /// Everything that was ever made.
    made: Vec<Value>,
    requests: Vec<String>,
    forbids: bool,
}

pub(crate) struct Cluster {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            acts: vec![Act::Hang],
            ..State::default()
        }));
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&serving);
                // A client that goes is what some tests are about.
                std::thread::spawn(move || serve(&stream?, &state));
            }
            std::io::Result::Ok(())
        });
        Self { url, state }
    }

    /// Writes how the cluster is reached, and returns where that is.
    pub(crate) fn kubeconfig(&self, folder: &Path) -> PathBuf {
        let path = folder.join("kubeconfig");
        let text = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [
                { "name": "here", "context": { "cluster": "c", "user": "u", "namespace": "far" } },
                { "name": "stranger", "context": { "cluster": "c", "user": "s", "namespace": "far" } },
            ],
            "clusters": [{ "name": "c", "cluster": { "server": self.url } }],
            "users": [
                { "name": "u", "user": { "token": TOKEN } },
                { "name": "s", "user": { "token": "guess" } },
            ],
        });
        fs::write(&path, text.to_string()).unwrap();
        path
    }

    /// Says what becomes of the next Jobs; the last one counts for all after it.
    pub(crate) fn act(&self, acts: &[Act]) {
        self.state().acts = acts.iter().rev().cloned().collect();
    }

    pub(crate) fn forbid(&self) {
        self.state().forbids = true;
    }

    /// Returns the names of the Jobs that are there.
    pub(crate) fn jobs(&self) -> Vec<String> {
        self.state().jobs.keys().cloned().collect()
    }

    pub(crate) fn made(&self) -> Vec<Value> {
        self.state().made.clone()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let jobs = std::mem::take(&mut self.state().jobs);
        jobs.into_values().for_each(end);
    }
}

fn end(mut made: Made) {
    if let Some(child) = &mut made.child {
        // It may be gone by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let Some(asked) = plain_http::read(stream)? else {
        return Ok(());
    };
    let said = answer(&mut state.lock().unwrap(), &asked);
    plain_http::answer(stream, "content-type: application/json\r\n", &said)
}

fn no(status: &'static str, reason: &str, message: &str) -> Said {
    let code: u16 = status[..3].parse().unwrap();
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    said(status, &body)
}

fn answer(state: &mut State, asked: &Asked) -> Said {
    let Asked {
        method,
        path,
        query,
        authorization,
        body,
    } = asked;
    state.requests.push(format!("{method} {path}?{query}"));
    if *authorization != format!("Bearer {TOKEN}") {
        return no("401 Unauthorized", "Unauthorized", "Unauthorized");
    }
    if state.forbids {
        return no(
            "403 Forbidden",
            "Forbidden",
            "jobs.batch is forbidden: not you",
        );
    }
    let job = path
        .strip_prefix(JOBS)
        .map(|rest| rest.trim_start_matches('/'));
    let pod = path
        .strip_prefix(PODS)
        .map(|rest| rest.trim_start_matches('/'));
    match (method.as_str(), job, pod) {
        ("POST", Some(""), _) => make(state, serde_json::from_slice(body).unwrap()),
        ("GET", Some(""), _) => list(state, query),
        ("GET", Some(name), _) => match state.jobs.get_mut(name) {
            Some(made) => said("200 OK", &look(made)),
            None => missing(name),
        },
        ("DELETE", Some(name), _) => remove(state, name, body),
        ("GET", _, Some("")) => pods(state, query),
        ("GET", _, Some(rest)) => log(state, rest, query),
        _ => no(
            "404 Not Found",
            "NotFound",
            "the server could not find the requested resource",
        ),
    }
}

fn missing(name: &str) -> Said {
    no(
        "404 Not Found",
        "NotFound",
        &format!("jobs.batch \"{name}\" not found"),
    )
}

fn make(state: &mut State, mut job: Value) -> Said {
    let name = job["metadata"]["name"].as_str().unwrap().to_owned();
    if state.jobs.contains_key(&name) {
        let message = format!("jobs.batch \"{name}\" already exists");
        return no("409 Conflict", "AlreadyExists", &message);
    }
    let pod = &job["spec"]["template"]["spec"];
    // What the server would not take, of all that it checks.
    let labels = job["metadata"]["labels"].as_object().unwrap();
    let fits = name.len() <= 63
        && ["Never", "OnFailure"].contains(&pod["restartPolicy"].as_str().unwrap())
        && pod["containers"][0]["image"].is_string()
        && labels
            .values()
            .all(|label| label.as_str().is_some_and(|text| text.len() <= 63));
    if !fits {
        return no("422 Unprocessable Entity", "Invalid", "Job is invalid");
    }
    state.made.push(job.clone());
    let act = match state.acts.len() {
        1 => state.acts[0].clone(),
        _ => state.acts.pop().unwrap(),
    };
    let child = match &act {
        Act::Run(program, arguments) => {
            let words = pod["containers"][0]["args"].as_array().unwrap();
            let child = Command::new(program)
                .args(arguments)
                .args(words.iter().map(|word| word.as_str().unwrap()))
                .stdin(Stdio::null())
                .spawn();
            Some(child.unwrap())
        }
        _ => None,
    };
    job["metadata"]["uid"] = json!("0b1c");
    job["metadata"]["creationTimestamp"] = json!("2026-11-26T00:00:00Z");
    let made = Made { job, act, child };
    let shown = made.job.clone();
    state.jobs.insert(name, made);
    said("201 Created", &shown)
}

fn list(state: &mut State, query: &str) -> Said {
    let selector = parameter(query, "labelSelector");
    let (key, value) = selector.split_once('=').unwrap_or_default();
    let fits = |made: &&mut Made| key.is_empty() || made.job["metadata"]["labels"][key] == value;
    let items: Vec<_> = state.jobs.values_mut().filter(fits).map(look).collect();
    let list =
        json!({ "kind": "JobList", "apiVersion": "batch/v1", "metadata": {}, "items": items });
    said("200 OK", &list)
}

fn remove(state: &mut State, name: &str, body: &[u8]) -> Said {
    let options: Value = serde_json::from_slice(body).unwrap();
    // Otherwise its pods stay.
    assert_eq!(options["propagationPolicy"], "Background");
    match state.jobs.remove(name) {
        Some(made) => {
            end(made);
            let done = json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" });
            said("200 OK", &done)
        }
        None => missing(name),
    }
}

/// Returns the code with which the container ended, if it has.
fn code(made: &mut Made) -> Option<i64> {
    match (&made.act, &mut made.child) {
        (Act::End(code, _), _) => Some(*code),
        (Act::OutOfMemory, _) => Some(137),
        (_, Some(child)) => {
            let status = child.try_wait().unwrap()?;
            Some(status.code().unwrap_or(137).into())
        }
        _ => None,
    }
}

/// Returns the Job as it is now.
fn look(made: &mut Made) -> Value {
    let condition = |kind, reason, message| json!([{ "type": kind, "status": "True", "reason": reason, "message": message }]);
    let conditions = match code(made) {
        None => json!([]),
        Some(0) => condition("Complete", "CompletionsReached", "Reached expected number"),
        Some(_) => condition(
            "Failed",
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        ),
    };
    let mut job = made.job.clone();
    job["status"] = json!({ "conditions": conditions });
    job
}

fn pods(state: &mut State, query: &str) -> Said {
    let selector = parameter(query, "labelSelector");
    let name = selector.strip_prefix("job-name=").unwrap();
    let items: Vec<_> = state
        .jobs
        .get_mut(name)
        .map(|made| pod(name, made))
        .into_iter()
        .collect();
    let list = json!({ "kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items });
    said("200 OK", &list)
}

fn pod(name: &str, made: &mut Made) -> Value {
    let container = made.job["spec"]["template"]["spec"]["containers"][0]["name"].clone();
    let (phase, state) = match (code(made), &made.act) {
        (Some(code), act) => {
            let reason = match act {
                Act::OutOfMemory => "OOMKilled",
                _ if code == 0 => "Completed",
                _ => "Error",
            };
            let phase = if code == 0 { "Succeeded" } else { "Failed" };
            (
                phase,
                json!({ "terminated": { "exitCode": code, "reason": reason } }),
            )
        }
        (None, Act::NoImage) => {
            let waiting = json!({ "reason": "ErrImagePull", "message": "no such image" });
            ("Pending", json!({ "waiting": waiting }))
        }
        (None, Act::NoRoom) => ("Pending", json!({})),
        (None, _) => ("Running", json!({ "running": {} })),
    };
    let conditions = match made.act {
        Act::NoRoom => json!([{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient memory.",
        }]),
        _ => json!([]),
    };
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": format!("{name}-x7k2p"), "namespace": "far" },
        "spec": { "containers": [{ "name": container }] },
        "status": {
            "phase": phase,
            "conditions": conditions,
            "containerStatuses": [{
                "name": container, "image": "i", "imageID": "", "ready": false,
                "restartCount": 0, "state": state,
            }],
        },
    })
}

fn log(state: &State, rest: &str, query: &str) -> Said {
    let name = rest.strip_suffix("-x7k2p/log").unwrap();
    let lines: usize = parameter(query, "tailLines").parse().unwrap();
    assert_eq!(parameter(query, "container"), "worker");
    let text = match state.jobs.get(name).map(|made| &made.act) {
        Some(Act::End(_, text)) => *text,
        _ => "",
    };
    let all: Vec<_> = text.lines().collect();
    let last = all[all.len().saturating_sub(lines)..].join("\n");
    Said {
        status: "200 OK",
        body: last.into_bytes(),
    }
}
