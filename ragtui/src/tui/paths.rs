//! Paths as people type them.

use std::io;
use std::path::{Component, Path, PathBuf};

use protocol::{ErrorCode, ErrorReport, PathBytes};

/// Returns the path that was meant, as the daemon has to know it.
pub(super) fn find(typed: &str) -> Result<PathBytes, ErrorReport> {
    let home = directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned());
    let missing = |error: io::Error| {
        ErrorReport::new(ErrorCode::SourceMissing, format!("cannot find {typed}"))
            .because(error.to_string())
    };
    let here = std::env::current_dir().map_err(missing)?;
    let path = real(absolute(typed, home.as_deref(), &here)).map_err(missing)?;
    Ok(PathBytes(path.into_os_string().into_encoded_bytes()))
}

/// Returns an absolute path; `~` is the home folder.
fn absolute(typed: &str, home: Option<&Path>, here: &Path) -> PathBuf {
    let path = match (typed.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => here.join(typed),
    };
    // `a/.` and `a/` mean `a`.
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}

/// As `ragctl` does it: links in the middle stay as they were written, for only `..` behind one
/// needs the real folder; a link that is named itself stands for what it points to.
fn real(path: PathBuf) -> io::Result<PathBuf> {
    let climbs = path.components().any(|part| part == Component::ParentDir);
    if climbs || std::fs::symlink_metadata(&path)?.is_symlink() {
        return std::fs::canonicalize(path);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute() {
        let check = |typed: &str, expected: &str| {
            let home = Path::new("/home/kim");
            let path = absolute(typed, Some(home), Path::new("/srv/data"));
            assert_eq!(path, Path::new(expected), "{typed}");
        };
        check("/etc/hosts", "/etc/hosts");
        check("~", "/home/kim");
        check("~/docs/", "/home/kim/docs");
        check("notes", "/srv/data/notes");
        check("x/./y", "/srv/data/x/y");
        check("~other/x", "/srv/data/~other/x");
    }

    #[test]
    fn a_missing_path_is_named() {
        let report = find("/does/not/exist").unwrap_err();
        assert_eq!(report.code, ErrorCode::SourceMissing);
        assert!(report.message.contains("/does/not/exist"));
        assert_eq!(find("/usr/..").unwrap(), PathBytes::from("/"));
    }
}
