//! A turn under way, which is kept however it ends.

use super::turn::Turn;
use crate::ids;
use crate::ledger::{KeptTurn, Ledger, LedgerError};

/// Longest title of a conversation, in characters.
const TITLE: usize = 80;

/// Holds a turn; dropped before its end, it is kept as it is.
pub(super) struct Keeper {
    ledger: Ledger,
    uid: u32,
    turn: Option<Turn>,
}

impl Keeper {
    pub(super) fn new(ledger: Ledger, uid: u32, turn: Turn) -> Self {
        Self {
            ledger,
            uid,
            turn: Some(turn),
        }
    }

    pub(super) fn turn(&self) -> &Turn {
        self.turn.as_ref().expect("taken at the end only")
    }

    pub(super) fn turn_mut(&mut self) -> &mut Turn {
        self.turn.as_mut().expect("taken at the end only")
    }

    /// Keeps the turn, if it belongs to a conversation, and returns it.
    pub(super) async fn keep(mut self) -> Result<Turn, LedgerError> {
        let turn = self.turn.take().expect("taken at the end only");
        if let Some(kept) = kept(&turn, self.uid) {
            self.ledger.keep_turn(kept).await?;
        }
        Ok(turn)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let Some(kept) = kept(&turn, self.uid) else {
            return;
        };
        let ledger = self.ledger.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = ledger.keep_turn(kept).await {
                    tracing::warn!(error = ids::chain(&error), "A stopped answer was not kept.");
                }
            });
        }
    }
}

fn kept(turn: &Turn, uid: u32) -> Option<KeptTurn> {
    let words: Vec<_> = turn.question.split_whitespace().collect();
    Some(KeptTurn {
        conversation: turn.searched.conversation?,
        uid,
        title: words.join(" ").chars().take(TITLE).collect(),
        collection: turn.collection.clone(),
        at: turn.asked_at,
        record: turn.write(),
    })
}
