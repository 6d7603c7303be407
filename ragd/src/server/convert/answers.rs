//! Answers and conversations.

use protocol::search::Hit;
use protocol::{ConversationId, PathBytes, Private, answer as wire};

use super::{place, symbol};
use crate::answer::{
    Answerer, Citation, End, Event, Finish, Searched, Source, Thread, Turn, Usage,
};
use crate::index::Place;
use crate::jobs::AskWork;
use crate::ledger::ConversationRow;

pub(in crate::server) fn thread(thread: wire::Thread) -> Thread {
    match thread {
        wire::Thread::Alone => Thread::Alone,
        wire::Thread::New => Thread::Begin(ConversationId(uuid::Uuid::now_v7())),
        wire::Thread::Follow(id) => Thread::Follow(id),
    }
}

pub(in crate::server) fn ask_work(ask: wire::AskRequest, uid: u32) -> AskWork {
    let wire::AskRequest {
        question,
        collection,
        paths,
        languages,
        conditions,
        passages,
        model,
        thread,
    } = ask;
    AskWork {
        question: question.0,
        collection,
        paths,
        languages,
        conditions: super::conditions(conditions),
        passages,
        model,
        thread: match thread {
            wire::Thread::Alone => None,
            wire::Thread::New => Some(None),
            wire::Thread::Follow(id) => Some(Some(id)),
        },
        uid,
    }
}

pub(in crate::server) fn answer_event(event: Event) -> wire::AnswerEvent {
    match event {
        Event::Searched(of) => wire::AnswerEvent::Searched(searched(of)),
        Event::Source(of) => wire::AnswerEvent::Source(Box::new(source(*of))),
        Event::Answering(by) => wire::AnswerEvent::Answering(answerer(by)),
        Event::Text(text) => wire::AnswerEvent::Text(Private(text)),
        Event::Cite(of) => wire::AnswerEvent::Cite(citation(of)),
        Event::Done(of) => wire::AnswerEvent::Done(end(of)),
    }
}

pub(in crate::server) fn turn(turn: Turn) -> wire::AnswerView {
    let Turn {
        question,
        collection,
        searched: searched_for,
        sources,
        by,
        text,
        citations,
        end: ended,
        asked_at,
    } = turn;
    wire::AnswerView {
        question: Private(question),
        collection,
        searched: searched(searched_for),
        sources: sources.into_iter().map(source).collect(),
        by: answerer(by),
        text: Private(text),
        citations: citations.into_iter().map(citation).collect(),
        end: end(ended),
        asked_at,
    }
}

pub(in crate::server) fn conversation(row: ConversationRow) -> wire::ConversationView {
    let ConversationRow {
        id,
        title,
        collection,
        turns,
        created_at,
        updated_at,
    } = row;
    wire::ConversationView {
        id,
        title: Private(title),
        collection,
        turns,
        created_at,
        updated_at,
    }
}

fn searched(searched: Searched) -> wire::Searched {
    let Searched {
        conversation,
        query,
        took_us,
        notes,
    } = searched;
    wire::Searched {
        conversation,
        query: Private(query),
        took_us,
        notes,
    }
}

fn source(source: Source) -> wire::Source {
    let Source {
        number,
        document,
        collection,
        path,
        language: _,
        heading,
        symbols,
        line_start,
        line_end,
        byte_start,
        byte_end,
        spot,
        rank_by_file,
        score,
        parts,
        text,
    } = source;
    wire::Source {
        number,
        hit: Hit {
            rank: number,
            rank_by_file,
            document,
            also: Vec::new(),
            collection,
            path: PathBytes(path),
            place: place(&Place {
                line_start,
                line_end,
                byte_start,
                byte_end,
                spot,
            }),
            heading: heading.map(Private),
            symbols: symbols.into_iter().map(symbol).collect(),
            score,
            scores: parts,
            text: Private(text),
        },
    }
}

fn answerer(by: Answerer) -> wire::Answerer {
    match by {
        Answerer::Model { name, model } => wire::Answerer::Model { name, model },
        Answerer::Quotes => wire::Answerer::Quotes,
    }
}

fn citation(citation: Citation) -> wire::Citation {
    let Citation {
        source,
        start,
        end,
        line_start,
        line_end,
    } = citation;
    wire::Citation {
        source,
        start,
        end,
        line_start,
        line_end,
    }
}

fn end(end: End) -> wire::AnswerEnd {
    let End {
        finish,
        confidence,
        usage,
        sources_us,
        first_text_us,
        total_us,
        notes,
    } = end;
    wire::AnswerEnd {
        finish: match finish {
            Finish::Complete => wire::Finish::Complete,
            Finish::Length => wire::Finish::Length,
            Finish::NothingFound => wire::Finish::NothingFound,
            Finish::BrokenOff => wire::Finish::BrokenOff,
            Finish::Stopped => wire::Finish::Stopped,
        },
        confidence,
        usage: usage.map(
            |Usage {
                 prompt_tokens,
                 answer_tokens,
             }| wire::Usage {
                prompt_tokens,
                answer_tokens,
            },
        ),
        sources_us,
        first_text_us,
        total_us,
        notes,
    }
}
