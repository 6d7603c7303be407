//! What things are called on the server.
//!
//! Several daemons may share one server, and each clears away what its ledger does not know. So the
//! names begin with a number that a daemon draws once and keeps beside its ledger.

use std::path::PathBuf;

use uuid::Uuid;

use super::QdrantError;
use crate::ids::{self, CollectionId, VersionKey};

/// How words are stored. Another tokenizer or another payload is another layout, under names of its
/// own: what is there in an old one is set aside and built anew.
pub(super) const LAYOUT: u32 = 2;

const PREFIX: &str = "ragd-";
/// No number of a daemon is like this.
const MARK: &str = "ragd-mark-";
/// The file with the number of this daemon.
const OWNER_FILE: &str = "qdrant-owner";

/// Whose collections are used on a server that several daemons may share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A daemon, which keeps its number in this folder.
    Here(PathBuf),
    /// The daemon that this worker works for, as it said.
    Told(String),
    /// Nobody's: the server is only asked what it is.
    Nobody,
}

/// Names for one daemon.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
}

/// What the name of a collection on the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Words { layout: u32 },
    Vocabulary { layout: u32 },
    Vectors,
}

impl Kind {
    /// Whether it is of a layout that is no longer written.
    pub(super) fn is_old(&self) -> bool {
        match self {
            Self::Words { layout } | Self::Vocabulary { layout } => *layout != LAYOUT,
            Self::Vectors => false,
        }
    }
}

impl Names {
    /// Reads the number of a daemon, or draws one.
    pub(super) fn open(owner: &Owner) -> Result<Self, QdrantError> {
        let folder = match owner {
            Owner::Here(folder) => folder,
            Owner::Nobody => return Ok(Self::of("")),
            Owner::Told(number) if is_number(number) => return Ok(Self::of(number)),
            Owner::Told(number) => {
                let number = number.clone();
                return Err(QdrantError::NoOwner { number });
            }
        };
        let path = folder.join(OWNER_FILE);
        let owner = ids::kept(&path).map_err(|source| QdrantError::Owner { path, source })?;
        Ok(Self::of(&number_of(owner)))
    }

    fn of(number: &str) -> Self {
        Self {
            prefix: format!("{PREFIX}{number}-"),
        }
    }

    /// Returns what a worker has to be told to use the same names.
    pub(super) fn owner(&self) -> String {
        let number = self.prefix.strip_prefix(PREFIX);
        number.unwrap_or_default().trim_end_matches('-').to_owned()
    }

    /// The alias of the words that count.
    pub(super) fn alias(&self, collection: CollectionId) -> String {
        format!("{}{collection}", self.prefix)
    }

    pub(super) fn words(&self, collection: CollectionId) -> String {
        format!("{}{collection}-words-{LAYOUT}", self.prefix)
    }

    /// The tokens of a collection, for prefixes.
    pub(super) fn vocabulary(&self, collection: CollectionId) -> String {
        format!("{}{collection}-vocabulary-{LAYOUT}", self.prefix)
    }

    /// The vectors of one model. Names of models have signs that names of collections may not have.
    pub(super) fn vectors(&self, collection: CollectionId, space: &str) -> String {
        let hash = ids::content_hash(space.as_bytes()).to_string();
        format!("{}{collection}-vectors-{}", self.prefix, &hash[..16])
    }

    /// Reads a name; none if it is not one of this daemon's.
    pub(super) fn read(&self, name: &str) -> Option<(CollectionId, Kind)> {
        let rest = name.strip_prefix(&self.prefix)?;
        let (id, rest) = (rest.get(..36)?, rest.get(36..)?);
        let id = CollectionId(Uuid::parse_str(id).ok()?);
        let (kind, number) = rest.strip_prefix('-')?.split_once('-')?;
        let kind = match kind {
            "words" => Kind::Words {
                layout: number.parse().ok()?,
            },
            "vocabulary" => Kind::Vocabulary {
                layout: number.parse().ok()?,
            },
            "vectors" => Kind::Vectors,
            _ => return None,
        };
        Some((id, kind))
    }
}

/// The collection that tells this server from others.
pub(super) fn mark(drawn: Uuid) -> String {
    format!("{MARK}{drawn}")
}

pub(super) fn mark_of(name: &str) -> Option<Uuid> {
    Uuid::parse_str(name.strip_prefix(MARK)?).ok()
}

fn number_of(owner: Uuid) -> String {
    // Of a v7 id, the end is random.
    owner.simple().to_string()[16..].to_owned()
}

fn is_number(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the id of a chunk: doing work twice writes the same points.
pub(super) fn point_id(version: VersionKey, ordinal: u32) -> String {
    let mut name = [0; 12];
    name[..8].copy_from_slice(&version.0.to_le_bytes());
    name[8..].copy_from_slice(&ordinal.to_le_bytes());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &name).to_string()
}

/// Returns the id of a token in the vocabulary.
pub(super) fn token_id(token: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_left_alone() {
        let names = |number| Names::of(&number_of(Uuid::from_u128(number)));
        let (ours, theirs) = (names(7), names(8));
        let id = CollectionId(Uuid::from_u128(1));
        let layout = LAYOUT;
        for (name, kind) in [
            (ours.words(id), Kind::Words { layout }),
            (ours.vocabulary(id), Kind::Vocabulary { layout }),
            (ours.vectors(id, "a model/with:signs"), Kind::Vectors),
        ] {
            assert_eq!(ours.read(&name), Some((id, kind)), "{name}");
            assert_eq!(theirs.read(&name), None, "{name}");
        }
        assert_eq!(ours.read(&ours.alias(id)), None);
        assert_eq!(ours.read("products"), None);
        let drawn = Uuid::from_u128(5);
        assert_eq!(ours.read(&mark(drawn)), None);
        assert_eq!(mark_of(&mark(drawn)), Some(drawn));
        assert_eq!(mark_of(&ours.words(id)), None);
    }

    #[test]
    fn the_number_of_a_daemon_is_drawn_once() {
        let folder = tempfile::tempdir().unwrap();
        let here = Owner::Here(folder.path().join("index"));
        let first = Names::open(&here).unwrap();
        let again = Names::open(&here).unwrap();
        let id = CollectionId(Uuid::from_u128(1));
        assert_eq!(first.words(id), again.words(id));
        let other = tempfile::tempdir().unwrap();
        let other = Owner::Here(other.path().to_owned());
        assert_ne!(first.words(id), Names::open(&other).unwrap().words(id));
        let worker = Names::open(&Owner::Told(first.owner())).unwrap();
        assert_eq!(first.words(id), worker.words(id));
        let nobody = Names::open(&Owner::Told("../1234".to_owned()));
        assert!(
            matches!(nobody, Err(QdrantError::NoOwner { .. })),
            "{nobody:?}"
        );
    }
}
