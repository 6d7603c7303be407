//! Documents that a query may be about and that no search can find.

use std::collections::HashSet;

use protocol::text::PathBytes;

use crate::ids::CollectionId;
use crate::ledger::{Ledger, LedgerError};
use crate::tokens::{Kind, Scratch, Tokens};

/// Gaps whose names are looked at; with more, whoever searches has other worries.
const LOOKED_AT: u64 = 10_000;
/// Words of a query that are looked for.
const WORDS: usize = 20;
/// Those that are told by name.
const TOLD: usize = 3;
/// Shorter words are in many names by chance.
const SHORTEST: usize = 3;

/// Tells which documents are not searchable whose names have words of a query.
pub async fn unread(
    ledger: &Ledger,
    collections: &[CollectionId],
    query: &str,
) -> Result<Option<String>, LedgerError> {
    let wanted = words(query);
    if wanted.is_empty() {
        return Ok(None);
    }
    // Each search asks this, so the ledger leaves out what cannot fit.
    let begin = wanted.iter().map(|stem| beginning(stem));
    let begin = begin.take(WORDS).map(str::to_owned).collect();
    let names = ledger.gap_names(collections.to_vec(), begin, LOOKED_AT);
    Ok(tell(&wanted, names.await?))
}

/// Returns what words of a stem begin with: the last letter may be another, as in `story`.
fn beginning(stem: &str) -> &str {
    let letters = stem.chars().count().saturating_sub(1).max(SHORTEST);
    let end = stem.char_indices().nth(letters);
    end.map_or(stem, |(end, _)| &stem[..end])
}

fn tell(wanted: &HashSet<String>, names: Vec<(Vec<u8>, String)>) -> Option<String> {
    let named = names.into_iter().filter_map(|(path, code)| {
        let common = words(&name(&path)).intersection(wanted).count();
        (common > 0).then_some((std::cmp::Reverse(common), path, code))
    });
    let mut named: Vec<_> = named.collect();
    named.sort();
    let told = named.iter().take(TOLD);
    let told: Vec<_> = told
        .map(|(_, path, code)| format!("{} ({code})", PathBytes(path.clone())))
        .collect();
    let told = told.join(", ");
    match named.len() {
        0 => None,
        1 => Some(format!(
            "1 document with a matching name is not searchable: {told}"
        )),
        all => {
            let more = match all.saturating_sub(TOLD) {
                0 => String::new(),
                more => format!(" and {more} more: ragctl gaps"),
            };
            Some(format!(
                "{all} documents with matching names are not searchable: {told}{more}"
            ))
        }
    }
}

/// Returns the last name of a path, without what tells its format.
fn name(path: &[u8]) -> String {
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let last = String::from_utf8_lossy(last);
    match last.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => last.into_owned(),
    }
}

/// Returns the stems that make a name. Numbers do not: a year is in names of every kind.
fn words(text: &str) -> HashSet<String> {
    let (mut scratch, mut word, mut words) = (Scratch::default(), String::new(), HashSet::new());
    let mut tokens = Tokens::new(text, &mut scratch);
    while let Some(token) = tokens.next(&mut word) {
        let is_name = word.chars().count() >= SHORTEST && word.contains(char::is_alphabetic);
        if token.kind != Kind::Whole && is_name {
            words.insert(word.clone());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, names: &[&str], expected: Option<&str>) {
        let gap = |name: &&str| (name.as_bytes().to_vec(), "encrypted".to_owned());
        let names = names.iter().map(gap).collect();
        assert_eq!(tell(&words(query), names).as_deref(), expected, "{query}");
    }

    #[test]
    fn names_with_words_of_the_query_are_told() {
        let one = "1 document with a matching name is not searchable: \
                   plans/budget-2024.pdf (encrypted)";
        let names = ["plans/budget-2024.pdf", "notes.md"];
        check("what does the budget say?", &names, Some(one));
        check("Budgets of 2023", &names, Some(one));
        check("what was planned in 2024?", &names, None);
        check("which pdf has plans?", &names, None);
        check("of it", &["of it.md"], None);
        let many = "5 documents with matching names are not searchable: c_BudgetPlan.xls \
                    (encrypted), a.budget.md (encrypted), b!/budget.png (encrypted) and 2 more: \
                    ragctl gaps";
        let names = [
            "e/budget.md",
            "b!/budget.png",
            "c_BudgetPlan.xls",
            "a.budget.md",
            "d/budget",
        ];
        check("the budget plan", &names, Some(many));
    }
}
