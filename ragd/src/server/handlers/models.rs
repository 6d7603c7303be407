//! Models.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use protocol::Reply;
use protocol::error::ErrorReport;
use protocol::model::{ModelKind, ModelState, ModelUse, ModelView};

use super::super::report;
use super::super::session::Context;
use crate::config::{self, Config};
use crate::embed::Embedder;
use crate::ids;
use crate::ledger::CollectionRow;

/// Somebody waits for the list, and a server that works answers this at once.
const LIMIT: Duration = Duration::from_secs(2);

pub(super) async fn list(context: &Context) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let config = context.server.config();
    let collections = stores.ledger.collections().await;
    let collections = collections.map_err(|error| report::ledger(&error))?;
    let models = stores.pipeline.maker.embedders.all();
    let views = join_all(models.map(|model| view(model, &config, &collections)));
    let (mut views, found) = tokio::join!(views, stores.answers.found_on_this_machine());
    views.extend(found.map(|server| ModelView {
        name: config::AUTO.to_owned(),
        kind: ModelKind::OpenAi,
        url: Some(server.shown_url()),
        model: Some(server.model().to_owned()),
        uses: vec![ModelUse::Answer],
        state: ModelState::Ready,
        dimensions: None,
        collections: Vec::new(),
    }));
    Ok(Reply::Models(views))
}

async fn view(
    model: &Arc<dyn Embedder>,
    config: &Config,
    collections: &[CollectionRow],
) -> ModelView {
    let name = model.name();
    let state = match model.reach(LIMIT).await {
        Ok(()) => ModelState::Ready,
        Err(error) => ModelState::Away(ids::chain(&error)),
    };
    let (kind, address) = match model.address() {
        Some(address) => (ModelKind::OpenAi, Some(address)),
        None => (ModelKind::Builtin, None),
    };
    let (url, served) = address.map(|address| (address.url, address.model)).unzip();
    let uses = [
        (ModelUse::Embed, config.embed.model.as_str()),
        (ModelUse::Answer, config.answer.model.as_str()),
    ];
    let has_vectors = |row: &&CollectionRow| {
        let next = row.next.as_ref().map(|(model, _)| model);
        [Some(&row.model), next, row.previous.as_ref()]
            .into_iter()
            .flatten()
            .any(|model| model == name)
    };
    ModelView {
        name: name.to_owned(),
        kind,
        url,
        model: served,
        uses: uses
            .into_iter()
            .filter_map(|(used, model)| (model == name).then_some(used))
            .collect(),
        state,
        dimensions: model.dimensions().and_then(|n| u32::try_from(n).ok()),
        collections: collections
            .iter()
            .filter(has_vectors)
            .map(|row| row.name.clone())
            .collect(),
    }
}
