//! Archives: what they give out, and what they may not do.

use super::packed::{bz2, entry, gz, overlapping_zip, tar, tar_of, zip, zst};
use super::*;

/// The files that came out, as text, and what was left out: the name and why.
pub(super) type Unpacked = (Vec<(String, String)>, Vec<(String, &'static str)>);

pub(super) fn unpacked(bytes: &[u8], name: &str) -> Result<Unpacked, ExtractError> {
    unpacked_within(bytes, name, Unpack::default())
}

pub(super) fn unpacked_within(
    bytes: &[u8],
    name: &str,
    limits: Unpack,
) -> Result<Unpacked, ExtractError> {
    let limits = Limits {
        unpack: limits,
        ..Limits::default()
    };
    let source = Source::new(bytes, Path::new(name), &limits);
    let mut files = Vec::new();
    let is_archive = super::super::unpack(&source, &mut |name, content| {
        files.push((
            name.to_owned(),
            String::from_utf8_lossy(content).into_owned(),
        ));
    })?;
    let left_out = match is_archive {
        true => super::super::extract(&source)?.report.left_out,
        false => Vec::new(),
    };
    let left_out = left_out.into_iter();
    Ok((
        files,
        left_out.map(|(name, error)| (name, error.code())).collect(),
    ))
}

pub(super) fn names(unpacked: &Unpacked) -> Vec<&str> {
    unpacked.0.iter().map(|(name, _)| name.as_str()).collect()
}

pub(super) const FILES: [(&str, &[u8]); 2] = [
    ("docs/walrus.md", b"# Walrus\n\nthe walrus sleeps\n"),
    ("src/a.rs", b"fn seal() {}\n"),
];

#[test]
fn archives_of_every_format_give_out_their_files() {
    let plain = tar_of(&FILES);
    for (name, bytes) in [
        ("a.zip", zip(&FILES)),
        ("a.jar", zip(&FILES)),
        ("a.tar.gz", gz(&plain)),
        ("a.tar.bz2", bz2(&plain)),
        ("a.tar.zst", zst(&plain)),
        ("named.wrongly.txt", plain),
        ("files.tar.xz", document_file("files.tar.xz")),
    ] {
        let (files, left_out) = unpacked(&bytes, name).unwrap();
        let expected = FILES.map(|(name, content)| {
            let content = String::from_utf8(content.to_vec()).unwrap();
            (name.to_owned(), content)
        });
        assert_eq!(files, expected, "{name}");
        assert_eq!(left_out, [], "{name}");
        let listed = extract(&bytes, Path::new(name)).unwrap();
        assert_eq!(listed.text, "docs/walrus.md\nsrc/a.rs\n", "{name}");
    }
    let seven = unpacked(&document_file("files.7z"), "files.7z").unwrap();
    assert_eq!(names(&seven), ["docs/walrus.md", "evil.txt"]);
    assert!(seven.0[0].1.contains("the walrus sleeps"));
}

#[test]
fn a_file_that_is_only_packed_is_read_as_what_it_is() {
    for (name, bytes) in [
        ("notes.md.gz", gz(b"# Walrus\n\nsleeps\n")),
        ("notes.md.bz2", bz2(b"# Walrus\n\nsleeps\n")),
        ("notes.md.zst", zst(b"# Walrus\n\nsleeps\n")),
        (
            "notes.md.gz",
            [gz(b"# Walrus\n\n"), gz(b"sleeps\n")].concat(),
        ),
        (
            "notes.md.zst",
            [zst(b"# Walrus\n\n"), zst(b"sleeps\n")].concat(),
        ),
    ] {
        assert_eq!(names(&unpacked(&bytes, name).unwrap()), [""; 0]);
        let found = extract(&bytes, Path::new(name)).unwrap();
        assert_eq!(found.text, "# Walrus\n\nsleeps\n", "{name}");
        assert_eq!(found.title.as_deref(), Some("Walrus"));
    }
    let packed = gz(&gz(&gz(&gz(b"too deep"))));
    assert!(refusal(&packed, "a.gz").starts_with("too-deep"));
    assert!(refusal(&gz(b"cut off")[..15], "a.gz").starts_with("broken"));
    assert!(refusal(&gz(&[0; 10 << 20]), "a.gz").starts_with("unpack-limit"));
}

#[test]
fn documents_that_are_zip_files_are_no_archives() {
    for name in ["a.docx", "a.odt", "a.epub", "b.xlsx", "a.pptx"] {
        let bytes = document_file(name);
        assert_eq!(names(&unpacked(&bytes, name).unwrap()), [""; 0], "{name}");
    }
    // One that lost its parts is broken, and its pieces are of no use.
    let broken = refusal(&zip(&FILES), "report.docx");
    assert!(
        broken.starts_with("broken: it is no Word document"),
        "{broken}"
    );
}

#[test]
fn archives_within_archives_are_opened_on_one_budget() {
    let inner = zip(&[("deep.txt", b"deep words".as_slice())]);
    let middle = gz(&tar_of(&[("inner.zip", &inner), ("m.txt", b"middle")]));
    let outer = zip(&[
        ("a/middle.tgz", &middle),
        ("a/report.docx", &document_file("a.docx")),
        ("a/log.gz", &gz(b"a log")),
        ("a/broken.zip", &inner[..40]),
    ]);
    let found = unpacked(&outer, "outer.zip").unwrap();
    let expected = [
        "a/middle.tgz!/inner.zip!/deep.txt",
        "a/middle.tgz!/m.txt",
        "a/report.docx",
        "a/log.gz",
    ];
    assert_eq!(names(&found), expected);
    let broken = ["a/broken.zip!/deep.txt", "a/broken.zip"];
    let broken = broken.map(|name| (name.to_owned(), "broken"));
    assert_eq!(found.1, broken);
    let four = zip(&[("outer.zip", &outer)]);
    let found = unpacked(&four, "four.zip").unwrap();
    let too_deep = "outer.zip!/a/middle.tgz!/inner.zip".to_owned();
    assert!(found.1.contains(&(too_deep, "too-deep")), "{:?}", found.1);
    // What lies deep counts like what does not.
    let few = Unpack {
        entries: 4,
        ..Unpack::default()
    };
    let found = unpacked_within(&outer, "outer.zip", few).unwrap();
    assert_eq!(names(&found), expected[..2]);
    assert_eq!(found.1, [("the rest".to_owned(), "too-many-within")]);
}

#[test]
fn limits_leave_out_what_is_beyond_them() {
    let limits = Unpack {
        bytes: 3_000,
        entry_bytes: 1_000,
        ..Unpack::default()
    };
    let fill = |byte: u8, times: usize| vec![byte; times];
    let (a, b, c, d) = (
        fill(b'a', 900),
        fill(b'b', 1_500),
        fill(b'c', 500),
        fill(b'd', 900),
    );
    let files = [
        ("a", a.as_slice()),
        ("b", b.as_slice()),
        ("c", c.as_slice()),
        ("d", d.as_slice()),
    ];
    let found = unpacked_within(&zip(&files), "a.zip", limits).unwrap();
    assert_eq!(names(&found), ["a", "c"]);
    let expected = [
        ("b".to_owned(), "too-large-within"),
        ("the rest".to_owned(), "too-much-within"),
    ];
    assert_eq!(found.1, expected);
    let many: Vec<_> = (0..20_001).map(|n| format!("{n}.txt")).collect();
    let many: Vec<_> = many
        .iter()
        .map(|name| (name.as_str(), b"x".as_slice()))
        .collect();
    let found = unpacked(&zip(&many), "many.zip").unwrap();
    assert_eq!(found.0.len(), 20_000);
    assert_eq!(found.1, [("the rest".to_owned(), "too-many-within")]);
}

#[test]
fn bombs_are_refused_as_a_whole() {
    let zeros = vec![0; 20 << 20];
    for (name, bytes) in [
        ("a.zip", zip(&[("a", b"x"), ("zeros", &zeros)])),
        ("a.tgz", gz(&tar_of(&[("a", b"x"), ("zeros", &zeros)]))),
        ("a.tar.zst", zst(&tar_of(&[("zeros", &zeros)]))),
        ("nested.zip", zip(&[("a.zip", &zip(&[("zeros", &zeros)]))])),
        ("given.zip", document_file("zip-bomb-200MB.zip")),
    ] {
        assert_eq!(unpacked(&bytes, name), Err(ExtractError::Bomb), "{name}");
        assert!(refusal(&bytes, name).starts_with("unpack-limit"), "{name}");
    }
}

#[test]
fn one_file_alone_may_be_a_bomb() {
    let noise = noise(100_000);
    let zeros = [&vec![0; 3 << 20][..], &noise[..1_000]].concat();
    let few = zip(&[("noise", &noise), ("zeros", &zeros)]);
    let whole = unpacked(&few, "a.zip").unwrap();
    assert_eq!(names(&whole), ["noise", "zeros"]);
    assert_eq!(whole.1, []);
    let steep = Unpack {
        entry_ratio: 500,
        ..Unpack::default()
    };
    let cut = &few[..few.len() - 30];
    let within = zip(&[
        ("noise", &noise),
        ("a.tgz", &gz(&tar_of(&[("zeros", &zeros)]))),
    ]);
    for bytes in [&few, cut, &within] {
        let found = unpacked_within(bytes, "a.zip", steep);
        assert_eq!(found, Err(ExtractError::Bomb));
    }
    // What is not much is no bomb, however little it was.
    let little = zip(&[("zeros", &vec![0; 1 << 20])]);
    assert_eq!(names(&unpacked(&little, "a.zip").unwrap()), ["zeros"]);
}

/// Bytes that do not pack.
fn noise(length: usize) -> Vec<u8> {
    let mut random = super::damage::Random::new(1);
    (0..length).map(|_| random.below(256) as u8).collect()
}

/// The central directory may name the same bytes again and again.
#[test]
fn files_that_overlap_are_a_bomb() {
    let found = unpacked(&overlapping_zip(), "a.zip");
    assert_eq!(found, Err(ExtractError::Bomb));
}

#[test]
fn names_and_links_lead_nowhere() {
    let entries = [
        ("../../evil.txt", b'0'),
        ("/abs.txt", b'0'),
        ("link", b'2'),
        ("hard", b'1'),
        ("fifo", b'6'),
        ("device", b'3'),
        ("folder/", b'5'),
        ("old folder/", b'0'),
        ("twice.txt", b'0'),
        ("./twice.txt", b'0'),
        ("\u{1b}[2J.txt", b'0'),
        ("..", b'0'),
    ];
    let entries = entries.map(|(name, kind)| entry(name.as_bytes(), kind, b"/etc/passwd", b""));
    let found = unpacked(&tar(&entries), "a.tar").unwrap();
    let expected = [
        "evil.txt",
        "abs.txt",
        "twice.txt",
        "twice (2).txt",
        "[2J.txt",
    ];
    assert_eq!(names(&found), expected);
    let left_out = [
        ("link", "link"),
        ("hard", "link"),
        ("fifo", "special"),
        ("device", "special"),
        ("..", "bad-name"),
    ];
    assert_eq!(found.1, left_out.map(|(name, why)| (name.to_owned(), why)));
    let windows = unpacked(&zip(&[("C:\\win\\a.txt", b"x")]), "a.zip").unwrap();
    assert_eq!(names(&windows), ["win/a.txt"]);
}

#[test]
fn what_asks_for_too_much_memory_says_so() {
    // More than is allowed, and more than the format knows.
    let zstd = |window| [b"\x28\xb5\x2f\xfd\0", &[window][..], &[0; 8]].concat();
    let mut xz = document_file("files.tar.xz");
    // The size of the dictionary: all that can be said, and the sum over the head of the block.
    xz[16] = 40;
    let sum = crc32fast::hash(&xz[12..20]);
    xz[20..24].copy_from_slice(&sum.to_le_bytes());
    for (name, bytes) in [("a.zst", zstd(0x90)), ("b.zst", zstd(0xff)), ("a.xz", xz)] {
        let refusal = refusal(&bytes, name);
        assert!(refusal.starts_with("unpack-memory"), "{name}: {refusal}");
    }
}

#[test]
fn long_names_of_tar_archives_have_an_end() {
    let text = vec![b'a'; 2 << 20];
    let entries = [
        entry(b"first.txt", b'0', b"", &text),
        entry(b"pipe", b'6', b"", &text),
        entry(b"second.txt", b'0', b"", b"words"),
        entry(b"././@LongLink", b'L', b"", &text),
        entry(b"third.txt", b'0', b"", b"words"),
    ];
    let found = unpacked(&tar(&entries), "a.tar").unwrap();
    assert_eq!(names(&found), ["first.txt", "second.txt"]);
    let left_out = [("pipe", "special"), ("the rest", "broken")];
    assert_eq!(found.1, left_out.map(|(name, why)| (name.to_owned(), why)));
}

#[test]
fn names_of_files_that_are_broken_do_no_harm() {
    let mut bytes = zip(&[("a\u{1b}.txt", b"some words"), ("b.txt", b"words")]);
    let data = 30 + "a\u{1b}.txt".len();
    bytes[data] ^= 0xff;
    let found = unpacked(&bytes, "a.zip").unwrap();
    assert_eq!(names(&found), ["b.txt"]);
    assert_eq!(found.1, [("a.txt".to_owned(), "broken")]);
}

#[test]
fn of_files_with_one_name_all_come_out() {
    let renamed = |mut bytes: Vec<u8>, from: &[u8], to: &[u8]| {
        while let Some(at) = bytes.windows(from.len()).position(|part| part == from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        bytes
    };
    // The library writes no name twice.
    let twice = zip(&[("a.txt", b"first"), ("b.txt", b"second"), ("c", b"third")]);
    let twice = renamed(twice, b"b.txt", b"a.txt");
    for bytes in [&twice[..], &twice[..twice.len() - 30]] {
        let (files, _) = unpacked(bytes, "a.zip").unwrap();
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (&**name, &**text))
            .collect();
        let expected = [("a.txt", "first"), ("a (2).txt", "second"), ("c", "third")];
        assert_eq!(files, expected);
    }
}

#[test]
fn what_is_cut_off_gives_out_what_is_whole() {
    let noise: Vec<u8> = (0..60_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let plain = tar_of(&[("a.txt", b"first words"), ("noise", &noise)]);
    for (name, bytes) in [
        ("a.tar", plain[..30_000].to_vec()),
        ("a.tar.gz", {
            let packed = gz(&plain);
            packed[..packed.len() / 2].to_vec()
        }),
    ] {
        let found = unpacked(&bytes, name).unwrap();
        assert_eq!(names(&found), ["a.txt"], "{name}");
        assert_eq!(found.1, [("the rest".to_owned(), "broken")], "{name}");
    }
    let whole = zip(&FILES);
    let cut = unpacked(&whole[..whole.len() - 30], "a.zip").unwrap();
    assert_eq!(names(&cut), ["docs/walrus.md", "src/a.rs"]);
    assert_eq!(cut.1, [("the rest".to_owned(), "broken")]);
    assert!(refusal(&whole[..20], "a.zip").starts_with("broken"));
    let seven = document_file("files.7z");
    assert!(refusal(&seven[..seven.len() - 10], "a.7z").starts_with("broken"));
    // Why the only file is left out is why there is nothing.
    let link = tar(&[entry(b"link", b'2', b"/etc/passwd", b"")]);
    let link = refusal(&link, "a.tar");
    assert!(link.starts_with("link"), "{link}");
    let encrypted = refusal(&document_file("encrypted.7z"), "a.7z");
    assert!(encrypted.starts_with("encrypted"), "{encrypted}");
    assert!(refusal(&zip(&[]), "a.zip").starts_with("no-text"));
}

/// Libraries speak of their code: `Io(Error { kind: UnexpectedEof, message: "failed to fill whole buffer" }, "")`.
#[test]
fn why_an_archive_is_broken_is_said_in_our_words() {
    let plain = tar_of(&FILES);
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let flipped = |mut bytes: Vec<u8>, at: usize| {
        bytes[at] ^= 0x55;
        bytes
    };
    let (seven, cut) = (document_file("files.7z"), "its end is missing: it was cut");
    let damaged = "it is damaged, or its end is missing";
    let sum = "its checksum is wrong";
    let cases = [
        ("cut.7z", half(seven.clone()), cut),
        ("cut10.7z", seven[..seven.len() - 10].to_vec(), cut),
        ("head.7z", seven[..20].to_vec(), cut),
        ("sum.7z", flipped(seven.clone(), 9), sum),
        ("end.7z", flipped(seven.clone(), seven.len() - 3), sum),
        ("cut.zip", zip(&FILES)[..20].to_vec(), damaged),
        ("cut.md.gz", half(gz(b"# Walrus\n\nsleeps\n")), cut),
        ("cut.md.bz2", half(bz2(b"# Walrus\n\nsleeps\n")), cut),
        ("cut.md.zst", half(zst(b"# Walrus\n\nsleeps\n")), damaged),
        ("cut.tar.xz", half(document_file("files.tar.xz")), cut),
        ("cut.tar", plain[..520].to_vec(), cut),
    ];
    let told = cases.iter().map(|(name, bytes, _)| {
        let error = extract(bytes, Path::new(name)).unwrap_err();
        match error {
            ExtractError::Broken { why, .. } => (*name, why),
            error => (*name, error.to_string()),
        }
    });
    let expected = cases
        .iter()
        .map(|(name, _, why)| (*name, (*why).to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}
