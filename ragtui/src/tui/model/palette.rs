//! The palette: all commands, found by a few of their letters.

use super::{Field, Model};
use crate::tui::actions::{self, Action};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Palette {
    pub(in crate::tui) query: Field,
    pub(in crate::tui) selected: usize,
}

/// A command that fits the query.
pub(in crate::tui) struct Found {
    pub(in crate::tui) action: &'static Action,
    /// With its group, as it is shown.
    pub(in crate::tui) title: String,
    /// Why it cannot be run now.
    pub(in crate::tui) blocked: Option<String>,
}

impl Palette {
    /// Returns the commands that fit, best first.
    pub(in crate::tui) fn found(&self, model: &Model) -> Vec<Found> {
        let mut found: Vec<_> = actions::all()
            .filter_map(|action| {
                let title = format!("{}: {}", action.group?, action.label);
                let query = self.query.text();
                let gaps = gaps(&title, query).or_else(|| gaps(action.id, query))?;
                let blocked = (action.blocked)(model);
                Some((
                    gaps,
                    Found {
                        action,
                        title,
                        blocked,
                    },
                ))
            })
            .collect();
        // Stable: what fits equally well stays in the order of the table.
        found.sort_by_key(|(gaps, _)| *gaps);
        found.into_iter().map(|(_, found)| found).collect()
    }

    /// Another query has another best command.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Field)) {
        change(&mut self.query);
        self.selected = 0;
    }

    pub(in crate::tui) fn step(&mut self, by: isize, count: usize) {
        let last = count.saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }
}

/// Returns in how many pieces `query` is found in `text`, if its letters are there in this order.
fn gaps(text: &str, query: &str) -> Option<usize> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let query: Vec<char> = query
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    (0..text.len().max(1))
        .filter_map(|start| pieces(text.get(start..)?, &query))
        .min()
}

fn pieces(text: &[char], query: &[char]) -> Option<usize> {
    let (mut at, mut pieces, mut is_joined) = (0, 0, false);
    for wanted in query {
        let skipped = text.get(at..)?.iter().position(|c| c == wanted)?;
        pieces += usize::from(skipped > 0 || !is_joined);
        is_joined = true;
        at += skipped + 1;
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn letters_in_order_are_found_and_few_pieces_are_best() {
        let check = |query, expected| assert_eq!(gaps("Jobs: cancel", query), expected, "{query}");
        check("", Some(0));
        check("canc", Some(1));
        check("job can", Some(2));
        check("jcl", Some(3));
        check("lj", None);
    }
}
