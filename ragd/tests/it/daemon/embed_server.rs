//! A stand-in for a server of vectors: it speaks the real protocol and misbehaves on demand.
//!
//! A vector counts the words of a text, each on one of some numbers. `feline` counts as `cat`, which
//! no model that knows spelling only could say.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use ragd::config::Model;
use serde_json::{Value, json};

/// What the server does instead of answering.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Status and further headers.
    Refuse(&'static str, &'static str),
    /// Answers with something else.
    Garbage,
    /// Ends the connection within the answer.
    Cut,
    /// Says nothing until the client goes.
    Silence,
    /// Leaves out the vector of one text.
    OneLess,
    NoNumber,
    /// Vectors of another length.
    Shorter,
    Zeros,
    /// Numbers whose squares are none.
    Tiny,
    TooMany,
}

#[derive(Default)]
struct State {
    /// For the next requests, one each.
    faults: VecDeque<Fault>,
    /// For each request with a text that has this word.
    marked: Option<(&'static str, Fault)>,
    /// A request with a text that has this word waits until there is another.
    held: Option<&'static str>,
    /// Longer texts are refused.
    longest: Option<usize>,
    texts: Vec<String>,
    requests: usize,
}

/// A server on a port of its own. Its threads end with the test.
pub(super) struct EmbedServer {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl EmbedServer {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&serving);
                // A client that goes is what some tests are about.
                std::thread::spawn(move || shared.serve(stream.unwrap()));
            }
        });
        Self { port, shared }
    }

    /// Returns how the configuration names one of its models.
    pub(super) fn model(&self, name: &str) -> Model {
        Model {
            name: name.to_owned(),
            url: format!("http://127.0.0.1:{}/v1", self.port),
            model: format!("{name}-1"),
            silence_ms: 500,
            ..Model::default()
        }
    }

    /// Has the next request go wrong.
    pub(super) fn fail(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    pub(super) fn fail_on(&self, word: &'static str, fault: Fault) {
        self.state().marked = Some((word, fault));
    }

    pub(super) fn hold(&self, word: &'static str) {
        self.state().held = Some(word);
    }

    pub(super) fn refuse_longer(&self, bytes: usize) {
        self.state().longest = Some(bytes);
    }

    /// Behaves from now on.
    pub(super) fn heal(&self) {
        let mut state = self.state();
        (state.marked, state.held) = (None, None);
        state.faults.clear();
        self.shared.changed.notify_all();
    }

    /// Returns the texts that were sent, also in vain.
    pub(super) fn texts(&self) -> Vec<String> {
        self.state().texts.clone()
    }

    pub(super) fn requests(&self) -> usize {
        self.state().requests
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut out = stream;
        let (first, body) = request(&mut reader)?;
        if first == "get /v1/models http/1.1" {
            let models = json!({"data": [{"id": "near-1"}, {"id": "far-1"}]});
            return answer(&mut out, "200 OK", "", &models.to_string());
        }
        assert_eq!(first, "post /v1/embeddings http/1.1");
        let body: Value = serde_json::from_slice(&body)?;
        let texts: Vec<_> = body["input"].as_array().unwrap().iter().collect();
        let texts: Vec<_> = texts.iter().map(|text| text.as_str().unwrap()).collect();
        let (fault, is_long) = self.take(&texts);
        if is_long {
            let said = json!({"error": {"message": "input length exceeds the context length"}});
            return answer(&mut out, "400 Bad Request", "", &said.to_string());
        }
        let dimensions = match fault {
            Some(Fault::Shorter) => 16,
            Some(Fault::TooMany) => 16_385,
            _ => 256,
        };
        let mut data: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| json!({"index": index, "embedding": vector(text, dimensions)}))
            .collect();
        match fault {
            None | Some(Fault::Shorter | Fault::TooMany) => {}
            Some(Fault::Refuse(status, headers)) => {
                let said = json!({"error": {"message": "not now"}});
                return answer(&mut out, status, headers, &said.to_string());
            }
            Some(Fault::Garbage) => return answer(&mut out, "200 OK", "", "<html>hello"),
            Some(Fault::Cut) => {
                return write!(out, "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{{\"da");
            }
            Some(Fault::Silence) => {
                // Reading ends when the client goes.
                return reader.read_to_end(&mut Vec::new()).map(drop);
            }
            Some(Fault::OneLess) => drop(data.pop()),
            Some(Fault::NoNumber) => data[0]["embedding"][0] = json!(1e300),
            Some(Fault::Zeros) => data[0]["embedding"] = json!([0.0; 256].as_slice()),
            Some(Fault::Tiny) => data[0]["embedding"] = json!([1e-30; 256].as_slice()),
        }
        // In any order: the number tells whose it is.
        data.reverse();
        answer(&mut out, "200 OK", "", &json!({"data": data}).to_string())
    }

    /// Notes a request, and returns what becomes of it.
    fn take(&self, texts: &[&str]) -> (Option<Fault>, bool) {
        let has = |word: &str| texts.iter().any(|text| text.contains(word));
        let mut state = self.state.lock().unwrap();
        state.requests += 1;
        state
            .texts
            .extend(texts.iter().map(|text| (*text).to_owned()));
        while state.held.is_some_and(has) {
            state = self.changed.wait(state).unwrap();
        }
        let longest = state.longest.unwrap_or(usize::MAX);
        let fault = state.faults.pop_front();
        let marked = state.marked.filter(|(word, _)| has(word));
        let is_long = texts.iter().any(|text| text.len() > longest);
        (fault.or(marked.map(|(_, fault)| fault)), is_long)
    }
}

/// Reads a request: its first line in small letters, and its body.
pub(super) fn request(reader: &mut BufReader<TcpStream>) -> std::io::Result<(String, Vec<u8>)> {
    let (mut length, mut first, mut line) = (0, String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let header = line.trim().to_lowercase();
        if first.is_empty() {
            first.clone_from(&header);
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((first, body))
}

fn answer(out: &mut TcpStream, status: &str, headers: &str, body: &str) -> std::io::Result<()> {
    write!(
        out,
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0; dimensions];
    for word in text.split_whitespace() {
        let word = if word == "feline" { "cat" } else { word };
        let sum = word
            .bytes()
            .fold(7_usize, |sum, byte| sum * 31 % 9_973 + usize::from(byte));
        vector[sum % dimensions] += 1.0;
    }
    vector
}
