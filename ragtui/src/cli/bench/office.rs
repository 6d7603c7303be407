//! Made-up reports, in the formats of office programs: as plain as writers make them, and not packed.

use super::words::{Dice, Vocabulary};

const HEAD: &str = "<?xml version=\"1.0\"?>";
const MIME: &str = "application/vnd.oasis.opendocument.";
const OPEN_XML: &str = "application/vnd.openxmlformats-officedocument.";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const SECTIONS: usize = 6;
const PARAGRAPHS: usize = 5;
const WORDS: usize = 60;
const ROWS: usize = 100;
const COLUMNS: usize = 6;
const SLIDES: usize = 15;

/// The formats, by the ending of their files.
pub(super) const KINDS: [&str; 6] = ["docx", "xlsx", "pptx", "odt", "ods", "odp"];

/// The parts of a file, by name.
type Parts = Vec<(String, String)>;

/// Returns a report of a kind, with headings and tables where the format has them.
pub(super) fn report(kind: &str, words: &Vocabulary, seed: u64) -> Vec<u8> {
    let mut text = Text {
        words,
        dice: Dice::new(seed),
    };
    let parts = match kind {
        "docx" => text.word(),
        "xlsx" => text.excel(),
        "pptx" => text.powerpoint(),
        "odt" => open_document("text", &text.open_text()),
        "ods" => open_document("spreadsheet", &text.open_table(ROWS, COLUMNS)),
        _ => open_document("presentation", &text.open_slides()),
    };
    zip(&parts)
}

/// What reports say.
struct Text<'a> {
    words: &'a Vocabulary,
    dice: Dice,
}

impl Text<'_> {
    fn phrase(&mut self, count: usize) -> String {
        self.words.phrase(&mut self.dice, count)
    }

    /// Returns so many pieces, one after the other.
    fn times(&mut self, count: usize, mut piece: impl FnMut(&mut Self) -> String) -> String {
        (0..count).map(|_| piece(self)).collect()
    }

    fn word(&mut self) -> Parts {
        let paragraph = |style: &str, text: &str| {
            format!(
                "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
            )
        };
        let body = self.times(SECTIONS, |text| {
            let heading = paragraph("Heading1", &text.phrase(4));
            heading + &text.times(PARAGRAPHS, |text| paragraph("Normal", &text.phrase(WORDS)))
        });
        let rows = self.times(10, |text| {
            let cells = text.times(4, |text| {
                let cell = paragraph("Normal", &text.phrase(2));
                format!("<w:tc>{cell}</w:tc>")
            });
            format!("<w:tr>{cells}</w:tr>")
        });
        let document = format!(
            "{HEAD}<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
             <w:body>{body}<w:tbl>{rows}</w:tbl></w:body></w:document>"
        );
        let kind = "wordprocessingml.document.main";
        let mut parts = package("word/document.xml", kind);
        parts.push(("word/document.xml".to_owned(), document));
        parts
    }

    fn excel(&mut self) -> Parts {
        let mut number = 0;
        let rows = self.times(ROWS, |text| {
            number += 1;
            let cells = text.times(COLUMNS, |text| {
                let cell = text.phrase(2);
                format!("<c t=\"inlineStr\"><is><t>{cell}</t></is></c>")
            });
            format!("<row r=\"{number}\">{cells}</row>")
        });
        let space = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
        let book = format!(
            "{HEAD}<workbook {space} xmlns:r=\"{RELATIONS}\"><sheets>\
             <sheet name=\"Report\" sheetId=\"1\" r:id=\"r0\"/></sheets></workbook>"
        );
        let sheet = format!("{HEAD}<worksheet {space}><sheetData>{rows}</sheetData></worksheet>");
        let mut parts = package("xl/workbook.xml", "spreadsheetml.sheet.main");
        let links = links("worksheet", &["worksheets/sheet1.xml".to_owned()]);
        parts.push(("xl/workbook.xml".to_owned(), book));
        parts.push(("xl/_rels/workbook.xml.rels".to_owned(), links));
        parts.push(("xl/worksheets/sheet1.xml".to_owned(), sheet));
        parts
    }

    fn powerpoint(&mut self) -> Parts {
        let spaces = format!(
            "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" xmlns:r=\"{RELATIONS}\" \
             xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\""
        );
        let shape = |kind: &str, text: &str| {
            format!(
                "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"a\"/><p:cNvSpPr/><p:nvPr><p:ph type=\"{kind}\"/>\
                 </p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
            )
        };
        let mut parts = package("ppt/presentation.xml", "presentationml.presentation.main");
        let slides = (0..SLIDES).map(|number| format!("slides/slide{number}.xml"));
        let slides: Vec<_> = slides.collect();
        for slide in &slides {
            let shapes = shape("title", &self.phrase(5)) + &shape("body", &self.phrase(WORDS));
            let shown = format!(
                "{HEAD}<p:sld {spaces}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
            );
            parts.push((format!("ppt/{slide}"), shown));
        }
        let ids = (0..SLIDES).map(|at| format!("<p:sldId id=\"{}\" r:id=\"r{at}\"/>", 256 + at));
        let ids: String = ids.collect();
        let show = format!(
            "{HEAD}<p:presentation {spaces}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
        );
        parts.push(("ppt/presentation.xml".to_owned(), show));
        let links = links("slide", &slides);
        parts.push(("ppt/_rels/presentation.xml.rels".to_owned(), links));
        parts
    }

    fn open_text(&mut self) -> String {
        let text = self.times(SECTIONS, |text| {
            let heading = text.phrase(4);
            let paragraphs = text.times(PARAGRAPHS, |text| {
                let paragraph = text.phrase(WORDS);
                format!("<text:p>{paragraph}</text:p>")
            });
            format!("<text:h text:outline-level=\"1\">{heading}</text:h>{paragraphs}")
        });
        text + &self.open_table(10, 4)
    }

    fn open_table(&mut self, rows: usize, columns: usize) -> String {
        let rows = self.times(rows, |text| {
            let cells = text.times(columns, |text| {
                let cell = text.phrase(2);
                format!("<table:table-cell><text:p>{cell}</text:p></table:table-cell>")
            });
            format!("<table:table-row>{cells}</table:table-row>")
        });
        format!("<table:table table:name=\"Report\">{rows}</table:table>")
    }

    fn open_slides(&mut self) -> String {
        self.times(SLIDES, |text| {
            let (title, words) = (text.phrase(5), text.phrase(WORDS));
            format!(
                "<draw:page><draw:frame><draw:text-box><text:p>{title}</text:p><text:p>{words}</text:p>\
                 </draw:text-box></draw:frame></draw:page>"
            )
        })
    }
}

/// Returns what a file of Microsoft's formats begins with: what its parts are, and which is the first.
fn package(first: &str, kind: &str) -> Parts {
    let types = format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override \
         PartName=\"/{first}\" ContentType=\"{OPEN_XML}{kind}+xml\"/></Types>"
    );
    vec![
        ("[Content_Types].xml".to_owned(), types),
        (
            "_rels/.rels".to_owned(),
            links("officeDocument", &[first.to_owned()]),
        ),
    ]
}

/// Returns the list of what a part points to, under `r0`, `r1` and so on.
fn links(kind: &str, targets: &[String]) -> String {
    let links = targets.iter().enumerate().map(|(at, target)| {
        format!("<Relationship Id=\"r{at}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
    });
    let links: String = links.collect();
    format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{links}</Relationships>")
}

fn open_document(kind: &str, body: &str) -> Parts {
    let space =
        |name: &str| format!(" xmlns:{name}=\"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0\"");
    let spaces: String = ["office", "text", "table"].map(space).concat();
    let drawing = " xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\"";
    let content = format!(
        "{HEAD}<office:document-content{spaces}{drawing}><office:body><office:{kind}>{body}\
         </office:{kind}></office:body></office:document-content>"
    );
    // What tells the format stands at the very beginning.
    vec![
        ("mimetype".to_owned(), format!("{MIME}{kind}")),
        ("content.xml".to_owned(), content),
    ]
}

/// Puts files into a ZIP file as they are.
fn zip(files: &[(String, String)]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let start = word(file.len());
        let mut about = Vec::new();
        // Version, flags, how it is packed (not at all), time and date.
        for half in [20_u16, 0, 0, 0, 0x21] {
            about.extend(half.to_le_bytes());
        }
        about.extend(crc32fast::hash(content.as_bytes()).to_le_bytes());
        about.extend(word(content.len()));
        about.extend(word(content.len()));
        about.extend(word(name.len()));
        file.extend(b"PK\x03\x04");
        file.extend(&about);
        file.extend(name.as_bytes());
        file.extend(content.as_bytes());
        list.extend(b"PK\x01\x02\x14\0");
        list.extend(&about);
        // Comment, disk and attributes.
        list.extend([0; 10]);
        list.extend(start);
        list.extend(name.as_bytes());
    }
    let count = word(files.len());
    let (start, length) = (word(file.len()), word(list.len()));
    file.extend(list);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count[0], count[1], count[0], count[1]]);
    file.extend(length);
    file.extend(start);
    file.extend([0, 0]);
    file
}

/// Returns a number as ZIP files write it. The length of a name and of what follows it are two
/// halves of one.
fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}
