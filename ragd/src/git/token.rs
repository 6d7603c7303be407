//! Handing a token to git: by a pipe that is read once, and never in an argument or a variable, which
//! others may read. Git asks for it only if the host wants one, and only for that host.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::task::JoinHandle;

use super::address::Address;

/// A pipe tells nobody that somebody opened it for reading.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What hosts take as the name beside a token.
const USER: &str = "x-access-token";
const PIPE: &str = "token";

/// A token, and the name to give with it.
pub(super) struct Token {
    user: String,
    text: String,
}

impl Token {
    pub(super) fn new(user: &str, text: String) -> Self {
        let user = if user.is_empty() { USER } else { user };
        Self {
            user: user.to_owned(),
            text,
        }
    }

    /// Returns what git says without the token, and without what a server says that was given it:
    /// that may repeat it in a way of its own.
    pub(super) fn taken_out(&self, said: &str) -> String {
        let lines = said.lines().filter(|line| !line.starts_with("remote:"));
        let said: Vec<_> = lines.collect();
        said.join("\n").replace(&self.text, "<token>")
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

/// A token that waits to be fetched.
#[derive(Debug)]
pub(super) struct Handed {
    folder: PathBuf,
    waits: JoinHandle<()>,
}

impl Handed {
    /// Makes the pipe in a new folder below `above`, which nobody else may enter.
    pub(super) fn new(above: &Path, token: &Token) -> io::Result<Self> {
        let folder = above.join(format!(".token-{}", uuid::Uuid::new_v4().simple()));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let path = folder.join(PIPE);
        let made = rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0);
        if let Err(error) = made {
            let _ = fs::remove_dir_all(&folder);
            return Err(error.into());
        }
        let Token { user, text } = token;
        let text = format!("username={user}\npassword={text}\n");
        let waits = tokio::spawn(async move {
            loop {
                match pipe::OpenOptions::new().open_sender(&path) {
                    Ok(mut sender) => {
                        // Whoever comes second finds nothing.
                        let _ = fs::remove_file(&path);
                        let _ = sender.write_all(text.as_bytes()).await;
                        return;
                    }
                    Err(error) if error.raw_os_error() == Some(libc::ENXIO) => {
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                    Err(_) => return,
                }
            }
        });
        Ok(Self { folder, waits })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.waits.abort();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the setting by which git fetches the token, if this very host asks for one.
pub(super) fn helper(address: &Address) -> String {
    let (scheme, host) = (address.scheme().as_str(), address.host());
    // It begins where the pipe is.
    format!("credential.{scheme}://{host}.helper=!f() {{ test \"$1\" = get && cat {PIPE}; }}; f")
}
