//! Connections that come back by themselves.
//!
//! A [`Line`] is one connection, made when it is needed. Where it fails it is made anew, and if that
//! fails too, calls are answered with that error at once until it is worth trying again: whoever has
//! work can park it instead of waiting.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, RedisError, RedisResult, Value};
use tokio::time::Instant;

use super::super::FleetError;
use super::address::{Address, Host, Place};

/// A server beside us answers at once; one that is far away needs some trips, and TLS a few more.
const CONNECT: Duration = Duration::from_secs(5);
/// Pause after a connection failed; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Line {
    address: Arc<Address>,
    /// How long an answer may take.
    patience: Duration,
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// Counts connections, so that nobody drops one that was just made.
    number: u64,
    failures: u32,
    /// What the last try said, and when the next one may be.
    failed: Option<(FleetError, Instant)>,
}

#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Line {
    pub(super) fn new(address: Arc<Address>, patience: Duration) -> Self {
        Self {
            address,
            patience,
            state: tokio::sync::Mutex::default(),
        }
    }

    /// Sends a command and returns the answer, or what the server says against it.
    pub(super) async fn send(&self, command: &Cmd) -> Result<RedisResult<Value>, FleetError> {
        let mut again = true;
        loop {
            let (mut connection, number) = self.connection().await?;
            let error = match connection.send(command).await {
                Ok(value) => return Ok(Ok(value)),
                Err(error) => error,
            };
            if !is_broken(&error) {
                return Ok(Err(error));
            }
            self.drop_connection(number).await;
            // It may have been broken for long, which shows only when it is used.
            if !again || error.is_timeout() {
                return Err(self.address.said(&error, false));
            }
            again = false;
        }
    }

    async fn connection(&self) -> Result<(Connection, u64), FleetError> {
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection {
            return Ok((connection.clone(), state.number));
        }
        if let Some((error, until)) = &state.failed
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        match connect(&self.address, self.patience).await {
            Ok(connection) => {
                state.number += 1;
                state.failures = 0;
                state.failed = None;
                state.connection = Some(connection.clone());
                Ok((connection, state.number))
            }
            Err(error) => {
                let pause = pause(state.failures);
                state.failures = state.failures.saturating_add(1);
                state.failed = Some((error.clone(), Instant::now() + pause));
                Err(error)
            }
        }
    }

    async fn drop_connection(&self, number: u64) {
        let mut state = self.state.lock().await;
        if state.number == number {
            state.connection = None;
        }
    }
}

impl Connection {
    async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Single(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}

/// Returns the pause after so many failures, at random below that, so that not all come at once.
pub(super) fn pause(failures: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << failures.min(10));
    let longest = longest.min(LONGEST_PAUSE);
    let random = u32::try_from(uuid::Uuid::now_v7().as_u128() % 1_000).unwrap_or_default();
    longest / 2 + longest / 2 * random / 1_000
}

/// Tells whether another connection may do better.
fn is_broken(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || error.is_io_error()
        || error.is_timeout()
        // Another one is the primary now.
        || error.code() == Some("READONLY")
}

async fn connect(address: &Address, patience: Duration) -> Result<Connection, FleetError> {
    if let Place::Cluster(hosts) = &address.place {
        return connect_cluster(address, hosts, patience).await;
    }
    let client = client(address).await?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        // Half a second by default, which no slow server and no read that waits lives up to.
        .set_response_timeout(Some(patience));
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    let connection = connecting.await;
    let connection = connection.map_err(|error| address.said(&error, true))?;
    Ok(Connection::Single(connection))
}

async fn connect_cluster(
    address: &Address,
    hosts: &[Host],
    patience: Duration,
) -> Result<Connection, FleetError> {
    let nodes: Result<Vec<_>, _> = hosts.iter().map(|host| address.host_info(host)).collect();
    let mut builder = ClusterClient::builder(nodes?)
        .connection_timeout(CONNECT)
        .response_timeout(patience);
    if let Some(certificates) = address.certificates()? {
        builder = builder.certs(certificates);
    }
    let client = builder
        .build()
        .map_err(|error| address.said(&error, true))?;
    let connection = client.get_async_connection().await;
    let connection = connection.map_err(|error| address.said(&error, true))?;
    Ok(Connection::Cluster(connection))
}

/// Returns a client of the server that is meant just now: of a cluster any node.
pub(super) async fn client(address: &Address) -> Result<Client, FleetError> {
    match &address.place {
        Place::Sentinels(hosts, name) => {
            let primary = ask_sentinels(address, hosts, name).await?;
            address.client(&Place::Server(primary))
        }
        place => address.client(place),
    }
}

async fn ask_sentinels(address: &Address, hosts: &[Host], name: &str) -> Result<Host, FleetError> {
    let unknown = || address.unexpected(&format!("no sentinel knows a primary named {name}"));
    let mut last = unknown();
    for host in hosts {
        match ask_sentinel(address, host, name).await {
            Ok(Some(primary)) => return Ok(primary),
            Ok(None) => last = unknown(),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn ask_sentinel(
    address: &Address,
    host: &Host,
    name: &str,
) -> Result<Option<Host>, FleetError> {
    let client = address.sentinel(host)?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(CONNECT));
    let asking = async {
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = connecting.await?;
        let mut command = redis::cmd("SENTINEL");
        command.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
        command
            .query_async::<Option<(String, u16)>>(&mut connection)
            .await
    };
    asking.await.map_err(|error| address.said(&error, true))
}
