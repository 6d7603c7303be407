//! Reading a document, in a child that can do nothing else: what is ordered, what comes back, and
//! the daemon's end of it. `child.rs` is the other end, `heard.rs` what is believed of an answer.

mod child;
mod heard;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::codec;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

pub use self::child::answer;
#[cfg(test)]
pub(super) use self::child::cut;
use super::chunk::ChunkParams;
use super::extract::{Limits, Seen, Unpack, View};
use super::eyes::{Eyes, is_blank};
use super::make::{Lacking, NoText};
use super::secrets::{Search, Secrets};
use crate::config;
use crate::index::NewChunk;
use crate::ledger::{Fact, Redacted};
pub use crate::sandbox::Lost;
use crate::sandbox::{self, Pool, Settings};
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

/// Bytes of an outline that is packed.
const MAX_OUTLINE: usize = 256 << 10;
/// Items that a chunk names; more are too many to be told from its text.
const MAX_SYMBOLS: usize = 64;
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
    secrets: Arc<Secrets>,
}

/// A document that is to be read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// Only its last part matters.
    pub path: &'a str,
    pub bytes: &'a [u8],
    /// What was seen on its pages before, and is all that counts; none: nobody has looked yet.
    pub seen: Option<&'a [Seen]>,
    /// Is told of each page that is looked at, which may take a minute.
    pub looks: &'a (dyn Fn(Look) + Send + Sync),
}

/// Somebody looks at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Begins,
    Ends,
}

impl<'a> Reading<'a> {
    /// A document that nobody has looked at.
    #[must_use]
    pub fn new(path: &'a str, bytes: &'a [u8]) -> Self {
        Self {
            path,
            bytes,
            seen: None,
            looks: &|_| {},
        }
    }
}

impl std::fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// What a child is to do with the bytes that come with it.
#[derive(Serialize, Deserialize)]
struct Order {
    path: String,
    limits: Limits,
    seen: Vec<Seen>,
    /// How secrets are looked for, to be replaced; none: the text stays as it is.
    secrets: Option<Search>,
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
    /// All files were given out, if it is an archive or a document with such.
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

/// What goes before the bytes of a file within.
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
    /// There are files within that are documents of their own.
    pub(super) holds_files: bool,
    /// Those of its pages of which the text has to be seen.
    pub(super) unseen: Vec<u32>,
    /// What was replaced in it.
    pub(super) secrets: Vec<Redacted>,
    pub(super) chunks: Vec<NewChunk>,
    /// What a program says of itself and of others, packed.
    pub(super) outline: Option<Vec<u8>>,
}

impl Parser {
    /// Prepares to start children as the configuration says.
    #[must_use]
    pub fn new(config: &config::Extract, ocr: &config::Ocr, secrets: &config::Secrets) -> Self {
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
            secrets: Arc::new(Secrets::new(secrets)),
            limits: Limits {
                text_bytes: config.text_bytes,
                chunks: config.chunks,
                pages: config.pages,
                pixels: config.pixels,
                pdf_objects: config.pdf_objects,
                pdf_stream_bytes: config.pdf_stream_bytes,
                xml_depth: config.xml_depth,
                office_parts: config.office_parts,
                office_ratio: config.office_ratio,
                html_nodes: config.html_nodes,
                html_depth: config.html_depth,
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

    /// Returns what is done about secrets.
    #[must_use]
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Reads and cuts a document, and returns with it what was seen on its pages, if somebody looked.
    /// The outer error is ours, the inner one the document's.
    pub(super) async fn parse(
        &self,
        reading: Reading<'_>,
        params: ChunkParams,
    ) -> Result<Result<(Parsed, Vec<Seen>), NoText>, Lost> {
        let (answer, seen) = self.read(reading, Want::Chunks(params)).await?;
        Ok(match answer {
            Answer::Parsed(parsed) => Ok((parsed, seen)),
            Answer::Nothing(nothing) => Err(nothing.why),
            _ => Err(senseless()),
        })
    }

    /// Reads the text of a document, which its chunks are cut from.
    pub async fn text(&self, reading: Reading<'_>) -> Result<Result<String, NoText>, Lost> {
        Ok(match self.read(reading, Want::Text).await?.0 {
            Answer::Text { text, .. } => Ok(text),
            Answer::Nothing(nothing) => Err(nothing.why),
            _ => Err(senseless()),
        })
    }

    /// Has a document read, and once more when somebody saw what is on its pages: that is returned
    /// too.
    async fn read(&self, reading: Reading<'_>, want: Want) -> Result<(Answer, Vec<Seen>), Lost> {
        let Reading { path, bytes, .. } = reading;
        let mut order = self.order(path, want);
        if let Some(seen) = reading.seen {
            order.seen = seen.to_vec();
            let answer = self.run(&order, bytes).await?;
            return Ok((answer, Vec::new()));
        }
        let answer = self.run(&order, bytes).await?;
        let unseen = match &answer {
            Answer::Parsed(Parsed { unseen, .. }) | Answer::Text { unseen, .. } => unseen,
            Answer::Nothing(nothing) => &nothing.unseen,
            Answer::Files(_) | Answer::Page(_) | Answer::Grey(_) => {
                return Ok((answer, Vec::new()));
            }
        };
        let Some(eyes) = self.eyes.as_deref().filter(|_| !unseen.is_empty()) else {
            return Ok((answer, Vec::new()));
        };
        let (mut trouble, mut tries, mut room) = (None, TRIES, MAX_SEEN);
        for &page in eyes.choose(unseen) {
            (reading.looks)(Look::Begins);
            let drawing = self.order(path, Want::Grey(eyes.view(page)));
            let read = match self.run(&drawing, bytes).await? {
                Answer::Grey(picture) if is_blank(&picture) => {
                    (reading.looks)(Look::Ends);
                    let why = "nothing can be seen on it: its picture may be damaged";
                    trouble = trouble.or(Some(why.to_owned()));
                    continue;
                }
                Answer::Grey(picture) => eyes.read(&picture).await,
                Answer::Nothing(nothing) => Err(nothing.why.reason),
                _ => Err(senseless().reason),
            };
            (reading.looks)(Look::Ends);
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
        if let Some(most) = eyes.most(unseen) {
            let why =
                format!("only the first {most} pages that are pictures are looked at (ocr.pages)");
            trouble = trouble.or(Some(why));
        }
        let mut answer = match order.seen.is_empty() {
            true => answer,
            false => self.run(&order, bytes).await?,
        };
        if let Some(why) = trouble {
            answer.explain(&why);
        }
        Ok((answer, order.seen))
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

    /// Has the files of an archive given out, or what is attached to a document, and tells whether it is
    /// one. What costs a child is tried twice.
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
            secrets: self.secrets.search(Path::new(path)).cloned(),
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
