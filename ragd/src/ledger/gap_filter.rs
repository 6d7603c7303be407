//! Which gaps are meant, as a condition of SQL.

use rusqlite::types::Value;

use crate::ids::{CollectionId, JobId};

/// Which gaps are meant. Empty fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct GapFilter {
    pub collection: Option<CollectionId>,
    pub job: Option<JobId>,
    pub codes: Vec<String>,
    /// Numbers of `jobs::Stage`.
    pub stages: Vec<u8>,
    /// Paths or sources, folders above them, or globs, of which one must fit.
    pub paths: Vec<Vec<u8>>,
    pub include_skipped: bool,
    /// Continue after this row: collection and source.
    pub after: Option<(CollectionId, Vec<u8>)>,
    pub limit: u64,
}

/// Conditions with their values.
#[derive(Default)]
struct Clauses {
    sql: String,
    values: Vec<Value>,
}

impl Clauses {
    /// Adds a condition in which `?` is the value.
    fn and(&mut self, sql: &str, value: Value) {
        let sql = sql.replace('?', &self.bind(value));
        self.add(&sql);
    }

    fn add(&mut self, sql: &str) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(sql);
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    /// Returns the condition to be a path, to fit it as a glob, or to lie below it: below a folder or
    /// in a document.
    fn at(&mut self, path: &[u8]) -> String {
        let mut path = path;
        while let [above @ .., b'/'] = path
            && !above.is_empty()
        {
            path = above;
        }
        let mut alternatives = Vec::new();
        let this = self.bind(Value::Blob(path.to_vec()));
        for (column, below) in [("path", ["/", "!/"]), ("source", ["/", "\0"])] {
            alternatives.push(format!("{column} = {this}"));
            for below in below {
                let low = [path, below.as_bytes()].concat();
                let mut high = low.clone();
                *high.last_mut().expect("it is not empty") += 1;
                let (low, high) = (self.bind(Value::Blob(low)), self.bind(Value::Blob(high)));
                alternatives.push(format!("({column} >= {low} AND {column} < {high})"));
            }
        }
        let glob = std::str::from_utf8(path).ok();
        if let Some(glob) = glob.filter(|glob| glob.contains(['*', '?', '['])) {
            let glob = self.bind(Value::Text(glob.to_owned()));
            alternatives.push(format!("CAST(path AS TEXT) GLOB {glob}"));
            alternatives.push(format!("CAST(source AS TEXT) GLOB {glob}"));
        }
        format!("({})", alternatives.join(" OR "))
    }
}

impl GapFilter {
    /// Returns the condition that gaps must meet, and its values.
    pub(super) fn condition(&self) -> (String, Vec<Value>) {
        let mut clauses = Clauses::default();
        // Word for word as in the index of what is listed.
        clauses.add(if self.include_skipped {
            "1"
        } else {
            "code != 'skipped'"
        });
        let id = |id: uuid::Uuid| Value::Blob(id.as_bytes().to_vec());
        if let Some(collection) = self.collection {
            clauses.and("collection = ?", id(collection.0));
        }
        if let Some(job) = self.job {
            clauses.and("job = ?", id(job.0));
        }
        if !self.codes.is_empty() {
            let codes = self.codes.iter().map(|code| Value::Text(code.clone()));
            let codes: Vec<_> = codes.map(|code| clauses.bind(code)).collect();
            clauses.add(&format!("code IN ({})", codes.join(", ")));
        }
        if !self.stages.is_empty() {
            let stages: Vec<_> = self.stages.iter().map(u8::to_string).collect();
            clauses.add(&format!("stage IN ({})", stages.join(", ")));
        }
        if !self.paths.is_empty() {
            let paths: Vec<_> = self.paths.iter().map(|path| clauses.at(path)).collect();
            clauses.add(&format!("({})", paths.join(" OR ")));
        }
        (clauses.sql, clauses.values)
    }
}
