//! How documents are read: the children that do it, and how much one document may cost.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extract {
    /// The program with `ragd extract`: this one, unless a test is what runs.
    #[serde(skip)]
    pub program: PathBuf,
    /// 0: one for each core, 4 at most.
    pub children: usize,
    pub allow_unsandboxed: bool,
    pub memory_bytes: u64,
    pub cpu_s: u64,
    pub wall_s: u64,
    pub answer_bytes: u64,
    pub text_bytes: u64,
    pub chunks: u32,
    pub pages: u32,
    pub pixels: u64,
    pub pdf_objects: u32,
    pub pdf_stream_bytes: u64,
    pub xml_depth: u32,
    pub office_parts: u32,
    pub office_ratio: u64,
    pub html_nodes: u32,
    pub html_depth: u32,
    pub archive_bytes: u64,
    pub archive_entry_bytes: u64,
    pub archive_entries: u32,
    pub archive_depth: u32,
    pub archive_ratio: u64,
    pub archive_entry_ratio: u64,
}

impl Default for Extract {
    fn default() -> Self {
        Self {
            program: PathBuf::from("/proc/self/exe"),
            children: 0,
            allow_unsandboxed: false,
            memory_bytes: 1 << 30,
            cpu_s: 30,
            wall_s: 90,
            answer_bytes: 64 << 20,
            text_bytes: 32 << 20,
            chunks: 50_000,
            pages: 5_000,
            pixels: 64_000_000,
            pdf_objects: 500_000,
            pdf_stream_bytes: 64 << 20,
            xml_depth: 100,
            office_parts: 2_000,
            office_ratio: 100,
            html_nodes: 1_000_000,
            html_depth: 512,
            archive_bytes: 1 << 30,
            archive_entry_bytes: 256 << 20,
            archive_entries: 20_000,
            archive_depth: 3,
            archive_ratio: 100,
            archive_entry_ratio: 1_000,
        }
    }
}

impl Extract {
    /// Returns how many children there are at once.
    #[must_use]
    pub fn children(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        match self.children {
            0 => cores.min(4),
            children => children,
        }
    }
}

/// Who reads pages that are pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ocr {
    pub tesseract: bool,
    pub languages: String,
    pub pages: u32,
    pub page_s: u64,
}

impl Default for Ocr {
    fn default() -> Self {
        Self {
            tesseract: false,
            languages: "eng".to_owned(),
            pages: 200,
            page_s: 60,
        }
    }
}
