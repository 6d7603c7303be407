//! What a program calls its items.

use serde::{Deserialize, Serialize};

/// A named item of a program: a function, a type, a module.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// The names from the outermost item to its own, joined as the language joins them.
    pub path: String,
    pub kind: SymbolKind,
    /// What declares it, on one line: everything before its body.
    pub signature: String,
    /// Of the declaration and what belongs to it, without the comments above; from 1, the end is
    /// included.
    pub line_start: u32,
    pub line_end: u32,
}

impl Symbol {
    /// Returns its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        own_name(&self.path)
    }
}

/// Returns the last of the names that the path of an item joins.
#[must_use]
pub fn own_name(path: &str) -> &str {
    path.rsplit([':', '.', ' ']).next().unwrap_or(path)
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names are content, and content must not reach a log.
        f.debug_struct("Symbol")
            .field("kind", &self.kind)
            .field("line_start", &self.line_start)
            .finish_non_exhaustive()
    }
}

/// What an item is. The words are stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SymbolKind {
    Function,
    /// A function of a type.
    Method,
    Struct,
    Class,
    Enum,
    Interface,
    Trait,
    /// What a type is given later: an `impl`, an extension.
    Impl,
    /// The one value of a type of its own.
    Object,
    Type,
    Property,
    Module,
    Macro,
    Test,
    Constant,
}

impl SymbolKind {
    /// Returns the word for scripts and screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Struct => "struct",
            Self::Class => "class",
            Self::Enum => "enum",
            Self::Interface => "interface",
            Self::Trait => "trait",
            Self::Impl => "impl",
            Self::Object => "object",
            Self::Type => "type",
            Self::Property => "property",
            Self::Module => "module",
            Self::Macro => "macro",
            Self::Test => "test",
            Self::Constant => "constant",
        }
    }

    /// Tells whether its functions are methods.
    #[must_use]
    pub fn has_methods(self) -> bool {
        match self {
            Self::Struct
            | Self::Class
            | Self::Enum
            | Self::Interface
            | Self::Trait
            | Self::Impl
            | Self::Object => true,
            Self::Function
            | Self::Method
            | Self::Type
            | Self::Property
            | Self::Module
            | Self::Macro
            | Self::Test
            | Self::Constant => false,
        }
    }
}

/// Returns what declares the item that a passage goes on with, which begins at `line` and has these
/// symbols.
#[must_use]
pub fn context(symbols: &[Symbol], line: u32) -> Option<&str> {
    let first = symbols.first()?;
    (first.line_start < line).then_some(&first.signature)
}

/// Returns symbols as they are stored; none if there are none.
pub(super) fn symbols_text(symbols: &[Symbol]) -> Option<String> {
    let text = (!symbols.is_empty()).then(|| serde_json::to_string(symbols));
    text?.ok()
}

/// Reads what is stored; what a later build has written may mean nothing.
pub(super) fn symbols(text: &str) -> Vec<Symbol> {
    serde_json::from_str(text).unwrap_or_default()
}
