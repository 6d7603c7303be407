//! Files that mean harm, all made here or from the fixtures, the same each time.

use std::fs;
use std::path::{Path, PathBuf};

use super::{archives, folder, pages};
use crate::damage::Random;

pub(super) type Files = Vec<(String, Vec<u8>)>;

/// Whatever climbs or is absolute ends in this, and is found nowhere.
pub(super) const ESCAPED: &str = "ragd-hostile-escaped";

/// Files that lie in one folder.
pub(super) const TOGETHER: usize = 40;
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
/// But for one that takes five seconds and has a test of its own.
const HOSTILE_FIXTURES: [&str; 10] = [
    "billion-laughs.xml",
    "broken-startxref.pdf",
    "cyclic-pages.pdf",
    "enc-empty-aes256.pdf",
    "enc-userpw-secret.pdf",
    "flate-bomb-300MB.pdf",
    "huge-mediabox.pdf",
    "junk-prefix.pdf",
    "truncated-60pct.pdf",
    "zip-bomb-200MB.zip",
];

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    std::fs::read(folder.join(name)).unwrap()
}

/// Writes all that means harm below `root`, and returns its paths. `canary` is the absolute path of a
/// file that nothing may touch.
pub(super) fn fill(root: &Path, canary: &Path) -> Vec<PathBuf> {
    let mut made = Vec::new();
    for (number, (name, bytes)) in files(canary).into_iter().enumerate() {
        let path = root.join(format!("{:02}/{name}", number / TOGETHER));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        made.push(path);
    }
    let strange = root.join("strange");
    fs::create_dir(&strange).unwrap();
    made.extend(folder::fill(&strange, canary));
    made
}

fn files(canary: &Path) -> Files {
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
    add("bomb", archives::bombs());
    add("archive", archives::archives(canary));
    add("xml", pages::documents());
    add("web", pages::web());
    add("mail", pages::mail());
    add("text", pages::texts());
    add("magic", magic());
    files
}

pub(super) fn owned(files: Vec<(&str, Vec<u8>)>) -> Files {
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
