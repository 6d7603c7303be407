//! Starting the daemon when none answers.
//!
//! A daemon must outlive the terminal, so it gets a session of its own. `setsid` has to be called
//! between fork and exec, which std offers only as unsafe code. So `ragctl` is started as a
//! go-between: its hidden command `exec-daemon` calls `setsid` and then becomes `ragd`.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use protocol::{ErrorCode, ErrorReport};

use super::connect::is_away;
use super::{Client, Target};

/// How long a started daemon may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(25);
/// How much of the end of its log is shown when it gives up.
const LOG_TAIL: u64 = 2_000;

/// Starts `ragd` from beside this program and connects to it.
///
/// When two clients do this at once, one daemon loses the race for the lock and ends, and both
/// clients talk to the other.
pub async fn start_daemon(target: &Target) -> Result<Client, ErrorReport> {
    let socket = target.own();
    let (mut child, log) = launch(socket)?;
    let deadline = Instant::now() + START_LIMIT;
    let mut ended = None;
    loop {
        match Client::connect(target).await {
            Err(report) if is_away(&report) || report.code == ErrorCode::TimedOut => {}
            outcome => return outcome,
        }
        if ended.is_none()
            && let Ok(Some(status)) = child.try_wait()
        {
            // It may have lost the race to another one, which is about to answer.
            ended = Some((status, Instant::now() + Duration::from_secs(1)));
        }
        if let Some((status, grace)) = &ended
            && Instant::now() > *grace
        {
            return Err(gave_up(
                &format!("ragd ended with {status}"),
                log.as_deref(),
            ));
        }
        if Instant::now() > deadline {
            let why = format!("it does not answer within {} s", START_LIMIT.as_secs());
            return Err(gave_up(&why, log.as_deref()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns the `ragd` that lies beside this program.
pub fn daemon_program() -> Result<PathBuf, ErrorReport> {
    let daemon = std::env::current_exe()
        .map(|program| program.with_file_name("ragd"))
        .map_err(|_| cannot_start("the folder of this program is unknown"))?;
    if daemon.is_file() {
        return Ok(daemon);
    }
    let why = format!("there is no {}", daemon.display());
    Err(cannot_start(&why).try_next("install ragd beside ragctl"))
}

fn launch(socket: &Path) -> Result<(Child, Option<PathBuf>), ErrorReport> {
    let daemon = daemon_program()?;
    let starter = daemon.with_file_name("ragctl");
    let log = open_log();
    let stderr = log.as_ref().and_then(|(_, file)| file.try_clone().ok());
    let stdio = |file: Option<File>| file.map_or_else(Stdio::null, Stdio::from);
    let (path, file) = log.unzip();
    let child = Command::new(&starter)
        .args([
            "exec-daemon".as_ref(),
            daemon.as_os_str(),
            "--socket".as_ref(),
            socket.as_os_str(),
        ])
        .stdin(Stdio::null())
        .stdout(stdio(file))
        .stderr(stdio(stderr))
        .spawn()
        .map_err(|error| cannot_start(&format!("{}: {error}", starter.display())))?;
    Ok((child, path))
}

/// Returns the log file in the state directory, or nothing where there is none to write to.
fn open_log() -> Option<(PathBuf, File)> {
    let folder = super::state_folder()?;
    fs::create_dir_all(&folder).ok()?;
    let path = folder.join("ragd.log");
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .ok()?;
    Some((path, file))
}

fn cannot_start(why: &str) -> ErrorReport {
    ErrorReport::new(ErrorCode::Unreachable, "cannot start ragd").because(why)
}

fn gave_up(why: &str, log: Option<&Path>) -> ErrorReport {
    let mut report = cannot_start(why);
    if let Some(path) = log {
        report.causes.extend(last_lines(path));
        report = report.try_next(format!("less +G {}", path.display()));
    }
    report
}

fn last_lines(log: &Path) -> Option<String> {
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))
        .ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let last = text.lines().rfind(|line| !line.trim().is_empty())?;
    // An error of ragd is several lines; the one that says what happened is the first.
    let error = text.lines().rfind(|line| line.starts_with("error: "));
    Some(error.unwrap_or(last).to_owned())
}
