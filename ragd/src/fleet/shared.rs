//! What all machines have to share, and how each finds out what it sees of it.
//!
//! A worker that writes to another index than the daemon searches would lose documents without a
//! word. So both say what they see, and a worker that sees something else gets nothing.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// The name that was drawn for a store when it was made; or why none is seen.
pub type Sight = Result<String, String>;

/// What one process sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    pub index: Sight,
    pub blobs: Sight,
}

impl Default for Shared {
    fn default() -> Self {
        let unseen = || Err("it was not looked for yet".to_owned());
        Self {
            index: unseen(),
            blobs: unseen(),
        }
    }
}

/// One of the things that are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Index,
    Blobs,
}

impl Store {
    const ALL: [Self; 2] = [Self::Index, Self::Blobs];

    /// Returns the key of the configuration that says where it is.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Index => "index.url",
            Self::Blobs => "blobs.url",
        }
    }
}

/// Finds out what this process sees.
#[async_trait]
pub trait Look: Send + Sync + 'static {
    async fn look(&self) -> Shared;
}

impl Shared {
    fn sight(&self, store: Store) -> &Sight {
        match store {
            Store::Index => &self.index,
            Store::Blobs => &self.blobs,
        }
    }

    /// Returns the names, empty where nothing is seen.
    pub(super) fn names(&self) -> [&str; 2] {
        Store::ALL.map(|store| self.sight(store).as_deref().unwrap_or_default())
    }

    /// What a daemon sees, of which only the names are known.
    pub(super) fn of_names(index: String, blobs: String) -> Self {
        let sight = |name: String| match name.is_empty() {
            true => Err("it does not say why".to_owned()),
            false => Ok(name),
        };
        Self {
            index: sight(index),
            blobs: sight(blobs),
        }
    }

    /// Says in the log what went out of sight, or came back, since `before`.
    pub(super) fn tell_changes(&self, before: Option<&Self>) {
        for store in Store::ALL {
            let was_seen = before.map(|before| before.sight(store).is_ok());
            match (was_seen, self.sight(store)) {
                (None | Some(true), Err(why)) => tracing::warn!(
                    why,
                    "What `{}` names is out of sight: workers get nothing until it is seen again.",
                    store.key()
                ),
                (Some(false), Ok(_)) => {
                    tracing::info!("What `{}` names is seen again.", store.key());
                }
                (None | Some(true), Ok(_)) | (Some(false), Err(_)) => {}
            }
        }
    }

    /// Returns what is seen now, and for what is out of sight, what was seen before.
    #[must_use]
    pub fn or_before(self, before: &Self) -> Self {
        let or_before = |now: Sight, before: &Sight| now.or_else(|why| before.clone().or(Err(why)));
        Self {
            index: or_before(self.index, &before.index),
            blobs: or_before(self.blobs, &before.blobs),
        }
    }
}

/// What a worker does not share with the daemon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unshared {
    #[error("the worker cannot see what its `{}` names: {why}", store.key())]
    Unseen { store: Store, why: String },
    #[error("`{}` of the worker names another place than that of the daemon", store.key())]
    Other { store: Store },
    #[error("the daemon itself does not see what its `{}` names", store.key())]
    UnseenThere { store: Store },
}

impl Unshared {
    /// Compares what a worker sees with what the daemon does.
    pub(super) fn find(worker: &Shared, daemon: &Shared) -> Option<Self> {
        Store::ALL
            .into_iter()
            .find_map(|store| match (worker.sight(store), daemon.sight(store)) {
                (Ok(here), Ok(there)) if here == there => None,
                (Ok(_), Ok(_)) => Some(Self::Other { store }),
                (Err(why), _) => Some(Self::Unseen {
                    store,
                    why: why.clone(),
                }),
                (Ok(_), Err(_)) => Some(Self::UnseenThere { store }),
            })
    }

    /// Tells whether this may pass without anybody changing a setting.
    pub(super) fn is_transient(&self) -> bool {
        !matches!(self, Self::Other { .. })
    }

    pub(super) fn next_step(&self) -> String {
        match self {
            Self::Unseen {
                store: Store::Index,
                ..
            } => {
                "correct `index.url` of the worker, or see whether the server can be reached from \
                  there; the worker goes on by itself"
                    .to_owned()
            }
            Self::Unseen {
                store: Store::Blobs,
                ..
            } => "mount the folder on the machine of the worker, or correct its `[blobs]`; the \
                  worker goes on by itself"
                .to_owned(),
            Self::Other { store } => format!(
                "give the worker the `{}` of the daemon, and the daemon one that all machines see; \
                 then restart what was changed",
                store.key()
            ),
            Self::UnseenThere { .. } => {
                "run `ragctl doctor` where the daemon runs; the worker goes on by itself".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(index: &str, blobs: &str) -> Shared {
        let sight = |name: &str| match name {
            "" => Err("away".to_owned()),
            name => Ok(name.to_owned()),
        };
        Shared {
            index: sight(index),
            blobs: sight(blobs),
        }
    }

    #[test]
    fn a_worker_has_to_see_what_the_daemon_sees() {
        let check = |worker, daemon, expected| {
            assert_eq!(Unshared::find(&worker, &daemon), expected);
        };
        let other = |store| Some(Unshared::Other { store });
        let unseen = |store| {
            let why = "away".to_owned();
            Some(Unshared::Unseen { store, why })
        };
        check(shared("i", "b"), shared("i", "b"), None);
        check(shared("j", "b"), shared("i", "b"), other(Store::Index));
        check(shared("i", "c"), shared("i", "b"), other(Store::Blobs));
        check(shared("i", ""), shared("i", "b"), unseen(Store::Blobs));
        // Nothing is not the same as nothing.
        check(shared("", "b"), shared("", "b"), unseen(Store::Index));
        let there = Unshared::UnseenThere {
            store: Store::Index,
        };
        check(shared("i", "b"), shared("", "b"), Some(there));
    }

    #[test]
    fn what_is_out_of_sight_for_a_moment_is_what_it_was() {
        let before = shared("i", "b");
        assert_eq!(shared("", "c").or_before(&before), shared("i", "c"));
        assert_eq!(before.clone().or_before(&shared("", "")), before);
        assert_eq!(shared("", "").or_before(&shared("", "")), shared("", ""));
    }
}
