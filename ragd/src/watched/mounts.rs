//! Which disks are mounted below a source, and when that changes.
//!
//! A disk that is taken off leaves an empty folder behind, and inotify says nothing of a mount and
//! little of its end. The kernel's table of mounts tells both.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::register;

const TABLE: &str = "/proc/self/mountinfo";

/// Returns the mount points that lie below `roots`, in order.
pub(super) fn below(roots: &[PathBuf]) -> Vec<PathBuf> {
    let table = std::fs::read(TABLE).unwrap_or_default();
    points(&table, roots)
}

fn points(table: &[u8], roots: &[PathBuf]) -> Vec<PathBuf> {
    let lines = table.split(|byte| *byte == b'\n');
    // ID, parent, device, root, mount point.
    let points = lines.filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    let points = points.map(|point| PathBuf::from(OsString::from_vec(plain(point))));
    let is_below = |point: &PathBuf| {
        let mut roots = roots.iter();
        roots.any(|root| point != root && point.starts_with(root))
    };
    let mut points: Vec<_> = points.filter(is_below).collect();
    points.sort();
    points.dedup();
    points
}

/// Blanks and the like are written as a backslash and three octal digits.
fn plain(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.first_chunk::<3>().filter(|_| *byte == b'\\');
        let octal = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(code) => {
                out.push(code);
                rest = &after[3..];
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    out
}

/// Tells whether others may change what is there without this machine being told: NFS, SMB, 9p (as
/// of WSL), Ceph, AFS, and what is made of FUSE.
pub(super) fn is_remote(folder: &Path) -> bool {
    const KINDS: [u32; 9] = [
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x0102_1997,
        0x00c3_6400,
        0x5346_414f,
        0x6b41_4653,
        0x6573_5546,
    ];
    let found = rustix::fs::statfs(folder);
    found.is_ok_and(|found| KINDS.iter().any(|kind| i64::from(*kind) == found.f_type))
}

/// The table of mounts, to wait for changes of it.
#[derive(Debug)]
pub(super) struct Table(AsyncFd<OwnedFd>);

impl Table {
    /// Needs a Tokio runtime.
    pub(super) fn open() -> io::Result<Self> {
        let table = File::open(Path::new(TABLE))?;
        register(table.into(), Interest::PRIORITY).map(Self)
    }

    /// Waits for a change. None is lost if the caller goes away.
    pub(super) async fn changed(&mut self) -> io::Result<()> {
        self.0.ready(Interest::PRIORITY).await?.clear_ready();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_below_a_root_are_found_by_their_plain_names() {
        let table = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            30 22 8:2 / /home/kim rw - ext4 /dev/sda2 rw\n\
            31 30 0:40 / /home/kim/my\\040nas rw shared:1 - nfs nas:/x rw\n\
            32 22 0:41 / /home/kimono/x rw - tmpfs tmpfs rw\n\
            33 30 0:41 / /home/kim/a rw - tmpfs tmpfs rw\n";
        let below = |root: &str| points(table, &[PathBuf::from(root)]);
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(
            below("/home/kim"),
            paths(&["/home/kim/a", "/home/kim/my nas"])
        );
        assert_eq!(below("/home/kim/my nas"), paths(&[]));
        assert_eq!(below("/srv"), paths(&[]));
        assert_eq!(plain(b"a\\134\\x"), b"a\\\\x");
    }
}
