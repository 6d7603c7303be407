//! Jobs of AWS Batch, by `moto`. It runs nothing and says of each job at once that it succeeded, so the
//! test does in its place what a job would do; other states are put into its mouth by the way.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};

use protocol::job::JobState;
use protocol::submit::Runtime;
use protocol::{ErrorCode, Request};
use serde_json::{Value, json};

use super::{SOON, World, request, waits_for, worker};
use crate::eventually;
use crate::moto::Moto;
use crate::unruly::{Fault, Unruly};

/// What any request may be signed with: nobody looks.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/SERVICE/aws4_request, \
    SignedHeaders=host, Signature=x";
const ROLE: &str = "arn:aws:iam::123456789012:role/role";
const MACHINES: &str = "arn:aws:batch:us-east-1:123456789012:compute-environment/machines";
const LATER: usize = 1_000;

struct Amazon {
    moto: Moto,
    /// Between the daemon and moto.
    way: Unruly,
}

impl Amazon {
    fn start() -> Self {
        let moto = Moto::start("", "");
        let amazon = Self {
            way: Unruly::before(&moto.endpoint),
            moto,
        };
        let role = "/?Action=CreateRole&Version=2010-05-08&RoleName=role\
            &AssumeRolePolicyDocument=%7B%7D";
        let runs_nothing = json!({ "batch": { "use_docker": false } });
        amazon.post("s3", "/moto-api/config", &runs_nothing.to_string());
        amazon.post("iam", role, "");
        amazon.batch(
            "createcomputeenvironment",
            &json!({
                "computeEnvironmentName": "machines", "type": "UNMANAGED", "state": "ENABLED",
                "serviceRole": ROLE,
            }),
        );
        let order = json!([{ "order": 1, "computeEnvironment": MACHINES }]);
        amazon.batch(
            "createjobqueue",
            &json!({
                "jobQueueName": "parts", "state": "ENABLED", "priority": 1,
                "computeEnvironmentOrder": order,
            }),
        );
        let container = json!({
            "image": "ragd:1", "vcpus": 1, "memory": 2048, "command": ["serve"],
        });
        amazon.batch(
            "registerjobdefinition",
            &json!({
                "jobDefinitionName": "worker", "type": "container",
                "containerProperties": container,
            }),
        );
        amazon
    }

    fn batch(&self, action: &str, body: &Value) -> Value {
        let said = self.post("batch", &format!("/v1/{action}"), &body.to_string());
        serde_json::from_str(&said).unwrap_or_default()
    }

    fn post(&self, service: &str, path: &str, body: &str) -> String {
        let host = self.moto.endpoint.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let signed = SIGNED.replace("SERVICE", service);
        let of = match body {
            "" => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {signed}\r\n\
             content-type: {of}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 20"), "{path}: {answer}");
        body.to_owned()
    }

    /// Returns all jobs that were ever submitted, oldest first.
    fn jobs(&self) -> Vec<Value> {
        let filters = json!([{ "name": "JOB_NAME", "values": ["ragd-*"] }]);
        let listed = self.batch(
            "listjobs",
            &json!({ "jobQueue": "parts", "filters": filters }),
        );
        let listed = listed["jobSummaryList"].as_array().unwrap();
        let ids: Vec<_> = listed.iter().map(|job| job["jobId"].clone()).collect();
        let jobs = self.batch("describejobs", &json!({ "jobs": ids }));
        jobs["jobs"].as_array().cloned().unwrap_or_default()
    }

    fn job(&self, number: usize) -> Value {
        eventually("a job is submitted", SOON, || {
            self.jobs().get(number).cloned()
        })
    }

    /// Has the daemon hear another status of all jobs than moto tells.
    fn say(&self, status: &str, more: &str) {
        let body = format!("{{\"jobs\":[{{\"jobId\":\"1\",\"status\":\"{status}\"{more}}}]}}");
        // For as long as the test runs.
        let fault = Fault::Answer("200 OK", "content-type: application/json\r\n", body.leak());
        self.way.fail("describejobs", fault, LATER);
    }
}

fn world(amazon: &Amazon) -> World {
    World::new(|place| {
        place.set_environment("AWS_ACCESS_KEY_ID", "AKIATEST");
        place.set_environment("AWS_SECRET_ACCESS_KEY", "do-not-show-this");
        // Nobody looks for the role of a machine in the cloud.
        place.set_environment("AWS_EC2_METADATA_DISABLED", "true");
        format!(
            "[runtimes.aws_batch]\nqueue = \"parts\"\njob_definition = \"worker\"\n\
             region = \"us-east-1\"\nendpoint = \"{}\"\n",
            amazon.way.endpoint
        )
    })
}

/// Does what a job would do.
fn run(world: &World, job: &Value) -> Child {
    let (program, arguments) = worker(&world.place);
    let words = job["container"]["command"].as_array().unwrap();
    let words = words.iter().map(|word| word.as_str().unwrap());
    let mut command = Command::new(program);
    command.args(arguments).args(words).spawn().unwrap()
}

#[test]
fn a_part_is_done_by_a_job_of_its_own() {
    let amazon = Amazon::start();
    let mut world = world(&amazon);
    amazon.say("RUNNABLE", ",\"statusReason\":\"no machine yet\"");
    let id = world.submit(3, Runtime::AwsBatch);
    let job = amazon.job(0);
    world.job_when(id, "it waits for a machine", |job| {
        waits_for(job, Runtime::AwsBatch, "it is RUNNABLE: no machine yet")
    });
    amazon.say("RUNNING", "");
    world.job_when(id, "it runs", |job| job.waiting.is_none());
    let part = job["tags"]["ragd-part"].as_str().unwrap();
    assert_eq!(part, format!("{id}/0"));
    assert_eq!(job["container"]["command"][3], part);
    let mut child = run(&world, &job);
    let done = world.finished(id);
    assert_eq!((done.totals.added, done.runtime), (3, Runtime::AwsBatch));
    assert!(child.wait().unwrap().success());
    assert_eq!(amazon.jobs().len(), 1);
    assert!(!world.place.log().contains("do-not-show-this"));
}

#[test]
fn a_job_that_ends_without_a_result_fails_its_part() {
    let amazon = Amazon::start();
    let mut world = world(&amazon);
    // As moto says it of itself.
    let id = world.submit(1, Runtime::AwsBatch);
    let job = world.job_when(id, "it ended", |job| job.error.is_some());
    let error = job.error.unwrap();
    assert_eq!(error.code, ErrorCode::WorkerLost);
    assert_eq!(error.causes, ["it ended with code 0"]);
    let container = ",\"container\":{\"exitCode\":137,\"reason\":\"OutOfMemoryError\",\
        \"logStreamName\":\"worker/default/1\"}";
    amazon.say("FAILED", container);
    let job = world.job_when(id, "it failed", |job| {
        job.error
            .as_ref()
            .is_some_and(|error| error.causes.len() == 2)
    });
    let error = job.error.unwrap();
    assert_eq!(error.causes, ["it ended with code 137", "OutOfMemoryError"]);
    assert_eq!(
        error.try_next,
        ["its log is the stream worker/default/1 of CloudWatch"]
    );
    // The next one does it.
    amazon.say("RUNNING", "");
    let before = amazon.jobs().len();
    let mut child = run(&world, &amazon.job(before));
    world.finished(id);
    assert!(child.wait().unwrap().success());
}

#[test]
fn jobs_end_with_their_job_and_with_their_daemon() {
    let amazon = Amazon::start();
    let mut world = world(&amazon);
    amazon.say("RUNNING", "");
    let id = world.submit(1, Runtime::AwsBatch);
    let job = amazon.job(0);
    world.client.ask(&Request::JobCancel(id)).unwrap();
    assert_eq!(world.client.wait(id).state, JobState::Cancelled);
    let ended = |times| {
        eventually("a job is ended", SOON, || {
            (amazon.way.requests("terminatejob") == times).then_some(())
        });
    };
    ended(1);
    // The next start finds it in the list, as it did not end.
    amazon.way.heal();
    let name = job["jobName"].as_str().unwrap();
    let listed = json!({ "jobSummaryList": [{
        "jobId": job["jobId"], "jobName": name, "status": "RUNNABLE",
    }]});
    let listed = listed.to_string().leak();
    let fault = Fault::Answer("200 OK", "content-type: application/json\r\n", listed);
    amazon.way.fail("listjobs", fault, 1);
    let looks = amazon.way.requests("describejobs");
    world.restart_with("", "");
    // Moto says that it ended meanwhile; that was asked before it was ended again.
    eventually("it is looked at", SOON, || {
        (amazon.way.requests("describejobs") > looks).then_some(())
    });
}

#[test]
fn what_is_missing_is_said() {
    let amazon = Amazon::start();
    let mut world = world(&amazon);
    world.restart_with("queue = \"parts\"", "queue = \"none\"");
    let id = world.submit(1, Runtime::AwsBatch);
    let job = world.client.wait(id);
    let error = job.error.unwrap();
    assert_eq!(error.code, ErrorCode::RuntimeFailed);
    assert!(
        error.message.ends_with("Job queue none does not exist"),
        "{error:?}"
    );
    let folder = world.place.path().to_owned();
    let mut refused = |from: &str, to: &str| {
        world.restart_with(from, to);
        let asked = Request::Submit(request(&folder, Runtime::AwsBatch));
        let report = world.client.ask(&asked).unwrap_err();
        assert_eq!(report.code, ErrorCode::Unsupported);
        [vec![report.message], report.causes].concat().join(": ")
    };
    assert_eq!(
        refused("job_definition = \"worker\"", ""),
        "cannot use AWS Batch: `runtimes.aws_batch.job_definition` is empty, and says what a job runs"
    );
    assert_eq!(
        refused("queue = \"none\"", ""),
        "nothing says how to use AWS Batch: `runtimes.aws_batch.queue` is empty"
    );
}
