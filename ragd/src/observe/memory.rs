//! Giving freed memory back to the machine.
//!
//! glibc keeps what an ingest freed: 380 MB stayed where 15 MB were in use. Other allocators were
//! tried and kept 74 MB and more, at the price of a dependency.

use super::resident_bytes;

/// Below that there is nothing to gain.
const WORTH_IT: u64 = 40 << 20;

/// Attempts in a row that may gain nothing. What an ingest used is freed little by little, as
/// writers and readers are closed.
const FRUITLESS: u32 = 5;

/// Remembers what the last attempts gained, so that an idle daemon does not try for ever.
#[derive(Debug, Default)]
pub struct Trimmer {
    left: u64,
    fruitless: u32,
}

impl Trimmer {
    /// Gives free memory back if there may be some. Takes milliseconds; blocks.
    pub fn trim(&mut self) {
        let resident = resident_bytes();
        if resident > self.left + self.left / 8 {
            self.fruitless = 0;
        }
        if resident < WORTH_IT || self.fruitless >= FRUITLESS {
            return;
        }
        give_back();
        self.left = resident_bytes();
        let gained = self.left < resident - resident / 8;
        self.fruitless = if gained { 0 } else { self.fruitless + 1 };
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "`malloc_trim` takes a number and no pointer, is safe to call from any thread at any \
              time, and only returns pages that hold no allocation"
)]
fn give_back() {
    // SAFETY: see the reason above; the function has no preconditions.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}
