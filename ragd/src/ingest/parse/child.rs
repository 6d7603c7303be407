//! The child's end: an order is carried out, and what was read becomes chunks with their places.

use std::ops::Range;
use std::path::Path;

use protocol::codec;

use super::{
    Answer, Head, MAX_SYMBOLS, MAX_TITLE, Nothing, Order, PIECE, Parsed, Want, no_text, packed,
    short,
};
use crate::index::{Cells, NewChunk, Place, Spot, Symbol, Unit};
use crate::ingest::chunk::{self, ChunkParams, Shape};
use crate::ingest::extract::{self, ExtractError, Extracted, Item, Kind, Limits, Report, Source};
use crate::ingest::make::{Lacking, NoText};
use crate::ingest::secrets;
use crate::ingest::unique::Unique;
use crate::ledger::Fact;
use crate::sandbox::Emit;

/// Carries out an order.
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
        seen: &order.seen,
        ..Source::new(bytes, Path::new(&order.path), &order.limits)
    };
    let search = order.secrets.as_ref();
    // A library may quote what it did not understand.
    let unsaid = |mut reason: String| {
        if let Some(search) = search {
            secrets::redact_text(&mut reason, search);
        }
        reason
    };
    let refused = |error: ExtractError| {
        let why = no_text(error.code(), unsaid(error.to_string()));
        let unseen = match error {
            ExtractError::Scanned { pages, .. } => pages,
            _ => Vec::new(),
        };
        Nothing { why, unseen }
    };
    // From here on, nobody sees a secret.
    let extracted = || -> Result<_, Nothing> {
        let mut extracted = extract::extract(&source).map_err(refused)?;
        let redacted = search.map(|search| secrets::redact(&mut extracted, search));
        Ok((extracted, redacted.unwrap_or_default()))
    };
    match &order.want {
        Want::Text => {
            let (Extracted { text, report, .. }, _) = extracted()?;
            let unseen = report.unseen;
            Ok(Answer::Text { text, unseen })
        }
        Want::Chunks(params) => {
            let (extracted, redacted) = extracted()?;
            let mut parsed = cut(extracted, params, &order.limits)?;
            parsed.secrets = redacted;
            for Lacking { why, .. } in &mut parsed.lacking {
                why.reason = unsaid(std::mem::take(&mut why.reason));
            }
            Ok(Answer::Parsed(parsed))
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

pub(in crate::ingest) fn cut(
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
        items,
        seams,
        outline,
        spots,
        holds_files,
        mut report,
    } = extracted;
    let apart = apart(&spots);
    let shape = Shape {
        kind,
        headings: &headings,
        seams: &seams,
    };
    let chunks = chunk::chunk_apart(&text, shape, &apart, params);
    if chunks.len() > limits.chunks as usize {
        let reason = format!("it makes more than {} chunks", limits.chunks);
        return Err(no_text("too-many-chunks", reason));
    }
    let mut symbols = Symbols::new(&items);
    let chunks = chunks.into_iter().map(|chunk| NewChunk {
        text: text[chunk.byte_range.clone()].to_owned(),
        heading: chunk.heading,
        symbols: symbols.of(&chunk.byte_range),
        place: Place {
            line_start: chunk.line_start,
            line_end: chunk.line_end,
            byte_start: chunk.byte_range.start as u64,
            byte_end: chunk.byte_range.end as u64,
            spot: spot_of(&spots, &chunk.byte_range),
        },
    });
    let mut noted = noted(&report, &spots, text.len());
    if kind != Kind::Code
        && let Some(language) = extract::spoken(&text)
    {
        noted.push(("spoken".to_owned(), language.to_owned()));
    }
    let unseen = std::mem::take(&mut report.unseen);
    Ok(Parsed {
        lacking: lacking(report),
        holds_files,
        unseen,
        secrets: Vec::new(),
        chunks: chunks.collect(),
        title: title.map(|title| short(title, MAX_TITLE)),
        facts: facts.into_pairs().into_iter().chain(noted).collect(),
        language: language.map(str::to_owned),
        outline: outline.map(|outline| outline.pack()),
    })
}

/// Lists what there is to say about how a document was read, where it is not as usual: its pages, and
/// an encoding that was guessed.
fn noted(report: &Report, spots: &[(usize, extract::Spot)], bytes: usize) -> Vec<Fact> {
    let mut noted = Vec::new();
    let mut note = |name: &str, value: String| noted.push((name.to_owned(), value));
    if let Some((_, last)) = spots.last()
        && matches!(last.unit, Unit::Page | Unit::Slide)
    {
        note("pages", last.number.to_string());
        let without_text = report.unseen.len() as u64 + u64::from(report.blank);
        if without_text > 0 {
            note("pages-without-text", without_text.to_string());
        }
    }
    if !spots.is_empty() {
        note("text-bytes", bytes.to_string());
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

/// Goes over the items of a program, chunk by chunk.
struct Symbols<'a> {
    /// Those that begin later.
    items: std::slice::Iter<'a, Item>,
    /// Those that began, the outermost first.
    open: Vec<&'a Item>,
}

impl<'a> Symbols<'a> {
    fn new(items: &'a [Item]) -> Self {
        let (items, open) = (items.iter(), Vec::new());
        Self { items, open }
    }

    /// Returns what the next chunk has: first the item that it goes on with, then those that begin in it.
    fn of(&mut self, chunk: &Range<usize>) -> Vec<Symbol> {
        while self.open_next(chunk.start).is_some() {}
        self.open.retain(|item| item.range.end > chunk.start);
        let begins = self.items.as_slice().first();
        let begins = begins.is_some_and(|item| item.range.start == chunk.start);
        let goes_on = self.open.last().copied().filter(|_| !begins);
        let mut all: Vec<_> = goes_on.into_iter().collect();
        while let Some(item) = self.open_next(chunk.end) {
            all.push(item);
        }
        all.truncate(MAX_SYMBOLS);
        all.into_iter().map(|item| item.symbol.clone()).collect()
    }

    /// Begins the next item, if it begins before `at`.
    fn open_next(&mut self, at: usize) -> Option<&'a Item> {
        let next = self.items.as_slice().first()?;
        (next.range.start < at).then(|| {
            self.items.next();
            self.open.push(next);
            next
        })
    }
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
