//! How the daemon is: disk, memory, and the health of its parts.

mod disk;
mod memory;
mod process;

pub use disk::{Disk, Space};
pub use memory::{keep_little_memory, trim_memory};
pub use process::{host, resident_bytes, tree_bytes};
