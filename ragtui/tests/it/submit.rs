//! `submit`: what is asked of the daemon, and what is said about it.

use std::sync::atomic::{AtomicUsize, Ordering};

use protocol::submit::{GitSource, Source, SourceRules, SubmitRequest, SubmitWork};
use protocol::{ErrorCode, ErrorReport, Private, Request};

use crate::fixtures;
use crate::stand_in::{Answer, Greeting, StandIn, own_uid, piped};

fn submitted(daemon: &StandIn) -> Vec<SubmitRequest> {
    let requests = daemon.requests().into_iter();
    requests
        .filter_map(|request| match request {
            Request::Submit(submit) => Some(submit),
            _ => None,
        })
        .collect()
}

fn ingest(submit: &SubmitRequest) -> (&str, &Source, &SourceRules) {
    match &submit.work {
        SubmitWork::Ingest {
            collection,
            source,
            rules,
        } => (collection, source, rules),
        other => panic!("{other:?}"),
    }
}

/// Folder names and ids differ from run to run.
fn steady(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let digits = word.trim_end().len();
        let is_id = digits == 8 && word.trim_end().chars().all(|c| c.is_ascii_hexdigit());
        words.push(if is_id {
            format!("[job]{}", &word[digits..])
        } else {
            word.to_owned()
        });
    }
    words.concat()
}

fn tree(daemon: &StandIn) {
    let notes = daemon.folder.path().join("notes");
    std::fs::create_dir_all(notes.join("sub/target")).unwrap();
    for (name, text) in [
        ("a.md", "alpha"),
        ("sub/b.md", "beta"),
        ("sub/c.txt", "gamma"),
        (".hidden.md", "no"),
        ("sub/target/d.md", "no"),
        (".gitignore", "target/\n"),
        ("e.log", "no"),
        (".ragignore", "*.log\n"),
    ] {
        std::fs::write(notes.join(name), text).unwrap();
    }
}

#[test]
fn a_folder_of_the_same_user_is_sent_as_its_path() {
    let daemon = StandIn::new();
    tree(&daemon);
    let ran = daemon.run(&[
        "submit",
        "notes/",
        "-c",
        "docs",
        "--include",
        "*.md",
        "--hidden",
    ]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    insta::assert_snapshot!(steady(&ran.to_string()));
    let jobs = submitted(&daemon);
    let (collection, source, rules) = ingest(&jobs[0]);
    let path = daemon.folder.path().join("notes").display().to_string();
    assert_eq!(collection, "docs");
    assert_eq!(*source, Source::Paths(vec![path.as_str().into()]));
    let expected = SourceRules {
        include: vec!["*.md".into()],
        hidden: true,
        ..Default::default()
    };
    assert_eq!(*rules, expected);
}

#[test]
fn a_source_that_is_watched_is_one_request_and_deletes_without_being_asked() {
    let daemon = StandIn::new();
    tree(&daemon);
    let ran = daemon.run(&["submit", "notes", "-c", "docs", "--watch"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    insta::assert_snapshot!(steady(&ran.to_string()));
    let path = daemon.folder.path().join("notes").display().to_string();
    let expected = SubmitWork::Watch {
        collection: "docs".to_owned(),
        source: Source::Paths(vec![path.as_str().into()]),
        rules: SourceRules {
            delete_missing: true,
            ..Default::default()
        },
    };
    assert_eq!(submitted(&daemon)[0].work, expected);
}

#[test]
fn what_ragd_does_not_read_itself_cannot_be_watched() {
    let greeting = Greeting::Welcome { uid: own_uid() + 1 };
    let daemon = StandIn::greeting(greeting, |_| None);
    tree(&daemon);
    let ran = daemon.run(&["submit", "notes", "--watch"]);
    assert_ne!(ran.exit, Some(0), "{ran}");
    assert!(
        ran.stderr
            .contains("--watch needs a source that ragd reads itself")
    );
    assert!(submitted(&daemon).is_empty());
}

#[test]
fn a_source_is_unwatched_by_its_path_or_by_digits_of_its_id() {
    let daemon = StandIn::new();
    let ran = daemon.run(&["source", "unwatch", "/home/kim/src", "22ab0", "11ab"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    let ended = |daemon: &StandIn| {
        let requests = daemon.requests().into_iter();
        let ended = requests.filter_map(|request| match request {
            Request::WatchedEnd(id) => Some(id),
            _ => None,
        });
        ended.collect::<Vec<_>>()
    };
    let known = fixtures::sources();
    assert_eq!(ended(&daemon), [known[0].id, known[1].id]);
    let ran = daemon.run(&["source", "unwatch", "11ab", "/home/kim/none"]);
    assert_eq!(ran.exit, Some(1), "{ran}");
    assert_eq!(
        ended(&daemon).len(),
        2,
        "all are looked for before one is ended"
    );
}

#[test]
fn a_named_link_stands_for_what_it_points_to() {
    let daemon = StandIn::new();
    tree(&daemon);
    std::os::unix::fs::symlink("notes", daemon.folder.path().join("link")).unwrap();
    for path in ["link", "link/", "notes/../link"] {
        assert_eq!(daemon.run(&["submit", path]).exit, Some(0));
    }
    let notes = daemon.folder.path().join("notes").canonicalize().unwrap();
    let expected = Source::Paths(vec![notes.to_str().unwrap().into()]);
    for job in submitted(&daemon) {
        assert_eq!(*ingest(&job).1, expected);
    }
}

#[test]
fn with_q_only_the_id_is_printed_and_last_means_it() {
    let daemon = StandIn::new();
    tree(&daemon);
    let ran = daemon.run(&["submit", "-q", "notes"]);
    let id = submitted(&daemon)[0].job.to_string();
    assert_eq!((ran.stdout.trim(), ran.stderr.as_str()), (id.as_str(), ""));
    let shown = daemon.run(&["job", "show", "@last", "-o", "name"]);
    assert_eq!(shown.stdout.trim(), id);
}

#[test]
fn another_user_s_daemon_gets_the_bytes() {
    let greeting = Greeting::Welcome { uid: own_uid() + 1 };
    let daemon = StandIn::greeting(greeting, |_| None);
    tree(&daemon);
    let ran = daemon.run(&["submit", "notes", "--exclude", "*.txt"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(daemon.uploads(), [b"alpha".to_vec(), b"beta".to_vec()]);
    let jobs = submitted(&daemon);
    let Source::Uploads(documents) = ingest(&jobs[0]).1 else {
        panic!("{jobs:?}")
    };
    let names: Vec<_> = documents
        .iter()
        .map(|document| document.name.to_text())
        .collect();
    // Where they are: two folders of one name are two sources.
    let expected = ["notes/a.md", "notes/sub/b.md"].map(|path| daemon.folder.path().join(path));
    let expected = expected.map(|path| path.to_string_lossy().into_owned());
    assert_eq!(names, expected);
    assert_eq!(documents[0].content, fixtures::uploaded(b"alpha").content);
}

#[test]
fn uploads_can_be_forced_and_large_files_come_in_pieces() {
    let daemon = StandIn::new();
    let bytes: Vec<u8> = (0..700_000_u32).map(|number| number as u8).collect();
    std::fs::write(daemon.folder.path().join("big.bin"), &bytes).unwrap();
    assert_eq!(
        daemon
            .run(&["submit", "big.bin", "--upload", "always"])
            .exit,
        Some(0)
    );
    assert_eq!(daemon.uploads(), [bytes]);
}

#[test]
fn standard_input_is_one_document_with_a_name() {
    let daemon = StandIn::new();
    let ran = piped(
        &daemon,
        &["submit", "-", "--name", "schema.sql"],
        b"create table t;",
    );
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(daemon.uploads(), [b"create table t;".to_vec()]);
    let ran = piped(&daemon, &["submit", "-"], b"");
    assert_eq!(ran.exit, Some(2), "{ran}");
}

#[test]
fn lists_of_paths_end_lines_or_with_nul() {
    let daemon = StandIn::new();
    tree(&daemon);
    std::fs::write(daemon.folder.path().join("odd\nname"), "x").unwrap();
    let list = b"notes/a.md\0odd\nname\0gone\0";
    let arguments = ["submit", "--files-from", "-", "-0", "--ignore-missing"];
    let ran = piped(&daemon, &arguments, list);
    assert_eq!(ran.exit, Some(0), "{ran}");
    let jobs = submitted(&daemon);
    let Source::Paths(paths) = ingest(&jobs[0]).1 else {
        panic!("{jobs:?}")
    };
    assert_eq!(paths.len(), 2);
    assert!(paths[1].0.ends_with(b"/odd\nname"));
}

#[test]
fn all_missing_paths_are_reported_and_nothing_is_submitted() {
    let daemon = StandIn::new();
    tree(&daemon);
    let ran = daemon.run(&["submit", "notes", "gone", "lost"]);
    insta::assert_snapshot!(ran);
    assert_eq!(submitted(&daemon), []);
}

#[test]
fn a_dry_run_prints_the_plan() {
    let daemon = StandIn::new();
    tree(&daemon);
    insta::assert_snapshot!(daemon.run(&["submit", "notes", "--dry-run"]));
    assert_eq!(submitted(&daemon), []);
    let plan = fixtures::plan().id;
    assert_eq!(
        daemon.run(&["submit", "--plan", &plan.to_string()]).exit,
        Some(0)
    );
    assert_eq!(submitted(&daemon)[0].work, SubmitWork::Plan(plan));
}

#[test]
fn sync_asks_or_needs_yes() {
    let daemon = StandIn::new();
    tree(&daemon);
    let ran = daemon.run(&["submit", "notes", "--sync"]);
    assert_eq!(ran.exit, Some(64), "{ran}");
    assert_eq!(
        daemon.run(&["submit", "notes", "--sync", "--yes"]).exit,
        Some(0)
    );
    assert!(ingest(&submitted(&daemon)[0]).2.delete_missing);
}

#[test]
fn waiting_ends_with_a_summary() {
    let daemon = StandIn::new();
    tree(&daemon);
    let ran = daemon.run(&["submit", "notes", "--wait", "--progress", "none"]);
    insta::assert_snapshot!(steady(&ran.to_string()));
    let ran = daemon.run(&["submit", "notes", "--wait", "--json", "--progress", "none"]);
    let job: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(job["result"]["added"], 12);
    assert_eq!(job["deduplicated"], false);
}

#[test]
fn a_submit_whose_answer_was_lost_is_the_same_job_again() {
    let tries = AtomicUsize::new(0);
    let daemon = StandIn::scripted(move |request| match request {
        Request::Submit(_) if tries.fetch_add(1, Ordering::Relaxed) == 0 => Some(Answer::Cut),
        _ => None,
    });
    tree(&daemon);
    assert_eq!(daemon.run(&["submit", "notes"]).exit, Some(0));
    let jobs = submitted(&daemon);
    assert_eq!(jobs.len(), 2);
    assert_eq!(jobs[0], jobs[1]);
}

#[test]
fn a_daemon_that_hangs_up_on_every_submit_is_given_up() {
    let daemon =
        StandIn::scripted(|request| matches!(request, Request::Submit(_)).then_some(Answer::Cut));
    tree(&daemon);
    let ran = daemon.run(&["submit", "notes", "--reconnect", "300ms"]);
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert_eq!(ran.stderr.matches("waiting for ragd").count(), 1, "{ran}");
    let jobs = submitted(&daemon);
    assert!(
        jobs.iter().all(|job| job == &jobs[0]),
        "one job, however often it is sent"
    );
}

fn big(daemon: &StandIn) -> Vec<u8> {
    let bytes: Vec<u8> = (0..3_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    std::fs::write(daemon.folder.path().join("big.bin"), &bytes).unwrap();
    bytes
}

#[test]
fn an_upload_that_is_cut_goes_on_and_says_so() {
    let cuts = AtomicUsize::new(0);
    let daemon = StandIn::scripted(move |request| match request {
        Request::UploadResume(_) => {
            let cut = [0, 700_000, 1, 1_500_000].get(cuts.fetch_add(1, Ordering::Relaxed));
            cut.map(|bytes| Answer::CutAfter(*bytes))
        }
        _ => None,
    });
    let bytes = big(&daemon);
    let ran = daemon.run(&["submit", "big.bin", "--upload", "always"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(daemon.uploads(), [bytes]);
    let went_on: Vec<_> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("going on"))
        .collect();
    let path = daemon.folder.path().join("big.bin");
    let expected = ["683.6 KiB", "683.6 KiB", "2.1 MiB"].map(|had| {
        format!(
            "{}: ragd has {had} of 2.9 MiB, going on from there",
            path.display()
        )
    });
    assert_eq!(went_on, expected, "{ran}");
    assert!(
        ran.stderr.contains("waiting for ragd to come back"),
        "{ran}"
    );
    assert_eq!(submitted(&daemon).len(), 1);
}

#[test]
fn an_upload_that_comes_no_further_is_given_up() {
    let daemon = StandIn::scripted(|request| {
        matches!(request, Request::UploadResume(_)).then_some(Answer::CutAfter(0))
    });
    big(&daemon);
    let arguments = [
        "submit",
        "big.bin",
        "--upload",
        "always",
        "--reconnect",
        "300ms",
    ];
    let ran = daemon.run(&arguments);
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert_eq!(submitted(&daemon), []);
}

#[test]
fn a_file_that_changed_is_sent_once_more_and_then_left_out() {
    let failures = AtomicUsize::new(0);
    let refused = || {
        let what = "the upload has the hash 1 and not 2";
        Some(Answer::Failed(ErrorReport::new(
            ErrorCode::BadRequest,
            what,
        )))
    };
    let daemon = StandIn::scripted(move |request| match request {
        Request::UploadResume(_) if failures.fetch_add(1, Ordering::Relaxed) != 1 => refused(),
        _ => None,
    });
    let bytes = big(&daemon);
    let ran = daemon.run(&["submit", "big.bin", "--upload", "always"]);
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(
        ran.stderr
            .contains("changed while it was sent; sending it once more"),
        "{ran}"
    );
    assert_eq!(daemon.uploads(), [bytes]);
    // From now on it never is what it was.
    let ran = daemon.run(&["submit", "big.bin", "--upload", "always"]);
    assert_eq!(ran.exit, Some(66), "{ran}");
    assert!(
        ran.stderr
            .contains("it changes while it is sent: the upload has"),
        "{ran}"
    );
    assert_eq!(submitted(&daemon).len(), 1);
}

#[test]
fn standard_input_that_is_cut_is_not_sent_twice() {
    let daemon =
        StandIn::scripted(|request| matches!(request, Request::Upload(_)).then_some(Answer::Cut));
    let ran = piped(&daemon, &["submit", "-", "--name", "a.md"], b"alpha");
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert!(ran.stderr.contains("it cannot be read twice"), "{ran}");
    assert!(ran.stderr.contains("write it to a file"), "{ran}");
    let is_upload = |request: &&Request| matches!(request, Request::Upload(_));
    assert_eq!(daemon.requests().iter().filter(is_upload).count(), 1);
    assert_eq!(submitted(&daemon), []);
}

#[test]
fn the_address_of_a_repository_is_sent_as_it_was_typed() {
    let daemon = StandIn::new();
    tree(&daemon);
    let source = |arguments: &[&str]| {
        let before = submitted(&daemon).len();
        let ran = daemon.run(&[&["submit"], arguments].concat());
        assert_eq!(ran.exit, Some(0), "{ran}");
        ingest(&submitted(&daemon)[before]).1.clone()
    };
    let git = |address: &str| GitSource {
        address: Private::from(address),
        reference: None,
        depth: 1,
        subdir: None,
    };
    let plain = "https://example.org/a.git";
    assert_eq!(source(&[plain]), Source::Git(Box::new(git(plain))));
    let options = ["--ref", "v2.1", "--depth", "0", "--subdir", "docs"];
    let expected = GitSource {
        reference: Some("v2.1".to_owned()),
        depth: 0,
        subdir: Some("docs".into()),
        ..git("https://example.org/a")
    };
    let named = [&["https://example.org/a"][..], &options].concat();
    assert_eq!(source(&named), Source::Git(Box::new(expected)));
    for address in [
        "git@example.org:a/b",
        "ssh://git@example.org/a",
        "file:///srv/a",
    ] {
        assert_eq!(source(&[address]), Source::Git(Box::new(git(address))));
    }
    let whole = ["https://example.org/a", "--git"];
    assert_eq!(
        source(&whole),
        Source::Git(Box::new(git("https://example.org/a")))
    );
    let page = "https://example.org/guide?page=2";
    assert_eq!(source(&[page]), Source::Web(Private::from(page)));
    // A file may be called like that.
    let odd = daemon.folder.path().join("me@home:notes.md");
    std::fs::write(&odd, "text").unwrap();
    let paths = source(&["me@home:notes.md"]);
    assert_eq!(paths, Source::Paths(vec![odd.to_str().unwrap().into()]));
}

#[test]
fn what_cannot_be_one_repository_is_refused_here() {
    let daemon = StandIn::new();
    tree(&daemon);
    for (arguments, exit, says) in [
        (
            &["notes", "--ref", "v1"][..],
            2,
            "are for the address of a repository",
        ),
        (
            &["notes", "https://example.org/a.git"],
            2,
            "submitted alone",
        ),
        (
            &["https://a.org/a.git", "https://a.org/b.git"],
            2,
            "submitted alone",
        ),
        (&["notes", "https://example.org/page"], 2, "submitted alone"),
    ] {
        let ran = daemon.run(&[&["submit"], arguments].concat());
        assert_eq!(ran.exit, Some(exit), "{ran}");
        assert!(ran.stderr.contains(says), "{ran}");
    }
    assert!(submitted(&daemon).is_empty());
}
