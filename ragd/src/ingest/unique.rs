//! Names that are told apart: of two that are equal the later gets a number.

use std::collections::HashMap;

/// The names that were given, and how often each was wanted.
#[derive(Default)]
pub(super) struct Unique(HashMap<String, u32>);

impl Unique {
    /// Returns a name that nothing else has: this one, or the first free one that `numbered` makes.
    pub(super) fn own(&mut self, name: String, numbered: fn(&str, u32) -> String) -> String {
        let Some(wanted) = self.0.get(&name).copied() else {
            self.0.insert(name.clone(), 1);
            return name;
        };
        // One that looks numbered may be there already.
        let mut number = wanted + 1;
        let mut own = numbered(&name, number);
        while self.0.contains_key(&own) {
            number += 1;
            own = numbered(&name, number);
        }
        self.0.insert(name, number);
        self.0.insert(own.clone(), 1);
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_comes_twice() {
        let mut names = Unique::default();
        let wanted = ["a", "a", "a (2)", "a (4)", "a", "a", "a (2)"];
        let given =
            wanted.map(|name| names.own(name.to_owned(), |name, n| format!("{name} ({n})")));
        let expected = [
            "a",
            "a (2)",
            "a (2) (2)",
            "a (4)",
            "a (3)",
            "a (5)",
            "a (2) (3)",
        ];
        assert_eq!(given, expected);
    }
}
