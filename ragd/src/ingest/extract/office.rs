//! Word, PowerPoint and Excel, old and new, by the library `undoc`, as Markdown.

use std::collections::HashMap;

use undoc::render::{RenderOptions, render_section_to_string};
use undoc::{Document, Error, FormatType, Section};

use super::{ExtractError, Extracted, Kind, Source, Spot, zipped};

/// What documents of 97 to 2003 begin with.
pub(super) const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

pub(super) fn fits(source: &Source<'_>) -> bool {
    let is_packed = [zipped::MAGIC, COMPOUND]
        .iter()
        .any(|magic| source.bytes.starts_with(magic));
    is_packed && undoc::detect_format_from_bytes(source.bytes).is_ok()
}

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let document = undoc::parse_bytes(source.bytes).map_err(|error| match error {
        Error::Encrypted => ExtractError::Encrypted,
        error => ExtractError::Broken {
            format: "Office document",
            why: error.to_string(),
        },
    })?;
    let Document {
        format,
        metadata,
        sections,
        ..
    } = document;
    let mut written = Extracted {
        kind: Kind::Markdown,
        title: metadata.title,
        ..Extracted::default()
    };
    let options = RenderOptions::new().with_images(false).with_max_heading(6);
    let no_images = HashMap::new();
    for (at, section) in sections.iter().enumerate() {
        begin(&mut written, format, at, section);
        let text = render_section_to_string(section, at, format, &options, &no_images);
        written.text.push_str(&text);
        if !written.text.ends_with('\n') {
            written.text.push('\n');
        }
        written.text.push('\n');
        written.check(source.limits)?;
    }
    Ok(written)
}

fn begin(written: &mut Extracted, format: FormatType, at: usize, section: &Section) {
    let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
    match format {
        FormatType::Pptx | FormatType::Ppt => {
            written.begin(Spot::Slide(number));
        }
        FormatType::Xlsx | FormatType::Xls => {
            let name = section.name.clone().unwrap_or_else(|| number.to_string());
            written.begin(Spot::Sheet(name));
        }
        FormatType::Docx | FormatType::Doc => {}
    }
}
