//! `ragctl secrets`: where secrets were replaced in texts.

use protocol::document::{GapFilter, GapListRequest, SecretListRequest, SecretView};
use protocol::job::PageRequest;

use super::jobs::more;
use crate::cli::args::Secrets;
use crate::cli::context::{Context, pages};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::{Look, counted};
use crate::cli::schema::{List, SecretJson};
use crate::cli::table::{Column, Table, cell};

/// The code of gaps whose names say that they hold secrets.
const LEFT_OUT: &str = "secret";

pub(super) async fn run(context: &Context, arguments: Secrets) -> Outcome {
    let client = context.connect().await?;
    let collection = &context.global.collection;
    let list = pages(&arguments.page, async |page| {
        let collection = collection.clone();
        client.secrets(SecretListRequest { collection, page }).await
    })
    .await?;
    let json = List::of(&list, SecretJson::from);
    context.out.list(&json, |look| table(&list.items, look))?;
    more(context, list.items.len(), list.total, list.next.as_deref());
    if context.out.is_human() {
        let left_out = GapListRequest {
            filter: GapFilter {
                collection: collection.clone(),
                codes: vec![LEFT_OUT.to_owned()],
                ..GapFilter::default()
            },
            page: PageRequest {
                limit: 1,
                cursor: None,
            },
        };
        if list.total == 0 {
            context.out.note("no secrets were found in texts");
        }
        match client.gaps(left_out).await?.total {
            0 => {}
            files => context.out.note(&format!(
                "{} left out by name: ragctl gaps --code {LEFT_OUT} --all",
                counted(files, "file")
            )),
        }
    }
    let is_failure = arguments.fail && list.total > 0;
    Ok(if is_failure { Exit::OTHER } else { Exit::DONE })
}

fn table(secrets: &[SecretView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("PLACE", Column::Path),
        ("COLLECTION", Column::Left),
        ("KIND", Column::Left),
        ("MARK", Column::Left),
    ]);
    for secret in secrets {
        table.row(vec![
            cell(format!("{}:{}", secret.path.to_text(), secret.line)),
            cell(&secret.collection),
            cell(&secret.kind),
            cell(&secret.mark),
        ]);
    }
    table.render(look)
}
