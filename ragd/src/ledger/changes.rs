//! What work changes in one step: documents come, change and go, gaps open and close.

use rusqlite::{OptionalExtension, params};

use super::facts::FactOf;
use super::gaps::parts_of;
use super::made::Made;
use super::outlines::is_readme;
use super::values::{hash_of, key_from_sql, key_to_sql, to_sql_int};
use super::{
    Blob16, BlobRow, Durability, Fact, GapRow, Ledger, LedgerError, Origin, Poison, Redacted,
    Serve, Sight, Tx,
};
use crate::config::IndexKind;
use crate::ids::{CollectionId, ContentHash, DocumentId, Timestamp, VersionKey};

/// What a piece of work wants to change, all or nothing.
#[derive(Clone, Debug)]
pub struct Changes {
    pub collection: CollectionId,
    pub activate: Vec<Activation>,
    pub touch: Vec<Touch>,
    pub delete: Vec<Deletion>,
    pub lost: Vec<Loss>,
    pub gaps: Vec<GapRow>,
    /// Sources that are no gaps any more.
    pub no_gaps: Vec<Vec<u8>>,
    /// Contents that are not to be read again until somebody asks.
    pub poison: Vec<Poison>,
    /// The models of which the index has the vectors of all that is activated.
    pub models: Vec<String>,
    /// The next model of the collection is to serve from now on.
    pub serve: Option<Serve>,
    /// All chunks and vectors are there, and are to be looked for there from now on.
    pub move_to: Option<IndexKind>,
    /// What is known of whole roots, the outer ones before those within them.
    pub origins: Vec<Origin>,
    /// What is known of documents that are as they were from where they come from.
    pub told: Vec<(DocumentId, Vec<Fact>)>,
}

impl Changes {
    #[must_use]
    pub fn none(collection: CollectionId) -> Self {
        Self {
            collection,
            activate: Vec::new(),
            touch: Vec::new(),
            delete: Vec::new(),
            lost: Vec::new(),
            gaps: Vec::new(),
            no_gaps: Vec::new(),
            poison: Vec::new(),
            models: Vec::new(),
            serve: None,
            move_to: None,
            origins: Vec::new(),
            told: Vec::new(),
        }
    }
}

/// A new content becomes searchable. Its chunks are durable in the index already.
#[derive(Clone, Debug)]
pub struct Activation {
    pub document: DocumentId,
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    /// From [`Ledger::observe`], taken before the content was read.
    pub observed: i64,
    pub stat: Option<SourceStat>,
    pub key: VersionKey,
    pub bytes: u64,
    pub chunks: u32,
    pub title: Option<String>,
    pub language: Option<String>,
    /// What it says of itself.
    pub facts: Vec<Fact>,
    /// What is known of it from where it comes from.
    pub told: Vec<Fact>,
    pub made: Made,
    /// What a program says of itself and of others, packed.
    pub outline: Option<Vec<u8>>,
    /// What somebody says of it; none: what was said before stays.
    pub given: Option<Vec<Fact>>,
    pub blob: BlobRow,
    /// What was seen on its pages, if somebody just looked.
    pub sight: Option<Sight>,
    /// Secrets that are not in its text any more.
    pub redacted: Vec<Redacted>,
    /// The documents within it that there are from now on; others that there were are gone.
    pub parts: Vec<DocumentId>,
    /// The document that it is within, and the version that has to be active for it to count.
    pub within: Option<(DocumentId, VersionKey)>,
}

/// The content is the active one: it is as new as `observed`, and its file may look different.
#[derive(Clone, Debug)]
pub struct Touch {
    pub document: DocumentId,
    pub observed: i64,
    /// The version that was active.
    pub key: VersionKey,
    pub path: Vec<u8>,
    pub stat: Option<SourceStat>,
    /// What somebody says of it and of all that is within it; none: what was said before stays.
    pub given: Option<Vec<Fact>>,
    pub made: Made,
}

/// The document is gone.
#[derive(Clone, Debug)]
pub struct Deletion {
    pub document: DocumentId,
    pub observed: i64,
}

/// The chunks of a document are gone from the index and cannot be made again: it becomes a gap, and
/// is new to the next submit of its source.
#[derive(Clone, Debug)]
pub struct Loss {
    pub document: DocumentId,
    /// The version that was active.
    pub key: VersionKey,
    pub content: ContentHash,
    pub gap: GapRow,
}

/// How a file looked when it was read, or which one of a repository it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceStat {
    pub bytes: u64,
    pub modified_ns: i64,
    pub inode: u64,
}

/// What became of [`Changes`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub added: u64,
    pub updated: u64,
    pub deleted: u64,
    /// The same content was active already: two jobs read the same file.
    pub unchanged: u64,
    /// Documents of which somebody read a newer content meanwhile.
    pub superseded: Vec<DocumentId>,
    /// Documents that were to stay as they are, and were changed by somebody who saw less; or that
    /// came without vectors of the model that serves by now.
    pub overtaken: Vec<DocumentId>,
    /// The model that was to serve lacks vectors, of what became active meanwhile.
    pub model_lacks: bool,
    /// The collection was removed meanwhile; nothing was changed.
    pub collection_gone: bool,
}

struct Before {
    observed: i64,
    key: Option<i64>,
    content: Option<ContentHash>,
    bytes: i64,
    chunks: i64,
    revision: i64,
}

/// What changes are doing to a collection.
#[derive(Default)]
struct Effects {
    applied: Applied,
    documents: i64,
    chunks: i64,
    bytes: i64,
    gone: Vec<(VersionKey, DocumentId)>,
    new: Vec<(VersionKey, DocumentId)>,
    /// Something changed of what programs say, or people of them.
    project: bool,
}

impl Tx<'_> {
    /// Applies `changes`. What somebody else observed later stays as it is.
    pub fn apply(&mut self, changes: &Changes, now: Timestamp) -> rusqlite::Result<Applied> {
        let collection = Blob16(changes.collection.0);
        let mut effects = Effects::default();
        let models: Option<(String, Option<String>)> = self
            .prepare_cached("SELECT model, next_model FROM collection WHERE id = ?1")?
            .query_row([collection], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((serving, next)) = models else {
            effects.applied.collection_gone = true;
            return Ok(effects.applied);
        };
        if changes.models.contains(&serving) {
            for activation in &changes.activate {
                self.activate(activation, collection, &mut effects, now)?;
            }
        } else {
            let late = changes.activate.iter();
            effects
                .applied
                .overtaken
                .extend(late.map(|activation| activation.document));
        }
        if !effects.new.is_empty() && next.is_some_and(|next| !changes.models.contains(&next)) {
            self.note_lack(changes.collection)?;
        }
        for touch in &changes.touch {
            self.touch(touch, &mut effects)?;
        }
        for (document, told) in &changes.told {
            self.put_told(*document, told)?;
        }
        for deletion in &changes.delete {
            self.delete(deletion, &mut effects, now)?;
        }
        for loss in &changes.lost {
            self.lose(loss, &mut effects, now)?;
        }
        for origin in &changes.origins {
            self.put_origin(changes.collection, origin)?;
        }
        for source in &changes.no_gaps {
            self.remove_gap(changes.collection, source)?;
        }
        for gap in &changes.gaps {
            self.put_gap(gap)?;
        }
        for poison in &changes.poison {
            self.put_poison(poison, now)?;
        }
        if let Some(serve) = &changes.serve {
            effects.applied.model_lacks = !self.serve(changes.collection, serve)?;
        }
        if let Some(home) = changes.move_to {
            self.move_to(changes.collection, home)?;
        }
        self.settle(collection, effects, now)
    }

    fn activate(
        &mut self,
        activation: &Activation,
        collection: Blob16,
        effects: &mut Effects,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let before = self.document_before(activation.document)?;
        if let Some((archive, version)) = activation.within
            && self
                .document_before(archive)?
                .and_then(|archive| archive.key)
                != Some(key_to_sql(version))
        {
            // The archive went, or has other files by now: nobody would remove this one again.
            effects.applied.superseded.push(activation.document);
            return Ok(());
        }
        let key = key_to_sql(activation.key);
        // What is read again is as old as it was, and may be made active again.
        let is_same =
            |before: &Before| before.observed == activation.observed && before.key == Some(key);
        if before
            .as_ref()
            .is_some_and(|before| before.observed >= activation.observed && !is_same(before))
        {
            effects.applied.superseded.push(activation.document);
            return Ok(());
        }
        match before.as_ref().filter(|before| before.key.is_some()) {
            Some(before) => {
                let same = u64::from(before.key == Some(key));
                effects.applied.unchanged += same;
                effects.applied.updated += 1 - same;
                effects.take(before);
            }
            None => effects.applied.added += 1,
        }
        effects.documents += 1;
        effects.chunks += i64::from(activation.chunks);
        effects.bytes += to_sql_int(activation.bytes);
        if let Some(old) = before.as_ref().and_then(|before| before.key)
            && old != key
        {
            self.retire(old, activation.document, now)?;
            let old = (key_from_sql(old), activation.document);
            effects.gone.push(old);
        }
        self.store(activation, collection, before.as_ref(), now)?;
        self.put_facts(activation.document, FactOf::Content, &activation.facts)?;
        self.put_told(activation.document, &activation.told)?;
        self.put_made(activation.document, &activation.made)?;
        effects.project |= is_readme(&activation.path);
        effects.project |= self.put_outline(activation.document, activation.outline.as_deref())?;
        self.put_redacted(activation.document, &activation.redacted)?;
        if let Some(given) = &activation.given {
            self.put_facts(activation.document, FactOf::Given, given)?;
        }
        effects.new.push((activation.key, activation.document));
        let gone = self.documents_within(collection, &activation.source)?;
        let gone = gone.into_iter().filter(|id| !activation.parts.contains(id));
        self.delete_all(gone, activation.observed, effects, now)
    }

    fn delete_all(
        &mut self,
        documents: impl Iterator<Item = DocumentId>,
        observed: i64,
        effects: &mut Effects,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        for document in documents {
            let deletion = Deletion { document, observed };
            self.delete(&deletion, effects, now)?;
        }
        Ok(())
    }

    /// Lists the documents that are files of an archive.
    fn documents_within(
        &self,
        collection: Blob16,
        source: &[u8],
    ) -> rusqlite::Result<Vec<DocumentId>> {
        let (low, high) = parts_of(source);
        self.prepare_cached(
            "SELECT id FROM document
             WHERE collection = ?1 AND source >= ?2 AND source < ?3 AND removed = 0",
        )?
        .query_map(params![collection, low, high], |row| {
            Ok(DocumentId(row.get::<_, Blob16>(0)?.0))
        })?
        .collect()
    }

    fn touch(&mut self, touch: &Touch, effects: &mut Effects) -> rusqlite::Result<()> {
        let before = self.document_before(touch.document)?;
        if before
            .as_ref()
            .is_some_and(|before| before.observed >= touch.observed)
        {
            return Ok(());
        }
        if before.and_then(|before| before.key) != Some(key_to_sql(touch.key)) {
            effects.applied.overtaken.push(touch.document);
            return Ok(());
        }
        self.prepare_cached(
            "UPDATE document SET modified_ns = COALESCE(?2, modified_ns),
                    inode = COALESCE(?3, inode), path = ?4, observed = ?5
             WHERE id = ?1",
        )?
        .execute(params![
            Blob16(touch.document.0),
            touch.stat.map(|stat| stat.modified_ns),
            touch.stat.map(|stat| to_sql_int(stat.inode)),
            touch.path,
            touch.observed
        ])?;
        self.put_made(touch.document, &touch.made)?;
        let Some(given) = &touch.given else {
            return Ok(());
        };
        let (collection, source): (Blob16, Vec<u8>) = self
            .prepare_cached("SELECT collection, source FROM document WHERE id = ?1")?
            .query_row([Blob16(touch.document.0)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        for document in self.documents_within(collection, &source)? {
            self.put_facts(document, FactOf::Given, given)?;
        }
        self.put_facts(touch.document, FactOf::Given, given)
    }

    fn delete(
        &mut self,
        deletion: &Deletion,
        effects: &mut Effects,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let before = self.document_before(deletion.document)?;
        let Some(before) = before.filter(|before| before.observed < deletion.observed) else {
            return Ok(());
        };
        let document = Blob16(deletion.document.0);
        self.prepare_cached("UPDATE document SET removed = 1, observed = ?2 WHERE id = ?1")?
            .execute((document, deletion.observed))?;
        self.put_facts(deletion.document, FactOf::Given, &[])?;
        self.forget_past(document)?;
        effects.applied.deleted += u64::from(before.key.is_some());
        let (collection, source): (Blob16, Vec<u8>) = self
            .prepare_cached("SELECT collection, source FROM document WHERE id = ?1")?
            .query_row([document], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.remove_parts(collection, &source)?;
        effects.project |= is_readme(&source);
        self.hide(document, &before, effects, now)?;
        let within = self.documents_within(collection, &source)?;
        self.delete_all(within.into_iter(), deletion.observed, effects, now)
    }

    fn lose(&mut self, loss: &Loss, effects: &mut Effects, now: Timestamp) -> rusqlite::Result<()> {
        let before = self.document_before(loss.document)?;
        let is_active = |before: &Before| before.key == Some(key_to_sql(loss.key));
        let Some(before) = before.filter(is_active) else {
            return Ok(());
        };
        self.hide(Blob16(loss.document.0), &before, effects, now)?;
        // Nobody is to rely on a content that is not there.
        self.prepare_cached(
            "DELETE FROM blob WHERE hash = ?1
                AND NOT EXISTS (SELECT 1 FROM document WHERE content = blob.hash)",
        )?
        .execute([loss.content.0])?;
        self.lose_past(loss.content)?;
        self.lose_sight(loss.content)?;
        self.put_gap(&loss.gap)
    }

    /// Leaves a document without an active version.
    fn hide(
        &mut self,
        document: Blob16,
        before: &Before,
        effects: &mut Effects,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE document SET key = NULL, content = NULL, title = NULL, bytes = 0, chunks = 0,
                    updated_at = ?2
             WHERE id = ?1",
        )?
        .execute((document, now.0))?;
        self.put_facts(DocumentId(document.0), FactOf::Content, &[])?;
        self.put_facts(DocumentId(document.0), FactOf::Source, &[])?;
        effects.project |= self.put_outline(DocumentId(document.0), None)?;
        self.put_redacted(DocumentId(document.0), &[])?;
        if let Some(old) = before.key {
            // Searches under way lose nothing by missing it, so its chunks may go at once.
            self.retire(old, DocumentId(document.0), Timestamp(0))?;
            let old = (key_from_sql(old), DocumentId(document.0));
            effects.gone.push(old);
            effects.take(before);
        }
        Ok(())
    }

    /// Writes the sums of the collection, and has the flips made at the commit.
    fn settle(
        &mut self,
        collection: Blob16,
        effects: Effects,
        now: Timestamp,
    ) -> rusqlite::Result<Applied> {
        let Effects {
            applied,
            documents,
            chunks,
            bytes,
            gone,
            new,
            project,
        } = effects;
        if project {
            self.note_project(collection)?;
        }
        if gone.is_empty() && new.is_empty() {
            return Ok(applied);
        }
        self.prepare_cached(
            "UPDATE collection SET documents = documents + ?2, chunks = chunks + ?3,
                    bytes = bytes + ?4, updated_at = ?5 WHERE id = ?1",
        )?
        .execute(params![collection, documents, chunks, bytes, now.0])?;
        let visibility = self.visibility();
        self.after_commit(move || visibility.flip(&gone, &new));
        Ok(applied)
    }

    fn document_before(&self, document: DocumentId) -> rusqlite::Result<Option<Before>> {
        self.prepare_cached(
            "SELECT observed, key, bytes, chunks, revision, content FROM document WHERE id = ?1",
        )?
        .query_row([Blob16(document.0)], |row| {
            Ok(Before {
                observed: row.get(0)?,
                key: row.get(1)?,
                bytes: row.get(2)?,
                chunks: row.get(3)?,
                revision: row.get(4)?,
                content: row
                    .get_ref(5)?
                    .as_blob_or_null()?
                    .map(hash_of)
                    .transpose()?,
            })
        })
        .optional()
    }

    /// Takes a version from a document. It goes with the last one that has it.
    fn retire(&self, key: i64, document: DocumentId, now: Timestamp) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE version SET retired_at = ?3 WHERE key = ?1
                AND NOT EXISTS (SELECT 1 FROM document WHERE key = ?1 AND id != ?2)",
        )?
        .execute((key, Blob16(document.0), now.0))?;
        Ok(())
    }

    fn store(
        &self,
        activation: &Activation,
        collection: Blob16,
        before: Option<&Before>,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let key = key_to_sql(activation.key);
        let document = Blob16(activation.document.0);
        // Another pipeline makes another key of the same content.
        let same = before.is_some_and(|before| before.content == Some(activation.blob.hash));
        let revision = before.map_or(0, |before| before.revision) + i64::from(!same);
        self.put_blob(&activation.blob)?;
        if let Some(sight) = &activation.sight {
            self.put_sight(activation.blob.hash, sight)?;
        }
        self.remember(document, activation.blob.hash, now)?;
        self.prepare_cached(
            "INSERT INTO version (key, collection, chunks, retired_at) VALUES (?1, ?2, ?3, NULL)
             ON CONFLICT (key) DO UPDATE SET retired_at = NULL, chunks = excluded.chunks",
        )?
        .execute(params![key, collection, activation.chunks])?;
        self.prepare_cached(
            // No REPLACE: it would remove the row, and with it what was said of the document.
            "INSERT INTO document
                (id, collection, source, path, observed, removed, key, content, bytes, chunks,
                 revision, title, language, modified_ns, inode, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (id) DO UPDATE SET
                collection = excluded.collection, source = excluded.source, path = excluded.path,
                observed = excluded.observed, removed = 0, key = excluded.key,
                content = excluded.content, bytes = excluded.bytes, chunks = excluded.chunks,
                revision = excluded.revision, title = excluded.title,
                language = excluded.language, modified_ns = excluded.modified_ns,
                inode = excluded.inode, updated_at = excluded.updated_at",
        )?
        .execute(params![
            document,
            collection,
            activation.source,
            activation.path,
            activation.observed,
            key,
            activation.blob.hash.0,
            to_sql_int(activation.bytes),
            activation.chunks,
            revision,
            activation.title,
            activation.language,
            activation.stat.map(|stat| stat.modified_ns),
            activation.stat.map(|stat| to_sql_int(stat.inode)),
            now.0,
        ])?;
        self.remove_parts(collection, &activation.source)?;
        self.remove_gap(CollectionId(collection.0), &activation.source)
    }
}

impl Effects {
    fn take(&mut self, before: &Before) {
        self.documents -= 1;
        self.chunks -= before.chunks;
        self.bytes -= before.bytes;
    }
}

impl Ledger {
    /// Applies `changes` on their own, for work that is not a part of a job.
    pub async fn apply(&self, changes: Changes) -> Result<Applied, LedgerError> {
        self.write(Durability::Full, move |tx| {
            tx.apply(&changes, crate::ids::now())
        })
        .await
    }
}
