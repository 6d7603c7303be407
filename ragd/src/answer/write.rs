//! Who writes the answer, and what happens when that does not work.

use super::chat::{self, Piece};
use super::turn::{Answerer, Finish, Turn};
use super::{Answers, Question, Said, Telling, context, quotes};
use crate::ids;
use crate::openai::{Server, ServerError};

/// What a model that was found takes at once, unless told otherwise: Ollama cuts off the rest and
/// does not say so.
const FOUND_CONTEXT: u32 = 4_096;
/// Tokens of instructions, and what is estimated too low.
const OVERHEAD: u32 = 512;
/// Less than that is no context to answer from.
const LEAST: u32 = 256;
/// Bytes of a token, at most, before a model counts as one that does not stop.
const LONGEST_TOKEN: usize = 16;

/// Who is to answer.
pub(super) enum Writer<'a> {
    Quotes,
    /// A model on this machine, if there is one.
    Auto,
    /// A model, and the tokens that it takes at once.
    Model(&'a Server, u32),
}

impl Answers {
    /// Writes the answer. There always is one: quotes where no model answers.
    pub(super) async fn write(
        &self,
        writer: Writer<'_>,
        question: &Question,
        earlier: &[Turn],
        telling: &mut Telling<'_>,
    ) -> Said {
        if telling.keeper.turn().sources.is_empty() {
            telling.answering(Answerer::Quotes).await;
            telling
                .text("I don't know: no passage here has to do with this question.")
                .await;
            return Said {
                finish: Finish::NothingFound,
                ..Said::all()
            };
        }
        match writer {
            Writer::Quotes => quote(telling, Vec::new()).await,
            Writer::Auto => match self.auto.server().await {
                None => quote(telling, Vec::new()).await,
                Some(server) => {
                    let said = self
                        .model(&server, FOUND_CONTEXT, question, earlier, telling)
                        .await;
                    if !said.notes.is_empty() {
                        self.auto.forget().await;
                    }
                    said
                }
            },
            Writer::Model(server, context) => {
                self.model(server, context, question, earlier, telling)
                    .await
            }
        }
    }

    async fn model(
        &self,
        server: &Server,
        context: u32,
        question: &Question,
        earlier: &[Turn],
        telling: &mut Telling<'_>,
    ) -> Said {
        let room = context.saturating_sub(self.settings.answer_tokens + OVERHEAD);
        let budget = self.settings.context_tokens.min(room).max(LEAST);
        match self
            .converse(server, budget, question, earlier, telling)
            .await
        {
            Ok(said) => said,
            Err(error) if telling.has_text() => {
                telling.last_marks().await;
                Said {
                    finish: Finish::BrokenOff,
                    notes: vec![ids::chain(&error)],
                    ..Said::all()
                }
            }
            Err(error) => {
                let why = ids::chain(&error);
                tracing::warn!(
                    model = server.name(),
                    error = why,
                    "A model did not answer."
                );
                let note = format!(
                    "`{}` did not answer, so these are quotes: {why}",
                    server.name()
                );
                quote(telling, vec![note]).await
            }
        }
    }

    /// Has the model answer, with less to read for as long as it finds that too much.
    async fn converse(
        &self,
        server: &Server,
        mut budget: u32,
        question: &Question,
        earlier: &[Turn],
        telling: &mut Telling<'_>,
    ) -> Result<Said, ServerError> {
        let limit = self.settings.answer_tokens;
        let mut stream = loop {
            let sources = &telling.keeper.turn().sources;
            let messages = context::messages(&question.text, earlier, sources, budget);
            match chat::begin(server, &messages, limit).await {
                Ok(stream) => break stream,
                Err(ServerError::TooLong { .. }) if budget > LEAST => budget /= 2,
                Err(error) => return Err(error),
            }
        };
        telling
            .answering(Answerer::Model {
                name: server.name().to_owned(),
                model: server.model().to_owned(),
            })
            .await;
        let mut said = Said::all();
        let longest = limit as usize * LONGEST_TOKEN;
        while let Some(piece) = stream.next().await? {
            match piece {
                Piece::Text(text) => telling.text(&text).await,
                Piece::Usage(usage) => said.usage = Some(usage),
                Piece::CutOff => said.finish = Finish::Length,
            }
            if telling.keeper.turn().text.len() > longest {
                said.finish = Finish::Length;
                break;
            }
        }
        telling.last_marks().await;
        if !telling.has_text() {
            return Err(server.garbage("the answer is empty".to_owned()));
        }
        Ok(said)
    }
}

async fn quote(telling: &mut Telling<'_>, notes: Vec<String>) -> Said {
    telling.answering(Answerer::Quotes).await;
    let quoted = quotes::answer(telling.keeper.turn());
    telling.quoted(&quoted.text, quoted.citations).await;
    Said {
        trust: Some(quoted.trust),
        notes,
        ..Said::all()
    }
}
