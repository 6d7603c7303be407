//! Watched sources over deaths of the daemon, over switches of a branch, and without inotify.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use protocol::PathBytes;
use protocol::job::JobKind;
use protocol::submit::Source;
use protocol::watched::WatchedState;
use rustix::process::Signal;

use crate::client::{Patient, watch};
use crate::daemon::Place;
use crate::dice::Dice;
use crate::eventually;

const DEADLINE: Duration = Duration::from_secs(120);

/// A source that is watched, and what is to be searchable of it.
struct Tree {
    root: PathBuf,
}

impl Tree {
    fn new(place: &Place) -> Self {
        let root = place.path().join("tree");
        fs::create_dir(&root).unwrap();
        Self { root }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=kim", "-c", "user.email=kim@localhost"])
            .args(arguments)
            .current_dir(&self.root)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn watch(&self, client: &mut Patient) {
        let root = PathBytes(self.root.as_os_str().as_bytes().to_vec());
        let job = client.submit(watch("c", Source::Paths(vec![root]))).job;
        client.wait(job);
    }

    /// Returns path and hash of each file that is neither hidden nor the output of a build.
    fn contents(&self) -> BTreeSet<(Vec<u8>, [u8; 32])> {
        let mut all = BTreeSet::new();
        let mut open = vec![self.root.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let (name, path) = (entry.file_name(), entry.path());
                if name.as_bytes().starts_with(b".") || name == "target" {
                    continue;
                }
                if path.is_dir() {
                    open.push(path);
                } else {
                    let hash = ragd::ids::content_hash(&fs::read(&path).unwrap());
                    let below = path.strip_prefix(&self.root).unwrap();
                    all.insert((below.as_os_str().as_bytes().to_vec(), hash.0));
                }
            }
        }
        all
    }

    /// Waits until what is searchable is what is there, and the source says so.
    fn agrees(&self, client: &mut Patient) {
        let expected = self.contents();
        eventually("what is searchable is what is there", DEADLINE, || {
            let is_current = client.watched().state == WatchedState::Current;
            (is_current && client.documents() == expected).then_some(())
        });
    }

    /// Returns all folders, or all files, without those of git.
    fn entries(&self, folders: bool) -> Vec<PathBuf> {
        let mut all = Vec::new();
        let mut open = vec![self.root.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() && entry.file_name() != ".git" {
                    open.push(path.clone());
                }
                if path.is_dir() == folders && entry.file_name() != ".git" {
                    all.push(path);
                }
            }
        }
        all.sort();
        all
    }

    /// Does one thing of those that happen to trees.
    fn shake(&self, dice: &mut Dice) {
        let (files, folders) = (self.entries(false), self.entries(true));
        let pick = |dice: &mut Dice, from: &[PathBuf]| {
            (!from.is_empty()).then(|| from[dice.index(from.len())].clone())
        };
        let new_folder = |dice: &mut Dice| {
            let above = pick(dice, &folders).unwrap_or_else(|| self.root.clone());
            above.join(dice.word())
        };
        match dice.below(20) {
            0..8 => {
                let folder = pick(dice, &folders).unwrap_or_else(|| self.root.clone());
                let file = folder.join(dice.word() + ".md");
                let _ = fs::write(file, dice.word());
            }
            8..12 => {
                if let Some(file) = pick(dice, &files) {
                    let _ = fs::write(file, dice.word());
                }
            }
            12..14 => {
                if let Some(file) = pick(dice, &files) {
                    fs::remove_file(file).unwrap();
                }
            }
            14..16 => {
                if let (Some(from), Some(to)) = (pick(dice, &files), pick(dice, &folders)) {
                    let _ = fs::rename(from, to.join(dice.word() + ".md"));
                }
            }
            16..18 => {
                let folder = new_folder(dice);
                fs::create_dir_all(folder.join("a")).unwrap();
                fs::write(folder.join("a/b.md"), dice.word()).unwrap();
            }
            18 => {
                let to = new_folder(dice);
                if let Some(from) = pick(dice, &folders)
                    && !to.starts_with(&from)
                {
                    fs::rename(from, to).unwrap();
                }
            }
            _ => {
                if let Some(folder) = pick(dice, &folders) {
                    fs::remove_dir_all(folder).unwrap();
                }
            }
        }
    }
}

#[test]
fn a_tree_that_is_shaken_agrees_whenever_it_is_quiet_whoever_dies() {
    let place = Place::new();
    let tree = Tree::new(&place);
    let seed = 7;
    let mut dice = Dice::new(seed);
    for number in 0..60 {
        tree.write(&format!("{}/{number}.md", number % 7), &dice.word());
    }
    let mut daemon = place.start();
    let mut client = place.patient();
    tree.watch(&mut client);
    tree.agrees(&mut client);
    for round in 0..12 {
        for _ in 0..=dice.below(30) {
            tree.shake(&mut dice);
        }
        match round % 4 {
            // In the middle of it.
            1 => daemon.kill(),
            2 => {
                daemon.signal(Signal::TERM);
                daemon.ends_within(DEADLINE);
            }
            _ => {}
        }
        if !daemon.is_running() {
            // Nobody sees this.
            (0..10).for_each(|_| tree.shake(&mut dice));
            daemon = place.start();
            (0..10).for_each(|_| tree.shake(&mut dice));
        }
        tree.agrees(&mut client);
    }
    let last = client.watched().job;
    let listed = client.jobs(JobKind::Watch);
    assert_eq!(
        listed.iter().map(|job| Some(job.id)).collect::<Vec<_>>(),
        [last]
    );
    assert!(client.fsck().is_clean());
}

#[test]
fn switches_of_a_branch_are_followed_beside_a_build() {
    let place = Place::new();
    let tree = Tree::new(&place);
    tree.git(&["init", "-q", "-b", "main"]);
    tree.write(".gitignore", "/target/\n");
    for number in 0..300 {
        tree.write(
            &format!("src/m{}/{number}.rs", number % 20),
            &format!("fn f{number}() {{}}\n"),
        );
    }
    tree.git(&["add", "-A"]);
    tree.git(&["commit", "-q", "-m", "all"]);
    tree.git(&["checkout", "-q", "-b", "other"]);
    for number in 0..300 {
        match number % 3 {
            // Half of the tree is another one there, and much of it is gone.
            0 | 1 => fs::remove_file(tree.root.join(format!("src/m{}/{number}.rs", number % 20)))
                .unwrap(),
            _ => tree.write(
                &format!("lib/{number}.rs"),
                &format!("fn g{number}() {{}}\n"),
            ),
        }
    }
    tree.git(&["add", "-A"]);
    tree.git(&["commit", "-q", "-m", "other"]);
    let _daemon = place.start();
    let mut client = place.patient();
    tree.watch(&mut client);
    tree.agrees(&mut client);
    let folders = client.watched().folders;
    for round in 0..4 {
        let branch = if round % 2 == 0 { "main" } else { "other" };
        tree.git(&["checkout", "-q", branch]);
        for number in 0..200 {
            tree.write(
                &format!("target/debug/{round}/{number}.rs"),
                "fn built() {}\n",
            );
        }
        tree.agrees(&mut client);
    }
    assert_eq!(client.watched().folders, folders, "none of the build");
    assert!(client.search("c", "built").is_empty());
}

#[test]
fn without_watches_left_the_source_is_looked_through_and_the_log_says_what_to_do() {
    let runner = |limits: &str| {
        let script = format!("{limits} && exec \"$@\"");
        ["unshare", "-Ur", "sh", "-c", &script, "sh"].map(str::to_owned)
    };
    let limits = [
        ("max_inotify_watches", 20, "fs.inotify.max_user_watches"),
        ("max_inotify_instances", 0, "fs.inotify.max_user_instances"),
    ];
    for (limit, value, sysctl) in limits {
        let runner = runner(&format!("echo {value} > /proc/sys/user/{limit}"));
        let runner: Vec<&str> = runner.iter().map(String::as_str).collect();
        let tried = Command::new(runner[0])
            .args(&runner[1..])
            .arg("true")
            .output();
        if !tried.is_ok_and(|output| output.status.success()) {
            println!("skipped: user namespaces are not allowed here");
            return;
        }
        let place = Place::new();
        place.add_config("[watch]\npoll_ms = 200\n");
        let tree = Tree::new(&place);
        for number in 0..40 {
            tree.write(&format!("{number}/a.md"), "A walrus.\n");
        }
        let _daemon = place.start_by(&runner);
        let mut client = place.patient();
        tree.watch(&mut client);
        tree.agrees(&mut client);
        let source = client.watched();
        assert!(source.is_polled, "{source:?}");
        assert!(source.cause.unwrap().contains(sysctl));
        tree.write("41/b.md", "Another walrus.\n");
        fs::remove_dir_all(tree.root.join("7")).unwrap();
        tree.agrees(&mut client);
        let log = place.log();
        let told = log.lines().filter(|line| line.contains(sysctl)).count();
        assert_eq!(told, 1, "{log}");
    }
}

#[test]
fn a_disk_below_the_root_that_is_taken_off_keeps_its_documents() {
    let runner = ["unshare", "-Urm"];
    let tried = Command::new(runner[0])
        .args(&runner[1..])
        .arg("true")
        .output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("skipped: user namespaces are not allowed here");
        return;
    }
    let place = Place::new();
    let tree = Tree::new(&place);
    tree.write("a.md", "A walrus.\n");
    fs::create_dir(tree.root.join("nas")).unwrap();
    let disk = place.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let daemon = place.start_by(&runner);
    // As the daemon sees it, and nobody else.
    let pid = daemon.pid().to_string();
    let inside = |script: &str| {
        let enter = [
            "-t",
            &pid,
            "-U",
            "-m",
            "--preserve-credentials",
            "sh",
            "-ec",
            script,
        ];
        let output = Command::new("nsenter").args(enter).output().unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
    };
    let (disk, nas) = (disk.display(), tree.root.join("nas"));
    let nas = nas.display();
    inside(&format!(
        "mount -t tmpfs none {disk}; echo walrus > {disk}/b.md; echo walrus > {disk}/c.md; \
         mount --bind {disk} {nas}"
    ));
    let mut client = place.patient();
    tree.watch(&mut client);
    let is = |client: &mut Patient, state: WatchedState, names: &[&str]| {
        eventually("the documents are those", DEADLINE, || {
            let found = client.search("c", "walrus");
            let mut found: Vec<_> = found.iter().map(|hit| hit.path.to_text()).collect();
            found.sort();
            (client.watched().state == state && found == names).then_some(())
        });
    };
    is(
        &mut client,
        WatchedState::Current,
        &["a.md", "nas/b.md", "nas/c.md"],
    );
    inside(&format!("umount {nas}"));
    is(
        &mut client,
        WatchedState::Held,
        &["a.md", "nas/b.md", "nas/c.md"],
    );
    inside(&format!("echo walrus > {disk}/d.md; rm {disk}/b.md"));
    tree.write("a.md", "A narwhal.\n");
    is(&mut client, WatchedState::Held, &["nas/b.md", "nas/c.md"]);
    inside(&format!("mount --bind {disk} {nas}"));
    is(
        &mut client,
        WatchedState::Current,
        &["nas/c.md", "nas/d.md"],
    );
    inside(&format!("echo walrus > {disk}/e.md"));
    is(
        &mut client,
        WatchedState::Current,
        &["nas/c.md", "nas/d.md", "nas/e.md"],
    );
}
