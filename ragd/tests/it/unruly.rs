//! Stands between the store and a server, and misbehaves on demand.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What happens instead of what was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Status line, further headers and body.
    Answer(&'static str, &'static str, &'static str),
    /// Reads half of the request, and goes.
    CutRequest,
    /// Has it done, tells half of the answer, and goes.
    CutAnswer,
    /// Says nothing until the client goes.
    Silence,
    /// Has it done, but not at once.
    Slow(Duration),
    /// Speaks another protocol.
    Mail,
}

#[derive(Default)]
struct State {
    /// A fault for requests whose first line has this word, and how often.
    fault: Option<(&'static str, Fault, usize)>,
    /// First lines of all requests.
    requests: Vec<String>,
}

/// A server on a port of its own. Its threads end with the test.
pub(crate) struct Unruly {
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Unruly {
    /// Passes requests on to `server`.
    pub(crate) fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let (serving, server) = (Arc::clone(&state), server.replace("http://", ""));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (state, server) = (Arc::clone(&serving), server.clone());
                // A client that goes is what some tests are about.
                std::thread::spawn(move || serve(&stream?, &state, &server));
            }
            std::io::Result::Ok(())
        });
        Self { endpoint, state }
    }

    /// Has the next requests with `word` in their first line go wrong, so many of them.
    pub(crate) fn fail(&self, word: &'static str, fault: Fault, times: usize) {
        self.state().fault = Some((word, fault, times));
    }

    /// Behaves from now on.
    pub(crate) fn heal(&self) {
        self.state().fault = None;
    }

    /// Returns how many requests had `word` in their first line.
    pub(crate) fn requests(&self, word: &str) -> usize {
        let state = self.state();
        let matching = state.requests.iter().filter(|first| first.contains(word));
        matching.count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// Serves one request, after which the connection ends.
fn serve(mut client: &TcpStream, state: &Mutex<State>, server: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(client);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            break;
        }
        let small = line.to_lowercase();
        if let Some(value) = small.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        // Ends are told by the end of the connection.
        if !small.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let first = head.lines().next().unwrap_or_default();
    let fault = take(&mut state.lock().unwrap(), first);
    if let Some(Fault::CutRequest) = fault {
        reader.read_exact(&mut vec![0; length / 2])?;
        return Ok(());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    match fault {
        Some(Fault::Silence) => {
            // Reading ends when the client goes.
            return reader.read_to_end(&mut Vec::new()).map(drop);
        }
        Some(Fault::Mail) => return client.write_all(b"220 mail.example.com ESMTP\r\n"),
        Some(Fault::Answer(status, headers, body)) => {
            return write!(
                client,
                "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
        Some(Fault::Slow(pause)) => {
            #[expect(clippy::disallowed_methods, reason = "to be slow is what is asked for")]
            std::thread::sleep(pause);
        }
        Some(Fault::CutRequest | Fault::CutAnswer) | None => {}
    }
    let mut onward = TcpStream::connect(server)?;
    write!(onward, "{head}Connection: close\r\n\r\n")?;
    onward.write_all(&body)?;
    let mut answer = Vec::new();
    onward.read_to_end(&mut answer)?;
    let end = match fault {
        Some(Fault::CutAnswer) => answer.len() - 1,
        _ => answer.len(),
    };
    client.write_all(&answer[..end])
}

/// Notes a request, and returns what becomes of it.
fn take(state: &mut State, first: &str) -> Option<Fault> {
    state.requests.push(first.to_owned());
    let (word, fault, times) = state.fault.as_mut()?;
    if *times == 0 || !first.contains(*word) {
        return None;
    }
    *times -= 1;
    Some(*fault)
}
