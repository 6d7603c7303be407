//! How fast the index is: `cargo bench -p ragd --bench index -- [chunks]`.
//!
//! The text is made of words with the frequencies of a language (Zipf) and a share of identifiers,
//! 600 characters a chunk, 8 chunks a document.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark is for reading"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use ragd::ids::{CollectionId, ContentHash, DocumentId, VersionKey};
use ragd::index::{
    EmbeddedConfig, Index, IndexConfig, NewChunk, NewVersion, Place, Visible, WordQuery, open,
};
use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

const COLLECTION: CollectionId = CollectionId(uuid::Uuid::from_u128(1));
const CHUNKS_PER_DOCUMENT: u64 = 8;
/// Documents of one put and flush: about what a part of a job brings.
const DOCUMENTS_PER_PUT: u64 = 256;
const IDLE: Duration = Duration::from_secs(2);

struct All;

impl Visible for All {
    fn is_visible(&self, _: VersionKey) -> bool {
        true
    }
}

/// Every second version, as if each document had an old one.
struct Half;

impl Visible for Half {
    fn is_visible(&self, version: VersionKey) -> bool {
        version.0.is_multiple_of(2)
    }
}

fn main() {
    let chunks = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(100_000);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(chunks));
}

async fn run(chunks: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = EmbeddedConfig::new(folder.path().to_owned());
    config.idle = IDLE;
    let index = open(&IndexConfig::Embedded(config)).unwrap();
    println!("RSS at start                {:>9} MB", rss());
    index_all(&*index, chunks / CHUNKS_PER_DOCUMENT).await;
    println!("RSS after indexing          {:>9} MB", rss());
    small_commits(&*index).await;
    for words in [1, 3, 6] {
        measure(&index, &format!("{words} words"), words, Arc::new(All), &[]).await;
    }
    measure(&index, "3 words, half hidden", 3, Arc::new(Half), &[]).await;
    measure(&index, "3 words, *.rs", 3, Arc::new(All), &["*.rs"]).await;
    measure(
        &index,
        "3 words, src/ta*/**",
        3,
        Arc::new(All),
        &["src/ta*/**"],
    )
    .await;
    println!("RSS after searching         {:>9} MB", rss());
    tokio::time::sleep(IDLE * 4).await;
    println!("RSS when idle               {:>9} MB", rss());
    measure(&index, "3 words, merged", 3, Arc::new(All), &[]).await;
}

async fn index_all(index: &dyn Index, documents: u64) {
    let mut random = Random(1);
    let mut wall = Duration::ZERO;
    // Merges also run while text is made, so all is counted and the making is taken off.
    let mut cpu = -cpu_seconds(ClockId::ProcessCPUTime);
    for first in (0..documents).step_by(DOCUMENTS_PER_PUT as usize) {
        let made = cpu_seconds(ClockId::ThreadCPUTime);
        let keys = first..documents.min(first + DOCUMENTS_PER_PUT);
        let versions = keys.map(|key| document(key, &mut random)).collect();
        cpu -= cpu_seconds(ClockId::ThreadCPUTime) - made;
        let start = Instant::now();
        index.put(COLLECTION, versions).await.unwrap();
        index.flush(COLLECTION).await.unwrap();
        wall += start.elapsed();
    }
    cpu += cpu_seconds(ClockId::ProcessCPUTime);
    let chunks = (documents * CHUNKS_PER_DOCUMENT) as f64;
    println!(
        "indexed, a flush per part   {:>9.0} chunks/s",
        chunks / wall.as_secs_f64()
    );
    println!(
        "                            {:>9.0} chunks/CPU-s",
        chunks / cpu
    );
}

async fn small_commits(index: &dyn Index) {
    let mut random = Random(2);
    let mut times = Vec::new();
    for key in 0..100 {
        let version = document(key * 16, &mut random);
        let start = Instant::now();
        index.put(COLLECTION, vec![version]).await.unwrap();
        index.flush(COLLECTION).await.unwrap();
        times.push(start.elapsed());
    }
    show("replace one document", times);
}

async fn measure(
    index: &Arc<dyn Index>,
    name: &str,
    words: usize,
    visible: Arc<dyn Visible>,
    paths: &[&str],
) {
    let mut random = Random(3);
    let mut times = Vec::new();
    for _ in 0..500 {
        let text: Vec<_> = (0..words).map(|_| random.word()).collect();
        let query = WordQuery {
            text: text.join(" "),
            paths: paths.iter().map(|glob| (*glob).to_owned()).collect(),
            languages: Vec::new(),
            limit: 10,
            explain: false,
        };
        let start = Instant::now();
        index
            .search(COLLECTION, query, Arc::clone(&visible))
            .await
            .unwrap();
        times.push(start.elapsed());
    }
    show(&format!("search, {name}"), times);
}

fn show(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{name:<27} {:>9.2} ms p50 {:>9.2} ms p99",
        at(0.5),
        at(0.99)
    );
}

fn document(key: u64, random: &mut Random) -> NewVersion {
    let place = Place {
        line_start: 1,
        line_end: 9,
        byte_start: 0,
        byte_end: 600,
        spot: None,
    };
    let chunks = (0..CHUNKS_PER_DOCUMENT)
        .map(|_| NewChunk {
            text: text(random),
            heading: None,
            symbols: Vec::new(),
            place,
        })
        .collect();
    let path = format!("src/{}/{}_{key}.rs", word(key % 300), word(key % 7000));
    NewVersion {
        key: VersionKey(key),
        document: DocumentId(Uuid::from_u128(key.into())),
        content: ContentHash([7; 32]),
        path,
        language: Some("rust".to_owned()),
        chunks,
    }
}

fn text(random: &mut Random) -> String {
    let mut text = String::with_capacity(640);
    while text.len() < 600 {
        let next = match random.next() % 12 {
            0 => "the".to_owned(),
            1 => "of".to_owned(),
            2 => format!("{}_{}", random.word(), random.word()),
            _ => random.word(),
        };
        text.push_str(&next);
        text.push(' ');
    }
    text
}

/// Returns a word that looks like one, so that stemming has something to do.
fn word(rank: u64) -> String {
    const SYLLABLES: [&str; 16] = [
        "ta", "re", "con", "mi", "lo", "ser", "ver", "pa", "di", "nu", "for", "est", "qua", "li",
        "mo", "su",
    ];
    const ENDINGS: [&str; 8] = ["", "ing", "s", "ed", "ion", "er", "", "ly"];
    let mut text = String::new();
    let mut rest = rank / 8 + 1;
    while rest > 0 {
        text.push_str(SYLLABLES[(rest % 16) as usize]);
        rest /= 16;
    }
    text + ENDINGS[(rank % 8) as usize]
}

/// A small deterministic generator (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A word of a vocabulary of 50,000, the first ones often.
    fn word(&mut self) -> String {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        word((50_000_f64.powf(unit) - 1.0) as u64)
    }
}

fn rss() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    (pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096) >> 20
}

fn cpu_seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
