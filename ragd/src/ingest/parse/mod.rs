//! Reading a document, in a child that can do nothing else: what is ordered, what comes back, and
//! both ends of it.

mod heard;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::codec;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::chunk::{self, ChunkParams};
use super::extract::{self, ExtractError, Extracted, Limits, Report, Seen, Source, Unpack, View};
use super::eyes::Eyes;
use super::make::{Lacking, NoText};
use super::unique::Unique;
use crate::config;
use crate::index::{Cells, NewChunk, Place, Spot, Unit};
use crate::ledger::Fact;
pub use crate::sandbox::Lost;
use crate::sandbox::{self, Emit, Pool, Settings};
use heard::{hand_over, read_answer, senseless};

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
/// After so many pages that could not be drawn or read, the others of a document are not tried: each
/// may take a minute.
const TRIES: u32 = 3;
/// Bytes of what is seen on the pages of one document; more than a book has.
const MAX_SEEN: usize = 8 << 20;
const _: () = assert!(
    2 * MAX_SEEN <= sandbox::MAX_HEAD as usize,
    "what was seen goes to a child in the head of an order"
);
/// The code of what has to be seen.
const UNSEEN: &str = "needs-vision";
/// A code is a few words.
const MAX_CODE: usize = 64;

/// Has documents read by children.
#[derive(Clone, Debug)]
pub struct Parser {
    pool: Arc<Pool>,
    limits: Limits,
    /// What reads pages that are pictures.
    eyes: Option<Arc<Eyes>>,
}

/// What a child is to do with the bytes that come with it.
#[derive(Serialize, Deserialize)]
struct Order {
    path: String,
    limits: Limits,
    seen: Vec<Seen>,
    want: Want,
}

#[derive(Serialize, Deserialize)]
enum Want {
    Chunks(ChunkParams),
    Text,
    Files,
    /// The picture of a page, as JPEG,
    Page(View),
    /// and as PGM.
    Grey(View),
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Parsed(Parsed),
    Text {
        text: String,
        unseen: Vec<u32>,
    },
    /// All files were given out, if it is an archive.
    Files(bool),
    Page(Vec<u8>),
    Grey(Vec<u8>),
    Nothing(Nothing),
}

/// Why there is nothing, and the pages of which the text has to be seen.
#[derive(Serialize, Deserialize)]
struct Nothing {
    why: NoText,
    unseen: Vec<u32>,
}

impl From<NoText> for Nothing {
    fn from(why: NoText) -> Self {
        let unseen = Vec::new();
        Self { why, unseen }
    }
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
    pub(super) facts: Vec<Fact>,
    pub(super) lacking: Vec<Lacking>,
    /// Those of its pages of which the text has to be seen.
    pub(super) unseen: Vec<u32>,
    pub(super) chunks: Vec<NewChunk>,
}

impl Parser {
    /// Prepares to start children as the configuration says.
    #[must_use]
    pub fn new(config: &config::Extract, ocr: &config::Ocr) -> Self {
        let eyes = ocr.tesseract.then(|| Arc::new(Eyes::new(ocr, config)));
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
            eyes,
            limits: Limits {
                text_bytes: config.text_bytes,
                chunks: config.chunks,
                pages: config.pages,
                pixels: config.pixels,
                unpack: Unpack {
                    bytes: config.archive_bytes,
                    entry_bytes: config.archive_entry_bytes,
                    entries: config.archive_entries,
                    depth: config.archive_depth,
                    ratio: config.archive_ratio,
                    entry_ratio: config.archive_entry_ratio,
                },
            },
        }
    }

    /// Returns how many documents are read at the same time.
    #[must_use]
    pub fn at_once(&self) -> usize {
        self.pool.settings().children
    }

    /// Returns what reads pictures, if it is allowed.
    #[must_use]
    pub fn eyes(&self) -> Option<&Eyes> {
        self.eyes.as_deref()
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
        Ok(match self.read(path, Want::Chunks(params), bytes).await? {
            Answer::Parsed(parsed) => Ok(parsed),
            Answer::Nothing(nothing) => Err(nothing.why),
            _ => Err(senseless()),
        })
    }

    /// Reads the text of a document, which its chunks are cut from.
    pub async fn text(&self, path: &str, bytes: &[u8]) -> Result<Result<String, NoText>, Lost> {
        Ok(match self.read(path, Want::Text, bytes).await? {
            Answer::Text { text, .. } => Ok(text),
            Answer::Nothing(nothing) => Err(nothing.why),
            _ => Err(senseless()),
        })
    }

    /// Has a document read, and once more when somebody saw what is on its pages.
    async fn read(&self, path: &str, want: Want, bytes: &[u8]) -> Result<Answer, Lost> {
        let mut order = self.order(path, want);
        let answer = self.run(&order, bytes).await?;
        let unseen = match &answer {
            Answer::Parsed(Parsed { unseen, .. }) | Answer::Text { unseen, .. } => unseen,
            Answer::Nothing(nothing) => &nothing.unseen,
            Answer::Files(_) | Answer::Page(_) | Answer::Grey(_) => return Ok(answer),
        };
        let Some(eyes) = self.eyes.as_deref().filter(|_| !unseen.is_empty()) else {
            return Ok(answer);
        };
        let (mut trouble, mut tries, mut room) = (None, TRIES, MAX_SEEN);
        for page in eyes.choose(unseen) {
            let drawing = self.order(path, Want::Grey(eyes.view(page)));
            let read = match self.run(&drawing, bytes).await? {
                Answer::Grey(picture) => eyes.read(&picture).await,
                Answer::Nothing(nothing) => Err(nothing.why.reason),
                _ => Err(senseless().reason),
            };
            match read {
                Ok(text) if text.len() <= room => {
                    room -= text.len();
                    order.seen.push(Seen { page, text });
                }
                Ok(_) => break,
                Err(why) => {
                    trouble = trouble.or(Some(why));
                    tries -= 1;
                    if tries == 0 {
                        break;
                    }
                }
            }
        }
        let mut answer = match order.seen.is_empty() {
            true => answer,
            false => self.run(&order, bytes).await?,
        };
        if let Some(why) = trouble {
            answer.explain(&why);
        }
        Ok(answer)
    }

    /// Has a page drawn, as JPEG.
    pub async fn page(
        &self,
        path: &str,
        view: View,
        bytes: &[u8],
    ) -> Result<Result<Vec<u8>, NoText>, Lost> {
        let order = self.order(path, Want::Page(view));
        Ok(match self.run(&order, bytes).await? {
            Answer::Page(jpeg) => Ok(jpeg),
            Answer::Nothing(nothing) => Err(nothing.why),
            _ => Err(senseless()),
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
            (_, Some(Answer::Nothing(nothing))) => Err(nothing.why),
            _ => Err(senseless()),
        })
    }

    fn order(&self, path: &str, want: Want) -> Order {
        Order {
            path: path.to_owned(),
            limits: self.limits,
            seen: Vec::new(),
            want,
        }
    }

    async fn run(&self, order: &Order, bytes: &[u8]) -> Result<Answer, Lost> {
        match self.pool.run(&packed(order), bytes).await {
            Ok(answer) => Ok(read_answer(&answer, &self.limits)
                .unwrap_or_else(|| Answer::Nothing(senseless().into()))),
            Err(lost) if lost.is_ours() => Err(lost),
            Err(lost) => {
                let why = no_text(lost.code(), lost.to_string());
                Ok(Answer::Nothing(why.into()))
            }
        }
    }
}

impl Answer {
    /// Adds why pages could not be seen.
    fn explain(&mut self, trouble: &str) {
        let add = |why: &mut NoText| {
            if why.code == UNSEEN {
                why.reason = short(format!("{}; {trouble}", why.reason), MAX_REASON);
            }
        };
        match self {
            Self::Nothing(nothing) => add(&mut nothing.why),
            Self::Parsed(parsed) => {
                let lacking = parsed.lacking.iter_mut();
                lacking.for_each(|lacking| add(&mut lacking.why));
            }
            Self::Text { .. } | Self::Files(_) | Self::Page(_) | Self::Grey(_) => {}
        }
    }
}

/// In a child: carries out an order.
#[must_use]
pub fn answer(order: &[u8], bytes: &[u8], emit: &mut Emit<'_>) -> Vec<u8> {
    let answer = match codec::unpack::<Order>(order) {
        Ok(order) => carry_out(&order, bytes, emit).unwrap_or_else(Answer::Nothing),
        Err(_) => {
            let why = no_text("internal", "the order makes no sense".to_owned());
            Answer::Nothing(why.into())
        }
    };
    packed(&answer)
}

fn carry_out(order: &Order, bytes: &[u8], emit: &mut Emit<'_>) -> Result<Answer, Nothing> {
    let source = Source {
        bytes,
        name: Path::new(&order.path),
        depth: 0,
        seen: &order.seen,
        limits: &order.limits,
    };
    let refused = |error: ExtractError| {
        let why = no_text(error.code(), error.to_string());
        let unseen = match error {
            ExtractError::Scanned { pages, .. } => pages,
            _ => Vec::new(),
        };
        Nothing { why, unseen }
    };
    let extracted = || extract::extract(&source).map_err(refused);
    match &order.want {
        Want::Text => {
            let Extracted { text, report, .. } = extracted()?;
            let unseen = report.unseen;
            Ok(Answer::Text { text, unseen })
        }
        Want::Chunks(params) => {
            let cut = cut(extracted()?, params, &order.limits);
            cut.map(Answer::Parsed).map_err(Nothing::from)
        }
        Want::Page(view) => {
            let picture = extract::show(&source, view);
            let jpeg = picture.and_then(|picture| picture.to_jpeg());
            jpeg.map(Answer::Page).map_err(refused)
        }
        Want::Grey(view) => {
            let picture = extract::show(&source, view).map_err(refused)?;
            Ok(Answer::Grey(picture.to_pgm()))
        }
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
        facts,
        kind,
        headings,
        spots,
        mut report,
    } = extracted;
    let unseen = std::mem::take(&mut report.unseen);
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
    let noted = noted(&report, &spots);
    Ok(Parsed {
        lacking: lacking(report),
        unseen,
        chunks: chunks.collect(),
        title: title.map(|title| short(title, MAX_TITLE)),
        facts: facts.into_pairs().into_iter().chain(noted).collect(),
        language: language.map(str::to_owned),
    })
}

/// Lists what there is to say about how a document was read, where it is not as usual: its pages, and
/// an encoding that was guessed.
fn noted(report: &Report, spots: &[(usize, extract::Spot)]) -> Vec<Fact> {
    let mut noted = Vec::new();
    let mut note = |name: &str, value: String| noted.push((name.to_owned(), value));
    if let Some((_, last)) = spots.last()
        && matches!(last.unit, Unit::Page | Unit::Slide)
    {
        note("pages", last.number.to_string());
    }
    if let Some(encoding) = report.encoding.filter(|encoding| *encoding != "UTF-8") {
        note("encoding", encoding.to_owned());
    }
    if report.lossy {
        note(
            "damaged",
            "some bytes have no meaning in the encoding".to_owned(),
        );
    }
    noted
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
mod tests;
