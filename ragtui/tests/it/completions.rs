//! The completion scripts in the repository are those of this build.

use std::path::Path;

use clap_complete::Shell;

const REGENERATE: &str = "RAGCTL_REGENERATE";

#[test]
fn the_completion_scripts_in_the_repository_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
    let files = [
        (Shell::Bash, "ragctl.bash"),
        (Shell::Zsh, "_ragctl"),
        (Shell::Fish, "ragctl.fish"),
    ];
    for (shell, name) in files {
        let (path, current) = (folder.join(name), ragtui::cli::script(shell));
        if std::env::var_os(REGENERATE).is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, current).unwrap();
            continue;
        }
        let stored = std::fs::read(&path).unwrap_or_default();
        assert!(
            stored == current,
            "completions/{name} is stale; run: {REGENERATE}=1 cargo test -p ragtui --test it completions"
        );
    }
}
