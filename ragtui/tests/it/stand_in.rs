//! A daemon that answers as it is told, over a real socket, and can misbehave.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::traits::tokio::Listener as _;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, ToFsName};
use protocol::frame::{accept_messages, hello_codec};
use protocol::hello::{DaemonHello, Refused, VersionRange, Welcome};
use protocol::{
    BootId, ClientMessage, ContentHash, DaemonMessage, ErrorCode, ErrorReport, Item, Reply,
    Request, RequestId, codec,
};
use tokio::sync::watch;
use tokio_util::codec::Framed;

use crate::fixtures;

/// What the stand-in does about a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Reply(Reply),
    Failed(ErrorReport),
    /// Elements of a stream, and whether it ends.
    Items(Vec<Item>, StreamEnd),
    /// Elements of a stream that ends in an error.
    ItemsThenFailed(Vec<Item>, ErrorReport),
    /// Close the connection.
    Cut,
    /// Take so many more bytes of an upload, keep them, and close the connection.
    CutAfter(usize),
    /// Say nothing.
    Hang,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    End,
    /// Keep the stream open until the client goes or cancels.
    Open,
    /// Close the connection after the last element.
    Cut,
}

/// How the stand-in greets.
#[derive(Clone, Debug)]
pub(crate) enum Greeting {
    Welcome {
        uid: u32,
    },
    Refuse {
        versions: VersionRange,
        code: &'static str,
        message: &'static str,
    },
    Hang,
    Cut,
    Garbage,
}

type Script = dyn Fn(&Request) -> Option<Answer> + Send + Sync;

/// A running stand-in with its own folders; gone when dropped.
pub(crate) struct StandIn {
    pub(crate) folder: tempfile::TempDir,
    seen: watch::Receiver<Vec<Request>>,
    uploads: Arc<Mutex<Vec<Vec<u8>>>>,
    cancels: Arc<AtomicUsize>,
    runtime: tokio::runtime::Runtime,
}

impl StandIn {
    /// A daemon with the content of [`fixtures`].
    pub(crate) fn new() -> Self {
        Self::scripted(|_| None)
    }

    /// A daemon that asks `script` first and answers from [`fixtures`] where it says nothing.
    pub(crate) fn scripted(
        script: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        Self::greeting(Greeting::Welcome { uid: own_uid() }, script)
    }

    pub(crate) fn greeting(
        greeting: Greeting,
        script: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("ragd.sock");
        Self::listen(folder, &socket, greeting, script)
    }

    /// A daemon at a place of the caller's choice.
    pub(crate) fn listen(
        folder: tempfile::TempDir,
        socket: &Path,
        greeting: Greeting,
        script: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (sender, seen) = watch::channel(Vec::new());
        let uploads = Arc::new(Mutex::new(Vec::new()));
        let cancels = Arc::new(AtomicUsize::new(0));
        let world = Arc::new(World {
            greeting,
            script: Box::new(script),
            seen: sender,
            uploads: Arc::clone(&uploads),
            cancels: Arc::clone(&cancels),
            begun: Mutex::default(),
        });
        let name = socket
            .to_path_buf()
            .to_fs_name::<GenericFilePath>()
            .unwrap();
        let listener = {
            let _guard = runtime.enter();
            ListenerOptions::new().name(name).create_tokio().unwrap()
        };
        runtime.spawn(async move {
            while let Ok(stream) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&world)));
            }
        });
        Self {
            folder,
            seen,
            uploads,
            cancels,
            runtime,
        }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("ragd.sock")
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.borrow().clone()
    }

    /// The bytes of every upload so far.
    pub(crate) fn uploads(&self) -> Vec<Vec<u8>> {
        self.uploads.lock().unwrap().clone()
    }

    /// Waits until a request fits.
    pub(crate) fn until(&self, fits: impl Fn(&Request) -> bool) {
        let mut seen = self.seen.clone();
        let waiting = seen.wait_for(|requests| requests.iter().any(&fits));
        let limit = std::time::Duration::from_secs(20);
        let outcome = self
            .runtime
            .block_on(async { tokio::time::timeout(limit, waiting).await.map(drop) });
        outcome.expect("the request comes in time");
    }

    /// How many requests were cancelled so far.
    pub(crate) fn cancels(&self) -> usize {
        self.cancels.load(Ordering::SeqCst)
    }

    /// `ragctl` with an environment of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare_command(self.folder.path());
        command.env("RAGD_SOCKET", self.socket()).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// Starts `ragctl` and lets it run.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// `ragctl` that sees nothing of the tester's own environment.
pub(crate) fn bare_command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ragctl"));
    command
        .env_clear()
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .current_dir(home);
    command
}

/// Runs `ragctl` with `input` on its standard input.
pub(crate) fn piped(daemon: &StandIn, arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = daemon.command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

/// What a command left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", self.stderr)?;
        }
        match self.exit {
            Some(0) => Ok(()),
            exit => write!(f, "--- exit {exit:?}"),
        }
    }
}

pub(crate) fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

struct World {
    greeting: Greeting,
    script: Box<Script>,
    seen: watch::Sender<Vec<Request>>,
    uploads: Arc<Mutex<Vec<Vec<u8>>>>,
    cancels: Arc<AtomicUsize>,
    /// What is here of uploads that were cut.
    begun: Mutex<HashMap<ContentHash, Vec<u8>>>,
}

/// An upload on its way.
#[derive(Default)]
struct Uploading {
    bytes: Vec<u8>,
    /// The hash that it is to have, if it was named.
    resumed: Option<ContentHash>,
    /// How many bytes there are when the connection is cut.
    until: Option<usize>,
}

type Frames = Framed<Stream, tokio_util::codec::LengthDelimitedCodec>;

async fn serve(stream: Stream, world: Arc<World>) {
    let mut frames = Framed::new(stream, hello_codec());
    let Some(Ok(_)) = frames.next().await else {
        return;
    };
    if !greet(&mut frames, &world.greeting).await {
        return;
    }
    accept_messages(frames.codec_mut());
    let mut uploading: Option<Uploading> = None;
    while let Some(Ok(frame)) = frames.next().await {
        match codec::decode::<ClientMessage>(&frame).unwrap() {
            ClientMessage::Request { id, body } => {
                world.seen.send_modify(|seen| seen.push(body.clone()));
                let answer = (world.script)(&body);
                match (&body, &answer) {
                    (Request::Upload(_), None) => {
                        uploading = Some(Uploading::default());
                        continue;
                    }
                    (Request::UploadResume(upload), None | Some(Answer::CutAfter(_))) => {
                        let begun = world.begun.lock().unwrap().remove(&upload.content);
                        let bytes = begun.unwrap_or_default();
                        let body = Item::UploadFrom(bytes.len() as u64);
                        let until = match answer {
                            Some(Answer::CutAfter(more)) => Some(bytes.len() + more),
                            _ => None,
                        };
                        uploading = Some(Uploading {
                            bytes,
                            resumed: Some(upload.content),
                            until,
                        });
                        send(&mut frames, DaemonMessage::Item { id, body }).await;
                        continue;
                    }
                    _ => {}
                }
                let answer = answer.unwrap_or_else(|| fixtures::answer(&body));
                if !respond(&mut frames, id, answer).await {
                    return;
                }
            }
            ClientMessage::Data { bytes, .. } => {
                if let Some(upload) = &mut uploading {
                    upload.bytes.extend(&bytes.0);
                    if let Some(until) = upload.until.filter(|at| *at <= upload.bytes.len()) {
                        let upload = uploading.take().unwrap();
                        let kept = upload.bytes[..until].to_vec();
                        let content = upload.resumed.unwrap();
                        world.begun.lock().unwrap().insert(content, kept);
                        return;
                    }
                }
            }
            ClientMessage::DataEnd { id } => {
                let Some(Uploading { bytes, resumed, .. }) = uploading.take() else {
                    continue;
                };
                let uploaded = fixtures::uploaded(&bytes);
                let end = match resumed {
                    None => DaemonMessage::Reply {
                        id,
                        body: Reply::Uploaded(uploaded),
                    },
                    Some(content) if content == uploaded.content => DaemonMessage::End { id },
                    Some(_) => DaemonMessage::Failed {
                        id,
                        report: ErrorReport::new(ErrorCode::BadRequest, "it has another hash"),
                    },
                };
                world.uploads.lock().unwrap().push(bytes);
                send(&mut frames, end).await;
            }
            ClientMessage::Cancel { id } => {
                world.cancels.fetch_add(1, Ordering::SeqCst);
                send(&mut frames, DaemonMessage::End { id }).await;
            }
        }
    }
}

/// Returns whether the connection goes on.
async fn greet(frames: &mut Frames, greeting: &Greeting) -> bool {
    let hello = match greeting {
        Greeting::Welcome { uid } => DaemonHello::Welcome(Welcome {
            version: protocol::hello::VERSION,
            features: 0,
            boot_id: BootId(uuid::Uuid::from_u128(0xb007)),
            max_frame: 8 << 20,
            max_in_flight: 64,
            heartbeat_ms: 15_000,
            uid: *uid,
            build: "ragd 0.1.0 (stand-in)".into(),
        })
        .encode(),
        Greeting::Refuse {
            versions,
            code,
            message,
        } => DaemonHello::Refused(Refused {
            versions: *versions,
            build: "ragd 9.9.9".into(),
            code: (*code).into(),
            message: (*message).into(),
        })
        .encode(),
        Greeting::Garbage => b"HTTP/1.1 400 Bad Request".to_vec(),
        Greeting::Cut => return false,
        Greeting::Hang => std::future::pending().await,
    };
    frames.send(Bytes::from(hello)).await.is_ok() && matches!(greeting, Greeting::Welcome { .. })
}

/// Returns whether the connection goes on.
async fn respond(frames: &mut Frames, id: RequestId, answer: Answer) -> bool {
    match answer {
        Answer::Reply(body) => send(frames, DaemonMessage::Reply { id, body }).await,
        Answer::Failed(report) => send(frames, DaemonMessage::Failed { id, report }).await,
        Answer::Items(items, end) => {
            for body in items {
                send(frames, DaemonMessage::Item { id, body }).await;
            }
            match end {
                StreamEnd::End => send(frames, DaemonMessage::End { id }).await,
                StreamEnd::Open => {}
                StreamEnd::Cut => return false,
            }
        }
        Answer::ItemsThenFailed(items, report) => {
            for body in items {
                send(frames, DaemonMessage::Item { id, body }).await;
            }
            send(frames, DaemonMessage::Failed { id, report }).await;
        }
        Answer::Cut | Answer::CutAfter(_) => return false,
        Answer::Hang => {}
    }
    true
}

async fn send(frames: &mut Frames, message: DaemonMessage) {
    // A client that is gone already is part of the tests.
    let _ = frames
        .send(Bytes::from(codec::encode(&message).unwrap()))
        .await;
}

/// Serves until it is killed, to try the clients by hand: the job moves and ends.
#[test]
#[ignore = "serves until killed: RAGD_SOCKET=/tmp/x.sock cargo test -p ragtui by_hand -- --ignored"]
fn by_hand() {
    let socket = PathBuf::from(std::env::var_os("RAGD_SOCKET").expect("RAGD_SOCKET says where"));
    let folder = tempfile::tempdir().unwrap();
    let _stand_in = StandIn::listen(
        folder,
        &socket,
        Greeting::Welcome { uid: own_uid() },
        |_| None,
    );
    loop {
        std::thread::park();
    }
}
