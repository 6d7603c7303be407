//! `ragtui`: screens.
//!
//! ```text
//! terminal, socket, timer → Message → update(&mut Model, Message) -> Vec<Effect>
//!                     ↑                         ↓                       ↓
//!                     └──── Message ──── runtime::perform(Effect)   view(&Model, &mut Frame)
//! ```
//!
//! Everything that decides is synchronous and pure; only `runtime`, `requests`, `paths` and `terminal` do
//! anything.

mod actions;
mod effect;
mod layout;
mod message;
mod model;
mod paths;
mod requests;
mod runtime;
mod terminal;
mod theme;
mod update;
mod view;

#[cfg(test)]
mod fixtures;

pub use runtime::{Arguments, arguments, run};
