//! Reading chunks back, and counting them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use qdrant_client::qdrant::{RetrievedPoint, WithPayloadSelector};

use super::collection::Collection;
use super::names::point_id;
use super::server::Patience;
use super::{QdrantError, filters, points, schema};
use crate::ids::VersionKey;
use crate::index::NewChunk;

/// Points of one request by their ids: as many texts are some megabytes at most.
pub(super) const IDS: usize = 500;

/// Versions of one request that counts.
const VERSIONS: usize = 1_000;

/// Returns single chunks in the order of `wanted`.
pub(super) async fn passages(
    collection: &Collection,
    wanted: &[(VersionKey, u32)],
) -> Result<Vec<Option<NewChunk>>, QdrantError> {
    let mut found = HashMap::new();
    for keys in wanted.chunks(IDS) {
        let ids = keys
            .iter()
            .map(|(version, ordinal)| schema::id(point_id(*version, *ordinal)));
        let (server, name) = (collection.server(), collection.words());
        let got = server
            .get(&name, ids.collect(), chunk_fields(), None)
            .await?;
        found.extend(got.iter().filter_map(keyed));
    }
    Ok(wanted.iter().map(|key| found.get(key).cloned()).collect())
}

/// Returns chunks `from..from + limit` of a version in order.
pub(super) async fn chunks(
    collection: &Collection,
    version: VersionKey,
    from: u32,
    limit: u32,
) -> Result<Vec<NewChunk>, QdrantError> {
    let filter = filters::ordinals(&[version], from, Some(from.saturating_add(limit)));
    let (server, name) = (collection.server(), collection.words());
    let found = server
        .scroll(
            Patience::Read,
            &name,
            filter,
            chunk_fields(),
            limit as usize,
        )
        .await?;
    let ordered: BTreeMap<_, _> = found.iter().filter_map(keyed).collect();
    Ok(ordered.into_values().collect())
}

/// Returns the ordinals of each version.
pub(super) async fn ordinals(
    collection: &Collection,
    name: &str,
) -> Result<BTreeMap<VersionKey, BTreeSet<u32>>, QdrantError> {
    let fields = points::fields(&[schema::VERSION, schema::ORDINAL]);
    let (server, all) = (collection.server(), filters::all(Vec::new()));
    let found = server
        .scroll(Patience::Write, name, all, fields, usize::MAX)
        .await?;
    let mut ordinals = BTreeMap::<VersionKey, BTreeSet<u32>>::new();
    for (version, ordinal) in found.iter().filter_map(|point| schema::key(&point.payload)) {
        ordinals.entry(version).or_default().insert(ordinal);
    }
    Ok(ordinals)
}

/// Counts the chunks of some versions.
pub(super) async fn count(
    collection: &Collection,
    versions: &[VersionKey],
) -> Result<u64, QdrantError> {
    let (server, name) = (collection.server(), collection.words());
    let mut count = 0;
    for some in versions.chunks(VERSIONS) {
        let filter = filters::all(vec![filters::versions(some)]);
        count += server.count(&name, filter).await?;
    }
    Ok(count)
}

fn keyed(point: &RetrievedPoint) -> Option<((VersionKey, u32), NewChunk)> {
    Some((schema::key(&point.payload)?, schema::chunk(&point.payload)?))
}

fn chunk_fields() -> WithPayloadSelector {
    let mut names = vec![schema::VERSION, schema::ORDINAL];
    names.extend(schema::CHUNK);
    points::fields(&names)
}
