//! What a document says of itself beside its text: who wrote it, when, and under which words.

use super::front_matter;

/// Facts of one document, at most.
const MAX_FACTS: usize = 50;
/// What is longer is no fact.
const MAX_VALUE: usize = 200;

/// Names and values. A name may come more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(Vec<(&'static str, String)>);

impl Facts {
    pub(super) fn author(&mut self, name: &str) {
        self.add("author", name);
    }

    pub(super) fn tag(&mut self, word: &str) {
        self.add("tag", word);
    }

    /// Notes the day on which the document was written, if `date` begins like `2024-05-31`,
    /// `2024-05` or `2024`. The first one counts.
    pub(super) fn date(&mut self, date: &str) {
        if let Some(day) = day(date.trim())
            && !self.0.iter().any(|(name, _)| *name == "date")
        {
            self.add("date", &day);
        }
    }

    /// Reads what stands between two lines of `---` or `+++` at the beginning of a Markdown file, and
    /// returns the title, if it has one.
    pub(super) fn front_matter(&mut self, text: &str) -> Option<String> {
        let mut title = None;
        for said in front_matter::said(text)? {
            match said.key.as_str() {
                "title" => title = Some(said.text).filter(|title| !title.is_empty()),
                "author" if !said.is_list => self.author(&said.text),
                "author" | "authors" => said.words.iter().for_each(|name| self.author(name)),
                "date" => self.date(&said.text),
                "tags" | "keywords" | "categories" => {
                    said.words.iter().for_each(|word| self.tag(word));
                }
                _ => {}
            }
        }
        title
    }

    fn add(&mut self, name: &'static str, value: &str) {
        let value: String = value.trim().chars().filter(|c| !c.is_control()).collect();
        let fact = (name, value);
        let is_one = !fact.1.is_empty() && fact.1.len() <= MAX_VALUE;
        if is_one && self.0.len() < MAX_FACTS && !self.0.contains(&fact) {
            self.0.push(fact);
        }
    }

    /// Returns the values, to be changed.
    pub(in crate::ingest) fn values_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Returns all as names and values.
    pub(in crate::ingest) fn into_pairs(self) -> Vec<(String, String)> {
        let pairs = self.0.into_iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn day(date: &str) -> Option<String> {
    let mark = if date.as_bytes().get(4) == Some(&b'/') {
        '/'
    } else {
        '-'
    };
    let mut parts = date.splitn(3, mark);
    let mut number = |digits: usize, range: std::ops::RangeInclusive<u32>| {
        let Some(part) = parts.next() else {
            return Some(*range.start());
        };
        let number = part.get(..digits)?.parse().ok()?;
        let is_day = digits == 2 || part.len() == digits;
        (is_day && range.contains(&number)).then_some(number)
    };
    let (year, month) = (number(4, 1..=9_999)?, number(2, 1..=12)?);
    let day = number(2, 1..=days(year, month))?;
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_from_dates() {
        for (date, expected) in [
            ("2024-05-31T10:00:00+02:00", Some("2024-05-31")),
            ("2024-05-31", Some("2024-05-31")),
            ("2024-05", Some("2024-05-01")),
            ("2024", Some("2024-01-01")),
            ("2024/05/31", Some("2024-05-31")),
            ("2024-02-29", Some("2024-02-29")),
            ("2023-02-29", None),
            ("2024-04-31", None),
            ("31 May 2024", None),
            ("2024-13-01", None),
            ("20245", None),
            ("", None),
        ] {
            assert_eq!(day(date).as_deref(), expected, "{date}");
        }
    }

    #[test]
    fn front_matter_has_facts() {
        let text = "---\ntitle: \"Walruses: a life\"\nauthor: A. Seal\ndate: 2024-05-31 10:00\n\
                    tags: [sea, 'cold']\nkeywords:\n  - ice\nother:\n  deep: x\n---\n# Text\n";
        let mut facts = Facts::default();
        let title = facts.front_matter(text);
        assert_eq!(title.as_deref(), Some("Walruses: a life"));
        let expected = [
            ("author", "A. Seal"),
            ("date", "2024-05-31"),
            ("tag", "sea"),
            ("tag", "cold"),
            ("tag", "ice"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(facts.into_pairs(), expected);
        assert_eq!(Facts::default().front_matter("# no\n---\ntitle: x\n"), None);
        let title = Facts::default().front_matter("--- \r\nTitle: Walrus\r\n---\r\n");
        assert_eq!(title.as_deref(), Some("Walrus"));
        let text = "---\ntitle: >-\n  Walruses\n  and seals\nauthor: [A. Seal, 'Ibex, B.']\n---\n";
        let mut facts = Facts::default();
        let title = facts.front_matter(text);
        assert_eq!(title.as_deref(), Some("Walruses and seals"));
        let expected = ["A. Seal", "Ibex, B."];
        let expected = expected.map(|name| ("author".to_owned(), name.to_owned()));
        assert_eq!(facts.into_pairs(), expected);
    }

    #[test]
    fn front_matter_may_be_toml() {
        let text = "+++\r\ntitle = \"Walruses\"\ndate = 2024-05-31T10:00:00Z\nauthors = [\"A. Seal\"]\n\
                    draft = false\n[taxonomies]\ntags = [\"sea\", \"cold\"]\n[extra]\ndeep.x = 1\n+++\n# Text\n";
        let mut facts = Facts::default();
        assert_eq!(facts.front_matter(text).as_deref(), Some("Walruses"));
        let expected = [
            ("date", "2024-05-31"),
            ("author", "A. Seal"),
            ("tag", "sea"),
            ("tag", "cold"),
        ];
        let mut expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut found = facts.into_pairs();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_does_not_close_is_no_front_matter() {
        for text in [
            "---\nauthor: No End gerbilfour text\n",
            "---\n",
            "+++\nauthor = \"no\"\n",
            "+++\nauthor = no\n+++\n",
        ] {
            let mut facts = Facts::default();
            assert_eq!(facts.front_matter(text), None, "{text}");
            assert_eq!(facts.into_pairs(), [], "{text}");
        }
    }
}
