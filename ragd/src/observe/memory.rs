//! Giving freed memory back to the machine.
//!
//! glibc keeps what an ingest freed: 115 MB stayed where 15 MB were in use. It takes two things to
//! get it back. With every large piece that is freed, glibc raises what each of its arenas keeps at
//! its end, so that is fixed at the start; and what is free between pieces in use is given back when
//! there is nothing to do. With both, 25 MB stay.

use std::convert::Infallible;
use std::time::Duration;

use super::resident_bytes;

/// Free memory that an arena keeps at its end, and the size from which a piece is mapped by itself.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BYTES: i32 = 1 << 20;
/// Each arena keeps that much; glibc would make eight for each core.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: i32 = 4;

/// Below that there is nothing to gain.
const WORTH_IT: u64 = 40 << 20;
/// Attempts in a row that may gain nothing. What an ingest used is freed little by little, as
/// writers and readers are closed.
const FRUITLESS: u32 = 5;

/// Writers of the index are closed after some ten seconds without use, and readers later.
const TRIM_EVERY: Duration = Duration::from_secs(15);

/// Gives memory back, for ever, while nothing is to be done.
pub async fn trim_memory(is_idle: impl Fn() -> bool) -> Infallible {
    let mut trimmer = Trimmer::default();
    loop {
        tokio::time::sleep(TRIM_EVERY).await;
        if !is_idle() {
            continue;
        }
        let trim = tokio::task::spawn_blocking(move || {
            trimmer.trim();
            trimmer
        });
        trimmer = trim.await.unwrap_or_default();
    }
}

/// Remembers what the last attempts gained, so that an idle process does not try for ever.
#[derive(Debug, Default)]
struct Trimmer {
    left: u64,
    fruitless: u32,
}

impl Trimmer {
    /// Gives free memory back if there may be some. Takes milliseconds; blocks.
    fn trim(&mut self) {
        let resident = resident_bytes();
        if resident > self.left + self.left / 8 {
            self.fruitless = 0;
        }
        if resident < WORTH_IT || self.fruitless >= FRUITLESS {
            return;
        }
        glibc::trim();
        self.left = resident_bytes();
        let gained = self.left < resident - resident / 8;
        self.fruitless = if gained { 0 } else { self.fruitless + 1 };
    }
}

/// Has the allocator keep little of what is freed. To be called before there are threads.
pub fn keep_little_memory() {
    glibc::limit();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the functions take numbers and no pointers")]
mod glibc {
    use super::{ARENAS, KEPT_BYTES};

    pub(super) fn limit() {
        for (what, value) in [
            (libc::M_TRIM_THRESHOLD, KEPT_BYTES),
            (libc::M_MMAP_THRESHOLD, KEPT_BYTES),
            (libc::M_ARENA_MAX, ARENAS),
        ] {
            // SAFETY: called while there is one thread. That a value is refused costs memory only.
            unsafe { libc::mallopt(what, value) };
        }
    }

    pub(super) fn trim() {
        // SAFETY: it may be called from any thread at any time, and only gives back pages that hold
        // nothing.
        unsafe { libc::malloc_trim(0) };
    }
}

/// Other allocators are not known to need it.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod glibc {
    pub(super) fn limit() {}
    pub(super) fn trim() {}
}
