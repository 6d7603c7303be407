//! `/v1/chat/completions`, streamed.

use bytes::BytesMut;
use reqwest::Response;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::turn::Usage;
use crate::openai::{Patience, Server, ServerError};

/// A person waits for the answer: quotes after some seconds are better than a model after a minute.
const PATIENCE: Patience = Patience {
    tries: 4,
    within: Duration::from_secs(10),
};
/// Bytes of one event of the stream.
const LONGEST_LINE: usize = 1 << 20;
/// Why a model stops that has said everything; servers differ.
const ENDS: [&str; 4] = ["stop", "eos", "end_turn", "tool_calls"];
/// Some models think aloud first, between these.
const THINKING: (&str, &str) = ("<think>", "</think>");

/// Who says what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    pub(super) role: &'static str,
    pub(super) content: String,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    stream: bool,
    stream_options: Options,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    /// The newer name, which some models insist on and older servers do not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
}

#[derive(Serialize)]
struct Options {
    include_usage: bool,
}

/// A part of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Usage(Usage),
    /// The model had more to say.
    CutOff,
}

/// An answer as it comes. Dropping it ends the connection, by which servers know to stop.
pub(super) struct Stream<'a> {
    server: &'a Server,
    response: Response,
    buffer: BytesMut,
    /// Whether the server said that the answer is complete.
    complete: bool,
    ready: Vec<Piece>,
    thought: Thought,
}

/// Asks the model. Nothing is read of the answer yet.
pub(super) async fn begin<'a>(
    server: &'a Server,
    messages: &[Message],
    max_tokens: u32,
) -> Result<Stream<'a>, ServerError> {
    let mut body = Body {
        model: server.model(),
        messages,
        stream: true,
        stream_options: Options {
            include_usage: true,
        },
        max_tokens: Some(max_tokens),
        max_completion_tokens: None,
    };
    let mut response = server.post("chat/completions", &body, PATIENCE).await;
    if let Err(ServerError::Rejected { said, .. }) = &response
        && said.contains("max_completion_tokens")
    {
        body.max_completion_tokens = body.max_tokens.take();
        response = server.post("chat/completions", &body, PATIENCE).await;
    }
    Ok(Stream {
        server,
        response: response?,
        buffer: BytesMut::new(),
        complete: false,
        ready: Vec::new(),
        thought: Thought::Unknown(String::new()),
    })
}

impl Stream<'_> {
    /// Returns the next piece, or `None` after a complete answer.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>, ServerError> {
        loop {
            if !self.ready.is_empty() {
                return Ok(Some(self.ready.remove(0)));
            }
            if let Some(line) = self.line()? {
                if self.read(&line)? {
                    self.end();
                    continue;
                }
            } else if let Some(more) = self.server.more(&mut self.response).await? {
                self.buffer.extend_from_slice(&more);
            } else if !self.buffer.is_empty() {
                // The last line need not end.
                self.buffer.extend_from_slice(b"\n");
            } else if self.complete {
                self.end();
                return Ok(self.ready.pop());
            } else {
                return Err(self
                    .server
                    .garbage("the answer ended in the middle".to_owned()));
            }
        }
    }

    /// Hands out what could have been the beginning of thinking and was not.
    fn end(&mut self) {
        self.complete = true;
        if let Thought::Unknown(held) = std::mem::replace(&mut self.thought, Thought::Over)
            && !held.is_empty()
        {
            self.ready.push(Piece::Text(held));
        }
    }

    /// Takes a whole line off the buffer.
    fn line(&mut self) -> Result<Option<Vec<u8>>, ServerError> {
        let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else {
            if self.buffer.len() > LONGEST_LINE {
                return Err(self.server.garbage("a line never ends".to_owned()));
            }
            return Ok(None);
        };
        let mut line = self.buffer.split_to(end + 1).to_vec();
        while line.last().is_some_and(u8::is_ascii_whitespace) {
            line.pop();
        }
        Ok(Some(line))
    }

    /// Reads one line of the stream. `true`: it was the last.
    fn read(&mut self, line: &[u8]) -> Result<bool, ServerError> {
        let data = match line.strip_prefix(b"data:") {
            Some(data) => data.trim_ascii(),
            // Empty lines, comments that keep the line alive, other fields.
            None if line.is_empty() || line.starts_with(b":") || is_field(line) => {
                return Ok(false);
            }
            // A server that does not stream says all at once.
            None if line.starts_with(b"{") => {
                self.complete = true;
                line
            }
            None => {
                return Err(self
                    .server
                    .garbage("it does not stream an answer".to_owned()));
            }
        };
        if data == b"[DONE]" {
            return Ok(true);
        }
        let event: Event = serde_json::from_slice(data)
            .map_err(|_| self.server.garbage("an event makes no sense".to_owned()))?;
        if let Some(error) = event.error {
            let said = self.server.quotable(&error.message.unwrap_or_default());
            return Err(self
                .server
                .garbage(format!("it failed in the middle: {said}")));
        }
        if let Some(usage) = event.usage {
            self.ready.push(Piece::Usage(Usage {
                prompt_tokens: usage.prompt_tokens.unwrap_or(0),
                answer_tokens: usage.completion_tokens.unwrap_or(0),
            }));
        }
        for choice in event.choices.unwrap_or_default() {
            let said = choice.delta.or(choice.message);
            let text = said.and_then(|said| said.content);
            let text = self.thought.without(text.unwrap_or_default());
            if !text.is_empty() {
                self.ready.push(Piece::Text(text));
            }
            if let Some(reason) = choice.finish_reason {
                self.complete = true;
                // `length`, or a filter of the server: there would have been more.
                if !ENDS.contains(&reason.as_str()) {
                    self.ready.push(Piece::CutOff);
                }
            }
        }
        Ok(false)
    }
}

fn is_field(line: &[u8]) -> bool {
    [&b"event:"[..], b"id:", b"retry:"]
        .iter()
        .any(|field| line.starts_with(field))
}

/// Where we are with a model that thinks aloud.
#[derive(Debug, PartialEq, Eq)]
enum Thought {
    /// This is how the answer begins, and it may be thinking.
    Unknown(String),
    /// The end of what was thought so far, in which the end of thinking may begin.
    Thinking(String),
    Over,
}

impl Thought {
    /// Returns what is not thinking.
    fn without(&mut self, text: String) -> String {
        let (begin, end) = THINKING;
        match self {
            Self::Over => text,
            Self::Unknown(held) => {
                held.push_str(&text);
                let trimmed = held.trim_start();
                if let Some(rest) = trimmed.strip_prefix(begin) {
                    let rest = rest.to_owned();
                    *self = Self::Thinking(String::new());
                    return self.without(rest);
                }
                if begin.starts_with(trimmed) {
                    return String::new();
                }
                let held = std::mem::take(held);
                *self = Self::Over;
                held
            }
            Self::Thinking(tail) => {
                tail.push_str(&text);
                if let Some(at) = tail.find(end) {
                    let rest = tail[at + end.len()..].trim_start().to_owned();
                    *self = Self::Over;
                    return rest;
                }
                let mut keep = tail.len().saturating_sub(end.len());
                while !tail.is_char_boundary(keep) {
                    keep -= 1;
                }
                tail.drain(..keep);
                String::new()
            }
        }
    }
}

#[derive(Deserialize)]
struct Event {
    choices: Option<Vec<Choice>>,
    usage: Option<Counted>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
    message: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Counted {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Fault {
    message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[&str], expected: &str) {
        let mut thought = Thought::Unknown(String::new());
        let mut out = String::new();
        for piece in pieces {
            out.push_str(&thought.without((*piece).to_owned()));
        }
        if let Thought::Unknown(held) = thought {
            out.push_str(&held);
        }
        assert_eq!(out, expected, "{pieces:?}");
    }

    #[test]
    fn thinking_is_left_out() {
        check(&["<thi", "nk>so ", "ü</th", "ink>\n\nYes", "."], "Yes.");
        check(&["Yes", ", <think> is a tag."], "Yes, <think> is a tag.");
        check(&["<", "b"], "<b");
        check(&["<think>never ends"], "");
        check(&["<"], "<");
    }
}
