//! Word, PowerPoint and Excel, old and new, by the library `undoc`, as Markdown.

use std::collections::HashMap;

use undoc::container::decode_xml_bytes;
use undoc::model::Block;
use undoc::render::{RenderOptions, render_section_to_string};
use undoc::{Document, Error, FormatType, Section};

use super::comments::{self, Comments};
use super::zipped::{self, Zipped};
use super::{ExtractError, Extracted, Kind, Row, Source, xml};
use crate::index::Unit;

const FORMAT: &str = "Office document";
/// What documents of 97 to 2003 begin with.
pub(super) const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

pub(super) fn fits(source: &Source<'_>) -> bool {
    let is_packed = [zipped::MAGIC, COMPOUND]
        .iter()
        .any(|magic| source.bytes.starts_with(magic));
    is_packed && undoc::detect_format_from_bytes(source.bytes).is_ok()
}

/// Where the parts are that the library reads.
const PARTS: [&str; 3] = ["word/", "ppt/", "xl/"];
/// What it calls a part that unpacks to a hundred times its size, as sheets of empty cells do.
const BOMB: &str = "decompression bomb";

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let Document {
        format,
        metadata,
        sections,
        ..
    } = parse(source)?;
    let mut written = Extracted {
        kind: Kind::Markdown,
        title: metadata.title,
        ..Extracted::default()
    };
    for author in metadata.author.iter().flat_map(|names| names.split(';')) {
        written.facts.author(author);
    }
    if let Some(date) = metadata.modified.or(metadata.created) {
        written.facts.date(&date);
    }
    metadata
        .keywords
        .iter()
        .for_each(|word| written.facts.tag(word));
    let options = RenderOptions::new().with_images(false).with_max_heading(6);
    let no_images = HashMap::new();
    let comments = comments::read(FORMAT, format, source).unwrap_or_else(|error| {
        let left_out = &mut written.report.left_out;
        left_out.push(("the comments".to_owned(), error));
        Comments::default()
    });
    let rows = match format {
        FormatType::Xlsx => row_numbers(source).unwrap_or_default(),
        _ => HashMap::new(),
    };
    for (at, section) in sections.iter().enumerate() {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let top = match format {
            FormatType::Pptx | FormatType::Ppt => written.begin(Unit::Slide, number),
            FormatType::Xlsx | FormatType::Xls => written.begin(Unit::Sheet, number),
            FormatType::Docx | FormatType::Doc => written.text.len(),
        };
        let text = render_section_to_string(section, at, format, &options, &no_images);
        written.text.push_str(&text);
        if let Some(numbers) = section.name.as_ref().and_then(|name| rows.get(name)) {
            place_rows(&mut written, top, section, numbers);
        }
        if !written.text.ends_with('\n') {
            written.text.push('\n');
        }
        written.text.push('\n');
        if let Some(comments) = comments.of_slides.get(&number) {
            written.text.push_str(&format!("## Comments\n\n{comments}"));
        }
        written.check(source.limits)?;
    }
    if !comments.of_text.is_empty() {
        let comments = format!("# Comments\n\n{}", comments.of_text);
        written.text.push_str(&comments);
    }
    Ok(written)
}

/// Gives a document to the library once it is known to cost little.
fn parse(source: &Source<'_>) -> Result<Document, ExtractError> {
    if source.bytes.starts_with(zipped::MAGIC) {
        measure(source)?;
    }
    let document = match undoc::parse_bytes(source.bytes) {
        // What may come out is known by now.
        Err(Error::ZipArchive(why)) if why.contains(BOMB) => {
            undoc::parse_bytes(&Zipped::open(FORMAT, source)?.unpacked()?)
        }
        parsed => parsed,
    };
    document.map_err(|error| match error {
        Error::Encrypted => ExtractError::Encrypted,
        error => ExtractError::Broken {
            format: FORMAT,
            why: error.to_string(),
        },
    })
}

/// Looks how much comes out of a document, and how deep it is.
fn measure(source: &Source<'_>) -> Result<(), ExtractError> {
    let mut file = Zipped::open(FORMAT, source)?;
    file.check()?;
    for name in file.names(&PARTS) {
        if name.ends_with(".xml")
            && let Some(part) = file.part(&name)?
            && let Ok(text) = decode_xml_bytes(&part)
        {
            xml::measure(&text, source.limits)?;
        }
    }
    Ok(())
}

/// Notes where the rows of a sheet stand, if what was written of it is one table and no more.
fn place_rows(written: &mut Extracted, top: usize, section: &Section, numbers: &[u32]) {
    let mut tables = section.content.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    let (Some(table), None) = (tables.next(), tables.next()) else {
        return;
    };
    let mut at = top;
    let mut lines = Vec::with_capacity(table.rows.len() + 1);
    for line in written.text[top..].split_inclusive('\n') {
        if line.starts_with('|') {
            lines.push(at);
        }
        at += line.len();
    }
    // Below the first stands the line that makes it a head.
    if lines.len() != table.rows.len() + 1 || numbers.len() < table.rows.len() {
        return;
    }
    lines.remove(1);
    for ((at, number), row) in lines.into_iter().zip(numbers).zip(&table.rows) {
        let spans = row.cells.iter().map(|cell| cell.col_span.max(1));
        let columns = spans.fold(0, u32::saturating_add);
        let number = *number;
        written.row(at, Row { number, columns });
    }
}

/// Returns the numbers of the rows that each sheet has, by its name: the library leaves them out, as
/// files leave out rows that are empty.
fn row_numbers(source: &Source<'_>) -> Result<HashMap<String, Vec<u32>>, ExtractError> {
    const MAIN: &str = "xl/workbook.xml";
    let mut file = Zipped::open(FORMAT, source)?;
    let relations = file.relations(MAIN)?;
    let mut sheets = Vec::new();
    let workbook = file.needed(MAIN)?;
    xml::each(FORMAT, &workbook, source.limits, |next| {
        if let xml::Next::Start(element) = next
            && element.name == "sheet"
            && let Some(name) = element.get("name")
            && let Some(sheet) = element.all("id").find_map(|id| relations.get(id))
        {
            sheets.push((name.to_owned(), sheet.part.clone()));
        }
    })?;
    let mut numbers = HashMap::new();
    for (name, part) in sheets {
        if let Some(sheet) = file.part(&part)? {
            numbers.insert(name, numbers_of(&sheet));
        }
    }
    Ok(numbers)
}

/// Returns the number of each `<row>`: what it says, or one more than the one before.
fn numbers_of(sheet: &[u8]) -> Vec<u32> {
    let sheet = String::from_utf8_lossy(sheet);
    let mut numbers = Vec::new();
    for row in sheet.split("<row").skip(1) {
        let head = row.split('>').next().unwrap_or_default();
        if !head.starts_with([' ', '\n', '\r', '\t', '/']) && !head.is_empty() {
            continue;
        }
        let said = head.split_once(" r=\"").and_then(|(_, rest)| {
            let (number, _) = rest.split_once('"')?;
            number.parse().ok()
        });
        let next = numbers
            .last()
            .map_or(1, |last: &u32| last.saturating_add(1));
        numbers.push(said.unwrap_or(next));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_numbers_that_they_say_or_the_next() {
        let sheet = br#"<rowBreaks/><row r="2" spans="1:3"><c r="A2"/></row><row/>
            <row hidden="1" r="9">x</row><row>"#;
        assert_eq!(numbers_of(sheet), [2, 3, 9, 10]);
    }
}
