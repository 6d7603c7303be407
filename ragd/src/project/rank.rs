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
}
