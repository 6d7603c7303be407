//! Pages of which the text has to be seen, wholly or in part.

use ::image::ImageFormat;

use super::formats::left_out;
use super::pages::{flag, packed};
use super::*;

/// A PDF of one page that is drawn so, with the font `F` and the image `I`.
fn page(draws: &str) -> Vec<u8> {
    turned(draws, 0)
}

fn turned(draws: &str, degrees: u16) -> Vec<u8> {
    let (width, height) = (40, 20);
    let jpeg = packed(flag(width, height), ImageFormat::Jpeg);
    let mut pdf = format!(
        "%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n\
         2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
         3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate {degrees}/Contents 4 0 R\
         /Resources<</Font<</F 5 0 R/A 7 0 R>>/XObject<</I 6 0 R>>>>>> endobj\n\
         4 0 obj <</Length {}>> stream\n{draws}\nendstream endobj\n\
         5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n\
         7 0 obj <</Type/Font/Subtype/Type3/FontBBox[0 0 500 500]/FontMatrix[.001 0 0 .001 0 0]\
         /FirstChar 1/LastChar 5/Widths[500 500 500 500 500]/ToUnicode 8 0 R\
         /Encoding<</Differences[1/z1/z2/z3/z4/z5]>>\
         /CharProcs<</z1 9 0 R/z2 9 0 R/z3 9 0 R/z4 9 0 R/z5 9 0 R>>>> endobj\n\
         9 0 obj <</Length 8>> stream\n500 0 d0\nendstream endobj\n\
         8 0 obj <</Length {}>> stream\n{CLUSTERS}\nendstream endobj\n\
         6 0 obj <</Type/XObject/Subtype/Image/Width {width}/Height {height}\
         /ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length {}>> stream\n",
        draws.len(),
        CLUSTERS.len(),
        jpeg.len()
    )
    .into_bytes();
    pdf.extend(jpeg);
    pdf.extend(b"\nendstream endobj\ntrailer <</Root 1 0 R/Size 10>>\n");
    pdf
}

/// As WeasyPrint writes it: of the glyphs of a word, one bears all of its letters.
const CLUSTERS: &str = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
    /CMapName /A def\n/CMapType 2 def\n1 begincodespacerange\n<00> <ff>\nendcodespacerange\n\
    1 beginbfchar\n<05> <062d064e0628064a0628064a>\n\
    endbfchar\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend";

const SCAN: &str = "q 600 0 0 800 0 0 cm /I Do Q";
const STAMP: &str = "BT /F 9 Tf 20 20 Td (Fig 7 wolverinecap 10.1093/x) Tj ET";

fn seen(pdf: &[u8], text: &str) -> Extracted {
    let seen = [Seen {
        page: 1,
        text: text.to_owned(),
    }];
    let limits = Limits::default();
    let source = Source {
        seen: &seen,
        ..Source::new(pdf, Path::new("a.pdf"), &limits)
    };
    super::super::extract(&source).unwrap()
}

/// Lines of text that stand one below the other, drawn in this mode.
fn lines(count: usize, mode: u8) -> String {
    let lines = "(the walrus sleeps on the ice) Tj 0 -14 Td ".repeat(count);
    format!("BT /F 9 Tf {mode} Tr 40 700 Td {lines}ET")
}

#[test]
fn a_scan_with_a_stamp_has_to_be_seen() {
    // Whole, in strips, and on its side.
    let strips = (0..100).map(|strip| format!("q 600 0 0 8 0 {} cm /I Do Q ", strip * 8));
    for (draws, degrees) in [
        (SCAN.to_owned(), 0),
        (strips.collect(), 0),
        (SCAN.to_owned(), 90),
        ("q 600 0 0 500 0 150 cm /I Do Q".to_owned(), 270),
    ] {
        let pdf = turned(&format!("{draws} {STAMP}"), degrees);
        let found = extract(&pdf, Path::new("a.pdf")).unwrap();
        assert_eq!(found.text, "Fig 7 wolverinecap 10.1093/x\n", "{draws}");
        assert_eq!(found.report.unseen, [1], "{draws}");
        assert_eq!(left_out(&found), [("page 1", "needs-vision")]);
        let found = seen(&pdf, "the seal sings\nFig 7 Wolverinecap\n");
        assert_eq!(
            found.text,
            "Fig 7 wolverinecap 10.1093/x\n\nthe seal sings\n"
        );
        assert_eq!((found.report.unseen, found.spots.len()), (Vec::new(), 1));
    }
}

/// What a program could not read is no text, and what stands in the margins says nothing of a scan.
#[test]
fn a_scan_that_nobody_read_has_to_be_seen() {
    let footer =
        "(Confidential, for the members of the board of walruses and seals only) Tj 0 -9 Td ";
    let outlines = "10 10 m 20 20 l 30 10 l f ".repeat(60);
    for draws in [
        format!("{SCAN} BT /F 14 Tf 3 Tr 50 780 Td (.) Tj ET"),
        format!("{SCAN} BT /F 9 Tf 3 Tr 40 700 Td (|_~ l1 .. ,, -- :: ;; .. ~~ || __ ,, ii) Tj ET"),
        format!("{SCAN} BT /F 8 Tf 20 70 Td {} ET", footer.repeat(6)),
        format!("q 400 0 0 380 100 200 cm /I Do Q {STAMP}"),
        outlines,
    ] {
        let found = extract(&page(&draws), Path::new("a.pdf"));
        let unseen = match &found {
            Ok(found) => found.report.unseen.clone(),
            Err(ExtractError::Scanned { pages, .. }) => pages.clone(),
            Err(other) => panic!("{other}: {draws}"),
        };
        assert_eq!(unseen, [1], "{draws}");
    }
    // Nothing but a line, in a document without any text.
    let line = extract(&page("10 10 m 500 10 l S"), Path::new("a.pdf"));
    assert!(
        matches!(line, Err(ExtractError::Scanned { .. })),
        "{line:?}"
    );
}

#[test]
fn a_packed_picture_is_shown_as_the_picture() {
    let png = packed(flag(30, 20), ImageFormat::Png);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, &png).unwrap();
    let gz = gz.finish().unwrap();
    let limits = Limits::default();
    let view = View { page: 1, side: 100 };
    let shown = super::super::show(&Source::new(&gz, Path::new("a.png.gz"), &limits), &view);
    let plain = super::super::show(&Source::new(&png, Path::new("a.png"), &limits), &view);
    assert_eq!(shown.unwrap().to_pgm(), plain.unwrap().to_pgm());
    let text = Source::new(b"text", Path::new("a"), &limits);
    assert!(matches!(
        super::super::show(&text, &view),
        Err(ExtractError::NoPages)
    ));
}

/// Notes, and files that only a page or the document itself names.
#[test]
fn what_people_pinned_to_a_page_is_read() {
    let text = "BT /F 9 Tf 20 20 Td (the walrus sleeps on the ice floe) Tj ET";
    let pdf = String::from_utf8_lossy(&page(text)).into_owned();
    let notes = "/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(wolverinenote here)>>\
        <</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Contents(not this)>>\
        <</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 11 0 R>>]";
    let files = "11 0 obj <</Type/Filespec/F(a.txt)/EF<</F 12 0 R>>>> endobj\n\
        12 0 obj <</Length 3>> stream\nsea\nendstream endobj\n\
        13 0 obj <</Type/Filespec/F(b.xml)/EF<</F 14 0 R>>>> endobj\n\
        14 0 obj <</Length 4>> stream\n<a/>\nendstream endobj\ntrailer <</Root 1 0 R/Size 15>>";
    let pdf = pdf
        .replace("/Contents 4 0 R", &format!("/Contents 4 0 R{notes}"))
        .replace("/Type/Catalog", "/Type/Catalog/AF[13 0 R 11 0 R]")
        .replace("trailer <</Root 1 0 R/Size 10>>", files);
    let found = extract(pdf.as_bytes(), Path::new("a.pdf")).unwrap();
    assert_eq!(
        found.text,
        "the walrus sleeps on the ice floe\n\nwolverinenote here\n"
    );
    assert!(found.holds_files);
    let limits = Limits::default();
    let mut files = Vec::new();
    let source = Source::new(pdf.as_bytes(), Path::new("a.pdf"), &limits);
    let held = super::super::unpack(&source, &mut |name, content| {
        files.push(format!("{name}={}", String::from_utf8_lossy(content)));
    });
    assert!(held.unwrap());
    files.sort();
    assert_eq!(files, ["a.txt=sea", "b.xml=<a/>"]);
}

#[test]
fn a_page_that_has_its_text_is_not_looked_at() {
    let figure = "q 300 0 0 400 0 0 cm /I Do Q";
    for draws in [
        // What somebody read on it before is laid over it, and be it little.
        format!("{SCAN} {}", lines(40, 3)),
        format!("{SCAN} {} {STAMP}", lines(4, 3)),
        // On a background.
        format!("{SCAN} {}", lines(12, 0)),
        format!("{figure} {STAMP}"),
        // One that has no area.
        format!("q 600 0 0 0 0 0 cm /I Do Q {STAMP}"),
        "BT /F 9 Tf 20 20 Td (7) Tj ET".to_owned(),
    ] {
        let found = extract(&page(&draws), Path::new("a.pdf")).unwrap();
        assert_eq!(left_out(&found), [], "{draws}");
        assert!(found.report.unseen.is_empty(), "{draws}");
    }
}

#[test]
fn glyphs_whose_letters_another_bears_are_known() {
    let found = extract(
        &page("BT /A 9 Tf 20 20 Td <0102030405> Tj ET"),
        Path::new("a.pdf"),
    );
    let found = found.unwrap();
    assert_eq!(found.text, "حَبيبي\n");
    assert_eq!(left_out(&found), []);
    // Of these, nobody says what they are.
    let pdf = page("BT /A 9 Tf 20 20 Td <0501020304010203040102030401020304> Tj ET");
    let found = extract(&pdf, Path::new("a.pdf")).unwrap();
    assert_eq!(found.report.unseen, [1]);
    assert_eq!(seen(&pdf, "حَبيبي habibi").text, "حَبيبي\n\nحَبيبي habibi\n");
}
