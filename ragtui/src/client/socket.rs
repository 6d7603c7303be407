//! Where the daemon's socket is looked for.

use std::env;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The socket a system-wide daemon listens on.
const SYSTEM_SOCKET: &str = "/run/ragd/ragd.sock";

/// One place where a daemon may listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub path: PathBuf,
    /// The place is below a folder in which anybody may create files, so its owner is checked.
    pub is_shared_folder: bool,
}

/// The places where the daemon is looked for, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub candidates: Vec<Candidate>,
}

impl Target {
    /// Returns the only place `path`, or the places that the environment gives.
    #[must_use]
    pub fn find(path: Option<&Path>) -> Self {
        if let Some(path) = path {
            return Self::at(path);
        }
        Self::from_environment(|name| env::var_os(name).filter(|value| !value.is_empty()))
    }

    /// Returns the one place `path`.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            candidates: vec![Candidate {
                path: path.to_owned(),
                is_shared_folder: false,
            }],
        }
    }

    fn from_environment(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Self {
        if let Some(path) = variable("RAGD_SOCKET") {
            return Self::at(Path::new(&path));
        }
        let temp = variable("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
        let own = temp.join(format!("ragd-{}", own_uid())).join("ragd.sock");
        let runtime =
            variable("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("ragd/ragd.sock"));
        let mut candidates = Vec::new();
        candidates.extend(runtime.map(|path| Candidate {
            path,
            is_shared_folder: false,
        }));
        candidates.push(Candidate {
            path: SYSTEM_SOCKET.into(),
            is_shared_folder: false,
        });
        candidates.push(Candidate {
            path: own,
            is_shared_folder: true,
        });
        Self { candidates }
    }

    /// Returns where a daemon of this user listens: the first place that is not the system's.
    #[must_use]
    pub fn own(&self) -> &Path {
        self.candidates
            .iter()
            .find(|candidate| {
                self.candidates.len() == 1 || candidate.path != Path::new(SYSTEM_SOCKET)
            })
            .map_or(Path::new(SYSTEM_SOCKET), |candidate| &candidate.path)
    }
}

impl Candidate {
    /// Tells whether the folder of the socket may be trusted.
    ///
    /// Below `/tmp` anybody could have made it first and listen there in our name.
    pub(super) fn is_trusted(&self) -> bool {
        let Some(folder) = self.path.parent() else {
            return true;
        };
        if !self.is_shared_folder {
            return true;
        }
        std::fs::symlink_metadata(folder).is_ok_and(|data| data.is_dir() && data.uid() == own_uid())
    }
}

/// Returns the user this process runs as.
#[must_use]
pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(environment: &[(&str, &str)]) -> Vec<String> {
        let find = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).into())
        };
        let target = Target::from_environment(find);
        target
            .candidates
            .iter()
            .map(|one| one.path.display().to_string())
            .collect()
    }

    #[test]
    fn the_variable_is_the_only_place_when_it_is_set() {
        assert_eq!(
            places(&[("RAGD_SOCKET", "/a/b"), ("XDG_RUNTIME_DIR", "/run/user/7")]),
            ["/a/b"]
        );
    }

    #[test]
    fn places_are_tried_from_own_to_shared() {
        let own = format!("/scratch/ragd-{}/ragd.sock", own_uid());
        assert_eq!(
            places(&[("XDG_RUNTIME_DIR", "/run/user/7"), ("TMPDIR", "/scratch")]),
            ["/run/user/7/ragd/ragd.sock", "/run/ragd/ragd.sock", &own]
        );
        let own = format!("/tmp/ragd-{}/ragd.sock", own_uid());
        assert_eq!(places(&[]), ["/run/ragd/ragd.sock", &own]);
    }

    #[test]
    fn a_started_daemon_listens_at_the_users_own_place() {
        let target = Target::from_environment(|_| None);
        assert!(target.own().starts_with("/tmp"));
        assert_eq!(
            Target::at(Path::new(SYSTEM_SOCKET)).own(),
            Path::new(SYSTEM_SOCKET)
        );
    }
}
