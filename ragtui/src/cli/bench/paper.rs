//! Made-up manuals, as PDF: as plain as writers make them, and not packed.

use super::words::{Dice, Vocabulary};

const LINES_OF_PAGE: usize = 44;
const WORDS_OF_LINE: usize = 11;

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
