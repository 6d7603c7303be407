//! Docker, by a stand-in for its engine.

use std::sync::Arc;

use ragd::config::{Config, RuntimeKind};
use ragd::runtime::{Ending, Launch, Launched, NotHere, Runtime, Runtimes, Standing};
use serde_json::json;
use tempfile::TempDir;

use super::{Notes, task};
use crate::docker_engine::{Act, Engine};

struct Bench {
    engine: Engine,
    docker: Arc<dyn Runtime>,
    _folder: TempDir,
}

fn config(host: String) -> Config {
    let mut config = Config::default();
    config.queue.url = "redis://127.0.0.1:1".to_owned();
    let docker = &mut config.runtimes.docker;
    (docker.host, docker.image) = (host, "ragd:1".to_owned());
    config
}

async fn open(config: &Config) -> Arc<dyn Runtime> {
    let folder = tempfile::tempdir().unwrap();
    let runtimes = Runtimes::open(config, folder.path()).await.unwrap();
    Arc::clone(runtimes.site(RuntimeKind::Docker).unwrap().runtime())
}

async fn bench(change: impl FnOnce(&mut Config)) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(folder.path());
    let mut config = config(engine.host());
    change(&mut config);
    Bench {
        docker: open(&config).await,
        engine,
        _folder: folder,
    }
}

impl Bench {
    async fn launch(&self, part: u32) -> Launched {
        let launch = Launch::new("me", task(part), 7);
        self.docker.launch(&launch).await.unwrap()
    }

    async fn standing_after(&self, act: Act) -> Standing {
        self.engine.act(&[act]);
        let launched = self.launch(0).await;
        self.docker.standing(&launched).await.unwrap()
    }
}

#[tokio::test]
async fn a_container_is_confined_and_can_be_found() {
    let bench = bench(|config| {
        let docker = &mut config.runtimes.docker;
        docker.network = "inside".to_owned();
        docker.mounts = vec!["/etc/ragd:/etc/ragd:ro".to_owned()];
        docker.env = vec!["PATH".to_owned()];
        (docker.memory_bytes, docker.cpus) = (1 << 30, 2);
    })
    .await;
    let Launched(name) = bench.launch(4).await;
    let path = std::env::var("PATH").unwrap();
    let part = format!("{}", task(4));
    let expected = json!({
        "Image": "ragd:1",
        "Cmd": ["worker", "--once", "--part", part, "--name", name],
        "Env": [format!("PATH={path}")],
        "Labels": { "ragd.daemon": "me", "ragd.part": part },
        "Volumes": { "/var/lib/ragd": {} },
        "HostConfig": {
            "AutoRemove": false,
            "Binds": ["/etc/ragd:/etc/ragd:ro"],
            "CapDrop": ["ALL"],
            "Init": true,
            "Memory": 1 << 30,
            "MemorySwap": 1 << 30,
            "NanoCpus": 2_000_000_000_u64,
            "NetworkMode": "inside",
            "PidsLimit": 256,
            "ReadonlyRootfs": true,
            "RestartPolicy": { "Name": "no" },
            "SecurityOpt": ["no-new-privileges:true"],
            "Tmpfs": { "/tmp": "rw,noexec,nosuid,nodev" },
        },
    });
    assert_eq!(bench.engine.made(), [expected]);
    let other = Launch::new("another", task(4), 7);
    bench.docker.launch(&other).await.unwrap();
    let found = bench.docker.list("me").await.unwrap();
    assert_eq!(found, [Launched(name)]);
}

#[tokio::test]
async fn starting_and_removing_may_be_repeated() {
    let bench = bench(|_| {}).await;
    let first = bench.launch(1).await;
    assert_eq!(bench.launch(1).await, first);
    assert_eq!(bench.engine.containers().len(), 1);
    assert_eq!(bench.docker.standing(&first).await.unwrap(), Standing::Runs);
    bench.docker.remove(&first).await.unwrap();
    bench.docker.remove(&first).await.unwrap();
    assert_eq!(bench.docker.standing(&first).await.unwrap(), Standing::Gone);
    let removals = bench.engine.requests();
    let removals = removals.iter().filter(|one| one.starts_with("DELETE"));
    assert!({ removals }.all(|one| one.ends_with("?force=1&v=1")));
}

#[tokio::test]
async fn ends_are_told_with_code_reason_and_log() {
    let run = bench(|_| {}).await;
    let ended = run
        .standing_after(Act::End(75, "error: x\n  why:  y\n"))
        .await;
    let expected = Ending {
        code: Some(75),
        log: vec!["error: x".to_owned(), "  why:  y".to_owned()],
        ..Ending::default()
    };
    assert_eq!(ended, Standing::Ended(expected));

    let run = bench(|_| {}).await;
    let expected = Ending {
        code: Some(137),
        reason: Some("it needed more memory than it may have".to_owned()),
        hint: Some("give it more memory: `runtimes.docker.memory_bytes`".to_owned()),
        log: Vec::new(),
    };
    assert_eq!(
        run.standing_after(Act::OutOfMemory).await,
        Standing::Ended(expected)
    );
}

#[tokio::test]
async fn an_image_that_is_not_there_is_fetched() {
    let run = bench(|config| config.runtimes.docker.image = "far/ragd:2".to_owned()).await;
    let notes = Notes::default();
    run.docker.prepare(&notes.told()).await.unwrap();
    assert_eq!(notes.all(), ["the image far/ragd:2 is fetched"]);
    run.launch(0).await;
    run.docker.prepare(&notes.told()).await.unwrap();
    assert_eq!(notes.all().len(), 1, "it is there now");

    let run = bench(|config| config.runtimes.docker.image = "nowhere".to_owned()).await;
    let error = run.docker.prepare(&notes.told()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Docker refused to fetch the image: manifest unknown"
    );
    assert!(error.is_transient() && !error.is_away());
}

#[tokio::test]
async fn what_cannot_be_started_leaves_nothing() {
    let bench = bench(|_| {}).await;
    bench.engine.act(&[Act::Refuse("network inside not found")]);
    let launch = Launch::new("me", task(0), 7);
    let error = bench.docker.launch(&launch).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Docker refused to start a container: network inside not found"
    );
    assert_eq!(bench.engine.containers(), [""; 0]);
}

#[tokio::test]
async fn a_variable_that_is_not_set_is_named_and_no_value_is_shown() {
    let bench = bench(|config| {
        config.runtimes.docker.env = vec!["RAGD_TEST_NOT_SET".to_owned()];
    })
    .await;
    let launch = Launch::new("me", task(0), 7);
    let error = bench.docker.launch(&launch).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the variable RAGD_TEST_NOT_SET is not set, and workers are to get it"
    );
    assert!(!error.is_transient());
    assert!(bench.engine.made().is_empty());
}

#[tokio::test]
async fn an_engine_that_is_away_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix://{}/none.sock", folder.path().display());
    let docker = open(&config(socket.clone())).await;
    let error = docker.reach().await.unwrap_err();
    assert!(error.is_away());
    assert_eq!(
        error.to_string(),
        format!("Docker at {socket} cannot be reached: there is no such socket")
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.starts_with("start Docker, or set `runtimes.docker.host`"),
        "{hint}"
    );

    let engine = Engine::start(folder.path());
    open(&config(engine.host())).await.reach().await.unwrap();
}

#[tokio::test]
async fn what_the_configuration_lacks_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(String::new());
    config.queue.url.clear();
    let runtimes = Runtimes::open(&config, folder.path()).await.unwrap();
    let missing = runtimes.site(RuntimeKind::Docker).unwrap_err();
    assert!(matches!(missing, NotHere::NotShared { .. }), "{missing:?}");
    assert!(
        missing
            .hint()
            .contains("`queue.url`, `index.url` and `blobs.url`")
    );
}
