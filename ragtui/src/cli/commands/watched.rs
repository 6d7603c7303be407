//! `ragctl source`: what is watched.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use protocol::watched::{WatchedState, WatchedView};
use protocol::{ErrorCode, ErrorReport};

use super::submit::{absolute, to_bytes};
use crate::cli::args::Source;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::look::{Look, Paint};
use crate::cli::schema::{List, WatchedJson};
use crate::cli::table::{Column, Table, cell};
use crate::client::Client;
use crate::text;

/// Digits of an id that are shown, and the fewest that name a source.
const SHORT: usize = 8;
const LEAST: usize = 4;

pub(super) async fn run(context: &Context, command: Source) -> Outcome {
    let client = context.connect().await?;
    match command {
        Source::List => list(context, &client).await,
        Source::Unwatch { sources, trial } => {
            unwatch(context, &client, &sources, trial.dry_run).await
        }
    }
}

async fn list(context: &Context, client: &Client) -> Outcome {
    let sources = client.watched_list().await?;
    print(context, &sources)?;
    if context.out.is_human() {
        if sources.is_empty() {
            let note = "nothing is watched; to watch a folder: ragctl submit --watch PATH";
            context.out.note(note);
        }
        for source in &sources {
            tell_trouble(context, source);
        }
    }
    Ok(Exit::DONE)
}

fn print(context: &Context, sources: &[WatchedView]) -> Result<(), Failure> {
    let list = List::complete(sources.iter().map(WatchedJson::from).collect());
    context.out.list(&list, |look| table(sources, look))
}

fn tell_trouble(context: &Context, source: &WatchedView) {
    let Some(cause) = &source.cause else { return };
    let next_step = source.next_step.as_ref();
    let next_step = next_step.map_or_else(String::new, |next| format!("; {}", text::clean(next)));
    let note = format!("{}: {}{next_step}", short(source), text::clean(cause));
    context.out.warn(&note);
}

async fn unwatch(
    context: &Context,
    client: &Client,
    names: &[OsString],
    is_trial: bool,
) -> Outcome {
    let sources = client.watched_list().await?;
    let mut chosen = Vec::<WatchedView>::new();
    for name in names {
        let source = find(&sources, name)?;
        if chosen.iter().all(|other| other.id != source.id) {
            chosen.push(source.clone());
        }
    }
    if !is_trial {
        for source in &chosen {
            client.watched_end(source.id).await?;
        }
    }
    print(context, &chosen)?;
    context.out.note(match is_trial {
        true => "dry run: nothing has changed",
        false => "not watched any more; what is searchable stays",
    });
    Ok(Exit::DONE)
}

/// Returns the source of an id, of its first digits, or of a path.
fn find<'a>(sources: &'a [WatchedView], name: &OsStr) -> Result<&'a WatchedView, ErrorReport> {
    let digits = name
        .to_str()
        .map(|name| name.replace('-', "").to_lowercase());
    let is_id = |source: &&WatchedView| {
        let digits = digits.as_ref().filter(|digits| digits.len() >= LEAST);
        digits.is_some_and(|digits| {
            source
                .id
                .0
                .simple()
                .to_string()
                .starts_with(digits.as_str())
        })
    };
    let path = Path::new(name);
    // It may not be there any more.
    let path = absolute(path).or_else(|_| std::path::absolute(path));
    let path = path.map(to_bytes).ok();
    let has_path = |source: &&WatchedView| {
        path.as_ref()
            .is_some_and(|path| source.roots.contains(path))
    };
    let mut found: Vec<&WatchedView> = sources.iter().filter(has_path).collect();
    if found.is_empty() {
        found = sources.iter().filter(is_id).collect();
    }
    let shown = text::clean(&String::from_utf8_lossy(name.as_bytes())).into_owned();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(
            ErrorReport::new(ErrorCode::NotFound, format!("no watched source is {shown}"))
                .try_next("ragctl source list"),
        ),
        _ => Err(ErrorReport::new(
            ErrorCode::Ambiguous,
            format!("several watched sources are {shown}"),
        )
        .because("it is watched for several collections, or the digits are too few")
        .try_next("name one by its id: ragctl source list")),
    }
}

fn short(source: &WatchedView) -> String {
    source.id.0.simple().to_string()[..SHORT].to_owned()
}

fn table(sources: &[WatchedView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("SOURCE", Column::Left),
        ("COLLECTION", Column::Left),
        ("STATE", Column::Left),
        ("FOLDERS", Column::Right),
        ("CHANGED", Column::Left),
        ("JOB", Column::Left),
        ("PATH", Column::Path),
    ]);
    for source in sources {
        let paint = match source.state {
            WatchedState::Current => Paint::Good,
            WatchedState::Starting | WatchedState::Updating => Paint::Busy,
            WatchedState::Away | WatchedState::Held => Paint::Warn,
            WatchedState::Failed => Paint::Bad,
        };
        let folders = match source.is_polled {
            true => "polled".to_owned(),
            false => source.folders.to_string(),
        };
        let more = match source.roots.len() {
            0 | 1 => String::new(),
            roots => format!(" and {} more", roots - 1),
        };
        let path = source
            .roots
            .first()
            .map_or_else(String::new, |root| root.to_text());
        table.row(vec![
            cell(short(source)),
            cell(&source.collection),
            cell(source.state.as_str()).paint(paint),
            cell(folders),
            cell(look.time_or_dash(source.updated_at)),
            cell(source.job.map_or_else(|| "-".to_owned(), |job| job.short())),
            cell(path + &more),
        ]);
    }
    table.render(look)
}
