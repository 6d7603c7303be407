//! What a folder can hold besides files: links, pipes, sockets, and names that nobody types.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

/// Makes them below `folder`, and returns the paths that something is to be said of.
pub(super) fn fill(folder: &Path, canary: &Path) -> Vec<PathBuf> {
    let mut made = links(folder, canary);
    made.extend(special(folder));
    made.extend(names(folder));
    made
}

fn links(folder: &Path, canary: &Path) -> Vec<PathBuf> {
    let links: [(&str, &Path); 8] = [
        ("link-itself", Path::new("link-itself")),
        ("link-there", Path::new("link-back")),
        ("link-back", Path::new("link-there")),
        ("link-here", Path::new(".")),
        ("link-up", Path::new("../..")),
        ("link-nowhere.md", Path::new("nothing")),
        ("link-passwd.md", Path::new("/etc/passwd")),
        ("link-canary.md", canary),
    ];
    let make = |(name, to)| {
        symlink(to, folder.join(name)).unwrap();
        folder.join(name)
    };
    links.map(make).to_vec()
}

fn special(folder: &Path) -> Vec<PathBuf> {
    let at = |name: &str| folder.join(name);
    let (pipe, socket) = (at("pipe.md"), at("socket.md"));
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    // Its name stays when nobody listens any more.
    drop(UnixListener::bind(&socket).unwrap());
    let huge = at("huge.txt");
    File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    let locked = at("locked.md");
    fs::write(&locked, "nobody may read this\n").unwrap();
    fs::set_permissions(&locked, Permissions::from_mode(0o000)).unwrap();
    let folder = at("a-folder.pdf");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("within.md"), "words\n").unwrap();
    vec![pipe, socket, huge, locked, folder.join("within.md")]
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let (long, wide) = ("n".repeat(255), "\u{6f22}".repeat(85));
    let names: [&[u8]; 15] = [
        long.as_bytes(),
        wide.as_bytes(),
        b"\x1b[2J\x1b]0;owned\x07.md",
        b"line\nend\r.md",
        b"tab\t.md",
        b"\xff\xfe\x80.md",
        b"half-\xc3.md",
        "\u{202e}dm.exe".as_bytes(),
        "\u{9b}2J.md".as_bytes(),
        b"-rf",
        b"*?[a-z]{}",
        b" ",
        b"a!",
        b"~",
        b"'\";$(reboot)`.md",
    ];
    let write = |name: &[u8]| {
        let path = folder.join(OsStr::from_bytes(name));
        fs::write(&path, "words of a name\n").unwrap();
        path
    };
    let mut made: Vec<_> = names.iter().map(|name| write(name)).collect();
    let deep = folder.join("d/".repeat(500));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("deep.md"), "words\n").unwrap();
    made.push(deep.join("deep.md"));
    made
}
