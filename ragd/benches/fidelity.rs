//! How much of what is in documents comes out of them: `cargo bench -p ragd --bench fidelity -- FOLDER`.
//!
//! Each PDF below the folder is compared with what `pdftotext` says: F1 of its words, of which each
//! counts as often as it is there. Of each file of an office program, its XML says which words are in
//! headings and which in tables; those have to be in headings and tables of the Markdown that comes
//! out. Old formats (doc, xls) and numbers of sheets, which are shown as they are formatted, have
//! nothing to be compared with. Documents are read by children, as the daemon has them read.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark is for reading"
)]

use std::collections::HashMap;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use ragd::config::{Extract, Ocr, Secrets};
use ragd::ingest::parse::{Parser, Reading};
use unicode_normalization::UnicodeNormalization as _;
use zip::ZipArchive;

/// What is asked for, on the mean of all PDF files.
const PDF_ASKED: f64 = 0.93;
/// Headings and tables are to be kept. A word may be cut in two where its format changes.
const KEPT_ASKED: f64 = 0.95;
/// Below, a PDF has no text that is worth a comparison.
const LETTERS: usize = 20;
/// `pdftotext` has no end with some files.
const SECONDS: &str = "10";

/// What `pdftotext` begins a line with that goes from right to left. Its letters come backwards there,
/// and some twice, so it is nothing to compare with.
const RIGHT_TO_LEFT: char = '\u{202b}';

/// Words, and how often they are there.
type Words = HashMap<String, usize>;

fn main() -> ExitCode {
    let named = std::env::args_os()
        .skip(1)
        .find(|arg| !arg.as_encoded_bytes().starts_with(b"--"));
    let Some(folder) = named.map(PathBuf::from) else {
        return lacking("name a folder of documents: `-- ../shared/fixtures`");
    };
    if !folder.is_dir() {
        return lacking(&format!("{} is no folder", folder.display()));
    }
    if Command::new("pdftotext").arg("-v").output().is_err() {
        return lacking("pdftotext is not installed: apt-get install poppler-utils");
    }
    let mut files = Vec::new();
    list(&folder, &mut files);
    files.sort();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (pdf, office) =
        runtime.block_on(async { (compare_pdf(&files).await, compare(&files).await) });
    if pdf.is_empty() || office.iter().any(|(_, scores)| scores.is_empty()) {
        return lacking(
            "there are no PDF files with text, or no headings or tables of office files",
        );
    }
    let mut met = told("PDF words, F1 with pdftotext", &pdf, PDF_ASKED);
    for (name, scores) in &office {
        met &= told(name, scores, KEPT_ASKED);
    }
    ExitCode::from(u8::from(!met))
}

/// Nothing was measured, and that is no success.
fn lacking(what: &str) -> ExitCode {
    eprintln!("nothing was measured: {what}");
    ExitCode::from(2)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => list(&path, files),
            false => files.push(path),
        }
    }
}

/// Prints the mean, and tells whether it is as asked.
fn told(name: &str, scores: &[f64], asked: f64) -> bool {
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let verdict = if mean >= asked { "ok" } else { "missed" };
    let files = scores.len();
    println!("{name:36} {mean:.3}   asked: ≥ {asked}   {verdict}   ({files} files)");
    mean >= asked
}

/// A file that is not as it should be is named.
fn noted(path: &Path, what: &str, score: f64) -> f64 {
    if score < 0.99 {
        println!("{score:.3} {what}: {}", path.display());
    }
    score
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.contains(&ending))
}

/// Returns the text of a document, or none with a note why.
async fn text(parser: &Parser, path: &Path, bytes: &[u8]) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let read = parser.text(Reading::new(name, bytes)).await.unwrap();
    read.unwrap_or_else(|why| {
        println!("no text ({}): {}", why.code, path.display());
        String::new()
    })
}

fn parser() -> Parser {
    let config = Extract {
        program: env!("CARGO_BIN_EXE_ragd").into(),
        ..Extract::default()
    };
    Parser::new(&config, &Ocr::default(), &Secrets::default())
}

/// Returns how like each PDF is to what `pdftotext` reads in it, if that is something.
async fn compare_pdf(files: &[PathBuf]) -> Vec<f64> {
    let parser = parser();
    let mut scores = Vec::new();
    for path in files.iter().filter(|path| has_ending(path, &["pdf"])) {
        let read = Command::new("timeout")
            .args([SECONDS, "pdftotext"])
            .arg(path)
            .arg("-")
            .output();
        let reference = String::from_utf8_lossy(&read.unwrap().stdout).into_owned();
        if reference.chars().filter(|c| !c.is_whitespace()).count() < LETTERS {
            continue;
        }
        if reference.contains(RIGHT_TO_LEFT) {
            println!(
                "not compared, as it goes from right to left: {}",
                path.display()
            );
            continue;
        }
        let own = text(&parser, path, &fs::read(path).unwrap()).await;
        let (own, reference) = (words(&own), words(&reference));
        let both = common(&own, &reference) * 2;
        let score = both as f64 / (count(&own) + count(&reference)).max(1) as f64;
        scores.push(noted(path, "F1", score));
    }
    scores
}

/// Returns of headings and of tables, for each office file that has some, how much is kept.
async fn compare(files: &[PathBuf]) -> [(&'static str, Vec<f64>); 2] {
    let parser = parser();
    let (mut headings, mut tables) = (Vec::new(), Vec::new());
    let endings = ["docx", "pptx", "xlsx", "odt", "ods", "odp"];
    for path in files.iter().filter(|path| has_ending(path, &endings)) {
        let bytes = fs::read(path).unwrap();
        let within = Marked::of(path, &bytes);
        let own = text(&parser, path, &bytes).await;
        let lines = |mark: char| {
            let lines = own.lines().filter(|line| line.starts_with(mark));
            words(&lines.collect::<Vec<_>>().join("\n"))
        };
        let kept = |within: &str, own: &Words| {
            let wanted = words(within);
            let all = count(&wanted);
            (all > 0).then(|| common(own, &wanted) as f64 / all as f64)
        };
        let of_headings = kept(&within.headings, &lines('#'));
        headings.extend(of_headings.map(|score| noted(path, "headings", score)));
        let of_tables = kept(&within.tables, &lines('|'));
        tables.extend(of_tables.map(|score| noted(path, "tables", score)));
    }
    [
        ("office, words of headings kept", headings),
        ("office, words of tables kept", tables),
    ]
}

fn words(text: &str) -> Words {
    let mut words = Words::new();
    // Marks of Markdown may stand within words.
    let plain: String = text.nfkc().filter(|c| !"*\\`".contains(*c)).collect();
    let found = plain.split(|c: char| !c.is_alphanumeric() && c != '_');
    for word in found.filter(|word| !word.is_empty()) {
        *words.entry(word.to_owned()).or_default() += 1;
    }
    words
}

fn count(words: &Words) -> usize {
    words.values().sum()
}

fn common(one: &Words, other: &Words) -> usize {
    let both = one
        .iter()
        .map(|(word, times)| other.get(word).map_or(0, |more| *times.min(more)));
    both.sum()
}

/// What the XML of an office file says of its text.
#[derive(Default)]
struct Marked {
    headings: String,
    tables: String,
}

impl Marked {
    fn of(path: &Path, bytes: &[u8]) -> Self {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut names: Vec<_> = archive
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        names.sort();
        let mut part = |name: &str| {
            let mut content = String::new();
            let read = archive.by_name(name).unwrap().read_to_string(&mut content);
            read.map(|_| content).unwrap()
        };
        let mut marked = Self::default();
        if has_ending(path, &["xlsx"]) {
            let shared = "xl/sharedStrings.xml";
            let shared = match names.iter().any(|name| name == shared) {
                true => strings(&part(shared)),
                false => Vec::new(),
            };
            for sheet in names
                .iter()
                .filter(|name| name.starts_with("xl/worksheets/sheet"))
            {
                marked.cells(&part(sheet), &shared);
            }
            return marked;
        }
        let holds_text = |name: &&String| match &***name {
            "word/document.xml" | "content.xml" => true,
            name => name.starts_with("ppt/slides/slide") && has_ending(Path::new(name), &["xml"]),
        };
        for name in names.iter().filter(holds_text) {
            marked.pages(&part(name), !name.contains('/'));
        }
        marked
    }

    /// Takes the text out of what is no sheet.
    fn pages(&mut self, xml: &str, is_open_document: bool) {
        let (mut tables, mut aside, mut in_heading, mut in_text) = (0, 0, false, is_open_document);
        events(xml, |event| match event {
            Seen::Start(start) => match name(start) {
                "tbl" | "table" => tables += 1,
                name if ASIDE.contains(&name) => aside += 1,
                "t" => in_text = true,
                "h" => in_heading = true,
                "pStyle" => in_heading = attribute(start, "val").starts_with("Heading"),
                "ph" => in_heading = ["title", "ctrTitle"].contains(&&*attribute(start, "type")),
                "frame" => in_heading = attribute(start, "class") == "title",
                _ => {}
            },
            Seen::End(name) => {
                match name {
                    "tbl" | "table" => tables -= 1,
                    name if ASIDE.contains(&name) => aside -= 1,
                    "t" => in_text = is_open_document,
                    "h" | "frame" | "sp" => in_heading = false,
                    // Of a slide, the whole frame is the title.
                    "p" if xml.contains("<w:document") => in_heading = false,
                    _ => {}
                }
                if BREAKS.contains(&name) {
                    self.headings.push(' ');
                    self.tables.push(' ');
                }
            }
            Seen::Text(text) if in_text && aside == 0 => match (tables > 0, in_heading) {
                (true, _) => self.tables.push_str(text),
                (false, true) => self.headings.push_str(text),
                (false, false) => {}
            },
            Seen::Text(_) => {}
        });
    }

    /// Takes the texts out of the cells of a sheet.
    fn cells(&mut self, xml: &str, shared: &[String]) {
        let (mut kind, mut value, mut in_value) = (String::new(), String::new(), false);
        events(xml, |event| match event {
            Seen::Start(start) => match name(start) {
                "c" => kind = attribute(start, "t"),
                "v" | "t" => in_value = true,
                _ => {}
            },
            Seen::Text(text) if in_value => value.push_str(text),
            Seen::Text(_) => {}
            Seen::End("v" | "t") => in_value = false,
            Seen::End("c") => {
                let value = std::mem::take(&mut value);
                let text = match &*kind {
                    "s" => value
                        .parse()
                        .ok()
                        .and_then(|at: usize| shared.get(at))
                        .cloned(),
                    "str" | "inlineStr" => Some(value),
                    _ => None,
                };
                self.tables.push_str(&text.unwrap_or_default());
                self.tables.push(' ');
            }
            Seen::End(_) => {}
        });
    }
}

/// Elements of text that is not where it stands.
const ASIDE: [&str; 5] = ["Fallback", "tracked-changes", "annotation", "note", "notes"];
/// Elements that end a word.
const BREAKS: [&str; 9] = [
    "p",
    "h",
    "tc",
    "table-cell",
    "br",
    "tab",
    "s",
    "line-break",
    "frame",
];

/// Returns the texts that the cells of sheets share, in order.
fn strings(xml: &str) -> Vec<String> {
    let (mut strings, mut text, mut in_text) = (Vec::new(), String::new(), false);
    events(xml, |event| match event {
        Seen::Start(start) => in_text = name(start) == "t",
        Seen::Text(more) if in_text => text.push_str(more),
        Seen::Text(_) => {}
        Seen::End("si") => strings.push(std::mem::take(&mut text)),
        Seen::End(_) => in_text = false,
    });
    strings
}

enum Seen<'a> {
    Start(&'a BytesStart<'a>),
    Text(&'a str),
    End(&'a str),
}

/// Calls `take` for all that is in an XML file; an element without content ends at once.
fn events(xml: &str, mut take: impl FnMut(Seen<'_>)) {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => take(Seen::Start(&start)),
            Event::Empty(start) => {
                take(Seen::Start(&start));
                take(Seen::End(name(&start)));
            }
            Event::End(end) => take(Seen::End(end.local_name().into_inner())),
            Event::Text(text) => take(Seen::Text(&text.xml10_content())),
            Event::GeneralRef(known) => {
                let known = known.resolve_char_ref().ok().flatten();
                // What has a name is no letter.
                take(Seen::Text(&known.unwrap_or(' ').to_string()));
            }
            Event::Eof => return,
            _ => {}
        }
    }
}

fn name<'a>(start: &'a BytesStart<'_>) -> &'a str {
    start.local_name().into_inner()
}

fn attribute(start: &BytesStart<'_>, name: &str) -> String {
    let mut attributes = start.attributes().flatten();
    let found = attributes.find(|one| one.key.local_name().into_inner() == name);
    found.map(|one| one.value.into_owned()).unwrap_or_default()
}
