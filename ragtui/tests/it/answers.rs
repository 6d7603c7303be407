//! The answers, conversations and models of the stand-in daemon.

use protocol::answer::{
    AnswerEnd, AnswerEvent, AnswerView, Answerer, AskRequest, Citation, ConversationView, Finish,
    Searched, Source, Thread, Usage,
};
use protocol::job::{JobKind, JobState, JobView, Pace, Progress, Totals};
use protocol::model::{ModelKind, ModelState, ModelUse, ModelView};
use protocol::{ConversationId, Item};
use uuid::Uuid;

use crate::fixtures::{at, hits, job};
use crate::stand_in::{Answer, StreamEnd};

/// Pieces as a model sends them: cut anywhere, with what must not reach a terminal.
const PIECES: [&str; 4] = [
    "It waits one second",
    " and doubles the pause [1].\r",
    "\n\nThe manual \u{1b}[31magrees:\n\t1 s, 2 s, 4 s",
    " [2:10-10].",
];
const CITATIONS: [Citation; 2] = [
    Citation {
        source: 1,
        start: 43,
        end: 46,
        line_start: 10,
        line_end: 14,
    },
    Citation {
        source: 1,
        start: 90,
        end: 99,
        line_start: 10,
        line_end: 10,
    },
];

pub(crate) fn conversation_id(number: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(
        0x019d_0000_0000_7000_8000_0000_0000_0000 | number,
    ))
}

pub(crate) fn end(finish: Finish) -> AnswerEnd {
    AnswerEnd {
        finish,
        confidence: 0.86,
        usage: Some(Usage {
            prompt_tokens: 1_204,
            answer_tokens: 42,
        }),
        sources_us: 4_200,
        first_text_us: Some(310_500),
        total_us: 1_250_000,
        notes: Vec::new(),
    }
}

pub(crate) fn fast() -> Answerer {
    Answerer::Model {
        name: "fast".into(),
        model: "qwen3:8b".into(),
    }
}

fn sources() -> Vec<Source> {
    let numbered = (1..).zip(hits());
    numbered
        .map(|(number, hit)| Source { number, hit })
        .collect()
}

pub(crate) fn searched(conversation: Option<ConversationId>) -> Searched {
    Searched {
        conversation,
        query: "how does retry back off".into(),
        took_us: 4_200,
        notes: vec!["62 % is indexed".into()],
    }
}

/// The steps of an answer up to its text.
pub(crate) fn beginning(thread: Thread) -> Vec<AnswerEvent> {
    let conversation = match thread {
        Thread::Alone => None,
        Thread::New => Some(conversation_id(0xca)),
        Thread::Follow(id) => Some(id),
    };
    let mut events = vec![AnswerEvent::Searched(searched(conversation))];
    let sources = sources().into_iter();
    events.extend(sources.map(|source| AnswerEvent::Source(Box::new(source))));
    events.push(AnswerEvent::Answering(fast()));
    events.push(AnswerEvent::Text(PIECES[0].into()));
    events
}

/// A whole answer that ends in `last`.
pub(crate) fn steps(thread: Thread, last: AnswerEnd) -> Vec<AnswerEvent> {
    let mut events = beginning(thread);
    let rest = PIECES[1..]
        .iter()
        .map(|piece| AnswerEvent::Text((*piece).into()));
    events.extend(rest);
    events.extend(CITATIONS.map(AnswerEvent::Cite));
    events.push(AnswerEvent::Done(last));
    events
}

pub(crate) fn stream(events: Vec<AnswerEvent>, stream_end: StreamEnd) -> Answer {
    Answer::Items(events.into_iter().map(Item::Answer).collect(), stream_end)
}

pub(crate) fn asked(ask: &AskRequest) -> Answer {
    stream(steps(ask.thread, end(Finish::Complete)), StreamEnd::End)
}

/// Nothing has to do with the question.
pub(crate) fn nothing() -> Answer {
    let last = AnswerEnd {
        confidence: 0.0,
        usage: None,
        first_text_us: None,
        ..end(Finish::NothingFound)
    };
    let events = vec![
        AnswerEvent::Searched(searched(None)),
        AnswerEvent::Done(last),
    ];
    stream(events, StreamEnd::End)
}

pub(crate) fn view() -> AnswerView {
    AnswerView {
        question: "How does retry back off?".into(),
        collection: Some("docs".into()),
        searched: searched(Some(conversation_id(0xca))),
        sources: sources(),
        by: fast(),
        text: PIECES.concat().into(),
        citations: CITATIONS.to_vec(),
        end: end(Finish::Complete),
        asked_at: at(0),
    }
}

pub(crate) fn quoted() -> AnswerView {
    AnswerView {
        question: "And the\nmanual?".into(),
        by: Answerer::Quotes,
        text: "\u{201c}Retry starts at one second.\u{201d} [2]\n".into(),
        sources: sources().split_off(1),
        citations: vec![Citation {
            source: 2,
            ..CITATIONS[0]
        }],
        end: AnswerEnd {
            confidence: 0.3,
            usage: None,
            ..end(Finish::Complete)
        },
        asked_at: at(60),
        ..view()
    }
}

pub(crate) fn conversations() -> Vec<ConversationView> {
    let conversation = |number, title: &str, collection: Option<&str>, turns| ConversationView {
        id: conversation_id(number),
        title: title.into(),
        collection: collection.map(str::to_owned),
        turns,
        created_at: at(-3_600),
        updated_at: at(-i64::from(turns as u32)),
    };
    vec![
        conversation(0xca, "How does retry back off?", Some("docs"), 2),
        conversation(0xcb, "Who owns\t\u{1b}[2J the lease?", None, 14),
    ]
}

/// A question that is answered, and one that still waits.
pub(crate) fn jobs() -> Vec<JobView> {
    let question = |number, state| JobView {
        kind: JobKind::Ask,
        source: "How does retry back off?".into(),
        collection: Some("docs".into()),
        totals: Totals::default(),
        progress: Progress::default(),
        pace: Pace::default(),
        ..job(number, state)
    };
    vec![
        question(0xb1, JobState::Finished),
        question(0xb2, JobState::Queued),
    ]
}

pub(crate) fn models() -> Vec<ModelView> {
    vec![
        ModelView {
            name: "builtin".into(),
            kind: ModelKind::Builtin,
            url: None,
            model: None,
            uses: vec![ModelUse::Embed],
            state: ModelState::Ready,
            dimensions: Some(256),
            collections: vec!["docs".into(), "kernel".into()],
        },
        ModelView {
            name: "fast".into(),
            kind: ModelKind::OpenAi,
            url: Some("http://127.0.0.1:11434/v1".into()),
            model: Some("qwen3:8b".into()),
            uses: vec![ModelUse::Answer],
            state: ModelState::Away("connection refused".into()),
            dimensions: None,
            collections: Vec::new(),
        },
    ]
}
