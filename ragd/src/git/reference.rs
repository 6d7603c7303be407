//! Which commit of a repository is wanted.

use std::fmt;

/// A branch, a tag, or a commit by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// What the repository itself shows first.
    Head,
    /// The name of a branch or a tag, or all of it from `refs/` on.
    Name(String),
    Commit(ObjectId),
}

/// The name of a thing in a repository, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId(String);

/// Something that git has no branch or tag by the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cannot be the name of a branch, of a tag or of a commit")]
pub struct NoReference;

impl Reference {
    /// Reads a name by the rules of git.
    pub fn parse(text: &str) -> Result<Self, NoReference> {
        if text == "HEAD" {
            return Ok(Self::Head);
        }
        if let Some(id) = ObjectId::parse(text) {
            return Ok(Self::Commit(id));
        }
        match is_name(text) {
            true => Ok(Self::Name(text.to_owned())),
            false => Err(NoReference),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "HEAD",
            Self::Name(name) => name,
            Self::Commit(id) => id.as_str(),
        })
    }
}

/// Tells whether git would have a branch or tag of this name.
pub(super) fn is_name(text: &str) -> bool {
    let is_part = |c: char| !c.is_control() && !" ~^:?*[\\".contains(c);
    let is_name =
        |name: &str| !name.is_empty() && !name.starts_with(['.', '-']) && !name.ends_with(".lock");
    text.len() <= 250
        && text != "@"
        && text.chars().all(is_part)
        && text.split('/').all(is_name)
        && !text.ends_with('.')
        && !text.contains("..")
        && !text.contains("@{")
}

impl ObjectId {
    /// Reads all digits of a hash, of SHA-1 or of SHA-256.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_id =
            [40, 64].contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_id.then(|| Self(text.to_ascii_lowercase()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first 127 bits, in two parts of which the first is never 0.
    #[must_use]
    pub fn bits(&self) -> (i64, u64) {
        let part = |from: usize| u64::from_str_radix(&self.0[from..from + 16], 16).unwrap_or(0);
        let first = match part(0).cast_signed() {
            0 => 1,
            first => first,
        };
        (first, part(16) >> 1)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_git() {
        let hash = "0123456789abcdef0123456789ABCDEF01234567";
        let id = ObjectId::parse(hash).unwrap();
        assert_eq!(Reference::parse(hash), Ok(Reference::Commit(id)));
        assert_eq!(Reference::parse("HEAD"), Ok(Reference::Head));
        for name in [
            "main",
            "v2.1",
            "feature/x",
            "refs/heads/a@b",
            "0123abc",
            "ü",
        ] {
            let parsed = Reference::parse(name);
            assert_eq!(parsed, Ok(Reference::Name(name.to_owned())));
        }
        for name in [
            "",
            "-x",
            "--upload-pack=x",
            "a b",
            "a..b",
            "a:b",
            "a~1",
            "a^",
            "a^{tree}",
            "a@{1}",
            "@",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.",
            "a\nb",
            "a\u{7f}",
            "a?",
            "a*",
            "a[b",
            "a\\b",
            "a/-b",
        ] {
            assert_eq!(Reference::parse(name), Err(NoReference), "{name:?}");
        }
    }

    #[test]
    fn an_id_is_told_by_its_bits() {
        let id = |text: &str| ObjectId::parse(text).unwrap();
        let zeros = "0".repeat(40);
        assert_eq!(id(&zeros).bits(), (1, 0));
        let low = format!("{:016x}{:016x}{:08x}", 2, 4, 9);
        assert_eq!(id(&low).bits(), (2, 2));
        let high = format!("{}{}", "f".repeat(32), "0".repeat(8));
        assert_eq!(id(&high).bits(), (-1, u64::MAX >> 1));
    }
}
