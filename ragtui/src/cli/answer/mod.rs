//! An answer on its way from the daemon to the reader.
//!
//! [`listen`] asks and shows the answer while it comes: `draft` collects what came, `teller` shows
//! it in the form that was asked for, `page` has the words around it. `ask` and `chat` listen;
//! `result` and `chat show` print answers that are there already, in the same words.

mod draft;
mod page;
mod teller;

use std::time::Instant;

use protocol::answer::{AnswerEvent, AnswerView, AskRequest, Finish};
use protocol::{ConversationId, ErrorCode, ErrorReport};

pub(super) use page::{colophon, is_cited, lines, passage, place, print, sources, verdict};
pub(super) use teller::Teller;

use super::context::sleep_until;
use super::exit::{Exit, Failure};
use super::look;
use super::signals::Signals;
use draft::Draft;

/// How listening came to its end.
#[derive(Debug)]
pub(super) enum Heard {
    /// The answer is there, and was shown.
    Whole(Box<AnswerView>),
    /// A signal stopped it, in this conversation.
    Stopped(Exit, Option<ConversationId>),
}

/// Asks, and shows the answer while it comes.
///
/// Every question has a connection of its own: a daemon that was restarted since the last one goes
/// unnoticed, and a question that is dropped cannot hold up the next.
pub(super) async fn listen(
    mut teller: Teller<'_>,
    request: AskRequest,
    signals: &mut Signals,
    deadline: Option<Instant>,
) -> Result<Heard, Failure> {
    let mut draft = Draft::new(&request, look::now());
    let ended = tokio::select! {
        outcome = hear(request, &mut draft, &mut teller) => outcome.map(|()| None),
        exit = signals.next() => Ok(Some(exit)),
        () = sleep_until(deadline) => Err(too_late().into()),
    };
    match ended {
        Ok(None) => {
            let view = draft.view(Finish::Complete);
            teller.whole(&view)?;
            Ok(Heard::Whole(Box::new(view)))
        }
        Ok(Some(exit)) => {
            let report = ErrorReport::new(ErrorCode::Cancelled, "the answer was stopped");
            let view = draft.view(Finish::Stopped);
            teller.broken(&view, Some((&report, exit)))?;
            Ok(Heard::Stopped(exit, view.searched.conversation))
        }
        Err(failure) => {
            let exit = failure.exit();
            let told = failure.report().map(|report| (report, exit));
            teller.broken(&draft.view(Finish::BrokenOff), told)?;
            Err(failure)
        }
    }
}

async fn hear(
    request: AskRequest,
    draft: &mut Draft,
    teller: &mut Teller<'_>,
) -> Result<(), Failure> {
    let client = teller.context.connect().await?;
    teller.searching();
    let mut stream = client.ask(request).await?;
    while let Some(event) = stream.next().await? {
        teller.event(&event, draft)?;
        let is_last = matches!(event, AnswerEvent::Done(_));
        draft.take(event);
        if is_last {
            return Ok(());
        }
    }
    Err(
        ErrorReport::new(ErrorCode::Protocol, "ragd ended the answer too early")
            .because("the stream is over, but nothing said so")
            .into(),
    )
}

fn too_late() -> ErrorReport {
    ErrorReport::new(ErrorCode::TimedOut, "gave up, as --timeout is over")
        .try_next("ragctl ask --async \"...\", and later: ragctl result @last --wait")
        .retryable()
}
