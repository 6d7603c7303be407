//! A small LRU cache backed by a slab of doubly linked entries.
//!
//! Lookups and insertions are O(1); the slab never shrinks, so a cache that
//! has been full once does not allocate again.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

const NIL: usize = usize::MAX;

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    value: V,
    prev: usize,
    next: usize,
}

/// Least-recently-used cache with a fixed capacity.
pub struct LruCache<K, V> {
    map: HashMap<K, usize>,
    slab: Vec<Entry<K, V>>,
    head: usize,
    tail: usize,
    capacity: usize,
}

impl<K: Hash + Eq + Clone, V> LruCache<K, V> {
    /// Creates an empty cache.
    ///
    /// # Panics
    ///
    /// Panics when `capacity` is zero.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "capacity must be positive, got {{{capacity}}}");
        Self { map: HashMap::new(), slab: Vec::new(), head: NIL, tail: NIL, capacity }
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Returns the value and marks it as most recently used.
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let index = *self.map.get(key)?;
        self.detach(index);
        self.push_front(index);
        Some(&self.slab[index].value)
    }

    /// Inserts a pair and returns whatever had to leave to make room for it.
    pub fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        if let Some(&index) = self.map.get(&key) {
            // The key is known: swap the value in place and refresh its age.
            let old = std::mem::replace(&mut self.slab[index].value, value);
            self.detach(index);
            self.push_front(index);
            return Some((key, old));
        }

        let mut evicted = None;
        let index = if self.slab.len() < self.capacity {
            self.slab.push(Entry { key: key.clone(), value, prev: NIL, next: NIL });
            self.slab.len() - 1
        } else {
            let victim = self.tail;
            self.detach(victim);
            let fresh = Entry { key: key.clone(), value, prev: NIL, next: NIL };
            let old = std::mem::replace(&mut self.slab[victim], fresh);
            match self.map.remove(&old.key) {
                Some(slot) if slot == victim => evicted = Some((old.key, old.value)),
                Some(slot) => unreachable!("slot {slot} does not match victim {victim}"),
                None => {
                    // A broken `Eq` implementation can bring us here; losing
                    // the entry is better than corrupting the list.
                    debug_assert!(false, "evicted key was not in the map");
                }
            }
            victim
        };

        self.map.insert(key, index);
        self.push_front(index);
        evicted
    }

    fn detach(&mut self, index: usize) {
        let (prev, next) = (self.slab[index].prev, self.slab[index].next);
        if prev == NIL { self.head = next } else { self.slab[prev].next = next }
        if next == NIL { self.tail = prev } else { self.slab[next].prev = prev }
    }

    fn push_front(&mut self, index: usize) {
        self.slab[index].prev = NIL;
        self.slab[index].next = self.head;
        if self.head == NIL {
            self.tail = index;
        } else {
            self.slab[self.head].prev = index;
        }
        self.head = index;
    }
}

impl<K, V> fmt::Debug for LruCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LruCache {{ {}/{} }}", self.map.len(), self.capacity)
    }
}
