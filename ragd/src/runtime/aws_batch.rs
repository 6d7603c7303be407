//! Workers as jobs of AWS Batch.
//!
//! What a worker needs (image, configuration, keys, room) stands in the job definition; ours is the
//! command. Credentials are looked for where the SDK of AWS always looks: variables, files, the role
//! of the machine.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_batch::Client;
use aws_sdk_batch::config::http::HttpResponse;
use aws_sdk_batch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_batch::types::{
    ContainerOverrides, JobDetail, JobStatus, JobSummary, KeyValuesPair, RetryStrategy,
};
use aws_smithy_http_client::{Builder, tls};

use super::error::last_cause;
use super::{Ending, Launch, Launched, Runtime, RuntimeError, Standing, Told};
use crate::config::{self, RuntimeKind};

const KIND: RuntimeKind = RuntimeKind::AwsBatch;
const CONNECT: Duration = Duration::from_secs(5);
/// With what is tried again within it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Tags by which people find jobs. We find ours by their names: lists do not show tags.
const OWNER: &str = "ragd-daemon";
const PART: &str = "ragd-part";

pub(super) struct AwsBatch {
    client: Client,
    queue: String,
    definition: String,
    /// How people know it.
    place: String,
}

impl AwsBatch {
    pub(super) async fn open(settings: &config::AwsBatch) -> Result<Self, RuntimeError> {
        if settings.job_definition.is_empty() {
            return Err(RuntimeError::Setting {
                key: "runtimes.aws_batch.job_definition",
                why: "is empty, and says what a job runs".to_owned(),
            });
        }
        // The cryptography of the rest of the daemon.
        let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        let limits = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_timeout(PATIENCE)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Builder::new().tls_provider(ring).build_https())
            .timeout_config(limits);
        if !settings.region.is_empty() {
            loader = loader.region(Region::new(settings.region.clone()));
        }
        if !settings.endpoint.is_empty() {
            loader = loader.endpoint_url(&settings.endpoint);
        }
        let config = loader.load().await;
        let Some(region) = config.region() else {
            return Err(RuntimeError::Setting {
                key: "runtimes.aws_batch.region",
                why: "is empty, and neither AWS_REGION nor ~/.aws/config says it".to_owned(),
            });
        };
        let place = match settings.endpoint.as_str() {
            "" => region.to_string(),
            endpoint => endpoint.to_owned(),
        };
        Ok(Self {
            client: Client::new(&config),
            queue: settings.queue.clone(),
            definition: settings.job_definition.clone(),
            place,
        })
    }

    fn failed<E>(&self, doing: &'static str, error: &SdkError<E, HttpResponse>) -> RuntimeError
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let away = |why: String| RuntimeError::Away {
            kind: KIND,
            place: self.place.clone(),
            why,
            hint: Some("the job goes on by itself when it is back".to_owned()),
        };
        let refused = |said: &str, transient: bool, hint: Option<&str>| RuntimeError::Refused {
            kind: KIND,
            doing,
            said: config::quotable(said, ""),
            transient,
            hint: hint.map(str::to_owned),
        };
        match error {
            SdkError::TimeoutError(_) => away("it does not answer".to_owned()),
            SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
                away(last_cause(error))
            }
            // Mostly there are no credentials, for which one can wait as for the service itself.
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => RuntimeError::Away {
                kind: KIND,
                place: self.place.clone(),
                why: config::quotable(&last_cause(error), ""),
                hint: Some(
                    "look at the credentials: AWS_ACCESS_KEY_ID and so on, or ~/.aws; the job goes \
                     on by itself"
                        .to_owned(),
                ),
            },
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                let said = service.err().message().or(service.err().code());
                let hint = match status {
                    401 | 403 => Some(
                        "ragd needs batch:SubmitJob, DescribeJobs, ListJobs, TerminateJob and \
                         TagResource",
                    ),
                    400..500 => Some("look at `[runtimes.aws_batch]` in the configuration"),
                    _ => None,
                };
                let said = said.unwrap_or("it did not say why");
                refused(said, status >= 500 || status == 429, hint)
            }
            _ => RuntimeError::Senseless { kind: KIND, doing },
        }
    }

    async fn describe(&self, id: &str) -> Result<Option<JobDetail>, RuntimeError> {
        let described = self.client.describe_jobs().jobs(id).send().await;
        let described = described.map_err(|error| self.failed("tell how a job is", &error))?;
        Ok(described.jobs.unwrap_or_default().into_iter().next())
    }

    /// Lists jobs that have not ended, by the beginning of their names.
    async fn open_jobs(&self, names: String) -> Result<Vec<JobSummary>, RuntimeError> {
        let filter = KeyValuesPair::builder().name("JOB_NAME").values(names);
        let mut pages = self
            .client
            .list_jobs()
            .job_queue(&self.queue)
            .filters(filter.build())
            .into_paginator()
            .send();
        let mut open = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("list jobs", &error))?;
            let jobs = page.job_summary_list.unwrap_or_default();
            open.extend(jobs.into_iter().filter(|job| {
                !matches!(job.status, Some(JobStatus::Succeeded | JobStatus::Failed))
            }));
        }
        Ok(open)
    }
}

/// Returns what jobs of a daemon are called.
fn prefix(owner: &str) -> String {
    format!("ragd-{owner}-")
}

#[async_trait]
impl Runtime for AwsBatch {
    async fn prepare(&self, _: &Told) -> Result<(), RuntimeError> {
        // Images are fetched where the job runs.
        Ok(())
    }

    async fn launch(&self, launch: &Launch) -> Result<Launched, RuntimeError> {
        let name = format!(
            "{}{}",
            prefix(&launch.owner),
            launch.name.trim_start_matches("ragd-")
        );
        // AWS Batch would make a second one.
        if let Some(known) = self.open_jobs(name.clone()).await?.into_iter().next()
            && let Some(id) = known.job_id
        {
            return Ok(Launched(id));
        }
        let command = ContainerOverrides::builder().set_command(Some(launch.arguments()));
        let submitted = self
            .client
            .submit_job()
            .job_name(name)
            .job_queue(&self.queue)
            .job_definition(&self.definition)
            .container_overrides(command.build())
            // Whether a part is tried again is ours to say.
            .retry_strategy(RetryStrategy::builder().attempts(1).build())
            .tags(OWNER, &launch.owner)
            .tags(PART, launch.task.to_string())
            .send()
            .await;
        let doing = "take a job";
        let submitted = submitted.map_err(|error| self.failed(doing, &error))?;
        let id = submitted.job_id;
        id.map(Launched)
            .ok_or(RuntimeError::Senseless { kind: KIND, doing })
    }

    async fn standing(&self, Launched(id): &Launched) -> Result<Standing, RuntimeError> {
        Ok(match self.describe(id).await? {
            None => Standing::Gone,
            Some(job) => standing(&job),
        })
    }

    async fn remove(&self, Launched(id): &Launched) -> Result<(), RuntimeError> {
        // One that has ended is forgotten by AWS Batch itself, after a week.
        let is_over =
            |status: &JobStatus| matches!(status, JobStatus::Succeeded | JobStatus::Failed);
        match self.describe(id).await? {
            None => return Ok(()),
            Some(job) if job.status().is_some_and(is_over) => return Ok(()),
            Some(_) => {}
        }
        let reason = "ragd does not need it any more";
        let ended = self.client.terminate_job().job_id(id).reason(reason);
        let ended = ended.send().await;
        ended
            .map(drop)
            .map_err(|error| self.failed("end a job", &error))
    }

    async fn list(&self, owner: &str) -> Result<Vec<Launched>, RuntimeError> {
        let open = self.open_jobs(format!("{}*", prefix(owner))).await?;
        Ok(open
            .into_iter()
            .filter_map(|job| job.job_id)
            .map(Launched)
            .collect())
    }

    async fn reach(&self) -> Result<(), RuntimeError> {
        // A name that no job has.
        self.open_jobs("ragd-".to_owned()).await.map(drop)
    }
}

fn standing(job: &JobDetail) -> Standing {
    let reason = job.status_reason().filter(|reason| !reason.is_empty());
    let code = job.container().and_then(|container| container.exit_code());
    match job.status() {
        Some(JobStatus::Running) => Standing::Runs,
        Some(JobStatus::Succeeded) => Standing::Ended(Ending {
            code: Some(code.unwrap_or(0).into()),
            ..Ending::default()
        }),
        Some(JobStatus::Failed) => {
            let container = job.container();
            let of_container = container.and_then(|container| container.reason());
            let log = container.and_then(|container| container.log_stream_name());
            Standing::Ended(Ending {
                code: code.map(i64::from),
                reason: of_container.or(reason).map(str::to_owned),
                hint: log.map(|log| format!("its log is the stream {log} of CloudWatch")),
                log: Vec::new(),
            })
        }
        status => {
            let status = status.map_or("unknown", JobStatus::as_str);
            Standing::Waits(match reason {
                None => format!("it is {status}"),
                Some(reason) => format!("it is {status}: {reason}"),
            })
        }
    }
}
