//! A search by nearness, and how near single chunks are.

use std::collections::HashMap;

use qdrant_client::qdrant::{QuantizationSearchParams, QueryPoints, ScoredPoint, SearchParams};

use super::collection::Collection;
use super::names::point_id;
use super::read::IDS;
use super::rounds::{self, Order};
use super::{QdrantError, filters, points, schema};
use crate::config::Quantization;
use crate::ids::VersionKey;
use crate::index::filter::Filter;
use crate::index::{Near, VectorQuery, Visible};

/// Returns the chunks nearest to a vector.
pub(super) async fn nearest(
    collection: &Collection,
    query: &VectorQuery,
    filter: &Filter,
    visible: &dyn Visible,
) -> Result<Vec<Near>, QdrantError> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let name = collection.vectors(&query.space);
    let is_short = collection.shared.config.quantization != Quantization::None;
    // What the short forms find is put in order by the true numbers.
    let quantization = QuantizationSearchParams {
        rescore: Some(true),
        oversampling: Some(2.0),
        ..QuantizationSearchParams::default()
    };
    let place = |point: &ScoredPoint| {
        let (version, ordinal) = schema::key(&point.payload)?;
        let path = schema::text_of(&point.payload, schema::PATH)?;
        let fits = filter.on_paths().is_none_or(|globs| globs.is_match(path));
        (fits && visible.is_visible(version)).then_some(Near {
            version,
            ordinal,
            score: point.score,
        })
    };
    let ask = |limit| QueryPoints {
        collection_name: name.clone(),
        query: Some(points::near_vector(query.vector.clone())),
        using: Some(schema::vector_name(&query.space)),
        filter: Some(filters::all(filters::of(filter))),
        params: is_short.then_some(SearchParams {
            quantization: Some(quantization),
            ..SearchParams::default()
        }),
        limit: Some(limit),
        with_payload: Some(points::fields(&[
            schema::VERSION,
            schema::ORDINAL,
            schema::PATH,
        ])),
        ..QueryPoints::default()
    };
    let mut hits = {
        let (server, spare) = (collection.server(), rounds::SPARE);
        rounds::run(server, &name, query.limit, spare, ask, place).await?
    };
    hits.truncate(query.limit);
    Ok(hits)
}

/// Returns how near single chunks are to a vector.
pub(super) async fn products(
    collection: &Collection,
    space: &str,
    vector: &[f32],
    chunks: &[(VersionKey, u32)],
) -> Result<Vec<Option<f32>>, QdrantError> {
    let (name, wanted) = (collection.vectors(space), schema::vector_name(space));
    let mut products = HashMap::new();
    for chunks in chunks.chunks(IDS) {
        let ids = chunks
            .iter()
            .map(|(version, ordinal)| point_id(*version, *ordinal));
        let ids = ids.map(schema::id).collect();
        let fields = points::fields(&[schema::VERSION, schema::ORDINAL]);
        let vectors = Some(points::vectors(&wanted));
        for point in collection.server().get(&name, ids, fields, vectors).await? {
            let numbers = point.vectors.as_ref().and_then(points::dense);
            if let (Some(key), Some(numbers)) = (schema::key(&point.payload), numbers) {
                let product: f32 = numbers.iter().zip(vector).map(|(a, b)| a * b).sum();
                products.insert(key, product);
            }
        }
    }
    Ok(chunks
        .iter()
        .map(|key| products.get(key).copied())
        .collect())
}

impl Order for Near {
    fn order(&self) -> (f32, VersionKey, u32) {
        (self.score, self.version, self.ordinal)
    }
}
