//! One document in every format: text, structure and places.

use super::*;

fn document(name: &str) -> Extracted {
    read(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(name: &str) -> Result<Extracted, ExtractError> {
    extract(&document_file(name), Path::new(name))
}

/// Lists where in the text what begins.
fn units(found: &Extracted) -> Vec<(usize, Unit, u32)> {
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
fn a_message_brings_what_is_attached_to_it() {
    let message = b"From: A <a@x.org>\r\nTo: b@x.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
        Message-ID: <1@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n\
        --B\r\nContent-Type: text/plain\r\n\r\nthe body\r\n--B\r\nContent-Type: text/plain\r\n\
        Content-Disposition: attachment; filename=\"notes.txt\"\r\n\r\nthe notes\r\n--B\r\n\
        Content-Type: image/png\r\nContent-Disposition: attachment; filename=\"p.png\"\r\n\r\n\
        \x89PNG\r\n\x1a\n\r\n--B--\r\n";
    let found = extract(message, Path::new("a.eml")).unwrap();
    assert_eq!(found.title.as_deref(), Some("Grüße"));
    for words in [
        "# Grüße",
        "From: A <a@x.org>",
        "To: b@x.org",
        "the body",
        "## notes.txt\n\nthe notes",
    ] {
        assert!(found.text.contains(words), "no {words}: {}", found.text);
    }
    let [(name, error)] = &found.report.left_out[..] else {
        panic!("{:?}", found.report)
    };
    assert_eq!((name.as_str(), error.code()), ("p.png", "broken"));
    let mailbox = [
        b"From a@x Mon Jan 1 00:00:00 2024\n".as_slice(),
        message,
        b"\nFrom b@x Mon Jan 1 00:00:00 2024\nFrom: b@x\nSubject: two\n\nsecond\n",
    ]
    .concat();
    let found = extract(&mailbox, Path::new("a.mbox")).unwrap();
    let second = found.text.find("# two").unwrap();
    assert_eq!(
        units(&found),
        [(0, Unit::Message, 1), (second, Unit::Message, 2)]
    );
    assert!(found.text.contains("second"), "{}", found.text);
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

/// A message with these attached, by name. `mark` stands between its parts.
fn message(mark: &str, attached: &[(&str, &[u8])]) -> Vec<u8> {
    let head = "From: a@x\r\nMessage-ID: <1@x>\r\n\
        Content-Type: multipart/mixed; boundary=MARK\r\n\r\n--MARK\r\n\r\nbody\r\n";
    let mut message = head.replace("MARK", mark).into_bytes();
    for (name, bytes) in attached {
        let head = format!(
            "--{mark}\r\nContent-Type: application/octet-stream\r\n\
                Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
        );
        message.extend_from_slice(head.as_bytes());
        message.extend_from_slice(bytes);
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(format!("--{mark}--\r\n").as_bytes());
    message
}

#[test]
fn archives_that_are_attached_are_opened() {
    let archive = super::packed::zip(&[("dir/a.txt", b"walrus\n"), ("b.bin", &[0, 1, 2])]);
    let mail = message("B", &[("all.zip", &archive), ("cut.zip", &archive[..40])]);
    let found = extract(&mail, Path::new("a.eml")).unwrap();
    assert!(
        found.text.contains("## all.zip: dir/a.txt\n\nwalrus\n"),
        "{}",
        found.text
    );
    let left_out = found.report.left_out.iter();
    let left_out: Vec<_> = left_out
        .map(|(name, error)| (name.as_str(), error.code()))
        .collect();
    assert_eq!(left_out[0], ("all.zip: b.bin", "binary"));
    assert!(
        left_out.iter().any(|(name, _)| name.starts_with("cut.zip")),
        "{left_out:?}"
    );
}

#[test]
fn files_that_are_attached_to_a_pdf_are_told_of() {
    let found = document("attachment.pdf");
    let left_out = found.report.left_out.iter();
    let left_out: Vec<_> = left_out
        .map(|(name, error)| (name.as_str(), error.code()))
        .collect();
    assert_eq!(left_out, [("image.png", "attached")]);
}

/// Breaks when something within a document is lost without a word.
#[test]
fn what_attachments_lack_is_told_by_their_names() {
    let picture: &[u8] = b"\x89PNG\r\n\x1a\n";
    let inner = message("I", &[("p.png", picture)]);
    let outer = message("O", &[("inner.eml", &inner), ("p.png", picture)]);
    let found = extract(&outer, Path::new("a.eml")).unwrap();
    let names: Vec<_> = found
        .report
        .left_out
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["inner.eml: p.png", "p.png"]);
    let many = vec![("a.txt", b"text".as_slice()); 60];
    let found = extract(&message("O", &many), Path::new("a.eml")).unwrap();
    let (name, error) = &found.report.left_out[0];
    assert_eq!(
        (name.as_str(), error.code()),
        ("more attachments", "too-many-within")
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

#[test]
fn a_message_in_disorder_does_not_cost_its_mailbox() {
    let good = "From a@x.org Mon Jan  1 10:00:00 2024\nFrom: a@x.org\nSubject: s\n\nthe walrus\n\n";
    let nameless = "From a@x.org Mon Jan  1 10:00:00 2024\nFrom: a@x.org\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: image/png; name=\"\u{1}\"\n\
        Content-Disposition: attachment\n\n\u{1}PNG\n--B--\n\n";
    let found = extract(
        format!("{good}{nameless}{good}").as_bytes(),
        Path::new("a.mbox"),
    )
    .unwrap();
    assert_eq!(found.text.matches("the walrus").count(), 2);
    let names: Vec<_> = found.report.left_out.iter().map(|(name, _)| name).collect();
    assert!(names.iter().all(|name| !name.is_empty()), "{names:?}");
}
