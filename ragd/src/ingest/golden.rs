//! Programs as people write them, and the passages that they become: `tests/golden` has a folder for
//! each language, and beside each file what came of it. `RAGD_BLESS=1` writes these anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::chunk::ChunkParams;
use super::extract::{Limits, Source, extract};
use super::parse::cut;
use crate::index::NewChunk;

/// Small enough that files of a hundred lines show how long items are cut.
const PARAMS: ChunkParams = ChunkParams {
    max_tokens: 160,
    overlap_tokens: 0,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Lists the programs, language by language.
fn programs() -> Vec<(String, PathBuf)> {
    let list = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let mut programs = Vec::new();
    for folder in list(&folder()) {
        let language = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let files = list(&folder).into_iter();
        let files = files.filter(|path| path.extension().is_none_or(|end| end != "chunks"));
        programs.extend(files.map(|path| (language.clone(), path)));
    }
    programs
}

fn show(chunks: &[NewChunk], text: &str) -> String {
    let mut out = String::new();
    for chunk in chunks {
        let place = chunk.place;
        let heading = chunk.heading.as_deref().unwrap_or("-");
        writeln!(out, "{}-{} {heading}", place.line_start, place.line_end).unwrap();
        for symbol in &chunk.symbols {
            let lines = format!("{}-{}", symbol.line_start, symbol.line_end);
            let on = if symbol.line_start < place.line_start {
                " (goes on)"
            } else {
                ""
            };
            let (word, path) = (symbol.kind.word(), &symbol.path);
            writeln!(out, "  {word} {path} {lines}{on}: {}", symbol.signature).unwrap();
        }
        for (number, line) in (place.line_start..).zip(chunk.text.lines()) {
            if number == place.line_start || number == place.line_end {
                writeln!(out, "  {number:>4} | {}", line.trim_end()).unwrap();
            }
        }
    }
    let of = text.lines().count();
    writeln!(out, "of {of} lines").unwrap();
    out
}

#[test]
fn programs_become_whole_items_with_their_names() {
    let limits = Limits::default();
    let bless = env::var_os("RAGD_BLESS").is_some();
    let mut languages = Vec::new();
    for (language, path) in programs() {
        let bytes = fs::read(&path).unwrap();
        let read = extract(&Source::new(&bytes, &path, &limits)).unwrap();
        assert_eq!(read.language, Some(language.as_str()), "{}", path.display());
        let text = read.text.clone();
        let parsed = cut(read, &PARAMS, &limits).unwrap();
        assert!(parsed.is_sane(&limits), "{}", path.display());
        let shown = show(&parsed.chunks, &text);
        let expected = PathBuf::from(format!("{}.chunks", path.display()));
        if bless {
            fs::write(&expected, &shown).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(shown, expected, "{}", path.display());
        languages.push(language);
    }
    for language in super::extract::languages_with_syntax() {
        let files = languages.iter().filter(|of| *of == language).count();
        assert!(files >= 3, "{language} has {files} programs");
    }
}
