//! Model servers on this machine, found without being configured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::config;
use crate::openai::Server;

/// Ollama, llama.cpp, LM Studio.
const PORTS: [u16; 3] = [11434, 8080, 1234];
/// A server on this machine lists its models at once.
const LIMIT: Duration = Duration::from_millis(300);
/// How long a find counts; a server that goes is noticed by the next question anyhow.
const KNOWN: Duration = Duration::from_secs(60);
/// How long to believe that there is none: somebody who starts one wants to use it.
const UNKNOWN: Duration = Duration::from_secs(5);
/// Names of models that make vectors and do not talk.
const NOT_TALKING: [&str; 6] = ["embed", "bge", "minilm", "rerank", "whisper", "e5-"];

/// Looks for model servers, and remembers what it found.
#[derive(Debug)]
pub struct Auto {
    ports: Vec<u16>,
    found: Mutex<Option<(Instant, Option<Arc<Server>>)>>,
}

impl Default for Auto {
    fn default() -> Self {
        Self::looking_at(PORTS.into())
    }
}

impl Auto {
    /// Looks at other ports than the usual ones.
    #[must_use]
    pub fn looking_at(ports: Vec<u16>) -> Self {
        Self {
            ports,
            found: Mutex::new(None),
        }
    }

    /// Returns a server with a model that talks, in the order of the ports.
    pub(super) async fn server(&self) -> Option<Arc<Server>> {
        let mut found = self.found.lock().await;
        if let Some((at, server)) = &*found {
            let counts = if server.is_some() { KNOWN } else { UNKNOWN };
            if at.elapsed() < counts {
                return server.clone();
            }
        }
        let server = self.look().await.map(Arc::new);
        *found = Some((Instant::now(), server.clone()));
        server
    }

    /// Has the next question look again.
    pub(super) async fn forget(&self) {
        *self.found.lock().await = None;
    }

    async fn look(&self) -> Option<Server> {
        let looks = self.ports.iter().map(|port| tokio::spawn(look_at(*port)));
        let looks: Vec<_> = looks.collect();
        let mut first = None;
        for look in looks {
            let server = look.await.ok().flatten();
            first = first.or(server);
        }
        first
    }
}

async fn look_at(port: u16) -> Option<Server> {
    if !is_trusted(port) {
        return None;
    }
    let mut model = config::Model {
        name: config::AUTO.to_owned(),
        url: format!("http://127.0.0.1:{port}/v1"),
        ..config::Model::default()
    };
    let models = Server::new(&model).ok()?.models(LIMIT).await.ok()?;
    model.model = models.into_iter().find(|name| {
        let name = name.to_lowercase();
        !name.is_empty() && !NOT_TALKING.iter().any(|part| name.contains(part))
    })?;
    Server::new(&model).ok()
}

/// Tells whether passages may be sent to whoever listens on `port`: on a shared machine anybody can
/// listen there. It has to be us, or a user of the system such as root or `ollama`.
fn is_trusted(port: u16) -> bool {
    /// People begin here on all common distributions.
    const FIRST_PERSON: u32 = 1_000;
    let own = rustix::process::geteuid().as_raw();
    let listeners = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table, port))
        .collect::<Vec<_>>();
    !listeners.is_empty()
        && listeners
            .iter()
            .all(|uid| *uid == own || *uid < FIRST_PERSON)
}

/// Returns the users who listen on `port`, from a table of the kernel.
fn listeners(table: &str, port: u16) -> Vec<u32> {
    const LISTEN: &str = "0A";
    let wanted = format!(":{port:04X}");
    let rows = table.lines().skip(1);
    rows.filter_map(|row| {
        let columns: Vec<_> = row.split_whitespace().collect();
        let (local, state, uid) = (columns.get(1)?, columns.get(3)?, columns.get(7)?);
        (local.ends_with(&wanted) && *state == LISTEN).then(|| uid.parse().ok())?
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_listening_port_is_found() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 16 1\n   1: 0100007F:2CAA 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1002        0 17 1\n";
        assert_eq!(listeners(table, 11434), [1001]);
        assert!(listeners(table, 8080).is_empty());
    }

    #[test]
    fn a_port_of_our_own_is_trusted_and_one_where_nobody_listens_is_not() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(is_trusted(port));
        drop(listener);
        assert!(!is_trusted(port));
    }
}
