//! `ragctl search`.

use protocol::Private;
use protocol::search::{Hit, SearchRequest};

use crate::cli::args::Search;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::{Look, Paint, about, counted, spot};
use crate::cli::schema::{HitJson, List};
use crate::text;

/// Lines of a passage that are shown.
const SNIPPET: usize = 6;

pub(super) async fn run(context: &Context, arguments: Search) -> Outcome {
    let query = arguments.query.join(" ");
    let request = SearchRequest {
        query: Private(query.clone()),
        collection: context.global.collection.clone(),
        paths: arguments.path,
        languages: arguments.lang,
        conditions: arguments.about.conditions(),
        limit: arguments.limit,
        mode: arguments.mode.0,
        explain: arguments.explain,
    };
    let reply = context.connect().await?.search(request).await?;
    let words = words(&query);
    let list = List::complete(reply.hits.iter().map(HitJson::from).collect());
    context.out.list(&list, |look| {
        let hits = reply
            .hits
            .iter()
            .map(|hit| passage(hit, &words, arguments.explain, look));
        hits.collect::<Vec<_>>().join("\n")
    })?;
    for note in &reply.notes {
        context.out.note(&text::clean(note));
    }
    if reply.hits.is_empty() && context.out.is_human() {
        context.out.note("nothing found");
    }
    let is_failure = reply.hits.is_empty() && arguments.fail_empty;
    Ok(if is_failure { Exit::OTHER } else { Exit::DONE })
}

fn words(query: &str) -> Vec<String> {
    query
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
        .collect()
}

fn passage(hit: &Hit, words: &[String], explain: bool, look: &Look) -> String {
    let place = &hit.place;
    let spot = spot(place);
    let path = text::clean(&hit.path.to_text()).into_owned();
    let lines = format!("{path}:{}-{}", place.line_start, place.line_end);
    let mut out = format!(
        "{}  {:.2}{spot}\n",
        look.paint(Paint::Bold, &lines),
        hit.score
    );
    let about = about(&hit.symbols, hit.heading.as_ref());
    if !about.is_empty() {
        out.push_str(&format!("  {}\n", look.paint(Paint::Dim, &about)));
    }
    if !hit.also.is_empty() {
        let others = counted(hit.also.len() as u64, "other document");
        let also = format!("also in {others}: ragctl search --json names them");
        out.push_str(&format!("  {}\n", look.paint(Paint::Dim, &also)));
    }
    if explain {
        let parts: Vec<_> = hit
            .scores
            .iter()
            .map(|(name, score)| format!("{name} {score:.2}"))
            .collect();
        out.push_str(&format!("  {}\n", text::clean(&parts.join("  "))));
    }
    for (number, line) in snippet(hit, words) {
        let width = look
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(10));
        let line = text::fit(&line, width).into_owned();
        out.push_str(&format!(
            "  {number:>5}  {}\n",
            highlight(&line, words, look)
        ));
    }
    out
}

/// Returns the lines that hold words of the query, with what surrounds the first of them.
fn snippet(hit: &Hit, words: &[String]) -> Vec<(u32, String)> {
    let lines: Vec<_> = (hit.place.line_start..)
        .zip(text::clean_lines(&hit.text))
        .collect();
    let fits = |line: &str| {
        let line = line.to_lowercase();
        words
            .iter()
            .filter(|word| line.contains(word.as_str()))
            .count()
    };
    let mut chosen: Vec<usize> = (0..lines.len())
        .filter(|at| !lines[*at].1.trim().is_empty())
        .collect();
    // The best lines, the earlier ones first among equals, printed in their order.
    chosen.sort_by_key(|at| std::cmp::Reverse(fits(&lines[*at].1)));
    chosen.truncate(SNIPPET);
    chosen.sort_unstable();
    chosen.into_iter().map(|at| lines[at].clone()).collect()
}

fn highlight(line: &str, words: &[String], look: &Look) -> String {
    if !look.color {
        return line.to_owned();
    }
    let lower = line.to_lowercase();
    // Where lower case changes lengths, places in both would not agree.
    if lower.len() != line.len() {
        return line.to_owned();
    }
    let mut out = String::new();
    let mut at = 0;
    while at < line.len() {
        let hit = words
            .iter()
            .filter(|word| lower[at..].starts_with(word.as_str()))
            .max_by_key(|word| word.len());
        match hit {
            Some(word) if line.is_char_boundary(at + word.len()) => {
                out.push_str(&look.paint(Paint::Bold, &line[at..at + word.len()]));
                at += word.len();
            }
            _ => {
                let c = line[at..].chars().next().expect("`at` is before the end");
                out.push(c);
                at += c.len_utf8();
            }
        }
    }
    out
}
