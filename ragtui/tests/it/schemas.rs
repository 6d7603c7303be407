//! The JSON that scripts rely on: schemas, fields, and their order.

use serde_json::Value;

use crate::stand_in::StandIn;

fn json(arguments: &[&str]) -> (String, Value) {
    let ran = StandIn::new().run(&[arguments, &["--json"]].concat());
    let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    (ran.stdout, value)
}

/// Checks that `text` has exactly these keys, in this order, in its object after `prefix`.
fn has_keys(value: &Value, keys: &str) {
    let mut found: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected: Vec<_> = keys.split(' ').collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

fn is_list(arguments: &[&str], schema: &str, keys: &str) {
    let (text, value) = json(arguments);
    assert!(
        text.starts_with(&format!("{{\"schema\":\"{schema}\",")),
        "{text}"
    );
    has_keys(&value, "schema items next total");
    assert_eq!(value["total"], value["items"].as_array().unwrap().len());
    has_keys(&value["items"][0], keys);
}

fn is_record(arguments: &[&str], schema: &str, keys: &str) -> Value {
    let (_, value) = json(arguments);
    assert_eq!(value["schema"], schema);
    has_keys(&value, &format!("schema {keys}"));
    value
}

const JOB: &str = "id kind state stage collection source attempt max_attempts priority \
    idempotency_key deduplicated progress rate eta_s eta_error_s created_at started_at \
    finished_at skipped error result retry_at waiting stalls uid parts runtime";

const ANSWER: &str = "question collection answer confidence sources citations by model \
    server_model query conversation usage timing_ms finish_reason notes asked_at";

#[test]
fn lists_have_their_schema_and_fields() {
    is_list(&["jobs"], "ragctl.job_list/v1", JOB);
    is_list(
        &["job", "errors"],
        "ragctl.job_error_list/v1",
        "job path stage code reason at",
    );
    is_list(
        &["collection", "list"],
        "ragctl.collection_list/v1",
        "name id owner documents chunks bytes gaps created_at updated_at model switching \
         previous_model index",
    );
    is_list(
        &["doc", "list"],
        "ragctl.doc_list/v1",
        "id path source state version bytes pages chunks title updated_at",
    );
    is_list(
        &["doc", "chunks", "retry.md"],
        "ragctl.chunk_list/v1",
        "ordinal text line_start line_end page spot heading symbols",
    );
    is_list(
        &["model", "list"],
        "ragctl.model_list/v1",
        "name kind state reason uses model url dimensions collections",
    );
    is_list(
        &["worker", "list"],
        "ragctl.worker_list/v1",
        "name host pid version state wanted classes slots busy running silent_ms",
    );
    is_list(
        &["source", "list"],
        "ragctl.watched_list/v1",
        "id uid collection roots state polled folders created_at updated_at job cause next_step",
    );
    is_list(
        &["chat", "list"],
        "ragctl.conversation_list/v1",
        "id title collection turns created_at updated_at",
    );
    is_list(&["chat", "show", "00ca"], "ragctl.answer_list/v1", ANSWER);
    is_list(
        &["gaps"],
        "ragctl.gap_list/v1",
        "path collection stage rule code reason bytes at",
    );
    is_list(
        &["gaps", "--group"],
        "ragctl.gap_group_list/v1",
        "code gaps bytes stage reason examples",
    );
}

#[test]
fn a_search_has_exactly_its_fields() {
    let (text, value) = json(&["search", "backoff"]);
    has_keys(&value, "schema hits");
    has_keys(
        &value["hits"][0],
        "rank rank_by_file doc also collection path line_start line_end page spot score scores heading symbols text",
    );
    insta::assert_snapshot!(text);
}

#[test]
fn a_visit_to_the_doctor_has_exactly_its_fields() {
    let (text, value) = json(&["doctor"]);
    has_keys(&value, "schema findings");
    has_keys(&value["findings"][0], "part state what next_step");
    insta::assert_snapshot!(text);
}

#[test]
fn projects_have_exactly_their_fields() {
    let (_, value) = json(&["analyze"]);
    has_keys(
        &value,
        "schema collection files bytes tests edges languages items packages starts readmes central \
         links folders external",
    );
    has_keys(
        &value["central"][0],
        "path language rank used_by test defines",
    );
    has_keys(&value["links"][0], "from to imports uses");
}

#[test]
fn limits_have_exactly_their_fields() {
    let (_, value) = json(&["limits"]);
    has_keys(&value, "schema limits");
    has_keys(&value["limits"][0], "key value usual code meaning");
}

#[test]
fn single_things_have_their_schema_and_fields() {
    is_record(&["job", "show", "00a1"], "ragctl.job/v1", JOB);
    is_record(
        &["status"],
        "ragctl.status/v1",
        "build pid uid boot_id started_at state_dir health queue collections documents chunks \
         gaps connections rss_bytes state_bytes disk_free_bytes",
    );
    let versions = is_record(
        &["doc", "versions", "retry.md"],
        "ragctl.doc_versions/v1",
        "id path versions unread",
    );
    has_keys(
        &versions["versions"][0],
        "version state content bytes since until",
    );
    let diff = is_record(
        &["doc", "diff", "retry.md"],
        "ragctl.doc_diff/v1",
        "id path old new added removed hunks",
    );
    has_keys(
        &diff["hunks"][0],
        "old_start old_lines new_start new_lines lines",
    );
    is_record(
        &["worker", "pause", "moon-17"],
        "ragctl.worker/v1",
        "name host pid version state wanted classes slots busy running silent_ms",
    );
    is_record(&["ask", "how?"], "ragctl.answer/v1", ANSWER);
    is_record(&["result", "00b1"], "ragctl.answer/v1", ANSWER);
    is_record(
        &["gaps", "retry", "--all"],
        "ragctl.gap_retry/v1",
        "jobs to_submit examples",
    );
    is_record(&["health"], "ragctl.health/v1", "state parts");
    is_record(
        &[
            "collection",
            "update",
            "docs",
            "--model",
            "fast",
            "--dry-run",
        ],
        "ragctl.collection_change/v1",
        "collection model new_model change chunks_to_embed",
    );
    is_record(
        &["fsck"],
        "ragctl.fsck/v1",
        "clean documents chunks missing_chunks duplicate_chunks orphan_chunks \
         missing_vectors orphan_vectors missing_blobs damaged_blobs wrong_ends ledger_errors examples",
    );
    is_record(
        &["submit", ".", "--dry-run"],
        "ragctl.plan/v1",
        "id collection creates_collection add update delete unchanged skipped unreadable \
         delete_guard entries entries_complete estimate expires_at",
    );
}

#[test]
fn a_job_is_printed_as_documented() {
    let (text, _) = json(&["job", "show", "00a1"]);
    insta::assert_snapshot!(text);
}

#[test]
fn a_path_that_is_not_text_has_its_bytes_beside_it() {
    let (_, list) = json(&["doc", "list"]);
    assert_eq!(list["items"][0].get("path_b64"), None);
    assert_eq!(list["items"][1]["path_b64"], "Y2Fm6S5tZA==");
}

#[test]
fn every_listed_field_is_there_and_no_other() {
    let commands: [&[&str]; 17] = [
        &["jobs"],
        &["job", "errors"],
        &["collection", "list"],
        &["doc", "list"],
        &["doc", "chunks", "x"],
        &["gaps"],
        &["gaps", "--group"],
        &["gaps", "retry", "--all"],
        &["search", "x"],
        &["status"],
        &["fsck"],
        &["ask", "how?"],
        &["chat", "list"],
        &["model", "list"],
        &["worker", "list"],
        &["doctor"],
        &["source", "list"],
    ];
    for command in commands {
        let help = StandIn::new().run(&[command, &["--fields", "help"]].concat());
        let mut listed: Vec<_> = help.stdout.lines().collect();
        let (_, value) = json(command);
        let item = value["items"]
            .get(0)
            .or_else(|| value["hits"].get(0))
            .or_else(|| value["findings"].get(0))
            .unwrap_or(&value);
        let mut keys: Vec<_> = item
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        keys.retain(|key| *key != "schema");
        listed.sort_unstable();
        keys.sort_unstable();
        assert_eq!(listed, keys, "{command:?}");
    }
}
