//! Reading a document, in a child that can do nothing else: what is ordered, what comes back, and
//! both ends of it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use protocol::codec;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::chunk::{self, ChunkParams};
use super::extract::{self, ExtractError, Extracted, Limits, Report, Source, Unpack};
use super::make::{Lacking, NoText};
use super::unique::Unique;
use crate::config;
use crate::index::{Cells, NewChunk, Place, Spot, Unit};
use crate::sandbox::{self, Emit, Lost, Pool, Settings};

/// Documents after which a child is replaced: what a parser leaks must not add up.
const ORDERS: u32 = 2_000;
/// Memory beyond which it is.
const GROWN: u64 = 200 << 20;
/// A child that has nothing to do goes after so long.
const IDLE: Duration = Duration::from_secs(30);

/// A piece of a file of an archive.
const PIECE: usize = 1 << 20;
/// Pieces that wait.
const PIECES: usize = 4;
/// A name of a file within archives within archives.
const MAX_NAME: usize = 16 << 10;

/// A title that is longer is cut: it is shown on one line. So is a reason.
const MAX_TITLE: usize = 300;
const MAX_REASON: usize = 300;
/// A code is a few words.
const MAX_CODE: usize = 64;

/// Has documents read by children.
#[derive(Clone, Debug)]
pub struct Parser {
    pool: Arc<Pool>,
    limits: Limits,
}

/// What a child is to do with the bytes that come with it.
#[derive(Serialize, Deserialize)]
struct Order {
    path: String,
    limits: Limits,
    want: Want,
}

#[derive(Serialize, Deserialize)]
enum Want {
    Chunks(ChunkParams),
    Text,
    Files,
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Parsed(Parsed),
    Text(String),
    /// All files were given out, if it is an archive.
    Files(bool),
    Nothing(NoText),
}

/// What goes before the bytes of a file of an archive.
#[derive(Serialize, Deserialize)]
struct Head {
    name: String,
    length: u64,
}

/// A file of an archive.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: Bytes,
}

/// What an archive gives out.
#[derive(Debug)]
pub(super) enum Given {
    File(File),
    /// What came so far does not count: it is unpacked anew.
    Again,
}

/// A document as it was read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parsed {
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
    pub(super) lacking: Vec<Lacking>,
    pub(super) chunks: Vec<NewChunk>,
}

impl Parser {
    /// Prepares to start children as the configuration says.
    #[must_use]
    pub fn new(config: &config::Extract) -> Self {
        let settings = Settings {
            program: config.program.clone(),
            children: config.children(),
            limits: sandbox::Limits {
                memory_bytes: config.memory_bytes,
                cpu_s: config.cpu_s,
            },
            unsandboxed: config.allow_unsandboxed,
            wall: Duration::from_secs(config.wall_s),
            answer_bytes: config.answer_bytes,
            orders: ORDERS,
            grown_bytes: GROWN,
            idle: IDLE,
        };
        Self {
            pool: Pool::new(settings),
            limits: Limits {
                text_bytes: config.text_bytes,
                chunks: config.chunks,
                pages: config.pages,
                unpack: Unpack {
                    bytes: config.archive_bytes,
                    entry_bytes: config.archive_entry_bytes,
                    entries: config.archive_entries,
                    depth: config.archive_depth,
                    ratio: config.archive_ratio,
                },
            },
        }
    }

    /// Returns how many documents are read at the same time.
    #[must_use]
    pub fn at_once(&self) -> usize {
        self.pool.settings().children
    }

    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Reads and cuts a document, of which only the last part of `path` matters. The outer error is
    /// ours, the inner one the document's.
    pub(super) async fn parse(
        &self,
        path: &str,
        params: ChunkParams,
        bytes: &[u8],
    ) -> Result<Result<Parsed, NoText>, Lost> {
        Ok(match self.run(path, Want::Chunks(params), bytes).await? {
            Answer::Parsed(parsed) => Ok(parsed),
            Answer::Nothing(no_text) => Err(no_text),
            Answer::Text(_) | Answer::Files(_) => Err(senseless()),
        })
    }

    /// Reads the text of a document, which its chunks are cut from.
    pub async fn text(&self, path: &str, bytes: &[u8]) -> Result<Result<String, NoText>, Lost> {
        Ok(match self.run(path, Want::Text, bytes).await? {
            Answer::Text(text) => Ok(text),
            Answer::Nothing(no_text) => Err(no_text),
            Answer::Parsed(_) | Answer::Files(_) => Err(senseless()),
        })
    }

    /// Has the files of an archive given out, and tells whether it is one. What costs a child is
    /// tried twice.
    pub(super) async fn unpack(
        &self,
        path: &str,
        bytes: &[u8],
        files: mpsc::Sender<Given>,
    ) -> Result<Result<bool, NoText>, Lost> {
        let order = packed(&self.order(path, Want::Files));
        let mut lost = match self.unpack_once(&order, bytes, &files).await {
            Ok(unpacked) => return Ok(unpacked),
            Err(lost) => lost,
        };
        if !lost.is_ours() && files.send(Given::Again).await.is_ok() {
            lost = match self.unpack_once(&order, bytes, &files).await {
                Ok(unpacked) => return Ok(unpacked),
                Err(lost) => lost,
            };
        }
        match lost.is_ours() {
            true => Err(lost),
            false => Ok(Err(no_text(lost.code(), lost.to_string()))),
        }
    }

    async fn unpack_once(
        &self,
        order: &[u8],
        bytes: &[u8],
        files: &mpsc::Sender<Given>,
    ) -> Result<Result<bool, NoText>, Lost> {
        let (pieces, given) = mpsc::channel(PIECES);
        let answering = async {
            let answer = self.pool.run_in_pieces(order, bytes, &pieces).await;
            drop(pieces);
            answer
        };
        let (answer, handed) = tokio::join!(answering, hand_over(given, files, &self.limits));
        Ok(match (handed, read_answer(&answer?, &self.limits)) {
            (Some(()), Some(Answer::Files(is_archive))) => Ok(is_archive),
            (_, Some(Answer::Nothing(no_text))) => Err(no_text),
            _ => Err(senseless()),
        })
    }

    fn order(&self, path: &str, want: Want) -> Order {
        Order {
            path: path.to_owned(),
            limits: self.limits,
            want,
        }
    }

    async fn run(&self, path: &str, want: Want, bytes: &[u8]) -> Result<Answer, Lost> {
        let order = self.order(path, want);
        match self.pool.run(&packed(&order), bytes).await {
            Ok(answer) => {
                Ok(read_answer(&answer, &self.limits)
                    .unwrap_or_else(|| Answer::Nothing(senseless())))
            }
            Err(lost) if lost.is_ours() => Err(lost),
            Err(lost) => Ok(Answer::Nothing(no_text(lost.code(), lost.to_string()))),
        }
    }
}

/// Reads an answer as the message of a stranger; none if it breaks a rule that all answers keep.
fn read_answer(bytes: &[u8], limits: &Limits) -> Option<Answer> {
    let answer = codec::unpack(bytes).ok()?;
    let is_sane = match &answer {
        Answer::Parsed(parsed) => parsed.is_sane(limits),
        Answer::Text(text) => text.len() as u64 <= limits.text_bytes,
        Answer::Files(_) => true,
        Answer::Nothing(no_text) => is_said(no_text),
    };
    is_sane.then_some(answer)
}

impl Parsed {
    /// Tells whether everything is within its limits, and every place is one.
    pub(super) fn is_sane(&self, limits: &Limits) -> bool {
        let is_short = |title: &String| title.chars().count() <= MAX_TITLE;
        let mut before = None;
        self.chunks.len() <= limits.chunks as usize
            && self.title.as_ref().is_none_or(is_short)
            && self.lacking.iter().all(|lacking| is_said(&lacking.why))
            && self.chunks.iter().all(|NewChunk { text, place, .. }| {
                let is_later = before.replace(place.byte_start) < Some(place.byte_start);
                let length = place.byte_end.checked_sub(place.byte_start);
                is_later && length == Some(text.len() as u64) && is_place(place, limits)
            })
    }
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

fn is_said(no_text: &NoText) -> bool {
    let NoText { code, reason } = no_text;
    let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_CODE).contains(&code.len())
        && code.bytes().all(is_code)
        && reason.chars().count() <= MAX_REASON
}

/// Makes files of pieces, which are looked at like messages of a stranger; none if they make none.
async fn hand_over(
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
fn senseless() -> NoText {
    no_text(
        "extract-violation",
        "its parser said what no parser says".to_owned(),
    )
}

/// In a child: carries out an order.
#[must_use]
pub fn answer(order: &[u8], bytes: &[u8], emit: &mut Emit<'_>) -> Vec<u8> {
    let answer = match codec::unpack::<Order>(order) {
        Ok(order) => carry_out(&order, bytes, emit).unwrap_or_else(Answer::Nothing),
        Err(_) => Answer::Nothing(no_text("internal", "the order makes no sense".to_owned())),
    };
    packed(&answer)
}

fn carry_out(order: &Order, bytes: &[u8], emit: &mut Emit<'_>) -> Result<Answer, NoText> {
    let source = Source {
        bytes,
        name: Path::new(&order.path),
        depth: 0,
        limits: &order.limits,
    };
    let refused = |error: ExtractError| no_text(error.code(), error.to_string());
    let extracted = || extract::extract(&source).map_err(refused);
    match &order.want {
        Want::Text => Ok(Answer::Text(extracted()?.text)),
        Want::Chunks(params) => cut(extracted()?, params, &order.limits).map(Answer::Parsed),
        Want::Files => {
            let is_archive = extract::unpack(&source, &mut |name, content| {
                emit(&packed(&Head {
                    name: name.to_owned(),
                    length: content.len() as u64,
                }));
                content.chunks(PIECE).for_each(&mut *emit);
            });
            is_archive.map(Answer::Files).map_err(refused)
        }
    }
}

pub(super) fn cut(
    extracted: Extracted,
    params: &ChunkParams,
    limits: &Limits,
) -> Result<Parsed, NoText> {
    let Extracted {
        text,
        language,
        title,
        kind,
        headings,
        spots,
        report,
    } = extracted;
    let apart = apart(&spots);
    let chunks = chunk::chunk_apart(&text, kind, &headings, &apart, params);
    if chunks.len() > limits.chunks as usize {
        let reason = format!("it makes more than {} chunks", limits.chunks);
        return Err(no_text("too-many-chunks", reason));
    }
    let chunks = chunks.into_iter().map(|chunk| NewChunk {
        text: text[chunk.byte_range.clone()].to_owned(),
        heading: chunk.heading,
        place: Place {
            line_start: chunk.line_start,
            line_end: chunk.line_end,
            byte_start: chunk.byte_range.start as u64,
            byte_end: chunk.byte_range.end as u64,
            spot: spot_of(&spots, &chunk.byte_range),
        },
    });
    Ok(Parsed {
        lacking: lacking(report),
        chunks: chunks.collect(),
        title: title.map(|title| short(title, MAX_TITLE)),
        language: language.map(str::to_owned),
    })
}

/// Lists what has no text that could be searched. Of two with one name the later has a number.
fn lacking(report: Report) -> Vec<Lacking> {
    let mut names = Unique::default();
    let left_out = report.left_out.into_iter().map(|(name, error)| Lacking {
        part: names.own(name, |name, number| format!("{name} ({number})")),
        why: no_text(error.code(), error.to_string()),
    });
    left_out.collect()
}

/// Returns where the text is to be cut whatever its size: each slide, sheet or message stands for
/// itself, while a thought may go on over pages.
fn apart(spots: &[(usize, extract::Spot)]) -> Vec<usize> {
    let mut before = None;
    let mut apart = Vec::new();
    for (at, spot) in spots {
        let stands_alone = matches!(spot.unit, Unit::Slide | Unit::Sheet | Unit::Message);
        let is_new = before.replace(spot.number) != Some(spot.number);
        if stands_alone && is_new {
            apart.push(*at);
        }
    }
    apart
}

/// Returns the pages, or what the document has instead, that a range of its text stands on.
fn spot_of(spots: &[(usize, extract::Spot)], range: &Range<usize>) -> Option<Spot> {
    let after = spots.partition_point(|(begin, _)| *begin <= range.start);
    let end = spots.partition_point(|(begin, _)| *begin < range.end);
    let all = spots.get(after.checked_sub(1)?..end)?;
    let ((_, first), (_, last)) = (all.first()?, all.last()?);
    let rows = all.iter().filter_map(|(_, spot)| spot.row);
    let cells = rows.map(|row| Cells {
        top: row.number,
        bottom: row.number,
        columns: row.columns,
    });
    Some(Spot {
        unit: first.unit,
        first: first.number,
        last: last.number,
        cells: cells.reduce(|a, b| Cells {
            top: a.top.min(b.top),
            bottom: a.bottom.max(b.bottom),
            columns: a.columns.max(b.columns),
        }),
    })
}

fn short(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

fn no_text(code: &str, reason: String) -> NoText {
    NoText {
        code: code.to_owned(),
        // A library may say all that it did not understand.
        reason: short(reason, MAX_REASON),
    }
}

fn packed(value: &impl Serialize) -> Vec<u8> {
    codec::pack(value).expect("orders and answers are plain data")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed() -> Parsed {
        let extracted = Extracted {
            text: format!("# A\n\n{}", "walrus\n\n".repeat(50)),
            title: Some("A".to_owned()),
            kind: extract::Kind::Markdown,
            spots: vec![(
                0,
                extract::Spot {
                    unit: Unit::Sheet,
                    number: 1,
                    row: None,
                },
            )],
            ..Extracted::default()
        };
        let params = ChunkParams {
            max_tokens: 8,
            overlap_tokens: 0,
        };
        cut(extracted, &params, &Limits::default()).unwrap()
    }

    /// Tells whether an answer is believed after a child changed it.
    fn is_believed(change: impl FnOnce(&mut Parsed)) -> bool {
        let mut parsed = parsed();
        change(&mut parsed);
        read_answer(&packed(&Answer::Parsed(parsed)), &Limits::default()).is_some()
    }

    #[test]
    fn what_no_parser_says_is_not_believed() {
        assert!(is_believed(|_| ()));
        let long = "x".repeat(MAX_TITLE + 1);
        assert!(!is_believed(|parsed| parsed.title = Some(long)));
        assert!(!is_believed(|parsed| parsed.chunks[0].text.push('x')));
        assert!(!is_believed(|parsed| parsed.chunks.swap(0, 1)));
        assert!(!is_believed(|parsed| parsed.chunks[0].place.line_start = 0));
        assert!(!is_believed(|parsed| parsed.chunks[0].place.line_end = 0));
        assert!(!is_believed(|parsed| {
            let place = &mut parsed.chunks[1].place;
            (place.byte_start, place.byte_end) = (u64::MAX, 1);
        }));
        assert!(!is_believed(|parsed| {
            let spot = parsed.chunks[0].place.spot.as_mut().unwrap();
            (spot.first, spot.last) = (2, 1);
        }));
        assert!(!is_believed(|parsed| {
            let chunk = parsed.chunks[0].clone();
            parsed.chunks = vec![chunk; Limits::default().chunks as usize + 1];
        }));
        let said = |code: &str, reason: &str| {
            let (code, reason) = (code.to_owned(), reason.to_owned());
            let answer = Answer::Nothing(NoText { code, reason });
            read_answer(&packed(&answer), &Limits::default()).is_some()
        };
        assert!(said("no-text", "it has no text"));
        assert!(!said("\u{1b}[2J", "") && !said("", "") && !said("no-text", &"x".repeat(5_000)));
    }

    #[test]
    fn a_library_does_not_say_all_that_it_read() {
        let no_text = no_text("broken", "é".repeat(10_000));
        assert_eq!(no_text.reason.chars().count(), MAX_REASON);
    }

    /// Tells whether pieces were files, and how large these were.
    fn handed(pieces: Vec<Vec<u8>>, limits: &Limits) -> Option<usize> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            let (to, from) = mpsc::channel(PIECES);
            let (files, mut given) = mpsc::channel(PIECES);
            let sending = async move {
                for piece in pieces {
                    if to.send(piece).await.is_err() {
                        break;
                    }
                }
            };
            let handing = async move { hand_over(from, &files, limits).await };
            let taking = async {
                let mut bytes = 0;
                while let Some(given) = given.recv().await {
                    if let Given::File(file) = given {
                        bytes += file.content.len();
                    }
                }
                bytes
            };
            let ((), handed, bytes) = tokio::join!(sending, handing, taking);
            handed.map(|()| bytes)
        })
    }

    fn head(name: &str, length: u64) -> Vec<u8> {
        packed(&Head {
            name: name.to_owned(),
            length,
        })
    }

    #[test]
    fn pieces_are_files_or_nothing() {
        let limits = Limits::default();
        let content = || b"walrus".to_vec();
        let file = |name: &str, length| handed(vec![head(name, length), content()], &limits);
        assert_eq!(file("a", 6), Some(6));
        assert_eq!(handed(Vec::new(), &limits), Some(0));
        for length in [0, 5, 7, u64::MAX] {
            assert_eq!(file("a", length), None, "{length}");
        }
        for name in ["", "\u{1b}[2J", "a\n", &"x".repeat(MAX_NAME + 1)] {
            assert_eq!(file(name, 6), None, "{name:?}");
        }
        let mut few = limits;
        few.unpack.entries = 1;
        let two = vec![head("a", 0), head("b", 0)];
        assert_eq!(handed(two.clone(), &limits), Some(0));
        assert_eq!(handed(two, &few), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn no_answer_of_a_child_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_answer(&bytes, &Limits::default());
            let _ = handed(vec![bytes.clone(), bytes], &Limits::default());
        }

        #[test]
        fn no_answer_that_was_damaged_panics(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = packed(&Answer::Parsed(parsed()));
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(Answer::Parsed(parsed)) = read_answer(&bytes, &Limits::default()) {
                prop_assert!(parsed.is_sane(&Limits::default()));
            }
            bytes.truncate(end.index(bytes.len()));
            let _ = read_answer(&bytes, &Limits::default());
        }
    }
}
