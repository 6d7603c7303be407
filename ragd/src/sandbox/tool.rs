//! Programs of others, which read bytes and write bytes: with the files of the system to read, and
//! without network and a place to write.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::child::{self, Rules};
use super::walls::{self, Limits, Ways};

/// Bytes of a complaint.
const MAX_COMPLAINT: u64 = 1_000;
/// What a program is told of our environment: where its data is.
const KNOWN: [&str; 1] = ["TESSDATA_PREFIX"];

/// A program of somebody else, started through this one.
#[derive(Clone, Debug)]
pub struct Tool {
    /// This program, or the one with `extract` in it.
    pub own: PathBuf,
    pub name: &'static str,
    pub limits: Limits,
    pub unsandboxed: bool,
    pub wall: Duration,
    /// The longest answer.
    pub answer_bytes: u64,
}

/// Why a program did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    #[error("{0} is not installed in a folder of the system")]
    Missing(&'static str),
    #[error("{0} cannot be started")]
    NotStarted(&'static str, #[source] io::Error),
    #[error("{name} took longer than {} s", wall.as_secs())]
    Slow { name: &'static str, wall: Duration },
    #[error("{name} failed: {said}")]
    Failed { name: &'static str, said: String },
}

impl Tool {
    /// Gives a program `input`, and returns what it writes.
    pub async fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, ToolError> {
        let name = self.name;
        let program = find(name).ok_or(ToolError::Missing(name))?;
        let rules = Rules::new(self.limits, self.unsandboxed);
        let known = KNOWN.iter();
        let known = known.filter_map(|key| Some((*key, std::env::var_os(key)?)));
        let mut process = child::command(&self.own, rules)
            .arg("--tool")
            .arg(program)
            .arg("--")
            .args(arguments)
            .envs(known)
            // Threads would share one limit of time.
            .env("OMP_THREAD_LIMIT", "1")
            .spawn()
            .map_err(|error| ToolError::NotStarted(name, error))?;
        let (stdin, stdout, stderr) = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        );
        let talk = async {
            let write = async {
                if let Some(mut stdin) = stdin {
                    // Whoever does not read it all says so by its end.
                    let _ = stdin.write_all(input).await;
                }
            };
            let (mut answer, mut complaint) = (Vec::new(), Vec::new());
            let read = async {
                if let Some(stdout) = stdout {
                    stdout
                        .take(self.answer_bytes + 1)
                        .read_to_end(&mut answer)
                        .await?;
                }
                Ok::<_, io::Error>(())
            };
            let listen = async {
                if let Some(stderr) = stderr {
                    stderr
                        .take(MAX_COMPLAINT)
                        .read_to_end(&mut complaint)
                        .await?;
                }
                Ok::<_, io::Error>(())
            };
            let ((), read, heard) = tokio::join!(write, read, listen);
            read.and(heard)?;
            Ok::<_, io::Error>((process.wait().await?, answer, complaint))
        };
        let (status, answer, complaint) = match timeout(self.wall, talk).await {
            Ok(done) => done.map_err(|error| ToolError::NotStarted(name, error))?,
            Err(_) => {
                let wall = self.wall;
                return Err(ToolError::Slow { name, wall });
            }
        };
        if answer.len() as u64 > self.answer_bytes {
            let said = "it has too much to say".to_owned();
            return Err(ToolError::Failed { name, said });
        }
        match status.success() {
            true => Ok(answer),
            false => Err(ToolError::Failed {
                name,
                said: last_words(&complaint).unwrap_or_else(|| status.to_string()),
            }),
        }
    }
}

/// Returns the last line of a complaint.
fn last_words(complaint: &[u8]) -> Option<String> {
    let complaint = String::from_utf8_lossy(complaint);
    let last = complaint
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())?;
    Some(last.chars().filter(|c| !c.is_control()).collect())
}

/// A program of somebody else that is let out to some folders, and to servers.
#[derive(Clone, Debug)]
pub struct Errand<'a> {
    /// This program, or the one with `extract` in it.
    pub own: &'a Path,
    pub name: &'static str,
    pub limits: Limits,
    pub ways: Ways,
    pub unsandboxed: bool,
}

impl Errand<'_> {
    /// Returns how the program is started: with pipes, in a group of its own, with an empty
    /// environment, and with the arguments that the caller adds.
    pub fn command(self) -> Result<Command, ToolError> {
        let program = find(self.name).ok_or(ToolError::Missing(self.name))?;
        let mut command = child::command(self.own, Rules::new(self.limits, self.unsandboxed));
        command
            .args(self.ways.arguments())
            .arg("--tool")
            .arg(program)
            .arg("--")
            .process_group(0);
        Ok(command)
    }
}

/// Looks for a program where it may be run.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    let folders = std::env::split_paths(&path);
    let mut programs = folders.filter_map(|folder| folder.join(name).canonicalize().ok());
    let of_system = |program: &PathBuf| {
        let mut folders = walls::SYSTEM.iter();
        program.is_file() && folders.any(|folder| program.starts_with(folder))
    };
    programs.find(of_system)
}

/// In a child: puts up the walls for a program of somebody else and becomes it. Returns only if that
/// fails.
pub fn become_tool(
    rules: &Rules,
    ways: &Ways,
    program: &Path,
    arguments: &[OsString],
) -> io::Error {
    let data = KNOWN.iter().filter_map(std::env::var_os).map(PathBuf::from);
    let raised = match ways.is_none() {
        true => walls::raise_for_tool(&rules.limits(), data),
        false => walls::raise_for_errand(&rules.limits(), ways),
    };
    match raised {
        Err(error) if !rules.is_unsandboxed() => {
            io::Error::other(format!("no sandbox: {}", crate::ids::chain(&error)))
        }
        Ok(()) | Err(_) => std::process::Command::new(program).args(arguments).exec(),
    }
}
