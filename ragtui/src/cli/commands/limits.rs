//! `ragctl limits`.

use protocol::limit::LimitView;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::{Look, size};
use crate::cli::schema::{LimitJson, List};
use crate::cli::table::{Column, Table, cell};

pub(super) async fn run(context: &Context) -> Outcome {
    let limits = context.connect().await?.limits().await?;
    let list = List::complete(limits.iter().map(LimitJson::from).collect());
    context.out.list(&list, |look| table(&limits, look))?;
    Ok(Exit::DONE)
}

fn table(limits: &[LimitView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("KEY", Column::Left),
        ("LIMIT", Column::Right),
        ("BEYOND IT", Column::Left),
        ("MEANING", Column::Left),
    ]);
    for limit in limits {
        table.row(vec![
            cell(&limit.key),
            cell(amount(&limit.key, limit.value)),
            cell(&limit.code),
            cell(&limit.meaning),
        ]);
    }
    table.render(look)
}

/// Shows a value with the unit that the key ends in.
fn amount(key: &str, value: u64) -> String {
    match key.rsplit_once('_') {
        Some((_, "bytes")) => size(value),
        Some((_, "ms")) if value.is_multiple_of(1_000) => format!("{} s", value / 1_000),
        Some((_, "ms")) => format!("{value} ms"),
        Some((_, "s")) => format!("{value} s"),
        _ => value.to_string(),
    }
}
