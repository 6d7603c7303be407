//! The top of the repository holds what the layout says and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::{report, root};

const REQUIRED: [&str; 16] = [
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "protocol",
    "ragd",
    "ragtui",
    "rustfmt.toml",
    "systemd",
];
/// Generated, or there only as long as an issue is unfinished.
const ALLOWED: [&str; 2] = ["completions", "NEXT.md"];

#[test]
fn the_top_level_is_as_laid_out() {
    let found = top_level();
    let mut findings: Vec<_> = REQUIRED
        .iter()
        .filter(|name| !root().join(name).exists())
        .map(|name| format!("{name} is missing"))
        .collect();
    for name in &found {
        if !REQUIRED.contains(&name.as_str()) && !ALLOWED.contains(&name.as_str()) {
            findings.push(format!("{name} has no place here"));
        }
    }
    report("the top level differs from the layout", &findings);
}

/// Returns what git knows of, so that notes of an editor do no harm; outside of git, everything.
fn top_level() -> BTreeSet<String> {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output();
    if let Ok(listed) = listed.map(|output| output.stdout)
        && !listed.is_empty()
    {
        return String::from_utf8_lossy(&listed)
            .split('\0')
            .filter_map(|path| path.split('/').next())
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
    }
    fs::read_dir(root())
        .expect("the repository can be read")
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name != "target" && name != ".git")
        .collect()
}
