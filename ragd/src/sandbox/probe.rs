//! Proof of the walls: for each way out there is a child that tries to take it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal};

use super::walls::{self, Limits, Wall, WallError};

/// What a child says when the way out was open.
const OUT: &str = "out";
/// Small, so that a probe of them is short.
const LIMITS: Limits = Limits {
    memory_bytes: 512 << 20,
    cpu_s: 1,
};

/// A way out of the sandbox, and the wall that is to be in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    way: Way,
    /// None: all of them, as in a child that reads.
    wall: Option<Wall>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Read,
    Write,
    Connect,
    Send,
    Socket,
    Run,
    Thread,
    Signal,
    Memory,
    Cpu,
    Inherit,
    Environment,
}

/// What became of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub probe: Probe,
    /// How it was stopped; the error says what happened instead.
    pub held: Result<String, String>,
}

/// All ways, each against the walls that stand in it.
const PROBES: &[(Way, &[Wall])] = &[
    (Way::Read, &[Wall::Landlock, Wall::Seccomp]),
    (Way::Write, &[Wall::Landlock, Wall::Seccomp]),
    (Way::Connect, &[Wall::Landlock, Wall::Seccomp]),
    (Way::Send, &[Wall::Seccomp]),
    (Way::Socket, &[Wall::Seccomp]),
    (Way::Run, &[Wall::Landlock, Wall::Seccomp]),
    (Way::Thread, &[Wall::Seccomp]),
    (Way::Signal, &[Wall::Seccomp]),
    (Way::Memory, &[Wall::Limits]),
    (Way::Cpu, &[Wall::Limits]),
    (Way::Inherit, &[Wall::Limits]),
    (Way::Environment, &[Wall::Limits]),
];

impl Way {
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read a file",
            Self::Write => "write a file",
            Self::Connect => "connect by TCP",
            Self::Send => "send by UDP",
            Self::Socket => "connect to a local socket",
            Self::Run => "run a program",
            Self::Thread => "start a thread",
            Self::Signal => "end the daemon",
            Self::Memory => "take all memory",
            Self::Cpu => "take all time",
            Self::Inherit => "use an inherited file",
            Self::Environment => "read the environment",
        }
    }
}

impl std::fmt::Display for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let wall = self.wall.map_or("all walls", Wall::as_str);
        write!(f, "{} ({wall})", self.way.as_str())
    }
}

/// Lists all probes; a child is told which by its number.
fn probes() -> impl Iterator<Item = Probe> {
    let of = |(way, walls): &(Way, &'static [Wall])| {
        let way = *way;
        walls.iter().map(move |wall| Probe {
            way,
            wall: Some(*wall),
        })
    };
    // The one is stopped by seccomp alone, the other by the limits.
    let all = [Way::Thread, Way::Memory].map(|way| Probe { way, wall: None });
    PROBES.iter().flat_map(of).chain(all)
}

/// Has a child of `program` try each way out.
pub fn self_test(program: &Path) -> io::Result<Vec<Tried>> {
    // Something to inherit: files of Rust are closed in children unless one asks for it.
    let secret = File::open("/proc/self/cmdline")?;
    fcntl_setfd(secret.as_fd(), FdFlags::empty())?;
    let try_one = |(number, probe)| {
        Ok(Tried {
            probe,
            held: held(program, number, probe)?,
        })
    };
    probes().enumerate().map(try_one).collect()
}

fn held(program: &Path, number: usize, probe: Probe) -> io::Result<Result<String, String>> {
    let child = Command::new(program)
        .args(["extract", "--probe", &number.to_string()])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let done = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    if said.starts_with(OUT) {
        return Ok(Err("nothing stood in the way".to_owned()));
    }
    let signal = done.status.signal();
    let by = |wanted: Signal| signal == Some(wanted.as_raw());
    Ok(match probe.wall {
        Some(Wall::Seccomp) | None if by(Signal::SYS) => Ok("the kernel ended it".to_owned()),
        Some(Wall::Limits) if probe.way == Way::Cpu && by(Signal::XCPU) => {
            Ok("the kernel ended it".to_owned())
        }
        Some(Wall::Landlock | Wall::Limits) if signal.is_none() && !said.is_empty() => Ok(said),
        None if probe.way == Way::Memory && signal.is_none() && !said.is_empty() => Ok(said),
        _ => Err(
            match (said.as_str(), String::from_utf8_lossy(&done.stderr)) {
                ("", errors) => format!("{}: {}", done.status, errors.trim()),
                (said, _) => said.to_owned(),
            },
        ),
    })
}

/// In the child: puts up the wall of a probe, and tries to get past it. Says what came of it.
pub fn try_out(number: usize) -> Result<(), WallError> {
    let Some(probe) = probes().nth(number) else {
        return Ok(());
    };
    let parent = rustix::process::getppid();
    walls::allow_time(&LIMITS)?;
    let inherited = match probe.wall {
        None => {
            walls::raise(&LIMITS)?;
            0
        }
        Some(wall) => {
            Wall::Limits.raise(&LIMITS)?;
            // Looked at from inside the limits, as long as files can be opened.
            let inherited = fs::read_dir("/proc/self/fd").map_or(usize::MAX, Iterator::count);
            if wall != Wall::Limits {
                wall.raise(&LIMITS)?;
            }
            inherited
        }
    };
    let said = match take(probe.way, parent, inherited) {
        Ok(()) => OUT.to_owned(),
        Err(error) => error.to_string(),
    };
    // Nobody is left to be told.
    let _ = writeln!(io::stdout(), "{said}");
    Ok(())
}

fn take(way: Way, parent: Option<Pid>, inherited: usize) -> io::Result<()> {
    // Whatever the address: to be refused by the other side is to have got out.
    let reached = |tried: io::Result<()>| match tried {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        tried => tried,
    };
    match way {
        Way::Read => fs::read("/etc/passwd").map(drop),
        Way::Write => fs::write("/tmp/.ragd-probe", "out").map(drop),
        Way::Connect => reached(TcpStream::connect("127.0.0.1:9").map(drop)),
        Way::Send => UdpSocket::bind("127.0.0.1:0").map(drop),
        Way::Socket => reached(UnixStream::connect("/run/.ragd-probe").map(drop)),
        Way::Run => Command::new("/bin/true").status().map(drop),
        Way::Thread => thread::Builder::new().spawn(|| ()).map(drop),
        Way::Signal => {
            let parent = parent.ok_or(io::ErrorKind::NotFound)?;
            // Signal 0 would do no harm, and is looked at by seccomp all the same.
            rustix::process::test_kill_process(parent).map_err(io::Error::from)
        }
        Way::Memory => {
            let most = usize::try_from(LIMITS.memory_bytes).unwrap_or(usize::MAX);
            let mut much = Vec::<u8>::new();
            much.try_reserve(most).map_err(io::Error::other)
        }
        Way::Cpu => loop {
            std::hint::black_box(0);
        },
        Way::Inherit => match inherited {
            // Input, output, errors, and the folder that is being listed.
            ..=4 => Err(io::Error::other("there is none")),
            _ => Ok(()),
        },
        Way::Environment => match std::env::vars_os().next() {
            None => Err(io::Error::other("it is empty")),
            Some(_) => Ok(()),
        },
    }
}
