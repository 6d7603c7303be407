use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use super::*;
use crate::ingest::secrets::Secrets;

pub(super) struct Tree(tempfile::TempDir);

impl Tree {
    /// Creates files, `name` or `name=content`, and folders, `name/`.
    pub(super) fn new(entries: &[&str]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for entry in entries {
            let (name, content) = entry.split_once('=').unwrap_or((entry, "x"));
            let path = tree.at(name);
            if name.ends_with('/') {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
        }
        tree
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Walks the folder `below` and returns one line per entry.
    pub(super) fn walk(&self, below: &str, rules: &Rules) -> Vec<String> {
        self.roots(&[self.at(below)], rules)
    }

    fn roots(&self, roots: &[PathBuf], rules: &Rules) -> Vec<String> {
        let mut lines = Vec::new();
        let cancel = AtomicBool::new(false);
        let walked = walk(roots, rules, &cancel, &mut |found| {
            // Nothing that is taken or left out.
            if !matches!(found, Found::Repository { .. }) {
                lines.push(self.line(&found));
            }
        });
        let incomplete = lines.iter().any(|line| line.contains("unreadable"));
        let expected = if incomplete {
            Walked::Incomplete
        } else {
            Walked::Complete
        };
        assert_eq!(walked.unwrap(), expected);
        lines
    }

    fn line(&self, found: &Found) -> String {
        let short = |path: &Path| {
            path.strip_prefix(self.0.path())
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned()
        };
        match found {
            Found::File { path, .. } => short(path),
            Found::Skipped { path, rule, bytes } => {
                let slash = if bytes.is_none() { "/" } else { "" };
                format!("{}{slash}: {}", short(path), rule.word())
            }
            Found::Unreadable { path, .. } => format!("{}: unreadable", short(path)),
            Found::Repository { top } => format!("{}: repository", short(top)),
        }
    }
}

pub(super) fn rules() -> Rules {
    Rules {
        include: Vec::new(),
        exclude: Vec::new(),
        ignore_files: true,
        hidden: false,
        max_file_bytes: 1 << 20,
        never: Vec::new(),
        secrets: Arc::new(Secrets::new(&crate::config::Secrets::default())),
    }
}

#[test]
fn an_ignored_folder_is_one_entry_and_is_not_entered() {
    let tree = Tree::new(&[
        ".gitignore=target/\n*.log",
        "a.rs",
        "b.log",
        "target/x/y",
        "z/c.log",
    ]);
    let seen = tree.walk("", &rules());
    assert_eq!(
        seen,
        [
            ".gitignore: hidden",
            "a.rs",
            "b.log: gitignore",
            "target/: gitignore",
            "z/c.log: gitignore"
        ]
    );
}

#[test]
fn deeper_files_and_stronger_names_override() {
    let tree = Tree::new(&[
        ".gitignore=*.log\n/gen/",
        ".ragignore=!/gen/\n!keep.log\n*.csv",
        "gen/a.rs",
        "keep.log",
        "other.log",
        "data.csv",
        "deep/.gitignore=!other.log\n!data.csv\nkeep.log",
        "deep/other.log",
        "deep/data.csv",
        "deep/keep.log",
        "deep/.ignore=x.txt",
        "deep/x.txt",
    ]);
    let seen = tree.walk(
        "",
        &Rules {
            hidden: true,
            ..rules()
        },
    );
    assert_eq!(
        seen,
        [
            ".gitignore",
            ".ragignore",
            "data.csv: ragignore",
            "deep/.gitignore",
            "deep/.ignore",
            "deep/data.csv",
            "deep/keep.log: gitignore",
            "deep/other.log",
            "deep/x.txt: ignore",
            "gen/a.rs",
            "keep.log",
            "other.log: gitignore",
        ]
    );
}

#[test]
fn parents_count_inside_the_repository_only() {
    let tree = Tree::new(&[
        ".gitignore=*.out",
        "repo/.git/info/exclude=*.mine",
        "repo/.gitignore=*.log",
        "repo/sub/a.log",
        "repo/sub/a.mine",
        "repo/sub/a.out",
        "loose/sub/a.out",
    ]);
    let seen = tree.walk("repo/sub", &rules());
    assert_eq!(
        seen,
        [
            "repo/sub/a.log: gitignore",
            "repo/sub/a.mine: gitignore",
            "repo/sub/a.out"
        ]
    );
    assert_eq!(
        tree.walk("repo", &rules())[1..],
        seen,
        "the outer file is of no repository"
    );
    assert_eq!(tree.walk("loose/sub", &rules()), ["loose/sub/a.out"]);
}

#[test]
fn a_repository_within_another_has_its_own_gitignore() {
    let tree = Tree::new(&[
        ".git/config",
        ".gitignore=*.log",
        ".ragignore=*.csv",
        "inner/.git/config",
        "inner/a.log",
        "inner/b.csv",
        "plain/a.log",
    ]);
    let expected = [
        "inner/a.log",
        "inner/b.csv: ragignore",
        "plain/a.log: gitignore",
    ];
    assert_eq!(tree.walk("", &rules())[2..], expected);
    assert_eq!(tree.walk("inner", &rules()), ["inner/a.log", "inner/b.csv"]);
}

#[test]
fn git_itself_is_never_mentioned() {
    let tree = Tree::new(&[".git/config", "sub/.git=gitdir: x", "sub/a"]);
    assert_eq!(
        tree.walk(
            "",
            &Rules {
                hidden: true,
                ..rules()
            }
        ),
        ["sub/a"]
    );
}

#[test]
fn ignore_files_can_be_switched_off_and_can_want_hidden_files() {
    let tree = Tree::new(&[".gitignore=a", "a", ".h/b"]);
    let off = Rules {
        ignore_files: false,
        ..rules()
    };
    assert_eq!(
        tree.walk("", &off),
        [".gitignore: hidden", ".h/: hidden", "a"]
    );
    fs::write(tree.at(".gitignore"), "a\n!.h/").unwrap();
    assert_eq!(
        tree.walk("", &rules()),
        [".gitignore: hidden", ".h/b", "a: gitignore"]
    );
}

#[test]
fn globs_include_and_exclude() {
    let tree = Tree::new(&[
        "src/a.rs",
        "src/b.py",
        "docs/c.md",
        "docs/old/d.md",
        "#e.md",
    ]);
    let words = |globs: &[&str]| globs.iter().map(|g| (*g).to_owned()).collect();
    let include = Rules {
        include: words(&["src", "*.md"]),
        ..rules()
    };
    assert_eq!(
        tree.walk(
            "",
            &Rules {
                exclude: words(&["docs/old", "b.*", "#*"]),
                ..include
            }
        ),
        [
            "#e.md: exclude",
            "docs/c.md",
            "docs/old/: exclude",
            "src/a.rs",
            "src/b.py: exclude"
        ]
    );
    assert_eq!(
        tree.walk(
            "",
            &Rules {
                include: words(&["docs/**/*.md"]),
                ..rules()
            }
        ),
        [
            "#e.md: not-included",
            "docs/c.md",
            "docs/old/d.md",
            "src/a.rs: not-included",
            "src/b.py: not-included"
        ]
    );
}

#[test]
fn a_glob_without_meaning_is_named() {
    let tree = Tree::new(&[]);
    let rules = Rules {
        exclude: vec!["{a".to_owned()],
        ..rules()
    };
    let error = walk(&[tree.at("")], &rules, &AtomicBool::new(false), &mut |_| ());
    assert_eq!(
        error.unwrap_err().to_string(),
        "cannot understand the glob `{a`"
    );
}

#[test]
fn a_file_that_holds_secrets_is_left_out_however_it_is_named() {
    let tree = Tree::new(&[
        ".gitignore=!.env",
        ".env",
        ".env.example",
        "a/id_rsa",
        "a/id_rsa.pub",
    ]);
    let all = Rules {
        hidden: true,
        ..rules()
    };
    let seen = tree.walk("", &all);
    assert_eq!(
        seen,
        [
            ".env: secret",
            ".env.example",
            ".gitignore",
            "a/id_rsa: secret",
            "a/id_rsa.pub"
        ]
    );
    // A shell expands `*` to names.
    let roots = [tree.at(".env"), tree.at("a/id_rsa")];
    assert_eq!(
        tree.roots(&roots, &rules()),
        [".env: secret", "a/id_rsa: secret"]
    );
    let allowed = crate::config::Secrets {
        allow_paths: vec!["/a/".to_owned()],
        ..crate::config::Secrets::default()
    };
    let allowed = Rules {
        secrets: Arc::new(Secrets::new(&allowed)),
        ..rules()
    };
    assert_eq!(
        tree.walk("", &allowed)[1..],
        [
            ".env.example: hidden",
            ".gitignore: hidden",
            "a/id_rsa",
            "a/id_rsa.pub"
        ]
    );
}

#[test]
fn a_named_file_is_taken_whatever_ignore_files_say() {
    let tree = Tree::new(&[".gitignore=*", ".rc", "a.log", "sub/b.log"]);
    let roots = [tree.at("a.log"), tree.at(".rc"), tree.at("sub/b.log")];
    assert_eq!(tree.roots(&roots, &rules()), [".rc", "a.log", "sub/b.log"]);
    let exclude = Rules {
        exclude: vec!["*.log".to_owned()],
        ..rules()
    };
    assert_eq!(
        tree.roots(&roots, &exclude),
        [".rc", "a.log: exclude", "sub/b.log: exclude"]
    );
}

#[test]
fn a_root_below_another_is_visited_once() {
    let tree = Tree::new(&["a/b/c", "a/d"]);
    let roots = [tree.at("a/b/"), tree.at("a"), tree.at("a")];
    assert_eq!(tree.roots(&roots, &rules()), ["a/d", "a/b/c"]);
}

#[test]
fn a_way_up_in_a_root_is_resolved() {
    let tree = Tree::new(&["a/b/c", "d"]);
    assert_eq!(tree.walk("a/b/../../d", &rules()), ["d"]);
    assert_eq!(tree.walk("a/b/..", &rules()), ["a/b/c"]);
}

#[test]
fn links_and_special_files_are_skipped() {
    let tree = Tree::new(&["real/a", "never.sock/"]);
    symlink(tree.at("real"), tree.at("link")).unwrap();
    symlink("nowhere", tree.at("dangling")).unwrap();
    let fifo = FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, tree.at("fifo"), fifo, Mode::RUSR, 0).unwrap();
    assert_eq!(
        tree.walk("", &rules()),
        ["dangling: link", "fifo: special", "link: link", "real/a"]
    );
    assert_eq!(tree.walk("link/", &rules()), ["link: link"]);
    assert_eq!(tree.walk("fifo", &rules()), ["fifo: special"]);
}

#[test]
fn an_ignore_file_that_is_a_pipe_does_not_block() {
    let tree = Tree::new(&["a"]);
    let fifo = FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, tree.at(".gitignore"), fifo, Mode::RUSR, 0).unwrap();
    assert_eq!(tree.walk("", &rules()), [".gitignore: hidden", "a"]);
}

#[test]
fn size_decides_without_reading_and_empty_files_count() {
    let tree = Tree::new(&["empty="]);
    let sparse = fs::File::create(tree.at("sparse")).unwrap();
    sparse.set_len(1 << 30).unwrap();
    assert_eq!(tree.walk("", &rules()), ["empty", "sparse: too-large"]);
}

#[test]
fn the_daemons_own_folder_is_not_entered() {
    let tree = Tree::new(&["home/state/blobs/x", "home/notes"]);
    symlink(tree.at("home/state"), tree.at("other")).unwrap();
    let rules = Rules {
        never: vec![tree.at("other")],
        ..rules()
    };
    assert_eq!(
        tree.walk("home", &rules),
        ["home/notes", "home/state/: own-files"]
    );
    assert_eq!(
        tree.walk("home/state/blobs", &rules),
        ["home/state/blobs/: own-files"]
    );
}

#[test]
fn names_are_bytes() {
    let tree = Tree::new(&["new\nline.txt"]);
    let name = OsString::from_vec(b"\xff\xfe.txt".to_vec());
    fs::write(tree.0.path().join(&name), "x").unwrap();
    let mut relatives = Vec::new();
    let visit = &mut |found| {
        if let Found::File { relative, .. } = found {
            relatives.push(relative.into_os_string());
        }
    };
    walk(&[tree.at("")], &rules(), &AtomicBool::new(false), visit).unwrap();
    assert_eq!(relatives, [OsString::from("new\nline.txt"), name]);
}

#[test]
fn deep_paths_are_walked_and_too_long_ones_reported() {
    let deep = "d/".repeat(300);
    let tree = Tree::new(&[&format!("{deep}file")]);
    assert_eq!(tree.walk("", &rules()), [format!("{deep}file")]);

    // Longer than the kernel takes in one call: built from within.
    let mut folder = rustix::fs::open(tree.0.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
    let name = "e".repeat(200);
    for _ in 0..25 {
        rustix::fs::mkdirat(&folder, &name, Mode::RWXU).unwrap();
        folder = rustix::fs::openat(&folder, &name, OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
    let seen = tree.walk("", &rules());
    assert_eq!(seen.len(), 2);
    assert!(seen[1].ends_with(": unreadable"), "{seen:?}");
}

#[test]
fn what_cannot_be_listed_makes_the_walk_incomplete() {
    let tree = Tree::new(&["file", "locked/a"]);
    assert_eq!(tree.walk("none", &rules()), ["none: unreadable"]);
    assert_eq!(
        tree.walk("file/below", &rules()),
        ["file/below: unreadable"]
    );
    let big = "#".repeat(usize::try_from(1u64 << 20).unwrap() + 1);
    fs::write(tree.at(".ragignore"), big).unwrap();
    assert_eq!(tree.walk("", &rules()), [".ragignore: unreadable"]);
}

#[test]
fn a_raised_flag_ends_the_walk() {
    let tree = Tree::new(&["a", "b", "c"]);
    let cancel = AtomicBool::new(false);
    let mut seen = 0;
    let visit = &mut |_| {
        seen += 1;
        cancel.store(seen == 2, Ordering::Relaxed);
    };
    assert_eq!(
        walk(&[tree.at("")], &rules(), &cancel, visit).unwrap(),
        Walked::Cancelled
    );
    assert_eq!(seen, 2);
}

impl Tree {
    /// Looks at parts of the folder `below` and returns one line per entry.
    fn look(&self, below: &str, scope: &[&str], rules: &Rules) -> Vec<String> {
        let scope: Vec<_> = scope.iter().map(|path| self.at(path)).collect();
        let mut lines = Vec::new();
        let visit = &mut |found| {
            if !matches!(found, Found::Repository { .. }) {
                lines.push(self.line(&found));
            }
        };
        let roots = [self.at(below)];
        let cancel = AtomicBool::new(false);
        let walked = look(&roots, &scope, rules, &cancel, visit).unwrap();
        let is_complete = !lines.iter().any(|line| line.contains("unreadable"));
        assert_eq!(walked == Walked::Complete, is_complete);
        lines
    }
}

#[test]
fn a_look_at_everything_is_a_walk_and_a_look_at_each_entry_is_its_part_of_it() {
    let tree = Tree::new(&[
        ".git/info/exclude=*.mine",
        ".gitignore=*.log\n/out/",
        "a.rs",
        "b.log",
        "c.mine",
        "out/x/y",
        "deep/.gitignore=!keep.log\n/gen",
        "deep/keep.log",
        "deep/gen/z",
        "deep/er/d.rs",
        "deep/er/e.log",
        ".hidden/f",
        "inner/.git/config",
        "inner/g.log",
    ]);
    let whole = tree.walk("", &rules());
    assert_eq!(tree.look("", &[""], &rules()), whole);
    for line in &whole {
        let path = line.split(':').next().unwrap();
        let seen = tree.look("", &[path.trim_end_matches('/')], &rules());
        assert_eq!(seen, std::slice::from_ref(line), "alone");
    }
    // A folder with all below it, and what is in it or named twice only once.
    let part: Vec<_> = whole
        .iter()
        .filter(|line| line.starts_with("deep/"))
        .cloned()
        .collect();
    assert_eq!(
        tree.look("", &["deep/er", "deep", "deep/er/d.rs"], &rules()),
        part
    );
}

#[test]
fn a_look_does_not_come_where_no_walk_would() {
    let tree = Tree::new(&["out/x/y", ".git/config", "a/b", "c", "other/d"]);
    symlink(tree.at("a"), tree.at("link")).unwrap();
    let exclude = Rules {
        exclude: vec!["out".to_owned()],
        ..rules()
    };
    let scope = ["out/x/y", ".git/config", "link/b", "gone/e", "c/below", "/"];
    assert_eq!(tree.look("", &scope, &exclude), Vec::<String>::new());
    assert_eq!(tree.look("", &["link", "c"], &exclude), ["c", "link: link"]);
    assert_eq!(
        tree.look("c", &["c"], &exclude),
        ["c"],
        "a root that is a file"
    );
    assert_eq!(
        tree.look("gone", &["gone/e"], &exclude),
        ["gone: unreadable"]
    );
}

#[test]
fn folders_are_told_before_they_are_listed_and_only_those_that_are_entered() {
    let tree = Tree::new(&[".gitignore=/out/", "out/x/y", "a/b/c", "d"]);
    let mut folders_seen = Vec::new();
    let late = tree.at("a/b/late/");
    let enter = &mut |folder: &Path| {
        if folder.ends_with("b") {
            fs::create_dir(&late).unwrap();
        }
        folders_seen.push(folder.strip_prefix(tree.at("")).unwrap().to_owned());
    };
    let roots = [tree.at("")];
    let walked = folders(&roots, &roots, &rules(), &AtomicBool::new(false), enter);
    assert_eq!(walked.unwrap(), Walked::Complete);
    let expected = ["", "a", "a/b", "a/b/late"].map(PathBuf::from);
    assert_eq!(
        folders_seen, expected,
        "what comes after the notice is found"
    );
}
