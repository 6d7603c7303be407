//! Which keys are limits, and the stable word of what happens beyond each.

use super::Config;
use super::keys::{KEYS, leaves};

/// Key and word: of an error, of a gap, or that the connection is closed or the request waits.
const LIMITS: &[(&str, &str)] = &[
    ("limits.connections", "busy"),
    ("limits.connections_per_user", "busy"),
    ("limits.requests_in_flight", "waits"),
    ("limits.hello_ms", "closed"),
    ("limits.partial_frame_ms", "closed"),
    ("limits.idle_ms", "closed"),
    ("limits.stalled_client_ms", "closed"),
    ("limits.upload_bytes", "too-large"),
    ("queue.max_queued", "busy"),
    ("queue.max_queued_per_user", "busy"),
    ("ingest.max_file_bytes", "too-large"),
    ("extract.memory_bytes", "extract-memory"),
    ("extract.cpu_s", "extract-cpu"),
    ("extract.wall_s", "extract-slow"),
    ("extract.answer_bytes", "extract-output"),
    ("extract.text_bytes", "too-much-text"),
    ("extract.chunks", "too-many-chunks"),
    ("extract.pages", "too-many-pages"),
    ("extract.pixels", "too-many-pixels"),
    ("extract.pdf_objects", "too-many-objects"),
    ("extract.pdf_stream_bytes", "too-large-stream"),
    ("extract.xml_depth", "too-deep-xml"),
    ("extract.office_parts", "too-many-parts"),
    ("extract.office_ratio", "office-unpack-limit"),
    ("extract.html_nodes", "too-many-nodes"),
    ("extract.html_depth", "too-deep-html"),
    ("ocr.pages", "needs-vision"),
    ("ocr.page_s", "needs-vision"),
    ("extract.archive_bytes", "too-much-within"),
    ("extract.archive_entry_bytes", "too-large-within"),
    ("extract.archive_entries", "too-many-within"),
    ("extract.archive_depth", "too-deep"),
    ("extract.archive_ratio", "unpack-limit"),
    ("extract.archive_entry_ratio", "unpack-limit"),
    ("watch.sources", "too-large"),
    ("watch.folders", "polled"),
    ("git.repository_bytes", "git-too-large"),
    ("git.wall_s", "git-slow"),
    ("web.page_bytes", "web-too-large"),
    ("web.wall_s", "web-slow"),
];

/// A limit as it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub key: &'static str,
    pub value: u64,
    /// What it is unless it is set.
    pub usual: u64,
    pub code: &'static str,
    pub meaning: &'static str,
}

/// Lists all limits, in the order of the reference.
#[must_use]
pub fn limits(config: &Config) -> Vec<Limit> {
    let (set, usual) = (leaves(config), leaves(&Config::default()));
    let value = |leaves: &[(String, String)], key: &str| {
        let leaf = leaves.iter().find(|(name, _)| name == key);
        leaf.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)
    };
    let limit = |(key, meaning): &(&'static str, &'static str)| {
        let (key, code) = LIMITS.iter().find(|(limit, _)| limit == key)?;
        Some(Limit {
            key,
            value: value(&set, key),
            usual: value(&usual, key),
            code,
            meaning,
        })
    };
    KEYS.iter().filter_map(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_a_key_with_a_number() {
        let mut config = Config::default();
        config.extract.pages = 7;
        let limits = limits(&config);
        assert_eq!(limits.len(), LIMITS.len());
        assert!(limits.iter().all(|limit| limit.usual > 0));
        let pages = limits.iter().find(|limit| limit.key == "extract.pages");
        assert_eq!(
            pages.map(|limit| (limit.value, limit.usual)),
            Some((7, 5_000))
        );
    }
}
