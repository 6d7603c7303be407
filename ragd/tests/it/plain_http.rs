//! Just enough of HTTP for stand-ins of servers: one request, one answer, and the connection ends.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself"
)]

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::Value;

pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Of the header `authorization`.
    pub(crate) authorization: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Said {
    pub(crate) status: &'static str,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn said(status: &'static str, body: &Value) -> Said {
    let body = body.to_string().into_bytes();
    Said { status, body }
}

pub(crate) fn nothing(status: &'static str) -> Said {
    let body = Vec::new();
    Said { status, body }
}

/// Reads one request; none when the client has gone.
pub(crate) fn read(stream: impl Read) -> std::io::Result<Option<Asked>> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length, mut authorization) = (String::new(), 0, String::new());
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').unwrap();
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => value.trim().clone_into(&mut authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Some(Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        authorization,
        body,
    }))
}

pub(crate) fn answer(mut stream: impl Write, headers: &str, said: &Said) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        said.status,
        said.body.len()
    )?;
    stream.write_all(&said.body)
}

/// Returns a parameter of the query, with its escapes undone.
pub(crate) fn parameter(query: &str, name: &str) -> String {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = { pairs }.find(|(key, _)| *key == name).unwrap_or_default();
    let mut out = Vec::new();
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap().to_owned();
                u8::from_str_radix(&digits, 16).unwrap()
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).unwrap()
}
