//! A server of pages on loopback, which counts who connects.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What the server says to a path.
#[derive(Clone, Debug)]
pub(super) enum Page {
    /// Type and bytes.
    Is(&'static str, Vec<u8>),
    /// Status line, further headers, and body.
    Says(&'static str, String, Vec<u8>),
    /// A length that is a lie, and some bytes; the rest never comes.
    Drips(u64, Vec<u8>),
    /// Bytes without a length and without an end.
    Endless,
}

#[derive(Default)]
struct Shared {
    pages: Mutex<HashMap<String, Page>>,
    connected: AtomicUsize,
    /// The first lines and headers of requests.
    asked: Mutex<Vec<String>>,
}

pub(super) struct Pages {
    at: SocketAddr,
    shared: Arc<Shared>,
}

impl Pages {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serving.connected.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&serving);
                // A client that goes is what some tests are about.
                std::thread::spawn(move || serve(stream.unwrap(), &shared));
            }
        });
        Self { at, shared }
    }

    pub(super) fn host(&self) -> String {
        self.at.to_string()
    }

    pub(super) fn port(&self) -> u16 {
        self.at.port()
    }

    pub(super) fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }

    pub(super) fn set(&self, path: &str, page: Page) {
        let mut pages = self.shared.pages.lock().unwrap();
        pages.insert(path.to_owned(), page);
    }

    pub(super) fn sends_on(&self, path: &str, to: &str) {
        let page = Page::Says("302 Found", format!("Location: {to}\r\n"), Vec::new());
        self.set(path, page);
    }

    pub(super) fn connected(&self) -> usize {
        self.shared.connected.load(Ordering::SeqCst)
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let path = head.split(' ').nth(1)?.to_owned();
    shared.asked.lock().unwrap().push(head);
    let page = shared.pages.lock().unwrap().get(&path).cloned();
    let missing = Page::Says("404 Not Found", String::new(), b"nothing here".to_vec());
    let (status, headers, body) = match page.unwrap_or(missing) {
        Page::Is(kind, body) => ("200 OK", format!("Content-Type: {kind}\r\n"), body),
        Page::Says(status, headers, body) => (status, headers, body),
        Page::Drips(length, body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()?;
            stream.write_all(&body).ok()?;
            // Until the client goes.
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            return None;
        }
        Page::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
            loop {
                stream.write_all(&[b'a'; 64 << 10]).ok()?;
            }
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}
