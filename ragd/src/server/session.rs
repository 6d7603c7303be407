//! One client: hello, frames with deadlines, requests side by side, replies through one outbox.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use interprocess::local_socket::tokio::{Stream, prelude::*};
use protocol::error::{ErrorCode, ErrorReport};
use protocol::hello::{ClientHello, DaemonHello, HelloError, RANGE, Refused, Welcome};
use protocol::{ClientMessage, DaemonMessage, Item, Request, RequestId, codec, frame};
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Server, handlers, report};
use crate::config::Limits;

/// Messages that wait for one client's socket.
const OUTBOX: usize = 64;
/// Parts of an upload that wait for its handler.
const UPLOAD: usize = 4;
/// How long requests, and then the bytes of their answers, may take once the daemon stops.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Parts of uploads are smaller. Only who names paths has more to say at once, a list of them.
const MAX_STRANGER_FRAME: usize = 1 << 20;

/// Who is on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) uid: u32,
    /// The daemon's own user, or root: may see and change everything.
    pub(super) admin: bool,
    /// May name paths that the daemon opens for him.
    pub(super) own: bool,
}

impl Peer {
    /// Returns the largest frame that is taken from this client.
    fn max_frame(self) -> usize {
        if self.own {
            codec::MAX_FRAME
        } else {
            MAX_STRANGER_FRAME
        }
    }
}

/// One request with everything that its handler needs.
pub(super) struct Context {
    pub(super) server: Arc<Server>,
    pub(super) peer: Peer,
    pub(super) id: RequestId,
    outbox: mpsc::Sender<DaemonMessage>,
}

/// Bytes of an upload as they arrive. The channel ends without `End` when the client goes.
pub(super) enum Data {
    Bytes(Vec<u8>),
    End,
}

impl Context {
    /// Sends an element of a stream; waits while the client is slow.
    pub(super) async fn item(&self, body: Item) -> Result<(), ErrorReport> {
        let message = DaemonMessage::Item { id: self.id, body };
        self.outbox
            .send(message)
            .await
            .map_err(|_| report::cancelled())
    }
}

pub(super) async fn run(server: Arc<Server>, stream: Stream) {
    let Some(uid) = stream.peer_creds().ok().and_then(|creds| creds.euid()) else {
        tracing::warn!("A client without identity was refused.");
        return;
    };
    let config = server.config();
    let admin = uid == server.uid || uid == 0;
    let peer = Peer {
        uid,
        admin,
        own: uid == server.uid,
    };
    let (reader, writer) = tokio::io::split(stream);
    let frames = FramedRead::new(reader, frame::hello_codec());
    let out = FramedWrite::new(writer, frame::hello_codec());
    let Some((hello, frames)) = first_frame(&server, frames, &config.limits).await else {
        return;
    };
    let admitted = server.connections.enter(uid, &config);
    let entered = admitted.is_ok();
    let answer = answer_to(&server, peer, &hello, admitted, &config.limits);
    if let Some((frames, out)) = greet(answer, peer, frames, out, &config.limits).await {
        converse(&server, peer, frames, out, &config.limits).await;
    }
    if entered {
        server.connections.leave(uid);
    }
}

type Frames = FramedRead<ReadHalf<Stream>, LengthDelimitedCodec>;
type Out = FramedWrite<WriteHalf<Stream>, LengthDelimitedCodec>;

/// Waits for what a client says first, which need not be a frame. `None`: it said nothing.
async fn first_frame(
    server: &Server,
    mut frames: Frames,
    limits: &Limits,
) -> Option<(io::Result<BytesMut>, Frames)> {
    let place = server.doorway.enter();
    let deadline = Duration::from_millis(limits.hello_ms);
    let first = tokio::select! {
        first = tokio::time::timeout(deadline, frames.next()) => first.ok().flatten(),
        () = place.sent_away() => None,
        () = server.stopping.cancelled() => None,
    };
    drop(place);
    Some((first?, frames))
}

fn answer_to(
    server: &Server,
    peer: Peer,
    first: &io::Result<BytesMut>,
    admitted: Result<(), ErrorReport>,
    limits: &Limits,
) -> DaemonHello {
    let refuse = |code: ErrorCode, message: String| {
        DaemonHello::Refused(Refused {
            versions: RANGE,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            code: code.as_str().to_owned(),
            message,
        })
    };
    let hello = match first {
        Ok(bytes) => ClientHello::decode(bytes),
        Err(_) => Err(HelloError::NotRagd),
    };
    let hello = match (hello, admitted) {
        (Err(error), _) => return refuse(ErrorCode::Protocol, error.to_string()),
        (Ok(_), Err(report)) => return refuse(report.code, report.message),
        (Ok(hello), Ok(())) => hello,
    };
    match hello.versions.common(RANGE) {
        Some(version) => DaemonHello::Welcome(welcome(server, peer, version, limits)),
        None => refuse(
            ErrorCode::VersionSkew,
            format!(
                "this ragd {} speaks protocol {} to {}, the client {} speaks {} to {}",
                env!("CARGO_PKG_VERSION"),
                RANGE.min,
                RANGE.max,
                hello.build,
                hello.versions.min,
                hello.versions.max
            ),
        ),
    }
}

/// Answers a hello. `None`: the client was sent away.
async fn greet(
    answer: DaemonHello,
    peer: Peer,
    mut frames: Frames,
    mut out: Out,
    limits: &Limits,
) -> Option<(Frames, Out)> {
    let deadline = Duration::from_millis(limits.hello_ms);
    let bytes = Bytes::from(answer.encode());
    let sent = tokio::time::timeout(deadline, out.send(bytes)).await;
    let welcome = matches!(answer, DaemonHello::Welcome(_)) && matches!(sent, Ok(Ok(())));
    if !welcome {
        return None;
    }
    frames.decoder_mut().set_max_frame_length(peer.max_frame());
    frame::accept_messages(out.encoder_mut());
    Some((frames, out))
}

fn welcome(server: &Server, peer: Peer, version: u16, limits: &Limits) -> Welcome {
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Welcome {
        version,
        features: 0,
        boot_id: server.boot_id,
        max_frame: small(peer.max_frame() as u64),
        max_in_flight: small(limits.requests_in_flight as u64),
        heartbeat_ms: small(limits.heartbeat_ms),
        uid: server.uid,
        build: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Requests under way on one connection.
struct Session {
    server: Arc<Server>,
    peer: Peer,
    outbox: mpsc::Sender<DaemonMessage>,
    requests: TaskTracker,
    /// Requests that end on their own; reading waits for room.
    permits: Arc<Semaphore>,
    /// Streams and uploads, which need the connection to go on being read.
    long: Arc<Semaphore>,
    cancels: Arc<Mutex<HashMap<RequestId, CancellationToken>>>,
    uploads: Arc<Mutex<HashMap<RequestId, mpsc::Sender<Data>>>>,
    gone: CancellationToken,
}

async fn converse(server: &Arc<Server>, peer: Peer, frames: Frames, out: Out, limits: &Limits) {
    let (outbox, inbox) = mpsc::channel(OUTBOX);
    let gone = CancellationToken::new();
    let stalled = Duration::from_millis(limits.stalled_client_ms);
    let mut writer = tokio::spawn(write(out, inbox, stalled, gone.clone()));
    let session = Session {
        server: Arc::clone(server),
        peer,
        outbox,
        requests: TaskTracker::new(),
        permits: Arc::new(Semaphore::new(limits.requests_in_flight)),
        long: Arc::new(Semaphore::new(limits.requests_in_flight)),
        cancels: Arc::default(),
        uploads: Arc::default(),
        gone,
    };
    let left = session.read(frames, limits).await;
    session
        .uploads
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clear();
    session.requests.close();
    if left == Left::Stopping {
        // What was asked before is answered, if that is soon: a submit is not left in doubt.
        let _ = tokio::time::timeout(LAST_WORDS, session.requests.wait()).await;
    }
    for token in session
        .cancels
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .values()
    {
        token.cancel();
    }
    if left == Left::Stopping {
        let ended = tokio::time::timeout(LAST_WORDS, session.requests.wait()).await;
        if ended.is_err() {
            // They wait for a client that reads nothing.
            writer.abort();
        }
    }
    session.requests.wait().await;
    drop(session);
    if left == Left::Gone {
        let _ = writer.await;
    } else if tokio::time::timeout(LAST_WORDS, &mut writer).await.is_err() {
        writer.abort();
    }
}

/// Sends what is in the inbox, several messages in one write where they are there.
async fn write(
    mut out: Out,
    mut inbox: mpsc::Receiver<DaemonMessage>,
    stalled: Duration,
    gone: CancellationToken,
) {
    let mut messages = Vec::with_capacity(OUTBOX);
    while inbox.recv_many(&mut messages, OUTBOX).await > 0 {
        let sending = async {
            for message in messages.drain(..) {
                out.feed(encode(&message)).await?;
            }
            SinkExt::<Bytes>::flush(&mut out).await
        };
        match tokio::time::timeout(stalled, sending).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    gone.cancel();
}

/// A message that cannot be sent is replaced by one that says so.
fn encode(message: &DaemonMessage) -> Bytes {
    let id = match message {
        DaemonMessage::Reply { id, .. }
        | DaemonMessage::Item { id, .. }
        | DaemonMessage::End { id }
        | DaemonMessage::Failed { id, .. } => *id,
    };
    let bytes = codec::encode(message).or_else(|error| {
        let report = ErrorReport::new(ErrorCode::TooLarge, "the answer does not fit into a frame")
            .because(error.to_string())
            .try_next("ask for a smaller page with --limit");
        codec::encode(&DaemonMessage::Failed { id, report })
    });
    Bytes::from(bytes.expect("an error report fits into a frame"))
}

/// Why a connection is not read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// The client went, or was sent away.
    Gone,
    /// The daemon stops.
    Stopping,
}

impl Session {
    async fn read(&self, mut frames: Frames, limits: &Limits) -> Left {
        // Its beginning is noticed after half the time at the latest, and the rest gets that long.
        let slice = Duration::from_millis(limits.partial_frame_ms / 2);
        let idle_limit = Duration::from_millis(limits.idle_ms);
        let mut quiet_since = tokio::time::Instant::now();
        loop {
            let began_partial = !frames.read_buffer().is_empty();
            let next = tokio::select! {
                next = tokio::time::timeout(slice, frames.next()) => next,
                () = self.gone.cancelled() => return Left::Gone,
                () = self.server.stopping.cancelled() => return Left::Stopping,
            };
            match next {
                Err(_) if began_partial => return Left::Gone,
                Err(_) => {
                    if !self.requests.is_empty() {
                        quiet_since = tokio::time::Instant::now();
                    } else if quiet_since.elapsed() > idle_limit {
                        return Left::Gone;
                    }
                }
                Ok(Some(Ok(bytes))) => {
                    quiet_since = tokio::time::Instant::now();
                    match codec::decode::<ClientMessage>(&bytes) {
                        // Taking waits for room, which a client that reads nothing does not make.
                        Ok(message) => tokio::select! {
                            () = self.take(message) => {}
                            () = self.gone.cancelled() => return Left::Gone,
                            () = self.server.stopping.cancelled() => return Left::Stopping,
                        },
                        Err(error) => return self.break_off(error.to_string()).await,
                    }
                }
                Ok(Some(Err(error))) => return self.break_off(error.to_string()).await,
                Ok(None) => return Left::Gone,
            }
        }
    }

    /// Tells a client that broke the protocol why the connection ends.
    async fn break_off(&self, why: String) -> Left {
        let report = ErrorReport::new(ErrorCode::Protocol, "the connection ends").because(why);
        // Request 0 is nobody's: clients count from 1.
        let _ = self
            .outbox
            .send(DaemonMessage::Failed {
                id: RequestId(0),
                report,
            })
            .await;
        Left::Gone
    }

    async fn take(&self, message: ClientMessage) {
        match message {
            ClientMessage::Request { id, body } => self.begin(id, body).await,
            ClientMessage::Cancel { id } => {
                let cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(token) = cancels.get(&id) {
                    token.cancel();
                }
            }
            ClientMessage::Data { id, bytes } => self.feed(id, Data::Bytes(bytes.0)).await,
            ClientMessage::DataEnd { id } => self.feed(id, Data::End).await,
        }
    }

    /// Hands bytes to an upload. Of one that has ended already, they are dropped.
    async fn feed(&self, id: RequestId, data: Data) {
        let upload = self
            .uploads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
        if let Some(upload) = upload {
            let _ = upload.send(data).await;
        }
    }

    /// Notes how a request is cancelled. `false`: another one has this id.
    fn note(&self, id: RequestId, cancel: &CancellationToken) -> bool {
        let mut cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
        let free = !cancels.contains_key(&id);
        if free {
            cancels.insert(id, cancel.clone());
        }
        free
    }

    async fn begin(&self, id: RequestId, body: Request) {
        let long = matches!(
            body,
            Request::Upload(_)
                | Request::Watch(_)
                | Request::DocumentCat(_)
                | Request::DocumentPage(_)
                | Request::Ask(_)
        );
        let permit = if long {
            Arc::clone(&self.long).try_acquire_owned().ok()
        } else {
            Arc::clone(&self.permits).acquire_owned().await.ok()
        };
        let Some(permit) = permit else {
            let report = report::too_many_streams();
            let _ = self.outbox.send(DaemonMessage::Failed { id, report }).await;
            return;
        };
        let cancel = self.gone.child_token();
        if !self.note(id, &cancel) {
            let report = ErrorReport::new(ErrorCode::BadRequest, "the request id is in use");
            let _ = self.outbox.send(DaemonMessage::Failed { id, report }).await;
            return;
        }
        let data = matches!(body, Request::Upload(_)).then(|| {
            let (sender, receiver) = mpsc::channel(UPLOAD);
            self.uploads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id, sender);
            receiver
        });
        let context = Context {
            server: Arc::clone(&self.server),
            peer: self.peer,
            id,
            outbox: self.outbox.clone(),
        };
        let (outbox, cancels, uploads) = (
            self.outbox.clone(),
            Arc::clone(&self.cancels),
            Arc::clone(&self.uploads),
        );
        self.requests.spawn(async move {
            // A task of its own, so that a panic ends this request and nothing else.
            let work = tokio::spawn(async move {
                tokio::select! {
                    result = handlers::answer(&context, body, data) => result,
                    () = cancel.cancelled() => Err(match context.server.stopping.is_cancelled() {
                        true => report::stopping(),
                        false => report::cancelled(),
                    }),
                }
            });
            let result = work.await.unwrap_or_else(|panic| {
                tracing::error!(%panic, "A request panicked.");
                Err(report::internal())
            });
            cancels
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
            uploads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
            let message = match result {
                Ok(Some(body)) => DaemonMessage::Reply { id, body },
                Ok(None) => DaemonMessage::End { id },
                Err(report) => DaemonMessage::Failed { id, report },
            };
            let _ = outbox.send(message).await;
            drop(permit);
        });
    }
}
