//! How fast and how exact the vectors of the index are:
//! `cargo bench -p ragd --bench vectors -- [rows] [numbers] [file]`.
//!
//! With a file (32-bit numbers, little-endian, one vector after the other) the vectors are those of
//! a real model, repeated with a little noise until there are enough; else they are drawn around
//! random centres. Recall is the share of the ten truly nearest that are among the ten found.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark is for reading"
)]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ragd::ids::{CollectionId, VersionKey};
use ragd::index::{EmbeddedConfig, Index, IndexConfig, NewVectors, VectorQuery, Visible, open};

const COLLECTION: CollectionId = CollectionId(uuid::Uuid::from_u128(1));
const SPACE: &str = "bench";
const CHUNKS_PER_DOCUMENT: usize = 8;
/// Documents of one put and flush: about what a part of a job brings.
const DOCUMENTS_PER_PUT: usize = 1_024;
const CENTRES: usize = 1_000;
const NOISE: f32 = 0.02;
const QUERIES: usize = 200;
const BEST: usize = 10;
/// As many as a search takes.
const DEPTH: usize = 50;

struct All;

impl Visible for All {
    fn is_visible(&self, _: VersionKey) -> bool {
        true
    }
}

/// A small generator: the same vectors in each run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number around 0, about as normal as twelve dice.
    fn normal(&mut self) -> f32 {
        let sum: f32 = (0..12)
            .map(|_| (self.next() >> 40) as f32 / 16_777_216.0)
            .sum();
        sum - 6.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let number = |at: usize, default: usize| {
        arguments
            .get(at)
            .map_or(default, |text| text.parse().unwrap())
    };
    let (rows, numbers) = (number(0, 100_000), number(1, 256));
    let vectors = vectors(rows, numbers, arguments.get(2).map(String::as_str));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(&vectors));
}

fn vectors(rows: usize, numbers: usize, file: Option<&str>) -> Vec<Vec<f32>> {
    let mut dice = Dice(0x5eed_cafe);
    let centres: Vec<Vec<f32>> = match file {
        Some(file) => std::fs::read(file)
            .unwrap()
            .chunks_exact(numbers * 4)
            .map(|vector| {
                let numbers = vector.as_chunks::<4>().0.iter();
                numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()
            })
            .collect(),
        None => (0..CENTRES)
            .map(|_| (0..numbers).map(|_| dice.normal()).collect())
            .collect(),
    };
    let noise = if file.is_some() { NOISE } else { 0.7 };
    let row = |row: usize| {
        let centre = match file {
            Some(_) => row % centres.len(),
            None => dice.below(centres.len()),
        };
        // The vectors of a model count as they are the first time.
        let noise = if file.is_some() && row < centres.len() {
            0.0
        } else {
            noise
        };
        let mut vector: Vec<f32> = centres[centre]
            .iter()
            .map(|number| number + noise * dice.normal())
            .collect();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
        vector
    };
    (0..rows).map(row).collect()
}

async fn run(vectors: &[Vec<f32>]) {
    let folder = tempfile::tempdir().unwrap();
    let config = EmbeddedConfig::new(folder.path().to_owned());
    let index = open(&IndexConfig::Embedded(config)).unwrap();
    let began = Instant::now();
    put(&*index, vectors).await;
    let taken = began.elapsed();
    println!(
        "{} x {}: put and flushed in {:.1} s, {:.0} vectors/s",
        vectors.len(),
        vectors[0].len(),
        taken.as_secs_f64(),
        vectors.len() as f64 / taken.as_secs_f64()
    );
    let (mut times, mut hits, mut wanted) = (Vec::new(), 0, 0);
    for number in 0..QUERIES {
        let query = &vectors[number * vectors.len() / QUERIES];
        let request = VectorQuery {
            space: SPACE.to_owned(),
            vector: query.clone(),
            paths: Vec::new(),
            languages: Vec::new(),
            limit: DEPTH,
        };
        let began = Instant::now();
        let found = index.nearest(COLLECTION, request, Arc::new(All)).await;
        times.push(began.elapsed());
        let found: HashSet<_> = found
            .unwrap()
            .into_iter()
            .take(BEST)
            .map(|near| (near.version.0, near.ordinal))
            .collect();
        let exact = nearest(vectors, query);
        wanted += exact.len();
        hits += exact
            .iter()
            .filter(|row| found.contains(&name(**row)))
            .count();
    }
    times.sort();
    let at = |share: f64| ms(times[((times.len() - 1) as f64 * share) as usize]);
    println!(
        "nearest {DEPTH}: p50 {:.2} ms, p99 {:.2} ms; recall@{BEST} {:.4}",
        at(0.5),
        at(0.99),
        f64::from(hits as u32) / wanted as f64
    );
}

async fn put(index: &dyn Index, vectors: &[Vec<f32>]) {
    let documents: Vec<_> = vectors.chunks(CHUNKS_PER_DOCUMENT).enumerate().collect();
    for group in documents.chunks(DOCUMENTS_PER_PUT) {
        let versions = group.iter().map(|(number, vectors)| NewVectors {
            key: VersionKey(*number as u64),
            path: format!("{number}.txt"),
            language: None,
            vectors: vectors.to_vec(),
        });
        index
            .put_vectors(COLLECTION, SPACE, versions.collect())
            .await
            .unwrap();
        index.flush(COLLECTION).await.unwrap();
    }
}

fn name(row: usize) -> (u64, u32) {
    let (version, ordinal) = (row / CHUNKS_PER_DOCUMENT, row % CHUNKS_PER_DOCUMENT);
    (version as u64, u32::try_from(ordinal).unwrap())
}

/// Returns the rows nearest to `query`, by the numbers as they are.
fn nearest(vectors: &[Vec<f32>], query: &[f32]) -> Vec<usize> {
    let product = |vector: &Vec<f32>| -> f32 { vector.iter().zip(query).map(|(a, b)| a * b).sum() };
    let mut rows: Vec<_> = vectors.iter().map(product).zip(0..).collect();
    rows.select_nth_unstable_by(BEST, |a, b| b.0.total_cmp(&a.0));
    rows.truncate(BEST);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
