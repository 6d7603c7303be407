//! Who made a file: people, a program that wrote its source, one that packed it, or somebody else
//! whose work was copied in. Pure: names and heads in, a [`Kind`] out.
//!
//! `names.rs` has what a path says, `head.rs` what the first comment says, `lines.rs` how packed
//! code looks, `output.rs` which folders are what a build leaves behind. What people say in a
//! `.gitattributes` (`attributes.rs`) counts for more than all of it.

mod attributes;
mod head;
mod lines;
mod names;
mod output;

use std::path::Path;

pub use self::attributes::{ATTRIBUTES_FILE, Said};
pub(super) use self::attributes::{Asked, Attributes};
pub(super) use self::names::is_minified as is_minified_by_name;
pub(super) use self::output::is_output;

/// Bytes of a file in which its head is looked for. Licences come before marks, and are long.
const HEAD: usize = 4 << 10;

/// Who made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    People,
    /// A program wrote it from another source.
    Generated,
    /// Code without what people need to read it, or a map of such.
    Minified,
    /// A copy of somebody else's work.
    Vendored,
    /// A `.gitattributes` says that it explains and does nothing.
    Documentation,
    /// Exact versions of what is used, by a package manager.
    Lock,
}

impl Kind {
    /// Returns the word for scripts, filters and screens; none: there is nothing to say.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::People => None,
            Self::Generated => Some("generated"),
            Self::Minified => Some("minified"),
            Self::Vendored => Some("vendored"),
            Self::Documentation => Some("documentation"),
            Self::Lock => Some("lock"),
        }
    }
}

/// Returns who made the file at `path` below its source, of which `said` is what people say.
pub fn kind(path: &Path, content: &[u8], said: Said) -> Kind {
    let may_be_made = said.generated != Some(false);
    if may_be_made && (names::is_minified(path) || lines::are_packed(path, content)) {
        return Kind::Minified;
    }
    if may_be_made && names::is_lock(path) {
        return Kind::Lock;
    }
    if said.generated == Some(true) {
        return Kind::Generated;
    }
    if said.vendored == Some(true) {
        return Kind::Vendored;
    }
    if said.documentation == Some(true) {
        return Kind::Documentation;
    }
    if said.vendored != Some(false) && names::is_vendored(path) {
        return Kind::Vendored;
    }
    let head = &content[..content.len().min(HEAD)];
    if may_be_made && (names::is_generated(path) || head::says_generated(path, head)) {
        return Kind::Generated;
    }
    Kind::People
}

#[cfg(test)]
mod tests;
