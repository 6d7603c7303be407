//! Reading one file without being fooled by what it is or becomes.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// What tells that a file is the one that was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    pub bytes: u64,
    /// Since 1970; negative before that.
    pub modified_ns: i64,
    pub inode: u64,
    pub device: u64,
}

impl Stat {
    #[expect(
        clippy::unnecessary_cast,
        reason = "the field types of stat differ between platforms"
    )]
    pub(crate) fn of(stat: &rustix::fs::Stat) -> Self {
        let modified_ns = (stat.st_mtime as i64)
            .saturating_mul(1_000_000_000)
            .saturating_add(stat.st_mtime_nsec as i64);
        Self {
            bytes: u64::try_from(stat.st_size).unwrap_or(0),
            modified_ns,
            inode: stat.st_ino as u64,
            device: stat.st_dev as u64,
        }
    }
}

/// A file that could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is gone, or a folder above it is.
    #[error("{path} is gone")]
    Vanished { path: PathBuf },
    /// It is a symbolic link. Links are never followed.
    #[error("{path} is a symbolic link")]
    Link { path: PathBuf },
    /// It is a folder, a pipe, a socket or a device.
    #[error("{path} is not a regular file")]
    NotAFile { path: PathBuf },
    /// It has more bytes than allowed, or grew beyond that while it was read.
    #[error("{path} is larger than {max_bytes} bytes")]
    TooLarge { path: PathBuf, max_bytes: u64 },
    /// It was written to during both attempts to read it.
    #[error("{path} changes while it is read")]
    Changed { path: PathBuf },
    /// The daemon's user may not read it.
    #[error("no permission to read {path}")]
    Denied { path: PathBuf },
    /// Anything else the operating system has against it.
    #[error("cannot read {path}")]
    Io { path: PathBuf, source: io::Error },
}

impl ReadError {
    fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOENT | Errno::NOTDIR) => Self::Vanished { path },
            Some(Errno::LOOP) => Self::Link { path },
            // A socket cannot be opened, a pipe or a device without a driver gives `NXIO`.
            Some(Errno::NXIO | Errno::NODEV | Errno::ISDIR) => Self::NotAFile { path },
            Some(Errno::ACCESS | Errno::PERM) => Self::Denied { path },
            _ => Self::Io { path, source },
        }
    }

    /// Returns a stable word for scripts and the failure inbox.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Vanished { .. } => "file-vanished",
            Self::Link { .. } => "file-is-link",
            Self::NotAFile { .. } => "not-a-file",
            Self::TooLarge { .. } => "file-too-large",
            Self::Changed { .. } => "file-changed",
            Self::Denied { .. } => "permission-denied",
            Self::Io { .. } => "file-unreadable",
        }
    }

    /// Tells whether a later attempt may succeed without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Changed { .. } => true,
            Self::Io { source, .. } => source.kind() != io::ErrorKind::InvalidFilename,
            Self::Vanished { .. }
            | Self::Link { .. }
            | Self::NotAFile { .. }
            | Self::TooLarge { .. }
            | Self::Denied { .. } => false,
        }
    }
}

/// Reads the regular file at `path`, at most `max_bytes` of it.
///
/// The bytes belong to one state of the file as far as size and modification time can tell: when
/// they differ before and after, it is read once more.
pub fn read(path: &Path, max_bytes: u64) -> Result<(Vec<u8>, Stat), ReadError> {
    read_with(path, max_bytes, &mut || ())
}

/// Like [`read`]; `meanwhile` runs between reading the bytes and looking whether they changed.
fn read_with(
    path: &Path,
    max_bytes: u64,
    meanwhile: &mut dyn FnMut(),
) -> Result<(Vec<u8>, Stat), ReadError> {
    for _attempt in 0..2 {
        let (mut file, before) = open(path)?;
        if before.bytes > max_bytes {
            return Err(ReadError::TooLarge {
                path: path.to_owned(),
                max_bytes,
            });
        }
        let bytes = read_all(&mut file, before.bytes, max_bytes)
            .map_err(|source| ReadError::new(path, source))?
            .ok_or_else(|| ReadError::TooLarge {
                path: path.to_owned(),
                max_bytes,
            })?;
        meanwhile();
        let after = rustix::fs::fstat(&file).map_err(|e| ReadError::new(path, e.into()))?;
        if Stat::of(&after) == before {
            return Ok((bytes, before));
        }
    }
    Err(ReadError::Changed {
        path: path.to_owned(),
    })
}

/// Opens without following a link and without waiting for the writer of a pipe.
fn open(path: &Path) -> Result<(File, Stat), ReadError> {
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file: File = rustix::fs::open(path, flags, Mode::empty())
        .map_err(|e| ReadError::new(path, e.into()))?
        .into();
    let stat = rustix::fs::fstat(&file).map_err(|e| ReadError::new(path, e.into()))?;
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
        return Err(ReadError::NotAFile {
            path: path.to_owned(),
        });
    }
    Ok((file, Stat::of(&stat)))
}

/// Reads to the end, or returns none if that is beyond `max_bytes`.
fn read_all(file: &mut File, expected: u64, max_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    // One more than expected, so that reading the end does not double the buffer.
    let capacity = usize::try_from(expected + 1).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(capacity)
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max_bytes).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn code(path: &Path, max_bytes: u64) -> &'static str {
        read(path, max_bytes)
            .expect_err("the file must be refused")
            .code()
    }

    #[test]
    fn a_file_comes_with_the_state_it_was_read_in() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a\nb.txt");
        fs::write(&path, "text").unwrap();
        let (bytes, stat) = read(&path, 4).unwrap();
        assert_eq!(bytes, b"text");
        assert_eq!(stat.bytes, 4);
        assert!(stat.modified_ns > 0 && stat.inode > 0);
    }

    #[test]
    fn what_is_not_a_regular_file_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "12345").unwrap();
        symlink(at("file"), at("link")).unwrap();
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), fifo, Mode::RUSR, 0).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();

        assert_eq!(code(&at("link"), 9), "file-is-link");
        assert_eq!(code(&at("fifo"), 9), "not-a-file");
        assert_eq!(code(&at("socket"), 9), "not-a-file");
        assert_eq!(code(dir.path(), 9), "not-a-file");
        assert_eq!(code(Path::new("/dev/zero"), 9), "not-a-file");
        assert_eq!(code(&at("none"), 9), "file-vanished");
        assert_eq!(code(&at("file/below"), 9), "file-vanished");
        assert_eq!(code(&at("file"), 4), "file-too-large");
    }

    #[test]
    fn a_file_of_the_kernel_without_a_size_is_limited_too() {
        let (bytes, stat) = read(Path::new("/proc/self/status"), 1 << 20).unwrap();
        assert!(stat.bytes == 0 && !bytes.is_empty());
        assert_eq!(code(Path::new("/proc/self/status"), 10), "file-too-large");
    }

    #[test]
    fn a_file_without_permission_is_denied() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
        if rustix::process::geteuid().is_root() {
            eprintln!("skipped: root may read everything");
            return;
        }
        assert_eq!(code(&path, 9), "permission-denied");
    }

    #[test]
    fn a_file_that_grows_once_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "one").unwrap();
        let mut grown = false;
        let (bytes, stat) = read_with(&path, 100, &mut || {
            if !std::mem::replace(&mut grown, true) {
                append(&path, " two");
            }
        })
        .unwrap();
        assert_eq!((bytes.as_slice(), stat.bytes), (&b"one two"[..], 7));
    }

    #[test]
    fn a_file_that_never_rests_is_a_transient_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "").unwrap();
        let error = read_with(&path, 100, &mut || append(&path, "x")).unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("file-changed", true));
    }

    #[test]
    fn growing_does_not_get_past_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "1234").unwrap();
        let error = read_with(&path, 4, &mut || append(&path, "5")).unwrap_err();
        assert_eq!(error.code(), "file-too-large");
    }

    fn append(path: &Path, text: &str) {
        fs::OpenOptions::new()
            .append(true)
            .open(path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }
}
