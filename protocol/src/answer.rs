//! Questions, the stream that answers one, and conversations.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, JobId, Timestamp};
use crate::search::{Condition, Hit};
use crate::text::Private;

/// Asks a question. The answer is a stream of [`AnswerEvent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskRequest {
    pub question: Private<String>,
    /// Absent: all collections that the user may read; in a conversation, those of its last turn.
    pub collection: Option<String>,
    /// As in a search.
    pub paths: Vec<String>,
    pub languages: Vec<String>,
    pub conditions: Vec<Condition>,
    /// Passages to answer from; 0: as many as the daemon finds useful.
    pub passages: u32,
    /// A name from `model list`, or `none` for quotes; absent: as configured.
    pub model: Option<String>,
    pub thread: Thread,
}

/// Which conversation a question belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Thread {
    /// None: nothing of it is kept.
    #[default]
    Alone,
    /// It begins a conversation.
    New,
    /// It goes on with one: earlier turns are part of the question.
    Follow(ConversationId),
}

/// Puts a question into the queue. The answer is kept with the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskLaterRequest {
    pub job: JobId,
    pub ask: AskRequest,
    pub idempotency_key: Option<String>,
}

/// One step of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnswerEvent {
    /// The search is over. Comes first.
    Searched(Searched),
    /// A passage that the answer may quote. All sources come before any text.
    Source(Box<Source>),
    /// Who answers from here on. Comes before the first text.
    Answering(Answerer),
    /// More text, to be appended.
    Text(Private<String>),
    /// A mark in the text that came so far was bound to a source.
    Cite(Citation),
    /// The answer is complete. Comes last.
    Done(AnswerEnd),
}

/// What was searched for, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Searched {
    /// The conversation that keeps this turn.
    pub conversation: Option<ConversationId>,
    /// The query: in a follow-up, the question with what it refers to.
    pub query: Private<String>,
    pub took_us: u64,
    /// What a reader must know to trust the answer, such as "62 % is indexed".
    pub notes: Vec<String>,
}

/// A passage with its number in the marks of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub number: u32,
    pub hit: Hit,
}

/// Who wrote an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answerer {
    /// A language model: its name in the configuration, and what its server calls it.
    Model { name: String, model: String },
    /// Nobody: the answer consists of sentences of the sources.
    Quotes,
}

/// A mark such as `[2]` or `[2:14-18]` and the lines it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The number of the source.
    pub source: u32,
    /// Where the mark stands in the text of the answer, in bytes.
    pub start: u64,
    pub end: u64,
    /// Lines of the document, within the passage.
    pub line_start: u32,
    pub line_end: u32,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finish {
    /// It is complete.
    Complete,
    /// The model was not allowed to write more.
    Length,
    /// No passage has to do with the question.
    NothingFound,
    /// The model or its server broke off in the middle.
    BrokenOff,
    /// Somebody stopped it.
    Stopped,
}

impl Finish {
    pub const ALL: [Self; 5] = [
        Self::Complete,
        Self::Length,
        Self::NothingFound,
        Self::BrokenOff,
        Self::Stopped,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Length => "length",
            Self::NothingFound => "nothing-found",
            Self::BrokenOff => "broken-off",
            Self::Stopped => "stopped",
        }
    }
}

/// What there is to say of an answer once it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerEnd {
    pub finish: Finish,
    /// From 0 to 1: how much of the question the passages speak of, and how much of the answer
    /// bears marks.
    pub confidence: f32,
    pub usage: Option<Usage>,
    /// From the question to the sources, to the first text, and to the end.
    pub sources_us: u64,
    pub first_text_us: Option<u64>,
    pub total_us: u64,
    pub notes: Vec<String>,
}

// The confidence is never NaN.
impl Eq for AnswerEnd {}

/// Tokens as the model's server counted them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub prompt_tokens: u64,
    pub answer_tokens: u64,
}

/// A whole answer: a turn of a conversation, or the result of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerView {
    pub question: Private<String>,
    pub collection: Option<String>,
    pub searched: Searched,
    pub sources: Vec<Source>,
    pub by: Answerer,
    pub text: Private<String>,
    pub citations: Vec<Citation>,
    pub end: AnswerEnd,
    pub asked_at: Timestamp,
}

/// A conversation in a list. Only its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationView {
    pub id: ConversationId,
    /// The first question, cut to a line.
    pub title: Private<String>,
    pub collection: Option<String>,
    pub turns: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
