//! What every [`Index`] promises about vectors.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use ragd::ids::VersionKey;
use ragd::index::{Index, IndexError, Near, NewVectors, Space, VectorQuery};

use super::index::{All, Backend, Only, PAPERS, embedded_only, suite};

const SPACE: &str = "test-model";
const DIMENSIONS: usize = 96;

/// A vector of length 1 that looks random and follows from `seed`.
fn vector(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        #[expect(clippy::cast_precision_loss, reason = "any number does")]
        let number = (state >> 40) as f32;
        number / (1 << 23) as f32 - 1.0
    };
    let mut vector: Vec<f32> = (0..DIMENSIONS).map(|_| next()).collect();
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|x| *x /= length);
    vector
}

/// Vectors of a version with `chunks` chunks, which follow from `seed`.
fn version(key: u64, path: &str, seed: u64, chunks: u64) -> NewVectors {
    NewVectors {
        key: VersionKey(key),
        path: path.to_owned(),
        language: path.ends_with(".rs").then(|| "rust".to_owned()),
        vectors: (0..chunks)
            .map(|chunk| vector(seed * 100 + chunk))
            .collect(),
    }
}

fn query(seed: u64, limit: usize) -> VectorQuery {
    VectorQuery {
        space: SPACE.to_owned(),
        vector: vector(seed),
        paths: Vec::new(),
        languages: Vec::new(),
        limit,
    }
}

async fn put(index: &dyn Index, versions: Vec<NewVectors>) {
    index.put_vectors(PAPERS, SPACE, versions).await.unwrap();
    index.flush(PAPERS).await.unwrap();
}

async fn nearest(index: &dyn Index, query: VectorQuery) -> Vec<Near> {
    index.nearest(PAPERS, query, Arc::new(All)).await.unwrap()
}

fn show(near: &[Near]) -> String {
    let hits: Vec<_> = near
        .iter()
        .map(|hit| format!("{}/{}", hit.version.0, hit.ordinal))
        .collect();
    hits.join(" ")
}

async fn census(index: &dyn Index) -> BTreeMap<u64, u32> {
    let census = index.vector_census(PAPERS, SPACE).await.unwrap();
    census
        .into_iter()
        .map(|(key, count)| (key.0, count))
        .collect()
}

suite! {

a_model_without_vectors_finds_nothing(backend) {
    let index = &*backend.index;
    assert_eq!(nearest(index, query(1, 5)).await, []);
    assert_eq!(index.collections().await.unwrap(), [], "reading makes no files");
    put(index, vec![version(1, "a", 1, 2)]).await;
    let other = VectorQuery { space: "other".to_owned(), ..query(1, 5) };
    assert_eq!(nearest(index, other).await, []);
}

a_vector_is_nearest_to_itself(backend) {
    let index = &*backend.index;
    put(index, (1..20).map(|key| version(key, "a.txt", key, 3)).collect()).await;
    let hits = nearest(index, query(702, 4)).await;
    assert_eq!(hits.len(), 4);
    assert_eq!(show(&hits[..1]), "7/2");
    assert!((hits[0].score - 1.0).abs() < 1e-4, "{hits:?}");
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
    let chunks = vec![(VersionKey(7), 2), (VersionKey(7), 3), (VersionKey(99), 0)];
    let products = index.products(PAPERS, SPACE, vector(702), chunks).await.unwrap();
    assert!((products[0].unwrap() - 1.0).abs() < 1e-4);
    assert_eq!(products[1..], [None, None]);
}

putting_vectors_again_replaces_them(backend) {
    let index = &*backend.index;
    put(index, vec![version(1, "a", 1, 3), version(2, "b", 2, 1)]).await;
    put(index, vec![version(1, "a", 5, 2)]).await;
    assert_eq!(census(index).await, BTreeMap::from([(1, 2), (2, 1)]));
    assert_eq!(show(&nearest(index, query(501, 1)).await), "1/1");
    let crashed = backend.after_crash();
    assert_eq!(census(&*crashed.index).await, BTreeMap::from([(1, 2), (2, 1)]));
}

what_was_flushed_survives_a_crash_and_what_was_removed_stays_away(backend) {
    let index = &*backend.index;
    put(index, (1..=6).map(|key| version(key, "a", key, 2)).collect()).await;
    index.remove(PAPERS, vec![VersionKey(2), VersionKey(5)]).await.unwrap();
    index.flush(PAPERS).await.unwrap();
    let expected = BTreeMap::from([(1, 2), (3, 2), (4, 2), (6, 2)]);
    assert_eq!(census(index).await, expected);
    let crashed = backend.after_crash();
    assert_eq!(census(&*crashed.index).await, expected);
    assert_eq!(show(&nearest(&*crashed.index, query(301, 1)).await), "3/1");
    let all = nearest(&*crashed.index, query(200, 50)).await;
    assert_eq!(all.len(), 8, "{all:?}");
}

hidden_versions_and_filters_leave_nothing_out_that_fits(backend) {
    let index = &*backend.index;
    let path = |key: u64| if key.is_multiple_of(3) { "src/x.rs" } else { "doc/y.md" };
    put(index, (1..=60).map(|key| version(key, path(key), key, 1)).collect()).await;
    let even = Arc::new(Only(|key| key.is_multiple_of(2)));
    let found = index.nearest(PAPERS, query(100, 60), even).await.unwrap();
    assert_eq!(found.len(), 30);
    assert!(found.iter().all(|hit| hit.version.0.is_multiple_of(2)));
    let narrowed = |paths: &[&str], languages: &[&str]| VectorQuery {
        paths: paths.iter().map(ToString::to_string).collect(),
        languages: languages.iter().map(ToString::to_string).collect(),
        ..query(100, 60)
    };
    assert_eq!(nearest(index, narrowed(&["src/**"], &[])).await.len(), 20);
    assert_eq!(nearest(index, narrowed(&[], &["rust"])).await.len(), 20);
    assert_eq!(nearest(index, narrowed(&["doc"], &["rust"])).await.len(), 0);
}

vectors_of_another_length_are_refused(backend) {
    let index = &*backend.index;
    put(index, vec![version(1, "a", 1, 1)]).await;
    let odd = NewVectors { vectors: vec![vec![1.0; 5]], ..version(2, "a", 2, 1) };
    let refused = index.put_vectors(PAPERS, SPACE, vec![odd]).await;
    assert!(matches!(refused, Err(IndexError::Vectors { .. })), "{refused:?}");
    assert_eq!(census(index).await, BTreeMap::from([(1, 1)]));
}

vectors_go_with_their_collection(backend) {
    let index = &*backend.index;
    put(index, vec![version(1, "a", 1, 1)]).await;
    index.drop_collection(PAPERS).await.unwrap();
    assert_eq!(nearest(index, query(100, 5)).await, []);
    assert_eq!(index.collections().await.unwrap(), []);
}

a_model_is_dropped_and_others_stay(backend) {
    let index = &*backend.index;
    assert_eq!(index.spaces(PAPERS).await.unwrap(), []);
    index.drop_space(PAPERS, SPACE).await.unwrap();
    assert_eq!(index.collections().await.unwrap(), [], "dropping nothing makes no files");
    put(index, vec![version(1, "a", 1, 2), version(2, "b", 2, 1)]).await;
    let short = NewVectors { vectors: vec![vec![0.6, 0.8]], ..version(1, "a", 1, 1) };
    index.put_vectors(PAPERS, "other", vec![short.clone()]).await.unwrap();
    let space = |name: &str, dimensions| Space { name: name.to_owned(), dimensions };
    let both = [space("other", 2), space(SPACE, DIMENSIONS)];
    assert_eq!(index.spaces(PAPERS).await.unwrap(), both, "flushed or not");
    index.drop_space(PAPERS, SPACE).await.unwrap();
    index.flush(PAPERS).await.unwrap();
    assert_eq!(census(index).await, BTreeMap::new());
    assert_eq!(nearest(index, query(100, 5)).await, []);
    let crashed = backend.after_crash();
    assert_eq!(crashed.index.spaces(PAPERS).await.unwrap(), both[..1]);
    let others = crashed.index.vector_census(PAPERS, "other").await.unwrap();
    assert_eq!(others, [(VersionKey(1), 1)]);
}

a_dropped_model_may_come_back_with_another_length(backend) {
    let index = &*backend.index;
    put(index, vec![version(1, "a", 1, 2)]).await;
    index.drop_space(PAPERS, SPACE).await.unwrap();
    let short = NewVectors { vectors: vec![vec![0.6, 0.8]], ..version(2, "a", 1, 1) };
    put(index, vec![short]).await;
    let crashed = backend.after_crash();
    assert_eq!(census(&*crashed.index).await, BTreeMap::from([(2, 1)]));
}

what_is_put_while_a_model_is_dropped_goes_or_stays_as_a_whole(backend) {
    let index = &*backend.index;
    for round in 0..20 {
        put(index, vec![version(1, "a", 1, 2)]).await;
        let putting = async {
            index.put_vectors(PAPERS, SPACE, vec![version(2, "b", round, 3)]).await.unwrap();
            index.flush(PAPERS).await.unwrap();
        };
        let (dropped, ()) = tokio::join!(index.drop_space(PAPERS, SPACE), putting);
        dropped.unwrap();
        let left = census(index).await;
        assert!(left.is_empty() || left == BTreeMap::from([(2, 3)]), "{left:?}");
    }
}

the_nearest_of_many_are_those_that_exact_numbers_tell(backend) {
    let index = &*backend.index;
    for part in 0..10 {
        let versions = (0..256).map(|n| version(part * 256 + n, "a", part * 256 + n, 8));
        put(index, versions.collect()).await;
    }
    let (mut right, mut all) = (0, 0);
    for seed in 0..20 {
        // Near to something, as a question is near to what answers it.
        let near = vector(seed * 12_700);
        let noise = vector(seed + 1_000_000);
        let mut mixed: Vec<_> = near.iter().zip(noise).map(|(a, b)| a + b).collect();
        let length = mixed.iter().map(|x| x * x).sum::<f32>().sqrt();
        mixed.iter_mut().for_each(|x| *x /= length);
        let mut exact: Vec<_> = (0..2_560_u64)
            .flat_map(|key| (0..8_u32).map(move |chunk| (key, chunk)))
            .map(|(key, chunk)| {
                let stored = vector(key * 100 + u64::from(chunk));
                let score: f32 = stored.iter().zip(&mixed).map(|(a, b)| a * b).sum();
                (score, key, chunk)
            })
            .collect();
        exact.sort_by(|a, b| b.0.total_cmp(&a.0));
        let found = nearest(index, VectorQuery { vector: mixed, ..query(0, 10) }).await;
        let found: Vec<_> = found.iter().map(|hit| (hit.version.0, hit.ordinal)).collect();
        right += exact[..10].iter().filter(|(_, key, chunk)| found.contains(&(*key, *chunk))).count();
        all += 10;
    }
    assert!(right * 100 >= all * 97, "{right} of {all}");
}

}

embedded_only! {

damaged_files_are_told_and_made_anew(backend) {
    put(&*backend.index, vec![version(1, "a", 1, 4)]).await;
    let crashed = backend.after_crash();
    let folder = crashed.files(PAPERS).join("vectors");
    let folder = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|name| name == "vectors") {
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            std::fs::write(path, bytes).unwrap();
        }
    }
    assert_eq!(census(&*crashed.index).await, BTreeMap::new());
    assert_eq!(crashed.index.damaged().await.unwrap(), [PAPERS]);
    put(&*crashed.index, vec![version(1, "a", 1, 4)]).await;
    crashed.index.forget_damaged(PAPERS).await.unwrap();
    assert_eq!(crashed.index.damaged().await.unwrap(), []);
    assert_eq!(census(&*crashed.index).await, BTreeMap::from([(1, 4)]));
}

}

/// What happens to an index.
#[derive(Clone, Debug)]
enum Deed {
    Put(u64, u64),
    Remove(u64),
    Flush,
    Crash,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..12_u64, 0..50_u64).prop_map(|(key, seed)| Deed::Put(key, seed)),
        2 => (0..12_u64).prop_map(Deed::Remove),
        3 => Just(Deed::Flush),
        1 => Just(Deed::Crash),
    ]
}

/// However the vectors came to be there, the ranking is that of an index that has just them.
async fn the_ranking_follows_from_what_is_there(deeds: Vec<Deed>, new: fn() -> Backend) {
    let mut backend = new();
    let mut model = BTreeMap::new();
    for deed in deeds {
        match deed {
            Deed::Put(key, seed) => {
                let versions = vec![version(key, "a", seed, seed % 4)];
                let put = backend.index.put_vectors(PAPERS, SPACE, versions).await;
                put.unwrap();
                model.insert(key, seed);
            }
            Deed::Remove(key) => {
                let removed = backend.index.remove(PAPERS, vec![VersionKey(key)]).await;
                removed.unwrap();
                model.remove(&key);
            }
            Deed::Flush => backend.index.flush(PAPERS).await.unwrap(),
            Deed::Crash => {
                backend.index.flush(PAPERS).await.unwrap();
                backend = backend.after_crash();
            }
        }
    }
    // Only what was flushed has to be seen.
    backend.index.flush(PAPERS).await.unwrap();
    let fresh = new();
    let versions = model
        .iter()
        .map(|(key, seed)| version(*key, "a", *seed, seed % 4));
    put(&*fresh.index, versions.collect()).await;
    for seed in [3, 101, 777] {
        let (ours, theirs) = (
            nearest(&*backend.index, query(seed, 20)).await,
            nearest(&*fresh.index, query(seed, 20)).await,
        );
        assert_eq!(ours, theirs);
    }
}

fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_ranking_of_embedded_vectors_follows_from_what_is_there(
        deeds in proptest::collection::vec(deed(), 1..60),
    ) {
        block_on(the_ranking_follows_from_what_is_there(deeds, Backend::embedded));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_ranking_of_vectors_in_qdrant_follows_from_what_is_there(
        deeds in proptest::collection::vec(deed(), 1..60),
    ) {
        block_on(the_ranking_follows_from_what_is_there(deeds, Backend::qdrant));
    }
}
