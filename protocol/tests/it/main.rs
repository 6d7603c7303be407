//! What the wire looks like, and the laws that hold for every message.

mod dependencies;
mod dice;
mod golden;
mod hello;
mod laws;
mod privacy;
mod samples;
