//! What every command prints, for people and as tsv.

use protocol::document::{GapFilter, GapRetry};
use protocol::job::{Page, Stage};
use protocol::{PathBytes, Reply};

use crate::fixtures;
use crate::stand_in::{Answer, Ran, StandIn};

fn shown(arguments: &[&str]) -> Ran {
    StandIn::new().run(&[arguments, &["--time", "iso"]].concat())
}

macro_rules! snapshots {
    ($($name:ident: $arguments:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(shown(&$arguments));
            }
        )*
    };
}

snapshots! {
    jobs: ["jobs"];
    jobs_as_tsv: ["jobs", "-o", "tsv"];
    jobs_as_names: ["jobs", "-o", "name"];
    jobs_with_chosen_fields: ["jobs", "-o", "ndjson", "--fields", "state,progress.ratio,id"];
    jobs_without_header: ["jobs", "--no-header"];
    job_show: ["job", "show", "000000a3"];
    job_cancel: ["job", "cancel", "00a1", "00a2"];
    job_cancel_dry_run: ["job", "cancel", "00a1", "--dry-run"];
    job_priority_dry_run: ["job", "priority", "00a2", "high", "--dry-run", "-o", "name"];
    job_retry: ["job", "retry", "00a3"];
    job_priority: ["job", "priority", "00a2", "high"];
    job_errors: ["job", "errors", "00a3"];
    job_rm: ["job", "rm", "00a4", "--yes"];
    search: ["search", "retry", "backoff"];
    search_explained: ["search", "retry", "backoff", "--explain"];
    search_as_tsv: ["search", "backoff", "-o", "tsv"];
    collections: ["collection", "list"];
    collection_show: ["col", "show", "docs"];
    collection_create: ["collection", "create", "new"];
    collection_rm: ["collection", "rm", "docs", "-y"];
    collection_rm_dry_run: ["collection", "rm", "docs", "--dry-run"];
    collection_create_dry_run: ["collection", "create", "kernal", "--dry-run"];
    collection_show_switching: ["collection", "show", "kernel"];
    collection_update_dry_run: ["collection", "update", "docs", "--model", "fast", "--dry-run"];
    collection_update_dry_run_back: ["collection", "update", "back", "--model", "fast", "--dry-run"];
    collection_update_to_what_it_uses: ["collection", "update", "docs", "--model", "builtin"];
    collection_update_to_an_unknown_model: ["collection", "update", "docs", "--model", "slow", "--dry-run"];
    migrate_help: ["migrate", "-h"];
    migrate_dry_run: ["migrate", "docs", "--to", "qdrant", "--dry-run"];
    migrate_to_where_it_is: ["migrate", "docs", "--to", "embedded"];
    models: ["model", "list"];
    models_as_tsv: ["model", "list", "-o", "tsv"];
    models_as_names: ["model", "list", "-o", "name"];
    workers: ["worker", "list"];
    workers_as_tsv: ["worker", "list", "-o", "tsv"];
    workers_as_names: ["worker", "list", "-o", "name"];
    worker_pause: ["worker", "pause", "moon-17", "mars-4"];
    worker_resume: ["worker", "resume", "moon-18"];
    worker_drain_dry_run: ["worker", "drain", "moon-17", "--dry-run"];
    worker_unknown: ["worker", "drain", "moon-71"];
    worker_unknown_dry_run: ["worker", "drain", "moon-71", "--dry-run"];
    sources: ["source", "list"];
    sources_as_tsv: ["source", "list", "-o", "tsv"];
    source_unwatch: ["source", "unwatch", "11ab", "/home/kim/big"];
    source_unwatch_dry_run: ["source", "unwatch", "22ABcd", "--dry-run"];
    source_ambiguous: ["source", "unwatch", "22ab"];
    limits: ["limits"];
    analyze: ["analyze"];
    analyze_help: ["analyze", "-h"];
    analyze_as_graphviz: ["analyze", "--graph", "dot", "--level", "file"];
    analyze_as_mermaid: ["analyze", "--graph", "mermaid"];
    analyze_as_tsv: ["analyze", "-o", "tsv"];
    doctor: ["doctor"];
    doctor_as_tsv: ["doctor", "-o", "tsv"];
    doctor_help: ["doctor", "-h"];
    chats: ["chat", "list"];
    chats_as_tsv: ["chat", "list", "-o", "tsv"];
    chats_as_names: ["chat", "list", "-o", "name"];
    chat_show: ["chat", "show", "00ca"];
    chat_show_as_tsv: ["chat", "show", "00ca", "-o", "tsv"];
    chat_show_as_names: ["chat", "show", "00ca", "-o", "name"];
    chat_export: ["chat", "export", "@last"];
    ask_help: ["ask", "-h"];
    chat_help: ["chat", "-h"];
    question_show: ["job", "show", "00b1"];
    documents: ["doc", "list"];
    doc_show: ["doc", "show", "retry.md"];
    doc_chunks: ["doc", "chunks", "retry.md"];
    doc_versions: ["doc", "versions", "retry.md"];
    doc_diff: ["doc", "diff", "retry.md"];
    doc_diff_stat: ["doc", "diff", "retry.md", "2", "3", "--stat"];
    doc_rm: ["doc", "rm", "retry.md", "-y"];
    doc_rm_dry_run: ["doc", "rm", "retry.md", "--dry-run"];
    status: ["status"];
    health: ["health"];
    gaps: ["gaps"];
    gaps_each: ["gaps", "--all"];
    gaps_in_groups_as_json: ["gaps", "--group", "--json"];
    gaps_in_groups_as_tsv: ["gaps", "--group", "-o", "tsv"];
    gaps_retry: ["gaps", "retry", "--code", "encrypted-pdf"];
    gaps_retry_dry_run: ["gaps", "retry", "--all", "--dry-run"];
    gaps_retry_as_json: ["gaps", "retry", "a.pdf", "--json"];
    gaps_retry_wait: ["gaps", "retry", "a.pdf", "--wait", "--progress", "none"];
    gaps_retry_of_nothing_named: ["gaps", "retry"];
    gaps_help: ["gaps", "--help"];
    gaps_as_a_check: ["gaps", "--fail", "-o", "name"];
    secrets: ["secrets"];
    secrets_as_json: ["secrets", "--json"];
    secrets_as_tsv: ["secrets", "-o", "tsv"];
    secrets_as_a_check: ["secrets", "--fail", "-o", "name"];
    secrets_help: ["secrets", "--help"];
    fsck: ["fsck"];
    fsck_deep_with_findings: ["fsck", "--deep"];
    queue_pause: ["queue", "pause"];
    version: ["version"];
    exit_codes: ["help", "exit-codes"];
    help: ["--help"];
    submit_help: ["submit", "-h"];
    watch: ["watch", "00a1", "-o", "ndjson"];
    fields_help: ["gaps", "--fields", "help"];
    unknown_field: ["gaps", "--fields", "paht"];
    typo: ["serach", "x"];
    unknown_collection: ["collection", "show", "kernal"];
    unknown_job: ["job", "show", "ffff"];
}

#[test]
fn a_degraded_daemon_says_what_to_do() {
    let daemon = StandIn::scripted(|request| {
        matches!(request, protocol::Request::Health).then(fixtures::degraded)
    });
    insta::assert_snapshot!(daemon.run(&["health"]));
    let quiet = daemon.run(&["health", "-q"]);
    assert_eq!((quiet.exit, quiet.stdout.as_str()), (Some(1), ""));
}

fn nothing<T>(total: u64) -> Page<T> {
    Page {
        items: Vec::new(),
        next: None,
        total,
    }
}

#[test]
fn without_gaps_it_is_said_whether_more_may_come() {
    let note = |jobs| {
        let daemon = StandIn::scripted(move |request| match request {
            protocol::Request::GapGroups(_) => Some(Answer::Reply(Reply::GapGroups(nothing(0)))),
            protocol::Request::JobList(list) => {
                assert!(list.filter.states.iter().all(|state| !state.is_end()));
                Some(Answer::Reply(Reply::Jobs(nothing(jobs))))
            }
            _ => None,
        });
        daemon.run(&["gaps"]).stderr
    };
    let all = "no gaps: everything that was read is searchable";
    assert!(note(0).contains(all), "{}", note(0));
    let open = "no gaps so far: jobs are still open, see `ragctl jobs`";
    assert!(note(2).contains(open), "{}", note(2));
}

#[test]
fn gaps_are_narrowed_by_what_is_said() {
    let daemon = StandIn::new();
    let narrowed = [
        "--code",
        "a,b",
        "--stage",
        "extracting",
        "-c",
        "docs",
        "x/*.pdf",
        "./here.pdf",
    ];
    let here = daemon
        .folder
        .path()
        .canonicalize()
        .unwrap()
        .join("here.pdf");
    std::fs::write(&here, "").unwrap();
    let expected = GapFilter {
        collection: Some("docs".into()),
        job: None,
        codes: vec!["a".into(), "b".into()],
        stages: vec![Stage::Extracting],
        paths: ["x/*.pdf", "./here.pdf", here.to_str().unwrap()]
            .map(PathBytes::from)
            .to_vec(),
        include_skipped: false,
    };
    for (before, exit) in [
        (&["gaps", "--fail"][..], 1),
        (&["gaps", "--skipped"], 0),
        (&["gaps", "-a", "--fail"], 1),
        (&["gaps", "--group", "--json", "--fail"], 1),
        (&["gaps", "retry"], 4),
        (&["gaps", "retry", "--dry-run", "--json"], 0),
    ] {
        let ran = daemon.run(&[before, &narrowed].concat());
        assert_eq!(ran.exit, Some(exit), "{before:?}: {ran}");
        let requests = daemon.requests();
        let filter = match requests.last().unwrap() {
            protocol::Request::GapGroups(request) => &request.filter,
            protocol::Request::Gaps(request) => &request.filter,
            protocol::Request::GapRetry(request) => {
                assert_eq!(request.dry_run, before.contains(&"--dry-run"));
                &request.filter
            }
            other => panic!("{before:?} asked for {other:?}"),
        };
        let expected = GapFilter {
            include_skipped: before.contains(&"--skipped"),
            ..expected.clone()
        };
        assert_eq!(*filter, expected, "{before:?}");
    }
}

#[test]
fn gaps_that_ragd_cannot_read_again_are_no_success() {
    let answering = |retry: GapRetry| {
        let daemon = StandIn::scripted(move |request| match request {
            protocol::Request::GapRetry(_) => Some(Answer::Reply(Reply::GapRetry(retry.clone()))),
            _ => None,
        });
        move |arguments: &[&str]| daemon.run(&[&["gaps", "retry"], arguments].concat())
    };
    let lost = answering(GapRetry {
        to_submit: 2,
        ..GapRetry::default()
    });
    assert_eq!(lost(&["--all"]).exit, Some(1));
    assert_eq!(lost(&["--all", "--wait"]).exit, Some(1));
    let none = answering(GapRetry::default());
    assert_eq!(none(&["--all"]).exit, Some(0));
    let unknown = none(&["a.pdf"]);
    assert_eq!(unknown.exit, Some(1));
    assert!(
        unknown.stderr.contains("there is no gap that fits"),
        "{unknown}"
    );
}

#[test]
fn the_text_of_a_document_goes_out_as_it_is_when_no_terminal_reads_it() {
    let output = StandIn::new()
        .command(&["doc", "cat", "retry.md"])
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"# Retry\n\nIt doubles \x1b[5m\xff.\n");
}

#[test]
fn the_picture_of_a_page_goes_to_a_program_or_a_file() {
    const PICTURE: &[u8] = b"\xff\xd8\xff\x00\xd9";
    let daemon = StandIn::new();
    let output = daemon.command(&["doc", "page", "a.pdf", "7"]).output();
    assert_eq!(output.unwrap().stdout, PICTURE);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.jpg");
    let to = file.to_str().unwrap();
    let ran = daemon.run(&["doc", "page", "a.pdf", "--side", "900", "--out", to]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (Some(0), ""), "{ran}");
    assert_eq!(std::fs::read(&file).unwrap(), PICTURE);
    let nowhere = daemon.run(&["doc", "page", "a.pdf", "--out", "/nowhere/page.jpg"]);
    assert_eq!(nowhere.exit, Some(1), "{nowhere}");
    assert!(nowhere.stderr.contains("cannot write /nowhere/page.jpg"));
    for wrong in [&["0"][..], &["1", "--side", "0"], &["1", "--side", "9000"]] {
        let arguments = [&["doc", "page", "a.pdf"], wrong].concat();
        assert_eq!(daemon.run(&arguments).exit, Some(2), "{wrong:?}");
    }
}

#[test]
fn what_cannot_be_undone_needs_yes_without_a_terminal() {
    for arguments in [
        &["collection", "rm", "docs"][..],
        &["doc", "rm", "a"],
        &["job", "rm", "00a4"],
    ] {
        let ran = StandIn::new().run(arguments);
        assert_eq!(ran.exit, Some(64), "{arguments:?}: {ran}");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_list_is_followed_to_its_end_with_all() {
    let daemon = StandIn::scripted(|request| match request {
        protocol::Request::JobList(list) => {
            let (number, next) = match &list.page.cursor {
                None => (0xa1, Some("more".to_owned())),
                Some(_) => (0xa2, None),
            };
            let items = vec![fixtures::job(number, protocol::job::JobState::Queued)];
            let page = Page {
                items,
                next,
                total: 2,
            };
            Some(Answer::Reply(Reply::Jobs(page)))
        }
        _ => None,
    });
    let names = daemon.run(&["jobs", "--all", "-o", "name"]);
    assert_eq!(names.stdout.lines().count(), 2);
    let part = daemon.run(&["jobs", "--limit", "1"]);
    assert_eq!(
        part.stderr,
        "1 of 2; --all shows all, --cursor more the next\n"
    );
}

#[test]
fn a_dry_run_of_a_switch_says_what_would_change() {
    let check = |collection: &str, model: &str, change: &str, chunks: Option<u64>| {
        let update = ["collection", "update", collection, "--model", model];
        let ran = StandIn::new().run(&[&update[..], &["--dry-run", "--json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let found = (&json["model"], &json["new_model"], &json["change"]);
        assert_eq!(found, (&"builtin".into(), &model.into(), &change.into()));
        assert_eq!(json["chunks_to_embed"].as_u64(), chunks, "{ran}");
    };
    check("docs", "fast", "switch", Some(19_310));
    check("docs", "builtin", "none", Some(0));
    check("kernel", "fast", "under-way", Some(11_586));
    check("kernel", "builtin", "end", Some(0));
    check("back", "fast", "back", None);
}

#[test]
fn a_move_is_a_job() {
    let daemon = StandIn::new();
    let ran = daemon.run(&["migrate", "docs", "--to", "qdrant", "-o", "name"]);
    let requests = daemon.requests();
    let Some(protocol::Request::CollectionMove(sent)) = requests.last() else {
        panic!("{requests:?}")
    };
    assert_eq!(sent.name, "docs");
    assert_eq!(ran.stdout, format!("{}\n", sent.job), "{ran}");
}

#[test]
fn a_switch_of_models_is_a_job() {
    let daemon = StandIn::new();
    let update = ["collection", "update", "docs", "--model", "fast"];
    let with = |more: &[&str]| daemon.run(&[&update, more].concat());
    let sent = || {
        let last = daemon
            .requests()
            .into_iter()
            .rev()
            .find_map(|request| match request {
                protocol::Request::CollectionUpdate(update) => Some(update.job),
                _ => None,
            });
        last.unwrap()
    };
    let ran = with(&[]);
    let short = sent().short();
    let line =
        format!("job {short}  collection docs  switching to fast  track: ragctl watch {short}\n");
    assert_eq!(ran.to_string(), line);
    let quiet = with(&["-q"]);
    assert_eq!(quiet.to_string(), format!("{}\n", sent()));
    let json: serde_json::Value = serde_json::from_str(&with(&["--json"]).stdout).unwrap();
    assert_eq!(json["switching"]["job"], sent().to_string());
    let waited = with(&["--wait", "--json"]);
    let job: serde_json::Value = serde_json::from_str(&waited.stdout).unwrap();
    assert_eq!((waited.exit, &job["state"]), (Some(0), &"finished".into()));
}
