//! The crate turns messages into bytes and back: no sockets, no runtime.

use std::fs;
use std::path::Path;

/// What `protocol` may depend on. A new one needs a reason in ARCHITECTURE.md.
const ALLOWED: [&str; 5] = ["bincode", "serde", "thiserror", "tokio-util", "uuid"];

/// Words that would mean input, output, threads or a runtime.
const FORBIDDEN: [&str; 12] = [
    "std::net",
    "std::fs",
    "std::io",
    "std::os",
    "std::env",
    "std::thread",
    "std::process",
    "tokio::",
    "interprocess",
    "async fn",
    ".await",
    "tokio_util::net",
];

#[test]
fn only_the_listed_crates_are_used() {
    let manifest = include_str!("../../Cargo.toml");
    let section = manifest
        .split("[dependencies]")
        .nth(1)
        .expect("there is such a section");
    let section = section
        .split("\n[")
        .next()
        .expect("split returns something");
    let used: Vec<_> = section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect();
    assert_eq!(used, ALLOWED);
}

/// The codec is the only part of `tokio-util` that needs neither sockets nor a runtime.
#[test]
fn the_sources_know_no_sockets_and_no_runtime() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("src") {
        let path = entry.expect("src can be read").path();
        let source = fs::read_to_string(&path).expect("a source is text");
        for (number, line) in source.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in FORBIDDEN {
                assert!(
                    !code.contains(word),
                    "{}:{}: `{word}`",
                    path.display(),
                    number + 1
                );
            }
        }
        let modules = source.matches("tokio_util::").count();
        assert_eq!(
            modules,
            source.matches("tokio_util::codec").count(),
            "{}",
            path.display()
        );
    }
}
