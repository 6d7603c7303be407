//! Ways to speak with a host by ssh: the agent, then each key, one at a time, so that whoever is
//! refused can be told what was tried.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::address::Scheme;
use super::run::Way;

/// Keys that are tried.
const MAX_KEYS: usize = 10;
/// Bytes of a file that show whether it is a key.
const HEAD_BYTES: u64 = 120;
/// What follows in a key of OpenSSH that has no passphrase.
const UNLOCKED: &str = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";
/// Files there that are no keys.
const NO_KEYS: [&str; 5] = [
    "config",
    "known_hosts",
    "known_hosts.old",
    "authorized_keys",
    "environment",
];
/// Said to every ssh: it asks nobody, trusts no new host, and runs nothing.
const OPTIONS: [&str; 16] = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "PreferredAuthentications=publickey",
    "ConnectTimeout=20",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "ProxyCommand=none",
    "ControlMaster=no",
    "ControlPath=none",
    "AddKeysToAgent=no",
    "CanonicalizeHostname=no",
    "LogLevel=INFO",
];

/// One way, and what it is called.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) way: Way,
    /// Why ssh will hardly use it.
    pub(super) flaw: Option<&'static str>,
}

/// Lists all ways, the agent first.
pub(super) fn keys(folder: Option<&Path>, agent: Option<&Path>) -> Vec<Key> {
    let known_hosts = folder.map(|folder| folder.join("known_hosts"));
    let key = |name: String, options: Vec<String>, flaw: Option<&'static str>| {
        let mut all: Vec<_> = OPTIONS.iter().map(|option| (*option).to_owned()).collect();
        all.extend(
            known_hosts
                .as_deref()
                .map(|path| named("UserKnownHostsFile", path)),
        );
        all.extend(options);
        Key {
            name,
            flaw,
            way: Way {
                scheme: Scheme::Ssh,
                settings: Vec::new(),
                variables: vec![
                    ("GIT_SSH_COMMAND", command(&all)),
                    ("GIT_SSH_VARIANT", "ssh".to_owned()),
                ],
                reads: folder.iter().flat_map(|folder| readable(folder)).collect(),
                token: None,
            },
        }
    };
    let of_agent = agent.filter(|socket| socket.exists()).map(|socket| {
        let options = vec![
            named("IdentityAgent", socket),
            "IdentityFile=none".to_owned(),
        ];
        key("the agent".to_owned(), options, None)
    });
    let files = folder.map(key_files).unwrap_or_default();
    let of_files = files.iter().map(|(path, is_locked)| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let options = vec![
            named("IdentityFile", path),
            "IdentitiesOnly=yes".to_owned(),
            "IdentityAgent=none".to_owned(),
        ];
        key(
            name.to_string_lossy().into_owned(),
            options,
            flaw(path, *is_locked),
        )
    });
    of_agent.into_iter().chain(of_files).collect()
}

/// Returns why a key did not open the door; none: something else was the matter.
pub(super) fn refusal(said: &str) -> Option<&'static str> {
    let says = |words: &str| said.contains(words);
    match () {
        () if says("error in libcrypto") || says("invalid format") => Some("cannot be read"),
        () if says("Permission denied") || says("Too many authentication failures") => {
            Some("refused")
        }
        () => None,
    }
}

/// Lists the private keys in a folder, the usual ones first, and whether they have a passphrase.
fn key_files(folder: &Path) -> Vec<(PathBuf, bool)> {
    let usual = ["id_ed25519", "id_ecdsa", "id_rsa"];
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter_map(|path| Some((is_locked(&path)?, path)))
        .map(|(is_locked, path)| (path, is_locked))
        .collect();
    files.sort_by_key(|(path, _)| {
        let name = path.file_name().unwrap_or_default().to_owned();
        let rank = usual.iter().position(|usual| name == *usual);
        (rank.unwrap_or(usual.len()), name)
    });
    files.truncate(MAX_KEYS);
    files
}

/// Lists the folder, and what links in it lead to: keys are kept elsewhere at times.
fn readable(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let links = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    let targets = links.filter_map(|link| link.path().canonicalize().ok());
    let files = targets.filter(|target| target.is_file());
    [folder.to_owned()].into_iter().chain(files).collect()
}

/// Returns what keeps ssh from using a key, which it does not always tell.
fn flaw(path: &Path, is_locked: bool) -> Option<&'static str> {
    let mode = fs::metadata(path).map_or(0, |data| data.permissions().mode());
    match (is_locked, mode & 0o077) {
        (true, _) => Some("with a passphrase"),
        (false, 0) => None,
        (false, _) => Some("which others may read"),
    }
}

/// Tells whether a private key has a passphrase; none: it is no private key.
fn is_locked(path: &Path) -> Option<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A pipe would have us wait; links to keys are common.
    let is_file = fs::metadata(path).is_ok_and(|data| data.is_file());
    if !is_file || name.ends_with(".pub") || NO_KEYS.contains(&&*name) {
        return None;
    }
    let mut head = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let (first, rest) = head.split_once('\n')?;
    if !first.starts_with("-----BEGIN ") || !first.contains("PRIVATE KEY") {
        return None;
    }
    Some(match first.contains("OPENSSH") {
        true => !rest.starts_with(UNLOCKED),
        false => first.contains("ENCRYPTED") || rest.contains("ENCRYPTED"),
    })
}

/// Returns an option of which the value is a path, as ssh reads it.
fn named(option: &str, path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%%");
    format!("{option}=\"{path}\"")
}

/// Returns what git hands to a shell.
fn command(options: &[String]) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let options = options
        .iter()
        .map(|option| format!(" -o {}", quoted(option)));
    format!("ssh -F none{}", options.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_comes_first_and_then_each_key() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n";
        for name in ["work", "id_rsa", "id_ed25519", "id_rsa.pub", "config"] {
            write(name, key);
        }
        write("notes", "no key");
        write("agent", "");
        let agent = dir.path().join("agent");
        let names = |agent: Option<&Path>| {
            let keys = keys(Some(dir.path()), agent);
            keys.into_iter().map(|key| key.name).collect::<Vec<_>>()
        };
        let files = ["id_ed25519", "id_rsa", "work"];
        assert_eq!(names(None), files);
        assert_eq!(names(Some(&agent)), [&["the agent"][..], &files].concat());
        assert_eq!(names(Some(&dir.path().join("gone"))), files);
        assert!(keys(None, None).is_empty());
        let locked = |text: &str| {
            write("locked", text);
            is_locked(&dir.path().join("locked"))
        };
        let open_ssh =
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI";
        assert_eq!(locked(open_ssh), Some(true));
        let old = "-----BEGIN RSA PRIVATE KEY-----\n";
        assert_eq!(locked(old), Some(false));
        assert_eq!(
            locked(&format!("{old}Proc-Type: 4,ENCRYPTED\n")),
            Some(true)
        );
        assert_eq!(locked("-----BEGIN CERTIFICATE-----\n"), None);
    }

    #[test]
    fn paths_are_nothing_but_paths() {
        assert_eq!(
            command(&[named("IdentityFile", Path::new("/a b/%h'$(x)"))]),
            "ssh -F none -o 'IdentityFile=\"/a b/%%h'\\''$(x)\"'"
        );
    }
}
