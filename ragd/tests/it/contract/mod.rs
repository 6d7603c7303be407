//! One suite per trait, run over every backend.

mod index;
