//! Texts to vectors.
//!
//! [`Embedder`] is a model with a name; vectors of different spaces are never compared.
//! [`Embedders`] are all models there are: `builtin.rs`, inside the daemon, and those of servers.
//! Which collection uses which model is not known here.

mod builtin;
mod cache;
mod http;
mod split;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::config::{BUILTIN, Config};
use crate::openai::ServerError;

/// What a text is to its vector: some models tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Passage,
    Query,
}

/// A model that turns texts into vectors.
#[async_trait]
pub trait Embedder: std::fmt::Debug + Send + Sync {
    /// Returns what the configuration calls it.
    fn name(&self) -> &str;

    /// Returns the name under which its vectors are kept. It changes whenever the vectors would.
    fn space(&self) -> &str;

    /// Whether it computes in this process: it is always there, and costs nothing but time.
    fn is_local(&self) -> bool;

    /// Returns the length of its vectors, once one was made.
    fn dimensions(&self) -> Option<usize>;

    /// Tells it the length of vectors that are kept already: others do not fit to them.
    fn expect_dimensions(&self, dimensions: usize);

    /// Returns where its server is, if it has one.
    fn address(&self) -> Option<Address>;

    /// Asks whether it could be used now, for at most `limit`.
    async fn reach(&self, limit: Duration) -> Result<(), EmbedError>;

    /// Returns how near a passage has to be to a query to be about it, when nothing else says so:
    /// every query has something that is nearest.
    fn floor(&self) -> f32;

    /// Returns what it had to cut since the start, if anything.
    fn cut(&self) -> Option<Cut>;

    /// Returns a vector of length 1 for each of `texts`, in order; all zeros for a text in which
    /// the model finds nothing. Dropping the call stops it.
    async fn embed(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Where a model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Without anything secret.
    pub url: String,
    /// What its server calls it.
    pub model: String,
}

/// Texts that were too long for a model: the vectors of their pieces were averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Bytes of a text that are not cut.
    pub longest: usize,
    pub times: u64,
}

/// A text could not be turned into a vector.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The model broke down.
    #[error("the model `{model}` broke down")]
    Broken {
        model: String,
        source: tokio::task::JoinError,
    },
    /// The configuration knows no such model, any more.
    #[error("there is no model `{model}`; there are: {known}")]
    Unknown { model: String, known: String },
    /// Its server did not do what was asked.
    #[error("the model `{model}` cannot be used")]
    Server { model: String, source: ServerError },
    /// Its server answers, and has other models only.
    #[error("the server at {url} has no model `{wanted}`, which `{model}` needs")]
    NotThere {
        model: String,
        wanted: String,
        url: String,
    },
    /// Its server has another model under the same name by now.
    #[error(
        "the server at {url} made vectors of {found} numbers for `{model}`; those that are kept \
         have {known}, and cannot be compared with them"
    )]
    Dimensions {
        model: String,
        url: String,
        found: usize,
        known: usize,
    },
    /// Nothing can be found by what its server makes.
    #[error("the server at {url} made {came} for `{model}`, by which nothing can be found")]
    Useless {
        model: String,
        url: String,
        came: String,
    },
}

impl EmbedError {
    /// Tells whether the same call may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Broken { .. } => true,
            Self::Server { source, .. } => source.is_transient(),
            Self::Unknown { .. }
            | Self::NotThere { .. }
            | Self::Dimensions { .. }
            | Self::Useless { .. } => false,
        }
    }

    /// Returns how long the server wants to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server { source, .. } => source.retry_after(),
            _ => None,
        }
    }

    /// Returns the model whose server is out of reach: trying again makes no sense until it is back.
    #[must_use]
    pub fn out_of_reach(&self) -> Option<&str> {
        match self {
            Self::Server {
                model,
                source:
                    ServerError::Unreachable { .. }
                    | ServerError::Silent { .. }
                    | ServerError::BrokeOff { .. },
            } => Some(model),
            _ => None,
        }
    }

    /// Returns what a person can do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unknown { .. } => Some(
                "name it in [[models]] of the configuration and restart ragd, or switch the \
                 collection to another model",
            ),
            Self::NotThere { .. } => Some("load it into the server, or correct `models.model`"),
            Self::Dimensions { .. } => Some(
                "give the changed model a name of its own in [[models]] of the configuration, \
                 restart ragd, and switch the collection to it",
            ),
            Self::Useless { .. } => {
                Some("have `models.model` name a model that is made for vectors, and restart ragd")
            }
            Self::Server { .. } if self.out_of_reach().is_some() => Some("start the server"),
            Self::Server { .. } if !self.is_transient() => {
                Some("correct the entry in [[models]] of the configuration, and restart ragd")
            }
            Self::Server { .. } | Self::Broken { .. } => None,
        }
    }
}

/// The models there are, by name.
#[derive(Debug)]
pub struct Embedders {
    models: BTreeMap<String, Arc<dyn Embedder>>,
    for_new: String,
}

impl Embedders {
    /// Prepares the model inside the daemon and all that the configuration names; their servers
    /// need not be there. Blocks while it opens the cache below `state_dir`.
    pub fn open(config: &Config, state_dir: &Path) -> Result<Self, EmbedError> {
        let builtin: Arc<dyn Embedder> = Arc::new(builtin::Hashing::default());
        let mut models = BTreeMap::from([(BUILTIN.to_owned(), builtin)]);
        let needs_cache = !config.models.is_empty();
        let cache = needs_cache.then(|| Arc::new(cache::Cache::open(state_dir)));
        for model in &config.models {
            let cache = cache.clone();
            let embedder = http::Http::new(model, cache).map_err(|source| EmbedError::Server {
                model: model.name.clone(),
                source,
            })?;
            models.insert(model.name.clone(), Arc::new(embedder));
        }
        Ok(Self {
            models,
            for_new: config.embed.model.clone(),
        })
    }

    /// Returns the model of a name.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn Embedder>, EmbedError> {
        self.models.get(name).ok_or_else(|| EmbedError::Unknown {
            model: name.to_owned(),
            known: self.names().collect::<Vec<_>>().join(", "),
        })
    }

    /// Tells the model of a space the length of vectors that are kept.
    pub fn expect_dimensions(&self, space: &str, dimensions: usize) {
        let model = self.all().find(|model| model.space() == space);
        if let Some(model) = model {
            model.expect_dimensions(dimensions);
        }
    }

    /// Returns the name of the model for new collections.
    #[must_use]
    pub fn for_new(&self) -> &str {
        &self.for_new
    }

    /// Lists the names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// Lists the models by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Embedder>> {
        self.models.values()
    }
}

/// Gives a vector the length 1, unless it is all zeros.
fn normalise(vector: &mut [f32]) {
    let length = length(vector);
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
}

fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|x| x * x).sum::<f32>().sqrt()
}
