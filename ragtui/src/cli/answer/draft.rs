//! What has come of an answer so far.

use protocol::answer::{
    AnswerEnd, AnswerEvent, AnswerView, Answerer, AskRequest, Citation, Finish, Searched, Source,
};
use protocol::{Private, Timestamp};

#[derive(Debug)]
pub(super) struct Draft {
    question: Private<String>,
    collection: Option<String>,
    asked_at: Timestamp,
    searched: Option<Searched>,
    pub(super) sources: Vec<Source>,
    by: Option<Answerer>,
    text: String,
    citations: Vec<Citation>,
    end: Option<AnswerEnd>,
}

impl Draft {
    pub(super) fn new(request: &AskRequest, asked_at: Timestamp) -> Self {
        Self {
            question: request.question.clone(),
            collection: request.collection.clone(),
            asked_at,
            searched: None,
            sources: Vec::new(),
            by: None,
            text: String::new(),
            citations: Vec::new(),
            end: None,
        }
    }

    pub(super) fn take(&mut self, event: AnswerEvent) {
        match event {
            AnswerEvent::Searched(searched) => self.searched = Some(searched),
            AnswerEvent::Source(source) => self.sources.push(*source),
            AnswerEvent::Answering(by) => self.by = Some(by),
            AnswerEvent::Text(text) => self.text.push_str(&text),
            AnswerEvent::Cite(citation) => self.citations.push(citation),
            AnswerEvent::Done(end) => self.end = Some(end),
        }
    }

    /// Returns the answer as far as it came. `finish` is why it ended, if the daemon did not say.
    pub(super) fn view(self, finish: Finish) -> AnswerView {
        let Self {
            question,
            collection,
            asked_at,
            searched,
            sources,
            by,
            text,
            citations,
            end,
        } = self;
        let searched = searched.unwrap_or_else(|| Searched {
            conversation: None,
            query: question.clone(),
            took_us: 0,
            notes: Vec::new(),
        });
        let end = end.unwrap_or_else(|| AnswerEnd {
            finish,
            confidence: 0.0,
            usage: None,
            sources_us: searched.took_us,
            first_text_us: None,
            total_us: searched.took_us,
            notes: Vec::new(),
        });
        AnswerView {
            question,
            collection,
            searched,
            sources,
            // Nobody has answered where nothing was found.
            by: by.unwrap_or(Answerer::Quotes),
            text: Private(text),
            citations,
            end,
            asked_at,
        }
    }
}
