//! A question that nobody waits for in front of a screen.

use tokio::sync::mpsc;

use super::{Works, failure};
use crate::answer::{AnswerError, Event, Finish, Question, Thread};
use crate::ids::ConversationId;
use crate::index::IndexError;
use crate::jobs::{AskWork, Failure, Outcome, PartContext, Retry, Stage};
use crate::retrieve::RetrieveError;

/// Answers the question and keeps the answer with the job.
pub(super) async fn run(
    works: &Works,
    work: &AskWork,
    context: &PartContext,
) -> Result<Outcome, Failure> {
    context.stage(Stage::Searching);
    let ledger = &works.pipeline.ledger;
    let known = ledger.collections().await;
    let known = known.map_err(|error| failure::of_ledger(&error))?;
    let wanted = known.into_iter().filter(|collection| {
        work.collection
            .as_ref()
            .is_none_or(|name| *name == collection.name)
    });
    let collections: Vec<_> = wanted.map(|collection| collection.id).collect();
    if collections.is_empty() && work.collection.is_some() {
        return Err(Failure {
            code: "not-found".to_owned(),
            message: "the collection of the question was removed".to_owned(),
            causes: Vec::new(),
            hint: None,
            retry: Retry::Never,
        });
    }
    let unread = works.unread.tell(&collections, &work.question).await;
    let unread = unread.map_err(|error| failure::of_ledger(&error))?;
    let question = Question {
        text: work.question.clone(),
        collection: work.collection.clone(),
        collections,
        paths: work.paths.clone(),
        languages: work.languages.clone(),
        conditions: work.conditions.clone(),
        passages: work.passages,
        model: work.model.clone(),
        thread: match work.thread {
            Some(Some(conversation)) => Thread::Follow(conversation),
            // Each run begins the same one.
            Some(None) => Thread::Begin(ConversationId(context.job().0)),
            None => Thread::Alone,
        },
        only_whole: true,
        uid: work.uid,
        notes: unread.into_iter().collect(),
    };
    let (tell, mut told) = mpsc::channel(1);
    let asking = async {
        let asked = works.answers.ask(question, &tell).await;
        drop(tell);
        asked
    };
    // The record is what counts; of the rest, only the stage is of interest.
    let listening = async {
        while let Some(event) = told.recv().await {
            if let Event::Answering(_) = event {
                context.stage(Stage::Answering);
            }
        }
    };
    let asked = tokio::select! {
        (asked, ()) = async { tokio::join!(asking, listening) } => asked,
        () = context.stop().cancelled() => return Err(failure::stopped()),
    };
    let turn = asked.map_err(|error| of_answer(&error))?;
    if turn.end.finish == Finish::BrokenOff {
        return Err(broken_off(turn.end.notes));
    }
    let kept = ledger.keep_answer(context.job(), turn.write()).await;
    kept.map_err(|error| failure::of_ledger(&error))?;
    Ok(Outcome::default())
}

/// Nobody waits for it: another run may get a whole answer.
fn broken_off(causes: Vec<String>) -> Failure {
    Failure {
        code: "model-failed".to_owned(),
        message: "the model broke off in the middle of the answer".to_owned(),
        causes,
        hint: None,
        retry: Retry::Backoff { after_ms: None },
    }
}

fn of_answer(error: &AnswerError) -> Failure {
    let (code, transient) = match error {
        AnswerError::Ledger(inner) => return failure::of_ledger(inner),
        // A query that cannot be understood will not be later.
        AnswerError::Retrieve(RetrieveError::Index(IndexError::Query { .. })) => {
            ("bad-query", false)
        }
        AnswerError::Retrieve(RetrieveError::Index(inner)) => {
            return failure::of_index(error, inner);
        }
        AnswerError::Retrieve(_) => ("store-failed", true),
        AnswerError::NoConversation { .. } | AnswerError::NoModel { .. } => ("not-found", false),
        AnswerError::TooLong { .. } | AnswerError::Empty => ("bad-query", false),
    };
    failure::failure(code, error, transient)
}
