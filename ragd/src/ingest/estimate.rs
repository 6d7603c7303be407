//! What a plan takes, about: before any file is read, from sizes and names and from what came of others
//! before. Pure.

use std::path::Path;

use super::plan::Plan;

/// Bytes of plain text in a chunk, on average over programs and notes.
const CHUNK_BYTES: u64 = 1_100;
/// Bytes of text in a token of a model, on average.
const TOKEN_BYTES: u64 = 4;
/// Of what is packed or has pictures in it, one byte in so many is text.
const PACKED: u64 = 10;
/// Formats whose bytes are no text.
const PACKED_FORMATS: [&str; 23] = [
    "pdf", "docx", "pptx", "xlsx", "doc", "ppt", "xls", "odt", "ods", "odp", "epub", "zip", "gz",
    "tgz", "xz", "bz2", "zst", "7z", "tar", "png", "jpg", "jpeg", "tiff",
];
/// With fewer chunks than that, what came before says little.
const ENOUGH: u64 = 1_000;
/// Chunks in a second for each child, where nothing was taken in yet.
const FIRST_PACE: u64 = 2_000;
/// What is kept of a byte: its content, words and vectors.
const DISK_PERCENT: u64 = 250;

const MIB: u64 = 1 << 20;
/// A daemon that does nothing.
const IDLE: u64 = 60 * MIB;
/// A child among ordinary files.
const CHILD: u64 = 150 * MIB;
/// What is open in the index, and on its way there, for each chunk,
const OPEN_CHUNK: u64 = 1_024;
/// and no more than that.
const MOST_OPEN: u64 = 400 * MIB;
/// A document, while its job runs.
const DOCUMENT: u64 = 600;

/// What is known from before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Past {
    /// What the collection has.
    pub chunks: u64,
    pub bytes: u64,
    /// What came of the last jobs, and how long they took.
    pub job_chunks: u64,
    pub job_ms: u64,
    /// That read documents at the same time.
    pub children: u64,
}

/// What a plan takes. All of it is about so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    pub chunks: u64,
    pub tokens: u64,
    pub seconds: u64,
    /// Of the daemon and its children, at most.
    pub memory_bytes: u64,
    pub disk_bytes: u64,
}

/// Looks at what there is to do.
#[must_use]
pub fn estimate(plan: &Plan, past: &Past) -> Estimate {
    let (mut text, mut bytes, mut least) = (0, 0, 0);
    for file in &plan.work {
        bytes += file.bytes;
        text += match is_packed(&file.path) {
            true => file.bytes / PACKED,
            false => file.bytes,
        };
        least += u64::from(file.bytes > 0);
    }
    let files = u64::try_from(plan.work.len()).unwrap_or(u64::MAX);
    let chunks = match past.chunks >= ENOUGH && past.bytes > 0 {
        true => share(bytes, past.chunks, past.bytes),
        false => text / CHUNK_BYTES,
    };
    let chunks = chunks.max(least);
    let ms = match past.job_chunks >= ENOUGH {
        true => share(chunks, past.job_ms, past.job_chunks),
        false => share(chunks, 1_000, FIRST_PACE * past.children.max(1)),
    };
    let memory = IDLE
        + past.children * CHILD
        + (chunks * OPEN_CHUNK).min(MOST_OPEN)
        + (files + plan.unchanged.files) * DOCUMENT;
    Estimate {
        chunks,
        tokens: text / TOKEN_BYTES,
        seconds: ms.div_ceil(1_000).max(u64::from(chunks > 0)),
        memory_bytes: memory,
        disk_bytes: share(bytes, DISK_PERCENT, 100),
    }
}

fn share(all: u64, part: u64, of: u64) -> u64 {
    let share = u128::from(all) * u128::from(part) / u128::from(of.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

fn is_packed(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    let end = Path::new(path.as_ref()).extension();
    let end = end.and_then(|end| end.to_str()).unwrap_or_default();
    PACKED_FORMATS.contains(&end.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::super::made::Said;
    use super::super::plan::PlannedFile;
    use super::*;

    fn plan(files: &[(&str, u64)]) -> Plan {
        let file = |(path, bytes): &(&str, u64)| PlannedFile {
            source: Vec::new(),
            path: path.as_bytes().to_vec(),
            bytes: *bytes,
            is_new: true,
            blob: None,
            said: Said::default(),
            facts: Vec::new(),
        };
        Plan {
            work: files.iter().map(file).collect(),
            ..Plan::default()
        }
    }

    #[test]
    fn without_a_past_sizes_and_names_tell() {
        let past = Past {
            children: 2,
            ..Past::default()
        };
        let of = |files: &[(&str, u64)]| {
            let found = estimate(&plan(files), &past);
            (found.chunks, found.tokens, found.seconds)
        };
        assert_eq!(of(&[]), (0, 0, 0));
        assert_eq!(of(&[("a.rs", 10), ("b.rs", 0)]), (1, 2, 1));
        assert_eq!(of(&[("a.rs", 11_000_000)]), (10_000, 2_750_000, 3));
        assert_eq!(of(&[("a/b.PDF", 11_000_000)]), (1_000, 275_000, 1));
        let huge = of(&[("a.rs", u64::MAX / 4)]);
        assert!(huge.0 > 1 << 50, "{huge:?}");
    }

    #[test]
    fn what_came_before_tells_more() {
        let past = Past {
            chunks: 2_000,
            bytes: 4_000_000,
            job_chunks: 5_000,
            job_ms: 10_000,
            children: 1,
        };
        let found = estimate(&plan(&[("a.rs", 1_000_000)]), &past);
        assert_eq!((found.chunks, found.seconds), (500, 1));
        assert_eq!(found.disk_bytes, 2_500_000);
        assert!(found.memory_bytes > CHILD && found.memory_bytes < 2 * CHILD);
    }
}
