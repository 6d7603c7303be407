//! The places where a server can be: a port, a port with TLS, a cluster, behind sentinels.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ragd::config;
use ragd::fleet::Ended;

use super::server::queue;
use super::*;

/// Has a task go all the way, with hints.
async fn works(queue: &config::Queue) {
    let (fleet, me) = (open(queue, Time::Own).unwrap(), worker("a"));
    fleet.announce(&terms()).await.unwrap();
    fleet.enlist(&me).await.unwrap();
    let mut heard = ragd::fleet::Heard::default();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while fleet.woken(&mut heard).await == ragd::fleet::Hint::Quiet {
        assert!(
            tokio::time::Instant::now() < deadline,
            "nobody listens for hints"
        );
    }
    let offered = fleet
        .offer("daemon", (0..100).map(task).collect())
        .await
        .unwrap();
    assert_eq!(offered.len(), 100);
    let claimed = fleet.claim(&me, 1).await.unwrap();
    let result = Bytes::from_static(b"r");
    let ended = fleet.finish(claimed[0].lease, result).await.unwrap();
    assert_eq!(ended, Ended::Yes);
    assert_eq!(fleet.ends().await.unwrap(), [finished(0, "r")]);
    fleet.forget(&[(id(0), order("first"))]).await.unwrap();
    assert_eq!(fleet.open_tasks().await.unwrap().len(), 99);
    assert_eq!(fleet.workers().await.unwrap().len(), 1);
    let findings = fleet.check().await.unwrap();
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}")
    };
    assert!(finding.next_step.contains(" CONFIG SET appendonly yes "));
}

#[tokio::test]
async fn a_port_works() {
    let server = Server::start(&[]).await;
    works(&server.queue_over_tcp()).await;
}

#[tokio::test]
async fn a_cluster_works() {
    let server = Server::start(&["--cluster-enabled", "yes"]).await;
    assert_eq!(server.say("CLUSTER ADDSLOTSRANGE 0 16383").await, "+OK\r\n");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !server
        .say("CLUSTER INFO")
        .await
        .contains("cluster_state:ok")
    {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the cluster does not come up"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    works(&queue(&format!(
        "redis+cluster://127.0.0.1:{}",
        server.port
    )))
    .await;
}

#[tokio::test]
async fn a_primary_is_found_by_sentinels() {
    let server = Server::start(&[]).await;
    let folder = super::super::queue::folder();
    let file = folder.path().join("sentinel.conf");
    let settings = format!("sentinel monitor main 127.0.0.1 {} 1\n", server.port);
    std::fs::write(&file, settings).unwrap();
    let sentinel = Server::start_with(Some(&file), &["--sentinel"]).await;
    // The first one is not there.
    let hosts = format!("127.0.0.1:1,127.0.0.1:{}", sentinel.port);
    works(&queue(&format!("redis+sentinel://{hosts}/main"))).await;
    let unknown = queue(&format!("redis+sentinel://{hosts}/other"));
    let error = open(&unknown, Time::Own).unwrap().tick().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no sentinel knows a primary named other"),
        "{error}"
    );
}

/// Makes an authority and the certificate of a server, good for a day.
fn certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(folder);
        let output = command
            .output()
            .expect("openssl is installed (.ci/run does it)");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -days 1 -subj /CN=ca"
    ));
    openssl(&format!(
        "req {key} -keyout key.pem -out request.pem -subj /CN=server"
    ));
    std::fs::write(
        folder.join("names"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n",
    )
    .unwrap();
    openssl(
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 \
         -extfile names -out server.pem",
    );
}

#[tokio::test]
async fn tls_works_with_the_certificates_that_are_named() {
    let folder = super::super::queue::folder();
    certificates(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let port = super::server::free_port().to_string();
    let server = Server::start(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &file("server.pem"),
        "--tls-key-file",
        &file("key.pem"),
        "--tls-ca-cert-file",
        &file("ca.pem"),
        "--tls-auth-clients",
        "no",
    ])
    .await;
    let trusting = config::Queue {
        ca_file: folder.path().join("ca.pem"),
        ..queue(&format!("rediss://localhost:{port}"))
    };
    works(&trusting).await;
    let strange = queue(&format!("rediss://localhost:{port}"));
    let error = open(&strange, Time::Own).unwrap().tick().await.unwrap_err();
    assert!(
        matches!(error, ragd::fleet::FleetError::Untrusted { .. }),
        "{error:?}"
    );
    let missing = config::Queue {
        ca_file: Path::new("/nonexistent/ca.pem").to_owned(),
        ..strange
    };
    let error = open(&missing, Time::Own).unwrap().tick().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the certificates of the queue from /nonexistent/ca.pem"
    );
    drop(server);
}
