//! One run of git: what it is started with, what it may use, and when it is ended.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::address::Scheme;
use super::error::GitError;
use super::token::{Handed, Token};
use super::{Git, clean};
use crate::sandbox::{Errand, Limits, ToolError, Ways};

/// What git writes to standard error, as far as it is listened to.
const COMPLAINT_BYTES: u64 = 16 << 10;
/// Address space, besides the repository itself, which is mapped.
const MEMORY_BYTES: u64 = 4 << 30;
/// How often disk and size are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Said to every git, whatever the repository or the system may say.
const SETTINGS: [&str; 22] = [
    // Nothing is ever run that somebody else wrote.
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.askPass=",
    "core.alternateRefsCommand=",
    "credential.helper=",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "maintenance.auto=false",
    "gc.auto=0",
    // One address is one address.
    "http.followRedirects=false",
    "protocol.version=2",
    "transfer.bundleURI=false",
    "fetch.bundleURI=",
    "transfer.credentialsInUrl=die",
    // A server that drips is away.
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
    // What a server sends is looked through; what old programs wrote and harms nobody passes.
    "transfer.fsckObjects=true",
    "fetch.fsck.zeroPaddedFilemode=ignore",
    "fetch.fsck.badTimezone=ignore",
    "fetch.fsck.missingSpaceBeforeDate=ignore",
    // As packs, not as thousands of files.
    "fetch.unpackLimit=1",
];

/// What a run of git is to do, and what it needs for that.
pub(super) struct Run<'a> {
    pub(super) git: &'a Git,
    /// The bare repository.
    pub(super) folder: &'a Path,
    pub(super) arguments: Vec<String>,
    /// None: it speaks with nobody, and writes nothing.
    pub(super) way: Option<&'a Way>,
    pub(super) writes: bool,
    pub(super) input: &'a [u8],
    /// The longest answer.
    pub(super) answer_bytes: u64,
}

/// How a server is spoken with.
#[derive(Debug)]
pub(super) struct Way {
    /// Nothing else is spoken.
    pub(super) scheme: Scheme,
    pub(super) settings: Vec<String>,
    pub(super) variables: Vec<(&'static str, String)>,
    pub(super) reads: Vec<PathBuf>,
    /// Handed to each run that asks for it.
    pub(super) token: Option<Token>,
}

/// What git answered.
pub(super) struct Answer {
    pub(super) is_fine: bool,
    pub(super) output: Vec<u8>,
    /// Cleaned.
    pub(super) complaint: String,
}

impl Run<'_> {
    /// Runs git to its end, or ends it: with all that it started.
    pub(super) async fn run(self, cancel: &CancellationToken) -> Result<Answer, GitError> {
        let wall = Duration::from_secs(self.git.wall_s);
        let token = self.way.and_then(|way| way.token.as_ref());
        let handed = token.map(|token| Handed::new(&self.git.folder, token));
        let handed = handed.transpose().map_err(GitError::Folder)?;
        let mut command = self.command(handed.as_ref())?;
        let mut child = command.spawn().map_err(GitError::NotStarted)?;
        let group = Group::of(&child);
        let talk = self.talk(&mut child);
        let answer = tokio::select! {
            answer = tokio::time::timeout(wall, talk) => {
                answer.map_err(|_| GitError::Slow { wall_s: self.git.wall_s })?
            }
            error = self.look_after(), if self.writes => Err(error),
            () = cancel.cancelled() => Err(GitError::Stopped),
        }?;
        group.ended();
        let limit = self.git.repository_bytes;
        if self.writes && !answer.is_fine && super::size_of(self.folder) >= limit {
            // What met the limit of files says nothing of it.
            return Err(GitError::TooLarge { limit });
        }
        Ok(match token {
            Some(token) => Answer {
                complaint: token.taken_out(&answer.complaint),
                ..answer
            },
            None => answer,
        })
    }

    fn command(&self, handed: Option<&Handed>) -> Result<Command, GitError> {
        let limit = self.git.repository_bytes;
        let mut ways = Ways {
            reads: vec![self.folder.to_owned()],
            writes: Vec::new(),
            network: self.way.is_some(),
            file_bytes: if self.writes { limit } else { 0 },
        };
        if self.writes {
            ways.writes.push(self.folder.to_owned());
        }
        if let Some(way) = self.way {
            ways.reads.extend(way.reads.iter().cloned());
            let of_token = handed.map(|handed| handed.folder().to_owned());
            ways.reads.extend(of_token);
        }
        let errand = Errand {
            own: &self.git.own,
            name: "git",
            limits: Limits {
                memory_bytes: MEMORY_BYTES.saturating_add(limit.saturating_mul(2)),
                cpu_s: self.git.wall_s.saturating_mul(4),
            },
            ways,
            unsandboxed: self.git.unsandboxed,
        };
        let mut command = errand.command().map_err(|error| match error {
            ToolError::Missing(_) => GitError::Missing,
            error => GitError::NotStarted(std::io::Error::other(error)),
        })?;
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let way = self.way.into_iter();
        for setting in way.flat_map(|way| &way.settings) {
            command.args(["-c", setting]);
        }
        let mut folder = std::ffi::OsString::from("--git-dir=");
        folder.push(self.folder);
        command.arg(folder).args(&self.arguments);
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        command
            .env("PATH", path)
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "/bin/false")
            .env("SSH_ASKPASS", "/bin/false")
            .env("GIT_ALLOW_PROTOCOL", self.protocols())
            .env("GIT_PROTOCOL_FROM_USER", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_LFS_SKIP_SMUDGE", "1")
            .env("GIT_OPTIONAL_LOCKS", "0");
        if let Some(way) = self.way {
            command.envs(way.variables.iter().map(|(name, value)| (name, value)));
        }
        if let Some(handed) = handed {
            command.current_dir(handed.folder());
        }
        command.stdin(Stdio::piped());
        Ok(command)
    }

    /// Returns what git may speak: nothing but what the address says.
    fn protocols(&self) -> &'static str {
        self.way.map_or("none", |way| way.scheme.as_str())
    }

    async fn talk(&self, child: &mut Child) -> Result<Answer, GitError> {
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // Whoever does not read it all says so by its end.
                let _ = stdin.write_all(self.input).await;
            }
            Ok(())
        };
        let read = async {
            let mut output = Vec::new();
            if let Some(stdout) = stdout {
                let mut stdout = stdout.take(self.answer_bytes + 1);
                let read = stdout.read_to_end(&mut output).await;
                read.map_err(GitError::NotStarted)?;
            }
            match output.len() as u64 > self.answer_bytes {
                true => Err(GitError::TooLarge {
                    limit: self.answer_bytes,
                }),
                false => Ok(output),
            }
        };
        let listen = async {
            let mut complaint = Vec::new();
            if let Some(mut stderr) = stderr {
                let mut first = (&mut stderr).take(COMPLAINT_BYTES);
                let heard = first.read_to_end(&mut complaint).await;
                heard.map_err(GitError::NotStarted)?;
                // The rest is let go by, lest git waits for somebody to read it.
                let rest = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
                rest.map_err(GitError::NotStarted)?;
            }
            Ok(clean(&complaint))
        };
        let ((), output, complaint) = tokio::try_join!(write, read, listen)?;
        let status = child.wait().await.map_err(GitError::NotStarted)?;
        Ok(Answer {
            is_fine: status.success(),
            output,
            complaint,
        })
    }

    /// Ends when there is no room for more.
    async fn look_after(&self) -> GitError {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Some(reason) = self.git.disk.look() {
                return GitError::DiskFull { reason };
            }
            let limit = self.git.repository_bytes;
            let folder = self.folder.to_owned();
            let size = tokio::task::spawn_blocking(move || super::size_of(&folder)).await;
            if size.unwrap_or(0) > limit {
                return GitError::TooLarge { limit };
            }
        }
    }
}

/// The processes of a run: ended with whoever waits for them.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// It has come to its end: by now, its number may be that of another.
    fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended by itself just now.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
