//! Where things are when nobody says so.

use std::path::PathBuf;

use directories::ProjectDirs;

/// Returns where the configuration file is looked for.
#[must_use]
pub fn default_config_path() -> PathBuf {
    project().map_or_else(
        || "/etc/ragd/config.toml".into(),
        |dirs| dirs.config_dir().join("config.toml"),
    )
}

/// Returns the state directory: systemd's, else the user's.
#[must_use]
pub fn default_state_dir() -> PathBuf {
    if let Some(dir) = first_of_list("STATE_DIRECTORY") {
        return dir;
    }
    project().map_or_else(
        || "/var/lib/ragd".into(),
        |dirs| dirs.data_dir().to_path_buf(),
    )
}

/// Returns the socket: systemd's runtime directory, else the user's, else one below `/tmp`.
///
/// Clients look at the same places (`ragtui::client::socket`).
#[must_use]
pub fn default_socket() -> PathBuf {
    let dir = first_of_list("RUNTIME_DIRECTORY")
        .or_else(|| std::env::var_os("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("ragd")))
        .unwrap_or_else(|| {
            let uid = rustix::process::getuid().as_raw();
            std::env::temp_dir().join(format!("ragd-{uid}"))
        });
    dir.join("ragd.sock")
}

/// Returns the first path of a variable in which systemd may put several, divided by colons.
fn first_of_list(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable)?;
    std::env::split_paths(&value)
        .next()
        .filter(|path| path.is_absolute())
}

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "ragd")
}
