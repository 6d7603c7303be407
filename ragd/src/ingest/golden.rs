//! Programs as people write them, and the passages that they become: `tests/golden` has a folder for
//! each language, and beside each file what came of it. `RAGD_BLESS=1` writes these anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use proptest::prelude::*;

use super::chunk::{ChunkParams, tokens};
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

/// What somebody does to a program while he works on it.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Drop,
    Repeat,
    /// Only the beginning of the line stays.
    Break,
}

/// Returns a program with some of its lines edited.
fn edited(text: &str, edits: &[(prop::sample::Index, Edit)]) -> String {
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    for (at, edit) in edits.iter().filter(|_| !text.is_empty()) {
        let at = at.index(lines.len());
        match edit {
            Edit::Drop => lines[at].clear(),
            Edit::Repeat => lines[at] = lines[at].repeat(2),
            Edit::Break => {
                let half = lines[at].chars().count() / 2;
                lines[at] = lines[at].chars().take(half).collect();
            }
        }
    }
    lines.concat()
}

/// The laws, for any program.
fn check_laws(text: &str, path: &Path, params: &ChunkParams) -> Result<(), TestCaseError> {
    let limits = Limits::default();
    let read = || extract(&Source::new(text.as_bytes(), path, &limits));
    let Ok(found) = read() else {
        // Too little is left of it.
        return Ok(());
    };
    prop_assert_eq!(&found.text, text);
    let chunks = cut(found, params, &limits).unwrap().chunks;
    let again = cut(read().unwrap(), params, &limits).unwrap().chunks;
    prop_assert_eq!(&chunks, &again, "the same program has other passages");
    let number = |at: u64| usize::try_from(at).unwrap();
    let newlines = |text: &str| u32::try_from(text.matches('\n').count()).unwrap();
    let mut covered = 0;
    for chunk in &chunks {
        let place = chunk.place;
        let (start, end) = (number(place.byte_start), number(place.byte_end));
        prop_assert_eq!(text.get(start..end), Some(chunk.text.as_str()));
        prop_assert!(start >= covered, "passages overlap or are out of order");
        prop_assert!(text[covered..start].trim_ascii().is_empty(), "not covered");
        covered = end;
        prop_assert_eq!(place.line_start, 1 + newlines(&text[..start]));
        prop_assert_eq!(place.line_end, place.line_start + newlines(&chunk.text));
        prop_assert!(tokens(&chunk.text) <= params.max_tokens);
        for (at, symbol) in chunk.symbols.iter().enumerate() {
            prop_assert!(symbol.line_start <= symbol.line_end && !symbol.path.is_empty());
            prop_assert!(
                symbol.line_end >= place.line_start,
                "{} of {} ends before line {}",
                symbol.path,
                path.display(),
                place.line_start
            );
            // A comment may be all that is here of the last one.
            let is_last = at + 1 == chunk.symbols.len();
            prop_assert!(symbol.line_start <= place.line_end || is_last);
            // Only the first may have begun before.
            prop_assert!(at == 0 || symbol.line_start >= place.line_start);
        }
    }
    prop_assert!(
        text[covered..].trim_ascii().is_empty(),
        "the end is not covered"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn passages_of_programs_obey_the_laws_while_somebody_works_on_them(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(
            (
                any::<prop::sample::Index>(),
                prop_oneof![Just(Edit::Drop), Just(Edit::Repeat), Just(Edit::Break)],
            ),
            0..12,
        ),
        max_tokens in 8_u32..200,
    ) {
        let programs = programs();
        let (_, path) = which.get(&programs);
        let text = edited(&fs::read_to_string(path).unwrap(), &edits);
        let params = ChunkParams { max_tokens, overlap_tokens: 0 };
        check_laws(&text, path, &params)?;
    }
}
