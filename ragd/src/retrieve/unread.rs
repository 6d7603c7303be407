//! Documents that a query may be about and that no search can find.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use protocol::text::PathBytes;
use tokio::sync::Mutex;

use crate::ids::CollectionId;
use crate::ledger::{GapName, Ledger, LedgerError};
use crate::tokens::{Kind, Scratch, Tokens};

/// Gaps whose names are looked at; with more, whoever searches has other worries.
const LOOKED_AT: u64 = 10_000;
/// Those that are told by name.
const TOLD: usize = 3;
/// Shorter words are in many names by chance.
const SHORTEST: usize = 3;

/// Knows the names of what is not searchable: each search asks.
#[derive(Debug)]
pub struct Unread {
    ledger: Ledger,
    names: Mutex<Arc<Names>>,
}

/// All names by their words, as of a state of the ledger.
#[derive(Debug, Default)]
struct Names {
    as_of: Option<u64>,
    gaps: Vec<GapName>,
    by_word: HashMap<String, Vec<u32>>,
}

impl Unread {
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        let names = Mutex::default();
        Self { ledger, names }
    }

    /// Tells which documents are not searchable whose names have words of a query.
    pub async fn tell(
        &self,
        collections: &[CollectionId],
        query: &str,
    ) -> Result<Option<String>, LedgerError> {
        let wanted = words(query);
        if wanted.is_empty() {
            return Ok(None);
        }
        Ok(self.names().await?.tell(collections, &wanted))
    }

    async fn names(&self) -> Result<Arc<Names>, LedgerError> {
        // Whoever comes while they are read waits for them.
        let mut names = self.names.lock().await;
        // Asked before they are read: what changes meanwhile is read the next time.
        let as_of = Some(self.ledger.gaps_as_of());
        if names.as_of != as_of {
            let gaps = self.ledger.gap_names(LOOKED_AT).await?;
            // Ten thousand names take milliseconds that other searches would wait.
            let sorting = tokio::task::spawn_blocking(move || Names::new(as_of, gaps));
            // A panic leaves none, of no state: they are read again.
            *names = Arc::new(sorting.await.unwrap_or_default());
        }
        Ok(Arc::clone(&names))
    }
}

impl Names {
    fn new(as_of: Option<u64>, gaps: Vec<GapName>) -> Self {
        let mut by_word: HashMap<String, Vec<u32>> = HashMap::new();
        for (at, gap) in (0..).zip(&gaps) {
            for word in words(&name(&gap.path)) {
                by_word.entry(word).or_default().push(at);
            }
        }
        Self {
            as_of,
            gaps,
            by_word,
        }
    }

    fn tell(&self, collections: &[CollectionId], wanted: &HashSet<String>) -> Option<String> {
        let mut common = vec![0_u32; self.gaps.len()];
        let found = wanted.iter().filter_map(|word| self.by_word.get(word));
        for gap in found.flatten() {
            common[*gap as usize] += 1;
        }
        let named = self
            .gaps
            .iter()
            .zip(common)
            .filter(|(gap, common)| *common > 0 && collections.contains(&gap.collection));
        let mut named: Vec<_> = named
            .map(|(gap, common)| (Reverse(common), &gap.path, &gap.code))
            .collect();
        let all = named.len();
        if all > TOLD {
            named.select_nth_unstable(TOLD);
            named.truncate(TOLD);
        }
        named.sort_unstable();
        let told = named
            .iter()
            .map(|(_, path, code)| format!("{} ({code})", PathBytes((*path).clone())));
        let told: Vec<_> = told.collect();
        let told = told.join(", ");
        match all {
            0 => None,
            1 => Some(format!(
                "1 document with a matching name is not searchable: {told}"
            )),
            _ => {
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
        let gap = |name: &&str| GapName {
            collection: CollectionId(uuid::Uuid::nil()),
            path: name.as_bytes().to_vec(),
            code: "encrypted".to_owned(),
        };
        let names = Names::new(None, names.iter().map(gap).collect());
        let here = [names.gaps[0].collection];
        let told = names.tell(&here, &words(query));
        assert_eq!(told.as_deref(), expected, "{query}");
        assert_eq!(names.tell(&[], &words(query)), None);
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
