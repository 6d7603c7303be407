//! Jupyter notebooks: their cells in order, code with what it printed.

use serde::Deserialize;
use serde_json::Value;

use super::{ExtractError, Extracted, Kind, Source};
use crate::index::Unit;

/// Lines of an output that are kept, and bytes of each.
const OUTPUT_LINES: usize = 20;
const OUTPUT_WIDTH: usize = 300;

/// Any JSON file could be one by its name; only a notebook has cells.
pub(super) fn fits(source: &Source<'_>) -> bool {
    let is_named = source
        .name
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("ipynb"));
    is_named && source.bytes.trim_ascii_start().starts_with(b"{")
}

#[derive(Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Cell>,
    #[serde(default)]
    worksheets: Vec<Worksheet>,
    #[serde(default)]
    metadata: Value,
}

/// Of version 3 and before.
#[derive(Deserialize)]
struct Worksheet {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(default)]
    cell_type: String,
    #[serde(default, alias = "input")]
    source: Lines,
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    text: Lines,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    traceback: Lines,
}

/// A text, as a whole or in lines.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Lines {
    #[default]
    None,
    Whole(String),
    Many(Vec<String>),
}

impl Lines {
    fn text(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Whole(text) => text,
            Self::Many(lines) => lines.concat(),
        }
    }
}

pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let notebook: Notebook =
        serde_json::from_slice(source.bytes).map_err(|error| ExtractError::Broken {
            format: "notebook",
            why: error.to_string(),
        })?;
    let language = ["/language_info/name", "/kernelspec/language"]
        .iter()
        .find_map(|path| notebook.metadata.pointer(path)?.as_str())
        .unwrap_or("python");
    let language: String = language
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    let mut written = Extracted {
        kind: Kind::Markdown,
        language: Some("jupyter"),
        ..Extracted::default()
    };
    let sheets = notebook
        .worksheets
        .into_iter()
        .flat_map(|sheet| sheet.cells);
    for (number, cell) in (1..).zip(notebook.cells.into_iter().chain(sheets)) {
        written.begin(Unit::Cell, number);
        let text = cell.source.text();
        match cell.cell_type.as_str() {
            "code" => fenced(&mut written.text, &language, &text),
            "heading" => written.text.push_str(&format!("# {}\n", text.trim())),
            _ => {
                written.text.push_str(text.trim_end());
                written.text.push('\n');
            }
        }
        for output in cell.outputs {
            let said = [
                output.text.text(),
                shown(&output.data),
                output.traceback.text(),
            ];
            let said = trimmed(&said.concat());
            if !said.is_empty() {
                fenced(&mut written.text, "", &said);
            }
        }
        written.text.push('\n');
        written.check(source.limits)?;
    }
    Ok(written)
}

/// What a result looks like as text.
fn shown(data: &Value) -> String {
    match data.get("text/plain") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// Writes a text between fences that do not occur in it.
fn fenced(out: &mut String, language: &str, text: &str) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    out.push_str(&format!(
        "{fence}{language}\n{}\n{fence}\n",
        text.trim_end()
    ));
}

/// The first lines of what a cell printed, without what colours a terminal.
fn trimmed(output: &str) -> String {
    let mut lines = output.lines();
    let mut kept: Vec<String> = lines.by_ref().take(OUTPUT_LINES).map(line).collect();
    if lines.next().is_some() {
        kept.push("…".to_owned());
    }
    kept.join("\n").trim().to_owned()
}

fn line(line: &str) -> String {
    let mut kept = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                // Up to and with the letter that ends the sequence.
                chars.by_ref().find(|c| c.is_ascii_alphabetic());
            }
            c if c.is_control() && c != '\t' => {}
            c => kept.push(c),
        }
        if kept.len() >= OUTPUT_WIDTH {
            kept.push('…');
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_short_and_have_no_colours() {
        assert_eq!(line("\u{1b}[31mred\u{1b}[0m\u{7}"), "red");
        let many = "x\n".repeat(100);
        assert_eq!(trimmed(&many).lines().count(), OUTPUT_LINES + 1);
        let mut out = String::new();
        fenced(&mut out, "rust", "a ``` b");
        assert_eq!(out, "````rust\na ``` b\n````\n");
    }
}
