//! `ragctl chat export`: a conversation as Markdown.

use protocol::answer::AnswerView;

use crate::cli::answer::{colophon, is_cited, lines, place};
use crate::cli::args::Paging;
use crate::cli::context::{Context, pages};
use crate::cli::conversation_ids::resolve_one;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::iso;
use crate::text;

pub(super) async fn run(context: &Context, text: &str) -> Outcome {
    let client = context.connect().await?;
    let id = resolve_one(&client, text).await?;
    let everything = Paging {
        all: true,
        ..Paging::default()
    };
    let list = pages(&everything, async |page| {
        client.conversation_show(id, page).await
    })
    .await?;
    let mut page = match list.items.first() {
        Some(first) => format!("# {}\n\nConversation {id}\n", line(&first.question)),
        None => format!("# Conversation {id}\n"),
    };
    for view in &list.items {
        page.push_str(&turn(view));
    }
    context.out.text(&page)?;
    Ok(Exit::DONE)
}

fn turn(view: &AnswerView) -> String {
    let mut out = format!("\n## {}\n\n", line(&view.question));
    let text = lines(view.text.trim());
    if !text.is_empty() {
        out.push_str(&format!("{text}\n"));
    }
    out.push_str(&format!("*{}; {}*\n", iso(view.asked_at), colophon(view)));
    if !view.sources.is_empty() {
        out.push('\n');
    }
    for source in &view.sources {
        let cited = if is_cited(view, source) {
            ", cited"
        } else {
            ""
        };
        // The numbers are those of the marks; `[1]` alone would be read as a link.
        out.push_str(&format!(
            "- \\[{}\\] `{}` in {}{cited}\n",
            source.number,
            place(source).replace('`', "'"),
            text::clean(&source.hit.collection)
        ));
    }
    out
}

/// Returns a question as one line, for a heading.
fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    text::clean(&words.join(" ")).into_owned()
}
