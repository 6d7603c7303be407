//! OpenDocument: texts, sheets and slides, as Markdown.

use super::xml::{self, Element, Next};
use super::zipped::{self, Zipped};
use super::{ExtractError, Extracted, Kind, Row, Source, table};
use crate::index::Unit;

const FORMAT: &str = "OpenDocument file";
const KINDS: [&str; 3] = ["text", "spreadsheet", "presentation"];
/// A cell or row may say that it stands many times; empty ones fill the sheet.
const REPEATED: usize = 1_000;
/// What stands many times may take so much in all: a few bytes could fill all memory.
const FILLED: usize = 16 << 20;
/// Spaces that one sign stands for, at most.
const SPACES: usize = 200;

pub(super) fn fits(source: &Source<'_>) -> bool {
    let says = |kind: &&str| {
        zipped::says(
            source,
            &format!("application/vnd.oasis.opendocument.{kind}"),
        )
    };
    KINDS.iter().any(says)
}

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let mut file = Zipped::open(FORMAT, source)?;
    if let Some(manifest) = file.part("META-INF/manifest.xml")?
        && String::from_utf8_lossy(&manifest).contains("encryption-data")
    {
        return Err(ExtractError::Encrypted);
    }
    let mut writer = Writer::default();
    let content = file.needed("content.xml")?;
    xml::each(FORMAT, &content, source.limits, |next| writer.take(next))?;
    let mut written = writer.written;
    written.kind = Kind::Markdown;
    if let Some(meta) = file.part("meta.xml")? {
        let mut within = String::new();
        xml::each(FORMAT, &meta, source.limits, |next| match next {
            Next::Start(element) => within = element.name,
            Next::End(_) => within.clear(),
            Next::Text(text) => match within.as_str() {
                "title" => written.title = Some(text),
                "creator" | "initial-creator" => written.facts.author(&text),
                "date" => written.facts.date(&text),
                "keyword" => written.facts.tag(&text),
                _ => {}
            },
        })?;
    }
    Ok(written)
}

#[derive(Default)]
struct Writer {
    written: Extracted,
    /// The paragraph or heading that is open, in parts: notes and tables may stand within.
    open: Vec<Paragraph>,
    lists: usize,
    tables: Vec<Table>,
    slides: u32,
    /// What stands now is the title of a slide.
    in_title: bool,
    /// Of a spreadsheet, whose tables are its sheets.
    sheets: Option<u32>,
    /// What is not text stands within so many elements.
    hidden: usize,
    /// Bytes of what was repeated.
    filled: usize,
}

#[derive(Default)]
struct Paragraph {
    /// 0: no heading.
    level: usize,
    text: String,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    cell: String,
    /// The number of each of `rows`, and of the one that comes next.
    numbers: Vec<u32>,
    next: u32,
    /// How often the open cell and row stand.
    cells: usize,
    repeated: usize,
}

impl Writer {
    fn take(&mut self, next: Next) {
        match next {
            Next::Start(element) if self.hidden > 0 || is_hidden(&element.name) => {
                self.hidden += 1;
            }
            Next::Start(element) => self.start(&element),
            Next::End(_) if self.hidden > 0 => self.hidden -= 1,
            Next::End(name) => self.end(&name),
            Next::Text(text) => {
                if self.hidden == 0
                    && let Some(paragraph) = self.open.last_mut()
                {
                    paragraph.text.push_str(&text);
                }
            }
        }
    }

    fn start(&mut self, element: &Element) {
        let number = |name: &str| element.get(name).and_then(|number| number.parse().ok());
        match element.name.as_str() {
            "h" => self.open.push(Paragraph {
                level: number("outline-level").unwrap_or(1),
                ..Paragraph::default()
            }),
            "p" => self.open.push(Paragraph {
                level: usize::from(self.in_title),
                ..Paragraph::default()
            }),
            "frame" => self.in_title = element.get("class") == Some("title"),
            "list" => self.lists += 1,
            "spreadsheet" => self.sheets = Some(0),
            "table" => {
                if self.tables.is_empty()
                    && let Some(sheets) = &mut self.sheets
                {
                    *sheets += 1;
                    self.written.begin(Unit::Sheet, *sheets);
                    let name = element.get("name").unwrap_or_default();
                    self.written.text.push_str(&format!("## {name}\n\n"));
                }
                self.tables.push(Table::default());
            }
            "table-row" => {
                if let Some(table) = self.tables.last_mut() {
                    table.repeated = number("number-rows-repeated").unwrap_or(1);
                    table.rows.push(Vec::new());
                    table.numbers.push(table.next.saturating_add(1));
                }
            }
            "table-cell" | "covered-table-cell" => {
                if let Some(table) = self.tables.last_mut() {
                    table.cells = number("number-columns-repeated").unwrap_or(1);
                    table.cell.clear();
                }
            }
            "page" => {
                self.slides += 1;
                self.written.begin(Unit::Slide, self.slides);
            }
            "s" => self.push(&" ".repeat(number("c").unwrap_or(1).min(SPACES))),
            "tab" => self.push("\t"),
            "line-break" => self.push("\n"),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "h" | "p" => {
                if let Some(paragraph) = self.open.pop() {
                    self.write(&paragraph);
                }
            }
            "frame" => self.in_title = false,
            "list" => self.lists = self.lists.saturating_sub(1),
            "table-cell" | "covered-table-cell" => {
                if let Some(table) = self.tables.last_mut() {
                    let cell = std::mem::take(&mut table.cell);
                    let most = if cell.is_empty() { 64 } else { REPEATED };
                    let times = fill(&mut self.filled, cell.len(), table.cells.min(most));
                    if let Some(row) = table.rows.last_mut() {
                        row.extend(std::iter::repeat_n(cell.trim().to_owned(), times));
                    }
                }
            }
            "table-row" => {
                if let Some(table) = self.tables.last_mut()
                    && let Some(row) = table.rows.last_mut()
                {
                    let end = row
                        .iter()
                        .rposition(|cell| !cell.is_empty())
                        .map_or(0, |at| at + 1);
                    row.truncate(end);
                    let row = row.clone();
                    let bytes = row.iter().map(|cell| size_of::<String>() + cell.len());
                    let times = match end {
                        0 => 1,
                        _ => fill(&mut self.filled, bytes.sum(), table.repeated.min(REPEATED)),
                    };
                    for again in 1..times {
                        let before = u32::try_from(again).unwrap_or(u32::MAX);
                        let number = table.next.saturating_add(1).saturating_add(before);
                        table.rows.push(row.clone());
                        table.numbers.push(number);
                    }
                    let stands = u32::try_from(table.repeated).unwrap_or(u32::MAX);
                    table.next = table.next.saturating_add(stands);
                }
            }
            "table" => {
                if let Some(table) = self.tables.pop() {
                    self.write_table(&table);
                }
            }
            _ => {}
        }
    }

    fn write_table(&mut self, table: &Table) {
        if let Some(outer) = self.tables.last_mut() {
            let mut text = String::new();
            table::write(&mut text, &table.rows, |_, _| {});
            return outer.cell.push_str(&text.replace(['\n', '|'], " "));
        }
        let mut places = Vec::new();
        let text = &mut self.written.text;
        table::write(text, &table.rows, |row, at| places.push((row, at)));
        text.push('\n');
        if self.sheets.is_none() {
            return;
        }
        for (row, at) in places {
            let columns = u32::try_from(table.rows[row].len()).unwrap_or(u32::MAX);
            let number = table.numbers[row];
            self.written.row(at, Row { number, columns });
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(paragraph) = self.open.last_mut() {
            paragraph.text.push_str(text);
        }
    }

    fn write(&mut self, paragraph: &Paragraph) {
        let Paragraph { level, text } = paragraph;
        let text = text.trim_end();
        if let Some(table) = self.tables.last_mut() {
            if !table.cell.is_empty() {
                table.cell.push(' ');
            }
            return table.cell.push_str(text);
        }
        if text.trim().is_empty() {
            return;
        }
        let out = &mut self.written.text;
        match (level, self.lists) {
            (0, 0) => out.push_str(text),
            (0, lists) => {
                out.push_str(&"  ".repeat(lists.min(8) - 1));
                out.push_str("- ");
                out.push_str(text);
                return out.push('\n');
            }
            (level, _) => {
                out.push('\n');
                out.push_str(&"#".repeat((*level).clamp(1, 6)));
                out.push(' ');
                out.push_str(text.trim());
            }
        }
        out.push_str("\n\n");
    }
}

/// Returns how often something of so many bytes may stand, of the `times` that are wanted.
fn fill(filled: &mut usize, bytes: usize, times: usize) -> usize {
    let more = bytes.max(1).saturating_mul(times.saturating_sub(1));
    match filled.saturating_add(more) {
        all if all <= FILLED => {
            *filled = all;
            times
        }
        _ => times.min(1),
    }
}

/// Comments, changes that are tracked, and what draws or computes.
fn is_hidden(name: &str) -> bool {
    [
        "annotation",
        "tracked-changes",
        "forms",
        "font-face-decls",
        "automatic-styles",
        "scripts",
    ]
    .contains(&name)
}
