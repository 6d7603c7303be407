//! Bombs, and archives whose names and links lead out of them.

use super::corpus::{ESCAPED, Files, fixture, owned};
use crate::packed::{
    bz2, entry, gz, head, lying_zip, overlapping_zip, tar, with_parts, zip, zip_with_mode, zst,
};

pub(super) fn bombs() -> Files {
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
            // The size of the dictionary: all that can be said. The sum over the head is right.
            xz[16] = 40;
            let sum = crc32fast::hash(&xz[12..20]);
            xz[20..24].copy_from_slice(&sum.to_le_bytes());
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

pub(super) fn archives(canary: &str) -> Files {
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
