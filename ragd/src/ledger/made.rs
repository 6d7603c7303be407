//! Who made a file that people did not write, and what a `.gitattributes` says of it: facts of their
//! own, so that neither what a document says nor what its history tells replaces them.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::facts::{Fact, FactOf};
use super::{Blob16, Ledger, LedgerError, Tx};
use crate::ids::{CollectionId, DocumentId};

/// The names of these facts.
const MADE: &str = "made";
const GITATTRIBUTES: &str = "gitattributes";

/// Who made a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The word for it; none: people did.
    pub kind: Option<String>,
    /// What a `.gitattributes` says of it; empty: nothing.
    pub said: String,
}

impl Made {
    fn facts(&self) -> Vec<Fact> {
        let said = (!self.said.is_empty()).then(|| (GITATTRIBUTES.to_owned(), self.said.clone()));
        let kind = self.kind.clone().map(|kind| (MADE.to_owned(), kind));
        said.into_iter().chain(kind).collect()
    }
}

/// What a ranking has to know of a document before it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    pub path: Vec<u8>,
    pub language: Option<String>,
    /// As in [`Made::kind`].
    pub made: Option<String>,
}

impl Tx<'_> {
    pub(super) fn put_made(&self, document: DocumentId, made: &Made) -> rusqlite::Result<()> {
        let mut select = self.prepare_cached(
            "SELECT name, value FROM fact WHERE document = ?1 AND given = ?2 ORDER BY name",
        )?;
        let known = select.query_map(params![Blob16(document.0), FactOf::Made as u8], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let known = known.collect::<rusqlite::Result<Vec<Fact>>>()?;
        let facts = made.facts();
        // Of most files there is nothing to say, and of most others nothing new.
        match facts == known {
            true => Ok(()),
            false => self.put_facts(document, FactOf::Made, &facts),
        }
    }
}

impl Ledger {
    /// Returns what a `.gitattributes` was found to say of documents of a collection, by source.
    pub async fn said_of(
        &self,
        collection: CollectionId,
    ) -> Result<HashMap<Vec<u8>, String>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT source, value FROM fact JOIN document ON document.id = fact.document
                 WHERE name = ?1 AND given = ?2 AND collection = ?3",
            )?;
            let about = params![GITATTRIBUTES, FactOf::Made as u8, Blob16(collection.0)];
            let said = select.query_map(about, |row| Ok((row.get(0)?, row.get(1)?)))?;
            said.collect()
        })
        .await
    }

    /// Returns what a ranking has to know of each of these documents.
    pub async fn asides(
        &self,
        documents: Vec<DocumentId>,
    ) -> Result<HashMap<DocumentId, Aside>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT path, language, (SELECT value FROM fact WHERE fact.document = document.id
                     AND name = ?2 AND given = ?3)
                 FROM document WHERE id = ?1",
            )?;
            let mut asides = HashMap::with_capacity(documents.len());
            for document in documents {
                let about = params![Blob16(document.0), MADE, FactOf::Made as u8];
                let aside = select.query_row(about, |row| {
                    Ok(Aside {
                        path: row.get(0)?,
                        language: row.get(1)?,
                        made: row.get(2)?,
                    })
                });
                if let Some(aside) = aside.optional()? {
                    asides.insert(document, aside);
                }
            }
            Ok(asides)
        })
        .await
    }
}
