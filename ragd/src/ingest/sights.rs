//! What was seen on the pages of contents, kept beside them: nobody has to look twice, and what is
//! searchable can be shown also where nobody looks any more.

use std::collections::HashMap;

use bytes::Bytes;

use super::extract::Seen;
use super::eyes::Eyes;
use super::gather::{Batch, Brief, Fresh};
use super::make::NoText;
use super::pipeline::{Hold, IngestError, Pipeline, place};
use crate::ids::{self, ContentHash};
use crate::ledger::Sight;

impl Pipeline {
    /// Returns what was seen on the pages of a content, whoever looked.
    pub async fn seen(&self, content: ContentHash) -> Result<Option<Vec<Seen>>, IngestError> {
        let sights = self.ledger.sights(vec![content]).await;
        match sights.map_err(IngestError::Ledger)?.pop() {
            Some((_, sight)) => self.recall(&sight).await,
            None => Ok(None),
        }
    }

    /// Returns what was seen on the pages of new contents, unless all is to be done again and somebody
    /// can.
    pub(super) async fn seen_of(
        &self,
        batch: &Batch,
        fresh: impl Iterator<Item = &Fresh>,
    ) -> Result<HashMap<ContentHash, Vec<Seen>>, IngestError> {
        let contents = fresh.map(|fresh| fresh.content).collect();
        let seen = self.seen_before(contents).await?;
        match batch.again && !seen.is_empty() && self.who_sees().await.is_some() {
            true => Ok(HashMap::new()),
            false => Ok(seen),
        }
    }

    /// Names who would read a page now, if anybody.
    async fn who_sees(&self) -> Option<String> {
        let eyes = self.maker.parser.eyes()?;
        eyes.can_see().await.then(|| eyes.fingerprint())
    }

    /// Returns what those who look today saw before on the pages of contents. Where nobody looks any
    /// more, or nobody can, what was seen by others is as good as it ever was.
    pub(super) async fn seen_before(
        &self,
        contents: Vec<ContentHash>,
    ) -> Result<HashMap<ContentHash, Vec<Seen>>, IngestError> {
        let mut all = HashMap::new();
        let sights = self.ledger.sights(contents).await;
        let sights = sights.map_err(IngestError::Ledger)?;
        let known = self.maker.parser.eyes().map(Eyes::fingerprint);
        let is_of_others = |sight: &Sight| known.as_ref().is_some_and(|by| sight.by != *by);
        let by = match sights.iter().any(|(_, sight)| is_of_others(sight)) {
            // Only then it matters, and asking starts a program.
            true => self.who_sees().await,
            false => known,
        };
        for (content, sight) in sights {
            if by.as_ref().is_none_or(|by| sight.by == *by)
                && let Some(seen) = self.recall(&sight).await?
            {
                all.insert(content, seen);
            }
        }
        Ok(all)
    }

    /// Reads what was seen; none if it is damaged, since it can be seen again.
    async fn recall(&self, sight: &Sight) -> Result<Option<Vec<Seen>>, IngestError> {
        let kept = match self.blobs.get(&place(&sight.blob)).await {
            Ok(kept) => kept,
            Err(error) if error.is_transient() => return Err(IngestError::Blobs(error)),
            Err(error) => {
                tracing::warn!(error = ids::chain(&error), "What was seen is lost.");
                return Ok(None);
            }
        };
        Ok(serde_json::from_slice(&kept).ok())
    }

    /// Keeps what was just seen, and returns for each of `made` where.
    pub(super) async fn keep_seen(
        &self,
        made: &[Result<Brief, NoText>],
        hold: &mut Hold,
    ) -> Result<Vec<Option<Sight>>, IngestError> {
        let Some(eyes) = self.maker.parser.eyes() else {
            return Ok(vec![None; made.len()]);
        };
        let packed = made.iter().map(|made| match made {
            Ok(brief) if !brief.seen.is_empty() => {
                let packed = serde_json::to_vec(&brief.seen).expect("numbers and texts");
                Some((ids::content_hash(&packed), Bytes::from(packed)))
            }
            Ok(_) | Err(_) => None,
        });
        let packed: Vec<_> = packed.collect();
        // Copies of one document are seen as the same.
        let contents: HashMap<_, _> = packed.iter().flatten().cloned().collect();
        hold.contents(&self.contents, contents.keys().copied().collect())
            .await;
        let kept = self.keep_all(contents.into_iter().collect()).await?;
        let by = eyes.fingerprint();
        let sights = packed.into_iter().map(|packed| {
            let blob = *kept.get(&packed?.0)?;
            Some(Sight {
                by: by.clone(),
                blob,
            })
        });
        Ok(sights.collect())
    }
}
