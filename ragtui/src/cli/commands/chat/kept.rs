//! `ragctl chat list`, `show` and `rm`.

use protocol::answer::{AnswerView, ConversationView};
use protocol::{ConversationId, ErrorReport};

use super::super::jobs::{more, print_all};
use crate::cli::answer::{colophon, lines, sources};
use crate::cli::args::{Paging, Trial};
use crate::cli::context::{Context, pages};
use crate::cli::conversation_ids::{resolve_one, short};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::{self, Look, Paint, counted};
use crate::cli::schema::{AnswerJson, ConversationJson, List, RemovedJson};
use crate::cli::table::{Column, Table, cell};
use crate::client::Client;

pub(super) async fn list(context: &Context, paging: &Paging) -> Outcome {
    let client = context.connect().await?;
    let list = pages(paging, async |page| client.conversation_list(page).await).await?;
    context
        .out
        .list(&List::of(&list, ConversationJson::from), |look| {
            conversation_table(&list.items, look)
        })?;
    if list.items.is_empty() && context.out.is_human() {
        context.out.note("no conversations; ragctl chat begins one");
    }
    more(context, list.items.len(), list.total, list.next.as_deref());
    Ok(Exit::DONE)
}

fn conversation_table(conversations: &[ConversationView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("CHAT", Column::Left),
        ("TITLE", Column::Path),
        ("COLLECTION", Column::Left),
        ("TURNS", Column::Right),
        ("UPDATED", Column::Left),
    ]);
    for conversation in conversations {
        table.row(vec![
            cell(short(conversation.id)),
            cell(conversation.title.as_str()),
            cell(conversation.collection.as_deref().unwrap_or("-")),
            cell(look::count(conversation.turns)),
            cell(look.time(conversation.updated_at)),
        ]);
    }
    table.render(look)
}

pub(super) async fn show(context: &Context, text: &str, paging: &Paging) -> Outcome {
    let client = context.connect().await?;
    let id = resolve_one(&client, text).await?;
    let list = pages(paging, async |page| {
        client.conversation_show(id, page).await
    })
    .await?;
    context
        .out
        .list(&List::of(&list, AnswerJson::from), |look| {
            let turns: Vec<_> = list.items.iter().map(|view| turn(view, look)).collect();
            turns.join("\n")
        })?;
    more(context, list.items.len(), list.total, list.next.as_deref());
    Ok(Exit::DONE)
}

fn turn(view: &AnswerView, look: &Look) -> String {
    let (you, ragd) = (
        look.paint(Paint::Bold, "You:"),
        look.paint(Paint::Bold, "ragd:"),
    );
    let question = lines(&view.question);
    let answer = match view.text.trim_end() {
        "" => format!("({})\n", view.end.finish.as_str()),
        text => lines(text),
    };
    let gap = if view.sources.is_empty() { "" } else { "\n" };
    let sources = sources(view, look);
    let about = look.paint(Paint::Dim, &colophon(view));
    format!("{you} {question}{ragd} {answer}{gap}{sources}{about}\n")
}

pub(super) async fn remove(context: &Context, texts: &[String], trial: Trial) -> Outcome {
    let question = format!("Remove {}?", counted(texts.len() as u64, "conversation"));
    if !trial.dry_run {
        context.may_ask(&question)?;
    }
    let client = context.connect().await?;
    let mut ids = Vec::new();
    for text in texts {
        let id = resolve_one(&client, text).await?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if trial.dry_run {
        return tried(context, &client, &ids).await;
    }
    context.confirm(&question)?;
    let mut removed = Vec::new();
    let mut failed: Option<ErrorReport> = None;
    for id in ids {
        match client.conversation_remove(id).await {
            Ok(()) => removed.push(id),
            Err(report) => failed = failed.or(Some(report)),
        }
    }
    print_all::<RemovedJson, _>(context, &removed, |_, ids| {
        ids.iter()
            .map(|id| format!("conversation {} removed\n", short(*id)))
            .collect()
    })?;
    failed.map_or(Ok(Exit::DONE), |report| Err(report.into()))
}

async fn tried(context: &Context, client: &Client, ids: &[ConversationId]) -> Outcome {
    let everything = Paging {
        all: true,
        ..Paging::default()
    };
    let list = pages(&everything, async |page| {
        client.conversation_list(page).await
    })
    .await?;
    let mut chosen = list.items;
    chosen.retain(|conversation| ids.contains(&conversation.id));
    print_all::<ConversationJson, _>(context, &chosen, |look, chosen| {
        conversation_table(chosen, look)
    })?;
    let who = if chosen.len() == 1 { "it" } else { "they" };
    context
        .out
        .note(&format!("dry run: {who} would be removed"));
    Ok(Exit::DONE)
}

impl From<&ConversationId> for RemovedJson {
    fn from(id: &ConversationId) -> Self {
        Self {
            id: id.to_string(),
            removed: true,
        }
    }
}
