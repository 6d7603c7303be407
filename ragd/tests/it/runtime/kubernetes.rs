//! Kubernetes, by a stand-in for its server.

use std::fs;
use std::sync::Arc;

use ragd::config::{Config, RuntimeKind};
use ragd::runtime::{Ending, Launch, Launched, NotHere, Runtime, Runtimes, Standing};
use serde_json::json;
use tempfile::TempDir;

use super::{Notes, task};
use crate::kubernetes_server::{Act, Cluster};

struct Bench {
    cluster: Cluster,
    kubernetes: Arc<dyn Runtime>,
    _folder: TempDir,
}

fn config(cluster: &Cluster, folder: &TempDir) -> Config {
    let mut config = Config::default();
    config.queue.url = "redis://127.0.0.1:1".to_owned();
    let kubernetes = &mut config.runtimes.kubernetes;
    kubernetes.kubeconfig = cluster.kubeconfig(folder.path());
    kubernetes.image = "far/ragd:1".to_owned();
    config
}

async fn open(config: &Config) -> Result<Arc<dyn Runtime>, String> {
    let folder = tempfile::tempdir().unwrap();
    let runtimes = Runtimes::open(config, folder.path()).await.unwrap();
    match runtimes.site(RuntimeKind::Kubernetes) {
        Ok(site) => Ok(Arc::clone(site.runtime())),
        Err(NotHere::Unusable { error, .. }) => Err(error.to_string()),
        Err(other) => panic!("{other:?}"),
    }
}

async fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    Bench {
        kubernetes: open(&config(&cluster, &folder)).await.unwrap(),
        cluster,
        _folder: folder,
    }
}

impl Bench {
    async fn launch(&self, part: u32) -> Launched {
        let launch = Launch::new("me", task(part), 7);
        self.kubernetes.launch(&launch).await.unwrap()
    }

    async fn standing_after(&self, part: u32, act: Act) -> Standing {
        self.cluster.act(&[act]);
        let launched = self.launch(part).await;
        self.kubernetes.standing(&launched).await.unwrap()
    }
}

#[tokio::test]
async fn a_job_is_made_from_the_template_and_can_be_found() {
    let bench = bench().await;
    let Launched(name) = bench.launch(4).await;
    assert_eq!(bench.launch(4).await.0, name, "again is no second one");
    let made = bench.cluster.made();
    assert_eq!(made.len(), 1);
    let container = &made[0]["spec"]["template"]["spec"]["containers"][0];
    let part = task(4).to_string();
    let arguments = json!(["worker", "--once", "--part", part, "--name", name]);
    assert_eq!(container["args"], arguments);
    assert_eq!(container["image"], "far/ragd:1");
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    let other = Launch::new("another", task(4), 7);
    bench.kubernetes.launch(&other).await.unwrap();
    let found = bench.kubernetes.list("me").await.unwrap();
    assert_eq!(found, [Launched(name)]);
}

#[tokio::test]
async fn a_pod_tells_how_its_job_is() {
    let bench = bench().await;
    let waits = |why: &str| Standing::Waits(why.to_owned());
    assert_eq!(bench.standing_after(0, Act::Hang).await, Standing::Runs);
    let room = "Unschedulable: 0/3 nodes are available: 3 Insufficient memory.";
    assert_eq!(bench.standing_after(1, Act::NoRoom).await, waits(room));
    let image = waits("ErrImagePull: no such image");
    assert_eq!(bench.standing_after(2, Act::NoImage).await, image);
    let done = Ending {
        code: Some(0),
        ..Ending::default()
    };
    let ended = bench.standing_after(3, Act::End(0, "")).await;
    assert_eq!(ended, Standing::Ended(done));
    let failed = Ending {
        code: Some(75),
        reason: Some(
            "BackoffLimitExceeded: Job has reached the specified backoff limit".to_owned(),
        ),
        log: vec!["error: x".to_owned(), "  why:  y".to_owned()],
        hint: None,
    };
    let ended = bench
        .standing_after(4, Act::End(75, "error: x\n  why:  y\n"))
        .await;
    assert_eq!(ended, Standing::Ended(failed));
    match bench.standing_after(5, Act::OutOfMemory).await {
        Standing::Ended(ending) => {
            assert_eq!(ending.code, Some(137));
            assert!(ending.reason.unwrap().contains("more memory"));
            assert!(ending.hint.unwrap().contains("template"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn removing_may_be_repeated() {
    let bench = bench().await;
    let launched = bench.launch(0).await;
    bench.kubernetes.remove(&launched).await.unwrap();
    bench.kubernetes.remove(&launched).await.unwrap();
    let standing = bench.kubernetes.standing(&launched).await.unwrap();
    assert_eq!(standing, Standing::Gone);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let bench = bench().await;
    bench.cluster.forbid();
    let launch = Launch::new("me", task(0), 7);
    let error = bench.kubernetes.launch(&launch).await.unwrap_err();
    let said = "Kubernetes refused to make a Job: jobs.batch is forbidden: not you";
    assert_eq!(error.to_string(), said);
    assert!(!error.is_transient());
    assert!(error.hint().unwrap().contains("the role in"));

    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let mut stranger = config(&cluster, &folder);
    stranger.runtimes.kubernetes.context = "stranger".to_owned();
    let stranger = open(&stranger).await.unwrap();
    let error = stranger.reach().await.unwrap_err();
    assert!(error.to_string().ends_with("Unauthorized"), "{error}");
    let notes = Notes::default();
    stranger.prepare(&notes.told()).await.unwrap();
    assert_eq!(notes.all(), [""; 0]);

    let mut lost = config(&cluster, &folder);
    lost.runtimes.kubernetes.namespace = "nowhere".to_owned();
    let error = open(&lost)
        .await
        .unwrap()
        .launch(&launch)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("there is no such namespace"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let check = async |change: &dyn Fn(&mut Config), expected: &str| {
        let mut config = config(&cluster, &folder);
        change(&mut config);
        let said = open(&config).await.err().unwrap();
        assert!(said.contains(expected), "{said}");
    };
    let kubernetes = |config: &mut Config| config.runtimes.kubernetes.kubeconfig = "/none".into();
    check(
        &kubernetes,
        "`runtimes.kubernetes.kubeconfig` cannot be used",
    )
    .await;
    let context = |config: &mut Config| config.runtimes.kubernetes.context = "other".into();
    check(&context, "`runtimes.kubernetes.kubeconfig` cannot be used").await;
    let template = |config: &mut Config| config.runtimes.kubernetes.template = "/none".into();
    check(&template, "cannot use /none").await;
    let path = folder.path().join("pod.yaml");
    fs::write(&path, "kind: Pod").unwrap();
    let pod = |config: &mut Config| config.runtimes.kubernetes.template.clone_from(&path);
    check(&pod, "names no Job of batch/v1").await;
}

#[tokio::test]
async fn a_cluster_that_is_away_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let mut config = config(&cluster, &folder);
    let path = folder.path().join("elsewhere");
    let text = fs::read_to_string(&config.runtimes.kubernetes.kubeconfig).unwrap();
    // Nobody listens on the first port.
    let url = text.split("\"server\":\"").nth(1).unwrap();
    let url = url.split('"').next().unwrap();
    fs::write(&path, text.replace(url, "http://127.0.0.1:1")).unwrap();
    config.runtimes.kubernetes.kubeconfig = path;
    let error = open(&config).await.unwrap().reach().await.unwrap_err();
    assert!(error.is_away());
    let said = error.to_string();
    let begin = "Kubernetes at http://127.0.0.1:1/ (namespace far) cannot be reached: ";
    assert!(said.starts_with(begin), "{said}");
}
