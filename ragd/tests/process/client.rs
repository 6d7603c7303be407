//! A client of our own: what it does wrong is not also wrong in the client that people use.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use protocol::codec;
use protocol::document::{DocumentListRequest, DocumentRef, GapFilter, GapListRequest, GapView};
use protocol::error::{ErrorCode, ErrorReport};
use protocol::health::{FsckReport, Status};
use protocol::hello::{ClientHello, DaemonHello, Refused};
use protocol::job::{JobKind, JobListRequest, JobView, Priority};
use protocol::search::{Hit, SearchMode, SearchRequest};
use protocol::submit::{
    Accepted, Runtime, Source, SourceRules, SubmitRequest, SubmitWork, UploadRequest,
    UploadResumeRequest, UploadedDocument,
};
use protocol::watched::WatchedView;
use protocol::{
    ClientMessage, DaemonMessage, Item, JobId, PathBytes, Private, Reply, Request, RequestId,
};

/// No answer takes longer than this, unless the daemon is stopped.
const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const PIECE: usize = 64 << 10;

/// Why there is no reply.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The daemon said no.
    No(Box<ErrorReport>),
    /// The daemon let us in not at all.
    Refused(Refused),
    /// The connection ended or broke.
    Gone(#[expect(dead_code, reason = "`Debug` shows it")] String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Gone(error.to_string())
    }
}

impl Trouble {
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::No(report) => Some(report.code),
            Self::Refused(_) | Self::Gone(_) => None,
        }
    }
}

/// One connection after its hello.
#[derive(Debug)]
pub(crate) struct Client {
    stream: UnixStream,
    last: u64,
}

impl Client {
    pub(crate) fn connect(socket: &Path) -> Result<Self, Trouble> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut client = Self { stream, last: 0 };
        write_frame(&mut client.stream, &ClientHello::current("test").encode())?;
        let answer = read_frame(&mut client.stream)?;
        match DaemonHello::decode(&answer) {
            Ok(DaemonHello::Welcome(_)) => Ok(client),
            Ok(DaemonHello::Refused(refused)) => Err(Trouble::Refused(refused)),
            Err(error) => Err(Trouble::Gone(error.to_string())),
        }
    }

    /// Sends a request and does not wait.
    pub(crate) fn send(&mut self, body: Request) -> Result<RequestId, Trouble> {
        self.last += 1;
        let id = RequestId(self.last);
        self.tell(&ClientMessage::Request { id, body })?;
        Ok(id)
    }

    pub(crate) fn tell(&mut self, message: &ClientMessage) -> Result<(), Trouble> {
        let bytes = codec::encode(message).expect("a request fits into a frame");
        Ok(write_frame(&mut self.stream, &bytes)?)
    }

    pub(crate) fn receive(&mut self) -> Result<DaemonMessage, Trouble> {
        let bytes = read_frame(&mut self.stream)?;
        codec::decode(&bytes).map_err(|error| Trouble::Gone(error.to_string()))
    }

    pub(crate) fn ask(&mut self, body: Request) -> Result<Reply, Trouble> {
        let sent = self.send(body)?;
        self.reply(sent)
    }

    fn reply(&mut self, sent: RequestId) -> Result<Reply, Trouble> {
        match self.receive()? {
            DaemonMessage::Reply { id, body } if id == sent => Ok(body),
            DaemonMessage::Failed { id, report } if id == sent || id.0 == 0 => {
                Err(Trouble::No(Box::new(report)))
            }
            other => panic!("an answer to nothing: {other:?}"),
        }
    }

    pub(crate) fn upload(&mut self, bytes: &[u8]) -> Result<UploadedDocument, Trouble> {
        let id = self.send(Request::Upload(UploadRequest { expected: None }))?;
        self.pieces(id, bytes)?;
        self.tell(&ClientMessage::DataEnd { id })?;
        match self.reply(id)? {
            Reply::Uploaded(uploaded) => Ok(UploadedDocument {
                name: PathBytes(Vec::new()),
                content: uploaded.content,
                bytes: uploaded.bytes,
            }),
            other => panic!("an upload was answered {other:?}"),
        }
    }

    pub(crate) fn pieces(&mut self, id: RequestId, bytes: &[u8]) -> Result<(), Trouble> {
        for piece in bytes.chunks(PIECE) {
            let bytes = Private(piece.to_vec());
            self.tell(&ClientMessage::Data { id, bytes })?;
        }
        Ok(())
    }

    /// Announces an upload and returns from where on the daemon wants it.
    pub(crate) fn resumed(
        &mut self,
        upload: UploadResumeRequest,
    ) -> Result<(RequestId, usize), Trouble> {
        let sent = self.send(Request::UploadResume(upload))?;
        match self.receive()? {
            DaemonMessage::Item {
                id,
                body: Item::UploadFrom(from),
            } if id == sent => Ok((id, usize::try_from(from).expect("it is in memory"))),
            DaemonMessage::Failed { report, .. } => Err(Trouble::No(Box::new(report))),
            other => panic!("an upload was answered {other:?}"),
        }
    }

    /// Sends the rest of an upload.
    pub(crate) fn rest(&mut self, id: RequestId, bytes: &[u8]) -> Result<(), Trouble> {
        self.pieces(id, bytes)?;
        self.tell(&ClientMessage::DataEnd { id })?;
        match self.receive()? {
            DaemonMessage::End { id: ended } if ended == id => Ok(()),
            DaemonMessage::Failed { report, .. } => Err(Trouble::No(Box::new(report))),
            other => panic!("an upload was answered {other:?}"),
        }
    }

    /// Uploads what the daemon does not have of `bytes`, and returns how much it had.
    pub(crate) fn resume(
        &mut self,
        upload: UploadResumeRequest,
        bytes: &[u8],
    ) -> Result<usize, Trouble> {
        let (id, from) = self.resumed(upload)?;
        self.rest(id, &bytes[from..])?;
        Ok(from)
    }

    /// Returns the text of a document.
    pub(crate) fn cat(&mut self, name: DocumentRef) -> Result<Vec<u8>, Trouble> {
        let sent = self.send(Request::DocumentCat(name.into()))?;
        let mut text = Vec::new();
        loop {
            match self.receive()? {
                DaemonMessage::Item {
                    body: Item::Bytes(bytes),
                    ..
                } => text.extend(bytes.0),
                DaemonMessage::End { id } if id == sent => return Ok(text),
                DaemonMessage::Failed { report, .. } => return Err(Trouble::No(Box::new(report))),
                other => panic!("a stream of text held {other:?}"),
            }
        }
    }

    pub(crate) fn raw(&mut self) -> &mut UnixStream {
        &mut self.stream
    }
}

pub(crate) fn write_frame(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).expect("a frame is small");
    stream.write_all(&[&length.to_le_bytes(), bytes].concat())
}

pub(crate) fn read_frame(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_le_bytes(length)).expect("32 bits fit");
    assert!(length <= codec::MAX_FRAME, "the daemon sent {length} bytes");
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A client that outlives daemons: it connects anew and says the same again until it has an answer.
pub(crate) struct Patient {
    socket: PathBuf,
    client: Option<Client>,
    patience: Duration,
    /// How often a connection was lost while an answer was due.
    pub(crate) lost: u64,
}

impl Patient {
    pub(crate) fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
            client: None,
            patience: Duration::from_secs(90),
            lost: 0,
        }
    }

    /// Repeats `exchange` until the daemon answers it for good.
    pub(crate) fn insist<T>(
        &mut self,
        mut exchange: impl FnMut(&mut Client) -> Result<T, Trouble>,
    ) -> Result<T, Box<ErrorReport>> {
        let began = Instant::now();
        loop {
            let trouble = match self.connected().and_then(&mut exchange) {
                Ok(value) => return Ok(value),
                Err(trouble) => trouble,
            };
            match &trouble {
                // At shutdown a request may be cut off; the same request again is the same job.
                Trouble::No(report) if report.retryable || report.code == ErrorCode::Cancelled => {}
                Trouble::No(report) => return Err(report.clone()),
                Trouble::Refused(_) => self.client = None,
                Trouble::Gone(_) => {
                    self.lost += u64::from(self.client.is_some());
                    self.client = None;
                }
            }
            assert!(
                began.elapsed() < self.patience,
                "no answer within {:?}: {trouble:?}",
                self.patience
            );
            crate::pause(Duration::from_millis(10));
        }
    }

    fn connected(&mut self) -> Result<&mut Client, Trouble> {
        if self.client.is_none() {
            self.client = Some(Client::connect(&self.socket)?);
        }
        Ok(self.client.as_mut().expect("just connected"))
    }

    pub(crate) fn ask(&mut self, body: &Request) -> Result<Reply, Box<ErrorReport>> {
        self.insist(|client| client.ask(body.clone()))
    }

    /// Uploads documents and submits them as one job.
    pub(crate) fn submit_uploads(
        &mut self,
        collection: &str,
        documents: &[(String, String)],
    ) -> Accepted {
        let uploads = documents.iter().map(|(name, text)| {
            let uploaded = self.insist(|client| client.upload(text.as_bytes()));
            UploadedDocument {
                name: PathBytes::from(name.as_str()),
                ..uploaded.expect("an upload works")
            }
        });
        let source = Source::Uploads(uploads.collect());
        self.submit(ingest(collection, source, SourceRules::default()))
    }

    pub(crate) fn submit(&mut self, request: SubmitRequest) -> Accepted {
        match self.ask(&Request::Submit(request)) {
            Ok(Reply::Accepted(accepted)) => accepted,
            other => panic!("a submit was answered {other:?}"),
        }
    }

    pub(crate) fn job(&mut self, id: JobId) -> JobView {
        match self.ask(&Request::JobShow(id)) {
            Ok(Reply::Job(job)) => *job,
            other => panic!("job {id} was answered {other:?}"),
        }
    }

    pub(crate) fn wait(&mut self, id: JobId) -> JobView {
        crate::eventually("a job ends", Duration::from_secs(90), || {
            Some(self.job(id)).filter(|job| job.state.is_end())
        })
    }

    pub(crate) fn search(&mut self, collection: &str, query: &str) -> Vec<Hit> {
        let request = SearchRequest {
            query: Private(query.to_owned()),
            collection: Some(collection.to_owned()),
            paths: Vec::new(),
            languages: Vec::new(),
            conditions: Vec::new(),
            limit: 50,
            mode: SearchMode::Words,
            explain: false,
        };
        match self.ask(&Request::Search(request)) {
            Ok(Reply::Search(reply)) => reply.hits,
            other => panic!("a search was answered {other:?}"),
        }
    }

    pub(crate) fn status(&mut self) -> Status {
        match self.ask(&Request::Status) {
            Ok(Reply::Status(status)) => *status,
            other => panic!("status was answered {other:?}"),
        }
    }

    pub(crate) fn gaps(&mut self, collection: &str) -> Vec<GapView> {
        let request = GapListRequest {
            filter: GapFilter {
                collection: Some(collection.to_owned()),
                ..GapFilter::default()
            },
            ..GapListRequest::default()
        };
        match self.ask(&Request::Gaps(request)) {
            Ok(Reply::Gaps(page)) => page.items,
            other => panic!("gaps were answered {other:?}"),
        }
    }

    /// Returns the jobs of a kind, of those that were begun last.
    pub(crate) fn jobs(&mut self, kind: JobKind) -> Vec<JobView> {
        match self.ask(&Request::JobList(JobListRequest::default())) {
            Ok(Reply::Jobs(page)) => page
                .items
                .into_iter()
                .filter(|job| job.kind == kind)
                .collect(),
            other => panic!("a list was answered {other:?}"),
        }
    }

    /// Returns the one source that is watched.
    pub(crate) fn watched(&mut self) -> WatchedView {
        match self.ask(&Request::WatchedList) {
            Ok(Reply::Watched(mut sources)) if sources.len() == 1 => sources.remove(0),
            other => panic!("one source is watched, not {other:?}"),
        }
    }

    /// Returns path and hash of every document.
    pub(crate) fn documents(&mut self) -> BTreeSet<(Vec<u8>, [u8; 32])> {
        let mut all = BTreeSet::new();
        let mut list = DocumentListRequest::default();
        loop {
            list.page.limit = 1_000;
            let page = match self.ask(&Request::DocumentList(list.clone())) {
                Ok(Reply::Documents(page)) => page,
                other => panic!("a list was answered {other:?}"),
            };
            let documents = page.items.into_iter();
            all.extend(documents.map(|document| (document.path.0, document.content.0)));
            list.page.cursor = page.next;
            if list.page.cursor.is_none() {
                return all;
            }
        }
    }

    pub(crate) fn fsck(&mut self) -> FsckReport {
        match self.ask(&Request::Fsck { deep: true }) {
            Ok(Reply::Fsck(report)) => report,
            other => panic!("fsck was answered {other:?}"),
        }
    }
}

pub(crate) fn ingest(collection: &str, source: Source, rules: SourceRules) -> SubmitRequest {
    request(SubmitWork::Ingest {
        collection: collection.to_owned(),
        source,
        rules,
    })
}

pub(crate) fn watch(collection: &str, source: Source) -> SubmitRequest {
    request(SubmitWork::Watch {
        collection: collection.to_owned(),
        source,
        rules: SourceRules::default(),
    })
}

pub(crate) fn probe() -> SubmitRequest {
    request(SubmitWork::Probe)
}

fn request(work: SubmitWork) -> SubmitRequest {
    SubmitRequest {
        job: JobId::new(),
        work,
        priority: Priority::Normal,
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    }
}
