//! One collection: what waits for a flush, what is known to be on the server, and the flush.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use qdrant_client::qdrant::alias_operations::Action;
use qdrant_client::qdrant::{
    AliasOperations, CreateAlias, CreateFieldIndexCollection, DeleteAlias,
};

use super::names::{Kind, Names};
use super::pending::{Batch, Pending};
use super::server::{Patience, Server};
use super::words::TYPICAL_LENGTH;
use super::{QdrantConfig, QdrantError, schema, send};
use crate::ids::{CollectionId, VersionKey};
use crate::index::{NewVectors, NewVersion};

/// Bytes that may wait for a flush. More are sent before more are taken.
const MOST_PENDING: usize = 16 << 20;
/// How long the average length of chunks is good, of so many that a flush changes it little.
const AVERAGE_AGE: Duration = Duration::from_secs(60);
const MANY_CHUNKS: u64 = 10_000;
/// Lengths of chunks that are told apart when the average is taken.
const MOST_LENGTHS: u64 = 100_000;
/// Tokens that are remembered to be in the vocabulary.
const MOST_REMEMBERED: usize = 500_000;

/// Everything that calls need.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: QdrantConfig,
    pub(super) names: Names,
    pub(super) server: Server,
}

#[derive(Debug)]
pub(super) struct Collection {
    pub(super) id: CollectionId,
    pub(super) shared: Arc<Shared>,
    pending: Mutex<Pending>,
    known: Mutex<Known>,
    /// Held while something is sent, so that changes arrive in the order in which they were made.
    sending: tokio::sync::Mutex<()>,
    trouble: Mutex<Option<String>>,
    average: Mutex<Option<Average>>,
}

/// The average length of chunks, when it was taken, and of how many.
#[derive(Clone, Copy, Debug)]
struct Average {
    when: Instant,
    chunks: u64,
    length: f32,
}

/// What is on the server, as far as this daemon has seen.
#[derive(Debug, Default)]
struct Known {
    has_words: bool,
    /// Models with the length of their vectors; none: not looked at.
    spaces: Option<BTreeMap<String, usize>>,
    vocabulary: Remembered,
}

/// Tokens that the vocabulary has, by hash: two that share one are rare, and cost a prefix one word.
#[derive(Debug, Default)]
struct Remembered {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Collection {
    pub(super) fn new(id: CollectionId, shared: Arc<Shared>) -> Self {
        Self {
            id,
            shared,
            pending: Mutex::default(),
            known: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
            trouble: Mutex::default(),
            average: Mutex::default(),
        }
    }

    pub(super) fn server(&self) -> &Server {
        &self.shared.server
    }

    pub(super) fn words(&self) -> String {
        self.shared.names.words(self.id)
    }

    pub(super) fn vocabulary(&self) -> String {
        self.shared.names.vocabulary(self.id)
    }

    pub(super) fn vectors(&self, space: &str) -> String {
        self.shared.names.vectors(self.id, space)
    }

    /// Takes versions; when too much waits, it is sent first.
    pub(super) async fn put(&self, versions: Vec<NewVersion>) -> Result<(), QdrantError> {
        self.make_room().await?;
        let mut pending = lock(&self.pending);
        versions
            .into_iter()
            .for_each(|version| pending.put(version));
        Ok(())
    }

    pub(super) async fn put_vectors(
        &self,
        space: &str,
        versions: Vec<NewVectors>,
    ) -> Result<(), QdrantError> {
        self.make_room().await?;
        let spaces = self.spaces().await?;
        let mut pending = lock(&self.pending);
        let mut lengths = versions
            .iter()
            .flat_map(|new| new.vectors.iter().map(Vec::len));
        let waiting = pending.dimensions().find(|(name, _)| *name == space);
        let known = spaces
            .get(space)
            .copied()
            .or(waiting.map(|(_, length)| length));
        let known = known.or_else(|| lengths.clone().next());
        if let Some(known) = known
            && let Some(found) = lengths.find(|length| *length != known)
        {
            return Err(QdrantError::Dimensions { found, known });
        }
        for version in versions {
            pending.put_vectors(space, known, version);
        }
        Ok(())
    }

    /// Removes versions, with their vectors of all models: also of those that only a worker
    /// elsewhere has written to.
    pub(super) async fn remove(&self, versions: &[VersionKey]) -> Result<(), QdrantError> {
        self.look_at_spaces().await?;
        let spaces: Vec<_> = self.spaces().await?.into_keys().collect();
        let mut pending = lock(&self.pending);
        for version in versions {
            pending.remove(*version, &spaces);
        }
        Ok(())
    }

    async fn make_room(&self) -> Result<(), QdrantError> {
        let is_full = lock(&self.pending).bytes() > MOST_PENDING;
        if is_full {
            self.flush().await?;
        }
        Ok(())
    }

    /// Sends all that waits. Who waits for its turn meanwhile finds nothing left to do.
    pub(super) async fn flush(&self) -> Result<(), QdrantError> {
        let _sending = self.sending.lock().await;
        let batch = lock(&self.pending).batch();
        if batch.is_empty() {
            return Ok(());
        }
        let mut sent = self.send(&batch).await;
        if matches!(sent, Err(QdrantError::Missing { .. })) {
            // Somebody removed what was there, or it is another server now: it is made anew.
            *lock(&self.known) = Known::default();
            sent = self.send(&batch).await;
        }
        *lock(&self.trouble) = sent.as_ref().err().map(|error| crate::ids::chain(error));
        match &sent {
            Ok(()) => {
                lock(&self.pending).sent(&batch);
                lock(&self.average).take_if(|average| average.chunks < MANY_CHUNKS);
            }
            Err(_) => lock(&self.pending).failed(&batch),
        }
        sent
    }

    async fn send(&self, batch: &Batch) -> Result<(), QdrantError> {
        // What follows is sent side by side, and one failure drops the rest.
        self.server().come_back().await?;
        let words = async {
            if batch.words.is_empty() {
                return Ok(());
            }
            self.make_words().await?;
            send::words(self, &batch.words).await
        };
        let spaces = async {
            for (space, (dimensions, changes)) in &batch.spaces {
                self.make_space(space, *dimensions).await?;
                send::vectors(self, space, changes).await?;
            }
            Ok(())
        };
        tokio::try_join!(words, spaces).map(drop)
    }

    /// Makes the collections of words and tokens unless they are there. The alias comes last, so
    /// where it is, all is there.
    async fn make_words(&self) -> Result<(), QdrantError> {
        if lock(&self.known).has_words {
            return Ok(());
        }
        let (server, config) = (self.server(), &self.shared.config);
        let (words, vocabulary) = (self.words(), self.vocabulary());
        let alias = self.shared.names.alias(self.id);
        let aliases = server.aliases().await?;
        let current = aliases.into_iter().find(|(name, _)| *name == alias);
        let current = current.map(|(_, target)| target);
        if current.as_ref() != Some(&words) {
            tokio::try_join!(
                server.create(schema::words(&words, config)),
                server.create(schema::vocabulary(&vocabulary, config)),
            )?;
            let mut indexes = schema::words_indexes(&words);
            indexes.push(schema::vocabulary_index(&vocabulary));
            self.make_indexes(indexes).await?;
            let remove = current.is_some().then(|| {
                Action::DeleteAlias(DeleteAlias {
                    alias_name: alias.clone(),
                })
            });
            let set = Action::CreateAlias(CreateAlias {
                collection_name: words,
                alias_name: alias.clone(),
            });
            let actions = remove.into_iter().chain([set]);
            let actions = actions.map(|action| AliasOperations {
                action: Some(action),
            });
            server.change_aliases(actions.collect()).await?;
        }
        lock(&self.known).has_words = true;
        Ok(())
    }

    async fn make_indexes(
        &self,
        indexes: Vec<CreateFieldIndexCollection>,
    ) -> Result<(), QdrantError> {
        let make = |index| self.server().create_field_index(index);
        try_join_all(indexes.into_iter().map(make)).await.map(drop)
    }

    /// Makes the collection of a model's vectors, unless it is there or there are none.
    async fn make_space(&self, space: &str, dimensions: Option<usize>) -> Result<(), QdrantError> {
        let mut known = self.known_spaces().await?;
        let Some(dimensions) = dimensions else {
            return Ok(());
        };
        if known.contains_key(space) {
            return Ok(());
        }
        let (server, name) = (self.server(), self.vectors(space));
        let create = schema::space(&name, space, dimensions, &self.shared.config);
        server.create(create).await?;
        self.make_indexes(schema::filter_indexes(&name)).await?;
        known.insert(space.to_owned(), dimensions);
        lock(&self.known).spaces = Some(known);
        Ok(())
    }

    /// Returns the models that have vectors, sent or not, with the length of these.
    pub(super) async fn spaces(&self) -> Result<BTreeMap<String, usize>, QdrantError> {
        let mut spaces = self.known_spaces().await?;
        for (space, dimensions) in lock(&self.pending).dimensions() {
            spaces.entry(space.to_owned()).or_insert(dimensions);
        }
        Ok(spaces)
    }

    async fn known_spaces(&self) -> Result<BTreeMap<String, usize>, QdrantError> {
        if let Some(spaces) = &lock(&self.known).spaces {
            return Ok(spaces.clone());
        }
        self.look_at_spaces().await
    }

    pub(super) async fn look_at_spaces(&self) -> Result<BTreeMap<String, usize>, QdrantError> {
        let mut spaces = BTreeMap::new();
        for name in self.server().list(Patience::Write).await? {
            if self.shared.names.read(&name) == Some((self.id, Kind::Vectors)) {
                let info = self.server().info(&name).await?;
                let (space, dimensions) =
                    schema::space_of(&info).ok_or_else(|| QdrantError::NotOurs {
                        url: self.server().url().to_owned(),
                        name,
                        reason: "it does not say which model it is for".to_owned(),
                    })?;
                spaces.insert(space, dimensions);
            }
        }
        lock(&self.known).spaces = Some(spaces.clone());
        Ok(spaces)
    }

    pub(super) async fn drop_space(&self, space: &str) -> Result<(), QdrantError> {
        let _sending = self.sending.lock().await;
        lock(&self.pending).drop_space(space);
        self.server()
            .delete_collection(&self.vectors(space))
            .await?;
        if let Some(spaces) = &mut lock(&self.known).spaces {
            spaces.remove(space);
        }
        Ok(())
    }

    /// Removes everything, on the server and here.
    pub(super) async fn drop_all(&self) -> Result<(), QdrantError> {
        let _sending = self.sending.lock().await;
        *lock(&self.pending) = Pending::default();
        *lock(&self.known) = Known::default();
        *lock(&self.average) = None;
        *lock(&self.trouble) = None;
        for name in self.server().list(Patience::Write).await? {
            if let Some((id, _)) = self.shared.names.read(&name)
                && id == self.id
            {
                self.server().delete_collection(&name).await?;
            }
        }
        Ok(())
    }

    /// Removes what an older daemon made in another layout.
    pub(super) async fn drop_old(&self) -> Result<(), QdrantError> {
        for name in self.server().list(Patience::Write).await? {
            if let Some((id, kind)) = self.shared.names.read(&name)
                && id == self.id
                && kind.is_old()
            {
                self.server().delete_collection(&name).await?;
            }
        }
        Ok(())
    }

    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    /// Returns those of `tokens` that the vocabulary may not have.
    pub(super) fn new_tokens(&self, tokens: HashSet<String>) -> Vec<String> {
        let known = lock(&self.known);
        let is_new = |token: &String| {
            let Remembered { hasher, hashes } = &known.vocabulary;
            !hashes.contains(&hasher.hash_one(token))
        };
        tokens.into_iter().filter(is_new).collect()
    }

    pub(super) fn remember_tokens(&self, tokens: &[String]) {
        let Remembered { hasher, hashes } = &mut lock(&self.known).vocabulary;
        if hashes.len() + tokens.len() > MOST_REMEMBERED {
            hashes.clear();
        }
        hashes.extend(tokens.iter().map(|token| hasher.hash_one(token)));
    }

    /// Returns the average length of all chunks, which scores depend on.
    pub(super) async fn average_length(&self) -> Result<f32, QdrantError> {
        if let Some(average) = *lock(&self.average)
            && average.when.elapsed() < AVERAGE_AGE
        {
            return Ok(average.length);
        }
        let words = self.words();
        let lengths = self.server().facet(&words, schema::LENGTH, MOST_LENGTHS);
        let (mut tokens, mut chunks) = (0, 0);
        for hit in lengths.await? {
            let length = schema::facet_integer(&hit).unwrap_or(0);
            tokens += u64::try_from(length).unwrap_or(0) * hit.count;
            chunks += hit.count;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "an average of such is no less true"
        )]
        let length = match chunks {
            0 => TYPICAL_LENGTH,
            chunks => tokens as f32 / chunks as f32,
        };
        *lock(&self.average) = Some(Average {
            when: Instant::now(),
            chunks,
            length,
        });
        Ok(length)
    }
}

/// A panic while one of these locks is held leaves its data whole: each is set in one step.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
