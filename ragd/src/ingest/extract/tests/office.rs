//! Documents of Office that are written by hand.

use super::*;

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn relations(targets: &[(&str, &str)]) -> String {
    let targets = targets.iter().enumerate().map(|(number, (kind, target))| {
        format!(
            "<Relationship Id=\"rId{number}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>"
        )
    });
    let targets: String = targets.collect();
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{targets}</Relationships>"
    )
}

/// A document of Office with these parts, the first of which is the main one.
fn office(kind: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let (main, _) = parts[0];
    let types = format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/{main}\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.{kind}.main+xml\"/></Types>"
    );
    let top = relations(&[("officeDocument", main)]);
    let begin = [
        ("[Content_Types].xml", types.as_str()),
        ("_rels/.rels", &top),
    ];
    let all = begin.iter().chain(parts);
    let all: Vec<_> = all.map(|(name, part)| (*name, part.as_bytes())).collect();
    super::packed::zip(&all)
}

fn word(body: &str, comments: &str) -> Vec<u8> {
    const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    let body = format!("<w:document {W}><w:body>{body}</w:body></w:document>");
    let comments = format!("<w:comments {W}>{comments}</w:comments>");
    office(
        "wordprocessingml.document",
        &[
            ("word/document.xml", body.as_str()),
            ("word/comments.xml", comments.as_str()),
        ],
    )
}

fn read(bytes: &[u8], limits: Limits) -> Result<Extracted, ExtractError> {
    let source = Source::new(bytes, Path::new("a"), &limits);
    super::super::extract(&source)
}

const WORDS: &str = "<w:p><w:r><w:t>the walrus</w:t></w:r></w:p>";

#[test]
fn comments_stand_below_the_text() {
    let comment = "<w:comment w:id=\"0\" w:author=\"A. Seal\" w:initials=\"A\">\
        <w:p><w:r><w:t>Is it </w:t></w:r><w:r><w:t>one?</w:t></w:r></w:p>\
        <w:p><w:r><w:t>Or two?</w:t></w:r></w:p></w:comment>\
        <w:comment><w:p><w:r><w:t>Three &amp; four.</w:t></w:r></w:p></w:comment>";
    let found = read(&word(WORDS, comment), Limits::default()).unwrap();
    assert_eq!(
        found.text,
        "the walrus\n\n\n# Comments\n\nA. Seal: Is it one? Or two?\n\nThree & four.\n\n"
    );
    let found = read(&word(WORDS, ""), Limits::default()).unwrap();
    assert!(!found.text.contains("Comments"), "{}", found.text);
    // What is damaged costs nothing else.
    let found = read(&word(WORDS, "<!-- "), Limits::default()).unwrap();
    let left_out = super::formats::left_out(&found);
    assert_eq!(left_out, [("the comments", "broken")]);
    assert!(found.text.contains("the walrus"));
}

#[test]
fn comments_stand_below_their_slides() {
    let slide = |words: &str| {
        format!(
            "<p:sld xmlns:p=\"p\" xmlns:a=\"a\"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r>\
             <a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
        )
    };
    let presentation = "<p:presentation xmlns:p=\"p\" xmlns:r=\"r\"><p:sldIdLst>\
        <p:sldId id=\"256\" r:id=\"rId1\"/><p:sldId id=\"257\" r:id=\"rId0\"/>\
        </p:sldIdLst></p:presentation>";
    let slides = relations(&[
        ("slide", "slides/slide1.xml"),
        ("slide", "/ppt/slides/slide2.xml"),
    ]);
    let first = relations(&[("comments", "../comments/comment1.xml")]);
    let second = relations(&[("comments", "../comments/modernComment_1.xml")]);
    let found = office(
        "presentationml.presentation",
        &[
            ("ppt/presentation.xml", presentation),
            ("ppt/_rels/presentation.xml.rels", &slides),
            ("ppt/slides/slide1.xml", &slide("walrus")),
            ("ppt/slides/slide2.xml", &slide("seal")),
            ("ppt/slides/_rels/slide1.xml.rels", &first),
            ("ppt/slides/_rels/slide2.xml.rels", &second),
            (
                "ppt/commentAuthors.xml",
                "<p:cmAuthorLst><p:cmAuthor id=\"0\" name=\"A. Seal\"/></p:cmAuthorLst>",
            ),
            (
                "ppt/authors.xml",
                "<a><author id=\"{1}\" name=\"B. Hare\"/></a>",
            ),
            (
                "ppt/comments/comment1.xml",
                "<p:cmLst><p:cm authorId=\"0\"><p:pos x=\"1\"/><p:text>Is it one?</p:text></p:cm></p:cmLst>",
            ),
            (
                "ppt/comments/modernComment_1.xml",
                "<l><cm authorId=\"{1}\"><replyLst><reply authorId=\"{2}\"><txBody><p><r><t>No.</t></r>\
                 </p></txBody></reply></replyLst><txBody><p><r><t>Or two?</t></r></p></txBody></cm></l>",
            ),
        ],
    );
    let found = read(&found, Limits::default()).unwrap();
    let text = &found.text;
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("no {words}: {text}"))
    };
    let order = [
        "seal",
        "## Comments\n\nB. Hare: Or two?\n\nNo.\n\n",
        "walrus",
        "## Comments\n\nA. Seal: Is it one?\n\n",
    ];
    assert!(order.map(at).is_sorted(), "{text}");
    let slide = found.spots[1].0;
    assert!(at("No.") < slide && slide < at("walrus"), "{text}");
}

#[test]
fn depth_of_xml_has_its_limit() {
    let nested = |times: usize| {
        let (open, close) = ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>");
        word(
            &[&open.repeat(times), WORDS, &close.repeat(times)].concat(),
            "",
        )
    };
    let limit = |xml_depth: u32| Limits {
        xml_depth,
        ..Limits::default()
    };
    let code = |bytes: &[u8], limits| {
        let read = read(bytes, limits);
        read.map(|found| found.text).map_err(|error| error.code())
    };
    assert_eq!(code(&nested(40), limit(10)), Err("too-deep-xml"));
    assert_eq!(code(&nested(40), limit(100)).unwrap().trim(), "the walrus");
    for times in [60, 30_000, 100_000] {
        assert_eq!(code(&nested(times), limit(100)), Err("too-deep-xml"));
    }
    let table = "<w:tbl><w:tr><w:tc>".repeat(20_000);
    assert_eq!(code(&word(&table, ""), limit(100)), Err("too-deep-xml"));
    // What only ends, or is wide, is not deep.
    let wide = format!("</w:x>{WORDS}");
    assert!(code(&word(&wide.repeat(300), ""), limit(100)) != Err("too-deep-xml"));
}

#[test]
fn parts_that_unpack_to_much_are_read_as_long_as_the_whole_may() {
    let empty = "<w:p></w:p>".repeat(100_000);
    let file = word(&[WORDS, &empty].concat(), "");
    assert!(file.len() * 100 < empty.len(), "{}", file.len());
    let found = read(&file, Limits::default()).unwrap();
    assert_eq!(found.text.trim(), "the walrus");
    let much = word(&"<w:p></w:p>".repeat(1_000_000), "");
    let error = read(&much, Limits::default()).unwrap_err();
    assert_eq!(error.code(), "office-unpack-limit");
    assert_eq!(
        error.to_string(),
        "its parts unpack to more than 100 times its size"
    );
}
