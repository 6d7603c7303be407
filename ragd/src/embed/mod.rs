//! Texts to vectors.
//!
//! [`Embedder`] is a model with a name; vectors of different names are never compared. `builtin.rs`
//! is the model inside the daemon. Which collection uses which model is not known here.

mod builtin;

use std::sync::Arc;

use async_trait::async_trait;

/// Returns the model that is always there.
#[must_use]
pub fn open() -> Arc<dyn Embedder> {
    Arc::new(builtin::Hashing::default())
}

/// What a text is to its vector: some models tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Passage,
    Query,
}

/// A model that turns texts into vectors.
#[async_trait]
pub trait Embedder: std::fmt::Debug + Send + Sync {
    /// Returns the name under which its vectors are kept. It changes whenever the vectors would.
    fn name(&self) -> &str;

    /// Returns how near a passage has to be to a query to be about it, when nothing else says so:
    /// every query has something that is nearest.
    fn floor(&self) -> f32;

    /// Returns a vector of length 1 for each of `texts`, in order; all zeros for a text in which
    /// the model finds nothing. Dropping the call stops it.
    async fn embed(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, EmbedError>;
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
}

/// Gives a vector the length 1, unless it is all zeros.
fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
}
