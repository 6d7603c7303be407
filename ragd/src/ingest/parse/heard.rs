//! What a child said, heard as the words of a stranger: its document may have taken it over.

use bytes::BytesMut;
use protocol::codec;
use tokio::sync::mpsc;

use super::{
    Answer, File, Given, Head, MAX_CODE, MAX_NAME, MAX_OUTLINE, MAX_REASON, MAX_SYMBOLS, MAX_TITLE,
    PIECE, Parsed, no_text,
};
use crate::index::{Cells, NewChunk, Place, Spot, Symbol};
use crate::ingest::extract::{Limits, Unpack, is_pgm};
use crate::ingest::make::NoText;
use crate::ingest::secrets::MAX_LISTED;
use crate::ledger::{Fact, Redacted};

/// Names and values that a document may say of itself.
const MAX_FACTS: usize = 60;
/// Bytes of either.
const MAX_FACT: usize = 200;

/// How a picture begins.
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Reads an answer as the message of a stranger; none if it breaks a rule that all answers keep.
pub(super) fn read_answer(bytes: &[u8], limits: &Limits) -> Option<Answer> {
    let answer = codec::unpack(bytes).ok()?;
    let is_sane = match &answer {
        Answer::Parsed(parsed) => parsed.is_sane(limits),
        Answer::Text { text, unseen } => {
            text.len() as u64 <= limits.text_bytes && are_pages(unseen, limits)
        }
        Answer::Files(_) => true,
        Answer::Page(jpeg) => jpeg.starts_with(JPEG),
        Answer::Grey(pgm) => is_pgm(pgm),
        Answer::Nothing(nothing) => is_said(&nothing.why) && are_pages(&nothing.unseen, limits),
    };
    is_sane.then_some(answer)
}

impl Parsed {
    /// Tells whether everything is within its limits, and every place is one.
    pub(in crate::ingest) fn is_sane(&self, limits: &Limits) -> bool {
        let is_short = |title: &String| title.chars().count() <= MAX_TITLE;
        let mut before = None;
        self.chunks.len() <= limits.chunks as usize
            && self.title.as_ref().is_none_or(is_short)
            && are_pages(&self.unseen, limits)
            && self
                .outline
                .as_ref()
                .is_none_or(|outline| outline.len() <= MAX_OUTLINE)
            && self.facts.len() <= MAX_FACTS
            && self.facts.iter().all(is_fact)
            && self.lacking.iter().all(|lacking| is_said(&lacking.why))
            && self.secrets.len() <= MAX_LISTED
            && self.secrets.iter().all(is_redacted)
            && self.chunks.iter().all(|chunk| {
                let NewChunk {
                    text,
                    heading: _,
                    symbols,
                    place,
                } = chunk;
                let is_later = before.replace(place.byte_start) < Some(place.byte_start);
                let length = place.byte_end.checked_sub(place.byte_start);
                let are_few = symbols.len() <= MAX_SYMBOLS && symbols.iter().all(is_symbol);
                is_later && are_few && length == Some(text.len() as u64) && is_place(place, limits)
            })
    }
}

/// It is shown on one line.
fn is_fact((name, value): &Fact) -> bool {
    let is_short = |text: &str| (1..=MAX_FACT).contains(&text.len());
    is_short(name) && is_short(value) && !value.contains(char::is_control)
}

/// It is shown on one line, too.
fn is_symbol(symbol: &Symbol) -> bool {
    let Symbol {
        path,
        kind: _,
        signature,
        line_start,
        line_end,
    } = symbol;
    let is_line =
        |text: &String| text.chars().count() <= MAX_TITLE && !text.contains(char::is_control);
    is_line(path) && is_line(signature) && (1..=*line_end).contains(line_start)
}

/// It tells a secret from others, and cannot tell it.
fn is_redacted(Redacted { line, kind, mark }: &Redacted) -> bool {
    *line > 0
        && is_code(kind)
        && mark.len() == 8
        && mark.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn is_place(place: &Place, limits: &Limits) -> bool {
    let is_spot = |spot: Spot| {
        let are_cells = |cells: Cells| cells.top <= cells.bottom;
        (1..=spot.last).contains(&spot.first) && spot.cells.is_none_or(are_cells)
    };
    (1..=place.line_end).contains(&place.line_start)
        && place.byte_end <= limits.text_bytes
        && place.spot.is_none_or(is_spot)
}

fn are_pages(pages: &[u32], limits: &Limits) -> bool {
    pages.is_sorted_by(|a, b| a < b) && pages.len() <= limits.pages as usize
}

fn is_said(no_text: &NoText) -> bool {
    let NoText { code, reason } = no_text;
    is_code(code) && reason.chars().count() <= MAX_REASON
}

fn is_code(code: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(is_part)
}

/// Makes files of pieces, which are looked at like messages of a stranger; none if they make none.
pub(super) async fn hand_over(
    mut pieces: mpsc::Receiver<Vec<u8>>,
    files: &mpsc::Sender<Given>,
    limits: &Limits,
) -> Option<()> {
    let Unpack {
        bytes: mut bytes_left,
        entry_bytes,
        entries: mut files_left,
        ..
    } = limits.unpack;
    while let Some(head) = pieces.recv().await {
        let Head { name, length } = codec::unpack(&head).ok()?;
        files_left = files_left.checked_sub(1)?;
        bytes_left = bytes_left.checked_sub(length)?;
        let is_label = !name.is_empty() && !name.contains(char::is_control);
        if length > entry_bytes || !is_label || name.len() > MAX_NAME {
            return None;
        }
        let length = usize::try_from(length).ok()?;
        let mut content = BytesMut::with_capacity(length.min(PIECE));
        while content.len() < length {
            content.extend_from_slice(&pieces.recv().await?);
        }
        if content.len() > length {
            return None;
        }
        let content = content.freeze();
        files.send(Given::File(File { name, content })).await.ok()?;
    }
    Some(())
}

/// A child that answers so was taken over by its document.
pub(super) fn senseless() -> NoText {
    no_text(
        "extract-violation",
        "its parser said what no parser says".to_owned(),
    )
}
