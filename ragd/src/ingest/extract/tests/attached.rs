//! What is attached to messages and PDFs, and messages that were cut.

use std::io::Write as _;

use super::archive::{names, unpacked, unpacked_within};
use super::formats::{document, left_out, units};
use super::packed::zip;
use super::*;
use crate::index::Unit;

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

/// What came out, as text, by its name.
fn attached(bytes: &[u8], name: &str) -> Vec<(String, String)> {
    unpacked(bytes, name).unwrap().0
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
        "Attached: notes.txt\nAttached: p.png\n",
    ] {
        assert!(found.text.contains(words), "no {words}: {}", found.text);
    }
    assert!(found.holds_files);
    assert_eq!(left_out(&found), []);
    let (notes, picture) = ("the notes", "\u{fffd}PNG\r\n\u{1a}\n");
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let expected = [pair("notes.txt", notes), pair("p.png", picture)];
    assert_eq!(attached(message, "a.eml"), expected);
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
    let expected = [pair("1/notes.txt", notes), pair("1/p.png", picture)];
    assert_eq!(attached(&mailbox, "a.mbox"), expected);
}

#[test]
fn what_is_within_what_is_attached_comes_out_too() {
    let archive = zip(&[("dir/a.txt", b"walrus\n".as_slice()), ("..", b"x")]);
    let pdf = document_file("attachment.pdf");
    let inner = message("I", &[("a.zip", &archive), ("a.pdf", &pdf)]);
    let outer = message("O", &[("inner.eml", &inner), ("cut.zip", &archive[..40])]);
    let all = zip(&[("mails/outer.eml", &outer), ("b.txt", b"seal\n")]);
    let found = unpacked(&all, "all.zip").unwrap();
    let expected = [
        "mails/outer.eml",
        "mails/outer.eml!/inner.eml",
        "mails/outer.eml!/inner.eml!/a.pdf",
        "b.txt",
    ];
    assert_eq!(names(&found), expected);
    let deep = |name: &str| (format!("mails/outer.eml!/inner.eml!/{name}"), "too-deep");
    // Whatever else is left out of a message is told with it.
    assert_eq!(found.1, [deep("a.zip"), deep("a.pdf!/image.png")]);
    let found = unpacked(&outer, "outer.eml").unwrap();
    let expected = [
        "inner.eml",
        "inner.eml!/a.zip!/dir/a.txt",
        "inner.eml!/a.pdf",
        "inner.eml!/a.pdf!/image.png",
    ];
    assert_eq!(names(&found), expected);
    let broken = |name: &str| (name.to_owned(), "broken");
    assert_eq!(found.1, [broken("cut.zip!/dir/a.txt"), broken("cut.zip")]);
    let found = unpacked(&inner, "inner.eml").unwrap();
    assert_eq!(found.1, [("a.zip!/..".to_owned(), "bad-name")]);
}

#[test]
fn what_is_attached_has_the_limits_of_archives() {
    let many = vec![("a.txt", b"text".as_slice()); 60];
    let many = message("O", &many);
    let few = Unpack {
        entries: 50,
        ..Unpack::default()
    };
    let (files, left_out) = unpacked_within(&many, "a.eml", few).unwrap();
    assert_eq!(files.len(), 50);
    assert_eq!(files[1].0, "a (2).txt");
    assert_eq!(left_out, [("the rest".to_owned(), "too-many-within")]);
    let small = Unpack {
        entry_bytes: 3,
        ..Unpack::default()
    };
    let (files, left_out) = unpacked_within(&many, "a.eml", small).unwrap();
    assert!(files.is_empty());
    assert_eq!(left_out.len(), 60);
    assert_eq!(left_out[0], ("a.txt".to_owned(), "too-large-within"));
}

#[test]
fn what_is_attached_has_the_name_of_a_file() {
    let names_of =
        |name: &str| names(&unpacked(&message("B", &[(name, b"x")]), "a.eml").unwrap()).concat();
    for (name, expected) in [
        ("../../up/a.txt", "a.txt"),
        ("C:\\\\files\\\\a.txt", "a.txt"),
        ("a/", "attachment"),
        (".", "attachment"),
        ("a/..", "attachment"),
        ("\u{1b}[2Ja", "[2Ja"),
    ] {
        assert_eq!(names_of(name), expected);
    }
}

#[test]
fn a_packed_message_has_its_attachments() {
    let mail = message("B", &[("a.txt", b"walrus")]);
    let packed = super::packed::gz(&mail);
    let expected = [("a.txt".to_owned(), "walrus".to_owned())];
    assert_eq!(attached(&packed, "a.eml.gz"), expected);
    // One that is packed in itself again and again has an end.
    let mut packed = mail;
    for _ in 0..20 {
        packed = super::packed::gz(&packed);
    }
    let refusal = unpacked(&packed, "a.eml.gz").unwrap_err();
    assert_eq!(refusal.code(), "too-deep");
}

#[test]
fn files_that_are_attached_to_a_pdf_come_out() {
    let found = document("attachment.pdf");
    assert!(found.holds_files);
    assert_eq!(left_out(&found), []);
    let pdf = document_file("attachment.pdf");
    let files = attached(&pdf, "a.pdf");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, "image.png");
    assert!(files[0].1.starts_with("\u{fffd}PNG"), "{}", files[0].1);
    assert!(!document("a.pdf").holds_files);
}

/// A PDF without text, and with files: their names, how they are packed, and their bytes.
fn pdf_with(files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
        3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>> endobj\n"
        .to_vec();
    let mut tree = String::new();
    for (number, (name, packing, bytes)) in (4..).zip(files) {
        let length = bytes.len();
        let head = format!("{number} 0 obj <</Length {length}{packing}>> stream\n");
        pdf.extend(head.into_bytes());
        pdf.extend_from_slice(bytes);
        pdf.extend(b"\nendstream endobj\n");
        tree += &format!("({number}) <</Type/Filespec/F({name})/EF<</F {number} 0 R>>>>");
    }
    let root = format!(
        "1 0 obj <</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[{tree}]>>>>>> endobj\n\
         trailer <</Root 1 0 R/Size {}>>\n",
        files.len() + 4
    );
    pdf.extend(root.into_bytes());
    pdf
}

#[test]
fn a_pdf_that_only_holds_files_is_a_list_of_them() {
    let flate = |bytes: &[u8]| {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let packed = flate(b"the walrus");
    let pdf = pdf_with(&[
        ("../a.txt", "", b"the seal"),
        ("b.txt", "/Filter/FlateDecode", &packed),
        ("c.txt", "/Filter/LZWDecode", b"\x80"),
    ]);
    let found = extract(&pdf, Path::new("a.pdf")).unwrap();
    assert_eq!(
        found.text,
        "Attached: ../a.txt\nAttached: b.txt\nAttached: c.txt\n"
    );
    assert_eq!(left_out(&found), [("c.txt", "broken")]);
    let expected = [("a.txt", "the seal"), ("b.txt", "the walrus")];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(attached(&pdf, "a.pdf"), expected);
    let bomb = pdf_with(&[("b.txt", "/Filter/FlateDecode", &flate(&vec![0; 8 << 20]))]);
    let refusal = unpacked(&bomb, "a.pdf").unwrap_err();
    assert_eq!(refusal.code(), "unpack-limit");
    assert!(
        extract(&bomb, Path::new("a.pdf")).is_ok(),
        "its own text counts"
    );
}

#[test]
fn two_files_of_one_name_in_a_pdf_are_two() {
    let pdf = pdf_with(&[("a.txt", "", b"the seal"), ("b.txt", "", b"the walrus")]);
    let pdf = String::from_utf8(pdf).unwrap();
    // The second has the key of the first.
    let pdf = pdf.replace("(5) <</Type/Filespec", "(4) <</Type/Filespec");
    let expected = [("a.txt", "the seal"), ("b.txt", "the walrus")];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(attached(pdf.as_bytes(), "a.pdf"), expected);
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

/// A message with a text, a page and a list that are packed as base64, and one part within another.
fn packed_message() -> String {
    let csv = "c2hpcCxjYXJnbw0KTWFya2VuLGhlcnJpbmcNCk5vcmQsc2FsdA0KT3RhcmllLGtyaWxsDQo=";
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg";
    format!(
        "From: a@x\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed;\r\n boundary=\"out=1\"\r\n\r\n\
         --out=1\r\nContent-Type: multipart/alternative; boundary=in2\r\n\r\n\
         --in2\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nthe walrus gr=C3=BC=C3=9Ft\r\n\
         --in2--\r\n\
         --out=1\r\nContent-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"a.csv\"\r\n\r\n{csv}\r\n\
         --out=1\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"p.png\"\r\n\r\n{png}\r\n--out=1--\r\n"
    )
}

#[test]
fn a_message_that_was_cut_has_no_base64_as_text() {
    let whole = packed_message();
    let begins = whole.find("--out=1\r\n").unwrap();
    let (csv, png) = (whole.find("c2hpc").unwrap(), whole.find("iVBOR").unwrap());
    let close = whole.rfind("--out=1--").unwrap();
    for cut in begins..=whole.len() {
        let mail = &whole.as_bytes()[..cut];
        let found = extract(mail, Path::new("a.eml")).unwrap();
        let text = &found.text;
        for packed in ["c2hpc", "iVBOR", "--in2", "=C3"] {
            assert!(!text.contains(packed), "{cut}: {text}");
        }
        let files = attached(mail, "a.eml");
        assert!(
            files.iter().all(|(_, text)| !text.contains("c2hpc")),
            "{cut}: {files:?}"
        );
        if cut > csv + 40 {
            assert!(text.contains("the walrus grüßt"), "{cut}: {text}");
            assert!(text.contains("Attached: a.csv"), "{cut}: {text}");
            assert!(files[0].1.contains("Marken"), "{cut}: {files:?}");
        }
        if cut > png + 12 {
            assert_eq!(files[1].0, "p.png", "{cut}");
        }
        let is_marked = left_out(&found).contains(&("the end of the message", "cut-off"));
        let is_cut = cut >= begins + 7 && cut < close + 9;
        assert_eq!(is_marked, is_cut, "{cut}: {:?}", left_out(&found));
    }
}

#[test]
fn a_part_that_is_damaged_is_read_as_far_as_it_goes() {
    let mail = packed_message().replace("LGhlcnJp", "LGhl~nJp");
    let files = attached(mail.as_bytes(), "a.eml");
    assert!(files[0].1.ends_with("Marken,he"), "{files:?}");
    let found = extract(mail.as_bytes(), Path::new("a.eml")).unwrap();
    assert!(!found.text.contains("c2hpc"), "{}", found.text);
    assert!(left_out(&found).contains(&("the rest of a.csv", "broken")));
    let alone = "From: a@x\nMessage-ID: <1@x>\nContent-Transfer-Encoding: base64\n\n\
        dGhlIHdhbHJ1cyBzbGVlcHMg~~~\n";
    let found = extract(alone.as_bytes(), Path::new("a.eml")).unwrap();
    assert!(found.text.contains("the walrus sleeps"), "{}", found.text);
    assert_eq!(left_out(&found), [("the text of the message", "broken")]);
}
