//! Made-up documents, as PDF and as a Word file: as plain as writers make them, and not packed.

use super::words::{Dice, Vocabulary};

const LINES_OF_PAGE: usize = 44;
const WORDS_OF_LINE: usize = 11;
const PARAGRAPHS: usize = 30;

/// Returns a manual of so many pages.
pub(super) fn pdf(words: &Vocabulary, seed: u64, pages: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    // The catalogue, the list of pages and the font come first, then two objects for each page.
    let page_number = |page: usize| 4 + 2 * page;
    let kids: String = (0..pages)
        .map(|page| format!("{} 0 R ", page_number(page)))
        .collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [ {kids}] /Count {pages} >>"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for page in 0..pages {
        let mut drawn = String::from("BT /F 10 Tf 14 TL 56 780 Td\n");
        for _ in 0..LINES_OF_PAGE {
            let line = words.phrase(&mut dice, WORDS_OF_LINE);
            drawn.push_str(&format!("({line}) Tj T*\n"));
        }
        drawn.push_str("ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
             /Resources << /Font << /F 3 0 R >> >> >>",
            page_number(page) + 1
        ));
        let length = drawn.len();
        objects.push(format!("<< /Length {length} >> stream\n{drawn}\nendstream"));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut places = String::new();
    for (number, object) in objects.iter().enumerate() {
        places.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file.push_str(&format!(
        "xref\n0 {size}\n0000000000 65535 f \n{places}\
         trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}

/// Returns a report with headings, paragraphs and a table.
pub(super) fn docx(words: &Vocabulary, seed: u64) -> Vec<u8> {
    const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    const LINKS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let mut dice = Dice::new(seed);
    let mut phrase = |count| words.phrase(&mut dice, count);
    let mut body = String::new();
    let paragraph = |style: &str, text: &str| {
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    for number in 0..PARAGRAPHS {
        if number % 5 == 0 {
            body.push_str(&paragraph("Heading1", &phrase(4)));
        }
        body.push_str(&paragraph("Normal", &phrase(60)));
    }
    body.push_str("<w:tbl>");
    for _ in 0..10 {
        let cells = (0..4).map(|_| {
            let cell = paragraph("Normal", &phrase(2));
            format!("<w:tc>{cell}</w:tc>")
        });
        let cells: String = cells.collect();
        body.push_str(&format!("<w:tr>{cells}</w:tr>"));
    }
    body.push_str("</w:tbl>");
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/\
         wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    zip(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", LINKS),
        ("word/document.xml", &document),
    ])
}

/// Puts files into a ZIP file as they are.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
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
