//! Repositories by ssh, from a server on loopback, where one is installed.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use protocol::ErrorCode;
use tempfile::TempDir;

use super::host::Host;
use super::{failure, source, take};
use crate::daemon::world::World;

const SSHD: &str = "/usr/sbin/sshd";

struct Server {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Server {
    fn new() -> Self {
        // Others than root must be able to see where the keys are.
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        key(&at("host"), "");
        fs::write(at("authorized"), "").unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {host}\nPidFile none\nUsePAM no\n\
             StrictModes no\nAuthorizedKeysFile {keys}\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin yes\nMaxAuthTries 2\n",
            host = at("host").display(),
            keys = at("authorized").display(),
        );
        fs::write(at("config"), config).unwrap();
        // Where sshd wants to be shut in; a service would make it.
        let _ = fs::create_dir_all("/run/sshd");
        let process = Command::new(SSHD)
            .args(["-D", "-e", "-f"])
            .arg(at("config"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "sshd does not start");
            std::thread::yield_now();
        }
        Self {
            folder,
            port,
            process,
        }
    }

    fn allow(&self, key: &Path) {
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        fs::write(self.folder.path().join("authorized"), public).unwrap();
    }

    /// Returns what a client has to know of the server.
    fn known_hosts(&self) -> String {
        let public = fs::read_to_string(self.folder.path().join("host.pub")).unwrap();
        format!("[127.0.0.1]:{} {public}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn key(path: &Path, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_is_tried_in_turn_and_what_was_tried_is_told() {
    if !Path::new(SSHD).exists() {
        eprintln!("skipped: there is no sshd; .ci/run installs it");
        return;
    }
    let server = Server::new();
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("a.md", "walrus\n");
    repo.push();
    let keys = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { keys.path().join(name) };
    let ssh_dir = keys.path().to_owned();
    let mut world = World::with(|config| config.git.ssh_dir = ssh_dir).await;
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let (user, port) = (user.trim(), server.port);
    let address = format!("ssh://{user}@127.0.0.1:{port}{}", repo.bare());
    let code = async |world: &mut World| {
        let report = failure(world, source(&address)).await;
        (report.code, report.message)
    };
    let (found, message) = code(&mut world).await;
    assert_eq!(found, ErrorCode::GitNoKey, "{message}");
    key(&at("id_rsa"), "");
    let (found, message) = code(&mut world).await;
    assert_eq!(found, ErrorCode::GitHostKey, "{message}");
    fs::write(at("known_hosts"), server.known_hosts()).unwrap();
    let (found, message) = code(&mut world).await;
    assert_eq!(found, ErrorCode::GitKeyRefused, "{message}");
    assert!(message.ends_with("id_rsa: refused"), "{message}");
    key(&at("id_ed25519"), "secret");
    key(&at("open"), "");
    fs::set_permissions(at("open"), fs::Permissions::from_mode(0o644)).unwrap();
    key(&at("work"), "");
    let (found, message) = code(&mut world).await;
    assert_eq!(found, ErrorCode::GitKeyRefused);
    let tried = "id_ed25519 (with a passphrase): refused, id_rsa: refused, \
                 open (which others may read): refused, work: refused";
    assert!(message.ends_with(tried), "{message}");
    // Those that the server would take, ssh cannot use.
    for name in ["id_ed25519", "open"] {
        server.allow(&at(name));
        let (_, message) = code(&mut world).await;
        assert!(message.ends_with(tried), "{message}");
    }
    // The last one fits, though a server takes no more than two at a time.
    server.allow(&at("work"));
    take(&mut world, source(&address)).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    // Another host behind the same name.
    key(&at("other"), "");
    let other = fs::read_to_string(at("other.pub")).unwrap();
    fs::write(at("known_hosts"), format!("[127.0.0.1]:{port} {other}")).unwrap();
    let (found, message) = code(&mut world).await;
    assert_eq!(found, ErrorCode::GitHostKey);
    assert!(message.contains("may be an attack"), "{message}");
    drop(server);
    fs::remove_file(at("known_hosts")).unwrap();
    let plan = super::planning(source(&address), protocol::submit::SourceRules::default());
    assert_eq!(world.client.refused(plan).await, ErrorCode::GitAway);
    world.stop().await;
}
