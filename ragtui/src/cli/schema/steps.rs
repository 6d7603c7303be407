//! The steps of an answer as they come, one line each.

use protocol::ErrorReport;
use protocol::answer::{AnswerEvent, Searched};
use serde::Serialize;

use super::answers::millis;
use super::{
    AnswererJson, CitationJson, ConfidenceJson, ProblemJson, SourceJson, TimingJson, UsageJson,
};
use crate::cli::exit::Exit;

/// One line of `ask -o ndjson`. The last one is `done` or `error`.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct AnswerEventJson {
    schema: &'static str,
    #[serde(flatten)]
    what: StepJson,
}

/// Each type has fields of its own, all of which are always there.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum StepJson {
    Search {
        query: String,
        conversation: Option<String>,
        took_ms: f64,
        notes: Vec<String>,
    },
    Source {
        source: Box<SourceJson>,
    },
    Answering(AnswererJson),
    Token {
        text: String,
    },
    Cite {
        citation: CitationJson,
    },
    Done {
        finish_reason: &'static str,
        confidence: ConfidenceJson,
        usage: Option<UsageJson>,
        timing_ms: TimingJson,
        notes: Vec<String>,
    },
    Error {
        error: ProblemJson,
        exit: u8,
    },
}

impl AnswerEventJson {
    fn new(what: StepJson) -> Self {
        Self {
            schema: "ragctl.answer_event/v1",
            what,
        }
    }

    pub(in crate::cli) fn error(report: &ErrorReport, exit: Exit) -> Self {
        Self::new(StepJson::Error {
            error: ProblemJson::new(report),
            exit: exit.0,
        })
    }
}

impl From<&AnswerEvent> for AnswerEventJson {
    fn from(event: &AnswerEvent) -> Self {
        Self::new(match event {
            AnswerEvent::Searched(searched) => {
                let Searched {
                    conversation,
                    query,
                    took_us,
                    notes,
                } = searched;
                StepJson::Search {
                    query: query.0.clone(),
                    conversation: conversation.map(|id| id.to_string()),
                    took_ms: millis(*took_us),
                    notes: notes.clone(),
                }
            }
            AnswerEvent::Source(source) => StepJson::Source {
                source: Box::new(SourceJson::from(&**source)),
            },
            AnswerEvent::Answering(by) => StepJson::Answering(AnswererJson::from(by)),
            AnswerEvent::Text(text) => StepJson::Token {
                text: text.0.clone(),
            },
            AnswerEvent::Cite(citation) => StepJson::Cite {
                citation: CitationJson::from(citation),
            },
            AnswerEvent::Done(end) => StepJson::Done {
                finish_reason: end.finish.as_str(),
                confidence: ConfidenceJson::from(end.confidence),
                usage: end.usage.map(UsageJson::from),
                timing_ms: TimingJson::from(end),
                notes: end.notes.clone(),
            },
        })
    }
}
