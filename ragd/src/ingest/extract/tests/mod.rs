use std::fs;
use std::path::Path;

use super::*;

mod archive;
mod attached;
// Tests of the whole daemon do the same damage, and pack the same archives.
#[path = "../../../../tests/it/damage.rs"]
mod damage;
mod formats;
mod fuzz;
mod mail;
mod noise;
mod office;
#[path = "../../../../tests/it/packed.rs"]
#[expect(dead_code, reason = "some of it is for tests of the whole daemon")]
mod packed;
mod pages;
mod scans;
mod web;

fn extract(bytes: &[u8], name: &Path) -> Result<Extracted, ExtractError> {
    super::extract(&Source::new(bytes, name, &Limits::default()))
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/encodings");
    fs::read(folder.join(name)).unwrap()
}

fn document_file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    fs::read(folder.join(name)).unwrap()
}

fn text_of(bytes: &[u8]) -> Extracted {
    extract(bytes, Path::new("a.txt")).unwrap()
}

fn refusal(bytes: &[u8], name: &str) -> String {
    let error = extract(bytes, Path::new(name)).unwrap_err();
    format!("{}: {error}", error.code())
}

#[test]
fn encodings_are_told_from_the_bytes() {
    let check = |name: &str, encoding: &str, begin: &str| {
        let Extracted { text, report, .. } = text_of(&fixture(name));
        let told = (report.encoding, report.lossy);
        assert_eq!(told, (Some(encoding), false), "{name}");
        assert!(text.starts_with(begin), "{name}: {text}");
    };
    check(
        "latin1.txt",
        "windows-1252",
        "Café déjà vu - naïve façade, señor.\n",
    );
    check("sjis.txt", "Shift_JIS", "これは日本語のテキストです。");
    check("gb18030.txt", "GBK", "这是一个中文文本文件");
    check("euckr.txt", "EUC-KR", "이것은 한국어 텍스트 파일입니다.");
    check(
        "win1251.txt",
        "windows-1251",
        "Это русский текст для проверки",
    );
    // A superset that differs in box drawing characters only.
    check("koi8r.txt", "KOI8-U", "Это русский текст для проверки");
    check(
        "utf16le-bom.txt",
        "UTF-16LE",
        "Hello wörld ünïcode Ελληνικά\n",
    );
    check("nul-in-text.txt", "UTF-8", "abc\n");
}

#[test]
fn marks_are_dropped_and_line_ends_kept() {
    assert_eq!(text_of(b"\xef\xbb\xbfa\r\nb").text, "a\r\nb");
    assert_eq!(text_of(b"\xfe\xff\0a\0b").text, "ab");
    assert_eq!(text_of(b"").text, "");
}

#[test]
fn utf16_without_a_mark_is_text() {
    let wide = |swap: bool| -> Vec<u8> {
        let order = |unit: u16| {
            if swap {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        "Hello, wörld\r\nαβ "
            .repeat(9)
            .encode_utf16()
            .flat_map(order)
            .collect()
    };
    assert_eq!(text_of(&wide(false)).report.encoding, Some("UTF-16LE"));
    assert_eq!(text_of(&wide(true)).report.encoding, Some("UTF-16BE"));
}

#[test]
fn wide_text_of_any_script_is_text() {
    for text in [
        "Завтра встреча в три часа, приходите все вовремя.\r\n",
        "这是一个中文文本文件，用来检查程序能否读懂。昨天晚上我们在北京吃了烤鸭。\n",
        "これは日本語のテキストです。昨日の夜、東京駅の近くで食事をしました。\n",
        "내일 회의는 오후 세 시입니다. 늦지 마세요.\n",
        "Η γρήγορη αλεπού πηδάει πάνω από το σκύλο.\n",
    ] {
        for times in [1, 400] {
            let text = text.repeat(times);
            let units = || text.encode_utf16();
            let signs = || {
                std::iter::once('\u{feff}')
                    .chain(text.chars())
                    .map(u32::from)
            };
            for (encoding, bytes) in [
                (
                    "UTF-16LE",
                    units().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
                ),
                ("UTF-16BE", units().flat_map(u16::to_be_bytes).collect()),
                ("UTF-32LE", signs().flat_map(u32::to_le_bytes).collect()),
                ("UTF-32BE", signs().flat_map(u32::to_be_bytes).collect()),
            ] {
                let found = text_of(&bytes);
                assert_eq!(found.report.encoding, Some(encoding), "{text:.30}");
                assert!(
                    found.text == text && !found.report.lossy,
                    "{encoding}: {text:.30}"
                );
            }
        }
    }
}

#[test]
fn japanese_of_seven_bits_is_told_by_its_marks() {
    let text = "吾輩は猫である。";
    let bytes = encoding_rs::ISO_2022_JP.encode(text).0.into_owned();
    let found = text_of(&bytes);
    assert_eq!(
        (found.text.as_str(), found.report.encoding),
        (text, Some("ISO-2022-JP"))
    );
    let page = [
        b"<!DOCTYPE html><meta charset=iso-2022-jp><p>".as_slice(),
        &bytes,
        b"</p>",
    ]
    .concat();
    let found = extract(&page, Path::new("a.html")).unwrap();
    assert!(found.text.contains(text), "{}", found.text);
    let xml = [
        b"<?xml version=\"1.0\" encoding=\"ISO-2022-JP\"?><a>".as_slice(),
        &bytes,
        b"</a>",
    ]
    .concat();
    let found = extract(&xml, Path::new("a.xml")).unwrap();
    assert!(found.text.contains(text), "{}", found.text);
    // What terminals are told looks alike.
    for other in [
        "\u{1b}[31mred\u{1b}[0m",
        "\u{1b}$Bodd number\n",
        "\u{1b}$B\u{1b}[31m",
    ] {
        let found = text_of(other.as_bytes());
        assert_eq!(
            (found.text.as_str(), found.report.encoding),
            (other, Some("UTF-8"))
        );
    }
}

#[test]
fn german_of_dos_is_told_from_quotes() {
    let check = |bytes: &[u8], encoding: &str, text: &str| {
        let found = text_of(bytes);
        assert_eq!(
            (found.text.as_str(), found.report.encoding),
            (text, Some(encoding))
        );
    };
    check(
        b"Die M\x84rchen der Br\x81der, sch\x94n und gro\xe1. \x9aber \x8epfel.\r\n",
        "IBM850",
        "Die Märchen der Brüder, schön und groß. Über Äpfel.\r\n",
    );
    check(
        b"Das \x84Wort\x94 und \x84zwei\x94.\n",
        "windows-1252",
        "Das „Wort” und „zwei”.\n",
    );
}

#[test]
fn utf8_with_a_flaw_stays_utf8() {
    let mut bytes = "größer und schöner für alle\n".repeat(5).into_bytes();
    bytes.extend(b"\xff\n");
    let Extracted { text, report, .. } = text_of(&bytes);
    assert_eq!((report.encoding, report.lossy), (Some("UTF-8"), true));
    assert!(text.ends_with("alle\n\u{fffd}\n"));
}

#[test]
fn what_is_not_text_says_what_it_is() {
    let check = |bytes: &[u8], name: &str, expected: &str| {
        assert_eq!(refusal(bytes, name), expected, "{name}");
    };
    check(
        b"%PDF-1.7\n",
        "a.txt",
        "broken: it is no PDF that can be read: it has no pages that can be found",
    );
    check(
        b"junk\n%PDF-1.7\n",
        "a.pdf",
        "broken: it is no PDF that can be read: it has no pages that can be found",
    );
    check(
        b"PK\x03\x04",
        "A.DOCX",
        "broken: it is no Word document that can be read: its parts are not found",
    );
    check(
        b"PK\x03\x04",
        "a",
        "broken: it is no ZIP archive that can be read: it is damaged, or its end is missing",
    );
    check(
        b"\x7fELF\x02",
        "a",
        "unsupported-format: a program (ELF) is not supported yet",
    );
    check(
        b"MZ\0\0\x03\0",
        "a",
        "unsupported-format: a Windows program is not supported yet",
    );
    check(
        b"\x89PNG\r\n\x1a\n",
        "a",
        "broken: it is no PNG image that can be read: unexpected end of file",
    );
    let bmp = [
        &b"BM\x36\x10\xe2\xe3\xe4\xe5\x36\xe0\xe0\xe0\xe0\xe0"[..],
        b"\x28\0\0\0",
        &[0xe0; 99],
    ]
    .concat();
    check(
        &bmp,
        "a.bmp",
        "unsupported-format: a BMP image is not supported yet",
    );
    check(
        b"P6\n2 2\n255\n\xe0\xe0\xe0\xe0",
        "a.ppm",
        "unsupported-format: a PNM image is not supported yet",
    );
    assert_eq!(
        text_of(b"P6 is a format of images\n").text,
        "P6 is a format of images\n"
    );
    check(&[0, 1, 2, 3], "a.txt", "binary: the content is binary");
    // Bytes without a pattern, with a text before them.
    let noise = (0..9000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    let script: Vec<u8> = b"#!/bin/sh\n".iter().copied().chain(noise).collect();
    check(&script, "install.sh", "binary: the content is binary");
}

#[test]
fn two_letters_do_not_make_a_program() {
    assert_eq!(text_of(b"MZ is a country code").text.len(), 20);
    assert_eq!(text_of(b"BM: business manager").text.len(), 20);
}

#[test]
fn language_kind_and_title_come_along() {
    let check = |name: &str, text: &str, expected: (Option<&str>, Kind, Option<&str>)| {
        let found = extract(text.as_bytes(), Path::new(name)).unwrap();
        assert_eq!(
            (found.language, found.kind, found.title.as_deref()),
            expected,
            "{name}"
        );
    };
    check(
        "a/b.md",
        "x\n\n# T\n",
        (Some("markdown"), Kind::Markdown, Some("T")),
    );
    for (text, title) in [
        ("---\nauthor: nobody closes it\n\n# T\n", "T"),
        ("+++\nx = 1\n# no\n+++\n# T\n", "T"),
        ("+++\ntitle = \"A\"\n+++\n# T\n", "A"),
    ] {
        check(
            "c.md",
            text,
            (Some("markdown"), Kind::Markdown, Some(title)),
        );
    }
    check("b.rs", "# T\n", (Some("rust"), Kind::Code, None));
    check("b.txt", "# T\n", (Some("text"), Kind::Prose, None));
    check("tool", "#!/bin/bash\n", (Some("shell"), Kind::Code, None));
    check("b", "x", (None, Kind::Prose, None));
}

#[test]
fn content_does_not_reach_a_log() {
    let found = extract(b"# secret\n", Path::new("a.md")).unwrap();
    assert!(!format!("{found:?}").contains("secret"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = extract(&bytes, Path::new("a.md"));
    }

    #[test]
    fn printable_utf8_is_taken_as_it_is(text in "[^\\pC]{0,200}") {
        // Two or three printable letters do begin some formats.
        let magic = ["%!PS", "%PDF", "{\\rtf", "GIF8", "ID3", "RIFF", "OggS"];
        proptest::prop_assume!(!magic.iter().any(|magic| text.contains(magic)));
        let found = extract(text.as_bytes(), Path::new("a.rs"));
        proptest::prop_assert_eq!(found.map(|found| found.text), Ok(text));
    }
}
