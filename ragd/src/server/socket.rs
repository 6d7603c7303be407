//! Binding the socket: one daemon per socket, a stale one replaced, nobody else in its folder.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{GenericFilePath, ListenerOptions};
use interprocess::os::unix::local_socket::ListenerOptionsExt as _;
use rustix::fs::{FlockOperation, flock};

/// The kernel's limit for the path of a socket, with its end.
const MAX_PATH: usize = 108;

/// The socket cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another daemon serves it.
    #[error("another ragd (pid {pid}) uses {path}")]
    Taken { path: PathBuf, pid: String },
    /// Others could put their own socket in its place.
    #[error("the folder {path} is not safe for a socket: {reason}")]
    Unsafe { path: PathBuf, reason: &'static str },
    /// Longer than the kernel takes.
    #[error("the path {path} is too long for a socket ({} bytes are the most)", MAX_PATH - 1)]
    TooLong { path: PathBuf },
    #[error("cannot use {path}")]
    Io { path: PathBuf, source: io::Error },
}

/// A socket that is ours as long as this lives.
#[derive(Debug)]
pub struct Bound {
    listener: Listener,
    _lock: Lock,
}

impl Bound {
    /// Takes over `path`. A socket that an earlier daemon left is replaced.
    pub fn bind(path: &Path) -> Result<Self, BindError> {
        let fail = |source| BindError::Io {
            path: path.to_owned(),
            source,
        };
        if path.as_os_str().len() >= MAX_PATH {
            return Err(BindError::TooLong {
                path: path.to_owned(),
            });
        }
        let folder = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        prepare_folder(folder)?;
        let lock = lock(&path.with_extension("lock")).map_err(|error| match error {
            BindError::Taken { pid, .. } => BindError::Taken {
                path: path.to_owned(),
                pid,
            },
            other => other,
        })?;
        // Whoever held the lock before is gone, so nobody listens there.
        match std::fs::symlink_metadata(path) {
            Ok(meta) if std::os::unix::fs::FileTypeExt::is_socket(&meta.file_type()) => {
                std::fs::remove_file(path).map_err(fail)?;
            }
            Ok(_) => {
                let reason = io::Error::new(io::ErrorKind::AlreadyExists, "it is not a socket");
                return Err(fail(reason));
            }
            Err(_) => {}
        }
        let folder_mode = std::fs::metadata(folder).map_err(fail)?.mode();
        // A folder that its group may enter is how an administrator lets that group connect.
        let mode = if folder_mode & 0o010 == 0 {
            0o600
        } else {
            0o660
        };
        let name = path.to_fs_name::<GenericFilePath>().map_err(fail)?;
        let listener = ListenerOptions::new()
            .name(name)
            .mode(mode)
            .create_tokio()
            .map_err(fail)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(fail)?;
        Ok(Self {
            listener,
            _lock: lock,
        })
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        self.listener.accept().await
    }
}

/// A lock file that is held.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // A program that is just being started has a copy of the file until it is what it will be, and
        // closing ours would not end the lock.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

/// Takes a lock file until the returned value is dropped, and writes our pid into it.
pub(crate) fn lock(path: &Path) -> Result<Lock, BindError> {
    let fail = |source| BindError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(fail)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let pid = std::fs::read_to_string(path).unwrap_or_default();
        let pid = if pid.trim().is_empty() {
            "unknown".to_owned()
        } else {
            pid.trim().to_owned()
        };
        return Err(BindError::Taken {
            path: path.to_owned(),
            pid,
        });
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(fail)?;
    Ok(Lock(file))
}

fn prepare_folder(folder: &Path) -> Result<(), BindError> {
    let fail = |source| BindError::Io {
        path: folder.to_owned(),
        source,
    };
    let refuse = |reason| {
        Err(BindError::Unsafe {
            path: folder.to_owned(),
            reason,
        })
    };
    if !folder.exists() {
        std::fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(folder)
            .map_err(fail)?;
    }
    let meta = std::fs::symlink_metadata(folder).map_err(fail)?;
    if !meta.is_dir() {
        return refuse("it is not a folder");
    }
    let own = rustix::process::geteuid().as_raw();
    if meta.uid() != own && meta.uid() != 0 {
        return refuse("it belongs to somebody else");
    }
    if meta.mode() & 0o022 != 0 {
        return refuse("others may write to it");
    }
    Ok(())
}
