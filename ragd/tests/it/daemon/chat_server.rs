//! A stand-in for a model server: it speaks the real protocol and misbehaves on demand.

use std::collections::VecDeque;
use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use ragd::config::Model;
use serde_json::{Value, json};

use super::embed_server;

/// What the server does with one question.
pub(super) enum Act {
    /// Streams these pieces and ends in order.
    Say(&'static [&'static str]),
    /// Streams these pieces; the end is not one.
    SayThen(&'static [&'static str], Fault),
    /// Answers with a status, further headers and a body.
    Refuse(&'static str, &'static str, &'static str),
    /// Answers with these bytes instead of a stream.
    Garbage(&'static str),
}

/// How a stream goes wrong.
pub(super) enum Fault {
    /// The connection ends.
    Cut,
    /// An error takes the place of an event.
    Error,
    /// Nothing more comes until the client goes.
    Silence,
    /// The model wanted to say more.
    Length,
}

/// A server on a port of its own. Its threads end with the test.
pub(super) struct ChatServer {
    port: u16,
    acts: Arc<Mutex<VecDeque<Act>>>,
    asked: Receiver<Value>,
    /// Tells when a client hung up on a silent server.
    pub(super) left: Receiver<()>,
}

impl ChatServer {
    pub(super) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>()));
        let ((asking, asked), (leaving, left)) = (channel(), channel());
        let script = Arc::clone(&acts);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, asking, leaving) =
                    (Arc::clone(&script), asking.clone(), leaving.clone());
                std::thread::spawn(move || {
                    // A client that goes is what some tests are about.
                    let _ = serve(stream.unwrap(), &script, &asking, &leaving);
                });
            }
        });
        Self {
            port,
            acts,
            asked,
            left,
        }
    }

    /// Returns how the configuration names it.
    pub(super) fn model(&self) -> Model {
        Model {
            name: "stand-in".to_owned(),
            url: format!("http://127.0.0.1:{}/v1", self.port),
            model: "parrot".to_owned(),
            silence_ms: 2_000,
            ..Model::default()
        }
    }

    pub(super) fn then(&self, act: Act) {
        self.acts.lock().unwrap().push_back(act);
    }

    /// Returns the next request that came in.
    pub(super) fn asked(&self) -> Value {
        self.asked.try_recv().expect("the model was asked")
    }

    pub(super) fn was_asked(&self) -> usize {
        self.asked.try_iter().count()
    }
}

fn serve(
    stream: TcpStream,
    acts: &Mutex<VecDeque<Act>>,
    asking: &Sender<Value>,
    leaving: &Sender<()>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    let (first, body) = embed_server::request(&mut reader)?;
    assert_eq!(first, "post /v1/chat/completions http/1.1");
    asking.send(serde_json::from_slice(&body)?).unwrap();
    let act = acts.lock().unwrap().pop_front();
    match act.unwrap_or(Act::Refuse("500 Internal Server Error", "", "{}")) {
        Act::Say(pieces) => {
            say(&mut out, pieces)?;
            event(&mut out, &end_of_stream("stop"))?;
            let usage =
                json!({"choices": [], "usage": {"prompt_tokens": 120, "completion_tokens": 7}});
            event(&mut out, &usage)?;
            out.write_all(b"data: [DONE]\n\n")
        }
        Act::SayThen(pieces, fault) => {
            say(&mut out, pieces)?;
            match fault {
                Fault::Cut => Ok(()),
                Fault::Error => event(&mut out, &json!({"error": {"message": "out of memory"}})),
                Fault::Length => {
                    event(&mut out, &end_of_stream("length"))?;
                    out.write_all(b"data: [DONE]\n\n")
                }
                Fault::Silence => {
                    // Reading ends when the client goes.
                    let _ = reader.read_to_end(&mut Vec::new());
                    let _ = leaving.send(());
                    Ok(())
                }
            }
        }
        Act::Refuse(status, headers, body) => write!(
            out,
            "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
        Act::Garbage(body) => write!(
            out,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
    }
}

fn say(out: &mut TcpStream, pieces: &[&str]) -> std::io::Result<()> {
    out.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: hello\n\n",
    )?;
    for piece in pieces {
        event(
            out,
            &json!({"choices": [{"delta": {"content": piece}, "finish_reason": null}]}),
        )?;
    }
    Ok(())
}

fn end_of_stream(reason: &str) -> Value {
    json!({"choices": [{"delta": {}, "finish_reason": reason}]})
}

fn event(out: &mut TcpStream, event: &Value) -> std::io::Result<()> {
    write!(out, "data: {event}\r\n\r\n")?;
    out.flush()
}
