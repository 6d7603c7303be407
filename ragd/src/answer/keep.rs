//! A turn under way, which is kept however it ends, unless only a whole answer is wanted.

use super::Question;
use super::turn::{Finish, Turn};
use crate::ids;
use crate::ledger::{KeptTurn, Ledger, LedgerError};

/// Longest title of a conversation, in characters.
const TITLE: usize = 80;

/// Holds a turn; dropped before its end, it is kept as it is.
pub(super) struct Keeper {
    ledger: Ledger,
    uid: u32,
    only_whole: bool,
    turn: Option<Turn>,
}

impl Keeper {
    pub(super) fn new(ledger: Ledger, question: &Question, turn: Turn) -> Self {
        Self {
            ledger,
            uid: question.uid,
            only_whole: question.only_whole,
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
        if let Some(kept) = self.kept(&turn) {
            self.ledger.keep_turn(kept).await?;
        }
        Ok(turn)
    }

    fn kept(&self, turn: &Turn) -> Option<KeptTurn> {
        if self.only_whole && matches!(turn.end.finish, Finish::BrokenOff | Finish::Stopped) {
            return None;
        }
        let words: Vec<_> = turn.question.split_whitespace().collect();
        Some(KeptTurn {
            conversation: turn.searched.conversation?,
            uid: self.uid,
            title: words.join(" ").chars().take(TITLE).collect(),
            collection: turn.collection.clone(),
            at: turn.asked_at,
            record: turn.write(),
        })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let Some(kept) = self.kept(&turn) else {
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
