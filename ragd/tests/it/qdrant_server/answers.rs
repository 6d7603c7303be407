//! What is asked about points: by id, page by page, by nearness, counted.

use std::collections::{BTreeMap, HashMap};

use qdrant_client::qdrant::with_payload_selector::SelectorOptions as PayloadOptions;
use qdrant_client::qdrant::with_vectors_selector::SelectorOptions as VectorOptions;
use qdrant_client::qdrant::{
    CountPoints, CountResult, FacetCounts, FacetHit, FacetValue, GetPoints, Modifier,
    NamedVectorsOutput, PointId, QueryPoints, RetrievedPoint, ScoredPoint, ScrollPoints,
    SparseVector, Value, VectorOutput, VectorsOutput, WithPayloadSelector, WithVectorsSelector,
    facet_value, point_id, query, value, vector, vector_input, vector_output, vectors_output,
};
use tonic::Status;

use super::store::{Point, Store, Stored, id_of};

pub(super) fn get(store: &Store, ask: &GetPoints) -> Result<Vec<RetrievedPoint>, Status> {
    let stored = store.get(&ask.collection_name)?;
    let mut found = Vec::new();
    for id in &ask.ids {
        let id = id_of(Some(id))?;
        if let Some(point) = stored.points.get(&id) {
            let (payload, vectors) = (ask.with_payload.as_ref(), ask.with_vectors.as_ref());
            found.push(retrieved(&id, point, payload, vectors));
        }
    }
    Ok(found)
}

/// Returns a page, and where the next begins.
pub(super) fn scroll(
    store: &Store,
    ask: &ScrollPoints,
) -> Result<(Vec<RetrievedPoint>, Option<PointId>), Status> {
    let stored = store.get(&ask.collection_name)?;
    let limit = ask.limit.unwrap_or(10) as usize;
    if limit == 0 {
        return Err(Status::invalid_argument(
            "limit: value 0 invalid, must be 1 or larger",
        ));
    }
    let from = ask.offset.as_ref().map(|id| id_of(Some(id))).transpose()?;
    let mut left = stored.select(ask.filter.as_ref())?;
    left.retain(|(id, _)| from.as_ref().is_none_or(|from| *id >= from));
    let next = left.get(limit).map(|(id, _)| point_id((*id).clone()));
    let (payload, vectors) = (ask.with_payload.as_ref(), ask.with_vectors.as_ref());
    let page = left.into_iter().take(limit);
    let page = page.map(|(id, point)| retrieved(id, point, payload, vectors));
    Ok((page.collect(), next))
}

pub(super) fn count(store: &Store, ask: &CountPoints) -> Result<CountResult, Status> {
    let stored = store.get(&ask.collection_name)?;
    let count = stored.select(ask.filter.as_ref())?.len() as u64;
    Ok(CountResult { count })
}

pub(super) fn query(store: &Store, ask: &QueryPoints) -> Result<Vec<ScoredPoint>, Status> {
    let stored = store.get(&ask.collection_name)?;
    if !ask.prefetch.is_empty() || ask.score_threshold.is_some() || ask.offset.is_some() {
        return Err(Status::unimplemented(
            "this test server has no such queries",
        ));
    }
    let limit = ask.limit.unwrap_or(10);
    if limit == 0 {
        return Err(Status::invalid_argument(
            "limit: value 0 invalid, must be 1 or larger",
        ));
    }
    let name = ask.using.as_deref().unwrap_or_default();
    let wanted = ask.query.as_ref().and_then(|query| query.variant.as_ref());
    let Some(query::Variant::Nearest(input)) = wanted else {
        return Err(Status::unimplemented("this test server answers `nearest`"));
    };
    let wanted = match &input.variant {
        Some(vector_input::Variant::Dense(dense)) => vector::Vector::Dense(dense.clone()),
        Some(vector_input::Variant::Sparse(sparse)) => vector::Vector::Sparse(sparse.clone()),
        _ => return Err(Status::unimplemented("this test server has no such input")),
    };
    stored.check_vector(name, &wanted)?;
    let weights = weights(stored, name, &wanted);
    let mut scored = Vec::new();
    for (id, point) in stored.select(ask.filter.as_ref())? {
        let score = match (point.vectors.get(name), &wanted) {
            (Some(vector::Vector::Dense(own)), vector::Vector::Dense(other)) => {
                Some(own.data.iter().zip(&other.data).map(|(a, b)| a * b).sum())
            }
            (Some(vector::Vector::Sparse(own)), vector::Vector::Sparse(_)) => {
                product(own, &weights)
            }
            _ => None,
        };
        scored.extend(score.map(|score: f32| (score, id, point)));
    }
    // Ties are in the order of ids, which is none that anybody can count on.
    scored.sort_by(|(a, a_id, _), (b, b_id, _)| b.total_cmp(a).then_with(|| a_id.cmp(b_id)));
    let best = scored
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(usize::MAX));
    let point = |(score, id, point): (f32, &String, &Point)| {
        let (payload, vectors) = (ask.with_payload.as_ref(), ask.with_vectors.as_ref());
        let RetrievedPoint {
            id,
            payload,
            vectors,
            ..
        } = retrieved(id, point, payload, vectors);
        ScoredPoint {
            id,
            payload,
            vectors,
            score,
            ..ScoredPoint::default()
        }
    };
    Ok(best.map(point).collect())
}

/// Returns the weights of a sparse query, times the idf where the vector is configured so.
fn weights(stored: &Stored, name: &str, wanted: &vector::Vector) -> BTreeMap<u32, f32> {
    let vector::Vector::Sparse(SparseVector { values, indices }) = wanted else {
        return BTreeMap::new();
    };
    let config = stored.create.sparse_vectors_config.as_ref();
    let has_idf = config
        .and_then(|config| config.map.get(name))
        .is_some_and(|params| params.modifier == Some(Modifier::Idf.into()));
    let all = stored
        .points
        .values()
        .filter_map(|point| match point.vectors.get(name) {
            Some(vector::Vector::Sparse(sparse)) if !sparse.indices.is_empty() => Some(sparse),
            _ => None,
        });
    let all: Vec<_> = all.collect();
    let weight = |(index, value): (&u32, &f32)| {
        let with = all
            .iter()
            .filter(|sparse| sparse.indices.binary_search(index).is_ok())
            .count();
        let idf = if has_idf { idf(all.len(), with) } else { 1.0 };
        (*index, value * idf)
    };
    indices.iter().zip(values).map(weight).collect()
}

#[expect(clippy::cast_precision_loss, reason = "as the real one computes")]
fn idf(all: usize, with: usize) -> f32 {
    let (all, with) = (all as f32, with as f32);
    ((all - with + 0.5) / (with + 0.5) + 1.0).ln()
}

/// Returns the product of two sparse vectors; none if they have no word in common.
fn product(own: &SparseVector, weights: &BTreeMap<u32, f32>) -> Option<f32> {
    let products = weights.iter().filter_map(|(index, weight)| {
        let at = own.indices.binary_search(index).ok()?;
        Some(weight * own.values[at])
    });
    let products: Vec<_> = products.collect();
    (!products.is_empty()).then(|| products.iter().sum())
}

pub(super) fn facet(store: &Store, ask: &FacetCounts) -> Result<Vec<FacetHit>, Status> {
    let stored = store.get(&ask.collection_name)?;
    if !stored.fields.has(&ask.key) {
        return Err(Status::invalid_argument(format!(
            "Wrong input: Index required but not found for \"{}\"",
            ask.key
        )));
    }
    let mut counts = BTreeMap::<i64, u64>::new();
    for (_, point) in stored.select(ask.filter.as_ref())? {
        if let Some(Some(value::Kind::IntegerValue(number))) =
            point.payload.get(&ask.key).map(|value| &value.kind)
        {
            *counts.entry(*number).or_default() += 1;
        }
    }
    let mut hits: Vec<_> = counts.into_iter().collect();
    hits.sort_by_key(|(number, count)| (std::cmp::Reverse(*count), *number));
    hits.truncate(usize::try_from(ask.limit.unwrap_or(10)).unwrap_or(usize::MAX));
    let hit = |(number, count)| FacetHit {
        value: Some(FacetValue {
            variant: Some(facet_value::Variant::IntegerValue(number)),
        }),
        count,
    };
    Ok(hits.into_iter().map(hit).collect())
}

fn retrieved(
    id: &str,
    point: &Point,
    with_payload: Option<&WithPayloadSelector>,
    with_vectors: Option<&WithVectorsSelector>,
) -> RetrievedPoint {
    RetrievedPoint {
        id: Some(point_id(id.to_owned())),
        payload: payload(&point.payload, with_payload),
        vectors: with_vectors.map(|wanted| vectors(&point.vectors, wanted)),
        ..RetrievedPoint::default()
    }
}

fn payload(
    all: &HashMap<String, Value>,
    wanted: Option<&WithPayloadSelector>,
) -> HashMap<String, Value> {
    let keep = |key: &String| match wanted.and_then(|one| one.selector_options.as_ref()) {
        Some(PayloadOptions::Enable(all)) => *all,
        Some(PayloadOptions::Include(include)) => include.fields.contains(key),
        Some(PayloadOptions::Exclude(exclude)) => !exclude.fields.contains(key),
        None => false,
    };
    let kept = all.iter().filter(|(key, _)| keep(key));
    kept.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn vectors(all: &HashMap<String, vector::Vector>, wanted: &WithVectorsSelector) -> VectorsOutput {
    let keep = |name: &String| match &wanted.selector_options {
        Some(VectorOptions::Enable(all)) => *all,
        Some(VectorOptions::Include(include)) => include.names.contains(name),
        None => false,
    };
    let output = |(name, vector): (&String, &vector::Vector)| {
        let vector = match vector {
            vector::Vector::Dense(dense) => vector_output::Vector::Dense(dense.clone()),
            vector::Vector::Sparse(sparse) => vector_output::Vector::Sparse(sparse.clone()),
            _ => return None,
        };
        let output = VectorOutput {
            vector: Some(vector),
            ..VectorOutput::default()
        };
        Some((name.clone(), output))
    };
    let kept = all.iter().filter(|(name, _)| keep(name));
    VectorsOutput {
        vectors_options: Some(vectors_output::VectorsOptions::Vectors(
            NamedVectorsOutput {
                vectors: kept.filter_map(output).collect(),
            },
        )),
    }
}

fn point_id(uuid: String) -> PointId {
    PointId {
        point_id_options: Some(point_id::PointIdOptions::Uuid(uuid)),
    }
}
