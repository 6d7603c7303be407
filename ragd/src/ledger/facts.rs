//! What is known of documents beside their text: names and values, said by the documents themselves
//! or by whoever handed them in.

use std::collections::HashMap;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use serde::{Deserialize, Serialize};

use super::values::key_from_sql;
use super::{Blob16, Ledger, LedgerError, Tx, origins};
use crate::ids::{CollectionId, DocumentId, VersionKey};

/// A name and a value, such as `author` and who it is.
pub type Fact = (String, String);

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactOf {
    Content = 0,
    Given = 1,
    /// Where it comes from, such as the history of its repository.
    Source = 2,
    /// Who made it, and what a `.gitattributes` says of that.
    Made = 3,
}

/// What documents of a search must meet. Upper and lower case are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    Is {
        name: String,
        value: String,
    },
    /// For authors and titles, of which one rarely knows all.
    Contains {
        name: String,
        value: String,
    },
    /// As numbers or days are ordered when written with the same number of digits.
    AtLeast {
        name: String,
        value: String,
    },
    AtMost {
        name: String,
        value: String,
    },
}

impl Condition {
    fn name(&self) -> &str {
        match self {
            Self::Is { name, .. }
            | Self::Contains { name, .. }
            | Self::AtLeast { name, .. }
            | Self::AtMost { name, .. } => name,
        }
    }

    /// Returns the condition on `column`, of which the value is bound as `?at`.
    fn sql(&self, column: &str, at: usize) -> String {
        match self {
            Self::Is { .. } => format!("{column} = ?{at} COLLATE NOCASE"),
            Self::Contains { .. } => format!("instr(folded({column}), folded(?{at})) > 0"),
            Self::AtLeast { .. } => format!("{column} >= ?{at}"),
            Self::AtMost { .. } => format!("{column} <= ?{at}"),
        }
    }

    fn value(&self) -> &str {
        match self {
            Self::Is { value, .. }
            | Self::Contains { value, .. }
            | Self::AtLeast { value, .. }
            | Self::AtMost { value, .. } => value,
        }
    }

    /// Tells whether one of several with this name is enough.
    fn is_choice(&self) -> bool {
        matches!(self, Self::Is { .. } | Self::Contains { .. })
    }
}

/// Returns the SQL of `conditions` on a `document`, and its values. Of several equal names one has
/// to fit, but both ends of a range.
pub(super) fn clauses(conditions: &[Condition], values: &mut Vec<Value>) -> String {
    let mut groups: Vec<Vec<&Condition>> = Vec::new();
    for condition in conditions {
        let fits = |group: &&mut Vec<&Condition>| {
            let same = group[0].name().eq_ignore_ascii_case(condition.name());
            same && condition.is_choice() && group[0].is_choice()
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(condition),
            None => groups.push(vec![condition]),
        }
    }
    let mut sql = String::new();
    for group in groups {
        let mut bind = |text: &str| {
            values.push(Value::Text(text.to_owned()));
            values.len()
        };
        // A title is a column: it is shown everywhere.
        let name = group[0].name();
        let is_title = name.eq_ignore_ascii_case("title");
        let named = (!is_title).then(|| bind(name));
        let values: Vec<_> = group
            .iter()
            .map(|condition| (condition, bind(condition.value())))
            .collect();
        let any = |column: &str| {
            let each = values.iter();
            let each: Vec<_> = each.map(|(it, at)| it.sql(column, *at)).collect();
            each.join(" OR ")
        };
        sql.push_str(&match named {
            None => format!(" AND ({})", any("document.title")),
            Some(at) => {
                let any_fact = any("fact.value");
                let of_fact = format!(
                    "EXISTS (SELECT 1 FROM fact WHERE fact.document = document.id
                         AND fact.name = ?{at} AND ({any_fact}))"
                );
                match origins::may_have(name) {
                    true => {
                        let of_origin = origins::clause(at, &any("origin.value"));
                        format!(" AND ({of_fact} OR {of_origin})")
                    }
                    false => format!(" AND {of_fact}"),
                }
            }
        });
    }
    sql
}

/// Adds the function by which texts are compared: SQLite itself folds letters of ASCII only.
pub(super) fn add_folding(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("folded", 1, flags, |context| {
        let text = context.get::<Option<String>>(0)?;
        Ok(text.map(|text| text.to_lowercase()))
    })
}

impl Tx<'_> {
    /// Replaces what is known of a document from one side.
    pub(super) fn put_facts(
        &self,
        document: DocumentId,
        of: FactOf,
        facts: &[Fact],
    ) -> rusqlite::Result<()> {
        let document = Blob16(document.0);
        self.prepare_cached("DELETE FROM fact WHERE document = ?1 AND given = ?2")?
            .execute(params![document, of as u8])?;
        for (name, value) in facts {
            self.prepare_cached(
                "INSERT OR IGNORE INTO fact (document, given, name, value) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![document, of as u8, name, value])?;
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// Replaces what is known of a document from where it comes from. What it says of itself counts
    /// for more.
    pub(super) fn put_told(&self, document: DocumentId, told: &[Fact]) -> rusqlite::Result<()> {
        let id = Blob16(document.0);
        let mut select = self.prepare_cached(
            "SELECT name, value FROM fact WHERE document = ?1 AND given = ?2 ORDER BY name, value",
        )?;
        let known = select.query_map(params![id, FactOf::Source as u8], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let known = known.collect::<rusqlite::Result<Vec<Fact>>>()?;
        let mut says = self.prepare_cached(
            "SELECT 1 FROM fact WHERE document = ?1 AND given = ?2 AND name = ?3",
        )?;
        let mut news = Vec::with_capacity(told.len());
        for fact in told {
            if !says.exists(params![id, FactOf::Content as u8, fact.0])? {
                news.push(fact.clone());
            }
        }
        news.sort();
        // Most of a history is as it was.
        match news == known {
            true => Ok(()),
            false => self.put_facts(document, FactOf::Source, &news),
        }
    }
}

impl Ledger {
    /// Returns what is known of each of these documents.
    pub async fn facts(
        &self,
        documents: Vec<DocumentId>,
    ) -> Result<HashMap<DocumentId, Vec<Fact>>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT DISTINCT name, value FROM fact WHERE document = ?1 ORDER BY name, value",
            )?;
            let mut all = HashMap::new();
            for document in documents {
                let facts =
                    select.query_map([Blob16(document.0)], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let mut facts = facts.collect::<rusqlite::Result<Vec<_>>>()?;
                let of_origin = origins::about(connection, document)?;
                if !of_origin.is_empty() {
                    facts.extend(of_origin);
                    facts.sort();
                    facts.dedup();
                }
                all.insert(document, facts);
            }
            Ok(all)
        })
        .await
    }

    /// Returns what people said of the documents of a collection, by source, sorted.
    pub async fn given(
        &self,
        collection: CollectionId,
    ) -> Result<HashMap<Vec<u8>, Vec<Fact>>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT source, name, value FROM document JOIN fact ON fact.document = document.id
                 WHERE collection = ?1 AND given = 1 ORDER BY source, name, value",
            )?;
            let mut rows = select.query([Blob16(collection.0)])?;
            let mut all = HashMap::<Vec<u8>, Vec<Fact>>::new();
            while let Some(row) = rows.next()? {
                let fact = (row.get(1)?, row.get(2)?);
                all.entry(row.get(0)?).or_default().push(fact);
            }
            Ok(all)
        })
        .await
    }

    /// Returns the documents that meet all `conditions`, by their active versions.
    pub async fn documents_that_meet(
        &self,
        collections: Vec<CollectionId>,
        conditions: Vec<Condition>,
    ) -> Result<HashMap<VersionKey, Vec<DocumentId>>, LedgerError> {
        self.read(move |connection| {
            let mut documents = HashMap::<_, Vec<_>>::new();
            for collection in collections {
                let mut values = vec![Value::Blob(collection.0.as_bytes().to_vec())];
                let clauses = clauses(&conditions, &mut values);
                let sql = format!(
                    "SELECT key, id FROM document WHERE collection = ?1 AND key IS NOT NULL{clauses}"
                );
                let mut select = connection.prepare_cached(&sql)?;
                let mut rows = select.query(params_from_iter(values))?;
                while let Some(row) = rows.next()? {
                    let document = DocumentId(row.get::<_, Blob16>(1)?.0);
                    let version = key_from_sql(row.get(0)?);
                    documents.entry(version).or_default().push(document);
                }
            }
            Ok(documents)
        })
        .await
    }
}
