//! The daemon as seen from a client: one connection that carries many requests at once.
//!
//! [`Target`] says where the daemon is, [`Client`] has a method for every request, and
//! [`EventStream`], [`AnswerStream`] and [`ByteStream`] are the streams, cancelled when dropped. Every error is an
//! [`ErrorReport`], whether the daemon made it or this module. Nothing here prints or knows flags.

mod call;
mod connect;
mod requests;
mod router;
mod socket;
mod start;
mod state;
mod stream;
mod upload;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protocol::hello::Welcome;
use protocol::{ClientMessage, ErrorCode, ErrorReport, Request, RequestId};
use tokio::sync::mpsc;

pub use connect::is_away;
pub use socket::own_uid;
pub use socket::{Candidate, Target};
pub use start::{daemon_program, start_daemon};
pub use state::state_folder;
pub use stream::{AnswerStream, ByteStream, EventStream};
pub use upload::{PIECE, ResumedUpload, UploadError};

use call::Call;
use router::{Lost, Registration};

/// How long a request may take that only reads or writes a few rows.
///
/// A daemon that hangs is worse than one that is gone: without a limit a script waits for ever.
const QUICK: Duration = Duration::from_secs(30);

/// An open connection. Clones share it; it closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    welcome: Welcome,
    next_id: AtomicU64,
    registrations: mpsc::Sender<Registration>,
    outgoing: mpsc::Sender<Vec<u8>>,
    lost: Lost,
}

impl Client {
    /// Returns what the daemon said in its hello.
    #[must_use]
    pub fn welcome(&self) -> &Welcome {
        &self.shared.welcome
    }

    /// Sends a request; its reply or its stream is read from the call.
    async fn call(&self, body: Request) -> Result<Call, ErrorReport> {
        let id = RequestId(self.shared.next_id.fetch_add(1, Ordering::Relaxed));
        let frame = encode(&ClientMessage::Request { id, body })?;
        let (events, receiver) = mpsc::channel(call::BUFFER);
        // Registered before it is sent, so that the answer always finds its caller.
        let registration = Registration { id, events };
        if self.shared.registrations.send(registration).await.is_err() {
            return Err(self.shared.lost.report());
        }
        let call = Call::new(
            id,
            receiver,
            self.shared.outgoing.clone(),
            self.shared.lost.clone(),
        );
        call.send(frame).await?;
        Ok(call)
    }
}

fn encode(message: &ClientMessage) -> Result<Vec<u8>, ErrorReport> {
    protocol::codec::encode(message).map_err(|error| match error {
        protocol::codec::CodecError::TooLarge | protocol::codec::CodecError::Malformed => {
            ErrorReport::new(ErrorCode::TooLarge, "cannot send the request")
                .because("it is larger than a message to ragd may be (8 MiB)")
                .try_next("submit fewer paths at once, or the folder that holds them")
        }
        protocol::codec::CodecError::Trailing { .. } => {
            ErrorReport::new(ErrorCode::Internal, "cannot send the request")
                .because(error.to_string())
        }
    })
}
