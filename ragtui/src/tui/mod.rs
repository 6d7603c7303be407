//! `ragtui`: screens.
//!
//! ```text
//! terminal, socket, timer → Message → update(&mut Model, Message) -> Vec<Effect>
//!                     ↑                         ↓                       ↓
//!                     └──── Message ──── runtime::perform(Effect)   view(&Model, &mut Frame)
//! ```
//!
//! Everything that decides is synchronous and pure; only `runtime` and `terminal` do anything.

mod effect;
mod keys;
mod message;
mod model;
mod runtime;
mod terminal;
mod theme;
mod update;
mod view;

#[cfg(test)]
mod fixtures;

pub use runtime::{Arguments, arguments, run};
