//! Children that parse what nobody trusts: they have no files, no network, no programs and little
//! memory, and they hear and say nothing but frames.
//!
//! A child is this program again, started as `ragd extract`. It knows nothing of the daemon; what
//! it is told to do and what it answers is for whoever uses a [`Pool`] and [`serve`]. Whatever comes
//! back is to be read like a message of a stranger.

mod child;
mod pool;
mod probe;
mod tool;
mod walls;
mod wire;

pub use self::child::{Emit, Rules, serve};
pub use self::pool::{Lost, Pieces, Pool, Settings};
pub use self::probe::{Probe, Tried, self_test, try_out};
pub use self::tool::{Errand, Tool, ToolError, become_tool};
pub use self::walls::{Limits, WallError, Ways};
pub use self::wire::MAX_HEAD;
