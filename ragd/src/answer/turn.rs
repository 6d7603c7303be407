//! A question with its answer, as it is told step by step and as it is kept.

use serde::{Deserialize, Serialize};

use super::Question;
use crate::ids::{ConversationId, DocumentId, Timestamp};
use crate::index::{Spot, Symbol};
use crate::retrieve::Passage;

/// One step of an answer.
#[derive(Clone, Debug)]
pub enum Event {
    Searched(Searched),
    Source(Box<Source>),
    Answering(Answerer),
    Text(String),
    Cite(Citation),
    Done(End),
}

/// A whole answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Turn {
    pub question: String,
    pub collection: Option<String>,
    pub searched: Searched,
    pub sources: Vec<Source>,
    pub by: Answerer,
    pub text: String,
    pub citations: Vec<Citation>,
    pub end: End,
    pub asked_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Searched {
    pub conversation: Option<ConversationId>,
    pub query: String,
    pub took_us: u64,
    pub notes: Vec<String>,
}

/// A passage with its number in the marks of the answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    pub number: u32,
    pub document: DocumentId,
    pub collection: String,
    pub path: Vec<u8>,
    pub language: Option<String>,
    pub heading: Option<String>,
    #[serde(default)]
    pub symbols: Vec<Symbol>,
    pub line_start: u32,
    pub line_end: u32,
    pub byte_start: u64,
    pub byte_end: u64,
    #[serde(default)]
    pub spot: Option<Spot>,
    pub rank_by_file: u32,
    pub score: f32,
    pub parts: Vec<(String, f32)>,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answerer {
    Model { name: String, model: String },
    Quotes,
}

/// A mark and the lines it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    pub source: u32,
    /// Bytes of the answer.
    pub start: u64,
    pub end: u64,
    pub line_start: u32,
    pub line_end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finish {
    Complete,
    Length,
    NothingFound,
    BrokenOff,
    Stopped,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    pub finish: Finish,
    pub confidence: f32,
    pub usage: Option<Usage>,
    pub sources_us: u64,
    pub first_text_us: Option<u64>,
    pub total_us: u64,
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub prompt_tokens: u64,
    pub answer_tokens: u64,
}

impl Turn {
    /// Returns a turn that has sources and no text; it counts as stopped until it has ended.
    pub(super) fn begin(
        question: &Question,
        searched: Searched,
        sources: Vec<Source>,
        asked_at: Timestamp,
    ) -> Self {
        Self {
            question: question.text.clone(),
            collection: question.collection.clone(),
            searched,
            sources,
            by: Answerer::Quotes,
            text: String::new(),
            citations: Vec::new(),
            end: End {
                finish: Finish::Stopped,
                confidence: 0.0,
                usage: None,
                sources_us: 0,
                first_text_us: None,
                total_us: 0,
                notes: Vec::new(),
            },
            asked_at,
        }
    }

    /// Returns the turn as the ledger keeps it.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("a turn has no maps with odd keys")
    }

    /// Reads a turn. `None`: another version of ragd wrote something else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl Source {
    pub(super) fn numbered((number, passage): (u32, Passage)) -> Self {
        let Passage {
            document,
            also: _,
            rank_by_file,
            score,
            parts,
            chunk,
        } = passage;
        Self {
            number,
            document: document.id,
            collection: document.collection_name,
            path: document.path,
            language: document.language,
            heading: chunk.heading,
            symbols: chunk.symbols,
            line_start: chunk.place.line_start,
            line_end: chunk.place.line_end,
            byte_start: chunk.place.byte_start,
            byte_end: chunk.place.byte_end,
            spot: chunk.place.spot,
            rank_by_file,
            score,
            parts,
            text: chunk.text,
        }
    }

    /// Tells whether the passage is program text and no prose.
    pub(super) fn is_code(&self) -> bool {
        !matches!(
            self.language.as_deref(),
            None | Some("markdown" | "text" | "restructuredtext" | "asciidoc" | "org" | "latex")
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Thread;
    use super::*;
    use crate::ids;

    /// A passage that begins at line 10.
    pub(in super::super) fn source(number: u32, text: &str) -> Source {
        Source {
            number,
            document: DocumentId(uuid::Uuid::from_u128(u128::from(number))),
            collection: "papers".to_owned(),
            path: b"docs/a.md".to_vec(),
            language: Some("markdown".to_owned()),
            heading: None,
            symbols: Vec::new(),
            line_start: 10,
            line_end: 10 + u32::try_from(text.lines().count().max(1) - 1).unwrap(),
            byte_start: 0,
            byte_end: text.len() as u64,
            spot: None,
            rank_by_file: number,
            score: 1.0,
            parts: Vec::new(),
            text: text.to_owned(),
        }
    }

    pub(in super::super) fn turn(question: &str) -> Turn {
        let searched = Searched {
            conversation: None,
            query: question.to_owned(),
            took_us: 0,
            notes: Vec::new(),
        };
        let question = Question {
            text: question.to_owned(),
            collection: None,
            collections: Vec::new(),
            paths: Vec::new(),
            languages: Vec::new(),
            conditions: Vec::new(),
            passages: 0,
            model: None,
            thread: Thread::Alone,
            only_whole: false,
            uid: 1_000,
            notes: Vec::new(),
        };
        Turn::begin(&question, searched, Vec::new(), ids::now())
    }

    #[test]
    fn a_turn_is_read_as_it_was_written() {
        let mut turn = turn("Why?");
        turn.sources.push(source(1, "because"));
        let again = Turn::read(&turn.write()).unwrap();
        assert_eq!(again.write(), turn.write());
        assert!(Turn::read("{}").is_none());
    }
}
