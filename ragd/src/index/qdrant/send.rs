//! Sending what waited: points in batches, several under way at once, then what they replace.
//!
//! New chunks are written over old ones of the same ordinal, and those of higher ordinals go last. So
//! a version that is put again never vanishes in between, a flush that broke off is simply done
//! again, and workers who put the same version at the same time do each other no harm.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use qdrant_client::qdrant::PointStruct;

use super::collection::Collection;
use super::pending::Change;
use super::server::Server;
use super::{QdrantError, filters, schema, words};
use crate::ids::VersionKey;
use crate::index::body::path_words;
use crate::index::{NewVectors, NewVersion};
use crate::tokens::Scratch;

/// Bytes of one request, about: some hundred chunks, or a thousand vectors.
const BATCH_BYTES: usize = 1 << 20;
/// Requests under way at once.
const IN_FLIGHT: usize = 4;
/// Versions of one removal.
const VERSIONS: usize = 5_000;
/// Tokens of one request for the vocabulary.
const TOKENS: usize = 2_000;

/// Sends texts with their words.
pub(super) async fn words(
    collection: &Collection,
    changes: &BTreeMap<VersionKey, Change<NewVersion>>,
) -> Result<(), QdrantError> {
    let puts: Vec<_> = changes
        .values()
        .filter_map(|change| change.put.clone())
        .collect();
    let name = collection.words();
    let batches = grouped(puts, |version| {
        version.chunks.iter().map(|chunk| chunk.text.len()).sum()
    });
    let sending = batches.into_iter().map(|versions| async {
        let prepared = on_a_thread(move || prepare(&versions)).await;
        for points in prepared.points {
            upsert(collection.server(), &name, points).await?;
        }
        let tokens = collection.new_tokens(prepared.tokens);
        for tokens in tokens.chunks(TOKENS) {
            let points = tokens.iter().map(|token| schema::token_point(token));
            let vocabulary = collection.vocabulary();
            upsert(collection.server(), &vocabulary, points.collect()).await?;
            collection.remember_tokens(tokens);
        }
        Ok(())
    });
    run(sending).await?;
    let lengths = changes.iter().map(|(key, change)| {
        let put = change.put.as_ref();
        (*key, put.map_or(0, |version| version.chunks.len()))
    });
    remove_rest(collection.server(), &name, lengths).await
}

/// Sends vectors of one model.
pub(super) async fn vectors(
    collection: &Collection,
    space: &str,
    changes: &BTreeMap<VersionKey, Change<NewVectors>>,
) -> Result<(), QdrantError> {
    let puts: Vec<_> = changes
        .values()
        .filter_map(|change| change.put.clone())
        .collect();
    let only_removes = puts.is_empty();
    let name = collection.vectors(space);
    let batches = grouped(puts, |version| version.vectors.len() * 1_024);
    let sending = batches.into_iter().map(|versions| async {
        let space = schema::vector_name(space);
        let prepared = on_a_thread(move || prepare_vectors(&versions, &space)).await;
        for points in prepared {
            upsert(collection.server(), &name, points).await?;
        }
        Ok(())
    });
    run(sending).await?;
    let lengths = changes.iter().map(|(key, change)| {
        let put = change.put.as_ref();
        (*key, put.map_or(0, |version| version.vectors.len()))
    });
    match remove_rest(collection.server(), &name, lengths).await {
        // The model was dropped meanwhile.
        Err(QdrantError::Missing { .. }) if only_removes => Ok(()),
        removed => removed,
    }
}

/// Points in requests of about [`BATCH_BYTES`], and their tokens.
struct Prepared {
    points: Vec<Vec<PointStruct>>,
    tokens: HashSet<String>,
}

fn prepare(versions: &[Arc<NewVersion>]) -> Prepared {
    let (mut requests, mut tokens) = (Requests::default(), HashSet::new());
    let mut scratch = Scratch::default();
    for version in versions {
        let path_words = path_words(&version.path);
        let shared = schema::document(version);
        for (ordinal, chunk) in (0..).zip(&version.chunks) {
            let bag = words::bag(chunk, &path_words, &mut scratch, |token| {
                if !tokens.contains(token) {
                    tokens.insert(token.to_owned());
                }
            });
            let bytes = chunk.text.len() + bag.indices.len() * 20 + 512;
            let point = schema::chunk_point(version.key, ordinal, chunk, bag, &shared);
            requests.push(point, bytes);
        }
    }
    Prepared {
        points: requests.all,
        tokens,
    }
}

fn prepare_vectors(versions: &[Arc<NewVectors>], space: &str) -> Vec<Vec<PointStruct>> {
    let mut requests = Requests::default();
    for version in versions {
        let shared = schema::shared(version.key, &version.path, version.language.as_deref());
        for (ordinal, numbers) in (0..).zip(&version.vectors) {
            let point = schema::vector_point(version.key, ordinal, space, numbers, &shared);
            requests.push(point, numbers.len() * size_of::<f32>() + 512);
        }
    }
    requests.all
}

#[derive(Default)]
struct Requests {
    all: Vec<Vec<PointStruct>>,
    /// Bytes of the last.
    bytes: usize,
}

impl Requests {
    fn push(&mut self, point: PointStruct, bytes: usize) {
        self.bytes += bytes;
        match self.all.last_mut() {
            Some(last) if self.bytes <= BATCH_BYTES => last.push(point),
            _ => {
                self.all.push(vec![point]);
                self.bytes = bytes;
            }
        }
    }
}

/// Puts together what makes about one request.
fn grouped<T>(all: Vec<Arc<T>>, bytes: impl Fn(&T) -> usize) -> Vec<Vec<Arc<T>>> {
    let (mut groups, mut filled) = (Vec::<Vec<Arc<T>>>::new(), 0);
    for one in all {
        filled += bytes(&one);
        match groups.last_mut() {
            Some(last) if filled <= BATCH_BYTES / 2 => last.push(one),
            _ => {
                filled = bytes(&one);
                groups.push(vec![one]);
            }
        }
    }
    groups
}

async fn run(
    sending: impl Iterator<Item = impl Future<Output = Result<(), QdrantError>>>,
) -> Result<(), QdrantError> {
    stream::iter(sending)
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

/// Sends points; in halves, if the server or a proxy before it finds them too many.
async fn upsert(server: &Server, name: &str, points: Vec<PointStruct>) -> Result<(), QdrantError> {
    let mut parts = vec![points];
    while let Some(mut points) = parts.pop() {
        if points.is_empty() {
            continue;
        }
        match server.upsert(name, points.clone()).await {
            Err(QdrantError::TooLarge { .. }) if points.len() > 1 => {
                let rest = points.split_off(points.len() / 2);
                parts.extend([rest, points]);
            }
            sent => sent?,
        }
    }
    Ok(())
}

/// Removes what versions have beyond their new lengths.
async fn remove_rest(
    server: &Server,
    name: &str,
    lengths: impl Iterator<Item = (VersionKey, usize)>,
) -> Result<(), QdrantError> {
    let mut by_length = BTreeMap::<u32, Vec<VersionKey>>::new();
    for (key, length) in lengths {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        by_length.entry(length).or_default().push(key);
    }
    let mut batch = Vec::new();
    let mut versions = 0;
    for (length, keys) in &by_length {
        for keys in keys.chunks(VERSIONS) {
            if versions + keys.len() > VERSIONS {
                let removed = filters::any_of(std::mem::take(&mut batch));
                server.delete(name, removed).await?;
                versions = 0;
            }
            versions += keys.len();
            batch.push(filters::ordinals(keys, *length, None));
        }
    }
    match batch.is_empty() {
        true => Ok(()),
        false => server.delete(name, filters::any_of(batch)).await,
    }
}

/// Cutting text into words is work, and no task that others wait for.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}
