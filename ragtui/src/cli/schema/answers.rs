//! Answers: whole ones, and the parts that they share with the steps of one.

use std::collections::BTreeMap;

use protocol::answer::{AnswerEnd, AnswerView, Answerer, Citation, Source, Usage};
use serde::Serialize;

use super::{PathJson, Record, shown, time};
use crate::words::confidence;

/// A whole answer, or what there is of one that broke off.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct AnswerJson {
    question: String,
    collection: Option<String>,
    answer: String,
    confidence: ConfidenceJson,
    sources: Vec<SourceJson>,
    citations: Vec<CitationJson>,
    #[serde(flatten)]
    answerer: AnswererJson,
    query: String,
    conversation: Option<String>,
    usage: Option<UsageJson>,
    timing_ms: TimingJson,
    finish_reason: &'static str,
    notes: Vec<String>,
    asked_at: String,
}

impl Record for AnswerJson {
    const SCHEMA: &'static str = "ragctl.answer/v1";
    const LIST_SCHEMA: &'static str = "ragctl.answer_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "question",
        "collection",
        "answer",
        "confidence",
        "sources",
        "citations",
        "by",
        "model",
        "server_model",
        "query",
        "conversation",
        "usage",
        "timing_ms",
        "finish_reason",
        "notes",
        "asked_at",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "question",
        "answer",
        "confidence.label",
        "confidence.value",
        "by",
        "model",
        "finish_reason",
        "conversation",
    ];

    /// An answer has no name; in a list its question stands for it, on one line.
    fn name(&self) -> String {
        let words: Vec<_> = self.question.split_whitespace().collect();
        words.join(" ")
    }
}

impl From<&AnswerView> for AnswerJson {
    fn from(view: &AnswerView) -> Self {
        let AnswerView {
            question,
            collection,
            searched,
            sources,
            by,
            text,
            citations,
            end,
            asked_at,
        } = view;
        Self {
            question: question.0.clone(),
            collection: collection.clone(),
            answer: text.0.clone(),
            confidence: ConfidenceJson::from(end.confidence),
            sources: sources
                .iter()
                .map(|source| SourceJson::cited(source, citations))
                .collect(),
            citations: citations.iter().map(CitationJson::from).collect(),
            answerer: AnswererJson::from(by),
            query: searched.query.0.clone(),
            conversation: searched.conversation.map(|id| id.to_string()),
            usage: end.usage.map(UsageJson::from),
            timing_ms: TimingJson::from(end),
            finish_reason: end.finish.as_str(),
            notes: [searched.notes.as_slice(), end.notes.as_slice()].concat(),
            asked_at: time(*asked_at),
        }
    }
}

/// How far an answer can be trusted. The words are coarse on purpose: the number is an estimate.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct ConfidenceJson {
    pub(in crate::cli) label: &'static str,
    value: f64,
}

impl From<f32> for ConfidenceJson {
    fn from(value: f32) -> Self {
        Self {
            label: confidence(value),
            // More digits would be those of the conversion.
            value: (f64::from(value) * 1e3).round() / 1e3,
        }
    }
}

/// A passage with its number in the marks of the answer.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct SourceJson {
    n: u32,
    document: String,
    collection: String,
    #[serde(flatten)]
    path: PathJson,
    line_start: u32,
    line_end: u32,
    page: Option<u32>,
    spot: Option<String>,
    rank: u32,
    score: f32,
    scores: BTreeMap<String, f32>,
    heading: Option<String>,
    passage: String,
    link: String,
    /// Absent while the answer is not complete.
    cited: Option<bool>,
}

impl Record for SourceJson {
    const SCHEMA: &'static str = "ragctl.source/v1";
    const LIST_SCHEMA: &'static str = "ragctl.source_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "n",
        "document",
        "collection",
        "path",
        "line_start",
        "line_end",
        "page",
        "spot",
        "rank",
        "score",
        "scores",
        "heading",
        "passage",
        "link",
        "cited",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.link.clone()
    }
}

impl SourceJson {
    pub(in crate::cli) fn cited(source: &Source, citations: &[Citation]) -> Self {
        let is_cited = citations.iter().any(|mark| mark.source == source.number);
        Self {
            cited: Some(is_cited),
            ..Self::from(source)
        }
    }
}

impl From<&Source> for SourceJson {
    fn from(source: &Source) -> Self {
        let Source { number, hit } = source;
        let (first, last) = (hit.place.line_start, hit.place.line_end);
        Self {
            n: *number,
            document: hit.document.to_string(),
            collection: hit.collection.clone(),
            path: PathJson::from(&hit.path),
            line_start: first,
            line_end: last,
            page: hit.place.page(),
            spot: hit.place.spot.map(|spot| spot.to_string()),
            rank: hit.rank,
            score: hit.score,
            scores: hit.scores.iter().cloned().collect(),
            heading: shown(hit.heading.as_ref()),
            passage: hit.text.0.clone(),
            link: match hit.place.page() {
                Some(page) => format!("{}#page={page}", hit.path.to_text()),
                None => format!("{}#L{first}-L{last}", hit.path.to_text()),
            },
            cited: None,
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct CitationJson {
    source: u32,
    start: u64,
    end: u64,
    line_start: u32,
    line_end: u32,
}

impl From<&Citation> for CitationJson {
    fn from(citation: &Citation) -> Self {
        let Citation {
            source,
            start,
            end,
            line_start,
            line_end,
        } = *citation;
        Self {
            source,
            start,
            end,
            line_start,
            line_end,
        }
    }
}

/// Who answered: `model` is the name in the configuration, `server_model` what its server calls it.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct AnswererJson {
    by: &'static str,
    model: Option<String>,
    server_model: Option<String>,
}

impl From<&Answerer> for AnswererJson {
    fn from(by: &Answerer) -> Self {
        match by {
            Answerer::Model { name, model } => Self {
                by: "model",
                model: Some(name.clone()),
                server_model: Some(model.clone()),
            },
            Answerer::Quotes => Self {
                by: "quotes",
                model: None,
                server_model: None,
            },
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct UsageJson {
    prompt_tokens: u64,
    answer_tokens: u64,
}

impl From<Usage> for UsageJson {
    fn from(usage: Usage) -> Self {
        let Usage {
            prompt_tokens,
            answer_tokens,
        } = usage;
        Self {
            prompt_tokens,
            answer_tokens,
        }
    }
}

/// From the question to the sources, to the first text, and to the end.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct TimingJson {
    sources: f64,
    first_text: Option<f64>,
    total: f64,
}

impl From<&AnswerEnd> for TimingJson {
    fn from(end: &AnswerEnd) -> Self {
        Self {
            sources: millis(end.sources_us),
            first_text: end.first_text_us.map(millis),
            total: millis(end.total_us),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a time has few digits")]
pub(super) fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}
