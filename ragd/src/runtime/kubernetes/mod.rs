//! Workers as Jobs of Kubernetes, made from a template.
//!
//! What a worker needs (configuration, keys, volumes, room) stands in the template; name, labels and
//! that nothing is tried twice are ours to say. Who may do what is decided by the cluster: the role in
//! `deploy/kubernetes/daemon.yaml` is all that is needed.

mod read;
mod template;

use std::time::Duration;

use async_trait::async_trait;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, ListParams, LogParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, DynamicObject};
use kube::{Client, ResourceExt};

use self::template::{OWNER, Template};
use super::error::last_cause;
use super::{LOG_LINES, Launch, Launched, Runtime, RuntimeError, Standing, Told, lines};
use crate::config::{self, RuntimeKind};
use crate::http;

const KIND: RuntimeKind = RuntimeKind::Kubernetes;
const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);
/// Jobs of one daemon that are listed: far more than may be there at the same time.
const LISTED: u32 = 5_000;

pub(super) struct Kubernetes {
    /// For what is read.
    jobs: Api<Job>,
    /// For what is made: every word of the template arrives, also those of a newer Kubernetes.
    made: Api<DynamicObject>,
    pods: Api<Pod>,
    template: Template,
    /// How people know it.
    place: String,
}

impl Kubernetes {
    /// Reads how the cluster is reached, and the template. The cluster need not be there.
    pub(super) async fn open(settings: &config::Kubernetes) -> Result<Self, RuntimeError> {
        http::install_cryptography();
        let template = Template::read(settings)?;
        let mut config = access(settings).await?;
        config.connect_timeout = Some(CONNECT);
        config.read_timeout = Some(PATIENCE);
        let namespace = match settings.namespace.as_str() {
            "" => config.default_namespace.clone(),
            namespace => namespace.to_owned(),
        };
        let place = format!("{} (namespace {namespace})", config.cluster_url);
        let client = Client::try_from(config).map_err(|error| RuntimeError::Setting {
            key: "runtimes.kubernetes.kubeconfig",
            why: format!("names what cannot be used: {error}"),
        })?;
        let resource = ApiResource::erase::<Job>(&());
        Ok(Self {
            jobs: Api::namespaced(client.clone(), &namespace),
            made: Api::namespaced_with(client.clone(), &namespace, &resource),
            pods: Api::namespaced(client, &namespace),
            template,
            place,
        })
    }

    /// Asks, and gives up in time.
    async fn ask<T>(
        &self,
        doing: &'static str,
        asking: impl Future<Output = kube::Result<T>>,
    ) -> Result<Option<T>, RuntimeError> {
        match tokio::time::timeout(PATIENCE, asking).await {
            Ok(Ok(answer)) => Ok(Some(answer)),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => Ok(None),
            Ok(Err(kube::Error::Api(status))) => {
                let transient = status.code >= 500 || [409, 429].contains(&status.code);
                Err(RuntimeError::Refused {
                    kind: KIND,
                    doing,
                    said: config::quotable(&status.message, ""),
                    transient,
                    hint: hint(status.code),
                })
            }
            Ok(Err(kube::Error::SerdeError(_))) => {
                Err(RuntimeError::Senseless { kind: KIND, doing })
            }
            Ok(Err(error)) => Err(self.away(last_cause(&error))),
            Err(_) => Err(self.away("it does not answer".to_owned())),
        }
    }

    fn away(&self, why: String) -> RuntimeError {
        RuntimeError::Away {
            kind: KIND,
            place: self.place.clone(),
            why,
            hint: Some("the job goes on by itself when the cluster is back".to_owned()),
        }
    }

    async fn pods(&self, job: &str) -> Result<Vec<Pod>, RuntimeError> {
        let of_job = ListParams::default().labels(&format!("job-name={job}"));
        let pods = self.ask("list pods", self.pods.list(&of_job)).await?;
        Ok(pods.map(|pods| pods.items).unwrap_or_default())
    }

    async fn log(&self, pod: &Pod) -> Vec<String> {
        let name = pod.name_any();
        let last = LogParams {
            container: read::container(pod),
            tail_lines: i64::try_from(LOG_LINES).ok(),
            ..LogParams::default()
        };
        match self.ask("tell a log", self.pods.logs(&name, &last)).await {
            Ok(Some(log)) => lines(&log),
            // It only explains; without it there is still the code.
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}

/// Returns how the cluster is reached: from the file that is named, from the usual places, or, in a
/// pod, from what every pod has.
async fn access(settings: &config::Kubernetes) -> Result<kube::Config, RuntimeError> {
    let unusable = |why: String| RuntimeError::Setting {
        key: "runtimes.kubernetes.kubeconfig",
        why,
    };
    let options = KubeConfigOptions {
        context: (!settings.context.is_empty()).then(|| settings.context.clone()),
        ..KubeConfigOptions::default()
    };
    if settings.kubeconfig.as_os_str().is_empty() && settings.context.is_empty() {
        let found = kube::Config::infer().await;
        return found.map_err(|error| {
            let error = last_cause(&error);
            unusable(format!(
                "is empty, this is no pod with a service account, and no kubeconfig was found: {error}"
            ))
        });
    }
    let read = match settings.kubeconfig.as_os_str().is_empty() {
        true => Kubeconfig::read(),
        false => Kubeconfig::read_from(&settings.kubeconfig),
    };
    let read = read.map_err(|error| unusable(format!("cannot be used: {error}")))?;
    let config = kube::Config::from_custom_kubeconfig(read, &options).await;
    config.map_err(|error| unusable(format!("cannot be used: {error}")))
}

fn hint(code: u16) -> Option<String> {
    match code {
        401 => Some("ragd needs other credentials for the cluster".to_owned()),
        403 => Some(
            "give the account of ragd the role in ragd/deploy/kubernetes/daemon.yaml".to_owned(),
        ),
        422 => Some("look at `runtimes.kubernetes.template`".to_owned()),
        _ => None,
    }
}

#[async_trait]
impl Runtime for Kubernetes {
    async fn prepare(&self, _: &Told) -> Result<(), RuntimeError> {
        // Images are the nodes' to fetch.
        Ok(())
    }

    async fn launch(&self, launch: &Launch) -> Result<Launched, RuntimeError> {
        const DOING: &str = "make a Job";
        let job = self.template.job(launch)?;
        let plainly = PostParams::default();
        let create = self.made.create(&plainly, &job);
        let created = tokio::time::timeout(PATIENCE, create).await;
        let launched = Launched(launch.name.clone());
        match created {
            // It is there already: an answer was lost.
            Ok(Err(kube::Error::Api(status))) if status.reason == "AlreadyExists" => Ok(launched),
            Ok(created) => match self.ask(DOING, std::future::ready(created)).await? {
                Some(_) => Ok(launched),
                None => Err(RuntimeError::Refused {
                    kind: KIND,
                    doing: DOING,
                    said: format!("there is no such namespace at {}", self.place),
                    transient: false,
                    hint: Some("look at `runtimes.kubernetes.namespace`".to_owned()),
                }),
            },
            Err(_) => Err(self.away("it does not answer".to_owned())),
        }
    }

    async fn standing(&self, Launched(name): &Launched) -> Result<Standing, RuntimeError> {
        let job = self.ask("tell how a Job is", self.jobs.get(name)).await?;
        let Some(job) = job else {
            return Ok(Standing::Gone);
        };
        let pods = self.pods(name).await?;
        let pod = pods.iter().max_by_key(|pod| pod.creation_timestamp());
        let mut standing = read::standing(&job, pod);
        if let (Standing::Ended(ending), Some(pod)) = (&mut standing, pod)
            && ending.code != Some(0)
        {
            ending.log = self.log(pod).await;
        }
        Ok(standing)
    }

    async fn remove(&self, Launched(name): &Launched) -> Result<(), RuntimeError> {
        // Its pod goes, too.
        let removal = DeleteParams::background();
        let removed = self.jobs.delete(name, &removal);
        self.ask("remove a Job", removed).await.map(drop)
    }

    async fn list(&self, owner: &str) -> Result<Vec<Launched>, RuntimeError> {
        let ours = ListParams::default()
            .labels(&format!("{OWNER}={owner}"))
            .limit(LISTED);
        let jobs = self.ask("list Jobs", self.jobs.list(&ours)).await?;
        let jobs = jobs.map(|jobs| jobs.items).unwrap_or_default();
        Ok(jobs.iter().map(|job| Launched(job.name_any())).collect())
    }

    async fn reach(&self) -> Result<(), RuntimeError> {
        let one = ListParams::default().limit(1);
        self.ask("list Jobs", self.jobs.list(&one)).await.map(drop)
    }
}
