//! Documents that go deep, wide and round in circles, and texts that steer a terminal.

use std::fmt::Write as _;

use super::corpus::{ESCAPED, Files, fixture, owned};
use crate::packed::with_parts;

/// What is XML in a file.
pub(super) fn documents() -> Files {
    let nested = |open: &str, close: &str| open.repeat(10_000) + "deep" + &close.repeat(10_000);
    let bomb = |root: &str, inner: &str| {
        let mut xml = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"lol\">".to_owned();
        for (new, old) in ('b'..='j').zip('a'..) {
            let ten = format!("&{old};").repeat(10);
            write!(xml, "<!ENTITY {new} \"{ten}\">").unwrap();
        }
        xml + "<!ENTITY f SYSTEM \"file:///etc/passwd\"><!ENTITY h SYSTEM \"http://127.0.0.1:9/\">]>"
            + &format!("<{root}>{}</{root}>", inner.replace('@', "&j;&f;&h;"))
    };
    let word = |body: &str| {
        let body = format!(
            "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
             <w:body>{body}</w:body></w:document>"
        );
        with_parts(
            &fixture("a.docx"),
            &[("word/document.xml", body.as_bytes())],
        )
    };
    let text = |xml: &str| with_parts(&fixture("a.odt"), &[("content.xml", xml.as_bytes())]);
    let sheet = |rows: &str| {
        let xml = format!("<b><spreadsheet><table>{rows}</table></spreadsheet></b>");
        with_parts(&fixture("b.ods"), &[("content.xml", xml.as_bytes())])
    };
    let excel = |part: &str, xml: &str| with_parts(&fixture("b.xlsx"), &[(part, xml.as_bytes())]);
    let book = |opf: &str| {
        let place = "<container><rootfile full-path=\"x.opf\"/></container>";
        let parts = [
            ("META-INF/container.xml", place),
            ("x.opf", opf),
            ("p", "<p>page</p>"),
        ];
        let parts = parts.map(|(name, xml)| (name, xml.as_bytes()));
        with_parts(&fixture("a.epub"), &parts)
    };
    let spine =
        "<item id=\"a\" href=\"p\"/>".repeat(5_000) + &"<itemref idref=\"a\"/>".repeat(20_000);
    let parts: Vec<_> = (0..30_000).map(|n| format!("word/part{n}.xml")).collect();
    let parts: Vec<_> = parts
        .iter()
        .map(|name| (name.as_str(), &b"<x/>"[..]))
        .collect();
    let attributes = |many: usize| {
        (0..many)
            .map(|n| format!(" a{n}=\"1\""))
            .collect::<String>()
    };
    let relation = "<Relationships><Relationship Id=\"rId1\" TargetMode=\"External\" \
        Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate\" \
        Target=\"http://127.0.0.1:9/x.dotm\"/></Relationships>";
    let cell = "<table-cell number-columns-repeated=\"1048576\"><p>x</p></table-cell>";
    let slide = nested("<p:grpSp>", "</p:grpSp>");
    owned(vec![
        ("deep.docx", word(&nested("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"))),
        ("deep-text.docx", word(&nested("<w:p><w:r><w:t>", "</w:t></w:r></w:p>"))),
        ("open.docx", word(&"<w:p>".repeat(10_000))),
        ("entities.docx", with_parts(&fixture("a.docx"), &[("word/document.xml",
            bomb("w:document", "<w:body><w:p><w:r><w:t>@</w:t></w:r></w:p></w:body>").as_bytes())])),
        ("parts.docx", with_parts(&fixture("a.docx"), &parts)),
        ("outside.docx", with_parts(&fixture("a.docx"),
            &[("word/_rels/document.xml.rels", relation.as_bytes())])),
        ("span.docx", word("<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"4294967295\"/></w:tcPr>\
            <w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr></w:tbl>")),
        ("title.docx", with_parts(&fixture("a.docx"), &[("docProps/core.xml",
            "<cp:coreProperties><dc:title>\u{9b}31m\u{202e}owned&#27;[2J</dc:title></cp:coreProperties>".as_bytes())])),
        ("deep.pptx", with_parts(&fixture("a.pptx"), &[("ppt/slides/slide1.xml", slide.as_bytes())])),
        ("deep.xlsx", excel("xl/worksheets/sheet1.xml", &nested("<row><c><is>", "</is></c></row>"))),
        ("entities.xlsx", excel("xl/sharedStrings.xml", &bomb("sst", "<si><t>@</t></si>"))),
        ("far.xlsx", excel("xl/worksheets/sheet1.xml", "<worksheet><dimension ref=\"A1:XFD1048576\"/>\
            <sheetData><row r=\"4294967295\"><c r=\"XFD1048576\"><v>1</v></c></row><row r=\"1\">\
            <c r=\"ZZZZZZZZZ99999999999\" t=\"s\"><v>4294967295</v></c></row></sheetData></worksheet>")),
        ("merged.xlsx", excel("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row r=\"1\"><c r=\"A1\">\
            <v>1</v></c></row></sheetData><mergeCells><mergeCell ref=\"A1:XFD1048576\"/></mergeCells></worksheet>")),
        ("deep.odt", text(&nested("<text:section>", "</text:section>"))),
        ("entities.odt", text(&bomb("office:body", "<text:p>@</text:p>"))),
        ("open.odt", text(&"<text:list><text:p>".repeat(200))),
        ("attribute.odt", text(&format!("<text:p a=\"{}\">x</text:p>", "y".repeat(2 << 20)))),
        ("attributes.odt", text(&format!("<text:p{}>x</text:p>", attributes(100_000)))),
        ("spaces.odt", text(&"<text:p><text:s text:c=\"4294967295\"/>x</text:p>".repeat(10_000))),
        ("repeated.ods", sheet(&format!("<table-row number-rows-repeated=\"1048576\">{cell}</table-row>").repeat(50))),
        ("rows.ods", sheet(&format!("<table-row>{cell}<table-row></table-row></table-row>"))),
        ("last.ods", sheet(&format!("<table-row number-rows-repeated=\"4294967295\"/><table-row>{cell}</table-row>"))),
        ("deep.epub", book(&nested("<manifest>", "</manifest>"))),
        ("entities.epub", book(&bomb("package", "<dc:title>@</dc:title>"))),
        ("spine.epub", book(&spine)),
        ("up.epub", book(&format!("<item id=\"a\" href=\"../../../../{ESCAPED}\"/><itemref idref=\"a\"/>"))),
        ("deep.xml", nested("<a>", "</a>").into_bytes()),
        ("deep.svg", nested("<g>", "</g>").into_bytes()),
    ])
}

pub(super) fn web() -> Files {
    let page = |body: &str| format!("<!doctype html><title>T</title>{body}").into_bytes();
    let nested = |open: &str, close: &str| open.repeat(100_000) + "deep" + &close.repeat(100_000);
    let notebook = |source: &str| {
        format!("{{\"cells\": [{{\"cell_type\": \"code\", \"source\": {source}}}]}}").into_bytes()
    };
    owned(vec![
        ("deep.html", page(&nested("<div>", "</div>"))),
        ("deep-lists.html", page(&"<ul><li>".repeat(10_000))),
        ("deep-quotes.html", page(&"<blockquote>".repeat(2_000))),
        ("deep-tables.html", page(&"<table><tr><td>".repeat(3_000))),
        (
            "formatting.html",
            page(&"<b><i><a href=x><p>".repeat(3_000)),
        ),
        (
            "attribute.html",
            page(&format!("<p title=\"{}\">x", "y".repeat(4 << 20))),
        ),
        (
            "attributes.html",
            page(&format!("<p {}>x", "a b=c ".repeat(100_000))),
        ),
        ("comment.html", page(&"<!-- ".repeat(100_000))),
        ("titles.html", page(&"<title>".repeat(50_000))),
        ("mains.html", page(&"<main ".repeat(50_000))),
        (
            "entities.html",
            page(&"&#x1b;&#27;&nbsp;&#xd800;&#x110000;&bogus;".repeat(1_000)),
        ),
        (
            "outside.html",
            page(
                "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>\
            <base href=http://127.0.0.1:9/><iframe src=x></iframe><img src=x><p>walls</p>",
            ),
        ),
        (
            "charset.html",
            b"<html><meta charset=utf-7>+ADw-script+AD4- \xff\xfe\xff".to_vec(),
        ),
        (
            "escape.html",
            page("<title>\u{1b}]0;owned\u{7}</title><h1>\u{1b}[31mred\u{9b}2J</h1>"),
        ),
        (
            "deep.rtf",
            ("{\\rtf1 ".to_owned() + &"{".repeat(100_000)).into_bytes(),
        ),
        (
            "closed.rtf",
            ("{\\rtf1 x".to_owned() + &"}".repeat(100_000) + "after").into_bytes(),
        ),
        ("bin.rtf", b"{\\rtf1 x\\bin2147483647 y\\bin-1 z}".to_vec()),
        (
            "unicode.rtf",
            ("{\\rtf1 ".to_owned() + &"\\u-10180?\\u99999?\\uc9999".repeat(9_999) + "}")
                .into_bytes(),
        ),
        (
            "pages.rtf",
            b"{\\rtf1\\ansicpg99999 \\'ff\\'f\\'1b[2J\\'}".to_vec(),
        ),
        (
            "word.rtf",
            ("{\\rtf1 \\".to_owned() + &"a".repeat(1 << 20) + "99999999999 }").into_bytes(),
        ),
        (
            "deep.ipynb",
            notebook(&("[".repeat(100_000) + &"]".repeat(100_000))),
        ),
        (
            "metadata.ipynb",
            ("{\"metadata\": ".to_owned() + &"{\"a\":".repeat(50_000)).into_bytes(),
        ),
        (
            "types.ipynb",
            b"{\"cells\": {\"0\": 1e999}, \"metadata\": [null]}".to_vec(),
        ),
        ("half.ipynb", notebook("\"\\ud800\\u0000\"")),
        (
            "ticks.ipynb",
            notebook(&format!("\"{}\"", "`".repeat(1 << 20))),
        ),
        (
            "language.ipynb",
            format!(
                "{{\"metadata\": {{\"kernelspec\": {{\"language\": \"{}\"}}}}, \"cells\": [{}]}}",
                "x".repeat(100_000),
                ["{\"cell_type\": \"code\"}"; 1_000].join(",")
            )
            .into_bytes(),
        ),
    ])
}

pub(super) fn mail() -> Files {
    const HEAD: &str = "From: a@x.org\r\nSubject: s\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n";
    let message = |rest: &str| format!("{HEAD}{rest}").into_bytes();
    let mut nested = String::new();
    let mut forwarded = String::new();
    for level in 0..1_000 {
        write!(
            nested,
            "Content-Type: multipart/mixed; boundary=B{level}\r\n\r\n--B{level}\r\n"
        )
        .unwrap();
        write!(forwarded, "Content-Type: message/rfc822\r\n\r\n{HEAD}").unwrap();
    }
    let one = "From a@x.org Mon Jan  1 10:00:00 2024\nFrom: a@x.org\nSubject: s\n\nbody\n\n";
    let attached =
        "--B\r\nContent-Disposition: attachment; filename=\"../../a\u{1b}[2J.txt\"\r\n\r\nx\r\n";
    let mixed = "Content-Type: multipart/mixed; boundary=B\r\n\r\n";
    // Base64 of a bomb is made here only in length: what is no base64 is as good.
    let noise = "QUFB".repeat(100_000);
    owned(vec![
        ("many.mbox", one.repeat(10_000).into_bytes()),
        (
            "empty.mbox",
            "From a\nFrom: x\n\n".repeat(5_000).into_bytes(),
        ),
        ("nested.eml", message(&nested)),
        ("forwarded.eml", message(&forwarded)),
        (
            "attachments.eml",
            message(&(mixed.to_owned() + &attached.repeat(10_000))),
        ),
        (
            "header.eml",
            message(&format!("X-Long: {}\r\n\r\nbody", "y".repeat(1 << 20))),
        ),
        ("headers.eml", message(&"X-Many: 1\r\n".repeat(50_000))),
        (
            "subject.eml",
            message("Subject: =?utf-8?q?=1B]0;owned=07=1B[2J?=\r\n\r\nbody"),
        ),
        (
            "to.eml",
            message(&format!("To: {}\r\n\r\nbody", "(((\"<,;:".repeat(20_000))),
        ),
        (
            "words.eml",
            message(&format!(
                "Subject: {}\r\n\r\nbody",
                "=?x-none?b?/w==?=".repeat(10_000)
            )),
        ),
        (
            "base64.eml",
            message(&format!("Content-Transfer-Encoding: base64\r\n\r\n{noise}")),
        ),
        (
            "boundary.eml",
            message("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\n----\r\n"),
        ),
        (
            "delivered.eml",
            message(&(mixed.to_owned() + "--B\r\n".repeat(50_000).as_str())),
        ),
        (
            "charset.eml",
            message("Content-Type: text/plain; charset=\"\u{1b}\"\r\n\r\n\u{1b}[2J"),
        ),
    ])
}

pub(super) fn texts() -> Files {
    let utf16: Vec<u8> = "half of a \u{1f600} face"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = [b"\xff\xfe", &utf16[..]].concat();
    let escapes = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}]52;c;AAAA\u{7}\u{9b}31m\u{202e}\u{2066}\u{feff}\u{e0041}";
    owned(vec![
        ("nuls.txt", vec![0; 100_000]),
        ("nul.txt", vec![0]),
        ("ones.txt", vec![0xff; 100_000]),
        ("cut-utf16.txt", marked[..marked.len() - 1].to_vec()),
        ("half-pair.txt", marked[..24].to_vec()),
        ("mark-only.txt", b"\xff\xfe".to_vec()),
        (
            "utf32.txt",
            "wide"
                .chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect(),
        ),
        (
            "overlong.txt",
            b"a\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80b".repeat(50),
        ),
        (
            "surrogates.txt",
            b"\xed\xa0\x80\xed\xbf\xbf words ".repeat(50),
        ),
        (
            "mixed.txt",
            [b"gr\xfc\xdfe ", "größe ".as_bytes(), b"\x82\xb1\x82\xea "].concat(),
        ),
        ("iso-2022.txt", b"\x1b$B$3$l\x1b(B\x1b$)C\x0e".repeat(20)),
        ("line.txt", b"word ".repeat(100_000)),
        ("letters.txt", b"x".repeat(2 << 20)),
        ("lines.txt", b"\n".repeat(1 << 20)),
        ("returns.txt", b"a\r".repeat(200_000)),
        ("short-lines.txt", b"a\n\n".repeat(200_000)),
        (
            "escapes.md",
            format!("# {escapes}\n\n{escapes} escaped words\n").into_bytes(),
        ),
        (
            "escapes.rst",
            format!("{escapes}\n{}\n\nx\n", "=".repeat(60)).into_bytes(),
        ),
        ("escapes.csv", format!("{escapes},b\n1,2\n").into_bytes()),
        ("headings.md", "# a\n".repeat(100_000).into_bytes()),
        (
            "deep-heading.md",
            ("#".repeat(100_000) + " a\n").into_bytes(),
        ),
        (
            "quotes.md",
            (">".repeat(100_000) + "a\n" + &"- ".repeat(50_000)).into_bytes(),
        ),
        ("fences.md", "````\n```\n~~~\n".repeat(30_000).into_bytes()),
        (
            "front.md",
            ("---\n".to_owned() + &"a: b\n".repeat(50_000)).into_bytes(),
        ),
        (
            "combining.txt",
            ("a".to_owned() + &"\u{301}".repeat(200_000)).into_bytes(),
        ),
        (
            "keys.yaml",
            (0..50_000)
                .map(|n| format!("k{n}: v\n"))
                .collect::<String>()
                .into_bytes(),
        ),
        ("columns.csv", ("c,".repeat(100_000) + "\n1\n").into_bytes()),
        ("deep.json", "[".repeat(200_000).into_bytes()),
    ])
}
