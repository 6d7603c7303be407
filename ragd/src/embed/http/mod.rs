//! Models of servers: `/v1/embeddings` of the protocol of OpenAI.
//!
//! Texts of one call that are equal are sent once, and not at all if the cache has their vectors.
//! What is too long for the model is cut, and the vectors of the pieces are averaged; what a refusal
//! taught of its limit is remembered. A server that is out of reach is left alone for a while
//! (`breaker.rs`); `ask.rs` is one request.

mod ask;
mod breaker;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt;
use tokio::sync::Semaphore;

use self::ask::weighted;
use self::breaker::Breaker;
use super::cache::{Cache, Key};
use super::{Address, Cut, EmbedError, Embedder, Purpose, split};
use crate::config;
use crate::openai::{Server, ServerError};

/// Bytes of texts of one request: servers bound them, and an answer is to come in seconds.
const REQUEST_BYTES: usize = 256 << 10;
/// A token of code or of a small language may have no more bytes than this.
const TOKEN_BYTES: usize = 3;
/// Models differ: unrelated texts have 0.1 by one and 0.7 by another. What is let through in vain
/// ranks low, and what is held back is lost.
const FLOOR: f32 = 0.2;
/// Whoever searches is told within two seconds that there are no vectors.
const QUERY_LIMIT: Duration = Duration::from_millis(1_800);

#[derive(Debug)]
pub(super) struct Http {
    server: Server,
    space: String,
    batch: usize,
    /// Bytes of a text that are taken to fit: as configured, or as a refusal taught.
    longest: AtomicUsize,
    requests: usize,
    /// One permit for each request of all callers.
    permits: Semaphore,
    query_prefix: String,
    passage_prefix: String,
    dimensions: OnceLock<usize>,
    /// Queries give up soon, which says nothing of passages.
    queries: Breaker,
    passages: Breaker,
    cache: Option<Arc<Cache>>,
    /// Texts that were cut since the start.
    cut: AtomicU64,
}

impl Http {
    pub(super) fn new(
        model: &config::Model,
        cache: Option<Arc<Cache>>,
    ) -> Result<Self, ServerError> {
        let server = Server::new(model)?;
        let (requests, batch) = (model.requests.max(1) as usize, model.batch.max(1) as usize);
        Ok(Self {
            space: space(model),
            server,
            batch,
            longest: AtomicUsize::new((model.context_tokens as usize).saturating_mul(TOKEN_BYTES)),
            requests,
            permits: Semaphore::new(requests),
            query_prefix: model.query_prefix.clone(),
            passage_prefix: model.passage_prefix.clone(),
            dimensions: OnceLock::new(),
            queries: Breaker::default(),
            passages: Breaker::default(),
            cache,
            cut: AtomicU64::new(0),
        })
    }

    fn error(&self, source: ServerError) -> EmbedError {
        EmbedError::Server {
            model: self.server.name().to_owned(),
            source,
        }
    }

    fn silent(&self) -> EmbedError {
        let url = self.server.shown_url();
        self.error(ServerError::Silent { url })
    }

    fn garbage(&self, reason: String) -> EmbedError {
        self.error(self.server.garbage(reason))
    }

    /// Returns the vectors of texts that differ, from the cache or the server.
    async fn vectors(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        let keys: Vec<_> = texts
            .iter()
            .map(|text| Key::new(&self.space, text))
            .collect();
        // What somebody looked for is not kept.
        let cache = self.cache.as_ref().filter(|_| purpose == Purpose::Passage);
        let mut vectors = match cache {
            Some(cache) => cache.find(keys.clone()).await,
            None => vec![None; texts.len()],
        };
        // Whatever has another length is of an older model of that name.
        let fits =
            |vector: &Vec<f32>| *self.dimensions.get_or_init(|| vector.len()) == vector.len();
        vectors
            .iter_mut()
            .for_each(|one| *one = one.take().filter(fits));
        let missing: Vec<_> = (0..texts.len())
            .filter(|at| vectors[*at].is_none())
            .collect();
        let batches = self.batches(&texts, &missing);
        let asking = batches.into_iter().map(|batch| async {
            let texts: Vec<_> = batch.iter().map(|at| texts[*at].clone()).collect();
            let made = self.ask(texts, purpose).await?;
            let made: Vec<_> = batch.into_iter().zip(made).collect();
            if let Some(cache) = cache {
                let kept = made.iter().map(|(at, vector)| (keys[*at], vector.clone()));
                cache.keep(kept.collect()).await;
            }
            Ok::<_, EmbedError>(made)
        });
        let mut asking = futures_util::stream::iter(asking).buffer_unordered(self.requests);
        while let Some(made) = asking.next().await {
            for (at, vector) in made? {
                vectors[at] = Some(vector);
            }
        }
        drop(asking);
        Ok(vectors.into_iter().flatten().collect())
    }

    /// Groups texts so that a server takes each group at once.
    fn batches(&self, texts: &[String], missing: &[usize]) -> Vec<Vec<usize>> {
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut bytes = 0;
        for at in missing {
            bytes += texts[*at].len();
            match batches.last_mut() {
                Some(last) if last.len() < self.batch && bytes <= REQUEST_BYTES => last.push(*at),
                _ => {
                    bytes = texts[*at].len();
                    batches.push(vec![*at]);
                }
            }
        }
        batches
    }

    async fn embed_all(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        let prefix = match purpose {
            Purpose::Passage => &self.passage_prefix,
            Purpose::Query => &self.query_prefix,
        };
        let (mut different, mut places) = (Vec::new(), HashMap::new());
        let mut pieces_of = Vec::with_capacity(texts.len());
        let room = self.longest().saturating_sub(prefix.len());
        for text in &texts {
            let pieces = split::pieces(text, room);
            if pieces.len() > 1 {
                self.tell_cut(pieces.len());
            }
            let pieces = pieces.into_iter().map(|piece| {
                let sent = format!("{prefix}{}", sendable(piece));
                let place = *places.entry(sent.clone()).or_insert_with(|| {
                    different.push(sent);
                    different.len() - 1
                });
                (place, piece.len())
            });
            pieces_of.push(pieces.collect::<Vec<_>>());
        }
        let made = self.vectors(different, purpose).await?;
        let vectors = pieces_of.iter().zip(&texts).map(|(pieces, text)| {
            let mut vector = weighted(pieces, &made);
            if text.trim().is_empty() {
                // There is nothing in it that anything could be near to.
                vector.fill(0.0);
            }
            vector
        });
        Ok(vectors.collect())
    }

    fn longest(&self) -> usize {
        self.longest.load(Ordering::Relaxed)
    }

    /// Notes that the model takes texts of so many bytes, and none that are much longer.
    fn learn(&self, bytes: usize) {
        self.longest
            .fetch_min(bytes.max(split::SHORTEST), Ordering::Relaxed);
    }

    fn tell_cut(&self, pieces: usize) {
        let cut = self.cut.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::info!(
            model = self.server.name(),
            pieces,
            cut,
            "A text is too long for the model, its pieces are averaged."
        );
    }
}

#[async_trait]
impl Embedder for Http {
    fn name(&self) -> &str {
        self.server.name()
    }

    fn space(&self) -> &str {
        &self.space
    }

    fn is_local(&self) -> bool {
        false
    }

    fn dimensions(&self) -> Option<usize> {
        self.dimensions.get().copied()
    }

    fn expect_dimensions(&self, dimensions: usize) {
        self.dimensions.get_or_init(|| dimensions);
    }

    fn address(&self) -> Option<Address> {
        Some(Address {
            url: self.server.shown_url(),
            model: self.server.model().to_owned(),
        })
    }

    async fn reach(&self, limit: Duration) -> Result<(), EmbedError> {
        let models = self.server.models(limit).await;
        let models = models.map_err(|error| self.error(error))?;
        self.queries.close();
        self.passages.close();
        let wanted = self.server.model();
        // Ollama lists `name:latest` for what is asked for as `name`.
        let is_it = |name: &String| name == wanted || name.strip_suffix(":latest") == Some(wanted);
        match models.iter().any(is_it) {
            true => Ok(()),
            false => Err(EmbedError::NotThere {
                model: self.server.name().to_owned(),
                wanted: wanted.to_owned(),
                url: self.server.shown_url(),
            }),
        }
    }

    fn floor(&self) -> f32 {
        FLOOR
    }

    fn cut(&self) -> Option<Cut> {
        let times = self.cut.load(Ordering::Relaxed);
        (times > 0).then(|| Cut {
            longest: self.longest(),
            times,
        })
    }

    async fn embed(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        let breaker = match purpose {
            Purpose::Passage => &self.passages,
            Purpose::Query => &self.queries,
        };
        let now = Instant::now();
        if breaker.is_open(now) || self.passages.is_open(now) {
            return Err(self.silent());
        }
        let asking = self.embed_all(texts, purpose);
        let made = match purpose {
            Purpose::Passage => asking.await,
            Purpose::Query => tokio::time::timeout(QUERY_LIMIT, asking)
                .await
                .unwrap_or_else(|_| Err(self.silent())),
        };
        match &made {
            Err(error) if error.out_of_reach().is_some() => breaker.open(Instant::now()),
            _ => breaker.close(),
        }
        made
    }
}

/// Returns what is sent for a text: servers refuse empty ones.
fn sendable(text: &str) -> &str {
    if text.trim().is_empty() { "." } else { text }
}

/// Returns what vectors depend on: who makes them, and of what. Where the server is, does not count.
fn space(model: &config::Model) -> String {
    let space = format!("openai:{}:{}", model.name, model.server_name());
    if model.passage_prefix.is_empty() {
        return space;
    }
    let prefix = crate::ids::content_hash(model.passage_prefix.as_bytes());
    format!("{space}:{}", &prefix.to_string()[..8])
}
