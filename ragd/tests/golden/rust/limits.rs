//! What is allowed, in numbers.

use std::collections::HashMap;

/// Bytes of a request.
pub const LARGEST_REQUEST: usize = 1 << 20;
/// Requests of one client at a time.
pub const PER_CLIENT: usize = 8;

/// Counts all that is under way.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Who asks.
pub type Client = u64;

type Counts = HashMap<Client, usize>;

pub struct Limits {
    counts: Counts,
}

impl Limits {
    const FIRST: usize = 1;

    /// Returns whether a client may ask once more.
    pub fn admit(&mut self, client: Client) -> bool {
        const NONE: usize = 0;
        let count = self.counts.entry(client).or_insert(NONE);
        *count += Self::FIRST;
        UNDER_WAY.fetch_add(1, Ordering::Relaxed);
        *count <= PER_CLIENT
    }
}

mod tests {
    pub(super) const CLIENT: super::Client = 7;
}
