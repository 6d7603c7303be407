//! Addresses and repositories that mean harm. Whatever one of them has run would leave a canary.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::submit::SourceRules;
use protocol::{ErrorCode, PathBytes};
use ragd::config::Config;
use ragd::git::{Address, Git, GitError, Reference, Wanted};
use ragd::observe::Disk;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::host::{Host, Repo, git, git_with};
use super::{at, failure, planning, source, take, work, world_with};
use crate::daemon::world::World;

/// A place where nothing may appear.
struct Canary(TempDir);

impl Canary {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("canary")
    }

    fn command(&self) -> String {
        format!("touch {}", self.path().display())
    }

    #[track_caller]
    fn is_silent(&self) {
        assert!(!self.path().exists(), "something was run");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_mean_harm_are_refused_before_anything_is_done() {
    let canary = Canary::new();
    let run = canary.command();
    let path = canary.path().display().to_string();
    let local = TempDir::new().unwrap();
    let repository = local.path().display().to_string();
    git(local.path(), &["init", "-q"]);
    let mut world = World::new().await;
    let addresses = [
        format!("--upload-pack={run}"),
        format!("-u{run}"),
        format!("ext::sh -c {}", run.replace(' ', "% ")),
        format!("ext::{path}"),
        format!("ext::sh$IFS-c$IFS'{run}'"),
        "fd::0".to_owned(),
        format!("file://{repository}"),
        format!("FILE://{repository}"),
        format!("file://localhost{repository}"),
        repository.clone(),
        format!("./{repository}"),
        format!("::{repository}"),
        format!("local::{repository}"),
        "git://127.0.0.1/a.git".to_owned(),
        "ftp://127.0.0.1/a.git".to_owned(),
        "rsync://127.0.0.1/a.git".to_owned(),
        "dict://127.0.0.1:1/a".to_owned(),
        "gopher://127.0.0.1:1/a".to_owned(),
        "http://127.0.0.1/a.git".to_owned(),
        "http://localhost:80/a.git".to_owned(),
        "https://user:secret@127.0.0.1/a.git".to_owned(),
        "https://token@127.0.0.1/a.git".to_owned(),
        "ssh://git:secret@127.0.0.1/a.git".to_owned(),
        format!("ssh://-oProxyCommand={run}/a.git"),
        format!("ssh://-oProxyCommand={path}/a.git"),
        format!("ssh://git@-oProxyCommand={path}/a.git"),
        format!("-oProxyCommand={path}:a.git"),
        format!("git@-oProxyCommand={path}:a.git"),
        format!("git@127.0.0.1:-oProxyCommand={path}"),
        format!("ssh://127.0.0.1/$({run})"),
        format!("ssh://127.0.0.1/`{path}`"),
        format!("ssh://127.0.0.1/a;{path}"),
        format!("ssh://127.0.0.1/a'{path}'"),
        format!("ssh://127.0.0.1/a\n{path}"),
        "https://127.0.0.1/../../etc/passwd".to_owned(),
        "https://127.0.0.1/a.git?x=http://evil".to_owned(),
        "https://127.0.0.1/a.git#x".to_owned(),
        "https://127.0.0.1/a\r\nX-Evil: 1".to_owned(),
        "https://127.0.0.1/a\0b".to_owned(),
        "https://127.0.0.1\\@evil.example/a.git".to_owned(),
        "https://127.0.0.1:99999/a.git".to_owned(),
        "https:///a.git".to_owned(),
        "https://".to_owned(),
        "https://[::1/a.git".to_owned(),
        "https://127.0.0.1/\u{202e}tig.a".to_owned(),
        String::new(),
        format!("https://127.0.0.1/{}", "a".repeat(5_000)),
    ];
    assert!(addresses.len() >= 40);
    for address in &addresses {
        let submit = world.submit_as(work(source(address), SourceRules::default()));
        let report = submit.await.expect_err(address);
        assert_eq!(report.code, ErrorCode::BadRequest, "{address}: {report:?}");
        assert!(!report.try_next.is_empty(), "{address}: {report:?}");
        assert!(!format!("{report:?}").contains("secret"), "{report:?}");
        let plan = planning(source(address), SourceRules::default());
        assert_eq!(world.client.refused(plan).await, ErrorCode::BadRequest);
    }
    for reference in [
        "--upload-pack=x",
        "-x",
        "a..b",
        "a b",
        "a:b",
        "x@{u}",
        "",
        "a\nb",
        "^a",
    ] {
        let submit = world.submit_as(work(
            at("https://127.0.0.1/a.git", reference),
            SourceRules::default(),
        ));
        assert_eq!(
            submit.await.unwrap_err().code,
            ErrorCode::BadRequest,
            "{reference}"
        );
    }
    for folder in ["..", "a/../..", "a\0b"] {
        let mut source = source("https://127.0.0.1/a.git");
        source.subdir = Some(PathBytes::from(folder));
        let submit = world.submit_as(work(source, SourceRules::default()));
        assert_eq!(
            submit.await.unwrap_err().code,
            ErrorCode::BadRequest,
            "{folder}"
        );
    }
    canary.is_silent();
    assert!(!world.state().join("git").exists(), "git was never run");
    world.stop().await;
}

/// Says everything by which git runs programs, in the repository at the host and in its files.
fn arm(repo: &Repo, canary: &Canary) {
    let run = canary.command();
    let bare = Path::new(repo.bare());
    let script = format!("#!/bin/sh\n{run}\n");
    let hooks = [
        "post-checkout",
        "post-merge",
        "reference-transaction",
        "pre-auto-gc",
        "fsmonitor",
    ];
    for hook in hooks {
        repo.write(&format!("hooks/{hook}"), &script);
        repo.write(&format!(".githooks/{hook}"), &script);
    }
    repo.write(
        ".gitconfig",
        &format!("[core]\n\tfsmonitor = {run}\n\tsshCommand = {run}\n\thooksPath = .githooks\n"),
    );
    repo.write(".lfsconfig", &format!("[lfs]\n\turl = ext::sh -c {run}\n"));
    repo.write("a.md", "walrus \u{1b}[2J$Id$ $Format:%H$\n");
    repo.write("$(touch canary).md", "walrus of a command\n");
    repo.write("a\nb.md", "walrus of two lines\n");
    repo.write("-rf.md", "walrus of an option\n");
    repo.write("CON.md", "walrus of a device\n");
    repo.write("Readme.md", "walrus once\n");
    repo.write("README.md", "walrus twice\n");
    repo.write("HEAD", &format!("ref: refs/heads/main\n{run}\n"));
    repo.write("config", &format!("[core]\n\tfsmonitor = {run}\n"));
    repo.write("objects/info/alternates", "/etc\n");
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, repo.path().join(name)).unwrap();
    };
    link("/etc/passwd", "passwd.md");
    link("/", "root");
    link(".git/hooks", "into");
    // A host may say what it likes of itself, too.
    let settings = [
        ("uploadpack.allowFilter", "true"),
        ("filter.evil.smudge", run.as_str()),
        ("filter.evil.process", run.as_str()),
    ];
    for (name, value) in settings {
        git(bare, &["config", name, value]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_repository_is_ever_run() {
    let host = Host::new();
    let repo = host.repository("evil.git");
    let canary = Canary::new();
    arm(&repo, &canary);
    let head = repo.push();
    // Submodules that would be fetched from where they like.
    let run = canary.command();
    repo.write(
        ".gitmodules",
        &format!(
            "[submodule \"a\"]\n\tpath = sub/a\n\turl = https://127.0.0.1:1/a.git\n\tupdate = none\n\
             [submodule \"b\"]\n\tpath = sub/b\n\turl = https://127.0.0.1:1/{}\n",
            run.replace(' ', "%20").replace('/', "%2f")
        ),
    );
    repo.git(&["add", ".gitmodules"]);
    for name in ["sub/a", "sub/b"] {
        let link = format!("160000,{head},{name}");
        repo.git(&["update-index", "--add", "--cacheinfo", &link]);
    }
    // Not as a file, since the git of the test would obey.
    let attributes =
        "* filter=evil diff=evil working-tree-encoding=UTF-16\n*.md export-subst ident\n";
    let hash = ["hash-object", "-w", "--stdin"];
    let blob = git_with(repo.path(), &hash, attributes.as_bytes());
    let entry = format!("100644,{blob},.gitattributes");
    repo.git(&["update-index", "--add", "--cacheinfo", &entry]);
    repo.git(&["commit", "-q", "-m", "submodules"]);
    repo.git(&["push", "-q", "origin", "HEAD"]);
    let mut world = world_with(&host, |_| {}).await;
    take(&mut world, source(&host.address("evil.git"))).await;
    let mut paths = world.paths("walrus").await;
    paths.sort();
    let expected = [
        "$(touch canary).md",
        "-rf.md",
        "CON.md",
        "README.md",
        "Readme.md",
        "a\nb.md",
        "a.md",
    ];
    let shown: Vec<_> = paths.iter().map(String::as_str).collect();
    assert_eq!(shown, expected);
    let failures = world.failures().await;
    let links: Vec<_> = failures.iter().filter(|(_, code)| code == "link").collect();
    assert_eq!(links.len(), 3, "{failures:?}");
    let submodules = failures.iter().filter(|(_, code)| code == "submodule");
    assert_eq!(submodules.count(), 2, "{failures:?}");
    canary.is_silent();
    // The text is what the commit has, not what git would make of it.
    let hit = world.search("walrus").await;
    assert!(hit.iter().all(|hit| !format!("{hit:?}").contains(&head)));
    let fsck = world.fsck().await;
    assert!(fsck.is_clean(), "{fsck:?}");
    canary.is_silent();
    world.stop().await;
}

/// Makes a commit of a tree that git itself would never write, and returns it.
fn commit_of(repo: &Repo, tree: &[u8]) -> String {
    let bare = Path::new(repo.bare());
    let tree = git_with(
        bare,
        &["hash-object", "-t", "tree", "--literally", "-w", "--stdin"],
        tree,
    );
    let commit = git(bare, &["commit-tree", "-m", "evil", &tree]);
    git(bare, &["update-ref", "refs/heads/main", &commit]);
    commit
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_that_no_git_writes_are_refused() {
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("a.md", "walrus\n");
    repo.push();
    let bare = Path::new(repo.bare());
    let blob = git(bare, &["rev-parse", "HEAD:a.md"]);
    let raw: Vec<u8> = (0..20)
        .map(|at| u8::from_str_radix(&blob[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let entry = |mode: &str, name: &str| {
        let head = format!("{mode} {name}\0");
        [head.as_bytes(), &raw].concat()
    };
    let mut world = world_with(&host, |_| {}).await;
    let evil = [
        "..",
        ".",
        ".git",
        ".GIT",
        "git~1",
        "../../etc/cron.d/x",
        "/etc/x",
        "a/b",
    ];
    for name in evil {
        commit_of(&repo, &entry("100644", name));
        let report = failure(&mut world, source(&host.address("a.git"))).await;
        assert_eq!(report.code, ErrorCode::GitFailed, "{name}: {report:?}");
    }
    // The same name twice, and names that are not in order.
    for tree in [
        [entry("100644", "a"), entry("100644", "a")].concat(),
        [entry("100644", "b"), entry("100644", "a")].concat(),
        entry("40000", ""),
        b"nonsense".to_vec(),
    ] {
        commit_of(&repo, &tree);
        let report = failure(&mut world, source(&host.address("a.git"))).await;
        assert_eq!(report.code, ErrorCode::GitFailed, "{report:?}");
    }
    assert!(world.documents().await.is_empty());
    // And after all that, a good one.
    git(
        bare,
        &[
            "update-ref",
            "refs/heads/main",
            &repo.git(&["rev-parse", "HEAD"]),
        ],
    );
    take(&mut world, source(&host.address("a.git"))).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_tokens_are_for_nobody_but_the_user_of_ragd() {
    let host = Host::new();
    host.wants("secret");
    let repo = host.repository("a.git");
    repo.write("a.md", "walrus\n");
    let commit = repo.push();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "secret").unwrap();
    let mut config = Config::default();
    config.extract.program = env!("CARGO_BIN_EXE_ragd").into();
    config.git_hosts = vec![ragd::config::GitHost {
        key_file: folder.path().join("token"),
        ..host.entry()
    }];
    let disk = std::sync::Arc::new(Disk::new(folder.path(), 0, 0));
    let cancel = CancellationToken::new();
    let wanted = |own| Wanted {
        address: Address::parse(&host.address("a.git")).unwrap(),
        reference: Reference::parse(&commit).unwrap(),
        depth: 1,
        own,
    };
    // Others do not even reach it: it is on this machine, and nobody said that they may.
    let git = Git::new(&config, folder.path(), std::sync::Arc::clone(&disk));
    let refused = git.fetch(&wanted(false), &cancel).await.unwrap_err();
    assert!(matches!(refused, GitError::Private { .. }), "{refused:?}");
    assert_eq!(host.asked(), 0);
    config.web.private_hosts = vec![host.name()];
    let git = Git::new(&config, folder.path(), disk);
    let refused = git.fetch(&wanted(false), &cancel).await.unwrap_err();
    assert!(matches!(refused, GitError::NoToken { .. }), "{refused:?}");
    let fetched = git.fetch(&wanted(true), &cancel).await.unwrap();
    assert_eq!(
        fetched
            .repository
            .tree(&fetched.commit, &cancel)
            .await
            .unwrap()
            .len(),
        1
    );
    // What is here by now was fetched with the token.
    let refused = git.fetch(&wanted(false), &cancel).await.unwrap_err();
    assert!(matches!(refused, GitError::NoToken { .. }), "{refused:?}");
    let ssh = Address::parse("git@127.0.0.1:a.git").unwrap();
    assert!(matches!(
        git.check(&ssh, false),
        Err(GitError::NotForOthers)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_others_is_where_it_was_looked_up() {
    let host = Host::new();
    let repo = host.repository("a.git");
    repo.write("a.md", "walrus\n");
    repo.push();
    let name = host.name().replace("127.0.0.1", "localhost");
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.extract.program = env!("CARGO_BIN_EXE_ragd").into();
    config.web.private_hosts = vec![name.clone()];
    config.git_hosts = vec![ragd::config::GitHost {
        name: name.clone(),
        ..host.entry()
    }];
    let disk = std::sync::Arc::new(Disk::new(folder.path(), 0, 0));
    let git = Git::new(&config, folder.path(), disk);
    let wanted = Wanted {
        address: Address::parse(&format!("http://{name}/a.git")).unwrap(),
        reference: Reference::Head,
        depth: 1,
        own: false,
    };
    let fetched = git.fetch(&wanted, &CancellationToken::new()).await;
    assert!(fetched.is_ok(), "{fetched:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_thousand_files_are_a_list() {
    const FILES: usize = 200_000;
    let host = Host::new();
    let repo = host.repository("many.git");
    let mut stream = String::from("blob\nmark :1\ndata 7\nwalrus\n\n");
    stream.push_str("commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 0\n");
    for n in 0..FILES {
        stream.push_str(&format!("M 644 :1 {}/{n}.md\n", n / 500));
    }
    git_with(
        Path::new(repo.bare()),
        &["fast-import", "--quiet"],
        stream.as_bytes(),
    );
    let mut world = world_with(&host, |_| {}).await;
    let address = host.address("many.git");
    let plan = super::plan(&mut world, source(&address), SourceRules::default()).await;
    assert_eq!(plan.add.files, FILES as u64);
    world.stop().await;
}
