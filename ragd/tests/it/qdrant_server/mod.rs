//! A stand-in for Qdrant, made for the tests of ragd with the service stubs of `qdrant-client`.
//!
//! It speaks the same protocol over real sockets, keeps real points, scores by real products and
//! idf, and refuses what the real one refuses, in its words and codes: wrong keys, unknown names,
//! vectors of another length, messages beyond the limit. Everything that ragd does not ask for is
//! answered `unimplemented`, so that a new call does not pass unseen. What it is not: fast, approximate,
//! distributed, or a proof that the real one behaves so. That is what `RAGD_TEST_QDRANT_URL` is for.
//!
//! With a log it keeps its points over restarts, and over kill -9, but not over a power cut.

mod answers;
mod filter;
mod services;
mod store;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use qdrant_client::qdrant::Value;
use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::QdrantServer as HealthServer;
use tokio::runtime::Runtime;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Code, Request, Status};

use self::store::Store;

/// How the server misbehaves, and which key it wants.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    pub(crate) key: Option<String>,
    /// Before each answer.
    pub(crate) delay: Duration,
    pub(crate) fail: Option<Fail>,
    /// What it says it is.
    pub(crate) title: String,
    pub(crate) version: String,
    /// Certificate and key (PEM), to be spoken to by TLS alone.
    pub(crate) identity: Option<(String, String)>,
    /// Bytes of a message that are taken.
    pub(crate) largest_message: usize,
    /// Points are acknowledged and not kept, as if they were written to another server.
    pub(crate) keeps_nothing: bool,
}

/// Calls that fail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fail {
    /// The name of the call.
    pub(crate) call: &'static str,
    /// So many succeed before.
    pub(crate) after: u32,
    /// So many fail then.
    pub(crate) times: u32,
    pub(crate) code: Code,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            key: None,
            delay: Duration::ZERO,
            fail: None,
            title: "qdrant - vector search engine".to_owned(),
            version: "1.20.0".to_owned(),
            identity: None,
            largest_message: 64 << 20,
            keeps_nothing: false,
        }
    }
}

/// A server that runs until it is stopped or dropped.
pub(crate) struct QdrantServer {
    handler: Handler,
    address: SocketAddr,
    /// Of its own, so that stopping it ends its connections as a death would.
    runtime: Option<Runtime>,
}

/// What the services share.
#[derive(Clone)]
pub(crate) struct Handler(Arc<State>);

struct State {
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    /// Names of the calls that were made, and let in.
    calls: Mutex<Vec<&'static str>>,
}

impl QdrantServer {
    /// Starts a server on a free port, with nothing in it.
    pub(crate) fn start() -> Self {
        Self::with(Store::default(), Faults::default(), "127.0.0.1:0")
    }

    pub(crate) fn start_with(faults: Faults) -> Self {
        Self::with(Store::default(), faults, "127.0.0.1:0")
    }

    /// Starts a server that keeps its points in a file, with what is in there.
    pub(crate) fn start_at(address: &str, log: &Path, faults: Faults) -> std::io::Result<Self> {
        Ok(Self::with(Store::open(log)?, faults, address))
    }

    fn with(store: Store, faults: Faults, address: &str) -> Self {
        let state = State {
            store: Mutex::new(store),
            faults: Mutex::new(faults),
            calls: Mutex::default(),
        };
        let listener = TcpListener::bind(address).expect("a port");
        let mut server = Self {
            address: listener
                .local_addr()
                .expect("a bound socket has an address"),
            handler: Handler(Arc::new(state)),
            runtime: None,
        };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        listener.set_nonblocking(true).expect("a socket");
        let Faults {
            identity,
            largest_message: largest,
            ..
        } = self.faults().clone();
        let handler = self.handler.clone();
        let mut server = Server::builder();
        if let Some((certificate, key)) = &identity {
            let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
            server = server.tls_config(tls).expect("a certificate and its key");
        }
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            let points = PointsServer::new(handler.clone()).max_decoding_message_size(largest);
            let served = server
                .add_service(HealthServer::new(handler.clone()))
                .add_service(CollectionsServer::new(handler))
                .add_service(points)
                .serve_with_incoming(TcpIncoming::from(listener))
                .await;
            served.expect("the server runs until it is stopped");
        });
        self.runtime = Some(runtime);
    }

    pub(crate) fn url(&self) -> String {
        let scheme = match self.faults().identity {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://{}", self.address)
    }

    /// Ends all connections and answers no more; what was stored stays.
    pub(crate) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// Comes back where it was, with what it had.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        // The old socket is let go by threads that end in their own time.
        let listener = loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(error) => assert!(std::time::Instant::now() < deadline, "{error}"),
            }
            std::thread::yield_now();
        };
        self.serve(listener);
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.handler.0.faults)
    }

    /// Forgets everything, as if somebody had wiped the disk.
    pub(crate) fn wipe(&self) {
        *self.handler.store() = Store::default();
    }

    /// Puts another server in its place, with the same collections and nothing in them.
    pub(crate) fn replace(&self) {
        self.handler.store().empty_all();
    }

    /// Gives collections other names, as an older ragd would have named them.
    pub(crate) fn rename(&self, from: &str, to: &str) {
        self.handler.store().rename(from, to);
    }

    /// Returns the calls that were made since this was last asked.
    pub(crate) fn take_calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *lock(&self.handler.0.calls))
    }

    /// Returns the payloads of all points of a collection.
    pub(crate) fn payloads(&self, name: &str) -> Vec<HashMap<String, Value>> {
        let store = self.handler.store();
        let stored = store.get(name).into_iter();
        let points = stored.flat_map(|stored| stored.points.values());
        points.map(|point| point.payload.clone()).collect()
    }

    /// Lists collections and what aliases stand for.
    pub(crate) fn names(&self) -> (Vec<String>, Vec<(String, String)>) {
        let store = self.handler.store();
        let aliases = store.aliases().clone();
        (
            store.names().cloned().collect(),
            aliases.into_iter().collect(),
        )
    }
}

impl Drop for QdrantServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Handler {
    /// Lets a call in, or not.
    async fn enter<T>(&self, request: Request<T>, call: &'static str) -> Result<T, Status> {
        self.delay().await;
        let mut faults = lock(&self.0.faults);
        if let Some(key) = &faults.key {
            let sent = request.metadata().get("api-key");
            if sent.is_none_or(|sent| sent.as_bytes() != key.as_bytes()) {
                return Err(Status::unauthenticated("Invalid API key or JWT"));
            }
        }
        lock(&self.0.calls).push(call);
        match &mut faults.fail {
            Some(fail) if fail.call == call && fail.after > 0 => fail.after -= 1,
            Some(fail) if fail.call == call && fail.times > 0 => {
                fail.times -= 1;
                return Err(Status::new(fail.code, "it was told to fail"));
            }
            _ => {}
        }
        Ok(request.into_inner())
    }

    async fn delay(&self) {
        let delay = self.faults().delay;
        tokio::time::sleep(delay).await;
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.0.faults)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.0.store)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
