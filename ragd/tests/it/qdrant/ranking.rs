//! Qdrant ranks as the embedded index does.

use ragd::index::{EmbeddedConfig, Found};

use super::*;

/// Scores that differ by less are ties: the sums are the same, and not always in the same order.
const TIE: f32 = 1e-4;

/// Numbers that look random and follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    /// As words are spread in texts: few of them make up most of it.
    fn word(&mut self) -> &'static str {
        let first = self.below(WORDS.len() as u64) + 1;
        let at = self.below(first);
        WORDS[usize::try_from(at).unwrap()]
    }
}

const WORDS: &[&str] = &[
    "request",
    "server",
    "client",
    "connection",
    "error",
    "parse",
    "config",
    "index",
    "token",
    "query",
    "vector",
    "cache",
    "thread",
    "buffer",
    "stream",
    "timeout",
    "retry",
    "queue",
    "worker",
    "parseHttpRequest",
    "openConnection",
    "max_retry_count",
    "lease",
    "snapshot",
    "segment",
    "merge",
    "commit",
    "flush",
    "ledger",
    "blob",
    "chunk",
    "passage",
    "answer",
    "model",
    "embedding",
    "tokenizer",
    "stemming",
    "ranking",
    "fusion",
    "confidence",
    "citation",
    "collection",
    "document",
    "archive",
    "repository",
    "branch",
    "schema",
    "migration",
    "backup",
    "restore",
    "certificate",
    "handshake",
    "protocol",
    "frame",
    "socket",
    "signal",
    "sandbox",
    "landlock",
    "seccomp",
    "quota",
    "walrus",
    "zebra",
    "giraffe",
    "heron",
    "otter",
    "lynx",
    "marmot",
    "ibex",
];

/// Texts of many lengths, some with headings, some of them twice.
fn corpus() -> Vec<NewVersion> {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let paths = [
        "src/server/socket.rs",
        "src/index/merge.rs",
        "docs/retry.md",
        "notes/zebra.txt",
    ];
    (0..120)
        .map(|key| {
            let texts: Vec<String> = (0..1 + dice.below(4))
                .map(|_| {
                    let length = 5 + dice.below(220);
                    let words: Vec<_> = (0..length).map(|_| dice.word()).collect();
                    words.join(" ")
                })
                .collect();
            let mut texts: Vec<_> = texts.iter().map(String::as_str).collect();
            if key % 10 == 0 {
                texts.push("the worker holds a lease until its timeout");
            }
            let path = paths[usize::try_from(dice.below(4)).unwrap()];
            let mut version = version(key, path, &texts);
            for chunk in version.chunks.iter_mut().step_by(3) {
                chunk.heading = Some(format!("{} > {}", dice.word(), dice.word()));
            }
            version
        })
        .collect()
}

fn queries() -> Vec<String> {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let mut queries: Vec<_> = (0..60)
        .map(|_| {
            let words: Vec<_> = (0..1 + dice.below(5)).map(|_| dice.word()).collect();
            words.join(" ")
        })
        .collect();
    let written = [
        "how does a worker lose its lease?",
        "\"worker holds a lease\"",
        "timeout \"holds a lease\"",
        "pars* error",
        "conf* walrus",
        "\"request server\" client",
        "\"zebra\"",
        "max_retry_count",
        "s* zebra",
    ];
    queries.extend(written.map(str::to_owned));
    queries
}

/// Checks that two rankings are the same up to ties.
fn same(query: &str, ours: &[Found], theirs: &[Found]) {
    assert_eq!(ours.len(), theirs.len(), "{query}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        let difference = (ours.score - theirs.score).abs();
        assert!(
            difference < TIE * ours.score.max(1.0),
            "{query}: {ours:?} and {theirs:?}"
        );
    }
    // Those that stand in one ranking only are ties with the last.
    let last = ours.last().map_or(0.0, |hit| hit.score);
    for hit in ours {
        let other = theirs
            .iter()
            .find(|one| (one.version, one.ordinal) == (hit.version, hit.ordinal));
        match other {
            Some(other) => {
                assert!(
                    (hit.score - other.score).abs() < TIE * hit.score.max(1.0),
                    "{query}"
                );
                let parts = |hit: &Found| -> Vec<String> {
                    hit.terms.iter().map(|(label, _)| label.clone()).collect()
                };
                assert_eq!(parts(hit), parts(other), "{query}");
            }
            None => assert!(
                (hit.score - last).abs() < TIE * last.max(1.0),
                "{query}: {hit:?}"
            ),
        }
    }
}

/// How good a ranking is, if the best of the embedded one are the right answers, by their scores.
fn gain(ranking: &[Found], right: &[Found]) -> f64 {
    let worth = |hit: &Found| {
        let place = right
            .iter()
            .position(|one| (one.version, one.ordinal) == (hit.version, hit.ordinal));
        place.map_or(0.0, |place| f64::from(right[place].score))
    };
    let discounted = |hits: &[Found]| -> f64 {
        hits.iter()
            .zip(2_u32..)
            .map(|(hit, place)| worth(hit) / f64::from(place).log2())
            .sum()
    };
    match discounted(right) {
        0.0 => 1.0,
        best => discounted(ranking) / best,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_is_that_of_the_embedded_index() {
    let folder = tempfile::tempdir().unwrap();
    let config = EmbeddedConfig::new(folder.path().to_owned());
    let embedded = open(&IndexConfig::Embedded(config)).unwrap();
    let world = World::new();
    for index in [&embedded, &world.index] {
        store(&**index, corpus()).await.unwrap();
    }
    let (mut sum, mut count) = (0.0, 0.0);
    for text in queries() {
        for (limit, paths) in [
            (10, vec![]),
            (100, vec![]),
            (10, vec!["src/**/*.rs".to_owned()]),
        ] {
            let query = WordQuery {
                limit,
                paths,
                explain: true,
                ..query(&text)
            };
            let ask = async |index: &dyn Index| {
                index
                    .search(PAPERS, query.clone(), Arc::new(All))
                    .await
                    .unwrap()
            };
            let (theirs, ours) = (ask(&*embedded).await, ask(&*world.index).await);
            same(&text, &ours, &theirs);
            sum += gain(&ours, &theirs);
            count += 1.0;
        }
    }
    assert!(sum / count > 0.995, "nDCG of {}", sum / count);
}
