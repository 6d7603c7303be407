//! Fetching until there is enough: the server does not know what may be seen.

use qdrant_client::qdrant::{QueryPoints, ScoredPoint};

use super::QdrantError;
use super::server::Server;
use crate::ids::VersionKey;

/// Candidates of one search, at most. More is megabytes, and seconds.
pub(super) const MOST: u64 = 16_384;
/// Candidates of the first round beyond those that are wanted: some will be hidden, and the order
/// of the server is not quite ours.
pub(super) const SPARE: u64 = 32;
/// The same where it is quite another, because the server does not know what counts.
pub(super) const SPARE_IF_UNLIKE: u64 = 1_000;
/// Each round fetches so many times as much as the one before.
const GROWTH: u64 = 4;

/// What hits are ordered by: the score, then the place.
pub(super) trait Order {
    fn order(&self) -> (f32, VersionKey, u32);
}

/// Asks for more and more candidates until `wanted` of them may be returned, as `place` decides, and
/// returns these and others, best first.
///
/// Those that are as good on the server as the last one wanted have to be fetched too, since ties
/// have an order here.
pub(super) async fn run<T: Order>(
    server: &Server,
    name: &str,
    wanted: usize,
    spare: u64,
    query: impl Fn(u64) -> QueryPoints,
    place: impl Fn(&ScoredPoint) -> Option<T>,
) -> Result<Vec<T>, QdrantError> {
    let mut limit = (wanted as u64 * 2 + spare).min(MOST);
    loop {
        let mut answers = server.query_batch(name, vec![query(limit)]).await?;
        let candidates = answers.pop().unwrap_or_default();
        let placed = candidates.iter().map(|point| (point.score, place(point)));
        let candidates: Vec<_> = placed.collect();
        let is_all = (candidates.len() as u64) < limit || limit >= MOST;
        let worst = candidates.last().map_or(0.0, |(score, _)| *score);
        let mut fitting = candidates.iter().filter(|(_, hit)| hit.is_some());
        let last_wanted = fitting.nth(wanted.saturating_sub(1));
        let is_enough = last_wanted.is_some_and(|(score, _)| *score > worst);
        if is_all || is_enough {
            let mut hits: Vec<_> = candidates.into_iter().filter_map(|(_, hit)| hit).collect();
            hits.sort_by(|a, b| {
                let ((a, a_version, a_ordinal), (b, b_version, b_ordinal)) = (a.order(), b.order());
                let place = (a_version, a_ordinal).cmp(&(b_version, b_ordinal));
                b.total_cmp(&a).then(place)
            });
            return Ok(hits);
        }
        limit = (limit * GROWTH).min(MOST);
    }
}
