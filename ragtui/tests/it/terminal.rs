//! What `ragtui` leaves of its terminal, seen from the other end of the line.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// What is waited for comes long before, or never.
const DEADLINE: Duration = Duration::from_secs(60);
const ENTERED: &str = "\x1b[?1049h";
const LEFT: &str = "\x1b[?1049l";
/// Of the line of hints, which is the last of a frame.
const FRAME: &str = "palette";

/// `ragtui` on a terminal of its own.
struct Terminal {
    line: File,
    slave: OwnedFd,
    screen: Receiver<Vec<u8>>,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Terminal {
    fn new() -> Self {
        let line = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&line).unwrap();
        unlockpt(&line).unwrap();
        let name = ptsname(&line, Vec::new()).unwrap();
        let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&slave, size).unwrap();
        let line = File::from(line);
        let (mut reader, (send, screen)) = (line.try_clone().unwrap(), channel());
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(count) = reader.read(&mut bytes) {
                if send.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let end = || slave.try_clone().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_ragtui"))
            .arg("--socket")
            .arg(folder.path().join("nobody.sock"))
            .stdin(end())
            .stdout(end())
            .stderr(end())
            // Ctrl-Z stops the whole group, which must not be that of the tests.
            .process_group(0)
            .spawn()
            .unwrap();
        Self {
            line,
            slave,
            screen,
            child,
            _folder: folder,
        }
    }

    /// Waits until `first` and later `second` were written.
    fn shows(&self, first: &str, second: &str) {
        let mut seen = String::new();
        while !seen
            .split_once(first)
            .is_some_and(|(_, rest)| rest.contains(second))
        {
            let bytes = self.screen.recv_timeout(DEADLINE);
            let bytes = bytes.unwrap_or_else(|_| panic!("no {first:?} and {second:?}: {seen:?}"));
            seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn press(&mut self, keys: &[u8]) {
        self.line.write_all(keys).unwrap();
    }

    /// Waits until it is stopped, and checks that the shell would find everything as it was.
    fn is_stopped(&self) {
        let (_, status) = waitpid(Some(self.pid()), WaitOptions::UNTRACED)
            .unwrap()
            .unwrap();
        assert!(status.stopped(), "{status:?}");
        self.shows(LEFT, "");
        assert!(!self.is_raw());
    }

    /// Lets it go on, and checks that it shows everything again.
    fn goes_on(&self) {
        self.signal(Signal::CONT);
        self.shows(ENTERED, FRAME);
        assert!(self.is_raw());
    }

    fn is_raw(&self) -> bool {
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        !modes.contains(LocalModes::ICANON)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_stop_gives_the_terminal_back_and_going_on_takes_it_again() {
    let mut terminal = Terminal::new();
    terminal.shows(ENTERED, FRAME);
    assert!(terminal.is_raw());
    terminal.signal(Signal::TSTP);
    terminal.is_stopped();
    terminal.goes_on();
    terminal.press(b"\x1a");
    terminal.is_stopped();
    terminal.goes_on();
    terminal.signal(Signal::TERM);
    assert!(terminal.child.wait().unwrap().success());
    assert!(!terminal.is_raw());
}

#[test]
fn after_a_stop_that_nobody_told_it_of_everything_is_drawn_again() {
    let terminal = Terminal::new();
    terminal.shows(ENTERED, FRAME);
    terminal.signal(Signal::STOP);
    let stopped = waitpid(Some(terminal.pid()), WaitOptions::UNTRACED).unwrap();
    assert!(stopped.is_some_and(|(_, status)| status.stopped()));
    terminal.goes_on();
}
