//! How many writers may be open at once.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Places for writers. Each holds megabytes, so a thread waits here until it has one.
///
/// They are given out in the order in which writers were started. A writer that was told to end
/// while it still waited would otherwise wait behind later ones, which keep their places for as
/// long as they are used.
#[derive(Debug)]
pub(super) struct Slots {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: usize,
    next: u64,
    waiting: VecDeque<u64>,
}

/// A turn, given back on drop if it was not used.
#[derive(Debug)]
pub(super) struct Ticket {
    slots: Arc<Slots>,
    number: u64,
}

/// A place, given back on drop.
#[derive(Debug)]
pub(super) struct Slot(Arc<Slots>);

impl Slots {
    pub(super) fn new(count: usize) -> Self {
        let state = State {
            free: count,
            next: 0,
            waiting: VecDeque::new(),
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Queues up behind all who did so before. Does not block.
    pub(super) fn queue_up(self: &Arc<Self>) -> Ticket {
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.push_back(number);
        let slots = Arc::clone(self);
        Ticket { slots, number }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Waits for a place.
    pub(super) fn wait(self) -> Slot {
        let is_not_mine =
            |state: &mut State| state.free == 0 || state.waiting.front() != Some(&self.number);
        let waited = self
            .slots
            .changed
            .wait_while(self.slots.lock(), is_not_mine);
        waited.unwrap_or_else(PoisonError::into_inner).free -= 1;
        Slot(Arc::clone(&self.slots))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let number = self.number;
        self.slots.lock().waiting.retain(|other| *other != number);
        self.slots.changed.notify_all();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.lock().free += 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn places_are_given_in_the_order_of_queueing_up() {
        let slots = Arc::new(Slots::new(1));
        let held = slots.queue_up().wait();
        let (first, given_up, last) = (slots.queue_up(), slots.queue_up(), slots.queue_up());
        let (turns, order) = channel();
        let waits = |name: &'static str, ticket: Ticket| {
            let turns = turns.clone();
            std::thread::spawn(move || {
                let _slot = ticket.wait();
                turns.send(name).unwrap();
            })
        };
        let last = waits("last", last);
        drop(held);
        drop(given_up);
        // The place is free, and still not for whoever asks first.
        assert!(order.try_recv().is_err());
        let first = waits("first", first);
        assert_eq!(order.iter().take(2).collect::<Vec<_>>(), ["first", "last"]);
        first.join().unwrap();
        last.join().unwrap();
    }
}
