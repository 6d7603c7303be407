//! Folders with a repository in them: read from the disk, with what they say of themselves.

use std::fs;

use protocol::submit::SourceRules;

use super::host::git;
use super::{known, with};
use crate::daemon::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_a_folder_know_branch_commit_and_origin() {
    let mut world = World::new().await;
    let canary = world.dir.path().join("canary");
    let files = world.files();
    world.write("outside.md", "walrus outside\n");
    world.write("repo/docs/a.md", "walrus in the repository\n");
    let top = files.join("repo");
    git(&top, &["init", "-q", "-b", "main", "."]);
    let origin = "https://me:secret@example.org/repo.git";
    git(&top, &["remote", "add", "origin", origin]);
    git(&top, &["add", "-A"]);
    git(&top, &["commit", "-q", "-m", "one"]);
    let first = git(&top, &["rev-parse", "HEAD"]);
    // What git would run in such a folder.
    let run = format!("touch {}", canary.display());
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "filter.x.clean",
    ] {
        git(&top, &["config", key, &run]);
    }
    // What is not committed is there, too.
    world.write("repo/dirty.md", "walrus that is new\n");
    world.take_in().await;
    let facts = |commit: &str, branch: &str| {
        [
            format!("git.commit={commit}"),
            "git.origin=https://example.org/repo.git".to_owned(),
            format!("git.ref={branch}"),
        ]
    };
    assert_eq!(
        known(&mut world, "repo/docs/a.md").await,
        facts(&first, "main")
    );
    assert_eq!(
        known(&mut world, "repo/dirty.md").await,
        facts(&first, "main")
    );
    assert!(known(&mut world, "outside.md").await.is_empty());
    // Another branch and commit, while no file changes.
    git(
        &top,
        &["-c", "core.fsmonitor=", "checkout", "-q", "-b", "next"],
    );
    git(
        &top,
        &[
            "-c",
            "core.fsmonitor=",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "two",
        ],
    );
    let second = git(&top, &["rev-parse", "HEAD"]);
    git(&top, &["-c", "core.fsmonitor=", "pack-refs", "--all"]);
    let _ = fs::remove_file(&canary);
    let job = world.take_in().await;
    assert_eq!(job.totals.unchanged, 3);
    assert_eq!(
        known(&mut world, "repo/docs/a.md").await,
        facts(&second, "next")
    );
    // A second work tree of the same, which shares all but its files.
    let other = files.join("other");
    let named = other.to_str().unwrap();
    let add = [
        "-c",
        "core.fsmonitor=",
        "worktree",
        "add",
        "-q",
        named,
        &first,
    ];
    git(&top, &add);
    let _ = fs::remove_file(&canary);
    world.take_in().await;
    let mut of_other = facts(&first, "").to_vec();
    of_other.pop();
    assert_eq!(known(&mut world, "other/docs/a.md").await, of_other);
    // A folder within, submitted by itself, and a single file.
    world.take(&top.join("docs"), SourceRules::default()).await;
    let of_next = with(&mut world, "walrus", "git.ref", "next").await;
    assert_eq!(of_next.len(), 2, "{of_next:?}");
    world
        .take(&top.join("dirty.md"), SourceRules::default())
        .await;
    assert_eq!(known(&mut world, "dirty.md").await, facts(&second, "next"));
    assert!(!canary.exists(), "git was run in a folder of somebody");
    // No repository any more.
    fs::remove_dir_all(top.join(".git")).unwrap();
    world.take_in().await;
    let none = with(&mut world, "walrus", "git.ref", "next").await;
    assert!(none.is_empty(), "{none:?}");
    world.stop().await;
}
