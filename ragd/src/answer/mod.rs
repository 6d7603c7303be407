//! Answers with sources that hold up.
//!
//! [`Answers::ask`] searches, tells the sources, and has a writer answer from them: a language
//! model (`chat.rs`; `context.rs` is what it is given), or, where there is none, `quotes.rs`. Marks
//! such as `[2]` are bound to sources by `marks.rs`, here and nowhere else. What was said is kept as
//! a [`Turn`]; the ledger stores it without knowing what is in it.

mod auto;
mod chat;
mod confidence;
mod context;
mod keep;
mod marks;
mod quotes;
mod turn;
mod write;

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

pub use self::auto::Auto;
pub use self::turn::{Answerer, Citation, End, Event, Finish, Searched, Source, Turn, Usage};
use crate::config;
use crate::embed::Embedders;
use crate::ids::{self, CollectionId, ConversationId};
use crate::index::Index;
use crate::ledger::{Condition, Ledger, LedgerError};
use crate::openai::{Server, ServerError};
use crate::retrieve::{self, Mode, Query, RetrieveError};

use self::keep::Keeper;
use self::marks::Binder;
use self::write::Writer;

/// Turns of a conversation that a follow-up is understood by.
const REMEMBERED: u32 = 6;
/// Bytes of a question. Whoever pastes more pastes a document.
const LONGEST_QUESTION: usize = 8 << 10;

/// A question with everything that is known about who asks.
#[derive(Clone, Debug)]
pub struct Question {
    pub text: String,
    /// As the user named it, for the record.
    pub collection: Option<String>,
    pub collections: Vec<CollectionId>,
    pub paths: Vec<String>,
    pub languages: Vec<String>,
    pub conditions: Vec<Condition>,
    /// 0: as configured.
    pub passages: u32,
    /// Absent: as configured.
    pub model: Option<String>,
    pub thread: Thread,
    /// It is asked again where its answer breaks off, so nothing but a whole one is kept.
    pub only_whole: bool,
    pub uid: u32,
    /// What a reader has to know of the state of the index.
    pub notes: Vec<String>,
}

/// Which conversation a question belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    Alone,
    /// It begins one of this id, which is that of whoever asks: asking again begins no other.
    Begin(ConversationId),
    Follow(ConversationId),
}

/// A question cannot be answered, not even with quotes.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("cannot look for passages")]
    Retrieve(#[source] RetrieveError),
    #[error("cannot keep the conversation")]
    Ledger(#[source] LedgerError),
    #[error("no conversation has the id {id}")]
    NoConversation { id: ConversationId },
    #[error("no model is called `{name}`")]
    NoModel { name: String, known: Vec<String> },
    #[error("the question is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("there is no word in the question")]
    Empty,
}

/// Answers questions.
pub struct Answers {
    index: Arc<dyn Index>,
    embedders: Arc<Embedders>,
    ledger: Ledger,
    settings: config::Answer,
    models: Vec<(Server, u32)>,
    auto: Auto,
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}

impl Answers {
    /// Prepares to ask the models of `config`; none of them need be there.
    pub fn new(
        index: Arc<dyn Index>,
        embedders: Arc<Embedders>,
        ledger: Ledger,
        config: &config::Config,
        auto: Auto,
    ) -> Result<Self, ServerError> {
        let models = config.models.iter();
        let models = models.map(|model| Ok((Server::new(model)?, model.context_tokens)));
        Ok(Self {
            index,
            embedders,
            ledger,
            settings: config.answer.clone(),
            models: models.collect::<Result<_, ServerError>>()?,
            auto,
        })
    }

    /// Answers `question`. Sources are told before any text; dropping the call stops the model, and
    /// what there is of the answer is kept as stopped.
    pub async fn ask(
        &self,
        question: Question,
        tell: &mpsc::Sender<Event>,
    ) -> Result<Turn, AnswerError> {
        let began = Instant::now();
        if question.text.len() > LONGEST_QUESTION {
            return Err(AnswerError::TooLong {
                limit: LONGEST_QUESTION,
            });
        }
        if !question.text.chars().any(char::is_alphanumeric) {
            return Err(AnswerError::Empty);
        }
        let writer = self.writer(question.model.as_deref())?;
        let earlier = self.earlier(&question).await?;
        let query = context::query(&question.text, &earlier);
        let (found, notes) = self.search(&question, &query).await?;
        let conversation = match question.thread {
            Thread::Alone => None,
            Thread::Begin(id) | Thread::Follow(id) => Some(id),
        };
        let searched = Searched {
            conversation,
            query,
            took_us: micros(began),
            notes: question.notes.iter().cloned().chain(notes).collect(),
        };
        let turn = Turn::begin(&question, searched, found, ids::now());
        let mut telling = Telling {
            tell,
            binder: Binder::new(&turn.sources),
            keeper: Keeper::new(self.ledger.clone(), &question, turn),
            began,
            sources_us: 0,
            first_text_us: None,
        };
        telling.sources().await;
        let said = self.write(writer, &question, &earlier, &mut telling).await;
        let turn = telling.finish(said).await;
        turn.map_err(AnswerError::Ledger)
    }

    /// Returns the earlier turns of the conversation, oldest first.
    async fn earlier(&self, question: &Question) -> Result<Vec<Turn>, AnswerError> {
        let Thread::Follow(id) = question.thread else {
            return Ok(Vec::new());
        };
        let records = self.ledger.last_turns(id, question.uid, REMEMBERED).await;
        let records = records.map_err(AnswerError::Ledger)?;
        let records = records.ok_or(AnswerError::NoConversation { id })?;
        Ok(records.iter().filter_map(|text| Turn::read(text)).collect())
    }

    /// Returns what to answer from, and what to know about it.
    async fn search(
        &self,
        question: &Question,
        query: &str,
    ) -> Result<(Vec<Source>, Vec<String>), AnswerError> {
        let passages = match question.passages {
            0 => self.settings.passages,
            wanted => wanted.min(50),
        };
        let query = Query {
            text: query.to_owned(),
            paths: question.paths.clone(),
            languages: question.languages.clone(),
            conditions: question.conditions.clone(),
            limit: passages as usize,
            mode: Mode::Hybrid,
            explain: false,
        };
        let sources = retrieve::Sources {
            index: &self.index,
            embedders: &self.embedders,
            ledger: &self.ledger,
        };
        let found = retrieve::search(sources, &question.collections, &query).await;
        let found = found.map_err(AnswerError::Retrieve)?;
        let sources = (1..).zip(found.passages).map(Source::numbered);
        Ok((sources.collect(), found.notes))
    }

    /// Returns who is to answer.
    fn writer(&self, asked: Option<&str>) -> Result<Writer<'_>, AnswerError> {
        let name = asked.unwrap_or(&self.settings.model);
        match name {
            config::NO_MODEL => Ok(Writer::Quotes),
            config::AUTO => Ok(Writer::Auto),
            name => {
                let known = self.models.iter().find(|(server, _)| server.name() == name);
                known
                    .map(|(server, context)| Writer::Model(server, *context))
                    .ok_or_else(|| AnswerError::NoModel {
                        name: name.to_owned(),
                        known: self.known_models(),
                    })
            }
        }
    }

    fn known_models(&self) -> Vec<String> {
        let own = [config::AUTO, config::NO_MODEL].map(str::to_owned);
        let configured = self
            .models
            .iter()
            .map(|(server, _)| server.name().to_owned());
        configured.chain(own).collect()
    }

    /// Returns the server that answers where the configuration says `auto`.
    pub async fn found_on_this_machine(&self) -> Option<Arc<Server>> {
        match self.settings.model.as_str() {
            config::AUTO => self.auto.server().await,
            _ => None,
        }
    }
}

/// An answer on its way to whoever asked, and into the ledger.
struct Telling<'a> {
    tell: &'a mpsc::Sender<Event>,
    binder: Binder,
    keeper: Keeper,
    began: Instant,
    sources_us: u64,
    first_text_us: Option<u64>,
}

/// How writing ended.
struct Said {
    finish: Finish,
    /// How far it can be trusted, where the writer knows that.
    trust: Option<f32>,
    usage: Option<Usage>,
    notes: Vec<String>,
}

impl Said {
    fn all() -> Self {
        Self {
            finish: Finish::Complete,
            trust: None,
            usage: None,
            notes: Vec::new(),
        }
    }
}

impl Telling<'_> {
    async fn event(&self, event: Event) {
        // Whoever asked may have gone; the call is dropped then, or the answer is for the ledger.
        let _ = self.tell.send(event).await;
    }

    async fn sources(&mut self) {
        let turn = self.keeper.turn();
        self.event(Event::Searched(turn.searched.clone())).await;
        for source in &turn.sources {
            self.event(Event::Source(Box::new(source.clone()))).await;
        }
        self.sources_us = micros(self.began);
    }

    async fn answering(&mut self, by: Answerer) {
        self.keeper.turn_mut().by = by.clone();
        self.event(Event::Answering(by)).await;
    }

    /// Tells text in which a model made marks.
    async fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let citations = self.binder.push(text);
        self.quoted(text, citations).await;
    }

    /// Tells text whose marks are known.
    async fn quoted(&mut self, text: &str, citations: Vec<Citation>) {
        let began = self.began;
        self.first_text_us.get_or_insert_with(|| micros(began));
        self.keeper.turn_mut().text.push_str(text);
        self.event(Event::Text(text.to_owned())).await;
        self.cite(citations).await;
    }

    /// Tells the marks that only the end of the text makes some.
    async fn last_marks(&mut self) {
        let citations = self.binder.finish();
        self.cite(citations).await;
    }

    async fn cite(&mut self, citations: Vec<Citation>) {
        for citation in citations {
            self.keeper.turn_mut().citations.push(citation);
            self.event(Event::Cite(citation)).await;
        }
    }

    /// Tells whether the answer has begun.
    fn has_text(&self) -> bool {
        self.first_text_us.is_some()
    }

    async fn finish(mut self, said: Said) -> Result<Turn, LedgerError> {
        let turn = self.keeper.turn_mut();
        let end = End {
            finish: said.finish,
            confidence: said.trust.unwrap_or_else(|| confidence::of(turn)),
            usage: said.usage,
            sources_us: self.sources_us,
            first_text_us: self.first_text_us,
            total_us: micros(self.began),
            notes: said.notes,
        };
        turn.end = end.clone();
        let Self { tell, keeper, .. } = self;
        // Before the last event: whoever sees it can ask a follow-up.
        let turn = keeper.keep().await?;
        let _ = tell.send(Event::Done(end)).await;
        Ok(turn)
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
