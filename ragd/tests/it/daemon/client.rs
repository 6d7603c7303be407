//! A small client: one request at a time, and streams on connections of their own.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use interprocess::local_socket::tokio::{Stream, prelude::*};
use interprocess::local_socket::{GenericFilePath, ToFsName};
use protocol::error::ErrorCode;
use protocol::hello::{ClientHello, DaemonHello, Welcome};
use protocol::job::{JobEvent, JobEventKind, WatchRequest};
use protocol::{
    ClientMessage, DaemonMessage, ErrorReport, Item, Private, Reply, Request, RequestId, codec,
    frame,
};
use tokio::io::{ReadHalf, WriteHalf};
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

/// Nothing in these tests takes so long on a sound daemon, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Client {
    reader: FramedRead<ReadHalf<Stream>, LengthDelimitedCodec>,
    writer: FramedWrite<WriteHalf<Stream>, LengthDelimitedCodec>,
    pub(super) welcome: Welcome,
    next: u64,
    /// Messages of other requests, met while one was waited for.
    set_aside: VecDeque<DaemonMessage>,
}

impl Client {
    pub(super) async fn connect(socket: &Path) -> Self {
        let name = socket.to_fs_name::<GenericFilePath>().unwrap();
        let stream = Stream::connect(name).await.unwrap();
        let (reader, writer) = tokio::io::split(stream);
        let mut reader = FramedRead::new(reader, frame::hello_codec());
        let mut writer = FramedWrite::new(writer, frame::hello_codec());
        let hello = Bytes::from(ClientHello::current("test").encode());
        writer.send(hello).await.unwrap();
        let answer = reader.next().await.unwrap().unwrap();
        let DaemonHello::Welcome(welcome) = DaemonHello::decode(&answer).unwrap() else {
            panic!("the daemon refused the hello");
        };
        frame::accept_messages(reader.decoder_mut());
        frame::accept_messages(writer.encoder_mut());
        Self {
            reader,
            writer,
            welcome,
            next: 1,
            set_aside: VecDeque::new(),
        }
    }

    pub(super) async fn send(&mut self, message: &ClientMessage) {
        self.send_raw(&codec::encode(message).unwrap()).await;
    }

    /// Sends a frame, whatever is in it.
    pub(super) async fn send_raw(&mut self, bytes: &[u8]) {
        self.writer
            .send(Bytes::copy_from_slice(bytes))
            .await
            .unwrap();
    }

    /// Sends a request and returns its number.
    pub(super) async fn begin(&mut self, body: Request) -> RequestId {
        let id = RequestId(self.next);
        self.next += 1;
        self.send(&ClientMessage::Request { id, body }).await;
        id
    }

    /// Returns the next message, whoever it is for. `None`: the daemon hung up.
    pub(super) async fn next(&mut self) -> Option<DaemonMessage> {
        if let Some(message) = self.set_aside.pop_front() {
            return Some(message);
        }
        self.read().await
    }

    async fn read(&mut self) -> Option<DaemonMessage> {
        let frame = tokio::time::timeout(PATIENCE, self.reader.next()).await;
        let bytes = frame.expect("the daemon says something in time")?.ok()?;
        Some(codec::decode(&bytes).unwrap())
    }

    /// Returns the next message for `wanted`; others wait.
    pub(super) async fn next_of(&mut self, wanted: RequestId) -> DaemonMessage {
        let here = |message: &DaemonMessage| number(message) == wanted;
        if let Some(at) = self.set_aside.iter().position(here) {
            return self.set_aside.remove(at).unwrap();
        }
        loop {
            let message = self.read().await.expect("the daemon hung up");
            if here(&message) {
                return message;
            }
            self.set_aside.push_back(message);
        }
    }

    pub(super) async fn answer(&mut self, id: RequestId) -> Result<Reply, ErrorReport> {
        match self.next_of(id).await {
            DaemonMessage::Reply { body, .. } => Ok(body),
            DaemonMessage::Failed { report, .. } => Err(report),
            other => panic!("a stream where one reply was expected: {other:?}"),
        }
    }

    pub(super) async fn call(&mut self, body: Request) -> Result<Reply, ErrorReport> {
        let id = self.begin(body).await;
        self.answer(id).await
    }

    /// Returns the code of the failure that `body` has to meet.
    pub(super) async fn refused(&mut self, body: Request) -> ErrorCode {
        let shown = format!("{body:?}");
        match self.call(body).await {
            Ok(reply) => panic!("{shown} was answered: {reply:?}"),
            Err(report) => report.code,
        }
    }

    pub(super) async fn data(&mut self, id: RequestId, bytes: &[u8]) {
        for piece in bytes.chunks(256 << 10) {
            let bytes = Private(piece.to_vec());
            self.send(&ClientMessage::Data { id, bytes }).await;
        }
    }

    /// Begins a stream about jobs on this connection.
    pub(super) async fn watch(mut self, request: WatchRequest) -> Watching {
        let id = self.begin(Request::Watch(request)).await;
        Watching { client: self, id }
    }
}

fn number(message: &DaemonMessage) -> RequestId {
    match message {
        DaemonMessage::Reply { id, .. }
        | DaemonMessage::Item { id, .. }
        | DaemonMessage::End { id }
        | DaemonMessage::Failed { id, .. } => *id,
    }
}

/// A stream of job events.
pub(super) struct Watching {
    pub(super) client: Client,
    pub(super) id: RequestId,
}

impl Watching {
    /// Returns the next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<JobEvent>, ErrorReport> {
        match self.client.next_of(self.id).await {
            DaemonMessage::Item {
                body: Item::Job(event),
                ..
            } => Ok(Some(event)),
            DaemonMessage::End { .. } => Ok(None),
            DaemonMessage::Failed { report, .. } => Err(report),
            other => panic!("no event: {other:?}"),
        }
    }

    /// Returns all events up to the first that `is_last` says, with it.
    pub(super) async fn until(&mut self, is_last: impl Fn(&JobEventKind) -> bool) -> Vec<JobEvent> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await.unwrap().expect("the stream goes on");
            let last = is_last(&event.what);
            events.push(event);
            if last {
                return events;
            }
        }
    }
}
