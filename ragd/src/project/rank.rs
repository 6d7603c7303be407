//! How important each file is to the others: what important files need is important.

/// The share of importance that a file hands on.
const HANDED_ON: f32 = 0.85;
/// After so many rounds nothing changes that anybody would see.
const ROUNDS: usize = 30;

/// Returns a share for each of `files`; they add up to 1. Edges go from who needs to what is needed.
#[expect(clippy::cast_precision_loss, reason = "a share of many is small")]
pub(super) fn ranks(files: usize, edges: &[(usize, usize, f32)]) -> Vec<f32> {
    if files == 0 {
        return Vec::new();
    }
    let mut given = vec![0.0_f32; files];
    for (from, _, weight) in edges {
        given[*from] += weight;
    }
    let even = 1.0 / files as f32;
    let mut ranks = vec![even; files];
    for _ in 0..ROUNDS {
        let needs_nobody = given.iter().zip(&ranks).filter(|(given, _)| **given == 0.0);
        let spread: f32 = needs_nobody.map(|(_, rank)| rank).sum();
        let base = (1.0 - HANDED_ON) * even + HANDED_ON * spread * even;
        let mut next = vec![base; files];
        for (from, to, weight) in edges {
            next[*to] += HANDED_ON * ranks[*from] * weight / given[*from];
        }
        ranks = next;
    }
    ranks
}

/// Steps of a height between a share and one twice as large.
const STEPS: f32 = 16.0;

/// Returns how far the share of one of `files` is above the average; none if it is not.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number from 1 to 255"
)]
pub(super) fn height(rank: f32, files: usize) -> Option<u8> {
    let doublings = (rank * files as f32).log2();
    let height = (doublings * STEPS).clamp(0.0, 255.0) as u8;
    (height > 0).then_some(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_need_is_first_and_shares_add_up() {
        let ranks = ranks(4, &[(0, 2, 1.0), (1, 2, 1.0), (2, 3, 1.0)]);
        assert!((ranks.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{ranks:?}");
        assert!(ranks[3] > ranks[0] && ranks[2] > ranks[0], "{ranks:?}");
        assert!(super::ranks(0, &[]).is_empty());
    }

    #[test]
    fn heights_are_doublings_above_the_average() {
        let of = |rank| height(rank, 4);
        assert_eq!(of(0.5), Some(16));
        assert_eq!([of(0.25), of(0.1), of(0.0)], [None; 3]);
        assert_eq!(height(1.0, 1 << 20), Some(255));
    }
}
