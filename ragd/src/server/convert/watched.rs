//! Watched sources.

use std::os::unix::ffi::OsStrExt;

use protocol::PathBytes;
use protocol::watched::{WatchedState, WatchedView};

use crate::watched::{Seen, State};

pub(in crate::server) fn watched(seen: Seen) -> WatchedView {
    let roots = seen.roots.iter();
    let (cause, next_step) = match seen.trouble {
        Some(trouble) => (Some(trouble.cause), trouble.next_step),
        None => (None, None),
    };
    WatchedView {
        id: seen.id,
        uid: seen.uid,
        collection: seen.collection,
        roots: roots
            .map(|root| PathBytes(root.as_os_str().as_bytes().to_vec()))
            .collect(),
        state: state(seen.state),
        is_polled: seen.is_polled,
        folders: seen.folders as u64,
        created_at: seen.created_at,
        updated_at: seen.updated_at,
        job: seen.job,
        cause,
        next_step,
    }
}

fn state(state: State) -> WatchedState {
    match state {
        State::Starting => WatchedState::Starting,
        State::Current => WatchedState::Current,
        State::Updating => WatchedState::Updating,
        State::Away => WatchedState::Away,
        State::Held => WatchedState::Held,
        State::Failed => WatchedState::Failed,
    }
}
