//! The words around an answer: its sources, who gave it, and what its end means.

use protocol::answer::{AnswerView, Answerer, Finish, Source};
use protocol::{ErrorCode, ErrorReport};

use crate::cli::args::Format;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::look::{self, Look, Paint, spot};
use crate::cli::schema::{AnswerJson, ConfidenceJson, List, SourceJson};
use crate::text;

/// Prints an answer that is there already. As names, an answer is its sources.
pub(in crate::cli) fn print(context: &Context, view: &AnswerView) -> Result<(), Failure> {
    if context.out.format == Format::Name {
        let cited = |source| SourceJson::cited(source, &view.citations);
        let sources = view.sources.iter().map(cited).collect();
        return context
            .out
            .list(&List::complete(sources), |_| String::new());
    }
    context.out.record(&AnswerJson::from(view), |look| {
        let (text, sources) = (lines(&view.text), sources(view, look));
        let gap = if text.is_empty() || sources.is_empty() {
            ""
        } else {
            "\n"
        };
        format!("{text}{gap}{sources}")
    })
}

/// Returns foreign text of several lines so that it cannot drive a terminal.
pub(in crate::cli) fn lines(text: &str) -> String {
    text::clean_lines(text).map(|line| line + "\n").collect()
}

/// Returns the list below an answer, empty without sources.
pub(in crate::cli) fn sources(view: &AnswerView, look: &Look) -> String {
    if view.sources.is_empty() {
        return String::new();
    }
    let mut out = look.paint(Paint::Bold, "Sources") + "\n";
    for source in &view.sources {
        let is_cited = is_cited(view, source);
        let paint = if is_cited { Paint::Plain } else { Paint::Dim };
        let cited = if is_cited { "  cited" } else { "" };
        let line = format!("{}{cited}", heading(source));
        out.push_str(&look.paint(paint, &line));
        out.push('\n');
    }
    out
}

/// Tells whether the answer has a mark for this source.
pub(in crate::cli) fn is_cited(view: &AnswerView, source: &Source) -> bool {
    let mut marks = view.citations.iter();
    marks.any(|mark| mark.source == source.number)
}

/// Returns one passage with the numbers of its lines.
pub(in crate::cli) fn passage(source: &Source, look: &Look) -> String {
    let mut out = look.paint(Paint::Bold, &heading(source)) + "\n";
    let numbered = (source.hit.place.line_start..).zip(text::clean_lines(&source.hit.text));
    for (number, line) in numbered {
        out.push_str(format!("  {number:>5}  {line}").trim_end());
        out.push('\n');
    }
    out
}

fn heading(source: &Source) -> String {
    let hit = &source.hit;
    let spot = spot(&hit.place);
    format!(
        "[{}] {}{spot}  ({})  {:.2}",
        source.number,
        place(source),
        text::clean(&hit.collection),
        hit.score
    )
}

/// Returns where a passage is: `path:10-24`.
pub(in crate::cli) fn place(source: &Source) -> String {
    let (path, place) = (source.hit.path.to_text(), &source.hit.place);
    format!(
        "{}:{}-{}",
        text::clean(&path),
        place.line_start,
        place.line_end
    )
}

/// Returns who is about to answer.
pub(super) fn announcement(by: &Answerer) -> String {
    match by {
        Answerer::Model { name, .. } => format!("{} answers", text::clean(name)),
        Answerer::Quotes => "no model answers, quoting".to_owned(),
    }
}

/// Returns who answered, how sure that is, and how long it took.
pub(in crate::cli) fn colophon(view: &AnswerView) -> String {
    let by = match &view.by {
        Answerer::Model { name, model } if name == model => {
            format!("answered by {}", text::clean(name))
        }
        Answerer::Model { name, model } => {
            format!("answered by {} ({})", text::clean(name), text::clean(model))
        }
        Answerer::Quotes => "quoted from the sources, without a model".to_owned(),
    };
    let confidence = ConfidenceJson::from(view.end.confidence).label;
    let took = look::span(std::time::Duration::from_micros(view.end.total_us));
    format!("{by}; confidence {confidence}; {took}")
}

/// Says on standard error what a reader must know of an answer that was shown, and returns what
/// its end means for the shell.
pub(in crate::cli) fn verdict(context: &Context, view: &AnswerView, fail_empty: bool) -> Outcome {
    let out = &context.out;
    // JSON has all of this in its fields.
    let note = |text: &str| {
        if !matches!(out.format, Format::Json | Format::Ndjson) {
            out.note(text);
        }
    };
    for text in view.searched.notes.iter().chain(&view.end.notes) {
        note(&text::clean(text));
    }
    let is_there = matches!(view.end.finish, Finish::Complete | Finish::Length);
    if is_there && out.is_human() {
        note(&colophon(view));
    }
    match view.end.finish {
        Finish::Complete => Ok(Exit::DONE),
        Finish::Length => {
            note("the answer was cut: the model was not allowed to write more");
            Ok(Exit::DONE)
        }
        Finish::NothingFound => {
            note("nothing found: no passage has to do with the question");
            Ok(if fail_empty { Exit::OTHER } else { Exit::DONE })
        }
        Finish::BrokenOff => Err(broken_off(&view.by).into()),
        Finish::Stopped => {
            Err(ErrorReport::new(ErrorCode::Cancelled, "the answer was stopped").into())
        }
    }
}

fn broken_off(by: &Answerer) -> ErrorReport {
    let who = match by {
        Answerer::Model { name, .. } => format!("the model {name} broke off"),
        Answerer::Quotes => "its source was lost".to_owned(),
    };
    ErrorReport::new(ErrorCode::ModelFailed, "the answer is not complete")
        .because(format!("{who} in the middle of it"))
        .try_next("ask again, or for quotes from the sources: --model none")
        .try_next("ragctl model list")
        .retryable()
}
