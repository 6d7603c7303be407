//! From a source to searchable chunks.
