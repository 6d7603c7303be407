//! Files that mean harm, all made here or from the fixtures, the same each time.

use std::fmt::Write as _;
use std::path::Path;

use super::packed::{
    bz2, entry, gz, head, lying_zip, overlapping_zip, tar, with_parts, zip, zip_with_mode, zst,
};
use crate::damage::Random;

pub(super) type Files = Vec<(String, Vec<u8>)>;

/// Whatever climbs or is absolute ends in this, and is found nowhere.
pub(super) const ESCAPED: &str = "ragd-hostile-escaped";

const FIXTURES: [&str; 16] = [
    "a.doc",
    "a.docx",
    "a.epub",
    "a.html",
    "a.ipynb",
    "a.odp",
    "a.odt",
    "a.pdf",
    "a.pptx",
    "a.rtf",
    "b.csv",
    "b.ods",
    "b.xlsx",
    "files.7z",
    "files.tar.xz",
    "encrypted.7z",
];
const HOSTILE_FIXTURES: [&str; 11] = [
    "billion-laughs.xml",
    "broken-startxref.pdf",
    "cyclic-pages.pdf",
    "enc-empty-aes256.pdf",
    "enc-userpw-secret.pdf",
    "flate-bomb-300MB.pdf",
    "huge-mediabox.pdf",
    "junk-prefix.pdf",
    "truncated-60pct.pdf",
    "xobject-exponential.pdf",
    "zip-bomb-200MB.zip",
];

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    std::fs::read(folder.join(name)).unwrap()
}

/// `canary` is the absolute path of a file that nothing may touch.
pub(super) fn files(canary: &Path) -> Files {
    let canary = canary.to_str().unwrap();
    let mut files = Files::new();
    let mut add = |kind: &str, made: Files| {
        files.extend(
            made.into_iter()
                .map(|(name, bytes)| (format!("{kind}-{name}"), bytes)),
        );
    };
    let raw = HOSTILE_FIXTURES.map(|name| (name.to_owned(), fixture(name)));
    add("fixture", raw.to_vec());
    add("damaged", damaged());
    add("cut", cut());
    add("bomb", bombs());
    add("archive", archives(canary));
    add("xml", documents());
    add("web", web());
    add("mail", mail());
    add("text", texts());
    add("magic", magic());
    files
}

fn owned(files: Vec<(&str, Vec<u8>)>) -> Files {
    let files = files.into_iter();
    files
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
}

fn damaged() -> Files {
    let mut files = Files::new();
    for (seed, name) in (1..).zip(FIXTURES) {
        let (bytes, other) = (
            fixture(name),
            fixture(FIXTURES[(seed + 6) % FIXTURES.len()]),
        );
        for places in [1, 5, 25, 100] {
            let mut random = Random::new((seed * 1_000 + places) as u64);
            files.push((
                format!("{places}-{name}"),
                random.damaged(&bytes, &other, places),
            ));
        }
    }
    files
}

fn cut() -> Files {
    let mut files = Files::new();
    for name in FIXTURES {
        let bytes = fixture(name);
        for (part, length) in [
            ("head", 40),
            ("quarter", bytes.len() / 4),
            ("half", bytes.len() / 2),
            ("most", bytes.len() * 9 / 10),
            ("last", bytes.len() - 1),
        ] {
            files.push((
                format!("{part}-{name}"),
                bytes[..length.min(bytes.len())].to_vec(),
            ));
        }
    }
    files
}

fn bombs() -> Files {
    let zeros = vec![0; 20 << 20];
    let words = b"word ".repeat(1 << 20);
    let many: Vec<_> = (0..30_000).map(|n| format!("{n}.txt")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let (mut zips, mut gzs) = (zip(&[("deep.txt", b"deep")]), gz(&zeros));
    for _ in 0..8 {
        zips = zip(&[("inner.zip", &zips), ("twin.zip", &zips)]);
        gzs = gz(&gzs);
    }
    let mut seven = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    seven.extend([0; 4]);
    seven.extend([
        0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127, 0, 0, 0, 0,
    ]);
    let zeros_in_tar = tar(&[entry(b"zeros", b'0', b"", &zeros)]);
    let content = ("content.xml", words.as_slice());
    owned(vec![
        ("zeros.zip", zip(&[("zeros", &zeros)])),
        ("words.zip", zip(&[("words.txt", &words)])),
        ("zeros.gz", gz(&zeros)),
        ("zeros.txt.bz2", bz2(&zeros)),
        ("zeros.zst", zst(&zeros)),
        ("zeros.tar.gz", gz(&zeros_in_tar)),
        ("zeros.tar.bz2", bz2(&zeros_in_tar)),
        ("zeros.tar.zst", zst(&zeros_in_tar)),
        ("nested.zip", zips),
        ("nested.gz", gzs),
        ("in-zip.zip", zip(&[("a.zip", &zip(&[("zeros", &zeros)]))])),
        ("overlapping.zip", overlapping_zip()),
        ("many.zip", zip(&many)),
        ("lies-small.zip", lying_zip(1)),
        ("lies-large.zip", lying_zip(u32::MAX - 1)),
        ("header.7z", seven),
        (
            "window.zst",
            b"\x28\xb5\x2f\xfd\x00\xff\0\0\0\0\0\0\0\0".to_vec(),
        ),
        ("dictionary.xz", {
            let mut xz = fixture("files.tar.xz");
            // The size of the dictionary: all that can be said.
            xz[17] = 40;
            xz
        }),
        ("endless.tar", head(b"a.txt", b'0', b"", b"77777777777")),
        (
            "endless.tar.gz",
            gz(&head(
                b"a.txt",
                b'0',
                b"",
                b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            )),
        ),
        (
            "a.docx",
            with_parts(&fixture("a.docx"), &[("word/document.xml", &zeros)]),
        ),
        (
            "b.docx",
            with_parts(&fixture("a.docx"), &[("word/media/zeros.png", &zeros)]),
        ),
        (
            "a.xlsx",
            with_parts(&fixture("b.xlsx"), &[("xl/sharedStrings.xml", &zeros)]),
        ),
        ("a.odt", with_parts(&fixture("a.odt"), &[content])),
        (
            "b.odt",
            with_parts(&fixture("a.odt"), &[("content.xml", &zeros)]),
        ),
        (
            "a.epub",
            with_parts(&fixture("a.epub"), &[("EPUB/content.opf", &zeros)]),
        ),
    ])
}

fn archives(canary: &str) -> Files {
    let up = format!("../../../{ESCAPED}");
    let file = |name: &[u8]| tar(&[entry(name, b'0', b"", b"escaped words")]);
    let link = |name: &[u8], kind, to: &str| {
        // What comes behind a link is to be written through it.
        let within = [name, b"/", ESCAPED.as_bytes()].concat();
        tar(&[
            entry(name, kind, to.as_bytes(), b""),
            entry(name, b'0', b"", b"overwritten"),
            entry(&within, b'0', b"", b"overwritten"),
        ])
    };
    let deep = "d/".repeat(100) + "a.txt";
    let long = "x".repeat(60_000);
    let pax = format!("{} path={up}\n", up.len() + 9);
    let names = [
        up.as_str(),
        canary,
        "C:\\..\\..\\a.txt",
        "..",
        "a/../../../../b.txt",
        "\u{1b}]0;owned\u{7}.txt",
        "a\nb\r.txt",
        "\u{202e}txt.exe",
        "CON",
        " ",
        &deep,
        &long,
    ];
    let many = names.map(|name| (name, &b"escaped words"[..]));
    let twins = [
        "a.txt",
        "a.txt",
        "a (2).txt",
        "./a.txt",
        "A.TXT",
        "a.txt/",
        "a.txt/b.txt",
    ];
    let twins = twins.map(|name| entry(name.as_bytes(), b'0', b"", b"one of many"));
    owned(vec![
        ("names.zip", zip(&many)),
        ("up.tar", file(up.as_bytes())),
        ("up.tar.gz", gz(&file(up.as_bytes()))),
        (
            "absolute.tar",
            file(&canary.as_bytes()[..canary.len().min(99)]),
        ),
        ("not-utf8.tar", file(b"a\xff\xfe\x80.txt")),
        ("nul.zip", zip(&[("a\0b.txt", b"words")])),
        ("escapes.tar", file(b"\x1b[2J\x1b]52;c;AAAA\x07.txt")),
        ("empty-name.tar", file(b"/")),
        (
            "long-name.tar",
            tar(&[
                entry(b"././@LongLink", b'L', b"", long.as_bytes()),
                entry(b"x", b'0', b"", b"words"),
            ]),
        ),
        (
            "long-name-only.tar",
            tar(&[entry(b"././@LongLink", b'L', b"", long.as_bytes())]),
        ),
        (
            "pax.tar",
            tar(&[
                entry(b"pax", b'x', b"", pax.as_bytes()),
                entry(b"a.txt", b'0', b"", b"words"),
            ]),
        ),
        (
            "pax-size.tar",
            tar(&[
                entry(b"pax", b'x', b"", b"27 size=99999999999999999\n"),
                entry(b"a.txt", b'0', b"", b"words"),
            ]),
        ),
        (
            "pax-broken.tar",
            tar(&[
                entry(b"pax", b'x', b"", b"999999 path=\n\n= =\n"),
                entry(b"a.txt", b'0', b"", b"words"),
            ]),
        ),
        ("link-up.tar", link(b"l", b'2', "../../..")),
        ("link-root.tar", link(b"l", b'2', "/")),
        (
            "link-canary.tar",
            link(b"l", b'2', &canary[..canary.len().min(99)]),
        ),
        ("link-itself.tar", link(b"l", b'2', "l")),
        ("hard.tar", link(b"l", b'1', "/etc/passwd")),
        ("character.tar", link(b"l", b'3', "")),
        ("block.tar", link(b"l", b'4', "")),
        ("fifo.tar", link(b"l", b'6', "")),
        ("sparse.tar", link(b"l", b'S', "")),
        ("unknown.tar", link(b"l", b'?', "")),
        ("link.zip", zip_with_mode(0o120_777)),
        ("device.zip", zip_with_mode(0o020_666)),
        ("fifo.zip", zip_with_mode(0o010_666)),
        ("twins.tar", tar(&twins)),
        (
            "only-folders.tar",
            tar(&[entry(b"d/", b'5', b"", b""), entry(b"d/e/", b'5', b"", b"")]),
        ),
        (
            "ignore.zip",
            zip(&[
                (".ragignore", b"*\n"),
                ("a.md", b"words"),
                ("../.gitignore", b"*"),
            ]),
        ),
        (
            "two.zip",
            [zip(&[("a", b"one")]), zip(&[("b", b"two")])].concat(),
        ),
        ("nothing.zip", zip(&[])),
        (
            "zip-in-names.zip",
            zip(&[("a.zip!/b", b"words"), ("!/..!/", b"words")]),
        ),
    ])
}

/// What is XML in a file.
fn documents() -> Files {
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

fn web() -> Files {
    let page = |body: &str| format!("<!doctype html><title>T</title>{body}").into_bytes();
    let nested = |open: &str, close: &str| open.repeat(100_000) + "deep" + &close.repeat(100_000);
    let notebook = |source: &str| {
        format!("{{\"cells\": [{{\"cell_type\": \"code\", \"source\": {source}}}]}}").into_bytes()
    };
    owned(vec![
        ("deep.html", page(&nested("<div>", "</div>"))),
        ("deep-lists.html", page(&nested("<ul><li>", ""))),
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

fn mail() -> Files {
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

fn texts() -> Files {
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
        ("line.txt", b"word ".repeat(400_000)),
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

/// The first bytes of a format, and then nothing that belongs to it.
fn magic() -> Files {
    let begins: [(&str, &[u8]); 22] = [
        ("pdf", b"%PDF-1.7\n"),
        ("zip", b"PK\x03\x04"),
        ("docx", b"PK\x03\x04"),
        ("odt", b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x27\0\0\0\x27\0\0\0\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text"),
        ("empty.zip", b"PK\x05\x06"),
        ("doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("rtf", b"{\\rtf1"),
        ("html", b"<!doctype html>"),
        ("eml", b"From: a@x\r\nMessage-ID: <1>\r\n\r\n"),
        ("mbox", b"From a\nFrom: x\n"),
        ("ipynb", b"{\"cells\": ["),
        ("gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        ("bz2", b"BZh91AY&SY"),
        ("xz", b"\xfd7zXZ\0"),
        ("zst", b"\x28\xb5\x2f\xfd"),
        ("7z", b"7z\xbc\xaf\x27\x1c"),
        ("rar", b"Rar!\x1a\x07"),
        ("png", b"\x89PNG\r\n\x1a\n"),
        ("elf", b"\x7fELF\x02"),
        ("exe", b"MZ\0\0\x03\0"),
        ("sqlite", b"SQLite format 3\0"),
        ("txt", b"#!/bin/sh\n"),
    ];
    let mut random = Random::new(22);
    let mut files = Files::new();
    for (name, begin) in begins {
        for length in [0, 4_000] {
            let noise = (0..length).map(|_| random.below(256).to_le_bytes()[0]);
            let bytes = begin.iter().copied().chain(noise).collect();
            files.push((format!("{length}.{name}"), bytes));
        }
    }
    files
}
