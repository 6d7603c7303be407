//! Damaged documents of every format: a reader answers whatever comes, and what it answers is true.
//!
//! Each round depends on its number alone. `RAGD_FUZZ_SECONDS=600` goes on for so long with each
//! format, `RAGD_FUZZ_ROUND=17` does one round. What overflows the stack or takes all memory ends the
//! process of the test: with the daemon, that is a child.

use std::collections::HashSet;
use std::io::{Cursor, Read as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, thread};

use ::image::ImageFormat;
use ::zip::ZipArchive;

use super::archive::FILES;
use super::damage::Random;
use super::packed::{bz2, gz, stored_zip, tar_of, zip, zst};
use super::*;
use crate::ingest::chunk::ChunkParams;
use crate::ingest::parse::{self, Parsed};

const ROUNDS: u64 = 300;
/// What a thread of a child has.
const STACK: usize = 8 << 20;
/// A round takes milliseconds, or something is quadratic, or has no end.
const PATIENCE: Duration = Duration::from_secs(30);
const SLOW: Duration = Duration::from_secs(10);

/// Small, so that they are met.
const LIMITS: Limits = Limits {
    text_bytes: 1 << 20,
    chunks: 20_000,
    pages: 100,
    pixels: 1 << 20,
    pdf_objects: 1_000,
    pdf_stream_bytes: 1 << 20,
    xml_depth: 100,
    office_parts: 200,
    office_ratio: 100,
    html_nodes: 10_000,
    html_depth: 100,
    unpack: Unpack {
        bytes: 8 << 20,
        entry_bytes: 1 << 20,
        entries: 200,
        depth: 3,
        ratio: 100,
        entry_ratio: 1_000,
    },
};

/// A name and content to begin with.
type Seed = (&'static str, Vec<u8>);

fn document(name: &'static str) -> Seed {
    (name, document_file(name))
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable)
        .ok()
        .map(|number| number.parse().unwrap())
}

/// The numbers of the rounds to be done.
fn rounds(usual: u64) -> Box<dyn Iterator<Item = u64>> {
    if let Some(round) = number("RAGD_FUZZ_ROUND") {
        return Box::new(round..=round);
    }
    match number("RAGD_FUZZ_SECONDS") {
        Some(seconds) => {
            let (begin, length) = (Instant::now(), Duration::from_secs(seconds));
            Box::new((0..).take_while(move |_| begin.elapsed() < length))
        }
        None => Box::new(0..usual),
    }
}

fn survive(seeds: Vec<Seed>) {
    survive_rounds(ROUNDS, seeds);
}

/// Reads damaged documents in a thread, and looks whether it gets anywhere.
fn survive_rounds(usual: u64, seeds: Vec<Seed>) {
    let (beginning, begun) = mpsc::sync_channel(1);
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        let (mut read, mut refused) = (0, 0);
        for round in rounds(usual) {
            beginning.send(round).unwrap();
            let start = Instant::now();
            let (name, bytes) = damaged(&mut Random::new(round), &seeds);
            match check(name, &bytes) {
                true => read += 1,
                false => refused += 1,
            }
            assert!(start.elapsed() < SLOW, "{name} took {:?}", start.elapsed());
        }
        (read, refused)
    });
    let mut last = None;
    loop {
        match begun.recv_timeout(PATIENCE) {
            Ok(round) => last = Some(round),
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("round {last:?} does not end"),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let ended = worker.unwrap().join();
    let (read, refused) = ended.unwrap_or_else(|_| panic!("RAGD_FUZZ_ROUND is {last:?}"));
    // Where nothing is left to read, nothing is looked at.
    assert!(read * 10 > refused, "{read} read, {refused} refused");
}

fn damaged(random: &mut Random, seeds: &[Seed]) -> Seed {
    let (name, bytes) = &seeds[random.below(seeds.len())];
    let (_, other) = &seeds[random.below(seeds.len())];
    let places = 1 << random.below(6);
    // Of what is packed, other bytes are mostly another sum; so the parts are damaged instead.
    let within = match random.below(5) {
        0 => None,
        _ => damaged_parts(random, bytes, other, places),
    };
    let bytes = within.unwrap_or_else(|| random.damaged(bytes, other, places));
    (name, bytes)
}

fn parts(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let count = archive.len();
    let part = |at| {
        let mut part = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        (part.name().unwrap().into_owned(), bytes)
    };
    Some((0..count).map(part).collect())
}

fn damaged_parts(
    random: &mut Random,
    bytes: &[u8],
    other: &[u8],
    places: usize,
) -> Option<Vec<u8>> {
    let mut own = parts(bytes)?;
    let others = parts(other).unwrap_or_default();
    for _ in 0..=random.below(2) {
        let at = random.below(own.len());
        let same = others.iter().find(|(name, _)| *name == own[at].0);
        let other = same.map_or(other, |(_, bytes)| bytes.as_slice());
        own[at].1 = random.damaged(&own[at].1, other, places);
    }
    let own = own.iter();
    let own: Vec<_> = own
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    Some(stored_zip(&own))
}

/// Tells whether something could be read.
fn check(name: &str, bytes: &[u8]) -> bool {
    let source = Source::new(bytes, Path::new(name), &LIMITS);
    let (mut labels, mut out) = (HashSet::new(), 0);
    let unpacked = super::super::unpack(&source, &mut |label, content| {
        assert!(is_label(label), "{label:?}");
        assert!(labels.insert(label.to_owned()), "{label} comes twice");
        assert!(content.len() as u64 <= LIMITS.unpack.entry_bytes);
        out += content.len() as u64;
    });
    assert!(out <= LIMITS.unpack.bytes, "{out} bytes came out");
    if let Err(error) = unpacked {
        check_error(&error);
    }
    let view = View { page: 1, side: 60 };
    let shown = super::super::show(&source, &view).and_then(|picture| picture.to_jpeg());
    let is_shown = shown.inspect_err(check_error).is_ok();
    match super::super::extract(&source) {
        Ok(found) => {
            check_found(found);
            true
        }
        Err(error) => {
            check_error(&error);
            is_shown
        }
    }
}

/// Tells whether a name leads nowhere and steers nothing.
fn is_label(label: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    label.split('/').all(is_part) && !label.contains(char::is_control)
}

fn check_error(error: &ExtractError) {
    assert!(!error.to_string().is_empty() && !error.code().is_empty());
}

fn check_found(found: Extracted) {
    let text = found.text.clone();
    assert!(text.len() as u64 <= LIMITS.text_bytes);
    let begins_line = |at: usize| {
        let before = text.get(..at).expect("it is no place in the text");
        before.is_empty() || before.ends_with('\n')
    };
    assert!(
        found.spots.is_sorted_by_key(|(at, _)| *at),
        "{:?}",
        found.spots
    );
    for (at, spot) in &found.spots {
        assert!(begins_line(*at), "{spot:?} at {at}");
    }
    assert!(found.headings.is_sorted_by_key(|heading| heading.at));
    for heading in &found.headings {
        assert!(begins_line(heading.at), "{heading:?}");
        assert!(
            heading.level > 0 && !heading.title.is_empty(),
            "{heading:?}"
        );
    }
    for (part, error) in &found.report.left_out {
        assert!(!part.is_empty());
        check_error(error);
    }
    let has_spots = found.spots.first().is_some_and(|(at, _)| *at == 0);
    let params = ChunkParams {
        max_tokens: 64,
        overlap_tokens: 8,
    };
    match parse::cut(found, &params, &LIMITS) {
        Ok(parsed) => check_parsed(&parsed, &text, has_spots),
        Err(no_text) => assert_eq!(no_text.code, "too-many-chunks"),
    }
}

/// Chunks cover the text, in order, and stand where they say.
fn check_parsed(parsed: &Parsed, text: &str, has_spots: bool) {
    let newlines = |text: &str| u32::try_from(text.matches('\n').count()).unwrap();
    let (mut covered, mut counted, mut line) = (0, 0, 1);
    for chunk in &parsed.chunks {
        let place = &chunk.place;
        let range = [place.byte_start, place.byte_end].map(|at| usize::try_from(at).unwrap());
        let [start, end] = range;
        assert_eq!(text.get(start..end), Some(chunk.text.as_str()));
        assert!(counted <= start && covered < end, "{place:?}");
        line += newlines(&text[counted..start]);
        assert_eq!(place.line_start, line);
        assert_eq!(place.line_end, line + newlines(&chunk.text));
        let between = text.get(covered..start).unwrap_or_default();
        assert!(between.trim_ascii().is_empty(), "no chunk has {between:?}");
        (covered, counted) = (end, start);
        if let Some(spot) = place.spot {
            assert!(spot.first >= 1 && spot.first <= spot.last, "{spot:?}");
            let are_cells = spot.cells.is_none_or(|cells| cells.top <= cells.bottom);
            assert!(are_cells, "{spot:?}");
        }
        assert!(!has_spots || place.spot.is_some(), "{place:?}");
    }
    assert!(text[covered..].trim_ascii().is_empty());
    assert!(parsed.is_sane(&LIMITS));
}

#[test]
fn texts() {
    let encodings = [
        "latin1.txt",
        "sjis.txt",
        "utf16le-bom.txt",
        "nul-in-text.txt",
    ];
    let mut seeds = encodings.map(|name| (name, fixture(name))).to_vec();
    seeds.extend([
        (
            "a.md",
            b"---\na: b\n---\n# One\n\n```rs\n# no\n```\n\nTwo\n===\n\n### Three ##\nx\n".to_vec(),
        ),
        (
            "a.rst",
            b"=====\nTitle\n=====\n\ntext\n\nPart\n----\n\nSub\n~~~\nx\n".to_vec(),
        ),
        (
            "a.adoc",
            b"= Title\n\n== Part\ntext =\n\n=== Sub\n".to_vec(),
        ),
        ("a.org", b"* One\n** Two\n*bold*\n".to_vec()),
        (
            "a.tex",
            b"\\documentclass{a}\n\\section[x]{One}\n\\subsection*{Two {x}}\nx\n".to_vec(),
        ),
        (
            "a.1",
            b".TH LS 1\n.SH NAME\nls\n.SS \"By size\"\nx\n".to_vec(),
        ),
        ("a.csv", b"name,size\na,1\nb,2\n".to_vec()),
        ("a.toml", b"a = [1]\n[table]\n[[list]]\nx = 1\n".to_vec()),
        ("a.yaml", b"a:\n  b: 1\n\"c\": 2\n- d: 3\n".to_vec()),
        ("a", b"#!/usr/bin/env python3\nprint('x')\n".to_vec()),
    ]);
    survive_rounds(1_500, seeds);
}

#[test]
fn pages_of_the_web() {
    let small = b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><html><meta charset=latin1><title>T\
        </title><main><h1>A</h1><table><tr><td>b</table><ul><li>c<ol><li>d</ol></ul><pre>e</pre>";
    survive(vec![document("a.html"), ("b.html", small.to_vec())]);
}

#[test]
fn images() {
    let formats = [
        ("a.png", ImageFormat::Png),
        ("a.jpg", ImageFormat::Jpeg),
        ("a.webp", ImageFormat::WebP),
        ("a.tif", ImageFormat::Tiff),
    ];
    let seeds = formats.map(|(name, format)| (name, pages::packed(pages::flag(30, 20), format)));
    survive_rounds(1_000, seeds.to_vec());
}

#[test]
fn rich_texts() {
    let small = br"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 T;}}{\*\x y;}\b B\b0 \'cf\u8364?\bin3 abc\par\uc2\u-10180??\u-9089??\cell}";
    survive_rounds(1_000, vec![document("a.rtf"), ("b.rtf", small.to_vec())]);
}

#[test]
fn notebooks() {
    let small =
        br#"{"worksheets": [{"cells": [{"cell_type": "heading", "source": "x"}]}], "cells": [
        {"cell_type": "code", "input": ["1 + ", "```1"], "outputs": [{"text": "\u001b[31mred",
        "data": {"text/plain": ["2"]}, "traceback": ["a\n", "b"]}]}], "metadata":
        {"kernelspec": {"language": "python"}}}"#;
    survive_rounds(
        1_000,
        vec![document("a.ipynb"), ("b.ipynb", small.to_vec())],
    );
}

#[test]
fn messages() {
    let message = b"From: A <a@x.org>\r\nTo: b@x.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
        Date: Mon, 1 Jan 2024 10:00:00 +0100\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/html\r\n\r\n\
        <h1>the</h1> body\r\n--B\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@x.org\r\nSubject: in\
        \r\nMIME-Version: 1.0\r\n\r\nwithin\r\n--B\r\nContent-Type: application/gzip\r\n\
        Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"a.gz\"\r\n\
        \r\nH4sIAAAAAAAAA0vNS8svyk0tAgBFw0vDCQAAAA==\r\n--B--\r\n"
        .to_vec();
    let one = [b"From a@x.org Mon Jan  1 10:00:00 2024\n", &message[..]].concat();
    let mailbox = [one.clone(), b"\n".to_vec(), one].concat();
    survive(vec![("a.eml", message), ("a.mbox", mailbox)]);
}

#[test]
fn office() {
    survive(vec![
        document("a.docx"),
        document("a.pptx"),
        document("b.xlsx"),
    ]);
}

#[test]
fn old_office() {
    survive(vec![document("a.doc")]);
}

#[test]
fn opendocument() {
    survive(vec![
        document("a.odt"),
        document("a.odp"),
        document("b.ods"),
    ]);
}

#[test]
fn books() {
    survive(vec![document("a.epub")]);
}

/// The library has no end with some files: of these there are more where a child reads them.
#[test]
fn pdf() {
    let small = ("b.pdf", PDF.as_bytes().to_vec());
    survive_rounds(100, vec![small.clone(), small, document("a.pdf")]);
}

#[test]
fn archives() {
    let plain = tar_of(&FILES);
    let twins = tar_of(&[
        ("a.txt", b"one"),
        ("a.txt", b"two"),
        ("a (2).txt", b"three"),
    ]);
    let nested = zip(&[("in.tar", plain.as_slice()), ("twins.tar", &twins)]);
    survive_rounds(
        1_500,
        vec![
            ("a.zip", nested),
            ("a.tar.gz", gz(&plain)),
            ("a.tar.bz2", bz2(&plain)),
            ("a.tar.zst", zst(&plain)),
            ("a.md.gz", gz(b"# Walrus\n\nsleeps\n")),
            document("files.tar.xz"),
            document("files.7z"),
            ("twins.tar", twins),
            ("a.tar", plain),
        ],
    );
}

#[test]
fn names_of_a_pdf_that_hold_themselves_have_an_end() {
    let kids = "8 0 R ".repeat(10);
    let looping = PDF.replace(
        "<</Names[(name) [3 0 R /Fit]]>>",
        &format!("<</Kids[{kids}]>>"),
    );
    assert!(looping.len() != PDF.len() && check("a.pdf", looping.as_bytes()));
    let found = extract(PDF.as_bytes(), Path::new("a.pdf")).unwrap();
    let titles: Vec<_> = found
        .headings
        .iter()
        .map(|heading| &heading.title)
        .collect();
    assert_eq!(titles[..2], ["Chapter One", "Two"]);
}

/// Without a table of its objects, so that none is wrong after damage.
const PDF: &str = "%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R/Outlines 6 0 R/Dests<</d [3 0 R /Fit]>>
/Names<</Dests<</Kids[8 0 R]>>>>>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R
/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 140>> stream
BT /F 12 Tf 72 700 Td (Chapter One) Tj 0 -20 Td [(some)-300(words)] TJ T* (more) '
1 0 0 1 300 700 Tm 90 Tz 2 Tw (beside it) Tj /X Do ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
6 0 obj <</Type/Outlines/First 7 0 R/Last 9 0 R>> endobj
7 0 obj <</Title(Chapter One)/Parent 6 0 R/Next 9 0 R/Dest(name)>> endobj
8 0 obj <</Names[(name) [3 0 R /Fit]]>> endobj
9 0 obj <</Title(Two)/Parent 6 0 R/A<</S/GoTo/D/d>>/First 7 0 R>> endobj
trailer <</Root 1 0 R/Size 10>>
";
