//! The machine output: what scripts may rely on.
//!
//! Wire types change with the protocol; these do not. Within `v1`, fields are only added. Missing
//! values are `null`, never absent; the one exception is `path_b64`, which stands beside a path
//! that is not UTF-8.

mod answers;
mod bench;
mod conversations;
mod doctor;
mod documents;
mod events;
mod gaps;
mod jobs;
mod limits;
mod models;
mod passages;
mod plan;
mod project;
mod secrets;
mod steps;
mod system;
mod watched;
mod workers;

use protocol::job::Page;
use protocol::{ErrorReport, PathBytes, Private, Timestamp};
use serde::Serialize;

pub(super) use answers::*;
pub(super) use bench::*;
pub(super) use conversations::*;
pub(super) use doctor::*;
pub(super) use documents::*;
pub(super) use events::*;
pub(super) use gaps::*;
pub(super) use jobs::*;
pub(super) use limits::*;
pub(super) use models::*;
pub(super) use passages::*;
pub(super) use plan::*;
pub(super) use project::*;
pub(super) use secrets::*;
pub(super) use steps::*;
pub(super) use system::*;
pub(super) use watched::*;
pub(super) use workers::*;

use super::exit::Exit;
use super::look;

/// Something that can be printed in every format.
pub(super) trait Record: Serialize {
    /// Name of the schema of one, such as `ragctl.job/v1`.
    const SCHEMA: &'static str;
    const LIST_SCHEMA: &'static str;
    /// Top-level fields, in their order.
    const FIELDS: &'static [&'static str];
    /// Columns of tsv when none are asked for.
    const COLUMNS: &'static [&'static str];

    /// Key of the records in a list. Another one than `items` is a whole list without pages.
    const ITEMS: &'static str = "items";

    /// What `-o name` prints.
    fn name(&self) -> String;
}

/// A record with its schema in front.
#[derive(Debug, Serialize)]
pub(super) struct Tagged<'a, T> {
    pub(super) schema: &'static str,
    #[serde(flatten)]
    pub(super) record: &'a T,
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) total: u64,
}

impl<T> List<T> {
    pub(super) fn of<'a, W>(page: &'a Page<W>, convert: impl Fn(&'a W) -> T) -> Self {
        Self {
            items: page.items.iter().map(convert).collect(),
            next: page.next.clone(),
            total: page.total,
        }
    }

    pub(super) fn complete(items: Vec<T>) -> Self {
        let total = items.len() as u64;
        Self {
            items,
            next: None,
            total,
        }
    }
}

/// An error, as one line on standard error.
#[derive(Debug, Serialize)]
pub(super) struct ErrorJson {
    schema: &'static str,
    #[serde(flatten)]
    problem: ProblemJson,
    exit: u8,
}

/// An error inside something else.
#[derive(Debug, Serialize)]
pub(super) struct ProblemJson {
    code: &'static str,
    message: String,
    why: Option<String>,
    r#try: Vec<String>,
    retryable: bool,
    retry_after_s: Option<f64>,
    causes: Vec<String>,
}

impl ErrorJson {
    pub(super) fn new(report: &ErrorReport, exit: Exit) -> Self {
        Self {
            schema: "ragctl.error/v1",
            problem: ProblemJson::new(report),
            exit: exit.0,
        }
    }
}

impl ProblemJson {
    fn new(report: &ErrorReport) -> Self {
        Self {
            code: report.code.as_str(),
            message: report.message.clone(),
            why: report.why.clone(),
            r#try: report.try_next.clone(),
            retryable: report.retryable,
            #[expect(clippy::cast_precision_loss, reason = "a pause has few digits")]
            retry_after_s: report.retry_after_ms.map(|millis| millis as f64 / 1000.0),
            causes: report.causes.clone(),
        }
    }
}

fn time(at: Timestamp) -> String {
    look::iso(at)
}

/// Returns the text of something private that its owner asked to see.
fn shown(text: Option<&Private<String>>) -> Option<String> {
    text.map(|text| text.0.clone())
}

/// A path as text, and in base64 where text would lose something.
#[derive(Debug, Serialize)]
pub(super) struct PathJson {
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
}

impl From<&PathBytes> for PathJson {
    fn from(path: &PathBytes) -> Self {
        Self {
            path: path.to_text(),
            path_b64: (!path.is_utf8()).then(|| base64(&path.0)),
        }
    }
}

/// Returns standard base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut word = [0_u8; 4];
        word[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(word);
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) & 63;
            out.push(if at <= group.len() {
                char::from(DIGITS[digit as usize])
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_usual_one() {
        let check = |input: &[u8], expected: &str| assert_eq!(base64(input), expected);
        check(b"", "");
        check(b"f", "Zg==");
        check(b"fo", "Zm8=");
        check(b"foo", "Zm9v");
        check(b"foob\xff\xfe", "Zm9vYv/+");
    }

    #[test]
    fn only_odd_paths_have_their_bytes_beside_them() {
        let json = |path: &[u8]| {
            let path = PathBytes(path.to_vec());
            serde_json::to_string(&PathJson::from(&path)).unwrap()
        };
        assert_eq!(json(b"a\nb"), r#"{"path":"a\nb"}"#);
        assert_eq!(
            json(b"a\xff"),
            "{\"path\":\"a\u{fffd}\",\"path_b64\":\"Yf8=\"}"
        );
    }
}
