//! Rules of the house that no compiler checks.

mod dependencies;
mod deploy;
mod layering;
mod rust;
mod sources;
mod top_level;
mod units;

use std::path::{Path, PathBuf};

/// Returns the top folder of the repository.
fn root() -> PathBuf {
    let ragd = Path::new(env!("CARGO_MANIFEST_DIR"));
    ragd.parent()
        .expect("`ragd` is a folder of the workspace")
        .to_owned()
}

/// Fails with one line for each finding.
fn report(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n  {}\n", findings.join("\n  "));
}
