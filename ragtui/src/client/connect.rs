//! Opening a connection: find the socket, shake hands, start the two tasks.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use interprocess::local_socket::{
    GenericFilePath, ToFsName, tokio::Stream, traits::tokio::Stream as _,
};
use protocol::frame::{accept_messages, hello_codec};
use protocol::hello::{ClientHello, DaemonHello, RANGE, Refused, VersionRange};
use protocol::{ErrorCode, ErrorReport};
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, FramedWrite};

use super::router::{self, Lost};
use super::socket::{Candidate, Target};
use super::{Client, Shared};

/// A daemon answers the hello before it opens its stores, so this is long even on a busy machine.
const HELLO_LIMIT: Duration = Duration::from_secs(5);
/// The first and the longest pause between two tries to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// Frames that wait for the socket; uploads fill it at 256 KiB each.
const OUTGOING: usize = 16;

/// What is said to the daemon about this build.
pub(super) const BUILD: &str = concat!("ragtui ", env!("CARGO_PKG_VERSION"));

/// Tells whether an error means that the daemon is away and may come back by itself.
#[must_use]
pub fn is_away(report: &ErrorReport) -> bool {
    matches!(
        report.code,
        ErrorCode::Unreachable | ErrorCode::Starting | ErrorCode::Stopping
    )
}

impl Client {
    /// Connects to the first place of `target` where a daemon answers.
    pub async fn connect(target: &Target) -> Result<Self, ErrorReport> {
        let mut failures = Vec::new();
        for candidate in &target.candidates {
            if !candidate.is_trusted() {
                failures.push((candidate, io::Error::from(io::ErrorKind::NotFound)));
                continue;
            }
            match open(&candidate.path).await {
                Ok(stream) => return shake_hands(stream, &candidate.path).await,
                Err(error) => failures.push((candidate, error)),
            }
        }
        Err(nobody_answers(&failures))
    }

    /// Connects, and keeps trying for `limit` while the daemon is away.
    pub async fn connect_within(target: &Target, limit: Duration) -> Result<Self, ErrorReport> {
        let deadline = Instant::now() + limit;
        let mut pause = PAUSES.0;
        loop {
            match Self::connect(target).await {
                Err(report) if is_away(&report) && Instant::now() + pause < deadline => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
                outcome => return outcome,
            }
        }
    }
}

async fn open(path: &Path) -> io::Result<Stream> {
    Stream::connect(path.to_fs_name::<GenericFilePath>()?).await
}

async fn shake_hands(stream: Stream, path: &Path) -> Result<Client, ErrorReport> {
    let cannot = || format!("cannot talk to ragd at {}", path.display());
    let (read_half, write_half) = tokio::io::split(stream);
    let mut incoming = FramedRead::new(read_half, hello_codec());
    let mut outgoing = FramedWrite::new(write_half, hello_codec());
    let exchange = async {
        outgoing
            .send(Bytes::from(ClientHello::current(BUILD).encode()))
            .await?;
        incoming.next().await.transpose()
    };
    let answer = match tokio::time::timeout(HELLO_LIMIT, exchange).await {
        Err(_) => {
            return Err(ErrorReport::new(ErrorCode::TimedOut, cannot())
                .because(format!(
                    "no answer to the hello within {} s",
                    HELLO_LIMIT.as_secs()
                ))
                .try_next("journalctl --user -u ragd -n 50")
                .retryable());
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(not_ragd(cannot()));
        }
        Ok(Err(error)) => return Err(closed_early(cannot(), &error.to_string())),
        Ok(Ok(None)) => return Err(closed_early(cannot(), "it closed the connection at once")),
        Ok(Ok(Some(bytes))) => bytes,
    };
    let welcome = match DaemonHello::decode(&answer) {
        Ok(DaemonHello::Welcome(welcome))
            if RANGE.min <= welcome.version && welcome.version <= RANGE.max =>
        {
            welcome
        }
        Ok(DaemonHello::Welcome(welcome)) => {
            let versions = VersionRange {
                min: welcome.version,
                max: welcome.version,
            };
            return Err(version_skew(cannot(), versions, &welcome.build));
        }
        Ok(DaemonHello::Refused(refused)) => return Err(refusal(cannot(), &refused)),
        Err(_) => return Err(not_ragd(cannot())),
    };
    accept_messages(incoming.decoder_mut());
    accept_messages(outgoing.encoder_mut());

    let lost = Lost::default();
    let (frame_sender, frame_receiver) = mpsc::channel(OUTGOING);
    let (registration_sender, registration_receiver) = mpsc::channel(OUTGOING);
    tokio::spawn(router::write_frames(outgoing, frame_receiver, lost.clone()));
    let weak_sender = frame_sender.downgrade();
    tokio::spawn(router::route(
        incoming,
        registration_receiver,
        weak_sender,
        lost.clone(),
    ));
    Ok(Client {
        shared: Arc::new(Shared {
            welcome,
            next_id: AtomicU64::new(1),
            registrations: registration_sender,
            outgoing: frame_sender,
            lost,
        }),
    })
}

fn nobody_answers(failures: &[(&Candidate, io::Error)]) -> ErrorReport {
    // A socket that is there says more than one that is missing.
    let telling = failures
        .iter()
        .find(|(_, error)| error.kind() != io::ErrorKind::NotFound)
        .or_else(|| failures.first());
    let Some((candidate, error)) = telling else {
        return ErrorReport::new(ErrorCode::Unreachable, "cannot reach ragd");
    };
    let message = format!("cannot reach ragd at {}", candidate.path.display());
    if error.kind() == io::ErrorKind::PermissionDenied {
        return ErrorReport::new(ErrorCode::Forbidden, message)
            .because("this user may not open the socket")
            .try_next(
                "ask the owner of the daemon for access, or run your own: ragctl --start status",
            );
    }
    let why = match error.kind() {
        io::ErrorKind::NotFound => {
            let tried: Vec<_> = failures
                .iter()
                .map(|(one, _)| one.path.display().to_string())
                .collect();
            match tried.as_slice() {
                [_] => "there is no socket file".to_owned(),
                more => format!("there is no socket file in any place: {}", more.join(", ")),
            }
        }
        io::ErrorKind::ConnectionRefused => {
            "the socket file exists but nothing listens (connection refused)".to_owned()
        }
        _ => error.to_string(),
    };
    ErrorReport::new(ErrorCode::Unreachable, message)
        .because(why)
        .try_next("systemctl --user start ragd")
        .try_next("or let ragctl start it: ragctl --start status")
        .retryable()
}

fn closed_early(message: String, why: &str) -> ErrorReport {
    ErrorReport::new(ErrorCode::Unreachable, message)
        .because(why)
        .retryable()
}

fn not_ragd(message: String) -> ErrorReport {
    ErrorReport::new(ErrorCode::Protocol, message)
        .because("whatever listens there does not speak the ragd protocol")
        .try_next("check --socket and RAGD_SOCKET")
}

fn refusal(message: String, refused: &Refused) -> ErrorReport {
    let code = ErrorCode::ALL
        .into_iter()
        .find(|code| code.as_str() == refused.code);
    if code == Some(ErrorCode::VersionSkew) || RANGE.common(refused.versions).is_none() {
        return version_skew(message, refused.versions, &refused.build);
    }
    let code = code.unwrap_or(ErrorCode::Protocol);
    let report = ErrorReport::new(code, message).because(refused.message.clone());
    match code {
        ErrorCode::Busy | ErrorCode::Starting | ErrorCode::Stopping => report.retryable(),
        _ => report,
    }
}

fn version_skew(message: String, theirs: VersionRange, build: &str) -> ErrorReport {
    let older = if theirs.max < RANGE.min {
        "ragd"
    } else {
        "this client"
    };
    ErrorReport::new(ErrorCode::VersionSkew, message)
        .because(format!(
            "ragd ({build}) speaks protocol {}, this client ({BUILD}) speaks {}",
            spoken(theirs),
            spoken(RANGE)
        ))
        .try_next(format!("update {older}, it is the older one"))
}

fn spoken(range: VersionRange) -> String {
    match range {
        VersionRange { min, max } if min == max => min.to_string(),
        VersionRange { min, max } => format!("{min} to {max}"),
    }
}
