//! The only file that prints: results on standard output, everything else on standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use protocol::ErrorReport;
use serde::Serialize;
use serde_json::Value;

use super::args::{Format, Global, When};
use super::exit::{Exit, Failure};
use super::lines;
use super::look::{self, Look, Paint};
use super::schema::{ErrorJson, List, Record, Tagged};
use crate::text;

/// Where results and remarks go, and in which form.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) quiet: bool,
    pub(super) look: Look,
    pub(super) stdout_is_terminal: bool,
    pub(super) stderr_is_terminal: bool,
    verbose: bool,
    fields: Vec<String>,
    error_look: Look,
}

impl Output {
    pub(super) fn new(global: &Global) -> Self {
        let format = if global.json {
            Some(Format::Json)
        } else {
            global.output
        };
        let stdout_is_terminal = io::stdout().is_terminal();
        let stderr_is_terminal = io::stderr().is_terminal();
        let look = Look {
            color: wants_color(global.color, stdout_is_terminal),
            width: stdout_is_terminal.then(columns).flatten(),
            time: global.time,
            header: !global.no_header,
            now: look::now(),
        };
        Self {
            format: format.unwrap_or(Format::Human),
            quiet: global.quiet,
            verbose: global.verbose,
            fields: global.fields.clone(),
            look,
            stdout_is_terminal,
            stderr_is_terminal,
            error_look: Look {
                color: wants_color(global.color, stderr_is_terminal),
                width: stderr_is_terminal.then(columns).flatten(),
                ..look
            },
        }
    }

    pub(super) fn is_human(&self) -> bool {
        self.format == Format::Human
    }

    pub(super) fn is_json(&self) -> bool {
        match self.format {
            Format::Json | Format::Ndjson => true,
            Format::Human | Format::Tsv | Format::Name => false,
        }
    }

    /// Prints text for people.
    pub(super) fn text(&self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// Prints bytes as they are.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(bytes)
            .and_then(|()| stdout.flush())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
                _ => ErrorReport::new(protocol::ErrorCode::StoreFailed, "cannot write the output")
                    .because(error.to_string())
                    .into(),
            })
    }

    /// Prints one thing.
    pub(super) fn record<R: Record>(
        &self,
        record: &R,
        human: impl FnOnce(&Look) -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Human => self.text(&human(&self.look)),
            Format::Json | Format::Ndjson => self.json(&self.chosen(record, Some(R::SCHEMA))),
            Format::Tsv => self.tsv(std::slice::from_ref(record)),
            Format::Name => self.names(std::slice::from_ref(record)),
        }
    }

    /// Prints a list.
    pub(super) fn list<R: Record>(
        &self,
        list: &List<R>,
        human: impl FnOnce(&Look) -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Human => self.text(&human(&self.look)),
            Format::Json => {
                let items: Vec<_> = list
                    .items
                    .iter()
                    .map(|item| self.chosen(item, None))
                    .collect();
                if R::ITEMS != "items" {
                    let list = std::collections::BTreeMap::from([(R::ITEMS, items)]);
                    return self.json(&Tagged {
                        schema: R::LIST_SCHEMA,
                        record: &list,
                    });
                }
                let list = List {
                    items,
                    next: list.next.clone(),
                    total: list.total,
                };
                self.json(&Tagged {
                    schema: R::LIST_SCHEMA,
                    record: &list,
                })
            }
            Format::Ndjson => list
                .items
                .iter()
                .try_for_each(|item| self.json(&self.chosen(item, None))),
            Format::Tsv => self.tsv(&list.items),
            Format::Name => self.names(&list.items),
        }
    }

    /// Prints one line of JSON and flushes it, so that a reader of a stream sees it at once.
    pub(super) fn json<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        let mut line = serde_json::to_string(value).map_err(not_json)?;
        line.push('\n');
        self.text(&line)
    }

    /// Says something that is not the result.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            error_line(text);
        }
    }

    /// Says something that somebody should look at.
    pub(super) fn warn(&self, text: &str) {
        error_line(&format!(
            "{} {text}",
            self.error_look.paint(Paint::Warn, "warning:")
        ));
    }

    /// Prints one line of JSON on standard error.
    pub(super) fn note_json<T: Serialize>(&self, value: &T) {
        if let Ok(line) = serde_json::to_string(value) {
            error_line(&line);
        }
    }

    /// Says why a command failed, if there is something to say.
    pub(super) fn failure(&self, failure: &Failure) {
        let Some(report) = failure.report() else {
            return;
        };
        match self.is_json() {
            true => self.note_json(&ErrorJson::new(report, failure.exit())),
            false => error_text(&self.explain(report, failure.exit())),
        }
    }

    fn explain(&self, report: &ErrorReport, exit: Exit) -> String {
        let head = self.error_look.paint(Paint::Bad, "error:");
        let mut out = format!("{head} {}\n", text::clean(&report.message));
        out.push_str(&lines::why(report));
        // Without a `why` of its own, the chain was just printed.
        if report.why.is_some() && (self.verbose || report.causes.len() == 1) {
            for cause in &report.causes {
                out.push_str(&format!("        {}\n", text::clean(cause)));
            }
        }
        out.push_str(&lines::tries(report));
        if let Some(millis) = report.retry_after_ms {
            out.push_str(&format!("        again in {} s\n", millis.div_ceil(1000)));
        }
        out.push_str(&format!("  code: {}  (exit {})\n", report.code, exit.0));
        out
    }

    /// Invites to write something, on the terminal.
    pub(super) fn prompt(&self, text: &str) {
        error_text(&self.error_look.paint(Paint::Bold, text));
    }

    /// Asks a yes-or-no question on the terminal. Nothing but yes is yes.
    pub(super) fn ask(&self, question: &str) -> bool {
        let mut stderr = io::stderr().lock();
        let asked =
            write!(stderr, "{} [y/N] ", text::clean(question)).and_then(|()| stderr.flush());
        let mut answer = String::new();
        asked.is_ok()
            && io::stdin().read_line(&mut answer).is_ok()
            && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    fn names<R: Record>(&self, records: &[R]) -> Result<(), Failure> {
        let names: Vec<_> = records.iter().map(Record::name).collect();
        self.text(
            &names
                .iter()
                .map(|name| self.foreign(name).into_owned() + "\n")
                .collect::<String>(),
        )
    }

    /// Returns foreign text for a program as it is, and for a terminal so that it cannot drive it.
    fn foreign<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.stdout_is_terminal {
            text::clean(text)
        } else {
            Cow::Borrowed(text)
        }
    }

    fn tsv<R: Record>(&self, records: &[R]) -> Result<(), Failure> {
        let columns: Vec<&str> = match self.fields.as_slice() {
            [] => R::COLUMNS.to_vec(),
            fields => fields.iter().map(String::as_str).collect(),
        };
        let mut out = String::new();
        if self.look.header {
            out.push_str(&columns.join("\t"));
            out.push('\n');
        }
        for record in records {
            let value = serde_json::to_value(record).map_err(not_json)?;
            let cells: Vec<_> = columns
                .iter()
                .map(|column| self.foreign(&tsv_cell(field(&value, column))).into_owned())
                .collect();
            out.push_str(&cells.join("\t"));
            out.push('\n');
        }
        self.text(&out)
    }

    /// Returns the record with the fields that were asked for, in that order.
    fn chosen<'a, R: Record>(&self, record: &'a R, schema: Option<&'static str>) -> Chosen<'a, R> {
        if !self.fields.is_empty()
            && let Ok(value) = serde_json::to_value(record)
        {
            let fields = self
                .fields
                .iter()
                .map(|name| (name.clone(), field(&value, name).clone()));
            return Chosen::Some(fields.collect());
        }
        match schema {
            Some(schema) => Chosen::Tagged(Tagged { schema, record }),
            None => Chosen::All(record),
        }
    }
}

enum Chosen<'a, R> {
    All(&'a R),
    Tagged(Tagged<'a, R>),
    Some(Vec<(String, Value)>),
}

impl<R: Serialize> Serialize for Chosen<'_, R> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All(record) => record.serialize(serializer),
            Self::Tagged(tagged) => tagged.serialize(serializer),
            Self::Some(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

/// Returns the value at a dotted path, such as `progress.ratio`.
fn field<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.')
        .fold(value, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn tsv_cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn not_json(error: serde_json::Error) -> Failure {
    ErrorReport::new(
        protocol::ErrorCode::Internal,
        "cannot write the result as JSON",
    )
    .because(error.to_string())
    .into()
}

fn error_line(text: &str) {
    error_text(&format!("{text}\n"));
}

fn error_text(text: &str) {
    // When standard error is gone, there is nobody to tell that to.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn wants_color(when: When, is_terminal: bool) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if is_set("NO_COLOR") => false,
        When::Auto if is_set("CLICOLOR_FORCE") || is_set("FORCE_COLOR") => true,
        When::Auto => is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

fn columns() -> Option<usize> {
    let forced = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let columns = forced.or_else(|| {
        crossterm::terminal::size()
            .ok()
            .map(|(columns, _)| usize::from(columns))
    });
    // Serial lines and the like do not know their width.
    columns.filter(|columns| *columns > 0)
}
