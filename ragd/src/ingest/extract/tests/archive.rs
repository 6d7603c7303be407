//! Archives: what comes out, under which name, what is left out and why, and where it ends.

use std::io::{Cursor, Write as _};

use bzip2::write::BzEncoder;
use flate2::write::{DeflateEncoder, GzEncoder};
use lzma_rust2::{XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sevenz_rust2::{ArchiveEntry, ArchiveWriter, SourceReader};

use super::*;

const MB: usize = 1 << 20;

/// What came out of an archive: names and contents.
type Files = Vec<(String, Vec<u8>)>;
type LeftOut = Vec<(String, ExtractError)>;

fn opened(
    name: &str,
    bytes: &[u8],
    limits: &Unpack,
) -> Result<Option<(Files, LeftOut)>, ExtractError> {
    let limits = Limits {
        unpack: *limits,
        ..Limits::default()
    };
    let source = Source {
        bytes,
        name: Path::new(name),
        depth: 0,
        limits: &limits,
    };
    let mut files = Vec::new();
    let is_archive = unpack(&source, &mut |name, bytes| {
        files.push((name.to_owned(), bytes.to_vec()));
    })?;
    assert!(!is_archive || may_hold_files(bytes) || bytes.iter().all(|byte| *byte == 0));
    if !is_archive {
        return Ok(None);
    }
    // What is left out is told by the list.
    let left_out = match super::super::archive::read(&source) {
        Ok(listed) => {
            let names = files.iter().map(|(name, _)| format!("{name}\n"));
            assert_eq!(listed.text, names.collect::<String>());
            listed.report.left_out
        }
        Err(error) => vec![("nothing".to_owned(), error)],
    };
    Ok(Some((files, left_out)))
}

/// Unpacks an archive and returns each file as `name=content`, and what is left out as `name: code`;
/// where nothing is listed, the reason for that by the name `nothing`.
fn told(name: &str, bytes: &[u8], limits: &Unpack) -> (Vec<String>, Vec<String>) {
    let (files, left_out) = opened(name, bytes, limits).unwrap().expect("an archive");
    let files = files.into_iter().map(|(name, bytes)| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        format!("{name}={}", if bytes.len() > 20 { "…" } else { &text })
    });
    let left_out = left_out.iter();
    let left_out = left_out.map(|(name, error)| format!("{name}: {}", error.code()));
    (files.collect(), left_out.collect())
}

#[track_caller]
fn check(name: &str, bytes: &[u8], files: &[&str], left_out: &[&str]) {
    check_within(&Unpack::default(), name, bytes, files, left_out);
}

#[track_caller]
fn check_within(limits: &Unpack, name: &str, bytes: &[u8], files: &[&str], left_out: &[&str]) {
    let (given, lacking) = told(name, bytes, limits);
    assert_eq!((given, lacking), (owned(files), owned(left_out)), "{name}");
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[track_caller]
fn check_refused(name: &str, bytes: &[u8], limits: &Unpack, code: &str) {
    let error = opened(name, bytes, limits).expect_err(name);
    assert_eq!(error.code(), code, "{name}: {error}");
}

fn document(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    fs::read(folder.join(name)).unwrap()
}

/// A file of a ZIP archive that is made here, so that it can be as wrong as it has to be.
#[derive(Clone)]
struct Member<'a> {
    name: &'a [u8],
    bytes: &'a [u8],
    method: u16,
    flags: u16,
    /// 3 is Unix, 0 is DOS.
    system: u8,
    mode: u32,
}

fn member<'a>(name: &'a str, bytes: &'a [u8]) -> Member<'a> {
    Member {
        name: name.as_bytes(),
        bytes,
        method: 8,
        flags: 0,
        system: 3,
        mode: 0o100_644,
    }
}

fn zip(members: &[Member<'_>]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for member in members {
        let packed = match member.method {
            8 => deflated(member.bytes),
            12 => bzipped(member.bytes),
            93 => zstd(member.bytes),
            95 => xz(member.bytes),
            _ => member.bytes.to_vec(),
        };
        let at = u32::try_from(out.len()).unwrap();
        let name_bytes = u16::try_from(member.name.len()).unwrap();
        let mut both = Vec::new();
        both.extend(20u16.to_le_bytes());
        both.extend(member.flags.to_le_bytes());
        both.extend(member.method.to_le_bytes());
        both.extend([0; 4]);
        both.extend(crc32fast::hash(member.bytes).to_le_bytes());
        both.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        both.extend(u32::try_from(member.bytes.len()).unwrap().to_le_bytes());
        both.extend(name_bytes.to_le_bytes());
        both.extend([0; 2]);
        out.extend(b"PK\x03\x04");
        out.extend(&both);
        out.extend(member.name);
        out.extend(packed);
        list.extend(b"PK\x01\x02");
        list.extend([20, member.system]);
        list.extend(&both);
        list.extend([0; 6]);
        list.extend((member.mode << 16).to_le_bytes());
        list.extend(at.to_le_bytes());
        list.extend(member.name);
    }
    let entries = u16::try_from(members.len()).unwrap();
    finish(out, &list, entries)
}

/// Adds the list of files, and the end.
fn finish(mut out: Vec<u8>, list: &[u8], entries: u16) -> Vec<u8> {
    let at = u32::try_from(out.len()).unwrap();
    out.extend(list);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(entries.to_le_bytes());
    out.extend(entries.to_le_bytes());
    out.extend(u32::try_from(list.len()).unwrap().to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    out
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let members: Vec<_> = files.iter().map(|(name, b)| member(name, b)).collect();
    zip(&members)
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn bzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        add(&mut tar, name, ::tar::EntryType::Regular, bytes);
    }
    tar.into_inner().unwrap()
}

/// Adds whatever is asked for, under any name that has room in a header.
fn add(tar: &mut ::tar::Builder<Vec<u8>>, name: &str, kind: ::tar::EntryType, bytes: &[u8]) {
    let mut header = ::tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

fn seven(files: &[(&str, &[u8])], is_solid: bool) -> Vec<u8> {
    let mut archive = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let entry = |name: &str| ArchiveEntry::new_file(name);
    if is_solid {
        let entries = files.iter().map(|(name, _)| entry(name)).collect();
        let bytes = files.iter().map(|(_, bytes)| SourceReader::from(*bytes));
        archive
            .push_archive_entries(entries, bytes.collect())
            .unwrap();
    } else {
        for (name, bytes) in files {
            archive
                .push_archive_entry(entry(name), Some(*bytes))
                .unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}

/// Bytes that do not pack.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

const TWO: [(&str, &[u8]); 2] = [("a.txt", b"walrus"), ("dir/b.txt", b"seal")];
const TWO_FILES: [&str; 2] = ["a.txt=walrus", "dir/b.txt=seal"];

#[test]
fn every_format_gives_its_files() {
    let tar = tar(&TWO);
    for (name, bytes) in [
        ("a.zip", zip_of(&TWO)),
        ("a.jar", zip_of(&TWO)),
        ("a.tar", tar.clone()),
        ("a.tgz", gz(&tar)),
        ("a.tar.bz2", bzipped(&tar)),
        ("a.tar.xz", xz(&tar)),
        ("a.tar.zst", zstd(&tar)),
        ("a.7z", seven(&TWO, false)),
        ("a.7z", seven(&TWO, true)),
        // Neither needs its name.
        ("layer", gz(&tar)),
        ("x", zip_of(&TWO)),
    ] {
        check(name, &bytes, &TWO_FILES, &[]);
    }
}

#[test]
fn what_other_programs_wrote_is_read() {
    let mut file = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    file.start_file("a.txt", options.large_file(true)).unwrap();
    file.write_all(b"walrus").unwrap();
    file.add_directory("dir", options).unwrap();
    file.add_symlink("dir/l", "../a.txt", options).unwrap();
    file.start_file("dir/b.txt", options).unwrap();
    file.write_all(b"seal").unwrap();
    file.set_comment("a remark").unwrap();
    let bytes = file.finish().unwrap().into_inner();
    check("a.zip", &bytes, &TWO_FILES, &["dir/l: link"]);
    // A program that unpacks itself, and something behind it.
    let behind = [&bytes[..], b"\0\0\0"].concat();
    check("a.zip", &behind, &TWO_FILES, &["dir/l: link"]);
    check(
        "seven-zip.7z",
        &document("seven-zip.7z"),
        &[
            "b.txt=the seal\n",
            "notes/a.txt=the walrus\n",
            "notes/empty.txt=",
        ],
        &["notes/link.txt: link"],
    );
    let files = ["docs/walrus.md=…", "src/a.rs=fn seal() {}\n"];
    check("files.tar.xz", &document("files.tar.xz"), &files, &[]);
    let files = ["docs/walrus.md=…", "evil.txt=evil words\n"];
    check("files.7z", &document("files.7z"), &files, &[]);
}

#[test]
fn every_way_of_packing_within_a_zip_file_is_read() {
    let names = ["stored", "deflated", "bzip2", "zstd", "xz", "deflate64"];
    let members: Vec<_> = names
        .iter()
        .zip([0, 8, 12, 93, 95, 9])
        .map(|(name, method)| Member {
            method,
            ..member(name, b"walrus")
        })
        .collect();
    let files = names[..5].iter().map(|name| format!("{name}=walrus"));
    let expected = (
        files.collect(),
        vec!["deflate64: unsupported-format".to_owned()],
    );
    let found = told("a.zip", &zip(&members), &Unpack::default());
    assert_eq!(found, expected);
}

#[test]
fn an_archive_is_the_list_of_its_files() {
    let inner = zip_of(&[("dir/c.txt", b"otter")]);
    let bytes = zip_of(&[("a.txt", b"walrus"), ("inner.zip", &inner)]);
    let found = extract(&bytes, Path::new("a.zip")).unwrap();
    assert_eq!(found.text, "a.txt\ninner.zip!/dir/c.txt\n");
    assert_eq!((found.language, found.kind), (Some("archive"), Kind::Code));
    assert!(found.report.left_out.is_empty());
    let encrypted = Member {
        flags: 1,
        ..member("s.txt", b"secret")
    };
    let found = extract(
        &zip(&[member("a", b"a"), encrypted.clone()]),
        Path::new("a"),
    )
    .unwrap();
    assert_eq!(found.text, "a\n");
    let left_out = [("s.txt".to_owned(), ExtractError::Encrypted)];
    assert_eq!(found.report.left_out, left_out);
    // Where nothing can be read, there is a reason.
    assert!(refusal(&zip(&[encrypted]), "a.zip").starts_with("encrypted: "));
}

#[test]
fn a_file_that_is_only_packed_is_that_file() {
    let text = b"fn walrus() {}\n";
    for (name, bytes) in [
        ("a.rs.gz", gz(text)),
        ("a.rs.bz2", bzipped(text)),
        ("a.rs.xz", xz(text)),
        ("a.rs.zst", zstd(text)),
        // Parts that were packed one by one are one file.
        ("a.rs.gz", [gz(b"fn walrus"), gz(b"() {}\n")].concat()),
        (
            "a.rs.bz2",
            [bzipped(b"fn walrus"), bzipped(b"() {}\n")].concat(),
        ),
        ("a.rs.xz", [xz(b"fn walrus"), xz(b"() {}\n")].concat()),
        ("a.rs.zst", [zstd(b"fn walrus"), zstd(b"() {}\n")].concat()),
        // A frame of zstd that is to be skipped.
        (
            "a.rs.zst",
            [&zstd(text)[..], b"\x51\x2a\x4d\x18\x02\0\0\0xx"].concat(),
        ),
    ] {
        let found = extract(&bytes, Path::new(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(found.text.as_bytes(), text, "{name}");
        assert_eq!(found.language, Some("rust"), "{name}");
        assert_eq!(opened(name, &bytes, &Unpack::default()), Ok(None), "{name}");
    }
    // What was packed may be a document, or packed once more.
    let found = extract(&gz(&document("a.docx")), Path::new("a.docx.gz")).unwrap();
    assert_eq!(found.title.as_deref(), Some("Test Report"));
    assert_eq!(
        extract(&gz(&gz(b"a")), Path::new("a.gz.gz")).unwrap().text,
        "a"
    );
    let deep = gz(&gz(&gz(&gz(b"a"))));
    assert!(refusal(&deep, "a.gz.gz.gz.gz").starts_with("too-deep: "));
}

#[test]
fn a_document_is_not_unpacked() {
    for name in [
        "a.docx", "a.odt", "a.epub", "b.xlsx", "a.pdf", "a.html", "b.csv",
    ] {
        let bytes = document(name);
        assert_eq!(opened(name, &bytes, &Unpack::default()), Ok(None), "{name}");
    }
    // In an archive, it is a file like any other.
    let (docx, odt) = (document("a.docx"), document("a.odt"));
    let bytes = zip_of(&[("a.docx", &docx), ("b", &odt), ("c.gz", &gz(b"c"))]);
    check("a.zip", &bytes, &["a.docx=…", "b=…", "c.gz=…"], &[]);
    let archive = zip_of(&TWO);
    assert_eq!(opened("a.docx", &archive, &Unpack::default()), Ok(None));
    assert!(refusal(&archive, "a.docx").starts_with("broken: it is no Word document"));
}

#[test]
fn archives_in_archives_are_opened() {
    let inner = tar(&[("c", b"otter")]);
    let seven = seven(&[("d", b"orca")], true);
    let outer = zip_of(&[
        ("a", b"walrus"),
        ("x/in.tar.gz", &gz(&inner)),
        ("in.7z", &seven),
        ("blob", &xz(&inner)),
        ("z", b"seal"),
    ]);
    let files = [
        "a=walrus",
        "x/in.tar.gz!/c=otter",
        "in.7z!/d=orca",
        "blob!/c=otter",
        "z=seal",
    ];
    check("a.zip", &outer, &files, &[]);
    let in_tar = tar(&[("o.zip", &outer)]);
    let files = files.map(|file| format!("o.zip!/{file}"));
    let found = told("a.tar", &in_tar, &Unpack::default());
    assert_eq!(found, (files.to_vec(), vec![]));
}

#[test]
fn three_archives_within_one_another_are_opened() {
    let mut bytes = zip_of(&[("f", b"deep")]);
    for _ in 0..2 {
        bytes = zip_of(&[("z.zip", &bytes), ("f", b"here")]);
    }
    let files = ["z.zip!/z.zip!/f=deep", "z.zip!/f=here", "f=here"];
    check("a.zip", &bytes, &files, &[]);
    let bytes = gz(&tar(&[("z.zip", &bytes), ("f", b"here")]));
    let files = ["z.zip!/z.zip!/f=here", "z.zip!/f=here", "f=here"];
    let left_out = ["z.zip!/z.zip!/z.zip: too-deep"];
    check("a.tgz", &bytes, &files, &left_out);
}

#[test]
fn a_broken_archive_in_another_spoils_only_itself() {
    let whole = zip_of(&TWO);
    let (cut, wrong) = (gz(&tar(&TWO)), b"7z\xbc\xaf\x27\x1c nonsense");
    let tar_cut = &tar(&TWO)[..1100];
    let outer = zip_of(&[
        ("1.7z", wrong),
        ("2.tar", tar_cut),
        ("3.tgz", &cut[..cut.len() / 2]),
        ("4.zip", &whole),
    ]);
    check(
        "a.zip",
        &outer,
        &[
            "2.tar!/a.txt=walrus",
            "3.tgz!/a.txt=walrus",
            "4.zip!/a.txt=walrus",
            "4.zip!/dir/b.txt=seal",
        ],
        &[
            "1.7z: broken",
            "2.tar!/the rest: broken",
            "3.tgz!/the rest: broken",
        ],
    );
}

#[test]
fn one_budget_holds_for_all_that_is_within() {
    let limits = Unpack {
        bytes: 5_000,
        ..Unpack::default()
    };
    let thousand = noise(1_000);
    let inner = zip_of(&[("1", &thousand), ("2", &thousand)]);
    assert!(inner.len() > 2_000);
    // What comes out of the outer archive counts as well: the second one has 600 bytes left.
    let outer = zip_of(&[("a.zip", &inner), ("b.zip", &inner)]);
    check_within(
        &limits,
        "o.zip",
        &outer,
        &["a.zip!/1=…", "a.zip!/2=…"],
        &["the rest: too-much-within"],
    );
    let limits = Unpack {
        entries: 4,
        ..Unpack::default()
    };
    check_within(
        &limits,
        "o.zip",
        &outer,
        &["a.zip!/1=…", "a.zip!/2=…"],
        &["the rest: too-many-within"],
    );
}

#[test]
fn a_file_that_is_too_large_is_left_out_alone() {
    let limits = Unpack {
        entry_bytes: 1_000,
        ..Unpack::default()
    };
    let large = noise(1_001);
    let files: [(&str, &[u8]); 3] = [("a", b"walrus"), ("big", &large), ("b", b"seal")];
    for (name, bytes) in [
        ("a.zip", zip_of(&files)),
        ("a.tar", tar(&files)),
        ("a.tar.gz", gz(&tar(&files))),
        ("a.7z", seven(&files, false)),
        ("a.7z", seven(&files, true)),
    ] {
        let left_out = ["big: too-large-within"];
        check_within(&limits, name, &bytes, &["a=walrus", "b=seal"], &left_out);
    }
}

#[test]
fn bombs_are_refused_as_a_whole() {
    let limits = Unpack::default();
    let zeros = vec![0; 20 * MB];
    let zipped = zip_of(&[("zeros", &zeros)]);
    let noise = noise(MB / 10);
    let plain = tar(&[("zeros", &zeros)]);
    for (name, bytes) in [
        ("alone.zip", zipped.clone()),
        ("a.zip", document("zip-bomb-200MB.zip")),
        ("among.zip", zip_of(&[("a", b"x"), ("zeros", &zeros)])),
        // A bomb within one of the archives.
        (
            "in.zip",
            zip_of(&[("a", b"x"), ("in.zip", &zipped), ("noise", &noise)]),
        ),
        ("a.tar.gz", gz(&plain)),
        ("a.tar.bz2", bzipped(&plain)),
        ("a.tar.xz", xz(&plain)),
        ("a.tar.zst", zstd(&plain)),
        ("a.7z", seven(&[("zeros", &zeros)], true)),
    ] {
        check_refused(name, &bytes, &limits, "unpack-limit");
        assert!(refusal(&bytes, name).starts_with("unpack-limit: "));
    }
    // A packed file alone is held to the same.
    for bytes in [gz(&zeros), bzipped(&zeros), xz(&zeros), zstd(&zeros)] {
        assert!(refusal(&bytes, "zeros").starts_with("unpack-limit: "));
    }
    // One file of many: the whole is harmless, the one is not.
    let sparse = [&zeros[..3 * MB], &noise[..2_000]].concat();
    let files = zip_of(&[("noise", &noise), ("zeros", &sparse)]);
    let steep = Unpack {
        entry_ratio: 500,
        ..limits
    };
    check("a.zip", &files, &["noise=…", "zeros=…"], &[]);
    check_refused("a.zip", &files, &steep, "unpack-limit");
}

/// Many files, none of which is a bomb by itself.
#[test]
fn an_archive_that_packs_to_nothing_is_a_bomb_once_it_is_large() {
    let limits = Unpack::default();
    let lock = [noise(2_000), vec![b' '; 198_000]].concat();
    let files = |times: usize| {
        let names: Vec<_> = (0..times).map(|number| number.to_string()).collect();
        let files: Vec<_> = names.iter().map(|name| (&name[..], &lock[..])).collect();
        tar(&files)
    };
    // 300 copies in different folders, as of a lock file, are meant well, also at 300 to 1.
    let (few, many) = (gz(&files(300)), gz(&files(500)));
    assert!(files(300).len() / few.len() > 80, "{}", few.len());
    let steep = Unpack {
        ratio: 50,
        ..limits
    };
    let (given, left_out) = told("a.tgz", &few, &steep);
    assert_eq!((given.len(), left_out.len()), (300, 0));
    check_refused("a.tgz", &many, &steep, "unpack-limit");
    // Folders do not count, but what they cost does.
    let mut folders = ::tar::Builder::new(Vec::new());
    for _ in 0..150_000 {
        add(&mut folders, "dir/", ::tar::EntryType::Directory, b"");
    }
    let folders = gz(&folders.into_inner().unwrap());
    check_refused("a.tar.gz", &folders, &limits, "unpack-limit");
}

#[test]
fn short_texts_may_pack_to_nothing() {
    let spaces = vec![b' '; MB];
    check("a.zip", &zip_of(&[("a", &spaces)]), &["a=…"], &[]);
    let found = extract(&gz(&vec![b'a'; MB]), Path::new("a.txt.gz")).unwrap();
    assert_eq!(found.text.len(), MB);
}

/// As in zbsm: many entries of the list unpack the same bytes.
#[test]
fn files_that_share_their_bytes_are_refused() {
    let kernel = noise(4_000);
    let one = zip(&[Member {
        method: 0,
        ..member("a", &kernel)
    }]);
    let list_at = one.len() - 22 - 47;
    let entry = &one[list_at..one.len() - 22];
    let twice = finish(one[..list_at].to_vec(), &[entry, entry].concat(), 2);
    check_refused("a.zip", &twice, &Unpack::default(), "unpack-limit");
    // A file within the bytes of the file before it.
    let inner = zip(&[Member {
        method: 0,
        ..member("b", b"otter")
    }]);
    let mut out = zip(&[Member {
        method: 0,
        ..member("a", &inner)
    }]);
    let list_at = out.len() - 22 - 47;
    let outer_entry = out[list_at..list_at + 47].to_vec();
    let inner_list = inner.len() - 22 - 47;
    let mut inner_entry = inner[inner_list..inner_list + 47].to_vec();
    // Where the inner file begins in the outer archive: behind a header of 30 bytes and a name of one.
    inner_entry[42..46].copy_from_slice(&31u32.to_le_bytes());
    out.truncate(list_at);
    let out = finish(out, &[outer_entry, inner_entry].concat(), 2);
    check_refused("a.zip", &out, &Unpack::default(), "unpack-limit");
    check("a.zip", &one, &["a=…"], &[]);
}

#[test]
fn names_are_labels_and_lead_nowhere() {
    let bytes = zip_of(&[
        ("../../evil", b"1"),
        ("/abs", b"2"),
        ("a/./b/../c.txt", b"3"),
        ("C:/win.txt", b"4"),
        ("e\x1b[31m\u{202e}x\0t.\u{2066}txt", b"5"),
        ("back\\slash", b"6"),
        ("..", b"7"),
        ("line\nbreak", b"8"),
        (".\0.\0/up", b"9"),
    ]);
    let files = [
        "evil=1",
        "abs=2",
        "a/b/c.txt=3",
        "win.txt=4",
        "e[31mxt.txt=5",
        "back\\slash=6",
        "linebreak=8",
        "up=9",
    ];
    check(
        "a.zip",
        &bytes,
        &files,
        &["a file without a name: bad-name"],
    );
    let dos = |name: &'static [u8]| Member {
        name,
        system: 0,
        mode: 0,
        ..member("", b"x")
    };
    let bytes = zip(&[
        dos(b"C:\\dir\\win.txt"),
        dos(b"gr\x81n.txt"),
        dos(b"dir\\"),
        dos("größe".as_bytes()),
    ]);
    let files = ["dir/win.txt=x", "grün.txt=x", "größe=x"];
    check("a.zip", &bytes, &files, &[]);
    let mut tar = ::tar::Builder::new(Vec::new());
    for name in ["../../evil", "/abs", "C:\\win\\a.txt", "back\\slash"] {
        add(&mut tar, name, ::tar::EntryType::Regular, b"x");
    }
    let files = ["evil=x", "abs=x", "win/a.txt=x", "back\\slash=x"];
    check("a.tar", &tar.into_inner().unwrap(), &files, &[]);
    check("a.7z", &seven(&[("../up", b"x")], true), &["up=x"], &[]);
}

#[test]
fn names_that_are_too_long_are_left_out() {
    let (deep, deeper) = ("d/".repeat(63) + "a", "d/".repeat(64) + "a");
    let (long, longer) = ("ä".repeat(2_048), "ä".repeat(2_049));
    let inner = zip_of(&[("b", b"x"), (&deep[2..], b"x"), (&deep, b"x")]);
    let bytes = zip_of(&[
        (&deep, b"x"),
        (&deeper, b"x"),
        (&long, b"x"),
        (&longer, b"x"),
        ("i", &inner),
    ]);
    let files = [
        &format!("{deep}=x")[..],
        &format!("{long}=x"),
        "i!/b=x",
        &format!("i!/{}=x", &deep[2..]),
    ];
    let shown = |label: &str| {
        let shown: String = label.chars().take(80).collect();
        format!("{shown}…: bad-name")
    };
    let left_out = [
        &shown(&deeper)[..],
        &shown(&longer),
        &shown(&format!("i!/{deep}")),
    ];
    check("a.zip", &bytes, &files, &left_out);
}

#[test]
fn files_of_the_same_name_are_both_kept() {
    let bytes = zip_of(&[
        ("d/a.txt", b"1"),
        ("d/./a.txt", b"2"),
        ("d/a (2).txt", b"3"),
        ("../d/a.txt", b"4"),
        ("d.x/b", b"5"),
        ("d.x/b", b"6"),
        (".c", b"7"),
        (".c", b"8"),
    ]);
    let files = [
        "d/a.txt=1",
        "d/a (2).txt=2",
        "d/a (2) (2).txt=3",
        "d/a (3).txt=4",
        "d.x/b=5",
        "d.x/b (2)=6",
        ".c=7",
        ".c (2)=8",
    ];
    check("a.zip", &bytes, &files, &[]);
    let inner = zip_of(&[("f", b"x")]);
    let bytes = zip_of(&[("i.zip", &inner), ("i.zip", &inner)]);
    check("a.zip", &bytes, &["i.zip!/f=x", "i (2).zip!/f=x"], &[]);
}

/// Breaks when telling names apart looks at all of them: that took minutes.
#[test]
fn many_files_of_one_name_are_told_apart() {
    let files = vec![("a", b"".as_slice()); 20_000];
    let (files, left_out) = told("a.tar", &tar(&files), &Unpack::default());
    assert_eq!((files.len(), left_out.len()), (20_000, 0));
    assert_eq!(files[19_999], "a (20000)=");
}

#[test]
fn what_is_no_file_is_left_out() {
    use ::tar::EntryType as Kind;
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, kind) in [
        ("dir/", Kind::Directory),
        ("old/", Kind::Regular),
        ("link", Kind::Symlink),
        ("hard", Kind::Link),
        ("char", Kind::Char),
        ("block", Kind::Block),
        ("fifo", Kind::Fifo),
        ("odd", Kind::new(b'Z')),
    ] {
        add(&mut tar, name, kind, b"");
    }
    let map = [("GNU.sparse.major", b"1".as_slice())];
    tar.append_pax_extensions(map).unwrap();
    add(&mut tar, "holes", Kind::Regular, b"map");
    add(&mut tar, "a", Kind::Regular, b"walrus");
    let left_out = [
        "link: link",
        "hard: link",
        "char: special",
        "block: special",
        "fifo: special",
        "odd: special",
        "holes: special",
    ];
    check(
        "a.tar",
        &tar.into_inner().unwrap(),
        &["a=walrus"],
        &left_out,
    );
    let bytes = [0o120_777, 0o010_644, 0o020_644, 0o140_644, 0o040_755].map(|mode| Member {
        mode,
        ..member("x", b"../a")
    });
    let left_out = [
        "x: link",
        "x (2): special",
        "x (3): special",
        "x (4): special",
    ];
    check("a.zip", &zip(&bytes), &["x (5)=../a"], &left_out);
}

#[test]
fn holes_of_old_gnu_archives_cost_nothing() {
    let mut header = ::tar::Header::new_gnu();
    header.as_old_mut().name[..5].copy_from_slice(b"holes");
    header.set_entry_type(::tar::EntryType::GNUSparse);
    header.set_size(512);
    let gnu = header.as_gnu_mut().unwrap();
    // One block of bytes behind a terabyte of zeros.
    gnu.sparse[0].offset.copy_from_slice(&size_field(1 << 40));
    gnu.sparse[0].numbytes.copy_from_slice(&size_field(512));
    gnu.realsize.copy_from_slice(&size_field((1 << 40) + 512));
    header.set_cksum();
    let mut tar = ::tar::Builder::new(Vec::new());
    tar.append(&header, &[7; 512][..]).unwrap();
    add(&mut tar, "a", ::tar::EntryType::Regular, b"walrus");
    let bytes = tar.into_inner().unwrap();
    check("a.tar", &bytes, &["a=walrus"], &["holes: special"]);
}

/// A number that is too large for octal digits.
fn size_field(number: u64) -> [u8; 12] {
    let mut field = [0; 12];
    field[0] = 0x80;
    field[4..].copy_from_slice(&number.to_be_bytes());
    field
}

#[test]
fn long_names_of_tar_archives_are_read() {
    let long = format!("{}/a.txt", "d".repeat(200));
    let mut tar = ::tar::Builder::new(Vec::new());
    let mut header = ::tar::Header::new_gnu();
    header.set_size(1);
    tar.append_data(&mut header, &long, &b"1"[..]).unwrap();
    let posix = format!("{}/b.txt", "ü".repeat(150));
    tar.append_pax_extensions([("path", posix.as_bytes())])
        .unwrap();
    add(&mut tar, "short", ::tar::EntryType::Regular, b"2");
    let bytes = tar.into_inner().unwrap();
    let files = [&format!("{long}=1")[..], &format!("{posix}=2")];
    check("a.tar", &bytes, &files, &[]);
    // A name of megabytes must not be kept in memory.
    let mut tar = ::tar::Builder::new(Vec::new());
    add(&mut tar, "a", ::tar::EntryType::Regular, b"walrus");
    let endless = vec![b'x'; 2 * MB];
    add(
        &mut tar,
        "././@LongLink",
        ::tar::EntryType::GNULongName,
        &endless,
    );
    add(&mut tar, "b", ::tar::EntryType::Regular, b"seal");
    let bytes = tar.into_inner().unwrap();
    check("a.tar", &bytes, &["a=walrus"], &["the rest: broken"]);
}

/// The header of archives older than POSIX, without a mark.
#[test]
fn old_tar_archives_are_told_by_their_sums() {
    let mut header = ::tar::Header::new_old();
    header.set_path("a").unwrap();
    header.set_size(6);
    header.set_cksum();
    let mut tar = ::tar::Builder::new(Vec::new());
    tar.append(&header, &b"walrus"[..]).unwrap();
    check("x", &tar.into_inner().unwrap(), &["a=walrus"], &[]);
}

#[test]
fn archives_that_are_cut_off_give_what_they_have() {
    let limits = Unpack::default();
    let short = noise(50_000);
    let files: [(&str, &[u8]); 3] = [("a", b"walrus"), ("b", &short), ("c", b"seal")];
    let rest = ["the rest: broken"];
    let zipped = zip_of(&files);
    let cut = |bytes: &[u8], from_end: usize| bytes[..bytes.len() - from_end].to_vec();
    // Without the end, without the list, and within the second file.
    check(
        "a.zip",
        &cut(&zipped, 1),
        &["a=walrus", "b=…", "c=seal"],
        &rest,
    );
    check("a.zip", &cut(&zipped, 200), &["a=walrus", "b=…"], &rest);
    check("a.zip", &zipped[..30_000], &["a=walrus"], &rest);
    // The end of an archive within is not the end of this one.
    let inner = zip_of(&TWO);
    let stored = Member {
        method: 0,
        ..member("in.zip", &inner)
    };
    let outer = zip(&[member("a", b"walrus"), stored, member("z", b"z")]);
    check(
        "a.zip",
        &cut(&outer, 60),
        &[
            "a=walrus",
            "in.zip!/a.txt=walrus",
            "in.zip!/dir/b.txt=seal",
            "z=z",
        ],
        &rest,
    );
    let plain = tar(&files);
    check("a.tar", &plain[..10_000], &["a=walrus"], &rest);
    // What packs it unpacks blocks of up to 128 KiB at once.
    let large = noise(600_000);
    let tar = tar(&[("a", b"walrus"), ("b", &large), ("c", b"seal")]);
    for (name, bytes) in [
        ("a.tar.gz", gz(&tar)),
        ("a.tar.bz2", bzipped(&tar)),
        ("a.tar.xz", xz(&tar)),
        ("a.tar.zst", zstd(&tar)),
    ] {
        check(name, &bytes[..400_000], &["a=walrus"], &rest);
    }
    for is_solid in [false, true] {
        // Its list is at the end, and nothing is read without it.
        let seven = seven(&files, is_solid);
        check_refused("a.7z", &seven[..20_000], &limits, "broken");
    }
    for bytes in [gz(&short), bzipped(&short), xz(&short), zstd(&short)] {
        assert!(refusal(&bytes[..20_000], "x").starts_with("broken: "));
    }
    check_refused("a.zip", b"PK\x03\x04", &limits, "broken");
}

/// What writes to a pipe says sizes behind the files only, and in the list.
#[test]
fn zip_files_that_were_streamed_and_are_cut_off_give_what_they_have() {
    let mut file = zip::ZipWriter::new_stream(Vec::new());
    let options = zip::write::SimpleFileOptions::default();
    // The first one looks as if it had ended before.
    for (name, content) in [
        ("a", &b"PK\x07\x08 walrus"[..]),
        ("b", b"seal"),
        ("c", b"otter"),
    ] {
        let options = options.compression_method(zip::CompressionMethod::Stored);
        file.start_file(name, options).unwrap();
        file.write_all(content).unwrap();
    }
    let bytes = file.finish().unwrap().into_inner();
    let files = ["a=PK\x07\x08 walrus", "b=seal", "c=otter"];
    check("a.zip", &bytes, &files, &[]);
    let cut = &bytes[..bytes.len() - 30];
    check("a.zip", cut, &files, &["the rest: broken"]);
    let list = bytes.windows(4).position(|mark| mark == b"PK\x01\x02");
    let cut = &bytes[..list.unwrap() - 12];
    check("a.zip", cut, &files[..2], &["the rest: broken"]);
}

#[test]
fn a_file_whose_sum_is_wrong_is_left_out() {
    let stored = |name| Member {
        method: 0,
        ..member(name, b"walrus")
    };
    let mut bytes = zip(&[stored("a"), stored("b")]);
    bytes[31] ^= 1;
    check("a.zip", &bytes, &["b=walrus"], &["a: broken"]);
    let mut bytes = seven(&TWO, false);
    // The first file's bytes stand behind the header of the archive and that of a chunk.
    bytes[32 + 6] ^= 1;
    check("a.7z", &bytes, &TWO_FILES[1..], &["a.txt: broken"]);
    let mut bytes = gz(b"walrus");
    let sum = bytes.len() - 8;
    bytes[sum] ^= 1;
    assert!(refusal(&bytes, "a.gz").starts_with("broken: it is no gzip file"));
    let mut bytes = zstd(b"walrus");
    *bytes.last_mut().unwrap() ^= 1;
    assert!(refusal(&bytes, "a.zst").starts_with("broken: it is no zstd file"));
    // A frame to be skipped that is longer than what is left.
    let bytes = [&zstd(b"walrus")[..], b"\x51\x2a\x4d\x18\xff\0\0\0xx"].concat();
    assert!(refusal(&bytes, "a.zst").starts_with("broken: it is no zstd file"));
}

#[test]
fn encrypted_files_say_so() {
    let limits = Unpack::default();
    // By name, where anything else can be read.
    let [zipped, sevened] = ["encrypted.zip", "encrypted.7z"].map(document);
    let outer = zip_of(&[("z", &zipped), ("s", &sevened), ("a", b"walrus")]);
    let left_out = ["z!/b.txt: encrypted", "s!/b.txt: encrypted"];
    check("a.zip", &outer, &["a=walrus"], &left_out);
    let names = document("encrypted-names.7z");
    check_refused("a.7z", &names, &limits, "encrypted");
    for name in ["encrypted.zip", "encrypted.7z", "encrypted-names.7z"] {
        assert!(
            refusal(&document(name), name).starts_with("encrypted: "),
            "{name}"
        );
    }
    let outer = zip_of(&[("s.7z", &names), ("a", b"walrus")]);
    check("a.zip", &outer, &["a=walrus"], &["s.7z: encrypted"]);
}

#[test]
fn files_beyond_the_limit_are_the_rest() {
    let names: Vec<_> = (0..20_001).map(|number| number.to_string()).collect();
    let files: Vec<_> = names.iter().map(|name| (&name[..], &b"x"[..])).collect();
    for (name, bytes) in [
        ("a.zip", zip_of(&files)),
        ("a.tar.gz", gz(&tar(&files))),
        ("a.7z", seven(&files, true)),
    ] {
        let (files, left_out) = told(name, &bytes, &Unpack::default());
        assert_eq!(files.len(), 20_000, "{name}");
        assert_eq!(left_out, ["the rest: too-many-within"], "{name}");
    }
}

#[test]
fn empty_archives_have_no_text() {
    let empty_seven = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    for (name, bytes) in [
        ("a.zip", zip(&[])),
        ("a.tar", tar(&[])),
        ("a.tar.gz", gz(&tar(&[]))),
        ("a.tgz", gz(&tar(&[]))),
        ("a.7z", empty_seven.finish().unwrap().into_inner()),
    ] {
        check(name, &bytes, &[], &["nothing: no-text"]);
        assert!(refusal(&bytes, name).starts_with("no-text: "), "{name}");
    }
    let link = Member {
        mode: 0o120_777,
        ..member("link", b"../a")
    };
    assert!(refusal(&zip(&[link]), "a.zip").starts_with("no-text: "));
    check("a.zip", &zip_of(&[("empty", b"")]), &["empty="], &[]);
    assert!(refusal(&gz(b""), "a.txt.gz").starts_with("no-text: "));
}

#[test]
fn memory_that_a_decoder_asks_for_has_an_end() {
    let bytes = xz(b"walrus");
    // The size of the dictionary is the property of the only filter, and the header has a sum.
    let mut header = bytes[12..24].to_vec();
    let at = header.iter().position(|byte| *byte == 0x21).unwrap();
    header[at + 2] = 38;
    let sum = crc32fast::hash(&header[..8]);
    header[8..12].copy_from_slice(&sum.to_le_bytes());
    let bytes = [&bytes[..12], &header, &bytes[24..]].concat();
    assert!(refusal(&bytes, "a.xz").starts_with("unpack-memory: "));
    // A frame of zstd without a size, whose window is a gigabyte.
    let frame = b"\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00";
    assert!(refusal(frame, "a.zst").starts_with("unpack-memory: "));
}

/// Archives with bytes changed, cut out or put twice: nothing panics, and no limit is passed.
#[test]
fn changed_archives_keep_to_the_limits() {
    let text = "the walrus and the seal ".repeat(40);
    let inner = zip_of(&[("i.txt", text.as_bytes()), ("j", b"otter")]);
    let files: [(&str, &[u8]); 3] = [("a.txt", text.as_bytes()), ("i.zip", &inner), ("b", b"b")];
    let tar = tar(&files);
    let archives = [
        zip_of(&files),
        tar.clone(),
        gz(&tar),
        bzipped(&tar),
        xz(&tar),
        zstd(&tar),
        seven(&files, true),
        seven(&files, false),
        document("seven-zip.7z"),
        document("encrypted.7z"),
        document("files.7z"),
        document("files.tar.xz"),
    ];
    let limits = Unpack {
        bytes: 200_000,
        entry_bytes: 50_000,
        entries: 20,
        ..Unpack::default()
    };
    let mut random = noise(archives.len() * 120 * 40)
        .into_iter()
        .map(usize::from);
    let mut next = move || random.next().unwrap() << 8 | random.next().unwrap();
    let mut opened_at_all = 0;
    for archive in &archives {
        for _ in 0..120 {
            let mut bytes = archive.clone();
            for _ in 0..=next() % 4 {
                let at = next() % bytes.len();
                match next() % 6 {
                    0 => bytes.truncate(at.max(8)),
                    1 => {
                        let end = (at + next() % 64).min(bytes.len());
                        let part = bytes[at..end].to_vec();
                        bytes.splice(at..at, part);
                    }
                    2 => drop(bytes.drain(at..(at + next() % 16).min(bytes.len()))),
                    3 => bytes[at] = 0xff,
                    _ => bytes[at] ^= 1 << (next() % 8),
                }
            }
            let found = opened("x.tar.bz2", &bytes, &limits);
            if let Ok(Some((files, left_out))) = found {
                opened_at_all += 1;
                let out: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
                assert!(out <= 200_000 && files.len() + left_out.len() <= 21);
                assert!(files.iter().all(|(_, bytes)| bytes.len() <= 50_000));
                let mut names: Vec<_> = files.iter().map(|(name, _)| name).collect();
                names.sort();
                names.dedup();
                assert_eq!(names.len(), files.len(), "names are told apart");
            }
            let _ = extract(&bytes, Path::new("x"));
        }
    }
    assert!(opened_at_all > 200, "{opened_at_all} of them were archives");
}
