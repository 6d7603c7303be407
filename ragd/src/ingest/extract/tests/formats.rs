//! One document in every format: text, structure and places.

use std::io::Write as _;

use super::*;

pub(super) fn document(name: &str) -> Extracted {
    read(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(name: &str) -> Result<Extracted, ExtractError> {
    extract(&document_file(name), Path::new(name))
}

/// Lists where in the text what begins.
pub(super) fn units(found: &Extracted) -> Vec<(usize, Unit, u32)> {
    let spots = found.spots.iter();
    spots
        .map(|(at, spot)| (*at, spot.unit, spot.number))
        .collect()
}

/// What every program kept of the same report.
fn check_report(name: &str, found: &Extracted) {
    for words in [
        "naïve café",
        "日本語テキスト",
        "Ελληνικά",
        "first bullet",
        "nested bullet",
        "final words",
    ] {
        assert!(
            found.text.contains(words),
            "{name} lacks {words}: {}",
            found.text
        );
    }
    // Office marks each word of a program as it is coloured.
    let plain = found.text.replace(['*', '`', '+'], " ");
    let code: Vec<_> = plain.split_whitespace().collect();
    assert!(
        code.windows(3).any(|words| words == ["return", "x", "1"]),
        "{name}: {}",
        found.text
    );
}

/// The lines that are headings, with their depth.
fn headings(text: &str) -> Vec<(usize, &str)> {
    text.lines()
        .filter_map(|line| {
            let title = line.trim_start_matches('#');
            let level = line.len() - title.len();
            (level > 0 && title.starts_with(' ')).then(|| (level, title.trim()))
        })
        .collect()
}

const HEADINGS: [(usize, &str); 5] = [
    (1, "Heading One"),
    (2, "Table section"),
    (3, "Lists"),
    (2, "Code"),
    (1, "Second chapter"),
];

#[test]
fn word_keeps_headings_tables_and_lists() {
    for name in ["a.docx", "a.doc"] {
        let found = document(name);
        check_report(name, &found);
        let kept = headings(&found.text);
        assert!(
            HEADINGS.iter().all(|heading| kept.contains(heading)),
            "{name}: {kept:?}"
        );
        assert!(
            found.text.contains("| Apple | 3 | 1.20 |"),
            "{name}: {}",
            found.text
        );
    }
    assert_eq!(document("a.docx").title.as_deref(), Some("Test Report"));
}

#[test]
fn opendocument_keeps_headings_tables_and_lists() {
    let found = document("a.odt");
    check_report("a.odt", &found);
    let kept = headings(&found.text);
    assert!(
        HEADINGS.iter().all(|heading| kept.contains(heading)),
        "{kept:?}"
    );
    assert!(
        found.text.contains("| Apple | 3 | 1.20 |"),
        "{}",
        found.text
    );
    assert!(found.text.contains("\n  - nested bullet"), "{}", found.text);
}

#[test]
fn slides_are_places() {
    for name in ["a.pptx", "a.odp"] {
        let found = document(name);
        // Titles are headings.
        for expected in ["# Heading One\n\nIntro paragraph", "first bullet"] {
            assert!(found.text.contains(expected), "{name}: {}", found.text);
        }
        let slides: Vec<_> = found.spots.iter().map(|(_, spot)| *spot).collect();
        assert!(slides.len() > 1, "{name}: {slides:?}");
        assert_eq!(
            (slides[0].unit, slides[0].number),
            (Unit::Slide, 1),
            "{name}"
        );
        let last = found.spots.last().unwrap().0;
        assert!(last > 0 && last < found.text.len(), "{name}");
    }
}

#[test]
fn sheets_are_places() {
    for name in ["b.xlsx", "b.ods"] {
        let found = document(name);
        let (_, first) = found.spots[0];
        assert_eq!((first.unit, first.number), (Unit::Sheet, 1), "{name}");
        let apple = found.text.find("| Apple").unwrap();
        let (_, spot) = found.spots.iter().find(|(at, _)| *at == apple).unwrap();
        let row = spot.row.unwrap();
        assert_eq!((row.number, row.columns), (2, 3), "{name}");
        assert!(
            found.text.contains("| Apple | 3 | multi line |"),
            "{name}: {}",
            found.text
        );
    }
}

#[test]
fn a_page_of_the_web_is_its_main_text() {
    let found = document("a.html");
    check_report("a.html", &found);
    assert_eq!(found.title.as_deref(), Some("Test Report"));
    let kept = headings(&found.text);
    assert!(
        HEADINGS.iter().all(|heading| kept.contains(heading)),
        "{kept:?}"
    );
    assert!(
        !found.text.contains("max-width"),
        "a style is no text: {}",
        found.text
    );
    let page = "<!doctype html><title>T</title><nav>menu</nav><main><h1>A</h1><p>b<script>c</script></main>";
    let found = extract(page.as_bytes(), Path::new("x")).unwrap();
    assert_eq!(
        (found.text.trim(), found.title.as_deref()),
        ("# A\n\nb", Some("T"))
    );
}

#[test]
fn a_book_is_read_in_its_order() {
    let found = document("a.epub");
    check_report("a.epub", &found);
    assert_eq!(found.title.as_deref(), Some("Test Report"));
    let at = |words: &str| {
        found
            .text
            .find(words)
            .unwrap_or_else(|| panic!("no {words}"))
    };
    assert!(at("Intro paragraph") < at("final words"));
    assert_eq!(units(&found)[0], (0, Unit::Chapter, 1));
}

#[test]
fn a_notebook_is_read_cell_by_cell() {
    let found = document("a.ipynb");
    check_report("a.ipynb", &found);
    assert_eq!(units(&found), [(0, Unit::Cell, 1)]);
    let notebook = r#"{"cells": [
        {"cell_type": "markdown", "source": "Intro"},
        {"cell_type": "code", "source": ["1 + ", "1"], "outputs": [{"data": {"text/plain": ["2"]}}]}
    ], "metadata": {"kernelspec": {"language": "python"}}}"#;
    let found = extract(notebook.as_bytes(), Path::new("a.ipynb")).unwrap();
    assert_eq!(
        found.text,
        "Intro\n\n```python\n1 + 1\n```\n```\n2\n```\n\n"
    );
    assert_eq!(units(&found), [(0, Unit::Cell, 1), (7, Unit::Cell, 2)]);
}

#[test]
fn rich_text_is_its_text() {
    check_report("a.rtf", &document("a.rtf"));
}

#[test]
fn pages_and_bookmarks_of_a_pdf_are_kept() {
    let found = document("a.pdf");
    for words in [
        "naïve café",
        "Ελληνικά",
        "first bullet",
        "final words",
        "return x + 1",
    ] {
        assert!(found.text.contains(words), "no {words}: {}", found.text);
    }
    assert_eq!(units(&found)[0], (0, Unit::Page, 1));
}

#[test]
fn a_damaged_pdf_is_read_as_far_as_it_goes() {
    for name in [
        "broken-startxref.pdf",
        "junk-prefix.pdf",
        "enc-empty-aes256.pdf",
    ] {
        assert!(document(name).text.contains("final words"), "{name}");
    }
    let code = |name: &str| {
        read(name)
            .map(|found| found.text.len())
            .map_err(|error| error.code())
    };
    assert_eq!(code("enc-userpw-secret.pdf"), Err("encrypted"));
    assert!(["broken", "no-text"].contains(&code("cyclic-pages.pdf").unwrap_err()));
    assert_eq!(code("huge-mediabox.pdf"), Err("no-text"));
    assert_eq!(code("truncated-60pct.pdf"), Err("broken"));
}

#[test]
fn data_stays_as_it_is() {
    let found = document("b.csv");
    assert_eq!(found.language, Some("csv"));
    assert_eq!(found.headings.len(), 1);
    assert_eq!(found.headings[0].title, "Name, Qty, Note");
    let found = document("billion-laughs.xml");
    assert!(
        found.text.contains("<!ENTITY"),
        "nothing is made of it: {}",
        found.text
    );
}

/// A file of OpenDocument, as others than its programs write it.
fn opendocument(kind: &str, body: &str) -> Vec<u8> {
    let kind = format!("application/vnd.oasis.opendocument.{kind}");
    let parts = [("mimetype", kind.as_str()), ("content.xml", body)];
    super::packed::stored_zip(&parts.map(|(name, content)| (name, content.as_bytes())))
}

#[test]
fn sheets_that_no_program_writes_are_read_as_far_as_they_go() {
    let sheet = |rows: &str| {
        let body = format!("<body><spreadsheet><table>{rows}</table></spreadsheet></body>");
        extract(&opendocument("spreadsheet", &body), Path::new("a.ods")).unwrap()
    };
    let cell = "<table-cell><p>x</p></table-cell>";
    let numbers = |found: &Extracted| -> Vec<u32> {
        let rows = found.spots.iter().filter_map(|(_, spot)| spot.row);
        rows.map(|row| row.number).collect()
    };
    // Rows that do not end, or end twice.
    let found = sheet(&format!(
        "<table-row>{cell}<table-row>{cell}</table-row></table-row>"
    ));
    assert_eq!(numbers(&found), [1, 1]);
    let found = sheet(&format!(
        "<table-row number-rows-repeated=\"4294967295\"/><table-row>{cell}</table-row>\
         <table-row number-rows-repeated=\"3\">{cell}</table-row>"
    ));
    assert_eq!(numbers(&found), [u32::MAX; 4]);
    // Little that says that it stands often.
    let many = format!(
        "<table-row number-rows-repeated=\"1000\"><table-cell number-columns-repeated=\"1000\">\
         <p>{}</p></table-cell></table-row>",
        "word ".repeat(1_000)
    );
    assert!(sheet(&many.repeat(10)).text.len() < 20 << 20);
}

pub(super) fn left_out(found: &Extracted) -> Vec<(&str, &'static str)> {
    let left_out = found.report.left_out.iter();
    left_out
        .map(|(name, error)| (name.as_str(), error.code()))
        .collect()
}

fn code_within(bytes: &[u8], name: &str, limits: Limits) -> Result<String, &'static str> {
    let source = Source::new(bytes, Path::new(name), &limits);
    let found = super::super::extract(&source);
    found.map(|found| found.text).map_err(|error| error.code())
}

#[test]
fn html_that_is_deep_is_refused_before_it_costs_anything() {
    let begin = std::time::Instant::now();
    let code = |page: &str| {
        let page = format!("<!doctype html>{page}");
        code_within(page.as_bytes(), "a.html", Limits::default())
    };
    for tag in ["div", "table><tr><td", "b", "svg", "ul><li", "font"] {
        for times in [3_000, 100_000] {
            let page = format!("<{tag}>x").repeat(times);
            assert_eq!(code(&page), Err("too-deep-html"), "{tag} {times}");
        }
    }
    // What is not deep for whoever reads it: its ends are left out, or it only speaks of tags.
    for part in [
        "<p>walrus",
        "<ul><li>walrus<li><p>seal</ul>",
        "<table><tr><td>a<td>b<tr><th>c</table>",
        "<dl><dt>a<dd>b</dl>",
        "<br>walrus<hr><img src=x>",
        "<a name=x>walrus",
        "<script>'<div>'</script>walrus",
        "<!-- <div> -->walrus",
        "<div><p>walrus</div>",
    ] {
        let read = code(&part.repeat(10_000));
        assert!(read.is_ok(), "{part}: {read:?}");
    }
    let nested = format!("{}walrus", "<div>".repeat(400));
    assert!(code(&nested).unwrap().contains("walrus"));
    let few = Limits {
        html_nodes: 100,
        ..Limits::default()
    };
    let page = format!("<html>{}", "<p>x</p>".repeat(60));
    assert_eq!(
        code_within(page.as_bytes(), "a.html", few),
        Err("too-many-nodes")
    );
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}

/// A PDF of one page that is drawn by these bytes.
fn pdf_of(draws: &[u8]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n\
        2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
        3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R\
        /Resources<</Font<</F 5 0 R>>>>>> endobj\n\
        5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n"
        .to_vec();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(draws).unwrap();
    let packed = packed.finish().unwrap();
    let head = format!(
        "4 0 obj <</Length {}/Filter/FlateDecode>> stream\n",
        packed.len()
    );
    pdf.extend(head.into_bytes());
    pdf.extend(packed);
    pdf.extend(b"\nendstream endobj\ntrailer <</Root 1 0 R/Size 6>>\n");
    pdf
}

#[test]
fn a_pdf_has_its_limits() {
    let spaces = vec![b' '; 1 << 20];
    let draws = [
        b"BT /F 12 Tf 72 700 Td (some words) Tj ET ".as_slice(),
        &spaces,
    ]
    .concat();
    let pdf = pdf_of(&draws);
    let read = |limits| code_within(&pdf, "a.pdf", limits);
    let usual = Limits::default();
    assert_eq!(read(usual).as_deref(), Ok("some words\n"));
    let few = Limits {
        pdf_objects: 4,
        ..usual
    };
    assert_eq!(read(few), Err("too-many-objects"));
    let small = Limits {
        pdf_stream_bytes: 1 << 20,
        ..usual
    };
    assert_eq!(read(small), Err("too-large-stream"));
    let bomb = document_file("flate-bomb-300MB.pdf");
    let read = code_within(&bomb, "a.pdf", usual);
    assert_eq!(read, Err("too-large-stream"));
}

#[test]
fn limits_of_any_size_are_told_in_a_unit_that_fits() {
    for (limit, expected) in [
        (300, "it is larger than 300 bytes"),
        (64 << 10, "it is larger than 65 kB"),
        (64 << 20, "it is larger than 67 MB"),
    ] {
        let error = ExtractError::TooLargeWithin(limit);
        assert_eq!(error.to_string(), expected);
    }
    for (limit, expected) in [
        (999_999, "it has more than 999999 pixels"),
        (64_000_000, "it has more than 64 million pixels"),
    ] {
        let error = ExtractError::TooManyPixels(limit);
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn documents_that_are_zip_files_have_their_limits() {
    let usual = Limits::default();
    let few = Limits {
        office_parts: 3,
        ..usual
    };
    for name in ["a.docx", "b.xlsx", "a.pptx", "a.odt", "a.epub"] {
        let read = code_within(&document_file(name), name, few);
        assert_eq!(read, Err("too-many-parts"), "{name}");
    }
    let flat = Limits {
        xml_depth: 3,
        ..usual
    };
    let read = code_within(&document_file("a.odt"), "a.odt", flat);
    assert_eq!(read, Err("too-deep-xml"));
    // Part of what Office writes, and much that it does not.
    let content =
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    let bomb = super::packed::zip(&[
        ("[Content_Types].xml", content.as_bytes()),
        ("word/document.xml", &vec![b' '; 16 << 20]),
    ]);
    assert_eq!(
        code_within(&bomb, "a.docx", usual),
        Err("office-unpack-limit")
    );
    let steep = Limits {
        office_ratio: 5_000,
        ..usual
    };
    assert_ne!(
        code_within(&bomb, "a.docx", steep),
        Err("office-unpack-limit")
    );
}
