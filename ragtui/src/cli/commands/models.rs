//! `ragctl model`.

use protocol::model::{ModelState, ModelUse, ModelView};

use crate::cli::args::Model;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::{Look, Paint};
use crate::cli::schema::{List, ModelJson};
use crate::cli::table::{Column, Table, cell};
use crate::text;

pub(super) async fn run(context: &Context, command: Model) -> Outcome {
    let client = context.connect().await?;
    match command {
        Model::List => {
            let models = client.model_list().await?;
            let list = List::complete(models.iter().map(ModelJson::from).collect());
            context.out.list(&list, |look| model_table(&models, look))?;
            if context.out.is_human() {
                for model in &models {
                    if let ModelState::Away(reason) = &model.state {
                        let (name, reason) = (text::clean(&model.name), text::clean(reason));
                        context.out.note(&format!("{name} is away: {reason}"));
                    }
                }
            }
        }
    }
    Ok(Exit::DONE)
}

fn model_table(models: &[ModelView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("MODEL", Column::Left),
        ("STATE", Column::Left),
        ("USED FOR", Column::Left),
        ("DIMENSIONS", Column::Right),
        ("COLLECTIONS", Column::Left),
        ("SERVED AS", Column::Left),
        ("SERVER", Column::Path),
    ]);
    for model in models {
        let (state, paint) = match model.state {
            ModelState::Ready => ("ready", Paint::Good),
            ModelState::Away(_) => ("away", Paint::Bad),
        };
        let uses = model.uses.iter().copied().map(ModelUse::as_str);
        // The built-in one has no server but the daemon.
        let server = model.url.as_deref().unwrap_or("ragd");
        table.row(vec![
            cell(&model.name),
            cell(state).paint(paint),
            cell(or_dash(uses.collect::<Vec<_>>().join(", "))),
            cell(
                model
                    .dimensions
                    .map_or_else(|| "-".to_owned(), |count| count.to_string()),
            ),
            cell(or_dash(model.collections.join(", "))),
            cell(model.model.as_deref().unwrap_or("-")),
            cell(server),
        ]);
    }
    table.render(look)
}

fn or_dash(text: String) -> String {
    if text.is_empty() {
        "-".to_owned()
    } else {
        text
    }
}
