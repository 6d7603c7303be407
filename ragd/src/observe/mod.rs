//! How the daemon is: disk, memory, and the health of its parts.

mod disk;
mod process;

pub use disk::{Disk, Space};
pub use process::{resident_bytes, tree_bytes};
