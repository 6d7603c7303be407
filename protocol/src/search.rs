//! Queries and the passages they find.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::Symbol;
use crate::ids::DocumentId;
use crate::place::Place;
use crate::text::{PathBytes, Private};

/// What finds passages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchMode {
    /// Words and vectors together.
    #[default]
    Hybrid,
    Words,
    Vectors,
}

impl SearchMode {
    pub const ALL: [Self; 3] = [Self::Hybrid, Self::Words, Self::Vectors];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Words => "words",
            Self::Vectors => "vectors",
        }
    }
}

/// What a document must meet to be searched. Of several conditions on one name one is enough, but
/// for those that compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// `author`, `date`, `tag`, `title`, or a name that somebody gave.
    pub name: String,
    pub is: Compare,
    pub value: Private<String>,
}

/// How a value is compared. Upper and lower case are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    Is,
    Contains,
    /// By the order of the letters, as days are ordered when written like `2024-05-31`.
    AtLeast,
    AtMost,
}

impl Compare {
    pub const ALL: [Self; 4] = [Self::Is, Self::Contains, Self::AtLeast, Self::AtMost];
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRequest {
    pub query: Private<String>,
    /// Absent: all collections that the user may read.
    pub collection: Option<String>,
    /// Globs on the path, of which one must fit.
    pub paths: Vec<String>,
    pub languages: Vec<String>,
    pub conditions: Vec<Condition>,
    pub limit: u32,
    pub mode: SearchMode,
    pub explain: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchReply {
    pub hits: Vec<Hit>,
    pub took_us: u64,
    /// What a reader must know to trust the result, such as "62 % is indexed".
    pub notes: Vec<String>,
}

/// A passage.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    pub rank: u32,
    /// The rank of this passage's file among the files found.
    pub rank_by_file: u32,
    pub document: DocumentId,
    /// Other documents that have this passage, too: the same path and content below another source,
    /// as in two work trees of a repository.
    pub also: Vec<DocumentId>,
    pub collection: String,
    pub path: PathBytes,
    pub place: Place,
    pub heading: Option<Private<String>>,
    /// Of a program: what the passage has, and first what it goes on with.
    pub symbols: Vec<Symbol>,
    pub score: f32,
    /// The parts of the score by name: `words` and `vectors` before they are weighed; of what other
    /// files need, `needed` with the share that is added for it; of what comes lower, as it is
    /// generated or a test, `aside.REASON` with what the sum was multiplied by; with explain also
    /// `words.rank` and `vectors.rank`, where the passage stands by that part alone, and one
    /// `words:TERM` for each term.
    pub scores: Vec<(String, f32)>,
    pub text: Private<String>,
}

// Scores come out of BM25 and are never NaN.
impl Eq for Hit {}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rank,
            rank_by_file,
            document,
            also,
            collection,
            path,
            place,
            heading,
            symbols,
            score,
            scores,
            text,
        } = self;
        f.debug_struct("Hit")
            .field("rank", rank)
            .field("rank_by_file", rank_by_file)
            .field("document", document)
            .field("also", also)
            .field("collection", collection)
            .field("path", path)
            .field("place", place)
            .field("symbols", symbols)
            .field("heading", heading)
            .field("score", score)
            // The names hold words of the query, which belong to whoever asked.
            .field("scores", &format_args!("<{} scores>", scores.len()))
            .field("text", text)
            .finish()
    }
}
