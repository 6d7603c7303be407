//! A plan in words.

use std::time::Duration;

use protocol::submit::{PlanAction, PlanEmbedding, PlanEstimate, PlanSum, PlanView};

use crate::cli::look::{Look, Paint, count, counted, size, span};
use crate::cli::table::{Column, Table, cell};
use crate::text;

/// Unreadable paths that are listed.
const UNREADABLE: usize = 10;

pub(super) fn page(plan: &PlanView, look: &Look) -> String {
    let is_new = if plan.creates_collection {
        " (new)"
    } else {
        ""
    };
    let mut out = format!(
        "plan for collection {}{is_new}\n",
        text::clean(&plan.collection)
    );
    out.push_str(&sums(plan, look));
    out.push_str(&takes(&plan.estimate));
    for (path, reason) in plan.unreadable.iter().take(UNREADABLE) {
        let reason = text::clean(reason);
        out.push_str(&format!(
            "cannot read {}: {reason}\n",
            text::clean(&path.to_text())
        ));
    }
    if plan.unreadable.len() > UNREADABLE {
        out.push_str(&format!(
            "and {} more\n",
            plan.unreadable.len() - UNREADABLE
        ));
    }
    if let Some(reason) = &plan.delete_guard {
        out.push_str(&format!(
            "{} {}\n",
            look.paint(Paint::Warn, "held back:"),
            text::clean(reason)
        ));
    }
    out.push_str(&entries(plan, look));
    out.push_str(&format!("run it: ragctl submit --plan {}\n", plan.id));
    out
}

fn sums(plan: &PlanView, look: &Look) -> String {
    let mut table = Table::new(&[
        ("ACTION", Column::Left),
        ("FILES", Column::Right),
        ("SIZE", Column::Right),
    ]);
    let mut row = |name: &str, sum: PlanSum| {
        table.row(vec![
            cell(name),
            cell(count(sum.files)),
            cell(size(sum.bytes)),
        ]);
    };
    row("add", plan.add);
    row("update", plan.update);
    row("delete", plan.delete);
    row("unchanged", plan.unchanged);
    for (rule, sum) in &plan.skipped {
        row(&format!("skip: {rule}"), *sum);
    }
    table.render(look)
}

/// What it takes, if there is something to do.
fn takes(estimate: &PlanEstimate) -> String {
    let PlanEstimate {
        chunks,
        seconds,
        memory_bytes,
        disk_bytes,
        embedding,
    } = estimate;
    if *chunks == 0 {
        return String::new();
    }
    let mut out = format!(
        "takes about {} for {}, up to {} of memory and {} on disk\n",
        span(Duration::from_secs(*seconds)),
        counted(*chunks, "chunk"),
        size(*memory_bytes),
        size(*disk_bytes),
    );
    if let Some(PlanEmbedding {
        model,
        tokens,
        cents,
    }) = embedding
    {
        let cost = match cents {
            Some(cents) => format!("{}.{:02}", cents / 100, cents % 100),
            None => "what `models.cents_per_million_tokens` would say".to_owned(),
        };
        out.push_str(&format!(
            "sends about {} to {} for vectors, which costs {cost}\n",
            counted(*tokens, "token"),
            text::clean(model),
        ));
    }
    out
}

fn entries(plan: &PlanView, look: &Look) -> String {
    let interesting: Vec<_> = plan
        .entries
        .iter()
        .filter(|entry| entry.action != PlanAction::Unchanged)
        .collect();
    if interesting.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[("", Column::Left), ("", Column::Path), ("", Column::Right)]);
    for entry in &interesting {
        let action = match &entry.action {
            PlanAction::Add => "add".to_owned(),
            PlanAction::Update => "update".to_owned(),
            PlanAction::Delete => "delete".to_owned(),
            PlanAction::Unchanged => "unchanged".to_owned(),
            PlanAction::Skip { rule } => format!("skip ({rule})"),
        };
        table.row(vec![
            cell(action).paint(Paint::Dim),
            cell(entry.path.to_text()),
            cell(size(entry.bytes)),
        ]);
    }
    let mut out = table.render(&Look {
        header: false,
        ..*look
    });
    if !plan.entries_complete {
        out.push_str(&format!(
            "the first {}; --json lists more\n",
            counted(interesting.len() as u64, "file")
        ));
    }
    out
}
