//! Workers in containers, by the API of the Docker engine.
//!
//! Only what is needed of it, over the socket or by HTTP: no `docker` program, and no library, which
//! would be larger than this. Podman speaks the same. A container is confined as far as a worker can
//! be: a root that is never written to, no capabilities, no new privileges, memory and cores limited.
//! Keys come in by mounted files, or as variables of the daemon that the configuration names.

mod http;

use async_trait::async_trait;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use self::http::{Answer, Engine};
use super::{Ending, LOG_LINES, Launch, Launched, Runtime, RuntimeError, Standing, Told};
use crate::config;

/// Labels by which containers are found.
const OWNER: &str = "ragd.daemon";
const PART: &str = "ragd.part";
/// Where the worker keeps its cache: a volume without a name, which goes with the container.
const STATE: &str = "/var/lib/ragd";
const PIDS: u32 = 256;

pub(super) struct Docker {
    engine: Engine,
    settings: config::Docker,
    /// What the engine calls the API it speaks.
    version: OnceCell<String>,
}

impl Docker {
    pub(super) fn new(settings: &config::Docker) -> Result<Self, RuntimeError> {
        Ok(Self {
            engine: Engine::new(&settings.host)?,
            settings: settings.clone(),
            version: OnceCell::new(),
        })
    }

    async fn ask(
        &self,
        doing: &'static str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, RuntimeError> {
        let version = self.version.get_or_try_init(|| self.engine.version());
        let path = format!("/v{}{path}", version.await?);
        self.engine.ask(doing, method, &path, body).await
    }

    /// Returns the container that is to be made.
    fn container(&self, launch: &Launch) -> Result<Value, RuntimeError> {
        let settings = &self.settings;
        let inside = |mount: &String| mount.split(':').nth(1) == Some(STATE);
        let volumes = match settings.mounts.iter().any(inside) {
            true => json!({}),
            false => json!({ STATE: {} }),
        };
        let network = match settings.network.as_str() {
            "" => "default",
            network => network,
        };
        Ok(json!({
            "Image": settings.image,
            "Cmd": launch.arguments(),
            "Env": self.variables()?,
            "Labels": { OWNER: launch.owner, PART: launch.task.to_string() },
            "Volumes": volumes,
            "HostConfig": {
                "AutoRemove": false,
                "Binds": settings.mounts,
                "CapDrop": ["ALL"],
                "Init": true,
                "Memory": settings.memory_bytes,
                "MemorySwap": settings.memory_bytes,
                "NanoCpus": u64::from(settings.cpus) * 1_000_000_000,
                "NetworkMode": network,
                "PidsLimit": PIDS,
                "ReadonlyRootfs": true,
                "RestartPolicy": { "Name": "no" },
                "SecurityOpt": ["no-new-privileges:true"],
                "Tmpfs": { "/tmp": "rw,noexec,nosuid,nodev" },
            },
        }))
    }

    fn variables(&self) -> Result<Vec<String>, RuntimeError> {
        let variables = self.settings.env.iter().map(|name| {
            let value = std::env::var(name).map_err(|_| RuntimeError::NoVariable {
                variable: name.clone(),
            })?;
            Ok(format!("{name}={value}"))
        });
        variables.collect()
    }

    async fn log(&self, name: &str) -> Vec<String> {
        let path = format!("/containers/{name}/logs?stdout=1&stderr=1&tail={LOG_LINES}");
        match self.ask("tell a log", Method::GET, &path, None).await {
            Ok(answer) if answer.status.is_success() => http::log_lines(&answer.body),
            // It only explains; without it there is still the code.
            _ => Vec::new(),
        }
    }
}

/// What is read of a container.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    status: String,
    #[serde(default)]
    exit_code: i64,
    #[serde(default, rename = "OOMKilled")]
    oom_killed: bool,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    names: Vec<String>,
}

#[async_trait]
impl Runtime for Docker {
    async fn prepare(&self, told: &Told) -> Result<(), RuntimeError> {
        const DOING: &str = "look for the image";
        let image = &self.settings.image;
        let path = format!("/images/{image}/json");
        let found = self.ask(DOING, Method::GET, &path, None).await?;
        if found.status != StatusCode::NOT_FOUND {
            return found.done(DOING).map(drop);
        }
        told(Some(format!("the image {image} is fetched")));
        let version = self.version.get_or_try_init(|| self.engine.version());
        let version = version.await?;
        self.engine.pull(version, image).await
    }

    async fn launch(&self, launch: &Launch) -> Result<Launched, RuntimeError> {
        const CREATE: &str = "make a container";
        const START: &str = "start a container";
        let path = format!("/containers/create?name={}", launch.name);
        let body = self.container(launch)?;
        let created = self.ask(CREATE, Method::POST, &path, Some(body)).await?;
        // It is there already: an answer was lost.
        if created.status != StatusCode::CONFLICT {
            created.done(CREATE)?;
        }
        let launched = Launched(launch.name.clone());
        let path = format!("/containers/{}/start", launch.name);
        let started = self.ask(START, Method::POST, &path, None).await;
        match started.and_then(|started| started.done(START)) {
            Ok(_) => Ok(launched),
            Err(error) => {
                // What cannot be started is of no use; a start of the daemon would find it, too.
                let _ = self.remove(&launched).await;
                Err(error)
            }
        }
    }

    async fn standing(&self, Launched(name): &Launched) -> Result<Standing, RuntimeError> {
        const DOING: &str = "tell how a container is";
        let path = format!("/containers/{name}/json");
        let found = self.ask(DOING, Method::GET, &path, None).await?;
        if found.status == StatusCode::NOT_FOUND {
            return Ok(Standing::Gone);
        }
        let Container { state } = found.done(DOING)?.read(DOING)?;
        Ok(match state.status.as_str() {
            "running" | "removing" => Standing::Runs,
            "exited" | "dead" => Standing::Ended(Ending {
                code: Some(state.exit_code),
                reason: reason(&state),
                hint: state
                    .oom_killed
                    .then(|| "give it more memory: `runtimes.docker.memory_bytes`".to_owned()),
                log: self.log(name).await,
            }),
            "created" => Standing::Waits("its container is being started".to_owned()),
            other => Standing::Waits(format!("its container is {other}")),
        })
    }

    async fn remove(&self, Launched(name): &Launched) -> Result<(), RuntimeError> {
        const DOING: &str = "remove a container";
        // Its volume goes, too.
        let path = format!("/containers/{name}?force=1&v=1");
        let removed = self.ask(DOING, Method::DELETE, &path, None).await?;
        match removed.status {
            StatusCode::NOT_FOUND => Ok(()),
            _ => removed.done(DOING).map(drop),
        }
    }

    async fn list(&self, owner: &str) -> Result<Vec<Launched>, RuntimeError> {
        const DOING: &str = "list containers";
        let label = format!("{OWNER}={owner}");
        let filters = json!({ "label": [label] }).to_string();
        let path = format!("/containers/json?all=1&filters={}", http::escaped(&filters));
        let found = self.ask(DOING, Method::GET, &path, None).await?;
        let found: Vec<Listed> = found.done(DOING)?.read(DOING)?;
        let names = found
            .into_iter()
            .filter_map(|one| one.names.into_iter().next());
        Ok(names
            .map(|name| Launched(name.trim_start_matches('/').to_owned()))
            .collect())
    }

    async fn reach(&self) -> Result<(), RuntimeError> {
        self.engine.version().await.map(drop)
    }
}

fn reason(state: &State) -> Option<String> {
    match state.error.as_str() {
        _ if state.oom_killed => Some("it needed more memory than it may have".to_owned()),
        "" => None,
        error => Some(error.to_owned()),
    }
}
