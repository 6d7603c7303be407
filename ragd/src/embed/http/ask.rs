//! What is sent to a server of vectors, and what may come back.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::Http;
use crate::embed::{EmbedError, Purpose, length, normalise, split};
use crate::openai::{Patience, ServerError};

/// Bytes that a number may take in an answer, with the spaces of a generous server.
const NUMBER_BYTES: usize = 40;
/// The longest vector that is read.
const MOST_NUMBERS: usize = 16_384;
/// Passages wait for a server that is busy; after that their job does.
const PASSAGES: Patience = Patience {
    tries: 4,
    within: Duration::from_secs(30),
};
/// Somebody sits before a query; and it can be answered by words alone.
const QUERY: Patience = Patience {
    tries: 2,
    within: Duration::from_secs(1),
};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Response {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Http {
    /// Asks for vectors, and cuts texts that are too long or turn out to be.
    pub(super) fn ask(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        Box::pin(async move {
            let longest = self.longest();
            // What is known to be too long is not sent to hear that once more.
            let refused = match texts.iter().any(|text| text.len() > longest) {
                true => None,
                false => match self.request(&texts, purpose).await {
                    Err(EmbedError::Server {
                        source: error @ ServerError::TooLong { .. },
                        ..
                    }) => Some(error),
                    answer => return answer,
                },
            };
            if let [text] = texts.as_slice() {
                let was_refused = refused.is_some();
                let limit = match refused {
                    None => longest,
                    Some(error) => split::half(text).ok_or_else(|| self.error(error))?,
                };
                let pieces = split::pieces(text, limit);
                let vector = self.ask_in_pieces(&pieces, purpose).await?;
                // Only now: a server that refuses everything teaches nothing.
                if was_refused {
                    self.learn(
                        pieces
                            .iter()
                            .map(|piece| piece.len())
                            .max()
                            .unwrap_or(limit),
                    );
                }
                return Ok(vec![vector]);
            }
            // One of them it is, and which one, no server says.
            let mut first = texts;
            let second = first.split_off(first.len() / 2);
            let mut made = self.ask(first, purpose).await?;
            made.extend(self.ask(second, purpose).await?);
            Ok(made)
        })
    }

    /// Averages the vectors of the pieces of a text.
    async fn ask_in_pieces(
        &self,
        pieces: &[&str],
        purpose: Purpose,
    ) -> Result<Vec<f32>, EmbedError> {
        self.tell_cut(pieces.len());
        let mut made = Vec::with_capacity(pieces.len());
        for piece in pieces {
            made.extend(self.ask(vec![(*piece).to_owned()], purpose).await?);
        }
        let places: Vec<_> = pieces.iter().map(|piece| piece.len()).enumerate().collect();
        Ok(weighted(&places, &made))
    }

    /// Sends one request, and once more, if the answer is cut off.
    async fn request(
        &self,
        texts: &[String],
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        // Queries do not queue behind passages.
        let (patience, _permit) = match purpose {
            Purpose::Passage => (PASSAGES, self.permits.acquire().await.ok()),
            Purpose::Query => (QUERY, None),
        };
        let body = Request {
            model: self.server.model(),
            input: texts,
            encoding_format: "float",
        };
        let limit = texts.len() * MOST_NUMBERS * NUMBER_BYTES;
        let mut tries = 0;
        let response: Response = loop {
            tries += 1;
            let asked = self.server.post("embeddings", &body, patience).await;
            let response = asked.map_err(|error| self.error(error))?;
            match self.server.read(response, limit).await {
                Err(ServerError::BrokeOff { .. }) if tries < patience.tries => {}
                answer => break answer.map_err(|error| self.error(error))?,
            }
        };
        self.check(response, texts.len())
    }

    fn useless(&self, came: String) -> EmbedError {
        EmbedError::Useless {
            model: self.server.name().to_owned(),
            url: self.server.shown_url(),
            came,
        }
    }

    /// Returns the vectors in the order of the texts, each of length 1.
    fn check(&self, response: Response, asked: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
        let count = response.data.len();
        let mut vectors = vec![Vec::new(); asked];
        for (at, entry) in response.data.into_iter().enumerate() {
            if let Some(place) = vectors.get_mut(entry.index.unwrap_or(at)) {
                *place = entry.embedding;
            }
        }
        if count != asked || vectors.iter().any(Vec::is_empty) {
            let reason = format!("it was sent {asked} texts and made {count} vectors of them");
            return Err(self.garbage(reason));
        }
        for vector in &mut vectors {
            let numbers = vector.len();
            if numbers > MOST_NUMBERS {
                return Err(self.useless(format!(
                    "a vector of {numbers} numbers, where {MOST_NUMBERS} are the most,"
                )));
            }
            if !vector.iter().all(|number| number.is_finite()) {
                return Err(self.garbage("a vector has something that is no number".to_owned()));
            }
            // Also where the numbers are so small or large that their squares are none.
            if !length(vector).is_normal() {
                return Err(
                    self.useless(format!("a vector of {numbers} zeros, or as good as that"))
                );
            }
            normalise(vector);
        }
        let Some(first) = vectors.first().map(Vec::len) else {
            return Ok(vectors);
        };
        if vectors.iter().any(|vector| vector.len() != first) {
            return Err(self.garbage("the vectors of one answer differ in length".to_owned()));
        }
        match *self.dimensions.get_or_init(|| first) {
            known if known == first => Ok(vectors),
            known => Err(EmbedError::Dimensions {
                model: self.server.name().to_owned(),
                url: self.server.shown_url(),
                found: first,
                known,
            }),
        }
    }
}

/// Returns the average of the vectors of pieces, each counting by its length.
pub(super) fn weighted(pieces: &[(usize, usize)], made: &[Vec<f32>]) -> Vec<f32> {
    if let [(place, _)] = pieces {
        return made[*place].clone();
    }
    let mut sum: Vec<f32> = Vec::new();
    for (place, bytes) in pieces {
        let vector = &made[*place];
        sum.resize(vector.len(), 0.0);
        #[expect(clippy::cast_precision_loss, reason = "a weight need not be exact")]
        let weight = *bytes as f32;
        for (sum, number) in sum.iter_mut().zip(vector) {
            *sum += weight * number;
        }
    }
    normalise(&mut sum);
    sum
}
