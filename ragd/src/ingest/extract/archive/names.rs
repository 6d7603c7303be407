//! Names of files in archives, as labels that do no harm.

use super::super::ExtractError;
use crate::ingest::unique::Unique;

const MAX_BYTES: usize = 4_096;
const MAX_PARTS: usize = 64;
/// What is shown of a name that is left out because of it.
const SHOWN: usize = 80;
/// What is shown of one that has nothing to show.
const NAMELESS: &str = "a file without a name";

/// The labels that were given.
#[derive(Default)]
pub(super) struct Names(Unique);

impl Names {
    /// Returns the label of an entry; of two with one name the later has a number. The error is what
    /// can be shown of the name, and why it is none.
    pub(super) fn label(
        &mut self,
        before: &str,
        raw: &str,
    ) -> Result<String, (String, ExtractError)> {
        let name = match clean(raw) {
            Ok(name) => format!("{before}{name}"),
            Err(error) => {
                let shown = raw.chars().filter(|c| is_harmless(*c));
                let shown: String = shown.take(SHOWN).collect();
                let shown = match shown.trim().is_empty() {
                    true => NAMELESS,
                    false => &shown,
                };
                return Err((format!("{before}{shown}"), error));
            }
        };
        Ok(self.0.own(name, numbered))
    }
}

/// `dir/a.txt` becomes `dir/a (2).txt`, so that it is still known what it is.
fn numbered(name: &str, times: u32) -> String {
    let begin = name.rfind('/').map_or(0, |at| at + 1);
    match name[begin..].rfind('.').filter(|at| *at > 0) {
        Some(at) => {
            let (stem, ending) = name.split_at(begin + at);
            format!("{stem} ({times}){ending}")
        }
        None => format!("{name} ({times})"),
    }
}

/// Returns a relative path without `.` and `..`: whatever a name climbs out of, its file counts.
fn clean(raw: &str) -> Result<String, ExtractError> {
    if raw.len() > MAX_BYTES {
        return Err(ExtractError::Name("it is longer than 4,096 bytes"));
    }
    let mut parts = Vec::new();
    for part in raw.split('/') {
        let part: String = part.chars().filter(|c| is_harmless(*c)).collect();
        let is_drive = parts.is_empty() && part.len() == 2 && part.ends_with(':');
        if !matches!(part.as_str(), "" | "." | "..") && !is_drive {
            parts.push(part);
        }
    }
    match parts.len() {
        0 => Err(ExtractError::Name("it is empty")),
        1..=MAX_PARTS => Ok(parts.join("/")),
        _ => Err(ExtractError::Name("it lies in more than 64 folders")),
    }
}

/// Control characters steer terminals, and directions turn names around.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_that_do_no_harm() {
        let long = "d/".repeat(65) + "a";
        for (raw, label) in [
            ("a/b.txt", "a/b.txt"),
            ("../../etc/passwd", "etc/passwd"),
            ("/abs.txt", "abs.txt"),
            ("C:/win/a.txt", "win/a.txt"),
            ("./a//b", "a/b"),
            ("a\u{1b}[2J\u{202e}b", "a[2Jb"),
            ("back\\slash/a", "back\\slash/a"),
        ] {
            assert_eq!(clean(raw).unwrap(), label);
        }
        for raw in ["", "..", "///", &long, &"x".repeat(5_000)] {
            assert_eq!(clean(raw).unwrap_err().code(), "bad-name");
        }
    }

    #[test]
    fn what_is_left_out_can_be_named() {
        let mut names = Names::default();
        let mut shown = |raw| names.label("in.zip!/", raw).unwrap_err().0;
        assert_eq!(shown(".."), "in.zip!/..");
        assert_eq!(shown("\u{1b}"), "in.zip!/a file without a name");
    }

    #[test]
    fn equal_names_are_told_apart() {
        let mut names = Names::default();
        let mut label = |raw| names.label("in.zip!/", raw).unwrap();
        assert_eq!(label("d/a.txt"), "in.zip!/d/a.txt");
        assert_eq!(label("d/./a.txt"), "in.zip!/d/a (2).txt");
        assert_eq!(label("d.d/b"), "in.zip!/d.d/b");
        assert_eq!(label("d.d/b"), "in.zip!/d.d/b (2)");
        assert_eq!(label("d/a (2).txt"), "in.zip!/d/a (2) (2).txt");
        assert_eq!(label("d/a.txt"), "in.zip!/d/a (3).txt");
    }
}
